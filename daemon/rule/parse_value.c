/* Pieces of options' values: blanks, quotes, numbers, ranges. */
#include "daemon/rule/parse_priv.h"

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

struct option_value value_trim(struct option_value value)
{
    while (value.text.len > 0 && is_blank(value.text.data[0])) {
        value.text = slice_from(value.text, 1);
        value.at++;
    }
    value.text = slice_trim(value.text);
    return value;
}

struct option_value value_split(struct option_value *rest, uint8_t byte)
{
    struct option_value head = {.at = rest->at};
    head.text = slice_split(&rest->text, byte);
    rest->at += head.text.len + 1;
    return value_trim(head);
}

bool value_unquote(struct rule_parse *parse, struct option_value *value, bool *negated)
{
    if (negated != NULL && value->text.len > 0 && value->text.data[0] == '!') {
        *negated = true;
        value->text = slice_from(value->text, 1);
        value->at++;
        *value = value_trim(*value);
    }
    struct slice text = value->text;
    if (text.len < 2 || text.data[0] != '"' || text.data[text.len - 1] != '"') {
        parse_error(parse, value->at,
                    "expected a text in double quotes, with every ; inside it written as \\;");
        return false;
    }
    value->text = slice_part(text, 1, text.len - 2);
    value->at++;
    return true;
}

bool value_u64(struct rule_parse *parse, struct option_value value, uint64_t max, uint64_t *out)
{
    value = value_trim(value);
    if (!text_parse_u64(value.text, out) || *out > max) {
        parse_error(parse, value.at, "expected a number from 0 to %llu", (unsigned long long)max);
        return false;
    }
    return true;
}

/* A number with `N`, `!N`, `>N`, `>=N`, `<N`, `<=N` or `N<>M` (both ends left out, as in Suricata). */
bool number_range_contains(const struct number_range *range, uint64_t number)
{
    bool inside = number >= range->min && number <= range->max;
    return inside != range->negated;
}

bool value_take(struct option_value *value, const char *text)
{
    struct slice start = slice_text(text);
    if (!slice_starts(value->text, start)) {
        return false;
    }
    value->text = slice_from(value->text, start.len);
    value->at += start.len;
    return true;
}

static const struct number_range nothing = {.min = 1, .max = 0};

static bool read_between(struct rule_parse *parse, struct option_value value, size_t middle,
                         struct number_range *out)
{
    struct option_value low = {.text = slice_part(value.text, 0, middle), .at = value.at};
    struct option_value high = {.text = slice_from(value.text, middle + 2), .at = value.at + middle + 2};
    uint64_t min;
    uint64_t max;
    if (!value_u64(parse, low, UINT64_MAX, &min) || !value_u64(parse, high, UINT64_MAX, &max)) {
        return false;
    }
    if (max < 2 || min > max - 2) {
        parse_error(parse, value.at, "no number lies between these two; expected N<>M with M above N + 1");
        return false;
    }
    *out = (struct number_range){.min = min + 1, .max = max - 1};
    return true;
}

bool value_range(struct rule_parse *parse, struct option_value value, struct number_range *out)
{
    value = value_trim(value);
    size_t middle = slice_find(value.text, slice_text("<>"));
    if (middle != SIZE_MAX) {
        return read_between(parse, value, middle, out);
    }
    uint64_t number;
    bool not_less = value_take(&value, ">=");
    bool more = !not_less && value_take(&value, ">");
    bool not_more = !not_less && !more && value_take(&value, "<=");
    bool less = !not_less && !more && !not_more && value_take(&value, "<");
    bool other =
        !not_less && !more && !not_more && !less && (value_take(&value, "!=") || value_take(&value, "!"));
    if (!value_u64(parse, value, UINT64_MAX, &number)) {
        return false;
    }
    *out = (struct number_range){.min = number, .max = number, .negated = other};
    if (not_less || more) {
        out->max = UINT64_MAX;
    }
    if (not_more || less) {
        out->min = 0;
    }
    if ((more && number == UINT64_MAX) || (less && number == 0)) {
        *out = nothing;
        parse_error(parse, value.at, "no number is %s than this", more ? "greater" : "less");
        return false;
    }
    out->min += more;
    out->max -= less;
    return true;
}
