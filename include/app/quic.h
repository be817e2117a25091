/*
 * What QUIC shows before it is encrypted for good: packets' long headers, and the client's hello inside its
 * Initial packets, whose keys follow from a connection id that stands beside them.
 *
 * Sources: RFC 9000 (packets and frames), RFC 9001 sections 5.2 to 5.4 (Initial keys, protection), RFC 9369
 * (version 2), and their drafts; quic_google.c names those of Google's QUIC. All but quic_keys_make and
 * quic_packet_open is pure; slices borrow from the datagram.
 */
#pragma once

#include "app/tls.h"
#include "base/slice.h"

enum quic_version {
    QUIC_V1 = 0x00000001,
    QUIC_V2 = 0x6b3343cf,
    QUIC_DRAFT_22 = 0xff000016,
    QUIC_DRAFT_23 = 0xff000017,
    QUIC_DRAFT_28 = 0xff00001c,
    QUIC_DRAFT_29 = 0xff00001d,
    QUIC_DRAFT_32 = 0xff000020,
    QUIC_DRAFT_33 = 0xff000021,
    QUIC_DRAFT_34 = 0xff000022,
    QUIC_V2_DRAFT_00 = 0xff020000,
    QUIC_V2_DRAFT_01 = 0x709a50c4, /* and those behind it, up to 07 */
    QUIC_MVFST_22 = 0xfaceb001,    /* Facebook's: draft 22 */
    QUIC_MVFST_27 = 0xfaceb002,
    QUIC_MVFST_TRIAL = 0xfaceb00e,
    QUIC_Q050 = 0x51303530, /* "Q050": Google's, with its own hello */
    QUIC_T050 = 0x54303530, /* "T050": Google's, with TLS */
    QUIC_T051 = 0x54303531,
};

enum { QUIC_SALT_BYTES = 20 };

/* How a version's Initial packets are written and protected. */
struct quic_rules {
    const uint8_t *salt; /* QUIC_SALT_BYTES */
    bool labels_2;       /* the labels of keys are those of version 2 (RFC 9369, section 3.3.1) */
    bool types_2;        /* and so are the numbers of packet types (section 3.2) */
    bool frames_google;  /* frames have the numbers of Google's QUIC */
    bool hello_google;   /* and the hello is Google's, not TLS's */
};

/*
 * NULL where nothing is known of the version. One that is reserved for trying servers (RFC 9000, section 15)
 * has no rules of its own: clients write their packets by those of a version that they speak, so that there
 * are several to try, by `attempt` from 0 on; behind the last one, NULL.
 */
const struct quic_rules *quic_rules_of(uint32_t version, unsigned attempt);

enum quic_packet_type {
    QUIC_INITIAL,
    QUIC_ZERO_RTT,
    QUIC_HANDSHAKE,
    QUIC_RETRY,
    QUIC_SHORT, /* of an established connection, or nothing of QUIC */
};

enum {
    QUIC_ID_MAX = 20,
    QUIC_CLIENT_MIN =
        1200, /* a datagram with a client's Initial has as many bytes (RFC 9000, section 14.1) */
    QUIC_PACKET_MAX = 1500, /* bytes of an Initial packet that is opened */
};

/* One packet of a datagram. */
struct quic_packet {
    enum quic_packet_type type;
    uint32_t version; /* long headers */
    struct slice destination_id;
    struct slice source_id;
    struct slice bytes; /* the whole packet */
    size_t number_at;   /* where in it the protected packet number stands; not of QUIC_RETRY and QUIC_SHORT */
};

/* Takes the next packet off the front of a datagram. False where none is left: what follows is no packet of a
 * known version, or is cut. A packet with a short header, and a Retry, are a datagram's last.
 * The fixed bit is not asked for: who knows that the other side does without may clear it (RFC 9287). */
bool quic_packet_next(struct slice *datagram, struct quic_packet *packet);

struct quic_keys {
    uint8_t key[16];
    uint8_t iv[12];
    uint8_t header[16];
};

/* The keys of a client's Initial packets. */
void quic_keys_make(const struct quic_rules *rules, struct slice destination_id, struct quic_keys *keys);
/* Removes the protection of an Initial packet: its frames go to `frames`. `*largest` is the largest packet
 * number so far (-1: none) and raised by this one. False where it is too long, or not protected by these
 * keys.
 */
bool quic_packet_open(const struct quic_keys *keys, const struct quic_packet *packet, int64_t *largest,
                      uint8_t frames[QUIC_PACKET_MAX], size_t *len);
/* Takes the frames up to the next CRYPTO frame off the front; false where there is none, or none that an
 * Initial packet may bear. */
bool quic_crypto_next(struct slice *frames, bool google, uint64_t *offset, struct slice *data);

/* A client's hello (APP_QUIC): told when the server goes on with it, or has not in time. */
struct quic_hello {
    uint32_t version;
    const struct tls_client_hello *client; /* of Google's hellos `sni` alone is filled */
    bool answered;                         /* the server sent packets that follow only from a hello it took */
};
