#include "daemon/verdict/state_value_priv.h"

#include <inttypes.h>

#include "base/text.h"

void state_fail(struct state_reader *reader, const char *expected, const char *key)
{
    if (!reader->failed) {
        reader->failed = true;
        snprintf(reader->why, STATE_WHY_SIZE, "line %" PRIu64 ": %s was expected%s%s", reader->line, expected,
                 key[0] == '\0' ? "" : " at ", key);
    }
}

json_t *state_get(struct state_reader *reader, const json_t *object, const char *key, json_type type,
                  const char *expected)
{
    json_t *value = json_object_get(object, key);
    if (value == NULL || json_typeof(value) != type) {
        state_fail(reader, expected, key);
        return NULL;
    }
    return value;
}

int64_t state_get_number(struct state_reader *reader, const json_t *object, const char *key, int64_t min,
                         int64_t max)
{
    json_t *value = state_get(reader, object, key, JSON_INTEGER, "a whole number");
    int64_t number = value == NULL ? min : json_integer_value(value);
    if (number < min || number > max) {
        state_fail(reader, "a number in its range", key);
        return min;
    }
    return number;
}

uint64_t state_get_count(struct state_reader *reader, const json_t *object, const char *key)
{
    return (uint64_t)state_get_number(reader, object, key, 0, INT64_MAX);
}

int64_t state_get_time(struct state_reader *reader, const json_t *object, const char *key)
{
    return state_get_number(reader, object, key, 0, reader->saved_us);
}

bool state_get_mark(struct state_reader *reader, const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    if (value != NULL && !json_is_true(value)) {
        state_fail(reader, "true or nothing", key);
    }
    return value != NULL;
}

void state_get_text(struct state_reader *reader, const json_t *object, const char *key, char *out,
                    size_t size)
{
    state_take_text(reader, json_object_get(object, key), key, out, size);
}

void state_take_text(struct state_reader *reader, const json_t *value, const char *key, char *out,
                     size_t size)
{
    out[0] = '\0';
    if (!json_is_string(value)) {
        state_fail(reader, "a text", key);
        return;
    }
    struct slice text = slice_make(json_string_value(value), json_string_length(value));
    struct buf clean = buf_make(size - 1);
    if (text_append_clean(&clean, text, size - 1) && slice_equal(buf_slice(&clean), text)) {
        memcpy(out, json_string_value(value), text.len);
        out[text.len] = '\0';
    } else {
        state_fail(reader, "a clean text of a length that fits", key);
    }
    buf_free(&clean);
}

size_t state_get_choice(struct state_reader *reader, const json_t *object, const char *key,
                        state_name_fn name, size_t count)
{
    char text[64];
    state_get_text(reader, object, key, text, sizeof text);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name(i), text) == 0) {
            return i;
        }
    }
    state_fail(reader, "a known word", key);
    return 0;
}

enum name_source state_get_source(struct state_reader *reader, const json_t *object, const char *key)
{
    if (json_object_get(object, key) == NULL) {
        return NAME_FROM_HTTP;
    }
    return (enum name_source)state_get_choice(reader, object, key, state_source, NAME_SOURCE_COUNT);
}

void state_get_host(struct state_reader *reader, const json_t *object, const char *key,
                    char out[HOST_NAME_SIZE])
{
    char normal[HOST_NAME_SIZE];
    uint16_t port;
    state_get_text(reader, object, key, out, HOST_NAME_SIZE);
    if (!host_normalise(slice_text(out), normal, &port) || strcmp(normal, out) != 0) {
        state_fail(reader, "a host name", key);
    }
}

void state_get_address(struct state_reader *reader, const json_t *object, struct address *address)
{
    char text[ADDRESS_TEXT_SIZE];
    state_get_text(reader, object, "ip", text, sizeof text);
    if (!address_parse(text, address)) {
        state_fail(reader, "an address", "ip");
        *address = (struct address){0};
    }
}

json_t *state_get_array(struct state_reader *reader, const json_t *object, const char *key, size_t max)
{
    json_t *array = state_get(reader, object, key, JSON_ARRAY, "a list");
    if (array != NULL && json_array_size(array) > max) {
        state_fail(reader, "a shorter list", key);
        return NULL;
    }
    return array;
}
