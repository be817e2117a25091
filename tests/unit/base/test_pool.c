/* base/pool: blocks go out again, the last one that came back first; no more are kept than there may be. */
#include "base/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

enum { BLOCK_BYTES = 40, BLOCKS = POOL_SPARE_MAX + 2 };

static void last_back_is_first_out(void **state)
{
    (void)state;
    struct pool pool = pool_make(BLOCK_BYTES);
    void *first = pool_take(&pool);
    void *second = pool_take(&pool);
    assert_ptr_not_equal(first, second);
    memset(first, 1, BLOCK_BYTES);
    memset(second, 2, BLOCK_BYTES);
    pool_give(&pool, first);
    pool_give(&pool, second);
    if (POOL_SPARE_MAX > 0) {
        assert_ptr_equal(pool_take(&pool), second);
        assert_ptr_equal(pool_take(&pool), first);
        pool_give(&pool, second);
        pool_give(&pool, first);
    }
    pool_clear(&pool);
    assert_int_equal(pool.spare_count, 0);
    assert_null(pool.spare);
}

static void few_are_kept(void **state)
{
    (void)state;
    static void *blocks[BLOCKS];
    struct pool pool = pool_make(BLOCK_BYTES);
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = pool_take(&pool);
        memset(blocks[i], (int)i & 0xff, BLOCK_BYTES);
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        assert_int_equal(*(uint8_t *)blocks[i], i & 0xff);
        pool_give(&pool, blocks[i]);
    }
    assert_int_equal(pool.spare_count, POOL_SPARE_MAX);
    pool_clear(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(last_back_is_first_out),
        cmocka_unit_test(few_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
