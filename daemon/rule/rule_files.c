/* The files that rules are made of: which they are, and what is in them. */
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/rule/rule_files_priv.h"

enum { READ_CHUNK = 1 << 16 };

static void add_file(struct text_list *files, const char *name)
{
    for (size_t i = 0; i < files->count; i++) {
        if (strcmp(files->items[i], name) == 0) {
            return;
        }
    }
    text_list_add(files, name);
}

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

int rule_files_find(const char *pattern, int flags, struct text_list *files)
{
    glob_t found = {0};
    int result = glob(pattern, GLOB_NOSORT | flags, NULL, &found);
    if (result == 0) {
        qsort(found.gl_pathv, found.gl_pathc, sizeof *found.gl_pathv, compare_texts);
        for (size_t i = 0; i < found.gl_pathc; i++) {
            add_file(files, found.gl_pathv[i]);
        }
    }
    globfree(&found);
    return result;
}

void rule_files_find_rights(const struct text_list *folders, struct text_list *files)
{
    for (size_t i = 0; i < folders->count; i++) {
        char *pattern = NULL;
        if (asprintf(&pattern, "%s/rights-holders*.yaml", folders->items[i]) < 0) {
            abort();
        }
        (void)rule_files_find(pattern, 0, files);
        free(pattern);
    }
}

bool rule_file_read(const char *name, struct buf *out)
{
    FILE *file = fopen(name, "re");
    if (file == NULL) {
        return false;
    }
    uint8_t *chunk = malloc(READ_CHUNK);
    if (chunk == NULL) {
        abort();
    }
    size_t len;
    while ((len = fread(chunk, 1, READ_CHUNK, file)) > 0 && buf_append(out, slice_make(chunk, len))) {
    }
    bool good = ferror(file) == 0;
    free(chunk);
    fclose(file);
    return good;
}

static void digest_file(const char *name, struct sha256_context *digest)
{
    struct buf text = buf_make(RULE_FILE_BYTES_MAX);
    sha256_update(digest, slice_make(name, strlen(name) + 1));
    (void)rule_file_read(name, &text);
    sha256_update(digest, slice_make(&text.len, sizeof text.len));
    sha256_update(digest, buf_slice(&text));
    buf_free(&text);
}

void rule_files_digest(const struct rule_settings *settings, bool parsed_ndpi, uint8_t out[SHA256_SIZE])
{
    struct text_list files = {0};
    struct sha256_context *digest = sha256_begin();
    for (size_t i = 0; i < settings->files.count; i++) {
        (void)rule_files_find(settings->files.items[i], 0, &files);
    }
    rule_files_find_rights(&settings->lists, &files);
    for (size_t i = 0; i < files.count; i++) {
        digest_file(files.items[i], digest);
    }
    const uint64_t numbers[] = {settings->steps, settings->max_rules, parsed_ndpi};
    sha256_update(digest, slice_make(numbers, sizeof numbers));
    sha256_end(digest, out);
    text_list_free(&files);
}
