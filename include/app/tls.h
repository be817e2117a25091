/*
 * What TLS shows before it is encrypted: the client's hello, the server's, and certificates up to TLS 1.2.
 *
 * Sources: RFC 8446 (TLS 1.3), RFC 5246 (1.2), RFC 6066 section 3 (server_name), RFC 7301 (ALPN),
 * JA3 (github.com/salesforce/ja3), JA4 (github.com/FoxIO-LLC/ja4, technical_details/JA4.md).
 * Slices borrow from the event's flow state and are valid during the event only. Numbers are host order.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

enum { JA3_SIZE = 33, JA4_SIZE = 37, TLS_SHA256_SIZE = 65 };

struct tls_client_hello {
    uint16_t version;   /* the highest that is offered, GREASE left out (0x0304: TLS 1.3) */
    struct slice sni;   /* host_name as it was sent; len 0: none */
    struct slice alpn;  /* the first protocol; len 0: none */
    bool encrypted;     /* encrypted_client_hello is there: `sni` is the outer name */
    char ja3[JA3_SIZE]; /* MD5 in hex */
    char ja4[JA4_SIZE];
};

/*
 * Reads the body of one whole ClientHello (handshake type 1, behind its 4 bytes of head). `quic` is for JA4's
 * first letter. False where it is malformed; `hello` is then undefined. Pure.
 */
bool tls_client_hello_parse(struct slice body, bool quic, struct tls_client_hello *hello);
