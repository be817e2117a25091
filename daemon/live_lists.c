/* Live: the operators' lists in Redis on their way to the verdict and the workers, and what the sensors tell
 * each other of shared addresses. Nothing here waits for Redis. */
#include "daemon/live_priv.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"

enum { NEWS_PER_TURN = 256 };

_Static_assert((int)REDIS_LIST_ALLOW == (int)VERDICT_LIST_ALLOW &&
                   (int)REDIS_LIST_OFFICIAL == (int)VERDICT_LIST_OFFICIAL &&
                   (int)REDIS_LIST_ORDER == (int)VERDICT_LIST_ORDER &&
                   (int)REDIS_LIST_COUNT == (int)VERDICT_LIST_COUNT,
               "one order of lists");

/* Before the first packet nobody has told the verdict the time. */
static void tell_time(struct live *live)
{
    if (live_packet_clock(live) == 0) {
        struct worker_record tick = {.type = RECORD_TICK, .time_us = clock_realtime_us()};
        verdict_take(live->run->verdict, &tick);
    }
}

static void take_list(struct live *live, const struct list_news *news)
{
    struct watch_entry touched[LIST_NEWS_TOUCHED];
    enum verdict_list list = (enum verdict_list)news->list;
    const struct watch_list *before = live->lists[list];
    for (size_t i = 0; i < news->touched_count; i++) {
        touched[i] = news->touched[i].entry;
    }
    live->lists[list] = watch_list_hold(news->now);
    for (unsigned i = 0; list == VERDICT_LIST_ORDER && i < live->run->worker_count; i++) {
        worker_offer_order(&live->run->workers[i], watch_list_hold(news->now));
    }
    verdict_set_list(live->run->verdict, list, live->lists[list], touched, news->touched_count);
    watch_list_release(before);
}

static void take_news(struct live *live, const struct list_news *news)
{
    tell_time(live);
    switch (news->type) {
    case LIST_NEWS_LIST:
        take_list(live, news);
        break;
    case LIST_NEWS_SHARED:
        verdict_take_shared(live->run->verdict, &news->address, news->until * TIME_SECOND);
        break;
    case LIST_NEWS_SEEN:
        verdict_take_seen(live->run->verdict, &news->address, news->name);
        break;
    }
}

static void on_news(evutil_socket_t fd, short what, void *context)
{
    struct live *live = context;
    struct list_news *news = NULL;
    (void)what;
    ring_clear_wakes(fd);
    for (int i = 0; i < NEWS_PER_TURN && (news = list_follow_take(live->follow)) != NULL; i++) {
        take_news(live, news);
        list_news_free(news);
    }
    if (news != NULL) {
        event_active(live->news, EV_READ, 0);
    }
}

static void tell_shared(void *context, const struct address *address, int64_t duration_us)
{
    struct live *live = context;
    list_follow_tell_shared(live->follow, address, duration_us / TIME_SECOND);
}

bool live_lists_start(struct live *live, struct failure *failure)
{
    struct run *run = live->run;
    const struct sink_settings *sink = &run->settings.sink;
    if (run->line.check > 0 || sink->redis_url[0] == '\0' || !sink->redis_lists) {
        return true;
    }
    live->news_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    live->news =
        live->news_fd < 0 ? NULL : event_new(live->base, live->news_fd, EV_READ | EV_PERSIST, on_news, live);
    if (live->news == NULL) {
        return failure_set(failure, EXIT_STATUS_RUNTIME, "cannot listen for the lists");
    }
    const struct list_limits limits = {.max_entries = run->settings.rule.max_list_entries,
                                       .max_shrink = run->settings.rule.max_list_shrink};
    live->follow =
        list_follow_start(sink, &limits, run->producer.sensor, live->news_fd, run->sink_cells, failure);
    if (live->follow == NULL) {
        return false;
    }
    verdict_set_shared_teller(run->verdict, tell_shared, live);
    event_add(live->news, NULL);
    event_active(live->news, EV_READ, 0); /* announces the first sleep */
    return true;
}

void live_lists_stop(struct live *live)
{
    list_follow_stop(live->follow);
    live->follow = NULL;
    if (live->news != NULL) {
        event_free(live->news);
        close(live->news_fd);
    }
    for (size_t i = 0; i < VERDICT_LIST_COUNT; i++) {
        watch_list_release(live->lists[i]); /* nobody asks the verdict any more */
    }
}
