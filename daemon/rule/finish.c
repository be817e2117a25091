/* What can be judged only when all options of a rule are read: directions, stage, kind, limits of weight. */
#include "daemon/rule/fields_priv.h"
#include "daemon/rule/parse_priv.h"

enum { CLAIM_WEIGHT_MAX = 45, ANSWERED_WEIGHT_MAX = 20 }; /* design, section 7 */

/* The direction of buffers that both halves have. */
static void settle_sides(struct rule_parse *parse)
{
    struct rule_body *rule = parse->rule;
    enum rule_side stated = rule->to_client   ? SIDE_ANSWER
                            : rule->to_server ? SIDE_REQUEST
                                              : (enum rule_side)0;
    bool told = rule->sides == SIDE_REQUEST || rule->sides == SIDE_ANSWER;
    for (size_t i = 0; i < rule->group_count; i++) {
        struct buffer_group *group = &rule->groups[i];
        if (group->side != 0 || group->buffer == &keyword_payload) {
            continue;
        }
        group->side = stated == 0 && told ? (enum rule_side)rule->sides : stated;
        if (group->side == 0) {
            parse_error(parse, group->at,
                        "both directions have %s; expected flow:to_server or flow:to_client",
                        group->buffer->name);
        }
        rule->sides |= (unsigned)group->side;
    }
    if (rule->sides == 0) {
        rule->sides = stated == 0 ? SIDE_REQUEST : stated;
    }
    bool both = rule->sides == (SIDE_REQUEST | SIDE_ANSWER);
    if (rule->transactional && !both) {
        parse_error(parse, 0, "=> without conditions on both request and answer; expected ->");
    } else if (!rule->transactional && both) {
        parse_error(parse, 0, "conditions on request and answer; expected a rule with =>");
    } else if (stated != 0 && !rule->transactional && rule->sides != stated) {
        parse_error(parse, 0, "flow:%s contradicts the rule's keywords",
                    rule->to_client ? "to_client" : "to_server");
    }
}

/* The stage at which what a keyword reads is known; STAGE_COUNT where that is any. */
static enum rule_stage stage_of_reach(enum keyword_reach reach)
{
    switch (reach) {
    case REACH_DOCUMENT:
        return STAGE_ENDED;
    case REACH_ENTRY:
        return STAGE_ENTRY;
    case REACH_STREAM:
        return STAGE_STREAM;
    case REACH_FLOW:
        return STAGE_FLOW;
    case REACH_SIGN:
        return STAGE_SIGN;
    case REACH_HELLO:
    case REACH_CERTIFICATE:
        return STAGE_TLS;
    case REACH_QUIC:
        return STAGE_QUIC;
    case REACH_DNS:
        return STAGE_DNS;
    default:
        return STAGE_COUNT;
    }
}

static void add_stage(struct rule_parse *parse, enum rule_stage *stage, enum keyword_reach reach)
{
    static const char *const names[STAGE_COUNT] = {
        [STAGE_ENDED] = "a whole document",
        [STAGE_ENTRY] = "one of its entries",
        [STAGE_STREAM] = "a transport stream",
        [STAGE_FLOW] = "a flow's first bytes",
        [STAGE_SIGN] = "a protocol's sign",
        [STAGE_TLS] = "a handshake",
        [STAGE_DNS] = "a question",
        [STAGE_QUIC] = "a hello of QUIC",
    };
    enum rule_stage wanted = stage_of_reach(reach);
    if (wanted == STAGE_COUNT || wanted == *stage) {
        return;
    }
    if (*stage != STAGE_COUNT) {
        parse_error(parse, 0, "%s and %s are not known at the same time; expected two rules", names[*stage],
                    names[wanted]);
    }
    *stage = wanted;
}

static void settle_stage(struct rule_parse *parse)
{
    struct rule_body *rule = parse->rule;
    enum rule_stage stage = STAGE_COUNT;
    for (size_t i = 0; i < rule->condition_count; i++) {
        add_stage(parse, &stage, rule->conditions[i].keyword->reach);
    }
    for (size_t i = 0; i < rule->group_count; i++) {
        add_stage(parse, &stage, rule->groups[i].buffer->reach);
    }
    rule->stage = stage != STAGE_COUNT          ? stage
                  : rule->protocol == RULE_HTTP ? STAGE_SETTLED
                  : rule->protocol == RULE_TLS  ? STAGE_TLS
                  : rule->protocol == RULE_DNS  ? STAGE_DNS
                  : rule->protocol == RULE_QUIC ? STAGE_QUIC
                                                : STAGE_FLOW;
}

/* Whether a claim rests on nothing but what a client writes about itself; the method says nothing. */
static bool rests_on_headers(const struct rule_body *rule)
{
    size_t headers = 0;
    for (size_t i = 0; i < rule->condition_count; i++) {
        headers += rule->conditions[i].keyword->client_header;
    }
    for (size_t i = 0; i < rule->group_count; i++) {
        const struct buffer_group *group = &rule->groups[i];
        bool positive = false;
        for (size_t j = 0; j < group->count; j++) {
            positive = positive || !group->steps[j].negated;
        }
        if (!positive || group->buffer->buffer == field_method) {
            continue;
        }
        if (!group->buffer->client_header) {
            return false;
        }
        headers++;
    }
    return headers > 0;
}

/* Whether a rule asks for a sign that shows only where the server spoke, too. */
static bool asks_server_sign(const struct rule_body *rule)
{
    bool server = false;
    for (size_t i = 0; i < rule->condition_count; i++) {
        const struct condition *condition = &rule->conditions[i];
        bool all = condition->keyword->words == field_signs && !condition->negated;
        for (unsigned sign = 0; sign < SIGN_COUNT && all; sign++) {
            all = (condition->words & UINT64_C(1) << sign) == 0 ||
                  sign_basis((enum sign)sign) == SIGN_OF_SERVER;
        }
        server = server || all;
    }
    return server;
}

/* What the words rest on decides; a direction that says something else is a mistake. */
static bool settle_sign_proof(struct rule_parse *parse)
{
    const struct rule_body *rule = parse->rule;
    bool proof = asks_server_sign(rule);
    if (proof && rule->to_server) {
        parse_error(parse, 0,
                    "these words of app.sign rest on the server's bytes too; expected no to_server");
    } else if (!proof && rule->to_client && !parse->failed) {
        parse_error(parse, 0,
                    "this rule rests on the client's bytes alone; expected flow:to_server, or a word of "
                    "app.sign that rests on the server's");
    }
    return proof;
}

static void settle_kind(struct rule_parse *parse)
{
    struct rule_body *rule = parse->rule;
    bool unanswered = false;
    for (size_t i = 0; i < rule->condition_count; i++) {
        const struct keyword *keyword = rule->conditions[i].keyword;
        unanswered = unanswered || keyword->reach == REACH_UNANSWERED;
        rule->states_body_kind = rule->states_body_kind || keyword->words == field_body_kind;
        rule->reads_payload = rule->reads_payload || keyword->number == field_payload_size;
    }
    for (size_t i = 0; i < rule->group_count; i++) {
        const struct keyword *buffer = rule->groups[i].buffer;
        rule->reads_body = rule->reads_body || buffer->body;
        rule->reads_payload = rule->reads_payload || buffer == &keyword_payload;
    }
    bool proof = rule->stage == STAGE_SIGN     ? settle_sign_proof(parse)
                 : rule->stage == STAGE_STREAM ? true
                 : rule->stage == STAGE_TLS || rule->protocol == RULE_HTTP
                     ? (rule->sides & SIDE_ANSWER) != 0
                     : rule->to_client && rule->reads_payload;
    rule->rule.kind = unanswered ? EVIDENCE_ANSWERED : proof ? EVIDENCE_PROOF : EVIDENCE_CLAIM;
    /* Who asks for a name has not spoken with its server: no more than a header's word. */
    rule->rule.client_header =
        rule->rule.kind == EVIDENCE_CLAIM && (rule->protocol == RULE_DNS || rests_on_headers(rule));
    if (unanswered && proof) {
        parse_error(parse, 0, "http.answered beside conditions on an answer; expected either");
    }
    if (rule->rule.kind == EVIDENCE_ANSWERED && rule->rule.weight > ANSWERED_WEIGHT_MAX) {
        parse_error(parse, 0, "a rule with http.answered has a weight of at most %d", ANSWERED_WEIGHT_MAX);
    }
    if (rule->rule.kind == EVIDENCE_CLAIM && rule->rule.weight > CLAIM_WEIGHT_MAX) {
        parse_error(parse, 0, "a rule that rests on the client's bytes alone has a weight of at most %d",
                    CLAIM_WEIGHT_MAX);
    }
    if (rule->states_answer && rule->rule.kind != EVIDENCE_CLAIM) {
        parse_error(parse, 0,
                    "metadata answer belongs to a claim; expected http.body_kind in a rule on answers");
    }
    if (!rule->states_answer) {
        rule->answer_kinds =
            ~(UINT32_C(1) << BODY_HTML | UINT32_C(1) << BODY_IMAGE | UINT32_C(1) << BODY_ARCHIVE);
    }
}

/* Ties relative steps to the step before them that moves the place. */
static void settle_anchors(struct buffer_group *group)
{
    uint16_t anchor = 0;
    for (size_t i = 0; i < group->count; i++) {
        struct match_step *step = &group->steps[i];
        if (step->relative && anchor > 0) {
            step->anchor = anchor;
            group->steps[anchor - 1].anchors = true;
        }
        if (!step->negated && (step->type == STEP_CONTENT || step->type == STEP_PCRE)) {
            anchor = (uint16_t)(i + 1);
        }
    }
}

/* What is not there holds nothing, so one byte is the least. */
static void settle_shortest(struct buffer_group *group)
{
    group->shortest = 1;
    for (size_t i = 0; i < group->count; i++) {
        const struct match_step *step = &group->steps[i];
        size_t least = step->negated                                   ? 0
                       : step->type == STEP_PCRE && step->pcre != NULL ? pcre_shortest(step->pcre)
                       : step->type == STEP_CONTENT                    ? step->len
                                                                       : 0;
        group->shortest = least > group->shortest ? least : group->shortest;
    }
}

static void check_lower_case(struct rule_parse *parse, const struct buffer_group *group)
{
    for (size_t i = 0; i < group->count; i++) {
        const struct match_step *step = &group->steps[i];
        bool upper = step->nocase;
        for (size_t j = 0; j < step->len; j++) {
            upper = upper || byte_lower(step->bytes[j]) != step->bytes[j];
        }
        if (upper) {
            parse_error(parse, step->at, "%s is in lower case; expected a lower-case pattern without nocase",
                        group->buffer->name);
        }
    }
}

static bool asks_flowbits(const struct rule_body *rule)
{
    return (rule->bits_isset | rule->bits_isnotset) != 0;
}

static void settle_groups(struct rule_parse *parse)
{
    struct rule_body *rule = parse->rule;
    bool whole = !parse->failed; /* else what is missing here may be what was refused */
    for (size_t i = 0; i < rule->group_count; i++) {
        struct buffer_group *group = &rule->groups[i];
        if (group->count == 0 && whole) {
            parse_error(parse, group->at, "%s without a content, pattern, size or data set behind it",
                        group->buffer->name);
        }
        if (group->buffer->lower_case) {
            check_lower_case(parse, group);
        }
        settle_anchors(group);
        settle_shortest(group);
    }
    bool asks = rule->group_count > 0 || rule->condition_count > 0 || rule->source_ports.count > 0 ||
                rule->destination_ports.count > 0 || asks_flowbits(rule);
    if (!asks && whole) {
        parse_error(parse, 0, "this rule asks for nothing and would match everything");
    }
    if (rule->noalert && rule->bits_set == 0 && whole) {
        parse_error(parse, 0, "noalert in a rule that sets nothing; expected flowbits:set,NAME");
    }
}

static bool has_positive(const struct buffer_group *group, enum step_type type)
{
    for (size_t i = 0; i < group->count; i++) {
        if (group->steps[i].type == type && !group->steps[i].negated) {
            return true;
        }
    }
    return false;
}

/* How much evidence tells that is shown from a group, or from the numbers and words: best fixed bytes of a
 * URL, then of another buffer, a listed name, the shape of a URL; last what is the same in most transactions.
 */
enum shown_rank {
    RANK_NOTHING,
    RANK_STARS,
    RANK_DULL,
    RANK_CONDITIONS,
    RANK_SHAPE,
    RANK_NAME,
    RANK_BYTES,
    RANK_URL_BYTES,
};

static enum shown_rank rank_group(const struct buffer_group *group)
{
    bool url = group->buffer->mask == MASK_URL;
    if (has_positive(group, STEP_DATASET)) {
        return RANK_NAME;
    }
    if (group->buffer->dull) {
        return RANK_DULL;
    }
    if (has_positive(group, STEP_CONTENT)) {
        return url ? RANK_URL_BYTES : RANK_BYTES;
    }
    return url ? RANK_SHAPE : RANK_STARS;
}

static void settle_shown(struct rule_body *rule)
{
    enum shown_rank best = rule->condition_count > 0 ? RANK_CONDITIONS : RANK_NOTHING;
    rule->shown = SHOWN_CONDITIONS;
    for (size_t i = 0; i < rule->group_count; i++) {
        enum shown_rank rank = rank_group(&rule->groups[i]);
        if (rank > best) {
            best = rank;
            rule->shown = i;
        }
    }
    rule->rule.field = rule->shown != SHOWN_CONDITIONS ? rule->groups[rule->shown].buffer->name
                       : rule->condition_count > 0     ? rule->conditions[0].keyword->name
                       : asks_flowbits(rule)           ? "flowbits"
                                                       : "port";
}

/* A notice is about a name and makes no score; records bear the least weight. */
static void check_notice(struct rule_parse *parse)
{
    if (parse->has_weight) {
        parse_error(parse, 0, "a rule with notice and weight; expected no weight");
    }
    if (parse->rule->protocol == RULE_DNS) {
        parse_error(parse, 0, "a rule of dns with notice; expected it in rules on what a server answers");
    }
    parse->rule->rule.weight = 1;
}

static void check_required(struct rule_parse *parse)
{
    static const char hint[] = "expected metadata: family NAME, role NAME, weight N";
    if (!parse->has_sid) {
        parse_error(parse, 0, "a rule without sid");
    }
    if (!parse->has_msg) {
        parse_error(parse, 0, "a rule without msg");
    }
    if (!parse->has_family) {
        parse_error(parse, 0, "a rule without family; %s", hint);
    }
    if (parse->rule->rule.notice != NOTICE_NONE) {
        check_notice(parse);
    } else if (!parse->has_weight) {
        parse_error(parse, 0, "a rule without weight; %s", hint);
    }
    if (parse->rule->rule.roles == 0) {
        parse_error(parse, 0, "a rule without role; %s", hint);
    }
}

/* What it costs about to see that a group does not hold. */
static unsigned cost_of(const struct buffer_group *group)
{
    static const unsigned costs[] = {
        [STEP_SIZE] = 0, [STEP_CONTENT] = 1, [STEP_PCRE] = 4, [STEP_DATASET] = 16};
    unsigned cost = 0;
    for (size_t i = 0; i < group->count; i++) {
        cost += group->buffer->buffer == field_stat_code ? 0 : costs[group->steps[i].type];
    }
    return group->buffer->body ? 64 * cost : cost;
}

/* Cheap groups are verified first; those that cost the same stay in the order in which they were written. */
static void order_groups(struct rule_body *rule)
{
    for (size_t i = 1; i < rule->group_count; i++) {
        struct buffer_group group = rule->groups[i];
        bool shown = rule->shown == i;
        size_t at = i;
        for (; at > 0 && cost_of(&rule->groups[at - 1]) > cost_of(&group); at--) {
            rule->groups[at] = rule->groups[at - 1];
            rule->shown += rule->shown == at - 1;
        }
        rule->groups[at] = group;
        rule->shown = shown ? at : rule->shown;
    }
}

void rule_finish(struct rule_parse *parse)
{
    struct rule_body *rule = parse->rule;
    settle_groups(parse);
    if (parse->failed) {
        check_required(parse);
        return; /* what follows would be told of a rule that is not the one meant */
    }
    check_required(parse);
    settle_sides(parse);
    settle_stage(parse);
    settle_kind(parse);
    settle_shown(rule);
    order_groups(rule);
    if (!parse->has_rev) {
        rule->rule.rev = 1;
    }
    if (rule->reason[0] == '\0') {
        snprintf(rule->reason, sizeof rule->reason, "sid-%u", rule->rule.sid);
    }
    rule->rule.msg = rule->msg;
    rule->rule.reason = rule->reason;
    rule->rule.make = rule->make;
}
