/* --explain: for each service, where its score comes from and what it lacks, for a person to read. */
#include <inttypes.h>

#include "daemon/verdict/explain_priv.h"
#include "daemon/verdict/memory_priv.h"

/* One sid with the reason that it counts in. */
struct line {
    const struct evidence *evidence;
    const struct reason_group *group; /* NULL where nothing is credited */
};

static const struct reason_group *group_of(const struct score *score, const char *reason)
{
    for (size_t i = 0; i < score->group_count; i++) {
        if (strcmp(score->groups[i].reason, reason) == 0) {
            return &score->groups[i];
        }
    }
    return NULL;
}

/* Heavy reasons first; within a reason the sid that gave the weight first. */
static int compare_lines(const void *a, const void *b)
{
    const struct line *left = a;
    const struct line *right = b;
    if (left->group != NULL && left->group != right->group) {
        int by_weight = (int)right->group->weight - (int)left->group->weight;
        return by_weight != 0 ? by_weight : (left->group->sid < right->group->sid ? -1 : 1);
    }
    int by_weight = (int)right->evidence->rule->weight - (int)left->evidence->rule->weight;
    if (by_weight != 0) {
        return by_weight;
    }
    uint32_t left_sid = left->evidence->rule->sid;
    uint32_t right_sid = right->evidence->rule->sid;
    return left_sid < right_sid ? -1 : left_sid > right_sid;
}

static size_t collect_lines(const struct view *view, const struct score *score, struct line *lines)
{
    for (size_t i = 0; i < view->evidence_count; i++) {
        lines[i].evidence = view->evidence[i];
        lines[i].group = group_of(score, view->evidence[i]->rule->reason);
    }
    qsort(lines, view->evidence_count, sizeof lines[0], compare_lines);
    return view->evidence_count;
}

static void print_line(const struct line *line, bool counted, FILE *out)
{
    const struct evidence *evidence = line->evidence;
    const struct evidence_rule *rule = evidence->rule;
    fprintf(out, counted ? "    %4u  " : "   (%3u) ", rule->weight);
    fprintf(out, "%s: %s [%s%s%s] sid %" PRIu32 ", %" PRIu64 "x%s\n", rule->reason, rule->msg,
            evidence_kind_name(rule->kind), rule->content ? ", content" : "",
            rule->structural ? ", structural sign" : "", rule->sid, evidence->count,
            counted || line->group == NULL ? "" : "; its reason is counted above");
    if (evidence->value[0] != '\0') {
        fprintf(out, "          %s %s\n", rule->field, evidence->value);
    }
}

static void print_kind(const struct line *lines, size_t count, const struct score *score,
                       enum evidence_kind kind, uint32_t claimants, FILE *out)
{
    const struct reason_group *before = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct reason_group *group = lines[i].group;
        if (group == NULL || group->kind != kind) {
            continue;
        }
        if (before == NULL) {
            uint8_t united = score->by_kind[kind];
            fprintf(out, "  %s: unites to %u", evidence_kind_name(kind), united);
            if (kind == EVIDENCE_CLAIM && united > score->claims_cap) {
                fprintf(out, ", counts as %u because %s", score->claims_cap,
                        claimants >= 2 ? "claims alone are no more" : "one client made them all");
            }
            fputc('\n', out);
        }
        print_line(&lines[i], group != before, out);
        before = group;
    }
}

static void print_evidence(const struct view *view, const struct score *score, FILE *out)
{
    static const enum evidence_kind order[] = {EVIDENCE_PROOF, EVIDENCE_CLAIM, EVIDENCE_ANSWERED};
    struct line lines[SCORE_CONTRIBUTIONS_MAX];
    size_t count = collect_lines(view, score, lines);
    uint32_t claimants = claimants_count(&view->facts.claimants);
    for (size_t i = 0; i < ARRAY_COUNT(order); i++) {
        print_kind(lines, count, score, order[i], claimants, out);
    }
    if (!score->credited) {
        fprintf(out, "  not credited, for want of a path claim or proof\n");
        for (size_t i = 0; i < count; i++) {
            print_line(&lines[i], false, out);
        }
    }
}

/* ---- a service */

static void print_roles(uint16_t roles, FILE *out)
{
    const char *between = ", roles ";
    for (size_t role = 0; role < ROLE_COUNT; role++) {
        if ((roles >> role & 1) != 0) {
            fprintf(out, "%s%s", between, role_name((enum role)role));
            between = "+";
        }
    }
}

static void print_head(const struct verdict *verdict, const struct view *view, const struct score *score,
                       FILE *out)
{
    char text[SERVER_TEXT_SIZE];
    char first[TIME_TEXT_SIZE];
    char last[TIME_TEXT_SIZE];
    const struct service_key *key = &view->own->key;
    fprintf(out, "%s%s%s: %s, score %u%s\n", service_print(key, text), key->name[0] == '\0' ? "" : " ",
            key->name, level_name(score->level), score->score,
            score->score < score->united ? " (stopped)"
            : score->lifted              ? " (lifted)"
                                         : "");
    const char *make = describe_make(view);
    fprintf(out, "  family %s%s%s", family_name(describe_family(view)), make[0] == '\0' ? "" : ", make ",
            make);
    print_roles(describe_roles(verdict, view, score), out);
    fprintf(out, "\n  seen from %s to %s, clients %" PRIu64 ", flows %" PRIu64 ", bytes %" PRIu64 "\n",
            time_print(view->facts.first_us, first), time_print(view->facts.last_us, last),
            clients_count(&view->own->clients, view->lent == NULL ? NULL : &view->lent->clients),
            view->facts.flows, view->facts.bytes);
    struct catalogue catalogue;
    if (facts_catalogue(&view->facts, &catalogue)) {
        fprintf(out,
                "  catalogue: live %" PRIu64 ", movies %" PRIu64 ", series %" PRIu64 ", groups %" PRIu64
                "%s\n",
                catalogue.live, catalogue.movies, catalogue.series, catalogue.groups,
                catalogue.whole ? "" : " (not all of it was seen)");
    }
}

/* Whose channels, and what its streams carry. */
static void print_content(const struct view *view, FILE *out)
{
    struct rights_holders rights;
    facts_rights(view, &rights);
    for (uint32_t i = 0; i < rights.count; i++) {
        fprintf(out, "%s%s%s", i == 0 ? "  rights holders: " : ", ", rights.ids[i],
                i + 1 == rights.count ? "\n" : "");
    }
    const struct stream_description *stream = facts_stream(view);
    if (stream != NULL) {
        fprintf(out, "  stream: %s", stream->container[0] == '\0' ? "unknown" : stream->container);
        if (stream->service_name[0] != '\0') {
            fprintf(out, ", channel %s", stream->service_name);
        }
        if (stream->provider[0] != '\0') {
            fprintf(out, ", provider %s", stream->provider);
        }
        if (stream->kilobits > 0) {
            fprintf(out, ", %u.%u Mbit/s", stream->kilobits / 1000, stream->kilobits % 1000 / 100);
        }
        fputc('\n', out);
    }
}

/* Whom its answers name, and which pages sent its clients. */
static void print_related(const struct view *view, FILE *out)
{
    const char *between = "  names ";
    const struct service *sources[] = {view->own, view->lent};
    for (size_t source = 0; source < ARRAY_COUNT(sources); source++) {
        for (size_t i = 0; sources[source] != NULL && i < sources[source]->related.count; i++) {
            const struct related *related = sources[source]->related.items[i];
            fprintf(out, "%s%s", between, related->host);
            if (related->port != 0) {
                fprintf(out, " port %u", related->port);
            }
            fprintf(out, " (%s, %" PRIu64 "x)", relation_name(related->relation), related->count);
            between = ", ";
        }
    }
    if (between[0] == ',') {
        fputc('\n', out);
    }
}

/* Its case: by what it is tied, and with whom. */
static void print_case(const struct service *service, FILE *out)
{
    enum { MEMBERS_SHOWN = 8 };
    const struct case_record *record = service->membership.of;
    if (record == NULL || !case_is_shown(record)) {
        return;
    }
    fprintf(out, "  case %s: %zu service%s", record->id, record->member_count,
            record->member_count == 1 ? "" : "s");
    const char *between = " by ";
    for (unsigned type = 0; type < TIE_COUNT; type++) {
        if ((case_ties(record) >> type & 1) != 0) {
            fprintf(out, "%s%s", between, tie_name((enum tie)type));
            between = ", ";
        }
    }
    fprintf(out, "%s\n", service->membership.by_name ? "; this one by its name alone" : "");
    size_t shown = 0;
    for (struct service *member = case_first(record); member != NULL; member = case_next(record, member)) {
        char text[SERVER_TEXT_SIZE];
        if (member != service && shown++ < MEMBERS_SHOWN) {
            fprintf(out, "    with %s%s%s: %s%s\n", service_print(&member->key, text),
                    member->key.name[0] == '\0' ? "" : " ", member->key.name, level_name(member->level),
                    member->membership.confirmed ? " by its own evidence" : "");
        }
    }
    if (shown > MEMBERS_SHOWN) {
        fprintf(out, "    and %zu more\n", shown - MEMBERS_SHOWN);
    }
}

static void print_service(const struct verdict *verdict, const struct service *service, FILE *out)
{
    struct view view;
    struct score score;
    view_make(&view, service);
    view_score(verdict, &view, SCORE_ALL, &score);
    print_head(verdict, &view, &score, out);
    print_content(&view, out);
    print_evidence(&view, &score, out);
    if (view.lent != NULL) {
        fprintf(out, "  with the evidence of its server that bears no name: it showed this name only\n");
    }
    print_related(&view, out);
    print_case(service, out);
    if (score.lifted) {
        fprintf(out, "  lifted from %u to %u: %s\n", score.united, score.score,
                tie_lifts(service) ? "it bears the same fingerprint as a confirmed service"
                                   : "plain text confirmed its server, the rest is inferred");
    }
    explain_next_level(&score, out);
    explain_block(verdict, &view, &score, out);
    fputc('\n', out);
}

/* ---- a name with a notice */

static void print_notice(const struct verdict *verdict, const struct notice_record *record, FILE *out)
{
    static const char *const states[NOTICE_COUNT] = {
        [NOTICE_NONE] = "was seized, and its servers answered again since",
        [NOTICE_SEIZED] = "seized: nothing is proposed of the name",
        [NOTICE_BLOCKED] = "blocked: a block page stands in its place, nothing ends by it",
    };
    char time[TIME_TEXT_SIZE];
    const struct service *best = notice_best_service(verdict, record->name);
    fprintf(out, "%s: %s\n", record->name,
            record->waits
                ? "one client alone was shown a notice of seizure, which waits for another, or for DNS"
                : states[record->notice]);
    fprintf(out, "  score %u, %s\n", notice_score(record, best),
            best != NULL && best->score == notice_score(record, best) ? "that of its best server"
                                                                      : "by the notice alone");
    fprintf(out, "  notice seen last at %s", time_print(record->noticed_us, time));
    if (record->active_us != INT64_MIN) {
        fprintf(out, ", proof of its servers at %s", time_print(record->active_us, time));
    }
    fprintf(out, ", clients %" PRIu64 "\n", clients_count(&record->clients, NULL));
    for (size_t i = 0; i < record->evidence.count; i++) {
        const struct evidence *evidence = &record->evidence.items[i];
        fprintf(out, "  notice: %s: %s sid %" PRIu32 ", %" PRIu64 "x\n", evidence->rule->reason,
                evidence->rule->msg, evidence->rule->sid, evidence->count);
        if (evidence->value[0] != '\0') {
            fprintf(out, "          %s %s\n", evidence->rule->field, evidence->value);
        }
    }
    fputc('\n', out);
}

static int compare_notices(const void *a, const void *b)
{
    const struct notice_record *left = *(const struct notice_record *const *)a;
    const struct notice_record *right = *(const struct notice_record *const *)b;
    return left->number < right->number ? -1 : left->number > right->number;
}

static void print_notices(const struct verdict *verdict, FILE *out)
{
    const struct notice_record **notices =
        memory_zeroed(verdict->notices.count + 1, sizeof(struct notice_record *));
    size_t count = 0;
    for (struct notice_record *record = notice_first(verdict); record != NULL;
         record = notice_next(verdict, record)) {
        notices[count++] = record;
    }
    qsort(notices, count, sizeof(struct notice_record *), compare_notices);
    for (size_t i = 0; i < count; i++) {
        print_notice(verdict, notices[i], out);
    }
    free(notices);
}

/* ---- names that were looked up, which an order names */

static void print_asked(const struct verdict *verdict, FILE *out)
{
    for (const struct asked_name *asked = asked_next(verdict, NULL); asked != NULL;
         asked = asked_next(verdict, asked)) {
        const struct evidence *listed = evidence_find(&asked->evidence, VERDICT_SID_LISTED_CLAIM);
        if (listed != NULL && notice_best_service(verdict, asked->name) == NULL) {
            fprintf(out, "%s: looked up in DNS and named by an order (%s): observed, no server is known\n",
                    asked->name, listed->value);
            fprintf(out, "  claim: %s sid %" PRIu32 ", %" PRIu64 "x, clients %" PRIu64 "\n\n",
                    listed->rule->msg, listed->rule->sid, listed->count,
                    clients_count(&asked->clients, NULL));
        }
    }
}

/* ---- all */

static int compare_services(const void *a, const void *b)
{
    const struct service *left = *(const struct service *const *)a;
    const struct service *right = *(const struct service *const *)b;
    if (left->score != right->score) {
        return left->score > right->score ? -1 : 1;
    }
    return left->number < right->number ? -1 : left->number > right->number;
}

static void print_guarded(const struct verdict *verdict, FILE *out)
{
    for (size_t i = 0; i < verdict->guarded_count; i++) {
        const struct guarded *guarded = &verdict->guarded[i];
        char text[SERVER_TEXT_SIZE];
        enum address_class class = address_classify(&guarded->key.address);
        fprintf(out, "%s%s%s: left out, %s%s%s, %" PRIu64 "x\n", service_print(&guarded->key, text),
                guarded->key.name[0] == '\0' ? "" : " ", guarded->key.name,
                block_reason_name(guarded->reason), class == ADDRESS_PUBLIC ? "" : ": ",
                class == ADDRESS_PUBLIC ? "" : address_class_name(class), guarded->hits);
    }
}

void verdict_explain(const struct verdict *verdict, FILE *out)
{
    const struct service **services = memory_zeroed(verdict->services.count + 1, sizeof(struct service *));
    size_t count = 0;
    for (struct service *service = first_seen_service(verdict); service != NULL;
         service = next_seen_service(verdict, service)) {
        if (service->lends_to == NULL && (service->evidence.count > 0 || service->borrows_from != NULL)) {
            services[count++] = service;
        }
    }
    qsort(services, count, sizeof(struct service *), compare_services);
    for (size_t i = 0; i < count; i++) {
        print_service(verdict, services[i], out);
    }
    free(services);
    print_notices(verdict, out);
    print_asked(verdict, out);
    print_guarded(verdict, out);
}
