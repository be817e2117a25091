/* For the tests of the playlist parser: whole texts in, facts out, for many ways of cutting them. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/app/test_facts.h"

static const struct hash_key help_key = {{UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)}};

static inline struct credential_hashes help_credentials(const char *user, const char *password)
{
    return (struct credential_hashes){.user = hash_bytes(&help_key, user, strlen(user)),
                                      .password = hash_bytes(&help_key, password, strlen(password))};
}

/* Feeds chunks of `chunk` bytes, each in a block of exactly its size. */
static inline void help_feed(struct m3u_parser *parser, struct slice bytes, size_t chunk)
{
    while (bytes.len > 0) {
        struct slice part = slice_part(bytes, 0, chunk);
        uint8_t *block = malloc(part.len);
        assert_non_null(block);
        memcpy(block, part.data, part.len);
        m3u_feed(parser, slice_make(block, part.len));
        free(block);
        bytes = slice_from(bytes, part.len);
    }
}

static inline struct m3u_facts help_parse_chunks(struct slice bytes, size_t chunk, bool complete)
{
    struct credential_hashes credentials = help_credentials("alice77", "s3cret9");
    struct m3u_parser *parser = m3u_create(&help_key, &credentials, NULL, NULL);
    help_feed(parser, bytes, chunk);
    struct m3u_facts facts;
    m3u_finish(parser, complete, &facts);
    m3u_free(parser);
    return facts;
}

/* The facts of a whole text, after seeing that they are the same byte by byte and in other chunks. */
static inline struct m3u_facts help_parse(const char *text)
{
    static const size_t chunks[] = {1, 2, 3, 7, 64, 1000};
    struct slice bytes = slice_text(text);
    struct m3u_facts facts = help_parse_chunks(bytes, SIZE_MAX, true);
    char wanted[FACTS_TEXT_SIZE];
    facts_print_m3u(&facts, wanted);
    for (size_t i = 0; i < ARRAY_COUNT(chunks); i++) {
        struct m3u_facts again = help_parse_chunks(bytes, chunks[i], true);
        char got[FACTS_TEXT_SIZE];
        facts_print_m3u(&again, got);
        assert_string_equal(got, wanted);
    }
    assert_int_equal(facts.live + facts.movies + facts.series + facts.radio, facts.entries);
    return facts;
}

/* The last entry that was told, copied. */
struct help_entry {
    unsigned count;
    char uri[512], title[2048], group[2048], tvg_id[512];
    enum entry_kind kind;
};

static inline void help_copy(char *out, size_t size, struct slice text)
{
    assert_true(text.len < size);
    if (text.len > 0) {
        memcpy(out, text.data, text.len);
    }
    out[text.len] = '\0';
}

static inline void help_take_entry(void *context, const struct catalogue_entry *entry)
{
    struct help_entry *out = context;
    out->count++;
    help_copy(out->uri, sizeof out->uri, entry->uri);
    help_copy(out->title, sizeof out->title, entry->title);
    help_copy(out->group, sizeof out->group, entry->group);
    help_copy(out->tvg_id, sizeof out->tvg_id, entry->tvg_id);
    out->kind = entry->kind;
}

/* The last entry of a text, the same for the whole and byte by byte. */
static inline struct help_entry help_last_entry(const char *text)
{
    struct help_entry entries[2];
    memset(entries, 0, sizeof entries);
    for (int i = 0; i < 2; i++) {
        struct credential_hashes none = {0, 0};
        struct m3u_parser *parser = m3u_create(&help_key, &none, help_take_entry, &entries[i]);
        help_feed(parser, slice_text(text), i == 0 ? SIZE_MAX : 1);
        struct m3u_facts facts;
        m3u_finish(parser, true, &facts);
        assert_int_equal(facts.entries, entries[i].count);
        m3u_free(parser);
    }
    assert_memory_equal(&entries[0], &entries[1], sizeof entries[0]);
    return entries[0];
}
