/*
 * nDPI. The only file that includes its headers: what changed between 4.2 and 5.x stands in the first part,
 * one function for each change, and the rest knows no version.
 */
#include "flow/classifier.h"

#include <ndpi_api.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/flow/flow_priv.h"

struct classifier {
    struct ndpi_detection_module_struct *module;
    struct counter_cell *counters;
    uint64_t packets_max; /* with payload, after which an unsettled flow is given up */
};

struct classifier_flow {
    uint64_t packets;
    struct ndpi_flow_struct state;
};

/* Versions. */

#define VERSION (NDPI_MAJOR * 100 + NDPI_MINOR)

static struct ndpi_detection_module_struct *module_create(void)
{
#if VERSION >= 410
    return ndpi_init_detection_module(NULL);
#else
    return ndpi_init_detection_module(ndpi_no_prefs);
#endif
}

/* All protocols, and no guess by port or address where the payload tells nothing. */
static bool module_prepare(struct ndpi_detection_module_struct *module)
{
#if VERSION < 500
    NDPI_PROTOCOL_BITMASK all;
    NDPI_BITMASK_SET_ALL(all);
    (void)ndpi_set_protocol_detection_bitmask2(module, &all);
#endif
#if VERSION >= 410
    (void)ndpi_set_config(module, NULL, "dpi.guess_on_giveup", "0");
    return ndpi_finalize_initialization(module) == 0;
#else
    ndpi_finalize_initialization(module);
    return true;
#endif
}

static ndpi_protocol module_process(struct ndpi_detection_module_struct *module,
                                    struct ndpi_flow_struct *state, struct slice ip, uint64_t time_ms)
{
    unsigned short len = ip.len > UINT16_MAX ? UINT16_MAX : (unsigned short)ip.len;
#if VERSION >= 406
    struct ndpi_flow_input_info input = {0};
    return ndpi_detection_process_packet(module, state, ip.data, len, time_ms, &input);
#else
    return ndpi_detection_process_packet(module, state, ip.data, len, time_ms);
#endif
}

static ndpi_protocol module_give_up(struct ndpi_detection_module_struct *module,
                                    struct ndpi_flow_struct *state)
{
#if VERSION >= 500
    return ndpi_detection_giveup(module, state);
#elif VERSION >= 410
    uint8_t guessed;
    return ndpi_detection_giveup(module, state, &guessed);
#else
    uint8_t guessed;
    return ndpi_detection_giveup(module, state, 0, &guessed);
#endif
}

/* Whether more packets could refine a protocol that is known. */
static bool module_wants_more(struct ndpi_detection_module_struct *module, struct ndpi_flow_struct *state)
{
#if VERSION >= 500
    (void)module;
    return state->extra_packets_func != NULL;
#else
    return ndpi_extra_dissection_possible(module, state) != 0;
#endif
}

/* The protocol by which rules and records call a flow: the application's, else what carries it. */
static uint16_t protocol_id(const ndpi_protocol *protocol)
{
#if VERSION >= 412
    uint16_t application = protocol->proto.app_protocol;
    uint16_t master = protocol->proto.master_protocol;
#else
    uint16_t application = protocol->app_protocol;
    uint16_t master = protocol->master_protocol;
#endif
    return application != NDPI_PROTOCOL_UNKNOWN ? application : master;
}

static uint16_t module_protocol_by_name(struct ndpi_detection_module_struct *module, const char *name)
{
#if VERSION >= 500
    return ndpi_get_proto_by_name(module, name);
#else
    char *copy = strdup(name); /* the parameter is not const */
    int id = copy == NULL ? -1 : ndpi_get_protocol_id(module, copy);
    free(copy);
    return id > 0 ? (uint16_t)id : NDPI_PROTOCOL_UNKNOWN;
#endif
}

/* The rest. */

struct classifier *classifier_create(const struct flow_settings *settings, struct counter_cell *counters,
                                     struct failure *failure)
{
    /* A library that was not built from the headers we were would write beyond our flow state. */
    if (ndpi_get_api_version() != NDPI_API_VERSION ||
        ndpi_detection_get_sizeof_ndpi_flow_struct() != sizeof(struct ndpi_flow_struct)) {
        failure_set(failure, EXIT_STATUS_RUNTIME,
                    "nDPI %s does not fit this program, which was built with %d.%d: build it anew",
                    classifier_version(), NDPI_MAJOR, NDPI_MINOR);
        return NULL;
    }
    struct ndpi_detection_module_struct *module = module_create();
    if (module == NULL || !module_prepare(module)) {
        failure_set(failure, EXIT_STATUS_RUNTIME, "nDPI %s does not start", classifier_version());
        if (module != NULL) {
            ndpi_exit_detection_module(module);
        }
        return NULL;
    }
    struct classifier *classifier = flow_allocate(sizeof *classifier);
    *classifier =
        (struct classifier){.module = module, .counters = counters, .packets_max = settings->ndpi_packets};
    return classifier;
}

void classifier_free(struct classifier *classifier)
{
    if (classifier != NULL) {
        ndpi_exit_detection_module(classifier->module);
        free(classifier);
    }
}

void classifier_drop(struct flow *flow)
{
    flow->classified = true;
    struct flow_attachment *kept = flow_attachment(flow);
    if (kept != NULL && kept->classifier != NULL) {
        ndpi_free_flow_data(&kept->classifier->state); /* what hangs in it */
        free(kept->classifier);
        kept->classifier = NULL;
    }
}

bool classifier_take(struct classifier *classifier, struct flow *flow, const struct packet *packet,
                     unsigned side)
{
    (void)side; /* nDPI orders the addresses of a flow itself */
    if (flow->classified) {
        return false;
    }
    if (packet->payload.len == 0 || packet->time_us < 0) {
        return true;
    }
    struct classifier_flow *own = flow_attached(flow)->classifier;
    if (own == NULL) {
        own = flow_attached(flow)->classifier = flow_allocate(sizeof *own);
        counter_add(classifier->counters, NDPI_FLOWS_STARTED, 1);
    }
    own->packets++;
    counter_add(classifier->counters, NDPI_PACKETS, 1);
    ndpi_protocol found =
        module_process(classifier->module, &own->state, packet->ip, (uint64_t)packet->time_us / 1000);
    flow->ndpi_protocol = protocol_id(&found);
    bool known = flow->ndpi_protocol != NDPI_PROTOCOL_UNKNOWN;
    if (known && !module_wants_more(classifier->module, &own->state)) {
        classifier_drop(flow);
    } else if (own->packets >= classifier->packets_max) {
        if (!known) {
            found = module_give_up(classifier->module, &own->state);
            flow->ndpi_protocol = protocol_id(&found);
        }
        classifier_drop(flow);
    }
    return !flow->classified;
}

uint16_t classifier_protocol_id(const struct classifier *classifier, const char *name)
{
    return module_protocol_by_name(classifier->module, name);
}

const char *classifier_protocol_name(const struct classifier *classifier, uint16_t protocol)
{
    return ndpi_get_proto_name(classifier->module, protocol);
}

size_t classifier_flow_memory(void)
{
    return sizeof(struct classifier_flow);
}

const char *classifier_version(void)
{
    return ndpi_revision();
}
