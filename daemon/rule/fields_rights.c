/* Getters of whose pay channels the live entries of a document name. */
#include "daemon/rule/fields_priv.h"
#include "daemon/rule/rights_priv.h"

/* NULL where no entry was told. */
static const struct rights_tally *tally_of(const struct rule_view *view)
{
    return view->http->memo == NULL ? NULL : &view->http->memo->rights;
}

bool field_rights_names(const struct rule_view *view, uint64_t *number)
{
    const struct rights_tally *tally = tally_of(view);
    *number = tally == NULL ? 0 : tally->names;
    return tally != NULL;
}

bool field_rights_holders(const struct rule_view *view, uint64_t *number)
{
    const struct rights_tally *tally = tally_of(view);
    *number = tally == NULL ? 0 : rights_owners(tally);
    return tally != NULL;
}

bool field_rights_markets(const struct rule_view *view, uint64_t *number)
{
    const struct rights_tally *tally = tally_of(view);
    bool known = tally != NULL && tally->names > 0 && view->rights != NULL;
    *number = known ? rights_markets(view->rights, tally) : 0;
    return known;
}

bool field_is_of_rights(keyword_number_fn number)
{
    return number == field_rights_names || number == field_rights_holders || number == field_rights_markets ||
           number == field_stream_holders;
}
