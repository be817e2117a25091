/*
 * rule/rights: any bytes as a file of rights holders. What was read stays within its caps; every mistake has
 * a place within the text; a set without mistakes names every row's holder and can be asked.
 */
#include <stdlib.h>

#include "app/title.h"
#include "daemon/rule/rights_priv.h"

enum { TEXT_MAX = 4096 };

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check(const struct rights *rights, const struct diagnostics *diagnostics, size_t size)
{
    require(rights->count <= RIGHTS_MAX && rights->expression_count <= RIGHTS_EXPRESSIONS_MAX);
    for (size_t i = 0; i < rights->count; i++) {
        const struct rights_holder *holder = &rights->holders[i];
        require(holder->id[0] != '\0' && memchr(holder->id, '\0', sizeof holder->id) != NULL);
        require(memchr(holder->name, '\0', sizeof holder->name) != NULL);
        require(diagnostics->count > 0 || holder->name[0] != '\0');
    }
    for (size_t i = 0; i < rights->expression_count; i++) {
        require(rights->expressions[i].holder < rights->count && rights->expressions[i].text[0] != '\0');
    }
    for (size_t i = 0; i < rights->example_count; i++) {
        require(rights->examples[i].holder < rights->count);
    }
    for (size_t i = 0; i < diagnostics->count; i++) {
        require(diagnostics->items[i].line > 0 && diagnostics->items[i].line <= size + 1);
        require(diagnostics->items[i].column > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *names[] = {"fuzz"};
    if (size > TEXT_MAX) {
        return 0;
    }
    struct rights rights = {.files = names, .file_count = 1};
    struct diagnostics diagnostics = {0};
    rights_read(&rights, names[0], slice_make(data, size), &diagnostics);
    check(&rights, &diagnostics, size);
    struct http_memo memo = {.count = 0};
    struct rights_holders told;
    rights.key.words[0] = 7;
    memo.rights.set = 7;
    for (size_t i = 0; i < rights.count; i++) {
        memo.rights.owned[i] = (uint16_t)(data[0] & 1);
        memo.rights.fits[i] = (uint16_t)(i + 1);
    }
    require(rights_tell(&rights, &memo.rights, &told) == (rights.count > 0));
    require(told.count <= RIGHTS_HOLDERS_MAX && rights_owners(&memo.rights) <= rights.count);
    require(rights_markets(&rights, &memo.rights) <= 26 * 26);
    for (size_t i = 0; i < rights.expression_count; i++) {
        free(rights.expressions[i].text);
    }
    for (size_t i = 0; i < rights.example_count; i++) {
        free(rights.examples[i].title);
    }
    free(rights.expressions);
    free(rights.examples);
    diagnostics_free(&diagnostics);
    return 0;
}
