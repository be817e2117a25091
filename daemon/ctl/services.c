/* Going through all services, page by page. */
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctl_priv.h"

enum { PAGE = 500, FIELDS_MOST = 16 };

/* Asks for the fields of all ids of one page in one go. */
static void append_page(struct ctl *ctl, const redisReply *ids, const char *const *fields, int count)
{
    for (size_t i = 0; i < ids->elements; i++) {
        const char *words[FIELDS_MOST + 2] = {"HMGET"};
        char *key = ctl_key(ctl, ":service:", ctl_text(ids->element[i]), NULL);
        words[1] = key;
        for (int field = 0; field < count; field++) {
            words[2 + field] = fields[field];
        }
        redisAppendCommandArgv(ctl->context, count + 2, words, NULL);
        free(key);
    }
}

static bool visit_page(struct ctl *ctl, const redisReply *ids, ctl_service_fn visit, void *context)
{
    for (size_t i = 0; i < ids->elements; i++) {
        void *raw = NULL;
        redisReply *values = redisGetReply(ctl->context, &raw) == REDIS_OK ? raw : NULL;
        if (ctl_is_trouble(ctl, values)) {
            if (values != NULL) {
                freeReplyObject(values);
            }
            return false;
        }
        visit(context, ctl_text(ids->element[i]), values);
        freeReplyObject(values);
    }
    return true;
}

bool ctl_each_service(struct ctl *ctl, const char *const *fields, int count, ctl_service_fn visit,
                      void *context)
{
    char *services = ctl_key(ctl, ":services", NULL);
    bool good = true;
    size_t found = PAGE;
    for (unsigned long long at = 0; good && found == PAGE; at += PAGE) {
        char first[24];
        char last[24];
        snprintf(first, sizeof first, "%llu", at);
        snprintf(last, sizeof last, "%llu", at + PAGE - 1);
        redisReply *ids = CTL_ASK(ctl, "ZREVRANGE", services, first, last);
        good = !ctl_is_trouble(ctl, ids);
        found = good ? ids->elements : 0;
        if (good) {
            append_page(ctl, ids, fields, count);
            good = visit_page(ctl, ids, visit, context);
        }
        if (ids != NULL) {
            freeReplyObject(ids);
        }
    }
    free(services);
    return good;
}
