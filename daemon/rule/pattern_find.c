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

/* A text and how far it has been read. `words` is the pattern's: a constant to the compiler where it is
 * small. */
struct reading {
    const struct pattern *pattern;
    size_t words;
    struct slice text;
    size_t at;
};

#define ALWAYS_INLINE inline __attribute__((always_inline))

static ALWAYS_INLINE void add_states(uint64_t *to, const uint64_t *states, size_t words)
{
    for (size_t i = 0; i < words; i++) {
        to[i] |= states[i];
    }
}

/* Asked last: few states have needs. */
static bool needs_hold(const struct reading *reading, uint8_t needs)
{
    return needs == 0 || (needs & ~held_at(reading->text, reading->at)) == 0;
}

/* Where the states lead, as far as bytes of the next one's class are taken there. */
static ALWAYS_INLINE void move_on(const struct reading *reading, const uint64_t *states, size_t class,
                                  uint64_t *next)
{
    const struct pattern *pattern = reading->pattern;
    size_t words = reading->words;
    uint64_t carried = 0;
    for (size_t i = 0; i < words; i++) {
        uint64_t stepping = states[i] & pattern->steps[i];
        next[i] = (states[i] & pattern->stays[i]) | stepping << 1 | carried;
        carried = stepping >> 63;
    }
    for (uint64_t useful = pattern->useful_moves[class]; useful != 0; useful &= useful - 1) {
        const struct move *move = &pattern->moves[__builtin_ctzll(useful)];
        if (states_meet(states, move->from, words) && needs_hold(reading, move->needs)) {
            add_states(next, move->to, words);
        }
    }
}

static ALWAYS_INLINE void begin_here(const struct reading *reading, uint64_t *next)
{
    const struct pattern *pattern = reading->pattern;
    for (size_t i = 0; i < pattern->begin_count; i++) {
        if (needs_hold(reading, pattern->begins[i].needs)) {
            add_states(next, pattern->begins[i].states, reading->words);
        }
    }
}

/* Keeps the states that take the byte; false where none is left. */
static ALWAYS_INLINE bool keep_reached(const struct reading *reading, size_t class, uint64_t *states)
{
    const struct pattern *pattern = reading->pattern;
    const uint64_t *reached = pattern->reached + class * reading->words;
    uint64_t any = 0;
    for (size_t i = 0; i < reading->words; i++) {
        states[i] &= reached[i];
        any |= states[i];
    }
    return any != 0;
}

static ALWAYS_INLINE bool ends_here(const struct reading *reading, const uint64_t *states)
{
    const struct pattern *pattern = reading->pattern;
    bool ends = false;
    for (size_t i = 0; i < pattern->end_count && !ends; i++) {
        ends = states_meet(states, pattern->ends[i].states, reading->words) &&
               needs_hold(reading, pattern->ends[i].needs);
    }
    return ends;
}

/* On to the next byte at which a match may begin; false where none is left. */
static bool skip_to_front(struct reading *reading)
{
    if (reading->pattern->anchored && reading->at > 0) {
        return false;
    }
    while (reading->at < reading->text.len &&
           !byte_set_has(&reading->pattern->front, reading->text.data[reading->at])) {
        reading->at++;
    }
    return reading->text.len - reading->at >= reading->pattern->shortest;
}

static ALWAYS_INLINE size_t find(const struct pattern *pattern, size_t words, struct slice text, size_t above)
{
    struct reading reading = {.pattern = pattern, .words = words, .text = text};
    uint64_t sets[2][WORDS_MAX];
    uint64_t *states = sets[0];
    uint64_t *next = sets[1];
    bool alive = false;
    while (reading.at < text.len && (alive || skip_to_front(&reading))) {
        size_t class = pattern->class_of[text.data[reading.at]];
        if (alive) {
            move_on(&reading, states, class, next);
        } else {
            memset(next, 0, words * sizeof *next);
        }
        if (!pattern->anchored || reading.at == 0) {
            begin_here(&reading, next);
        }
        uint64_t *taken = next;
        next = states;
        states = taken;
        alive = keep_reached(&reading, class, states);
        reading.at++;
        if (alive && reading.at > above && ends_here(&reading, states)) {
            return reading.at;
        }
    }
    return SIZE_MAX;
}

size_t pattern_shortest(const struct pattern *pattern)
{
    return pattern->shortest;
}

size_t pattern_find(const struct pattern *pattern, struct slice text, size_t above)
{
    switch (pattern->words) { /* most patterns are short: loops over few words are none */
    case 1:
        return find(pattern, 1, text, above);
    case 2:
        return find(pattern, 2, text, above);
    case 3:
        return find(pattern, 3, text, above);
    default:
        return find(pattern, pattern->words, text, above);
    }
}
