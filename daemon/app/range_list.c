/* Segments of a list that comes in parts: reading them, and joining neighbours. */
#include "daemon/app/range_list_priv.h"

#include <assert.h>
#include <stdlib.h>

static void *zeroed(size_t size)
{
    void *memory = calloc(1, size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

/* Feeds the list's parser at a segment's place. */
static void read_at(struct range_list *list, struct m3u_place *place, struct slice bytes, void *context)
{
    struct m3u_parser *parser = list->parser;
    parser->context = context;
    parser->place = place;
    m3u_feed(parser, bytes);
    parser->place = &parser->own_place;
    parser->context = NULL;
}

/* The list ends at this place. */
static void end_at(struct range_list *list, struct m3u_place *place, void *context)
{
    struct m3u_parser *parser = list->parser;
    parser->context = context;
    parser->place = place;
    m3u_end_line(parser);
    parser->place = &parser->own_place;
    parser->context = NULL;
}

/* The segment whose bytes have this one among them, or NULL; `*before`: the last that begins not behind it.
 */
static struct range_segment *find_segment(const struct range_list *list, uint64_t at,
                                          struct range_segment **before)
{
    *before = NULL;
    for (struct range_segment *segment = list->first; segment != NULL && segment->begin <= at;
         segment = segment->next) {
        *before = segment;
    }
    return *before != NULL && at < (*before)->end ? *before : NULL;
}

static struct range_segment *segment_open(struct range_list *list, uint64_t at, struct range_segment *before)
{
    if (list->segments == RANGE_SEGMENTS_MAX || (list->parser->wide && at > 0)) {
        list->lost = true;
        return NULL;
    }
    struct range_segment *segment = zeroed(sizeof *segment);
    segment->begin = at;
    segment->end = at;
    segment->open = true;
    segment->head = buf_make(RANGE_HEAD_MAX);
    if (at == 0) {
        segment->place = zeroed(sizeof *segment->place);
        segment->place->at_start = true;
        segment->place->wide.order = M3U_WIDE_UNKNOWN;
    }
    segment->previous = before;
    segment->next = before == NULL ? list->first : before->next;
    if (segment->next != NULL) {
        segment->next->previous = segment;
    }
    if (before == NULL) {
        list->first = segment;
    } else {
        before->next = segment;
    }
    list->segments++;
    return segment;
}

static void segment_free(struct range_list *list, struct range_segment *segment)
{
    if (segment->previous == NULL) {
        list->first = segment->next;
    } else {
        segment->previous->next = segment->next;
    }
    if (segment->next != NULL) {
        segment->next->previous = segment->previous;
    }
    list->segments--;
    buf_free(&segment->head);
    free(segment->place);
    free(segment);
}

/* Goes one byte further in the head's lines; true behind the end of a URI line that is not the first line. */
static bool pass_head_byte(struct range_segment *segment, uint8_t byte)
{
    if (byte == '\n' || byte == '\r') {
        bool ended = segment->line == RANGE_LINE_URI;
        segment->line = RANGE_LINE_BLANK;
        return ended;
    }
    if (segment->line == RANGE_LINE_BLANK && byte != ' ' && byte != '\t') {
        segment->line = byte == '#' ? RANGE_LINE_TAG : RANGE_LINE_URI;
    }
    return false;
}

/* Takes the head's bytes off the front; where it ends with them, reading can begin. */
static void take_head(struct range_list *list, struct range_segment *segment, struct slice *bytes)
{
    size_t len = 0;
    bool ended = false;
    while (len < bytes->len && !ended) {
        ended = pass_head_byte(segment, bytes->data[len]);
        len++;
    }
    struct slice taken = slice_part(*bytes, 0, len);
    *bytes = slice_from(*bytes, len);
    bool fits = buf_append(&segment->head, taken);
    if (!fits) {
        list->lost = true;
    }
    if (ended || !fits) {
        segment->place = zeroed(sizeof *segment->place);
        segment->place->skipping = !ended;
        segment->place->after_cr = ended && taken.data[taken.len - 1] == '\r';
    }
}

static void segment_read(struct range_list *list, struct range_segment *segment, struct slice bytes,
                         void *context)
{
    if (segment->place == NULL) {
        take_head(list, segment, &bytes);
    }
    if (segment->place != NULL) {
        read_at(list, segment->place, bytes, context);
    }
}

/* The hole before `segment` has closed: its head is read at the place of the one before it. */
static void join_to_previous(struct range_list *list, struct range_segment *segment, void *context)
{
    struct range_segment *before = segment->previous;
    before->end = segment->end;
    segment_read(list, before, buf_slice(&segment->head), context);
    if (segment->place != NULL) {
        free(before->place);
        before->place = segment->place;
        segment->place = NULL;
    } else if (before->end == list->total && before->place != NULL) {
        end_at(list, before->place, context);
    }
    segment_free(list, segment);
}

static bool are_joinable(const struct range_segment *before, const struct range_segment *behind)
{
    return before != NULL && behind != NULL && !before->open && !behind->open && before->end == behind->begin;
}

static void segment_close(struct range_list *list, struct range_segment *segment, void *context)
{
    segment->open = false;
    if (segment->end == list->total && segment->place != NULL) {
        end_at(list, segment->place, context);
    }
    if (are_joinable(segment, segment->next)) {
        join_to_previous(list, segment->next, context);
    }
    if (are_joinable(segment->previous, segment)) {
        join_to_previous(list, segment, context);
    }
}

static void close_part_segment(struct range_part *part, void *context)
{
    if (part->segment != NULL) {
        segment_close(part->list, part->segment, context);
        part->segment = NULL;
    }
}

/* How many of `len` bytes at the part's place can be dealt with at once: those that were read before, and
 * those up to the next segment. `*fresh`: they are new. */
static uint64_t next_run(struct range_part *part, uint64_t len, bool *fresh, void *context)
{
    *fresh = true;
    struct range_segment *behind = part->segment == NULL ? NULL : part->segment->next;
    if (behind != NULL && behind->begin == part->at) {
        close_part_segment(part, context);
    }
    if (part->segment == NULL) {
        struct range_segment *before;
        const struct range_segment *known = find_segment(part->list, part->at, &before);
        if (known != NULL) {
            *fresh = false;
            return known->end - part->at < len ? known->end - part->at : len;
        }
        part->segment = segment_open(part->list, part->at, before);
        if (part->segment == NULL) {
            *fresh = false;
            return len;
        }
    }
    behind = part->segment->next;
    uint64_t room = behind == NULL ? UINT64_MAX : behind->begin - part->at;
    return room < len ? room : len;
}

void range_part_feed(struct range_part *part, struct slice bytes, void *context)
{
    uint64_t left = part->end - part->at;
    bytes = slice_part(bytes, 0, left < SIZE_MAX ? (size_t)left : SIZE_MAX);
    while (bytes.len > 0) {
        bool fresh;
        size_t len = (size_t)next_run(part, bytes.len, &fresh, context);
        assert(len > 0);
        part->at += len;
        if (fresh) {
            part->segment->end += len;
            segment_read(part->list, part->segment, slice_part(bytes, 0, len), context);
        }
        bytes = slice_from(bytes, len);
    }
}

void range_part_gap(struct range_part *part, uint64_t missing, void *context)
{
    uint64_t left = part->end - part->at;
    close_part_segment(part, context);
    part->at += missing < left ? missing : left;
}

void range_part_end(struct range_part *part, void *context)
{
    close_part_segment(part, context);
    part->list->parts_open--;
}

void range_part_drop(struct range_part *part)
{
    catalogue_entry_fn entry = part->list->parser->entry;
    part->list->parser->entry = NULL;
    range_part_end(part, NULL);
    part->list->parser->entry = entry;
}

void range_list_report(const struct range_list *list, struct m3u_facts *facts)
{
    const struct range_segment *first = list->first;
    bool whole = first != NULL && first->begin == 0 && first->end == list->total && !first->open;
    m3u_report(list->parser, whole && !list->lost, facts);
    facts->parts = list->parts;
}

void range_list_adopt(struct range_list *list, struct m3u_parser *parser, uint64_t end)
{
    assert(list->parser == NULL && list->first == NULL);
    list->parser = parser;
    struct range_segment *segment = segment_open(list, 0, NULL);
    *segment->place = *parser->place;
    segment->end = end;
    segment->open = false;
    parser->context = NULL;
}
