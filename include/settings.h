/* All stages' settings in one place, and the list of their tables: the one place that knows every stage. */
#pragma once

#include "app/app.h"
#include "capture/capture.h"
#include "control/config.h"
#include "control/control.h"
#include "decode/decode.h"
#include "flow/flow_table.h"
#include "rule/rule_set.h"
#include "sink/sink.h"
#include "verdict/verdict.h"

struct settings {
    struct capture_settings capture;
    struct decode_settings decode;
    struct flow_settings flow;
    struct app_settings app;
    struct rule_settings rule;
    struct verdict_settings verdict;
    struct sink_settings sink;
    struct control_settings control;
};

enum {
    SETTINGS_SECTIONS = 8,
    SETTINGS_COUNTERS = 11,
    SETTINGS_SOURCES = 10, /* the first so many are a run's own; the metrics' server counts the rest itself */
};

/* The sections over these settings, in the order of CONFIG.md. */
void settings_sections(struct settings *settings, struct config_section out[SETTINGS_SECTIONS]);
/* Every stage's counters, in the order of CONFIG.md (stats.c: vigiectl has none of them). */
extern const struct counter_table *const settings_counters[SETTINGS_COUNTERS];
