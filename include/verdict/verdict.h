/*
 * The verdict: hits and facts in, detections out (design, section 7). Lives on the main thread alone and
 * owns all evidence. Time is what the records bear; timers act on ticks only.
 */
#pragma once

#include "base/counter.h"
#include "base/failure.h"
#include "base/hash.h"
#include "base/option.h"
#include "rule/name_set.h"
#include "rule/rule_hit.h"
#include "verdict/detection.h"

struct verdict_settings {
    int min_level;            /* detection.min_level: choice observed, suspected, confirmed */
    int64_t refresh;          /* detection.refresh: at most one refresh of a service in this time (10 min) */
    int64_t expire;           /* verdict.expire: a service unseen for so long is forgotten (7 d) */
    uint64_t max_services;    /* verdict.max_services */
    uint64_t max_addresses;   /* verdict.max_addresses: address records */
    uint64_t max_names;       /* verdict.max_names: names kept for one address */
    uint64_t max_evidence;    /* verdict.max_evidence: sids kept for one service */
    bool private_servers;     /* verdict.private_servers: judge private, shared and link-local servers too */
    struct text_list block_basis; /* block.basis: of content, listed, software */
    uint64_t block_min_clients;   /* block.min_clients */
    int64_t block_min_age;        /* block.min_age */
    int64_t block_min_watch;      /* block.min_watch */
    int64_t block_duration;       /* block.duration */
    bool block_require_verified;  /* block.require_verified */
    int block_approve;            /* block.approve: choice manual, auto */
    char *block_order;            /* block.order */
    bool block_replay;            /* block.replay */
    struct prefix_list shared;    /* block.shared_prefixes: never blockable by address */
    char *state_file;             /* verdict.state_file: "" keeps none */
};

#define VERDICT_COUNTERS(X)                                                                                  \
    X(VERDICT_HITS, "hits", "Rule hits taken")                                                               \
    X(VERDICT_GUARDED, "guarded", "Hits dropped by a guard: private servers")                                \
    X(VERDICT_OFFICIAL, "official", "Hits dropped because the name is on the official list")                 \
    X(VERDICT_ALLOWED, "allowed", "Hits dropped because the name or address is on the allow list")           \
    X(VERDICT_UNCREDITED, "uncredited", "Client headers not credited for want of a path claim or proof")     \
    X(VERDICT_SERVICES, "services", "Services with evidence now")                                            \
    X(VERDICT_SERVICES_EVICTED, "services_evicted", "Services forgotten because the table was full")         \
    X(VERDICT_ADDRESSES, "addresses", "Address records now")                                                 \
    X(VERDICT_ADDRESSES_EVICTED, "addresses_evicted", "Address records forgotten because the table was full") \
    X(VERDICT_EVIDENCE_FULL, "evidence_full", "Hits not kept because a service had too many sids")           \
    X(VERDICT_BELOW, "below", "Changes below detection.min_level, only counted")                             \
    X(VERDICT_DETECTIONS, "detections", "Detections made")

enum COUNTER_ENUM(verdict, VERDICT_COUNTERS);
extern const struct counter_table verdict_counters;
extern const struct option_table verdict_options; /* over struct verdict_settings */

/* Borrowed lists and prefixes; all must outlive the verdict or the next verdict_set_guards. */
struct verdict_guards {
    const struct name_set *official; /* never flagged; may be NULL */
    const struct name_set *allow;
    const struct name_set *paste_hosts; /* hosts of other people's files: a playlist there, never blockable */
    const struct prefix_list *allow_prefixes;
    const struct prefix_list *home;
};

/* Takes ownership of the detection. */
typedef void (*verdict_emit_fn)(void *context, struct detection *detection);

struct verdict;

/* `client_key` names the key under which workers hash clients (its first 16 hex digits of SHA-256). */
struct verdict *verdict_create(const struct verdict_settings *settings, const struct verdict_guards *guards,
                               const struct hash_key *table_key, const char *client_key, bool replay,
                               struct counter_cell *counters, verdict_emit_fn emit, void *context);
void verdict_free(struct verdict *verdict);
void verdict_set_settings(struct verdict *verdict, const struct verdict_settings *settings,
                          const struct verdict_guards *guards);

/* Record by record; RECORD_HIT, RECORD_FACT and RECORD_TICK. */
void verdict_take(struct verdict *verdict, const struct worker_record *record);

/* Text for --explain: every service with evidence, how its score came about (contributions in order, reason
 * groups, caps, guards), what is missing for the next level and for a block. */
void verdict_explain(const struct verdict *verdict, FILE *out);

/* The state file: no client data in it. A missing file is no failure; a broken one is told and left aside. */
bool verdict_save(const struct verdict *verdict, const char *path, struct failure *failure);
bool verdict_load(struct verdict *verdict, const char *path, struct failure *failure);

/* How many levels services have now: index enum level. */
void verdict_count_levels(const struct verdict *verdict, uint64_t counts[LEVEL_COUNT]);
