/* Handshakes in any split: one event each, when nothing more is readable; tunnels; lines before TLS. */
#include "tests/unit/app/conversation.h"
#include "tests/unit/app/tls_bytes.h"

#define NAME         "client[10]=tv.example t13d0203h2_c1929292aa6b_b9a491fefe05"
#define CCS          "\x14\x03\x03\x00\x01\x01"
#define DATA         "\x17\x03\x03\x00\x05hello"
#define REFUSAL      "\x15\x03\x03\x00\x02\x02\x70"
#define WARNING      "\x15\x03\x03\x00\x02\x01\x70"
#define CLOSE        "\x15\x03\x03\x00\x02\x01\x00"
#define CONNECT      SAYS(CLIENT, "CONNECT panel.example:443 HTTP/1.1\r\nHost: panel.example:443\r\n\r\n")
#define TOLD_CONNECT "S1 CONNECT panel.example:443 200 none\nE1 0 complete\n"

static const struct talk_row rows[] = {
    {"1.3",
     {SAYS(CLIENT, HELLO), SAYS(SERVER, ANSWER_13 CCS DATA)},
     "tls " NAME " server=0304/1301/\n",
     false},
    {"1.2 with a certificate over two records",
     {SAYS(CLIENT, HELLO), SAYS(SERVER, ANSWER_12_CERTIFICATE)},
     "tls " NAME " server=0303/c02f/h2 certificate=CN=old.example\n",
     false},
    {"1.2 resumed",
     {SAYS(CLIENT, HELLO), SAYS(SERVER, ANSWER_12 CCS)},
     "tls " NAME " server=0303/c02f/h2\n",
     false},
    {"1.2 without a certificate",
     {SAYS(CLIENT, HELLO), SAYS(SERVER, ANSWER_12 DONE)},
     "tls " NAME " server=0303/c02f/h2\n",
     false},
    {"a hello over records",
     {SAYS(CLIENT, HELLO_SPLIT), SAYS(SERVER, ANSWER_13)},
     "tls " NAME " server=0304/1301/\n",
     false},
    {"the answer first", /* two halves of a tap */
     {SAYS(SERVER, ANSWER_13), SAYS(CLIENT, HELLO)},
     "tls " NAME " server=0304/1301/\n",
     false},
    {"refused", {SAYS(CLIENT, HELLO), SAYS(SERVER, REFUSAL)}, "tls " NAME " refused\n", false},
    {"a warning",
     {SAYS(CLIENT, HELLO), SAYS(SERVER, WARNING ANSWER_13)},
     "tls " NAME " server=0304/1301/\n",
     false},
    {"closed at once", {SAYS(CLIENT, HELLO), SAYS(SERVER, CLOSE)}, "tls " NAME " refused\n", false},
    {"the client gives up", /* what it says behind its hello is not read */
     {SAYS(CLIENT, HELLO REFUSAL), SAYS(SERVER, ANSWER_12), ENDS(SERVER)},
     "tls " NAME " server=0303/c02f/h2\n",
     false},
    {"the client alone", {SAYS(CLIENT, HELLO CCS DATA), TICK(5)}, "tls " NAME "\n", false},
    {"the client alone, no tick", {SAYS(CLIENT, HELLO CCS DATA)}, "tls " NAME "\n", false},
    {"the server alone",
     {SAYS(SERVER, ANSWER_12_CERTIFICATE), TICK(5)},
     "tls server=0303/c02f/h2 certificate=CN=old.example\n",
     false},
    {"the server alone, 1.3", {SAYS(SERVER, ANSWER_13 CCS DATA)}, "tls server=0304/1301/\n", false},
    {"an answer too late",
     {SAYS(CLIENT, HELLO), TICK(5), SAYS(SERVER, ANSWER_13), SAYS(CLIENT, DATA), ENDS(CLIENT)},
     "tls " NAME "\n",
     false},
    {"an answer in time",
     {SAYS(CLIENT, HELLO), TICK(4), SAYS(SERVER, ANSWER_13), TICK(5)},
     "tls " NAME " server=0304/1301/\n",
     false},
    {"a hole in the certificate",
     {SAYS(CLIENT, HELLO), SAYS(SERVER, ANSWER_12 CERTIFICATE_BEGUN), LOSES(SERVER, 100), SAYS(SERVER, DONE)},
     "tls " NAME " server=0303/c02f/h2\n",
     false},
    {"the certificate cut by the end",
     {SAYS(CLIENT, HELLO), SAYS(SERVER, ANSWER_12 CERTIFICATE_BEGUN), ENDS(SERVER), ENDS(CLIENT)},
     "tls " NAME " server=0303/c02f/h2\n",
     false},
    {"a hole in place of the answer",
     {SAYS(CLIENT, HELLO), LOSES(SERVER, 100), SAYS(SERVER, DATA)},
     "tls " NAME "\n",
     false},
    {"an answer of something else",
     {SAYS(CLIENT, HELLO), SAYS(SERVER, "HTTP/1.1 400 Bad Request\r\n\r\n")},
     "tls " NAME "\n",
     false},
    {"data in the middle", {SAYS(CLIENT, DATA DATA), SAYS(SERVER, DATA)}, "", true},
    {"a hello in the middle",
     {SAYS(CLIENT, "NOOP\r\n"), SAYS(CLIENT, HELLO), SAYS(SERVER, ANSWER_13)},
     "tls " NAME " server=0304/1301/\n",
     true},
    {"behind CONNECT",
     {CONNECT, SAYS(SERVER, "HTTP/1.1 200 OK\r\n\r\n"), SAYS(CLIENT, HELLO),
      SAYS(SERVER, ANSWER_12_CERTIFICATE), SAYS(CLIENT, DATA), SAYS(SERVER, DATA)},
     TOLD_CONNECT "tls " NAME " server=0303/c02f/h2 certificate=CN=old.example proxy\n",
     false},
    {"behind CONNECT, the client alone",
     {CONNECT, SAYS(CLIENT, HELLO), TICK(5)},
     "S1 CONNECT panel.example:443 -\ntls " NAME " proxy\n",
     false},
    {"behind CONNECT, refused by the server",
     {CONNECT, SAYS(SERVER, "HTTP/1.1 200 OK\r\n\r\n"), SAYS(CLIENT, HELLO), ENDS(SERVER), ENDS(CLIENT)},
     TOLD_CONNECT "tls " NAME " proxy\n",
     false},
    {"no TLS behind CONNECT",
     {CONNECT, SAYS(SERVER, "HTTP/1.1 200 OK\r\n\r\n"), SAYS(CLIENT, "\x16\x03\x01\x00\x05\x07 and more")},
     TOLD_CONNECT,
     false},
    {"behind SOCKS",
     {SAYS(CLIENT, "\x05\x01\x00"), SAYS(SERVER, "\x05\x00"),
      SAYS(CLIENT, "\x05\x01\x00\x01\xcb\x00\x71\x09\x01\xbb"),
      SAYS(SERVER, "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"), SAYS(CLIENT, HELLO), SAYS(SERVER, ANSWER_13)},
     "tls " NAME " server=0304/1301/ proxy\n",
     false},
    {"STARTTLS",
     {SAYS(SERVER, "220 mail.example ESMTP\r\n"), SAYS(CLIENT, "EHLO me\r\n"),
      SAYS(SERVER, "250-mail.example\r\n250 STARTTLS\r\n"), SAYS(CLIENT, "STARTTLS\r\n"),
      SAYS(SERVER, "220 Go ahead\r\n"), SAYS(CLIENT, HELLO), SAYS(SERVER, ANSWER_13)},
     "tls " NAME " server=0304/1301/\n",
     false},
    {"STLS",
     {SAYS(SERVER, "+OK ready\r\n"), SAYS(CLIENT, "STLS\r\n"), SAYS(SERVER, "+OK\r\n"), SAYS(CLIENT, HELLO),
      SAYS(SERVER, ANSWER_12_CERTIFICATE)},
     "tls " NAME " server=0303/c02f/h2 certificate=CN=old.example\n",
     false},
    {"AUTH TLS, the client alone", {SAYS(CLIENT, "AUTH TLS\r\n" HELLO), TICK(5)}, "tls " NAME "\n", false},
    {"mail in clear",
     {SAYS(SERVER, "220 mail.example ESMTP\r\n"), SAYS(CLIENT, "EHLO me\r\n"), SAYS(SERVER, "250 OK\r\n"),
      ENDS(CLIENT), ENDS(SERVER)},
     "",
     false},
};

static void test_talks(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        check_talk(&rows[i]);
    }
}

/* What the first bytes must be; shorter ones wait. */
static void test_probe(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        bool tls;
    } starts[] = {
        {HELLO, 11, true},
        {HELLO, 10, false}, /* not yet */
        {"\x16\x03\x05\x00\x40\x01\x00\x00\x3c\x03\x03", 11, false},
        {"\x16\x03\x01\x00\x00\x01\x00\x00\x3c\x03\x03", 11, false},
        {"\x16\x03\x01\x40\x01\x01\x00\x00\x3c\x03\x03", 11, false},
        {"\x16\x03\x01\x40\x00\x01\x00\x00\x3c\x03\x03", 11, true},
        {"\x16\x03\x01\x00\x40\x00\x00\x00\x3c\x03\x03", 11, false},
        {"\x16\x03\x01\x00\x40\x0b\x00\x00\x3c\x03\x03", 11, false},
        {"\x16\x03\x01\x00\x40\x01\x01\x00\x3c\x03\x03", 11, false},
        {"\x16\x03\x01\x00\x40\x01\x00\x00\x3c\x02\x03", 11, false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(starts); i++) {
        struct conversation talk;
        conversation_begin(&talk);
        conversation_say(&talk, CLIENT, starts[i].bytes, starts[i].len, FEED_WHOLE);
        assert_int_equal(counter_get(talk.counters, APP_TLS_FLOWS), starts[i].tls);
        assert_int_equal(talk.flow.protocol, starts[i].tls ? APP_PROTOCOL_TLS : APP_PROTOCOL_UNKNOWN);
        conversation_end(&talk);
        conversation_free(&talk);
    }
}

/* The state goes with the event; what comes behind it is nobody's business. */
static void test_left_alone(void **state)
{
    (void)state;
    struct conversation talk;
    conversation_begin(&talk);
    conversation_say(&talk, CLIENT, HELLO, sizeof HELLO - 1, FEED_WHOLE);
    assert_true(inspector_memory(talk.inspector, talk.flow.shard) > 0);
    assert_true(talk.ignored[CLIENT]); /* it has said all */
    conversation_say(&talk, SERVER, ANSWER_13, sizeof ANSWER_13 - 1, FEED_WHOLE);
    assert_null(flow_inspection(&talk.flow));
    assert_int_equal(inspector_memory(talk.inspector, talk.flow.shard), 0);
    struct slice more = slice_text("GET / HTTP/1.1\r\n\r\n");
    assert_int_equal(inspector_data(talk.inspector, &talk.flow, CLIENT, more, talk.now_us), INSPECTION_SKIP);
    assert_int_equal(inspector_gap(talk.inspector, &talk.flow, CLIENT, 1, talk.now_us), INSPECTION_SKIP);
    assert_int_equal(talk.flow.visibility, VISIBILITY_NAME);
    assert_string_equal(inspector_protocol(&talk.flow), "tls");
    conversation_end(&talk);
    conversation_free(&talk);
}

/* The largest hello and certificate that are kept, and one byte more. */
static void test_caps(void **state)
{
    (void)state;
    static const struct {
        uint64_t hello;
        uint64_t certificate;
        const char *told;
        uint64_t hello_cap;
        uint64_t certificate_cap;
    } bounds[] = {
        {sizeof HELLO_MESSAGE - 1 - 4, 6 + 418,
         "tls " NAME " server=0303/c02f/h2 certificate=CN=old.example\n", 0, 0},
        {sizeof HELLO_MESSAGE - 1 - 5, 6 + 418, "tls server=0303/c02f/h2 certificate=CN=old.example\n", 1, 0},
        {sizeof HELLO_MESSAGE - 1 - 4, 6 + 417, "tls " NAME " server=0303/c02f/h2\n", 0, 1},
    };
    for (size_t i = 0; i < ARRAY_COUNT(bounds); i++) {
        struct conversation talk;
        conversation_begin(&talk);
        talk.settings.tls_hello_bytes = bounds[i].hello;
        talk.settings.tls_certificate_bytes = bounds[i].certificate;
        conversation_say(&talk, CLIENT, HELLO, sizeof HELLO - 1, FEED_WHOLE);
        conversation_say(&talk, SERVER, ANSWER_12_CERTIFICATE, sizeof ANSWER_12_CERTIFICATE - 1, FEED_WHOLE);
        conversation_end(&talk);
        assert_text(&talk.brief, bounds[i].told);
        assert_int_equal(counter_get(talk.counters, APP_TLS_HELLO_CAP), bounds[i].hello_cap);
        assert_int_equal(counter_get(talk.counters, APP_TLS_CERTIFICATE_CAP), bounds[i].certificate_cap);
        conversation_free(&talk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_talks),
        cmocka_unit_test(test_probe),
        cmocka_unit_test(test_left_alone),
        cmocka_unit_test(test_caps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
