/*
 * What may leave a worker of a transaction record (design, section 5, "Privacy is the default"). Shown is
 * only what a shipped table knows or what has a closed form: names of query keys and values that the
 * interfaces define, words of paths, numbers of streams, known extensions, types of content. Everything else
 * becomes
 * `*`: user names, passwords, tokens, MAC addresses, user information, cookies, authorisation, addresses of
 * subscribers, and the same inside Referer and Location. When in doubt it is `*`: what is encoded more than
 * plainly, too long or of no known form. Free text (user agents) is the exception: there everything is shown
 * but what passes the token test or stands behind the name of a credential.
 *
 * Nothing here cleans text: who prints it does that (text_append_clean).
 */
#pragma once

#include "base/address.h"
#include "base/buf.h"
#include "base/slice.h"

/* Whose addresses are a subscriber's; either may be NULL. */
struct redact_subscribers {
    const struct address *client;   /* the flow's; of IPv6 its whole /64 */
    const struct prefix_list *home; /* network.home */
};

/* In all of these `who` may be NULL: then no public address is a subscriber's. */

/* Appends the URI (origin form or absolute, also a fragment of either) with `*` for what is private. */
void redact_uri(struct buf *out, struct slice uri, const struct redact_subscribers *who);
/* Appends the pairs of a form (a=b&c=d) or of a query without its '?'. */
void redact_form(struct buf *out, struct slice form);
/* Appends a header's value, judged by its name. */
void redact_header(struct buf *out, struct slice name, struct slice value,
                   const struct redact_subscribers *who);
/* Appends free text (a user agent): words that pass the token test or stand behind the name of a credential
 * become `*`, and URIs and pairs in it are treated as above. */
void redact_text(struct buf *out, struct slice text, const struct redact_subscribers *who);
/* Whether a query key's name may be shown, and whether its value is harmless. Other names become `*`. */
bool redact_key_known(struct slice key);
bool redact_key_harmless(struct slice key);
/* The token test alone: MAC address, 12 and more hex digits that are not all decimal or 16 that are, 20 and
 * more base64 characters that mix classes, an address in any form. Also behind percent-encoding. */
bool redact_is_token(struct slice segment);
/* Whether the text holds a subscriber's address: dotted, dashed, backwards, hex, decimal or an IPv6 literal.
 * Inside network.home only what is certainly an address counts. Text too long to be looked at does. */
bool redact_names_subscriber(struct slice text, const struct redact_subscribers *who);
/* Whether a normalised host may be told of: a public name (one with a dot in it) or a literal, and no
 * subscriber's. */
bool redact_host_told(struct slice host, const struct redact_subscribers *who);
