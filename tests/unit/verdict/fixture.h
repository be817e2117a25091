/* A verdict with its defaults, records for it, and the detections that came out. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "rule/client.h"
#include "verdict/verdict.h"

enum { SEEN_MAX = 4096 };

#define MINUTES(n) ((n)*60 * TIME_SECOND)

struct fixture {
    struct verdict_settings settings;
    struct verdict_guards guards;
    struct counter_cell counters[VERDICT_COUNTERS_COUNT];
    struct verdict *verdict;
    struct detection *seen[SEEN_MAX];
    size_t count;
    int64_t now_us;
    uint64_t packet;
    bool same_packet; /* what is given now all belongs to one packet */
    enum name_source name_from;
};

/* A list of hosts in text form. */
static inline struct watch_list *list_of(const char *const *texts, size_t count)
{
    struct watch_builder *builder = watch_builder_create(count);
    for (size_t i = 0; i < count; i++) {
        struct watch_entry entry = {0};
        struct watch_key_room room;
        const char *wrong = NULL;
        assert_true(
            watch_entry_parse_host(slice_text(texts[i]), WATCH_SUFFIXES_PRIVATE, &entry, &room, &wrong));
        assert_true(watch_builder_add(builder, &entry));
    }
    return watch_builder_finish(builder);
}

static inline void fixture_emit(void *context, struct detection *detection)
{
    struct fixture *fixture = context;
    assert_true(fixture->count < SEEN_MAX);
    fixture->seen[fixture->count++] = detection;
}

static inline void fixture_set(struct fixture *fixture, const char *name, const char *text)
{
    char error[OPTION_ERROR_SIZE];
    for (size_t i = 0; i < verdict_options.count; i++) {
        if (strcmp(verdict_options.rows[i].name, name) == 0) {
            assert_true(option_set_text(&verdict_options.rows[i], &fixture->settings, text, error));
            return;
        }
    }
    fail_msg("no option %s", name);
}

/* Makes a verdict with what was set; a second call makes another one over the same settings. */
static inline void fixture_start(struct fixture *fixture, bool replay)
{
    static const struct hash_key key = {{0x0706050403020100, 0x0f0e0d0c0b0a0908}};
    verdict_free(fixture->verdict);
    fixture->verdict = verdict_create(&fixture->settings, &fixture->guards, &key, "0123456789abcdef", replay,
                                      fixture->counters, fixture_emit, fixture);
}

static inline void fixture_open(struct fixture *fixture)
{
    *fixture = (struct fixture){.now_us = 1700000000 * TIME_SECOND};
    option_set_defaults(&verdict_options, &fixture->settings);
}

static inline void fixture_forget(struct fixture *fixture)
{
    for (size_t i = 0; i < fixture->count; i++) {
        detection_free(fixture->seen[i]);
    }
    fixture->count = 0;
}

static inline void fixture_close(struct fixture *fixture)
{
    verdict_free(fixture->verdict);
    fixture_forget(fixture);
    option_free(&verdict_options, &fixture->settings);
}

static inline const struct detection *fixture_last(const struct fixture *fixture)
{
    assert_true(fixture->count > 0);
    return fixture->seen[fixture->count - 1];
}

static inline uint64_t fixture_counter(const struct fixture *fixture, size_t id)
{
    return counter_get(fixture->counters, id);
}

/* ---- records; each is a packet of its own unless `same_packet` */

static inline void give(struct fixture *fixture, struct worker_record *record)
{
    record->order.packet = fixture->packet;
    record->name_from = fixture->name_from;
    verdict_take(fixture->verdict, record);
    if (!fixture->same_packet) {
        fixture->packet++;
        verdict_settle(fixture->verdict);
    }
}

static inline struct service_key service_at(const char *ip, uint16_t port, const char *name)
{
    struct service_key key = {.port = port, .transport = TRANSPORT_TCP};
    assert_true(address_parse(ip, &key.address));
    snprintf(key.name, sizeof key.name, "%s", name);
    return key;
}

/* What a rule finds. */
struct sign {
    uint32_t sid;
    uint8_t weight;
    enum evidence_kind kind;
    const char *reason;
    enum family family;
    bool content, structural, test, client_header, answered, proxy, unasked;
};

/* Signs that tests share: a path claim, a header claim, proofs and content. */
static const struct sign path_claim = {
    .sid = 100, .weight = 40, .kind = EVIDENCE_CLAIM, .reason = "login asked"};
static const struct sign header_claim = {
    .sid = 110, .weight = 25, .kind = EVIDENCE_CLAIM, .reason = "agent", .client_header = true};
static const struct sign answered_bytes = {
    .sid = 120, .weight = 20, .kind = EVIDENCE_ANSWERED, .reason = "long answer"};
static const struct sign login_proof = {
    .sid = 200, .weight = 85, .kind = EVIDENCE_PROOF, .reason = "login", .answered = true};
static const struct sign stream_proof = {
    .sid = 210, .weight = 80, .kind = EVIDENCE_PROOF, .reason = "stream", .answered = true};
static const struct sign pay_names = {.sid = 300,
                                      .weight = 60,
                                      .kind = EVIDENCE_PROOF,
                                      .reason = "pay names",
                                      .content = true,
                                      .answered = true};
static const struct sign prefixes_sign = {.sid = 310,
                                          .weight = 35,
                                          .kind = EVIDENCE_PROOF,
                                          .reason = "country prefixes",
                                          .structural = true,
                                          .answered = true};
static const struct sign films_sign = {.sid = 320,
                                       .weight = 40,
                                       .kind = EVIDENCE_PROOF,
                                       .reason = "masses of films",
                                       .structural = true,
                                       .answered = true};

static inline void give_hit(struct fixture *fixture, struct service_key service, uint64_t client,
                            const struct sign *sign)
{
    struct worker_record record = {
        .type = RECORD_HIT,
        .time_us = fixture->now_us,
        .service = service,
        .client = client,
        .hit = {.sid = sign->sid,
                .rev = 1,
                .weight = sign->weight,
                .kind = sign->kind,
                .family = sign->family,
                .roles = 1 << ROLE_PANEL,
                .content = sign->content,
                .structural = sign->structural,
                .test = sign->test,
                .client_header = sign->client_header,
                .answered_ok = sign->answered,
                .proxy = sign->proxy,
                .asked = !sign->unasked,
                .directions =
                    (sign->unasked ? 0 : DIRECTION_TO_SERVER) | (sign->answered ? DIRECTION_TO_CLIENT : 0),
                .field = "http.uri",
                .value = "/x?username=*"},
    };
    snprintf(record.hit.msg, sizeof record.hit.msg, "msg %u", sign->sid);
    snprintf(record.hit.reason, sizeof record.hit.reason, "%s", sign->reason);
    give(fixture, &record);
}

/* A rule with `notice` matched: this server answered so when it was asked for the name. */
static inline void give_notice(struct fixture *fixture, struct service_key service, uint64_t client,
                               enum notice notice, bool asked)
{
    struct worker_record record = {
        .type = RECORD_HIT,
        .time_us = fixture->now_us,
        .service = service,
        .client = client,
        .hit = {.sid = notice == NOTICE_SEIZED ? 400 : 410,
                .rev = 1,
                .weight = 1,
                .kind = EVIDENCE_PROOF,
                .family = FAMILY_PORTAL,
                .roles = 1 << ROLE_PORTAL,
                .notice = notice,
                .asked = asked,
                .answered_ok = true,
                .directions = DIRECTION_TO_CLIENT | (asked ? DIRECTION_TO_SERVER : 0),
                .msg = "Leads to a notice",
                .reason = "notice",
                .field = "http.location",
                .value = "https://notice.example/"},
    };
    give(fixture, &record);
}

static inline struct worker_record fact_record(const struct fixture *fixture, struct service_key service,
                                               enum fact_type type)
{
    return (struct worker_record){
        .type = RECORD_FACT, .time_us = fixture->now_us, .service = service, .fact = {.type = type}};
}

static inline void give_name(struct fixture *fixture, struct service_key service)
{
    struct worker_record record = fact_record(fixture, service, FACT_NAME);
    give(fixture, &record);
}

static inline void give_volume(struct fixture *fixture, struct service_key service, uint64_t client,
                               uint64_t bytes)
{
    struct worker_record record = fact_record(fixture, service, FACT_VOLUME);
    record.client = client;
    record.fact.volume.flows = 1;
    record.fact.volume.bytes = bytes;
    give(fixture, &record);
}

static inline void give_catalogue(struct fixture *fixture, struct service_key service, uint64_t live,
                                  uint64_t movies, bool whole)
{
    struct worker_record record = fact_record(fixture, service, FACT_CATALOGUE);
    record.fact.catalogue = (struct catalogue){.live = live, .movies = movies, .whole = whole};
    give(fixture, &record);
}

/* `ids` ends with NULL. */
static inline void give_rights(struct fixture *fixture, struct service_key service, const char *const *ids)
{
    struct worker_record record = fact_record(fixture, service, FACT_RIGHTS);
    struct rights_holders *rights = &record.fact.rights;
    for (size_t i = 0; ids[i] != NULL; i++) {
        snprintf(rights->ids[rights->count++], RIGHTS_HOLDER_SIZE, "%s", ids[i]);
    }
    give(fixture, &record);
}

static inline void give_stream(struct fixture *fixture, struct service_key service, const char *name,
                               const char *provider, uint32_t kilobits)
{
    struct worker_record record = fact_record(fixture, service, FACT_STREAM);
    struct stream_description *stream = &record.fact.stream;
    snprintf(stream->container, sizeof stream->container, "mpegts");
    snprintf(stream->service_name, sizeof stream->service_name, "%s", name);
    snprintf(stream->provider, sizeof stream->provider, "%s", provider);
    stream->kilobits = kilobits;
    give(fixture, &record);
}

static inline void give_tie(struct fixture *fixture, struct service_key service, enum tie type,
                            uint64_t print)
{
    struct worker_record record = fact_record(fixture, service, FACT_TIE);
    record.fact.tie.type = type;
    record.fact.tie.print = print;
    give(fixture, &record);
}

static inline void give_related(struct fixture *fixture, struct service_key service, const char *host,
                                uint16_t port, uint64_t count)
{
    struct worker_record record = fact_record(fixture, service, FACT_RELATED);
    snprintf(record.fact.named.host, sizeof record.fact.named.host, "%s", host);
    record.fact.named.port = port;
    record.fact.named.relation = RELATION_PLAYLIST;
    record.fact.named.count = count;
    give(fixture, &record);
}

/* A page at this host and port sent a client to the stream. */
static inline void give_embedded(struct fixture *fixture, struct service_key stream, const char *page,
                                 uint16_t port)
{
    struct worker_record record = fact_record(fixture, stream, FACT_EMBEDDED);
    snprintf(record.fact.named.host, sizeof record.fact.named.host, "%s", page);
    record.fact.named.port = port;
    record.fact.named.relation = RELATION_EMBED;
    record.fact.named.count = 1;
    give(fixture, &record);
}

/* An answer of DNS that this client saw gives the name this address. */
static inline void give_answer(struct fixture *fixture, const char *ip, const char *name, uint64_t client,
                               uint32_t ttl, bool trusted)
{
    struct worker_record record = fact_record(fixture, service_at(ip, 0, name), FACT_ADDRESS);
    record.client = client;
    record.fact.address.ttl = ttl;
    record.fact.address.trusted = trusted;
    give(fixture, &record);
}

/* Moves the clock on, with a tick at its end. */
static inline void pass(struct fixture *fixture, int64_t duration_us)
{
    fixture->now_us += duration_us;
    struct worker_record record = {.type = RECORD_TICK, .time_us = fixture->now_us};
    give(fixture, &record);
}

/* Everything that makes a service confirmed with a basis for a block, by `clients` clients from `first`. */
static inline void give_confirmed(struct fixture *fixture, struct service_key service, uint64_t first,
                                  uint64_t clients)
{
    for (uint64_t client = first; client < first + clients; client++) {
        give_hit(fixture, service, client, &path_claim);
        give_hit(fixture, service, client, &login_proof);
        give_hit(fixture, service, client, &pay_names);
        give_hit(fixture, service, client, &prefixes_sign);
    }
}
