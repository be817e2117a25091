/* The score that the script unites is verdict's own, digit for digit, whatever the evidence. */
#include "server.h"

#include "daemon/sink/push_priv.h"
#include "daemon/sink/script_priv.h"
#include "sink/redis_link.h"
#include "verdict/score.h"

enum { CASES = 1500, EVIDENCE_MOST = 12 };

/* Numbers that repeat: xorshift. */
static uint64_t dice_state = 88172645463325252ULL;

static uint32_t dice(uint32_t sides)
{
    dice_state ^= dice_state << 13;
    dice_state ^= dice_state >> 7;
    dice_state ^= dice_state << 17;
    return (uint32_t)(dice_state % sides);
}

static void make_evidence(struct detection *detection, struct contribution *items)
{
    static const enum evidence_kind kinds[] = {EVIDENCE_PROOF, EVIDENCE_PROOF, EVIDENCE_CLAIM,
                                               EVIDENCE_ANSWERED};
    uint32_t count = dice(EVIDENCE_MOST + 1);
    bool claims = false;
    detection->evidence_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        char reason[8];
        snprintf(reason, sizeof reason, "r%u", dice(8));
        enum evidence_kind kind = kinds[dice(4)];
        uint8_t weight = (uint8_t)(1 + dice(dice(4) == 0 ? 100 : 60));
        sample_add_evidence(detection, 1000 + 7 * i, weight, kind, reason);
        struct detection_evidence *item = &detection->evidence[i];
        item->content = dice(4) == 0;
        item->structural = dice(4) == 0;
        claims = claims || kind == EVIDENCE_CLAIM;
        items[i] = (struct contribution){.sid = item->sid,
                                         .reason = item->reason,
                                         .weight = item->weight,
                                         .kind = item->kind,
                                         .content = item->content,
                                         .structural = item->structural};
    }
    detection->claimants = claims ? 1 + dice(2) : 0;
    /* The sensor's own level would hold besides what is united. */
    detection->score = 0;
    detection->level = LEVEL_NONE;
}

static void load_script(struct server *server, struct script_caller *caller)
{
    const char *words[] = {"SCRIPT", "LOAD", sink_script()};
    redisReply *reply = redisCommandArgv(server->client, 3, words, NULL);
    assert_non_null(reply);
    assert_int_equal(reply->type, REDIS_REPLY_STRING);
    memcpy(caller->sha, reply->str, SCRIPT_SHA_SIZE);
    freeReplyObject(reply);
}

static void ask_redis(struct server *server, const struct script_caller *caller,
                      const struct detection *detection, char score[8], char level[16])
{
    struct producer producer = sample_producer();
    struct push *push = push_create(detection, &producer, 1000, strdup("{}"));
    script_append_detection(server->client, caller, push, 0);
    push_free(push);
    void *reply = NULL;
    assert_int_equal(redisGetReply(server->client, &reply), REDIS_OK);
    assert_int_equal(redis_answer_of(reply), REDIS_ANSWER_GOOD);
    freeReplyObject(reply);
    char words[128];
    snprintf(words, sizeof words, "HMGET " PREFIX ":service:%s score level", detection->id);
    redisReply *fields = server_ask(server, words);
    snprintf(score, 8, "%s", fields->element[0]->str);
    snprintf(level, 16, "%s", fields->element[1]->str);
    freeReplyObject(fields);
}

static void test_scores(void **state)
{
    struct server *server = *state;
    struct producer producer = sample_producer();
    struct script_caller caller = {.prefix = PREFIX, .sensor = producer.sensor, .epoch = producer.epoch};
    load_script(server, &caller);
    struct detection *detection = sample_detection();
    unsigned seen[LEVEL_COUNT] = {0};
    unsigned stopped = 0;
    for (unsigned i = 1; i <= CASES; i++) {
        struct contribution items[EVIDENCE_MOST];
        struct score score;
        make_evidence(detection, items);
        detection->seq = i;
        snprintf(detection->id, sizeof detection->id, "%016x", i);
        score_unite(items, detection->evidence_count, detection->claimants > 1, false, &score);
        char got_score[8];
        char got_level[16];
        ask_redis(server, &caller, detection, got_score, got_level);
        char expected[8];
        snprintf(expected, sizeof expected, "%u", score.score);
        assert_string_equal(got_score, expected);
        assert_string_equal(got_level, level_name(score.level));
        seen[score.level]++;
        stopped += score.united > score.score;
    }
    for (size_t level = 0; level < LEVEL_COUNT; level++) {
        assert_true(seen[level] > 20); /* the cases reach every level */
    }
    assert_true(stopped > 20);
    detection_free(detection);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(test_scores, server_setup_running, server_teardown),
};

SERVER_TESTS_MAIN("test_score", tests)
