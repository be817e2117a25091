/*
 * Rights holders: one file of rows. libyaml makes a tree of it, with the place of each node; so every mistake
 * of the file is told at once, at its place.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "daemon/rule/rights_priv.h"

struct reader {
    struct rights *rights;
    struct diagnostics *diagnostics;
    const char *file;
    yaml_document_t document;
    size_t holder; /* the row's */
    bool *seen;    /* holders that a row of this file is about, by their place in the set */
};

static struct rights_place place_of(const struct reader *reader, const yaml_node_t *node)
{
    return (struct rights_place){.file = reader->file,
                                 .file_number = reader->rights->file_count - 1,
                                 .line = (unsigned)node->start_mark.line + 1,
                                 .column = (unsigned)node->start_mark.column + 1};
}

static void PRINTF_LIKE(3, 4)
    complain(const struct reader *reader, const yaml_node_t *node, const char *format, ...)
{
    char text[256];
    struct rights_place place = place_of(reader, node);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    diagnostics_add(reader->diagnostics, place.file, place.line, place.column, "%s", text);
}

static yaml_node_t *node_at(struct reader *reader, int index)
{
    return yaml_document_get_node(&reader->document, index);
}

/* The text of a scalar, without a NUL in it; NULL (told) where the node is none. */
static const char *scalar_of(const struct reader *reader, const yaml_node_t *node, const char *what)
{
    if (node->type != YAML_SCALAR_NODE || node->data.scalar.length == 0 ||
        memchr(node->data.scalar.value, '\0', node->data.scalar.length) != NULL) {
        complain(reader, node, "expected %s", what);
        return NULL;
    }
    return (const char *)node->data.scalar.value;
}

static void *grow(void *items, size_t count, size_t size)
{
    void *grown = reallocarray(items, count + 1, size);
    if (grown == NULL) {
        abort();
    }
    return grown;
}

static char *copy_of(const char *text)
{
    char *copy = strdup(text);
    if (copy == NULL) {
        abort();
    }
    return copy;
}

/* ---- the keys of a row */

static void read_expression(struct reader *reader, const yaml_node_t *node, bool except)
{
    struct rights *rights = reader->rights;
    const char *text = scalar_of(reader, node, "an expression");
    if (text == NULL) {
        return;
    }
    if (rights->expression_count == RIGHTS_EXPRESSIONS_MAX) {
        complain(reader, node, "more expressions than %d in all files", RIGHTS_EXPRESSIONS_MAX);
        return;
    }
    struct rights_expression expression = {
        .text = copy_of(text), .holder = reader->holder, .except = except, .place = place_of(reader, node)};
    bool quoted = node->data.scalar.style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
                  node->data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    expression.place.column += quoted;
    rights_check_expression(&expression, reader->diagnostics);
    rights->expressions = grow(rights->expressions, rights->expression_count, sizeof expression);
    rights->expressions[rights->expression_count++] = expression;
}

static void read_found(struct reader *reader, const yaml_node_t *node)
{
    read_expression(reader, node, false);
}

static void read_except(struct reader *reader, const yaml_node_t *node)
{
    read_expression(reader, node, true);
}

static void read_example(struct reader *reader, const yaml_node_t *node, bool match)
{
    struct rights *rights = reader->rights;
    const char *text = scalar_of(reader, node, "a title");
    if (text == NULL) {
        return;
    }
    struct rights_example example = {
        .title = copy_of(text), .holder = reader->holder, .match = match, .place = place_of(reader, node)};
    rights->examples = grow(rights->examples, rights->example_count, sizeof example);
    rights->examples[rights->example_count++] = example;
}

static void read_match(struct reader *reader, const yaml_node_t *node)
{
    read_example(reader, node, true);
}

static void read_no_match(struct reader *reader, const yaml_node_t *node)
{
    read_example(reader, node, false);
}

static void read_country(struct reader *reader, const yaml_node_t *node)
{
    static const char hint[] = "two capital letters of ISO 3166 (GB for the United Kingdom), or \"*\"";
    struct rights_holder *holder = &reader->rights->holders[reader->holder];
    const char *text = scalar_of(reader, node, hint);
    if (text == NULL) {
        return;
    }
    if (strcmp(text, "*") == 0) {
        memset(holder->countries, 0xff, sizeof holder->countries);
        return;
    }
    bool good = strlen(text) == 2 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z';
    if (!good || strcmp(text, "UK") == 0 || strcmp(text, "EN") == 0) {
        complain(reader, node, "expected %s", hint);
        return;
    }
    unsigned bit = (unsigned)(text[0] - 'A') * 26 + (unsigned)(text[1] - 'A');
    holder->countries[bit / 64] |= UINT64_C(1) << bit % 64;
}

static void read_name(struct reader *reader, const yaml_node_t *node)
{
    struct rights_holder *holder = &reader->rights->holders[reader->holder];
    const char *text = scalar_of(reader, node, "a name");
    if (text == NULL) {
        return;
    }
    if (strlen(text) >= sizeof holder->name) {
        complain(reader, node, "a name of more than %d bytes", RIGHTS_NAME_SIZE - 1);
        memcpy(holder->name, text, sizeof holder->name - 1);
    } else if (holder->name[0] != '\0' && strcmp(holder->name, text) != 0) {
        complain(reader, node, "another name than \"%s\", which this id has; expected none", holder->name);
    } else {
        memcpy(holder->name, text, strlen(text) + 1);
    }
}

struct row_key {
    const char *name;
    bool list; /* a list of values; a single one stands for a list of one */
    void (*read)(struct reader *reader, const yaml_node_t *node);
};

static const struct row_key row_keys[] = {
    {"name", false, read_name},    {"country", true, read_country}, {"expressions", true, read_found},
    {"except", true, read_except}, {"match", true, read_match},     {"no_match", true, read_no_match},
    {"id", false, NULL}, /* read before all others */
};

static void read_value(struct reader *reader, const struct row_key *key, const yaml_node_t *node)
{
    if (!key->list || node->type != YAML_SEQUENCE_NODE) {
        key->read(reader, node);
        return;
    }
    for (const yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top;
         item++) {
        key->read(reader, node_at(reader, *item));
    }
}

static const struct row_key *find_key(const yaml_node_t *node)
{
    for (size_t i = 0; i < ARRAY_COUNT(row_keys); i++) {
        if (node->type == YAML_SCALAR_NODE &&
            strcmp((const char *)node->data.scalar.value, row_keys[i].name) == 0) {
            return &row_keys[i];
        }
    }
    return NULL;
}

/* ---- rows */

static bool id_is_good(const char *id)
{
    size_t len = strlen(id);
    bool good = len > 0 && len < RIGHTS_HOLDER_SIZE && id[0] != '-';
    for (size_t i = 0; i < len && good; i++) {
        good = (id[i] >= 'a' && id[i] <= 'z') || (id[i] >= '0' && id[i] <= '9') || id[i] == '-';
    }
    return good;
}

static size_t find_holder(const struct rights *rights, const char *id)
{
    size_t i = 0;
    while (i < rights->count && strcmp(rights->holders[i].id, id) != 0) {
        i++;
    }
    return i;
}

/* Makes `holder` the row's; false (told) where the row has no good id. */
static bool take_id(struct reader *reader, const yaml_node_t *node)
{
    struct rights *rights = reader->rights;
    const char *id = scalar_of(reader, node, "an id");
    if (id == NULL) {
        return false;
    }
    if (!id_is_good(id)) {
        complain(reader, node, "\"%s\" is no id; expected at most 31 lower-case letters, digits and hyphens",
                 id);
        return false;
    }
    size_t holder = find_holder(rights, id);
    if (holder == RIGHTS_MAX) {
        complain(reader, node, "more rights holders than %d in all files", RIGHTS_MAX);
        return false;
    }
    if (holder < rights->count && reader->seen[holder]) {
        complain(reader, node, "id %s stands in this file twice; expected one row", id);
        return false;
    }
    if (holder == rights->count) {
        struct rights_holder *made = &rights->holders[rights->count++];
        memcpy(made->id, id, strlen(id) + 1);
        made->place = place_of(reader, node);
    }
    reader->seen[holder] = true;
    reader->holder = holder;
    return true;
}

static yaml_node_t *find_id(struct reader *reader, const yaml_node_t *row)
{
    for (const yaml_node_pair_t *pair = row->data.mapping.pairs.start; pair < row->data.mapping.pairs.top;
         pair++) {
        const struct row_key *key = find_key(node_at(reader, pair->key));
        if (key != NULL && key->read == NULL) {
            return node_at(reader, pair->value);
        }
    }
    return NULL;
}

/* A row that makes a holder says who that is and where it sells. */
static void check_holder(const struct reader *reader, const yaml_node_t *row)
{
    const struct rights_holder *holder = &reader->rights->holders[reader->holder];
    uint64_t countries = 0;
    for (size_t i = 0; i < COUNTRY_WORDS; i++) {
        countries |= holder->countries[i];
    }
    if (holder->name[0] == '\0') {
        complain(reader, row, "%s is new and has no name", holder->id);
    }
    if (countries == 0) {
        complain(reader, row,
                 "%s is new and has no country; expected the countries in which it sells, or \"*\"",
                 holder->id);
    }
}

static void read_row(struct reader *reader, const yaml_node_t *row)
{
    if (row->type != YAML_MAPPING_NODE) {
        complain(reader, row, "expected a row with id, name, country, expressions, match and no_match");
        return;
    }
    const yaml_node_t *id = find_id(reader, row);
    if (id == NULL) {
        complain(reader, row, "a row without id");
        return;
    }
    if (!take_id(reader, id)) {
        return;
    }
    uint32_t given = 0;
    for (const yaml_node_pair_t *pair = row->data.mapping.pairs.start; pair < row->data.mapping.pairs.top;
         pair++) {
        const yaml_node_t *name = node_at(reader, pair->key);
        const struct row_key *key = find_key(name);
        uint32_t bit = key == NULL ? 0 : UINT32_C(1) << (key - row_keys);
        if (key == NULL) {
            complain(reader, name,
                     "unknown key; expected id, name, country, expressions, except, match or no_match");
        } else if ((given & bit) != 0) {
            complain(reader, name, "%s stands in this row twice", key->name);
        } else if (key->read != NULL) {
            read_value(reader, key, node_at(reader, pair->value));
        }
        given |= bit;
    }
    check_holder(reader, row);
}

static void read_document(struct reader *reader)
{
    const yaml_node_t *root = yaml_document_get_root_node(&reader->document);
    if (root == NULL) {
        return; /* comments only */
    }
    if (root->type != YAML_SEQUENCE_NODE) {
        complain(reader, root, "expected a list of rows, each \"- id: ...\"");
        return;
    }
    for (const yaml_node_item_t *item = root->data.sequence.items.start; item < root->data.sequence.items.top;
         item++) {
        read_row(reader, node_at(reader, *item));
    }
}

/* The text is no YAML, or no UTF-8, of which libyaml tells the offset only. */
static void complain_of_text(const struct reader *reader, const yaml_parser_t *parser, struct slice text)
{
    unsigned line = (unsigned)parser->problem_mark.line + 1;
    unsigned column = (unsigned)parser->problem_mark.column + 1;
    if (parser->error == YAML_READER_ERROR) {
        line = 1;
        column = 1;
        for (size_t i = 0; i < parser->problem_offset && i < text.len; i++) {
            column = text.data[i] == '\n' ? 1 : column + 1;
            line += text.data[i] == '\n';
        }
    }
    diagnostics_add(reader->diagnostics, reader->file, line, column, "%s; expected YAML in UTF-8",
                    parser->problem == NULL ? "cannot be read" : parser->problem);
}

void rights_read(struct rights *rights, const char *file, struct slice text, struct diagnostics *diagnostics)
{
    bool seen[RIGHTS_MAX] = {false};
    struct reader reader = {.rights = rights, .diagnostics = diagnostics, .file = file, .seen = seen};
    yaml_parser_t parser;
    if (yaml_parser_initialize(&parser) == 0) {
        abort();
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, text.data == NULL ? (const uint8_t *)"" : text.data, text.len);
    if (yaml_parser_load(&parser, &reader.document) != 0) {
        read_document(&reader);
        yaml_document_delete(&reader.document);
    } else {
        complain_of_text(&reader, &parser, text);
    }
    yaml_parser_delete(&parser);
}
