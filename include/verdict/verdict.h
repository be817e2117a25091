/*
 * The verdict: hits and facts in, detections out (design, section 7). Lives on the main thread alone and
 * owns all evidence. Time is what the records bear; timers act on ticks only.
 *
 * What it keeps. A *service* (transport, address, port, name) has evidence by sid, clients, a catalogue and
 * what it named. An *address record* has the names that the address showed (answered 2xx or 3xx under), and
 * never scores. A name that is the literal of its own address is no name. Evidence without a name counts for
 * the one name that the server (address and port) has shown, as long as it is the only one: the nameless
 * service then lends to the named one and is not told itself; a second name unties the two again.
 *
 * A name is the word of whoever sent it: panels answer under any name. It is *verified* for an address where
 * an answer of DNS that two clients saw (hashed under one key), or that came from a trusted resolver, gives
 * it this address (FACT_ADDRESS), or where a certificate of that server is good for it (FACT_CERTIFICATE):
 * for the answer's time to live, at most verdict.verified_ttl, and verdict.verified_hold. Of two clients'
 * answers the one that ends first counts. A block by name rests on it while it is in force; where it only
 * lapses, what was proposed is not taken back but runs out by itself. Names are resolved before anybody asks
 * their server for anything: so all answers are kept for a while, whether a service is known there or not.
 * What is in force for a service of the state file survives a restart.
 *
 * Guards come before any score: servers of private, shared, unique-local, link-local and loopback addresses
 * are dropped unless verdict.private_servers, multicast and unspecified ones always; names on the official
 * list are dropped. Any client can call any server by such a name: so it makes an address shared like every
 * name, but takes no nameless evidence, and leaves that and other names' evidence as they are. A server
 * inside network.home arrives as a pseudonym of 100::/64: the worker replaced the address before the ring,
 * because main has no business with it; one that arrives as it is nevertheless is dropped. An allow entry
 * stops blocks only.
 *
 * Catalogue: of each kind (live, movies, series, groups) the largest count that a whole document held; a
 * count out of cut documents stands in only where no whole one held that kind. A smaller list that comes
 * later (another account, another bouquet) therefore changes nothing: the catalogue tells what the service
 * was seen to offer. So it is with the rights holders whose channels it lists: their union. Of streams the
 * newest description stands, but one that names its channel is not given up for one that does not.
 *
 * Being named by a server whose own evidence makes it at least `suspected`, at another address, is evidence
 * of its own with the sid VERDICT_SID_NAMED: a claim of weight 10 by no client, credited like a client
 * header (only beside a path claim or proof). So it never lifts claims over their cap.
 *
 * An entry of an order's list (VERDICT_SID_LISTED, VERDICT_SID_LISTED_CLAIM) shows the content, so that proof
 * of another kind makes `confirmed`, and is a basis for a block of its own; but it says nothing of what the
 * server does: it ties it to no case, speaks for no other server, and ends no notice. Where the entry goes,
 * so does the evidence.
 *
 * A name that clients ask DNS for (hits with NAME_FROM_DNS: of rules, or because an order's list names it) is
 * their word and no server's: it makes no service, whatever addresses the answer gives. What was found is
 * credited to the services of the name, those known and those that come to be known within verdict.expire (no
 * more than verdict.max_asked names are remembered, and none over a restart), a rule's like a client header.
 * Where an order names it, and neither a service nor a notice is known under it, it is told by itself:
 * subject host, `observed`, and never more, so only where detection.min_level is that.
 *
 * Of a server under TLS no more than a name is seen (FACT_NAME with NAME_FROM_TLS or _QUIC). Where plain text
 * has confirmed a service, by evidence of its own, that name is evidence with the sid VERDICT_SID_INFERRED:
 *   - at the same address, which lies in no shared prefix and showed names of one site only, under a name of
 *     that site (so nameless evidence speaks for all of them);
 *   - under the same name, at another address too, if that is verified for both.
 * It is a claim by no client, of the family of what it rests on, says in its field what was seen and in its
 * value what confirmed it, and is taken away where that is confirmed no more or other names show up. It lifts
 * to `suspected` and no further: it proves nothing, so it neither confirms, nor names others, nor can be
 * blocked. Ports and timing never make a detection.
 *
 * A page that sent a client to a stream (FACT_EMBEDDED: the word of the client's header) stands in the
 * stream's `related`; where a service of the page's host has evidence of its own, the stream stands in that
 * one's, too, and either is named by the other as above. Pages of official names and of platforms are left
 * out.
 *
 * A *case* ties services that answer as one system. A service is in one where its own server's answer to
 * what somebody asked is proof, and then
 *   - by a fingerprint (FACT_TIE: the panel's part of its tokens, its catalogue) that several services bear.
 *     A service that bears two makes one case of two. Who bears the very same fingerprint as a service that
 *     is confirmed by evidence of its own is taken for `suspected` at least (struct score, `lifted`): a floor
 *     under its level, no evidence of its own, so that nothing of it counts for `confirmed` or for a block;
 *   - by its name, where that has a namesake in the same state at another server. A name is the word of
 *     whoever sent it: it must be verified there, or be the one that most clients of that server use; it
 * takes in only services that bear no fingerprint, makes no case of two, and lifts nobody. Where A and AAAA
 * of one name are verified at once for two known services, these are twins (`related`), in a case or not, and
 * neither has moved to the other. A service that comes into a case of which another address was told before
 * is told as `moved`, not as `new`; and where it was told before the fingerprint was seen (a login is
 * answered before the list), once as `moved` then, if the case is confirmed. A case's id is made of what tied
 * its first two services (or of the first fingerprint): the same at every sensor that met the same one first.
 * It stays when more fingerprints come, and of two cases that become one the elder stays; so sensors that met
 * them in another order know one system under two ids. An id that followed the smallest of all fingerprints
 * would be the same everywhere and change each time one came or went.
 *
 * A *notice* (rule_hit.notice) is about the name that was asked for, and told of that alone (subject host):
 * the server that showed it becomes no service and is never named. It counts only where a request and its
 * answer were seen, and never for official names, platforms and hosts of other people's files.
 *   - `seized`: told once, at once; a proposal or block of the name ends with it. The services under the name
 *     stay under watch as they are, with their evidence: only the name was taken, their servers go on under
 *     others. They are therefore neither lowered nor withdrawn (in Redis that would put their evidence away);
 *     those that were eligible by the name are told as a refresh that ends this. Proposals by address stand,
 *     but not those of the server that showed the notice, until it gives proof again.
 *   - One client and one server together can make up a notice for anybody's name. So it counts where two
 *     clients (under one key) were shown one, or where the name is verified for the address that shows it.
 * The word of one client is enough where nothing speaks against it: no server at another address, for which
 *     the name is verified, gave proof under it within an hour; and either the mirror shows no DNS (no answer
 *     within an hour), or an answer, be it that client's own, gives the name this address. Otherwise the
 *     notice waits.
 *   - A pirate can show a notice to get rid of a block. So the next proof of a server under the name, asked
 *     and answered, makes it active again (`raised`), and then a further notice is believed only where an
 * hour passed without such proof.
 *   - `blocked`: told once. Nothing ends by it: a block that works is no reason to end it, and proof under
 * the name says only that the block has holes. A name of which nothing else is known is `suspected` where it
 * was seized, `observed` where it is blocked (providers block much else); both are told whatever
 * detection.min_level is.
 *
 * Family: of the systems (every family but m3u, hls-restream, mpegts-http, which are formats that any system
 * serves) the one that proof speaks for most, if by 50 or more; else the one of all families.
 */
#pragma once

#include <stdio.h>

#include "base/counter.h"
#include "base/failure.h"
#include "base/hash.h"
#include "base/option.h"
#include "rule/rule_hit.h"
#include "rule/watch_list.h"
#include "verdict/detection.h"

struct verdict_settings {
    int min_level;            /* detection.min_level: choice observed, suspected, confirmed */
    int64_t refresh;          /* detection.refresh: at most one refresh of a service in this time (10 min) */
    int64_t expire;           /* verdict.expire: a service unseen for so long is forgotten (7 d) */
    uint64_t max_services;    /* verdict.max_services */
    uint64_t max_addresses;   /* verdict.max_addresses: address records */
    uint64_t max_names;       /* verdict.max_names: names kept for one address */
    uint64_t max_per_address; /* verdict.max_per_address: services kept at one address */
    uint64_t max_evidence;    /* verdict.max_evidence: sids kept for one service */
    uint64_t max_cases;       /* verdict.max_cases */
    uint64_t max_per_case;    /* verdict.max_per_case: services of one case */
    uint64_t max_notices;     /* verdict.max_notices: names in whose place a notice stands */
    uint64_t max_asked;       /* verdict.max_asked: names that clients asked DNS for */
    uint64_t max_verified;    /* verdict.max_verified: names with an address, from DNS and certificates */
    int64_t verified_ttl;     /* verdict.verified_ttl: an answer counts for no longer time to live */
    int64_t verified_hold;    /* verdict.verified_hold: ... and so much longer than that */
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
    X(VERDICT_GUARDED, "guarded", "Hits dropped by a guard: private servers and the like")                   \
    X(VERDICT_OFFICIAL, "official", "Hits dropped because the name is on the official list")                 \
    X(VERDICT_ALLOWED, "allowed", "Hits on servers of the allow list: shown, never blocked")                 \
    X(VERDICT_UNCREDITED, "uncredited", "Client headers not credited for want of a path claim or proof")     \
    X(VERDICT_ASKED_UNKNOWN, "asked_unknown",                                                                \
      "Hits on names that clients asked DNS for, and of which no server has evidence")                       \
    X(VERDICT_ASKED, "asked", "Names now that clients asked DNS for and a rule or an order's list knows")    \
    X(VERDICT_ASKED_EVICTED, "asked_evicted",                                                                \
      "Names asked for that were forgotten because the table was full")                                      \
    X(VERDICT_SERVICES, "services", "Services with evidence now")                                            \
    X(VERDICT_OBSERVED, "observed", "Services whose level is observed now")                                  \
    X(VERDICT_SUSPECTED, "suspected", "Services whose level is suspected now")                               \
    X(VERDICT_CONFIRMED, "confirmed", "Services whose level is confirmed now")                               \
    X(VERDICT_SERVICES_EVICTED, "services_evicted", "Services forgotten because the table was full")         \
    X(VERDICT_ADDRESSES, "addresses", "Address records now")                                                 \
    X(VERDICT_ADDRESSES_EVICTED, "addresses_evicted",                                                        \
      "Address records forgotten because the table was full")                                                \
    X(VERDICT_NAMES_FULL, "names_full", "Names not kept because their address had too many; it is shared")   \
    X(VERDICT_NAMES_LOST, "names_lost",                                                                      \
      "Names not taken because five minutes showed too many different ones")                                 \
    X(VERDICT_EVIDENCE_FULL, "evidence_full",                                                                \
      "Sids not kept because a service had too many; the weakest go")                                        \
    X(VERDICT_RELATED_FULL, "related_full", "Named servers not kept because a service named too many")       \
    X(VERDICT_RIGHTS_FULL, "rights_full",                                                                    \
      "Rights holders not kept because a service lists the channels of too many")                            \
    X(VERDICT_CASES, "cases", "Cases now: systems by which services are tied")                               \
    X(VERDICT_CASES_EVICTED, "cases_evicted", "Cases dissolved because the table was full")                  \
    X(VERDICT_CASES_MERGED, "cases_merged", "Cases that became one because a service belongs to both")       \
    X(VERDICT_CASE_FULL, "case_full", "Times that a service was not taken in because its case was full")     \
    X(VERDICT_TIES_FULL, "ties_full",                                                                        \
      "Fingerprints forgotten because a service showed too many; the first one goes")                        \
    X(VERDICT_NOTICES, "notices", "Hits on notices of seizure or blocking taken")                            \
    X(VERDICT_NOTICES_DROPPED, "notices_dropped",                                                            \
      "Notices that nobody asked for, or of names of platforms, official ones and the like")                 \
    X(VERDICT_NOTICES_DOUBTED, "notices_doubted",                                                            \
      "Notices of seizure not believed because the name's servers answered within an hour")                  \
    X(VERDICT_NOTICES_ALONE, "notices_alone",                                                                \
      "Notices of seizure that one client alone saw, where DNS or the name's servers speak against them")    \
    X(VERDICT_NOTICED, "noticed", "Names now in whose place a notice stands or stood")                       \
    X(VERDICT_NOTICED_EVICTED, "noticed_evicted",                                                            \
      "Names with a notice forgotten because the table was full")                                            \
    X(VERDICT_DNS_ANSWERS, "dns_answers", "DNS answers taken that give a name an address")                   \
    X(VERDICT_CERTIFICATES, "certificates", "Certificates taken that are good for a name of their server")   \
    X(VERDICT_INFERRED, "inferred", "Names under TLS that a confirmed server's plain text speaks for")       \
    X(VERDICT_PAIRS, "pairs", "Names with an address that are kept from DNS answers and certificates now")   \
    X(VERDICT_PAIRS_EVICTED, "pairs_evicted", "Names with an address forgotten because the table was full")  \
    X(VERDICT_EXPIRED, "expired", "Services forgotten because they were not seen any more")                  \
    X(VERDICT_BELOW, "below", "Changes below detection.min_level, only counted")                             \
    X(VERDICT_DETECTIONS, "detections", "Detections made")

enum COUNTER_ENUM(verdict, VERDICT_COUNTERS);
extern const struct counter_table verdict_counters;
extern const struct option_table verdict_options; /* over struct verdict_settings */

/* The most memory, in bytes, that all records take at these caps. */
uint64_t verdict_memory_most(const struct verdict_settings *settings);

/* Borrowed lists and prefixes; all must outlive the verdict or the next verdict_set_guards. */
struct verdict_guards {
    const struct watch_list *official;    /* never flagged; may be NULL, as all of them */
    const struct watch_list *allow;       /* names and addresses */
    const struct watch_list *paste_hosts; /* hosts of other people's files: a playlist, never blockable */
    const struct watch_list *platforms;   /* names whose sub-domains belong to many: never scope host */
    const struct watch_list *shared;      /* never blockable by address, beside block.shared_prefixes */
    const struct watch_list *order; /* named by an order, at this site; beside the list of all sensors */
    const struct prefix_list *home;
};

/* The daemon's own, where no rule writer goes. LISTED: an order's list names a service whose server answered,
 * LISTED_CLAIM: one that somebody asked for. INFERRED: plain text confirmed the server of a name under TLS.
 */
enum {
    VERDICT_SID_NAMED = 2147483647,
    VERDICT_SID_LISTED = VERDICT_SID_NAMED - 1,
    VERDICT_SID_LISTED_CLAIM = VERDICT_SID_NAMED - 2,
    VERDICT_SID_INFERRED = VERDICT_SID_NAMED - 3,
};

/* The operators' lists, as Redis has them; they stand beside those of the guards' files. */
enum verdict_list { VERDICT_LIST_ALLOW, VERDICT_LIST_OFFICIAL, VERDICT_LIST_ORDER, VERDICT_LIST_COUNT };

/* What the option table cannot say of one option alone; for -T and the start. */
bool verdict_settings_check(const struct verdict_settings *settings, struct failure *failure) MUST_CHECK;

/* Takes ownership of the detection. Must not call into the verdict. */
typedef void (*verdict_emit_fn)(void *context, struct detection *detection);

struct verdict;

/* `client_key` names the key under which workers hash clients (its first 16 hex digits of SHA-256). The
 * settings' lists and texts are borrowed as the guards are. */
struct verdict *verdict_create(const struct verdict_settings *settings, const struct verdict_guards *guards,
                               const struct hash_key *table_key, const char *client_key, bool replay,
                               struct counter_cell *counters, verdict_emit_fn emit, void *context);
void verdict_free(struct verdict *verdict);
/* A reload: at the next record every service is judged again, and what a list or guard now covers is told as
 * withdrawn and forgotten. */
void verdict_set_settings(struct verdict *verdict, const struct verdict_settings *settings,
                          const struct verdict_guards *guards);

/*
 * A list is another one from now on (borrowed, until the next one comes). Services that one of the `touched`
 * entries names, or all of them with `count` 0, are judged anew at once: what is official now is told as
 * withdrawn and forgotten; a proposal or block of what is allowed, or of what no order names any more, ends.
 * Evidence of being listed comes as hits (VERDICT_SID_LISTED) with the next packets, and goes here.
 */
void verdict_set_list(struct verdict *verdict, enum verdict_list list, const struct watch_list *now,
                      const struct watch_entry *touched, size_t count);

/*
 * Addresses as other sensors see them. A service of ours may not be blocked by an address at which any sensor
 * saw other names: verdict_take_shared tells until when that holds. Where another sensor has a service
 * (verdict_take_seen; "" without a name), the names that this sensor saw there are compared with it, now and
 * as more come, and `teller` gets an address where they are not the same.
 */
typedef void (*verdict_shared_fn)(void *context, const struct address *address, int64_t duration_us);
void verdict_set_shared_teller(struct verdict *verdict, verdict_shared_fn teller, void *context);
void verdict_take_shared(struct verdict *verdict, const struct address *address, int64_t until_us);
void verdict_take_seen(struct verdict *verdict, const struct address *address, const char *name);

/* Workers hash clients under another key from now on. Counts are carried, and never added to those under the
 * new key: of two counts the larger holds. */
void verdict_set_client_key(struct verdict *verdict, const char *client_key);

/* Record by record, of every type: the others only tell that their packet has come. Services are judged once
 * a packet (record->order.packet), so that what it brought is told in one detection: when a record of another
 * packet or a tick comes, at verdict_settle and at verdict_finish. */
void verdict_take(struct verdict *verdict, const struct worker_record *record);
/* No more records of the last packet will come, or not soon: a live sensor's ring is empty. */
void verdict_settle(struct verdict *verdict);
/* The end of a replay: a last refresh for every service with a changed number, in the order in which they
 * were first told, so that its last line holds the final numbers. */
void verdict_finish(struct verdict *verdict);

/* Text for --explain: every service with evidence, how its score came about (contributions in order, reason
 * groups, caps, guards), what is missing for the next level and for a block. */
void verdict_explain(const struct verdict *verdict, FILE *out);

/*
 * The state file: JSON, one object a line; written beside and renamed over. No client data and no
 * subscriber's server is in it: numbers of clients are carried as numbers, never added to those of the new
 * key. After loading, services that were told go on with `refresh`; the time between the two runs counts for
 * no watch.
 *
 * verdict_load wants an empty verdict. A missing file is no failure; a broken one leaves the verdict empty,
 * is renamed to PATH.broken, and false is returned with the text for the operator: the daemon goes on
 * without.
 */
bool verdict_save(const struct verdict *verdict, const char *path, struct failure *failure) MUST_CHECK;
bool verdict_load(struct verdict *verdict, const char *path, struct failure *failure) MUST_CHECK;
