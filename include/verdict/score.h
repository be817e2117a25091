/*
 * The arithmetic of a service's score (design, section 7), pure, so that whoever unites evidence elsewhere
 * (the script in Redis, over several sensors) can be compared with it.
 *
 *     doubt(kind) = prod (100 - weight) / 100   over the reasons of this kind, by their smallest sid
 *     doubt(claim) is not below 0.55 with one claimant, 0.35 with more
 *     score = floor(100 * (1 - doubt(proof) * doubt(claim) * doubt(answered)) + 0.000001)
 *
 * The millionth makes sums that are whole in decimals whole in doubles. A reason counts once: with the
 * largest weight of its sids, and as the strongest kind among them (proof, then claim, then answered).
 * Without a path claim (a claim that is no client header) and without proof nothing counts at all: client
 * headers are not credited and `answered` is never alone.
 *
 * From 90 the level is `confirmed` only where two reasons are proof and the content is shown: by content
 * evidence, by an entry of an order's list, or by two reasons that are structural signs (or the software is
 * enough by block.basis). Else the score stops at 89. Content and structural marks count on proof only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "verdict/detection.h"

/* What one sid brings. */
struct contribution {
    uint32_t sid;
    const char *reason; /* borrowed */
    uint8_t weight;     /* 1..100 */
    enum evidence_kind kind;
    bool content;
    bool structural;
    bool listed; /* an entry of an order's list: shows the content, but not what it is */
    bool client_header;
};

enum {
    SCORE_CONTRIBUTIONS_MAX = 256,
    SCORE_OBSERVED = 20,
    SCORE_SUSPECTED = 50,
    SCORE_CONFIRMED = 90,
    SCORE_CLAIMS_ONE = 45,  /* the cap of claims that one client made */
    SCORE_CLAIMS_MORE = 65, /* and of those that more did */
};

/* Sids of one reason, counted once. */
struct reason_group {
    const char *reason;
    uint32_t sid; /* the smallest of the group; groups are ordered by it */
    uint8_t weight;
    enum evidence_kind kind;
    bool content;
    bool structural;
    bool listed;
};

struct score {
    struct reason_group groups[SCORE_CONTRIBUTIONS_MAX];
    size_t group_count;                   /* 0 where nothing is credited */
    bool credited;                        /* there is a path claim or proof */
    uint8_t by_kind[EVIDENCE_KIND_COUNT]; /* what each kind's reasons unite to; claims before their cap */
    uint8_t claims_cap;                   /* SCORE_CLAIMS_ONE or _MORE */
    uint8_t united;                       /* before the stop at 89 */
    uint8_t score;
    bool lifted; /* to what was wanted of it at least: more than it unites to */
    enum level level;
    unsigned proof_groups;
    unsigned content_groups;
    unsigned structural_groups;
    bool listed; /* an order's list names it */
    bool
        content_and_structure; /* content evidence and a structural sign of another reason: a block's basis */
};

/* `items` in the order of sids, at most SCORE_CONTRIBUTIONS_MAX; equal sids may stand side by side. `more`:
 * two or more clients made path claims. `software` lifts the stop for want of content. */
void score_unite(const struct contribution *items, size_t count, bool more, bool software,
                 struct score *score);
/* A service whose case is known is taken for at least so much, if anything is credited to it at all. */
void score_lift(struct score *score, uint8_t least);
/* The level of a score that needs no further condition. */
enum level score_level(uint8_t score);
