/*
 * sink/redis_list: what anybody may have written into the lists in Redis. The bytes up to the first newline
 * are an entry, those behind it the value. What is read is clean text that ends within its room, is written
 * so that it reads as itself, and an entry has a text form that reads as itself.
 */
#include <stdlib.h>

#include "base/text.h"
#include "sink/redis_list.h"
#include "tests/fuzz/splitter.h"

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_text(const char *text, size_t size)
{
    size_t len = strnlen(text, size);
    require(len < size);
    struct buf clean = buf_make(size);
    require(text_append_clean(&clean, slice_make(text, len), size));
    require(slice_equal(buf_slice(&clean), slice_make(text, len)));
    buf_free(&clean);
}

static void check_value(struct slice bytes)
{
    struct redis_list_value value;
    struct redis_list_value again;
    redis_list_value_read(bytes, &value);
    check_text(value.by, sizeof value.by);
    check_text(value.why, sizeof value.why);
    check_text(value.source, sizeof value.source);
    require(value.state < WATCH_STATE_COUNT && value.until >= 0 && value.at >= 0);
    char *line = redis_list_value_print(&value);
    redis_list_value_read(slice_text(line), &again);
    require(strcmp(value.why, again.why) == 0 && strcmp(value.source, again.source) == 0 &&
            strcmp(value.by, again.by) == 0 && value.state == again.state);
    char time[REDIS_LIST_TIME_SIZE];
    int64_t until;
    bool printed = redis_list_time_parse(slice_text(redis_list_time_print(value.until, time)), &until);
    require(!printed || until == value.until);
    free(line);
}

static void check_entry(struct slice bytes, enum redis_list list)
{
    struct watch_entry entry = {0};
    struct watch_entry again = {0};
    struct watch_key_room room;
    struct watch_key_room other;
    char text[WATCH_TEXT_SIZE];
    const char *wrong = NULL;
    if (!redis_list_entry_parse(list, bytes, &entry, &room, &wrong)) {
        require(wrong != NULL);
        return;
    }
    require(
        redis_list_entry_parse(list, slice_text(watch_entry_print(&entry, text)), &again, &other, &wrong));
    require(again.kind == entry.kind && slice_equal(again.key, entry.key));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *block;
    void *value_block;
    struct slice whole = slice_make(data, size);
    struct slice value = whole;
    struct slice entry = slice_split(&value, '\n');
    entry = splitter_copy(entry, &block);
    value = splitter_copy(value, &value_block);
    for (int list = 0; list < REDIS_LIST_COUNT; list++) {
        check_entry(entry, (enum redis_list)list);
    }
    int64_t seconds;
    (void)redis_list_time_parse(entry, &seconds);
    check_value(value);
    free(block);
    free(value_block);
    return 0;
}
