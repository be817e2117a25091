/* Rights holders: whose channels the live entries of one document name, counted in constant memory. */
#include <stdlib.h>
#include <string.h>

#include "app/title.h"
#include "base/attr.h"
#include "daemon/rule/rights_priv.h"

enum { NAMES_MAX = HTTP_MEMO_NAMES * 3 / 4 };

/* After a reload holders have other numbers: a document that was begun before counts anew. */
static void settle_set(const struct rights *rights, struct rights_tally *tally)
{
    if (tally->set != rights->key.words[0]) {
        memset(tally, 0, sizeof *tally);
        tally->set = rights->key.words[0];
    }
}

/* True for a name that was not there. A table that is full takes none. */
static bool add_name(struct rights_tally *tally, uint64_t hash)
{
    hash |= hash == 0;
    size_t place = (size_t)(hash >> 32) % HTTP_MEMO_NAMES;
    while (tally->hashes[place] != 0 && tally->hashes[place] != hash) {
        place = (place + 1) % HTTP_MEMO_NAMES;
    }
    if (tally->hashes[place] == hash || tally->names == NAMES_MAX) {
        return false;
    }
    tally->hashes[place] = hash;
    tally->names++;
    return true;
}

static void count_holders(struct rights_tally *tally, const uint64_t found[RIGHTS_WORDS])
{
    bool first = true;
    for (size_t holder = 0; holder < RIGHTS_MAX; holder++) {
        if ((found[holder / 64] >> holder % 64 & 1) != 0) {
            tally->fits[holder]++;
            tally->owned[holder] = (uint16_t)(tally->owned[holder] + first);
            first = false;
        }
    }
}

void rights_take_entry(const struct rights *rights, struct pcre_scratch *scratch, struct http_memo *memo,
                       const struct catalogue_entry *entry)
{
    if (entry->kind != ENTRY_LIVE || entry->part != ENTRY_WHOLE || memo == NULL ||
        rights->expression_count == 0) {
        return;
    }
    struct title_name made;
    struct slice name = entry->name;
    if (name.len == 0) {
        title_normalise(entry->title, &made);
        name = title_name_slice(&made);
    }
    uint64_t found[RIGHTS_WORDS];
    if (!rights_find(rights, scratch, name, found)) {
        return;
    }
    settle_set(rights, &memo->rights);
    if (add_name(&memo->rights, hash_bytes(&rights->key, name.data, name.len))) {
        count_holders(&memo->rights, found);
    }
}

uint64_t rights_owners(const struct rights_tally *tally)
{
    uint64_t count = 0;
    for (size_t i = 0; i < RIGHTS_MAX; i++) {
        count += tally->owned[i] > 0;
    }
    return count;
}

uint64_t rights_markets(const struct rights *rights, const struct rights_tally *tally)
{
    uint64_t common[COUNTRY_WORDS];
    uint64_t count = 0;
    bool known = tally->set == rights->key.words[0];
    memset(common, known ? 0xff : 0, sizeof common);
    for (size_t i = 0; known && i < rights->count; i++) {
        for (size_t j = 0; tally->owned[i] > 0 && j < COUNTRY_WORDS; j++) {
            common[j] &= rights->holders[i].countries[j];
        }
    }
    for (size_t i = 0; i < 26 * 26; i++) {
        count += common[i / 64] >> i % 64 & 1;
    }
    return count;
}

struct told_holder {
    const char *id;
    uint16_t names;
};

static int compare_names(const void *left, const void *right)
{
    const struct told_holder *a = left;
    const struct told_holder *b = right;
    return a->names != b->names ? (a->names < b->names) - (a->names > b->names) : strcmp(a->id, b->id);
}

static int compare_ids(const void *left, const void *right)
{
    return strcmp(left, right);
}

bool rights_tell(const struct rights *rights, const struct rights_tally *tally, struct rights_holders *out)
{
    struct told_holder told[RIGHTS_MAX];
    size_t count = 0;
    bool known = tally->set == rights->key.words[0];
    for (size_t i = 0; known && i < rights->count; i++) {
        if (tally->fits[i] > 0) {
            told[count++] = (struct told_holder){.id = rights->holders[i].id, .names = tally->fits[i]};
        }
    }
    *out = (struct rights_holders){.count = 0};
    if (count == 0) {
        return false;
    }
    qsort(told, count, sizeof told[0], compare_names);
    out->count = count < RIGHTS_HOLDERS_MAX ? (uint32_t)count : RIGHTS_HOLDERS_MAX;
    for (size_t i = 0; i < out->count; i++) {
        memcpy(out->ids[i], told[i].id, strlen(told[i].id) + 1);
    }
    qsort(out->ids, out->count, sizeof out->ids[0], compare_ids);
    return true;
}
