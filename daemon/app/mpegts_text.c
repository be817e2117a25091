/*
 * DVB's text (ETSI EN 300 468, annex A): the first bytes say which characters follow; without them it is
 * ISO/IEC 6937. Sets of two bytes a character other than Unicode's are not read: each of their characters
 * becomes U+FFFD.
 */
#include "daemon/app/mpegts_priv.h"

#include "base/text.h"

enum text_coding { CODING_SINGLE, CODING_UCS2, CODING_UTF8, CODING_PAIRS };

struct text_form {
    enum text_coding coding;
    unsigned part; /* CODING_SINGLE */
};

enum { REPLACEMENT = 0xfffd, LATIN_FIRST = 0x20 };

/* In bytes: a name field has at most 255, and UTF-8 needs up to three for each. */
enum { DECODED_MAX = 3 * 255 };

static void append_code(struct buf *out, uint32_t code)
{
    if (code < 0x80) {
        buf_append_byte(out, (uint8_t)code);
    } else if (code < 0x800) {
        buf_append_byte(out, (uint8_t)(0xc0 | code >> 6));
        buf_append_byte(out, (uint8_t)(0x80 | (code & 0x3f)));
    } else {
        buf_append_byte(out, (uint8_t)(0xe0 | code >> 12));
        buf_append_byte(out, (uint8_t)(0x80 | (code >> 6 & 0x3f)));
        buf_append_byte(out, (uint8_t)(0x80 | (code & 0x3f)));
    }
}

/* Takes the selection off the front (tables A.3 and A.4). */
static struct text_form take_form(struct slice *text)
{
    enum {
        PART_FIRST = 5,
        LONG = 0x10,
        UCS2 = 0x11,
        KOREAN = 0x12,
        CHINESE = 0x14,
        UTF8 = 0x15,
        TYPED = 0x1f
    };
    struct text_form form = {.coding = CODING_SINGLE, .part = MPEGTS_PART_6937};
    if (text->len == 0 || text->data[0] >= LATIN_FIRST) {
        return form;
    }
    uint8_t first = text->data[0];
    size_t taken = 1;
    if (first == LONG && text->len > 2) {
        form.part = (unsigned)text->data[1] << 8 | text->data[2];
        taken = 3;
    } else if (first == TYPED) {
        taken = text->len; /* compressed by a table of its sender's own */
    } else if (first >= 1 && first < LONG) {
        form.part = first + PART_FIRST - 1U;
    }
    form.coding = first == UCS2                         ? CODING_UCS2
                  : first >= KOREAN && first <= CHINESE ? CODING_PAIRS
                  : first == UTF8                       ? CODING_UTF8
                                                        : CODING_SINGLE;
    *text = slice_from(*text, taken);
    return form;
}

/* Controls of one byte: emphasis is left out, a new line becomes a blank. In Unicode they lie from U+E080. */
static bool is_control(uint32_t code)
{
    return code >= 0x80 && code < 0xa0;
}

static void append_control(struct buf *out, uint32_t code)
{
    enum { NEW_LINE = 0x8a };
    if (code == NEW_LINE) {
        buf_append_byte(out, ' ');
    }
}

static void append_unicode(struct buf *out, uint32_t code)
{
    enum { PRIVATE = 0xe000, SURROGATES = 0xd800 };
    if (is_control(code - PRIVATE)) {
        append_control(out, code - PRIVATE);
    } else if (is_control(code)) {
        append_control(out, code);
    } else {
        append_code(out, code >= SURROGATES && code < PRIVATE ? REPLACEMENT : code);
    }
}

static void decode_ucs2(struct buf *out, struct slice text)
{
    for (size_t i = 0; i + 1 < text.len; i += 2) {
        append_unicode(out, (uint32_t)text.data[i] << 8 | text.data[i + 1]);
    }
}

/* The text is well-formed in its structure, or what is wrong is replaced at the end; here only controls are
 * sought. */
static void decode_utf8(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        struct slice rest = slice_from(text, i);
        if (rest.data[0] == 0xc2 && rest.len > 1 && is_control(rest.data[1])) {
            append_control(out, rest.data[1]);
            i += 1;
        } else if (slice_starts(rest, slice_text("\xee\x82")) && rest.len > 2 && is_control(rest.data[2])) {
            append_control(out, rest.data[2]);
            i += 2;
        } else {
            buf_append_byte(out, rest.data[0]);
        }
    }
}

static void decode_pairs(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.data[i];
        if (byte < 0x80) {
            buf_append_byte(out, byte);
        } else {
            append_code(out, REPLACEMENT);
            i++;
        }
    }
}

/* Whether the text holds characters beyond ASCII and all of them are whole in UTF-8's structure. Many
 * senders forget to say that it is UTF-8; in ISO/IEC 6937 such bytes make no text. */
static bool is_utf8_unsaid(struct slice text)
{
    size_t following = 0;
    bool beyond = false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.data[i];
        if (following > 0) {
            if ((byte & 0xc0) != 0x80) {
                return false;
            }
            following--;
        } else if (byte >= 0x80) {
            if (byte < 0xc2 || byte > 0xf4) {
                return false;
            }
            following = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
            beyond = true;
        }
    }
    return beyond && following == 0;
}

/* A mark and the letter behind it; returns how many bytes that were. */
static size_t append_marked(struct buf *out, struct slice text)
{
    uint8_t mark = text.data[0];
    uint8_t letter = text.len > 1 ? text.data[1] : 0;
    bool marks = letter > ' ' && letter < 0x7f;
    uint32_t code = marks ? mpegts_accented_code(mark, letter) : 0;
    if (code != 0) {
        append_code(out, code);
        return 2;
    }
    uint32_t combining = mpegts_mark_code(mark);
    if (!marks || combining == 0) {
        append_code(out, REPLACEMENT);
        return 1;
    }
    append_code(out, letter);
    append_code(out, combining);
    return 2;
}

static void decode_single(struct buf *out, struct slice text, unsigned part)
{
    const uint16_t *high = mpegts_high_codes(part);
    size_t i = 0;
    while (i < text.len) {
        uint8_t byte = text.data[i];
        if (part == MPEGTS_PART_6937 && mpegts_is_mark(byte)) {
            i += append_marked(out, slice_from(text, i));
            continue;
        }
        i++;
        if (byte < 0x80) {
            buf_append_byte(out, byte);
        } else if (is_control(byte)) {
            append_control(out, byte);
        } else {
            uint16_t code = high == NULL ? 0 : high[byte - MPEGTS_HIGH_FIRST];
            append_code(out, code == 0 ? REPLACEMENT : code);
        }
    }
}

static struct slice trim(struct slice text)
{
    while (text.len > 0 && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\0')) {
        text.len--;
    }
    return slice_trim(text);
}

void mpegts_text_decode(struct slice text, char out[MPEGTS_NAME_SIZE])
{
    struct buf decoded = buf_make(DECODED_MAX);
    struct text_form form = take_form(&text);
    if (form.coding == CODING_SINGLE && form.part == MPEGTS_PART_6937 && is_utf8_unsaid(text)) {
        form.coding = CODING_UTF8;
    }
    switch (form.coding) {
    case CODING_SINGLE:
        decode_single(&decoded, text, form.part);
        break;
    case CODING_UCS2:
        decode_ucs2(&decoded, text);
        break;
    case CODING_UTF8:
        decode_utf8(&decoded, text);
        break;
    case CODING_PAIRS:
        decode_pairs(&decoded, text);
        break;
    }
    struct buf clean = buf_make(MPEGTS_NAME_SIZE - 1);
    (void)text_append_clean(&clean, trim(buf_slice(&decoded)), MPEGTS_NAME_SIZE - 1);
    struct slice whole = trim(buf_slice(&clean));
    if (whole.len > 0) {
        memcpy(out, whole.data, whole.len);
    }
    out[whole.len] = '\0';
    buf_free(&clean);
    buf_free(&decoded);
}
