/* What is told of a case: who moved, by what its services are tied, and their other addresses. */
#include <stdio.h>

#include "daemon/verdict/verdict_priv.h"

/* So many other addresses are shown, those seen last first. */
enum { CASE_RELATED_MAX = 4 };

static bool elsewhere(const struct service *a, const struct service *b)
{
    return a->address != b->address;
}

/* The other family of the same name, by A and AAAA in force at once. */
static bool is_verified_twin(const struct verdict *verdict, const struct service *a, const struct service *b)
{
    return address_is_v4(&a->key.address) != address_is_v4(&b->key.address) &&
           strcmp(a->key.name, b->key.name) == 0 && verified_until(verdict, &a->key) != 0 &&
           verified_until(verdict, &b->key) != 0;
}

static bool is_told(const struct service *service)
{
    return service->told.number != 0 && service->told.level != LEVEL_NONE;
}

bool case_is_known_elsewhere(const struct verdict *verdict, const struct service *service)
{
    const struct case_record *record = service->membership.of;
    for (struct service *member = record == NULL ? NULL : case_first(record); member != NULL;
         member = case_next(record, member)) {
        if (member != service && is_told(member) && elsewhere(member, service) &&
            !is_verified_twin(verdict, member, service)) {
            return true;
        }
    }
    return false;
}

/* Who of the others was told first; NULL where nobody was. */
static struct service *first_told(const struct case_record *record, const struct service *but)
{
    struct service *first = NULL;
    for (struct service *member = case_first(record); member != NULL; member = case_next(record, member)) {
        if (member != but && is_told(member) && (first == NULL || member->told.number < first->told.number)) {
            first = member;
        }
    }
    return first;
}

static bool has_confirmed(const struct case_record *record, const struct service *but)
{
    for (struct service *member = case_first(record); member != NULL; member = case_next(record, member)) {
        if (member != but && member->membership.confirmed) {
            return true;
        }
    }
    return false;
}

/* A login is answered before the list that shows whose panel it is: a service may have been told as new just
 * before. Of two that were told the later one moved. */
void case_note_move(struct verdict *verdict, struct service *service)
{
    const struct case_record *record = service->membership.of;
    struct service *first = first_told(record, service);
    if (!is_told(service) || first == NULL || !elsewhere(service, first)) {
        return; /* if it is told at all yet, it is told as moved then */
    }
    struct service *moved = service->told.number > first->told.number ? service : first;
    if (!moved->told.moved && has_confirmed(record, moved)) {
        moved->membership.moves = true;
        judge_later(verdict, moved, CAUSE_CASE);
    }
}

/* ---- the case in a detection */

bool case_is_shown(const struct case_record *record)
{
    return record->member_count > 1 || record->by_name == 0;
}

unsigned case_ties(const struct case_record *record)
{
    unsigned shared = record->by_name == 0 ? 0 : 1u << TIE_HOST;
    unsigned known = 0;
    for (unsigned type = 0; type < TIE_COUNT; type++) {
        shared |= record->shared[type] == 0 ? 0 : 1u << type;
        known |= record->ties[type] == 0 ? 0 : 1u << type;
    }
    return shared == 0 ? known : shared; /* one service alone may be tied to what other sensors see */
}

void case_describe(struct detection *detection, const struct service *service)
{
    const struct case_record *record = service->membership.of;
    if (record == NULL || !case_is_shown(record)) {
        return;
    }
    detection->has_case = true;
    memcpy(detection->in_case.id, record->id, sizeof record->id);
    detection->in_case.by = case_ties(record);
    detection->in_case.services = record->member_count;
}

/* ---- its other addresses */

/* Both were seen before either was seen for the last time. */
static bool live_at_once(const struct service *a, const struct service *b)
{
    return a->facts.first_us <= b->facts.last_us && b->facts.first_us <= a->facts.last_us;
}

/* A server that sends its clients to this one has not moved there. */
static bool sends_to(const struct service *member, const struct service *service)
{
    char literal[ADDRESS_TEXT_SIZE];
    address_print(&service->key.address, literal);
    for (size_t i = 0; i < member->related.count; i++) {
        const struct related *related = member->related.items[i];
        if (related->port == service->key.port &&
            (strcmp(related->host, literal) == 0 || strcmp(related->host, service->key.name) == 0)) {
            return true;
        }
    }
    return false;
}

/* The other family of the same name or system, at the same time; or where it was before. */
static enum relation relation_to(const struct verdict *verdict, const struct service *service,
                                 const struct service *member)
{
    bool other_family = address_is_v4(&service->key.address) != address_is_v4(&member->key.address);
    if (is_verified_twin(verdict, service, member) || (other_family && live_at_once(service, member))) {
        return RELATION_TWIN;
    }
    return case_met_before(member, service) && !sends_to(member, service) ? RELATION_MOVED : RELATION_COUNT;
}

static bool seen_later(const struct service *a, const struct service *b)
{
    return a->facts.last_us != b->facts.last_us ? a->facts.last_us > b->facts.last_us : a->number < b->number;
}

/* The members that were seen last, the latest first. */
struct latest {
    const struct service *items[CASE_RELATED_MAX];
    size_t count;
};

static void add_latest(struct latest *latest, const struct service *member)
{
    size_t at = latest->count < CASE_RELATED_MAX ? latest->count++ : CASE_RELATED_MAX;
    while (at > 0 && seen_later(member, latest->items[at - 1])) {
        if (at < CASE_RELATED_MAX) {
            latest->items[at] = latest->items[at - 1];
        }
        at--;
    }
    if (at < CASE_RELATED_MAX) {
        latest->items[at] = member;
    }
}

static void collect_members(const struct verdict *verdict, const struct service *service,
                            struct latest *latest)
{
    const struct case_record *record = service->membership.of;
    for (struct service *member = record == NULL ? NULL : case_first(record); member != NULL;
         member = case_next(record, member)) {
        if (member != service && elsewhere(member, service) &&
            relation_to(verdict, service, member) != RELATION_COUNT) {
            add_latest(latest, member);
        }
    }
}

/* Twins by name that answer for no case, or for another one. */
static void collect_twins(const struct verdict *verdict, const struct service *service, struct latest *latest)
{
    if (service->key.name[0] == '\0') {
        return;
    }
    for (struct table_node *node = table_find(&verdict->names, hash_name(verdict, service->key.name));
         node != NULL; node = table_find_next(node)) {
        const struct service *other = service_of_name(node);
        bool member = service->membership.of != NULL && other->membership.of == service->membership.of;
        if (!member && (other->evidence.count > 0 || other->borrows_from != NULL) && !other->facts.proxy &&
            is_verified_twin(verdict, service, other)) {
            add_latest(latest, other);
        }
    }
}

void case_describe_related(const struct verdict *verdict, struct detection *detection,
                           const struct service *service)
{
    struct latest latest = {.count = 0};
    collect_members(verdict, service, &latest);
    collect_twins(verdict, service, &latest);
    for (size_t i = 0; i < latest.count && detection->related_count < DETECTION_RELATED_MAX; i++) {
        const struct service *other = latest.items[i];
        const struct service_key *key = &other->key;
        struct detection_related *related = &detection->related[detection->related_count++];
        *related = (struct detection_related){
            .server = {.port = key->port, .relation = relation_to(verdict, service, other), .count = 1}};
        address_print(&key->address, related->address);
        snprintf(related->server.host, sizeof related->server.host, "%s",
                 key->name[0] == '\0' ? related->address : key->name);
    }
}
