/* What the files of control/config_yaml share: libyaml's events, one at a time, and mistakes at their place.
 */
#pragma once

#include <yaml.h>

#include "base/buf.h"
#include "daemon/control/config_priv.h"

struct config_reader {
    struct config_reading *reading;
    const char *name; /* of the file */
    struct config_lines lines;
    yaml_parser_t parser;
    yaml_event_t event; /* the current one */
    bool has_event;
    bool stopped;                     /* the rest of the text cannot be read */
    struct buf key;                   /* the current one, with the keys above it: "flow.max" */
    size_t prefixes[CONFIG_NEST_MAX]; /* how much of `key` stands above the keys of each open mapping */
    size_t depth;                     /* open mappings */
};

void config_add_mistake(struct config_reader *reader, yaml_mark_t mark, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* Makes the next event the current one. False where there is none any more, because the text is at its end or
 * no YAML, which it tells; anchors, aliases and tags it tells too. */
bool config_next_event(struct config_reader *reader);
/* Goes on to the last event of the node whose first event is the current one. */
void config_skip_node(struct config_reader *reader);

bool config_begins_collection(const yaml_event_t *event);
struct slice config_scalar_text(const yaml_event_t *event); /* borrowed from the event */
bool config_is_null(const yaml_event_t *event);             /* YAML's words for "no value" */
