/* Follows an automaton through a text: all states at once, byte by byte. */
#include <string.h>

#include "daemon/rule/pattern_automaton_priv.h"

enum { WORDS_MAX = PATTERN_BYTES_MAX / 64 + 1 };

static bool is_word(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || (byte_lower(byte) >= 'a' && byte_lower(byte) <= 'z') ||
           byte == '_';
}

/* What holds before byte `at`, or at the text's end. */
static unsigned held_at(struct slice text, size_t at)
{
    const uint8_t *bytes = text.data;
    bool begin = at == 0;
    bool end = at == text.len;
    bool newline = !end && bytes[at] == '\n';
    bool edge = (!begin && is_word(bytes[at - 1])) != (!end && is_word(bytes[at]));
    return (begin ? NEED_BEGIN : 0U) | (begin || bytes[at - 1] == '\n' ? NEED_LINE_BEGIN : 0U) |
           (end ? NEED_END : 0U) | (end || (newline && at + 1 == text.len) ? NEED_LAST_LINE_END : 0U) |
           (end || newline ? NEED_LINE_END : 0U) | (edge ? NEED_WORD_EDGE : NEED_NO_WORD_EDGE);
}

static void add_states(uint64_t *to, const uint64_t *states, size_t words)
{
    for (size_t i = 0; i < words; i++) {
        to[i] |= states[i];
    }
}

/* Where the states lead before the next byte is looked at. */
static void move_on(const struct pattern *pattern, const uint64_t *states, unsigned held, uint64_t *next)
{
    uint64_t carried = 0;
    for (size_t i = 0; i < pattern->words; i++) {
        uint64_t stepping = states[i] & pattern->steps[i];
        next[i] = (states[i] & pattern->stays[i]) | stepping << 1 | carried;
        carried = stepping >> 63;
    }
    for (size_t i = 0; i < pattern->move_count; i++) {
        const struct move *move = &pattern->moves[i];
        if ((move->needs & ~held) == 0 && states_meet(states, move->from, pattern->words)) {
            add_states(next, move->to, pattern->words);
        }
    }
}

static void begin_at(const struct pattern *pattern, unsigned held, uint64_t *next)
{
    for (size_t i = 0; i < pattern->begin_count; i++) {
        if ((pattern->begins[i].needs & ~held) == 0) {
            add_states(next, pattern->begins[i].states, pattern->words);
        }
    }
}

/* Keeps the states that take the byte; false where none is left. */
static bool keep_reached(const struct pattern *pattern, uint8_t byte, uint64_t *states)
{
    const uint64_t *reached = pattern->reached + pattern->class_of[byte] * pattern->words;
    uint64_t any = 0;
    for (size_t i = 0; i < pattern->words; i++) {
        states[i] &= reached[i];
        any |= states[i];
    }
    return any != 0;
}

static bool ends_here(const struct pattern *pattern, const uint64_t *states, unsigned held)
{
    bool ends = false;
    for (size_t i = 0; i < pattern->end_count && !ends; i++) {
        ends = (pattern->ends[i].needs & ~held) == 0 &&
               states_meet(states, pattern->ends[i].states, pattern->words);
    }
    return ends;
}

/* The next byte at which a match may begin. */
static size_t skip_to_front(const struct pattern *pattern, struct slice text, size_t at)
{
    while (at < text.len && !byte_set_has(&pattern->front, text.data[at])) {
        at++;
    }
    return at;
}

size_t pattern_find(const struct pattern *pattern, struct slice text, size_t above)
{
    uint64_t sets[2][WORDS_MAX];
    uint64_t *states = sets[0];
    uint64_t *next = sets[1];
    bool alive = false;
    for (size_t at = 0; at < text.len; at++) {
        if (!alive && at > 0 && pattern->anchored) {
            return SIZE_MAX;
        }
        if (!alive && (at = skip_to_front(pattern, text, at)) == text.len) {
            return SIZE_MAX;
        }
        unsigned held = pattern->asks ? held_at(text, at) : 0;
        if (alive) {
            move_on(pattern, states, held, next);
        } else {
            memset(next, 0, pattern->words * sizeof *next);
        }
        if (at == 0 || !pattern->anchored) {
            begin_at(pattern, held, next);
        }
        uint64_t *taken = next;
        next = states;
        states = taken;
        alive = keep_reached(pattern, text.data[at], states);
        if (alive && at + 1 > above &&
            ends_here(pattern, states, pattern->asks ? held_at(text, at + 1) : 0)) {
            return at + 1;
        }
    }
    return SIZE_MAX;
}
