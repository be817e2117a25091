#include "daemon/rule/value_priv.h"

#include <string.h>

/* The last part of a keyword's name: "entries" of "m3u.entries". */
static const char *short_name(const struct keyword *keyword)
{
    const char *dot = strrchr(keyword->name, '.');
    return dot == NULL ? keyword->name : dot + 1;
}

static void append_words(struct buf *out, const struct condition *condition, uint64_t held)
{
    const char *separator = "=";
    for (unsigned word = 0; condition->keyword->word_name(word) != NULL; word++) {
        if ((held & condition->words & UINT64_C(1) << word) != 0) {
            buf_append_format(out, "%s%s", separator, condition->keyword->word_name(word));
            separator = "+";
        }
    }
}

static void append_condition(struct buf *out, const struct condition *condition, const struct rule_view *view)
{
    const struct keyword *keyword = condition->keyword;
    uint64_t number = 0;
    if (keyword->words != NULL && condition->negated) {
        return; /* it says only what is not there */
    }
    buf_append_text(out, out->len > 0 ? " " : "");
    buf_append_text(out, short_name(keyword));
    if (keyword->words != NULL && keyword->words(view, &number)) {
        append_words(out, condition, number);
    } else if (keyword->class == KEYWORD_NUMBER && keyword->number(view, &number)) {
        buf_append_format(out, "=%llu", (unsigned long long)number);
    }
}

static void fill_conditions(const struct rule_body *body, const struct rule_view *view,
                            char out[RULE_VALUE_SIZE])
{
    struct buf text = buf_make(RULE_VALUE_SIZE - 1);
    for (size_t i = 0; i < body->condition_count; i++) {
        append_condition(&text, &body->conditions[i], view);
    }
    memcpy(out, text.len > 0 ? (const char *)text.data : "", text.len);
    out[text.len] = '\0';
    buf_free(&text);
}

/* The entry that a data set found: the list's own bytes. */
static bool find_listed(const struct buffer_group *group, struct slice buffer, int64_t now,
                        struct watch_entry *entry)
{
    for (size_t i = 0; i < group->count; i++) {
        const struct match_step *step = &group->steps[i];
        if (step->type == STEP_DATASET && !step->negated &&
            dataset_contains(step->dataset, step->dataset_type, buffer, now, entry)) {
            return true;
        }
    }
    return false;
}

void value_fill(const struct rule_body *body, const struct rule_view *view, const struct mask_span *spans,
                size_t count, char out[RULE_VALUE_SIZE])
{
    if (body->shown == SHOWN_CONDITIONS) {
        fill_conditions(body, view, out);
        return;
    }
    const struct buffer_group *group = &body->groups[body->shown];
    struct slice buffer = group->buffer->buffer(view, group->side);
    struct watch_entry entry;
    if (count == 0 && find_listed(group, buffer, view->now, &entry)) {
        char text[WATCH_TEXT_SIZE];
        snprintf(out, RULE_VALUE_SIZE, "%s", watch_entry_print(&entry, text));
        return;
    }
    enum mask_form form = group->buffer->mask == MASK_URL && count == 0 ? MASK_SHAPE : group->buffer->mask;
    mask_value(buffer, spans, count, form, out);
}
