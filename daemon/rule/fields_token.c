/* Getters of tokens in a request's target and in Location, and of what comes again and again (repeats.c). */
#include "daemon/rule/fields_priv.h"
#include "daemon/rule/token_priv.h"

enum token_form {
    TOKEN_FORM_NEW,
    TOKEN_FORM_XOR,
    TOKEN_FORM_AES,
    TOKEN_FORM_COUNT,
};

static const char *const form_names[TOKEN_FORM_COUNT] = {
    [TOKEN_FORM_NEW] = "new",
    [TOKEN_FORM_XOR] = "xor",
    [TOKEN_FORM_AES] = "aes",
};

const char *field_token_form_name(unsigned word)
{
    return word < TOKEN_FORM_COUNT ? form_names[word] : NULL;
}

static uint64_t forms_of(struct slice token)
{
    uint8_t digits[TOKEN_XOR_DIGITS];
    return (uint64_t)token_is_xor(token, digits) << TOKEN_FORM_XOR | (uint64_t)token_is_blocks(token)
                                                                         << TOKEN_FORM_AES;
}

bool field_uri_token(const struct rule_view *view, uint64_t *words)
{
    struct token token;
    if (view->request == NULL || !token_find(view->request->uri_raw, &token)) {
        return false;
    }
    *words = forms_of(token.text);
    return true;
}

bool field_location_token(const struct rule_view *view, uint64_t *words)
{
    struct token token;
    if (view->response == NULL || !token_find(view->response->location, &token)) {
        return false;
    }
    *words = forms_of(token.text) | (uint64_t)token_is_new(&token, view->request) << TOKEN_FORM_NEW;
    return true;
}

bool field_token_repeats(const struct rule_view *view, uint64_t *number)
{
    *number = view->repeats.tokens;
    return *number > 0;
}

bool field_number_repeats(const struct rule_view *view, uint64_t *number)
{
    *number = view->repeats.numbers;
    return *number > 0;
}
