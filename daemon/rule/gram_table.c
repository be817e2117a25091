#include "daemon/rule/gram_table_priv.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/rule/allocate_priv.h"

enum {
    STRIDE_MAX = 4,
    SLOTS_EACH = 2, /* of the table, for each gram in it */
    BITS_EACH = 16, /* of the filter, for each slot */
    SLOTS_MIN = 512,
    COMMON_NUMBERS = 4093,
    COMMON_WEIGHT = 8, /* of one gram in common text, against one in another text that is searched */
    TRIES_MAX = 32,    /* places in a text that are compared to find rare grams */
};

/* A gram and its place make a key; no key is 0, for folded bytes are not. */
struct slot {
    uint32_t key;
    uint32_t begin; /* its occurrences [begin, begin + count) */
    uint32_t count;
};

/* Byte `offset` of a text begins the gram. */
struct occurrence {
    uint32_t text;
    uint32_t offset;
};

struct gram_table {
    struct gram_text *texts;
    uint8_t strides[GRAM_PLACES_MAX]; /* 0: no text is searched there */
    struct slot *slots;
    uint32_t slot_mask;
    unsigned filter_shift;
    uint64_t *filter;
    struct occurrence *occurrences;
};

/* Folded: capitals become small letters, and some other bytes alike, which the comparison tells apart. */
static inline uint32_t key_of(uint32_t bytes, uint8_t place)
{
    return (bytes & 0xffffff) | 0x202020 | (uint32_t)place << 24;
}

static inline uint32_t key_at(const uint8_t *bytes, uint8_t place)
{
    return key_of(bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16, place);
}

static inline uint32_t hash_of(uint32_t key)
{
    return key * UINT32_C(2654435761);
}

/* ---- making */

static struct slot *find_slot(const struct gram_table *table, uint32_t key)
{
    uint32_t at = (hash_of(key) >> 8) & table->slot_mask;
    while (table->slots[at].key != 0 && table->slots[at].key != key) {
        at = (at + 1) & table->slot_mask;
    }
    return &table->slots[at];
}

/* How many grams in a row of each text of a place are looked at: as many as the shortest one has. */
static size_t fill_strides(struct gram_table *table, size_t count)
{
    size_t grams = 0;
    for (size_t i = 0; i < count; i++) {
        size_t has = table->texts[i].text.len - GRAM_BYTES + 1;
        uint8_t *stride = &table->strides[table->texts[i].place];
        has = has > STRIDE_MAX ? STRIDE_MAX : has;
        *stride = *stride == 0 || has < *stride ? (uint8_t)has : *stride;
    }
    for (size_t i = 0; i < count; i++) {
        grams += table->strides[table->texts[i].place];
    }
    return grams;
}

/* How often grams stand in common text; those that fall on one number count together. */
struct commonness {
    uint8_t counts[COMMON_NUMBERS];
};

static uint8_t *count_of(struct commonness *common, uint32_t key)
{
    return &common->counts[hash_of(key & 0xffffff) % COMMON_NUMBERS];
}

static void fill_commonness(struct commonness *common, struct slice text)
{
    memset(common, 0, sizeof *common);
    for (size_t at = 0; at + GRAM_BYTES <= text.len; at++) {
        uint8_t *count = count_of(common, key_at(text.data + at, 0));
        *count = (uint8_t)(*count + (*count < UINT8_MAX));
    }
}

/* Where in a text the grams begin that stand least in common text, and in fewest texts before it. */
static size_t rarest_offset(const struct gram_table *table, const struct gram_text *text,
                            struct commonness *common)
{
    size_t stride = table->strides[text->place];
    size_t last = text->text.len - GRAM_BYTES + 1 - stride;
    size_t best = 0;
    uint64_t least = UINT64_MAX;
    for (size_t at = 0; at <= last && at < TRIES_MAX; at++) {
        uint64_t others = 0;
        for (size_t i = 0; i < stride; i++) {
            uint32_t key = key_at(text->text.data + at + i, text->place);
            others += find_slot(table, key)->count + COMMON_WEIGHT * (uint64_t)*count_of(common, key);
        }
        if (others < least) {
            least = others;
            best = at;
        }
    }
    return best;
}

/* Chooses each text's grams, and counts how often each one was. */
static uint32_t *choose_offsets(struct gram_table *table, size_t count, struct commonness *common)
{
    uint32_t *offsets = rule_allocate(count, sizeof *offsets);
    for (size_t i = 0; i < count; i++) {
        const struct gram_text *text = &table->texts[i];
        offsets[i] = (uint32_t)rarest_offset(table, text, common);
        for (size_t j = 0; j < table->strides[text->place]; j++) {
            uint32_t key = key_at(text->text.data + offsets[i] + j, text->place);
            struct slot *slot = find_slot(table, key);
            slot->key = key;
            slot->count++;
        }
    }
    return offsets;
}

static void fill_occurrences(struct gram_table *table, const uint32_t *offsets, size_t count)
{
    uint32_t begin = 0;
    for (uint32_t i = 0; i <= table->slot_mask; i++) {
        struct slot *slot = &table->slots[i];
        slot->begin = begin;
        begin += slot->count;
        slot->count = 0;
        if (slot->key != 0) {
            uint32_t bit = hash_of(slot->key) >> table->filter_shift;
            table->filter[bit / 64] |= UINT64_C(1) << bit % 64;
        }
    }
    for (size_t i = 0; i < count; i++) {
        const struct gram_text *text = &table->texts[i];
        for (uint32_t j = 0; j < table->strides[text->place]; j++) {
            struct slot *slot = find_slot(table, key_at(text->text.data + offsets[i] + j, text->place));
            table->occurrences[slot->begin + slot->count++] =
                (struct occurrence){.text = (uint32_t)i, .offset = offsets[i] + j};
        }
    }
}

struct gram_table *gram_table_create(const struct gram_text *texts, size_t count, struct slice common_text)
{
    struct gram_table *table = rule_allocate(1, sizeof *table);
    table->texts = rule_allocate(count, sizeof *texts);
    if (count > 0) {
        memcpy(table->texts, texts, count * sizeof *texts);
    }
    size_t grams = fill_strides(table, count);
    size_t slots = SLOTS_MIN;
    while (slots < SLOTS_EACH * grams) {
        slots *= 2;
    }
    table->slot_mask = (uint32_t)(slots - 1);
    table->filter_shift = 32 - (unsigned)__builtin_ctzll(slots * BITS_EACH);
    table->slots = rule_allocate(slots, sizeof *table->slots);
    table->filter = rule_allocate(slots * BITS_EACH / 64, sizeof *table->filter);
    table->occurrences = rule_allocate(grams, sizeof *table->occurrences);
    struct commonness common;
    fill_commonness(&common, common_text);
    uint32_t *offsets = choose_offsets(table, count, &common);
    fill_occurrences(table, offsets, count);
    free(offsets);
    return table;
}

void gram_table_free(struct gram_table *table)
{
    if (table == NULL) {
        return;
    }
    free(table->texts);
    free(table->slots);
    free(table->filter);
    free(table->occurrences);
    free(table);
}

/* ---- searching */

/* Whether the text stands where its gram was found. */
static bool stands_at(const struct gram_text *text, struct slice buffer, size_t gram, uint32_t offset)
{
    if (gram < offset || buffer.len - (gram - offset) < text->text.len) {
        return false;
    }
    struct slice part = slice_part(buffer, gram - offset, text->text.len);
    return text->nocase ? slice_equal_nocase(part, text->text) : slice_equal(part, text->text);
}

/* A gram of the buffer that is in the filter. */
static void take_gram(const struct gram_table *table, uint32_t key, struct slice buffer, size_t at,
                      gram_found_fn found, void *context)
{
    const struct slot *slot = find_slot(table, key);
    if (slot->key == 0) {
        return;
    }
    for (uint32_t i = slot->begin; i < slot->begin + slot->count; i++) {
        const struct occurrence *occurrence = &table->occurrences[i];
        if (stands_at(&table->texts[occurrence->text], buffer, at, occurrence->offset)) {
            found(context, table->texts[occurrence->text].id);
        }
    }
}

void gram_table_search(const struct gram_table *table, uint8_t place, struct slice buffer,
                       gram_found_fn found, void *context)
{
    size_t stride = table->strides[place];
    if (stride == 0 || buffer.len < GRAM_BYTES) {
        return;
    }
    const uint64_t *filter = table->filter;
    unsigned shift = table->filter_shift;
    size_t at = 0;
    for (; at + sizeof(uint32_t) <= buffer.len; at += stride) {
        uint32_t bytes;
        memcpy(&bytes, buffer.data + at, sizeof bytes);
        uint32_t key = key_of(le32toh(bytes), place);
        uint32_t bit = hash_of(key) >> shift;
        if ((filter[bit / 64] >> bit % 64 & 1) != 0) {
            take_gram(table, key, buffer, at, found, context);
        }
    }
    if (at + GRAM_BYTES == buffer.len) {
        take_gram(table, key_at(buffer.data + at, place), buffer, at, found, context);
    }
}
