#include "daemon/verdict/address_record_priv.h"

#include "daemon/verdict/memory_priv.h"

struct address_record *address_record_create(const struct address *address, int64_t now_us)
{
    struct address_record *record = memory_zeroed(1, sizeof *record);
    record->address = *address;
    record->first_us = now_us;
    record->last_us = now_us;
    list_init(&record->services);
    return record;
}

void address_record_free(struct address_record *record)
{
    for (size_t i = 0; i < record->name_count; i++) {
        free(record->names[i].name);
    }
    free(record->names);
    free(record->elsewhere);
    free(record);
}

static bool same_port(const struct shown_name *shown, const struct service_key *service)
{
    return shown->port == service->port && shown->transport == service->transport;
}

enum name_shown address_record_show(struct address_record *record, const struct service_key *service,
                                    enum name_source from, int64_t now_us, size_t max)
{
    for (size_t i = 0; i < record->name_count; i++) {
        struct shown_name *shown = &record->names[i];
        if (same_port(shown, service) && strcmp(shown->name, service->name) == 0) {
            shown->last_us = now_us;
            shown->from = from < shown->from ? from : shown->from;
            return NAME_KNOWN;
        }
    }
    if (record->name_count >= max) {
        record->names_dropped = true;
        return NAME_NOT_KEPT;
    }
    record->names =
        memory_grow(record->names, sizeof *record->names, record->name_count + 1, &record->name_room);
    record->names[record->name_count++] = (struct shown_name){
        .name = memory_text(service->name),
        .port = service->port,
        .transport = service->transport,
        .from = from,
        .last_us = now_us,
    };
    return NAME_NEW;
}

static bool stands_in(const char *name, const struct watch_list *const *lists, size_t count, int64_t now)
{
    for (size_t i = 0; i < count; i++) {
        if (watch_list_find_host(lists[i], slice_text(name), now, NULL)) {
            return true;
        }
    }
    return false;
}

const char *address_record_sole_name(const struct address_record *record, const struct service_key *service,
                                     const struct watch_list *const *ignored, size_t ignored_count,
                                     int64_t now)
{
    const char *sole = NULL;
    for (size_t i = 0; i < record->name_count; i++) {
        const char *name = record->names[i].name;
        if (same_port(&record->names[i], service) && !stands_in(name, ignored, ignored_count, now)) {
            if (sole != NULL) {
                return NULL;
            }
            sole = name;
        }
    }
    return record->names_dropped ? NULL : sole;
}

/* Whether the name stands at an earlier place already, at another port. */
static bool counted_before(const struct address_record *record, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (strcmp(record->names[i].name, record->names[at].name) == 0) {
            return true;
        }
    }
    return false;
}

uint32_t address_record_other_names(const struct address_record *record, const char *name)
{
    uint32_t count = record->names_dropped ? 1 : 0;
    for (size_t i = 0; i < record->name_count; i++) {
        count += strcmp(record->names[i].name, name) != 0 && !counted_before(record, i);
    }
    return count;
}

void address_record_forget_names(struct address_record *record, int64_t before_us)
{
    size_t kept = 0;
    for (size_t i = 0; i < record->name_count; i++) {
        if (record->names[i].last_us < before_us) {
            free(record->names[i].name);
        } else {
            record->names[kept++] = record->names[i];
        }
    }
    record->name_count = kept;
}
