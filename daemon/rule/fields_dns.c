/* What DNS shows, for the rules' keywords. */
#include "base/attr.h"
#include "daemon/rule/fields_priv.h"
#include "daemon/rule/rule_priv.h"

static const struct {
    enum dns_error code;
    const char *word;
} errors[] = {
    {DNS_ERROR_FORGED, "forged"},
    {DNS_ERROR_BLOCKED, "blocked"},
    {DNS_ERROR_CENSORED, "censored"},
    {DNS_ERROR_FILTERED, "filtered"},
};

struct slice field_dns_query(const struct rule_view *view, enum rule_side side)
{
    (void)side;
    return view->dns == NULL ? slice_make(NULL, 0) : view->dns->name;
}

bool field_dns_errors(const struct rule_view *view, uint64_t *words)
{
    const struct dns_message *answer = view->dns == NULL ? NULL : view->dns->answer;
    *words = 0;
    for (uint32_t i = 0; answer != NULL && i < answer->error_count; i++) {
        for (size_t word = 0; word < ARRAY_COUNT(errors); word++) {
            *words |= (uint64_t)(answer->errors[i] == errors[word].code) << word;
        }
    }
    return answer != NULL;
}

const char *field_dns_error_name(unsigned word)
{
    return word < ARRAY_COUNT(errors) ? errors[word].word : NULL;
}
