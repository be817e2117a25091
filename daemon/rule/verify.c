/*
 * Whether the steps of a buffer group hold, as Suricata inspects a buffer: in order, and where a step that is
 * relative to an earlier match fails, with the later occurrences of that match. No recursion: each step that
 * moves the place has a frame, and going back means going to the frame of the step's anchor.
 */
#include "daemon/rule/rule_priv.h"

/* Where a step that moves the place has matched. */
struct frame {
    size_t begin;
    size_t end;
};

struct verify {
    const struct buffer_group *group;
    struct slice buffer;
    int64_t now;
    uint64_t steps_left;
    struct pcre_scratch *scratch;
    struct frame frames[GROUP_STEPS_MAX];
};

/* A search costs a step, and one for each 64 bytes. False where the budget is used up. */
static bool spend(struct verify *verify, size_t bytes)
{
    uint64_t cost = 1 + bytes / 64;
    if (cost > verify->steps_left) {
        verify->steps_left = 0;
        return false;
    }
    verify->steps_left -= cost;
    return true;
}

static size_t find_nocase(struct slice text, const uint8_t *lower, size_t len)
{
    for (size_t at = 0; len <= text.len && at <= text.len - len; at++) {
        size_t i = 0;
        while (i < len && byte_lower(text.data[at + i]) == lower[i]) {
            i++;
        }
        if (i == len) {
            return at;
        }
    }
    return SIZE_MAX;
}

static size_t find_bytes(const struct match_step *step, struct slice text)
{
    return step->nocase ? find_nocase(text, step->bytes, step->len)
                        : slice_find(text, slice_make(step->bytes, step->len));
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The end of the match that a relative step goes on from. */
static size_t place_before(const struct verify *verify, const struct match_step *step)
{
    return step->anchor == 0 ? 0 : verify->frames[step->anchor - 1].end;
}

/* The bytes [*from, *to) in which the whole content has to lie. */
static void content_window(const struct verify *verify, const struct match_step *step, size_t *from,
                           size_t *to)
{
    size_t len = verify->buffer.len;
    *from = 0;
    *to = len;
    if (step->relative) {
        size_t place = place_before(verify, step);
        int64_t begin = (int64_t)place + step->distance;
        *from = begin < 0 ? 0 : (size_t)begin;
        if (step->has_within) {
            int64_t end = begin + (int64_t)step->within;
            *to = end < 0 ? 0 : smaller(len, (size_t)end);
        }
    }
    if (step->has_offset) {
        *from = step->offset;
    }
    if (step->has_depth) {
        *to = smaller(len, *from + step->depth);
    }
    if (step->starts) {
        *to = smaller(len, step->len);
    }
    if (step->ends && len >= step->len && len - step->len > *from) {
        *from = len - step->len;
    }
}

/* Searches from `resume` on, or from the window's start where that is later. */
static bool find_content(struct verify *verify, const struct match_step *step, size_t resume,
                         struct frame *found)
{
    size_t from;
    size_t to;
    content_window(verify, step, &from, &to);
    from = resume > from ? resume : from;
    if (from >= to || (step->ends && to != verify->buffer.len)) {
        return false;
    }
    struct slice window = slice_part(verify->buffer, from, to - from);
    if (!spend(verify, window.len)) {
        return false;
    }
    size_t at = find_bytes(step, window);
    if (at == SIZE_MAX) {
        return false;
    }
    *found = (struct frame){.begin = from + at, .end = from + at + step->len};
    return true;
}

/* `above`: the end that was found last, 0 at first. */
static bool find_pcre(struct verify *verify, const struct match_step *step, size_t above, struct frame *found)
{
    size_t from = step->relative ? place_before(verify, step) : 0;
    struct slice text = slice_from(verify->buffer, from);
    if (text.len == 0 || !spend(verify, text.len)) {
        return false;
    }
    size_t end = pcre_find(step->pcre, verify->scratch, text, above <= from ? 0 : above - from);
    if (end == SIZE_MAX) {
        return false;
    }
    *found = (struct frame){.begin = from, .end = from + end};
    return true;
}

static bool find_step(struct verify *verify, const struct match_step *step, const struct frame *last,
                      struct frame *found)
{
    if (step->type == STEP_CONTENT) {
        return find_content(verify, step, last == NULL ? 0 : last->begin + 1, found);
    }
    return find_pcre(verify, step, last == NULL ? 0 : last->end, found);
}

/* Whether step `index` holds at first sight; what moves the place gets its frame. */
static bool take_step(struct verify *verify, size_t index)
{
    const struct match_step *step = &verify->group->steps[index];
    if (step->type == STEP_SIZE) {
        return number_range_contains(&step->size, verify->buffer.len);
    }
    if (step->type == STEP_DATASET) {
        struct watch_entry found;
        return dataset_contains(step->dataset, step->dataset_type, verify->buffer, verify->now, &found) !=
               step->negated;
    }
    struct frame found;
    bool holds = find_step(verify, step, NULL, &found);
    if (step->negated) {
        return !holds && verify->steps_left > 0;
    }
    if (holds) {
        verify->frames[index] = found;
    }
    return holds;
}

/*
 * Step `failed` does not hold: the nearest step that it depends on, directly or through others, and that can
 * match once more does so. Returns the index behind that step, or SIZE_MAX where none can.
 */
static size_t go_back(struct verify *verify, size_t failed)
{
    size_t index = failed;
    while (verify->group->steps[index].anchor > 0) {
        index = verify->group->steps[index].anchor - 1U;
        struct frame found;
        if (find_step(verify, &verify->group->steps[index], &verify->frames[index], &found)) {
            verify->frames[index] = found;
            return index + 1;
        }
    }
    return SIZE_MAX;
}

static void copy_spans(const struct verify *verify, struct mask_span *spans, size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < verify->group->count; i++) {
        const struct match_step *step = &verify->group->steps[i];
        if (step->type == STEP_CONTENT && !step->negated) {
            spans[(*count)++] = (struct mask_span){verify->frames[i].begin, verify->frames[i].end};
        }
    }
}

enum verify_result verify_group(const struct buffer_group *group, struct slice buffer, int64_t now,
                                uint64_t steps, struct pcre_scratch *scratch, struct mask_span *spans,
                                size_t *span_count)
{
    struct verify verify; /* not initialised as one: the frames are large, and most are never used */
    verify.group = group;
    verify.buffer = buffer;
    verify.now = now;
    verify.steps_left = steps;
    verify.scratch = scratch;
    size_t index = 0;
    while (index < group->count) {
        if (take_step(&verify, index)) {
            index++;
            continue;
        }
        index = verify.steps_left == 0 ? SIZE_MAX : go_back(&verify, index);
        if (index == SIZE_MAX) {
            return verify.steps_left == 0 ? VERIFY_STEPS_OUT : VERIFY_NO;
        }
    }
    copy_spans(&verify, spans, span_count);
    return VERIFY_YES;
}
