/* Reading the state back. Whoever wrote the file, nothing in it is believed that was not looked at. */
#include "daemon/verdict/memory_priv.h"
#include "daemon/verdict/state_value_priv.h"

/* ---- addresses */

static void read_shown(struct state_reader *reader, struct address_record *record, const json_t *value)
{
    struct service_key key = {0};
    state_get_host(reader, value, "name", key.name);
    key.port = (uint16_t)state_get_number(reader, value, "port", 0, UINT16_MAX);
    key.transport =
        (enum transport)state_get_choice(reader, value, "transport", state_transport, TRANSPORT_COUNT);
    int64_t last_us = state_get_time(reader, value, "last");
    enum name_source from = state_get_source(reader, value, "from");
    /* Where the cap was lowered, the record remembers that there were more. */
    if (!reader->failed &&
        address_record_show(record, &key, from, last_us, reader->verdict->settings.max_names) == NAME_KNOWN) {
        state_fail(reader, "a name that stands once", "name");
    }
}

static void read_address(struct state_reader *reader, const json_t *value)
{
    struct address address;
    state_get_address(reader, value, &address);
    if (!reader->failed && address_find(reader->verdict, &address) != NULL) {
        state_fail(reader, "an address that stands once", "ip");
    }
    int64_t first_us = state_get_time(reader, value, "first");
    bool names_dropped = state_get_mark(reader, value, "names_dropped");
    json_t *names = state_get_array(reader, value, "names", SIZE_MAX);
    if (reader->failed) {
        return;
    }
    struct address_record *record = address_ensure(reader->verdict, &address, NULL);
    record->first_us = first_us;
    record->names_dropped = names_dropped;
    for (size_t i = 0; i < json_array_size(names) && !reader->failed; i++) {
        read_shown(reader, record, json_array_get(names, i));
    }
}

/* ---- names with a notice */

static void read_notice_told(struct state_reader *reader, struct notice_record *record, const json_t *value)
{
    record->told.number = (uint64_t)state_get_number(reader, value, "number", 1, INT64_MAX - 1);
    record->told.time_us = state_get_time(reader, value, "time");
    record->told.notice = (enum notice)state_get_choice(reader, value, "notice", state_notice, NOTICE_COUNT);
    record->told.clients = state_get_count(reader, value, "clients");
    if (!reader->failed && record->told.number > reader->verdict->told_number) {
        reader->verdict->told_number = record->told.number;
    }
}

static void read_notice(struct state_reader *reader, const json_t *value)
{
    char name[HOST_NAME_SIZE];
    state_get_host(reader, value, "name", name);
    if (!reader->failed && notice_find(reader->verdict, name) != NULL) {
        state_fail(reader, "a name that stands once", "name");
    }
    if (reader->failed) {
        return;
    }
    struct notice_record *record = notice_ensure(reader->verdict, name);
    record->notice = (enum notice)state_get_choice(reader, value, "notice", state_notice, NOTICE_COUNT);
    record->was_blocked = state_get_mark(reader, value, "was_blocked");
    record->noticed_us = state_get_time(reader, value, "noticed");
    record->active_us =
        json_object_get(value, "active") == NULL ? INT64_MIN : state_get_time(reader, value, "active");
    record->first_us = state_get_time(reader, value, "first");
    record->last_us = state_get_time(reader, value, "last");
    record->family = (enum family)state_get_choice(reader, value, "family", state_family, FAMILY_COUNT);
    record->roles = (uint16_t)state_get_number(reader, value, "roles", 0, (1 << ROLE_COUNT) - 1);
    record->clients.carried = state_get_count(reader, value, "clients");
    json_t *evidence = state_get_array(reader, value, "evidence", NOTICE_EVIDENCE_MAX);
    for (size_t i = 0; i < json_array_size(evidence) && !reader->failed; i++) {
        state_read_evidence(reader, &record->evidence, json_array_get(evidence, i));
    }
    json_t *told = state_get(reader, value, "told", JSON_OBJECT, "an object");
    if (told != NULL) {
        read_notice_told(reader, record, told);
    }
}

/* ---- lines */

/* The next line without its newline; false at the end of the file and for one that is too long. */
static bool next_line(FILE *in, struct buf *line)
{
    buf_clear(line);
    int byte = getc_unlocked(in);
    while (byte != EOF && byte != '\n') {
        if (!buf_append_byte(line, (uint8_t)byte)) {
            return false;
        }
        byte = getc_unlocked(in);
    }
    return byte == '\n'; /* each line has its newline: a last one without was cut */
}

static json_t *next_object(struct state_reader *reader, FILE *in, struct buf *line)
{
    reader->line++;
    if (!next_line(in, line)) {
        state_fail(reader, "a line", "");
        return NULL;
    }
    json_t *object = json_loadb((const char *)line->data, line->len, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(object)) {
        state_fail(reader, "a JSON object", "");
        json_decref(object);
        return NULL;
    }
    return object;
}

static void read_head(struct state_reader *reader, const json_t *head)
{
    state_get_number(reader, head, "vigie_state", STATE_FORMAT, STATE_FORMAT);
    reader->saved_us = state_get_number(reader, head, "saved", 0, INT64_MAX / 4);
    reader->verdict->now_us = reader->saved_us;
    reader->verdict->saved_us = reader->saved_us == 0 ? 1 : reader->saved_us;
}

/* True where it was the last line. */
static bool read_line(struct state_reader *reader, const json_t *object)
{
    const json_t *address = json_object_get(object, "address");
    const json_t *service = json_object_get(object, "service");
    const json_t *notice = json_object_get(object, "notice");
    if (address != NULL) {
        read_address(reader, address);
    } else if (service != NULL) {
        state_read_service(reader, service);
    } else if (notice != NULL) {
        read_notice(reader, notice);
    } else if (state_get_count(reader, object, "end") != reader->line - 2) {
        state_fail(reader, "the number of lines before it", "end");
    } else {
        return true;
    }
    return false;
}

bool state_read(struct verdict *verdict, FILE *in, char why[STATE_WHY_SIZE])
{
    struct state_reader reader = {.verdict = verdict, .why = why};
    struct buf line = buf_make(STATE_LINE_MAX);
    json_t *object = next_object(&reader, in, &line);
    if (object != NULL) {
        read_head(&reader, object);
        json_decref(object);
    }
    bool ended = false;
    while (!reader.failed && !ended) {
        object = next_object(&reader, in, &line);
        if (object != NULL) {
            ended = read_line(&reader, object);
            json_decref(object);
        }
    }
    buf_free(&line);
    return !reader.failed;
}
