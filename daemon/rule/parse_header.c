/* The first half of a rule: `alert PROTO any PORTS -> any PORTS (`. */
#include <stdlib.h>

#include "daemon/rule/parse_priv.h"

static const char *const protocols[RULE_PROTOCOL_COUNT] = {
    [RULE_HTTP] = "http", [RULE_TCP] = "tcp",   [RULE_UDP] = "udp",
    [RULE_TLS] = "tls",   [RULE_QUIC] = "quic", [RULE_DNS] = "dns",
};

enum { PORT_RANGES_MAX = 256 };

bool port_list_contains(const struct port_list *list, uint16_t port)
{
    bool wanted = false;
    bool any_wanted = false;
    for (size_t i = 0; i < list->count; i++) {
        const struct port_range *range = &list->ranges[i];
        bool inside = port >= range->first && port <= range->last;
        if (range->negated && inside) {
            return false;
        }
        any_wanted = any_wanted || !range->negated;
        wanted = wanted || (inside && !range->negated);
    }
    return wanted || !any_wanted;
}

/* A word of the header: up to a blank or the options' bracket; blanks inside [...] belong to it. */
static struct option_value next_word(struct rule_parse *parse, size_t *at)
{
    struct slice text = parse->text;
    while (*at < text.len && (text.data[*at] == ' ' || text.data[*at] == '\t')) {
        (*at)++;
    }
    size_t begin = *at;
    bool in_group = false;
    for (; *at < text.len; (*at)++) {
        uint8_t byte = text.data[*at];
        if (!in_group && (byte == ' ' || byte == '\t' || byte == '(')) {
            break;
        }
        in_group = byte == '[' || (in_group && byte != ']');
    }
    return (struct option_value){.text = slice_part(text, begin, *at - begin), .at = begin};
}

static bool value_is(struct option_value value, const char *text)
{
    return slice_equal(value.text, slice_text(text));
}

static void parse_protocol(struct rule_parse *parse, struct option_value value)
{
    for (size_t i = 0; i < RULE_PROTOCOL_COUNT; i++) {
        if (value_is(value, protocols[i])) {
            parse->rule->protocol = (enum rule_protocol)i;
            return;
        }
    }
    parse_error(parse, value.at, "expected a protocol: http, tls, quic, dns, tcp or udp");
}

static void parse_address(struct rule_parse *parse, struct option_value value)
{
    if (!value_is(value, "any")) {
        parse_error(parse, value.at, "expected any: rules are asked of all addresses");
    }
}

static bool parse_port(struct rule_parse *parse, struct option_value value, uint16_t *port)
{
    uint64_t number;
    if (!value_u64(parse, value, UINT16_MAX, &number)) {
        return false;
    }
    *port = (uint16_t)number;
    return true;
}

/* N, A:B, A: or :B, with `!` before it. */
static void parse_port_range(struct rule_parse *parse, struct option_value value, bool negated,
                             struct port_list *list)
{
    struct port_range range = {.first = 0, .last = UINT16_MAX, .negated = negated};
    if (value.text.len > 0 && value.text.data[0] == '!') {
        range.negated = !negated;
        value = value_trim((struct option_value){.text = slice_from(value.text, 1), .at = value.at + 1});
    }
    bool is_range = slice_index(value.text, ':') != SIZE_MAX;
    struct option_value rest = value;
    struct option_value first = value_split(&rest, ':');
    rest = value_trim(rest);
    if (first.text.len == 0 && rest.text.len == 0) {
        parse_error(parse, value.at, "expected a port: N, A:B, A: or :B");
        return;
    }
    bool good = first.text.len == 0 || parse_port(parse, first, &range.first);
    if (is_range) {
        good = good && (rest.text.len == 0 || parse_port(parse, rest, &range.last));
    } else {
        range.last = range.first;
    }
    if (!good) {
        return;
    }
    if (range.first > range.last) {
        parse_error(parse, value.at, "expected a range of ports that begins below its end");
        return;
    }
    if (list->count == PORT_RANGES_MAX) {
        parse_error(parse, value.at, "more than %d ports in one group", PORT_RANGES_MAX);
        return;
    }
    list->ranges = reallocarray(list->ranges, list->count + 1, sizeof *list->ranges);
    if (list->ranges == NULL) {
        abort();
    }
    list->ranges[list->count++] = range;
}

static void parse_ports(struct rule_parse *parse, struct option_value value, struct port_list *list)
{
    if (value_is(value, "any")) {
        return;
    }
    bool negated = value.text.len > 1 && value.text.data[0] == '!' && value.text.data[1] == '[';
    if (negated) {
        value = (struct option_value){.text = slice_from(value.text, 1), .at = value.at + 1};
    }
    bool is_group = value.text.len >= 2 && value.text.data[0] == '[';
    if (!is_group) {
        parse_port_range(parse, value, negated, list);
        return;
    }
    if (value.text.data[value.text.len - 1] != ']') {
        parse_error(parse, value.at, "this group of ports has no end; expected ']'");
        return;
    }
    struct option_value rest = {.text = slice_part(value.text, 1, value.text.len - 2), .at = value.at + 1};
    do {
        parse_port_range(parse, value_split(&rest, ','), negated, list);
    } while (rest.text.len > 0);
}

size_t parse_header(struct rule_parse *parse)
{
    size_t at = 0;
    struct option_value action = next_word(parse, &at);
    if (!value_is(action, "alert")) {
        parse_error(parse, action.at, "expected alert: a rule here only tells, it never drops or passes");
        return SIZE_MAX;
    }
    parse_protocol(parse, next_word(parse, &at));
    parse_address(parse, next_word(parse, &at));
    parse_ports(parse, next_word(parse, &at), &parse->rule->source_ports);
    struct option_value arrow = next_word(parse, &at);
    parse->rule->transactional = value_is(arrow, "=>");
    if (!parse->rule->transactional && !value_is(arrow, "->")) {
        parse_error(parse, arrow.at, "expected -> or =>");
        return SIZE_MAX;
    }
    bool pairs = parse->rule->protocol == RULE_HTTP || parse->rule->protocol == RULE_TLS;
    if (parse->rule->transactional && !pairs) {
        parse_error(parse, arrow.at,
                    "=> asks for both sides of one transaction of http, or handshake of tls; expected ->");
    }
    if (parse->rule->transactional && !parse->own_file) {
        parse_error(parse, arrow.at,
                    "=> is none of Suricata 7; expected it in files named *.vigie.rules only");
    }
    parse_address(parse, next_word(parse, &at));
    parse_ports(parse, next_word(parse, &at), &parse->rule->destination_ports);
    struct option_value behind = next_word(parse, &at);
    if (behind.text.len > 0 || at == parse->text.len) {
        parse_error(parse, behind.at, "expected the rule's options in brackets");
        return SIZE_MAX;
    }
    return at + 1;
}
