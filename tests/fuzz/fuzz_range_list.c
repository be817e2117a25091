/*
 * app/range_list: any text, cut into any parts, some open at once, some overlapping, some broken off. Bounds
 * hold at each step; where all bytes came and no line was lost, as many lines and entries are counted as in
 * the whole, and each entry is told once.
 */
#include "base/attr.h"
#include "daemon/app/range_list_priv.h"
#include "tests/fuzz/splitter.h"

enum { OPEN_MAX = 4, STEPS_MAX = 400 };

static const struct hash_key key = {{1, 2}};
static const struct credential_hashes nobody = {.user = 0};

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

struct run {
    struct range_table table;
    struct range_list *list;
    struct range_part parts[OPEN_MAX];
    bool open[OPEN_MAX];
    uint64_t told;
};

static void take_entry(void *context, const struct catalogue_entry *entry)
{
    struct run *run = context;
    require(entry->uri.len > 0);
    run->told++;
}

static void check(const struct run *run)
{
    const struct range_list *list = run->list;
    uint64_t end = 0;
    unsigned count = 0;
    for (const struct range_segment *segment = list->first; segment != NULL; segment = segment->next) {
        require(segment->begin >= end && segment->end >= segment->begin && segment->end <= list->total);
        require(segment->head.len <= RANGE_HEAD_MAX);
        require(segment->next == NULL || segment->next->previous == segment);
        end = segment->end;
        count++;
    }
    require(count == list->segments && count <= RANGE_SEGMENTS_MAX);
}

static void feed(struct run *run, size_t number, struct slice bytes)
{
    void *block;
    struct slice chunk = splitter_copy(bytes, &block);
    range_part_feed(&run->parts[number], chunk, run);
    free(block);
}

static void end(struct run *run, size_t number)
{
    range_part_end(&run->parts[number], run);
    run->open[number] = false;
}

static void step(struct run *run, struct splitter *splitter, struct slice all)
{
    size_t number = splitter_random(splitter, OPEN_MAX);
    struct range_part *part = &run->parts[number];
    if (!run->open[number]) {
        size_t from = splitter_random(splitter, all.len);
        size_t len = splitter_random(splitter, all.len - from) + 1;
        *part = (struct range_part){.list = run->list, .at = from, .end = from + len};
        run->list->parts_open++;
        run->open[number] = true;
        return;
    }
    struct slice rest = slice_part(all, (size_t)part->at, (size_t)(part->end - part->at));
    size_t len = splitter_random(splitter, rest.len + 1);
    switch (splitter_random(splitter, 16)) {
    case 0:
        end(run, number);
        break;
    case 1:
        range_part_gap(part, splitter_random(splitter, 2) == 0 ? len : SIZE_MAX, run);
        break;
    default:
        feed(run, number, slice_part(rest, 0, len));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct splitter splitter = splitter_make(data, size);
    struct slice all = splitter.rest;
    if (all.len == 0) {
        return 0;
    }
    struct m3u_parser *whole = m3u_create(&key, &nobody, NULL, NULL);
    m3u_feed(whole, all);
    struct m3u_facts wanted;
    m3u_finish(whole, true, &wanted);
    m3u_free(whole);

    struct run run = {.table = {.count = 0}};
    run.list = range_table_add(&run.table, 1, all.len, 0, 1);
    run.list->parser = m3u_create(&key, &nobody, take_entry, NULL);
    size_t steps = splitter_random(&splitter, STEPS_MAX);
    for (size_t i = 0; i < steps; i++) {
        step(&run, &splitter, all);
        check(&run);
    }
    for (size_t i = 0; i < OPEN_MAX; i++) {
        if (run.open[i]) {
            end(&run, i);
        }
    }
    run.parts[0] = (struct range_part){.list = run.list, .end = all.len};
    run.list->parts_open++;
    feed(&run, 0, all);
    end(&run, 0);
    check(&run);
    struct m3u_facts facts;
    range_list_report(run.list, &facts);
    require(facts.entries == run.told);
    if (!run.list->lost) {
        require(facts.entries == wanted.entries && facts.lines == wanted.lines);
        require(facts.complete == wanted.complete);
    }
    range_table_remove(&run.table, run.list);
    return 0;
}
