/*
 * app/title: any bytes. The name is bounded, valid UTF-8, in lower case as far as ASCII goes, with single
 * blanks between words; a list of such titles keeps its counts within one another.
 */
#include "base/text.h"
#include "daemon/app/title_priv.h"
#include "tests/fuzz/splitter.h"

static const struct hash_key key = {{1, 2}};

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_name(const struct title_name *name)
{
    require(name->len <= sizeof name->bytes);
    for (size_t i = 0; i < name->len; i++) {
        uint8_t byte = name->bytes[i];
        require(byte >= ' ' && byte != 0x7f && !(byte >= 'A' && byte <= 'Z'));
        require(byte != '|' && byte != '(' && byte != ')' && byte != '.' && byte != '-');
        require(byte != ' ' || (i > 0 && i + 1 < name->len && name->bytes[i - 1] != ' '));
    }
    /* What is not valid is replaced there. */
    struct buf clean = buf_make(4 * TITLE_NAME_MAX);
    text_append_clean(&clean, title_name_slice(name), 4 * TITLE_NAME_MAX);
    require(slice_equal(buf_slice(&clean), title_name_slice(name)));
    buf_free(&clean);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = slice_make(data, size);
    struct title_counter *counter = title_counter_create(&key);
    uint64_t entries = 0;
    while (rest.len > 0) {
        void *block, *group_block;
        struct slice title = splitter_copy(slice_split(&rest, '\n'), &block);
        struct slice group = splitter_copy(slice_part(rest, 0, slice_index(rest, '\n')), &group_block);
        struct title_name name;
        title_normalise(title, &name);
        check_name(&name);
        struct catalogue_entry entry = {
            .kind = (enum entry_kind)(title.len % ENTRY_KIND_COUNT), .title = title, .group = group};
        title_count_entry(counter, &entry, &name);
        title_count_category(counter, group);
        entries += 2;
        free(block);
        free(group_block);
    }
    struct title_facts facts;
    title_finish(counter, &facts);
    require(facts.country_prefixes <= facts.prefixed_titles && facts.prefixed_titles <= entries);
    require(facts.separators <= entries && facts.ppv <= entries && facts.loops <= entries);
    require(facts.superscripts <= entries && facts.quality_duplicates <= entries);
    title_counter_free(counter);
    return 0;
}
