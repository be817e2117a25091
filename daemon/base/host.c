/* Host names as services are named by: what host_normalise of text.h accepts, and in which form. */
#include "base/text.h"

#include "base/address.h"

enum { NAME_MAX_BYTES = 253, LABEL_MAX_BYTES = 63 }; /* RFC 1035, 2.3.4, as text */

/* An empty port ("host:") is written like none (RFC 3986, 3.2.3). */
static bool parse_port(struct slice text, uint16_t *port)
{
    uint64_t number = 0;
    if (text.len > 0 && (!text_parse_u64(text, &number) || number > UINT16_MAX)) {
        return false;
    }
    *port = (uint16_t)number;
    return true;
}

/* An IPv6 literal in the form that address_print gives, so that one server has one name. */
static bool copy_literal(struct slice text, char out[HOST_NAME_SIZE])
{
    struct address address;
    if (!address_parse_slice(text, &address)) {
        return false;
    }
    address_print(&address, out);
    return true;
}

/* The lower case of what names are made of; 0 for all other bytes. */
#define LETTER(upper, lower) [upper] = lower, [lower] = lower
static const char name_bytes[UINT8_MAX + 1] = {
    ['.'] = '.',      ['-'] = '-',      ['_'] = '_',      ['0'] = '0',      ['1'] = '1',
    ['2'] = '2',      ['3'] = '3',      ['4'] = '4',      ['5'] = '5',      ['6'] = '6',
    ['7'] = '7',      ['8'] = '8',      ['9'] = '9',      LETTER('A', 'a'), LETTER('B', 'b'),
    LETTER('C', 'c'), LETTER('D', 'd'), LETTER('E', 'e'), LETTER('F', 'f'), LETTER('G', 'g'),
    LETTER('H', 'h'), LETTER('I', 'i'), LETTER('J', 'j'), LETTER('K', 'k'), LETTER('L', 'l'),
    LETTER('M', 'm'), LETTER('N', 'n'), LETTER('O', 'o'), LETTER('P', 'p'), LETTER('Q', 'q'),
    LETTER('R', 'r'), LETTER('S', 's'), LETTER('T', 't'), LETTER('U', 'u'), LETTER('V', 'v'),
    LETTER('W', 'w'), LETTER('X', 'x'), LETTER('Y', 'y'), LETTER('Z', 'z'),
};
#undef LETTER

static bool copy_name(struct slice text, char out[HOST_NAME_SIZE])
{
    if (text.len > 0 && text.data[text.len - 1] == '.') {
        text.len--;
    }
    if (text.len == 0 || text.len > NAME_MAX_BYTES) {
        return false;
    }
    size_t label = 0; /* where the present one begins */
    for (size_t i = 0; i < text.len; i++) {
        char byte = name_bytes[text.data[i]];
        if (byte == '\0' || (byte == '.' && (i == label || i - label > LABEL_MAX_BYTES))) {
            return false;
        }
        label = byte == '.' ? i + 1 : label;
        out[i] = byte;
    }
    out[text.len] = '\0';
    return text.len > label && text.len - label <= LABEL_MAX_BYTES;
}

static bool normalise(struct slice text, char out[HOST_NAME_SIZE], uint16_t *port)
{
    if (text.len > 0 && text.data[0] == '[') {
        struct slice behind = slice_from(text, 1);
        size_t end = slice_index(behind, ']');
        struct slice literal = slice_part(behind, 0, end);
        if (end == SIZE_MAX || slice_index(literal, ':') == SIZE_MAX) {
            return false;
        }
        behind = slice_from(behind, end + 1);
        if (behind.len > 0 && (behind.data[0] != ':' || !parse_port(slice_from(behind, 1), port))) {
            return false;
        }
        return copy_literal(literal, out);
    }
    struct slice port_text = text;
    struct slice name = slice_split(&port_text, ':');
    if (slice_index(port_text, ':') != SIZE_MAX) {
        return copy_literal(text,
                            out); /* two colons: an IPv6 literal without brackets, and so without port */
    }
    return parse_port(port_text, port) && copy_name(name, out);
}

bool host_normalise(struct slice text, char out[HOST_NAME_SIZE], uint16_t *port)
{
    *port = 0;
    if (normalise(text, out, port)) {
        return true;
    }
    *port = 0;
    out[0] = '\0';
    return false;
}

bool host_is_literal(const char *name)
{
    struct address address;
    return address_parse(name, &address);
}
