/* What is added up of a service, and of two together. */
#include "base/text.h"
#include "daemon/verdict/memory_priv.h"
#include "daemon/verdict/verdict_priv.h"

static void keep_larger(uint64_t *kept, uint64_t count)
{
    *kept = count > *kept ? count : *kept;
}

static void catalogue_merge(struct catalogue *into, const struct catalogue *from)
{
    keep_larger(&into->live, from->live);
    keep_larger(&into->movies, from->movies);
    keep_larger(&into->series, from->series);
    keep_larger(&into->groups, from->groups);
}

void facts_add_catalogue(struct service_facts *facts, const struct catalogue *catalogue)
{
    catalogue_merge(catalogue->whole ? &facts->whole : &facts->cut, catalogue);
}

/* A cut document's count only where no whole one held this kind. */
static uint64_t choose_count(uint64_t whole, uint64_t cut, bool *all_whole)
{
    *all_whole = *all_whole && (whole > 0 || cut == 0);
    return whole > 0 ? whole : cut;
}

bool facts_catalogue(const struct service_facts *facts, struct catalogue *out)
{
    bool whole = true;
    out->live = choose_count(facts->whole.live, facts->cut.live, &whole);
    out->movies = choose_count(facts->whole.movies, facts->cut.movies, &whole);
    out->series = choose_count(facts->whole.series, facts->cut.series, &whole);
    out->groups = choose_count(facts->whole.groups, facts->cut.groups, &whole);
    out->whole = whole;
    return out->live + out->movies + out->series + out->groups > 0;
}

void facts_merge(struct service_facts *into, const struct service_facts *from)
{
    into->first_us = from->first_us < into->first_us ? from->first_us : into->first_us;
    into->last_us = from->last_us > into->last_us ? from->last_us : into->last_us;
    into->flows += from->flows;
    into->bytes += from->bytes;
    claimants_merge(&into->claimants, &from->claimants);
    catalogue_merge(&into->whole, &from->whole);
    catalogue_merge(&into->cut, &from->cut);
    into->directions |= from->directions;
    into->answered = into->answered || from->answered;
    into->proxy = into->proxy || from->proxy;
    into->test = into->test || from->test;
}

void facts_free(struct service *service)
{
    free(service->rights);
    free(service->stream);
}

/* ---- whose channels a service lists */

/* The state file takes clean text only, so nothing else is kept. */
static void copy_clean(char *out, size_t size, const char *text)
{
    struct buf clean = buf_make(size - 1);
    (void)text_append_clean(&clean, slice_text(text), size - 1);
    if (clean.len > 0) {
        memcpy(out, clean.data, clean.len);
    }
    out[clean.len] = '\0';
    buf_free(&clean);
}

/* False where there is no room for it. */
static bool add_holder(struct rights_holders *rights, const char *id, bool *added)
{
    uint32_t at = 0;
    while (at < rights->count && strcmp(rights->ids[at], id) < 0) {
        at++;
    }
    if (at < rights->count && strcmp(rights->ids[at], id) == 0) {
        return true;
    }
    if (rights->count == RIGHTS_HOLDERS_MAX) {
        return false;
    }
    memmove(rights->ids[at + 1], rights->ids[at], (rights->count - at) * sizeof rights->ids[0]);
    memcpy(rights->ids[at], id, strlen(id) + 1);
    rights->count++;
    *added = true;
    return true;
}

static bool unite_rights(struct rights_holders *into, const struct rights_holders *from, bool *lost)
{
    bool added = false;
    for (uint32_t i = 0; i < from->count; i++) {
        char id[RIGHTS_HOLDER_SIZE];
        copy_clean(id, sizeof id, from->ids[i]);
        *lost = (id[0] != '\0' && !add_holder(into, id, &added)) || *lost;
    }
    return added;
}

bool facts_add_rights(struct service *service, const struct rights_holders *rights, bool *lost)
{
    *lost = false;
    if (service->rights == NULL) {
        service->rights = memory_zeroed(1, sizeof *service->rights);
    }
    return unite_rights(service->rights, rights, lost);
}

void facts_rights(const struct view *view, struct rights_holders *out)
{
    bool lost = false;
    out->count = 0;
    const struct service *sources[] = {view->own, view->lent};
    for (size_t i = 0; i < ARRAY_COUNT(sources); i++) {
        if (sources[i] != NULL && sources[i]->rights != NULL) {
            unite_rights(out, sources[i]->rights, &lost);
        }
    }
}

/* ---- what its streams carry */

void facts_set_stream(struct service *service, const struct stream_description *stream, int64_t time_us)
{
    if (service->stream == NULL) {
        service->stream = memory_zeroed(1, sizeof *service->stream);
    } else if (service->stream->is.service_name[0] != '\0' && stream->service_name[0] == '\0') {
        return;
    }
    struct stream_description *is = &service->stream->is;
    copy_clean(is->container, sizeof is->container, stream->container);
    copy_clean(is->service_name, sizeof is->service_name, stream->service_name);
    copy_clean(is->provider, sizeof is->provider, stream->provider);
    is->kilobits = stream->kilobits;
    service->stream->time_us = time_us;
}

const struct stream_description *facts_stream(const struct view *view)
{
    const struct known_stream *own = view->own->stream;
    const struct known_stream *lent = view->lent == NULL ? NULL : view->lent->stream;
    if (own == NULL || (lent != NULL && lent->time_us > own->time_us)) {
        own = lent;
    }
    return own == NULL ? NULL : &own->is;
}
