/*
 * DER (ITU-T X.690) as far as certificates need it: one element at a time off a cursor, read straight down by
 * callers who know what stands where. Nothing recurses, and an element cannot reach outside its parent.
 */
#pragma once

#include "base/cur.h"

enum der_tag {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_OCTET_STRING = 0x04,
    DER_OID = 0x06,
    DER_UTF8_STRING = 0x0c,
    DER_T61_STRING = 0x14,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_UNIVERSAL_STRING = 0x1c,
    DER_BMP_STRING = 0x1e,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
    DER_CONTEXT_0 = 0xa0, /* [0], constructed */
    DER_CONTEXT_3 = 0xa3,
    DER_DNS_NAME = 0x82, /* [2] of a GeneralName, primitive */
};

/* Any element: its tag and content. A cut one, a tag of several bytes and an indefinite length fail. */
static inline uint8_t der_any(struct cur *cur, struct slice *content)
{
    enum { MORE_TAG = 0x1f, LONG = 0x80, LENGTH_BYTES_MAX = 4 };
    uint8_t tag = cur_u8(cur);
    size_t len = cur_u8(cur);
    if (len >= LONG) {
        size_t bytes = len - LONG;
        if (bytes == 0 || bytes > LENGTH_BYTES_MAX) {
            cur_fail(cur);
        }
        len = (size_t)cur_big_endian(cur, bytes);
    }
    if ((tag & MORE_TAG) == MORE_TAG) {
        cur_fail(cur);
    }
    *content = cur_take(cur, len);
    return cur_ok(cur) ? tag : 0;
}

/* An element of this tag; what stands there otherwise fails. */
static inline struct slice der_take(struct cur *cur, enum der_tag tag)
{
    struct slice content;
    if (der_any(cur, &content) != tag) {
        cur_fail(cur);
        return slice_make(NULL, 0);
    }
    return content;
}

/* The same, where it may be missing: then nothing is taken, and false. */
static inline bool der_take_optional(struct cur *cur, enum der_tag tag, struct slice *content)
{
    if (cur->left == 0 || cur_peek(cur, 0) != tag) {
        return false;
    }
    *content = der_take(cur, tag);
    return cur_ok(cur);
}
