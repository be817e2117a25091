/*
 * The literals one of which stands in every match of a pattern: by them the rules that have it are found
 * without matching it. Of each part is kept which texts it may be, where these are few; else the texts it may
 * end with, which grow with what follows, and the best set that was passed on the way.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/rule/allocate_priv.h"
#include "daemon/rule/pattern_priv.h"

enum { CLASS_BYTES_MAX = 4 };

struct part {
    bool whole;              /* `tail` holds all texts that this part may be */
    struct literal_set tail; /* ... or may end with; an empty one among them says nothing */
    struct literal_set best; /* one of these stands in it; count 0: not known */
};

/* Sets are large, and mostly hold little. */
static void copy_set(struct literal_set *to, const struct literal_set *from)
{
    to->count = from->count;
    memcpy(to->items, from->items, from->count * sizeof *from->items);
}

/* The shortest one decides, and many of them are found more often. */
static int worth(const struct literal_set *set)
{
    size_t shortest = set->count == 0 ? 0 : LITERAL_BYTES_MAX;
    for (size_t i = 0; i < set->count; i++) {
        shortest = set->items[i].len < shortest ? set->items[i].len : shortest;
    }
    int many = set->count > 16 ? 2 : set->count > 4 ? 1 : 0;
    return shortest == 0 ? 0 : 4 * (int)shortest - many;
}

static void keep_better(struct literal_set *best, const struct literal_set *other)
{
    if (worth(other) > worth(best)) {
        copy_set(best, other);
    }
}

static void add_text(struct literal_set *set, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < set->count; i++) {
        if (set->items[i].len == len && memcmp(set->items[i].bytes, bytes, len) == 0) {
            return;
        }
    }
    set->items[set->count].len = (uint8_t)len;
    memcpy(set->items[set->count++].bytes, bytes, len);
}

/* The empty text alone: what stands before a tail is not known. */
static void clear_tail(struct part *part)
{
    part->whole = false;
    part->tail.count = 1;
    part->tail.items[0].len = 0;
}

static int bytes_in(const struct byte_set *set)
{
    int count = 0;
    for (size_t i = 0; i < 4; i++) {
        count += __builtin_popcountll(set->bits[i]);
    }
    return count;
}

/* One byte of a small set, in lower case with `caseless`. */
static void take_byte(const struct byte_set *set, bool caseless, struct part *out)
{
    int count = bytes_in(set);
    out->best.count = 0;
    out->tail.count = 0;
    out->whole = true;
    if (count == 0 || count > CLASS_BYTES_MAX) {
        clear_tail(out);
        return;
    }
    for (unsigned i = 0; i < 4; i++) {
        for (uint64_t bits = set->bits[i]; bits != 0; bits &= bits - 1) {
            uint8_t byte = (uint8_t)(64 * i + (unsigned)__builtin_ctzll(bits));
            byte = caseless ? byte_lower(byte) : byte;
            add_text(&out->tail, &byte, 1);
        }
    }
}

/* Each text of `left` with each of `right` behind it; false where they are too many or too long. */
static bool multiply(const struct literal_set *left, const struct literal_set *right, struct literal_set *out)
{
    out->count = 0;
    if (left->count * right->count > LITERALS_MAX) {
        return false;
    }
    for (size_t i = 0; i < left->count; i++) {
        for (size_t j = 0; j < right->count; j++) {
            uint8_t bytes[2 * LITERAL_BYTES_MAX];
            size_t len = (size_t)left->items[i].len + right->items[j].len;
            if (len > LITERAL_BYTES_MAX) {
                return false;
            }
            memcpy(bytes, left->items[i].bytes, left->items[i].len);
            memcpy(bytes + left->items[i].len, right->items[j].bytes, right->items[j].len);
            add_text(out, bytes, len);
        }
    }
    return true;
}

/* `left` becomes both, one behind the other. */
static void join(struct part *left, const struct part *right)
{
    struct literal_set product;
    keep_better(&left->best, &right->best);
    keep_better(&left->best, &left->tail);
    if (!right->whole) {
        /* All that is known of what `right` ends with. */
        copy_set(&left->tail, &right->tail);
        left->whole = false;
        return;
    }
    if (multiply(&left->tail, &right->tail, &product)) {
        copy_set(&left->tail, &product);
    } else {
        copy_set(&left->tail, &right->tail);
        left->whole = false;
    }
    keep_better(&left->best, &left->tail);
}

/* What surely stands in one of two parts: texts of each. */
static void unite(struct literal_set *out, const struct literal_set *left, const struct literal_set *right)
{
    out->count = 0;
    if (worth(left) == 0 || worth(right) == 0 || left->count + right->count > LITERALS_MAX) {
        return;
    }
    copy_set(out, left);
    for (size_t i = 0; i < right->count; i++) {
        add_text(out, right->items[i].bytes, right->items[i].len);
    }
}

static void either(struct part *left, const struct part *right)
{
    struct literal_set best;
    const struct literal_set *lefts = worth(&left->tail) > worth(&left->best) ? &left->tail : &left->best;
    const struct literal_set *rights =
        worth(&right->tail) > worth(&right->best) ? &right->tail : &right->best;
    unite(&best, lefts, rights);
    copy_set(&left->best, &best);
    bool few = left->tail.count + right->tail.count <= LITERALS_MAX;
    if (left->whole && right->whole && few) {
        for (size_t i = 0; i < right->tail.count; i++) {
            add_text(&left->tail, right->tail.items[i].bytes, right->tail.items[i].len);
        }
    } else {
        clear_tail(left);
    }
}

static void maybe(struct part *part)
{
    part->best.count = 0;
    if (part->whole && part->tail.count < LITERALS_MAX) {
        add_text(&part->tail, (const uint8_t *)"", 0);
    } else {
        clear_tail(part);
    }
}

/* Where a text holds another one of the set, that one is enough. */
static void leave_out_longer(struct literal_set *set)
{
    size_t kept = 0;
    for (size_t i = 0; i < set->count; i++) {
        struct slice text = slice_make(set->items[i].bytes, set->items[i].len);
        bool longer = false;
        for (size_t j = 0; j < set->count && !longer; j++) {
            longer = set->items[j].len < text.len &&
                     slice_find(text, slice_make(set->items[j].bytes, set->items[j].len)) != SIZE_MAX;
        }
        if (!longer) {
            set->items[kept++] = set->items[i];
        }
    }
    set->count = kept;
}

void pattern_literals(const struct pattern_text *text, bool caseless, struct literal_set *out)
{
    struct part *stack = rule_allocate(text->count, sizeof *stack);
    size_t depth = 0;
    for (size_t i = 0; i < text->count; i++) {
        const struct pattern_item *item = &text->items[i];
        switch ((enum pattern_kind)item->kind) {
        case PATTERN_BYTE:
            take_byte(&text->sets[item->set], caseless, &stack[depth++]);
            break;
        case PATTERN_NOTHING:
            stack[depth].best.count = 0;
            clear_tail(&stack[depth]);
            stack[depth++].whole = true;
            break;
        case PATTERN_JOIN:
            depth--;
            join(&stack[depth - 1], &stack[depth]);
            break;
        case PATTERN_EITHER:
            depth--;
            either(&stack[depth - 1], &stack[depth]);
            break;
        case PATTERN_MAYBE:
            maybe(&stack[depth - 1]);
            break;
        case PATTERN_REPEAT:
            keep_better(&stack[depth - 1].best, &stack[depth - 1].tail);
            stack[depth - 1].whole = false; /* it still ends with its tail */
            break;
        }
    }
    keep_better(&stack[0].best, &stack[0].tail);
    copy_set(out, &stack[0].best);
    leave_out_longer(out);
    free(stack);
}
