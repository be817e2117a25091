/* What may be asked of a buffer beside contents (patterns, sizes, name sets), and numbers and words. */
#include "daemon/rule/parse_priv.h"
#include "daemon/rule/pattern_priv.h"

void parse_number(struct rule_parse *parse, const struct option_value *value)
{
    struct number_range range;
    if (value_range(parse, *value, &range)) {
        parse_add_condition(parse)->range = range;
    }
}

static unsigned word_by_name(const struct keyword *keyword, struct slice name)
{
    unsigned word = 0;
    while (keyword->word_name(word) != NULL && !slice_equal(slice_text(keyword->word_name(word)), name)) {
        word++;
    }
    return word;
}

void parse_words(struct rule_parse *parse, const struct option_value *value)
{
    struct option_value rest = *value;
    struct condition condition = {.keyword = parse->keyword, .negated = value_take(&rest, "!")};
    do {
        struct option_value name = value_split(&rest, ',');
        unsigned word = word_by_name(parse->keyword, name.text);
        if (parse->keyword->word_name(word) == NULL) {
            parse_error(parse, name.at, "unknown word of %s; expected some of %s", parse->keyword->name,
                        parse->keyword->value);
            return;
        }
        condition.words |= UINT64_C(1) << word;
    } while (rest.text.len > 0);
    *parse_add_condition(parse) = condition;
}

/* Flags behind the pattern's last slash. */
static bool read_pcre_flags(struct rule_parse *parse, struct option_value value, struct match_step *step,
                            unsigned *flags, bool *extended)
{
    for (size_t i = 0; i < value.text.len; i++) {
        switch (value.text.data[i]) {
        case 'i':
            *flags |= PATTERN_CASELESS;
            break;
        case 's':
            *flags |= PATTERN_DOTALL;
            break;
        case 'm':
            *flags |= PATTERN_MULTILINE;
            break;
        case 'x':
            *extended = true;
            break;
        case 'R':
            step->relative = true;
            break;
        default:
            parse_error(parse, value.at + i,
                        "expected a flag of pcre: i s m x R (buffers are named before it)");
            return false;
        }
    }
    return true;
}

static struct pcre *compile_pattern(struct rule_parse *parse, struct option_value pattern, unsigned flags,
                                    bool extended)
{
    struct buf text = buf_make(SIZE_MAX);
    buf_append_text(&text, extended ? "(?x)" : "");
    size_t before = text.len;
    buf_append(&text, pattern.text);
    buf_append_byte(&text, '\0');
    char message[256];
    size_t index = SIZE_MAX;
    struct pcre *pcre = NULL;
    if (slice_index(pattern.text, 0) != SIZE_MAX) {
        parse_error(parse, pattern.at, "a NUL inside a pattern; expected \\x00");
    } else {
        pcre = pcre_create(parse->loader->patterns, (const char *)text.data, flags, message, &index);
        if (pcre == NULL) {
            bool told = index != SIZE_MAX && index >= before && index - before <= pattern.text.len;
            parse_error(parse, pattern.at + (told ? index - before : 0), "this pattern cannot be used: %s",
                        message);
        }
    }
    buf_free(&text);
    return pcre;
}

void parse_pcre(struct rule_parse *parse, const struct option_value *value)
{
    struct option_value inner = *value;
    bool negated = false;
    parse->step = NO_STEP;
    if (!value_unquote(parse, &inner, &negated)) {
        return;
    }
    size_t last = inner.text.len;
    while (last > 0 && inner.text.data[last - 1] != '/') {
        last--;
    }
    if (last < 2 || inner.text.data[0] != '/') {
        parse_error(parse, inner.at, "expected a pattern between slashes, as \"/^a+/i\"");
        return;
    }
    struct option_value pattern = {.text = slice_part(inner.text, 1, last - 2), .at = inner.at + 1};
    struct option_value letters = {.text = slice_from(inner.text, last), .at = inner.at + last};
    struct match_step *step = parse_add_step(parse, STEP_PCRE);
    if (step == NULL) {
        return;
    }
    step->negated = negated;
    unsigned flags = 0;
    bool extended = false;
    if (read_pcre_flags(parse, letters, step, &flags, &extended)) {
        step->pcre = compile_pattern(parse, pattern, flags, extended);
    }
}

void parse_bsize(struct rule_parse *parse, const struct option_value *value)
{
    struct number_range range;
    if (parse->group == NO_STEP) {
        parse_error(parse, parse->keyword_at,
                    "bsize stands behind no buffer; expected one before it, as http.uri");
        return;
    }
    if (value_range(parse, *value, &range)) {
        struct match_step *step = parse_add_step(parse, STEP_SIZE);
        if (step != NULL) {
            step->size = range;
        }
    }
}

/* A size of http.uri or http.uri.raw; the current buffer stays what it was. */
void parse_urilen(struct rule_parse *parse, const struct option_value *value)
{
    struct option_value form = *value;
    struct option_value number = value_split(&form, ',');
    form = value_trim(form);
    bool raw = slice_equal(form.text, slice_text("raw"));
    if (!raw && form.text.len > 0 && !slice_equal(form.text, slice_text("norm"))) {
        parse_error(parse, form.at, "expected norm or raw");
        return;
    }
    struct number_range range;
    if (!value_range(parse, number, &range)) {
        return;
    }
    size_t before = parse->group;
    const struct keyword *buffer = keyword_by_name(slice_text(raw ? "http.uri.raw" : "http.uri"));
    const struct buffer_group *group = parse_open_group(parse, buffer, SIDE_REQUEST, parse->keyword_at);
    parse->group = (size_t)(group - parse->rule->groups);
    struct match_step *step = parse_add_step(parse, STEP_SIZE);
    if (step != NULL) {
        step->size = range;
    }
    parse->group = before;
}

void parse_dataset(struct rule_parse *parse, const struct option_value *value)
{
    struct option_value rest = *value;
    struct option_value command = value_split(&rest, ',');
    struct option_value name = value_split(&rest, ',');
    rest = value_trim(rest);
    parse->step = NO_STEP;
    bool isset = slice_equal(command.text, slice_text("isset"));
    bool isnotset = slice_equal(command.text, slice_text("isnotset"));
    if (!isset && !isnotset) {
        parse_error(parse, command.at, "expected isset or isnotset");
        return;
    }
    struct option_value type_text = rest;
    enum dataset_type type;
    if (!value_take(&type_text, "type ") || !dataset_type_parse(value_trim(type_text).text, &type)) {
        parse_error(parse, rest.at,
                    "expected type host, ip, string, md5 or sha256 behind the data set's name");
        return;
    }
    if (type == DATASET_HOST && !parse->own_file) {
        parse_error(parse, rest.at,
                    "type host is none of Suricata's; expected it in files named *.vigie.rules only");
        return;
    }
    struct rule_loader *loader = parse->loader;
    const struct dataset *dataset = datasets_find(loader->datasets, name.text, type);
    if (dataset == NULL) {
        parse_error(parse, name.at,
                    "no folder of rules.lists has this data set; expected NAME.list, .txt, .csv, .rpz or "
                    ".hosts");
        return;
    }
    struct match_step *step = parse_add_step(parse, STEP_DATASET);
    if (step != NULL) {
        step->dataset = dataset;
        step->dataset_type = type;
        step->negated = isnotset;
    }
}

void parse_ndpi(struct rule_parse *parse, const struct option_value *value)
{
    struct option_value name = *value;
    bool negated = value_take(&name, "!");
    name = value_trim(name);
    const struct rule_loader *loader = parse->loader;
    if (loader->protocol == NULL) {
        parse_error(parse, parse->keyword_at, "ndpi-protocol needs nDPI; expected ndpi.flows not to be off");
        return;
    }
    bool parsed = parse->rule->protocol != RULE_TCP && parse->rule->protocol != RULE_UDP;
    if (parsed && !loader->parsed_ndpi) {
        parse_error(parse, parse->keyword_at,
                    "nDPI does not see flows of this protocol here; expected a rule of tcp or udp, or "
                    "ndpi.flows: all");
        return;
    }
    char text[64] = "";
    if (name.text.len > 0 && name.text.len < sizeof text) {
        memcpy(text, name.text.data, name.text.len);
    }
    uint16_t protocol = loader->protocol(loader->protocol_context, text);
    if (protocol == 0) {
        parse_error(parse, name.at, "nDPI knows no protocol of this name");
        return;
    }
    parse_add_condition(parse)->range =
        (struct number_range){.min = protocol, .max = protocol, .negated = negated};
}
