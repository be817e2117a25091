/* The list of held segments: insertion with overlaps, and what it is charged. */
#include "daemon/flow/hold_priv.h"

#include <stdlib.h>
#include <string.h>

enum { CHARGE_MIN = 256 };

size_t hold_charge(const struct segment *segment)
{
    size_t size = sizeof(struct held_segment) + segment->bytes.len;
    return size > CHARGE_MIN ? size : CHARGE_MIN;
}

static uint32_t captured_end(const struct segment *segment)
{
    return segment->sequence + (uint32_t)segment->bytes.len;
}

static void charge_add(struct hold *hold, struct flow_shard *shard, size_t charge)
{
    hold->charge += charge;
    shard->held += charge;
}

static void charge_drop(struct hold *hold, struct flow_shard *shard, size_t charge)
{
    assert(hold->charge >= charge && shard->held >= charge);
    hold->charge -= charge;
    shard->held -= charge;
}

/* The bytes that both segments hold, as seen in `of`. */
static struct slice common_part(const struct segment *of, const struct segment *with)
{
    int64_t from = sequence_ahead(of->sequence, with->sequence);
    int64_t to = sequence_ahead(of->sequence, captured_end(with));
    size_t begin = from > 0 ? (size_t)from : 0;
    return to <= (int64_t)begin ? slice_make(NULL, 0) : slice_part(of->bytes, begin, (size_t)to - begin);
}

static void count_overlap(struct counter_cell *counters, const struct segment *held,
                          const struct segment *fresh)
{
    counter_add(counters, STREAM_OVERLAPS, 1);
    if (!slice_equal(common_part(held, fresh), common_part(fresh, held))) {
        counter_add(counters, STREAM_CONFLICTS, 1);
    }
}

void hold_count_overlaps(const struct hold *hold, struct counter_cell *counters,
                         const struct segment *segment)
{
    const struct held_segment *held = hold->first;
    while (held != NULL && sequence_ahead(held->segment.sequence, captured_end(segment)) > 0) {
        if (sequence_ahead(segment->sequence, captured_end(&held->segment)) > 0) {
            count_overlap(counters, &held->segment, segment);
        }
        held = held->next;
    }
}

/* The new segment takes a held one in that lies wholly inside it: with its bytes, which came first, with the
 * farther end of what was cut off, and with the earlier acknowledgement, so that nothing waits longer. */
static void swallow(struct held_segment *fresh, const struct segment *held)
{
    size_t at = held->sequence - fresh->segment.sequence;
    if (held->bytes.len > 0) {
        size_t front = (size_t)(fresh->segment.bytes.data - fresh->memory);
        memcpy(fresh->memory + front + at, held->bytes.data, held->bytes.len);
    }
    if (sequence_ahead(segment_end(&fresh->segment), segment_end(held)) > 0) {
        fresh->segment.wire_len = segment_end(held) - fresh->segment.sequence;
    }
    if (fresh->segment.acknowledges &&
        (!held->acknowledges || sequence_ahead(fresh->segment.acknowledgement, held->acknowledgement) < 0)) {
        fresh->segment.acknowledges = held->acknowledges;
        fresh->segment.acknowledgement = held->acknowledgement;
    }
}

static struct held_segment *segment_copy(const struct segment *segment)
{
    struct held_segment *copy = flow_allocate(sizeof *copy + segment->bytes.len);
    copy->segment = *segment;
    copy->segment.bytes.data = copy->memory;
    copy->charge = hold_charge(segment);
    if (segment->bytes.len > 0) {
        memcpy(copy->memory, segment->bytes.data, segment->bytes.len);
    }
    return copy;
}

static void link_in(struct hold *hold, struct held_segment **link, struct held_segment *fresh)
{
    fresh->next = *link;
    *link = fresh;
    if (fresh->next == NULL) {
        hold->last = fresh;
    }
}

/* Where a new segment stands: behind all that end at or before its first byte. */
static struct held_segment **place_of(struct hold *hold, uint32_t sequence)
{
    struct held_segment **link = &hold->first;
    if (hold->last != NULL && sequence_ahead(captured_end(&hold->last->segment), sequence) >= 0) {
        return &hold->last->next;
    }
    while (*link != NULL && sequence_ahead(captured_end(&(*link)->segment), sequence) >= 0) {
        link = &(*link)->next;
    }
    return link;
}

void hold_insert(struct hold *hold, struct flow_shard *shard, struct counter_cell *counters,
                 const struct segment *segment)
{
    struct held_segment *fresh = segment_copy(segment);
    struct segment *view = &fresh->segment;
    struct held_segment **link = place_of(hold, view->sequence);
    while (*link != NULL && sequence_ahead((*link)->segment.sequence, captured_end(view)) > 0) {
        struct held_segment *held = *link;
        count_overlap(counters, &held->segment, view);
        int64_t front = sequence_ahead(held->segment.sequence, view->sequence);
        int64_t back = sequence_ahead(captured_end(view), captured_end(&held->segment));
        if (front >= 0 && back >= 0) {
            free(fresh); /* nothing new in it */
            return;
        }
        if (front > 0) {
            segment_cut_front(view, captured_end(&held->segment) - view->sequence);
            link = &held->next;
        } else if (back > 0) {
            segment_cut_back(view, held->segment.sequence - view->sequence);
        } else {
            swallow(fresh, &held->segment);
            *link = held->next;
            charge_drop(hold, shard, held->charge);
            free(held);
        }
    }
    link_in(hold, link, fresh);
    charge_add(hold, shard, fresh->charge);
}

struct held_segment *hold_take_first(struct hold *hold, struct flow_shard *shard)
{
    struct held_segment *first = hold->first;
    hold->first = first->next;
    if (hold->first == NULL) {
        hold->last = NULL;
    }
    charge_drop(hold, shard, first->charge);
    return first;
}

void hold_clear(struct hold *hold, struct flow_shard *shard)
{
    while (hold->first != NULL) {
        free(hold_take_first(hold, shard));
    }
}
