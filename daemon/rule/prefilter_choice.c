/*
 * By which literals a rule is found: those of one content or of one pattern, the rarest that it has. How rare
 * a text is nobody knows beforehand; longer ones are, and those that stand in every other transaction are
 * not.
 */
#include <string.h>

#include "daemon/rule/fields_priv.h"
#include "daemon/rule/gram_table_priv.h"
#include "daemon/rule/prefilter_priv.h"

/* A literal of fewer than GRAM_BYTES stands in too many texts: the rule is asked each time instead. */
enum { LENGTH_ENOUGH = 12 };

/* What ordinary requests and answers are made of. */
static const char ordinary_text[] =
    "get post head http/1.1 200 206 301 302 304 404 host: www. .com .net .org user-agent: mozilla/5.0 "
    "(windows nt 10.0; win64; x64) (x11; linux x86_64; rv: (macintosh; intel mac os x (iphone; cpu (linux; "
    "android applewebkit/537.36 (khtml, like gecko) chrome/ mobile safari/537.36 gecko/20100101 firefox/ "
    "accept: */* accept-encoding: gzip, deflate, br accept-language: en-us,en;q=0. connection: keep-alive "
    "referer: https:// http:// cookie: server: nginx\r\nserver: apache cloudflare date: gmt\r\n"
    "content-type: text/html; charset=utf-8\r\ncontent-type: application/json application/javascript "
    "image/jpeg image/png content-length: 0\r\ntransfer-encoding: chunked cache-control: max-age= "
    "last-modified: etag: access-control-allow-origin: * content-disposition: <!doctype html> <html <head> "
    "<title> </title> <script <div <body> </html> .html .php .js .css .png .jpg /index /api/ /images/ /js/ "
    "?id= &id= username= password= action= token= type= #extm3u #extinf: tvg-id= group-title= tvg-logo= .ts "
    ".m3u8 tv .example ";

struct slice prefilter_ordinary_text(void)
{
    return slice_text(ordinary_text);
}

static bool is_ordinary(struct slice text)
{
    bool found = false;
    for (size_t at = 0; at + text.len < sizeof ordinary_text && !found; at++) {
        found = slice_equal_nocase(slice_make(ordinary_text + at, text.len), text);
    }
    return found;
}

/* How many rules have a text; those of one number are taken for one. */
static uint16_t *count_of(struct prefilter_popularity *popularity, struct slice text)
{
    uint32_t hash = UINT32_C(2166136261); /* FNV-1a */
    for (size_t i = 0; i < text.len; i++) {
        hash = (hash ^ byte_lower(text.data[i])) * UINT32_C(16777619);
    }
    return &popularity->counts[hash % ARRAY_COUNT(popularity->counts)];
}

/* A text that twice as many rules have is worth as much as one that is a byte and a half shorter. */
static int worth_of(const struct keyword *buffer, struct slice text, struct prefilter_popularity *popularity)
{
    int length = text.len < LENGTH_ENOUGH ? (int)text.len : LENGTH_ENOUGH;
    if (length < GRAM_BYTES) {
        return 0;
    }
    bool few = buffer->buffer == field_method || buffer->buffer == field_stat_code;
    int worth = few ? 1 : is_ordinary(text) ? 1 + length / 4 : 4 * length;
    for (unsigned count = *count_of(popularity, text); count > 1; count /= 2) {
        worth -= 6;
    }
    return worth > 0 ? worth : 1;
}

/* Texts one of which stands in the buffer where this step holds; none where it says nothing of the kind. */
static void take_texts(const struct rule_body *body, const struct buffer_group *group,
                       const struct match_step *step, struct prefilter_choice *out)
{
    /* What a document held is asked before its body: that is shorter than searching the body once more. */
    bool searched = body->stage != STAGE_ENDED || !group->buffer->body;
    out->buffer = group->buffer;
    out->side = group->side;
    out->count = 0;
    if (step->negated || !searched) {
        return;
    }
    if (step->type == STEP_CONTENT) {
        out->texts[out->count++] = slice_make(step->bytes, step->len);
        out->nocase = step->nocase;
    }
    const struct literal_set *literals = step->type == STEP_PCRE ? pcre_literals(step->pcre) : NULL;
    for (size_t i = 0; literals != NULL && i < literals->count; i++) {
        out->texts[out->count++] = slice_make(literals->items[i].bytes, literals->items[i].len);
        out->nocase = pcre_is_caseless(step->pcre);
    }
}

void prefilter_count_texts(const struct rule_body *body, struct prefilter_popularity *popularity)
{
    for (size_t i = 0; i < body->group_count; i++) {
        for (size_t j = 0; j < body->groups[i].count; j++) {
            struct prefilter_choice texts;
            take_texts(body, &body->groups[i], &body->groups[i].steps[j], &texts);
            for (size_t k = 0; k < texts.count; k++) {
                uint16_t *count = count_of(popularity, texts.texts[k]);
                *count = (uint16_t)(*count + (*count < UINT16_MAX));
            }
        }
    }
}

bool prefilter_choose(const struct rule_body *body, struct prefilter_popularity *popularity,
                      struct prefilter_choice *out)
{
    int best = 0;
    for (size_t i = 0; i < body->group_count; i++) {
        for (size_t j = 0; j < body->groups[i].count; j++) {
            struct prefilter_choice choice;
            take_texts(body, &body->groups[i], &body->groups[i].steps[j], &choice);
            int least = choice.count == 0 ? 0 : INT32_MAX;
            for (size_t k = 0; k < choice.count; k++) {
                int worth = worth_of(choice.buffer, choice.texts[k], popularity);
                least = worth < least ? worth : least;
            }
            if (least > best) {
                best = least;
                *out = choice;
            }
        }
    }
    return best > 0;
}

static uint32_t kinds_of(const struct rule_body *body)
{
    uint32_t forms = PREFILTER_ALL_FORMS;
    for (size_t i = 0; i < body->condition_count; i++) {
        const struct condition *condition = &body->conditions[i];
        if (condition->keyword->words == field_body_kind) {
            uint64_t kinds = condition->negated ? ~condition->words : condition->words;
            forms &= (uint32_t)(kinds << 1);
        }
    }
    if (body->reads_body && !body->states_body_kind) {
        forms &= ~(PREFILTER_FORM(BODY_HTML) | PREFILTER_FORM(BODY_TEXT));
    }
    return forms;
}

/* Keywords are named after the document that they read; without it they do not hold. */
static unsigned document_of(const struct keyword *keyword)
{
    static const struct {
        const char *prefix;
        enum prefilter_document document;
    } prefixes[] = {
        {"m3u.", DOCUMENT_M3U}, {"hls.", DOCUMENT_M3U}, {"api.", DOCUMENT_API}, {"page.", DOCUMENT_PAGE}};
    unsigned document = 0;
    for (size_t i = 0; i < ARRAY_COUNT(prefixes) && keyword->reach == REACH_DOCUMENT; i++) {
        if (slice_starts(slice_text(keyword->name), slice_text(prefixes[i].prefix))) {
            document = (unsigned)prefixes[i].document;
        }
    }
    return document;
}

static uint32_t documents_of(const struct rule_body *body)
{
    unsigned needed = 0;
    for (size_t i = 0; i < body->condition_count; i++) {
        needed |= document_of(body->conditions[i].keyword);
    }
    for (size_t i = 0; i < body->group_count; i++) {
        needed |= document_of(body->groups[i].buffer);
    }
    uint32_t forms = 0;
    for (unsigned form = 0; form < DOCUMENT_FORMS; form++) {
        forms |= (uint32_t)((form & needed) == needed) << form;
    }
    return forms;
}

uint32_t prefilter_forms(const struct rule_body *body)
{
    return body->stage == STAGE_ENDED ? documents_of(body) : kinds_of(body);
}

unsigned prefilter_form_of(enum rule_stage stage, const struct rule_view *view)
{
    if (stage == STAGE_ENDED) {
        return (view->http->m3u != NULL ? DOCUMENT_M3U : 0U) | (view->http->api != NULL ? DOCUMENT_API : 0U) |
               (view->http->page != NULL ? DOCUMENT_PAGE : 0U);
    }
    return view->response == NULL ? 0 : 1 + (unsigned)view->response->kind;
}
