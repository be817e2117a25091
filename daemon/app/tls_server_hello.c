/* The ServerHello (RFC 8446, section 4.1.3; RFC 5246, section 7.4.1.3): what the server chose. */
#include "daemon/app/tls_priv.h"

static bool read_extension(uint16_t type, struct slice data, struct tls_server_hello *hello)
{
    struct cur cur = cur_make(data);
    if (type == TLS_SUPPORTED_VERSIONS) {
        hello->version = cur_be16(&cur);
    } else if (type == TLS_ALPN) {
        struct cur names = cur_sub(&cur, cur_be16(&cur));
        hello->alpn = cur_take(&names, cur_u8(&names));
        return cur_ok(&names) && cur_ok(&cur) && cur.left == 0;
    } else {
        return true;
    }
    return cur_ok(&cur) && cur.left == 0;
}

bool tls_server_hello_parse(struct slice body, struct tls_server_hello *hello)
{
    enum { RANDOM_SIZE = 32 };
    *hello = (struct tls_server_hello){0};
    struct cur cur = cur_make(body);
    hello->version = cur_be16(&cur);
    cur_skip(&cur, RANDOM_SIZE);
    cur_skip(&cur, cur_u8(&cur)); /* session id */
    hello->cipher = cur_be16(&cur);
    cur_skip(&cur, 1); /* compression */
    if (!cur_ok(&cur) || cur.left == 0) {
        return cur_ok(&cur);
    }
    struct cur block = cur_sub(&cur, cur_be16(&cur));
    if (!cur_ok(&cur) || cur.left > 0) {
        return false;
    }
    uint16_t type;
    struct slice data;
    while (tls_extension_next(&block, &type, &data)) {
        if (!read_extension(type, data, hello)) {
            return false;
        }
    }
    return cur_ok(&block);
}
