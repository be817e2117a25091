/* Where Redis is: URLs, the password file, and the text of both for messages. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"
#include "sink/redis_link.h"

enum { PORT_DEFAULT = 6379, PASSWORD_MAX = 1024, DATABASE_MAX = 1000000 };

static const char expected_url[] =
    "expected redis://[user[:password]@]host[:port][/db] or unix:///path[?db=N]";

static char *copy_text(struct slice text)
{
    char *copy = strndup(text.len == 0 ? "" : (const char *)text.data, text.len);
    if (copy == NULL) {
        abort();
    }
    return copy;
}

/* A percent-decoded copy; NULL where a control character stands in it. */
static char *decode_part(struct slice part)
{
    struct buf decoded = buf_make(part.len);
    percent_decode(&decoded, part, false);
    char *copy = copy_text(buf_slice(&decoded));
    bool clean = strlen(copy) == decoded.len;
    for (const char *at = copy; clean && *at != '\0'; at++) {
        clean = (unsigned char)*at >= 0x20 && *at != 0x7f;
    }
    buf_free(&decoded);
    if (!clean) {
        free(copy);
        return NULL;
    }
    return copy;
}

static bool bad_url(struct failure *failure, const char *what)
{
    return failure_set(failure, EXIT_STATUS_CONFIG, "Redis URL: %s; %s", what, expected_url);
}

/* Takes "user:password@" off the front of `rest`, which ends at the first slash. */
static bool parse_login(struct slice *rest, struct redis_target *target, struct failure *failure)
{
    size_t slash = slice_index(*rest, '/');
    struct slice authority = slice_part(*rest, 0, slash);
    size_t at = SIZE_MAX;
    for (size_t i = 0; i < authority.len; i++) {
        if (authority.data[i] == '@') {
            at = i; /* the last one: a password may hold one that nobody encoded */
        }
    }
    if (at == SIZE_MAX) {
        return true;
    }
    struct slice password = slice_part(authority, 0, at);
    struct slice user = slice_split(&password, ':');
    *rest = slice_from(*rest, at + 1);
    if (user.len > 0 && (target->user = decode_part(user)) == NULL) {
        return bad_url(failure, "control character in the user");
    }
    if (password.len > 0 && (target->password = decode_part(password)) == NULL) {
        return bad_url(failure, "control character in the password");
    }
    return true;
}

static bool parse_database(struct slice text, struct redis_target *target, struct failure *failure)
{
    uint64_t number;
    if (!text_parse_u64(text, &number) || number > DATABASE_MAX) {
        return bad_url(failure, "the database is no number");
    }
    target->database = (uint32_t)number;
    return true;
}

static bool parse_port(struct slice text, struct redis_target *target, struct failure *failure)
{
    uint64_t number;
    if (!text_parse_u64(text, &number) || number == 0 || number > UINT16_MAX) {
        return bad_url(failure, "the port is no number of 1 to 65535");
    }
    target->port = (uint16_t)number;
    return true;
}

static bool parse_tcp(struct slice rest, struct redis_target *target, struct failure *failure)
{
    struct slice database = rest;
    struct slice authority = slice_split(&database, '/');
    struct slice host = authority;
    struct slice port = slice_make(NULL, 0);
    if (slice_starts(authority, slice_text("["))) {
        host = slice_from(authority, 1);
        port = host;
        host = slice_split(&port, ']');
        if (host.len + 2 > authority.len) {
            return bad_url(failure, "a bracket is not closed");
        }
    } else {
        size_t colon = slice_index(authority, ':');
        host = slice_part(authority, 0, colon);
        port = slice_from(authority, colon);
    }
    if (host.len == 0) {
        return bad_url(failure, "no host");
    }
    target->host = decode_part(host);
    if (target->host == NULL || strpbrk(target->host, " /?#@") != NULL) {
        return bad_url(failure, "the host is no name and no address");
    }
    target->port = PORT_DEFAULT;
    if (port.len > 0 && (port.data[0] != ':' || !parse_port(slice_from(port, 1), target, failure))) {
        return bad_url(failure, "the port is no number of 1 to 65535");
    }
    return database.len == 0 || parse_database(database, target, failure);
}

static bool parse_unix(struct slice rest, struct redis_target *target, struct failure *failure)
{
    struct slice query = rest;
    struct slice path = slice_split(&query, '?');
    target->path = decode_part(path);
    if (target->path == NULL || target->path[0] != '/') {
        return bad_url(failure, "the socket's path does not begin with a slash");
    }
    if (strlen(target->path) >= sizeof((struct sockaddr_un *)NULL)->sun_path) {
        return bad_url(failure, "the socket's path is too long");
    }
    struct slice database;
    if (query.len == 0) {
        return true;
    }
    if (!slice_starts(query, slice_text("db=")) || !query_value(query, "db", &database)) {
        return bad_url(failure, "unknown parameter");
    }
    return parse_database(database, target, failure);
}

bool redis_target_parse(const char *url, struct redis_target *target, struct failure *failure)
{
    *target = (struct redis_target){.connect_timeout = 1000000, .reply_timeout = 2000000};
    struct slice rest = slice_text(url);
    bool tcp = slice_starts(rest, slice_text("redis://"));
    if (slice_starts(rest, slice_text("rediss://"))) {
        return failure_set(
            failure, EXIT_STATUS_CONFIG,
            "Redis URL: rediss:// needs TLS, which this hiredis has not; use a Unix socket or a "
            "local TLS proxy");
    }
    if (!tcp && !slice_starts(rest, slice_text("unix://"))) {
        return bad_url(failure, "unknown scheme");
    }
    rest = slice_from(rest, strlen(tcp ? "redis://" : "unix://"));
    bool good = parse_login(&rest, target, failure) &&
                (tcp ? parse_tcp(rest, target, failure) : parse_unix(rest, target, failure));
    if (!good) {
        redis_target_free(target);
    }
    return good;
}

/* The first line of the file; NULL fills `failure`. */
static char *read_password(const char *path, struct failure *failure)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        enum exit_status status =
            errno == EACCES || errno == EPERM ? EXIT_STATUS_NO_PERMISSION : EXIT_STATUS_NO_INPUT;
        failure_set(failure, status, "redis.password_file %s: %s", path, strerror(errno));
        return NULL;
    }
    char text[PASSWORD_MAX + 1];
    ssize_t got = read(fd, text, PASSWORD_MAX);
    int error = errno;
    close(fd);
    if (got < 0) {
        failure_set(failure, EXIT_STATUS_NO_INPUT, "redis.password_file %s: %s", path, strerror(error));
        return NULL;
    }
    text[got] = '\0';
    text[strcspn(text, "\r\n")] = '\0';
    char *password = text[0] == '\0' ? NULL : copy_text(slice_text(text));
    explicit_bzero(text, sizeof text);
    if (password == NULL) {
        failure_set(failure, EXIT_STATUS_CONFIG,
                    "redis.password_file %s: the first line is empty, expected a password", path);
    }
    return password;
}

static void free_secret(char *secret)
{
    if (secret != NULL) {
        explicit_bzero(secret, strlen(secret));
        free(secret);
    }
}

bool redis_target_login(struct redis_target *target, const char *user, const char *password_file,
                        struct failure *failure)
{
    if (user[0] != '\0') {
        free_secret(target->user);
        target->user = copy_text(slice_text(user));
    }
    if (password_file[0] != '\0') {
        char *password = read_password(password_file, failure);
        if (password == NULL) {
            return false;
        }
        free_secret(target->password);
        target->password = password;
    }
    if (target->user != NULL && target->password == NULL) {
        return failure_set(failure, EXIT_STATUS_CONFIG, "Redis: a user without a password");
    }
    return true;
}

void redis_target_free(struct redis_target *target)
{
    free(target->host);
    free(target->path);
    free_secret(target->user);
    free_secret(target->password);
    *target = (struct redis_target){0};
}

const char *redis_target_print(const struct redis_target *target, char out[REDIS_TARGET_TEXT_SIZE])
{
    const char *login = target->user != NULL || target->password != NULL ? "*@" : "";
    if (target->path != NULL) {
        snprintf(out, REDIS_TARGET_TEXT_SIZE, "unix://%s%.*s?db=%u", login, 240, target->path,
                 target->database);
    } else if (strchr(target->host, ':') != NULL) {
        snprintf(out, REDIS_TARGET_TEXT_SIZE, "redis://%s[%.*s]:%u/%u", login, 240, target->host,
                 target->port, target->database);
    } else {
        snprintf(out, REDIS_TARGET_TEXT_SIZE, "redis://%s%.*s:%u/%u", login, 240, target->host, target->port,
                 target->database);
    }
    return out;
}
