/*
 * TLS: handshakes in both directions of a flow, in any split; and, by the flags, one of the readers by itself
 * over all of the input: a hello's body, a server's, a certificate.
 */
#include "tests/fuzz/feeds.h"

enum flag { FLAG_READER = 4, FLAG_WHICH = 8 }; /* and the bit behind it */

static void open_nothing(struct feed *feed, struct splitter *splitter, uint8_t flags)
{
    (void)feed;
    (void)splitter;
    (void)flags;
}

static bool is_inside(struct slice part, struct slice whole)
{
    return part.len == 0 || (part.data >= whole.data && part.data + part.len <= whole.data + whole.len);
}

static void read_client_hello(struct slice body)
{
    struct tls_client_hello hello;
    if (tls_client_hello_parse(body, false, TLS_FOR_FINGERPRINTS, &hello)) {
        require(strlen(hello.ja3) == JA3_SIZE - 1 && strlen(hello.ja4) == JA4_SIZE - 1);
        require(is_inside(hello.sni, body) && is_inside(hello.alpn, body));
    }
}

static void read_server_hello(struct slice body)
{
    struct tls_server_hello hello;
    if (tls_server_hello_parse(body, &hello)) {
        require(is_inside(hello.alpn, body));
    }
}

static void read_certificate(struct slice der)
{
    struct tls_certificate certificate;
    if (!tls_certificate_parse(der, &certificate)) {
        return;
    }
    require(strlen(certificate.subject) < TLS_NAME_SIZE && strlen(certificate.issuer) < TLS_NAME_SIZE);
    require(is_inside(certificate.common_name, der) && is_inside(certificate.names, der));
    struct slice rest = certificate.names;
    struct slice name;
    while (tls_certificate_next_name(&rest, &name)) {
        require(is_inside(name, certificate.names));
    }
    (void)tls_certificate_covers(&certificate, "a.panel.example");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const readers[])(struct slice) = {read_client_hello, read_server_hello, read_certificate,
                                                    read_certificate};
    enum { AT_FLAGS = 8 };
    uint8_t flags = size > AT_FLAGS ? data[AT_FLAGS] : 0;
    if ((flags & FLAG_READER) == 0) {
        feeds_run(data, size, open_nothing);
        return 0;
    }
    void *block;
    struct slice input = splitter_copy(slice_from(slice_make(data, size), AT_FLAGS + 1), &block);
    readers[flags / FLAG_WHICH % 4](input);
    free(block);
    return 0;
}
