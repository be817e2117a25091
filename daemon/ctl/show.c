/* vigiectl show: everything that is known of one service, or of all that stand behind a name or an address.
 */
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/buf.h"
#include "base/text.h"
#include "ctl_priv.h"

enum { LINE_SIZE = 4096 };

/* Services that fit the target. */
struct matches {
    const char *ip;   /* "" where any fits */
    const char *host; /* likewise */
    char **ids;       /* owned */
    size_t count;
};

static void add_match(struct matches *matches, const char *id)
{
    matches->ids = realloc(matches->ids, (matches->count + 1) * sizeof matches->ids[0]);
    char *copy = strdup(id);
    if (matches->ids == NULL || copy == NULL) {
        abort();
    }
    matches->ids[matches->count++] = copy;
}

/* Evidence ---------------------------------------------------------------------------------------------- */

static const char *json_text(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

static json_t *evidence_of(json_t *event, uint64_t sid)
{
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(event, "evidence"), index, item)
    {
        if ((uint64_t)json_integer_value(json_object_get(item, "sid")) == sid) {
            return item;
        }
    }
    return NULL;
}

/* One sid of the united state ("weight kind content structural told reason"), with what the newest event says
 * of it. */
static void print_sid(const char *number, const char *state, json_t *event)
{
    struct slice rest = slice_text(state);
    struct slice weight = slice_split(&rest, ' ');
    struct slice kind = slice_split(&rest, ' ');
    bool content = slice_equal(slice_split(&rest, ' '), slice_text("1"));
    bool structural = slice_equal(slice_split(&rest, ' '), slice_text("1"));
    (void)slice_split(&rest, ' ');
    uint64_t sid = 0;
    json_t *told = text_parse_u64(slice_text(number), &sid) ? evidence_of(event, sid) : NULL;
    ctl_print("    %-8s %3.*s %-8.*s %s%s%.*s  %s", number, (int)weight.len, (const char *)weight.data,
              (int)kind.len, (const char *)kind.data, content ? "content " : "",
              structural ? "structure " : "", (int)rest.len, (const char *)rest.data, json_text(told, "msg"));
    if (json_text(told, "value")[0] != '\0') {
        ctl_print("             %s: %s (%" JSON_INTEGER_FORMAT " times, last %s)", json_text(told, "field"),
                  json_text(told, "value"), json_integer_value(json_object_get(told, "count")),
                  json_text(told, "last"));
    }
}

static int compare_sids(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;
    size_t left_len = strlen(*left);
    size_t right_len = strlen(*right);
    return left_len != right_len ? (left_len < right_len ? -1 : 1) : strcmp(*left, *right);
}

static void print_evidence(const redisReply *fields, json_t *event)
{
    const char **sids = calloc(fields->elements / 2 + 1, sizeof *sids);
    size_t count = 0;
    if (sids == NULL) {
        abort();
    }
    for (size_t i = 0; i + 1 < fields->elements; i += 2) {
        const char *name = ctl_text(fields->element[i]);
        if (strncmp(name, "sid:", 4) == 0) {
            sids[count++] = name;
        }
    }
    qsort(sids, count, sizeof *sids, compare_sids);
    if (count > 0) {
        ctl_print("  evidence");
    }
    for (size_t i = 0; i < count; i++) {
        print_sid(sids[i] + 4, ctl_field(fields, sids[i]), event);
    }
    free(sids);
}

static void print_case(json_t *event)
{
    json_t *record = json_object_get(event, "case");
    if (record == NULL) {
        return;
    }
    struct buf line = buf_make(LINE_SIZE);
    size_t index;
    json_t *by;
    json_array_foreach(json_object_get(record, "by"), index, by)
    {
        buf_append_format(&line, "%s%s", index == 0 ? "" : ", ", json_string_value(by));
    }
    ctl_print("  case       %s, %" JSON_INTEGER_FORMAT " services by %.*s", json_text(record, "id"),
              json_integer_value(json_object_get(record, "services")), (int)line.len,
              (const char *)line.data);
    buf_free(&line);
}

static void print_related(json_t *event)
{
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(event, "related"), index, item)
    {
        if (index == 0) {
            ctl_print("  related");
        }
        const char *host = json_text(item, "host");
        const char *ip = json_text(item, "ip");
        char port[32] = ""; /* that of a page is not known */
        json_int_t number = json_integer_value(json_object_get(item, "port"));
        if (number > 0) {
            snprintf(port, sizeof port, " port %" JSON_INTEGER_FORMAT, number);
        }
        ctl_print("    %-12s %s%s%s%s", json_text(item, "relation"), host,
                  host[0] == '\0' || ip[0] == '\0' ? "" : " ", ip, port);
    }
}

/* What the newest event says that a service offers. */
static void print_content(json_t *event)
{
    static const char *const kinds[] = {"live", "movies", "series", "groups"};
    json_t *catalogue = json_object_get(event, "catalogue");
    json_t *stream = json_object_get(event, "stream");
    struct buf line = buf_make(LINE_SIZE);
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        json_int_t count = json_integer_value(json_object_get(catalogue, kinds[i]));
        if (count > 0) {
            buf_append_format(&line, "%s%s %" JSON_INTEGER_FORMAT, line.len == 0 ? "" : ", ", kinds[i],
                              count);
        }
    }
    size_t index;
    json_t *holder;
    json_array_foreach(json_object_get(catalogue, "rights_holders"), index, holder)
    {
        buf_append_format(&line, "%s%s",
                          index > 0       ? ", "
                          : line.len == 0 ? "channels of "
                                          : "; channels of ",
                          json_string_value(holder));
    }
    if (line.len > 0) {
        ctl_print("  catalogue  %.*s", (int)line.len, (const char *)line.data);
    }
    buf_clear(&line);
    if (stream != NULL) {
        const char *name = json_text(stream, "service_name");
        const char *provider = json_text(stream, "provider");
        double mbps = json_number_value(json_object_get(stream, "mbps"));
        buf_append_text(&line, json_text(stream, "container"));
        buf_append_format(&line, "%s%s%s%s", name[0] == '\0' ? "" : ", channel ", name,
                          provider[0] == '\0' ? "" : ", provider ", provider);
        if (mbps > 0) {
            buf_append_format(&line, ", %.1f Mbit/s", mbps);
        }
        ctl_print("  stream     %.*s", (int)line.len, (const char *)line.data);
    }
    buf_free(&line);
}

/* Blocks ------------------------------------------------------------------------------------------------ */

/* Prints where a target stands in a set and is not due yet. */
static bool print_membership(struct ctl *ctl, const char *kind, const char *set, const char *target,
                             int64_t now)
{
    char *key = ctl_key(ctl, kind, set, NULL);
    redisReply *score = CTL_ASK(ctl, "ZSCORE", key, target);
    free(key);
    bool good = !ctl_is_trouble(ctl, score);
    int64_t expires = good ? strtoll(ctl_text(score), NULL, 10) : 0;
    if (expires > now) {
        char time[CTL_TIME_SIZE];
        ctl_print("  %s %s until %s", strcmp(kind, ":block:") == 0 ? "BLOCKED   " : "proposed  ", target,
                  ctl_time(expires, time));
    }
    if (score != NULL) {
        freeReplyObject(score);
    }
    return good;
}

static bool print_blocks(struct ctl *ctl, const redisReply *fields)
{
    redisReply *time = CTL_ASK(ctl, "TIME");
    bool good = !ctl_is_trouble(ctl, time) && time->elements == 2;
    int64_t now = good ? strtoll(ctl_text(time->element[0]), NULL, 10) : 0;
    if (time != NULL) {
        freeReplyObject(time);
    }
    const char *eligible = strcmp(ctl_field(fields, "eligible"), "1") == 0 ? "eligible" : "not eligible: ";
    const char *reason = eligible[0] == 'n' ? ctl_field(fields, "reason") : "";
    const char *order = ctl_field(fields, "order");
    ctl_print("  block      %s%s, scope %s, basis %s%s%s", eligible, reason, ctl_field(fields, "scope"),
              ctl_field(fields, "basis"), order[0] == '\0' ? "" : ", order ", order);
    static const char *const kinds[] = {":block:", ":propose:"};
    const char *server = ctl_field(fields, "server");
    const char *host = ctl_field(fields, "host");
    for (size_t i = 0; good && i < ARRAY_COUNT(kinds); i++) {
        good = (server[0] == '\0' ||
                print_membership(ctl, kinds[i], server[0] == '[' ? "ip6" : "ip4", server, now)) &&
               (host[0] == '\0' || print_membership(ctl, kinds[i], "host", host, now));
    }
    return good;
}

/* Services ---------------------------------------------------------------------------------------------- */

static json_t *newest_event(struct ctl *ctl, const char *entry)
{
    if (entry[0] == '\0') {
        return NULL;
    }
    char *key = ctl_key(ctl, ":detections", NULL);
    redisReply *reply = CTL_ASK(ctl, "XRANGE", key, entry, entry);
    free(key);
    json_t *event = NULL;
    if (reply != NULL && reply->type == REDIS_REPLY_ARRAY && reply->elements == 1) {
        event = json_loads(ctl_field(reply->element[0]->element[1], "event"), 0, NULL);
    }
    if (reply != NULL) {
        freeReplyObject(reply);
    }
    return event;
}

static void print_field(const redisReply *fields, const char *label, const char *name)
{
    if (ctl_field(fields, name)[0] != '\0') {
        ctl_print("  %-10s %s", label, ctl_field(fields, name));
    }
}

static bool print_service(struct ctl *ctl, const char *id, const redisReply *fields)
{
    json_t *event = newest_event(ctl, ctl_field(fields, "event"));
    /* What is known of a name alone has no server. */
    ctl_print("%s %s", ctl_field(fields, "server")[0] == '\0' ? "name" : "service", id);
    print_field(fields, "state", "state");
    ctl_print("  level      %s, score %s", ctl_field(fields, "level"), ctl_field(fields, "score"));
    print_field(fields, "family", "family");
    print_field(fields, "make", "make");
    print_field(fields, "server", "server");
    print_field(fields, "host", "host");
    print_field(fields, "roles", "roles");
    ctl_print("  seen       %s to %s", ctl_field(fields, "first_seen"), ctl_field(fields, "last_seen"));
    print_field(fields, "clients", "clients");
    ctl_print("  answered   %s",
              strcmp(ctl_field(fields, "answered"), "1") == 0 ? "yes" : "no answer was seen");
    print_field(fields, "sensors", "sensors");
    print_content(event);
    print_evidence(fields, event);
    print_related(event);
    print_case(event);
    bool good = print_blocks(ctl, fields);
    json_decref(event);
    return good;
}

/* Returns whether Redis was there; `*shown` counts services. */
static bool show_service(struct ctl *ctl, const char *id, size_t *shown)
{
    char *key = ctl_key(ctl, ":service:", id, NULL);
    redisReply *fields = CTL_ASK(ctl, "HGETALL", key);
    free(key);
    bool good = !ctl_is_trouble(ctl, fields);
    if (good && fields->elements > 0) {
        *shown += 1;
        good = print_service(ctl, id, fields);
    }
    if (fields != NULL) {
        freeReplyObject(fields);
    }
    return good;
}

static void match_service(void *context, const char *id, const struct redisReply *values)
{
    struct matches *matches = context;
    bool ip = matches->ip[0] != '\0' && strcmp(ctl_text(values->element[0]), matches->ip) == 0;
    bool host = matches->host[0] != '\0' && strcmp(ctl_text(values->element[1]), matches->host) == 0;
    if (ip || host) {
        add_match(matches, id);
    }
}

/* The services of one address and port have an index of their own. */
static bool match_server(struct ctl *ctl, const char *server, struct matches *matches)
{
    char *key = ctl_key(ctl, ":endpoint:", server, ":ids", NULL);
    redisReply *ids = CTL_ASK(ctl, "ZRANGE", key, "0", "-1");
    free(key);
    bool good = !ctl_is_trouble(ctl, ids);
    for (size_t i = 0; good && i < ids->elements; i++) {
        add_match(matches, ctl_text(ids->element[i]));
    }
    if (ids != NULL) {
        freeReplyObject(ids);
    }
    return good;
}

static bool is_id(const char *target)
{
    return strlen(target) == 16 && strspn(target, "0123456789abcdef") == 16;
}

/* An address and a port as keys write them, or a name as events do; anything else is looked for as it is. */
static bool find_matches(struct ctl *ctl, const char *target, struct matches *matches)
{
    char host[HOST_NAME_SIZE] = "";
    char printed[ADDRESS_TEXT_SIZE] = "";
    uint16_t port = 0;
    struct address address;
    bool bare = address_parse(target, &address);
    if (!bare && !host_normalise(slice_text(target), host, &port)) {
        return match_server(ctl, target, matches); /* 203.0.113.10:8080/udp */
    }
    if (!bare && port != 0 && address_parse(host, &address)) {
        return match_server(ctl, target, matches);
    }
    matches->ip = bare || address_parse(host, &address) ? address_print(&address, printed) : "";
    matches->host = host;
    static const char *const fields[] = {"ip", "host"};
    return ctl_each_service(ctl, fields, (int)ARRAY_COUNT(fields), match_service, matches);
}

enum exit_status ctl_show(struct ctl *ctl, const struct ctl_arguments *arguments)
{
    struct matches matches = {.ip = "", .host = ""};
    size_t shown = 0;
    bool good = is_id(arguments->target) ? show_service(ctl, arguments->target, &shown)
                                         : find_matches(ctl, arguments->target, &matches);
    for (size_t i = 0; good && i < matches.count; i++) {
        good = show_service(ctl, matches.ids[i], &shown);
    }
    for (size_t i = 0; i < matches.count; i++) {
        free(matches.ids[i]);
    }
    free(matches.ids);
    if (!good) {
        return EXIT_STATUS_UNAVAILABLE;
    }
    if (shown == 0) {
        ctl_complain("vigiectl: nothing is known of %s", arguments->target);
        return EXIT_STATUS_RUNTIME;
    }
    return EXIT_STATUS_GOOD;
}
