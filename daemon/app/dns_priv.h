/* DNS in a flow: what the doors over UDP and TCP (dns_proto.c) share with the pairing of answers
 * (dns_exchange.c). */
#pragma once

#include "app/dns.h"
#include "daemon/app/app_priv.h"

/* A question that waits for its answer: in its flow's list, and in its shard's, oldest first in both. */
struct dns_question {
    struct dns_flow *dns;
    struct dns_question *next; /* of the flow */
    struct waiting waiting;    /* in the shard's questions, since it was asked */
    uint16_t id;
    uint16_t type;
    uint16_t class;
    bool host;
    bool several;
    uint8_t len;
    char name[];
};

struct dns_flow {
    struct inspector *inspector;
    struct flow *flow;
    struct dns_question *oldest;
    struct dns_question *newest;
    uint32_t waiting;
    unsigned client; /* the side that asked them */
    size_t memory;   /* of the questions */
};

/* Whether these bytes begin as a query's or an answer's message does. */
bool dns_header_fits(struct slice bytes, bool response);
/* Takes a whole message that `side` sent. */
void dns_take(struct dns_flow *dns, unsigned side, struct slice bytes, int64_t time_us);
/* Tells all questions that wait as unanswered, or forgets them where nothing says that they are DNS's. */
void dns_finish(struct dns_flow *dns, int64_t time_us);
/* Forgets them. */
void dns_drop(struct dns_flow *dns);
/* Whether nothing speaks against DNS on this flow's ports; 53 on one side alone makes it DNS. */
bool dns_port_fits(const struct flow *flow, bool *sure);

/* A query as stubs and resolvers send it, whole and with nothing odd: what is asked of one on other ports. */
bool dns_is_plain_query(struct slice bytes);
