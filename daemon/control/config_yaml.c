/*
 * The YAML of a configuration: libyaml's events, walked with a stack of key prefixes instead of recursion.
 * One mistake never hides the next, except where the text is no YAML from there on.
 */
#include "daemon/control/config_yaml_priv.h"

#include <assert.h>
#include <stdlib.h>

static void add_unknown_key(struct config_reader *reader, yaml_mark_t mark)
{
    const struct config_reading *reading = reader->reading;
    char suggestion[CONFIG_KEY_SIZE];
    char *shown = config_show_key(buf_slice(&reader->key));
    config_add_mistake(
        reader, mark, "unknown key %s%s", shown,
        config_suggest(reading->sections, reading->count, buf_slice(&reader->key), suggestion));
    free(shown);
}

static bool key_is_section(const struct config_reader *reader)
{
    return config_is_section(reader->reading->sections, reader->reading->count, buf_slice(&reader->key));
}

static bool find_option(const struct config_reader *reader, struct config_slot *slot)
{
    return config_find_option(reader->reading->sections, reader->reading->count, buf_slice(&reader->key),
                              slot);
}

/* Whether the value of this key is to be read; says so where the file gave it before. */
static bool take_option(struct config_reader *reader, yaml_mark_t key_mark, const struct config_slot *slot)
{
    unsigned *given = &reader->reading->given[slot->index];
    if (*given > 0) {
        config_add_mistake(reader, key_mark, "%s is given twice: line %u gives it already",
                           slot->option->name, *given);
        return false;
    }
    *given = (unsigned)key_mark.line + 1;
    return true;
}

static void read_scalar(struct config_reader *reader, yaml_mark_t key_mark)
{
    yaml_event_t *event = &reader->event;
    struct config_slot slot;
    if (!find_option(reader, &slot)) {
        if (!key_is_section(reader)) {
            add_unknown_key(reader, key_mark);
        } else if (!config_is_null(event)) { /* all its keys may be commented out */
            config_add_mistake(reader, event->start_mark, "%.*s is a section: expected keys below it",
                               (int)reader->key.len, (const char *)reader->key.data);
        }
        return;
    }
    if (!take_option(reader, key_mark, &slot)) {
        return;
    }
    /* libyaml puts a NUL behind the value; one inside it is no clean text. */
    const char *text = config_is_null(event) ? "" : (const char *)event->data.scalar.value;
    char error[OPTION_ERROR_SIZE] = CONFIG_EXPECTED_CLEAN;
    if (!config_text_is_clean(config_scalar_text(event)) ||
        !option_set_text(slot.option, slot.settings, text, error)) {
        config_add_mistake(reader, event->start_mark, "%s: %s", slot.option->name, error);
    }
}

/* The items of a list, collected while their events pass. */
struct items {
    char **texts; /* owned, and each of them */
    size_t count;
    bool good;
};

static void add_item(struct items *items, struct slice text)
{
    if ((items->count & (items->count - 1)) == 0) { /* full at each power of two */
        size_t room = items->count == 0 ? 1 : 2 * items->count;
        char **texts = reallocarray(items->texts, room, sizeof *texts);
        if (texts == NULL) {
            abort();
        }
        items->texts = texts;
    }
    char *copy = strndup((const char *)text.data, text.len);
    if (copy == NULL) {
        abort();
    }
    items->texts[items->count++] = copy;
}

/* Checks one item on its own, so that each mistake is told at its place. The option's value is changed by it
 * and set by the caller afterwards. */
static bool item_is_good(struct config_reader *reader, const struct config_slot *slot)
{
    static const char number[] = "item 1: ";
    const yaml_event_t *event = &reader->event;
    if (event->type != YAML_SCALAR_EVENT) {
        if (event->type != YAML_ALIAS_EVENT) {
            config_add_mistake(reader, event->start_mark,
                               "%s: expected a plain item, not a list or keys in a list", slot->option->name);
        }
        config_skip_node(reader);
        return false;
    }
    const char *text = config_is_null(event) ? "" : (const char *)event->data.scalar.value;
    char error[OPTION_ERROR_SIZE] = CONFIG_EXPECTED_CLEAN;
    if (config_text_is_clean(config_scalar_text(event)) &&
        option_set_list(slot->option, slot->settings, &text, 1, error)) {
        return true;
    }
    bool numbered = strncmp(error, number, strlen(number)) == 0;
    config_add_mistake(reader, event->start_mark, "%s: %s", slot->option->name,
                       error + (numbered ? strlen(number) : 0));
    return false;
}

static void set_items(const struct config_slot *slot, const struct items *items)
{
    char error[OPTION_ERROR_SIZE];
    bool set = items->good && option_set_list(slot->option, slot->settings, (const char *const *)items->texts,
                                              items->count, error);
    /* Mistakes have been told; what stays is the default. */
    if (!set && !option_set_text(slot->option, slot->settings, slot->option->default_text, error)) {
        abort();
    }
}

static void read_items(struct config_reader *reader, const struct config_slot *slot)
{
    struct items items = {.good = true};
    while (config_next_event(reader) && reader->event.type != YAML_SEQUENCE_END_EVENT) {
        if (item_is_good(reader, slot)) {
            add_item(&items, config_scalar_text(&reader->event));
        } else {
            items.good = false;
        }
    }
    items.good = items.good && !reader->stopped;
    set_items(slot, &items);
    for (size_t i = 0; i < items.count; i++) {
        free(items.texts[i]);
    }
    free(items.texts);
}

static void read_sequence(struct config_reader *reader, yaml_mark_t key_mark)
{
    struct config_slot slot;
    if (!find_option(reader, &slot)) {
        if (key_is_section(reader)) {
            config_add_mistake(reader, reader->event.start_mark, "%.*s is a section: expected keys below it",
                               (int)reader->key.len, (const char *)reader->key.data);
        } else {
            add_unknown_key(reader, key_mark);
        }
        config_skip_node(reader);
        return;
    }
    bool is_list = slot.option->type == OPTION_TEXT_LIST || slot.option->type == OPTION_PREFIX_LIST;
    if (take_option(reader, key_mark, &slot)) {
        if (is_list) {
            read_items(reader, &slot);
            return;
        }
        config_add_mistake(reader, reader->event.start_mark, "%s: expected one %s, not a list",
                           slot.option->name, option_type_name(slot.option->type));
    }
    config_skip_node(reader);
}

static void open_mapping(struct config_reader *reader)
{
    /* Only sections are opened, and no option's name has so many dots. */
    assert(reader->depth < CONFIG_NEST_MAX);
    reader->prefixes[reader->depth++] = reader->key.len;
}

static void read_mapping(struct config_reader *reader, yaml_mark_t key_mark)
{
    struct config_slot slot;
    if (key_is_section(reader)) {
        buf_append_byte(&reader->key, '.');
        open_mapping(reader);
        return;
    }
    if (find_option(reader, &slot)) {
        config_add_mistake(reader, reader->event.start_mark, "%s: expected a %s, not keys below it",
                           slot.option->name, option_type_name(slot.option->type));
    } else {
        add_unknown_key(reader, key_mark);
    }
    config_skip_node(reader);
}

static void read_value(struct config_reader *reader, yaml_mark_t key_mark)
{
    switch (reader->event.type) {
    case YAML_SCALAR_EVENT:
        read_scalar(reader, key_mark);
        break;
    case YAML_SEQUENCE_START_EVENT:
        read_sequence(reader, key_mark);
        break;
    case YAML_MAPPING_START_EVENT:
        read_mapping(reader, key_mark);
        break;
    default: /* an alias, of which check_event has told */
        break;
    }
}

/* The current event is a key, or what stands in its place: reads it and its value. */
static void read_pair(struct config_reader *reader)
{
    yaml_mark_t key_mark = reader->event.start_mark;
    if (reader->event.type != YAML_SCALAR_EVENT) {
        if (config_begins_collection(&reader->event)) {
            config_add_mistake(reader, key_mark, "expected the name of an option as key");
        }
        config_skip_node(reader);
        if (config_next_event(reader)) {
            config_skip_node(reader);
        }
        return;
    }
    reader->key.len = reader->prefixes[reader->depth - 1];
    buf_append(&reader->key, config_scalar_text(&reader->event));
    if (config_next_event(reader)) {
        read_value(reader, key_mark);
    }
}

/* All keys of the document: the current event is the first one of its root. */
static void read_root(struct config_reader *reader)
{
    if (reader->event.type != YAML_MAPPING_START_EVENT) {
        if (!config_is_null(&reader->event) && reader->event.type != YAML_ALIAS_EVENT) {
            config_add_mistake(reader, reader->event.start_mark,
                               "expected keys with their values, as in `workers: 2`");
        }
        config_skip_node(reader);
        return;
    }
    open_mapping(reader);
    while (reader->depth > 0 && config_next_event(reader)) {
        if (reader->event.type == YAML_MAPPING_END_EVENT) {
            reader->depth--;
        } else {
            read_pair(reader);
        }
    }
}

static void read_stream(struct config_reader *reader)
{
    bool had_document = false;
    while (config_next_event(reader)) {
        if (reader->event.type != YAML_DOCUMENT_START_EVENT) {
            continue; /* the stream's or a document's own marks */
        }
        if (had_document) {
            config_add_mistake(reader, reader->event.start_mark,
                               "a second document begins here: expected one");
            return;
        }
        had_document = true;
        if (config_next_event(reader)) {
            read_root(reader);
        }
    }
}

void config_read_yaml(struct config_reading *reading, const char *name, struct slice text)
{
    struct slice mark = slice_text("\xef\xbb\xbf"); /* a byte order mark, as Windows editors write it */
    if (slice_starts(text, mark)) {
        text = slice_from(text, mark.len);
    }
    struct config_reader reader = {
        .reading = reading, .name = name, .lines = config_lines_make(text), .key = buf_make(CONFIG_KEY_SIZE)};
    if (!yaml_parser_initialize(&reader.parser)) {
        abort();
    }
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, text.len > 0 ? text.data : (const uint8_t *)"", text.len);
    read_stream(&reader);
    if (reader.has_event) {
        yaml_event_delete(&reader.event);
    }
    yaml_parser_delete(&reader.parser);
    buf_free(&reader.key);
    config_lines_free(&reader.lines);
}
