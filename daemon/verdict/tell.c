/* Detections on their way out, and what is remembered of them. */
#include <stdio.h>

#include "daemon/verdict/verdict_priv.h"

static void remember(struct verdict *verdict, struct service *service, const struct detection *detection,
                     enum level level, enum state state)
{
    struct told *told = &service->told;
    if (told->number == 0) {
        told->number = ++verdict->told_number;
    }
    told->time_us = verdict->now_us;
    told->level = level;
    told->eligible = detection->block.eligible;
    told->scope = detection->block.scope;
    told->clients = detection->clients;
    if (state == STATE_MOVED) {
        told->moved = true;
        service->membership.moves = false;
    }
    clients_mark_told(&service->clients);
    if (service->borrows_from != NULL) {
        clients_mark_told(&service->borrows_from->clients);
    }
    service->numbers_changed = false;
    service->evidence_changed = false;
    list_remove(&service->timer);
    list_append(&verdict->waiting, &service->timer);
}

void tell_emit(struct verdict *verdict, struct detection *detection, enum state state, enum cause cause)
{
    detection->seq = ++verdict->seq;
    detection->state = state;
    detection->cause = cause;
    detection->block.duration = verdict->settings.block_duration;
    if (detection->block.order[0] == '\0') { /* else the one whose list it rests on */
        snprintf(detection->block.order, sizeof detection->block.order, "%s", verdict->settings.block_order);
    }
    if (verdict->replay && !verdict->settings.block_replay) {
        detection->block.withdraw = false; /* such a replay leaves blocks alone altogether */
    }
    detection->block.automatic = detection->block.eligible && block_is_automatic(verdict);
    counter_add(verdict->counters, VERDICT_DETECTIONS, 1);
    verdict->emit(verdict->context, detection);
}

void tell(struct verdict *verdict, struct service *service, enum state state, enum cause cause,
          const struct view *view, const struct score *score, const struct block_judgement *block,
          bool withdraw)
{
    struct detection *detection = describe(verdict, view, score);
    if (score->level == LEVEL_NONE) { /* is never shown: what is withdrawn is what was told */
        detection->level = service->told.level;
    }
    detection->block.eligible = block->eligible;
    detection->block.basis = block->basis;
    detection->block.scope = block->scope;
    detection->block.reason = block->reason;
    detection->block.withdraw = withdraw;
    if (block->basis == BASIS_LISTED) {
        listed_name_order(verdict, &service->key, detection->block.order);
    }
    remember(verdict, service, detection, score->level, state);
    tell_emit(verdict, detection, state, cause);
}

void tell_end(struct verdict *verdict, struct service *service, enum state state, enum cause cause,
              enum block_reason reason)
{
    if (service->told.level == LEVEL_NONE) {
        return;
    }
    struct view view;
    struct score score;
    view_make(&view, service);
    view_score(verdict, &view, SCORE_ALL, &score);
    struct detection *detection = describe(verdict, &view, &score);
    detection->level = score.level == LEVEL_NONE ? service->told.level : score.level;
    detection->block.reason = reason;
    /* A block outlives the silence of its service by its own expiry; a guard ends it. */
    detection->block.withdraw = state == STATE_WITHDRAWN && service->told.eligible;
    tell_emit(verdict, detection, state, cause);
}

void tell_later(struct verdict *verdict, struct service *service)
{
    if (service->told.number != 0 && !list_is_linked(&service->timer)) {
        list_append(&verdict->due, &service->timer);
    }
}
