/* HTTP behind SOCKS greetings, and in the tunnels of CONNECT: what it is about. */
#include "tests/unit/app/conversation.h"

#define GET_A    "GET /a HTTP/1.1\r\nHost: other.example\r\n\r\n"
#define OK_HELLO "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define TOLD     "S1 GET /a 200 text\nE1 5 complete\n"

#define GREETING "\5\1\0"
#define CHOICE   "\5\0"
#define TO_NAME  "\5\1\0\3\15panel.example\x1f\x90" /* port 8080 */
#define GRANTED  "\5\0\0\1\0\0\0\0\0\0"

static const struct talk_row rows[] = {
    {"a name",
     {SAYS(CLIENT, GREETING), SAYS(SERVER, CHOICE), SAYS(CLIENT, TO_NAME), SAYS(SERVER, GRANTED),
      SAYS(CLIENT, GET_A), SAYS(SERVER, OK_HELLO)},
     TOLD,
     false},
    {"an address, and a client that does not wait",
     {SAYS(CLIENT, "\5\2\0\2"), SAYS(SERVER, CHOICE), SAYS(CLIENT, "\5\1\0\1\xcb\0\x71\x09\0\x50" GET_A),
      SAYS(SERVER, GRANTED OK_HELLO)},
     TOLD,
     false},
    {"an address of six",
     {SAYS(CLIENT, GREETING), SAYS(SERVER, CHOICE),
      SAYS(CLIENT, "\5\1\0\4\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x09\0\x50"), SAYS(SERVER, "\5\0\0\3\1x\0\0"),
      SAYS(CLIENT, GET_A), SAYS(SERVER, OK_HELLO)},
     TOLD,
     false},
    {"a login",
     {SAYS(CLIENT, "\5\2\0\2"), SAYS(SERVER, "\5\2"), SAYS(CLIENT, "\1\5alice\4pass"), SAYS(SERVER, "\1\0"),
      SAYS(CLIENT, TO_NAME), SAYS(SERVER, GRANTED), SAYS(CLIENT, GET_A), SAYS(SERVER, OK_HELLO)},
     TOLD,
     false},
    {"version 4",
     {SAYS(CLIENT, "\4\1\0\x50\xcb\0\x71\x09me\0"), SAYS(SERVER, "\0\x5a\0\0\0\0\0\0"), SAYS(CLIENT, GET_A),
      SAYS(SERVER, OK_HELLO)},
     TOLD,
     false},
    {"version 4a",
     {SAYS(CLIENT, "\4\1\0\x50\0\0\0\1\0panel.example\0"), SAYS(SERVER, "\0\x5a\0\0\0\0\0\0"),
      SAYS(CLIENT, GET_A), SAYS(SERVER, OK_HELLO)},
     TOLD,
     false},
    {"no HTTP behind it",
     {SAYS(CLIENT, GREETING), SAYS(SERVER, CHOICE), SAYS(CLIENT, TO_NAME), SAYS(SERVER, GRANTED),
      SAYS(CLIENT, "\x16\3\1\2" GET_A), SAYS(SERVER, OK_HELLO)},
     "",
     false},
    {"a gap behind it",
     {SAYS(CLIENT, GREETING), SAYS(SERVER, CHOICE), SAYS(CLIENT, TO_NAME), SAYS(SERVER, GRANTED),
      LOSES(CLIENT, 9), SAYS(CLIENT, GET_A), SAYS(SERVER, OK_HELLO)},
     "",
     false},
    {"a gap within it",
     {SAYS(CLIENT, GREETING), SAYS(SERVER, CHOICE), LOSES(CLIENT, 20), SAYS(SERVER, GRANTED),
      SAYS(CLIENT, GET_A), SAYS(SERVER, OK_HELLO)},
     "",
     false},
    {"closed before it was open",
     {SAYS(CLIENT, GREETING), SAYS(SERVER, CHOICE), ENDS(CLIENT), ENDS(SERVER)},
     "",
     false},
};

static void tunnels_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        check_talk(&rows[i]);
    }
}

/* Whose it is: never the proxy's. */
static void requests_are_about_the_server(void **state)
{
    (void)state;
    static const struct {
        size_t row;
        const char *host;
        const char *port;
    } wanted[] = {{0, " host[13]=panel.example", " port=8080 proxy=1"},
                  {1, " host[11]=203.0.113.9", " port=80 proxy=1"},
                  {2, " host[11]=2001:db8::9", " port=80 proxy=1"},
                  {4, " host[11]=203.0.113.9", " port=80 proxy=1"},
                  {5, " host[13]=panel.example", " port=80 proxy=1"}};
    for (size_t i = 0; i < ARRAY_COUNT(wanted); i++) {
        struct conversation talk;
        const struct talk_row *row = &rows[wanted[i].row];
        conversation_begin(&talk);
        conversation_run(&talk, row->steps, talk_steps(row), FEED_BYTES);
        assert_true(slice_find(buf_slice(&talk.told), slice_text(wanted[i].host)) != SIZE_MAX);
        assert_true(slice_find(buf_slice(&talk.told), slice_text(wanted[i].port)) != SIZE_MAX);
        assert_int_equal(talk.flow.client, CLIENT);
        conversation_free(&talk);
    }
}

static void connects_are_about_the_server(void **state)
{
    (void)state;
    static const struct {
        const char *asked;
        const char *told; /* NULL: the mirror does not show the answer */
        const char *host;
    } connects[] = {
        {"CONNECT panel.example:8080 HTTP/1.1\r\nHost: proxy.example\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n",
         " host[13]=panel.example agent[0]= referer[0]= referer-host[0]= origin-host[0]= cookie[0]= "
         "headers[21]=Host: other.example\r\n body[0]= user[0]= password[0]= port=8080 proxy=1"},
        {"CONNECT panel.example:8080 HTTP/1.1\r\n\r\n", NULL,
         " host[13]=other.example agent[0]= referer[0]= referer-host[0]= origin-host[0]= cookie[0]= "
         "headers[21]=Host: other.example\r\n body[0]= user[0]= password[0]= port=0 proxy=1"},
        {"CONNECT panel.example:8080 HTTP/1.1\r\n\r\n", "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n",
         " port=0 proxy=0"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(connects); i++) {
        struct conversation talk;
        conversation_begin(&talk);
        conversation_say(&talk, CLIENT, connects[i].asked, strlen(connects[i].asked), FEED_WHOLE);
        if (connects[i].told != NULL) {
            conversation_say(&talk, SERVER, connects[i].told, strlen(connects[i].told), FEED_WHOLE);
        }
        conversation_say(&talk, CLIENT, GET_A, sizeof GET_A - 1, FEED_WHOLE);
        conversation_end(&talk);
        assert_true(slice_find(buf_slice(&talk.told), slice_text(connects[i].host)) != SIZE_MAX);
        conversation_free(&talk);
    }
}

/* What only begins alike is left to others. */
static void others_are_left(void **state)
{
    (void)state;
    static const struct {
        struct step steps[4];
        size_t count;
    } others[] = {
        {{SAYS(CLIENT, "\5\0\0\0\0")}, 1},
        {{SAYS(CLIENT, "\5\x09\0\0\0\0\0\0\0\0\0\0")}, 1},
        {{SAYS(CLIENT, "\5\1\1")}, 1},
        {{SAYS(CLIENT, "\5\2\0\x40")}, 1},
        {{SAYS(CLIENT, "\4\2\0\x50\1\1\1\1x\0")}, 1},
        {{SAYS(CLIENT, "\4\1\0\0\1\1\1\1x\0")}, 1},
        {{SAYS(CLIENT, "\4\1\0\x50\1\1\1\1\1\1")}, 1},
        {{SAYS(CLIENT, GREETING), SAYS(SERVER, "\5\xff")}, 2},
        {{SAYS(CLIENT, GREETING), SAYS(SERVER, "\4\0")}, 2},
        {{SAYS(CLIENT, GREETING), LOSES(SERVER, 2)}, 2},
        {{SAYS(CLIENT, GREETING), SAYS(SERVER, CHOICE), SAYS(CLIENT, "\5\3\0\1\1\1\1\1\0\1")}, 3},
        {{SAYS(CLIENT, GREETING), SAYS(SERVER, CHOICE), SAYS(CLIENT, "\5\1\0\2\1\1\1\1\0\1")}, 3},
        {{SAYS(CLIENT, GREETING), SAYS(SERVER, CHOICE), SAYS(CLIENT, TO_NAME),
          SAYS(SERVER, "\5\5\0\1\0\0\0\0\0\0")},
         4},
        {{SAYS(CLIENT, "\4\1\0\x50\xcb\0\x71\x09me\0"), SAYS(SERVER, "\0\x5b\0\0\0\0\0\0")}, 2},
    };
    for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
        struct conversation talk;
        conversation_begin(&talk);
        conversation_run(&talk, others[i].steps, others[i].count, FEED_WHOLE);
        assert_text(&talk.brief, "");
        assert_int_not_equal(talk.flow.visibility, VISIBILITY_CLEAR);
        conversation_free(&talk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tunnels_are_read),
        cmocka_unit_test(requests_are_about_the_server),
        cmocka_unit_test(connects_are_about_the_server),
        cmocka_unit_test(others_are_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
