#include "base/base64.h"

int base64_value(uint8_t byte, enum base64_alphabet alphabet)
{
    if (byte >= 'A' && byte <= 'Z') {
        return byte - 'A';
    }
    if (byte >= 'a' && byte <= 'z') {
        return byte - 'a' + 26;
    }
    if (byte >= '0' && byte <= '9') {
        return byte - '0' + 52;
    }
    bool either = alphabet == BASE64_EITHER;
    return byte == '+' || (either && byte == '-') ? 62 : byte == '/' || (either && byte == '_') ? 63 : -1;
}

struct slice base64_decode(struct slice text, enum base64_alphabet alphabet, uint8_t *out, size_t room,
                           size_t *used)
{
    enum { BITS = 6, BYTE_BITS = 8 };
    size_t len = 0;
    uint32_t bits = 0;
    unsigned held = 0;
    size_t at = 0;
    for (; at < text.len && len < room; at++) {
        int value = base64_value(text.data[at], alphabet);
        if (value < 0) {
            break;
        }
        bits = bits << BITS | (uint32_t)value;
        held += BITS;
        if (held >= BYTE_BITS) {
            held -= BYTE_BITS;
            out[len++] = (uint8_t)(bits >> held);
        }
    }
    if (used != NULL) {
        *used = at;
    }
    return slice_make(out, len);
}

struct slice base64_unpadded(struct slice text)
{
    for (int padding = 0; padding < 2 && text.len > 0 && text.data[text.len - 1] == '='; padding++) {
        text.len--;
    }
    return text;
}
