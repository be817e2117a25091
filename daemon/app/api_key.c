/* The keys of the answers, found by length and bytes. */
#include "daemon/app/api_priv.h"

#include "base/attr.h"

struct key_row {
    size_t len;
    const char *name;
};

#define KEY_ROW(name) {sizeof(#name) - 1, #name},
static const struct key_row keys[API_KEY_COUNT] = {API_KEYS(KEY_ROW)};
#undef KEY_ROW

/* The order of the table: shorter names first, equally long ones by their bytes. */
static int compare(struct slice text, const struct key_row *row)
{
    if (text.len != row->len) {
        return text.len < row->len ? -1 : 1;
    }
    return memcmp(text.data, row->name, text.len);
}

static bool is_digits(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
    }
    return text.len > 0;
}

enum api_key api_key_find(struct slice text)
{
    if (text.len == 0) {
        return API_KEY_OTHER;
    }
    size_t from = 0;
    size_t to = ARRAY_COUNT(keys);
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = compare(text, &keys[middle]);
        if (order == 0) {
            return (enum api_key)middle;
        }
        if (order < 0) {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    return is_digits(text) ? API_KEY_DIGITS : API_KEY_OTHER;
}
