/* vigiectl reload and status: a running daemon is asked over its control socket. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "ctl_priv.h"

static const char state_folder[] = "/var/lib/vigie";

enum { ANSWER_MAX = 16 << 20, STEP_MS = 1000, PATIENCE_STEPS = 600 };

/* ---- where it is */

static char *join(const char *sensor)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s/control", state_folder, sensor) < 0) {
        abort();
    }
    return path;
}

static bool is_socket(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && S_ISSOCK(found.st_mode);
}

/* The one sensor of this host that has a socket; NULL where there is none or more than one, which is said. */
static char *find_only(void)
{
    DIR *folder = opendir(state_folder);
    char *found = NULL;
    size_t count = 0;
    for (struct dirent *entry = folder == NULL ? NULL : readdir(folder); entry != NULL;
         entry = readdir(folder)) {
        char *path = entry->d_name[0] == '.' ? NULL : join(entry->d_name);
        if (path != NULL && is_socket(path)) {
            count++;
            if (count > 1) {
                ctl_complain("vigiectl: also %s", path);
            }
            free(found);
            found = path;
        } else {
            free(path);
        }
    }
    if (folder != NULL) {
        closedir(folder);
    }
    if (count == 1) {
        return found;
    }
    ctl_complain(count == 0 ? "vigiectl: no control socket in %s/SENSOR; name one with --socket PATH"
                            : "vigiectl: several control sockets in %s/SENSOR; name the SENSOR",
                 state_folder);
    free(found);
    return NULL;
}

static char *find_socket(const struct ctl_arguments *arguments, enum exit_status *status)
{
    char *path = NULL;
    if (arguments->socket != NULL) {
        path = strdup(arguments->socket);
    } else if (arguments->target != NULL) {
        path = join(arguments->target);
    } else if (!ctl_read_socket(arguments, &path, status)) {
        return NULL;
    }
    *status = EXIT_STATUS_NO_INPUT;
    return path != NULL ? path : find_only();
}

/* ---- asking */

static int connect_to(const char *path, enum exit_status *status)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = strlen(path) >= sizeof address.sun_path ? -1 : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    errno = fd < 0 ? ENAMETOOLONG : 0;
    if (fd >= 0) {
        memcpy(address.sun_path, path, strlen(path));
        if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) {
            return fd;
        }
        int reason = errno;
        close(fd);
        errno = reason;
    }
    *status = errno == EACCES ? EXIT_STATUS_NO_PERMISSION : EXIT_STATUS_NO_INPUT;
    ctl_complain("vigiectl: %s: %s", path,
                 errno == ECONNREFUSED ? "no daemon listens there" : strerror(errno));
    return -1;
}

/* Reads up to the newline. False: it did not come; what is wrong was said. */
static bool read_line(int fd, const char *path, struct buf *out)
{
    for (int steps = 0; steps < PATIENCE_STEPS && ctl_stop == 0;) {
        struct pollfd waiting = {.fd = fd, .events = POLLIN};
        char bytes[4096];
        if (poll(&waiting, 1, STEP_MS) == 0) {
            steps++;
            continue;
        }
        ssize_t len = read(fd, bytes, sizeof bytes);
        if (len < 0 && errno == EINTR) {
            continue;
        }
        if (len <= 0) {
            ctl_complain("vigiectl: %s: the daemon closed the connection", path);
            return false;
        }
        buf_append(out, slice_make(bytes, (size_t)len));
        if (bytes[len - 1] == '\n') {
            return true;
        }
    }
    ctl_complain("vigiectl: %s: no answer", path);
    return false;
}

static json_t *ask(const struct ctl_arguments *arguments, const char *command, enum exit_status *status)
{
    char *path = find_socket(arguments, status);
    int fd = path == NULL ? -1 : connect_to(path, status);
    struct buf line = buf_make(ANSWER_MAX);
    json_t *answer = NULL;
    if (fd >= 0) {
        *status = EXIT_STATUS_RUNTIME;
        if (dprintf(fd, "%s\n", command) > 0 && read_line(fd, path, &line)) {
            json_error_t error;
            answer = json_loadb((const char *)line.data, line.len, 0, &error);
            if (!json_is_object(answer)) {
                ctl_complain("vigiectl: %s: this is no answer of a daemon", path);
                json_decref(answer);
                answer = NULL;
            }
        }
        close(fd);
    }
    buf_free(&line);
    free(path);
    if (answer != NULL && json_object_get(answer, "error") != NULL) {
        ctl_complain("vigiectl: %s", json_string_value(json_object_get(answer, "error")));
        json_decref(answer);
        answer = NULL;
    }
    return answer;
}

static void print_raw(const json_t *answer)
{
    (void)json_dumpf(answer, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII);
    (void)fputc('\n', stdout);
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

static uint64_t number_of(const json_t *object, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(object, key));
}

/* ---- reload */

static void print_mistakes(const json_t *answer)
{
    size_t index;
    json_t *mistake;
    json_array_foreach(json_object_get(answer, "mistakes"), index, mistake)
    {
        if (json_object_get(mistake, "line") == NULL) {
            ctl_complain("%s: %s", text_of(mistake, "file"), text_of(mistake, "text"));
        } else {
            ctl_complain("%s:%" PRIu64 ":%" PRIu64 ": %s", text_of(mistake, "file"),
                         number_of(mistake, "line"), number_of(mistake, "column"), text_of(mistake, "text"));
        }
    }
    uint64_t omitted = number_of(answer, "mistakes_omitted");
    if (omitted > 0) {
        ctl_complain("and %" PRIu64 " more mistakes, which the daemon's log has", omitted);
    }
}

static void print_list(const json_t *list)
{
    static const struct {
        const char *outcome;
        const char *what;
    } rows[] = {
        {"taken", "taken"},
        {"shrunk", "refused, it would lose more than lists.max_shrink allows"},
        {"broken", "refused for its mistakes, the former one stays"},
    };
    const char *what = text_of(list, "outcome");
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        what = strcmp(rows[i].outcome, what) == 0 ? rows[i].what : what;
    }
    ctl_print("list %s: %s; %" PRIu64 " entries before, %" PRIu64 " now", text_of(list, "name"), what,
              number_of(list, "before"), number_of(list, "now"));
}

enum exit_status ctl_reload(struct ctl *ctl, const struct ctl_arguments *arguments)
{
    enum exit_status status = EXIT_STATUS_GOOD;
    (void)ctl;
    json_t *answer = ask(arguments, "reload", &status);
    if (answer == NULL) {
        return status;
    }
    status = json_is_true(json_object_get(answer, "ok")) ? EXIT_STATUS_GOOD : EXIT_STATUS_CONFIG;
    if (arguments->list.format != NULL) {
        print_raw(answer);
    } else {
        const json_t *rules = json_object_get(answer, "rules");
        size_t index;
        json_t *list;
        print_mistakes(answer);
        ctl_print("configuration: %s", text_of(answer, "configuration"));
        ctl_print("rules: %s; %" PRIu64 " before, %" PRIu64 " now", text_of(rules, "outcome"),
                  number_of(rules, "before"), number_of(rules, "now"));
        json_array_foreach(json_object_get(answer, "lists"), index, list)
        {
            print_list(list);
        }
        if (json_object_get(answer, "restart_needed") != NULL) {
            ctl_print("these wait for a restart: %s", text_of(answer, "restart_needed"));
        }
    }
    json_decref(answer);
    return status;
}

/* ---- status */

static void print_counters(const json_t *answer)
{
    const char *stage;
    json_t *counters;
    json_object_foreach(json_object_get(answer, "counters"), stage, counters)
    {
        const char *name;
        json_t *value;
        json_object_foreach(counters, name, value)
        {
            if (json_integer_value(value) != 0) {
                ctl_print("%s.%s %" PRIu64, stage, name, (uint64_t)json_integer_value(value));
            }
        }
    }
}

enum exit_status ctl_status(struct ctl *ctl, const struct ctl_arguments *arguments)
{
    enum exit_status status = EXIT_STATUS_GOOD;
    (void)ctl;
    json_t *answer = ask(arguments, "status", &status);
    if (answer == NULL) {
        return status;
    }
    if (arguments->list.format != NULL) {
        print_raw(answer);
    } else {
        const char *row;
        json_t *grade;
        ctl_print("%s: vigied %s, process %" PRIu64 ", %" PRIu64 " workers, %" PRIu64 " rules%s",
                  text_of(answer, "sensor"), text_of(answer, "version"), number_of(answer, "pid"),
                  number_of(answer, "workers"), number_of(answer, "rules"),
                  json_is_true(json_object_get(answer, "reloading")) ? ", reloading" : "");
        json_object_foreach(json_object_get(answer, "health"), row, grade)
        {
            ctl_print("%s: %s", row, json_string_value(grade));
        }
        print_counters(answer);
    }
    json_decref(answer);
    return EXIT_STATUS_GOOD;
}
