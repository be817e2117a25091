/* Getters of what the titles and groups of a playlist, or the names in a JSON answer, show. */
#include "daemon/rule/fields_priv.h"

static bool count_of(const struct title_facts *titles, size_t offset, uint64_t *number)
{
    if (titles == NULL) {
        return false;
    }
    memcpy(number, (const char *)titles + offset, sizeof *number);
    return true;
}

static const struct title_facts *of_m3u(const struct rule_view *view)
{
    return view->http->m3u == NULL ? NULL : &view->http->m3u->titles;
}

static const struct title_facts *of_api(const struct rule_view *view)
{
    return view->http->api == NULL ? NULL : &view->http->api->titles;
}

bool field_country_prefixes(const struct rule_view *view, uint64_t *number)
{
    return count_of(of_m3u(view), offsetof(struct title_facts, country_prefixes), number);
}

bool field_quality_duplicates(const struct rule_view *view, uint64_t *number)
{
    return count_of(of_m3u(view), offsetof(struct title_facts, quality_duplicates), number);
}

bool field_separators(const struct rule_view *view, uint64_t *number)
{
    return count_of(of_m3u(view), offsetof(struct title_facts, separators), number);
}

bool field_ppv(const struct rule_view *view, uint64_t *number)
{
    return count_of(of_m3u(view), offsetof(struct title_facts, ppv), number);
}

bool field_loops(const struct rule_view *view, uint64_t *number)
{
    return count_of(of_m3u(view), offsetof(struct title_facts, loops), number);
}

bool field_superscripts(const struct rule_view *view, uint64_t *number)
{
    return count_of(of_m3u(view), offsetof(struct title_facts, superscripts), number);
}

bool field_api_country_prefixes(const struct rule_view *view, uint64_t *number)
{
    return count_of(of_api(view), offsetof(struct title_facts, country_prefixes), number);
}

bool field_api_prefixed_share(const struct rule_view *view, uint64_t *number)
{
    const struct api_facts *facts = view->http->api;
    uint64_t named = facts == NULL ? 0
                                   : facts->live + facts->movies + facts->series + facts->categories +
                                         facts->stalker_channels + facts->stalker_genres;
    if (named == 0) {
        return false;
    }
    uint64_t share = (uint64_t)(100.0 * (double)facts->titles.prefixed_titles / (double)named);
    *number = share < 100 ? share : 100; /* radio bears prefixes, too */
    return true;
}

bool field_api_quality_duplicates(const struct rule_view *view, uint64_t *number)
{
    return count_of(of_api(view), offsetof(struct title_facts, quality_duplicates), number);
}

bool field_api_separators(const struct rule_view *view, uint64_t *number)
{
    return count_of(of_api(view), offsetof(struct title_facts, separators), number);
}

bool field_api_ppv(const struct rule_view *view, uint64_t *number)
{
    return count_of(of_api(view), offsetof(struct title_facts, ppv), number);
}

bool field_api_loops(const struct rule_view *view, uint64_t *number)
{
    return count_of(of_api(view), offsetof(struct title_facts, loops), number);
}

bool field_api_superscripts(const struct rule_view *view, uint64_t *number)
{
    return count_of(of_api(view), offsetof(struct title_facts, superscripts), number);
}
