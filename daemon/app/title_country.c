/*
 * Titles: the country that lists write before one: "FR|", "|FR|", "FR:", "FR -", "[FR]", "(FR)",
 * "FR ✦", also behind words of quality or rank as in "VIP | FR: " (signatures.md 3.4). Codes are upper case,
 * for "It: Chapter Two" and "No - a film" are titles.
 */
#include "base/attr.h"
#include "daemon/app/title_priv.h"

enum {
    WORD_MAX = 5,
    RANKS_MAX = 2,      /* words of quality before the country */
    ORNAMENTS_MAX = 16, /* bytes of brackets, bars and stars before it */
};

/*
 * ISO 3166-1's two letters by the first one, and what lists use beside them: EN (English), UK, SP (Spain), XK
 * (Kosovo). Left out: FM, PM, SD, ST and TV, which are something else before a title.
 */
static const char *const second_letters[26] = {
    "DEFGILMOQRSTUWXZ",
    "ABDEFGHIJLMNOQRSTVWYZ",
    "ACDFGHIKLMNORUVWXYZ",
    "EJKMOZ",
    "CEGHNRST",
    "IJKOR",
    "ABDEFGHILMNPQRSTUWY",
    "KMNRTU",
    "DELMNOQRST",
    "EMOP",
    "EGHIMNPRWYZ",
    "ABCIKRSTUVY",
    "ACDEFGHKLMNOPQRSTUVWXYZ",
    "ACEFGILOPRUZ",
    "M",
    "AEFGHKLNRSTWY",
    "A",
    "EOSUW",
    "ABCEGHIJKLMNOPRSVXYZ",
    "CDFGHJKLMNORTWZ",
    "AGKMSYZ",
    "ACEGINU",
    "FS",
    "K",
    "ET",
    "AMW",
};

struct code_alias {
    char code[WORD_MAX + 1]; /* padded, so that one comparison is enough */
    const char country[3];
};

static const struct code_alias second_names[] = {{"UK", "GB"}, {"SP", "ES"}};

/* Longer codes; X. stands for regions that are no country. */
static const struct code_alias aliases[] = {
    {"USA", "US"}, {"ENG", "EN"}, {"ESP", "ES"}, {"FRA", "FR"},   {"GER", "DE"},  {"DEU", "DE"},
    {"ITA", "IT"}, {"POR", "PT"}, {"PRT", "PT"}, {"TUR", "TR"},   {"ARA", "AR"},  {"ARB", "AR"},
    {"POL", "PL"}, {"BRA", "BR"}, {"MEX", "MX"}, {"CAN", "CA"},   {"NED", "NL"},  {"NLD", "NL"},
    {"BEL", "BE"}, {"SWE", "SE"}, {"NOR", "NO"}, {"DEN", "DK"},   {"DNK", "DK"},  {"FIN", "FI"},
    {"ROU", "RO"}, {"GRE", "GR"}, {"ALB", "AL"}, {"SRB", "RS"},   {"CRO", "HR"},  {"HRV", "HR"},
    {"RUS", "RU"}, {"UKR", "UA"}, {"IND", "IN"}, {"PAK", "PK"},   {"ISR", "IL"},  {"SUI", "CH"},
    {"AUT", "AT"}, {"AUS", "AU"}, {"LAT", "XL"}, {"LATAM", "XL"}, {"EXYU", "XY"}, {"AFR", "XA"},
    {"KUR", "XR"},
};

static const char *const ranks[] = {
    "VIP", "4K", "8K", "UHD", "FHD", "HD", "SD", "HEVC", "H265", "RAW", "HDR", "HQ", "LQ", "PPV",
};

static bool is_upper(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z';
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static int country_bit(const char code[2])
{
    return (code[0] - 'A') * 26 + (code[1] - 'A');
}

static int find_alias(struct slice word)
{
    char code[WORD_MAX + 1] = "";
    memcpy(code, word.data, word.len);
    for (size_t i = 0; i < ARRAY_COUNT(aliases); i++) {
        if (memcmp(code, aliases[i].code, sizeof code) == 0) {
            return country_bit(aliases[i].country);
        }
    }
    return -1;
}

static int find_country(struct slice word)
{
    if (word.len < 2 || word.len > WORD_MAX) {
        return -1;
    }
    if (word.len > 2) {
        return find_alias(word);
    }
    char code[2] = {(char)word.data[0], (char)word.data[1]};
    for (size_t i = 0; i < ARRAY_COUNT(second_names); i++) {
        if (memcmp(code, second_names[i].code, sizeof code) == 0) {
            return country_bit(second_names[i].country);
        }
    }
    if (!is_upper(word.data[0]) || !is_upper(word.data[1]) ||
        strchr(second_letters[word.data[0] - 'A'], word.data[1]) == NULL) {
        return -1;
    }
    return country_bit(code);
}

static bool is_rank(struct slice word)
{
    for (size_t i = 0; i < ARRAY_COUNT(ranks); i++) {
        if (slice_equal(word, slice_text(ranks[i]))) {
            return true;
        }
    }
    return false;
}

/*
 * Whether a character that lists draw with stands in front, as UTF-8: U+00A0-00BF (broken bar, middle dot,
 * double angle), U+2010-203F (dashes, bullets), U+2190-2BFF (arrows, lines, shapes, dingbats).
 */
bool title_is_drawn(struct slice text)
{
    if (text.len < 2) {
        return false;
    }
    if (text.data[0] == 0xc2) {
        return text.data[1] >= 0xa0 && text.data[1] <= 0xbf;
    }
    return text.data[0] == 0xe2 && ((text.data[1] == 0x80 && text.len > 2 && text.data[2] >= 0x90) ||
                                    (text.data[1] >= 0x86 && text.data[1] <= 0xaf));
}

static size_t drawn_length(struct slice text)
{
    size_t len = text.data[0] == 0xc2 ? 2 : 3;
    return len < text.len ? len : text.len;
}

/* Blanks, bars, brackets and drawings before a word. */
static struct slice skip_ornaments(struct slice text)
{
    struct slice rest = text;
    while (rest.len > 0 && text.len - rest.len < ORNAMENTS_MAX) {
        if (title_is_drawn(rest)) {
            rest = slice_from(rest, drawn_length(rest));
        } else if (slice_index(slice_text(" \t|[(#*=-_"), rest.data[0]) != SIZE_MAX) {
            rest = slice_from(rest, 1);
        } else {
            break;
        }
    }
    return rest;
}

static struct slice take_code(struct slice *text)
{
    size_t len = 0;
    while (len < text->len && (is_upper(text->data[len]) || is_digit(text->data[len]))) {
        len++;
    }
    struct slice code = slice_part(*text, 0, len);
    *text = slice_from(*text, len);
    return code;
}

/* Whether what separates a prefix from the title stands in front, behind blanks. */
static bool separator_follows(struct slice text)
{
    text = slice_trim(text);
    return text.len > 0 &&
           (title_is_drawn(text) || slice_index(slice_text("|:])-"), text.data[0]) != SIZE_MAX);
}

/* "EX-YU" bears the separator in itself. */
static bool take_ex_yu(struct slice *text)
{
    static const char code[] = "EX-YU";
    if (!slice_starts(*text, slice_text(code))) {
        return false;
    }
    *text = slice_from(*text, strlen(code));
    return true;
}

int title_country(struct slice title)
{
    for (int i = 0; i <= RANKS_MAX; i++) {
        title = skip_ornaments(title);
        if (take_ex_yu(&title)) {
            return separator_follows(title) ? country_bit("XY") : -1;
        }
        struct slice code = take_code(&title);
        if (code.len < 2 || code.len > WORD_MAX || !separator_follows(title)) {
            return -1;
        }
        int country = find_country(code);
        if (country >= 0 || !is_rank(code)) {
            return country;
        }
    }
    return -1;
}

bool title_is_country(struct slice word)
{
    uint8_t upper[WORD_MAX];
    if (word.len > sizeof upper) {
        return false;
    }
    for (size_t i = 0; i < word.len; i++) {
        bool lower = word.data[i] >= 'a' && word.data[i] <= 'z';
        upper[i] = lower ? (uint8_t)(word.data[i] - 'a' + 'A') : word.data[i];
    }
    return find_country(slice_make(upper, word.len)) >= 0;
}
