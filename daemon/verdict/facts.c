/* What is added up of a service, and of two together. */
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
