/*
 * Text pairs for rules (tests/rules/README.md tells the format): what was asked and answered, and which sids
 * have to match. Reads one case into the structs that the app stage would fill.
 */
#pragma once

#include "base/buf.h"
#include "base/text.h"
#include "rule/rule_set.h"

enum { EVAL_TEXT_MAX = 1 << 16, EVAL_SIDS_MAX = 64, EVAL_ENTRIES_MAX = 64, EVAL_VALUES_MAX = 16 };

struct eval_value {
    uint32_t sid;
    struct slice text;
};

/* One case. Slices point into the file's text or into `memory`. */
struct eval_case {
    unsigned line;
    struct slice name;
    bool has_request, has_answer, has_m3u, has_api, has_sign, has_stream;
    struct http_request request;
    struct http_response response;
    struct http_transaction transaction;
    struct m3u_facts m3u;
    struct api_facts api;
    struct page_facts page;
    bool has_page;
    struct catalogue_entry entries[EVAL_ENTRIES_MAX];
    size_t entry_count;
    struct app_sign sign;
    bool has_quic;
    struct tls_client_hello quic_hello;
    bool has_question;
    struct dns_exchange question;
    struct mpegts_facts stream;
    bool has_hello, has_server, has_certificate;
    struct tls_handshake handshake;
    struct tls_client_hello hello;
    struct tls_server_hello server_hello;
    struct tls_certificate certificate;
    bool udp;
    struct slice client_payload; /* first bytes of a flow that no parser knows */
    struct slice server_payload;
    uint16_t server_port;
    uint16_t client_port;
    uint32_t expected[EVAL_SIDS_MAX];
    size_t expected_count;
    uint32_t refused[EVAL_SIDS_MAX];
    size_t refused_count;
    struct eval_value values[EVAL_VALUES_MAX];
    size_t value_count;
    bool has_expectation;
    bool continues;       /* the flow of the case before */
    unsigned below;       /* the score that the matches must stay below; 0: not asked */
    struct buf memory[8]; /* texts whose escapes were undone, and headers put together */
};

enum {
    EVAL_URI,
    EVAL_REQUEST_HEADERS,
    EVAL_REQUEST_BODY,
    EVAL_ANSWER_HEADERS,
    EVAL_ANSWER_BODY,
    EVAL_LOCATION_HOST,
    EVAL_REFERER_HOST,
    EVAL_ORIGIN_HOST,
};

/* Reads lines up to the next `case`. A line that is not understood makes `*problem` its text. */
bool eval_next(struct slice *rest, unsigned *line, struct eval_case *out, struct slice *problem);
void eval_free(struct eval_case *eval);
