/*
 * Google's QUIC before it took TLS up. Sources: "QUIC Wire Layout Specification" and "QUIC Crypto" (Google,
 * 2013 to 2018), and what captures of these versions show: from version 34 on a packet has no private flags,
 * from 39 on its numbers are in network order, from 44 on its header is an early draft's of the IETF.
 */
#include "base/cur.h"
#include "daemon/app/quic_priv.h"

#define HELLO_TAG "CHLO"

enum {
    VERSION_MIN = 24,
    VERSION_MAX = 46,
    NO_PRIVATE_FLAGS = 34,
    BIG_ENDIAN_NUMBERS = 39,
    LONG_HEADERS = 44,
    ID_BYTES = 8,
    HASH_BYTES = 12, /* of the packet, in place of a key's tag */
};

/* "Q043": 43; 0 where it is none of these versions. */
static unsigned number_of(uint32_t version)
{
    unsigned tens = (version >> 8 & 0xff) - '0';
    unsigned ones = (version & 0xff) - '0';
    unsigned number = tens * 10 + ones;
    bool good = version >> 16 == ('Q' << 8 | '0') && tens <= 9 && ones <= 9 && number >= VERSION_MIN &&
                number <= VERSION_MAX;
    return good ? number : 0;
}

/* Flags, the connection's id, the version and the packet's number. */
static unsigned read_public_header(struct cur *cur, struct slice *id)
{
    enum {
        FLAG_VERSION = 0x01,
        FLAG_RESET = 0x02,
        FLAG_ID = 0x08,
        NUMBER_SHIFT = 4,
        NUMBER_MASK = 3,
        UNUSED = 0xc0
    };
    static const uint8_t number_bytes[] = {1, 2, 4, 6};
    uint8_t flags = cur_u8(cur);
    *id = cur_take(cur, ID_BYTES);
    unsigned number = number_of(cur_be32(cur));
    cur_skip(cur, number_bytes[flags >> NUMBER_SHIFT & NUMBER_MASK]);
    bool good = (flags & (FLAG_VERSION | FLAG_RESET | FLAG_ID | UNUSED)) == (FLAG_VERSION | FLAG_ID);
    return good && number < LONG_HEADERS ? number : 0;
}

/* A form, the version, the lengths of the ids, that of the server, and the packet's number. */
static unsigned read_long_header(struct cur *cur, struct slice *id)
{
    enum { NUMBER_MASK = 3, SERVER_ID_ONLY = 0x50 };
    uint8_t form = cur_u8(cur);
    unsigned number = number_of(cur_be32(cur));
    uint8_t lengths = cur_u8(cur);
    *id = cur_take(cur, ID_BYTES);
    cur_skip(cur, 1 + (form & NUMBER_MASK));
    return number >= LONG_HEADERS && lengths == SERVER_ID_ONLY ? number : 0;
}

static size_t read_length(struct cur *cur, bool big_endian)
{
    unsigned length = cur_be16(cur);
    return big_endian ? length : (length & 0xff) << 8 | length >> 8;
}

/* The data of a frame of stream 1, which bears the handshake. */
static struct slice read_stream(struct cur *cur, bool big_endian)
{
    enum {
        FRAME_STREAM = 0x80,
        HAS_LENGTH = 0x20,
        OFFSET_SHIFT = 2,
        OFFSET_MASK = 7,
        ID_MASK = 3,
        HANDSHAKE = 1
    };
    uint8_t type = cur_u8(cur);
    uint8_t stream = cur_u8(cur);
    unsigned offset = type >> OFFSET_SHIFT & OFFSET_MASK;
    cur_skip(cur, offset == 0 ? 0 : offset + 1);
    size_t len = (type & HAS_LENGTH) != 0 ? read_length(cur, big_endian) : cur->left;
    bool good = (type & FRAME_STREAM) != 0 && (type & ID_MASK) == 0 && stream == HANDSHAKE;
    return good ? slice_part(cur_rest(cur), 0, len) : slice_make(NULL, 0);
}

bool quic_google_packet(struct slice datagram, struct quic_google_packet *packet)
{
    struct cur cur = cur_make(datagram);
    bool long_header = (cur_peek(&cur, 0) & 0x80) != 0;
    unsigned number =
        long_header ? read_long_header(&cur, &packet->id) : read_public_header(&cur, &packet->id);
    if (number == 0) {
        return false;
    }
    packet->version = UINT32_C(0x51303030) + number / 10 * 0x100 + number % 10; /* "Q000" and the digits */
    cur_skip(&cur, HASH_BYTES);
    cur_skip(&cur, number < NO_PRIVATE_FLAGS);
    packet->message = read_stream(&cur, number >= BIG_ENDIAN_NUMBERS);
    return cur_ok(&cur) && slice_starts(packet->message, slice_text(HELLO_TAG));
}

bool quic_google_goes_on(struct slice datagram, struct slice id)
{
    enum { FLAGS_NONE = 0x03, FLAG_ID = 0x08, LONG = 0x80, SHORT = 0x40, LONG_ID_AT = 6 };
    struct cur cur = cur_make(datagram);
    uint8_t first = cur_u8(&cur);
    if (!cur_ok(&cur) || (first & (LONG | SHORT)) == SHORT) {
        return cur_ok(&cur);
    }
    bool is_long = (first & LONG) != 0;
    return (is_long ? number_of(cur_be32(&cur)) >= LONG_HEADERS
                    : (first & (FLAGS_NONE | FLAG_ID)) == FLAG_ID) &&
           slice_equal(slice_part(datagram, is_long ? LONG_ID_AT : 1, ID_BYTES), id);
}

/* ---- the message: its tag, how many entries follow, the entries, and their values behind one another */

/* An entry is a tag and where its value ends, counted from the first one's beginning. */
static uint32_t read_little_endian(struct cur *cur)
{
    return __builtin_bswap32(cur_be32(cur));
}

enum quic_hello_state quic_google_hello(struct slice message, struct slice *name)
{
    enum { ENTRY_BYTES = 8, ENTRIES_MAX = 128, TAG_SERVER_NAME = 'S' << 24 | 'N' << 16 | 'I' << 8 };
    struct slice tag = slice_text(HELLO_TAG);
    *name = slice_make(NULL, 0);
    if (!slice_starts(tag, slice_part(message, 0, tag.len))) {
        return QUIC_HELLO_NONE;
    }
    struct cur cur = cur_make(slice_from(message, tag.len));
    uint32_t count = read_little_endian(&cur) & 0xffff; /* padding stands behind it */
    if (count > ENTRIES_MAX) {
        return QUIC_HELLO_NONE;
    }
    struct slice values = slice_from(cur_rest(&cur), count * ENTRY_BYTES);
    uint32_t begin = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t key = cur_be32(&cur);
        uint32_t end = read_little_endian(&cur);
        if (!cur_ok(&cur)) {
            return QUIC_HELLO_PART;
        }
        if (end < begin) {
            return QUIC_HELLO_NONE;
        }
        if (key == TAG_SERVER_NAME) {
            *name = slice_part(values, begin, end - begin);
            return name->len == end - begin ? QUIC_HELLO_WHOLE : QUIC_HELLO_PART;
        }
        begin = end;
    }
    return cur_ok(&cur) ? QUIC_HELLO_WHOLE : QUIC_HELLO_PART;
}
