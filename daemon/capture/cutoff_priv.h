/* The cut-off's table as the filter and user space see it, and the filter. */
#pragma once

#include "capture/cutoff.h"

/* Addresses as in struct address, ports in network order. Hashed as bytes: no padding. */
struct cutoff_key {
    uint8_t source[16], destination[16];
    uint16_t source_port, destination_port;
};
_Static_assert(sizeof(struct cutoff_key) == 36, "the filter builds it word by word");

struct cutoff_entry {
    uint64_t bytes; /* of payload that was dropped */
    uint64_t packets;
    uint32_t kind; /* enum cutoff_kind */
    uint32_t resume;
};

struct bpf_insn;

/* Instructions that cutoff_program_write() writes at most. */
enum { CUTOFF_PROGRAM_MAX = 256 };

/* Writes the filter, CUTOFF_PROGRAM_MAX instructions at most, for the table behind `map`; returns its number
 * of instructions. */
size_t cutoff_program_write(struct bpf_insn *out, int map, uint32_t snaplen);
