/* What all transaction records begin with. */
#pragma once

#include "json_priv.h"
#include "sink/event_json.h"

enum { EVENT_TEXT_MAX = 8 * 1024 };

/* Timestamp, type, sensor, addresses and ports (the client first, as in Suricata's records of a flow or a
 * transaction), protocols. `app_proto` may be NULL. */
json_t *event_begin(const struct event_context *context, const char *type, const struct flow *flow,
                    int64_t time_us, const char *app_proto);
/* An address as it may be shown: a pseudonym for a client's, and for one inside network.home. */
json_t *event_address_json(const struct event_context *context, const struct address *address, bool client);
/* Says what of the privacy is off, and makes the line. */
char *event_end(const struct event_context *context, json_t *event);
