/* A statement's options, one by one: finds each keyword's row and lets it read its value. The rule's first
 * half (action, protocol, ports) stands in parse_header.c. */
#include <stdarg.h>
#include <stdlib.h>

#include "daemon/rule/parse_priv.h"

void parse_error(struct rule_parse *parse, size_t at, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    struct buf clean = buf_make(4 * sizeof text);
    text_append_clean(&clean, slice_text(len < 0 ? "" : text), 2 * sizeof text);
    buf_append_byte(&clean, '\0');
    unsigned line;
    unsigned column;
    source_place(parse->source, at, &line, &column);
    diagnostics_add(parse->loader->diagnostics, parse->source->file, line, column, "%s",
                    (const char *)clean.data);
    buf_free(&clean);
    parse->failed = true;
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

static void *grown(void *items, size_t count, size_t size)
{
    void *larger = reallocarray(items, count + 1, size);
    if (larger == NULL) {
        abort();
    }
    return larger;
}

struct buffer_group *parse_open_group(struct rule_parse *parse, const struct keyword *buffer,
                                      enum rule_side side, size_t at)
{
    struct rule_body *rule = parse->rule;
    for (size_t i = 0; i < rule->group_count; i++) {
        if (rule->groups[i].buffer == buffer && rule->groups[i].side == side) {
            return &rule->groups[i];
        }
    }
    rule->groups = grown(rule->groups, rule->group_count, sizeof *rule->groups);
    struct buffer_group *group = &rule->groups[rule->group_count++];
    *group = (struct buffer_group){.buffer = buffer, .side = side, .at = at};
    return group;
}

struct condition *parse_add_condition(struct rule_parse *parse)
{
    struct rule_body *rule = parse->rule;
    rule->conditions = grown(rule->conditions, rule->condition_count, sizeof *rule->conditions);
    struct condition *condition = &rule->conditions[rule->condition_count++];
    *condition = (struct condition){.keyword = parse->keyword};
    return condition;
}

struct match_step *parse_add_step(struct rule_parse *parse, enum step_type type)
{
    if (parse->group == NO_STEP) {
        enum rule_protocol protocol = parse->rule->protocol;
        if (protocol != RULE_TCP && protocol != RULE_UDP) {
            parse_error(parse, parse->keyword_at, "%s stands behind no buffer; expected one before it, as %s",
                        parse->keyword->name,
                        protocol == RULE_TLS    ? "tls.sni"
                        : protocol == RULE_DNS  ? "dns.query"
                        : protocol == RULE_QUIC ? "quic.sni"
                                                : "http.uri");
            return NULL;
        }
        struct buffer_group *payload =
            parse_open_group(parse, &keyword_payload, (enum rule_side)0, parse->keyword_at);
        parse->group = (size_t)(payload - parse->rule->groups);
    }
    struct buffer_group *group = &parse->rule->groups[parse->group];
    if (group->count == GROUP_STEPS_MAX) {
        parse_error(parse, parse->keyword_at, "more than %d contents and patterns of one buffer",
                    GROUP_STEPS_MAX);
        return NULL;
    }
    group->steps = grown(group->steps, group->count, sizeof *group->steps);
    struct match_step *step = &group->steps[group->count++];
    *step = (struct match_step){.type = type, .at = parse->keyword_at};
    return step;
}

/* In rules of which protocols a keyword of some reach has a meaning; any other reach is that of http. */
static const struct {
    unsigned protocols; /* bits of enum rule_protocol */
    const char *names;
} reaches[] = {
    [REACH_RULE] = {~0U, NULL},
    [REACH_STREAM] = {1U << RULE_HTTP | 1U << RULE_UDP, "http and udp"},
    [REACH_FLOW] = {1U << RULE_TCP | 1U << RULE_UDP, "tcp and udp"},
    [REACH_SIGN] = {1U << RULE_TCP | 1U << RULE_UDP, "tcp and udp"},
    [REACH_HELLO] = {1U << RULE_TLS, "tls"},
    [REACH_CERTIFICATE] = {1U << RULE_TLS, "tls"},
    [REACH_QUIC] = {1U << RULE_QUIC, "quic"},
    [REACH_DNS] = {1U << RULE_DNS, "dns"},
    [REACH_ANY] = {~0U, NULL},
};

static bool check_reach(struct rule_parse *parse, const struct keyword *keyword, size_t at)
{
    unsigned protocols = reaches[keyword->reach].protocols;
    bool http = protocols == 0;
    if (((http ? 1U << RULE_HTTP : protocols) & 1U << parse->rule->protocol) == 0) {
        parse_error(parse, at, "%s has no meaning in rules of this protocol; expected it in rules of %s",
                    keyword->name, http ? "http" : reaches[keyword->reach].names);
        return false;
    }
    if (keyword->own && !parse->own_file) {
        parse_error(parse, at,
                    "%s is no keyword of Suricata 7; expected it in files named *.vigie.rules only",
                    keyword->name);
        return false;
    }
    return true;
}

/* The side that a keyword reads in this place of the rule; 0 where only the whole rule can tell. */
static enum rule_side side_of(struct rule_parse *parse, const struct keyword *keyword)
{
    switch (keyword->reach) {
    case REACH_REQUEST:
    case REACH_UNANSWERED:
    case REACH_HELLO:
    case REACH_QUIC:
    case REACH_DNS:
        return SIDE_REQUEST;
    case REACH_ANSWER:
    case REACH_CERTIFICATE:
    case REACH_DOCUMENT:
    case REACH_ENTRY:
    case REACH_STREAM:
        parse->answer_part = true;
        return SIDE_ANSWER;
    case REACH_EITHER:
        if (parse->rule->transactional) {
            return parse->answer_part ? SIDE_ANSWER : SIDE_REQUEST;
        }
        return (enum rule_side)0;
    case REACH_SIGN: /* a sign rests on what its word says; a buffer is what a client asked for */
        return keyword->class == KEYWORD_BUFFER ? SIDE_REQUEST : (enum rule_side)0;
    default:
        return (enum rule_side)0;
    }
}

static void take_keyword(struct rule_parse *parse, const struct keyword *keyword,
                         const struct option_value *value)
{
    enum rule_side side = side_of(parse, keyword);
    switch (keyword->class) {
    case KEYWORD_BUFFER: {
        const struct buffer_group *group = parse_open_group(parse, keyword, side, parse->keyword_at);
        parse->group = (size_t)(group - parse->rule->groups);
        parse->step = NO_STEP;
        break;
    }
    case KEYWORD_NUMBER:
        parse_number(parse, value);
        break;
    case KEYWORD_WORDS:
        parse_words(parse, value);
        break;
    case KEYWORD_FLAG:
        (void)parse_add_condition(parse);
        break;
    default:
        keyword->parse(parse, value);
        break;
    }
    parse->rule->sides |= (unsigned)side;
}

static void parse_option(struct rule_parse *parse, struct option_value name, const struct option_value *value)
{
    const struct keyword *keyword = keyword_by_name(name.text);
    if (keyword == NULL) {
        parse_error(parse, name.at, "unknown keyword %.*s; rules/README.md lists those of this version",
                    (int)(name.text.len < 40 ? name.text.len : 40), (const char *)name.text.data);
        return;
    }
    if (!check_reach(parse, keyword, name.at)) {
        return;
    }
    if (value == NULL && keyword->value != NULL && !keyword->optional) {
        parse_error(parse, name.at, "%s without a value; expected %s:%s", keyword->name, keyword->name,
                    keyword->value);
        return;
    }
    if (value != NULL && keyword->value == NULL) {
        parse_error(parse, value->at, "%s takes no value", keyword->name);
        return;
    }
    parse->keyword = keyword;
    parse->keyword_at = name.at;
    take_keyword(parse, keyword, value);
}

/* Index of the `;` that ends an option: one that no backslash escapes. SIZE_MAX where there is none. */
static size_t option_end(struct slice text, size_t at)
{
    for (; at < text.len; at++) {
        if (text.data[at] == '\\') {
            at++;
        } else if (text.data[at] == ';') {
            return at;
        }
    }
    return SIZE_MAX;
}

static size_t skip_blanks(struct slice text, size_t at)
{
    while (at < text.len && is_blank(text.data[at])) {
        at++;
    }
    return at;
}

static void parse_options(struct rule_parse *parse, size_t at)
{
    for (;;) {
        at = skip_blanks(parse->text, at);
        if (at == parse->text.len) {
            parse_error(parse, at, "the rule ends here; expected another option, or ')'");
            return;
        }
        if (parse->text.data[at] == ')') {
            break;
        }
        size_t end = option_end(parse->text, at);
        if (end == SIZE_MAX) {
            parse_error(parse, at, "this option has no end; expected ';' behind it");
            return;
        }
        struct option_value value = {.text = slice_part(parse->text, at, end - at), .at = at};
        bool has_value = slice_index(value.text, ':') != SIZE_MAX;
        struct option_value name = value_split(&value, ':');
        value = value_trim(value);
        parse_option(parse, name, has_value ? &value : NULL);
        at = end + 1;
    }
    at = skip_blanks(parse->text, at + 1);
    if (at < parse->text.len) {
        parse_error(parse, at, "expected nothing behind the rule's ')'");
    }
}

void rule_body_free(struct rule_body *body)
{
    if (body == NULL) {
        return;
    }
    for (size_t i = 0; i < body->group_count; i++) {
        for (size_t j = 0; j < body->groups[i].count; j++) {
            free(body->groups[i].steps[j].bytes);
            pcre_free(body->groups[i].steps[j].pcre);
        }
        free(body->groups[i].steps);
    }
    free(body->groups);
    free(body->conditions);
    free(body->source_ports.ranges);
    free(body->destination_ports.ranges);
    free(body);
}

static void keep_rule(struct rule_loader *loader, struct rule_body *rule)
{
    if (loader->count == loader->room) {
        loader->room = loader->room * 2 + 64;
        loader->bodies = reallocarray(loader->bodies, loader->room, sizeof *loader->bodies);
        if (loader->bodies == NULL) {
            abort();
        }
    }
    loader->bodies[loader->count++] = rule;
}

static void parse_statement(struct rule_loader *loader, const struct source *source)
{
    struct slice name = slice_text(source->file);
    struct rule_parse parse = {
        .loader = loader,
        .source = source,
        .text = buf_slice(&source->text),
        .own_file = slice_ends(name, slice_text(".vigie.rules")),
        .rule = calloc(1, sizeof *parse.rule),
        .group = NO_STEP,
        .step = NO_STEP,
    };
    if (parse.rule == NULL) {
        abort();
    }
    parse.rule->file = source->file;
    parse.rule->line = source->lines[0].line;
    size_t options = parse_header(&parse);
    if (options != SIZE_MAX) {
        parse_options(&parse, options);
        rule_finish(&parse);
    }
    if (!parse.failed && loader->count >= loader->max_rules) {
        parse_error(&parse, 0, "more than %llu rules (rules.max)", (unsigned long long)loader->max_rules);
    }
    if (parse.failed) {
        rule_body_free(parse.rule);
    } else {
        keep_rule(loader, parse.rule);
    }
}

void rule_parse_text(struct rule_loader *loader, const char *file, struct slice text)
{
    struct source source = source_make(file, text);
    while (source_next(&source)) {
        parse_statement(loader, &source);
    }
    source_free(&source);
}
