/* Two stages with an option of every type, for the tests of control/config. */
#pragma once

#include <stdlib.h>

#include "control/config.h"

struct alpha_settings {
    bool on;
    uint64_t max;
    uint64_t room;
    int64_t wait;
    char *path;
    int mode;
};

struct beta_settings {
    char *url;
    char *password;
    struct text_list files;
    struct text_list basis;
    struct prefix_list home;
    char *name; /* "beta" itself: an option that is a section too */
};

static const char *const sample_modes[] = {"off", "manual", "auto", NULL};
static const char *const sample_bases[] = {"content", "listed", NULL};

#define ALPHA(member) .offset = offsetof(struct alpha_settings, member)
#define BETA(member)  .offset = offsetof(struct beta_settings, member)

static const struct option alpha_rows[] = {
    {"alpha.on", OPTION_BOOL, ALPHA(on), .default_text = "true", .reload = true, .help = "Whether it is on."},
    {"alpha.max", OPTION_NUMBER, ALPHA(max), .default_text = "10", .min = 1, .max = 100, .help = "How many."},
    {"alpha.room", OPTION_SIZE, ALPHA(room), .default_text = "64KiB", .max = 1 << 30,
     .help = "Bytes <held>."},
    {"alpha.wait_time", OPTION_DURATION, ALPHA(wait), .default_text = "5s", .min = 1000,
     .help = "Written `a <b> *c*`, or *d*."},
    {"path", OPTION_TEXT, ALPHA(path), .default_text = "", .help = "A path."},
    {"alpha.mode", OPTION_CHOICE, ALPHA(mode), .default_text = "manual", .choices = sample_modes,
     .reload = true, .help = "A mode."},
};
static const struct option beta_rows[] = {
    {"beta.url", OPTION_TEXT, BETA(url), .default_text = "", .help = "A URL."},
    {"beta.password", OPTION_TEXT, BETA(password), .default_text = "", .secret = true, .help = "A password."},
    {"beta.files", OPTION_TEXT_LIST, BETA(files), .default_text = "a.rules, b.rules", .help = "Files."},
    {"beta.basis", OPTION_TEXT_LIST, BETA(basis), .default_text = "content", .choices = sample_bases,
     .help = "A basis."},
    {"beta.net.home", OPTION_PREFIX_LIST, BETA(home), .default_text = "", .help = "Prefixes."},
    {"beta", OPTION_TEXT, BETA(name), .default_text = "", .help = "A name."},
};
static const struct option_table alpha_table = {"alpha", alpha_rows, ARRAY_COUNT(alpha_rows),
                                                sizeof(struct alpha_settings)};
static const struct option_table beta_table = {"beta", beta_rows, ARRAY_COUNT(beta_rows),
                                               sizeof(struct beta_settings)};

enum { SAMPLE_SECTIONS = 2 };

struct sample {
    struct alpha_settings alpha;
    struct beta_settings beta;
    struct config_section sections[SAMPLE_SECTIONS];
    struct diagnostics diagnostics;
};

static inline struct sample *sample_create(void)
{
    struct sample *sample = calloc(1, sizeof *sample);
    if (sample == NULL) {
        abort();
    }
    sample->sections[0] = (struct config_section){&alpha_table, &sample->alpha};
    sample->sections[1] = (struct config_section){&beta_table, &sample->beta};
    return sample;
}

static inline void sample_free(struct sample *sample)
{
    config_free(sample->sections, SAMPLE_SECTIONS);
    diagnostics_free(&sample->diagnostics);
    free(sample);
}

/* What `print` writes, as text that the caller frees. */
static inline char *sample_dump(const struct sample *sample)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    config_dump(sample->sections, SAMPLE_SECTIONS, out);
    fclose(out);
    return text;
}

static inline char *sample_mistakes(const struct sample *sample)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    diagnostics_print(&sample->diagnostics, out);
    fclose(out);
    return text;
}
