/*
 * May a block be proposed, and of what? Every condition is one bit of its reason (enum block_reason): what
 * stands against any block, against one by address and port, against one by name. The first bit is the reason
 * that is told.
 */
#include <string.h>

#include "daemon/verdict/verdict_priv.h"
#include "rule/client.h"

static uint32_t bit(enum block_reason reason, bool applies)
{
    return applies ? UINT32_C(1) << reason : 0;
}

bool block_has_basis(const struct verdict *verdict, enum block_basis basis)
{
    const struct text_list *list = &verdict->settings.block_basis;
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], block_basis_name(basis)) == 0) {
            return true;
        }
    }
    return false;
}

bool block_is_automatic(const struct verdict *verdict)
{
    return verdict->settings.block_approve == APPROVE_AUTO && verdict->settings.block_order[0] != '\0';
}

static enum block_basis choose_basis(const struct verdict *verdict, const struct score *score)
{
    if (score->listed && block_has_basis(verdict, BASIS_LISTED)) {
        return BASIS_LISTED;
    }
    if (score->content_and_structure && block_has_basis(verdict, BASIS_CONTENT)) {
        return BASIS_CONTENT;
    }
    bool software = score->level == LEVEL_CONFIRMED && block_has_basis(verdict, BASIS_SOFTWARE);
    return software ? BASIS_SOFTWARE : BASIS_NONE;
}

/* Whether what somebody asked for is enough for this block. Whoever writes another's address into packets can
 * make that one say anything, but not make it be asked and answer. */
static bool was_answered(const struct verdict *verdict, const struct view *view, const struct score *score,
                         enum block_basis basis)
{
    if (!view->facts.answered || score->level != LEVEL_CONFIRMED) {
        return view->facts.answered;
    }
    struct score asked;
    view_score(verdict, view, SCORE_ASKED, &asked);
    return asked.level == LEVEL_CONFIRMED && choose_basis(verdict, &asked) == basis;
}

uint64_t block_count_clients(const struct view *view)
{
    return clients_count(&view->own->served, view->lent == NULL ? NULL : &view->lent->served);
}

static uint32_t against_any(const struct verdict *verdict, const struct view *view, const struct score *score,
                            const struct block_judgement *block)
{
    const struct service_key *key = &view->own->key;
    const struct verdict_settings *settings = &verdict->settings;
    return bit(REASON_TEST, view->facts.test) |
           bit(REASON_GUARD, address_classify(&key->address) != ADDRESS_PUBLIC) |
           bit(REASON_HOME, client_is_pseudonym(&key->address)) |
           bit(REASON_ALLOWED, guard_allows(verdict, key)) |
           bit(REASON_REPLAY, verdict->replay && !settings->block_replay) |
           bit(REASON_LEVEL, score->level != LEVEL_CONFIRMED) |
           bit(REASON_NO_ANSWER, !was_answered(verdict, view, score, block->basis)) |
           bit(REASON_NO_BASIS, block->basis == BASIS_NONE) |
           bit(REASON_FEW_CLIENTS, block_count_clients(view) < settings->block_min_clients) |
           bit(REASON_TOO_YOUNG, verdict->now_us - view->facts.first_us < settings->block_min_age) |
           bit(REASON_PASTE_HOST, guard_is_paste_host(verdict, key->name));
}

static uint32_t against_address(const struct verdict *verdict, const struct view *view)
{
    const struct service *own = view->own;
    const struct address_record *record = own->address;
    /* A nameless service that lends is the same server as the one that it lends to. */
    const char *name = own->lends_to == NULL ? own->key.name : own->lends_to->key.name;
    return bit(REASON_NOTICE, own->noticed) | bit(REASON_PROXY, view->facts.proxy) |
           bit(REASON_SHARED_PREFIX, own->shared_prefix) |
           bit(REASON_SHARED,
               address_record_other_names(record, name) > 0 || listed_is_shared(verdict, record)) |
           bit(REASON_WATCH, verdict->now_us - record->first_us < verdict->settings.block_min_watch);
}

/* A name is the word of whoever sent it, if nothing else ties it to the address. */
static uint32_t against_name(const struct verdict *verdict, const struct view *view)
{
    const char *name = view->own->key.name;
    return bit(REASON_NOTICE, notice_is_seized(verdict, name)) |
           bit(REASON_UNVERIFIED, verdict->settings.block_require_verified &&
                                      verified_until(verdict, &view->own->key) == 0 &&
                                      !listed_verifies(verdict, name)) |
           bit(REASON_PLATFORM, guard_is_platform(verdict, name));
}

/* A scope that was told stays as long as it can; else the name that an order's list names, or the address,
 * which catches every name of the server. */
static enum block_scope choose_scope(const struct verdict *verdict, const struct service *service,
                                     const struct block_judgement *block)
{
    const struct told *told = &service->told;
    bool by_address = block->against_address == 0;
    bool by_name = block->against_name == 0;
    bool ordered = block->basis == BASIS_LISTED && listed_verifies(verdict, service->key.name);
    if (by_name && (told->eligible && by_address ? told->scope == SCOPE_HOST : told->eligible || ordered)) {
        return SCOPE_HOST;
    }
    return by_address ? SCOPE_IP_PORT : by_name ? SCOPE_HOST : SCOPE_NONE;
}

/* When time alone will have cleared what is in the way now, or ended what is eligible now; 0 where more is
 * needed for it. */
static int64_t ripe_time(const struct verdict *verdict, const struct view *view,
                         const struct block_judgement *block)
{
    const struct verdict_settings *settings = &verdict->settings;
    uint32_t by_age = bit(REASON_TOO_YOUNG, true);
    uint32_t by_watch = bit(REASON_WATCH, true);
    if (block->eligible && block->scope == SCOPE_HOST && settings->block_require_verified &&
        !listed_verifies(verdict, view->own->key.name)) {
        return verified_until(verdict, &view->own->key);
    }
    if (block->eligible || (block->against & ~by_age) != 0) {
        return 0;
    }
    int64_t age = view->facts.first_us + settings->block_min_age;
    int64_t watch = view->own->address->first_us + settings->block_min_watch;
    if (block->against_name == 0 || block->against_address == 0) {
        return age;
    }
    if ((block->against_address & ~by_watch) != 0) {
        return 0;
    }
    return age > watch ? age : watch;
}

void block_judge(const struct verdict *verdict, const struct view *view, const struct score *score,
                 struct block_judgement *block)
{
    *block = (struct block_judgement){.basis = choose_basis(verdict, score)};
    block->against = against_any(verdict, view, score, block);
    block->against_address = against_address(verdict, view);
    block->against_name = against_name(verdict, view);
    enum block_scope scope = choose_scope(verdict, view->own, block);
    uint32_t against =
        block->against | (scope == SCOPE_NONE ? block->against_address | block->against_name : 0);
    block->eligible = against == 0;
    block->scope = block->eligible ? scope : SCOPE_NONE;
    block->reason = block->eligible ? REASON_NONE : (enum block_reason)__builtin_ctz(against);
    block->ripe_us = ripe_time(verdict, view, block);
}
