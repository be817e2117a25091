/*
 * A state file of any bytes. What loads must be sound: the verdict goes on with it through hits, names and
 * ticks; what it then saves loads again, and from then on saves the same bytes (the first time the services
 * of an address may change places: they are then made in the order in which they were last seen).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "daemon/verdict/state_priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct verdict_settings settings;
static struct counter_cell counters[VERDICT_COUNTERS_COUNT];

static void emit(void *context, struct detection *detection)
{
    (void)context;
    if (detection->score > 100 || detection->level == LEVEL_NONE || detection->level >= LEVEL_COUNT ||
        (detection->block.eligible && detection->block.scope == SCOPE_NONE)) {
        abort();
    }
    detection_free(detection);
}

static struct verdict *create(void)
{
    static const struct hash_key key = {{1, 2}};
    static const struct verdict_guards guards;
    return verdict_create(&settings, &guards, &key, "0123456789abcdef", false, counters, emit, NULL);
}

static bool load(struct verdict *verdict, const char *text, size_t size)
{
    char why[STATE_WHY_SIZE];
    FILE *in = fmemopen((void *)(uintptr_t)text, size, "r");
    if (in == NULL) {
        abort();
    }
    bool good = state_load(verdict, in, why);
    (void)fclose(in);
    return good;
}

static char *save(const struct verdict *verdict, size_t *size)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    if (out == NULL) {
        abort();
    }
    state_write(verdict, out);
    (void)fclose(out);
    return text;
}

static void give(struct verdict *verdict, enum record_type type, int64_t time_us, const char *name)
{
    struct worker_record record = {
        .type = type,
        .time_us = time_us,
        .service = {.port = 8080, .transport = TRANSPORT_TCP},
        .client = (uint64_t)time_us,
    };
    static const uint8_t server[4] = {203, 0, 113, 10};
    record.service.address = address_from_v4(server);
    memcpy(record.service.name, name, strlen(name) + 1);
    if (type == RECORD_HIT) {
        record.hit = (struct rule_hit){.sid = 2,
                                       .weight = 60,
                                       .kind = EVIDENCE_PROOF,
                                       .msg = "m",
                                       .reason = "other",
                                       .asked = true,
                                       .directions = DIRECTION_TO_SERVER | DIRECTION_TO_CLIENT,
                                       .answered_ok = true};
    } else {
        record.fact = (struct fact){.type = FACT_NAME};
    }
    verdict_take(verdict, &record);
    verdict_settle(verdict);
}

/* A fingerprint that many a file holds too. */
static void give_tie(struct verdict *verdict, int64_t time_us)
{
    static const uint8_t server[4] = {203, 0, 113, 10};
    struct worker_record record = {.type = RECORD_FACT,
                                   .time_us = time_us,
                                   .service = {.port = 8080, .transport = TRANSPORT_TCP},
                                   .fact = {.type = FACT_TIE, .tie = {.type = TIE_CATALOGUE, .print = 1}}};
    record.service.address = address_from_v4(server);
    verdict_take(verdict, &record);
    verdict_settle(verdict);
}

static void give_notice(struct verdict *verdict, int64_t time_us)
{
    struct worker_record record = {
        .type = RECORD_HIT,
        .time_us = time_us,
        .service = {.port = 80, .transport = TRANSPORT_TCP, .name = "panel.example"},
        .hit = {.sid = 3,
                .weight = 1,
                .kind = EVIDENCE_PROOF,
                .family = FAMILY_PORTAL,
                .notice = NOTICE_SEIZED,
                .asked = true,
                .directions = DIRECTION_TO_SERVER | DIRECTION_TO_CLIENT,
                .msg = "m",
                .reason = "notice"}};
    verdict_take(verdict, &record);
    verdict_settle(verdict);
}

/* A page of the name that sends clients to the server. */
static void give_page(struct verdict *verdict, int64_t time_us)
{
    static const uint8_t server[4] = {203, 0, 113, 10};
    struct worker_record record = {
        .type = RECORD_FACT,
        .time_us = time_us,
        .service = {.port = 8080, .transport = TRANSPORT_TCP},
        .fact = {.type = FACT_EMBEDDED, .named = {.host = "x.example", .relation = RELATION_EMBED}}};
    record.service.address = address_from_v4(server);
    verdict_take(verdict, &record);
    verdict_settle(verdict);
}

/* An answer of DNS, a certificate, a name under TLS: what is told of names beside requests. */
static void give_name(struct verdict *verdict, enum fact_type type, int64_t time_us, const char *name)
{
    static const uint8_t server[4] = {203, 0, 113, 10};
    struct worker_record record = {.type = RECORD_FACT,
                                   .time_us = time_us,
                                   .service = {.port = 443, .transport = TRANSPORT_TCP},
                                   .name_from = NAME_FROM_TLS,
                                   .client = 1,
                                   .fact = {.type = type}};
    record.service.address = address_from_v4(server);
    memcpy(record.service.name, name, strlen(name) + 1);
    if (type == FACT_ADDRESS) {
        record.fact.address.ttl = 60;
        record.fact.address.trusted = true;
    }
    verdict_take(verdict, &record);
    verdict_settle(verdict);
}

static void live_on(struct verdict *verdict)
{
    int64_t now_us = verdict->saved_us + TIME_SECOND;
    give(verdict, RECORD_HIT, now_us, "");
    give(verdict, RECORD_FACT, now_us + 1, "panel.example");
    give(verdict, RECORD_HIT, now_us + 2, "panel.example");
    give_tie(verdict, now_us + 3);
    give_notice(verdict, now_us + 4);
    give_page(verdict, now_us + 5);
    give_name(verdict, FACT_ADDRESS, now_us + 6, "panel.example");
    give_name(verdict, FACT_CERTIFICATE, now_us + 7, "x.example");
    give_name(verdict, FACT_NAME, now_us + 8, "panel.example");
    give(verdict, RECORD_TICK, now_us + settings.refresh, "");
    give(verdict, RECORD_FACT, now_us + settings.refresh, "other.example");
    give(verdict, RECORD_TICK, now_us + 2 * settings.block_min_watch, "");
}

/* What a restart makes of a saved state; takes `text`. */
static char *restart(char *text, size_t *size, int64_t now_us)
{
    struct verdict *verdict = create();
    if (!load(verdict, text, *size)) {
        abort();
    }
    free(text);
    give(verdict, RECORD_TICK, now_us, "");
    char *saved = save(verdict, size);
    verdict_free(verdict);
    return saved;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (settings.max_services == 0) {
        option_set_defaults(&verdict_options, &settings);
        settings.max_services = 16;
        settings.max_addresses = 16;
        settings.max_names = 4;
        settings.max_per_address = 4;
        settings.max_cases = 16; /* with less, each restart may make room for another one */
        settings.max_per_case = 16;
        settings.max_notices = 2;
    }
    struct verdict *verdict = create();
    if (size > 0 && load(verdict, (const char *)data, size)) {
        live_on(verdict);
        size_t len;
        char *first = restart(save(verdict, &len), &len, verdict->now_us);
        char *copy = strdup(first);
        char *second = restart(copy, &len, verdict->now_us);
        if (strcmp(first, second) != 0) {
            abort();
        }
        free(first);
        free(second);
    }
    verdict_free(verdict);
    return 0;
}
