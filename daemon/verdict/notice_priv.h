/*
 * Names in whose place a notice stands (verdict/verdict.h): what is known of a name alone. The server that
 * shows the notice is nobody's: it becomes no service, takes and gives no evidence, and is never named.
 */
#pragma once

#include "daemon/verdict/clients_priv.h"
#include "daemon/verdict/evidence_priv.h"
#include "daemon/verdict/list_priv.h"
#include "daemon/verdict/table_priv.h"
#include "verdict/detection.h"

struct service;
struct verdict;
struct worker_record;

/* Rules that are kept of one name. */
enum { NOTICE_EVIDENCE_MAX = 8 };

struct notice_record {
    struct table_node node;   /* by name */
    struct list_link by_seen; /* the longest unseen first: eviction and expiry */
    struct list_link timer;   /* waiting or due for a refresh */
    struct list_link dirty;   /* something of it is to be told at once */
    uint64_t number;          /* in the order of making */
    char *name;               /* owned */
    enum notice notice;       /* what stands there; NONE where its servers answered again since */
    bool was_blocked;         /* told as blocked: that is told once */
    bool waits;               /* a notice of seizure that nothing vouches for yet */
    struct claimants seizers; /* who was shown one since the name was active last */
    struct address server;    /* where the last one was shown */
    uint16_t port;
    enum transport transport;
    int64_t noticed_us;
    int64_t active_us; /* a server gave proof under the name, to somebody who asked; INT64_MIN: never */
    int64_t first_us;
    int64_t last_us;
    enum family family; /* of the rule that found it */
    uint16_t roles;
    struct evidence_set evidence;
    struct clients clients;
    bool changed; /* since it was last told */
    struct {
        uint64_t number; /* in the order of first telling, among services and names; 0: never */
        int64_t time_us;
        enum notice notice; /* as it was told last */
        uint64_t clients;
    } told;
};

/* ---- notice.c: what stands in a name's place */

/* A hit of a rule with `notice`. */
void notice_take(struct verdict *verdict, const struct worker_record *record);
/* The name came to be verified for this address: a notice there may have waited for it. */
void notice_verified(struct verdict *verdict, const struct service_key *key);
/* Whether a fact is about the answer that was such a notice: it says nothing of the name's servers. */
bool notice_covers(const struct verdict *verdict, const struct worker_record *record);
/* A server gave proof under this name to somebody who asked: the name is active. */
void notice_answered(struct verdict *verdict, const char *name);
bool notice_is_seized(const struct verdict *verdict, const char *name);
struct notice_record *notice_ensure(struct verdict *verdict, const char *name);
struct notice_record *notice_find(const struct verdict *verdict, const char *name);
void notice_remove(struct verdict *verdict, struct notice_record *record);
/* Forgets what is beyond the cap of a reload, and tells what a list came to cover. */
void notice_recheck(struct verdict *verdict);
void notice_free(struct verdict *verdict);
struct notice_record *notice_first(const struct verdict *verdict);
struct notice_record *notice_next(const struct verdict *verdict, const struct notice_record *record);

/* ---- notice_tell.c: what is told of it, and when */

/* Tells what is to be told at once. */
void notice_settle(struct verdict *verdict);
void notice_tell_later(struct verdict *verdict, struct notice_record *record);
void notice_tell_end(struct verdict *verdict, struct notice_record *record, enum state state,
                     enum cause cause, enum block_reason reason);
/* Refreshes that are due, and names unseen for verdict.expire. */
void notice_tick(struct verdict *verdict);
/* A last refresh for each name of which something changed. */
void notice_finish(struct verdict *verdict);
/* The name's service with the highest score, the oldest of equals; NULL where none has evidence. */
const struct service *notice_best_service(const struct verdict *verdict, const char *name);
/* Its score: by the notice, or what its services have at least. */
uint8_t notice_score(const struct notice_record *record, const struct service *best);
