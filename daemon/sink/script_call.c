/* EVALSHA commands: keys are put together out of checked parts, arguments go by their length. */
#include <assert.h>
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/buf.h"
#include "script_priv.h"

enum { WORDS_MAX = 32 + DETECTION_CLIENTS_MAX, WORDS_TEXT_MAX = 64 * 1024, NUMBER_TEXT_SIZE = 24 };

/* A command's words: borrowed, or printed into `text`, whose memory moves while it grows. */
struct words {
    struct buf text;
    const char *borrowed[WORDS_MAX];
    size_t offset[WORDS_MAX];
    size_t length[WORDS_MAX];
    int count;
};

static void add_borrowed(struct words *words, const char *text)
{
    assert(words->count < WORDS_MAX);
    words->borrowed[words->count] = text;
    words->length[words->count] = strlen(text);
    words->count++;
}

static void add_joined(struct words *words, const char *const *parts, size_t count)
{
    assert(words->count < WORDS_MAX);
    words->borrowed[words->count] = NULL;
    words->offset[words->count] = words->text.len;
    for (size_t i = 0; i < count; i++) {
        buf_append_text(&words->text, parts[i]);
    }
    words->length[words->count] = words->text.len - words->offset[words->count];
    words->count++;
}

static void add_text(struct words *words, const char *text)
{
    add_joined(words, &text, 1);
}

static void add_key(struct words *words, const struct script_caller *caller, const char *name)
{
    add_joined(words, (const char *[]){caller->prefix, name}, 2);
}

/* The keys of script/facts.lua's shared_key_names. */
static void add_shared_keys(struct words *words, const struct script_caller *caller)
{
    static const char *const names[] = {
        ":propose:ip4", ":propose:ip6", ":propose:host", ":block:ip4", ":block:ip6", ":block:host",
        ":blocks",      ":blocks:rev",  ":shared:ip",    ":lists",     ":lists:rev", ":lists:until",
    };
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        add_key(words, caller, names[i]);
    }
}

static void send_words(struct redisContext *context, struct words *words)
{
    const char *argv[WORDS_MAX];
    for (int i = 0; i < words->count; i++) {
        argv[i] = words->borrowed[i] != NULL ? words->borrowed[i]
                                             : (const char *)words->text.data + words->offset[i];
    }
    redisAppendCommandArgv(context, words->count, argv, words->length);
    buf_free(&words->text);
}

static struct words begin(const struct script_caller *caller, const char *keys)
{
    struct words words;
    words.text = buf_make(WORDS_TEXT_MAX);
    words.count = 0;
    add_borrowed(&words, "EVALSHA");
    add_borrowed(&words, caller->sha);
    add_borrowed(&words, keys);
    return words;
}

void script_append_detection(struct redisContext *context, const struct script_caller *caller,
                             const struct push *push, uint64_t after)
{
    struct words words = begin(caller, "22");
    add_joined(&words, (const char *[]){caller->prefix, ":seq:", caller->sensor, ":", caller->epoch}, 5);
    add_key(&words, caller, ":detections");
    add_joined(&words, (const char *[]){caller->prefix, ":service:", push->id}, 3);
    add_joined(&words, (const char *[]){caller->prefix, ":endpoint:", push->server}, 3);
    add_joined(&words, (const char *[]){caller->prefix, ":endpoint:", push->server, ":ids"}, 4);
    add_key(&words, caller, ":services");
    add_joined(&words, (const char *[]){caller->prefix, ":clients:", push->client_key, ":", push->id}, 5);
    add_key(&words, caller, ":list:allow");
    add_key(&words, caller, ":list:official");
    add_joined(&words, (const char *[]){caller->prefix, ":service:", push->name_id}, 3);
    add_shared_keys(&words, caller);
    add_borrowed(&words, "detection");
    add_borrowed(&words, push->facts);
    add_borrowed(&words, push->event);
    char number[NUMBER_TEXT_SIZE];
    snprintf(number, sizeof number, "%" PRIu64, after);
    add_text(&words, number);
    for (uint32_t i = 0; i < push->clients_count; i++) {
        snprintf(number, sizeof number, "%016" PRIx64, push->clients[i]);
        add_text(&words, number);
    }
    send_words(context, &words);
}

void script_append_heartbeat(struct redisContext *context, const struct script_caller *caller,
                             const char *facts)
{
    struct words words = begin(caller, "17");
    add_joined(&words, (const char *[]){caller->prefix, ":sensor:", caller->sensor}, 3);
    add_key(&words, caller, ":services");
    add_key(&words, caller, ":list:allow");
    add_key(&words, caller, ":list:official");
    add_key(&words, caller, ":list:order");
    add_shared_keys(&words, caller);
    add_borrowed(&words, "heartbeat");
    add_borrowed(&words, facts);
    send_words(context, &words);
}
