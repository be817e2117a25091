/* Records of hellos of QUIC, with the names of Suricata's `quic` as far as it has them. */
#include <stdio.h>

#include "event_section_priv.h"

/* As Suricata writes versions: Google's by their four letters, most others in hex. */
static void put_version(json_t *object, uint32_t version)
{
    char text[16];
    if (version == QUIC_V1 || version == QUIC_V2) {
        snprintf(text, sizeof text, "%d", version == QUIC_V1 ? 1 : 2);
    } else if (version == QUIC_DRAFT_29) {
        snprintf(text, sizeof text, "Q029");
    } else if (version >> 24 == 'Q' || version >> 24 == 'T') {
        snprintf(text, sizeof text, "%c%c%c%c", (int)(version >> 24), (int)(version >> 16 & 0xff),
                 (int)(version >> 8 & 0xff), (int)(version & 0xff));
    } else {
        snprintf(text, sizeof text, "%x", version);
    }
    json_put(object, "version", json_string(text));
}

char *event_json_quic(const struct event_context *context, const struct app_event *event)
{
    const struct quic_hello *quic = event->quic;
    json_t *line = event_begin(context, "quic", event->flow, event->time_us, "quic");
    struct section section = section_make(context, event->flow);
    put_version(section.object, quic->version);
    section_put_name(&section, "sni", quic->client->sni);
    if (quic->client->ja4[0] != '\0') {
        section_put_prints(&section, quic->client);
    }
    json_put(section.object, "answered", json_boolean(quic->answered));
    section_end(&section, line, "quic");
    return event_end(context, line);
}
