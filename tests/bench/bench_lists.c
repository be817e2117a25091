/*
 * What large lists cost: the time to load one, the memory that it takes (twice while it is swapped), a
 * look-up, and the throughput of the whole pipeline with rules that ask for it, all against a list of ten
 * names.
 *
 * usage: bench_lists BENCH_STAGES FILE FOLDER [NAMES [RUNS]]
 *
 * Lists and rules are made in FOLDER; BENCH_STAGES runs on the capture FILE with them, in turn, RUNS times.
 */
#include <string.h>
#include <sys/stat.h>

#include "rule/list_store.h"
#include "tests/bench/measure.h"

enum { FEW = 10, NAMES_USUAL = 1000000, RUNS_USUAL = 5, RUNS_MAX = 99, LOOKUPS = 2000000, MIB = 1 << 20 };

static const char rules_text[] =
    "alert http any any -> any any (msg:\"listed host\"; flow:to_server; http.host; "
    "dataset:isset,bench,type host; metadata: family portal, role portal, weight 1; sid:9900001;)\n"
    "alert http any any -> any any (msg:\"listed place\"; flow:to_client; http.location_host; "
    "dataset:isset,bench,type host; metadata: family portal, role portal, weight 1; sid:9900002;)\n"
    "alert tls any any -> any any (msg:\"listed name\"; tls.sni; "
    "dataset:isset,bench,type host; metadata: family portal, role portal, weight 1; sid:9900003;)\n";

static FILE *make_file(const char *folder, const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    if (file == NULL) {
        perror(path);
        exit(EXIT_STATUS_NO_INPUT);
    }
    return file;
}

/* Names as feeds have them: of two or three labels, 12 to 30 bytes, every second one with its sub-domains. */
static void write_name(FILE *out, unsigned long number)
{
    unsigned long spread = number * 2654435761UL % 4294967296UL;
    (void)fprintf(out, "%s%s%08lx%s.example\n", number % 2 == 0 ? "." : "",
                  number % 3 == 0 ? "stream-" : "tv", spread, number % 5 == 0 ? ".cdn" : "");
}

/* A folder with rules and one list of so many names; its path. */
static char *make_folder(const char *folder, const char *name, unsigned long names)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", folder, name) < 0) {
        abort();
    }
    (void)mkdir(folder, 0755);
    (void)mkdir(path, 0755);
    FILE *rules = make_file(path, "bench.vigie.rules");
    (void)fputs(rules_text, rules);
    (void)fclose(rules);
    FILE *list = make_file(path, "bench.list");
    for (unsigned long i = 0; i < names; i++) {
        write_name(list, i);
    }
    (void)fclose(list);
    return path;
}

static struct watch_list *load(struct list_store *store, char *folder)
{
    struct text_list folders = {.items = &folder, .count = 1};
    const struct list_settings settings = {.folders = &folders, .max_entries = UINT32_MAX, .max_shrink = 100};
    struct diagnostics diagnostics = {0};
    list_store_begin(store, &settings, &diagnostics);
    struct watch_list *list = list_store_get(store, "bench", LIST_USE_ANY);
    diagnostics_print(&diagnostics, stderr);
    list_store_end(store, list != NULL && diagnostics.count == 0);
    diagnostics_free(&diagnostics);
    if (list == NULL) {
        exit(EXIT_STATUS_CONFIG);
    }
    return list;
}

/* The most that this process has had resident, in bytes. */
static size_t peak_memory(void)
{
    char line[256];
    unsigned long kib = 0;
    FILE *status = fopen("/proc/self/status", "re");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        (void)sscanf(line, "VmHWM: %lu kB", &kib);
    }
    if (status != NULL) {
        (void)fclose(status);
    }
    return kib * 1024;
}

/* Nanoseconds of one look-up, half of names that are there, half of others. */
static double lookup_ns(const struct watch_list *list, unsigned long names)
{
    enum { ASKED = 4096 };
    static char asked[ASKED][64];
    for (size_t i = 0; i < ASKED; i++) {
        unsigned long number = i * 7919 % names;
        unsigned long spread = (number + (i % 2 == 0 ? 0 : names)) * 2654435761UL % 4294967296UL;
        (void)snprintf(asked[i], sizeof asked[i], "edge.%s%08lx%s.example",
                       number % 3 == 0 ? "stream-" : "tv", spread, number % 5 == 0 ? ".cdn" : "");
    }
    size_t found = 0;
    int64_t begun_us = measure_cpu_us();
    for (size_t i = 0; i < LOOKUPS; i++) {
        found += watch_list_find_host(list, slice_text(asked[i * 31 % ASKED]), 1, NULL);
    }
    double took = (double)(measure_cpu_us() - begun_us) * NANOSECONDS_PER_US / LOOKUPS;
    return found == SIZE_MAX ? 0 : took;
}

/* CPU time of one run of the pipeline. */
static int64_t run_pipeline(const char *program, const char *file, const char *folder)
{
    char *command = NULL;
    char line[512];
    long long run_us = -1;
    if (asprintf(&command, "'%s' rules '%s' rules '%s'", program, file, folder) < 0) {
        abort();
    }
    FILE *out = popen(command, "re");
    while (out != NULL && fgets(line, sizeof line, out) != NULL) {
        const char *found = strstr(line, "run_us=");
        if (found != NULL) {
            run_us = strtoll(found + strlen("run_us="), NULL, 10);
        }
    }
    if (out == NULL || pclose(out) != 0 || run_us < 0) {
        (void)fprintf(stderr, "%s does not run\n", command);
        exit(EXIT_STATUS_RUNTIME);
    }
    free(command);
    return run_us;
}

static int compare_times(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static void measure_throughput(const char *program, const char *file, char *const folders[2], size_t runs)
{
    int64_t times[2][RUNS_MAX];
    for (size_t run = 0; run < runs; run++) {
        for (size_t which = 0; which < 2; which++) {
            size_t turn = (which + run) % 2; /* neither always comes second */
            times[turn][run] = run_pipeline(program, file, folders[turn]);
        }
    }
    for (size_t which = 0; which < 2; which++) {
        qsort(times[which], runs, sizeof times[which][0], compare_times);
    }
    double few = (double)times[0][runs / 2];
    double many = (double)times[1][runs / 2];
    (void)printf(
        "throughput: ten names %.3f s (%.3f-%.3f), the list %.3f s (%.3f-%.3f): costs %.1f %% (medians), "
        "%.1f %% (fastest)\n",
        few / 1e6, (double)times[0][0] / 1e6, (double)times[0][runs - 1] / 1e6, many / 1e6,
        (double)times[1][0] / 1e6, (double)times[1][runs - 1] / 1e6, 100 * (many / few - 1),
        100 * ((double)times[1][0] / (double)times[0][0] - 1));
}

static double wall_seconds(void)
{
    return (double)clock_monotonic_us() / (double)TIME_SECOND;
}

int main(int count, char **arguments)
{
    unsigned long names = count > 4 ? strtoul(arguments[4], NULL, 10) : NAMES_USUAL;
    unsigned long runs = count > 5 ? strtoul(arguments[5], NULL, 10) : RUNS_USUAL;
    if (count < 4 || count > 6 || names < FEW || runs < 1 || runs > RUNS_MAX) {
        (void)fprintf(stderr, "usage: bench_lists BENCH_STAGES FILE FOLDER [NAMES [RUNS]]\n");
        return EXIT_STATUS_USAGE;
    }
    char *folders[2] = {make_folder(arguments[3], "few", FEW), make_folder(arguments[3], "many", names)};
    struct list_store *few_store = list_store_create(NULL);
    struct list_store *store = list_store_create(NULL);
    struct watch_list *few = load(few_store, folders[0]);
    size_t peak_before = peak_memory();
    double begun = wall_seconds();
    int64_t begun_us = measure_cpu_us();
    struct watch_list *list = load(store, folders[1]);
    double loaded_cpu = (double)(measure_cpu_us() - begun_us) / (double)TIME_SECOND;
    double loaded = wall_seconds() - begun;
    size_t peak_one = peak_memory() - peak_before;
    free(make_folder(arguments[3], "many", names)); /* new files, so the list is read again beside itself */
    struct watch_list *again = load(store, folders[1]);
    (void)printf("%lu names: loaded in %.2f s (%.2f s of CPU); %.1f MiB, %.0f bytes a name; while it is "
                 "swapped, both: %.1f MiB; most "
                 "resident: %.1f MiB for one, %.1f MiB for both\n",
                 names, loaded, loaded_cpu, (double)watch_list_bytes(list) / MIB,
                 (double)watch_list_bytes(list) / (double)names,
                 (double)(watch_list_bytes(list) + watch_list_bytes(again)) / MIB, (double)peak_one / MIB,
                 (double)(peak_memory() - peak_before) / MIB);
    double few_ns = lookup_ns(few, FEW);
    double many_ns = lookup_ns(again, names);
    (void)printf("look-up: ten names %.0f ns, the list %.0f ns: %.2f times\n", few_ns, many_ns,
                 many_ns / few_ns);
    (void)fflush(stdout);
    watch_list_release(few);
    watch_list_release(list);
    watch_list_release(again);
    list_store_free(few_store);
    list_store_free(store);
    measure_throughput(arguments[1], arguments[2], folders, runs);
    free(folders[0]);
    free(folders[1]);
    return EXIT_STATUS_GOOD;
}
