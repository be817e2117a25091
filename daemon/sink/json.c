/* jansson, wrapped so that a line of code is a key of the line. */
#include "json_priv.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "rule/evidence.h"

json_t *json_have(json_t *value)
{
    if (value == NULL) {
        abort();
    }
    return value;
}

void json_put(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, json_have(value)) != 0) {
        abort();
    }
}

bool json_put_text(json_t *object, const char *key, struct slice text, size_t max)
{
    if (text.len == 0) {
        return true;
    }
    struct buf clean = buf_make(max);
    bool whole = text_append_clean(&clean, text, max);
    json_put(object, key, json_stringn(clean.len == 0 ? "" : (const char *)clean.data, clean.len));
    buf_free(&clean);
    return whole;
}

void json_put_number(json_t *object, const char *key, uint64_t number)
{
    json_put(object, key, json_integer(number > INT64_MAX ? INT64_MAX : (json_int_t)number));
}

void json_put_count(json_t *object, const char *key, uint64_t number)
{
    if (number > 0) {
        json_put_number(object, key, number);
    }
}

void json_put_time(json_t *object, const char *key, int64_t time_us)
{
    char text[TIME_TEXT_SIZE];
    json_put(object, key, json_string(time_print(time_us, text)));
}

json_t *json_roles(uint16_t roles)
{
    json_t *names = json_have(json_array());
    for (unsigned role = 0; role < ROLE_COUNT; role++) {
        if ((roles >> role & 1) != 0) {
            json_array_append_new(names, json_have(json_string(role_name((enum role)role))));
        }
    }
    return names;
}

void json_put_privacy(json_t *object, bool keep_credentials, bool keep_clients)
{
    if (!keep_credentials && !keep_clients) {
        return;
    }
    json_t *privacy = json_have(json_object());
    if (keep_credentials) {
        json_put(privacy, "credentials", json_string("keep"));
    }
    if (keep_clients) {
        json_put(privacy, "clients", json_string("address"));
    }
    json_put(object, "privacy", privacy);
}

/* Real numbers as they were put: 6.2 is none of binary's, and 15 digits give it back. */
char *json_line(json_t *object)
{
    char *line = json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(15));
    json_decref(object);
    if (line == NULL) {
        abort();
    }
    return line;
}
