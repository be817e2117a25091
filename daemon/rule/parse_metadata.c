/* What a rule says of itself: msg, sid, rev, metadata, flow. */
#include "app/body_kind.h"
#include "daemon/rule/parse_priv.h"

void parse_ignored(struct rule_parse *parse, const struct option_value *value)
{
    (void)parse;
    (void)value;
}

/* Copies a text that will be shown; too long, not UTF-8 or with control characters is an error. */
static bool copy_shown(struct rule_parse *parse, struct option_value value, char *out, size_t size)
{
    struct buf clean = buf_make(4 * size);
    text_append_clean(&clean, value.text, size);
    bool good = value.text.len > 0 && value.text.len < size && slice_equal(buf_slice(&clean), value.text);
    if (good) {
        memcpy(out, value.text.data, value.text.len);
        out[value.text.len] = '\0';
    } else {
        parse_error(parse, value.at, "expected 1 to %zu bytes of UTF-8 without control characters", size - 1);
    }
    buf_free(&clean);
    return good;
}

void parse_msg(struct rule_parse *parse, const struct option_value *value)
{
    struct option_value inner = *value;
    if (parse->has_msg) {
        parse_error(parse, parse->keyword_at, "a second msg");
    }
    parse->has_msg = true;
    if (!value_unquote(parse, &inner, NULL)) {
        return;
    }
    uint8_t plain[2 * RULE_MSG_SIZE];
    size_t len = 0;
    for (size_t i = 0; i < inner.text.len && len < sizeof plain; i++) {
        bool escape = inner.text.data[i] == '\\' && i + 1 < inner.text.len;
        i += escape;
        plain[len++] = inner.text.data[i];
    }
    struct option_value shown = {.text = slice_make(plain, len), .at = inner.at};
    (void)copy_shown(parse, shown, parse->rule->msg, sizeof parse->rule->msg);
}

void parse_sid(struct rule_parse *parse, const struct option_value *value)
{
    uint64_t sid;
    if (parse->has_sid) {
        parse_error(parse, parse->keyword_at, "a second sid");
    }
    parse->has_sid = true;
    if (value_u64(parse, *value, UINT32_MAX, &sid)) {
        if (sid == 0) {
            parse_error(parse, value->at, "expected a sid from 1");
        }
        parse->rule->rule.sid = (uint32_t)sid;
    }
}

void parse_rev(struct rule_parse *parse, const struct option_value *value)
{
    uint64_t rev;
    if (parse->has_rev) {
        parse_error(parse, parse->keyword_at, "a second rev");
    }
    parse->has_rev = true;
    if (value_u64(parse, *value, UINT32_MAX, &rev)) {
        parse->rule->rule.rev = (uint32_t)rev;
    }
}

static void take_family(struct rule_parse *parse, struct option_value value)
{
    enum family family = family_by_name(value.text);
    if (parse->has_family) {
        parse_error(parse, value.at, "a second family");
    } else if (family == FAMILY_COUNT) {
        parse_error(parse, value.at, "unknown family; rules/README.md lists them");
    }
    parse->has_family = true;
    parse->rule->rule.family = family;
}

static void take_role(struct rule_parse *parse, struct option_value value)
{
    enum role role = role_by_name(value.text);
    if (role == ROLE_COUNT) {
        parse_error(parse, value.at, "unknown role; rules/README.md lists them");
        return;
    }
    parse->rule->rule.roles |= (uint16_t)(1U << role);
}

static void take_weight(struct rule_parse *parse, struct option_value value)
{
    uint64_t weight;
    if (parse->has_weight) {
        parse_error(parse, value.at, "a second weight");
    } else if (!text_parse_u64(value.text, &weight) || weight < 1 || weight > 100) {
        parse_error(parse, value.at, "expected a weight from 1 to 100");
    } else {
        parse->rule->rule.weight = (uint8_t)weight;
    }
    parse->has_weight = true;
}

static void take_reason(struct rule_parse *parse, struct option_value value)
{
    for (size_t i = 0; i < value.text.len; i++) {
        uint8_t byte = value.text.data[i];
        bool good = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-';
        if (!good) {
            parse_error(parse, value.at + i, "expected a reason of small letters, digits and '-'");
            return;
        }
    }
    (void)copy_shown(parse, value, parse->rule->reason, sizeof parse->rule->reason);
}

static void take_make(struct rule_parse *parse, struct option_value value)
{
    (void)copy_shown(parse, value, parse->rule->make, sizeof parse->rule->make);
}

static void take_yes(struct rule_parse *parse, struct option_value value, bool *out)
{
    *out = slice_equal(value.text, slice_text("yes"));
    if (!*out && !slice_equal(value.text, slice_text("no"))) {
        parse_error(parse, value.at, "expected yes or no");
    }
}

static void take_content(struct rule_parse *parse, struct option_value value)
{
    take_yes(parse, value, &parse->rule->rule.content);
}

static void take_structural(struct rule_parse *parse, struct option_value value)
{
    take_yes(parse, value, &parse->rule->rule.structural);
}

static void take_test(struct rule_parse *parse, struct option_value value)
{
    take_yes(parse, value, &parse->rule->rule.test);
}

static void take_notice(struct rule_parse *parse, struct option_value value)
{
    enum notice notice = notice_by_name(value.text);
    if (notice == NOTICE_COUNT || notice == NOTICE_NONE) {
        parse_error(parse, value.at, "expected %s or %s", notice_name(NOTICE_SEIZED),
                    notice_name(NOTICE_BLOCKED));
        return;
    }
    parse->rule->rule.notice = notice;
}

static void take_answer(struct rule_parse *parse, struct option_value value)
{
    parse->rule->states_answer = true;
    while (value.text.len > 0) {
        struct option_value name = value_split(&value, ' ');
        value = value_trim(value);
        enum body_kind kind = body_kind_by_name(name.text);
        if (kind == BODY_KIND_COUNT) {
            parse_error(parse, name.at, "unknown kind of body; rules/README.md lists them");
            return;
        }
        parse->rule->answer_kinds |= UINT32_C(1) << kind;
    }
}

/* The keys of metadata that mean something here; others are kept for their readers and ignored. */
static const struct {
    const char *key;
    void (*take)(struct rule_parse *parse, struct option_value value);
} metadata_keys[] = {
    {"family", take_family}, {"role", take_role},
    {"weight", take_weight}, {"reason", take_reason},
    {"make", take_make},     {"content", take_content},
    {"test", take_test},     {"structural", take_structural},
    {"answer", take_answer}, {"notice", take_notice},
};

void parse_metadata(struct rule_parse *parse, const struct option_value *value)
{
    struct option_value rest = *value;
    do {
        struct option_value item = value_split(&rest, ',');
        struct option_value key = value_split(&item, ' ');
        item = value_trim(item);
        for (size_t i = 0; i < ARRAY_COUNT(metadata_keys); i++) {
            if (!slice_equal(key.text, slice_text(metadata_keys[i].key))) {
                continue;
            }
            if (item.text.len == 0) {
                parse_error(parse, key.at, "%s without a value", metadata_keys[i].key);
            } else {
                metadata_keys[i].take(parse, item);
            }
        }
    } while (rest.text.len > 0);
}

void parse_flow(struct rule_parse *parse, const struct option_value *value)
{
    struct option_value rest = *value;
    do {
        struct option_value word = value_split(&rest, ',');
        if (slice_equal(word.text, slice_text("to_server"))) {
            parse->rule->to_server = true;
        } else if (slice_equal(word.text, slice_text("to_client"))) {
            parse->rule->to_client = true;
        } else if (!slice_equal(word.text, slice_text("established"))) {
            parse_error(parse, word.at, "expected to_server, to_client or established");
        }
    } while (rest.text.len > 0);
    if (parse->rule->to_server && parse->rule->to_client) {
        parse_error(parse, value->at, "expected one of to_server and to_client");
    } else if (parse->rule->transactional && (parse->rule->to_server || parse->rule->to_client)) {
        parse_error(parse, value->at,
                    "a => rule has both directions; expected neither to_server nor to_client");
    }
}
