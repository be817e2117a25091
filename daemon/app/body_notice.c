/*
 * PHP's own messages before an answer: where display_errors is on, a script that complains and then writes
 * its JSON or its playlist sends "Warning: ... in FILE on line 7" first, dressed for a page or plain. Players
 * skip them, and so do we.
 */
#include "app/body_kind.h"
#include "base/attr.h"
#include "daemon/app/body_kind_priv.h"

static struct slice skip_blanks(struct slice text)
{
    size_t len = 0;
    while (len < text.len && (text.data[len] == ' ' || (text.data[len] >= '\t' && text.data[len] <= '\r'))) {
        len++;
    }
    return slice_from(text, len);
}

/* Takes `word` off the front of `*text`. MAYBE where the text ends within it. */
static enum signature_match take_word(struct slice *text, const char *word)
{
    if (text->len > 0 && text->data[0] != (uint8_t)word[0]) {
        return SIGNATURE_NO; /* nearly always */
    }
    struct slice wanted = slice_text(word);
    if (slice_starts(*text, wanted)) {
        *text = slice_from(*text, wanted.len);
        return SIGNATURE_YES;
    }
    return text->len < wanted.len && slice_starts(wanted, *text) ? SIGNATURE_MAYBE : SIGNATURE_NO;
}

static enum signature_match take_severity(struct slice *text)
{
    static const char *const severities[] = {"Warning",     "Notice",          "Deprecated",
                                             "Parse error", "Fatal error",     "Recoverable fatal error",
                                             "User notice", "Strict Standards"};
    enum signature_match best = SIGNATURE_NO;
    for (size_t i = 0; i < ARRAY_COUNT(severities) && best != SIGNATURE_YES; i++) {
        enum signature_match match = take_word(text, severities[i]);
        best = match > best ? match : best;
    }
    return best;
}

/* Up to and with "on line 7" and what ends it. */
static enum signature_match take_place(struct slice *text, bool page)
{
    struct slice mark = slice_text(page ? " on line <b>" : " on line ");
    size_t at = slice_find(*text, mark);
    while (at != SIZE_MAX) {
        struct slice rest = slice_from(*text, at + mark.len);
        *text = rest;
        size_t digits = 0;
        while (digits < rest.len && rest.data[digits] >= '0' && rest.data[digits] <= '9') {
            digits++;
        }
        rest = slice_from(rest, digits);
        if (rest.len == 0) {
            return SIGNATURE_MAYBE;
        }
        bool line_ends = rest.data[0] == '\n' || rest.data[0] == '\r';
        enum signature_match end =
            page ? take_word(&rest, "</b><br />") : (line_ends ? SIGNATURE_YES : SIGNATURE_NO);
        if (digits > 0 && end != SIGNATURE_NO) {
            *text = rest;
            return end;
        }
        at = slice_find(*text, mark);
    }
    return SIGNATURE_MAYBE;
}

static enum signature_match take_notice(struct slice *text)
{
    enum signature_match match = take_word(text, "<br />");
    bool page = match == SIGNATURE_YES;
    if (page) {
        *text = skip_blanks(*text);
        match = take_word(text, "<b>");
    } else if (match == SIGNATURE_NO) {
        match = take_word(text, "PHP ");
        match = match == SIGNATURE_NO ? SIGNATURE_YES : match;
    }
    if (match == SIGNATURE_YES) {
        match = take_severity(text);
    }
    if (match == SIGNATURE_YES) {
        match = take_word(text, page ? "</b>:" : ":");
    }
    return match == SIGNATURE_YES ? take_place(text, page) : match;
}

enum signature_match body_skip_notices(struct slice *text, bool complete)
{
    for (;;) {
        struct slice rest = skip_blanks(*text);
        enum signature_match match = rest.len == 0 ? SIGNATURE_NO : take_notice(&rest);
        if (match != SIGNATURE_YES) {
            return match == SIGNATURE_MAYBE && !complete ? SIGNATURE_MAYBE : SIGNATURE_YES;
        }
        *text = rest;
    }
}

struct slice body_without_notices(struct slice first)
{
    (void)body_skip_notices(&first, true);
    return first;
}
