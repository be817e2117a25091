/* Changes to a list, many in one call of the script. */
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "list_priv.h"

enum {
    CHANGES_OF_A_CALL = 250,
    WORDS_BEFORE = 11, /* EVAL, script, number of keys, 5 keys, list, keep, telling */
    WORDS_OF_A_CHANGE = 4,
    TEXT_MAX = 1 << 20,
};

struct list_changes list_changes_begin(struct ctl *ctl, enum redis_list list, enum list_telling telling)
{
    return (struct list_changes){.ctl = ctl, .list = list, .telling = telling, .text = buf_make(TEXT_MAX)};
}

static uint64_t number_at(const redisReply *reply, size_t at)
{
    bool there = at < reply->elements && reply->element[at]->type == REDIS_REPLY_INTEGER;
    return there && reply->element[at]->integer > 0 ? (uint64_t)reply->element[at]->integer : 0;
}

static void take_answer(struct list_changes *changes, const redisReply *reply)
{
    changes->added += number_at(reply, 0);
    changes->changed += number_at(reply, 1);
    changes->removed += number_at(reply, 2);
    changes->same += number_at(reply, 3);
    changes->now = number_at(reply, 4);
}

static void send_changes(struct list_changes *changes)
{
    static const char *const tellings[] = {
        [LIST_TELL_EACH] = "each", [LIST_TELL_MANY] = "many", [LIST_TELL_FORCED] = "forced"};
    struct ctl *ctl = changes->ctl;
    char keep[24];
    snprintf(keep, sizeof keep, "%" PRIu64, ctl->keep);
    char *keys[] = {ctl_key(ctl, ":list:", redis_list_name(changes->list), NULL),
                    ctl_key(ctl, ":lists", NULL), ctl_key(ctl, ":lists:rev", NULL),
                    ctl_key(ctl, ":lists:until", NULL), ctl_key(ctl, ":shared:ip", NULL)};
    const char *words[WORDS_BEFORE + WORDS_OF_A_CHANGE * CHANGES_OF_A_CALL] = {"EVAL",
                                                                               redis_list_script(),
                                                                               "5",
                                                                               keys[0],
                                                                               keys[1],
                                                                               keys[2],
                                                                               keys[3],
                                                                               keys[4],
                                                                               redis_list_name(changes->list),
                                                                               keep,
                                                                               tellings[changes->telling]};
    const char *word = (const char *)changes->text.data;
    for (size_t i = 0; i < changes->count * WORDS_OF_A_CHANGE; i++) {
        words[WORDS_BEFORE + i] = word;
        word += strlen(word) + 1;
    }
    redisReply *reply = ctl_ask(ctl, (int)(WORDS_BEFORE + changes->count * WORDS_OF_A_CHANGE), words);
    changes->failed = ctl_is_trouble(ctl, reply);
    if (!changes->failed) {
        take_answer(changes, reply);
    }
    if (reply != NULL) {
        freeReplyObject(reply);
    }
    for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
        free(keys[i]);
    }
    buf_clear(&changes->text);
    changes->count = 0;
}

static void add_word(struct list_changes *changes, const char *word)
{
    buf_append_text(&changes->text, word);
    buf_append_byte(&changes->text, '\0');
}

void list_changes_add(struct list_changes *changes, const char *entry, const struct redis_list_value *value)
{
    if (changes->failed || ctl_stop != 0) {
        return;
    }
    char until[24] = "0";
    char *json = value == NULL ? NULL : redis_list_value_print(value);
    if (value != NULL) {
        snprintf(until, sizeof until, "%" PRId64, value->until);
    }
    add_word(changes, value == NULL ? "del" : "add");
    add_word(changes, entry);
    add_word(changes, json == NULL ? "" : json);
    add_word(changes, until);
    free(json);
    if (++changes->count == CHANGES_OF_A_CALL) {
        send_changes(changes);
    }
}

bool list_changes_end(struct list_changes *changes)
{
    bool last = changes->count > 0 || changes->telling == LIST_TELL_FORCED;
    if (last && !changes->failed && ctl_stop == 0) {
        send_changes(changes);
    }
    buf_free(&changes->text);
    return !changes->failed && ctl_stop == 0;
}

void list_changes_print(const struct list_changes *changes)
{
    ctl_print("%s: %" PRIu64 " added, %" PRIu64 " changed, %" PRIu64 " removed, %" PRIu64
              " as they were; %" PRIu64 " before, %" PRIu64 " now",
              redis_list_name(changes->list), changes->added, changes->changed, changes->removed,
              changes->same, changes->now + changes->removed - changes->added, changes->now);
}
