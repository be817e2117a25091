/* What the files that read rule text share. */
#pragma once

#include "base/buf.h"
#include "daemon/rule/rule_priv.h"

/* Where a line of the file begins in a statement. */
struct source_line {
    size_t at;
    unsigned line;
};

/* A file's text, cut into statements: lines joined where one ends in a backslash. */
struct source {
    const char *file;
    struct slice rest;
    unsigned line; /* of `rest` */
    struct buf text;
    struct source_line *lines; /* owned */
    size_t line_count;
    size_t line_room;
};

struct source source_make(const char *file, struct slice text);
void source_free(struct source *source);
/* The next statement into `source->text`; false at the end. Blank lines and comments are skipped. */
bool source_next(struct source *source);
void source_place(const struct source *source, size_t at, unsigned *line, unsigned *column);

/* What rules are loaded into and checked against. */
struct rule_loader {
    struct diagnostics *diagnostics;
    struct datasets *datasets;
    rule_protocol_fn protocol; /* NULL where nDPI is off */
    void *protocol_context;
    bool parsed_ndpi;
    uint64_t max_rules;
    struct flowbits flowbits;
    struct pcre_pool *patterns;
    struct rule_body **bodies; /* owned until the set takes them */
    size_t count;
    size_t room;
};

/* Reads one file's text. `file` is kept by the rules and must outlive them. */
void rule_parse_text(struct rule_loader *loader, const char *file, struct slice text);

enum { NO_STEP = SIZE_MAX };

/* One statement that is being read. */
struct rule_parse {
    struct rule_loader *loader;
    const struct source *source;
    struct slice text;
    bool own_file;    /* *.vigie.rules */
    bool failed;      /* an error was told */
    bool answer_part; /* of a => rule: behind the first keyword of the answer */
    bool has_msg, has_sid, has_rev, has_family, has_weight;
    const struct keyword *keyword; /* whose value is read now */
    size_t keyword_at;
    struct rule_body *rule;
    size_t group; /* the current buffer's, or NO_STEP */
    size_t step;  /* the last content of that group, or NO_STEP */
};

void parse_error(struct rule_parse *parse, size_t at, const char *format, ...) PRINTF_LIKE(3, 4);

/* The header up to the bracket; returns where the options begin, or SIZE_MAX. */
size_t parse_header(struct rule_parse *parse);

/* Pieces of values. */
struct option_value value_trim(struct option_value value);
/* Takes what stands before the first `byte` off the value. */
struct option_value value_split(struct option_value *rest, uint8_t byte);
/* Takes `text` off the value's front, if it stands there. */
bool value_take(struct option_value *value, const char *text);
/* Removes the quotes, and a `!` before them where `negated` is not NULL. */
bool value_unquote(struct rule_parse *parse, struct option_value *value, bool *negated);
bool value_u64(struct rule_parse *parse, struct option_value value, uint64_t max, uint64_t *out);
bool value_range(struct rule_parse *parse, struct option_value value, struct number_range *out);

struct buffer_group *parse_open_group(struct rule_parse *parse, const struct keyword *buffer,
                                      enum rule_side side, size_t at);
struct match_step *parse_add_step(struct rule_parse *parse, enum step_type type);
struct condition *parse_add_condition(struct rule_parse *parse);

/* Parsers of the table's rows. */
void parse_msg(struct rule_parse *parse, const struct option_value *value);
void parse_sid(struct rule_parse *parse, const struct option_value *value);
void parse_rev(struct rule_parse *parse, const struct option_value *value);
void parse_ignored(struct rule_parse *parse, const struct option_value *value);
void parse_metadata(struct rule_parse *parse, const struct option_value *value);
void parse_flow(struct rule_parse *parse, const struct option_value *value);
void parse_content(struct rule_parse *parse, const struct option_value *value);
void parse_nocase(struct rule_parse *parse, const struct option_value *value);
void parse_startswith(struct rule_parse *parse, const struct option_value *value);
void parse_endswith(struct rule_parse *parse, const struct option_value *value);
void parse_depth(struct rule_parse *parse, const struct option_value *value);
void parse_offset(struct rule_parse *parse, const struct option_value *value);
void parse_distance(struct rule_parse *parse, const struct option_value *value);
void parse_within(struct rule_parse *parse, const struct option_value *value);
void parse_pcre(struct rule_parse *parse, const struct option_value *value);
void parse_bsize(struct rule_parse *parse, const struct option_value *value);
void parse_urilen(struct rule_parse *parse, const struct option_value *value);
void parse_dataset(struct rule_parse *parse, const struct option_value *value);
void parse_flowbits(struct rule_parse *parse, const struct option_value *value);
void parse_ndpi(struct rule_parse *parse, const struct option_value *value);
/* Of KEYWORD_NUMBER and KEYWORD_WORDS. */
void parse_number(struct rule_parse *parse, const struct option_value *value);
void parse_words(struct rule_parse *parse, const struct option_value *value);

/* What follows from all options together: directions, stage, kind, what is shown. */
void rule_finish(struct rule_parse *parse);
