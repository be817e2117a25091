/* Base64 (RFC 4648), read from the front as far as it goes. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

enum base64_alphabet {
    BASE64_STANDARD, /* section 4: '+' and '/' */
    BASE64_EITHER,   /* and section 5's '-' and '_' in their places */
};

/* The six bits of a digit; -1 where it is none (padding is none). */
int base64_value(uint8_t byte, enum base64_alphabet alphabet);

/* Decodes up to the first byte that is no digit, or until `out` is full; `*used` bytes of the text were read
 * (may be NULL). What is short of a whole byte at the end is left out. */
struct slice base64_decode(struct slice text, enum base64_alphabet alphabet, uint8_t *out, size_t room,
                           size_t *used);

/* The text without its padding: two '=' at most at its end. */
struct slice base64_unpadded(struct slice text);
