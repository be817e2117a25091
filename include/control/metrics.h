/*
 * /metrics for Prometheus over evhttp on loopback (text format 0.0.4). Counters come from the stages'
 * tables; cells of several workers are summed. Never a label with an address or a name of anybody.
 */
#pragma once

#include "base/counter.h"
#include "base/failure.h"

struct event_base;

/* One stage's table and the cells of each thread that counts in it. */
struct metrics_source {
    const struct counter_table *table;
    const struct counter_cell *const *cells;
    size_t cells_count;
};

/* The sum of one counter over its threads. */
uint64_t metrics_sum(const struct metrics_source *source, size_t counter);

struct metrics;

/*
 * `listen` is ADDRESS:PORT with a literal address, "127.0.0.1:9142" or "[::1]:9142" (port 0: the kernel's
 * choice); loopback unless somebody insists, which is logged. Serves GET /metrics and GET /healthz on the
 * thread of `base`, at most 32 connections of 10 s at a time. The array is copied; tables and cells
 * are borrowed until metrics_stop. The control stage's own counters, `cells`, are added. NULL fills
 * `failure`: 78 no such form or address, 77 no permission, 1 the port is taken.
 */
struct metrics *metrics_start(struct event_base *base, const char *listen,
                              const struct metrics_source *sources, size_t source_count,
                              struct counter_cell *cells, struct failure *failure);
uint16_t metrics_port(const struct metrics *metrics);
void metrics_stop(struct metrics *metrics); /* NULL is allowed */
