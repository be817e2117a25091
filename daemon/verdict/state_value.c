#include "daemon/verdict/state_value_priv.h"

#include <inttypes.h>

#include "base/text.h"

void reader_fail(struct reader *reader, const char *expected, const char *key)
{
    if (!reader->failed) {
        reader->failed = true;
        snprintf(reader->why, STATE_WHY_SIZE, "line %" PRIu64 ": %s was expected%s%s", reader->line, expected,
                 key[0] == '\0' ? "" : " at ", key);
    }
}

json_t *reader_get(struct reader *reader, const json_t *object, const char *key, json_type type,
                   const char *expected)
{
    json_t *value = json_object_get(object, key);
    if (value == NULL || json_typeof(value) != type) {
        reader_fail(reader, expected, key);
        return NULL;
    }
    return value;
}

int64_t reader_number(struct reader *reader, const json_t *object, const char *key, int64_t min, int64_t max)
{
    json_t *value = reader_get(reader, object, key, JSON_INTEGER, "a whole number");
    int64_t number = value == NULL ? min : json_integer_value(value);
    if (number < min || number > max) {
        reader_fail(reader, "a number in its range", key);
        return min;
    }
    return number;
}

uint64_t reader_count(struct reader *reader, const json_t *object, const char *key)
{
    return (uint64_t)reader_number(reader, object, key, 0, INT64_MAX);
}

int64_t reader_time(struct reader *reader, const json_t *object, const char *key)
{
    return reader_number(reader, object, key, 0, reader->saved_us);
}

bool reader_mark(struct reader *reader, const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    if (value != NULL && !json_is_true(value)) {
        reader_fail(reader, "true or nothing", key);
    }
    return value != NULL;
}

void reader_text(struct reader *reader, const json_t *object, const char *key, char *out, size_t size)
{
    out[0] = '\0';
    json_t *value = reader_get(reader, object, key, JSON_STRING, "a text");
    if (value == NULL) {
        return;
    }
    struct slice text = slice_make(json_string_value(value), json_string_length(value));
    struct buf clean = buf_make(size - 1);
    if (text_append_clean(&clean, text, size - 1) && slice_equal(buf_slice(&clean), text)) {
        memcpy(out, json_string_value(value), text.len);
        out[text.len] = '\0';
    } else {
        reader_fail(reader, "a clean text of a length that fits", key);
    }
    buf_free(&clean);
}

size_t reader_choice(struct reader *reader, const json_t *object, const char *key, state_name_fn name,
                     size_t count)
{
    char text[64];
    reader_text(reader, object, key, text, sizeof text);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name(i), text) == 0) {
            return i;
        }
    }
    reader_fail(reader, "a known word", key);
    return 0;
}

void reader_host(struct reader *reader, const json_t *object, const char *key, char out[HOST_NAME_SIZE])
{
    char normal[HOST_NAME_SIZE];
    uint16_t port;
    reader_text(reader, object, key, out, HOST_NAME_SIZE);
    if (!host_normalise(slice_text(out), normal, &port) || strcmp(normal, out) != 0) {
        reader_fail(reader, "a host name", key);
    }
}

void reader_address(struct reader *reader, const json_t *object, struct address *address)
{
    char text[ADDRESS_TEXT_SIZE];
    reader_text(reader, object, "ip", text, sizeof text);
    if (!address_parse(text, address)) {
        reader_fail(reader, "an address", "ip");
        *address = (struct address){0};
    }
}

json_t *reader_array(struct reader *reader, const json_t *object, const char *key, size_t max)
{
    json_t *array = reader_get(reader, object, key, JSON_ARRAY, "a list");
    if (array != NULL && json_array_size(array) > max) {
        reader_fail(reader, "a shorter list", key);
        return NULL;
    }
    return array;
}
