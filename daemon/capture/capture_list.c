/* The files behind one -r PATH. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <sys/stat.h>

#include "base/text_list.h"
#include "capture/capture.h"

static int compare_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What is neither a file nor a link to one is left out; a link that leads nowhere is kept: opening it tells.
 */
static bool is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) != 0 || S_ISREG(status.st_mode);
}

static bool list_folder(const char *path, struct text_list *out, struct failure *failure)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return failure_set(failure, EXIT_STATUS_NO_INPUT, "%s: cannot be opened: %s", path, strerror(errno));
    }
    size_t first = out->count;
    bool slash = path[strlen(path) - 1] == '/';
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        char *file = NULL;
        if (asprintf(&file, "%s%s%s", path, slash ? "" : "/", entry->d_name) < 0) {
            abort();
        }
        if (is_file(file)) {
            text_list_add(out, file);
        }
        free(file);
    }
    (void)closedir(folder);
    if (out->count == first) {
        return failure_set(failure, EXIT_STATUS_NO_INPUT, "%s: no files in this folder", path);
    }
    qsort(out->items + first, out->count - first, sizeof *out->items, compare_bytes);
    return true;
}

bool capture_list_files(const char *path, struct text_list *out, struct failure *failure)
{
    struct stat status;
    if (strcmp(path, "-") != 0) {
        if (stat(path, &status) != 0) {
            return failure_set(failure, EXIT_STATUS_NO_INPUT, "%s: cannot be opened: %s", path,
                               strerror(errno));
        }
        if (S_ISDIR(status.st_mode)) {
            return list_folder(path, out, failure);
        }
    }
    text_list_add(out, path);
    return true;
}
