/* Messages of DNS: header, question and answers. */
#include "app/dns.h"
#include "base/attr.h"
#include "base/cur.h"

enum { OPCODE_BITS = 0x7800 };

/* Keys of SVCB's parameters (RFC 9460, section 14.3.2). */
enum { KEY_ALPN = 1, KEY_PORT = 3, KEY_HINTS4 = 4, KEY_HINTS6 = 6 };

enum { ADDRESS4_BYTES = 4, ADDRESS6_BYTES = 16 };

bool dns_alpn_next(struct slice *alpn, struct slice *protocol)
{
    struct cur cur = cur_make(*alpn);
    *protocol = cur_take(&cur, cur_u8(&cur));
    *alpn = cur_rest(&cur);
    return cur_ok(&cur) && protocol->len > 0;
}

static bool is_alpn_list(struct slice list)
{
    struct slice protocol;
    bool good = list.len > 0;
    while (good && list.len > 0) {
        good = dns_alpn_next(&list, &protocol);
    }
    return good;
}

static bool take_parameter(struct dns_service *service, uint16_t key, struct slice value)
{
    switch (key) {
    case KEY_ALPN:
        service->alpn = value;
        return is_alpn_list(value);
    case KEY_PORT:
        service->has_port = true;
        service->port = value.len == 2 ? (uint16_t)((unsigned)value.data[0] << 8 | value.data[1]) : 0;
        return value.len == 2;
    case KEY_HINTS4:
        service->hints4 = value;
        return value.len > 0 && value.len % ADDRESS4_BYTES == 0;
    case KEY_HINTS6:
        service->hints6 = value;
        return value.len > 0 && value.len % ADDRESS6_BYTES == 0;
    default:
        return true;
    }
}

/* Keys stand in rising order, each once (RFC 9460, section 2.2). */
static bool read_parameters(struct cur cur, struct dns_service *service)
{
    int32_t before = -1;
    while (cur.left > 0) {
        uint16_t key = cur_be16(&cur);
        struct slice value = cur_take(&cur, cur_be16(&cur));
        if (!cur_ok(&cur) || key <= before || !take_parameter(service, key, value)) {
            return false;
        }
        before = key;
    }
    return true;
}

/* A name that ends with the record. */
static bool read_target(struct slice message, size_t at, size_t end, struct dns_name *target)
{
    return dns_name_read(slice_part(message, 0, end), &at, target) && at == end;
}

static bool read_service(struct slice message, size_t at, size_t end, struct dns_answer *answer)
{
    struct slice whole = slice_part(message, 0, end);
    struct cur cur = cur_make(slice_from(whole, at));
    answer->service = (struct dns_service){.priority = cur_be16(&cur)};
    at += sizeof answer->service.priority;
    return cur_ok(&cur) && dns_name_read(whole, &at, &answer->target) &&
           read_parameters(cur_make(slice_from(whole, at)), &answer->service);
}

static bool read_data(struct slice message, size_t at, size_t end, struct dns_answer *answer)
{
    struct slice data = slice_part(message, at, end - at);
    if (answer->class != DNS_CLASS_IN) {
        return false;
    }
    switch (answer->type) {
    case DNS_A:
        if (data.len == ADDRESS4_BYTES) {
            answer->address = address_from_v4(data.data);
        }
        return data.len == ADDRESS4_BYTES;
    case DNS_AAAA:
        if (data.len == ADDRESS6_BYTES) {
            memcpy(answer->address.bytes, data.data, ADDRESS6_BYTES);
        }
        return data.len == ADDRESS6_BYTES;
    case DNS_CNAME:
        return read_target(message, at, end, &answer->target);
    case DNS_SVCB:
    case DNS_HTTPS:
        return read_service(message, at, end, answer);
    default:
        return false;
    }
}

/* Reads the answer at `*at` and moves `*at` behind it. */
static bool read_answer(struct slice message, size_t *at, struct dns_answer *answer)
{
    if (!dns_name_read(message, at, &answer->owner)) {
        return false;
    }
    struct slice rest = slice_from(message, *at);
    struct cur cur = cur_make(rest);
    answer->type = cur_be16(&cur);
    answer->class = cur_be16(&cur);
    answer->ttl = cur_be32(&cur);
    size_t len = cur_be16(&cur);
    size_t begin = *at + (rest.len - cur.left);
    cur_skip(&cur, len);
    if (!cur_ok(&cur)) {
        return false;
    }
    *at = begin + len;
    answer->understood = read_data(message, begin, *at, answer);
    return true;
}

static void read_answers(struct slice message, size_t at, size_t count, struct dns_message *out)
{
    struct dns_answer beyond;
    out->capped = count > DNS_ANSWERS_MAX;
    for (size_t i = 0; i < count && !out->cut; i++) {
        struct dns_answer *answer = i < DNS_ANSWERS_MAX ? &out->answers[i] : &beyond;
        out->cut = !read_answer(message, &at, answer);
        out->answer_count += !out->cut && i < DNS_ANSWERS_MAX;
    }
    out->answers_end = at;
}

static bool read_question(struct slice message, size_t *at, struct dns_message *out)
{
    if (!dns_name_read(message, at, &out->name)) {
        return false;
    }
    struct cur cur = cur_make(slice_from(message, *at));
    out->type = cur_be16(&cur);
    out->class = cur_be16(&cur);
    *at += sizeof out->type + sizeof out->class;
    return cur_ok(&cur);
}

bool dns_message_parse(struct slice bytes, struct dns_message *message)
{
    struct cur cur = cur_make(bytes);
    message->id = cur_be16(&cur);
    message->flags = cur_be16(&cur);
    uint16_t questions = cur_be16(&cur);
    uint16_t answers = cur_be16(&cur);
    uint16_t authorities = cur_be16(&cur);
    message->additional_count = cur_be16(&cur);
    message->has_question = questions > 0;
    message->name.len = 0;
    message->name.host = false;
    message->type = message->class = 0;
    message->answer_count = 0;
    message->error_count = 0;
    message->several = message->cut = message->capped = false;
    size_t at = DNS_HEADER_BYTES;
    if (!cur_ok(&cur) || (message->flags & OPCODE_BITS) != 0 ||
        (message->has_question && !read_question(bytes, &at, message))) {
        return false;
    }
    /* Nobody asks for two things at once (RFC 9619), so what stands behind the first question is not read. */
    message->several = questions > 1;
    if (message->several) {
        message->cut = true;
        message->answers_end = at;
        return message->name.host;
    }
    read_answers(bytes, at, answers, message);
    if (message->has_question && dns_is_response(message) && !message->cut) {
        dns_errors_read(bytes, message->answers_end, authorities, message->additional_count, message);
    }
    return true;
}

struct number_name {
    unsigned number;
    const char *name;
};

static const char *find_name(const struct number_name *names, size_t count, unsigned number)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i].number == number) {
            return names[i].name;
        }
    }
    return NULL;
}

const char *dns_type_name(unsigned type)
{
    static const struct number_name names[] = {
        {DNS_A, "A"},   {DNS_AAAA, "AAAA"}, {DNS_HTTPS, "HTTPS"}, {DNS_CNAME, "CNAME"}, {12, "PTR"},
        {2, "NS"},      {6, "SOA"},         {15, "MX"},           {16, "TXT"},          {33, "SRV"},
        {35, "NAPTR"},  {39, "DNAME"},      {43, "DS"},           {46, "RRSIG"},        {47, "NSEC"},
        {48, "DNSKEY"}, {50, "NSEC3"},      {52, "TLSA"},         {DNS_SVCB, "SVCB"},   {99, "SPF"},
        {10, "NULL"},   {13, "HINFO"},      {44, "SSHFP"},        {251, "IXFR"},        {252, "AXFR"},
        {255, "ANY"},   {256, "URI"},       {257, "CAA"},
    };
    return find_name(names, ARRAY_COUNT(names), type);
}

const char *dns_rcode_name(unsigned rcode)
{
    static const struct number_name names[] = {
        {0, "NOERROR"},  {1, "FORMERR"}, {2, "SERVFAIL"}, {3, "NXDOMAIN"}, {4, "NOTIMP"},   {5, "REFUSED"},
        {6, "YXDOMAIN"}, {7, "YXRRSET"}, {8, "NXRRSET"},  {9, "NOTAUTH"},  {10, "NOTZONE"},
    };
    return find_name(names, ARRAY_COUNT(names), rcode);
}
