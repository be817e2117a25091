/*
 * What may leave a worker of a transaction record (design, section 5, "Privacy is the default"). `*`
 * replaces: values of query keys outside a shipped list of harmless ones, path segments in credential
 * position, segments that pass a token test (MAC addresses, long hex, base64, high entropy), user
 * information, cookies, authorisation, and the same inside Referer and Location. When in doubt it is `*`:
 * what is encoded more than plainly, too long or of no known form.
 *
 * Nothing here cleans text: who prints it does that (text_append_clean).
 */
#pragma once

#include "base/buf.h"
#include "base/slice.h"

/* Appends the URI (origin form or absolute, also a fragment of either) with `*` for what is private. */
void redact_uri(struct buf *out, struct slice uri);
/* Appends the pairs of a form (a=b&c=d) or of a query without its '?'. */
void redact_form(struct buf *out, struct slice form);
/* Appends a header's value, judged by its name. */
void redact_header(struct buf *out, struct slice name, struct slice value);
/* Appends free text (a title, a user agent, a file name): words that pass the token test become `*`, and
 * URIs and pairs in it are treated as above. */
void redact_text(struct buf *out, struct slice text);
/* Whether a query key's name may be shown, and whether its value is harmless. Other names become `*`. */
bool redact_key_known(struct slice key);
bool redact_key_harmless(struct slice key);
/* The token test alone: MAC address, 12 and more hex digits that are not all decimal or 16 that are, 20 and
 * more base64 characters that mix classes, an address literal of a client in a parameter. Also behind
 * percent-encoding. */
bool redact_is_token(struct slice segment);
