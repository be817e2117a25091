/* Sites by the public suffixes that libpsl has built in. */
#include "base/site.h"

#include <libpsl.h>

#include "base/text.h"

/* The part of the name that is the registered domain; NULL where it has none. */
static const char *registered(const char *name)
{
    const psl_ctx_t *suffixes = psl_builtin();
    return suffixes == NULL || host_is_literal(name) ? NULL : psl_registrable_domain(suffixes, name);
}

static bool copy_name(struct slice host, char out[HOST_NAME_SIZE])
{
    if (host.len == 0 || host.len >= HOST_NAME_SIZE) {
        return false;
    }
    memcpy(out, host.data, host.len);
    out[host.len] = '\0';
    return true;
}

bool site_same(struct slice a, struct slice b)
{
    char names[2][HOST_NAME_SIZE];
    if (slice_equal(a, b)) {
        return true;
    }
    if (!copy_name(a, names[0]) || !copy_name(b, names[1])) {
        return false;
    }
    const char *first = registered(names[0]);
    const char *second = first == NULL ? NULL : registered(names[1]);
    return second != NULL && strcmp(first, second) == 0;
}
