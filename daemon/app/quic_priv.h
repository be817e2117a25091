/* QUIC in a flow: the hello put together out of packets (quic_hello.c), Google's own hello (quic_google.c),
 * and the flow's state (quic_proto.c). */
#pragma once

#include "app/quic.h"
#include "daemon/app/app_priv.h"

/* The beginning of the client's handshake stream. */
struct quic_assembly {
    uint8_t *bytes;   /* owned */
    uint8_t *present; /* owned; a bit for each of them */
    size_t room;
    size_t ready; /* bytes from the front on that are all present */
    size_t cap;
};

enum quic_hello_state { QUIC_HELLO_PART, QUIC_HELLO_WHOLE, QUIC_HELLO_NONE, QUIC_HELLO_TOO_LONG };

/* False where bytes would lie beyond the cap. */
bool quic_assembly_add(struct quic_assembly *assembly, uint64_t offset, struct slice data);
/* The ClientHello's body, where all of it is present. */
enum quic_hello_state quic_assembly_hello(const struct quic_assembly *assembly, struct slice *body);
void quic_assembly_free(struct quic_assembly *assembly);
size_t quic_assembly_memory(const struct quic_assembly *assembly);

/* A packet of Google's QUIC up to version 46, in which the client's hello begins: nothing in it is encrypted.
 */
struct quic_google_packet {
    uint32_t version;
    struct slice id; /* of the connection */
    struct slice message;
};

/* False where the datagram is none. */
bool quic_google_packet(struct slice datagram, struct quic_google_packet *packet);
/* Whether a server that sends this goes on with the connection: it negotiates no version and resets nothing.
 */
bool quic_google_goes_on(struct slice datagram, struct slice id);
/* The server's name in a hello of Google's; len 0: none. The rest of the message need not be there. */
enum quic_hello_state quic_google_hello(struct slice message, struct slice *name);
