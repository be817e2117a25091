/*
 * Whether the mirror shows what it should: half conversations, packets twice, losses that no counter of the
 * interface knows. Told by `vigied --check`, and live in the log where a grade changes.
 */
#pragma once

#include "stats.h"

#define HEALTH_GRADES(X) X(HEALTH_GOOD, "good") X(HEALTH_DOUBTFUL, "doubtful") X(HEALTH_BAD, "bad")
enum health_grade { HEALTH_GRADES(EVIDENCE_ENTRY) HEALTH_GRADE_COUNT };

const char *health_grade_name(enum health_grade grade);

/* What is looked at, in the order of being told. */
enum health_row {
    HEALTH_PACKETS,
    HEALTH_DROPS,
    HEALTH_DECODED,
    HEALTH_DIRECTIONS,
    HEALTH_DUPLICATES,
    HEALTH_HIDDEN_LOSS,
    HEALTH_TAGS,
    HEALTH_ROW_COUNT,
};

/* Sums over all threads, or what has come to them since another time (health_since). */
struct health_figures {
    uint64_t packets;
    uint64_t bytes;
    uint64_t drops;
    uint64_t unreadable; /* packets that decode gave up */
    uint64_t encapsulated[ENCAPSULATION_COUNT];
    uint64_t two_way; /* ended TCP flows with payload of which both directions were seen */
    uint64_t one_way;
    uint64_t duplicates;
    uint64_t segments;
    uint64_t gaps;
    uint64_t gap_bytes; /* sent by all that can be seen, and never shown to us */
    uint64_t tags_differ;
};

struct health_line {
    enum health_grade grade;
    bool too_few;       /* packets or flows to judge by; the grade is doubtful for it */
    char text[512];     /* what was seen */
    const char *advice; /* what to do; NULL where all is well */
};

struct health_figures health_figures(const struct stats *stats);
struct health_figures health_since(const struct health_figures *now, const struct health_figures *before);
/* Judges one row. */
struct health_line health_judge(const struct health_figures *figures, enum health_row row);
const char *health_row_name(enum health_row row);
