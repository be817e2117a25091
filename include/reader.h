/*
 * The reader of replay: capture files in, packets numbered and decoded, each to the worker that owns its
 * address pair; ticks at each full second of packet time; the end of each file. With one worker it calls
 * it directly; with more it hands over and waits where a ring is full.
 */
#pragma once

#include "base/hash.h"
#include "worker.h"

struct reader;

/* `files` and `filter` are borrowed. Opens the first file that has a packet (telling mistakes of others on
 * the way), so that reader_seed is known before the workers are made. */
struct reader *reader_open(const struct text_list *files, const char *filter, struct worker_cells *cells);
/* Bytes that follow from the first packet record alone: what replay derives its keys from. */
struct slice reader_seed(const struct reader *reader);
/* Reads everything to its end; the body of a thread or a plain call. Fragments are joined here (`settings`;
 * `key` keys their table), before anybody owns what they hold. */
void reader_run(struct reader *reader, struct worker *workers, unsigned count,
                const struct decode_settings *settings, const struct hash_key *key);
/* 0, or the first failure's status: a file that could not be opened, was no capture, ... */
enum exit_status reader_status(const struct reader *reader);
/* The largest packet time so far. */
int64_t reader_time(const struct reader *reader);
void reader_free(struct reader *reader);
