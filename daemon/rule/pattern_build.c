/*
 * Items into an automaton without empty moves (Glushkov's): a state for each byte of the pattern, in the
 * order in which they stand there, so most moves go to the next state and are one shift of the set of states.
 * The others are gathered: all states that lead to the same ones are one move.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/rule/allocate_priv.h"
#include "daemon/rule/pattern_automaton_priv.h"

enum { EDGES_MAX = 1 << 15, BORDERS_MAX = 1 << 13, EMPTIES_MAX = 8 };

/* A state at which a part of the pattern may begin or end, and what must hold before or behind it. */
struct border {
    uint16_t state;
    uint8_t needs;
};

struct borders {
    struct border *items; /* owned */
    size_t count;
};

/* A part of the pattern: where it begins and ends, and under which needs it matches nothing. */
struct fragment {
    struct borders first;
    struct borders last;
    uint8_t empties[EMPTIES_MAX];
    size_t empty_count;
    size_t shortest; /* bytes that it takes at least */
};

struct edge {
    uint16_t from;
    uint16_t to;
    uint8_t needs;
};

struct build {
    struct fragment *stack; /* owned */
    size_t depth;
    struct edge *edges; /* owned */
    size_t edge_count;
    size_t edge_room;
    size_t states;
    bool failed;
};

static void fragment_free(struct fragment *fragment)
{
    free(fragment->first.items);
    free(fragment->last.items);
}

static void add_empty(struct build *build, struct fragment *fragment, uint8_t needs)
{
    for (size_t i = 0; i < fragment->empty_count; i++) {
        if ((fragment->empties[i] & needs) == fragment->empties[i]) {
            return; /* it matches nothing under fewer needs already */
        }
    }
    if (fragment->empty_count == EMPTIES_MAX) {
        build->failed = true;
        return;
    }
    fragment->empties[fragment->empty_count++] = needs;
}

/* The borders of `from` under each of the needs with which what lies between matches nothing. */
static void add_borders(struct build *build, struct borders *to, const struct borders *from,
                        const uint8_t *empties, size_t count)
{
    if (to->count + from->count * count > BORDERS_MAX) { /* each group around them may multiply them */
        build->failed = true;
        return;
    }
    to->items = reallocarray(to->items, to->count + from->count * count + 1, sizeof *to->items);
    if (to->items == NULL) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < from->count; j++) {
            to->items[to->count] = from->items[j];
            to->items[to->count++].needs |= empties[i];
        }
    }
}

static void add_edges(struct build *build, const struct borders *last, const struct borders *first)
{
    if (last->count * first->count > EDGES_MAX - build->edge_count) {
        build->failed = true;
        return;
    }
    while (build->edge_count + last->count * first->count > build->edge_room) {
        build->edge_room = build->edge_room == 0 ? 64 : 2 * build->edge_room;
        build->edges = reallocarray(build->edges, build->edge_room, sizeof *build->edges);
        if (build->edges == NULL) {
            abort();
        }
    }
    for (size_t i = 0; i < last->count; i++) {
        for (size_t j = 0; j < first->count; j++) {
            build->edges[build->edge_count++] =
                (struct edge){.from = last->items[i].state,
                              .to = first->items[j].state,
                              .needs = last->items[i].needs | first->items[j].needs};
        }
    }
}

static void push_byte(struct build *build)
{
    struct border border = {.state = (uint16_t)build->states++};
    struct fragment fragment = {.first = {.items = rule_allocate(1, sizeof border), .count = 1},
                                .last = {.items = rule_allocate(1, sizeof border), .count = 1},
                                .shortest = 1};
    fragment.first.items[0] = fragment.last.items[0] = border;
    build->stack[build->depth++] = fragment;
}

/* Two empty parts one behind the other: the needs of both. */
static void join_empties(struct build *build, struct fragment *to, const struct fragment *left,
                         const struct fragment *right)
{
    for (size_t i = 0; i < left->empty_count; i++) {
        for (size_t j = 0; j < right->empty_count; j++) {
            add_empty(build, to, left->empties[i] | right->empties[j]);
        }
    }
}

static void join(struct build *build)
{
    static const uint8_t always = 0;
    struct fragment right = build->stack[--build->depth];
    struct fragment left = build->stack[--build->depth];
    struct fragment made = {.shortest = left.shortest + right.shortest};
    add_edges(build, &left.last, &right.first);
    add_borders(build, &made.first, &left.first, &always, 1);
    add_borders(build, &made.first, &right.first, left.empties, left.empty_count);
    add_borders(build, &made.last, &right.last, &always, 1);
    add_borders(build, &made.last, &left.last, right.empties, right.empty_count);
    join_empties(build, &made, &left, &right);
    fragment_free(&left);
    fragment_free(&right);
    build->stack[build->depth++] = made;
}

static void either(struct build *build)
{
    static const uint8_t always = 0;
    struct fragment right = build->stack[--build->depth];
    struct fragment *left = &build->stack[build->depth - 1];
    add_borders(build, &left->first, &right.first, &always, 1);
    add_borders(build, &left->last, &right.last, &always, 1);
    left->shortest = right.shortest < left->shortest ? right.shortest : left->shortest;
    for (size_t i = 0; i < right.empty_count; i++) {
        add_empty(build, left, right.empties[i]);
    }
    fragment_free(&right);
}

static void take_item(struct build *build, const struct pattern_item *item)
{
    struct fragment *top = &build->stack[build->depth > 0 ? build->depth - 1 : 0];
    switch ((enum pattern_kind)item->kind) {
    case PATTERN_BYTE:
        push_byte(build);
        break;
    case PATTERN_NOTHING:
        build->stack[build->depth++] = (struct fragment){.empties = {item->needs}, .empty_count = 1};
        break;
    case PATTERN_JOIN:
        join(build);
        break;
    case PATTERN_EITHER:
        either(build);
        break;
    case PATTERN_MAYBE:
        add_empty(build, top, 0);
        top->shortest = 0;
        break;
    case PATTERN_REPEAT:
        add_edges(build, &top->last, &top->first);
        break;
    }
}

/* ---- moves */

static uint64_t *new_states(const struct pattern *pattern)
{
    return rule_allocate(pattern->words, sizeof(uint64_t));
}

static bool same_states(const struct pattern *pattern, const uint64_t *a, const uint64_t *b)
{
    return memcmp(a, b, pattern->words * sizeof *a) == 0;
}

/* The move to the same states under the same needs gets one more origin. */
static void add_move(struct pattern *pattern, size_t from, uint8_t needs, const uint64_t *to)
{
    size_t at = 0;
    while (at < pattern->move_count &&
           (pattern->moves[at].needs != needs || !same_states(pattern, pattern->moves[at].to, to))) {
        at++;
    }
    if (at == pattern->move_count) {
        pattern->moves = reallocarray(pattern->moves, at + 1, sizeof *pattern->moves);
        if (pattern->moves == NULL) {
            abort();
        }
        pattern->moves[at] =
            (struct move){.needs = needs, .from = new_states(pattern), .to = new_states(pattern)};
        memcpy(pattern->moves[at].to, to, pattern->words * sizeof *to);
        pattern->move_count++;
    }
    states_add(pattern->moves[at].from, from);
}

/* All that state `from` leads to under the same needs, but for itself and the next state. */
static void add_moves_of(struct pattern *pattern, const struct edge *edges, size_t count)
{
    uint64_t *to = new_states(pattern);
    size_t others = 0;
    for (size_t i = 0; i < count; i++) {
        if (edges[i].needs == 0 && edges[i].to == edges[i].from) {
            states_add(pattern->stays, edges[i].from);
        } else if (edges[i].needs == 0 && edges[i].to == edges[i].from + 1) {
            states_add(pattern->steps, edges[i].from);
        } else {
            states_add(to, edges[i].to);
            others++;
        }
    }
    if (others > 0) {
        add_move(pattern, edges[0].from, edges[0].needs, to);
    }
    free(to);
}

static int compare_edges(const void *left, const void *right)
{
    const struct edge *a = left;
    const struct edge *b = right;
    return a->from != b->from ? (int)a->from - (int)b->from : (int)a->needs - (int)b->needs;
}

static void add_moves(struct pattern *pattern, struct build *build)
{
    pattern->stays = new_states(pattern);
    pattern->steps = new_states(pattern);
    if (build->edge_count > 0) {
        qsort(build->edges, build->edge_count, sizeof *build->edges, compare_edges);
    }
    for (size_t begin = 0, end; begin < build->edge_count; begin = end) {
        end = begin + 1;
        while (end < build->edge_count && compare_edges(&build->edges[begin], &build->edges[end]) == 0) {
            end++;
        }
        add_moves_of(pattern, build->edges + begin, end - begin);
    }
}

/* Borders by their needs. */
static struct gate *make_gates(const struct pattern *pattern, const struct borders *borders, size_t *count)
{
    struct gate *gates = NULL;
    *count = 0;
    for (size_t i = 0; i < borders->count; i++) {
        size_t at = 0;
        while (at < *count && gates[at].needs != borders->items[i].needs) {
            at++;
        }
        if (at == *count) {
            gates = reallocarray(gates, ++*count, sizeof *gates);
            if (gates == NULL) {
                abort();
            }
            gates[at] = (struct gate){.needs = borders->items[i].needs, .states = new_states(pattern)};
        }
        states_add(gates[at].states, borders->items[i].state);
    }
    return gates;
}

/* ---- bytes: those that no set tells apart are one class */

static void split_classes(struct pattern *pattern, const struct byte_set *set)
{
    enum { NONE = 0xffff };
    uint16_t inside[256];
    size_t count = pattern->class_count;
    bool outside[256] = {false};
    memset(inside, 0xff, sizeof inside);
    for (unsigned byte = 0; byte < 256; byte++) {
        outside[pattern->class_of[byte]] |= !byte_set_has(set, byte);
    }
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t class = pattern->class_of[byte];
        if (!byte_set_has(set, byte) || !outside[class]) {
            continue;
        }
        if (inside[class] == NONE) {
            inside[class] = (uint16_t)count++;
        }
        pattern->class_of[byte] = (uint8_t)inside[class];
    }
    pattern->class_count = count;
}

/* The states that take a byte. */
static void fill_reached(const struct pattern_text *text, unsigned byte, uint64_t *reached)
{
    size_t state = 0;
    for (size_t i = 0; i < text->count; i++) {
        if (text->items[i].kind == PATTERN_BYTE) {
            if (byte_set_has(&text->sets[text->items[i].set], byte)) {
                states_add(reached, state);
            }
            state++;
        }
    }
}

static void fill_classes(struct pattern *pattern, const struct pattern_text *text)
{
    pattern->class_count = 1;
    for (size_t i = 0; i < text->set_count; i++) {
        split_classes(pattern, &text->sets[i]);
    }
    pattern->reached = rule_allocate(pattern->class_count * pattern->words, sizeof *pattern->reached);
    bool filled[256] = {false};
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t class = pattern->class_of[byte];
        if (!filled[class]) {
            fill_reached(text, byte, pattern->reached + class * pattern->words);
            filled[class] = true;
        }
    }
}

static void fill_useful_moves(struct pattern *pattern)
{
    pattern->useful_moves = rule_allocate(pattern->class_count, sizeof *pattern->useful_moves);
    for (size_t class = 0; class < pattern->class_count; class ++) {
        const uint64_t *reached = pattern->reached + class * pattern->words;
        for (size_t i = 0; i < pattern->move_count; i++) {
            bool useful = states_meet(pattern->moves[i].to, reached, pattern->words);
            pattern->useful_moves[class] |= (uint64_t)useful << i;
        }
    }
}

static void fill_begins(struct pattern *pattern)
{
    pattern->anchored = true;
    for (size_t i = 0; i < pattern->begin_count; i++) {
        const struct gate *gate = &pattern->begins[i];
        pattern->anchored = pattern->anchored && (gate->needs & NEED_BEGIN) != 0;
        for (unsigned byte = 0; byte < 256; byte++) {
            const uint64_t *reached = pattern->reached + pattern->class_of[byte] * pattern->words;
            if (states_meet(gate->states, reached, pattern->words)) {
                byte_set_add(&pattern->front, byte);
            }
        }
    }
}

static struct pattern *make_pattern(struct build *build, const struct pattern_text *text,
                                    const struct fragment *whole)
{
    struct pattern *pattern = rule_allocate(1, sizeof *pattern);
    pattern->words = build->states / 64 + 1;
    fill_classes(pattern, text);
    add_moves(pattern, build);
    if (pattern->move_count > MOVES_MAX) {
        pattern_free(pattern);
        return NULL;
    }
    fill_useful_moves(pattern);
    pattern->begins = make_gates(pattern, &whole->first, &pattern->begin_count);
    pattern->ends = make_gates(pattern, &whole->last, &pattern->end_count);
    fill_begins(pattern);
    pattern->shortest = whole->shortest;
    return pattern;
}

struct pattern *pattern_build(const struct pattern_text *text, bool *empty)
{
    struct build build = {.stack = rule_allocate(text->count, sizeof *build.stack)};
    struct pattern *pattern = NULL;
    for (size_t i = 0; i < text->count && !build.failed; i++) {
        take_item(&build, &text->items[i]);
    }
    *empty = !build.failed && build.stack[0].empty_count > 0;
    if (!build.failed) {
        pattern = make_pattern(&build, text, &build.stack[0]);
    }
    while (build.depth > 0) {
        fragment_free(&build.stack[--build.depth]);
    }
    free(build.stack);
    free(build.edges);
    return pattern;
}

static void free_gates(struct gate *gates, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(gates[i].states);
    }
    free(gates);
}

void pattern_free(struct pattern *pattern)
{
    if (pattern == NULL) {
        return;
    }
    for (size_t i = 0; i < pattern->move_count; i++) {
        free(pattern->moves[i].from);
        free(pattern->moves[i].to);
    }
    free_gates(pattern->begins, pattern->begin_count);
    free_gates(pattern->ends, pattern->end_count);
    free(pattern->moves);
    free(pattern->reached);
    free(pattern->useful_moves);
    free(pattern->stays);
    free(pattern->steps);
    free(pattern);
}
