/* Getters of streams: what a transport stream carries, and HLS. */
#include "daemon/rule/fields_priv.h"

struct slice field_service_name(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return slice_text(view->stream == NULL ? "" : view->stream->service_name);
}

struct slice field_provider(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return slice_text(view->stream == NULL ? "" : view->stream->provider);
}

bool field_programs(const struct rule_view *view, uint64_t *number)
{
    *number = view->stream == NULL ? 0 : view->stream->programs;
    return *number > 0;
}

bool field_kilobits(const struct rule_view *view, uint64_t *number)
{
    *number = view->stream == NULL ? 0 : view->stream->kilobits;
    return *number > 0;
}

bool field_stream_holders(const struct rule_view *view, uint64_t *number)
{
    *number = view->stream_holders;
    return view->stream != NULL;
}

enum stream_flag {
    STREAM_SDT,
    STREAM_SCRAMBLED,
    STREAM_CA_CLEAR,
    STREAM_AUDIO_ONLY,
    STREAM_FLAG_COUNT,
};

static const char *const stream_flag_names[STREAM_FLAG_COUNT] = {
    [STREAM_SDT] = "sdt",
    [STREAM_SCRAMBLED] = "scrambled",
    [STREAM_CA_CLEAR] = "ca-clear",
    [STREAM_AUDIO_ONLY] = "audio-only",
};

const char *field_stream_flag_name(unsigned word)
{
    return word < STREAM_FLAG_COUNT ? stream_flag_names[word] : NULL;
}

/* A few packets may be broken, or before the change of a program. */
enum { SCRAMBLED_PACKETS_MIN = 16, CLEAR_PACKETS_MIN = 100 };

bool field_stream_flags(const struct rule_view *view, uint64_t *words)
{
    const struct mpegts_facts *stream = view->stream;
    if (stream == NULL) {
        return false;
    }
    const bool held[STREAM_FLAG_COUNT] = {
        [STREAM_SDT] = stream->has_sdt,
        [STREAM_SCRAMBLED] = stream->scrambled_packets >= SCRAMBLED_PACKETS_MIN,
        [STREAM_CA_CLEAR] = stream->ca_descriptors && stream->scrambled_packets == 0 &&
                            stream->content_packets >= CLEAR_PACKETS_MIN,
        [STREAM_AUDIO_ONLY] = stream->audio > 0 && stream->video == 0,
    };
    *words = 0;
    for (unsigned i = 0; i < STREAM_FLAG_COUNT; i++) {
        *words |= (uint64_t)held[i] << i;
    }
    return true;
}

struct slice field_hls_uri(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    bool hls = view->entry != NULL && view->entry->part != ENTRY_WHOLE;
    return hls ? view->entry->uri : slice_make(NULL, 0);
}

bool field_live_segment(const struct rule_view *view)
{
    return view->http != NULL && view->http->live_segment;
}

static const struct m3u_facts *hls_of(const struct rule_view *view)
{
    const struct m3u_facts *facts = view->http->m3u;
    return facts != NULL && (facts->hls_media || facts->hls_master) ? facts : NULL;
}

bool field_hls_segments(const struct rule_view *view, uint64_t *number)
{
    const struct m3u_facts *facts = hls_of(view);
    *number = facts == NULL ? 0 : facts->hls_segments;
    return facts != NULL;
}

bool field_hls_variants(const struct rule_view *view, uint64_t *number)
{
    const struct m3u_facts *facts = hls_of(view);
    *number = facts == NULL ? 0 : facts->hls_variants;
    return facts != NULL;
}

bool field_hls_target_duration(const struct rule_view *view, uint64_t *number)
{
    const struct m3u_facts *facts = hls_of(view);
    *number = facts == NULL ? 0 : facts->hls_target_duration;
    return facts != NULL;
}

bool field_hls_media_sequence(const struct rule_view *view, uint64_t *number)
{
    const struct m3u_facts *facts = hls_of(view);
    *number = facts == NULL ? 0 : facts->hls_media_sequence;
    return facts != NULL;
}
