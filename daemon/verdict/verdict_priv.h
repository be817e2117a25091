/*
 * What the files of the verdict share: the service, the verdict, and the doors of each file.
 *
 * Life of a hit (verdict.c): guard.c may drop it; store.c finds or makes the service and its address record;
 * evidence.c keeps it; judge.c unites the evidence into a score and decides what is told, once a packet;
 * block.c judges whether a block could be proposed; tell.c fills the detection and keeps the timers.
 * state_*.c carry all of it over a restart, explain.c prints it.
 */
#pragma once

#include "base/clock.h"
#include "base/hash_set.h"
#include "daemon/verdict/address_record_priv.h"
#include "daemon/verdict/asked_priv.h"
#include "daemon/verdict/case_priv.h"
#include "daemon/verdict/clients_priv.h"
#include "daemon/verdict/evidence_priv.h"
#include "daemon/verdict/list_priv.h"
#include "daemon/verdict/notice_priv.h"
#include "daemon/verdict/related_priv.h"
#include "daemon/verdict/table_priv.h"
#include "daemon/verdict/verified_priv.h"
#include "verdict/score.h"
#include "verdict/verdict.h"

/* What is added up of a service beside its evidence; two of them merge when one service lends to another. */
struct service_facts {
    int64_t first_us;
    int64_t last_us;
    uint64_t flows;
    uint64_t bytes;
    struct claimants claimants; /* of path claims */
    struct catalogue whole;     /* largest counts of whole documents, of cut ones */
    struct catalogue cut;
    uint8_t directions;
    bool answered; /* what somebody asked for */
    bool proxy;
    bool test;
};

/* The newest description of a stream of this service. */
struct known_stream {
    struct stream_description is;
    int64_t time_us;
};

/* What the outside knows of a service. */
struct told {
    uint64_t number; /* in the order of first telling, from 1; 0: never told */
    int64_t time_us;
    enum level level; /* LEVEL_NONE: never told, or taken back since */
    bool eligible;
    enum block_scope scope; /* of what is eligible */
    uint64_t clients;
    bool moved; /* told as moved once: a service moves into its case once */
};

struct service {
    struct service_key key;
    uint64_t number; /* in the order of making */
    struct table_node by_key;
    struct table_node by_name;   /* only where it has one */
    struct list_link by_seen;    /* all services, the longest unseen first: expiry */
    struct list_link by_rank;    /* those of this level, the longest unseen first: eviction */
    struct list_link at_address; /* of its address record */
    struct list_link timer;      /* waiting or due for a refresh */
    struct list_link ripening;   /* time alone will make it eligible, or end that */
    struct list_link dirty;      /* to be judged when the records of this packet are all in */
    enum cause rise_cause;       /* while it is dirty: why it may have risen, why fallen */
    enum cause fall_cause;
    enum name_source name_from; /* what showed it in the clear first of all; _COUNT until a record told */
    struct address_record *address;
    struct service *lends_to;     /* of a nameless one: the named one that its evidence counts for */
    struct service *borrows_from; /* of a named one: the nameless one */
    struct evidence_set evidence;
    struct clients clients;
    struct clients served; /* those of asked hits, not more than are kept exactly */
    struct service_facts facts;
    struct rights_holders *rights; /* owned; NULL where none is known */
    struct known_stream *stream;   /* owned; likewise */
    struct related_set related;
    struct case_membership membership;
    int64_t seen_us;
    enum level level;
    uint8_t score;
    bool shared_prefix;   /* guard_is_shared_prefix, kept because the lists are long */
    bool names_others;    /* its own evidence makes it at least suspected: those it names gain */
    bool numbers_changed; /* since it was last told */
    bool evidence_changed;
    bool noticed; /* a notice of seizure came from its server, and no proof since */
    int64_t ripe_us;
    struct told told;
};

/* A server whose hits a guard dropped, for verdict_explain: the first ones. */
struct guarded {
    struct service_key key;
    enum block_reason reason;
    uint64_t hits;
};
enum { GUARDED_MAX = 32 };

struct verdict {
    struct verdict_settings settings; /* lists and texts borrowed */
    struct verdict_guards guards;
    struct hash_key key;
    char client_key[CLIENT_KEY_SIZE];
    bool replay;
    struct counter_cell *counters;
    verdict_emit_fn emit;
    void *context;

    int64_t now_us;                                     /* the largest time of any record */
    const struct watch_list *lists[VERDICT_LIST_COUNT]; /* borrowed; NULL is an empty one */
    bool list_known[VERDICT_LIST_COUNT];                /* it was told once */
    verdict_shared_fn tell_shared;
    void *tell_shared_context;
    bool recheck;     /* settings, guards or the state changed: judge everything at the next record */
    int64_t saved_us; /* of the loaded state, until the first record; 0 */
    uint64_t service_number;
    uint64_t told_number;
    uint64_t seq;

    struct table services;
    struct table names;
    struct table addresses;
    struct table related;
    struct table cases; /* by id */
    struct table ties;
    struct list_link cases_by_use;
    struct table notices; /* by name */
    struct list_link notices_by_seen;
    struct list_link notices_waiting; /* told less than detection.refresh ago */
    struct list_link notices_due;
    struct list_link notices_dirty;
    uint64_t notice_number;
    struct table asked; /* names that clients asked DNS for */
    struct list_link asked_by_seen;
    bool noticed; /* of the last notice: the packet, and who answered */
    uint64_t notice_packet;
    struct service_key notice_server;
    struct verified verified;
    int64_t dns_us; /* of the last answer of DNS; INT64_MIN: none */
    struct evidence_rules rules;
    struct list_link by_seen;
    struct list_link by_rank[LEVEL_COUNT];
    uint64_t at_level[LEVEL_COUNT]; /* services of each level, without those that lend */
    struct list_link waiting;       /* told less than detection.refresh ago, the longest ago first */
    struct list_link due;           /* told longer ago, and changed since */
    struct list_link ripening;
    struct list_link dirty; /* the first one first */
    uint64_t packet;        /* of the last record: order.packet */
    struct hash_set shown;  /* names and pages that were taken in this span (names_span) */
    int64_t shown_span;
    struct list_link idle_addresses;
    struct list_link inferring; /* addresses where somebody came to be confirmed: infer.c */
    uint64_t with_evidence;
    struct guarded guarded[GUARDED_MAX];
    size_t guarded_count;
};

/* ---- store.c: services and address records, their tables, caps and lists */

struct service *service_find(const struct verdict *verdict, const struct service_key *key);
/* Finds or makes; may forget other services for room, never `keep` (may be NULL). */
struct service *service_ensure(struct verdict *verdict, const struct service_key *key,
                               const struct service *keep);
void service_remove(struct verdict *verdict, struct service *service);
/* It was seen now. */
void service_touch(struct verdict *verdict, struct service *service);
void service_set_level(struct verdict *verdict, struct service *service, enum level level);
/* The nameless service lends to this named one from now on, or (NULL) to none. */
void service_lend(struct verdict *verdict, struct service *nameless, struct service *named);
struct address_record *address_find(const struct verdict *verdict, const struct address *address);
struct address_record *address_ensure(struct verdict *verdict, const struct address *address,
                                      const struct service *keep);
/* Forgets what is beyond the caps of a reload. */
void store_shrink(struct verdict *verdict);
/* Drops address records without services that were last used before `before_us`. */
void address_expire(struct verdict *verdict, int64_t before_us);
uint64_t hash_service(const struct verdict *verdict, const struct service_key *key);
uint64_t hash_name(const struct verdict *verdict, const char *name);
uint64_t hash_name_port(const struct verdict *verdict, const char *name, uint16_t port);
/* Sets the counters of what there is now. */
void store_count(struct verdict *verdict);
void store_init(struct verdict *verdict);
void store_free(struct verdict *verdict);

static inline struct service *service_of(struct list_link *link, size_t offset)
{
    return link == NULL ? NULL : (struct service *)((char *)link - offset);
}

static inline struct service *service_of_name(struct table_node *node)
{
    return node == NULL ? NULL : (struct service *)((char *)node - offsetof(struct service, by_name));
}

static inline struct service *first_seen_service(const struct verdict *verdict)
{
    return service_of(list_first(&verdict->by_seen), offsetof(struct service, by_seen));
}

static inline struct service *next_seen_service(const struct verdict *verdict, struct service *service)
{
    return service_of(list_next(&verdict->by_seen, &service->by_seen), offsetof(struct service, by_seen));
}

static inline struct service *first_at_address(const struct address_record *record)
{
    return service_of(list_first(&record->services), offsetof(struct service, at_address));
}

static inline struct service *next_at_address(const struct address_record *record, struct service *service)
{
    return service_of(list_next(&record->services, &service->at_address),
                      offsetof(struct service, at_address));
}

/* ---- guard.c: who is nobody's business, and who may never be blocked */

/* Whether the name is this address, written as address_print does. */
bool guard_is_literal_of(const char *name, const struct address *address);
/* The key as the verdict keeps it: the literal of its own address is no name. */
void guard_normalise(struct service_key *key);
/* Why a service is not judged at all: REASON_GUARD, REASON_HOME, REASON_OFFICIAL or REASON_NONE. */
enum block_reason guard_drops(const struct verdict *verdict, const struct service_key *key);
bool guard_allows(const struct verdict *verdict, const struct service_key *key);
bool guard_is_paste_host(const struct verdict *verdict, const char *name);
/* Whether an address stands for many servers: content networks, cloud front doors, translators. */
bool guard_is_shared_prefix(const struct verdict *verdict, const struct address *address);
/* A name that is no one service's own: a literal, a single label, a public suffix, a platform. */
bool guard_is_platform(const struct verdict *verdict, const char *name);
/* A name that can be one service's own: no literal, no single label, no public suffix. */
bool guard_names_one(const char *name);
/* Whether a server that an answer named may be shown. */
bool guard_shows_related(const struct verdict *verdict, const struct named_server *named);
/* Remembers a dropped hit for verdict_explain. */
void guard_note(struct verdict *verdict, const struct service_key *key, enum block_reason reason);

/* ---- listed.c: the operators' lists, and what other sensors tell of addresses */

static inline bool listed_is_evidence(uint32_t sid)
{
    return sid == VERDICT_SID_LISTED || sid == VERDICT_SID_LISTED_CLAIM;
}

/* Proof of what the server does; that an order names it, and it answered, is none. */
static inline bool evidence_is_own_proof(const struct evidence_rule *rule)
{
    return rule->kind == EVIDENCE_PROOF && !listed_is_evidence(rule->sid);
}

/* The entry that names the service, by its name or else by its address; of an order's list an active one.
 * `found` may be NULL; what it borrows lives as long as the list. */
bool listed_find(const struct verdict *verdict, enum verdict_list list, const struct service_key *key,
                 struct watch_entry *found);
bool listed_find_name(const struct verdict *verdict, enum verdict_list list, const char *name,
                      struct watch_entry *found);
/* Whether an order names it by this name: then nobody's word was needed for it. */
bool listed_verifies(const struct verdict *verdict, const char *name);
/* Whether one of the entries names it; with `count` 0 all are touched. */
bool listed_touches_name(const char *name, const struct watch_entry *touched, size_t count);
/* Takes evidence away that rests on an entry that is no more. */
void listed_refresh(struct verdict *verdict, struct service *service);
/* The order under which it is listed: the entry's source, or why it stands there, or the entry itself. */
void listed_name_order(const struct verdict *verdict, const struct service_key *key,
                       char out[DETECTION_ORDER_SIZE]);
/* Whether a sensor saw other names at this address than those of another one's service. */
bool listed_is_shared(const struct verdict *verdict, const struct address_record *record);
/* The address showed a name, or another sensor has a service here: tells where they are not the same. */
void listed_compare_elsewhere(struct verdict *verdict, struct address_record *record);

/* ---- facts.c: what two services together have */

void facts_merge(struct service_facts *into, const struct service_facts *from);
void facts_add_catalogue(struct service_facts *facts, const struct catalogue *catalogue);
/* False where nothing was counted. */
bool facts_catalogue(const struct service_facts *facts, struct catalogue *out);
void facts_free(struct service *service);

struct view;

/* True where a holder came to be known; `*lost` says that one had no room (RIGHTS_HOLDERS_MAX). */
bool facts_add_rights(struct service *service, const struct rights_holders *rights, bool *lost);
/* The newest description stands, but one that names its channel is not given up for one that does not. */
void facts_set_stream(struct service *service, const struct stream_description *stream, int64_t time_us);
/* Of a service and what is lent to it: the union of holders, and the newer description (NULL: none). */
void facts_rights(const struct view *view, struct rights_holders *out);
const struct stream_description *facts_stream(const struct view *view);

/* ---- judge.c: evidence into score, level and what follows */

/* A service with what is lent to it. */
struct view {
    const struct service *own;
    const struct service *lent;                               /* NULL where nothing is */
    const struct evidence *evidence[SCORE_CONTRIBUTIONS_MAX]; /* by sid; a sid may stand twice */
    size_t evidence_count;
    struct service_facts facts;
};

enum score_part {
    SCORE_ALL,
    SCORE_OWN,   /* its own evidence: without that of the daemon's sids, and not lifted */
    SCORE_ASKED, /* what somebody asked for: all that a block may rest on */
};

void view_make(struct view *view, const struct service *service);
/* What a list on a host of other people's files shows is not the host's: it stays below `confirmed`. */
bool view_has_content(const struct verdict *verdict, const struct view *view);
void view_score(const struct verdict *verdict, const struct view *view, enum score_part part,
                struct score *score);
/* Judges a service and tells what is to be told at once; `cause` is what brought it about. Never makes or
 * forgets a service; those that it names and that gain by it become dirty. */
void judge_service(struct verdict *verdict, struct service *service, enum cause cause);
/* The same once the records of this packet are all in: several of them make one detection. Of several causes
 * evidence is told where the service rises, the first other one where it falls. */
void judge_later(struct verdict *verdict, struct service *service, enum cause cause);
/* Judges those that are dirty, in the order in which they came to be. */
void judge_settle(struct verdict *verdict);
/* Ties the nameless service of this server to the one name it showed, or unties it. With `make` it may make
 * the named service, and so forget others; never the nameless one. The caller judges those tied; those
 * untied become dirty. */
void judge_lending(struct verdict *verdict, struct address_record *record, const struct service_key *server,
                   bool make);

/* ---- naming.c: evidence of being named by a known server */

/* Those that this related one points to gain, if its owner is known. */
void naming_give(struct verdict *verdict, const struct related *related);
/* A service that came to have evidence gains, if a known one named it before; the caller judges it. */
void naming_find(struct verdict *verdict, struct service *service);

/* ---- infer.c: what plain text says of a server's names under TLS */

/* A server showed this name; where a confirmed service speaks for it, it becomes one with inferred evidence.
 */
void infer_take(struct verdict *verdict, const struct service_key *key, const struct worker_record *record);
/* Takes inferred evidence away that nothing speaks for any more. The caller judges the service. */
void infer_recheck(struct verdict *verdict, struct service *service);
/* A service came to be confirmed by its own evidence, or is not any more: those that rest on it are judged,
 * and names that its address showed wait for infer_settle. */
void infer_follow(struct verdict *verdict, struct service *source, bool confirmed);
/* Looks at the names of one address that waits, which may make services and forget others. False where none
 * does. */
bool infer_settle(struct verdict *verdict);

/* ---- embed.c: portals and the streams that they play */

/* A page at the host `page` sent a client to this stream. */
void embed_take(struct verdict *verdict, const struct service_key *stream, const struct named_server *page);
/* A service that came to have evidence may be the page of streams that were met before. */
void embed_find(struct verdict *verdict, struct service *portal);

/* ---- block.c: may it be proposed */

enum block_approve { APPROVE_MANUAL, APPROVE_AUTO }; /* block.approve */

struct block_judgement {
    bool eligible;
    enum block_basis basis;
    enum block_scope scope;   /* SCOPE_NONE unless eligible */
    enum block_reason reason; /* REASON_NONE where eligible */
    /* Bits 1 << enum block_reason: what stands against any block, against one by address, by name. */
    uint32_t against;
    uint32_t against_address;
    uint32_t against_name;
    /* When age or watch, which alone are in the way now, will have passed, or what verifies the name of an
     * eligible one; or 0. */
    int64_t ripe_us;
};

void block_judge(const struct verdict *verdict, const struct view *view, const struct score *score,
                 struct block_judgement *block);
/* Clients that asked and were answered, up to the largest block.min_clients. */
uint64_t block_count_clients(const struct view *view);
bool block_has_basis(const struct verdict *verdict, enum block_basis basis);
bool block_is_automatic(const struct verdict *verdict);

/* ---- tell.c: detections on their way out */

void tell(struct verdict *verdict, struct service *service, enum state state, enum cause cause,
          const struct view *view, const struct score *score, const struct block_judgement *block,
          bool withdraw);
/* A last word, if it was told: a guard came to cover it, or it is silent. The caller removes it. */
void tell_end(struct verdict *verdict, struct service *service, enum state state, enum cause cause,
              enum block_reason reason);
/* Sends a detection on its way: state, cause, number and what the settings say of its block. */
void tell_emit(struct verdict *verdict, struct detection *detection, enum state state, enum cause cause);
/* Its numbers changed: a refresh will follow when it is due. */
void tell_later(struct verdict *verdict, struct service *service);

/* ---- take.c: what records change */

void take_hit(struct verdict *verdict, const struct worker_record *record);
void take_fact(struct verdict *verdict, const struct worker_record *record);
/* Keeps what the hit found as the service's evidence; true where its score may move. The caller judges it. */
bool service_take_evidence(struct verdict *verdict, struct service *service,
                           const struct worker_record *record);
/* A guard covers a service that was not covered before: told as withdrawn, and forgotten. */
void take_back(struct verdict *verdict, struct service *service, enum block_reason reason);

/* ---- timers.c: what a tick does, and the end */

void timers_tick(struct verdict *verdict);
/* Tells of what the last ticks left for those to come. */
void timers_finish(struct verdict *verdict);
/* A refresh now, if something changed since it was last told. */
void timers_refresh(struct verdict *verdict, struct service *service);

enum level settings_min_level(const struct verdict *verdict);

/* ---- describe.c: what a detection says */

struct detection *describe(const struct verdict *verdict, const struct view *view, const struct score *score);
/* `content`: whether its marks of content count. */
void describe_evidence_of(struct detection_evidence *out, const struct evidence *evidence, bool content);
/* Catalogue, rights holders, stream. */
void describe_content(struct detection *detection, const struct view *view);
enum family describe_family(const struct view *view);
uint16_t describe_roles(const struct verdict *verdict, const struct view *view, const struct score *score);
const char *describe_make(const struct view *view);
