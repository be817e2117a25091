/*
 * One direction of TLS over TCP up to where it is encrypted: records (RFC 8446, section 5.1), and in them
 * handshake messages over any number of records and slices. Bytes go in, whole messages come out.
 */
#pragma once

#include "base/buf.h"

enum tls_message {
    TLS_CLIENT_HELLO = 1,
    TLS_SERVER_HELLO = 2,
    TLS_CERTIFICATE = 11,
};

enum { TLS_RECORD_HEAD = 5, TLS_MESSAGE_HEAD = 4, TLS_ALERT_SIZE = 2 };

struct tls_reader {
    uint8_t head[TLS_RECORD_HEAD]; /* of the present record */
    uint8_t head_len;
    uint8_t message_head[TLS_MESSAGE_HEAD]; /* of the present message; or an alert's bytes */
    uint8_t message_head_len;
    uint8_t first;      /* type of the first message; 0 before it */
    size_t record_left; /* of the present record */
    size_t needed;      /* bytes of the present message that are wanted; of a certificate's the first one's */
    struct buf message; /* they */
    size_t hello_cap;
    size_t certificate_cap;
};

enum tls_item {
    TLS_NOTHING, /* all of the input is taken and nothing is complete */
    TLS_MESSAGE, /* of reader->message_head[0]; `message` holds it where it is one of enum tls_message */
    TLS_CAPPED,  /* that message is larger than its cap: it is not kept, nor what follows it read */
    TLS_ALERT,   /* reader->message_head: level and description */
    TLS_OPAQUE,  /* what follows is encrypted */
    TLS_BROKEN,  /* no TLS */
};

struct tls_reader tls_reader_make(size_t hello_cap, size_t certificate_cap);
void tls_reader_free(struct tls_reader *reader);
/* Reads on until something is complete. Behind CAPPED, OPAQUE, BROKEN and a MESSAGE that is none of enum
 * tls_message nothing more may be given. */
enum tls_item tls_reader_next(struct tls_reader *reader, struct slice *input);
/* The server's own certificate in a whole TLS_CERTIFICATE; empty where it sent none. */
struct slice tls_reader_certificate(const struct tls_reader *reader);
