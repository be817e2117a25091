/*
 * Record 5 of 5: a detection, what leaves the daemon. By value, made by verdict, owned by whoever it is
 * handed to (detection_free); every string is already clean and redacted.
 *
 * The closed lists of the schema stand here once: states, levels, causes, bases, scopes, refusal reasons.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "app/named_server.h"
#include "rule/rule_hit.h"

#define LEVELS(X)                                                                                            \
    X(LEVEL_NONE, "none") /* below 20: never shown */                                                        \
    X(LEVEL_OBSERVED, "observed")                                                                            \
    X(LEVEL_SUSPECTED, "suspected")                                                                          \
    X(LEVEL_CONFIRMED, "confirmed")

#define STATES(X)                                                                                            \
    X(STATE_NEW, "new")                                                                                      \
    X(STATE_RAISED, "raised")                                                                                \
    X(STATE_LOWERED, "lowered")                                                                              \
    X(STATE_REFRESH, "refresh")                                                                              \
    X(STATE_MOVED, "moved")                                                                                  \
    X(STATE_SEIZED, "seized")                                                                                \
    X(STATE_BLOCKED, "blocked")                                                                              \
    X(STATE_WITHDRAWN, "withdrawn")                                                                          \
    X(STATE_EXPIRED, "expired")

/* Why this detection was made. */
#define CAUSES(X)                                                                                            \
    X(CAUSE_EVIDENCE, "evidence") /* new evidence or a higher score */                                       \
    X(CAUSE_NUMBERS, "numbers")   /* counts changed; at most every ten minutes */                            \
    X(CAUSE_CASE, "case")         /* a known system at a new address */                                      \
    X(CAUSE_GUARD, "guard")       /* a guard came to apply */                                                \
    X(CAUSE_SHARED, "shared")     /* other names were seen at the address */                                 \
    X(CAUSE_LIST, "list")         /* a list entry came or went */                                            \
    X(CAUSE_OPERATOR, "operator")                                                                            \
    X(CAUSE_SILENCE, "silence")   /* unseen for verdict.expire */                                            \
    X(CAUSE_ELIGIBLE, "eligible") /* blocking became possible or impossible */

#define BLOCK_BASES(X)                                                                                       \
    X(BASIS_NONE, "none")                                                                                    \
    X(BASIS_CONTENT, "content") /* content evidence, and a structural sign of another reason */              \
    X(BASIS_LISTED, "listed")                                                                                \
    X(BASIS_SOFTWARE, "software")

#define BLOCK_SCOPES(X) X(SCOPE_NONE, "none") X(SCOPE_IP_PORT, "ip_port") X(SCOPE_HOST, "host")

/* Why a block is not eligible; the first that applies, in this order. */
#define BLOCK_REASONS(X)                                                                                     \
    X(REASON_NONE, "eligible")                                                                               \
    X(REASON_TEST, "test rule")                                                                              \
    X(REASON_GUARD, "guarded address or name")                                                               \
    X(REASON_HOME, "inside the operator's own prefixes")                                                     \
    X(REASON_ALLOWED, "on the allow list")                                                                   \
    X(REASON_OFFICIAL, "on the official list")                                                               \
    X(REASON_PASTE_HOST, "host of other people's files")                                                     \
    X(REASON_NOTICE, "a notice stands in its place")                                                         \
    X(REASON_REPLAY, "replay does not propose blocks")                                                       \
    X(REASON_LEVEL, "not confirmed")                                                                         \
    X(REASON_NO_ANSWER, "no answer of the server was seen")                                                  \
    X(REASON_NO_BASIS, "no basis for blocking")                                                              \
    X(REASON_FEW_CLIENTS, "too few clients")                                                                 \
    X(REASON_TOO_YOUNG, "seen for too short a time")                                                         \
    X(REASON_PROXY, "seen through a proxy")                                                                  \
    X(REASON_SHARED_PREFIX, "address in a shared prefix")                                                    \
    X(REASON_SHARED, "other names on the address")                                                           \
    X(REASON_WATCH, "address watched for too short a time")                                                  \
    X(REASON_UNVERIFIED, "name not verified")                                                                \
    X(REASON_PLATFORM, "name of a platform, a public suffix or a single label")                              \
    X(REASON_SILENT, "unseen for too long") /* of `expired` only */

enum level { LEVELS(EVIDENCE_ENTRY) LEVEL_COUNT };
enum state { STATES(EVIDENCE_ENTRY) STATE_COUNT };
enum cause { CAUSES(EVIDENCE_ENTRY) CAUSE_COUNT };
enum block_basis { BLOCK_BASES(EVIDENCE_ENTRY) BLOCK_BASIS_COUNT };
enum block_scope { BLOCK_SCOPES(EVIDENCE_ENTRY) BLOCK_SCOPE_COUNT };
enum block_reason { BLOCK_REASONS(EVIDENCE_ENTRY) BLOCK_REASON_COUNT };

const char *level_name(enum level level);
const char *state_name(enum state state);
const char *cause_name(enum cause cause);
const char *block_basis_name(enum block_basis basis);
const char *block_scope_name(enum block_scope scope);
const char *block_reason_name(enum block_reason reason);

enum {
    DETECTION_ID_SIZE = 17, /* 16 hex digits */
    DETECTION_EVIDENCE_MAX = 32,
    DETECTION_RELATED_MAX = 16,
    DETECTION_CLIENTS_MAX = 64,
    CLIENT_KEY_SIZE = 17,
    DETECTION_ORDER_SIZE = 64,
};

struct detection_evidence {
    uint32_t sid;
    uint32_t rev;
    enum evidence_kind kind;
    uint8_t weight;
    bool content;
    bool structural;
    uint64_t count;
    uint32_t claimants; /* of claims: distinct clients, counted to 2 */
    int64_t first_us;
    int64_t last_us;
    char msg[RULE_MSG_SIZE];
    char reason[RULE_REASON_SIZE];
    char field[RULE_FIELD_SIZE];
    char value[RULE_VALUE_SIZE];
};

struct detection_related {
    struct named_server server;      /* name or literal, and port */
    char address[ADDRESS_TEXT_SIZE]; /* where this name was seen itself, or "" */
};

struct detection {
    int64_t time_us;
    uint64_t seq; /* counted by the sensor over its run, from 1 */
    bool replay;
    char id[DETECTION_ID_SIZE];
    bool subject_host; /* subject "host": no server */
    enum state state;
    enum cause cause;
    enum level level;
    uint8_t score;
    enum family family;
    struct service_key service;
    bool server_is_home;   /* the worker put a pseudonym (100::/64) in the address's place */
    uint32_t other_hosts;  /* other names that the address showed */
    const char *host_from; /* a name_source_name(); NULL where no name is known */
    bool host_verified;
    uint16_t roles;
    uint8_t directions;
    char make[RULE_MAKE_SIZE];
    struct detection_evidence evidence[DETECTION_EVIDENCE_MAX]; /* by sid */
    uint32_t evidence_count;
    uint32_t evidence_omitted;
    uint32_t claimants; /* distinct clients that made path claims, counted to 2: the claims' cap */
    bool has_catalogue;
    struct catalogue catalogue;
    struct rights_holders rights_holders;
    bool has_stream;
    struct stream_description stream;
    bool has_case;
    struct {
        char id[DETECTION_ID_SIZE];
        unsigned by; /* bits 1 << enum tie: what tied its services */
        uint64_t services;
    } in_case;
    struct detection_related related[DETECTION_RELATED_MAX];
    uint32_t related_count;
    uint64_t clients;
    uint64_t flows;
    uint64_t bytes;
    int64_t first_us;
    int64_t last_us;
    bool answered; /* an answer was seen */
    struct {
        bool eligible;
        enum block_basis basis;
        enum block_scope scope;
        enum block_reason reason;
        char order[DETECTION_ORDER_SIZE];
        bool automatic;   /* approved by configuration: a block, not a proposal */
        int64_t duration; /* how long a proposal or block of this detection lasts, microseconds */
        bool withdraw;    /* an earlier proposal or block of this service ends now */
    } block;
    /* Keyed hashes of clients not yet told in an earlier detection, for the distinct count in Redis. */
    char client_key[CLIENT_KEY_SIZE]; /* names the key; counts under different keys are never added up */
    uint64_t new_clients[DETECTION_CLIENTS_MAX];
    uint32_t new_clients_count;
    int64_t expire; /* verdict.expire: how long what is known of the service is kept without news */
};

void detection_free(struct detection *detection);

const char *transport_name(enum transport transport); /* "tcp", "udp" */

/* The server as Redis keys and logs write it: 203.0.113.10:8080 or [2001:db8::1]:8080, /udp behind it where
 * it is not TCP. */
enum { SERVER_TEXT_SIZE = 64 };
const char *service_print(const struct service_key *service, char out[SERVER_TEXT_SIZE]);
/* First 16 hex digits of SHA-256 over transport|ip|port|name. */
void service_id(const struct service_key *service, char out[DETECTION_ID_SIZE]);
/* The same over any text: over the name for subject host. */
void text_id(const char *text, char out[DETECTION_ID_SIZE]);
