/*
 * Answers and their questions (app/dns.h). Off-path answers race the real one, so an answer counts only for
 * a question that the client asked before in the same flow, and each question has one answer.
 *
 * A mirror shows hundreds of thousands of flows of one question and one answer: a flow keeps nothing but the
 * questions that wait.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/cur.h"
#include "daemon/app/dns_priv.h"
#include "flow/flow_table.h"

static struct waiting_list *questions_of(const struct dns_flow *dns)
{
    return &dns->inspector->shards[dns->flow->shard].questions;
}

static size_t memory_of(const struct dns_question *question)
{
    return sizeof *question + question->len;
}

static void question_add(struct dns_flow *dns, struct dns_question *question, int64_t time_us)
{
    waiting_add(questions_of(dns), &question->waiting, time_us);
    if (dns->newest == NULL) {
        dns->oldest = question;
    } else {
        dns->newest->next = question;
    }
    dns->newest = question;
    dns->waiting++;
    dns->memory += memory_of(question);
}

/* Takes the question behind `before` (the first one where that is NULL) out of both lists. */
static struct dns_question *question_take(struct dns_flow *dns, struct dns_question *before)
{
    struct dns_question *question = before == NULL ? dns->oldest : before->next;
    *(before == NULL ? &dns->oldest : &before->next) = question->next;
    dns->newest = dns->newest == question ? before : dns->newest;
    waiting_remove(questions_of(dns), &question->waiting);
    dns->waiting--;
    dns->memory -= memory_of(question);
    return question;
}

static void tell(struct dns_flow *dns, const struct dns_exchange *exchange, int64_t time_us)
{
    const struct app_event event = {.type = APP_DNS, .time_us = time_us, .flow = dns->flow, .dns = exchange};
    dns->inspector->event(dns->inspector->context, &event);
}

static struct dns_exchange exchange_of(const struct dns_question *question, const struct dns_message *answer)
{
    return (struct dns_exchange){
        .asked = true,
        .id = question->id,
        .type = question->type,
        .class = question->class,
        .name = slice_make(question->name, question->len),
        .host = question->host,
        .several = question->several,
        .asked_us = question->waiting.since_us,
        .answer = answer,
    };
}

static bool is_known(const struct dns_flow *dns)
{
    return dns->flow->protocol == APP_PROTOCOL_DNS;
}

/* The flow's oldest question goes without an answer. */
static void give_up_oldest(struct dns_flow *dns, int64_t time_us)
{
    struct dns_question *question = question_take(dns, NULL);
    if (is_known(dns)) {
        const struct dns_exchange exchange = exchange_of(question, NULL);
        counter_add(dns->inspector->counters, APP_DNS_UNANSWERED, 1);
        tell(dns, &exchange, time_us);
    }
    free(question);
}

void dns_finish(struct dns_flow *dns, int64_t time_us)
{
    while (dns->oldest != NULL) {
        give_up_oldest(dns, time_us);
    }
}

void dns_drop(struct dns_flow *dns)
{
    while (dns->oldest != NULL) {
        free(question_take(dns, NULL));
    }
}

/* Questions of a flow stand in the order of their coming, so the shard's oldest is its flow's oldest. */
void dns_waiting_tick(struct inspector *inspector, unsigned shard, int64_t now_us)
{
    struct waiting *due;
    while ((due = waiting_due(&inspector->shards[shard].questions, now_us,
                              inspector->settings->answer_timeout)) != NULL) {
        struct dns_question *question =
            (struct dns_question *)((char *)due - offsetof(struct dns_question, waiting));
        struct dns_flow *dns = question->dns;
        struct flow *flow = dns->flow;
        assert(dns->oldest == question);
        give_up_oldest(dns, now_us);
        inspector_settled(inspector, flow);
    }
}

/* ---- messages */

bool dns_header_fits(struct slice bytes, bool response)
{
    enum { FLAGS_AT = 2, QUESTIONS_AT = 4, OPCODE_AND_ZERO = 0x7840 };
    struct cur cur = cur_make(slice_from(bytes, FLAGS_AT));
    uint16_t flags = cur_be16(&cur);
    uint16_t questions = cur_be16(&cur);
    return cur_ok(&cur) && (flags & OPCODE_AND_ZERO) == 0 && questions <= 1 &&
           ((flags & DNS_FLAG_RESPONSE) != 0) == response;
}

bool dns_port_fits(const struct flow *flow, bool *sure)
{
    enum { MDNS_PORT = 5353, LLMNR_PORT = 5355 };
    uint16_t first = flow->ends[0].port;
    uint16_t second = flow->ends[1].port;
    *sure = first == DNS_PORT || second == DNS_PORT;
    return *sure ||
           (first != MDNS_PORT && second != MDNS_PORT && first != LLMNR_PORT && second != LLMNR_PORT);
}

bool dns_is_plain_query(struct slice bytes)
{
    enum { QUERY_FLAGS = DNS_FLAG_RECURSION_DESIRED | 0x30, /* authentic data, checking disabled */ };
    struct cur cur = cur_make(slice_from(bytes, sizeof(uint16_t)));
    uint16_t flags = cur_be16(&cur);
    uint64_t questions_and_answers = cur_be32(&cur);
    uint16_t authorities = cur_be16(&cur);
    uint16_t additional = cur_be16(&cur);
    size_t at = DNS_HEADER_BYTES;
    struct dns_name name;
    if (!cur_ok(&cur) || (flags & ~QUERY_FLAGS) != 0 || questions_and_answers != UINT32_C(1) << 16 ||
        authorities != 0 || additional > 1 || !dns_name_read(bytes, &at, &name) || !name.host) {
        return false;
    }
    cur = cur_make(slice_from(bytes, at));
    uint16_t type = cur_be16(&cur);
    uint16_t class = cur_be16(&cur);
    bool ends = additional == 0 ? cur.left == 0 : cur.left > 0 && cur_peek(&cur, 0) == 0;
    return cur_ok(&cur) && class == DNS_CLASS_IN && dns_type_name(type) != NULL && ends;
}

static void recognise(struct dns_flow *dns, unsigned client)
{
    struct flow *flow = dns->flow;
    if (is_known(dns)) {
        return;
    }
    flow_set_client(flow, client, ORIENTATION_PAYLOAD);
    flow->visibility =
        VISIBILITY_NAME; /* the figures are about what servers do: a name is all that is seen */
    flow->protocol = APP_PROTOCOL_DNS;
    counter_add(dns->inspector->counters, APP_DNS_FLOWS, 1);
}

static void take_question(struct dns_flow *dns, const struct dns_message *message, int64_t time_us)
{
    if (dns->waiting >= dns->inspector->settings->dns_waiting) {
        counter_add(dns->inspector->counters, APP_DNS_WAITING_CAP, 1);
        give_up_oldest(dns, time_us);
    }
    struct dns_question *question = malloc(sizeof *question + message->name.len);
    if (question == NULL) {
        abort();
    }
    *question = (struct dns_question){
        .dns = dns,
        .id = message->id,
        .type = message->type,
        .class = message->class,
        .host = message->name.host,
        .several = message->several,
        .len = message->name.len,
    };
    memcpy(question->name, message->name.text, message->name.len);
    question_add(dns, question, time_us);
}

/* A refusal may leave the question out (RFC 1035 asks for it, servers that cannot read it do not); of such
 * an answer nothing is believed but that it is one. */
static bool is_answer_to(const struct dns_question *question, const struct dns_message *message)
{
    if (question->id != message->id) {
        return false;
    }
    if (!message->has_question) {
        return message->answer_count == 0 && dns_rcode(message) != 0;
    }
    return question->type == message->type && question->class == message->class &&
           slice_equal_nocase(slice_make(question->name, question->len),
                              slice_make(message->name.text, message->name.len));
}

/* The question that this message answers, out of the lists; or NULL. */
static struct dns_question *find_question(struct dns_flow *dns, const struct dns_message *message)
{
    struct dns_question *before = NULL;
    for (struct dns_question *question = dns->oldest; question != NULL; question = question->next) {
        if (is_answer_to(question, message)) {
            return question_take(dns, before);
        }
        before = question;
    }
    return NULL;
}

static void take_answer(struct dns_flow *dns, const struct dns_message *message, unsigned client, bool sure,
                        int64_t time_us)
{
    struct counter_cell *counters = dns->inspector->counters;
    struct dns_question *question = find_question(dns, message);
    if (question == NULL && !sure) {
        return;
    }
    if (!sure) {
        counter_add(counters, APP_DNS_QUESTIONS, dns->waiting + 1);
    }
    recognise(dns, client);
    counter_add(counters, question != NULL ? APP_DNS_ANSWERED : APP_DNS_UNASKED, 1);
    counter_add(counters, APP_DNS_ANSWERS_CAP, message->capped);
    counter_add(counters, APP_DNS_WITHHELD, question != NULL && dns_is_withheld(message));
    struct dns_exchange exchange = {
        .id = message->id,
        .type = message->type,
        .class = message->class,
        .name = slice_make(message->name.text, message->name.len),
        .host = message->name.host,
        .answer = message,
    };
    if (question != NULL) {
        exchange = exchange_of(question, message);
    }
    tell(dns, &exchange, time_us);
    free(question);
}

/* Who asks: the one that is known to, the side away from port 53, or whose word comes first. */
static unsigned client_of(const struct dns_flow *dns, unsigned side, bool response)
{
    const struct flow *flow = dns->flow;
    if (is_known(dns)) {
        return flow->client;
    }
    if ((flow->ends[0].port == DNS_PORT) != (flow->ends[1].port == DNS_PORT)) {
        return flow->ends[0].port == DNS_PORT;
    }
    if (dns->oldest != NULL) {
        return dns->client;
    }
    return response ? side ^ 1U : side;
}

void dns_take(struct dns_flow *dns, unsigned side, struct slice bytes, int64_t time_us)
{
    struct dns_message message;
    bool sure;
    (void)dns_port_fits(dns->flow, &sure);
    sure = sure || is_known(dns);
    bool good = dns_message_parse(bytes, &message);
    bool response = good && dns_is_response(&message);
    unsigned client = client_of(dns, side, response);
    if (!good || response == (side == client) || (!response && !message.has_question)) {
        counter_add(dns->inspector->counters, APP_DNS_MALFORMED, sure);
        return;
    }
    if (response) {
        take_answer(dns, &message, client, sure, time_us);
        return;
    }
    if (sure) {
        recognise(dns, client);
        counter_add(dns->inspector->counters, APP_DNS_QUESTIONS, 1);
    } else if (!dns_is_plain_query(bytes)) {
        return;
    }
    dns->client = client;
    take_question(dns, &message, time_us);
}
