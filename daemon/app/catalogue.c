/* Fingerprints of catalogues. The key is public and fixed: the print serves to compare between sensors. */
#include "daemon/app/catalogue_priv.h"

#include <endian.h>

#include "base/hash.h"

enum { TITLE_MAX = 1024, NUMBER_SIZE = 8 };

static const struct hash_key print_key = {
    {UINT64_C(0x7669676965206361), UINT64_C(0x74616c6f67756531)}}; /* "vigie catalogue1" */

/* Letters of ASCII in lower case, runs of blanks as one: what generators of lists change. */
static size_t write_title(struct slice title, uint8_t *out)
{
    size_t len = 0;
    bool blank = true;
    for (size_t i = 0; i < title.len && len < TITLE_MAX; i++) {
        bool behind_blank = blank;
        blank = title.data[i] == ' ' || title.data[i] == '\t';
        out[len] = blank ? ' ' : byte_lower(title.data[i]);
        len += !(blank && behind_blank);
    }
    return len - (blank && len > 0);
}

static void write_number(uint64_t number, uint8_t *out)
{
    number = htole64(number);
    memcpy(out, &number, NUMBER_SIZE);
}

void catalogue_print_add(struct catalogue_print *print, struct slice title, uint64_t number)
{
    uint8_t text[TITLE_MAX + NUMBER_SIZE];
    size_t len = write_title(title, text);
    write_number(number, text + len);
    uint64_t hash = hash_bytes(&print_key, text, len + NUMBER_SIZE);
    print->sum += hash;
    print->products += hash * (hash >> 32 | hash << 32);
    print->count++;
}

uint64_t catalogue_print_value(const struct catalogue_print *print)
{
    if (print->count < CATALOGUE_ENTRIES_MIN) {
        return 0;
    }
    uint8_t words[3 * NUMBER_SIZE];
    write_number(print->sum, words);
    write_number(print->products, words + NUMBER_SIZE);
    write_number(print->count, words + 2 * (size_t)NUMBER_SIZE);
    uint64_t value = hash_bytes(&print_key, words, sizeof words);
    return value == 0 ? 1 : value;
}
