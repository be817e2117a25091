#include "rule/repeats.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/rule/token_priv.h"
#include "rule/rule_set.h"

/* A shard's table is looked up by buckets: what is full forgets its bucket's oldest. */
enum { BUCKET_ENTRIES = 8, TOKENS_ENOUGH = 3 };

/* What entries are about; a part of their key. */
enum subject { SUBJECT_FRONT, SUBJECT_PANEL, SUBJECT_ACCOUNT };

struct entry {
    uint64_t key;  /* 0: free */
    uint64_t used; /* the table's clock when it was last met */
    uint64_t values[REPEATS_MAX];
    uint32_t count;
};

struct table {
    struct entry *entries; /* owned; NULL until the first one comes */
    uint64_t clock;        /* rises with each look */
};

struct repeats {
    struct hash_key key;
    size_t buckets;
    struct counter_cell *counters;
    struct table shards[FLOW_SHARDS];
};

struct repeats *repeats_create(const struct hash_key *key, uint64_t entries, struct counter_cell *counters)
{
    struct repeats *repeats = calloc(1, sizeof *repeats);
    if (repeats == NULL) {
        abort();
    }
    repeats->key = *key;
    repeats->buckets = (size_t)((entries + BUCKET_ENTRIES - 1) / BUCKET_ENTRIES);
    repeats->counters = counters;
    return repeats;
}

void repeats_free(struct repeats *repeats)
{
    if (repeats == NULL) {
        return;
    }
    for (size_t i = 0; i < FLOW_SHARDS; i++) {
        free(repeats->shards[i].entries);
    }
    free(repeats);
}

/* The entry of a key, found or made anew in place of its bucket's oldest. */
static struct entry *entry_find(struct repeats *repeats, struct table *table, uint64_t key)
{
    if (table->entries == NULL) {
        table->entries = calloc(repeats->buckets * BUCKET_ENTRIES, sizeof *table->entries);
        if (table->entries == NULL) {
            abort();
        }
    }
    struct entry *bucket = &table->entries[key % repeats->buckets * BUCKET_ENTRIES];
    struct entry *oldest = bucket;
    table->clock++;
    for (size_t i = 0; i < BUCKET_ENTRIES; i++) {
        if (bucket[i].key == key) {
            bucket[i].used = table->clock;
            return &bucket[i];
        }
        oldest = bucket[i].used < oldest->used ? &bucket[i] : oldest;
    }
    counter_add(repeats->counters, RULE_REPEATS_EVICTED, oldest->key != 0);
    *oldest = (struct entry){.key = key, .used = table->clock};
    return oldest;
}

/* Adds a value where it is new and there is room; returns how many different ones there are. */
static uint32_t entry_add(struct entry *entry, uint64_t value)
{
    for (uint32_t i = 0; i < entry->count; i++) {
        if (entry->values[i] == value) {
            return entry->count;
        }
    }
    if (entry->count < REPEATS_MAX) {
        entry->values[entry->count++] = value;
    }
    return entry->count;
}

/* What a repetition is counted under: the server, the name it was asked by, and the bytes that repeat. */
static uint64_t key_of(const struct repeats *repeats, const struct flow *flow,
                       const struct http_transaction *http, enum subject subject, struct slice repeated)
{
    const struct endpoint *server = flow_server(flow);
    bool named = http->request != NULL && http->request->host.len > 0;
    struct slice host = named ? http->request->host : slice_text("");
    struct {
        struct address address;
        uint64_t host;
        uint64_t repeated;
        uint16_t port;
        uint8_t subject;
    } parts;
    memset(&parts, 0, sizeof parts); /* padding too */
    parts.address = server->address;
    parts.port = server->port;
    parts.host = hash_bytes(&repeats->key, host.data, host.len);
    parts.repeated = hash_bytes(&repeats->key, repeated.data, repeated.len);
    parts.subject = (uint8_t)subject;
    uint64_t key = hash_bytes(&repeats->key, &parts, sizeof parts);
    return key == 0 ? 1 : key;
}

static uint32_t count(struct repeats *repeats, const struct flow *flow, const struct http_transaction *http,
                      enum subject subject, struct slice repeated, struct slice value)
{
    uint64_t key = key_of(repeats, flow, http, subject, repeated);
    struct entry *entry = entry_find(repeats, &repeats->shards[flow->shard], key);
    return entry_add(entry, hash_bytes(&repeats->key, value.data, value.len));
}

/* Public on purpose, so that all sensors' prints are the same: the first bytes of SHA-256 over the kind of
 * print and what all tokens of the panel have in common. */
static uint64_t print_of(const char *kind, struct slice common)
{
    enum { PRINT_BYTES = 8 };
    struct sha256_context *context = sha256_begin();
    sha256_update(context, slice_make(kind, strlen(kind) + 1)); /* with its NUL: the parts stay apart */
    sha256_update(context, common);
    uint8_t digest[SHA256_SIZE];
    sha256_end(context, digest);
    uint64_t print = 0;
    for (size_t i = 0; i < PRINT_BYTES; i++) {
        print = print << 8 | digest[i];
    }
    return print;
}

static void tie(struct repeats_found *found, const char *kind, struct slice common)
{
    found->tied = true;
    found->print = print_of(kind, common);
}

static void take_token(struct repeats *repeats, const struct flow *flow, const struct http_transaction *http,
                       const struct token *token, struct repeats_found *found)
{
    uint8_t digits[TOKEN_XOR_DIGITS];
    if (token_is_xor(token->text, digits)) {
        tie(found, "vigie xtream token", slice_make(digits, sizeof digits));
        return;
    }
    if (repeats == NULL || !token_is_blocks(token->text) || token_front_is_text(token->text)) {
        return;
    }
    struct slice front = slice_part(token->text, 0, TOKEN_FRONT);
    uint32_t tokens = count(repeats, flow, http, SUBJECT_FRONT, front, token->text);
    found->tokens = tokens > found->tokens ? tokens : found->tokens;
    if (token->auth && count(repeats, flow, http, SUBJECT_PANEL, front, token->text) >= TOKENS_ENOUGH) {
        tie(found, "vigie xui token", front);
    }
}

/* What tokens lead to. A page or an object proves nothing: any server answers any path with one. */
static bool is_stream(const struct http_response *response)
{
    switch (response->kind) {
    case BODY_MPEGTS:
    case BODY_MEDIA:
    case BODY_M3U:
    case BODY_IMAGE:
    case BODY_BINARY:
        return response->status >= 200 && response->status < 300;
    default:
        return false;
    }
}

static void take_tokens(struct repeats *repeats, const struct flow *flow, const struct http_transaction *http,
                        struct repeats_found *found)
{
    struct token token;
    const struct http_response *response = http->response;
    if (response == NULL) {
        return;
    }
    if (http->request != NULL && is_stream(response) && token_find(http->request->uri_raw, &token)) {
        take_token(repeats, flow, http, &token, found);
    }
    if (response->status / 100 == 3 && token_find(response->location, &token) &&
        token_is_new(&token, http->request)) {
        take_token(repeats, flow, http, &token, found);
    }
}

static bool is_number(struct slice text)
{
    enum { DIGITS_MAX = 10 };
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
    }
    return text.len > 0 && text.len <= DIGITS_MAX;
}

/* [/live]/A/B/NUMBER or .m3u8 behind it. Numbers with .ts are the segments of everybody's HLS. */
static void take_number(struct repeats *repeats, const struct flow *flow, const struct http_transaction *http,
                        struct repeats_found *found)
{
    struct slice rest = http->request->uri_raw;
    struct slice path = slice_split(&rest, '?');
    struct slice live = slice_text("/live/");
    path = slice_starts(path, live) ? slice_from(path, live.len - 1) : path;
    rest = slice_from(path, 1);
    struct slice first = slice_split(&rest, '/');
    struct slice second = slice_split(&rest, '/');
    struct slice ending = slice_text(".m3u8");
    struct slice number = slice_ends(rest, ending) ? slice_part(rest, 0, rest.len - ending.len) : rest;
    if (slice_starts(path, slice_text("/")) && first.len > 0 && second.len > 0 && is_number(number)) {
        struct slice account = slice_part(path, 0, 1 + first.len + 1 + second.len);
        found->numbers = count(repeats, flow, http, SUBJECT_ACCOUNT, account, number);
    }
}

void repeats_take(struct repeats *repeats, const struct flow *flow, const struct http_transaction *http,
                  struct repeats_found *found)
{
    *found = (struct repeats_found){.tokens = 0};
    take_tokens(flow == NULL ? NULL : repeats, flow, http, found);
    if (repeats != NULL && flow != NULL && http->request != NULL) {
        take_number(repeats, flow, http, found);
    }
}
