/* app/dns: messages byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/dns.h"
#include "base/attr.h"

#define BYTES(text) slice_make((text), sizeof(text) - 1)

static const char header[] = "\x12\x34\x81\x80\0\1\0\1\0\0\0\0";

#define QUESTION "\5panel\7example\0\0\1\0\1"
#define ANSWER   "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xcb\0\x71\x14"
static const char whole[] = "\x12\x34\x81\x80\0\1\0\1\0\0\0\0" QUESTION ANSWER;

static bool name_is(const struct dns_name *name, const char *text)
{
    return slice_equal(slice_make(name->text, name->len), slice_text(text));
}

/* A message in a block of exactly its size. */
static bool parse_exact(struct slice bytes, struct dns_message *message)
{
    uint8_t *block = malloc(bytes.len);
    assert_true(bytes.len == 0 || block != NULL);
    if (bytes.len > 0) {
        memcpy(block, bytes.data, bytes.len);
    }
    bool good = dns_message_parse(slice_make(block, bytes.len), message);
    free(block);
    return good;
}

static void a_message_is_read(void **state)
{
    (void)state;
    struct dns_message message;
    assert_true(dns_message_parse(BYTES(whole), &message));
    assert_int_equal(message.id, 0x1234);
    assert_true(dns_is_response(&message));
    assert_int_equal(dns_rcode(&message), 0);
    assert_true(message.has_question);
    assert_true(name_is(&message.name, "panel.example"));
    assert_true(message.name.host);
    assert_int_equal(message.type, DNS_A);
    assert_int_equal(message.class, DNS_CLASS_IN);
    assert_false(message.cut);
    assert_int_equal(message.answer_count, 1);
    const struct dns_answer *answer = &message.answers[0];
    assert_true(answer->understood);
    assert_true(name_is(&answer->owner, "panel.example"));
    assert_int_equal(answer->ttl, 300);
    char text[ADDRESS_TEXT_SIZE];
    assert_string_equal(address_print(&answer->address, text), "203.0.113.20");
}

/* Without its question's end it is none; without its answer's end the answer is not there. */
static void cut_at_every_byte(void **state)
{
    (void)state;
    const size_t question_end = sizeof header - 1 + sizeof QUESTION - 1;
    for (size_t len = 0; len < sizeof whole - 1; len++) {
        struct dns_message message;
        bool good = parse_exact(slice_make(whole, len), &message);
        assert_int_equal(good, len >= question_end);
        if (good) {
            assert_true(message.cut);
            assert_int_equal(message.answer_count, 0);
        }
    }
}

static void what_is_no_query(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        char byte;
        bool good;
    } rows[] = {
        {2, '\x01', true}, {2, '\x08', false}, {2, '\x28', false}, /* opcode 1, 5 */
        {4, '\x01', true}, {5, '\x02', true},  {5, '\x00', true},  {7, '\x02', true},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char bytes[sizeof whole];
        memcpy(bytes, whole, sizeof whole);
        bytes[rows[i].at] = rows[i].byte;
        struct dns_message message;
        assert_int_equal(parse_exact(BYTES(bytes), &message), rows[i].good);
    }
}

/* Of several questions the first one is read, of the answers nothing; a name that is no host's is garbage. */
static void several_questions(void **state)
{
    (void)state;
    static const char counts[] = {1, 2, '\xff'};
    for (size_t i = 0; i < sizeof counts; i++) {
        char bytes[sizeof whole];
        memcpy(bytes, whole, sizeof whole);
        bytes[5] = counts[i];
        struct dns_message message;
        assert_true(parse_exact(BYTES(bytes), &message));
        assert_true(name_is(&message.name, "panel.example"));
        assert_int_equal(message.type, DNS_A);
        assert_int_equal(message.several, i > 0);
        assert_int_equal(message.cut, i > 0);
        assert_int_equal(message.answer_count, i == 0);
        const size_t question_end = sizeof header - 1 + sizeof QUESTION - 1;
        assert_true(parse_exact(slice_make(bytes, question_end), &message));
        assert_false(parse_exact(slice_make(bytes, question_end - 1), &message));
        bytes[DNS_HEADER_BYTES + 2] = ' ';
        assert_int_equal(parse_exact(BYTES(bytes), &message), i == 0);
    }
}

/* ---- extended errors */

#define REFUSED "\x12\x34\x81\x85\0\1\0\0\0\0\0\1" QUESTION
#define OPT     "\0\0\x29\x04\xd0\0\0\0\0"

static void extended_errors_are_read(void **state)
{
    const struct {
        struct slice bytes;
        unsigned count;
        unsigned first;
        bool withheld;
    } rows[] = {
        {BYTES(REFUSED OPT "\0\6\0\x0f\0\2\0\x10"), 1, DNS_ERROR_CENSORED, true},
        {BYTES(REFUSED OPT "\0\x0a\0\x0f\0\6\0\x0fsay!"), 1, DNS_ERROR_BLOCKED, true},
        {BYTES(REFUSED OPT "\0\x0c\0\x0f\0\2\0\x06\0\x0f\0\2\0\x11"), 2, 6, true},
        {BYTES(REFUSED OPT "\0\x0e\0\x0a\0\4abcd\0\x0f\0\2\0\x12"), 1, 18, false}, /* behind a cookie */
        {BYTES(REFUSED OPT "\0\5\0\x0f\0\1\0"), 0, 0, false},                      /* half a code */
        {BYTES(REFUSED OPT "\0\7\0\x0f\0\4\0\x10\0"), 0, 0, false}, /* the option leads out of its record */
        {BYTES(REFUSED OPT "\0\0"), 0, 0, false},
        {BYTES(REFUSED "\1a\0\0\x29\x04\xd0\0\0\0\0\0\6\0\x0f\0\2\0\x10"), 0, 0, false}, /* not the root's */
        {BYTES("\x12\x34\1\0\0\1\0\0\0\0\0\1" QUESTION OPT "\0\6\0\x0f\0\2\0\x10"), 0, 0,
         false}, /* a query */
        {BYTES("\x12\x34\x81\x85\0\0\0\0\0\0\0\1" OPT "\0\6\0\x0f\0\2\0\x10"), 0, 0,
         false}, /* of nobody's question */
        {BYTES("\x12\x34\x81\x83\0\1\0\0\0\1\0\1" QUESTION "\0\0\6\0\1\0\0\0\5\0\1x" OPT
               "\0\6\0\x0f\0\2\0\x11"),
         1, DNS_ERROR_FILTERED, true}, /* behind an authority */
        {BYTES("\x12\x34\x81\x83\0\1\0\0\0\1\0\0" QUESTION OPT "\0\6\0\x0f\0\2\0\x11"), 0, 0, false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct dns_message message;
        assert_true(parse_exact(rows[i].bytes, &message));
        if (message.error_count != rows[i].count ||
            (rows[i].count > 0 && message.errors[0] != rows[i].first)) {
            fail_msg("row %zu: %u errors", i, message.error_count);
        }
        assert_int_equal(dns_is_withheld(&message), rows[i].withheld);
    }
    assert_string_equal(dns_error_name(DNS_ERROR_CENSORED), "Censored");
    assert_string_equal(dns_error_name(24), "Invalid Data");
    assert_null(dns_error_name(25));
}

static void extended_errors_cut_at_every_byte(void **state)
{
    static const char bytes[] = REFUSED OPT "\0\6\0\x0f\0\2\0\x10";
    (void)state;
    for (size_t len = sizeof REFUSED - 1; len < sizeof bytes; len++) {
        struct dns_message message;
        assert_true(parse_exact(slice_make(bytes, len), &message));
        assert_int_equal(message.error_count, len == sizeof bytes - 1);
    }
}

static void extended_errors_are_bounded(void **state)
{
    static const char error[] = "\0\x0f\0\2\0\x10";
    (void)state;
    for (unsigned count = DNS_ERRORS_MAX - 1; count <= DNS_ERRORS_MAX + 1; count++) {
        char bytes[256];
        size_t len = sizeof REFUSED OPT - 1;
        memcpy(bytes, REFUSED OPT, len);
        bytes[len++] = 0;
        bytes[len++] = (char)(count * (sizeof error - 1));
        for (unsigned i = 0; i < count; i++, len += sizeof error - 1) {
            memcpy(bytes + len, error, sizeof error - 1);
        }
        struct dns_message message;
        assert_true(parse_exact(slice_make(bytes, len), &message));
        assert_int_equal(message.error_count, count < DNS_ERRORS_MAX ? count : DNS_ERRORS_MAX);
    }
    for (unsigned beside = DNS_RECORDS_BESIDE_MAX - 1; beside <= DNS_RECORDS_BESIDE_MAX; beside++) {
        char bytes[2048] = "\x12\x34\x81\x85\0\1\0\0\0\0\0\1" QUESTION;
        size_t len = sizeof REFUSED - 1;
        bytes[9] = (char)beside;
        for (unsigned i = 0; i < beside; i++) {
            memcpy(bytes + len, "\0\0\6\0\1\0\0\0\5\0\0", 11);
            len += 11;
        }
        static const char last[] = OPT "\0\6\0\x0f\0\2\0\x10";
        memcpy(bytes + len, last, sizeof last - 1);
        len += sizeof last - 1;
        struct dns_message message;
        assert_true(parse_exact(slice_make(bytes, len), &message));
        assert_int_equal(message.error_count, beside < DNS_RECORDS_BESIDE_MAX);
    }
}

struct name_row {
    const char *bytes; /* behind 12 bytes of header */
    size_t len;
    size_t at; /* of the name, from the header's end on */
    bool good;
    bool host;
    const char *text;
    size_t end; /* behind it, likewise */
};

static void read_names(const struct name_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t *block = calloc(1, DNS_HEADER_BYTES + rows[i].len);
        assert_non_null(block);
        memcpy(block + DNS_HEADER_BYTES, rows[i].bytes, rows[i].len);
        size_t at = DNS_HEADER_BYTES + rows[i].at;
        struct dns_name name;
        bool good = dns_name_read(slice_make(block, DNS_HEADER_BYTES + rows[i].len), &at, &name);
        assert_int_equal(good, rows[i].good);
        if (good) {
            assert_true(name_is(&name, rows[i].text));
            assert_int_equal(name.host, rows[i].host);
            assert_int_equal(at, DNS_HEADER_BYTES + rows[i].end);
        }
        free(block);
    }
}

#define NAME(text) (text), sizeof(text) - 1

static void names_and_pointers(void **state)
{
    (void)state;
    static const struct name_row rows[] = {
        {NAME("\0"), 0, true, false, "", 1},
        {NAME("\1a\0"), 0, true, true, "a", 3},
        {NAME("\1a\3B-_\0"), 0, true, true, "a.B-_", 7},
        {NAME("\1a\1.\0"), 0, true, false, "a..", 5},
        {NAME("\2\xc3\xbc\0"), 0, true, false, "\xc3\xbc", 4},
        {NAME("\1a\0\1b\xc0\x0c"), 3, true, true, "b.a", 7},
        {NAME("\1a\0\xc0\x0c\xc0\x0f"), 5, true, true, "a", 7}, /* a pointer to a pointer */
        {NAME("\1a\0\xc0\x0c"), 3, true, true, "a", 5},
        {NAME("\xc0\x0c"), 0, false, false, "", 0},      /* to itself */
        {NAME("\1a\xc0\x0c"), 0, false, false, "", 0},   /* to its own labels */
        {NAME("\xc0\x0e\1a\0"), 0, false, false, "", 0}, /* forward */
        {NAME("\1a\0\xc0\x0b"), 3, false, false, "", 0}, /* into the header */
        {NAME("\1a\0\xc0"), 3, false, false, "", 0},
        {NAME("\1a\0\xff\xff"), 3, false, false, "", 0},
        {NAME("\x41\0a\0"), 0, false, false, "", 0}, /* other forms of labels */
        {NAME("\x80\0"), 0, false, false, "", 0},
        {NAME("\2a"), 0, false, false, "", 0},
        {NAME("\1a"), 0, false, false, "", 0},
        {NAME(""), 0, false, false, "", 0},
        {NAME("\0"), 9, false, false, "", 0},
    };
    read_names(rows, ARRAY_COUNT(rows));
}

/* 255 bytes on the wire are the most. */
static void the_longest_name(void **state)
{
    (void)state;
    for (size_t last = 60; last <= 63; last++) {
        uint8_t bytes[DNS_HEADER_BYTES + 4 * 64 + 1] = {0};
        size_t len = DNS_HEADER_BYTES;
        for (size_t label = 0; label < 4; label++) {
            size_t size = label < 3 ? 63 : last;
            bytes[len] = (uint8_t)size;
            memset(bytes + len + 1, 'x', size);
            len += 1 + size;
        }
        size_t at = DNS_HEADER_BYTES;
        struct dns_name name;
        bool good = dns_name_read(slice_make(bytes, len + 1), &at, &name);
        assert_int_equal(good, last <= 61);
        if (good) {
            assert_int_equal(name.len, 192 + last);
            assert_int_equal(at, len + 1);
        }
    }
}

/* Pointers to pointers: bounded, however long the message. */
static void a_chain_of_pointers(void **state)
{
    (void)state;
    uint8_t bytes[DNS_HEADER_BYTES + 3 + 2 * 64] = {0};
    memcpy(bytes + DNS_HEADER_BYTES, "\1a", 2);
    size_t places[64];
    size_t len = DNS_HEADER_BYTES + 3;
    for (size_t i = 0; i < ARRAY_COUNT(places); i++) {
        size_t target = i == 0 ? DNS_HEADER_BYTES : places[i - 1];
        bytes[len] = (uint8_t)(0xc0 | target >> 8);
        bytes[len + 1] = (uint8_t)target;
        places[i] = len;
        len += 2;
    }
    for (size_t i = 0; i < ARRAY_COUNT(places); i++) {
        struct dns_name name;
        size_t at = places[i];
        assert_int_equal(dns_name_read(slice_make(bytes, len), &at, &name), i < 32);
    }
}

/* One answer with this type and data, behind the question's header. */
static bool read_data(unsigned type, const char *data, size_t len, struct dns_message *message)
{
    uint8_t bytes[512];
    memcpy(bytes, header, sizeof header - 1);
    bytes[5] = 0;
    size_t at = sizeof header - 1;
    memcpy(bytes + at, "\1a\0\0\0\0\1\0\0\0\x3c", 11);
    bytes[at + 3] = (uint8_t)(type >> 8);
    bytes[at + 4] = (uint8_t)type;
    bytes[at + 11] = (uint8_t)(len >> 8);
    bytes[at + 12] = (uint8_t)len;
    memcpy(bytes + at + 13, data, len);
    assert_true(parse_exact(slice_make(bytes, at + 13 + len), message));
    assert_int_equal(message->answer_count, 1);
    assert_false(message->cut);
    assert_int_equal(message->answers[0].ttl, 60);
    return message->answers[0].understood;
}

static void data_by_type(void **state)
{
    (void)state;
    static const struct {
        unsigned type;
        const char *data;
        size_t len;
        bool good;
    } rows[] = {
        {DNS_A, NAME("\1\2\3\4"), true},
        {DNS_A, NAME("\1\2\3"), false},
        {DNS_A, NAME("\1\2\3\4\5"), false},
        {DNS_AAAA, NAME("0123456789abcdef"), true},
        {DNS_AAAA, NAME("0123456789abcde"), false},
        {DNS_CNAME, NAME("\1b\0"), true},
        {DNS_CNAME, NAME("\1b\xc0\x0c"), true},
        {DNS_CNAME, NAME("\1b\0x"), false},
        {DNS_CNAME, NAME("\1b"), false},
        {16, NAME("\1b"), false},
        {DNS_HTTPS, NAME("\0\1\0"), true},
        {DNS_HTTPS, NAME("\0\1"), false},
        {DNS_SVCB, NAME("\0\0\1b\0"), true},
        {DNS_HTTPS, NAME("\0\1\0\0\1\0\3\2h3"), true},
        {DNS_HTTPS, NAME("\0\1\0\0\1\0\3\3h3"), false}, /* a protocol longer than its list */
        {DNS_HTTPS, NAME("\0\1\0\0\1\0\0"), false},
        {DNS_HTTPS, NAME("\0\1\0\0\1\0\1\0"), false},
        {DNS_HTTPS, NAME("\0\1\0\0\3\0\2\1\xbb"), true},
        {DNS_HTTPS, NAME("\0\1\0\0\3\0\1\1"), false},
        {DNS_HTTPS, NAME("\0\1\0\0\4\0\10abcdefgh"), true},
        {DNS_HTTPS, NAME("\0\1\0\0\4\0\5abcde"), false},
        {DNS_HTTPS, NAME("\0\1\0\0\6\0\20abcdefghabcdefgh"), true},
        {DNS_HTTPS, NAME("\0\1\0\0\6\0\0"), false},
        {DNS_HTTPS, NAME("\0\1\0\0\4\0\4abcd\0\1\0\3\2h3"), false}, /* keys that fall */
        {DNS_HTTPS, NAME("\0\1\0\0\1\0\3\2h3\0\1\0\3\2h3"), false}, /* twice */
        {DNS_HTTPS, NAME("\0\1\0\0\1\0\4\2h3"), false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct dns_message message;
        assert_int_equal(read_data(rows[i].type, rows[i].data, rows[i].len, &message), rows[i].good);
    }
}

static void a_service_is_read(void **state)
{
    (void)state;
    static const char bytes[] = "\x12\x34\x81\x80\0\0\0\1\0\0\0\0"
                                "\1a\0\0\x41\0\1\0\0\0\x3c\0\x1e"
                                "\0\1\1b\0"
                                "\0\1\0\6\2h3\2h2"
                                "\0\3\0\2\1\xbb"
                                "\0\4\0\4\xcb\0\x71\x14";
    struct dns_message message;
    char bytes_copy[sizeof bytes];
    memcpy(bytes_copy, bytes, sizeof bytes);
    bytes_copy[24] = (char)(sizeof bytes - 1 - 25);
    assert_true(dns_message_parse(BYTES(bytes_copy), &message));
    assert_true(message.answers[0].understood);
    const struct dns_service *service = &message.answers[0].service;
    assert_int_equal(service->priority, 1);
    assert_true(name_is(&message.answers[0].target, "b"));
    assert_true(service->has_port);
    assert_int_equal(service->port, 443);
    assert_int_equal(service->hints4.len, 4);
    assert_int_equal(service->hints6.len, 0);
    struct slice rest = service->alpn;
    struct slice protocol;
    assert_true(dns_alpn_next(&rest, &protocol));
    assert_true(slice_equal(protocol, slice_text("h3")));
    assert_true(dns_alpn_next(&rest, &protocol));
    assert_true(slice_equal(protocol, slice_text("h2")));
    assert_false(dns_alpn_next(&rest, &protocol));
}

static void more_answers_than_are_kept(void **state)
{
    (void)state;
    for (size_t count = DNS_ANSWERS_MAX - 1; count <= DNS_ANSWERS_MAX + 1; count++) {
        uint8_t bytes[2048];
        size_t len = sizeof header + sizeof QUESTION - 2;
        memcpy(bytes, whole, len);
        bytes[7] = (uint8_t)count;
        for (size_t i = 0; i < count; i++) {
            memcpy(bytes + len, ANSWER, sizeof ANSWER - 1);
            len += sizeof ANSWER - 1;
        }
        struct dns_message message;
        assert_true(parse_exact(slice_make(bytes, len), &message));
        assert_int_equal(message.answer_count, count < DNS_ANSWERS_MAX ? count : DNS_ANSWERS_MAX);
        assert_int_equal(message.capped, count > DNS_ANSWERS_MAX);
        assert_false(message.cut);
        assert_true(parse_exact(slice_make(bytes, len - 1), &message));
        assert_true(message.cut);
    }
}

#define ZEROES "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"

static void reverse_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *address; /* NULL: none */
    } rows[] = {
        {"7.100.51.198.in-addr.arpa", "198.51.100.7"},
        {"7.100.51.198.IN-ADDR.ARPA", "198.51.100.7"},
        {"100.51.198.in-addr.arpa", NULL},
        {"1.7.100.51.198.in-addr.arpa", NULL},
        {"7.100.51.256.in-addr.arpa", NULL},
        {"7.100..198.in-addr.arpa", NULL},
        {"a.100.51.198.in-addr.arpa", NULL},
        {"in-addr.arpa", NULL},
        {"7.100.51.198.in-addr.arpa.example", NULL},
        {"7." ZEROES ".0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", "2001:db8::7"},
        {"0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.ip6.arpa", "2001:db8::"},
        {"0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", NULL}, /* less than a client's half */
        {"7.0." ZEROES ".0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", NULL},
        {"10." ZEROES ".0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", NULL},
        {"g." ZEROES ".0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", NULL},
        {"panel.example", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct address address;
        char text[ADDRESS_TEXT_SIZE];
        bool good = dns_reverse_address(slice_text(rows[i].name), &address);
        assert_int_equal(good, rows[i].address != NULL);
        if (good) {
            assert_string_equal(address_print(&address, text), rows[i].address);
        }
    }
}

static void numbers_have_names(void **state)
{
    (void)state;
    assert_string_equal(dns_type_name(DNS_HTTPS), "HTTPS");
    assert_string_equal(dns_type_name(255), "ANY");
    assert_null(dns_type_name(0));
    assert_null(dns_type_name(65535));
    assert_string_equal(dns_rcode_name(3), "NXDOMAIN");
    assert_null(dns_rcode_name(11));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_read),
        cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(what_is_no_query),
        cmocka_unit_test(several_questions),
        cmocka_unit_test(extended_errors_are_read),
        cmocka_unit_test(extended_errors_cut_at_every_byte),
        cmocka_unit_test(extended_errors_are_bounded),
        cmocka_unit_test(names_and_pointers),
        cmocka_unit_test(the_longest_name),
        cmocka_unit_test(a_chain_of_pointers),
        cmocka_unit_test(data_by_type),
        cmocka_unit_test(a_service_is_read),
        cmocka_unit_test(more_answers_than_are_kept),
        cmocka_unit_test(reverse_names),
        cmocka_unit_test(numbers_have_names),
    };
    return cmocka_run_group_tests_name("app/dns messages", tests, NULL, NULL);
}
