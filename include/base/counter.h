/*
 * Counters. A stage lists its own once, as an X-macro in its header:
 *
 *     #define DECODE_COUNTERS(X) \
 *         X(DECODE_PACKETS, "packets", "Packets decoded") ...
 *
 * COUNTER_ENUM makes the indices, COUNTER_TABLE the rows from which control builds the metrics. The
 * metric is called vigie_<stage>_<name>_total. Cells have ONE writer (their thread) and any readers: no
 * lock, no read-modify-write on the packet path.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct counter_cell {
    _Atomic uint64_t value;
};

struct counter_row {
    const char *name; /* lower case, words joined by _ */
    const char *help; /* one sentence without full stop */
};

struct counter_table {
    const char *stage;
    const struct counter_row *rows;
    size_t count;
};

#define COUNTER_ENUM_ENTRY(id, name, help) id,
#define COUNTER_ROW_ENTRY(id, name, help)  {name, help},
/* enum COUNTER_ENUM(decode, DECODE_COUNTERS); gives enum decode_counter and DECODE_COUNTERS_COUNT. */
#define COUNTER_ENUM(stage, LIST)                                                                            \
    stage##_counter                                                                                          \
    {                                                                                                        \
        LIST(COUNTER_ENUM_ENTRY) LIST##_COUNT                                                                \
    }
/* COUNTER_TABLE(decode, DECODE_COUNTERS); in one .c defines const struct counter_table decode_counters. */
#define COUNTER_TABLE(stage_name, LIST)                                                                      \
    static const struct counter_row stage_name##_counter_rows[] = {LIST(COUNTER_ROW_ENTRY)};                 \
    const struct counter_table stage_name##_counters = {                                                     \
        .stage = #stage_name, .rows = stage_name##_counter_rows, .count = LIST##_COUNT}

static inline void counter_add(struct counter_cell *cells, size_t id, uint64_t amount)
{
    uint64_t old = atomic_load_explicit(&cells[id].value, memory_order_relaxed);
    atomic_store_explicit(&cells[id].value, old + amount, memory_order_relaxed);
}

/* For levels (flows now, bytes held now) and for totals that somebody else keeps (kernel drops). */
static inline void counter_set(struct counter_cell *cells, size_t id, uint64_t value)
{
    atomic_store_explicit(&cells[id].value, value, memory_order_relaxed);
}

static inline uint64_t counter_get(const struct counter_cell *cells, size_t id)
{
    return atomic_load_explicit(&cells[id].value, memory_order_relaxed);
}
