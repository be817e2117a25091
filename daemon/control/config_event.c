/*
 * The events of a configuration's YAML. Anchors, aliases and tags are refused: nothing is expanded, so
 * nothing grows; depth is bounded.
 */
#include "daemon/control/config_yaml_priv.h"

#include <stdarg.h>
#include <stdlib.h>

void config_add_mistake(struct config_reader *reader, yaml_mark_t mark, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    struct config_position at = {0};
    if (reader->reading->diagnostics->count < DIAGNOSTICS_MAX) { /* a long line is walked for each of them */
        at = config_position_of_mark(&reader->lines, mark.line, mark.column);
    }
    diagnostics_add(reader->reading->diagnostics, reader->name, at.line, at.column, "%s", text);
}

/* libyaml's words for what it met, which never hold text of the file. */
static void add_syntax_mistake(struct config_reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    const char *problem = parser->problem != NULL ? parser->problem : "it cannot be read";
    if (parser->error == YAML_MEMORY_ERROR) {
        abort();
    }
    if (parser->error == YAML_READER_ERROR) {
        struct config_position at = config_position_of_byte(&reader->lines, parser->problem_offset);
        diagnostics_add(reader->reading->diagnostics, reader->name, at.line, at.column,
                        "not YAML: %s; expected UTF-8 text", problem);
    } else if (parser->context != NULL) {
        config_add_mistake(reader, parser->problem_mark, "not YAML: %s %s that began in line %zu", problem,
                           parser->context, parser->context_mark.line + 1);
    } else {
        config_add_mistake(reader, parser->problem_mark, "not YAML: %s", problem);
    }
}

/* What our subset of YAML leaves out. */
static void check_event(struct config_reader *reader)
{
    const yaml_event_t *event = &reader->event;
    const yaml_char_t *anchor = NULL;
    const yaml_char_t *tag = NULL;
    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    }
    if (event->type == YAML_ALIAS_EVENT) {
        config_add_mistake(reader, event->start_mark,
                           "aliases (*name) are not taken: expected the value itself");
    } else if (anchor != NULL) {
        config_add_mistake(reader, event->start_mark,
                           "anchors (&name) are not taken: expected the value alone");
    } else if (tag != NULL) {
        config_add_mistake(reader, event->start_mark, "tags (!name) are not taken: expected the value alone");
    }
}

/* False where there is none any more, because the text is at its end or no YAML. */
bool config_next_event(struct config_reader *reader)
{
    if (reader->has_event) {
        yaml_event_delete(&reader->event);
        reader->has_event = false;
    }
    if (reader->stopped) {
        return false;
    }
    if (!yaml_parser_parse(&reader->parser, &reader->event)) {
        reader->stopped = true;
        add_syntax_mistake(reader);
        return false;
    }
    if (reader->event.type == YAML_NO_EVENT) {
        reader->stopped = true;
        return false;
    }
    reader->has_event = true;
    check_event(reader);
    return true;
}

bool config_begins_collection(const yaml_event_t *event)
{
    return event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT;
}

static void stop_too_deep(struct config_reader *reader)
{
    config_add_mistake(reader, reader->event.start_mark,
                       "nested too deeply: expected at most %d levels; nothing behind this was read",
                       CONFIG_NEST_MAX);
    reader->stopped = true;
}

/* Goes on to the last event of the node whose first event is the current one. */
void config_skip_node(struct config_reader *reader)
{
    size_t open = config_begins_collection(&reader->event);
    while (open > 0 && config_next_event(reader)) {
        if (config_begins_collection(&reader->event)) {
            if (reader->depth + ++open > CONFIG_NEST_MAX) {
                stop_too_deep(reader);
            }
        } else if (reader->event.type == YAML_SEQUENCE_END_EVENT ||
                   reader->event.type == YAML_MAPPING_END_EVENT) {
            open--;
        }
    }
}

struct slice config_scalar_text(const yaml_event_t *event)
{
    return slice_make(event->data.scalar.value, event->data.scalar.length);
}

/* YAML's words for "no value". */
bool config_is_null(const yaml_event_t *event)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};
    if (event->type != YAML_SCALAR_EVENT || event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        if (slice_equal(config_scalar_text(event), slice_text(words[i]))) {
            return true;
        }
    }
    return false;
}
