/*
 * Tokens of panels and their load balancers (signatures.md, 1.6). Only their form is looked at: what they
 * hold is not read, and of their bytes only what is the same for all of a panel's subscribers.
 */
#pragma once

#include "app/http.h"

/* Below this many bytes nothing is a token. */
enum { TOKEN_MIN = 16, TOKEN_FRONT = 21, TOKEN_XOR_DIGITS = 9 };

struct token {
    struct slice text; /* as sent, maybe percent-encoded */
    /* Stands in a path behind `auth`, where every panel's tokens begin alike, whoever asks; behind others
     * the front may be an account's. */
    bool auth;
};

/* The token of a URL or a target: token=, else the segment behind a word of load balancers. False where there
 * is none of TOKEN_MIN bytes. */
bool token_find(struct slice url, struct token *out);

/* Whether the request, where it was seen, does not bear Location's token already: else it made no redirect.
 */
bool token_is_new(const struct token *token, const struct http_request *request);

/* Whether Location leads to a load balancer as panels' redirects do (signatures.md, 1.3): by a new token of
 * Xtream Codes; else by one in a balancer's path, or behind a balancer's or a stream's, and not to a name
 * over https without a port, which is where web sites send everybody; and where the token does not obey the
 * length law, to a bare address or an odd port. */
bool token_is_panel_link(struct slice location, const struct http_request *request);

/* XUI.one and XC_VM: base64url without padding of whole AES blocks, in letters of both cases and digits. */
bool token_is_blocks(struct slice text);
/* Whether the first block is text and not encrypted: encoded names and documents begin alike, too. */
bool token_front_is_text(struct slice text);
/* Xtream Codes 1 and 2; the digits of the panel's key that the form shows go to `digits`. */
bool token_is_xor(struct slice text, uint8_t digits[TOKEN_XOR_DIGITS]);
