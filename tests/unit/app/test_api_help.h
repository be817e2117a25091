/* For the tests of panel and portal answers: documents in, facts out, for many ways of cutting them. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/hash.h"
#include "tests/unit/app/test_facts.h"

static const struct hash_key help_key = {{1, 2}};

#define SHAPE(shape) (UINT32_C(1) << (shape))

static inline struct api_facts help_parse_chunks(struct slice bytes, size_t chunk)
{
    struct api_parser *parser = api_create(&help_key, NULL, NULL);
    while (bytes.len > 0) {
        struct slice part = slice_part(bytes, 0, chunk);
        uint8_t *block = malloc(part.len);
        assert_non_null(block);
        memcpy(block, part.data, part.len);
        api_feed(parser, slice_make(block, part.len));
        free(block);
        bytes = slice_from(bytes, part.len);
    }
    struct api_facts facts;
    api_finish(parser, &facts);
    api_free(parser);
    return facts;
}

/* The facts of a document, after seeing that they are the same byte by byte and in other chunks. */
static inline struct api_facts help_parse(const char *document)
{
    static const size_t chunks[] = {1, 2, 3, 7, 64, 1000};
    struct slice bytes = slice_text(document);
    struct api_facts facts = help_parse_chunks(bytes, SIZE_MAX);
    char wanted[FACTS_TEXT_SIZE];
    facts_print_api(&facts, wanted);
    for (size_t i = 0; i < ARRAY_COUNT(chunks); i++) {
        struct api_facts again = help_parse_chunks(bytes, chunks[i]);
        char got[FACTS_TEXT_SIZE];
        facts_print_api(&again, got);
        assert_string_equal(got, wanted);
    }
    return facts;
}

static inline void assert_facts(const char *document, const char *wanted)
{
    struct api_facts facts = help_parse(document);
    char got[FACTS_TEXT_SIZE];
    facts_print_api(&facts, got);
    assert_string_equal(got, wanted);
}

static inline void assert_shapes(const char *document, uint32_t wanted)
{
    assert_int_equal(help_parse(document).shapes, wanted);
}
