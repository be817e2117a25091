/*
 * The cut-off's filter, put together instruction by instruction so that building us needs no compiler for
 * eBPF. In C it would read:
 *
 *     at = 12
 *     for three ethertypes:                              two VLAN tags at most
 *         type = load(at, 2); at += 2
 *         IPv4: goto ipv4    IPv6: goto ipv6    VLAN: at += 2    other: goto pass
 *     goto pass
 * ipv4:
 *     head = load(at, 20)
 *     version 4, header of 20 or more, no fragment, TCP; else goto pass
 *     left = total length - header; at += header; key = addresses
 *     goto tcp
 * ipv6:
 *     head = load(at, 40)
 *     version 6, TCP right behind it; else goto pass
 *     left = payload length; at += 40; key = addresses
 * tcp:
 *     head = load(at, 16)
 *     key += ports; left -= header; header under 20 or left < 0: goto pass
 *     SYN: open(key); open(reversed key); goto pass
 *     if left > 0 and there is an entry of the reversed key that is not FOR_EVER: open it
 *     FIN or RST, or no entry of the key: goto pass
 *     OPEN: goto pass
 *     RESUME: unless sequence < resume and sequence + left <= resume: goto pass
 *     entry.bytes += left; entry.packets += 1; return 0
 * pass:
 *     return snaplen
 *
 * What load() cannot have goes to pass.
 */
#ifdef HAVE_LIBBPF
#include <arpa/inet.h>
#include <assert.h>
#include <linux/bpf.h>

#include "daemon/capture/cutoff_priv.h"

/* Registers that helpers leave alone. */
enum { CONTEXT = BPF_REG_6, AT = BPF_REG_7, LEFT = BPF_REG_8, FLAGS = BPF_REG_9, FRAME = BPF_REG_10 };

/* On the stack, from the frame's top down. */
enum { HEAD = -40, SEGMENT = -56, KEY = -96, REVERSED = -136 };

/* The fields that are read, and where they stand in their headers. */
enum {
    ETHERTYPE_AT = 12,
    IPV4_TOTAL = 2,
    IPV4_FRAGMENT = 6,
    IPV4_PROTOCOL = 9,
    IPV4_SOURCE = 12,
    IPV4_HEADER = 20,
    IPV6_LENGTH = 4,
    IPV6_NEXT = 6,
    IPV6_SOURCE = 8,
    IPV6_HEADER = 40,
    ADDRESSES = 32, /* of IPv6, and of a key */
    TCP_SEQUENCE = 4,
    TCP_OFFSET = 12,
    TCP_FLAGS = 13,
    TCP_HEADER = 20,
    TCP_LOADED = 16,
    PROTOCOL_TCP = 6,
    FLAG_FIN = 1,
    FLAG_SYN = 2,
    FLAG_RST = 4,
    FRAGMENT_BITS = 0x3fff, /* more fragments, and the offset */
};

/* Places to jump to, known by name until the program is whole. */
enum label {
    LABEL_NEXT,
    LABEL_IPV4,
    LABEL_IPV6,
    LABEL_TCP,
    LABEL_OWN,
    LABEL_SYN,
    LABEL_REVERSE,
    LABEL_DROP,
    LABEL_PASS,
    LABEL_COUNT
};

struct assembler {
    struct bpf_insn *out;
    size_t count;
    int map;
    size_t places[LABEL_COUNT];
    enum label targets[CUTOFF_PROGRAM_MAX]; /* LABEL_NEXT: no jump */
};

static void emit(struct assembler *to, uint8_t code, uint8_t target, uint8_t source, int16_t offset,
                 int32_t immediate)
{
    assert(to->count < CUTOFF_PROGRAM_MAX);
    to->targets[to->count] = LABEL_NEXT;
    to->out[to->count++] = (struct bpf_insn){
        .code = code, .dst_reg = target & 15U, .src_reg = source & 15U, .off = offset, .imm = immediate};
}

static void place(struct assembler *to, enum label label)
{
    to->places[label] = to->count;
}

static void set_value(struct assembler *to, uint8_t target, int32_t value)
{
    emit(to, BPF_ALU64 | BPF_MOV | BPF_K, target, 0, 0, value);
}

static void set_register(struct assembler *to, uint8_t target, uint8_t source)
{
    emit(to, BPF_ALU64 | BPF_MOV | BPF_X, target, source, 0, 0);
}

/* An operation of 64 bits (BPF_ADD and the like) with a number, or with a register. */
static void with_value(struct assembler *to, uint8_t operation, uint8_t target, int32_t value)
{
    emit(to, (uint8_t)(BPF_ALU64 | operation | BPF_K), target, 0, 0, value);
}

static void with_register(struct assembler *to, uint8_t operation, uint8_t target, uint8_t source)
{
    emit(to, (uint8_t)(BPF_ALU64 | operation | BPF_X), target, source, 0, 0);
}

/* Of BPF_B, BPF_H, BPF_W or BPF_DW. */
static void read_memory(struct assembler *to, uint8_t size, uint8_t target, uint8_t base, int16_t offset)
{
    emit(to, (uint8_t)(BPF_LDX | size | BPF_MEM), target, base, offset, 0);
}

static void write_memory(struct assembler *to, uint8_t size, uint8_t base, int16_t offset, uint8_t source)
{
    emit(to, (uint8_t)(BPF_STX | size | BPF_MEM), base, source, offset, 0);
}

static void write_value(struct assembler *to, uint8_t size, uint8_t base, int16_t offset, int32_t value)
{
    emit(to, (uint8_t)(BPF_ST | size | BPF_MEM), base, 0, offset, value);
}

/* From network order, 16 or 32 bits. */
static void to_host(struct assembler *to, uint8_t target, int32_t bits)
{
    emit(to, BPF_ALU | BPF_END | BPF_TO_BE, target, 0, 0, bits);
}

static void jump_if(struct assembler *to, uint8_t condition, uint8_t compared, int32_t value,
                    enum label label)
{
    emit(to, (uint8_t)(BPF_JMP | condition | BPF_K), compared, 0, 0, value);
    to->targets[to->count - 1] = label;
}

static void jump(struct assembler *to, enum label label)
{
    emit(to, BPF_JMP | BPF_JA, 0, 0, 0, 0);
    to->targets[to->count - 1] = label;
}

static void call(struct assembler *to, int32_t helper)
{
    emit(to, BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}

static void leave(struct assembler *to, int32_t value)
{
    emit(to, BPF_ALU | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, value);
    emit(to, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* Jumps become relative, now that all places are known. */
static void settle_jumps(struct assembler *to)
{
    for (size_t i = 0; i < to->count; i++) {
        if (to->targets[i] != LABEL_NEXT) {
            to->out[i].off = (int16_t)(to->places[to->targets[i]] - i - 1);
        }
    }
}

/* `size` bytes from AT on to the stack; what is too short passes. */
static void load(struct assembler *to, int16_t where, int32_t size)
{
    set_register(to, BPF_REG_1, CONTEXT);
    set_register(to, BPF_REG_2, AT);
    set_register(to, BPF_REG_3, FRAME);
    with_value(to, BPF_ADD, BPF_REG_3, where);
    set_value(to, BPF_REG_4, size);
    call(to, BPF_FUNC_skb_load_bytes);
    jump_if(to, BPF_JNE, BPF_REG_0, 0, LABEL_PASS);
}

/* The entry of a key on the stack goes to R0; where there is none on to `missing`. */
static void look_up(struct assembler *to, int16_t key, enum label missing)
{
    emit(to, BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, to->map);
    emit(to, 0, 0, 0, 0, 0); /* the upper half of a number of 64 bits */
    set_register(to, BPF_REG_2, FRAME);
    with_value(to, BPF_ADD, BPF_REG_2, key);
    call(to, BPF_FUNC_map_lookup_elem);
    jump_if(to, BPF_JEQ, BPF_REG_0, 0, missing);
}

/* The entry in R0. */
static void open_entry(struct assembler *to)
{
    write_value(to, BPF_W, BPF_REG_0, offsetof(struct cutoff_entry, kind), CUTOFF_OPEN);
}

static void write_ethernet(struct assembler *to)
{
    enum { TYPES = 3, TYPE_SIZE = 2, TAG_SIZE = 2 };
    static const uint16_t vlan[] = {0x8100, 0x88a8, 0x9100, 0x9200};
    set_value(to, AT, ETHERTYPE_AT);
    for (int i = 0; i < TYPES; i++) {
        load(to, HEAD, TYPE_SIZE);
        read_memory(to, BPF_H, BPF_REG_1, FRAME, HEAD);
        with_value(to, BPF_ADD, AT, TYPE_SIZE);
        jump_if(to, BPF_JEQ, BPF_REG_1, htons(0x0800), LABEL_IPV4);
        jump_if(to, BPF_JEQ, BPF_REG_1, htons(0x86dd), LABEL_IPV6);
        if (i + 1 == TYPES) {
            break;
        }
        /* Over the tests that are left and the jump behind them. */
        const size_t tags = sizeof vlan / sizeof *vlan;
        for (size_t tag = 0; tag < tags; tag++) {
            emit(to, BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_1, 0, (int16_t)(tags - tag), htons(vlan[tag]));
        }
        jump(to, LABEL_PASS);
        with_value(to, BPF_ADD, AT, TAG_SIZE);
    }
    jump(to, LABEL_PASS);
}

/* Four bytes of the loaded header into both keys. */
static void copy_word(struct assembler *to, int16_t from, int16_t key, int16_t reversed)
{
    read_memory(to, BPF_W, BPF_REG_1, FRAME, (int16_t)(HEAD + from));
    write_memory(to, BPF_W, FRAME, (int16_t)(KEY + key), BPF_REG_1);
    write_memory(to, BPF_W, FRAME, (int16_t)(REVERSED + reversed), BPF_REG_1);
}

/* An address is the last `size` of its 16 bytes; `from` is where the source stands, the destination follows.
 */
static void copy_addresses(struct assembler *to, int16_t from, int16_t size)
{
    enum { ADDRESS = 16, WORD = 4 };
    for (int16_t at = 0; at < size; at = (int16_t)(at + WORD)) {
        int16_t in_key = (int16_t)(ADDRESS - size + at);
        copy_word(to, (int16_t)(from + at), in_key, (int16_t)(ADDRESS + in_key));
        copy_word(to, (int16_t)(from + size + at), (int16_t)(ADDRESS + in_key), in_key);
    }
}

/* IPv4 in IPv6: ::ffff:0:0/96, in both places of both keys. */
static void write_mapped_prefix(struct assembler *to)
{
    static const int16_t places[] = {KEY, KEY + 16, REVERSED, REVERSED + 16};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        write_value(to, BPF_W, FRAME, places[i], 0);
        write_value(to, BPF_W, FRAME, (int16_t)(places[i] + 4), 0);
        write_value(to, BPF_W, FRAME, (int16_t)(places[i] + 8), (int32_t)htonl(0xffff));
    }
}

static void write_ipv4(struct assembler *to)
{
    place(to, LABEL_IPV4);
    load(to, HEAD, IPV4_HEADER);
    read_memory(to, BPF_B, BPF_REG_1, FRAME, HEAD);
    set_register(to, BPF_REG_2, BPF_REG_1);
    with_value(to, BPF_RSH, BPF_REG_1, 4);
    jump_if(to, BPF_JNE, BPF_REG_1, 4, LABEL_PASS);
    with_value(to, BPF_AND, BPF_REG_2, 15);
    with_value(to, BPF_LSH, BPF_REG_2, 2);
    jump_if(to, BPF_JLT, BPF_REG_2, IPV4_HEADER, LABEL_PASS);
    read_memory(to, BPF_H, BPF_REG_1, FRAME, HEAD + IPV4_FRAGMENT);
    jump_if(to, BPF_JSET, BPF_REG_1, htons(FRAGMENT_BITS), LABEL_PASS);
    read_memory(to, BPF_B, BPF_REG_1, FRAME, HEAD + IPV4_PROTOCOL);
    jump_if(to, BPF_JNE, BPF_REG_1, PROTOCOL_TCP, LABEL_PASS);
    read_memory(to, BPF_H, LEFT, FRAME, HEAD + IPV4_TOTAL);
    to_host(to, LEFT, 16);
    with_register(to, BPF_SUB, LEFT, BPF_REG_2);
    with_register(to, BPF_ADD, AT, BPF_REG_2);
    write_mapped_prefix(to);
    copy_addresses(to, IPV4_SOURCE, 4);
    jump(to, LABEL_TCP);
}

static void write_ipv6(struct assembler *to)
{
    place(to, LABEL_IPV6);
    load(to, HEAD, IPV6_HEADER);
    read_memory(to, BPF_B, BPF_REG_1, FRAME, HEAD);
    with_value(to, BPF_RSH, BPF_REG_1, 4);
    jump_if(to, BPF_JNE, BPF_REG_1, 6, LABEL_PASS);
    read_memory(to, BPF_B, BPF_REG_1, FRAME, HEAD + IPV6_NEXT);
    jump_if(to, BPF_JNE, BPF_REG_1, PROTOCOL_TCP, LABEL_PASS);
    read_memory(to, BPF_H, LEFT, FRAME, HEAD + IPV6_LENGTH);
    to_host(to, LEFT, 16);
    with_value(to, BPF_ADD, AT, IPV6_HEADER);
    copy_addresses(to, IPV6_SOURCE, 16);
}

static void write_tcp_header(struct assembler *to)
{
    place(to, LABEL_TCP);
    load(to, SEGMENT, TCP_LOADED);
    for (int16_t port = 0; port < 4; port = (int16_t)(port + 2)) {
        read_memory(to, BPF_H, BPF_REG_1, FRAME, (int16_t)(SEGMENT + port));
        write_memory(to, BPF_H, FRAME, (int16_t)(KEY + ADDRESSES + port), BPF_REG_1);
        write_memory(to, BPF_H, FRAME, (int16_t)(REVERSED + ADDRESSES + 2 - port), BPF_REG_1);
    }
    read_memory(to, BPF_B, BPF_REG_1, FRAME, SEGMENT + TCP_OFFSET);
    with_value(to, BPF_RSH, BPF_REG_1, 4);
    with_value(to, BPF_LSH, BPF_REG_1, 2);
    jump_if(to, BPF_JLT, BPF_REG_1, TCP_HEADER, LABEL_PASS);
    with_register(to, BPF_SUB, LEFT, BPF_REG_1);
    jump_if(to, BPF_JSLT, LEFT, 0, LABEL_PASS);
    read_memory(to, BPF_B, FLAGS, FRAME, SEGMENT + TCP_FLAGS);
}

/* Payload opens what the other side's packets are cut by, unless they are cut for ever. */
static void write_other_side(struct assembler *to)
{
    jump_if(to, BPF_JSET, FLAGS, FLAG_SYN, LABEL_SYN);
    jump_if(to, BPF_JEQ, LEFT, 0, LABEL_OWN);
    look_up(to, REVERSED, LABEL_OWN);
    read_memory(to, BPF_W, BPF_REG_1, BPF_REG_0, offsetof(struct cutoff_entry, kind));
    jump_if(to, BPF_JEQ, BPF_REG_1, CUTOFF_FOR_EVER, LABEL_OWN);
    open_entry(to);
}

/* The difference of two sequence numbers in R2, as a signed number: they wrap. */
static void subtract_resume(struct assembler *to)
{
    read_memory(to, BPF_W, BPF_REG_1, BPF_REG_0, offsetof(struct cutoff_entry, resume));
    with_register(to, BPF_SUB, BPF_REG_2, BPF_REG_1);
    with_value(to, BPF_LSH, BPF_REG_2, 32);
    with_value(to, BPF_ARSH, BPF_REG_2, 32);
}

static void write_own_side(struct assembler *to)
{
    place(to, LABEL_OWN);
    jump_if(to, BPF_JSET, FLAGS, FLAG_FIN | FLAG_RST, LABEL_PASS);
    look_up(to, KEY, LABEL_PASS);
    read_memory(to, BPF_W, BPF_REG_1, BPF_REG_0, offsetof(struct cutoff_entry, kind));
    jump_if(to, BPF_JEQ, BPF_REG_1, CUTOFF_OPEN, LABEL_PASS);
    jump_if(to, BPF_JNE, BPF_REG_1, CUTOFF_RESUME, LABEL_DROP);
    read_memory(to, BPF_W, BPF_REG_2, FRAME, SEGMENT + TCP_SEQUENCE);
    to_host(to, BPF_REG_2, 32);
    subtract_resume(to);
    jump_if(to, BPF_JSGE, BPF_REG_2, 0, LABEL_PASS);
    with_register(to, BPF_ADD, BPF_REG_2, LEFT);
    jump_if(to, BPF_JSGT, BPF_REG_2, 0, LABEL_PASS);
    place(to, LABEL_DROP);
    set_value(to, BPF_REG_1, 1);
    emit(to, BPF_STX | BPF_DW | BPF_XADD, BPF_REG_0, LEFT, offsetof(struct cutoff_entry, bytes), 0);
    emit(to, BPF_STX | BPF_DW | BPF_XADD, BPF_REG_0, BPF_REG_1, offsetof(struct cutoff_entry, packets), 0);
    leave(to, 0);
}

static void write_syn(struct assembler *to, uint32_t snaplen)
{
    place(to, LABEL_SYN);
    look_up(to, KEY, LABEL_REVERSE);
    open_entry(to);
    place(to, LABEL_REVERSE);
    look_up(to, REVERSED, LABEL_PASS);
    open_entry(to);
    place(to, LABEL_PASS);
    leave(to, (int32_t)snaplen);
}

size_t cutoff_program_write(struct bpf_insn *out, int map, uint32_t snaplen)
{
    struct assembler to = {.out = out, .map = map};
    set_register(&to, CONTEXT, BPF_REG_1);
    write_ethernet(&to);
    write_ipv4(&to);
    write_ipv6(&to);
    write_tcp_header(&to);
    write_other_side(&to);
    write_own_side(&to);
    write_syn(&to, snaplen);
    settle_jumps(&to);
    return to.count;
}
#endif
