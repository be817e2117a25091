#include "health.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/attr.h"

static const char *const grade_names[HEALTH_GRADE_COUNT] = {
#define HEALTH_GRADE_NAME(id, name) [id] = name,
    HEALTH_GRADES(HEALTH_GRADE_NAME)};

const char *health_grade_name(enum health_grade grade)
{
    return grade_names[grade];
}

static uint64_t sum(const struct stats *stats, enum stats_stage stage, size_t counter)
{
    return metrics_sum(&stats->sources[stage], counter);
}

struct health_figures health_figures(const struct stats *stats)
{
    struct health_figures figures = {
        .packets = sum(stats, STATS_CAPTURE, CAPTURE_PACKETS),
        .bytes = sum(stats, STATS_CAPTURE, CAPTURE_BYTES) + sum(stats, STATS_FLOW, FLOW_CUT_BYTES),
        .drops = sum(stats, STATS_CAPTURE, CAPTURE_KERNEL_DROPS) +
                 sum(stats, STATS_CAPTURE, CAPTURE_INTERFACE_DROPS) +
                 sum(stats, STATS_WORKER, WORKER_HANDOVER_LOST),
        .unreadable = sum(stats, STATS_DECODE, DECODE_CUT) + sum(stats, STATS_DECODE, DECODE_BAD_LENGTH) +
                      sum(stats, STATS_DECODE, DECODE_BAD_VERSION) +
                      sum(stats, STATS_DECODE, DECODE_TOO_DEEP),
        .two_way = sum(stats, STATS_FLOW, FLOW_TWO_WAY),
        .one_way = sum(stats, STATS_FLOW, FLOW_ONE_WAY),
        .duplicates = sum(stats, STATS_FLOW, MIRROR_DUPLICATES),
        .segments = sum(stats, STATS_FLOW, STREAM_SEGMENTS),
        .gaps = sum(stats, STATS_FLOW, STREAM_GAPS),
        .gap_bytes = sum(stats, STATS_FLOW, STREAM_GAP_BYTES),
        .tags_differ = sum(stats, STATS_FLOW, MIRROR_TAGS_DIFFER),
    };
    for (size_t i = 0; i < ENCAPSULATION_COUNT; i++) {
        figures.encapsulated[i] = sum(stats, STATS_DECODE, DECODE_IN_VLAN + i);
    }
    return figures;
}

struct health_figures health_since(const struct health_figures *now, const struct health_figures *before)
{
    struct health_figures since = *now;
    uint64_t *to = (uint64_t *)&since;
    const uint64_t *from = (const uint64_t *)before;
    for (size_t i = 0; i < sizeof since / sizeof *to; i++) {
        to[i] -= from[i];
    }
    return since;
}

_Static_assert(sizeof(struct health_figures) == (11 + ENCAPSULATION_COUNT) * sizeof(uint64_t),
               "health_since() takes every field for a number");

static double share(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0.0 : 100.0 * (double)part / (double)whole;
}

/* A share in percent that is good up to one bound and bad above another. */
static enum health_grade grade_share(double percent, double good, double bad)
{
    return percent <= good ? HEALTH_GOOD : percent <= bad ? HEALTH_DOUBTFUL : HEALTH_BAD;
}

static struct health_line make_line(enum health_grade grade, const char *advice, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static struct health_line make_line(enum health_grade grade, const char *advice, const char *format, ...)
{
    struct health_line line = {.grade = grade, .advice = grade == HEALTH_GOOD ? NULL : advice};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line.text, sizeof line.text, format, arguments);
    va_end(arguments);
    return line;
}

static struct health_line judge_packets(const struct health_figures *figures)
{
    return make_line(figures->packets == 0 ? HEALTH_BAD : HEALTH_GOOD,
                     "switch the mirror on, or look at another interface; a BPF filter may leave out all",
                     "%llu packets, %llu bytes", (unsigned long long)figures->packets,
                     (unsigned long long)figures->bytes);
}

static struct health_line judge_drops(const struct health_figures *figures)
{
    double percent = share(figures->drops, figures->packets + figures->drops);
    return make_line(grade_share(percent, 0.0, 0.1), "raise capture.ring or workers, or mirror less",
                     "%llu packets dropped before us (%.3f %%)", (unsigned long long)figures->drops, percent);
}

static struct health_line judge_decoded(const struct health_figures *figures)
{
    double percent = share(figures->unreadable, figures->packets);
    struct health_line line = make_line(grade_share(percent, 1.0, 20.0),
                                        "look at vigie_decode_*: raise capture.snaplen where packets are "
                                        "cut, or tell us of the encapsulation",
                                        "%.2f %% of the packets cannot be read; encapsulations:", percent);
    size_t used = strlen(line.text);
    bool any = false;
    for (unsigned i = 0; i < ENCAPSULATION_COUNT && used < sizeof line.text; i++) {
        if (figures->encapsulated[i] > 0) {
            used += (size_t)snprintf(line.text + used, sizeof line.text - used, "%s %s %.0f %%",
                                     any ? "," : "", encapsulation_name((enum encapsulation)i),
                                     share(figures->encapsulated[i], figures->packets));
            any = true;
        }
    }
    if (!any) {
        snprintf(line.text + used, sizeof line.text - used, " none");
    }
    return line;
}

/* Below so many flows a share says nothing. */
enum { FLOWS_MIN = 20, SEGMENTS_MIN = 1000 };

static struct health_line too_few(const char *what, uint64_t seen)
{
    struct health_line line = {
        .grade = HEALTH_DOUBTFUL, .too_few = true, .advice = "look longer, or at a busier time"};
    snprintf(line.text, sizeof line.text, "%llu %s: too few to judge by", (unsigned long long)seen, what);
    return line;
}

static struct health_line judge_directions(const struct health_figures *figures)
{
    uint64_t flows = figures->two_way + figures->one_way;
    if (flows < FLOWS_MIN) {
        return too_few("ended TCP flows with payload", flows);
    }
    double percent = share(figures->one_way, flows);
    return make_line(
        grade_share(percent, 5.0, 50.0),
        "mirror both directions: without answers nothing is proven, without requests nothing is named",
        "%.1f %% of %llu TCP flows show one direction only", percent, (unsigned long long)flows);
}

static struct health_line judge_duplicates(const struct health_figures *figures)
{
    double percent = share(figures->duplicates, figures->packets);
    return make_line(
        grade_share(percent, 1.0, 101.0),
        "mirror each packet once (one port of a path, one direction of a VLAN): this costs twice the work",
        "%.2f %% of the packets came twice and were counted once", percent);
}

static struct health_line judge_hidden_loss(const struct health_figures *figures)
{
    if (figures->segments < SEGMENTS_MIN) {
        return too_few("TCP segments with payload", figures->segments);
    }
    double percent = share(figures->gap_bytes, figures->gap_bytes + figures->bytes);
    return make_line(
        grade_share(percent, 0.01, 1.0),
        "packets are lost before our interface: the mirror's port is oversubscribed, or its buffer small",
        "%.4f %% of the bytes were acknowledged and never shown (%llu gaps)", percent,
        (unsigned long long)figures->gaps);
}

static struct health_line judge_tags(const struct health_figures *figures)
{
    double percent = share(figures->tags_differ, figures->two_way);
    return make_line(HEALTH_GOOD, NULL, "%.0f %% of the flows have VLAN tags in one direction only%s",
                     percent, percent > 0 ? ", which does no harm" : "");
}

static const struct {
    const char *name;
    struct health_line (*judge)(const struct health_figures *figures);
} rows[HEALTH_ROW_COUNT] = {
    [HEALTH_PACKETS] = {"packets", judge_packets},
    [HEALTH_DROPS] = {"drops", judge_drops},
    [HEALTH_DECODED] = {"encapsulation", judge_decoded},
    [HEALTH_DIRECTIONS] = {"directions", judge_directions},
    [HEALTH_DUPLICATES] = {"duplicates", judge_duplicates},
    [HEALTH_HIDDEN_LOSS] = {"hidden loss", judge_hidden_loss},
    [HEALTH_TAGS] = {"tags", judge_tags},
};

const char *health_row_name(enum health_row row)
{
    return rows[row].name;
}

struct health_line health_judge(const struct health_figures *figures, enum health_row row)
{
    return rows[row].judge(figures);
}
