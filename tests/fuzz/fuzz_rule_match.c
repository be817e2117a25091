/*
 * Transactions, handshakes, questions and payloads of strangers against the shipped rules (VIGIE_SOURCE, or
 * the current folder, is the source tree). The input's lines fill the fields; its first bytes choose kinds,
 * counts and the halves that were seen. Whatever happens, evidence is short, clean and free of what no rule
 * fixed.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "rule/rule_set.h"
#include "tests/fuzz/splitter.h"

static struct rule_set *set;
static struct rule_scratch *scratch;
static struct counter_cell cells[RULE_COUNTERS_COUNT];

int LLVMFuzzerInitialize(int *count, char ***arguments);

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    const char *source = getenv("VIGIE_SOURCE");
    char *files = NULL;
    char *lists = NULL;
    if (asprintf(&files, "%s/rules/*.rules", source == NULL ? "." : source) < 0 ||
        asprintf(&lists, "%s/rules/datasets", source == NULL ? "." : source) < 0) {
        abort();
    }
    struct rule_settings settings = {0};
    struct diagnostics diagnostics = {0};
    option_set_defaults(&rule_options, &settings);
    settings.files = (struct text_list){.items = &files, .count = 1};
    settings.lists = (struct text_list){.items = &lists, .count = 1};
    set = rule_set_load(&settings, NULL, NULL, NULL, false, true, &diagnostics);
    diagnostics_print(&diagnostics, stderr);
    if (set == NULL || rule_set_count(set) == 0) {
        fputs("no rules: set VIGIE_SOURCE to the source tree\n", stderr);
        abort();
    }
    scratch = rule_scratch_create(set, cells);
    free(files);
    free(lists);
    return 0;
}

static uint8_t take_byte(struct slice *rest)
{
    uint8_t byte = rest->len > 0 ? rest->data[0] : 0;
    *rest = slice_from(*rest, 1);
    return byte;
}

/* A line of the input in a block of its own size. */
static struct slice take_line(struct slice *rest, void **block)
{
    return splitter_copy(slice_split(rest, '\n'), block);
}

static void check(const struct rule_match *matches, size_t count)
{
    assert(count <= RULE_MATCHES_MAX);
    for (size_t i = 0; i < count; i++) {
        struct slice value = slice_text(matches[i].value);
        struct buf clean = buf_make(4 * RULE_VALUE_SIZE);
        text_append_clean(&clean, value, SIZE_MAX);
        assert(slice_equal(buf_slice(&clean), value));
        buf_free(&clean);
        assert(i == 0 || matches[i - 1].rule->sid < matches[i].rule->sid);
    }
}

static void take_event(const struct app_event *event)
{
    struct rule_match matches[RULE_MATCHES_MAX];
    check(matches, rule_match_event(set, scratch, event, matches));
}

static void run_event(enum app_event_type type, struct flow *flow, const struct http_transaction *http,
                      const struct catalogue_entry *entry)
{
    const struct app_event event = {.type = type, .flow = flow, .http = http, .entry = entry};
    take_event(&event);
}

static void copy_text(char *out, size_t size, struct slice text)
{
    snprintf(out, size, "%.*s", (int)slice_part(text, 0, size).len, (const char *)text.data);
}

/* A handshake of TLS, a hello of QUIC and a question of DNS with these names. */
static void run_names(struct flow *flow, uint8_t halves, const struct slice *lines)
{
    struct tls_client_hello hello = {.version = 0x0303, .sni = lines[2]};
    struct tls_server_hello answer = {.version = 0x0303};
    struct tls_certificate certificate = {.self_signed = (halves & 8) != 0};
    copy_text(hello.ja3, sizeof hello.ja3, lines[3]);
    copy_text(hello.ja4, sizeof hello.ja4, lines[4]);
    copy_text(certificate.subject, sizeof certificate.subject, lines[8]);
    copy_text(certificate.issuer, sizeof certificate.issuer, lines[9]);
    copy_text(certificate.sha256, sizeof certificate.sha256, lines[10]);
    const struct tls_handshake tls = {.client = (halves & 1) != 0 ? &hello : NULL,
                                      .server = (halves & 2) != 0 ? &answer : NULL,
                                      .certificate = (halves & 4) != 0 ? &certificate : NULL,
                                      .refused = (halves & 16) != 0};
    const struct quic_hello quic = {.version = 1, .client = &hello, .answered = (halves & 2) != 0};
    const struct dns_exchange dns = {.asked = (halves & 1) != 0, .type = 1, .class = 1, .name = lines[2]};
    const struct app_event events[] = {{.type = APP_TLS, .flow = flow, .tls = &tls},
                                       {.type = APP_QUIC, .flow = flow, .quic = &quic},
                                       {.type = APP_DNS, .flow = flow, .dns = &dns}};
    for (size_t i = 0; i < ARRAY_COUNT(events); i++) {
        flow->transport = i == 0 ? TRANSPORT_TCP : TRANSPORT_UDP;
        take_event(&events[i]);
    }
}

enum { LINES = 16 };

static void fill_facts(struct slice *rest, struct m3u_facts *m3u, struct api_facts *api)
{
    m3u->entries = (uint64_t)take_byte(rest) * 16;
    m3u->live = m3u->entries - (uint64_t)take_byte(rest) % (m3u->entries + 1);
    m3u->movies = m3u->entries - m3u->live;
    m3u->hosts = take_byte(rest);
    m3u->same_credentials = m3u->request_credentials = m3u->credential_uris = take_byte(rest);
    m3u->odd_ports = m3u->titles.prefixed_titles = take_byte(rest);
    m3u->titles.country_prefixes = take_byte(rest);
    uint8_t flags = take_byte(rest);
    m3u->epg_credentials = (flags & 1) != 0;
    m3u->panel_tag_xui = (flags & 2) != 0;
    m3u->panel_tag_xc_vm = (flags & 4) != 0;
    m3u->hls_media = (flags & 8) != 0;
    m3u->hls_ended = (flags & 16) != 0;
    m3u->hls_key_first = (flags & 32) != 0;
    api->shapes =
        (uint32_t)take_byte(rest) | (uint32_t)take_byte(rest) << 8 | (uint32_t)take_byte(rest) << 16;
    api->movies = (uint64_t)take_byte(rest) * 16;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = slice_make(data, size);
    struct m3u_facts m3u = {0};
    struct api_facts api = {0};
    void *blocks[LINES];
    struct slice lines[LINES];
    uint8_t halves = take_byte(&rest);
    uint8_t kind = take_byte(&rest);
    uint8_t form = take_byte(&rest);
    static const uint16_t statuses[] = {200, 206, 301, 302, 404, 503, 100, 204};
    uint16_t status = statuses[take_byte(&rest) % ARRAY_COUNT(statuses)];
    fill_facts(&rest, &m3u, &api);
    for (size_t i = 0; i < LINES - 1; i++) {
        lines[i] = take_line(&rest, &blocks[i]);
    }
    lines[LINES - 1] = splitter_copy(rest, &blocks[LINES - 1]);
    char code[8];
    snprintf(code, sizeof code, "%u", status);
    struct http_request request = {.method = lines[0],
                                   .uri = lines[1],
                                   .uri_raw = lines[1],
                                   .host = lines[2],
                                   .user_agent = lines[3],
                                   .referer = lines[4],
                                   .cookie = lines[5],
                                   .headers = lines[6],
                                   .body = lines[7]};
    struct http_response response = {.status = status,
                                     .stat_code = slice_text(code),
                                     .location = lines[8],
                                     .server = lines[9],
                                     .content_type = lines[10],
                                     .headers = lines[11],
                                     .body = lines[LINES - 1],
                                     .kind = (enum body_kind)(kind % BODY_KIND_COUNT),
                                     .body_bytes = (uint64_t)kind * 64,
                                     .has_length = (form & 1) != 0,
                                     .chunked = (form & 2) != 0,
                                     .cut = (form & 4) != 0};
    struct http_memo memo = {.count = 0};
    struct http_transaction http = {.number = 1,
                                    .request = (halves & 1) != 0 ? &request : NULL,
                                    .response = (halves & 2) != 0 ? &response : NULL,
                                    .server_bytes = (halves & 4) != 0,
                                    .answered_bytes = (uint64_t)kind << 12,
                                    .location_repeats = (halves & 8) != 0,
                                    .memo = &memo};
    struct flow flow = {.client = halves >> 7, .transport = TRANSPORT_TCP};
    struct flow_attachment kept = {0};
    flow_attach(&flow, &kept);
    flow.ends[0].port = form;
    flow.ends[1].port = 40000;
    struct catalogue_entry entry = {.uri = lines[12], .title = lines[13], .group = lines[14]};
    run_event(APP_HTTP_SETTLED, &flow, &http, NULL);
    run_event(APP_ENTRY, &flow, &http, &entry);
    http.m3u = (halves & 16) != 0 ? &m3u : NULL;
    http.api = (halves & 32) != 0 ? &api : NULL;
    run_event(APP_HTTP_ENDED, &flow, &http, NULL);
    struct rule_match matches[RULE_MATCHES_MAX];
    check(matches, rule_match_flow(set, scratch, &flow, halves & 1, lines[LINES - 1], matches));
    run_names(&flow, halves, lines);
    for (size_t i = 0; i < LINES; i++) {
        free(blocks[i]);
    }
    return 0;
}
