/* The index of flows: lines that are full, what stands behind them, and that nothing is lost or left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/flow/flow_priv.h"

enum { LINES = 4, FLOWS = 40, PLACES = 12 };

struct index {
    struct flow_table table; /* its flows alone */
    struct flow_shard shard;
    struct flow flows[FLOWS + 1]; /* 0 is none */
};

static struct flow_key key_of(uint32_t flow)
{
    struct flow_key key = {.transport = TRANSPORT_TCP};
    key.ends[0].port = (uint16_t)flow;
    return key;
}

static struct index *index_create(void)
{
    struct index *index = calloc(1, sizeof *index);
    assert_non_null(index);
    index->table.memory.flows.base = (uint8_t *)index->flows;
    index->shard.lines = calloc(LINES, INDEX_LINE);
    assert_non_null(index->shard.lines);
    index->shard.line_count = LINES;
    for (uint32_t i = 1; i <= FLOWS; i++) {
        index->flows[i].ends[0].port = (uint16_t)i;
        index->flows[i].transport = TRANSPORT_TCP;
    }
    return index;
}

static void index_free(struct index *index)
{
    for (size_t i = 0; i < LINES * INDEX_LINE; i++) {
        /* Numbers of flows stay behind; tags and counts do not. */
        assert_true(i % INDEX_LINE >= INDEX_LINE - PLACES * sizeof(uint32_t) ||
                    ((const uint8_t *)index->shard.lines)[i] == 0);
    }
    free(index->shard.lines);
    free(index);
}

static bool finds(struct index *index, uint32_t flow, uint32_t hash)
{
    struct flow_key key = key_of(flow);
    struct flow *found = flow_index_find(&index->table, &index->shard, &key, hash);
    assert_true(found == NULL || found == &index->flows[flow]);
    return found != NULL;
}

/* The hash of a flow in one of the cases below. */
static uint32_t hash_of(unsigned how, uint32_t flow)
{
    switch (how) {
    case 0:
        return UINT32_MAX; /* all in the last line, behind which the first one comes, under one tag */
    case 1:
        return flow; /* all in the first line, each under its own tag */
    case 2:
        return flow << 8; /* tags that are 0 in the hash */
    default:
        return flow * UINT32_C(2654435761);
    }
}

static void test_what_was_added_is_found(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 4; how++) {
        for (uint32_t count = 1; count <= FLOWS; count++) {
            struct index *index = index_create();
            for (uint32_t flow = 1; flow <= count; flow++) {
                assert_false(finds(index, flow, hash_of(how, flow)));
                flow_index_add(&index->shard, flow, hash_of(how, flow));
            }
            /* The first, the last, the second...: what stands behind a full line stays findable. */
            for (uint32_t i = 0; i < count; i++) {
                uint32_t gone = i % 2 == 0 ? 1 + i / 2 : count - i / 2;
                assert_true(finds(index, gone, hash_of(how, gone)));
                flow_index_remove(&index->shard, gone, hash_of(how, gone));
                assert_false(finds(index, gone, hash_of(how, gone)));
            }
            index_free(index);
        }
    }
}

/* A place that became free in a full line is taken again, and those that stand behind it are still found. */
static void test_a_place_is_taken_again(void **state)
{
    (void)state;
    struct index *index = index_create();
    for (uint32_t flow = 1; flow <= PLACES + 1; flow++) {
        flow_index_add(&index->shard, flow, 0);
    }
    flow_index_remove(&index->shard, 3, 0);
    flow_index_add(&index->shard, PLACES + 2, 0);
    for (uint32_t flow = 1; flow <= PLACES + 2; flow++) {
        assert_true(finds(index, flow, 0) == (flow != 3));
    }
    for (uint32_t flow = 1; flow <= PLACES + 2; flow++) {
        if (flow != 3) {
            flow_index_remove(&index->shard, flow, 0);
        }
    }
    index_free(index);
}

/* Each bit of the key counts, and the key of the table, too. */
static void test_hash(void **state)
{
    (void)state;
    struct flow_hash hash, other;
    flow_hash_prepare(&hash, &(const struct hash_key){{1, 2}});
    flow_hash_prepare(&other, &(const struct hash_key){{1, 3}});
    struct flow_key key = key_of(7);
    uint32_t before = flow_hash(&hash, &key);
    assert_int_not_equal(before, flow_hash(&other, &key));
    for (size_t bit = 0; bit < 8 * sizeof key.ends; bit++) {
        struct flow_key changed = key;
        ((uint8_t *)changed.ends)[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_int_not_equal(before, flow_hash(&hash, &changed));
    }
    key.transport = TRANSPORT_UDP;
    assert_int_not_equal(before, flow_hash(&hash, &key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_added_is_found),
        cmocka_unit_test(test_a_place_is_taken_again),
        cmocka_unit_test(test_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
