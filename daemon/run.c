#include "run.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "capture/cutoff.h"
#include "memory.h"

static const char installed_config[] = "/etc/vigie/vigie.yaml";
static const char installed_rules[] = "/usr/share/vigie";

/* Shipped rules: ../rules beside the binary in a build tree (../../rules where it is a sanitizer's), else the
 * installed ones. malloc'ed. */
static char *shipped_rules_folder(void)
{
    static const char *const beside[] = {"../rules", "../../rules"};
    char self[4096];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    self[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(self, '/');
    for (size_t i = 0; slash != NULL && i < ARRAY_COUNT(beside); i++) {
        char *folder = NULL;
        if (asprintf(&folder, "%.*s/%s", (int)(slash - self), self, beside[i]) > 0 &&
            access(folder, R_OK) == 0) {
            return folder;
        }
        free(folder);
    }
    char *folder = strdup(installed_rules);
    if (folder == NULL) {
        abort();
    }
    return folder;
}

static void add_joined(struct text_list *list, const char *folder, const char *rest)
{
    char *text = NULL;
    if (asprintf(&text, "%s/%s", folder, rest) < 0) {
        abort();
    }
    text_list_add(list, text);
    free(text);
}

/* The shipped rules always come first, the site's own behind them; -S replaces all of them. */
static void complete_rule_settings(const struct run *run, struct rule_settings *rule)
{
    char *folder = shipped_rules_folder();
    struct text_list files = {0};
    if (run->line.rules.count > 0) {
        for (size_t i = 0; i < run->line.rules.count; i++) {
            text_list_add(&files, run->line.rules.items[i]);
        }
    } else {
        add_joined(&files, folder, "*.rules");
        for (size_t i = 0; i < rule->files.count; i++) {
            text_list_add(&files, rule->files.items[i]);
        }
    }
    struct text_list lists = {0};
    add_joined(&lists, folder, "datasets");
    for (size_t i = 0; i < rule->lists.count; i++) {
        text_list_add(&lists, rule->lists.items[i]);
    }
    text_list_free(&rule->files);
    text_list_free(&rule->lists);
    rule->files = files;
    rule->lists = lists;
    free(folder);
}

bool run_read_settings(const struct run *run, struct settings *settings, struct diagnostics *diagnostics)
{
    struct config_section sections[SETTINGS_SECTIONS];
    settings_sections(settings, sections);
    bool needs_config = run->line.interfaces.count > 0;
    const char *path = run->line.config != NULL ? run->line.config : needs_config ? installed_config : NULL;
    bool good = config_read(sections, SETTINGS_SECTIONS, path, (const char *const *)run->line.overrides.items,
                            run->line.overrides.count, diagnostics);
    complete_rule_settings(run, &settings->rule);
    struct failure failure = {0};
    if (good && (!verdict_settings_check(&settings->verdict, &failure) ||
                 !sink_settings_check(&settings->sink, &failure))) {
        diagnostics_add(diagnostics, path == NULL ? "vigied" : path, 0, 0, "%s", failure.text);
        return false;
    }
    return good;
}

static uint16_t protocol_id(void *context, const char *name)
{
    return classifier_protocol_id(context, name);
}

struct rules_snapshot *run_load_rules(const struct run *run, const struct settings *settings,
                                      uint64_t generation, struct diagnostics *diagnostics)
{
    struct rule_set *set = rule_set_load(&settings->rule, run->lists, run->names == NULL ? NULL : protocol_id,
                                         run->names, settings->flow.ndpi_flows == NDPI_FLOWS_ALL,
                                         !run->replay || run->line.test, diagnostics);
    if (set == NULL) {
        return NULL;
    }
    struct rules_snapshot *snapshot = calloc(1, sizeof *snapshot);
    if (snapshot == NULL) {
        abort();
    }
    *snapshot = (struct rules_snapshot){.generation = generation, .set = set};
    return snapshot;
}

/* The compiled rules that are in force, with their lists anew. */
static struct rules_snapshot *keep_rules(const struct run *run, uint64_t generation)
{
    struct rule_set *set = run->rules->set;
    struct rules_snapshot *snapshot = calloc(1, sizeof *snapshot);
    if (snapshot == NULL) {
        abort();
    }
    *snapshot = (struct rules_snapshot){
        .generation = generation, .set = rule_set_hold(set), .lists = rule_set_read_lists(set, run->lists)};
    return snapshot;
}

struct rules_snapshot *run_reload_rules(const struct run *run, const struct settings *settings,
                                        uint64_t generation, struct diagnostics *diagnostics)
{
    if (rule_set_is_current(run->rules->set, &settings->rule, settings->flow.ndpi_flows == NDPI_FLOWS_ALL)) {
        return keep_rules(run, generation);
    }
    struct rules_snapshot *snapshot = run_load_rules(run, settings, generation, diagnostics);
    return snapshot != NULL ? snapshot : keep_rules(run, generation);
}

/* A scratch counts in its worker's cells, so it is made when the workers are there. */
void rules_snapshot_prepare(struct rules_snapshot *snapshot, struct worker *workers, unsigned count)
{
    snapshot->scratches = calloc(count, sizeof *snapshot->scratches);
    if (snapshot->scratches == NULL) {
        abort();
    }
    for (unsigned i = 0; i < count; i++) {
        snapshot->scratches[i] = rule_scratch_create(snapshot->set, workers[i].cells.rule);
    }
}

void rules_snapshot_free(struct rules_snapshot *snapshot, unsigned workers)
{
    if (snapshot == NULL) {
        return;
    }
    for (unsigned i = 0; snapshot->scratches != NULL && i < workers; i++) {
        rule_scratch_free(snapshot->scratches[i]);
    }
    free(snapshot->scratches);
    rule_lists_free(snapshot->lists);
    watch_list_release(snapshot->order);
    rule_set_free(snapshot->set);
    free(snapshot);
}

enum exit_status run_configure(struct run *run)
{
    struct diagnostics diagnostics = {0};
    run_read_settings(run, &run->settings, &diagnostics);
    settings_sections(&run->settings, run->sections);
    if (!run->replay) {
        run->events = sink_settings_events(&run->settings.sink); /* none without a file, so none is made */
    }
    log_set_level((enum log_level)run->settings.control.log_level + run->line.verbose);
    if (run->line.dump_config && diagnostics.count == 0) {
        config_dump(run->sections, SETTINGS_SECTIONS, stdout);
        memory_print(&run->settings, stdout);
        return EXIT_STATUS_GOOD;
    }
    struct failure failure = {0};
    if (run->settings.flow.ndpi_flows != NDPI_FLOWS_OFF) {
        run->names = classifier_create(&run->settings.flow, run->name_cells, &failure);
        if (run->names == NULL) {
            log_error("%s", failure.text);
            diagnostics_free(&diagnostics);
            return failure.status;
        }
    }
    const struct list_settings list_settings = rule_list_settings(&run->settings.rule);
    run->lists = list_store_create(run->list_cells);
    list_store_begin(run->lists, &list_settings, &diagnostics);
    run->rules = run_load_rules(run, &run->settings, 1, &diagnostics);
    guards_load(&run->guards, run->lists, &diagnostics);
    if (run->rules != NULL) {
        run->rules->order = watch_list_hold(run->guards.order);
    }
    bool good = diagnostics.count == 0;
    list_store_end(run->lists, good);
    diagnostics_print(&diagnostics, stderr);
    diagnostics_free(&diagnostics);
    return good ? EXIT_STATUS_GOOD : EXIT_STATUS_CONFIG;
}

/* In replay every key follows from the first packet record, so that the same capture gives the same bytes. */
static bool make_keys(struct run *run, struct slice seed, struct failure *failure)
{
    struct client_key *key = &run->client_keys[run->client_key_used];
    if (run->replay) {
        hash_key_derive(&run->table_key, seed, "tables");
        run_derive_replay_key(seed, key);
        return true;
    }
    hash_key_random(&run->table_key);
    return run_derive_client_key(run, clock_realtime_us(), key, failure);
}

static bool make_worker(struct run *run, unsigned index, struct failure *failure)
{
    struct worker *worker = &run->workers[index];
    const struct pipeline_settings settings = {
        .flow = &run->settings.flow,
        .app = &run->settings.app,
        .rule = &run->settings.rule,
        .table_key = run->table_key,
        .event = {.sensor = run->producer.sensor,
                  .home = &run->settings.flow.home,
                  .privacy = {.keep_credentials = run->producer.keep_credentials,
                              .keep_clients = run->producer.keep_clients,
                              .client_key = run->client_keys[run->client_key_used].key}},
        .events = run->events,
        .pass_over = run->settings.capture.cutoff != CAPTURE_CUTOFF_OFF,
        .cutoff = run->cutoff,
    };
    if (!run->replay) {
        worker->fragments = fragments_create(&run->settings.decode, &run->table_key, worker->cells.decode);
    }
    const struct pipeline_cells cells = {.decode = worker->cells.decode,
                                         .flow = worker->cells.flow,
                                         .app = worker->cells.app,
                                         .rule = worker->cells.rule,
                                         .pipeline = worker->cells.pipeline};
    struct classifier *classifier = NULL;
    if (run->settings.flow.ndpi_flows != NDPI_FLOWS_OFF) {
        classifier = classifier_create(&run->settings.flow, worker->cells.flow, failure);
        if (classifier == NULL) {
            return false;
        }
    }
    worker->pipeline =
        pipeline_create(&settings, classifier, index, run->worker_count, &cells, worker_put_record, worker);
    return true;
}

/* Without the kernel's help the workers do what it would. */
static void make_cutoff(struct run *run)
{
    const struct capture_settings *capture = &run->settings.capture;
    struct failure failure = {0};
    if (run->replay || capture->cutoff != CAPTURE_CUTOFF_KERNEL) {
        return;
    }
    run->cutoff = cutoff_create(capture->cutoff_entries, (uint32_t)capture->snaplen, &failure);
    if (run->cutoff == NULL) {
        log_warning("capture.cutoff: kernel: %s; going on as worker", failure.text);
    }
}

static void make_hand_overs(struct run *run)
{
    if (run->worker_count == 1) {
        return;
    }
    for (unsigned i = 0; i < run->worker_count; i++) {
        struct worker *worker = &run->workers[i];
        worker->peers = run->workers;
        worker->incoming = calloc(run->worker_count, sizeof(struct handover *));
        if (worker->incoming == NULL) {
            abort();
        }
        for (unsigned from = 0; from < run->worker_count; from++) {
            bool used = run->replay ? from == 0 : from != i;
            size_t batches = run->replay ? HANDOVER_REPLAY : HANDOVER_LIVE;
            worker->incoming[from] = used ? handover_create(worker->wake_fd, batches) : NULL;
        }
    }
}

static void name_producer(struct run *run)
{
    struct producer *producer = &run->producer;
    producer->version = VIGIE_VERSION;
    producer->rules_digest = rule_set_digest(run->rules->set);
    producer->keep_credentials = run->settings.control.privacy_credentials == PRIVACY_CREDENTIALS_KEEP;
    producer->keep_clients = run->settings.control.privacy_clients == PRIVACY_CLIENTS_ADDRESS;
    if (producer->keep_credentials || producer->keep_clients) {
        log_warning(
            "privacy: %s%s%s not masked in transaction records (privacy.credentials, privacy.clients)",
            producer->keep_credentials ? "credentials are" : "",
            producer->keep_credentials && producer->keep_clients ? " and " : "",
            producer->keep_clients ? "clients are" : "");
    }
    const char *configured = run->settings.sink.sensor;
    char host[64] = "vigie";
    if (configured[0] != '\0') {
        snprintf(producer->sensor, sizeof producer->sensor, "%s", configured);
    } else if (run->replay) {
        snprintf(producer->sensor, sizeof producer->sensor, "replay");
    } else {
        (void)gethostname(host, sizeof host - 1);
        snprintf(producer->sensor, sizeof producer->sensor, "%s-%s", host, run->line.first_interface);
    }
    run_make_epoch(run, producer->epoch);
}

bool run_start(struct run *run, struct slice seed, verdict_emit_fn emit, struct failure *failure)
{
    if (!make_keys(run, seed, failure)) {
        return false;
    }
    name_producer(run);
    run->main_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    struct verdict_guards guards = guards_view(&run->guards, &run->settings.flow.home);
    run->verdict = verdict_create(&run->settings.verdict, &guards, &run->table_key,
                                  run->client_keys[run->client_key_used].name, run->replay,
                                  run->verdict_cells, emit, run);
    run->worker_count = (unsigned)run->settings.control.workers;
    run->workers = aligned_alloc(64, (run->worker_count * sizeof *run->workers + 63) / 64 * 64);
    if (run->workers == NULL || run->main_fd < 0) {
        abort();
    }
    for (unsigned i = 0; i < run->worker_count; i++) {
        worker_init(&run->workers[i], i, run->worker_count, run->replay, run->main_fd);
    }
    make_hand_overs(run);
    make_cutoff(run);
    rules_snapshot_prepare(run->rules, run->workers, run->worker_count);
    for (unsigned i = 0; i < run->worker_count; i++) {
        if (!make_worker(run, i, failure)) {
            return false;
        }
        atomic_store(&run->workers[i].rules, run->rules);
    }
    return true;
}

bool run_start_sink(struct run *run, struct failure *failure)
{
    const struct sink_settings *sink = &run->settings.sink;
    if (sink->redis_url[0] == '\0' && (run->replay || sink->jsonl_path[0] == '\0')) {
        return true;
    }
    run->sink = sink_thread_start(sink, &run->producer, run->replay, run->sink_cells, failure);
    return run->sink != NULL;
}

void run_free(struct run *run)
{
    for (unsigned i = 0; i < run->worker_count; i++) {
        worker_free(&run->workers[i]);
    }
    free(run->workers);
    cutoff_free(run->cutoff);
    verdict_free(run->verdict);
    rules_snapshot_free(run->rules, run->worker_count);
    guards_free(&run->guards);
    list_store_free(run->lists);
    classifier_free(run->names);
    settings_sections(&run->settings, run->sections);
    config_free(run->sections, SETTINGS_SECTIONS);
    text_list_free(&run->files);
    command_line_free(&run->line);
    if (run->main_fd > 0) {
        close(run->main_fd);
    }
}
