/*
 * Which rules are worth a look at an event (prefilter.c): those one of whose literals stands in its buffer,
 * and those that have none. Rules that the form of the answer excludes are neither searched nor asked.
 */
#pragma once

#include "daemon/rule/pattern_priv.h"
#include "daemon/rule/rule_priv.h"

struct prefilter;
struct hs_scratch;

/* The form of an answer: bit 0 where none was seen, else that of its body's kind. At STAGE_ENDED the form of
 * the document: the bit whose number is made of enum prefilter_document. */
enum { PREFILTER_FORMS = BODY_KIND_COUNT + 1 };
enum prefilter_document { DOCUMENT_M3U = 1, DOCUMENT_API = 2, DOCUMENT_PAGE = 4, DOCUMENT_FORMS = 8 };

#define PREFILTER_FORM(kind) (UINT32_C(2) << (kind))
#define PREFILTER_ALL_FORMS  ((UINT32_C(1) << PREFILTER_FORMS) - 1)

_Static_assert(PREFILTER_FORMS < 32 && PREFILTER_FORMS >= (int)DOCUMENT_FORMS, "a bit for each form");

struct prefilter *prefilter_create(struct rule_body *const *bodies, size_t count,
                                   struct diagnostics *diagnostics);
void prefilter_free(struct prefilter *prefilter);

/* One thread's room for searching. */
struct prefilter_scratch {
    uint32_t *told;              /* of each text the last event at which it was found */
    struct hs_scratch **library; /* borrowed; large enough for all databases */
    uint32_t event;
};

struct prefilter_scratch prefilter_scratch_make(const struct prefilter *prefilter,
                                                struct hs_scratch **library);
void prefilter_scratch_free(struct prefilter_scratch *scratch);

typedef void (*prefilter_candidate_fn)(void *context, uint32_t rule);
/* Calls for each rule of `stage` one of whose literals stands in its buffer; for one with several literals
 * possibly several times. */
void prefilter_scan(const struct prefilter *prefilter, enum rule_stage stage, const struct rule_view *view,
                    struct prefilter_scratch *scratch, prefilter_candidate_fn candidate, void *context);
/* The rules of a stage that have no literal: asked at each of its events with an answer of this form. */
const uint32_t *prefilter_unconditional(const struct prefilter *prefilter, enum rule_stage stage,
                                        const struct rule_view *view, size_t *count);

/* ---- prefilter_choice.c */

/* Texts of one buffer, one of which stands there wherever the rule matches. */
struct prefilter_choice {
    const struct keyword *buffer;
    enum rule_side side;
    bool nocase;
    size_t count;
    struct slice texts[LITERALS_MAX]; /* the rule's: a content, or the literals of a pattern */
};

/* What buffers are full of, in lower case. */
struct slice prefilter_ordinary_text(void);

/* In how many places of a set's rules a text stands, by its hash. */
struct prefilter_popularity {
    uint16_t counts[1 << 16];
};

/* Adds the texts of one rule. */
void prefilter_count_texts(const struct rule_body *body, struct prefilter_popularity *popularity);
/* The texts by which the rule is found; false where it has none. */
bool prefilter_choose(const struct rule_body *body, struct prefilter_popularity *popularity,
                      struct prefilter_choice *out);
/* Forms of answers with which the rule may match. */
uint32_t prefilter_forms(const struct rule_body *body);
/* The form of an event's answer or document, as its bit's number. */
unsigned prefilter_form_of(enum rule_stage stage, const struct rule_view *view);
