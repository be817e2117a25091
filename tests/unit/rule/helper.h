/* What the rule tests share: loading rules from text, and a transaction to ask them about. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rule/rule_set.h"

/* A folder of this test's own, removed with its files by folder_remove. */
static inline char *folder_make(void)
{
    char *folder = strdup("/tmp/vigie-rule-XXXXXX");
    assert_non_null(folder);
    assert_non_null(mkdtemp(folder));
    return folder;
}

static inline char *folder_path(const char *folder, const char *name)
{
    char *path = NULL;
    assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
    return path;
}

static inline void folder_write(const char *folder, const char *name, const char *text)
{
    char *path = folder_path(folder, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    fclose(file);
    free(path);
}

static inline void folder_remove(char *folder)
{
    char *command = NULL;
    assert_true(asprintf(&command, "rm -r '%s'", folder) > 0);
    assert_int_equal(system(command), 0);
    free(command);
    free(folder);
}

static inline struct rule_set *rules_load(const char *folder, const char *file, bool eager,
                                          struct diagnostics *diagnostics)
{
    struct rule_settings settings = {0};
    option_set_defaults(&rule_options, &settings);
    char *path = folder_path(folder, file);
    char *lists = strdup(folder);
    settings.files = (struct text_list){.items = &path, .count = 1};
    settings.lists = (struct text_list){.items = &lists, .count = 1};
    struct rule_set *set = rule_set_load(&settings, NULL, NULL, NULL, false, eager, diagnostics);
    free(path);
    free(lists);
    return set;
}

/* Rules of one text; every mistake fails the test. */
static inline struct rule_set *rules_from(const char *text)
{
    struct diagnostics diagnostics = {0};
    char *folder = folder_make();
    folder_write(folder, "t.vigie.rules", text);
    struct rule_set *set = rules_load(folder, "t.vigie.rules", false, &diagnostics);
    diagnostics_print(&diagnostics, stderr);
    diagnostics_free(&diagnostics);
    folder_remove(folder);
    assert_non_null(set);
    return set;
}

/* A claim with the given options. */
#define CLAIM(options)                                                                                       \
    "alert http any any -> any any (msg:\"m\"; sid:1; metadata: family xtream, role panel, weight "          \
    "40; " options ")\n"
