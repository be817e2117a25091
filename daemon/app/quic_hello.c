/* The bytes of CRYPTO frames put in order: of those that come twice the first ones count. */
#include <stdlib.h>
#include <string.h>

#include "base/cur.h"
#include "daemon/app/quic_priv.h"

enum { FIRST_ROOM = 2048, HEAD_BYTES = 4, CLIENT_HELLO = 1 };

void quic_assembly_free(struct quic_assembly *assembly)
{
    free(assembly->bytes);
    free(assembly->present);
    *assembly = (struct quic_assembly){.cap = assembly->cap};
}

size_t quic_assembly_memory(const struct quic_assembly *assembly)
{
    return assembly->room + assembly->room / 8;
}

static bool is_present(const struct quic_assembly *assembly, size_t at)
{
    return (assembly->present[at / 8] & 1U << at % 8) != 0;
}

static void *grown(void *memory, size_t before, size_t after)
{
    uint8_t *out = realloc(memory, after);
    if (out == NULL) {
        abort();
    }
    memset(out + before, 0, after - before);
    return out;
}

static void make_room(struct quic_assembly *assembly, size_t end)
{
    size_t room = assembly->room == 0 ? FIRST_ROOM : assembly->room;
    while (room < end) {
        room *= 2;
    }
    if (room > assembly->room) {
        assembly->bytes = grown(assembly->bytes, assembly->room, room);
        assembly->present = grown(assembly->present, assembly->room / 8, room / 8);
        assembly->room = room;
    }
}

bool quic_assembly_add(struct quic_assembly *assembly, uint64_t offset, struct slice data)
{
    if (offset > assembly->cap || data.len > assembly->cap - offset) {
        return false;
    }
    make_room(assembly, (size_t)offset + data.len);
    for (size_t i = 0; i < data.len; i++) {
        size_t at = (size_t)offset + i;
        if (!is_present(assembly, at)) {
            assembly->bytes[at] = data.data[i];
            assembly->present[at / 8] |= (uint8_t)(1U << at % 8);
        }
    }
    while (assembly->ready < assembly->room && is_present(assembly, assembly->ready)) {
        assembly->ready++;
    }
    return true;
}

enum quic_hello_state quic_assembly_hello(const struct quic_assembly *assembly, struct slice *body)
{
    struct cur cur = cur_make(slice_make(assembly->bytes, assembly->ready));
    uint8_t type = cur_u8(&cur);
    size_t len = cur_be24(&cur);
    if (assembly->ready > 0 && type != CLIENT_HELLO) {
        return QUIC_HELLO_NONE;
    }
    if (!cur_ok(&cur)) {
        return QUIC_HELLO_PART;
    }
    if (len > assembly->cap - HEAD_BYTES) {
        return QUIC_HELLO_TOO_LONG;
    }
    *body = cur_take(&cur, len);
    return cur_ok(&cur) ? QUIC_HELLO_WHOLE : QUIC_HELLO_PART;
}
