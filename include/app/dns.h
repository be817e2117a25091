/*
 * DNS messages, and questions with their answers.
 *
 * Sources: RFC 1035 (messages, names, compression), RFC 9619 (one question), RFC 3596 (AAAA), RFC 9460 (SVCB
 * and HTTPS), RFC 7766 (over TCP), RFC 6891 and RFC 8914 (extended errors). Numbers are host order, TTLs are
 * seconds. Parsers are pure; slices point into the message and live as long as it does.
 */
#pragma once

#include "base/address.h"
#include "base/slice.h"

enum {
    DNS_PORT = 53,
    DNS_HEADER_BYTES = 12,
    DNS_NAME_MAX = 253,   /* of a name's text: 255 bytes on the wire (RFC 1035, section 2.3.4) */
    DNS_ANSWERS_MAX = 64, /* answers of one message that are kept */
    DNS_ERRORS_MAX = 4,   /* extended errors of one message that are kept */
    /* An answer with more records behind its answers is not looked through for extended errors. */
    DNS_RECORDS_BESIDE_MAX = 64,
};

/* Extended errors (RFC 8914, section 4) by which a resolver says that it withholds the name. */
enum dns_error {
    DNS_ERROR_FORGED = 4,
    DNS_ERROR_BLOCKED = 15,  /* by its operator's own list */
    DNS_ERROR_CENSORED = 16, /* because somebody else told its operator to */
    DNS_ERROR_FILTERED = 17, /* as its client asked for */
};

enum dns_type {
    DNS_A = 1,
    DNS_CNAME = 5,
    DNS_AAAA = 28,
    DNS_SVCB = 64,
    DNS_HTTPS = 65,
};

enum { DNS_CLASS_IN = 1 };

/* The header's flags (RFC 1035, section 4.1.1). */
enum dns_flag {
    DNS_FLAG_RESPONSE = 0x8000,
    DNS_FLAG_AUTHORITATIVE = 0x0400,
    DNS_FLAG_TRUNCATED = 0x0200,
    DNS_FLAG_RECURSION_DESIRED = 0x0100,
    DNS_FLAG_RECURSION_AVAILABLE = 0x0080,
};

/* Labels joined by dots, without a final one, as they were sent: any bytes, dots too. */
struct dns_name {
    uint8_t len; /* 0: the root */
    bool host;   /* letters, digits, '-' and '_' in all labels, at least one label */
    char text[DNS_NAME_MAX];
};

/* What a SVCB or HTTPS record says. */
struct dns_service {
    uint16_t priority; /* 0: the target is an alias */
    struct slice alpn; /* protocol ids, each behind a byte with its length: dns_alpn_next */
    bool has_port;
    uint16_t port;
    struct slice hints4; /* IPv4 addresses of 4 bytes */
    struct slice hints6; /* IPv6 addresses of 16 bytes */
};

struct dns_answer {
    struct dns_name owner;
    uint16_t type;
    uint16_t class;
    uint32_t ttl;
    bool understood;            /* what stands below is filled, by its type */
    struct address address;     /* A, AAAA */
    struct dns_name target;     /* CNAME, SVCB, HTTPS; of these the root is the owner's own name */
    struct dns_service service; /* SVCB, HTTPS */
};

struct dns_message {
    uint16_t id;
    uint16_t flags;            /* enum dns_flag, opcode and rcode */
    uint16_t additional_count; /* records of the additional section, by the header */
    bool has_question;
    struct dns_name name; /* the question's */
    uint16_t type;
    uint16_t class;
    size_t answers_end;    /* where the first byte behind the answers stands */
    uint32_t answer_count; /* that are kept */
    uint32_t error_count;
    uint16_t errors[DNS_ERRORS_MAX]; /* extended ones, of an answer with its question that is not cut */
    bool several; /* there are more questions, and `cut` is set: of none but the first is anything read */
    bool cut;     /* the answers do not end as the header says */
    bool capped;  /* there are more than are kept */
    struct dns_answer answers[DNS_ANSWERS_MAX];
};

static inline bool dns_name_equal(const struct dns_name *a, const struct dns_name *b)
{
    return slice_equal_nocase(slice_make(a->text, a->len), slice_make(b->text, b->len));
}

static inline bool dns_is_response(const struct dns_message *message)
{
    return (message->flags & DNS_FLAG_RESPONSE) != 0;
}

static inline unsigned dns_rcode(const struct dns_message *message)
{
    return message->flags & 0x0fU;
}

/*
 * Reads a message: header, question, answers; of what stands behind them an answer's extended errors. False
 * where it is no DNS message of a query or its answer: opcode other than QUERY, a question that does not end,
 * or, before other questions, one for no host's name. Only fields of answers that are kept are set. (About
 * 35 KiB: one a thread or on the stack.)
 */
bool dns_message_parse(struct slice bytes, struct dns_message *message);

/*
 * Reads the name at `*at` and moves `*at` behind it. Pointers lead backwards only, and not into the header.
 * False where it does not end, has a label of another form or is too long.
 */
bool dns_name_read(struct slice message, size_t *at, struct dns_name *name);

/* What of dns_message_parse reads the records behind the answers, which begin at `at`. */
void dns_errors_read(struct slice bytes, size_t at, unsigned authorities, unsigned additional,
                     struct dns_message *message);

/* Whether the resolver says that the name is blocked, censored or filtered. */
bool dns_is_withheld(const struct dns_message *message);

/* Takes the next protocol off the front of a record's list. */
bool dns_alpn_next(struct slice *alpn, struct slice *protocol);

/* The address whose reverse name (in-addr.arpa, RFC 1035 section 3.5; ip6.arpa, RFC 3596 section 2.5) this
 * is. Of a name that has the first half of an IPv6 address and more, the rest is zero. */
bool dns_reverse_address(struct slice name, struct address *address);

/* "A", "HTTPS", "NXDOMAIN"; NULL for a number that has no name here. */
const char *dns_type_name(unsigned type);
const char *dns_rcode_name(unsigned rcode);
const char *dns_error_name(unsigned code); /* "Censored" */

/*
 * A question and its answer (APP_DNS), told when the answer comes, or when none has come in time or at the
 * flow's end. An answer belongs to a question of the same flow with the same id, name (in either case), type
 * and class that the client asked before; each question has one. Any other answer is told with `asked` false.
 */
struct dns_exchange {
    bool asked;
    uint16_t id;
    uint16_t type;
    uint16_t class;
    struct slice name; /* of the question, as in struct dns_name */
    bool host;
    bool several;                     /* questions stood in the message that asked: this is the first one */
    int64_t asked_us;                 /* where asked */
    const struct dns_message *answer; /* NULL where none came */
};
