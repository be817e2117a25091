/*
 * What a tick does: refreshes, blocks that became possible by age, expiry.
 *
 * Every service that was told stands in one of three places: `waiting` (told less than detection.refresh
 * ago), `due` (told longer ago, and something changed), or in no list (told longer ago, nothing changed). So
 * a tick costs what it tells, and no walk over all services.
 */
#include "daemon/verdict/verdict_priv.h"

/* Services that one tick refreshes, and as many that it lets expire: what is new never waits long behind what
 * is only told again. The rest has its turn with the next ticks. */
enum { TOLD_PER_TICK = 128 };

static bool has_changed(const struct service *service)
{
    return service->numbers_changed || service->evidence_changed;
}

void timers_refresh(struct verdict *verdict, struct service *service)
{
    /* Time alone may have changed what a block needs: that is told first, and is then the refresh. */
    judge_service(verdict, service, CAUSE_EVIDENCE);
    list_remove(&service->timer);
    if (service->told.number == 0 || service->lends_to != NULL || !has_changed(service) ||
        service->level < settings_min_level(verdict)) {
        if (service->told.number != 0 && !has_changed(service)) {
            list_append(&verdict->waiting, &service->timer);
        }
        return;
    }
    struct view view;
    struct score score;
    struct block_judgement block;
    view_make(&view, service);
    view_score(verdict, &view, SCORE_ALL, &score);
    block_judge(verdict, &view, &score, &block);
    enum cause cause = service->evidence_changed ? CAUSE_EVIDENCE : CAUSE_NUMBERS;
    tell(verdict, service, STATE_REFRESH, cause, &view, &score, &block, false);
}

static struct service *first_timed(const struct list_link *list)
{
    return service_of(list_first(list), offsetof(struct service, timer));
}

static void tick_refresh(struct verdict *verdict)
{
    for (struct service *service = first_timed(&verdict->waiting);
         service != NULL && verdict->now_us - service->told.time_us >= verdict->settings.refresh;
         service = first_timed(&verdict->waiting)) {
        list_remove(&service->timer);
        if (has_changed(service)) {
            list_append(&verdict->due, &service->timer);
        }
    }
    struct list_link due; /* what comes to be due meanwhile waits for the next tick */
    list_init(&due);
    struct service *service = first_timed(&verdict->due);
    for (size_t i = 0; i < TOLD_PER_TICK && service != NULL; i++) {
        list_remove(&service->timer);
        list_append(&due, &service->timer);
        service = first_timed(&verdict->due);
    }
    while ((service = first_timed(&due)) != NULL) {
        timers_refresh(verdict, service);
    }
}

static void tick_ripe(struct verdict *verdict)
{
    struct list_link *next;
    for (struct list_link *link = list_first(&verdict->ripening); link != NULL; link = next) {
        next = list_next(&verdict->ripening, link);
        struct service *service = service_of(link, offsetof(struct service, ripening));
        if (verdict->now_us >= service->ripe_us) {
            list_remove(link);
            judge_service(verdict, service, CAUSE_ELIGIBLE);
        }
    }
}

static void expire_services(struct verdict *verdict, size_t most)
{
    int64_t before_us = verdict->now_us - verdict->settings.expire;
    struct service *service = first_seen_service(verdict);
    for (size_t i = 0; i < most && service != NULL && service->seen_us <= before_us; i++) {
        tell_end(verdict, service, STATE_EXPIRED, CAUSE_SILENCE, REASON_SILENT);
        service_remove(verdict, service);
        counter_add(verdict->counters, VERDICT_EXPIRED, 1);
        service = first_seen_service(verdict);
    }
    address_expire(verdict, before_us);
}

void timers_tick(struct verdict *verdict)
{
    tick_ripe(verdict);
    tick_refresh(verdict);
    expire_services(verdict, TOLD_PER_TICK);
    notice_tick(verdict);
    asked_tick(verdict);
}

void timers_finish(struct verdict *verdict)
{
    expire_services(verdict, SIZE_MAX);
}
