/*
 * rule/list_reader: any bytes as a file of every format, in random parts and whole. Both ways give the same
 * entries and mistakes; each entry has a text form that reads as itself, and is found in a list of all of
 * them; each mistake stands within the file.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "rule/list_reader.h"
#include "tests/fuzz/splitter.h"

enum { TEXT_MAX = 8192 };

struct run {
    struct list_reader *reader;
    struct watch_builder *builder;
    size_t size;
    size_t entries;
    size_t mistakes;
    uint64_t sum; /* over what was told, in its order */
};

static const struct hash_key key = {.words = {1, 2}};

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_text(const struct watch_entry *entry)
{
    char text[WATCH_TEXT_SIZE];
    struct watch_entry again = {0};
    struct watch_key_room room;
    const char *wrong = NULL;
    struct slice printed = slice_text(watch_entry_print(entry, text));
    if (entry->kind == WATCH_TEXT) {
        require(slice_starts(entry->key, printed)); /* up to a NUL */
        return;
    }
    bool below = entry->kind == WATCH_BELOW;
    printed = slice_from(printed, below ? 2 : 0);
    require(entry->kind == WATCH_HASH
                ? watch_entry_parse_hash(printed, &again, &room, &wrong)
                : watch_entry_parse_host(printed, WATCH_SUFFIXES_NONE, &again, &room, &wrong));
    require((below || again.kind == entry->kind) && slice_equal(again.key, entry->key));
    require(entry->kind != WATCH_PREFIX ||
            (again.prefix.bits == entry->prefix.bits &&
             address_compare(&again.prefix.address, &entry->prefix.address) == 0));
}

static void take_entry(void *context, const struct watch_entry *entry)
{
    struct run *run = context;
    check_text(entry);
    require(entry->key.len <= WATCH_KEY_MAX);
    require(watch_builder_add(run->builder, entry));
    run->entries++;
    run->sum = run->sum * 31 + hash_bytes(&key, entry->key.data, entry->key.len) + entry->kind;
    run->sum = run->sum * 31 + hash_bytes(&key, entry->note.data, entry->note.len) + (uint64_t)entry->until;
}

static void take_mistake(void *context, unsigned line, unsigned column, const char *text)
{
    struct run *run = context;
    require(line > 0 && line <= run->size + 1 && column > 0 && column <= run->size + 2 && text[0] != '\0');
    run->mistakes++;
    run->sum = run->sum * 31 + line * 1000 + column;
}

static void begin(struct run *run, enum watch_format format, enum list_use use, size_t size)
{
    const struct list_receiver receiver = {.entry = take_entry, .mistake = take_mistake, .context = run};
    *run = (struct run){.size = size, .builder = watch_builder_create(0)};
    run->reader = list_reader_create(format, use, WATCH_SUFFIXES_NONE, &receiver);
}

/* An entry is found by its own key, or another one that is nearer. */
static void find_again(void *context, const struct watch_entry *entry)
{
    const struct watch_list *list = context;
    struct watch_entry found;
    switch (entry->kind) {
    case WATCH_NAME:
    case WATCH_WIDE:
        require(watch_list_find_host(list, entry->key, 0, &found) && found.kind <= entry->kind);
        break;
    case WATCH_BELOW:
        break;
    case WATCH_PREFIX:
        require(watch_list_find_address(list, &entry->prefix.address, 0, &found) &&
                found.prefix.bits >= entry->prefix.bits);
        break;
    case WATCH_HASH:
        require(watch_list_find_hash(list, entry->key, 0, &found) && slice_equal(found.note, entry->note));
        break;
    case WATCH_TEXT:
        require(watch_list_find_text(list, entry->key, 0, &found) && slice_equal(found.note, entry->note));
        break;
    case WATCH_KIND_COUNT:
        abort();
    }
}

static void end(struct run *run)
{
    list_reader_finish(run->reader);
    require(watch_builder_count(run->builder) <= run->entries);
    struct watch_list *list = watch_builder_finish(run->builder);
    watch_list_each(list, find_again, list);
    watch_list_release(list);
}

static bool feed(void *context, enum splitter_event event, struct slice bytes)
{
    struct run *run = context;
    if (event == SPLITTER_CHUNK) {
        list_reader_feed(run->reader, bytes);
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > TEXT_MAX) {
        return 0;
    }
    for (unsigned format = 0; format < WATCH_FORMAT_COUNT; format++) {
        enum list_use use = format == WATCH_FORMAT_STRINGS ? LIST_USE_STRINGS : LIST_USE_ANY;
        struct splitter whole = splitter_make(data, size);
        struct splitter parts = whole;
        struct run first;
        struct run second;
        begin(&first, (enum watch_format)format, use, size);
        splitter_run_whole(&whole, feed, &first);
        begin(&second, (enum watch_format)format, use, size);
        while (parts.rest.len > 0) {
            struct slice bytes = slice_part(parts.rest, 0, splitter_chunk_len(&parts));
            void *block;
            struct slice chunk = splitter_copy(bytes, &block);
            list_reader_feed(second.reader, chunk);
            free(block);
            parts.rest = slice_from(parts.rest, bytes.len);
        }
        end(&first);
        end(&second);
        require(first.sum == second.sum && first.entries == second.entries &&
                first.mistakes == second.mistakes);
    }
    return 0;
}
