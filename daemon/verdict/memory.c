/* The most memory that the verdict's caps allow: each record with all that it may own. */
#include "daemon/verdict/verdict_priv.h"

static uint64_t service_most(const struct verdict_settings *settings)
{
    uint64_t evidence = settings->max_evidence * (sizeof(struct evidence) + RULE_VALUE_SIZE);
    uint64_t related = DETECTION_RELATED_MAX * (sizeof(struct related) + HOST_NAME_SIZE);
    return sizeof(struct service) + sizeof(struct service_ties) + sizeof(struct known_stream) +
           2 * clients_memory_most() + evidence + related;
}

uint64_t verdict_memory_most(const struct verdict_settings *settings)
{
    uint64_t address = sizeof(struct address_record) + HOST_NAME_SIZE +
                       settings->max_names * (sizeof(struct shown_name) + HOST_NAME_SIZE);
    uint64_t named = settings->max_notices * (sizeof(struct notice_record) + HOST_NAME_SIZE) +
                     settings->max_asked * (sizeof(struct asked_name) + HOST_NAME_SIZE);
    return settings->max_services * service_most(settings) + settings->max_addresses * address +
           settings->max_cases * sizeof(struct case_record) + named +
           2 * settings->max_verified * sizeof(struct verified_pair); /* the old and the new while it grows */
}
