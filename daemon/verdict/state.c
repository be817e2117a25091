/* The state file on disk: written beside and renamed over, read back at the start. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/verdict/memory_priv.h"
#include "daemon/verdict/state_priv.h"

static char *path_with(const char *path, const char *suffix)
{
    char *joined;
    if (asprintf(&joined, "%s%s", path, suffix) < 0) {
        abort();
    }
    return joined;
}

/* The name is on disk only when its folder is. */
static bool sync_folder(const char *path)
{
    char *copy = memory_text(path);
    int descriptor = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(copy);
    bool good = descriptor >= 0 && fsync(descriptor) == 0;
    if (descriptor >= 0) {
        close(descriptor);
    }
    return good;
}

static bool write_file(const struct verdict *verdict, const char *path)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    FILE *out = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    if (out == NULL) {
        if (descriptor >= 0) {
            close(descriptor);
        }
        return false;
    }
    state_write(verdict, out);
    bool good = fflush(out) == 0 && !ferror(out) && fsync(descriptor) == 0;
    return fclose(out) == 0 && good;
}

bool verdict_save(const struct verdict *verdict, const char *path, struct failure *failure)
{
    char *beside = path_with(path, ".tmp");
    bool good = write_file(verdict, beside) && rename(beside, path) == 0 && sync_folder(path);
    int reason = errno;
    if (!good) {
        unlink(beside);
    }
    free(beside);
    return good || failure_set(failure, EXIT_STATUS_RUNTIME, "state file %s cannot be written: %s", path,
                               strerror(reason));
}

static int compare_told_time(const void *a, const void *b)
{
    const struct service *left = *(struct service *const *)a;
    const struct service *right = *(struct service *const *)b;
    if (left->told.time_us != right->told.time_us) {
        return left->told.time_us < right->told.time_us ? -1 : 1;
    }
    return left->told.number < right->told.number ? -1 : left->told.number > right->told.number;
}

/* What follows from the lines: those told wait for their refresh in the order of telling, and nameless
 * services lend again. */
static void restore_order(struct verdict *verdict)
{
    struct service **told = memory_zeroed(verdict->services.count + 1, sizeof(struct service *));
    size_t count = 0;
    for (struct service *service = first_seen_service(verdict); service != NULL;
         service = next_seen_service(verdict, service)) {
        if (service->told.number != 0) {
            told[count++] = service;
        }
        if (service->key.name[0] == '\0') {
            judge_lending(verdict, service->address, &service->key, false);
        }
    }
    qsort(told, count, sizeof(struct service *), compare_told_time);
    for (size_t i = 0; i < count; i++) {
        list_append(&verdict->waiting, &told[i]->timer);
    }
    free(told);
    verdict->recheck = true;
    store_count(verdict);
}

static int compare_notice_time(const void *a, const void *b)
{
    const struct notice_record *left = *(struct notice_record *const *)a;
    const struct notice_record *right = *(struct notice_record *const *)b;
    if (left->told.time_us != right->told.time_us) {
        return left->told.time_us < right->told.time_us ? -1 : 1;
    }
    return left->told.number < right->told.number ? -1 : left->told.number > right->told.number;
}

static void restore_notices(struct verdict *verdict)
{
    struct notice_record **told = memory_zeroed(verdict->notices.count + 1, sizeof(struct notice_record *));
    size_t count = 0;
    for (struct notice_record *record = notice_first(verdict); record != NULL;
         record = notice_next(verdict, record)) {
        told[count++] = record;
    }
    qsort(told, count, sizeof(struct notice_record *), compare_notice_time);
    for (size_t i = 0; i < count; i++) {
        list_append(&verdict->notices_waiting, &told[i]->timer);
    }
    free(told);
}

static void forget_all(struct verdict *verdict)
{
    store_free(verdict);
    store_init(verdict);
    verdict->now_us = INT64_MIN;
    verdict->saved_us = 0;
    verdict->service_number = 0;
    verdict->told_number = 0;
    store_count(verdict);
}

bool state_load(struct verdict *verdict, FILE *in, char why[STATE_WHY_SIZE])
{
    if (!state_read(verdict, in, why)) {
        forget_all(verdict);
        return false;
    }
    restore_order(verdict);
    restore_notices(verdict);
    return true;
}

static bool set_aside(const char *path, const char *why, struct failure *failure)
{
    char *aside = path_with(path, ".broken");
    bool renamed = rename(path, aside) == 0;
    failure_set(failure, EXIT_STATUS_RUNTIME, "state file %s is broken, %s; %s%s", path, why,
                renamed ? "it was renamed to " : "it could not be renamed to ", aside);
    free(aside);
    return false;
}

bool verdict_load(struct verdict *verdict, const char *path, struct failure *failure)
{
    FILE *in = fopen(path, "re");
    if (in == NULL) {
        return errno == ENOENT || failure_set(failure, EXIT_STATUS_RUNTIME,
                                              "state file %s cannot be read: %s", path, strerror(errno));
    }
    char why[STATE_WHY_SIZE];
    bool good = state_load(verdict, in, why);
    fclose(in);
    return good || set_aside(path, why, failure);
}
