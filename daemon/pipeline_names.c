/*
 * From handshakes of TLS and hellos of QUIC to records: what the rules say of them, and the names that an
 * address shows. A name in a hello is the client's word; that the server went on with it makes it one that
 * the address shows; a certificate that is good for it ties it to the address.
 */
#include "pipeline_priv.h"

#include "app/redact.h"

/* The name that the client asked for; "" where there is none that may be told. */
static void read_name(const struct pipeline *pipeline, const struct app_event *event,
                      const struct tls_client_hello *client, char name[HOST_NAME_SIZE])
{
    struct redact_subscribers subscribers;
    uint16_t port;
    bool good =
        client != NULL && host_normalise(client->sni, name, &port) && port == 0 && !host_is_literal(name) &&
        !redact_names_subscriber(slice_text(name), pipeline_subscribers(pipeline, event->flow, &subscribers));
    if (!good) {
        name[0] = '\0';
    }
}

/* What anybody could write for himself ties nothing: a certificate must be another's, and in force. */
static bool ties_name(const struct app_event *event, const char *name)
{
    const struct tls_certificate *certificate = event->tls->certificate;
    int64_t now = event->time_us / TIME_SECOND;
    return certificate != NULL && !certificate->self_signed && certificate->not_before <= now &&
           certificate->not_after >= now && tls_certificate_covers(certificate, name);
}

/* The inner name of an encrypted hello is another one; the outer one is its front's, and shown likewise. */
static void tell_names(struct pipeline *pipeline, const struct app_event *event, const char *name)
{
    if (event->tls->server == NULL || event->tls->proxy || name[0] == '\0') {
        return;
    }
    struct service_key service;
    pipeline_name_service(pipeline, event->flow, slice_text(name), &service);
    pipeline_tell_name(pipeline, &service, NAME_FROM_TLS, event->time_us);
    if (ties_name(event, name)) {
        struct fact fact = {.type = FACT_CERTIFICATE};
        pipeline_tell_fact(pipeline, &service, NAME_FROM_TLS, &fact, event->time_us);
    }
}

void pipeline_take_tls(struct pipeline *pipeline, const struct app_event *event)
{
    char name[HOST_NAME_SIZE];
    read_name(pipeline, event, event->tls->client, name);
    const struct told_about about = {
        .host = slice_text(name),
        .name_from = NAME_FROM_TLS,
        .asked = event->tls->client != NULL,
        .proxy = event->tls->proxy,
    };
    pipeline_match_event(pipeline, event, &about);
    if (!event->tls->refused) {
        pipeline_tell_listed(pipeline, event->flow, &about, event->tls->server != NULL, event->time_us);
    }
    tell_names(pipeline, event, name);
    if ((pipeline->events & EVENT_TLS) != 0) {
        pipeline_tell_text(pipeline, event_json_tls(&pipeline->event, event), event->time_us);
    }
}

void pipeline_take_quic(struct pipeline *pipeline, const struct app_event *event)
{
    const struct quic_hello *quic = event->quic;
    char name[HOST_NAME_SIZE];
    read_name(pipeline, event, quic->client, name);
    const struct told_about about = {.host = slice_text(name), .name_from = NAME_FROM_QUIC, .asked = true};
    pipeline_match_event(pipeline, event, &about);
    pipeline_tell_listed(pipeline, event->flow, &about, quic->answered, event->time_us);
    if (quic->answered && name[0] != '\0') {
        struct service_key service;
        pipeline_name_service(pipeline, event->flow, slice_text(name), &service);
        pipeline_tell_name(pipeline, &service, NAME_FROM_QUIC, event->time_us);
    }
    if ((pipeline->events & EVENT_QUIC) != 0) {
        pipeline_tell_text(pipeline, event_json_quic(&pipeline->event, event), event->time_us);
    }
}
