/* content and its modifiers; Suricata's own limits on what may stand together are errors here too. */
#include <stdlib.h>

#include "daemon/rule/parse_priv.h"

enum { CONTENT_MAX = 255, OFFSET_MAX = UINT16_MAX };

/* Bytes of a content that is being read. */
struct pattern {
    uint8_t bytes[CONTENT_MAX];
    size_t len;
};

static int hex_digit(uint8_t byte)
{
    uint8_t lower = byte_lower(byte);
    if (lower >= '0' && lower <= '9') {
        return lower - '0';
    }
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool add_byte(struct rule_parse *parse, struct pattern *pattern, uint8_t byte, size_t at)
{
    if (pattern->len == CONTENT_MAX) {
        parse_error(parse, at, "a content of more than %d bytes", CONTENT_MAX);
        return false;
    }
    pattern->bytes[pattern->len++] = byte;
    return true;
}

/* `|0d 0a|`: pairs of hex digits, with blanks where wanted. `*at` stands behind the first bar. */
static bool read_hex(struct rule_parse *parse, const struct option_value *value, size_t *at,
                     struct pattern *pattern)
{
    struct slice text = value->text;
    while (*at < text.len && text.data[*at] != '|') {
        if (text.data[*at] == ' ') {
            (*at)++;
            continue;
        }
        int high = hex_digit(text.data[*at]);
        int low = *at + 1 < text.len ? hex_digit(text.data[*at + 1]) : -1;
        if (high < 0 || low < 0) {
            parse_error(parse, value->at + *at, "expected two hex digits for each byte between the bars");
            return false;
        }
        if (!add_byte(parse, pattern, (uint8_t)(high << 4 | low), value->at + *at)) {
            return false;
        }
        *at += 2;
    }
    if (*at == text.len) {
        parse_error(parse, value->at + *at, "these hex digits have no end; expected '|'");
        return false;
    }
    (*at)++;
    return true;
}

static bool read_pattern(struct rule_parse *parse, const struct option_value *value, struct pattern *pattern)
{
    struct slice text = value->text;
    size_t at = 0;
    while (at < text.len) {
        uint8_t byte = text.data[at++];
        if (byte == '|') {
            if (!read_hex(parse, value, &at, pattern)) {
                return false;
            }
            continue;
        }
        if (byte == '"') {
            parse_error(parse, value->at + at - 1, "a quote inside a content; expected \\\"");
            return false;
        }
        if (byte == '\\') {
            byte = at < text.len ? text.data[at] : 0;
            if (byte == 0 || strchr("\"\\;:", byte) == NULL) {
                parse_error(parse, value->at + at - 1,
                            "expected \\\" \\\\ \\; or \\: or a byte in hex as |5c|");
                return false;
            }
            at++;
        }
        if (!add_byte(parse, pattern, byte, value->at + at - 1)) {
            return false;
        }
    }
    if (pattern->len == 0) {
        parse_error(parse, value->at, "an empty content; expected at least one byte");
        return false;
    }
    return true;
}

void parse_content(struct rule_parse *parse, const struct option_value *value)
{
    struct option_value inner = *value;
    struct pattern pattern = {.len = 0};
    bool negated = false;
    parse->step = NO_STEP;
    if (!value_unquote(parse, &inner, &negated) || !read_pattern(parse, &inner, &pattern)) {
        return;
    }
    struct match_step *step = parse_add_step(parse, STEP_CONTENT);
    if (step == NULL) {
        return;
    }
    step->negated = negated;
    step->len = pattern.len;
    step->bytes = malloc(pattern.len);
    if (step->bytes == NULL) {
        abort();
    }
    memcpy(step->bytes, pattern.bytes, pattern.len);
    parse->step = parse->rule->groups[parse->group].count - 1;
}

/* The content that a modifier belongs to. */
static struct match_step *last_content(struct rule_parse *parse)
{
    if (parse->group == NO_STEP || parse->step == NO_STEP) {
        /* A content that was refused has been told already. */
        if (!parse->failed) {
            parse_error(parse, parse->keyword_at, "%s belongs to a content; expected one before it",
                        parse->keyword->name);
        }
        return NULL;
    }
    return &parse->rule->groups[parse->group].steps[parse->step];
}

static bool refuse_if(struct rule_parse *parse, bool wrong, const char *others)
{
    if (wrong) {
        parse_error(parse, parse->keyword_at, "%s cannot stand beside %s on the same content",
                    parse->keyword->name, others);
    }
    return wrong;
}

void parse_nocase(struct rule_parse *parse, const struct option_value *value)
{
    (void)value;
    struct match_step *step = last_content(parse);
    if (step == NULL) {
        return;
    }
    step->nocase = true;
    for (size_t i = 0; i < step->len; i++) {
        step->bytes[i] = byte_lower(step->bytes[i]);
    }
}

void parse_startswith(struct rule_parse *parse, const struct option_value *value)
{
    (void)value;
    struct match_step *step = last_content(parse);
    if (step != NULL && !refuse_if(parse, step->has_depth || step->has_offset || step->relative,
                                   "depth, offset, distance or within")) {
        step->starts = true;
    }
}

void parse_endswith(struct rule_parse *parse, const struct option_value *value)
{
    (void)value;
    struct match_step *step = last_content(parse);
    if (step != NULL && !refuse_if(parse, step->has_offset || step->relative, "offset, distance or within")) {
        step->ends = true;
    }
}

static bool read_offset(struct rule_parse *parse, const struct option_value *value, size_t min, size_t *out)
{
    uint64_t number;
    if (!value_u64(parse, *value, OFFSET_MAX, &number)) {
        return false;
    }
    if (number < min) {
        parse_error(parse, value->at, "%s is less than the content's %zu bytes", parse->keyword->name, min);
        return false;
    }
    *out = (size_t)number;
    return true;
}

void parse_depth(struct rule_parse *parse, const struct option_value *value)
{
    struct match_step *step = last_content(parse);
    if (step != NULL && !refuse_if(parse, step->starts || step->relative, "startswith, distance or within")) {
        step->has_depth = read_offset(parse, value, step->len, &step->depth);
    }
}

void parse_offset(struct rule_parse *parse, const struct option_value *value)
{
    struct match_step *step = last_content(parse);
    if (step != NULL && !refuse_if(parse, step->starts || step->ends || step->relative,
                                   "startswith, endswith, distance or within")) {
        step->has_offset = read_offset(parse, value, 0, &step->offset);
    }
}

static bool refuse_relative(struct rule_parse *parse, const struct match_step *step)
{
    return refuse_if(parse, step->starts || step->ends || step->has_depth || step->has_offset,
                     "startswith, endswith, depth or offset");
}

void parse_distance(struct rule_parse *parse, const struct option_value *value)
{
    struct match_step *step = last_content(parse);
    if (step == NULL || refuse_relative(parse, step)) {
        return;
    }
    struct option_value number = *value;
    bool backwards = number.text.len > 0 && number.text.data[0] == '-';
    number.text = slice_from(number.text, backwards);
    number.at += backwards;
    size_t distance;
    if (read_offset(parse, &number, 0, &distance)) {
        step->distance = backwards ? -(int64_t)distance : (int64_t)distance;
        step->has_distance = true;
        step->relative = true;
    }
}

void parse_within(struct rule_parse *parse, const struct option_value *value)
{
    struct match_step *step = last_content(parse);
    if (step != NULL && !refuse_relative(parse, step)) {
        step->has_within = read_offset(parse, value, step->len, &step->within);
        step->relative = step->relative || step->has_within;
    }
}
