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
    uint16_t version;  /* the highest that is offered, GREASE left out (0x0304: TLS 1.3) */
    struct slice sni;  /* host_name as it was sent; len 0: none */
    struct slice alpn; /* the first protocol; len 0: none */
    bool encrypted; /* encrypted_client_hello is there: `sni` may be an outer name (browsers send it idly) */
    char ja3[JA3_SIZE]; /* MD5 in hex; "" where nobody wanted the fingerprints */
    char ja4[JA4_SIZE];
};

/* What a hello is read for. Fingerprints cost more than all the rest of it. */
enum tls_purpose { TLS_FOR_NAMES, TLS_FOR_FINGERPRINTS };

/*
 * Reads the body of one whole ClientHello (handshake type 1, behind its 4 bytes of head). `quic` is for JA4's
 * first letter. False where it is malformed; `hello` is then undefined. Pure.
 */
bool tls_client_hello_parse(struct slice body, bool quic, enum tls_purpose purpose,
                            struct tls_client_hello *hello);

struct tls_server_hello {
    uint16_t version;  /* that was chosen */
    uint16_t cipher;   /* likewise */
    struct slice alpn; /* likewise; len 0: none, or (TLS 1.3) not readable */
};

/* Reads the body of one whole ServerHello or HelloRetryRequest (handshake type 2). False where it is
 * malformed. Pure. */
bool tls_server_hello_parse(struct slice body, struct tls_server_hello *hello);

enum { TLS_NAME_SIZE = 1024 };

/* What a certificate says (RFC 5280). Nobody has checked its signature: it is the server's word. */
struct tls_certificate {
    /* `C=US, O=Example Inc, CN=example.com` as Suricata writes it, in order of the wire; UTF-8 as far as the
     * certificate is; cut at TLS_NAME_SIZE. */
    char subject[TLS_NAME_SIZE];
    char issuer[TLS_NAME_SIZE];
    struct slice common_name; /* the subject's last one, raw; len 0: none */
    struct slice names;       /* subjectAltName as encoded: tls_certificate_next_name */
    bool has_names;           /* a DNS name stands in it */
    bool self_signed;         /* issuer and subject are the same */
    int64_t not_before;       /* Unix time, seconds */
    int64_t not_after;
    char sha256[TLS_SHA256_SIZE]; /* of the whole certificate, lower-case hex */
};

/* Reads one certificate in DER. False where it is malformed. Pure; `certificate` borrows `der`. */
bool tls_certificate_parse(struct slice der, struct tls_certificate *certificate);
/* Takes the next DNS name off the front of `*names`; false where there is none any more. */
bool tls_certificate_next_name(struct slice *names, struct slice *name);
/* Whether it is good for a normalised name: a DNS name of it is the same or a wildcard in the left-most label
 * (RFC 6125, section 6.4); the common name counts only where there is no DNS name. */
bool tls_certificate_covers(const struct tls_certificate *certificate, const char *host);

/* One handshake, told once: as much as was readable of it. */
struct tls_handshake {
    const struct tls_client_hello *client;     /* NULL: not seen */
    const struct tls_server_hello *server;     /* NULL: not seen, or none came */
    const struct tls_certificate *certificate; /* the server's own; NULL: not readable */
    bool refused;                              /* an alert came in place of a ServerHello */
    bool proxy; /* inside a tunnel through a proxy, whose address the flow has */
};
