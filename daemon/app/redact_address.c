/*
 * Addresses in text, in the forms that names and paths give them: dotted or dashed decimal (also with leading
 * zeros, also backwards as in the names of access lines), eight hex digits, one decimal number, IPv6 literals
 * with colons or dashes, and the long hex forms of IPv6.
 */
#include "base/address.h"
#include "base/text.h"
#include "daemon/app/redact_priv.h"

enum {
    GROUPS = 4,
    PADDED_DIGITS = 12, /* 198051100007 */
    HEX4_DIGITS = 8,
    HEX6_HALF = 16, /* the /64 alone */
    HEX6_DIGITS = 32,
    NUMBER_DIGITS_MIN = 8,
    NUMBER_DIGITS_MAX = 10,
    DASHES_SURE = 5, /* fewer groups of hex between dashes are words */
};

/* How much a form says of what it means. */
enum address_form {
    FORM_POSSIBLE, /* other things are written so, too */
    FORM_LIKELY,   /* mixed hex digits, a long number */
    FORM_WRITTEN,  /* four groups, a literal */
};

typedef bool (*found_fn)(const void *context, const struct address *address, enum address_form form);

struct search {
    found_fn found; /* true: this is what is looked for */
    const void *context;
};

/* What a byte may be of an address. Names are searched byte by byte, mostly in vain. */
enum byte_class {
    CLASS_DIGIT = 1,
    CLASS_HEX = 2,
    CLASS_WORD = 4,   /* a letter or a digit */
    CLASS_BORDER = 8, /* what literals may begin with beside hex digits */
    CLASS_0_TO_9 = CLASS_DIGIT | CLASS_HEX | CLASS_WORD,
    CLASS_A_TO_F = CLASS_HEX | CLASS_WORD,
};

static const uint8_t classes[UINT8_MAX + 1] = {
    ['0' ... '9'] = CLASS_0_TO_9, ['a' ... 'f'] = CLASS_A_TO_F, ['A' ... 'F'] = CLASS_A_TO_F,
    ['g' ... 'z'] = CLASS_WORD,   ['G' ... 'Z'] = CLASS_WORD,   [':'] = CLASS_BORDER,
    ['-'] = CLASS_BORDER,
};

static bool is_class(uint8_t byte, enum byte_class wanted)
{
    return (classes[byte] & wanted) != 0;
}

static bool is_digit(uint8_t byte)
{
    return is_class(byte, CLASS_DIGIT);
}

static bool is_hex(uint8_t byte)
{
    return is_class(byte, CLASS_HEX);
}

static bool is_letter_or_digit(uint8_t byte)
{
    return is_class(byte, CLASS_WORD);
}

static uint8_t hex_value(uint8_t byte)
{
    return (uint8_t)(is_digit(byte) ? byte - '0' : byte_lower(byte) - 'a' + 10);
}

static bool found_number(const struct search *search, uint64_t number, enum address_form form)
{
    uint8_t bytes[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
                        (uint8_t)number};
    struct address address = address_from_v4(bytes);
    return search->found(search->context, &address, form);
}

static bool found_groups(const struct search *search, const unsigned values[GROUPS], enum address_form form)
{
    uint64_t forward = 0;
    uint64_t backward = 0;
    for (size_t i = 0; i < GROUPS; i++) {
        forward = forward << 8 | values[i];
        backward = backward << 8 | values[GROUPS - 1 - i];
    }
    return found_number(search, forward, form) || found_number(search, backward, FORM_POSSIBLE);
}

/* Four numbers of one byte with one separator each between them, at the text's front. */
static bool search_groups(const struct search *search, struct slice text)
{
    unsigned values[GROUPS] = {0};
    size_t at = 0;
    for (size_t group = 0; group < GROUPS; group++) {
        if (group > 0) {
            if (at >= text.len || memchr(".-_,:+", text.data[at], 6) == NULL) {
                return false;
            }
            at++;
        }
        size_t begin = at;
        while (at < text.len && is_digit(text.data[at]) && at - begin < 4) {
            values[group] = values[group] * 10 + (unsigned)(text.data[at] - '0');
            at++;
        }
        if (at == begin || at - begin > 3 || values[group] > UINT8_MAX) {
            return false;
        }
    }
    return found_groups(search, values, FORM_WRITTEN);
}

/* Eight digits that are a day of our time are no address. */
static bool is_date(struct slice digits)
{
    if (digits.len != 8 || (digits.data[0] != '1' && digits.data[0] != '2') ||
        (digits.data[1] != '9' && digits.data[1] != '0')) {
        return false;
    }
    unsigned month = (unsigned)(digits.data[4] - '0') * 10 + (unsigned)(digits.data[5] - '0');
    unsigned day = (unsigned)(digits.data[6] - '0') * 10 + (unsigned)(digits.data[7] - '0');
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/* A run of decimal digits: the address as one number, or in groups of three. Dates are numbers, too, and
 * what begins with a zero is mostly a code. */
static bool search_digits(const struct search *search, struct slice digits)
{
    uint64_t number = 0;
    bool doubtful = is_date(digits) || slice_starts(digits, slice_text("0"));
    if (digits.len >= NUMBER_DIGITS_MIN && digits.len <= NUMBER_DIGITS_MAX &&
        text_parse_u64(digits, &number) && number > 0xffffff && number <= UINT32_MAX &&
        found_number(search, number, doubtful ? FORM_POSSIBLE : FORM_LIKELY)) {
        return true;
    }
    if (digits.len != PADDED_DIGITS) {
        return false;
    }
    unsigned values[GROUPS];
    for (size_t i = 0; i < GROUPS; i++) {
        if (!text_parse_u64(slice_part(digits, i * 3, 3), &number) || number > UINT8_MAX) {
            return false;
        }
        values[i] = (unsigned)number;
    }
    return found_groups(search, values, FORM_POSSIBLE);
}

/* A run of hex digits: an IPv4 address, an IPv6 address, or an IPv6 /64. */
static bool search_hex(const struct search *search, struct slice digits)
{
    struct address address = {{0}};
    size_t skip = digits.len == HEX4_DIGITS ? 12 : 0;
    if (digits.len != HEX4_DIGITS && digits.len != HEX6_HALF && digits.len != HEX6_DIGITS) {
        return false;
    }
    bool letters = false;
    bool decimals = false;
    for (size_t i = 0; i < digits.len; i++) {
        uint8_t value = hex_value(digits.data[i]);
        address.bytes[skip + i / 2] |= (uint8_t)(i % 2 == 0 ? value << 4 : value);
        letters = letters || value > 9;
        decimals = decimals || value <= 9;
    }
    if (skip > 0) {
        address = address_from_v4(address.bytes + skip);
    }
    return search->found(search->context, &address, letters && decimals ? FORM_LIKELY : FORM_POSSIBLE);
}

/* A literal that is bordered by no letter or digit; `separator` stands for the colons of IPv6. */
static bool search_literal(const struct search *search, struct slice text, uint8_t separator)
{
    char copy[ADDRESS_TEXT_SIZE];
    struct address address;
    size_t len = 0;
    size_t separators = 0;
    while (len < text.len && (is_hex(text.data[len]) || text.data[len] == separator ||
                              (separator == ':' && text.data[len] == '.'))) {
        separators += text.data[len] == separator;
        len++;
    }
    bool bordered = len == text.len || !is_letter_or_digit(text.data[len]);
    while (len > 0 && text.data[len - 1] == '.') {
        len--;
    }
    if (!bordered || separators < 2 || len >= sizeof copy) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        copy[i] = text.data[i] == separator ? ':' : (char)text.data[i];
    }
    copy[len] = '\0';
    bool written = separator == ':' || separators >= DASHES_SURE;
    return address_parse(copy, &address) &&
           search->found(search->context, &address, written ? FORM_WRITTEN : FORM_POSSIBLE);
}

static struct slice run_of(struct slice text, enum byte_class wanted)
{
    size_t len = 0;
    while (len < text.len && is_class(text.data[len], wanted)) {
        len++;
    }
    return slice_part(text, 0, len);
}

/* Whether an address stands at the text's front, which is a digit, a hex digit or a border. */
static bool search_front(const struct search *search, struct slice text, uint8_t before)
{
    if (is_digit(text.data[0]) && !is_digit(before) &&
        (search_groups(search, text) || search_digits(search, run_of(text, CLASS_DIGIT)))) {
        return true;
    }
    if (is_hex(text.data[0]) && !is_hex(before) && search_hex(search, run_of(text, CLASS_HEX))) {
        return true;
    }
    return !is_letter_or_digit(before) &&
           ((before != ':' && before != '.' && search_literal(search, text, ':')) ||
            (before != '-' && search_literal(search, text, '-')));
}

/* Any form has four runs of digits, eight hex digits in a row, or two borders: hardly a name has. */
static bool may_hold_address(struct slice text)
{
    size_t runs = 0;
    size_t borders = 0;
    size_t hex_run = 0;
    unsigned before = 0;
    for (size_t i = 0; i < text.len && hex_run < HEX4_DIGITS; i++) {
        unsigned class = classes[text.data[i]];
        runs += class & ~before & CLASS_DIGIT; /* the lowest bit */
        borders += class / CLASS_BORDER;       /* the highest */
        hex_run = (class & CLASS_HEX) != 0 ? hex_run + 1 : 0;
        before = class;
    }
    return hex_run == HEX4_DIGITS || runs >= GROUPS || borders >= 2;
}

static bool search_text(const struct search *search, struct slice text)
{
    if (!may_hold_address(text)) {
        return false;
    }
    uint8_t before = ' ';
    for (size_t i = 0; i < text.len; i++) {
        if (is_class(text.data[i], CLASS_HEX | CLASS_BORDER) &&
            search_front(search, slice_from(text, i), before)) {
            return true;
        }
        before = text.data[i];
    }
    return false;
}

static bool is_likely(const void *context, const struct address *address, enum address_form form)
{
    (void)context;
    (void)address;
    return form >= FORM_LIKELY;
}

bool redact_has_address(struct slice text)
{
    struct search search = {.found = is_likely};
    return search_text(&search, text);
}

/* The IPv4 address that an IPv6 one carries: 6to4 (RFC 3056), NAT64 (RFC 6052), ::a.b.c.d. */
static bool inner_address(const struct address *outer, struct address *inner)
{
    static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    static const uint8_t zeros[12] = {0};
    if (outer->bytes[0] == 0x20 && outer->bytes[1] == 0x02) {
        *inner = address_from_v4(outer->bytes + 2);
        return true;
    }
    if (memcmp(outer->bytes, nat64, sizeof nat64) == 0 || memcmp(outer->bytes, zeros, sizeof zeros) == 0) {
        *inner = address_from_v4(outer->bytes + 12);
        return true;
    }
    return false;
}

/* One IPv6 /64 is one client. */
static bool is_client(const struct address *client, const struct address *address)
{
    bool short_one = address_is_v4(client);
    size_t compared = short_one ? sizeof client->bytes : sizeof client->bytes / 2;
    return short_one == address_is_v4(address) && memcmp(client->bytes, address->bytes, compared) == 0;
}

/* One client is told by any form; a whole network only by those that are certainly addresses, or it would
 * take the names of others for its own. */
static bool is_one_of(const struct redact_subscribers *who, const struct address *address,
                      enum address_form form)
{
    return (who->client != NULL && is_client(who->client, address)) ||
           (form == FORM_WRITTEN && who->home != NULL && prefix_list_contains(who->home, address));
}

static bool is_subscriber(const void *context, const struct address *address, enum address_form form)
{
    const struct redact_subscribers *who = context;
    struct address inner;
    return is_one_of(who, address, form) || (inner_address(address, &inner) && is_one_of(who, &inner, form));
}

bool redact_names_subscriber(struct slice text, const struct redact_subscribers *who)
{
    if (who == NULL) {
        return false;
    }
    struct search search = {.found = is_subscriber, .context = who};
    if (text.len <= REDACT_PLAIN_MAX && slice_index(text, '%') == SIZE_MAX) {
        return search_text(&search, text); /* nearly always */
    }
    struct redact_plain plain;
    if (!redact_decode(text, &plain)) {
        return true;
    }
    return search_text(&search, redact_plain_slice(&plain));
}
