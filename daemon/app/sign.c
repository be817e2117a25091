/* The table of signs, by word. */
#include "app/sign.h"

#include <assert.h>

#include "base/attr.h"

#define SIGN_ROW(id, row_name, row_basis, row_help)                                                          \
    [id] = {.name = row_name, .basis = row_basis, .help = row_help},

static const struct {
    const char *name;
    enum sign_basis basis;
    const char *help;
} rows[SIGN_COUNT] = {APP_SIGNS(SIGN_ROW)};

_Static_assert(SIGN_COUNT <= 64, "signs are bits of a word");

const char *sign_name(enum sign sign)
{
    assert((unsigned)sign < SIGN_COUNT);
    return rows[sign].name;
}

const char *sign_help(enum sign sign)
{
    assert((unsigned)sign < SIGN_COUNT);
    return rows[sign].help;
}

enum sign_basis sign_basis(enum sign sign)
{
    assert((unsigned)sign < SIGN_COUNT);
    return rows[sign].basis;
}
