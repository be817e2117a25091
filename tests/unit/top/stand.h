/* What tests of the pipeline's records stand on: a pipeline of one worker with default settings, and a flow.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "daemon/pipeline_priv.h"

struct stand {
    struct flow_settings flow_settings;
    struct app_settings app_settings;
    struct rule_settings rule_settings;
    struct counter_cell decode[64], flow_cells[64], app[APP_COUNTERS_COUNT], rule[64],
        cells[PIPELINE_COUNTERS_COUNT];
    struct pipeline *pipeline;
    struct flow flow; /* a client at 198.51.100.7 */
    struct flow_attachment kept;
};

/* The settings, which may be changed until stand_begin. */
static inline void stand_defaults(struct stand *stand)
{
    memset(stand, 0, sizeof *stand);
    flow_attach(&stand->flow, &stand->kept);
    option_set_defaults(&flow_options, &stand->flow_settings);
    option_set_defaults(&app_options, &stand->app_settings);
    option_set_defaults(&rule_options, &stand->rule_settings);
}

static inline void stand_begin(struct stand *stand, const char *server, uint16_t port,
                               pipeline_record_fn take, void *context)
{
    struct pipeline_settings settings = {
        .flow = &stand->flow_settings, .app = &stand->app_settings, .rule = &stand->rule_settings};
    struct pipeline_cells cells = {stand->decode, stand->flow_cells, stand->app, stand->rule, stand->cells};
    stand->pipeline = pipeline_create(&settings, NULL, 0, 1, &cells, take, context);
    assert_true(address_parse("198.51.100.7", &stand->flow.ends[0].address));
    assert_true(address_parse(server, &stand->flow.ends[1].address));
    stand->flow.ends[1].port = port;
    stand->flow.transport = TRANSPORT_TCP;
}

static inline void stand_end(struct stand *stand)
{
    free(flow_note(&stand->flow));
    pipeline_free(stand->pipeline);
    option_free(&flow_options, &stand->flow_settings);
    option_free(&app_options, &stand->app_settings);
    option_free(&rule_options, &stand->rule_settings);
}
