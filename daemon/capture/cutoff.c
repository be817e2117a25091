/* The cut-off's table and filter, by way of libbpf; its headers and libpcap's cannot stand in one file. */
#include "capture/cutoff.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <errno.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/capture/cutoff_priv.h"

#ifdef HAVE_LIBBPF
#include <bpf/bpf.h>

static int make_table(uint64_t entries)
{
    return bpf_map_create(BPF_MAP_TYPE_HASH, "vigie_cutoff", sizeof(struct cutoff_key),
                          sizeof(struct cutoff_entry), (uint32_t)entries, NULL);
}

static int load_filter(int table, uint32_t snaplen)
{
    struct bpf_insn program[CUTOFF_PROGRAM_MAX];
    size_t count = cutoff_program_write(program, table, snaplen);
    /* None of the helpers that it calls asks for the GPL. */
    return bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "vigie_cutoff", "Apache-2.0", program, count, NULL);
}

static int table_add(int table, const struct cutoff_key *key, const struct cutoff_entry *entry)
{
    return bpf_map_update_elem(table, key, entry, BPF_ANY);
}

static int table_read(int table, const struct cutoff_key *key, struct cutoff_entry *entry)
{
    return bpf_map_lookup_elem(table, key, entry);
}

static int table_remove(int table, const struct cutoff_key *key)
{
    return bpf_map_delete_elem(table, key);
}
#else
static int not_built_in(void)
{
    errno = EOPNOTSUPP;
    return -1;
}

static int make_table(uint64_t entries)
{
    (void)entries;
    return not_built_in();
}

static int load_filter(int table, uint32_t snaplen)
{
    (void)table;
    (void)snaplen;
    return not_built_in();
}

static int table_add(int table, const struct cutoff_key *key, const struct cutoff_entry *entry)
{
    (void)table;
    (void)key;
    (void)entry;
    return not_built_in();
}

static int table_read(int table, const struct cutoff_key *key, struct cutoff_entry *entry)
{
    (void)table;
    (void)key;
    (void)entry;
    return not_built_in();
}

static int table_remove(int table, const struct cutoff_key *key)
{
    (void)table;
    (void)key;
    return not_built_in();
}
#endif

struct cutoff {
    int table;
    int program;
    atomic_bool refused;
};

static const char *reason_of(int error)
{
    return error == EOPNOTSUPP ? "vigied was built without libbpf"
           : error == EPERM    ? "no permission; root or CAP_BPF is needed"
                               : strerror(error);
}

static bool fail(struct failure *failure, const char *what, int error)
{
    return failure_set(failure, error == EPERM ? EXIT_STATUS_NO_PERMISSION : EXIT_STATUS_RUNTIME, "%s: %s",
                       what, reason_of(error));
}

static bool open_both(struct cutoff *cutoff, uint64_t entries, uint32_t snaplen, struct failure *failure)
{
    cutoff->table = make_table(entries);
    if (cutoff->table < 0) {
        return fail(failure, "the kernel's table cannot be made", errno);
    }
    cutoff->program = load_filter(cutoff->table, snaplen);
    return cutoff->program >= 0 || fail(failure, "the kernel does not take the filter", errno);
}

struct cutoff *cutoff_create(uint64_t entries, uint32_t snaplen, struct failure *failure)
{
    struct cutoff *cutoff = calloc(1, sizeof *cutoff);
    if (cutoff == NULL) {
        abort();
    }
    cutoff->program = -1;
    if (!open_both(cutoff, entries, snaplen, failure)) {
        cutoff_free(cutoff);
        return NULL;
    }
    return cutoff;
}

void cutoff_free(struct cutoff *cutoff)
{
    if (cutoff == NULL) {
        return;
    }
    if (cutoff->program >= 0) {
        close(cutoff->program);
    }
    if (cutoff->table >= 0) {
        close(cutoff->table);
    }
    free(cutoff);
}

int cutoff_program(const struct cutoff *cutoff)
{
    return cutoff->program;
}

static struct cutoff_key key_of(const struct cutoff_direction *direction)
{
    struct cutoff_key key = {.source_port = htons(direction->source_port),
                             .destination_port = htons(direction->destination_port)};
    memcpy(key.source, direction->source.bytes, sizeof key.source);
    memcpy(key.destination, direction->destination.bytes, sizeof key.destination);
    return key;
}

/* Kernels before 5.19 ask for the capability, which has been dropped, in each call. */
static enum cutoff_answer refuse(struct cutoff *cutoff, int error)
{
    if (!atomic_exchange_explicit(&cutoff->refused, true, memory_order_relaxed)) {
        log_warning("capture.cutoff: kernel: its table cannot be written: %s; going on without it",
                    strerror(error));
    }
    return CUTOFF_REFUSED;
}

enum cutoff_answer cutoff_set(struct cutoff *cutoff, const struct cutoff_direction *direction,
                              enum cutoff_kind kind, uint32_t resume)
{
    if (atomic_load_explicit(&cutoff->refused, memory_order_relaxed)) {
        return CUTOFF_REFUSED;
    }
    struct cutoff_key key = key_of(direction);
    struct cutoff_entry entry = {.kind = (uint32_t)kind, .resume = resume};
    if (table_add(cutoff->table, &key, &entry) == 0) {
        return CUTOFF_DONE;
    }
    return errno == E2BIG || errno == ENOMEM ? CUTOFF_FULL : refuse(cutoff, errno);
}

struct cutoff_volume cutoff_look(struct cutoff *cutoff, const struct cutoff_direction *direction)
{
    struct cutoff_key key = key_of(direction);
    struct cutoff_entry entry = {.bytes = 0};
    if (table_read(cutoff->table, &key, &entry) != 0) {
        return (struct cutoff_volume){.packets = 0};
    }
    return (struct cutoff_volume){.packets = entry.packets, .bytes = entry.bytes};
}

struct cutoff_volume cutoff_take(struct cutoff *cutoff, const struct cutoff_direction *direction)
{
    /* What is dropped between the two calls is lost to the count. */
    struct cutoff_volume volume = cutoff_look(cutoff, direction);
    struct cutoff_key key = key_of(direction);
    (void)table_remove(cutoff->table, &key);
    return volume;
}
