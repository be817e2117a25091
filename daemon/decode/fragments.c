#include "decode/fragments.h"

#include <assert.h>
#include <stdlib.h>

#include <pcap/dlt.h>

#include "base/clock.h"

enum {
    DATAGRAM_MAX = 65535, /* bytes behind the IP header that any datagram can have */
    UNIT = 8,             /* of all pieces but the last */
    RANGES_MAX = 64,      /* holes between pieces: nobody honest has more */
    FIRST_CAPACITY = 2048,
    DATAGRAMS_A_BUCKET = 4,
    JOINED_SLOTS = 1024,
    HEADER_4 = 20,
    HEADER_6 = 40,
    NESTED_MAX = 4, /* fragments of tunnels that carry fragments */
};

/*
 * A fast sender uses its 65,536 identities up within seconds. What contradicts a datagram of which nothing
 * came for so long belongs to another one, and a piece of a datagram that was put together just now is the
 * mirror's repetition.
 */
static const int64_t identity_reused_us = TIME_SECOND;
static const int64_t mirror_repeats_us = TIME_SECOND / 10;

/* What the pieces of a datagram have in common. No padding: it is hashed as it lies. */
struct datagram_key {
    struct address source;
    struct address destination;
    uint32_t identity;
    uint8_t protocol; /* IPv4's; of IPv6 only the first piece's counts (RFC 8200, section 4.5) */
    uint8_t unused[3];
};

_Static_assert(sizeof(struct datagram_key) == 2 * sizeof(struct address) + 8, "the key is hashed whole");

/* Bytes that have come: [from, to). */
struct range {
    uint32_t from;
    uint32_t to;
};

struct datagram {
    struct datagram_key key;
    struct datagram *bucket_next;
    struct datagram *older;
    struct datagram *newer;
    int64_t first_us;
    int64_t last_us;
    uint8_t *bytes; /* with room for an IP header before them; NULL once given up */
    size_t capacity;
    struct range ranges[RANGES_MAX]; /* ordered, none touches the next */
    size_t range_count;
    uint32_t total;   /* 0 until the last piece has come */
    uint8_t protocol; /* of the first piece */
};

/* A datagram that was put together, in the place that its hash gives. */
struct joined {
    uint64_t hash;
    int64_t time_us;
};

struct fragments {
    const struct decode_settings *settings;
    struct counter_cell *counters;
    struct hash_key key;
    struct datagram **buckets;
    size_t bucket_count; /* a power of two */
    struct joined joined[JOINED_SLOTS];
    struct datagram *oldest;
    struct datagram *newest;
    size_t count;
    size_t memory;
    uint8_t *whole; /* what was put together last */
};

static void *allocate(void *old, size_t size)
{
    void *memory = realloc(old, size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

struct fragments *fragments_create(const struct decode_settings *settings, const struct hash_key *key,
                                   struct counter_cell *counters)
{
    struct fragments *table = allocate(NULL, sizeof *table);
    *table = (struct fragments){.settings = settings, .counters = counters, .key = *key, .bucket_count = 1};
    while (table->bucket_count < settings->fragments / DATAGRAMS_A_BUCKET) {
        table->bucket_count *= 2;
    }
    table->buckets = allocate(NULL, table->bucket_count * sizeof(struct datagram *));
    memset(table->buckets, 0, table->bucket_count * sizeof(struct datagram *));
    return table;
}

static struct datagram **bucket_of(const struct fragments *table, const struct datagram_key *key)
{
    return &table->buckets[hash_bytes(&table->key, key, sizeof *key) & (table->bucket_count - 1)];
}

/* The bytes go, and nothing more is taken of it until it expires. */
static void give_up(struct fragments *table, struct datagram *datagram)
{
    table->memory -= datagram->capacity;
    free(datagram->bytes);
    datagram->bytes = NULL;
    datagram->capacity = 0;
}

static void remove_datagram(struct fragments *table, struct datagram *datagram)
{
    struct datagram **at = bucket_of(table, &datagram->key);
    while (*at != datagram) {
        at = &(*at)->bucket_next;
    }
    *at = datagram->bucket_next;
    *(datagram->older == NULL ? &table->oldest : &datagram->older->newer) = datagram->newer;
    *(datagram->newer == NULL ? &table->newest : &datagram->newer->older) = datagram->older;
    give_up(table, datagram);
    table->memory -= sizeof *datagram;
    table->count--;
    counter_set(table->counters, FRAGMENTS_HELD, table->count);
    free(datagram);
}

void fragments_free(struct fragments *table)
{
    if (table == NULL) {
        return;
    }
    while (table->oldest != NULL) {
        remove_datagram(table, table->oldest);
    }
    free(table->whole);
    free(table->buckets);
    free(table);
}

static void expire(struct fragments *table, int64_t now_us)
{
    while (table->oldest != NULL && now_us - table->oldest->first_us > table->settings->fragment_timeout) {
        counter_add(table->counters, FRAGMENTS_EXPIRED, table->oldest->bytes != NULL);
        remove_datagram(table, table->oldest);
    }
}

static void evict_oldest(struct fragments *table)
{
    counter_add(table->counters, FRAGMENTS_EVICTED, table->oldest->bytes != NULL);
    remove_datagram(table, table->oldest);
}

static struct datagram_key key_of(const struct packet *packet)
{
    struct datagram_key key;
    memset(&key, 0, sizeof key);
    key.source = packet->source;
    key.destination = packet->destination;
    key.identity = packet->fragment_identity;
    key.protocol = address_is_v4(&key.source) ? packet->fragment_protocol : 0;
    return key;
}

static struct joined *joined_slot(struct fragments *table, uint64_t hash)
{
    return &table->joined[hash / table->bucket_count % JOINED_SLOTS];
}

static void remember_joined(struct fragments *table, const struct datagram_key *key, int64_t now_us)
{
    uint64_t hash = hash_bytes(&table->key, key, sizeof *key);
    *joined_slot(table, hash) = (struct joined){.hash = hash, .time_us = now_us};
}

static bool was_joined_now(struct fragments *table, const struct datagram_key *key, int64_t now_us)
{
    uint64_t hash = hash_bytes(&table->key, key, sizeof *key);
    const struct joined *slot = joined_slot(table, hash);
    int64_t since = now_us - slot->time_us;
    return slot->hash == hash && since <= mirror_repeats_us && since >= -mirror_repeats_us;
}

static struct datagram *find(const struct fragments *table, const struct datagram_key *key)
{
    struct datagram *found = *bucket_of(table, key);
    while (found != NULL && memcmp(&found->key, key, sizeof *key) != 0) {
        found = found->bucket_next;
    }
    return found;
}

static struct datagram *make(struct fragments *table, const struct packet *packet)
{
    struct datagram_key key = key_of(packet);
    while (table->count >= table->settings->fragments) {
        evict_oldest(table);
    }
    struct datagram *made = allocate(NULL, sizeof *made);
    *made = (struct datagram){.key = key,
                              .first_us = packet->time_us,
                              .last_us = packet->time_us,
                              .capacity = FIRST_CAPACITY,
                              .protocol = packet->fragment_protocol};
    made->bytes = allocate(NULL, HEADER_6 + made->capacity);
    struct datagram **bucket = bucket_of(table, &key);
    made->bucket_next = *bucket;
    *bucket = made;
    made->older = table->newest;
    *(table->newest == NULL ? &table->oldest : &table->newest->newer) = made;
    table->newest = made;
    table->count++;
    table->memory += sizeof *made + made->capacity;
    counter_set(table->counters, FRAGMENTS_HELD, table->count);
    return made;
}

static void reserve(struct fragments *table, struct datagram *datagram, size_t size)
{
    size_t capacity = datagram->capacity;
    while (capacity < size) {
        capacity *= 2;
    }
    if (capacity != datagram->capacity) {
        datagram->bytes = allocate(datagram->bytes, HEADER_6 + capacity);
        table->memory += capacity - datagram->capacity;
        datagram->capacity = capacity;
    }
}

/* Whether what came before says the same where it overlaps. */
static bool agrees(const struct datagram *datagram, struct range piece, const uint8_t *bytes)
{
    for (size_t i = 0; i < datagram->range_count; i++) {
        uint32_t from = datagram->ranges[i].from > piece.from ? datagram->ranges[i].from : piece.from;
        uint32_t to = datagram->ranges[i].to < piece.to ? datagram->ranges[i].to : piece.to;
        if (from < to &&
            memcmp(datagram->bytes + HEADER_6 + from, bytes + (from - piece.from), to - from) != 0) {
            return false;
        }
    }
    return true;
}

/* False where it makes too many holes. */
static bool add_range(struct datagram *datagram, struct range piece)
{
    size_t first = 0;
    while (first < datagram->range_count && datagram->ranges[first].to < piece.from) {
        first++;
    }
    size_t last = first;
    while (last < datagram->range_count && datagram->ranges[last].from <= piece.to) {
        piece.from = datagram->ranges[last].from < piece.from ? datagram->ranges[last].from : piece.from;
        piece.to = datagram->ranges[last].to > piece.to ? datagram->ranges[last].to : piece.to;
        last++;
    }
    size_t behind = datagram->range_count - last;
    if (first + 1 + behind > RANGES_MAX) {
        return false;
    }
    memmove(&datagram->ranges[first + 1], &datagram->ranges[last], behind * sizeof piece);
    datagram->ranges[first] = piece;
    datagram->range_count = first + 1 + behind;
    return true;
}

/* Takes one piece; false where it contradicts those before it. */
static bool take_piece(struct fragments *table, struct datagram *datagram, const struct packet *packet)
{
    struct range piece = {.from = packet->fragment_offset,
                          .to = packet->fragment_offset + (uint32_t)packet->payload.len};
    uint32_t end = datagram->range_count == 0 ? 0 : datagram->ranges[datagram->range_count - 1].to;
    uint32_t total = packet->fragment_more ? datagram->total : piece.to;
    bool other_total = !packet->fragment_more && datagram->total != 0 && datagram->total != total;
    bool beyond = total != 0 && (end > total || piece.to > total);
    bool other_protocol = piece.from == 0 && datagram->range_count > 0 && datagram->ranges[0].from == 0 &&
                          datagram->protocol != packet->fragment_protocol;
    if (other_total || beyond || other_protocol || !agrees(datagram, piece, packet->payload.data) ||
        !add_range(datagram, piece)) {
        return false;
    }
    datagram->total = total;
    datagram->protocol = piece.from == 0 ? packet->fragment_protocol : datagram->protocol;
    reserve(table, datagram, piece.to);
    memcpy(datagram->bytes + HEADER_6 + piece.from, packet->payload.data, packet->payload.len);
    return true;
}

static bool is_whole(const struct datagram *datagram)
{
    return datagram->total != 0 && datagram->range_count == 1 && datagram->ranges[0].from == 0 &&
           datagram->ranges[0].to == datagram->total;
}

static void put_be16(uint8_t *out, size_t value)
{
    out[0] = (uint8_t)(value >> 8);
    out[1] = (uint8_t)value;
}

/* The header that the datagram would have had if it had not been cut into pieces; what the pieces' own
 * headers held beside (options, time to live) nobody reads. */
static struct slice put_header(struct datagram *datagram)
{
    enum { IPV4_PREFIX = sizeof(struct address) - 4 };
    const struct datagram_key *key = &datagram->key;
    if (address_is_v4(&key->source)) {
        uint8_t *header = datagram->bytes + HEADER_6 - HEADER_4;
        memset(header, 0, HEADER_4);
        header[0] = 0x45;
        size_t total = HEADER_4 + datagram->total;
        put_be16(header + 2, total <= UINT16_MAX ? total : 0);
        header[9] = datagram->protocol;
        memcpy(header + 12, key->source.bytes + IPV4_PREFIX, 4);
        memcpy(header + 16, key->destination.bytes + IPV4_PREFIX, 4);
        return slice_make(header, total);
    }
    uint8_t *header = datagram->bytes;
    memset(header, 0, HEADER_6);
    header[0] = 0x60;
    put_be16(header + 4, datagram->total);
    header[6] = datagram->protocol;
    memcpy(header + 8, key->source.bytes, sizeof key->source.bytes);
    memcpy(header + 24, key->destination.bytes, sizeof key->destination.bytes);
    return slice_make(header, HEADER_6 + datagram->total);
}

/* The datagram leaves the table; its bytes stay until the next one does. */
static struct slice finish(struct fragments *table, struct datagram *datagram, int64_t now_us)
{
    struct slice ip = put_header(datagram);
    remember_joined(table, &datagram->key, now_us);
    free(table->whole);
    table->whole = datagram->bytes;
    table->memory -= datagram->capacity;
    datagram->bytes = NULL;
    datagram->capacity = 0;
    remove_datagram(table, datagram);
    counter_add(table->counters, FRAGMENTS_JOINED, 1);
    return ip;
}

/* Whether a piece has the length that pieces have; counted where not. */
static bool is_good_piece(struct fragments *table, const struct packet *packet)
{
    size_t len = packet->payload.len;
    if (len == 0 || len > DATAGRAM_MAX - (size_t)packet->fragment_offset ||
        (packet->fragment_more && len % UNIT != 0)) {
        counter_add(table->counters, DECODE_BAD_LENGTH, 1);
        return false;
    }
    return true;
}

/* The datagram that took this piece; NULL where none did. */
static struct datagram *place_piece(struct fragments *table, const struct packet *packet)
{
    struct datagram_key key = key_of(packet);
    struct datagram *datagram = find(table, &key);
    if (datagram == NULL) {
        if (was_joined_now(table, &key, packet->time_us)) {
            counter_add(table->counters, FRAGMENTS_REPEATED, 1);
            return NULL;
        }
        datagram = make(table, packet);
    }
    bool stale = packet->time_us - datagram->last_us > identity_reused_us;
    datagram->last_us = packet->time_us;
    if (datagram->bytes != NULL && take_piece(table, datagram, packet)) {
        return datagram;
    }
    if (stale) {
        counter_add(table->counters, FRAGMENTS_EXPIRED, datagram->bytes != NULL);
        remove_datagram(table, datagram);
        datagram = make(table, packet);
        return take_piece(table, datagram, packet) ? datagram : NULL;
    }
    if (datagram->bytes != NULL) {
        counter_add(table->counters, FRAGMENTS_CONFLICTS, 1);
        give_up(table, datagram);
    }
    return NULL;
}

/* The datagram as an IP packet where this piece completes it, else an empty slice. */
static struct slice join(struct fragments *table, const struct packet *packet)
{
    struct datagram *datagram = is_good_piece(table, packet) ? place_piece(table, packet) : NULL;
    if (datagram != NULL && is_whole(datagram)) {
        return finish(table, datagram, packet->time_us);
    }
    while (table->memory > table->settings->fragment_memory && table->oldest != NULL) {
        evict_oldest(table);
    }
    return slice_make(NULL, 0);
}

/* Of a datagram of UDP whose first piece is cut, which nothing can complete, the captured part: as if the
 * snapshot length had cut the datagram. How long that is, UDP's own header tells. Else an empty slice. */
static struct slice begin_only(struct fragments *table, const struct packet *packet)
{
    enum { PROTOCOL_UDP = 17 };
    counter_add(table->counters, FRAGMENTS_CUT, 1);
    if (packet->fragment_offset != 0 || packet->fragment_protocol != PROTOCOL_UDP) {
        return slice_make(NULL, 0);
    }
    struct datagram part = {
        .key = key_of(packet), .total = DATAGRAM_MAX, .protocol = packet->fragment_protocol};
    part.bytes = allocate(NULL, HEADER_6 + packet->payload.len);
    memcpy(part.bytes + HEADER_6, packet->payload.data, packet->payload.len);
    free(table->whole);
    table->whole = part.bytes;
    struct slice ip = put_header(&part);
    return slice_part(ip, 0, ip.len - DATAGRAM_MAX + packet->payload.len);
}

/* An IP packet out of what this piece brings; false where there is none. */
static bool take_out(struct fragments *table, const struct packet *packet, struct raw_packet *raw)
{
    expire(table, packet->time_us);
    bool cut = packet->payload.len < packet->payload_wire_len;
    *raw = (struct raw_packet){.link_type = DLT_RAW, .time_us = packet->time_us};
    raw->bytes = cut ? begin_only(table, packet) : join(table, packet);
    raw->wire_len = cut ? HEADER_6 + DATAGRAM_MAX : (uint32_t)raw->bytes.len;
    return raw->bytes.len > 0;
}

bool fragments_take(struct fragments *table, struct packet *packet)
{
    assert(packet->fragment);
    uint32_t encapsulation = 0;
    for (unsigned nested = 0; nested < NESTED_MAX && packet->fragment; nested++) {
        struct raw_packet raw;
        if (!take_out(table, packet, &raw)) {
            return false;
        }
        encapsulation |= packet->encapsulation;
        if (decode_packet(&raw, packet, table->counters) != DECODE_PACKET) {
            return false;
        }
        packet->encapsulation |= encapsulation;
    }
    counter_add(table->counters, DECODE_TOO_DEEP, packet->fragment);
    return !packet->fragment;
}
