/* Answers of panels and portals: tokens come in, containers get their roles, facts go out. */
#include "daemon/app/api_priv.h"

#include <stdlib.h>

#define SHAPE_NAME(id, name, help) [id] = name,
#define SHAPE_HELP(id, name, help) [id] = help,
static const char *const shape_names[API_SHAPE_COUNT] = {API_SHAPES(SHAPE_NAME)};
static const char *const shape_helps[API_SHAPE_COUNT] = {API_SHAPES(SHAPE_HELP)};

_Static_assert(API_SHAPE_COUNT <= 32, "shapes are bits of api_facts.shapes");

const char *api_shape_name(enum api_shape shape)
{
    return shape_names[shape];
}

const char *api_shape_help(enum api_shape shape)
{
    return shape_helps[shape];
}

enum api_shape api_shape_by_name(struct slice name)
{
    for (size_t i = 0; i < API_SHAPE_COUNT; i++) {
        if (slice_equal(name, slice_text(shape_names[i]))) {
            return (enum api_shape)i;
        }
    }
    return API_SHAPE_COUNT;
}

/* Which role a container has by its parent's role, the key it stands under and what it is. */
struct role_row {
    enum api_role parent;
    enum api_key key; /* API_KEY_OTHER: an element of an array, or any key of an object */
    enum json_type type;
    enum api_role role;
};

static const struct role_row role_rows[] = {
    {API_ROLE_TOP_ARRAY, API_KEY_OTHER, JSON_OBJECT, API_ROLE_ITEM},
    {API_ROLE_TOP_OBJECT, API_KEY_DIGITS, JSON_OBJECT, API_ROLE_ITEM},
    {API_ROLE_TOP_OBJECT, API_KEY_user_info, JSON_OBJECT, API_ROLE_USER_INFO},
    {API_ROLE_TOP_OBJECT, API_KEY_server_info, JSON_OBJECT, API_ROLE_SERVER_INFO},
    {API_ROLE_TOP_OBJECT, API_KEY_epg_listings, JSON_ARRAY, API_ROLE_EPG_LIST},
    {API_ROLE_EPG_LIST, API_KEY_OTHER, JSON_OBJECT, API_ROLE_EPG_ITEM},
    {API_ROLE_TOP_OBJECT, API_KEY_available_channels, JSON_OBJECT, API_ROLE_CHANNELS},
    {API_ROLE_CHANNELS, API_KEY_OTHER, JSON_OBJECT, API_ROLE_CHANNEL},
    {API_ROLE_TOP_OBJECT, API_KEY_js, JSON_OBJECT, API_ROLE_JS},
    {API_ROLE_TOP_OBJECT, API_KEY_js, JSON_ARRAY, API_ROLE_JS_LIST},
    {API_ROLE_JS_LIST, API_KEY_OTHER, JSON_OBJECT, API_ROLE_GENRE},
    {API_ROLE_JS, API_KEY_data, JSON_ARRAY, API_ROLE_JS_DATA},
    {API_ROLE_JS_DATA, API_KEY_OTHER, JSON_OBJECT, API_ROLE_JS_CHANNEL},
};

static enum api_role find_role(const struct api_frame *parent, enum json_type type)
{
    for (size_t i = 0; i < ARRAY_COUNT(role_rows); i++) {
        const struct role_row *row = &role_rows[i];
        if (row->parent == parent->role && row->type == type &&
            (row->key == API_KEY_OTHER || row->key == parent->key)) {
            return row->role;
        }
    }
    return API_ROLE_NONE;
}

static void open_frame(struct api_parser *parser, const struct json_token *token)
{
    enum api_role role = token->type == JSON_OBJECT ? API_ROLE_TOP_OBJECT : API_ROLE_TOP_ARRAY;
    if (parser->depth > 0) {
        struct api_frame *parent = &parser->frames[parser->depth - 1];
        api_read_value(parser, parent, token);
        role = find_role(parent, token->type);
    }
    if (role == API_ROLE_SERVER_INFO) {
        parser->server_url[0] = '\0';
        parser->server_port = 0;
    }
    if (api_role_has_title(role)) {
        parser->title.len = 0;
        parser->tvg_id.len = 0;
        parser->number = 0;
    }
    parser->frames[parser->depth] = (struct api_frame){.role = role, .key = API_KEY_OTHER};
    parser->depth++;
}

static void take_key(struct api_frame *frame, const struct json_token *token)
{
    frame->key = token->cut || frame->role == API_ROLE_NONE ? API_KEY_OTHER : api_key_find(token->text);
    if (frame->key >= API_KEY_COUNT) {
        frame->marks |= API_MARK_OTHER_KEY;
    }
}

static void take_token(void *context, const struct json_token *token)
{
    struct api_parser *parser = context;
    struct api_frame *frame = parser->depth == 0 ? NULL : &parser->frames[parser->depth - 1];
    switch (token->type) {
    case JSON_OBJECT:
    case JSON_ARRAY:
        open_frame(parser, token);
        break;
    case JSON_OBJECT_END:
    case JSON_ARRAY_END:
        api_judge(parser, frame, true);
        parser->depth--;
        break;
    case JSON_KEY:
        take_key(frame, token);
        break;
    default:
        if (frame != NULL) { /* else the document is a single value */
            api_read_value(parser, frame, token);
        }
        break;
    }
}

size_t api_memory(const struct api_parser *parser)
{
    return sizeof *parser + title_counter_memory(parser->titles);
}

struct api_parser *api_create(const struct hash_key *key, catalogue_entry_fn entry, void *context)
{
    struct api_parser *parser = malloc(sizeof *parser);
    if (parser == NULL) {
        abort();
    }
    memset(parser, 0, offsetof(struct api_parser, frames));
    parser->title.len = 0;
    parser->tvg_id.len = 0;
    parser->key = *key;
    parser->entry = entry;
    parser->context = context;
    json_init(&parser->json, take_token, parser);
    return parser;
}

void api_free(struct api_parser *parser)
{
    if (parser != NULL) {
        title_counter_free(parser->titles);
        free(parser);
    }
}

void api_feed(struct api_parser *parser, struct slice bytes)
{
    json_feed(&parser->json, bytes);
}

void api_gap(struct api_parser *parser, uint64_t missing)
{
    if (missing > 0) {
        json_break(&parser->json);
    }
}

void api_finish(struct api_parser *parser, struct api_facts *facts)
{
    while (parser->depth > 0) {
        api_judge(parser, &parser->frames[parser->depth - 1], false);
        parser->depth--;
    }
    *facts = parser->facts;
    title_finish(parser->titles, &facts->titles);
    facts->complete = json_complete(&parser->json);
    facts->print = facts->complete ? catalogue_print_value(&parser->print) : 0;
}
