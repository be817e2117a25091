/*
 * Titles of a whole list, counted in constant memory: countries before them, copies of one channel, headings,
 * events and loops, letters above the line (signatures.md 3.3 and 3.4).
 */
#include <stdlib.h>

#include "base/attr.h"
#include "daemon/app/title_priv.h"

enum { NAMES_MAX = 1024, GROUP_MAX = 1024, COPIES_MIN = 5, HEADING_ENDS = 2, HEADING_ALONE = 3 };

/*
 * How often each name came: exact up to NAMES_MAX names. When it is full, only hashes whose lowest `level`
 * bits are zero are kept, and each stands for 2^level (adaptive sampling, Wegman 1984); what is kept was
 * counted from the first time on.
 */
struct name_table {
    uint64_t hashes[NAMES_MAX];
    uint8_t counts[NAMES_MAX];     /* up to COPIES_MIN */
    uint16_t index[2 * NAMES_MAX]; /* open addressing: 1 + place in `hashes`, 0 where free; cleared with the
                                      first name */
    uint32_t count;
    uint32_t level;
};

/* What a group's name says of each of its entries. */
struct group_signs {
    size_t len;
    uint8_t text[GROUP_MAX];
    int country; /* as title_country has it */
    bool ppv;
    bool loop;
};

struct title_counter {
    struct hash_key key;
    struct title_facts facts;
    struct group_signs group; /* the last entry's: lists are sorted by it */
    uint64_t countries[(TITLE_COUNTRY_BITS + 63) / 64];
    /* The last member: large, and most of it is never looked at. */
    struct name_table copies; /* of names whose titles bear words of quality or of a spare copy */
};

struct title_counter *title_counter_create(const struct hash_key *key)
{
    struct title_counter *counter = malloc(sizeof *counter);
    if (counter == NULL) {
        abort();
    }
    memset(counter, 0, offsetof(struct title_counter, copies));
    counter->copies.count = 0;
    counter->copies.level = 0;
    counter->key = *key;
    counter->group.country = -1;
    return counter;
}

void title_counter_free(struct title_counter *counter)
{
    free(counter);
}

size_t title_counter_memory(const struct title_counter *counter)
{
    return counter == NULL ? 0 : sizeof *counter;
}

static bool is_sampled(const struct name_table *table, uint64_t hash)
{
    return (hash & ((UINT64_C(1) << table->level) - 1)) == 0;
}

/* Where `hash` stands in the index or would stand. The upper bits choose it: the lower ones are the sample's.
 */
static size_t find_place(const struct name_table *table, uint64_t hash)
{
    size_t place = (size_t)(hash >> 40) % ARRAY_COUNT(table->index);
    while (table->index[place] != 0 && table->hashes[table->index[place] - 1] != hash) {
        place = (place + 1) % ARRAY_COUNT(table->index);
    }
    return place;
}

static void insert(struct name_table *table, size_t place, uint64_t hash, uint8_t count)
{
    table->hashes[table->count] = hash;
    table->counts[table->count] = count;
    table->count++;
    table->index[place] = (uint16_t)table->count;
}

/* Halves the sample, about, until there is room. */
static void thin_out(struct name_table *table)
{
    while (table->count == NAMES_MAX) {
        table->level++;
        uint32_t count = table->count;
        table->count = 0;
        memset(table->index, 0, sizeof table->index);
        for (uint32_t i = 0; i < count; i++) {
            uint64_t hash = table->hashes[i]; /* read before its place is written: count <= i */
            if (is_sampled(table, hash)) {
                insert(table, find_place(table, hash), hash, table->counts[i]);
            }
        }
    }
}

static void count_name(struct name_table *table, uint64_t hash)
{
    if (!is_sampled(table, hash)) {
        return;
    }
    if (table->count == 0) {
        memset(table->index, 0, sizeof table->index);
    }
    size_t place = find_place(table, hash);
    if (table->index[place] != 0) {
        uint8_t *count = &table->counts[table->index[place] - 1];
        *count = (uint8_t)(*count + (*count < COPIES_MIN));
        return;
    }
    if (table->count == NAMES_MAX) {
        thin_out(table);
        if (!is_sampled(table, hash)) {
            return;
        }
        place = find_place(table, hash);
    }
    insert(table, place, hash, 1);
}

static uint64_t count_copied(const struct name_table *table)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < table->count; i++) {
        count += table->counts[i] >= COPIES_MIN;
    }
    return count << table->level;
}

static bool is_word_byte(uint8_t byte)
{
    uint8_t lower = byte_lower(byte);
    return (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') || lower >= 0x80;
}

/* Whether `word` (in lower case) stands in the text, nothing of a word at its sides, and from where. */
static bool find_word(struct slice text, const char *word, size_t *at)
{
    struct slice wanted = slice_text(word);
    size_t starts = text.len < wanted.len ? 0 : text.len - wanted.len + 1;
    for (size_t i = 0; i < starts; i++) {
        bool possible = (text.data[i] | 0x20) == wanted.data[0]; /* 0x20: what makes capitals small */
        if (!possible || !slice_equal_nocase(slice_part(text, i, wanted.len), wanted)) {
            continue;
        }
        bool before = i > 0 && is_word_byte(text.data[i - 1]);
        bool behind = i + wanted.len < text.len && is_word_byte(text.data[i + wanted.len]);
        if (!before && !behind) {
            *at = i;
            return true;
        }
    }
    return false;
}

static bool names_ppv(struct slice text)
{
    size_t at;
    return find_word(text, "ppv", &at);
}

/* "24/7 The Show". Lists of public streams write "[Not 24/7]" behind a channel: that is none. */
static bool names_loop(struct slice text)
{
    size_t at;
    return slice_index(text, '/') != SIZE_MAX && find_word(text, "24/7", &at) &&
           !slice_ends(slice_trim(slice_part(text, 0, at)), slice_text("Not")) &&
           !slice_ends(slice_trim(slice_part(text, 0, at)), slice_text("not"));
}

/* The length of the character in front or at the end, where it is one that headings are drawn with; else 0.
 */
static size_t ornament_in_front(struct slice text)
{
    if (slice_index(slice_text("#=*-_~<>|+"), text.data[0]) != SIZE_MAX) {
        return 1;
    }
    size_t len = text.data[0] == 0xc2 ? 2 : 3;
    return title_is_drawn(text) && len <= text.len ? len : 0;
}

static size_t ornament_at_end(struct slice text)
{
    for (size_t len = 1; len <= 3 && len <= text.len; len++) {
        if (ornament_in_front(slice_from(text, text.len - len)) == len) {
            return len;
        }
    }
    return 0;
}

/* A title between two runs of ornaments, or of ornaments alone. */
static bool is_heading(struct slice title)
{
    size_t front = 0;
    size_t behind = 0;
    size_t len;
    for (; title.len > 0 && (len = ornament_in_front(title)) > 0;
         title = slice_trim(slice_from(title, len))) {
        front++;
    }
    if (title.len > 0 && front < HEADING_ENDS) {
        return false; /* nearly all titles */
    }
    for (; title.len > 0 && (len = ornament_at_end(title)) > 0;
         title = slice_trim(slice_part(title, 0, title.len - len))) {
        behind++;
    }
    return title.len > 0 ? front >= HEADING_ENDS && behind >= HEADING_ENDS : front >= HEADING_ALONE;
}

static void count_country(struct title_counter *counter, int bit)
{
    if (bit >= 0) {
        counter->facts.prefixed_titles++;
        counter->countries[bit / 64] |= UINT64_C(1) << (bit % 64);
    }
}

static const struct group_signs *read_group(struct group_signs *last, struct slice group)
{
    bool fits = group.len <= sizeof last->text; /* else it is read each time */
    if (fits && slice_equal(group, slice_make(last->text, last->len))) {
        return last;
    }
    last->len = group.len;
    if (fits && group.len > 0) {
        memcpy(last->text, group.data, group.len);
    }
    last->country = title_country(group);
    last->ppv = names_ppv(group);
    last->loop = names_loop(group);
    return last;
}

void title_count_entry(struct title_counter *counter, struct catalogue_entry *entry, struct title_name *name)
{
    struct title_facts *facts = &counter->facts;
    const struct group_signs *group = read_group(&counter->group, entry->group);
    int country = title_country(entry->title);
    country = country >= 0 ? country : group->country;
    count_country(counter, country);
    if (entry->kind != ENTRY_LIVE) {
        return;
    }
    title_normalise(entry->title, name);
    entry->name = title_name_slice(name);
    facts->superscripts += name->superscript;
    facts->separators += is_heading(entry->title);
    facts->ppv += group->ppv || names_ppv(entry->title);
    facts->loops += group->loop || names_loop(entry->title);
    if (name->quality) { /* the same name in another country is another channel */
        uint64_t hash = hash_bytes(&counter->key, name->bytes, name->len);
        count_name(&counter->copies, hash ^ (uint64_t)(country + 1) * UINT64_C(0x9e3779b97f4a7c15));
    }
}

void title_count_category(struct title_counter *counter, struct slice category)
{
    count_country(counter, title_country(category));
    counter->facts.ppv += names_ppv(category);
    counter->facts.loops += names_loop(category);
}

void title_finish(const struct title_counter *counter, struct title_facts *facts)
{
    *facts = (struct title_facts){.country_prefixes = 0};
    if (counter == NULL) {
        return;
    }
    *facts = counter->facts;
    facts->quality_duplicates = count_copied(&counter->copies);
    for (size_t i = 0; i < ARRAY_COUNT(counter->countries); i++) {
        facts->country_prefixes += (uint64_t)__builtin_popcountll(counter->countries[i]);
    }
}
