/*
 * Names that clients asked DNS for, where a rule or an order's list knows them (verdict/verdict.h). A name is
 * resolved before anybody asks its server for something: so what was found is kept until a server of the name
 * has evidence of its own, and is credited to it then. No server is known by a question, and none is made.
 */
#pragma once

#include "daemon/verdict/clients_priv.h"
#include "daemon/verdict/evidence_priv.h"
#include "daemon/verdict/list_priv.h"
#include "daemon/verdict/table_priv.h"

struct service;
struct verdict;
struct watch_entry;
struct worker_record;

/* Rules kept of one name: with the sids that a service may have of itself when they are credited, fewer than
 * the least that verdict.max_evidence may be. */
enum { ASKED_EVIDENCE_MAX = 2 };

struct asked_name {
    struct table_node node;   /* by name */
    struct list_link by_seen; /* the longest unasked first: eviction and expiry */
    char *name;               /* owned */
    struct evidence_set evidence;
    struct clients clients;
    int64_t first_us;
    int64_t last_us;
    bool changed; /* since it was last told */
    struct {
        uint64_t number; /* in the order of first telling, among services and names; 0: never */
        int64_t time_us;
        uint64_t clients;
    } told;
};

/* The one that was asked for after this one (NULL: of all) the longest ago; NULL at the end. */
const struct asked_name *asked_next(const struct verdict *verdict, const struct asked_name *asked);
/* A hit of NAME_FROM_DNS: kept, and credited to the servers of the name. */
void asked_take(struct verdict *verdict, const struct worker_record *record);
/* A service came to have evidence: what was asked before is credited. True where it changed something. */
bool asked_credit(struct verdict *verdict, struct service *service);
/* Lists, settings or guards are others: takes back what rested on the entries that were touched (with `count`
 * 0 on any), and forgets what is beyond the cap. */
void asked_recheck(struct verdict *verdict, const struct watch_entry *touched, size_t count);
/* Clients are hashed under another key. */
void asked_carry_clients(struct verdict *verdict);
/* Forgets names that nobody asked for any more. */
void asked_tick(struct verdict *verdict);
/* A last refresh for each name of which something changed. */
void asked_finish(struct verdict *verdict);
void asked_free(struct verdict *verdict);
