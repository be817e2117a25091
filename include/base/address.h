/*
 * Internet addresses and prefixes. IPv4 is kept as IPv4-mapped IPv6 (::ffff:a.b.c.d), so that one compare,
 * one hash and one prefix test serve both; bytes are in network order.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/attr.h"
#include "base/slice.h"

struct address {
    uint8_t bytes[16];
};

struct prefix {
    struct address address; /* host bits are zero */
    uint8_t bits;           /* of 128; an IPv4 /24 is 120 */
};

struct prefix_list {
    struct prefix *items;
    size_t count;
};

enum address_class {
    ADDRESS_PUBLIC,       /* documentation prefixes count as public (design, section 7) */
    ADDRESS_PRIVATE,      /* and 198.18.0.0/15, RFC 2544 */
    ADDRESS_SHARED,       /* 100.64.0.0/10, RFC 6598 */
    ADDRESS_UNIQUE_LOCAL, /* fc00::/7, RFC 4193 */
    ADDRESS_LINK_LOCAL,
    ADDRESS_LOOPBACK,
    ADDRESS_MULTICAST,   /* and the IPv4 broadcast address */
    ADDRESS_UNSPECIFIED, /* all of 0.0.0.0/8, 240.0.0.0/4 and ::/96, where nobody serves */
    ADDRESS_CLASS_COUNT,
};

enum {
    ADDRESS_TEXT_SIZE = 46, /* the longest text of an address with its NUL */
    PREFIX_TEXT_SIZE = 50,  /* and of a prefix: with "/128" */
};

struct address address_from_v4(const uint8_t bytes[4]);
bool address_is_v4(const struct address *address);

static inline int address_compare(const struct address *a, const struct address *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

/* Text of RFC 5952 (dotted quad for IPv4); returns `out`. */
const char *address_print(const struct address *address, char out[ADDRESS_TEXT_SIZE]);
/* Accepts a literal of either family without brackets, NUL-terminated. False leaves `out` alone. */
bool address_parse(const char *text, struct address *out) MUST_CHECK;
/* The same of bytes that no NUL ends; one among them is no literal's. */
bool address_parse_slice(struct slice text, struct address *out) MUST_CHECK;

enum address_class address_classify(const struct address *address);
const char *address_class_name(enum address_class class); /* "private", "shared", ... */

/* "192.0.2.0/24", "2001:db8::/32" or a bare address; host bits that are set are an error. */
bool prefix_parse(const char *text, struct prefix *out) MUST_CHECK;
/* Text that prefix_parse reads back, without length for a single address; returns `out`. */
const char *prefix_print(const struct prefix *prefix, char out[PREFIX_TEXT_SIZE]);
/* An IPv6 prefix that would cover the mapped ones (::/0) contains no IPv4 address. */
bool prefix_contains(const struct prefix *prefix, const struct address *address);
bool prefix_list_contains(const struct prefix_list *list, const struct address *address);
