/*
 * A rule as the engine has it, and what the stage's files share.
 *
 * A rule is a list of conditions (numbers, words, flags) and of buffer groups (contents, patterns, sizes and
 * name sets over one buffer, in the order in which they were written). Which events it is asked at follows
 * from what it reads (enum rule_stage).
 */
#pragma once

#include "rule/mask.h"
#include "rule/list_store.h"
#include "rule/repeats.h"
#include "rule/rule_set.h"

enum rule_protocol { RULE_HTTP, RULE_TCP, RULE_UDP, RULE_TLS, RULE_QUIC, RULE_DNS, RULE_PROTOCOL_COUNT };

/* When a rule is asked. */
enum rule_stage {
    STAGE_SETTLED, /* request, and the answer's head and first body bytes */
    STAGE_ENDED,   /* with what the playlist or the JSON document held */
    STAGE_ENTRY,   /* each entry of a playlist */
    STAGE_STREAM,  /* what a transport stream carries, in an answer or in datagrams */
    STAGE_FLOW,    /* tcp and udp */
    STAGE_SIGN,    /* tcp and udp that ask for signs of a protocol (app/sign.h) */
    STAGE_TLS,     /* a handshake */
    STAGE_QUIC,    /* a hello of QUIC */
    STAGE_DNS,     /* a question of DNS */
    STAGE_COUNT,
};

enum rule_side { SIDE_REQUEST = 1, SIDE_ANSWER = 2 }; /* bits; of tcp and udp: to_server and to_client */

/* What the conditions read: one event, or one direction's first bytes of a flow. */
struct rule_view {
    int64_t now;                          /* seconds since 1970, of the event's packet */
    struct flow *flow;                    /* may be NULL in tests of http rules that ask for no port */
    const struct http_transaction *http;  /* NULL for tcp and udp */
    const struct http_request *request;   /* NULL where unseen */
    const struct http_response *response; /* NULL where unseen */
    const struct catalogue_entry *entry;  /* STAGE_ENTRY */
    const struct rights *rights;          /* the set's; NULL for tcp and udp */
    struct repeats_found repeats;         /* STAGE_SETTLED */
    const struct mpegts_facts *stream;    /* STAGE_STREAM */
    uint64_t stream_holders;              /* ... and of how many holders its name is a pay channel */
    const struct app_sign *sign;          /* STAGE_SIGN */
    const struct tls_handshake *tls;      /* STAGE_TLS */
    const struct quic_hello *quic;        /* STAGE_QUIC */
    const struct dns_exchange *dns;       /* STAGE_DNS */
    unsigned sender;                      /* tcp and udp: the side that sent `payload` */
    struct slice payload;
};

struct rule_parse;
struct keyword;

/* A value as written behind `keyword:`, and where it stands in the statement. */
struct option_value {
    struct slice text;
    size_t at;
};

enum keyword_class {
    KEYWORD_OPTION,   /* of the whole rule */
    KEYWORD_MATCH,    /* of the current buffer */
    KEYWORD_MODIFIER, /* of the content before it */
    KEYWORD_BUFFER,
    KEYWORD_NUMBER,
    KEYWORD_WORDS,
    KEYWORD_FLAG,
};

/* What a keyword reads, and with it when and of which rules. */
enum keyword_reach {
    REACH_RULE, /* nothing */
    REACH_REQUEST,
    REACH_ANSWER,
    REACH_EITHER,      /* request or answer, as the rule's direction says */
    REACH_UNANSWERED,  /* a request whose answer was not seen */
    REACH_DOCUMENT,    /* a playlist or JSON answer at its end */
    REACH_ENTRY,       /* an entry of a playlist */
    REACH_STREAM,      /* http and udp: a transport stream */
    REACH_FLOW,        /* tcp and udp: a direction's first bytes */
    REACH_SIGN,        /* tcp and udp: what a parser of another protocol than HTTP found */
    REACH_HELLO,       /* tls: what the client says in the clear */
    REACH_CERTIFICATE, /* tls: what the server's certificate says */
    REACH_QUIC,        /* quic: a client's hello */
    REACH_DNS,         /* dns: a question */
    REACH_ANY,         /* rules of every protocol */
};

typedef void (*keyword_parse_fn)(struct rule_parse *parse, const struct option_value *value);
typedef struct slice (*keyword_buffer_fn)(const struct rule_view *view, enum rule_side side);
/* False where there is nothing to count. */
typedef bool (*keyword_number_fn)(const struct rule_view *view, uint64_t *number);
/* The words that hold, as bits; false where there is nothing to judge. */
typedef bool (*keyword_words_fn)(const struct rule_view *view, uint64_t *words);
typedef bool (*keyword_flag_fn)(const struct rule_view *view);
typedef const char *(*keyword_word_name_fn)(unsigned word); /* NULL behind the last word */

/* One row of the table of keywords (keywords.c); the documentation is printed from it too. */
struct keyword {
    const char *name;
    const char *value; /* how the value is written; NULL where there is none */
    const char *help;
    enum keyword_class class;
    enum keyword_reach reach;
    bool own;           /* understood in *.vigie.rules only */
    bool optional;      /* the value may be left out */
    bool client_header; /* what a client writes about itself: never credited alone (design, section 7) */
    bool body;          /* words of an answer's body: nothing inside HTML and text */
    bool lower_case;    /* patterns must be lower case */
    bool dull;          /* evidence shows it only where there is nothing else */
    enum mask_form mask;
    keyword_parse_fn parse; /* OPTION, MATCH, MODIFIER */
    keyword_buffer_fn buffer;
    keyword_number_fn number;
    keyword_words_fn words;
    keyword_word_name_fn word_name;
    keyword_flag_fn flag;
};

const struct keyword *keyword_by_name(struct slice name); /* NULL where there is none */
extern const struct keyword keyword_payload; /* the buffer of contents in tcp and udp rules: has no keyword */

struct number_range {
    uint64_t min, max; /* both included; nothing fits where min > max */
    bool negated;
};

bool number_range_contains(const struct number_range *range, uint64_t number);

struct pcre;

enum step_type { STEP_CONTENT, STEP_PCRE, STEP_SIZE, STEP_DATASET };

/* As what a buffer is looked up in a data set (datasets.c). */
enum dataset_type {
    DATASET_HOST,   /* a name, or an address literal */
    DATASET_IP,     /* an address literal */
    DATASET_STRING, /* its bytes */
    DATASET_MD5,    /* 16 bytes, or 32 hexadecimal digits */
    DATASET_SHA256, /* 32 bytes, or 64 hexadecimal digits */
    DATASET_TYPE_COUNT,
};

/* One thing asked of a buffer. */
struct match_step {
    enum step_type type;
    bool negated;
    bool relative;   /* searched from where the anchor before it ended */
    bool anchors;    /* a later step of the group is relative to this one */
    uint16_t anchor; /* 1 + index of the step that this one is relative to; 0 is the buffer's start */
    /* STEP_CONTENT */
    bool nocase;
    bool starts;
    bool ends;
    bool has_depth, has_offset, has_distance, has_within;
    size_t depth, offset, within;
    int64_t distance;
    uint8_t *bytes; /* owned; lower case with nocase */
    size_t len;
    struct pcre *pcre;             /* owned, with the others that have it */
    struct number_range size;      /* STEP_SIZE */
    const struct dataset *dataset; /* STEP_DATASET; the set owns it */
    enum dataset_type dataset_type;
    size_t at; /* in the statement; for messages */
};

enum { GROUP_STEPS_MAX = 64 };

struct buffer_group {
    const struct keyword *buffer;
    enum rule_side side;      /* 0 while it is not known yet */
    struct match_step *steps; /* owned */
    size_t count;
    size_t shortest; /* bytes of the shortest buffer in which all may hold; 1 and more */
    size_t at;       /* in the statement; for messages */
};

struct condition {
    const struct keyword *keyword;
    bool negated;              /* words: none of them */
    struct number_range range; /* numbers */
    uint64_t words;
};

struct port_range {
    uint16_t first, last;
    bool negated;
};

struct port_list {
    struct port_range *ranges; /* owned; none: any */
    size_t count;
};

bool port_list_contains(const struct port_list *list, uint16_t port);

/* What a detection shows of a rule's match. */
enum { SHOWN_CONDITIONS = SIZE_MAX };

struct rule_body {
    struct rule rule; /* first: a struct rule * is a struct rule_body * */
    enum rule_protocol protocol;
    bool transactional; /* => */
    bool to_server;     /* flow: */
    bool to_client;
    unsigned sides; /* bits of enum rule_side */
    enum rule_stage stage;
    bool states_body_kind; /* http.body_kind */
    bool reads_body;
    bool reads_payload;
    bool states_answer;    /* metadata answer */
    uint32_t answer_kinds; /* bits of enum body_kind that do not contradict this claim */
    struct port_list source_ports;
    struct port_list destination_ports;
    struct buffer_group *groups; /* owned */
    size_t group_count;
    struct condition *conditions; /* owned */
    size_t condition_count;
    uint64_t bits_set; /* flowbits, as bits of the set's names */
    uint64_t bits_isset;
    uint64_t bits_isnotset;
    bool noalert; /* sets its bits and is not told */
    size_t shown; /* index of the group that evidence is shown from, or SHOWN_CONDITIONS */
    char msg[RULE_MSG_SIZE];
    char reason[RULE_REASON_SIZE];
    char make[RULE_MAKE_SIZE];
    const char *file; /* owned by the set */
    unsigned line;
    size_t number; /* in the order of reading */
};

_Static_assert(offsetof(struct rule_body, rule) == 0, "rule_body_of() casts");

static inline const struct rule_body *rule_body_of(const struct rule *rule)
{
    return (const struct rule_body *)rule;
}

void rule_body_free(struct rule_body *body);

/* The patterns of the set that is being read; its rules and its rights holders keep them when it goes. A
 * pattern is checked at load and mostly ours to match; else libhs compiles it then or on first need. It is
 * shared by all threads (pcre.c) and by all rules of a set that have it. */
struct pcre_pool;

struct pcre_pool *pcre_pool_create(void);
void pcre_pool_free(struct pcre_pool *pool);

/* Whether libhs takes a pattern with these flags (enum pattern_flags); else `message` says why not and
 * `*index` where (SIZE_MAX where it does not say). `*empty`: it matches an empty text. */
bool pcre_check(const char *pattern, unsigned flags, char message[256], size_t *index, bool *empty);
/* NULL where neither we nor libhs can match it, with `message` and `*index` as above. */
struct pcre *pcre_create(struct pcre_pool *pool, const char *pattern, unsigned flags, char message[256],
                         size_t *index);
/* The last one of those that created it frees it. Of one thread only, as pcre_create. */
void pcre_free(struct pcre *pcre);
/* False where libhs refuses now what it took at load; told in the log. */
bool pcre_compile(struct pcre *pcre);
struct literal_set;
/* Texts one of which stands in every match; NULL where none are known. */
const struct literal_set *pcre_literals(const struct pcre *pcre);
bool pcre_is_caseless(const struct pcre *pcre);
/* Bytes of the shortest match. */
size_t pcre_shortest(const struct pcre *pcre);

struct hs_scratch;

/* One thread's room for libhs, and for which patterns of a pool it is large enough already; zero at first. */
struct pcre_scratch {
    struct hs_scratch *library;
    bool *ready; /* owned; by a pattern's number */
    size_t count;
};

void pcre_scratch_free(struct pcre_scratch *scratch);
/*
 * The smallest end of a match that is greater than `above` (matches are not empty, so 0 finds any), or
 * SIZE_MAX. Compiles on first need and grows `*scratch` to the database.
 */
size_t pcre_find(struct pcre *pcre, struct pcre_scratch *scratch, struct slice text, size_t above);

enum verify_result { VERIFY_NO, VERIFY_YES, VERIFY_STEPS_OUT };

/* Whether all steps hold in `buffer` at `now` (seconds since 1970). The spans of the contents (at most
 * GROUP_STEPS_MAX) go to `spans`. */
enum verify_result verify_group(const struct buffer_group *group, struct slice buffer, int64_t now,
                                uint64_t steps, struct pcre_scratch *scratch, struct mask_span *spans,
                                size_t *span_count);

/* The claims' policy (claims.c). */
/* Whether this answer can prove nothing: a 2xx whose body was not seen. */
bool claims_answer_is_mute(const struct http_transaction *http);
/* Leaves out of `matches` the claims that the answer contradicts; returns how many remain. */
size_t claims_filter(const struct http_transaction *http, struct rule_match *matches, size_t count);

/* flowbits (flowbits.c): names of one set's rules, and the bits of a flow. */
enum { FLOWBITS_MAX = 64, FLOWBIT_NAME_MAX = 64 };

struct flowbit {
    char name[FLOWBIT_NAME_MAX + 1];
    bool is_set;      /* some rule sets it */
    const char *file; /* of the first mention; borrowed */
    unsigned line;
    unsigned column;
};

struct flowbits {
    struct flowbit items[FLOWBITS_MAX]; /* a name's index is its bit */
    size_t count;
};

/* Names that are asked for and never set are mistakes. */
void flowbits_check(const struct flowbits *bits, struct diagnostics *diagnostics);
/* Differs where the bits' names differ. */
uint64_t flowbits_digest(const struct flowbits *bits);

/* The order of rules at one event, as in Suricata: those that only set, those that do both, all others. */
enum flowbits_turn { FLOWBITS_FIRST, FLOWBITS_BETWEEN, FLOWBITS_LAST };
enum flowbits_turn flowbits_turn_of(const struct rule_body *body);

/* Clears bits that rules with other names have set, before each event. A flow may be NULL: it has no bits. */
void flowbits_settle(const struct rule_set *set, struct flow *flow);
bool flowbits_hold(const struct rule_body *body, const struct flow *flow);
/* Whether a match would set a bit that is not set yet. */
bool flowbits_would_change(const struct rule_body *body, const struct flow *flow);
void flowbits_set(const struct rule_body *body, struct flow *flow);

/* Data sets of rules.lists by name (datasets.c). */
enum { DATASET_NAME_MAX = 64 };

struct datasets;

struct dataset {
    char name[DATASET_NAME_MAX + 1];
    enum list_use use;
    bool protects; /* see list_protects */
    /* Held by the rule set; the only thing of it that changes while rules are in force. */
    _Atomic(const struct watch_list *) list;
};

bool dataset_type_parse(struct slice text, enum dataset_type *out) MUST_CHECK;
/* Whether a buffer is in the set; its entry goes to `*found`. What the set's list calls official is not, but
 * in lists that protect. */
bool dataset_contains(const struct dataset *dataset, enum dataset_type type, struct slice buffer, int64_t now,
                      struct watch_entry *found);

/* `store` is borrowed while rules are read. */
struct datasets *datasets_create(struct list_store *store);
void datasets_free(struct datasets *datasets);
/* Loads the set at its first mention; NULL where no folder has it. */
const struct dataset *datasets_find(struct datasets *datasets, struct slice name, enum dataset_type type);
/* Adds the digests of the sets that were found, in order of their names. */
void datasets_digest(struct datasets *datasets, const struct list_store *store,
                     struct sha256_context *digest);
/* The lists of a later load, each held, in order; of a set that is gone the former one. */
struct watch_list **datasets_read(const struct datasets *datasets, struct list_store *store);
/* Puts these lists in force, and those that were into `lists`. */
void datasets_swap(struct datasets *datasets, struct watch_list **lists);
void datasets_release(const struct datasets *datasets, struct watch_list **lists);
