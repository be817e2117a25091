/*
 * flowbits: what a flow remembers of the rules that matched in it. The names of all rules of a set are bits
 * of one 64-bit word, in the order in which they were read; the word is the flow's (flow/flow.h), with a
 * digest of the names, so that after a reload no bit is read under another name.
 */
#include <string.h>

#include "daemon/rule/parse_priv.h"
#include "daemon/rule/set_priv.h"

/* A name is written between `,` and `;`, and several would be written with `|`. */
static bool name_is_good(struct slice name)
{
    bool good = name.len > 0 && name.len <= FLOWBIT_NAME_MAX;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t byte = name.data[i];
        good = good && byte > ' ' && byte < 0x7f && byte != ',' && byte != '|';
    }
    return good;
}

/* The bit of a name, which is added at its first mention; NULL where there is no room for it. */
static struct flowbit *find_bit(struct rule_parse *parse, struct option_value name)
{
    struct flowbits *bits = &parse->loader->flowbits;
    for (size_t i = 0; i < bits->count; i++) {
        if (slice_equal(slice_text(bits->items[i].name), name.text)) {
            return &bits->items[i];
        }
    }
    if (bits->count == FLOWBITS_MAX) {
        parse_error(parse, name.at, "more than %d different names of flowbits", FLOWBITS_MAX);
        return NULL;
    }
    struct flowbit *bit = &bits->items[bits->count++];
    memcpy(bit->name, name.text.data, name.text.len);
    bit->file = parse->source->file;
    source_place(parse->source, name.at, &bit->line, &bit->column);
    return bit;
}

/* Which of the rule's words a command writes its bit to; NULL where it is none of those with a name. */
static uint64_t *word_of(struct rule_body *rule, struct slice command)
{
    return slice_equal(command, slice_text("set"))        ? &rule->bits_set
           : slice_equal(command, slice_text("isset"))    ? &rule->bits_isset
           : slice_equal(command, slice_text("isnotset")) ? &rule->bits_isnotset
                                                          : NULL;
}

void parse_flowbits(struct rule_parse *parse, const struct option_value *value)
{
    struct rule_body *rule = parse->rule;
    struct option_value name = *value;
    struct option_value command = value_split(&name, ',');
    name = value_trim(name);
    if (slice_equal(command.text, slice_text("noalert"))) {
        rule->noalert = true;
        if (command.text.len < value->text.len) {
            parse_error(parse, command.at, "noalert takes no name");
        }
        return;
    }
    uint64_t *word = word_of(rule, command.text);
    if (word == NULL) {
        parse_error(parse, command.at,
                    "expected set,NAME, isset,NAME, isnotset,NAME or noalert: no more of flowbits is "
                    "understood");
        return;
    }
    if (!name_is_good(name.text)) {
        parse_error(parse, name.text.len > 0 ? name.at : command.at,
                    "expected one name behind %.*s: 1 to %d ASCII characters without blanks, ',' and '|'",
                    (int)command.text.len, (const char *)command.text.data, FLOWBIT_NAME_MAX);
        return;
    }
    struct flowbit *bit = find_bit(parse, name);
    if (bit == NULL) {
        return;
    }
    *word |= UINT64_C(1) << (bit - parse->loader->flowbits.items);
    bit->is_set = bit->is_set || word == &rule->bits_set;
    if ((rule->bits_isset & rule->bits_isnotset) != 0) {
        parse_error(parse, name.at, "isset and isnotset of the same name: this rule would never match");
    }
}

void flowbits_check(const struct flowbits *bits, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < bits->count; i++) {
        const struct flowbit *bit = &bits->items[i];
        if (!bit->is_set) {
            diagnostics_add(diagnostics, bit->file, bit->line, bit->column,
                            "no rule sets flowbit %s that is asked for here; expected a rule with "
                            "flowbits:set,%s",
                            bit->name, bit->name);
        }
    }
}

uint64_t flowbits_digest(const struct flowbits *bits)
{
    struct sha256_context *context = sha256_begin();
    for (size_t i = 0; i < bits->count; i++) {
        const char *name = bits->items[i].name;
        sha256_update(context, slice_make(name, strlen(name) + 1)); /* with its NUL: names stay apart */
    }
    uint8_t bytes[SHA256_SIZE];
    uint64_t digest;
    sha256_end(context, bytes);
    memcpy(&digest, bytes, sizeof digest);
    return digest;
}

enum flowbits_turn flowbits_turn_of(const struct rule_body *body)
{
    bool asks = (body->bits_isset | body->bits_isnotset) != 0;
    return body->bits_set == 0 ? FLOWBITS_LAST : asks ? FLOWBITS_BETWEEN : FLOWBITS_FIRST;
}

/* A flow without attachment has no bits. */
static uint64_t bits_of(const struct flow *flow)
{
    const struct flow_attachment *kept = flow == NULL ? NULL : flow_attachment(flow);
    return kept == NULL ? 0 : kept->rule_bits;
}

void flowbits_settle(const struct rule_set *set, struct flow *flow)
{
    struct flow_attachment *kept = !set->uses_flowbits || flow == NULL ? NULL : flow_attachment(flow);
    if (kept != NULL && kept->rule_names != set->flowbits_names) {
        kept->rule_names = set->flowbits_names;
        kept->rule_bits = 0;
    }
}

bool flowbits_hold(const struct rule_body *body, const struct flow *flow)
{
    uint64_t bits = bits_of(flow);
    return (bits & body->bits_isset) == body->bits_isset && (bits & body->bits_isnotset) == 0;
}

bool flowbits_would_change(const struct rule_body *body, const struct flow *flow)
{
    return flow != NULL && (body->bits_set & ~bits_of(flow)) != 0;
}

void flowbits_set(const struct rule_body *body, struct flow *flow)
{
    if (flow != NULL && body->bits_set != 0) {
        flow_attached(flow)->rule_bits |= body->bits_set;
    }
}
