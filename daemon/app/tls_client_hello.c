/*
 * The ClientHello (RFC 8446, section 4.1.2; RFC 5246, section 7.4.1.2): its names, its version, and the lists
 * that fingerprints are made of. Lengths must fit exactly, as servers demand; what an unknown extension holds
 * is not looked at. Of an extension that stands there twice the first one counts.
 */
#include "daemon/app/tls_priv.h"

bool tls_extension_next(struct cur *block, uint16_t *type, struct slice *data)
{
    if (block->left == 0) {
        return false;
    }
    *type = cur_be16(block);
    *data = cur_take(block, cur_be16(block));
    return cur_ok(block);
}

/* A list of elements of `size` bytes behind a length of `prefix` bytes, which must be all of `data`. */
static struct slice whole_list(struct slice data, size_t prefix, size_t size, bool *good)
{
    struct cur cur = cur_make(data);
    struct slice list = cur_take(&cur, (size_t)cur_big_endian(&cur, prefix));
    *good = *good && cur_ok(&cur) && cur.left == 0 && list.len % size == 0;
    return list;
}

/* The first host_name (RFC 6066, section 3). Some clients send the extension empty: that is no name. */
static bool read_server_name(struct slice data, struct slice *sni)
{
    enum { HOST_NAME = 0 };
    bool good = true;
    struct cur names = cur_make(data.len == 0 ? data : whole_list(data, 2, 1, &good));
    while (good && names.left > 0) {
        uint8_t type = cur_u8(&names);
        struct slice name = cur_take(&names, cur_be16(&names));
        if (type == HOST_NAME && sni->len == 0) {
            *sni = name;
        }
        good = cur_ok(&names);
    }
    return good;
}

static bool read_alpn(struct slice data, struct slice *first)
{
    bool good = true;
    struct cur names = cur_make(whole_list(data, 2, 1, &good));
    if (good && names.left > 0) {
        *first = cur_take(&names, cur_u8(&names));
    }
    return good && cur_ok(&names);
}

static bool read_versions(struct slice data, uint16_t *version)
{
    bool good = true;
    struct cur list = cur_make(whole_list(data, 1, 2, &good));
    uint16_t highest = 0;
    while (good && list.left > 0) {
        uint16_t offered = cur_be16(&list);
        if (offered > highest && !tls_is_grease(offered)) {
            highest = offered;
        }
    }
    *version = highest != 0 ? highest : *version;
    return good;
}

static bool read_extension(uint16_t type, struct slice data, struct tls_client_hello *hello,
                           struct tls_hello_lists *lists)
{
    bool good = true;
    switch (type) {
    case TLS_SERVER_NAME:
        lists->has_sni = true;
        return read_server_name(data, &hello->sni);
    case TLS_ALPN:
        return read_alpn(data, &hello->alpn);
    case TLS_SUPPORTED_VERSIONS:
        return read_versions(data, &hello->version);
    case TLS_SUPPORTED_GROUPS:
        lists->groups = whole_list(data, 2, 2, &good);
        return good;
    case TLS_EC_POINT_FORMATS:
        lists->formats = whole_list(data, 1, 1, &good);
        return good;
    case TLS_SIGNATURE_ALGORITHMS:
        lists->algorithms = whole_list(data, 2, 2, &good);
        return good;
    case TLS_ENCRYPTED_CLIENT_HELLO:
        hello->encrypted = true;
        return true;
    default:
        return true;
    }
}

/* All extensions whose data is read have small numbers. */
static bool seen_before(uint64_t *seen, uint16_t type)
{
    uint64_t bit = type < 64 ? UINT64_C(1) << type : 0;
    bool before = (*seen & bit) != 0;
    *seen |= bit;
    return before;
}

static bool read_extensions(struct tls_client_hello *hello, struct tls_hello_lists *lists)
{
    struct cur block = cur_make(lists->extensions);
    uint64_t seen = 0;
    uint16_t type;
    struct slice data;
    while (tls_extension_next(&block, &type, &data)) {
        if (!seen_before(&seen, type) && !read_extension(type, data, hello, lists)) {
            return false;
        }
    }
    return cur_ok(&block);
}

bool tls_client_hello_parse(struct slice body, bool quic, enum tls_purpose purpose,
                            struct tls_client_hello *hello)
{
    enum { RANDOM_SIZE = 32 };
    *hello = (struct tls_client_hello){0};
    struct tls_hello_lists lists = {0};
    struct cur cur = cur_make(body);
    lists.legacy_version = cur_be16(&cur);
    hello->version = lists.legacy_version;
    cur_skip(&cur, RANDOM_SIZE);
    cur_skip(&cur, cur_u8(&cur)); /* session id */
    lists.ciphers = cur_take(&cur, cur_be16(&cur));
    cur_skip(&cur, cur_u8(&cur)); /* compression */
    if (cur.left > 0) {           /* before TLS 1.3 a hello may end here */
        lists.extensions = cur_take(&cur, cur_be16(&cur));
    }
    if (!cur_ok(&cur) || cur.left > 0 || lists.ciphers.len % 2 != 0 || !read_extensions(hello, &lists)) {
        return false;
    }
    if (purpose == TLS_FOR_FINGERPRINTS) {
        tls_ja3_print(&lists, hello->ja3);
        tls_ja4_print(&lists, hello, quic, hello->ja4);
    }
    return true;
}
