/* Records of transport streams, in an answer or in datagrams. */
#include "base/attr.h"
#include "event_section_priv.h"

static void put_numbers(json_t *object, const struct mpegts_facts *stream)
{
    json_put_count(object, "services", stream->programs);
    json_put_count(object, "kilobits", stream->kilobits);
    json_put_number(object, "packet_size", stream->packet_size);
    json_put_number(object, "video", stream->video);
    json_put_number(object, "audio", stream->audio);
}

static void put_marks(json_t *object, const struct mpegts_facts *stream)
{
    const struct {
        const char *key;
        bool set;
    } marks[] = {
        {"pat", stream->has_pat},
        {"pmt", stream->has_pmt},
        {"sdt", stream->has_sdt},
        {"cat", stream->has_cat},
        {"ca_descriptors", stream->ca_descriptors},
        {"scrambled", stream->scrambled_packets > 0},
    };
    for (size_t i = 0; i < ARRAY_COUNT(marks); i++) {
        json_put(object, marks[i].key, json_boolean(marks[i].set));
    }
}

char *event_json_mpegts(const struct event_context *context, const struct app_event *event)
{
    const struct mpegts_facts *stream = event->stream;
    bool http = event->http != NULL;
    json_t *line = event_begin(context, "mpegts", event->flow, event->time_us, http ? "http" : "mpegts");
    if (http) {
        json_put_number(line, "tx_id", event->http->number - 1);
        section_put_asked(context, line, event);
    }
    struct section section = section_make(context, event->flow);
    section_put_redacted(&section, "service_name", slice_text(stream->service_name), redact_text);
    section_put_redacted(&section, "provider", slice_text(stream->provider), redact_text);
    put_numbers(section.object, stream);
    put_marks(section.object, stream);
    section_end(&section, line, "mpegts");
    return event_end(context, line);
}
