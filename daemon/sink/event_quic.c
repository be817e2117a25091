/* Records of hellos of QUIC, with the names of Suricata's `quic` as far as it has them. */
#include <stdio.h>

#include "event_section_priv.h"

/* As Suricata writes versions. */
static void put_version(json_t *object, uint32_t version)
{
    char number[16];
    snprintf(number, sizeof number, "%x", version);
    const char *name = version == QUIC_V1         ? "1"
                       : version == QUIC_V2       ? "2"
                       : version == QUIC_DRAFT_29 ? "Q029"
                                                  : number;
    json_put(object, "version", json_string(name));
}

char *event_json_quic(const struct event_context *context, const struct app_event *event)
{
    const struct quic_hello *quic = event->quic;
    json_t *line = event_begin(context, "quic", event->flow, event->time_us, "quic");
    struct section section = section_make(context, event->flow);
    put_version(section.object, quic->version);
    section_put_name(&section, "sni", quic->client->sni);
    section_put_prints(&section, quic->client);
    json_put(section.object, "answered", json_boolean(quic->answered));
    section_end(&section, line, "quic");
    return event_end(context, line);
}
