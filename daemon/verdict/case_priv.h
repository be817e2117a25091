/*
 * Cases: services that answer as one system (verdict/verdict.h). What ties them is either a fingerprint that
 * several services bear, or the same name at several servers.
 *
 * Every service that bears a fingerprint is in the case that this fingerprint leads to: where it bears two
 * that lead to different cases, these become one. A name alone never joins two cases: it only takes in a
 * service that bears no fingerprint.
 */
#pragma once

#include "daemon/verdict/list_priv.h"
#include "daemon/verdict/table_priv.h"
#include "verdict/detection.h"

struct service;
struct verdict;

/* Fingerprints of one kind kept of one service: a catalogue changes with each new channel. */
enum { SERVICE_TIES_EACH = 4, SERVICE_TIES_MAX = 2 * SERVICE_TIES_EACH };

/* A fingerprint that services bear. */
struct tie_record {
    struct table_node node;
    enum tie type;
    uint64_t print;
    struct case_record *leads_to;
    size_t bearers;
    size_t confirmed; /* bearers that are so by their own evidence */
};

struct service_tie {
    enum tie type;
    uint64_t print;
    struct tie_record *record; /* NULL while the service may not bear it */
};

struct service_ties {
    size_t count;
    struct service_tie items[SERVICE_TIES_MAX]; /* in the order in which they were shown */
};

struct case_record {
    struct table_node by_id;
    struct list_link by_use; /* the one longest unused first */
    struct list_link members;
    size_t member_count;
    size_t by_name; /* members that their name alone ties */
    char id[DETECTION_ID_SIZE];
    int64_t since_us;
    size_t ties[TIE_COUNT];   /* fingerprints that lead here */
    size_t shared[TIE_COUNT]; /* of these, those that several services bear */
};

/* What a service has of it. */
struct case_membership {
    struct service_ties *ties; /* owned; NULL where it showed none */
    struct case_record *of;    /* NULL where it is in none */
    struct list_link link;     /* in the case's list */
    bool by_name;              /* its name alone ties it */
    bool name_holds;           /* namesake.c: the name is its own, as far as can be seen */
    bool confirmed;            /* by evidence of its own: lifts those that bear the same fingerprint */
    bool moves;                /* to be told as moved: known already when the case came to be known */
};

/* ---- case.c: who is in which case */

/* Brings a service into the case where it belongs now; may make a case, and dissolve another for room. */
void case_settle(struct verdict *verdict, struct service *service);
/* The service goes, and what it bears. */
void case_forget(struct verdict *verdict, struct service *service);
/* For a state file: it was in the case of this id. */
void case_restore(struct verdict *verdict, struct service *service, const char *id, int64_t since_us,
                  bool by_name);
/* Into this case and out of the one it is in; it bears nothing any more where this one is full. */
void case_move(struct verdict *verdict, struct case_record *record, struct service *service, bool by_name);
/* Out of its case; it bears nothing any more. */
void case_leave(struct verdict *verdict, struct service *service);
/* The one with this id, or a new one, to which the caller gives a member at once. `text` is what the id is
 * the digest of. */
struct case_record *case_ensure(struct verdict *verdict, const char *text);
/* Whether one case has room for the services of both. */
bool case_can_merge(struct verdict *verdict, const struct case_record *a, const struct case_record *b);
/* Makes two cases one; the elder stays. */
struct case_record *case_merge(struct verdict *verdict, struct case_record *a, struct case_record *b);
/* Forgets what is beyond the cap of a reload. */
void case_shrink(struct verdict *verdict);
void case_count(struct verdict *verdict);
/* Which of two services was met first. */
bool case_met_before(const struct service *a, const struct service *b);
bool case_is_elder(const struct case_record *a, const struct case_record *b);
struct service *case_first(const struct case_record *record);
struct service *case_next(const struct case_record *record, struct service *member);

/* ---- tie.c: fingerprints */

/* The service showed a fingerprint. True where it is news. */
bool tie_show(struct verdict *verdict, struct service *service, enum tie type, uint64_t print);
/* The service bears what it showed, and is in the case that this leads to. */
void tie_settle(struct verdict *verdict, struct service *service);
/* It bears nothing any more; what it showed is remembered. */
void tie_release(struct verdict *verdict, struct service *service);
/* The same, and nobody is judged again for it. */
void tie_release_quietly(struct verdict *verdict, struct service *service);
/* Its own evidence confirms it now, or does not any more: those that bear the same are judged again. */
void tie_confirm(struct verdict *verdict, struct service *service, bool confirmed);
/* Whether another service with the same fingerprint is confirmed by its own evidence. */
bool tie_lifts(const struct service *service);
/* What is shown by a nameless service is the named one's that it lends to. */
void tie_hand_over(struct verdict *verdict, struct service *from, struct service *to);

/* ---- namesake.c: the same name elsewhere */

/* Takes a service without fingerprints into the case of its namesake. */
void namesake_settle(struct verdict *verdict, struct service *service);
/* Whether the server's answers are proof that somebody asked for, under the name of this very service. */
bool namesake_has_proof(const struct service *service);

/* ---- case_describe.c: what is told of it */

/* Whether the case is known at another address: the service is then told as moved, not as new. */
bool case_is_known_elsewhere(const struct verdict *verdict, const struct service *service);
/* A service came in, or two cases became one: who of those told is to be told as moved. */
void case_note_move(struct verdict *verdict, struct service *service);
void case_describe(struct detection *detection, const struct service *service);
/* Appends the case's other addresses, and twins by name, to the detection's related ones. */
void case_describe_related(const struct verdict *verdict, struct detection *detection,
                           const struct service *service);
/* Whether a detection shows the case. */
bool case_is_shown(const struct case_record *record);
/* Bits 1 << enum tie: what ties its services. */
unsigned case_ties(const struct case_record *record);
