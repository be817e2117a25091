#include "daemon/app/known_streams_priv.h"

#include <stdlib.h>

#include "base/clock.h"

/* A channel's rate and scrambling are read again after so long. */
#define KNOWN_SPAN (600 * TIME_SECOND)

struct known_stream {
    uint64_t hash;
    int64_t time_us;
    struct mpegts_facts facts;
};

static uint64_t hash_origin(const struct hash_key *key, const struct stream_origin *origin)
{
    _Static_assert(sizeof(struct stream_origin) == 16 + 8 + 4 * 4, "no padding is hashed");
    return hash_bytes(key, origin, sizeof *origin);
}

static struct known_stream *find(const struct known_streams *streams, uint64_t hash)
{
    for (size_t i = 0; i < streams->count; i++) {
        if (streams->items[i].hash == hash) {
            return &streams->items[i];
        }
    }
    return NULL;
}

const struct mpegts_facts *known_streams_find(const struct known_streams *streams, const struct hash_key *key,
                                              const struct stream_origin *origin, int64_t now_us)
{
    const struct known_stream *stream = find(streams, hash_origin(key, origin));
    bool fresh = stream != NULL && now_us - stream->time_us < KNOWN_SPAN;
    return fresh ? &stream->facts : NULL;
}

static void grow(struct known_streams *streams, size_t cap)
{
    enum { ROOM_FIRST = 4 };
    size_t room = streams->room == 0 ? ROOM_FIRST : streams->room * 2;
    room = room < cap ? room : cap;
    struct known_stream *items = realloc(streams->items, room * sizeof *items);
    if (items == NULL) {
        abort();
    }
    streams->items = items;
    streams->room = room;
}

bool known_streams_add(struct known_streams *streams, size_t cap, const struct hash_key *key,
                       const struct stream_origin *origin, const struct mpegts_facts *facts, int64_t now_us)
{
    uint64_t hash = hash_origin(key, origin);
    struct known_stream *stream = find(streams, hash);
    bool full = stream == NULL && streams->count >= cap;
    if (full) {
        stream = &streams->items[streams->next];
        streams->next = (streams->next + 1) % streams->count;
    } else if (stream == NULL) {
        if (streams->count == streams->room) {
            grow(streams, cap);
        }
        stream = &streams->items[streams->count++];
    }
    *stream = (struct known_stream){.hash = hash, .time_us = now_us, .facts = *facts};
    return full;
}

void known_streams_free(struct known_streams *streams)
{
    free(streams->items);
    *streams = (struct known_streams){.items = NULL};
}
