/* Lists of lines: our own, hosts(5), and Suricata's strings. */
#include "base/base64.h"
#include "daemon/rule/list_priv.h"

/* ---- one entry a line */

static bool is_hex(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t lower = byte_lower(text.data[i]);
        if (!((lower >= '0' && lower <= '9') || (lower >= 'a' && lower <= 'f'))) {
            return false;
        }
    }
    return true;
}

static bool is_digest(struct slice text)
{
    return (text.len == 32 || text.len == 64) && is_hex(text);
}

/* A JA4 print: ten letters and digits, two times twelve hexadecimal digits, between them underscores. */
static bool is_ja4(struct slice text)
{
    for (size_t i = 0; i < 10 && i < text.len; i++) {
        uint8_t lower = byte_lower(text.data[i]);
        if (!((lower >= '0' && lower <= '9') || (lower >= 'a' && lower <= 'z'))) {
            return false;
        }
    }
    return text.len == 36 && text.data[10] == '_' && text.data[23] == '_' &&
           is_hex(slice_part(text, 11, 12)) && is_hex(slice_part(text, 24, 12));
}

void list_read_plain(struct list_reader *reader, struct slice line)
{
    struct slice note = line;
    struct slice key = slice_trim(slice_split(&note, '#'));
    struct watch_entry entry = {.note = slice_trim(note)};
    if (key.len == 0) {
        return;
    }
    if (is_digest(key)) {
        list_tell_hash(reader, key.data, key, &entry);
    } else if (is_ja4(key)) {
        list_tell_text(reader, key.data, key, &entry);
    } else {
        list_tell_host(reader, key.data, key, &entry);
    }
}

/* ---- hosts(5) */

/* Whether a name that stands behind this address leads nowhere. */
static bool leads_nowhere(struct slice text)
{
    struct address address;
    if (!address_parse_slice(text, &address)) {
        return false;
    }
    enum address_class class = address_classify(&address);
    return class == ADDRESS_LOOPBACK || class == ADDRESS_UNSPECIFIED;
}

/* Names by which a machine calls itself, and what old files list to keep it from resolving. */
static bool is_own_name(struct slice name)
{
    return slice_index(name, '.') == SIZE_MAX ||
           slice_equal_nocase(name, slice_text("localhost.localdomain")) ||
           slice_equal(name, slice_text("0.0.0.0"));
}

void list_read_hosts(struct list_reader *reader, struct slice line)
{
    struct slice note = line;
    struct slice rest = slice_split(&note, '#');
    struct slice address = list_take_word(&rest);
    struct slice name = list_take_word(&rest);
    struct watch_entry entry = {.note = slice_trim(note)};
    if (address.len == 0) {
        return;
    }
    if (name.len == 0) {
        list_tell_mistake(reader, address.data, "expected an address and a name, as in hosts(5)");
        return;
    }
    if (!leads_nowhere(address)) {
        return;
    }
    for (; name.len > 0; name = list_take_word(&rest)) {
        if (!is_own_name(name)) {
            list_tell_host(reader, name.data, name, &entry);
        }
    }
}

/* ---- base64 */

/* Padded, as RFC 4648, section 4, writes it; false where it is not, or does not fit. */
static bool decode_base64(struct slice text, uint8_t out[WATCH_KEY_MAX], size_t *len)
{
    size_t used;
    struct slice digits = base64_unpadded(text);
    *len = base64_decode(digits, BASE64_STANDARD, out, WATCH_KEY_MAX, &used).len;
    return text.len % 4 == 0 && used == digits.len;
}

void list_read_string(struct list_reader *reader, struct slice line)
{
    uint8_t text[WATCH_KEY_MAX];
    size_t len;
    struct slice coded = slice_trim(line);
    if (coded.len == 0 || coded.data[0] == '#') {
        return;
    }
    struct watch_entry entry = {.kind = WATCH_TEXT};
    if (!decode_base64(coded, text, &len) || len == 0) {
        list_tell_mistake(reader, coded.data,
                          "expected base64 of 1 to 255 bytes, as Suricata's data sets of strings have it");
        return;
    }
    entry.key = slice_make(text, len);
    reader->receiver.entry(reader->receiver.context, &entry);
}
