/* What Redis's error replies mean. */
#include <ctype.h>
#include <hiredis/hiredis.h>

#include "base/attr.h"
#include "base/text.h"
#include "sink/redis_link.h"

struct answer_row {
    const char *code;
    enum redis_answer answer;
};

/* Codes as Redis 6.2 to 8 and Valkey write them; the last three are the script's own. */
static const struct answer_row answer_rows[] = {
    {"LOADING", REDIS_ANSWER_PASSING},     {"BUSY", REDIS_ANSWER_PASSING},
    {"TRYAGAIN", REDIS_ANSWER_PASSING},    {"CLUSTERDOWN", REDIS_ANSWER_PASSING},
    {"MISCONF", REDIS_ANSWER_PASSING},     {"OOM", REDIS_ANSWER_PASSING},
    {"MASTERDOWN", REDIS_ANSWER_PASSING},  {"NOREPLICAS", REDIS_ANSWER_PASSING},
    {"READONLY", REDIS_ANSWER_REPLICA},    {"UNBLOCKED", REDIS_ANSWER_REPLICA},
    {"NOSCRIPT", REDIS_ANSWER_NO_SCRIPT},  {"NOAUTH", REDIS_ANSWER_FORBIDDEN},
    {"WRONGPASS", REDIS_ANSWER_FORBIDDEN}, {"NOPERM", REDIS_ANSWER_FORBIDDEN},
    {"DENIED", REDIS_ANSWER_FORBIDDEN},    {"MOVED", REDIS_ANSWER_FORBIDDEN},
    {"ASK", REDIS_ANSWER_FORBIDDEN},       {"CROSSSLOT", REDIS_ANSWER_FORBIDDEN},
    {"WRONGTYPE", REDIS_ANSWER_REFUSED},   {"VIGIEARG", REDIS_ANSWER_REFUSED},
    {"VIGIETYPE", REDIS_ANSWER_REFUSED},   {"VIGIEGAP", REDIS_ANSWER_GAP},
};

/* A code followed by a blank or the end. */
static const struct answer_row *row_at_front(struct slice text)
{
    for (size_t i = 0; i < ARRAY_COUNT(answer_rows); i++) {
        struct slice code = slice_text(answer_rows[i].code);
        if (slice_starts(text, code) && (text.len == code.len || text.data[code.len] == ' ')) {
            return &answer_rows[i];
        }
    }
    return NULL;
}

/* Redis 6.2 writes an error inside a script as "ERR Error running script (...): @user_script:12: -OOM ..." */
static const struct answer_row *row_inside(struct slice text)
{
    if (!slice_starts(text, slice_text("ERR ")) && !slice_starts(text, slice_text("@user_script"))) {
        return NULL;
    }
    /* Redis 7.0 gives a right that is missing inside a script no code of its own. */
    static const struct answer_row no_right = {"NOPERM", REDIS_ANSWER_FORBIDDEN};
    if (slice_find(text, slice_text("The user executing the script can't ")) != SIZE_MAX) {
        return &no_right;
    }
    const struct slice mark = slice_text(": -");
    size_t at = slice_find(text, mark);
    return at == SIZE_MAX ? NULL : row_at_front(slice_from(text, at + mark.len));
}

enum redis_answer redis_answer_of(const struct redisReply *reply)
{
    if (reply->type != REDIS_REPLY_ERROR) {
        return REDIS_ANSWER_GOOD;
    }
    struct slice text = slice_make(reply->str, reply->len);
    const struct answer_row *row = row_at_front(text);
    if (row == NULL) {
        row = row_inside(text);
    }
    return row == NULL ? REDIS_ANSWER_REFUSED : row->answer;
}

/* Whether `word` stands at `at` with no letter or digit beside it. */
static bool word_at(struct slice text, size_t at, struct slice word)
{
    return word.len > 0 && slice_equal(slice_part(text, at, word.len), word) &&
           (at == 0 || !isalnum(text.data[at - 1])) &&
           (at + word.len >= text.len || !isalnum(text.data[at + word.len]));
}

const char *redis_answer_print(const struct redis_target *target, const struct redisReply *reply,
                               char out[REDIS_ANSWER_TEXT_SIZE])
{
    struct slice text = slice_make(reply->str, reply->len);
    struct slice user = slice_text(target->user == NULL ? "" : target->user);
    struct buf masked = buf_make(REDIS_ANSWER_TEXT_SIZE - 1);
    for (size_t i = 0; i < text.len;) {
        bool hidden = word_at(text, i, user);
        buf_append_byte(&masked, hidden ? '*' : text.data[i]);
        i += hidden ? user.len : 1;
    }
    struct buf clean = buf_make(REDIS_ANSWER_TEXT_SIZE - 1);
    text_append_clean(&clean, buf_slice(&masked), REDIS_ANSWER_TEXT_SIZE - 1);
    if (clean.len > 0) {
        memcpy(out, clean.data, clean.len);
    }
    out[clean.len] = '\0';
    buf_free(&clean);
    buf_free(&masked);
    return out;
}
