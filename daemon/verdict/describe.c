/* What a detection says of a service: everything but state, cause and block. */
#include <stdio.h>

#include "daemon/verdict/memory_priv.h"
#include "daemon/verdict/verdict_priv.h"
#include "rule/client.h"

/* ---- family, make, roles */

/* Formats that any system serves: they say which system it is only where nothing else does. */
static bool family_is_format(size_t family)
{
    return family == FAMILY_M3U || family == FAMILY_HLS_RESTREAM || family == FAMILY_MPEGTS_HTTP;
}

/* What the evidence of one family unites to, proof and the rest apart. */
struct family_weight {
    struct score score;
    uint8_t proof;
    uint8_t rest;
};

static void weigh_family(const struct view *view, size_t family, struct family_weight *weight)
{
    struct contribution items[SCORE_CONTRIBUTIONS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < view->evidence_count; i++) {
        const struct evidence_rule *rule = view->evidence[i]->rule;
        if (rule->family == family && !listed_is_evidence(rule->sid)) {
            items[count++] = (struct contribution){
                .sid = rule->sid, .reason = rule->reason, .weight = rule->weight, .kind = rule->kind};
        }
    }
    score_unite(items, count, true, true, &weight->score);
    weight->proof = weight->score.by_kind[EVIDENCE_PROOF];
    weight->rest = weight->score.by_kind[EVIDENCE_CLAIM];
}

enum family describe_family(const struct view *view)
{
    struct family_weight weight;
    size_t best = FAMILY_XTREAM;
    int best_rank = -1;
    for (size_t family = 0; family < FAMILY_COUNT; family++) {
        weigh_family(view, family, &weight);
        bool system = !family_is_format(family) && weight.proof >= SCORE_SUSPECTED;
        int rank = system * 1000000 + weight.proof * 1000 + weight.rest;
        if (rank > best_rank) {
            best = family;
            best_rank = rank;
        }
    }
    /* An order's list tells no system: a name was seen, most often in a handshake. */
    bool listed_alone =
        best_rank == 0 && view->evidence_count > 0 && listed_is_evidence(view->evidence[0]->rule->sid);
    return listed_alone ? FAMILY_TLS_PANEL : (enum family)best;
}

const char *describe_make(const struct view *view)
{
    const struct evidence_rule *best = NULL;
    for (size_t i = 0; i < view->evidence_count; i++) {
        const struct evidence_rule *rule = view->evidence[i]->rule;
        if (rule->make[0] != '\0' && (best == NULL || evidence_compare_strength(rule, best) > 0)) {
            best = rule;
        }
    }
    return best == NULL ? "" : best->make;
}

uint16_t describe_roles(const struct verdict *verdict, const struct view *view, const struct score *score)
{
    if (guard_is_paste_host(verdict, view->own->key.name)) {
        return 1 << ROLE_PLAYLIST;
    }
    uint16_t roles = 0;
    for (size_t i = 0; score->credited && i < view->evidence_count; i++) {
        roles |= view->evidence[i]->rule->roles;
    }
    return roles;
}

/* ---- evidence */

void describe_evidence_of(struct detection_evidence *out, const struct evidence *evidence, bool content)
{
    const struct evidence_rule *rule = evidence->rule;
    *out = (struct detection_evidence){
        .sid = rule->sid,
        .rev = rule->rev,
        .kind = rule->kind,
        .weight = rule->weight,
        .content = content && rule->content,
        .structural = content && rule->structural,
        .count = evidence->count,
        .claimants = rule->kind == EVIDENCE_CLAIM ? claimants_count(&evidence->claimants) : 0,
        .first_us = evidence->first_us,
        .last_us = evidence->last_us,
    };
    memcpy(out->msg, rule->msg, sizeof out->msg);
    memcpy(out->reason, rule->reason, sizeof out->reason);
    memcpy(out->field, rule->field, sizeof out->field);
    snprintf(out->value, sizeof out->value, "%s", evidence->value);
}

/* The same sid of the nameless service. */
static void add_lent_evidence(struct detection_evidence *out, const struct evidence *own,
                              const struct evidence *lent)
{
    struct claimants claimants = own->claimants;
    claimants_merge(&claimants, &lent->claimants);
    out->count += lent->count;
    out->claimants = out->kind == EVIDENCE_CLAIM ? claimants_count(&claimants) : 0;
    out->first_us = lent->first_us < out->first_us ? lent->first_us : out->first_us;
    out->last_us = lent->last_us > out->last_us ? lent->last_us : out->last_us;
}

static int compare_strength(const void *a, const void *b)
{
    const struct evidence *const *left = a;
    const struct evidence *const *right = b;
    return evidence_compare_strength((*right)->rule, (*left)->rule);
}

/* How many sids stand in the view, and the weakest one that is shown (NULL: all are). */
static size_t count_sids(const struct view *view, const struct evidence_rule **weakest)
{
    const struct evidence *distinct[SCORE_CONTRIBUTIONS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < view->evidence_count; i++) {
        if (count == 0 || distinct[count - 1]->rule->sid != view->evidence[i]->rule->sid) {
            distinct[count++] = view->evidence[i];
        }
    }
    *weakest = NULL;
    if (count > DETECTION_EVIDENCE_MAX) {
        qsort(distinct, count, sizeof(struct evidence *), compare_strength);
        *weakest = distinct[DETECTION_EVIDENCE_MAX - 1]->rule;
    }
    return count;
}

static void describe_evidence(struct detection *detection, const struct view *view, bool content)
{
    const struct evidence_rule *weakest;
    size_t count = count_sids(view, &weakest);
    const struct evidence *first = NULL; /* of the sid at hand */
    struct detection_evidence *last = NULL;
    for (size_t i = 0; i < view->evidence_count; i++) {
        const struct evidence *evidence = view->evidence[i];
        if (first != NULL && first->rule->sid == evidence->rule->sid) {
            if (last != NULL) {
                add_lent_evidence(last, first, evidence);
            }
            continue;
        }
        first = evidence;
        last = NULL;
        if (weakest == NULL || evidence_compare_strength(evidence->rule, weakest) >= 0) {
            last = &detection->evidence[detection->evidence_count++];
            describe_evidence_of(last, evidence, content);
        }
    }
    detection->evidence_omitted = (uint32_t)(count - detection->evidence_count);
}

/* ---- related */

static int compare_related(const void *a, const void *b)
{
    const struct related *left = *(const struct related *const *)a;
    const struct related *right = *(const struct related *const *)b;
    if (left->count != right->count) {
        return left->count > right->count ? -1 : 1;
    }
    int by_host = strcmp(left->host, right->host);
    if (by_host == 0) {
        by_host = (int)left->port - (int)right->port;
    }
    return by_host != 0 ? by_host : (int)left->relation - (int)right->relation;
}

/* Where a name was seen as a service: at the port that was named if possible, and the oldest one. What is
 * asked through a proxy stands at the proxy's address, not at its own. */
static const struct service *find_named(const struct verdict *verdict, const struct related *related)
{
    const struct service *best = NULL;
    bool best_port = false;
    struct table_node *node = table_find(&verdict->names, hash_name(verdict, related->host));
    for (; node != NULL; node = table_find_next(node)) {
        const struct service *service = service_of_name(node);
        if (strcmp(service->key.name, related->host) != 0 || service->facts.proxy ||
            client_is_pseudonym(&service->key.address)) {
            continue;
        }
        bool port = service->key.port == related->port;
        if (best == NULL || port > best_port || (port == best_port && service->number < best->number)) {
            best = service;
            best_port = port;
        }
    }
    return best;
}

static void fill_related(const struct verdict *verdict, struct detection_related *out,
                         const struct related *related)
{
    out->server.port = related->port;
    out->server.relation = related->relation;
    out->server.count = related->count;
    snprintf(out->server.host, sizeof out->server.host, "%s", related->host);
    struct address literal;
    if (address_parse(related->host, &literal)) {
        address_print(&literal, out->address);
        return;
    }
    const struct service *named = find_named(verdict, related);
    if (named != NULL) {
        address_print(&named->key.address, out->address);
    }
}

/* Named by the nameless service too: counted there and here alike. */
static size_t collect_related(const struct view *view, struct related *merged)
{
    size_t count = 0;
    const struct service *sources[] = {view->own, view->lent};
    for (size_t source = 0; source < ARRAY_COUNT(sources); source++) {
        for (size_t i = 0; sources[source] != NULL && i < sources[source]->related.count; i++) {
            const struct related *related = sources[source]->related.items[i];
            size_t at = 0;
            while (at < count &&
                   !(merged[at].port == related->port && merged[at].relation == related->relation &&
                     strcmp(merged[at].host, related->host) == 0)) {
                at++;
            }
            if (at == count) {
                merged[count++] = *related;
            } else {
                merged[at].count += related->count;
            }
        }
    }
    return count;
}

static void describe_related(const struct verdict *verdict, struct detection *detection,
                             const struct view *view)
{
    struct related merged[2 * DETECTION_RELATED_MAX];
    const struct related *ordered[2 * DETECTION_RELATED_MAX];
    size_t count = collect_related(view, merged);
    for (size_t i = 0; i < count; i++) {
        ordered[i] = &merged[i];
    }
    qsort(ordered, count, sizeof(struct related *), compare_related);
    case_describe_related(verdict, detection, view->own);
    for (size_t i = 0; i < count && detection->related_count < DETECTION_RELATED_MAX; i++) {
        fill_related(verdict, &detection->related[detection->related_count++], ordered[i]);
    }
}

/* ---- all */

void describe_content(struct detection *detection, const struct view *view)
{
    detection->has_catalogue = facts_catalogue(&view->facts, &detection->catalogue);
    facts_rights(view, &detection->rights_holders);
    const struct stream_description *stream = facts_stream(view);
    if (stream != NULL) {
        detection->has_stream = true;
        detection->stream = *stream;
    }
}

static void describe_clients(const struct verdict *verdict, struct detection *detection,
                             const struct view *view)
{
    const struct clients *own = &view->own->clients;
    const struct clients *lent = view->lent == NULL ? NULL : &view->lent->clients;
    uint64_t clients = clients_count(own, lent);
    /* An estimate may fall a little while it grows; a number that was told never does. */
    detection->clients = clients < view->own->told.clients ? view->own->told.clients : clients;
    detection->claimants = claimants_count(&view->facts.claimants);
    memcpy(detection->client_key, verdict->client_key, sizeof detection->client_key);
    detection->new_clients_count = clients_untold(own, lent, detection->new_clients);
}

struct detection *describe(const struct verdict *verdict, const struct view *view, const struct score *score)
{
    const struct service *service = view->own;
    struct detection *detection = memory_zeroed(1, sizeof *detection);
    detection->time_us = verdict->now_us;
    detection->replay = verdict->replay;
    service_id(&service->key, detection->id);
    detection->level = score->level;
    detection->score = score->score;
    detection->family = describe_family(view);
    detection->service = service->key;
    detection->server_is_home = client_is_pseudonym(&service->key.address);
    detection->other_hosts = address_record_other_names(service->address, service->key.name);
    detection->host_from = service->key.name[0] == '\0' ? NULL : name_source_name(service->name_from);
    detection->host_verified =
        verified_until(verdict, &service->key) != 0 || listed_verifies(verdict, service->key.name);
    detection->roles = describe_roles(verdict, view, score);
    detection->directions = view->facts.directions;
    snprintf(detection->make, sizeof detection->make, "%s", describe_make(view));
    if (score->credited) {
        describe_evidence(detection, view, view_has_content(verdict, view));
    }
    describe_content(detection, view);
    case_describe(detection, service);
    describe_related(verdict, detection, view);
    describe_clients(verdict, detection, view);
    detection->flows = view->facts.flows;
    detection->bytes = view->facts.bytes;
    detection->first_us = view->facts.first_us;
    detection->last_us = view->facts.last_us;
    detection->answered = view->facts.answered;
    detection->expire = verdict->settings.expire;
    return detection;
}
