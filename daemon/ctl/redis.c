/* Asking Redis, one command at a time. */
#include <hiredis/hiredis.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ctl_priv.h"

enum { KEY_MAX = 1024 };

bool ctl_connect(struct ctl *ctl, struct failure *failure)
{
    ctl_disconnect(ctl);
    ctl->context = redis_connect(&ctl->target, failure);
    return ctl->context != NULL;
}

void ctl_disconnect(struct ctl *ctl)
{
    if (ctl->context != NULL) {
        redisFree(ctl->context);
        ctl->context = NULL;
    }
}

struct redisReply *ctl_ask(struct ctl *ctl, int count, const char *const *words)
{
    if (ctl->context == NULL) {
        return NULL;
    }
    redisReply *reply = redisCommandArgv(ctl->context, count, (const char **)words, NULL);
    if (reply == NULL) {
        ctl_disconnect(ctl);
    }
    return reply;
}

bool ctl_is_trouble(const struct ctl *ctl, const struct redisReply *reply)
{
    if (reply != NULL && reply->type != REDIS_REPLY_ERROR) {
        return false;
    }
    char place[REDIS_TARGET_TEXT_SIZE];
    char text[REDIS_ANSWER_TEXT_SIZE];
    ctl_complain("vigiectl: %s: %s", redis_target_print(&ctl->target, place),
                 reply == NULL ? "the connection broke" : redis_answer_print(&ctl->target, reply, text));
    return true;
}

char *ctl_key(const struct ctl *ctl, const char *part, ...)
{
    struct buf key = buf_make(KEY_MAX);
    buf_append_text(&key, ctl->prefix);
    va_list parts;
    va_start(parts, part);
    for (; part != NULL; part = va_arg(parts, const char *)) {
        buf_append_text(&key, part);
    }
    va_end(parts);
    buf_append_byte(&key, '\0');
    return (char *)key.data;
}

const char *ctl_text(const struct redisReply *reply)
{
    bool text = reply != NULL && (reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS);
    return text ? reply->str : "";
}

const char *ctl_field(const struct redisReply *fields, const char *name)
{
    for (size_t i = 0; fields != NULL && i + 1 < fields->elements; i += 2) {
        if (strcmp(ctl_text(fields->element[i]), name) == 0) {
            return ctl_text(fields->element[i + 1]);
        }
    }
    return "";
}
