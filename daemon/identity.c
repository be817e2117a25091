/* Who a run is: the key under which it knows clients, and the epoch under which Redis knows its detections.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "run.h"

#include "base/clock.h"
#include "base/log.h"

enum { KEY_FILE_MAX = 4096, KEY_FILE_MIN = 16, READ_CHUNK = 65536 };

static void name_key(struct client_key *key)
{
    uint8_t digest[SHA256_SIZE];
    sha256(slice_make(&key->key, sizeof key->key), digest);
    hex_print(digest, (sizeof key->name - 1) / 2, key->name);
}

void run_derive_replay_key(struct slice seed, struct client_key *key)
{
    hash_key_derive(&key->key, seed, "clients");
    name_key(key);
}

void run_make_random_key(struct client_key *key)
{
    hash_key_random(&key->key);
    name_key(key);
}

/* A date's key: who learns one cannot follow a client into the next day. */
static void derive_for_date(struct slice secret, int64_t now_us, struct hash_key *key)
{
    time_t seconds = (time_t)(now_us / TIME_SECOND);
    struct tm date;
    gmtime_r(&seconds, &date);
    char purpose[48];
    snprintf(purpose, sizeof purpose, "clients %04d-%02d-%02d", date.tm_year + 1900, date.tm_mon + 1,
             date.tm_mday);
    hash_key_derive(key, secret, purpose);
}

bool run_derive_client_key(const struct run *run, int64_t now_us, struct client_key *key,
                           struct failure *failure)
{
    const char *path = run->settings.control.privacy_key_file;
    if (path[0] == '\0') {
        run_make_random_key(key);
        return true;
    }
    FILE *file = fopen(path, "re");
    uint8_t secret[KEY_FILE_MAX];
    size_t len = file == NULL ? 0 : fread(secret, 1, sizeof secret, file);
    int error = errno;
    if (file != NULL) {
        fclose(file);
    }
    if (file == NULL || len < KEY_FILE_MIN) {
        return failure_set(failure, EXIT_STATUS_CONFIG, "privacy.key_file: %s: %s", path,
                           file == NULL ? strerror(error) : "expected at least 16 bytes");
    }
    derive_for_date(slice_make(secret, len), now_us, &key->key);
    explicit_bzero(secret, sizeof secret);
    name_key(key);
    return true;
}

static bool hash_file(struct sha256_context *context, const char *path)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return true; /* the reader has told why; the same run without it is the same */
    }
    uint8_t *chunk = malloc(READ_CHUNK);
    size_t len = 0;
    while (chunk != NULL && (len = fread(chunk, 1, READ_CHUNK, file)) > 0) {
        sha256_update(context, slice_make(chunk, len));
    }
    bool good = chunk != NULL && ferror(file) == 0;
    free(chunk);
    fclose(file);
    return good;
}

/* Every option but where the detections go and how many threads make them. */
static void hash_options(const struct run *run, struct sha256_context *context)
{
    for (size_t i = 0; i < SETTINGS_SECTIONS; i++) {
        const struct config_section *section = &run->sections[i];
        for (size_t row = 0; row < section->table->count; row++) {
            const struct option *option = &section->table->rows[row];
            bool elsewhere = strncmp(option->name, "redis.", 6) == 0 ||
                             strcmp(option->name, "workers") == 0 ||
                             strncmp(option->name, "rules.", 6) == 0 || strncmp(option->name, "log.", 4) == 0;
            char *text = elsewhere ? NULL : option_print(option, section->settings);
            if (text != NULL) {
                sha256_update(context, slice_text(option->name));
                sha256_update(context, slice_text(text));
            }
            free(text);
        }
    }
}

void run_make_epoch(const struct run *run, char epoch[EPOCH_SIZE])
{
    struct hash_key random;
    hash_key_random(&random);
    uint8_t digest[SHA256_SIZE] = {0};
    memcpy(digest, &random, sizeof random);
    bool stable = run->replay && run->settings.sink.redis_url[0] != '\0';
    struct sha256_context *context = stable ? sha256_begin() : NULL;
    for (size_t i = 0; stable && i < run->files.count; i++) {
        if (strcmp(run->files.items[i], "-") == 0) {
            log_warning("standard input cannot be hashed beforehand: pushing it twice stores it twice");
            stable = false;
        } else {
            stable = hash_file(context, run->files.items[i]);
        }
    }
    if (context != NULL) {
        sha256_update(context, slice_text(VIGIE_VERSION));
        sha256_update(context, slice_text(run->producer.rules_digest));
        sha256_update(context, slice_text(run->line.filter));
        guards_digest(run->lists, context);
        hash_options(run, context);
        uint8_t whole[SHA256_SIZE];
        sha256_end(context, whole);
        if (stable) {
            memcpy(digest, whole, sizeof digest);
        }
    }
    hex_print(digest, (EPOCH_SIZE - 1) / 2, epoch);
}
