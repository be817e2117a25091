/* Between http_content.c and the parsers of bodies (http_documents.c): one row for each of them. */
#pragma once

#include "daemon/app/http_priv.h"

/* What a parser found. The facts themselves are large: only their parser fills them, and sets its pointer. */
struct content_facts {
    struct m3u_facts m3u;
    struct api_facts api;
    struct http_documents found;
};

struct content_parser {
    enum body_kind kind;
    const char *type; /* what Content-Type has to name besides; NULL: anything */
    size_t cap;       /* offset in struct app_settings: bytes that are parsed */
    size_t cap_counter;
    bool cap_cuts; /* the answer counts as cut where its parser met the cap */
    void *(*create)(struct http_flow *http);
    void (*feed)(void *state, struct slice bytes);
    void (*gap)(void *state, uint64_t missing);
    void (*finish)(void *state, bool complete, struct http_flow *http, struct content_facts *facts);
    void (*free)(void *state);
    size_t (*memory)(const void *state);
    bool (*done)(const void *state); /* needs no more bytes; NULL: reads to the end */
};

/* Makes the parser of the present answer's kind; NULL where nobody reads it. */
const struct content_parser *http_documents_open(struct http_flow *http, void **state);
/* So many decoded bytes are parsed. */
uint64_t http_documents_cap(const struct content_parser *parser, const struct app_settings *settings);
/* Behind the present answer's end: whether its parser goes on as that of a list of which the rest may come.
 */
bool http_documents_keep(struct http_flow *http);
