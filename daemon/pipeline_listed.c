/*
 * What an order's list names, met on the wire. The worker itself looks, packet by packet, so that an entry
 * counts from the next one on; main knows the rest of the entry. A name or an address was seen, and no more
 * is said than that. Of DNS only the name is looked up: whoever owns a name can give it any address, so that
 * an answer's address stands on a list says nothing of either.
 */
#include "pipeline_priv.h"

#include <stdio.h>

#include "verdict/verdict.h"

enum { WEIGHT_ANSWERED = 75, WEIGHT_ASKED = 45 };

/* The active entry that names it: the name before the address (NULL: none is looked up). */
static bool find_entry(const struct pipeline *pipeline, const char *name, const struct address *address,
                       int64_t time_us, struct watch_entry *entry)
{
    int64_t now = time_us > 0 ? time_us / TIME_SECOND : 0;
    for (size_t i = 0; i < ORDER_SOURCE_COUNT; i++) {
        const struct watch_list *list = pipeline->order_lists[i];
        bool named = watch_list_find_host(list, slice_text(name), now, entry) && entry->state == WATCH_ACTIVE;
        if (named || (address != NULL && watch_list_find_address(list, address, now, entry) &&
                      entry->state == WATCH_ACTIVE)) {
            return true;
        }
    }
    return false;
}

static void fill_hit(struct rule_hit *hit, const struct watch_entry *entry, bool answered)
{
    char text[WATCH_TEXT_SIZE];
    *hit = (struct rule_hit){
        .sid = answered ? VERDICT_SID_LISTED : VERDICT_SID_LISTED_CLAIM,
        .rev = 1,
        .weight = answered ? WEIGHT_ANSWERED : WEIGHT_ASKED,
        .kind = answered ? EVIDENCE_PROOF : EVIDENCE_CLAIM,
        .family = FAMILY_TLS_PANEL,
        .content = answered,
    };
    snprintf(hit->msg, sizeof hit->msg, "%s seen that an order's list names",
             entry->kind == WATCH_PREFIX ? "Address" : "Name");
    snprintf(hit->reason, sizeof hit->reason, "listed");
    snprintf(hit->field, sizeof hit->field, "list");
    snprintf(hit->value, sizeof hit->value, "%s", watch_entry_print(entry, text));
}

void pipeline_tell_listed(struct pipeline *pipeline, struct flow *flow, const struct told_about *about,
                          bool answered, int64_t time_us)
{
    if (pipeline->order_lists[ORDER_OF_FILES] == NULL && pipeline->order_lists[ORDER_OF_SENSORS] == NULL) {
        return;
    }
    struct worker_record record = {.time_us = time_us};
    struct watch_entry entry;
    pipeline_name_service(pipeline, flow, about->host, &record.service);
    /* What a proxy is asked for stands elsewhere, and a subscriber's address is nobody's business. */
    const struct address *address = &flow_server(flow)->address;
    bool by_address = !about->proxy && !prefix_list_contains(pipeline->home, address);
    if (!find_entry(pipeline, record.service.name, by_address ? address : NULL, time_us, &entry)) {
        return;
    }
    fill_hit(&record.hit, &entry, answered);
    pipeline_tell_hit(pipeline, flow, about, &record);
    counter_add(pipeline->counters, PIPELINE_LISTED_TOLD, 1);
}

void pipeline_tell_listed_name(struct pipeline *pipeline, const struct service_key *name, uint64_t client,
                               bool answered, int64_t time_us)
{
    struct watch_entry entry;
    if (!find_entry(pipeline, name->name, NULL, time_us, &entry)) {
        return;
    }
    struct worker_record record = {.type = RECORD_HIT,
                                   .time_us = time_us,
                                   .service = *name,
                                   .name_from = NAME_FROM_DNS,
                                   .client = client};
    fill_hit(&record.hit, &entry, false);
    record.hit.asked = true;
    record.hit.directions = (uint8_t)(DIRECTION_TO_SERVER | (answered ? DIRECTION_TO_CLIENT : 0));
    pipeline_tell(pipeline, &record);
    counter_add(pipeline->counters, PIPELINE_LISTED_TOLD, 1);
}
