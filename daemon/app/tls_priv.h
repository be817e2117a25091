/* Inside the app stage: what the readers of TLS messages hand to each other. */
#pragma once

#include "app/tls.h"
#include "base/cur.h"

/* Extension types (IANA, TLS ExtensionType Values). */
enum tls_extension {
    TLS_SERVER_NAME = 0,
    TLS_SUPPORTED_GROUPS = 10,
    TLS_EC_POINT_FORMATS = 11,
    TLS_SIGNATURE_ALGORITHMS = 13,
    TLS_ALPN = 16,
    TLS_SUPPORTED_VERSIONS = 43,
    TLS_ENCRYPTED_CLIENT_HELLO = 0xfe0d,
};

/* What fingerprints are made of. Lists are whole: their lengths fit their elements. */
struct tls_hello_lists {
    uint16_t legacy_version;
    bool has_sni;
    struct slice ciphers;    /* 2 bytes each */
    struct slice extensions; /* the whole block: type, length, data */
    struct slice groups;     /* 2 bytes each */
    struct slice formats;    /* 1 byte each */
    struct slice algorithms; /* 2 bytes each */
};

/* Values that clients send so that nobody relies on their absence (RFC 8701). */
static inline bool tls_is_grease(uint16_t value)
{
    return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

/* One extension off the front of a block. False at its end, and where it is cut (the cursor has then failed).
 */
bool tls_extension_next(struct cur *block, uint16_t *type, struct slice *data);

void tls_ja3_print(const struct tls_hello_lists *lists, char out[JA3_SIZE]);
void tls_ja4_print(const struct tls_hello_lists *lists, const struct tls_client_hello *hello, bool quic,
                   char out[JA4_SIZE]);

/* The text of an encoded Name, and its last common name. False where it is malformed or holds a NUL. */
bool tls_distinguished_name(struct slice name, char out[TLS_NAME_SIZE], struct slice *common_name);
