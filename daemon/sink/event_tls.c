/* Records of handshakes of TLS. */
#include <stdio.h>
#include <time.h>

#include "base/attr.h"
#include "base/text.h"
#include "event_section_priv.h"

/* So many DNS names of a certificate are shown. */
enum { NAMES_SHOWN = 32 };

/* A name as it was written: where it may be told, or not at all. A wildcard is judged by what is behind it.
 */
static struct slice told_name(const struct section *section, struct slice name)
{
    char host[HOST_NAME_SIZE];
    uint16_t port;
    bool wild = slice_starts(name, slice_text("*."));
    bool good = host_normalise(slice_from(name, wild ? 2 : 0), host, &port) && port == 0;
    struct slice told = good ? section_host(section, slice_text(host)) : slice_text("*");
    return slice_equal(told, slice_text("*")) ? told : name;
}

void section_put_name(struct section *section, const char *key, struct slice name)
{
    if (name.len > 0) {
        section_put_plain(section, key, told_name(section, name));
    }
}

/* As Suricata writes them. */
static void put_version(json_t *object, uint16_t version)
{
    static const char *const names[] = {"SSLv3", "TLSv1", "TLS 1.1", "TLS 1.2", "TLS 1.3"};
    char number[8];
    bool known = version >> 8 == 3 && (version & 0xff) < ARRAY_COUNT(names);
    snprintf(number, sizeof number, "0x%04x", version);
    json_put(object, "version", json_string(known ? names[version & 0xff] : number));
}

static void put_seconds(json_t *object, const char *key, int64_t seconds)
{
    time_t time = (time_t)seconds;
    struct tm parts;
    char text[32];
    gmtime_r(&time, &parts);
    size_t len = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    (void)json_put_text(object, key, slice_make(text, len), sizeof text);
}

static void put_names(struct section *section, const struct tls_certificate *certificate)
{
    json_t *list = json_have(json_array());
    struct slice rest = certificate->names;
    struct slice name;
    while (tls_certificate_next_name(&rest, &name)) {
        if (json_array_size(list) == NAMES_SHOWN) {
            section->truncated = true;
            break;
        }
        struct slice told = told_name(section, name);
        json_array_append_new(list, json_have(json_stringn((const char *)told.data, told.len)));
    }
    json_put(section->object, "subjectaltname", list);
}

/* `C=US, O=Example Inc, CN=example.com`: each value by itself, whole or as `*`. */
static void redact_distinguished_name(struct buf *out, struct slice text,
                                      const struct redact_subscribers *who)
{
    while (text.len > 0) {
        size_t end = slice_find(text, slice_text(", "));
        struct slice value = slice_part(text, 0, end);
        struct slice type = slice_split(&value, '=');
        (void)buf_append(out, type);
        (void)buf_append_byte(out, '=');
        (void)buf_append(out, redact_names_subscriber(value, who) ? slice_text("*") : value);
        text = end == SIZE_MAX ? slice_make(NULL, 0) : slice_from(text, end + 2);
        (void)buf_append_text(out, text.len > 0 ? ", " : "");
    }
}

/* A subscriber's certificate is not shown at all: whoever searches for it finds him. */
static bool is_shown(const struct section *section, const struct flow *flow)
{
    const struct prefix_list *home = section->context->home;
    return section->context->privacy.keep_clients || home == NULL ||
           !prefix_list_contains(home, &flow_server(flow)->address);
}

static void put_certificate(struct section *section, const struct tls_certificate *certificate)
{
    section_put_redacted(section, "subject", slice_text(certificate->subject), redact_distinguished_name);
    section_put_redacted(section, "issuerdn", slice_text(certificate->issuer), redact_distinguished_name);
    json_put(section->object, "sha256", json_string(certificate->sha256));
    if (certificate->has_names) {
        put_names(section, certificate);
    }
    if (certificate->self_signed) {
        json_put(section->object, "self_signed", json_true());
    }
}

void section_put_prints(struct section *section, const struct tls_client_hello *client)
{
    json_t *ja3 = json_have(json_object());
    json_put(ja3, "hash", json_string(client->ja3));
    json_put(section->object, "ja3", ja3);
    json_put(section->object, "ja4", json_string(client->ja4));
    section_put_redacted(section, "alpn_offered", client->alpn, redact_text);
    if (client->encrypted) {
        json_put(section->object, "ech", json_true());
    }
}

/* Suricata's order of the keys, as far as it has them. */
static void put_tls(struct section *section, const struct tls_handshake *tls,
                    const struct tls_certificate *certificate)
{
    if (certificate != NULL) {
        put_certificate(section, certificate);
    }
    if (tls->client != NULL) {
        section_put_name(section, "sni", tls->client->sni);
    }
    if (tls->server != NULL) {
        put_version(section->object, tls->server->version);
    }
    if (certificate != NULL) {
        put_seconds(section->object, "notbefore", certificate->not_before);
        put_seconds(section->object, "notafter", certificate->not_after);
    }
    if (tls->client != NULL) {
        section_put_prints(section, tls->client);
    }
    if (tls->server != NULL) {
        char cipher[8];
        snprintf(cipher, sizeof cipher, "0x%04x", tls->server->cipher);
        json_put(section->object, "cipher", json_string(cipher));
        section_put_redacted(section, "alpn", tls->server->alpn, redact_text);
    }
    if (tls->refused) {
        json_put(section->object, "refused", json_true());
    }
    if (tls->proxy) {
        json_put(section->object, "proxy", json_true());
    }
}

char *event_json_tls(const struct event_context *context, const struct app_event *event)
{
    json_t *line = event_begin(context, "tls", event->flow, event->time_us, "tls");
    struct section section = section_make(context, event->flow);
    put_tls(&section, event->tls, is_shown(&section, event->flow) ? event->tls->certificate : NULL);
    section_end(&section, line, "tls");
    return event_end(context, line);
}
