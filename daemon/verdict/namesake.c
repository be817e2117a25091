/*
 * The same name at several servers. A name is the word of whoever sent it, so it ties little: it takes a
 * service without fingerprints into its namesake's case, and never makes one case of two.
 *
 * Panels answer under any name: who asks a stranger's panel for this name makes it answer under it. So the
 * name must be the server's own as far as can be seen: it is verified for this address, or more clients were
 * answered there under this name than under any other (none counts as one).
 */
#include "daemon/verdict/verdict_priv.h"

bool namesake_has_proof(const struct service *service)
{
    for (size_t i = 0; i < service->evidence.count; i++) {
        const struct evidence *evidence = &service->evidence.items[i];
        if (evidence_is_own_proof(evidence->rule) && evidence->asked) {
            return true;
        }
    }
    return false;
}

static bool same_server(const struct service *a, const struct service *b)
{
    return a->key.port == b->key.port && a->key.transport == b->key.transport;
}

static bool is_verified(const struct verdict *verdict, const struct service *service)
{
    return verified_until(verdict, &service->key) != 0;
}

/* Another name's claim to this server; it may be the stronger one, or lose its own. */
static bool outweighs(struct verdict *verdict, struct service *other, uint64_t served)
{
    uint64_t theirs = clients_count(&other->served, NULL);
    if (theirs <= served && other->membership.name_holds && !is_verified(verdict, other)) {
        other->membership.name_holds = false;
        judge_later(verdict, other, CAUSE_CASE);
    }
    return theirs >= served;
}

/* Whether the name is the server's own. */
static bool name_holds(struct verdict *verdict, struct service *service)
{
    if (service->key.name[0] == '\0' || !namesake_has_proof(service)) {
        return false;
    }
    bool holds = guard_names_one(service->key.name);
    bool verified = is_verified(verdict, service);
    uint64_t served = clients_count(&service->served, NULL);
    for (struct service *other = first_at_address(service->address); other != NULL;
         other = next_at_address(service->address, other)) {
        if (other != service && same_server(other, service) && namesake_has_proof(other)) {
            holds = (!outweighs(verdict, other, served) || verified) && holds;
        }
    }
    return holds;
}

/* Which of two namesakes a third one follows: one in a case by its fingerprints, then one in a case, the
 * elder one; then the one that was met first. */
static bool is_better(const struct service *a, const struct service *b)
{
    const struct case_membership *left = &a->membership;
    const struct case_membership *right = &b->membership;
    int left_rank = left->of == NULL ? 0 : left->by_name ? 1 : 2;
    int right_rank = right->of == NULL ? 0 : right->by_name ? 1 : 2;
    if (left_rank != right_rank) {
        return left_rank > right_rank;
    }
    if (left->of != right->of) {
        return case_is_elder(left->of, right->of);
    }
    return a->number < b->number;
}

/* Those that were met before, and the best of them: nobody follows who came later under the same name. */
static struct service *find_namesake(const struct verdict *verdict, const struct service *service)
{
    struct service *best = NULL;
    for (struct table_node *node = table_find(&verdict->names, hash_name(verdict, service->key.name));
         node != NULL; node = table_find_next(node)) {
        struct service *other = service_of_name(node);
        if (other->membership.name_holds && case_met_before(other, service) &&
            strcmp(other->key.name, service->key.name) == 0 && (best == NULL || is_better(other, best))) {
            best = other;
        }
    }
    return best;
}

static void follow(struct verdict *verdict, struct service *service, struct service *namesake)
{
    struct case_record *record = namesake->membership.of;
    if (record == NULL) {
        char text[HOST_NAME_SIZE + 8];
        snprintf(text, sizeof text, "%s|%s", tie_name(TIE_HOST), service->key.name);
        record = case_ensure(verdict, text);
        case_move(verdict, record, namesake, true);
    }
    if (service->membership.of != record) {
        case_move(verdict, record, service, true);
    }
}

void namesake_settle(struct verdict *verdict, struct service *service)
{
    struct case_membership *membership = &service->membership;
    membership->name_holds = name_holds(verdict, service);
    if (membership->of != NULL && !membership->by_name) {
        return;
    }
    if (!membership->name_holds) {
        case_leave(verdict, service);
        return;
    }
    struct service *namesake = find_namesake(verdict, service);
    if (namesake != NULL && (membership->of == NULL || is_better(namesake, service))) {
        follow(verdict, service, namesake);
    }
}
