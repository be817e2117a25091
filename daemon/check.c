/* `vigied --check`: a look at the mirror for some seconds, and what of it to trust. Nothing is pushed or
 * kept. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <sys/timex.h>

#include "base/clock.h"
#include "health.h"

static void print_line(const char *name, const struct health_line *line, enum health_grade *worst)
{
    printf("%-8s %-14s %s", health_grade_name(line->grade), name, line->text);
    if (line->advice != NULL) {
        printf("; %s", line->advice);
    }
    putchar('\n');
    *worst = line->grade > *worst ? line->grade : *worst;
}

/* Packet time against ours, and ours against the world's. */
static struct health_line judge_clock(int64_t packet_us, int64_t now_us)
{
    enum { LAG_GOOD_US = 2 * TIME_SECOND };
    struct health_line line = {.grade = HEALTH_GOOD};
    struct timex kernel = {.modes = 0};
    bool synchronised = adjtimex(&kernel) != TIME_ERROR;
    int64_t lag = now_us - packet_us;
    if (packet_us == 0) {
        snprintf(line.text, sizeof line.text,
                 "no packet whose time could be compared; the system's clock is %s",
                 synchronised ? "synchronised" : "not synchronised");
    } else {
        snprintf(line.text, sizeof line.text,
                 "the last packet's time is %.3f s behind; the system's clock is %s",
                 (double)lag / (double)TIME_SECOND, synchronised ? "synchronised" : "not synchronised");
    }
    if (!synchronised || (packet_us != 0 && (lag > LAG_GOOD_US || lag < -LAG_GOOD_US))) {
        line.grade = HEALTH_DOUBTFUL;
        line.advice = "run chrony or ntpd: records bear this time, and sensors are compared by it";
    }
    return line;
}

static struct health_line judge_redis(const struct sink_settings *settings)
{
    struct health_line line = {.grade = HEALTH_GOOD};
    struct failure failure = {0};
    if (settings->redis_url[0] == '\0') {
        line.grade = HEALTH_DOUBTFUL;
        snprintf(line.text, sizeof line.text, "none is configured");
        line.advice = "set redis.url, or nothing will be pushed";
    } else if (!sink_probe(settings, &failure)) {
        line.grade = HEALTH_BAD;
        snprintf(line.text, sizeof line.text, "%s", failure.text);
        line.advice = "see redis.url and the rights in README.md";
    } else if (failure.text[0] != '\0') {
        line.grade = HEALTH_DOUBTFUL;
        snprintf(line.text, sizeof line.text, "%s", failure.text);
    } else {
        snprintf(line.text, sizeof line.text, "reachable, with all rights that are needed");
    }
    return line;
}

static struct health_line judge_rules(const struct rule_set *set)
{
    struct health_line line = {.grade = rule_set_count(set) > 0 ? HEALTH_GOOD : HEALTH_BAD,
                               .advice = "see rules.files: without rules nothing is found"};
    line.advice = line.grade == HEALTH_GOOD ? NULL : line.advice;
    snprintf(line.text, sizeof line.text, "%zu rules in force", rule_set_count(set));
    return line;
}

enum exit_status check_report(const struct run *run, const struct stats *stats, int64_t packet_us)
{
    enum health_grade worst = HEALTH_GOOD;
    struct health_figures figures = health_figures(stats);
    for (unsigned row = 0; row < HEALTH_ROW_COUNT; row++) {
        struct health_line line = health_judge(&figures, (enum health_row)row);
        print_line(health_row_name((enum health_row)row), &line, &worst);
    }
    struct health_line clock = judge_clock(packet_us, clock_realtime_us());
    print_line("clock", &clock, &worst);
    struct health_line redis = judge_redis(&run->settings.sink);
    print_line("Redis", &redis, &worst);
    struct health_line rules = judge_rules(run->rules->set);
    print_line("rules", &rules, &worst);
    return worst == HEALTH_BAD ? EXIT_STATUS_RUNTIME : EXIT_STATUS_GOOD;
}
