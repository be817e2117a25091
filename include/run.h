/*
 * A run of the daemon: what vigied.c sets up once and replay.c or live.c then drive. Lives on the main
 * thread; workers see only their own part of it.
 */
#pragma once

#include "command_line.h"
#include "guards.h"
#include "reader.h"
#include "settings.h"
#include "worker.h"

struct run {
    struct command_line line;
    struct settings settings;
    struct config_section sections[SETTINGS_SECTIONS];
    bool replay;
    struct text_list files; /* replay: what the -r paths came to */
    unsigned events;        /* enum event_bits */
    /* An nDPI module for protocol names alone; NULL where ndpi.flows is off. */
    struct classifier *names;
    struct counter_cell name_cells[FLOW_COUNTERS_COUNT];
    struct rules_snapshot *rules; /* the generation in force */
    struct list_store *lists;
    struct counter_cell list_cells[LISTS_COUNTERS_COUNT];
    struct guards guards;
    struct hash_key table_key;
    struct client_key client_keys[2]; /* the one in use, and the one before or after it */
    unsigned client_key_used;
    struct producer producer;
    struct verdict *verdict;
    struct sink_thread *sink; /* NULL where neither Redis nor a JSON file is asked for */
    struct counter_cell verdict_cells[VERDICT_COUNTERS_COUNT];
    struct counter_cell sink_cells[SINK_COUNTERS_COUNT];
    struct counter_cell control_cells[CONTROL_COUNTERS_COUNT]; /* live alone */
    struct cutoff *cutoff; /* live, capture.cutoff: kernel; NULL where there is none */
    struct worker *workers;
    unsigned worker_count;
    int main_fd; /* eventfd on which workers wake main */
};

/* Configuration, rules and lists; everything that is wrong with them is told on standard error. */
enum exit_status run_configure(struct run *run);
/* The configuration file and --set over the defaults; what -S and the build tree mean for the rules. */
bool run_read_settings(const struct run *run, struct settings *settings, struct diagnostics *diagnostics);
/* A generation of rules without scratches, its data sets from the load of `run->lists` that has begun; NULL
 * fills `diagnostics`. */
struct rules_snapshot *run_load_rules(const struct run *run, const struct settings *settings,
                                      uint64_t generation, struct diagnostics *diagnostics);
/* The same for a reload: where only lists have changed, or the rules have mistakes, with the compiled rules
 * that are in force. Never NULL. */
struct rules_snapshot *run_reload_rules(const struct run *run, const struct settings *settings,
                                        uint64_t generation, struct diagnostics *diagnostics);
/* A scratch for each worker. */
void rules_snapshot_prepare(struct rules_snapshot *snapshot, struct worker *workers, unsigned count);
void rules_snapshot_free(struct rules_snapshot *snapshot, unsigned workers);
/* Live: the clients' key, random, or of this UTC date from privacy.key_file where there is one. */
bool run_derive_client_key(const struct run *run, int64_t now_us, struct client_key *key,
                           struct failure *failure);
void run_make_random_key(struct client_key *key);
/* In replay: from the first packet record. */
void run_derive_replay_key(struct slice seed, struct client_key *key);
/* Live and from standard input: random. Replay with Redis: what decides the detections, hashed. */
void run_make_epoch(const struct run *run, char epoch[EPOCH_SIZE]);
/* Keys, producer, verdict, workers with their pipelines; no thread. `seed` derives replay's keys. */
bool run_start(struct run *run, struct slice seed, verdict_emit_fn emit, struct failure *failure);
/* The sink's thread, where Redis or a JSON-lines file is asked for: behind privileges_drop, since
 * capabilities are given up by threads. */
bool run_start_sink(struct run *run, struct failure *failure);
void run_free(struct run *run);

enum exit_status replay_run(struct run *run);
enum exit_status live_run(struct run *run);
