/* Transaction records: what they have in common, and flows. */
#include "event_json_priv.h"

#include "base/clock.h"

json_t *event_address_json(const struct event_context *context, const struct address *address, bool client)
{
    bool subscriber = client || (context->home != NULL && prefix_list_contains(context->home, address));
    struct address shown = subscriber && !context->privacy.keep_clients
                               ? client_pseudonym(&context->privacy.client_key, address)
                               : *address;
    char text[ADDRESS_TEXT_SIZE];
    return json_have(json_string(address_print(&shown, text)));
}

static json_t *encapsulation_json(uint32_t bits)
{
    json_t *list = json_have(json_array());
    for (; bits != 0; bits &= bits - 1) {
        json_array_append_new(
            list, json_have(json_string(encapsulation_name((enum encapsulation)__builtin_ctz(bits)))));
    }
    return list;
}

json_t *event_begin(const struct event_context *context, const char *type, const struct flow *flow,
                    int64_t time_us, const char *app_proto)
{
    static const char *const transport_names[TRANSPORT_COUNT] = {
        [TRANSPORT_TCP] = "TCP", [TRANSPORT_UDP] = "UDP", [TRANSPORT_OTHER] = "other"};
    const struct endpoint *client = flow_client(flow);
    const struct endpoint *server = flow_server(flow);
    json_t *event = json_have(json_object());
    json_put_time(event, "timestamp", time_us);
    json_put(event, "event_type", json_string(type));
    (void)json_put_text(event, "sensor", slice_text(context->sensor), EVENT_TEXT_MAX);
    json_put(event, "src_ip", event_address_json(context, &client->address, true));
    json_put_number(event, "src_port", client->port);
    json_put(event, "dest_ip", event_address_json(context, &server->address, false));
    json_put_number(event, "dest_port", server->port);
    json_put(event, "proto", json_string(transport_names[flow->transport]));
    if (app_proto != NULL) {
        (void)json_put_text(event, "app_proto", slice_text(app_proto), EVENT_TEXT_MAX);
    }
    if (flow->encapsulation != 0) {
        json_put(event, "encapsulation", encapsulation_json(flow->encapsulation));
    }
    return event;
}

char *event_end(const struct event_context *context, json_t *event)
{
    json_put_privacy(event, context->privacy.keep_credentials, context->privacy.keep_clients);
    return json_line(event);
}

char *event_json_flow(const struct event_context *context, const struct flow *flow, const char *protocol_name)
{
    static const char *const visibility_names[VISIBILITY_COUNT] = {
        [VISIBILITY_NOTHING] = "nothing", [VISIBILITY_NAME] = "name", [VISIBILITY_CLEAR] = "clear"};
    json_t *event = event_begin(context, "flow", flow, flow->last_us, protocol_name);
    const struct flow_side *client = &flow->sides[flow->client];
    const struct flow_side *server = &flow->sides[flow->client ^ 1];
    json_t *item = json_have(json_object());
    json_put_number(item, "pkts_toserver", client->packets);
    json_put_number(item, "pkts_toclient", server->packets);
    json_put_number(item, "bytes_toserver", client->bytes);
    json_put_number(item, "bytes_toclient", server->bytes);
    json_put_time(item, "start", flow->first_us);
    json_put_time(item, "end", flow->last_us);
    int64_t age = flow->last_us > flow->first_us ? (flow->last_us - flow->first_us) / TIME_SECOND : 0;
    json_put_number(item, "age", (uint64_t)age);
    json_put(item, "visibility", json_string(visibility_names[flow->visibility]));
    json_put(event, "flow", item);
    return event_end(context, event);
}
