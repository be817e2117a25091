/* verdict/state: a restart goes on where the last run stopped; files that are none are set aside. */
#include "tests/unit/verdict/fixture.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/attr.h"

#define PANEL service_at("203.0.113.10", 8080, "panel.example")

struct folder {
    char path[64];
    char file[96];
    char aside[112];
};

static void folder_open(struct folder *folder)
{
    snprintf(folder->path, sizeof folder->path, "/tmp/vigie-state-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    snprintf(folder->file, sizeof folder->file, "%s/state.json", folder->path);
    snprintf(folder->aside, sizeof folder->aside, "%s.broken", folder->file);
}

static void folder_close(struct folder *folder)
{
    unlink(folder->file);
    unlink(folder->aside);
    assert_int_equal(rmdir(folder->path), 0); /* nothing else is left behind */
}

static void save(struct fixture *f, const struct folder *folder)
{
    struct failure failure = {0};
    assert_true(verdict_save(f->verdict, folder->file, &failure));
}

/* A new verdict over the same settings that has read the file. */
static void restart(struct fixture *f, const struct folder *folder)
{
    fixture_forget(f);
    fixture_start(f, false);
    struct failure failure = {0};
    assert_true(verdict_load(f->verdict, folder->file, &failure));
}

static char *content(const char *path)
{
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    char *text = NULL;
    size_t room = 0;
    assert_true(getdelim(&text, &room, '\0', in) > 0);
    fclose(in);
    return text;
}

static void a_restart_goes_on_with_a_refresh(void **state)
{
    (void)state;
    struct fixture f;
    struct folder folder;
    folder_open(&folder);
    fixture_open(&f);
    fixture_start(&f, false);
    give_confirmed(&f, PANEL, 1, 5);
    give_hit(&f, PANEL, 1, &header_claim);
    give_catalogue(&f, PANEL, 6000, 150000, true);
    give_related(&f, PANEL, "edge.example", 80, 7);
    give_rights(&f, PANEL, (const char *const[]){"sky", "dazn", NULL});
    give_stream(&f, PANEL, "DAZN \xff", "FFmpeg", 6200);
    give_volume(&f, PANEL, 1, 4000);
    give_hit(&f, service_at("203.0.113.11", 80, "small.example"), 1, &path_claim);
    pass(&f, MINUTES(30));
    struct detection before = *fixture_last(&f);
    save(&f, &folder);

    f.now_us += MINUTES(120);
    restart(&f, &folder);
    assert_int_equal(f.count, 0);
    pass(&f, TIME_SECOND);
    assert_int_equal(f.count, 0); /* nothing changed */
    assert_int_equal(fixture_counter(&f, VERDICT_SERVICES), 2);
    give_hit(&f, PANEL, 77, &stream_proof);
    assert_int_equal(f.count, 0); /* of no other level */
    pass(&f, TIME_SECOND);
    assert_int_equal(f.count, 1);
    const struct detection *after = fixture_last(&f);
    assert_int_equal(after->state, STATE_REFRESH);
    assert_int_equal(after->seq, 1);
    assert_string_equal(after->id, before.id);
    assert_int_equal(after->level, LEVEL_CONFIRMED);
    assert_int_equal(after->score, 99);
    assert_int_equal(after->evidence_count, before.evidence_count + 1);
    assert_int_equal(after->evidence[0].count, before.evidence[0].count);
    assert_string_equal(after->evidence[0].msg, before.evidence[0].msg);
    assert_string_equal(after->evidence[0].value, before.evidence[0].value);
    assert_int_equal(after->evidence[0].claimants, 2);
    assert_int_equal(after->claimants, 2);
    assert_int_equal(after->first_us, before.first_us);
    assert_int_equal(after->bytes, 4000);
    assert_int_equal(after->catalogue.movies, 150000);
    assert_true(after->catalogue.whole);
    assert_int_equal(after->rights_holders.count, 2);
    assert_string_equal(after->rights_holders.ids[0], "dazn");
    assert_string_equal(after->stream.service_name, "DAZN \xef\xbf\xbd");
    assert_string_equal(after->stream.provider, "FFmpeg");
    assert_string_equal(after->stream.container, "mpegts");
    assert_int_equal(after->stream.kilobits, 6200);
    assert_int_equal(after->related_count, 1);
    assert_int_equal(after->related[0].server.count, 7);
    assert_int_equal(after->clients, 5);           /* the larger of 5 before and 1 now */
    assert_int_equal(after->new_clients_count, 1); /* the only one of this key */
    assert_int_equal(after->block.reason, REASON_WATCH);
    fixture_close(&f);
    folder_close(&folder);
}

static void the_time_between_two_runs_is_no_watch(void **state)
{
    (void)state;
    struct fixture f;
    struct folder folder;
    folder_open(&folder);
    fixture_open(&f);
    fixture_start(&f, false);
    give_confirmed(&f, PANEL, 1, 5);
    give_confirmed(&f, service_at("203.0.113.10", 8081, "panel.example"), 1, 5); /* one record for both */
    pass(&f, MINUTES(40));
    save(&f, &folder);
    f.now_us += MINUTES(600);
    restart(&f, &folder);
    pass(&f, 0);
    give_hit(&f, PANEL, 1, &login_proof);
    pass(&f, MINUTES(20) - 1);
    assert_false(fixture_last(&f)->block.eligible);
    assert_int_equal(fixture_last(&f)->block.reason, REASON_WATCH);
    pass(&f, 1);
    assert_true(fixture_last(&f)->block.eligible);
    fixture_close(&f);
    folder_close(&folder);
}

static void what_was_eligible_stays_so_and_can_end(void **state)
{
    (void)state;
    struct fixture f;
    struct folder folder;
    folder_open(&folder);
    fixture_open(&f);
    fixture_start(&f, false);
    give_confirmed(&f, PANEL, 1, 5);
    pass(&f, MINUTES(60));
    assert_true(fixture_last(&f)->block.eligible);
    save(&f, &folder);
    f.now_us += TIME_SECOND;
    restart(&f, &folder);
    pass(&f, TIME_SECOND);
    assert_int_equal(f.count, 0);
    give_name(&f, service_at("203.0.113.10", 80, "other.example"));
    assert_int_equal(f.count, 1);
    assert_int_equal(fixture_last(&f)->state, STATE_WITHDRAWN);
    assert_true(fixture_last(&f)->block.withdraw);
    fixture_close(&f);
    folder_close(&folder);
}

static void names_and_ties_are_kept(void **state)
{
    (void)state;
    struct fixture f;
    struct folder folder;
    folder_open(&folder);
    fixture_open(&f);
    fixture_start(&f, false);
    struct service_key shared = service_at("203.0.113.11", 80, "a.example");
    give_name(&f, PANEL);
    give_hit(&f, service_at("203.0.113.10", 8080, ""), 1, &login_proof);
    give_confirmed(&f, shared, 1, 5);
    give_name(&f, service_at("203.0.113.11", 443, "b.example"));
    pass(&f, MINUTES(20));
    save(&f, &folder);
    f.now_us += TIME_SECOND;
    restart(&f, &folder);
    pass(&f, TIME_SECOND);
    assert_int_equal(f.count, 0); /* the nameless evidence still counts for the name */
    give_hit(&f, service_at("203.0.113.10", 8080, ""), 1, &pay_names);
    assert_int_equal(f.count, 1);
    assert_string_equal(fixture_last(&f)->service.name, "panel.example");
    assert_int_equal(fixture_last(&f)->state, STATE_RAISED);
    give_hit(&f, shared, 9, &login_proof);
    pass(&f, MINUTES(20));
    assert_int_equal(fixture_last(&f)->other_hosts, 1);
    fixture_close(&f);
    folder_close(&folder);
}

static void cases_are_kept(void **state)
{
    (void)state;
    struct fixture f;
    struct folder folder;
    struct service_key twin = service_at("203.0.113.11", 8080, "panel.example");
    struct service_key edge = service_at("203.0.113.12", 80, "");
    folder_open(&folder);
    fixture_open(&f);
    fixture_start(&f, false);
    give_confirmed(&f, PANEL, 1, 5);
    give_tie(&f, PANEL, TIE_PANEL_TOKEN, UINT64_MAX - 1); /* more than JSON's whole numbers hold */
    f.now_us++;
    give_hit(&f, twin, 1, &login_proof); /* by its name */
    give_hit(&f, edge, 1, &stream_proof);
    give_tie(&f, edge, TIE_PANEL_TOKEN, UINT64_MAX - 1); /* told as new before, as moved now */
    assert_int_equal(fixture_last(&f)->state, STATE_MOVED);
    pass(&f, MINUTES(30));
    struct detection before = *fixture_last(&f);
    assert_int_equal(before.in_case.services, 3);
    save(&f, &folder);
    f.now_us += MINUTES(120);
    restart(&f, &folder);
    pass(&f, TIME_SECOND);
    assert_int_equal(f.count, 0);
    assert_int_equal(fixture_counter(&f, VERDICT_CASES), 1);
    struct service_key fourth = service_at("203.0.113.13", 80, "fourth.example");
    give_tie(&f, fourth, TIE_PANEL_TOKEN, UINT64_MAX - 1);
    give_hit(&f, fourth, 1,
             &(struct sign){.sid = 9, .weight = 30, .kind = EVIDENCE_PROOF, .reason = "x", .answered = true});
    assert_int_equal(f.count, 1);
    assert_int_equal(fixture_last(&f)->state, STATE_MOVED);
    assert_int_equal(fixture_last(&f)->score, 50);
    assert_string_equal(fixture_last(&f)->in_case.id, before.in_case.id);
    assert_int_equal(fixture_last(&f)->in_case.services, 4);
    assert_int_equal(fixture_last(&f)->in_case.by, 1 << TIE_PANEL_TOKEN | 1 << TIE_HOST);
    fixture_close(&f);
    folder_close(&folder);
}

static void notices_are_kept(void **state)
{
    (void)state;
    struct fixture f;
    struct folder folder;
    struct service_key notice = service_at("198.51.100.99", 80, "seized.example");
    folder_open(&folder);
    fixture_open(&f);
    fixture_set(&f, "block.require_verified", "false");
    fixture_start(&f, false);
    give_confirmed(&f, PANEL, 1, 5);
    give_notice(&f, PANEL, 1, NOTICE_SEIZED, true);
    give_notice(&f, notice, 1, NOTICE_SEIZED, true);
    give_notice(&f, service_at("198.51.100.99", 80, "blocked.example"), 2, NOTICE_BLOCKED, true);
    pass(&f, MINUTES(70));
    assert_false(fixture_last(&f)->block.eligible);
    save(&f, &folder);
    restart(&f, &folder);
    assert_int_equal(fixture_counter(&f, VERDICT_NOTICED), 3);
    pass(&f, TIME_SECOND);
    give_notice(&f, notice, 3, NOTICE_SEIZED, true);
    give_notice(&f, service_at("198.51.100.99", 80, "blocked.example"), 2, NOTICE_BLOCKED, true);
    assert_int_equal(f.count, 0); /* told before */
    pass(&f, MINUTES(10));
    assert_int_equal(f.count, 2);
    assert_int_equal(f.seen[0]->state, STATE_REFRESH);
    assert_int_equal(f.seen[0]->evidence[0].count, 2);
    assert_int_equal(f.seen[0]->clients, 1);
    assert_string_equal(f.seen[0]->service.name, "seized.example");
    fixture_forget(&f);
    give_hit(&f, PANEL, 1, &stream_proof);
    assert_int_equal(f.count, 2); /* neither the name nor the address is free before */
    assert_true(f.seen[0]->block.eligible);
    assert_int_equal(f.seen[1]->state, STATE_RAISED);
    fixture_close(&f);
    folder_close(&folder);
}

static void what_dns_said_is_kept(void **state)
{
    (void)state;
    struct fixture f;
    struct folder folder;
    folder_open(&folder);
    fixture_open(&f);
    fixture_start(&f, false);
    f.name_from = NAME_FROM_QUIC;
    give_confirmed(&f, PANEL, 1, 5);
    f.name_from = NAME_FROM_HTTP;
    give_name(&f, service_at("203.0.113.10", 80, "other.example"));
    give_answer(&f, "203.0.113.10", "panel.example", 1, 1800, true);
    give_answer(&f, "203.0.113.10", "shop.example", 1, 1800, true); /* nobody's service */
    pass(&f, MINUTES(30));
    assert_int_equal(fixture_last(&f)->block.scope, SCOPE_HOST);
    save(&f, &folder);
    restart(&f, &folder);
    assert_int_equal(fixture_counter(&f, VERDICT_PAIRS), 1);
    pass(&f, MINUTES(60) - 1);
    give_volume(&f, PANEL, 1, 1);
    pass(&f, 0);
    assert_true(fixture_last(&f)->host_verified);
    assert_true(fixture_last(&f)->block.eligible);
    assert_string_equal(fixture_last(&f)->host_from, "quic.sni");
    pass(&f, 1);
    assert_false(fixture_last(&f)->host_verified);
    assert_int_equal(fixture_last(&f)->block.reason, REASON_UNVERIFIED);
    fixture_close(&f);
    folder_close(&folder);
}

static void one_claimant_of_two_keys_is_one(void **state)
{
    (void)state;
    struct fixture f;
    struct folder folder;
    folder_open(&folder);
    fixture_open(&f);
    fixture_set(&f, "detection.min_level", "observed");
    fixture_start(&f, false);
    struct sign other = {.sid = 101, .weight = 40, .kind = EVIDENCE_CLAIM, .reason = "other"};
    give_hit(&f, PANEL, 1, &path_claim);
    give_hit(&f, PANEL, 1, &other);
    save(&f, &folder);
    restart(&f, &folder);
    give_hit(&f, PANEL, 1000, &path_claim); /* the same scanner under another key, as far as anyone knows */
    pass(&f, MINUTES(20));
    assert_int_equal(fixture_last(&f)->score, 45);
    give_hit(&f, PANEL, 1001, &path_claim);
    assert_int_equal(fixture_last(&f)->state, STATE_RAISED);
    assert_int_equal(fixture_last(&f)->score, 64);
    fixture_close(&f);
    folder_close(&folder);
}

static void no_client_and_no_subscriber_is_in_it(void **state)
{
    (void)state;
    struct fixture f;
    struct folder folder;
    folder_open(&folder);
    fixture_open(&f);
    fixture_start(&f, false);
    uint64_t client = 1234567890123456789; /* its digits would be found in decimal or hex */
    give_confirmed(&f, PANEL, client, 5);
    give_confirmed(&f, service_at("100::1234", 8080, "subscriber.example"), 1, 5);
    give_name(&f, service_at("198.51.100.200", 443, "visited.example")); /* nobody's service */
    save(&f, &folder);
    char *text = content(folder.file);
    assert_non_null(strstr(text, "panel.example"));
    assert_null(strstr(text, "12345678901234567"));
    assert_null(strstr(text, "112210f47de981"));
    assert_null(strstr(text, "100::"));
    assert_null(strstr(text, "subscriber"));
    assert_null(strstr(text, "visited"));
    struct stat status;
    assert_int_equal(stat(folder.file, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    free(text);
    fixture_close(&f);
    folder_close(&folder);
}

static void saving_twice_gives_the_same_bytes(void **state)
{
    (void)state;
    struct fixture f;
    struct folder folder;
    folder_open(&folder);
    fixture_open(&f);
    fixture_start(&f, false);
    give_confirmed(&f, PANEL, 1, 5);
    give_name(&f, service_at("203.0.113.10", 81, "b.example"));
    give_related(&f, PANEL, "edge.example", 80, 7);
    give_hit(&f, service_at("2001:db8::1", 80, ""), 1, &login_proof);
    give_hit(&f, service_at("2001:db8::2", 80, "x.example"), 1, &path_claim);
    save(&f, &folder);
    char *first = content(folder.file);
    restart(&f, &folder);
    pass(&f, 0);
    save(&f, &folder);
    char *second = content(folder.file);
    assert_string_equal(first, second);
    free(first);
    free(second);
    fixture_close(&f);
    folder_close(&folder);
}

static void what_a_list_covers_now_is_taken_back(void **state)
{
    (void)state;
    struct fixture f;
    struct folder folder;
    folder_open(&folder);
    fixture_open(&f);
    fixture_start(&f, false);
    give_confirmed(&f, PANEL, 1, 5);
    pass(&f, MINUTES(60));
    save(&f, &folder);
    struct watch_list *official = list_of((const char *const[]){"panel.example"}, 1);
    f.guards.official = official;
    restart(&f, &folder);
    pass(&f, TIME_SECOND);
    assert_int_equal(f.count, 1);
    assert_int_equal(fixture_last(&f)->state, STATE_WITHDRAWN);
    assert_int_equal(fixture_last(&f)->block.reason, REASON_OFFICIAL);
    assert_true(fixture_last(&f)->block.withdraw);
    fixture_close(&f);
    watch_list_release(official);
    folder_close(&folder);
}

static void a_smaller_cap_keeps_the_best(void **state)
{
    (void)state;
    struct fixture f;
    struct folder folder;
    folder_open(&folder);
    fixture_open(&f);
    fixture_start(&f, false);
    char ip[32];
    for (unsigned i = 0; i < 100; i++) {
        snprintf(ip, sizeof ip, "203.0.113.%u", i);
        give_hit(&f, service_at(ip, 80, "a.example"), 1, &path_claim);
    }
    save(&f, &folder);
    fixture_set(&f, "verdict.max_services", "16");
    fixture_set(&f, "verdict.max_addresses", "16");
    restart(&f, &folder);
    pass(&f, TIME_SECOND);
    assert_int_equal(fixture_counter(&f, VERDICT_SERVICES), 16);
    assert_int_equal(fixture_counter(&f, VERDICT_ADDRESSES), 16);
    fixture_close(&f);
    folder_close(&folder);
}

static void a_missing_file_is_no_failure(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_start(&f, false);
    struct failure failure = {0};
    assert_true(verdict_load(f.verdict, "/tmp/vigie-no-such-folder/state.json", &failure));
    assert_false(verdict_save(f.verdict, "/tmp/vigie-no-such-folder/state.json", &failure));
    assert_int_equal(failure.status, EXIT_STATUS_RUNTIME);
    assert_non_null(strstr(failure.text, "/tmp/vigie-no-such-folder/state.json"));
    fixture_close(&f);
}

#define HEAD "{\"vigie_state\":1,\"saved\":1000000}\n"
#define FACTS                                                                                                \
    "\"first\":1,\"last\":2,\"seen\":3,\"flows\":0,\"bytes\":0,\"clients\":1,\"served\":1,\"claimants\":1,"  \
    "\"directions\":3,\"whole\":{\"live\":0,\"movies\":0,\"series\":0,\"groups\":0},"                        \
    "\"cut\":{\"live\":0,\"movies\":0,\"series\":0,\"groups\":0},"
#define SERVICE(ip, port, name, rest)                                                                        \
    "{\"service\":{\"transport\":\"tcp\",\"ip\":\"" ip "\",\"port\":" port ",\"name\":\"" name "\"," FACTS   \
    "\"evidence\":[" rest "],\"related\":[]}}\n"
#define EVIDENCE(sid, weight, kind, value)                                                                   \
    "{\"sid\":" sid ",\"rev\":1,\"weight\":" weight ",\"kind\":\"" kind                                      \
    "\",\"family\":\"xtream\",\"roles\":1,\"msg\":\"m\",\"reason\":\"r\",\"make\":\"\",\"field\":\"f\","     \
    "\"value\":\"" value "\",\"count\":1,\"first\":1,\"last\":2,\"claimants\":0}"
#define GOOD SERVICE("203.0.113.1", "80", "a.example", EVIDENCE("1", "85", "proof", "v"))

/* One key more, behind the name. */
#define ALSO(key, value) "\",\"" key "\":" value ",\"-\":\""

static void write_text(const struct folder *folder, const char *text, size_t len)
{
    FILE *out = fopen(folder->file, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, len, out), len);
    fclose(out);
}

static void a_file_by_hand_loads(void **state)
{
    (void)state;
    struct fixture f;
    struct folder folder;
    folder_open(&folder);
    fixture_open(&f);
    static const char text[] = HEAD GOOD "{\"end\":1}\n";
    write_text(&folder, text, strlen(text));
    restart(&f, &folder);
    f.now_us = 2 * TIME_SECOND;
    pass(&f, 0);
    assert_int_equal(f.count, 1);
    assert_int_equal(fixture_last(&f)->state, STATE_NEW);
    assert_int_equal(fixture_last(&f)->score, 85);
    fixture_close(&f);
    folder_close(&folder);
}

static void hostile_files_are_set_aside(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "\n",
        "no JSON at all",
        "[]\n",
        "{}\n",
        HEAD,
        HEAD GOOD,
        HEAD GOOD "{\"end\":1}",   /* cut by one byte */
        HEAD GOOD "{\"end\":2}\n", /* lines are missing */
        HEAD "{\"end\":-1}\n",
        HEAD "{\"other\":1}\n",
        HEAD GOOD GOOD "{\"end\":2}\n", /* twice the same */
        "{\"vigie_state\":2,\"saved\":1}\n{\"end\":0}\n",
        "{\"vigie_state\":1,\"saved\":-1}\n{\"end\":0}\n",
        "{\"vigie_state\":1,\"saved\":9223372036854775807}\n{\"end\":0}\n",
        "{\"vigie_state\":1,\"saved\":1e300}\n{\"end\":0}\n",
        "{\"vigie_state\":1,\"saved\":99999999999999999999}\n{\"end\":0}\n",
        HEAD "{\"service\":[]}\n{\"end\":1}\n",
        HEAD "{\"service\":{}}\n{\"end\":1}\n",
        HEAD SERVICE("203.0.113.1", "65536", "a.example", "") "{\"end\":1}\n",
        HEAD SERVICE("203.0.113.1", "-1", "a.example", "") "{\"end\":1}\n",
        HEAD SERVICE("203.0.113.256", "80", "a.example", "") "{\"end\":1}\n",
        HEAD SERVICE("203.0.113.1", "80", "A.example", "") "{\"end\":1}\n",
        HEAD SERVICE("203.0.113.1", "80", "a.example:80", "") "{\"end\":1}\n",
        HEAD SERVICE("203.0.113.1", "80", "a\\u202eb", "") "{\"end\":1}\n",
        HEAD SERVICE("203.0.113.1", "80", "a.example", "1") "{\"end\":1}\n",
        HEAD SERVICE("203.0.113.1", "80", "a.example", EVIDENCE("0", "85", "proof", "v")) "{\"end\":1}\n",
        HEAD SERVICE("203.0.113.1", "80", "a.example", EVIDENCE("1", "101", "proof", "v")) "{\"end\":1}\n",
        HEAD SERVICE("203.0.113.1", "80", "a.example", EVIDENCE("1", "85", "truth", "v")) "{\"end\":1}\n",
        HEAD SERVICE("203.0.113.1", "80", "a.example",
                     EVIDENCE("1", "85", "proof", "\\u0000")) "{\"end\":1}\n",
        HEAD SERVICE("203.0.113.1", "80", "a.example",
                     EVIDENCE("1", "85", "proof", "\\u001b[2J")) "{\"end\":1}\n",
        HEAD SERVICE("203.0.113.1", "80", "a.example",
                     EVIDENCE("1", "85", "proof", "v") "," EVIDENCE("1", "85", "proof", "v")) "{\"end\":1}\n",
        HEAD SERVICE("203.0.113.1", "80", "a.example" ALSO("verified", "6000000000000"), "") "{\"end\":1}\n",
        HEAD SERVICE("203.0.113.1", "80", "" ALSO("verified", "6000000"), "") "{\"end\":1}\n",
        HEAD SERVICE("203.0.113.1", "80", "a.example" ALSO("name_from", "\"hearsay\""), "") "{\"end\":1}\n",
        HEAD "{\"address\":{\"ip\":\"203.0.113.1\",\"first\":1000001,\"names\":[]}}\n{\"end\":1}\n",
        HEAD "{\"address\":{\"ip\":\"203.0.113.1\",\"first\":1,\"names\":{}}}\n{\"end\":1}\n",
        HEAD "{\"address\":{\"ip\":\"203.0.113.1\",\"first\":1,\"names_dropped\":false,\"names\":["
             "]}}\n{\"end\":1}\n",
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct fixture f;
        struct folder folder;
        folder_open(&folder);
        fixture_open(&f);
        fixture_start(&f, false);
        write_text(&folder, rows[i], strlen(rows[i]));
        struct failure failure = {0};
        if (verdict_load(f.verdict, folder.file, &failure)) {
            fail_msg("row %zu was taken", i);
        }
        assert_int_equal(failure.status, EXIT_STATUS_RUNTIME);
        assert_non_null(strstr(failure.text, "line "));
        assert_int_not_equal(access(folder.file, F_OK), 0);
        assert_int_equal(access(folder.aside, F_OK), 0);
        assert_int_equal(fixture_counter(&f, VERDICT_SERVICES), 0);
        give_hit(&f, PANEL, 1, &login_proof); /* and the daemon goes on with nothing */
        assert_int_equal(fixture_last(&f)->state, STATE_NEW);
        fixture_close(&f);
        folder_close(&folder);
    }
}

static void every_cut_of_a_file_is_noticed(void **state)
{
    (void)state;
    struct fixture f;
    struct folder folder;
    folder_open(&folder);
    fixture_open(&f);
    fixture_start(&f, false);
    give_hit(&f, PANEL, 1, &path_claim);
    save(&f, &folder);
    char *text = content(folder.file);
    for (size_t len = 0; len < strlen(text); len++) {
        write_text(&folder, text, len);
        fixture_start(&f, false);
        struct failure failure = {0};
        assert_false(verdict_load(f.verdict, folder.file, &failure));
    }
    free(text);
    fixture_close(&f);
    folder_close(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restart_goes_on_with_a_refresh),
        cmocka_unit_test(the_time_between_two_runs_is_no_watch),
        cmocka_unit_test(what_was_eligible_stays_so_and_can_end),
        cmocka_unit_test(names_and_ties_are_kept),
        cmocka_unit_test(cases_are_kept),
        cmocka_unit_test(notices_are_kept),
        cmocka_unit_test(what_dns_said_is_kept),
        cmocka_unit_test(one_claimant_of_two_keys_is_one),
        cmocka_unit_test(no_client_and_no_subscriber_is_in_it),
        cmocka_unit_test(saving_twice_gives_the_same_bytes),
        cmocka_unit_test(what_a_list_covers_now_is_taken_back),
        cmocka_unit_test(a_smaller_cap_keeps_the_best),
        cmocka_unit_test(a_missing_file_is_no_failure),
        cmocka_unit_test(a_file_by_hand_loads),
        cmocka_unit_test(hostile_files_are_set_aside),
        cmocka_unit_test(every_cut_of_a_file_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
