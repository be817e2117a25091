/* For the tests of the reader of pages: whole texts in, facts and entries as text out, for many ways of
 * cutting them. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "tests/unit/app/test_facts.h"

static const struct hash_key page_key = {{UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)}};

/* "text>target kind|" for each entry. */
static inline void help_note_entry(void *context, const struct catalogue_entry *entry)
{
    struct buf *told = context;
    assert_int_equal(entry->source, ENTRY_PAGE);
    buf_append(told, entry->title);
    buf_append_text(told, ">");
    buf_append(told, entry->uri);
    buf_append_text(told, entry->kind == ENTRY_RADIO ? " radio|" : "|");
}

/* Feeds chunks of `chunk` bytes, each in a block of exactly its size. */
static inline void help_feed_page(struct page_parser *parser, struct slice bytes, size_t chunk)
{
    while (bytes.len > 0) {
        struct slice part = slice_part(bytes, 0, chunk);
        uint8_t *block = malloc(part.len);
        assert_non_null(block);
        memcpy(block, part.data, part.len);
        page_feed(parser, slice_make(block, part.len));
        free(block);
        bytes = slice_from(bytes, part.len);
    }
}

static inline struct page_facts help_read_chunks(struct slice bytes, bool script, size_t chunk,
                                                 struct buf *told)
{
    catalogue_entry_fn note = told == NULL ? NULL : help_note_entry;
    struct page_parser *parser = page_create(&page_key, script, note, told);
    help_feed_page(parser, bytes, chunk);
    struct page_facts facts = *page_finish(parser, true);
    page_free(parser);
    return facts;
}

/* Facts, and entries where `told` is not NULL, after seeing that they are the same in chunks of all sizes. */
static inline struct page_facts help_read_bytes(struct slice bytes, bool script, struct buf *told)
{
    static const size_t chunks[] = {1, 2, 3, 7, 64, 1000, 16383, 16385};
    struct buf whole = buf_make(1 << 20);
    struct page_facts facts = help_read_chunks(bytes, script, SIZE_MAX, &whole);
    char wanted[FACTS_TEXT_SIZE];
    facts_print_page(&facts, wanted);
    for (size_t i = 0; i < ARRAY_COUNT(chunks); i++) {
        struct buf again = buf_make(1 << 20);
        struct page_facts other = help_read_chunks(bytes, script, chunks[i], &again);
        char got[FACTS_TEXT_SIZE];
        facts_print_page(&other, got);
        assert_string_equal(got, wanted);
        assert_true(slice_equal(buf_slice(&again), buf_slice(&whole)));
        buf_free(&again);
    }
    if (told != NULL) {
        buf_append(told, buf_slice(&whole));
    }
    buf_free(&whole);
    return facts;
}

static inline struct page_facts help_read(const char *text)
{
    return help_read_bytes(slice_text(text), false, NULL);
}

static inline void help_assert_entries(const char *text, const char *expected)
{
    struct buf told = buf_make(1 << 20);
    (void)help_read_bytes(slice_text(text), false, &told);
    buf_append_byte(&told, '\0');
    assert_string_equal((const char *)told.data, expected);
    buf_free(&told);
}
