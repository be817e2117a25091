#include "daemon/app/hls_segments_priv.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"

/* Players ask within a few segments' length; servers keep what was listed for about as long. */
#define LISTED_SPAN (300 * TIME_SECOND)

enum { WAYS = 4, PATH_MAX_BYTES = 8192 };

/* `hash` 0: free. */
struct hls_slot {
    uint64_t hash;
    int64_t time_us;
};

static struct slice without_query(struct slice target)
{
    size_t len = 0;
    while (len < target.len && target.data[len] != '?' && target.data[len] != '#') {
        len++;
    }
    return slice_part(target, 0, len);
}

/* Up to the last slash, which stays. */
static struct slice folder_of(struct slice path)
{
    while (path.len > 0 && path.data[path.len - 1] != '/') {
        path.len--;
    }
    return path;
}

/* Appends a path's parts without "." and "..", which take the part before them away. */
static void append_parts(struct buf *out, struct slice path)
{
    while (path.len > 0) {
        bool last = slice_index(path, '/') == SIZE_MAX;
        struct slice part = slice_split(&path, '/');
        if (slice_equal(part, slice_text(".."))) {
            out->len = out->len > 1 ? folder_of(slice_make(out->data, out->len - 1)).len : out->len;
        } else if (!slice_equal(part, slice_text("."))) {
            buf_append(out, part);
            if (!last) {
                buf_append_byte(out, '/');
            }
        }
    }
}

/* Takes "scheme://host" or "//host" off the front; false for a scheme other than HTTP's. */
static bool take_authority(struct slice *reference, struct slice *authority)
{
    static const char *const starts[] = {"http://", "https://", "//"};
    *authority = slice_make(NULL, 0);
    for (size_t i = 0; i < ARRAY_COUNT(starts); i++) {
        struct slice start = slice_text(starts[i]);
        if (slice_starts_nocase(*reference, start)) {
            *reference = slice_from(*reference, start.len);
            size_t slash = slice_index(*reference, '/');
            *authority = slice_part(*reference, 0, slash);
            *reference = slash == SIZE_MAX ? slice_text("/") : slice_from(*reference, slash);
            return true;
        }
    }
    return slice_find(*reference, slice_text("://")) == SIZE_MAX;
}

uint64_t hls_segment_hash(const struct hash_key *key, const struct hls_parties *parties, struct slice host,
                          struct slice base, struct slice reference)
{
    char name[HOST_NAME_SIZE];
    uint16_t port;
    struct slice authority;
    reference = without_query(reference);
    if (reference.len == 0 || !take_authority(&reference, &authority)) {
        return 0;
    }
    if (authority.len > 0) {
        if (!host_normalise(authority, name, &port)) {
            return 0;
        }
        host = slice_text(name);
    }
    struct buf path = buf_make(PATH_MAX_BYTES);
    if (reference.data[0] != '/') {
        append_parts(&path, folder_of(without_query(base)));
    }
    append_parts(&path, reference);
    uint64_t parts[] = {hash_bytes(key, parties, sizeof *parties), hash_bytes(key, host.data, host.len),
                        hash_bytes(key, path.data, path.len)};
    buf_free(&path);
    uint64_t hash = hash_bytes(key, parts, sizeof parts);
    return hash == 0 ? 1 : hash;
}

static struct hls_slot *set_of(const struct hls_segments *segments, uint64_t hash)
{
    return &segments->slots[hash % segments->sets * WAYS];
}

bool hls_segments_add(struct hls_segments *segments, size_t cap, uint64_t hash, int64_t now_us)
{
    if (segments->slots == NULL) {
        segments->sets = cap / WAYS;
        segments->slots = calloc(segments->sets * WAYS, sizeof *segments->slots);
        if (segments->slots == NULL) {
            abort();
        }
    }
    struct hls_slot *set = set_of(segments, hash);
    struct hls_slot *place = &set[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].hash == hash || set[i].hash == 0) {
            set[i] = (struct hls_slot){.hash = hash, .time_us = now_us};
            return false;
        }
        place = set[i].time_us < place->time_us ? &set[i] : place;
    }
    bool early = now_us - place->time_us < LISTED_SPAN;
    *place = (struct hls_slot){.hash = hash, .time_us = now_us};
    return early;
}

bool hls_segments_holds(const struct hls_segments *segments, uint64_t hash, int64_t now_us)
{
    if (segments->slots == NULL) {
        return false;
    }
    const struct hls_slot *set = set_of(segments, hash);
    bool held = false;
    for (size_t i = 0; i < WAYS; i++) {
        held = held || (set[i].hash == hash && now_us - set[i].time_us < LISTED_SPAN);
    }
    return held;
}

void hls_segments_free(struct hls_segments *segments)
{
    free(segments->slots);
    *segments = (struct hls_segments){.slots = NULL};
}
