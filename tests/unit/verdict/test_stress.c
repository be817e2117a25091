/*
 * verdict: long random lives under small caps, with reloads and restarts, watched from outside by what a
 * consumer of detections relies on: states follow each other, no block is left standing without a word, and
 * no refresh comes early.
 */
#include "tests/unit/verdict/fixture.h"

#include <unistd.h>

#include "verdict/score.h"

enum { KNOWN_MAX = 4096 };

/* What a consumer remembers of one id. */
struct known {
    char id[DETECTION_ID_SIZE];
    bool alive; /* told, and not ended since */
    enum level level;
    bool eligible;
    enum block_scope scope;
    int64_t refreshed_us;
    bool moved; /* told so since it was new */
    bool seized;
};

struct consumer {
    struct known known[KNOWN_MAX];
    size_t count;
    unsigned proposals;
    unsigned withdrawals;
    unsigned in_cases;
    unsigned names;
    unsigned lapses; /* proposals that run out by themselves */
    uint64_t max_per_case;
    bool forgetful; /* the verdict may have forgotten services without a word: caps */
    int64_t refresh;
};

static struct known *known_of(struct consumer *consumer, const char *id)
{
    for (size_t i = 0; i < consumer->count; i++) {
        if (strcmp(consumer->known[i].id, id) == 0) {
            return &consumer->known[i];
        }
    }
    assert_true(consumer->count < KNOWN_MAX);
    struct known *known = &consumer->known[consumer->count++];
    *known = (struct known){.refreshed_us = INT64_MIN / 2};
    memcpy(known->id, id, sizeof known->id);
    return known;
}

static void check_levels(const struct known *known, const struct detection *told)
{
    switch (told->state) {
    case STATE_RAISED:
        assert_true(told->level > known->level);
        break;
    case STATE_LOWERED:
        assert_true(told->level < known->level);
        break;
    case STATE_MOVED:
        assert_true(told->level >= known->level);
        assert_true(!known->moved);
        break;
    default:
        break;
    }
}

/* A name: told first with its notice, as active only after it was seized, and never to be blocked. */
static void consume_name(struct consumer *consumer, struct known *known, const struct detection *told)
{
    bool notice = told->state == STATE_SEIZED || told->state == STATE_BLOCKED;
    assert_true(notice || known->alive);
    assert_true(told->state == STATE_RAISED ? known->seized : true);
    assert_false(told->block.eligible);
    assert_int_equal(told->block.withdraw, told->state == STATE_SEIZED);
    known->seized = told->state == STATE_SEIZED || (known->seized && told->state == STATE_REFRESH);
    known->alive = told->state != STATE_EXPIRED && told->state != STATE_WITHDRAWN;
    consumer->names += notice;
}

static void consume(struct consumer *consumer, const struct detection *told)
{
    struct known *known = known_of(consumer, told->id);
    if (told->subject_host) {
        consume_name(consumer, known, told);
        return;
    }
    assert_true(told->score <= 100 && told->level > LEVEL_NONE && told->level < LEVEL_COUNT);
    assert_int_equal(told->block.eligible, told->block.scope != SCOPE_NONE);
    assert_int_equal(told->block.eligible, told->block.reason == REASON_NONE);
    assert_false(told->block.eligible && told->block.withdraw);
    assert_false(told->block.eligible && told->level != LEVEL_CONFIRMED);
    assert_false(told->block.eligible && told->server_is_home);
    assert_false(told->block.scope == SCOPE_IP_PORT && told->other_hosts > 0);
    for (uint32_t i = 1; i < told->evidence_count; i++) {
        assert_true(told->evidence[i - 1].sid < told->evidence[i].sid);
    }
    if (told->has_case) {
        assert_true(told->in_case.services > 0 && told->in_case.by != 0 && !told->server_is_home);
        assert_true(told->in_case.services <= consumer->max_per_case);
        consumer->in_cases++;
    }
    bool first = told->state == STATE_NEW || (told->state == STATE_MOVED && !known->alive);
    if (first) {
        assert_true(!known->alive || consumer->forgetful);
        known->moved = false;
    } else if (consumer->forgetful && told->state == STATE_MOVED) {
        known->moved = false; /* it may have been forgotten, and be told for the first time */
    } else {
        assert_true(known->alive);
        check_levels(known, told);
    }
    if (told->state == STATE_REFRESH && told->cause != CAUSE_ELIGIBLE) {
        assert_true(told->time_us - known->refreshed_us >= consumer->refresh);
        known->refreshed_us = told->time_us;
    }
    known->moved = known->moved || told->state == STATE_MOVED;
    if (known->eligible && told->state != STATE_EXPIRED && !first &&
        !(consumer->forgetful && told->state == STATE_MOVED)) {
        bool stands = told->block.eligible && told->block.scope == known->scope;
        bool lapsed = told->block.reason == REASON_UNVERIFIED && known->scope == SCOPE_HOST;
        consumer->lapses += lapsed && !told->block.withdraw;
        assert_true(stands || told->block.withdraw || lapsed);
    }
    bool taken_back = told->state == STATE_WITHDRAWN &&
                      (told->score < SCORE_OBSERVED || told->block.reason == REASON_OFFICIAL);
    known->alive = told->state != STATE_EXPIRED && !taken_back;
    consumer->proposals += told->block.eligible;
    consumer->withdrawals += told->block.withdraw;
    known->level = told->level;
    known->eligible = told->block.eligible;
    known->scope = told->block.scope;
}

static uint64_t next_random(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random >> 16;
}

static struct service_key random_service(uint64_t *random)
{
    static const char *const names[] = {"", "a.example", "b.example", "official.example", "203.0.113.3"};
    char ip[40];
    uint64_t number = next_random(random);
    snprintf(ip, sizeof ip, number % 16 == 0 ? "100::%u" : "203.0.113.%u", (unsigned)(number / 16 % 12));
    return service_at(ip, number / 256 % 4 == 0 ? 8080 : 80, names[number / 1024 % ARRAY_COUNT(names)]);
}

static void random_record(struct fixture *f, uint64_t *random)
{
    static const struct sign *const signs[] = {&path_claim,   &header_claim, &answered_bytes, &login_proof,
                                               &stream_proof, &pay_names,    &prefixes_sign,  &films_sign};
    static const char *const hosts[] = {"a.example", "b.example", "203.0.113.5", "192.168.1.1"};
    struct service_key service = random_service(random);
    uint64_t choice = next_random(random);
    uint64_t client = choice >> 20 & 7;
    switch (choice % 16) {
    case 0:
        if ((choice >> 24 & 1) != 0) {
            f->name_from = NAME_FROM_TLS;
            service.port = 443;
        }
        give_name(f, service);
        f->name_from = NAME_FROM_HTTP;
        break;
    case 1:
        give_volume(f, service, client, choice >> 24 & 0xffff);
        break;
    case 2:
        give_catalogue(f, service, choice >> 24 & 0xfff, choice >> 36 & 0xfff, choice >> 19 & 1);
        break;
    case 3:
        give_related(f, service, hosts[choice >> 24 & 3], choice >> 26 & 1 ? 80 : 8080, 1);
        break;
    case 4:
        give_tie(f, service, choice >> 24 & 1 ? TIE_PANEL_TOKEN : TIE_CATALOGUE, choice >> 25 & 15);
        break;
    case 5:
        give_rights(f, service, (const char *const[]){choice >> 24 & 1 ? "dazn" : "sky", NULL});
        give_stream(f, service, "One", "x", (uint32_t)(choice >> 24 & 4095));
        break;
    case 6:
        if (service.name[0] != '\0') {
            give_notice(f, service, client, choice >> 24 & 3 ? NOTICE_BLOCKED : NOTICE_SEIZED,
                        choice >> 26 & 1);
        }
        break;
    case 7:
        give_embedded(f, service, hosts[choice >> 24 & 3], 80);
        break;
    case 8:
        if (service.name[0] != '\0') {
            char ip[ADDRESS_TEXT_SIZE];
            give_answer(f, address_print(&service.address, ip), service.name, client,
                        (uint32_t)(choice >> 24 & 1023), (choice >> 34 & 31) == 0);
        }
        break;
    case 9:
        pass(f, (int64_t)(choice >> 24 & 1023) * TIME_SECOND);
        break;
    default:
        give_hit(f, service, client, signs[(choice >> 24) % ARRAY_COUNT(signs)]);
        break;
    }
}

static void random_reload(struct fixture *f, uint64_t *random, const struct watch_list *official)
{
    uint64_t choice = next_random(random);
    f->guards.official = choice % 2 == 0 ? official : NULL;
    fixture_set(f, "block.require_verified", choice / 2 % 2 == 0 ? "true" : "false");
    fixture_set(f, "block.basis", choice / 4 % 2 == 0 ? "content" : "content, software");
    fixture_set(f, "detection.min_level", choice / 8 % 3 == 0 ? "observed" : "suspected");
    verdict_set_settings(f->verdict, &f->settings, &f->guards);
}

static void random_restart(struct fixture *f)
{
    char path[] = "/tmp/vigie-stress-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    struct failure failure = {0};
    assert_true(verdict_save(f->verdict, path, &failure));
    fixture_start(f, false);
    if (!verdict_load(f->verdict, path, &failure)) {
        fail_msg("%s", failure.text);
    }
    assert_int_equal(close(descriptor), 0);
    unlink(path);
}

static void live(uint64_t seed, bool capped, bool restarts)
{
    static struct fixture f;
    static struct consumer consumer;
    uint64_t random = seed;
    struct watch_list *official = list_of((const char *const[]){"official.example"}, 1);
    fixture_open(&f);
    fixture_set(&f, "verdict.max_services", capped ? "24" : "1000");
    fixture_set(&f, "verdict.max_addresses", capped ? "16" : "1000");
    fixture_set(&f, "verdict.max_names", "3");
    fixture_set(&f, "verdict.max_evidence", "5");
    fixture_set(&f, "verdict.expire", "1d");
    fixture_set(&f, "verdict.max_cases", capped ? "16" : "1000");
    fixture_set(&f, "verdict.max_per_case", capped ? "2" : "1000");
    fixture_start(&f, false);
    memset(&consumer, 0, sizeof consumer);
    /* Home servers are not in the state file: after a restart they are new. */
    consumer.forgetful = restarts || capped;
    consumer.refresh = f.settings.refresh;
    consumer.max_per_case = capped ? 2 : 1000;
    for (unsigned i = 0; i < 40000; i++) {
        if (i % 1000 == 999) {
            random_reload(&f, &random, official);
        }
        if (restarts && i % 1700 == 1699) {
            random_restart(&f);
        }
        random_record(&f, &random);
        for (size_t n = 0; n < f.count; n++) {
            consume(&consumer, f.seen[n]);
        }
        fixture_forget(&f);
    }
    assert_true(fixture_counter(&f, VERDICT_DETECTIONS) > 500);
    assert_true(consumer.proposals > 20);
    assert_true(consumer.withdrawals > 5);
    assert_true(consumer.in_cases > 100);
    assert_true(consumer.names > 3);
    assert_true(consumer.lapses > 3);
    assert_true(fixture_counter(&f, VERDICT_INFERRED) > 0);
    fixture_close(&f);
    watch_list_release(official);
}

static void a_long_life(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        live(seed * 0x9e3779b97f4a7c15, false, false);
    }
}

static void a_life_under_small_caps(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        live(seed * 0xbf58476d1ce4e5b9, true, false);
    }
}

static void a_life_with_restarts(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        live(seed * 0x94d049bb133111eb, false, true);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_life),
        cmocka_unit_test(a_life_under_small_caps),
        cmocka_unit_test(a_life_with_restarts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
