#include "rule/rule_hit.h"

#include <stddef.h>

#include "base/attr.h"

#define EVIDENCE_NAME(id, name) [id] = name,
static const char *const family_names[FAMILY_COUNT] = {FAMILIES(EVIDENCE_NAME)};
static const char *const role_names[ROLE_COUNT] = {ROLES(EVIDENCE_NAME)};
static const char *const notice_names[NOTICE_COUNT] = {NOTICES(EVIDENCE_NAME)};
static const char *const tie_names[TIE_COUNT] = {TIES(EVIDENCE_NAME)};
static const char *const source_names[NAME_SOURCE_COUNT] = {NAME_SOURCES(EVIDENCE_NAME)};
static const char *const kind_names[EVIDENCE_KIND_COUNT] = {EVIDENCE_KINDS(EVIDENCE_NAME)};

const char *family_name(enum family family)
{
    return family_names[family];
}

const char *role_name(enum role role)
{
    return role_names[role];
}

const char *evidence_kind_name(enum evidence_kind kind)
{
    return kind_names[kind];
}

const char *notice_name(enum notice notice)
{
    return notice_names[notice];
}

const char *tie_name(enum tie tie)
{
    return tie_names[tie];
}

const char *name_source_name(enum name_source source)
{
    return source_names[source];
}

static size_t index_of(const char *const *names, size_t count, struct slice name)
{
    size_t i = 0;
    while (i < count && !slice_equal(slice_text(names[i]), name)) {
        i++;
    }
    return i;
}

enum family family_by_name(struct slice name)
{
    return (enum family)index_of(family_names, FAMILY_COUNT, name);
}

enum role role_by_name(struct slice name)
{
    return (enum role)index_of(role_names, ROLE_COUNT, name);
}

enum notice notice_by_name(struct slice name)
{
    return (enum notice)index_of(notice_names, NOTICE_COUNT, name);
}
