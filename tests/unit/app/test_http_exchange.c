/* Whole conversations: what is told of them, in whatever pieces they come. */
#include "tests/unit/app/conversation.h"

#define GET_A    "GET /a HTTP/1.1\r\nHost: h.example\r\n\r\n"
#define GET_B    "GET /b HTTP/1.1\r\nHost: h.example\r\n\r\n"
#define OK_HELLO "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define OK_NONE  "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

static const struct talk_row framing_rows[] = {
    {"one request and its answer",
     {SAYS(CLIENT, GET_A), SAYS(SERVER, OK_HELLO)},
     "S1 GET /a 200 text\nE1 5 complete\n",
     false},
    {"keep-alive",
     {SAYS(CLIENT, GET_A), SAYS(SERVER, OK_HELLO), SAYS(CLIENT, GET_B), SAYS(SERVER, OK_NONE)},
     "S1 GET /a 200 text\nE1 5 complete\nS2 GET /b 200 empty\nE2 0 complete\n",
     false},
    {"pipelining",
     {SAYS(CLIENT, GET_A GET_B), SAYS(SERVER, OK_HELLO OK_NONE)},
     "S1 GET /a 200 text\nE1 5 complete\nS2 GET /b 200 empty\nE2 0 complete\n",
     false},
    {"bare LF",
     {SAYS(CLIENT, "GET /a HTTP/1.0\nHost: h.example\n\n"),
      SAYS(SERVER, "HTTP/1.0 200 OK\nContent-Length: 5\n\nhello"), SAYS(CLIENT, GET_B)},
     "S1 GET /a 200 text\nE1 5 complete\nS2 GET /b -\n",
     false},
    {"no field at all, and no reason",
     {SAYS(CLIENT, "GET /a HTTP/1.0\r\n\r\n"), SAYS(SERVER, "HTTP/1.0 404\r\n\r\nno such page"),
      ENDS(SERVER)},
     "S1 GET /a 404 text\nE1 12 complete\n",
     false},
    {"until close, broken off",
     {SAYS(CLIENT, GET_A), SAYS(SERVER, "HTTP/1.0 200 OK\r\n\r\nnever whole")},
     "S1 GET /a 200 text\nE1 11 cut\n",
     false},
    {"until close, no byte before the end",
     {SAYS(CLIENT, GET_A), SAYS(SERVER, "HTTP/1.0 200 OK\r\n\r\n"), ENDS(SERVER)},
     "S1 GET /a 200 empty\nE1 0 complete\n",
     false},
    {"until close, no byte before the flow is given up",
     {SAYS(CLIENT, GET_A), SAYS(SERVER, "HTTP/1.0 200 OK\r\n\r\n")},
     "S1 GET /a 200 none\nE1 0 cut\n",
     false},
    {"a length that is not reached",
     {SAYS(CLIENT, GET_A), SAYS(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"), ENDS(SERVER)},
     "S1 GET /a 200 text\nE1 5 cut\n",
     false},
    {"the same length twice, once as a list",
     {SAYS(CLIENT, GET_A),
      SAYS(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5, 5\r\n\r\nhello" OK_NONE)},
     "S1 GET /a 200 text\nE1 5 complete\nS2 ? 200 empty\nE2 0 complete\n",
     false},
    {"chunks with extensions and trailers",
     {SAYS(CLIENT, GET_A),
      SAYS(SERVER, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "3;name=value\r\n{\"a\r\n03 \r\n\":1\r\n1\n}\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n"),
      SAYS(CLIENT, GET_B), SAYS(SERVER, OK_NONE)},
     "S1 GET /a 200 json\nE1 7 complete\nS2 GET /b 200 empty\nE2 0 complete\n",
     false},
    {"no chunk but the last",
     {SAYS(CLIENT, GET_A),
      SAYS(SERVER, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" OK_NONE)},
     "S1 GET /a 200 empty\nE1 0 complete\nS2 ? 200 empty\nE2 0 complete\n",
     false},
    {"chunks go before a length",
     {SAYS(CLIENT, GET_A),
      SAYS(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 900\r\nTransfer-Encoding: Chunked\r\n\r\n"
                   "5\r\nhello\r\n0\r\n\r\n" OK_NONE)},
     "S1 GET /a 200 text\nE1 5 complete\nS2 ? 200 empty\nE2 0 complete\n",
     false},
    {"HEAD has no body whatever it says",
     {SAYS(CLIENT, "HEAD /a HTTP/1.1\r\n\r\n" GET_B),
      SAYS(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" OK_HELLO)},
     "S1 HEAD /a 200 none\nE1 0 complete\nS2 GET /b 200 text\nE2 5 complete\n",
     false},
    {"204 and 304 have none",
     {SAYS(CLIENT, GET_A GET_B),
      SAYS(SERVER,
           "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n" OK_NONE)},
     "S1 GET /a 204 none\nE1 0 complete\nS2 GET /b 304 none\nE2 0 complete\nS3 ? 200 empty\nE3 0 complete\n",
     false},
    {"interim answers are passed over",
     {SAYS(CLIENT, "POST /f HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"),
      SAYS(SERVER, "HTTP/1.1 100 Continue\r\n\r\n"), SAYS(CLIENT, "a=b"),
      SAYS(SERVER, "HTTP/1.1 102\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </s>\r\n\r\n" OK_HELLO)},
     "S1 POST /f 200 text\nE1 5 complete\n",
     false},
    {"what follows an upgrade is no HTTP",
     {SAYS(CLIENT, "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"),
      SAYS(SERVER, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
      SAYS(CLIENT, GET_A), SAYS(SERVER, OK_HELLO)},
     "S1 GET /ws 101 none\nE1 0 complete\n",
     false},
    {"HTTP in a tunnel through a proxy",
     {SAYS(CLIENT, "CONNECT h.example:443 HTTP/1.1\r\nHost: other.example\r\n\r\n"),
      SAYS(SERVER, "HTTP/1.1 200 Connection established\r\n\r\n"), SAYS(CLIENT, GET_A),
      SAYS(SERVER, OK_HELLO), SAYS(CLIENT, GET_B), SAYS(SERVER, OK_NONE)},
     "S1 CONNECT h.example:443 200 none\nE1 0 complete\nS2 GET /a 200 text\nE2 5 complete\n"
     "S3 GET /b 200 empty\nE3 0 complete\n",
     false},
    {"TLS in a tunnel through a proxy",
     {SAYS(CLIENT, "CONNECT h.example:443 HTTP/1.1\r\n\r\n"), SAYS(SERVER, "HTTP/1.1 200 OK\r\n\r\n"),
      SAYS(CLIENT, "\x16\x03\x01\x02" GET_A), SAYS(SERVER, "\x16\x03\x03" OK_HELLO)},
     "S1 CONNECT h.example:443 200 none\nE1 0 complete\n",
     false},
    {"a server that speaks first in a tunnel",
     {SAYS(CLIENT, "CONNECT h.example:22 HTTP/1.1\r\n\r\n"),
      SAYS(SERVER, "HTTP/1.1 200 OK\r\n\r\nSSH-2.0-x\r\n" OK_HELLO), SAYS(CLIENT, GET_A)},
     "S1 CONNECT h.example:22 200 none\nE1 0 complete\n",
     false},
    {"a tunnel to no name",
     {SAYS(CLIENT, "CONNECT a/b:80 HTTP/1.1\r\n\r\n"), SAYS(SERVER, "HTTP/1.1 200 OK\r\n\r\n"),
      SAYS(CLIENT, GET_A), SAYS(SERVER, OK_HELLO)},
     "S1 CONNECT a/b:80 200 none\nE1 0 complete\n",
     false},
    {"a tunnel within a tunnel",
     {SAYS(CLIENT, "CONNECT h.example:80 HTTP/1.1\r\n\r\n"), SAYS(SERVER, "HTTP/1.1 200 OK\r\n\r\n"),
      SAYS(CLIENT, "CONNECT i.example:80 HTTP/1.1\r\n\r\n"), SAYS(SERVER, "HTTP/1.1 200 OK\r\n\r\n"),
      SAYS(CLIENT, GET_A), SAYS(SERVER, OK_HELLO)},
     "S1 CONNECT h.example:80 200 none\nE1 0 complete\nS2 CONNECT i.example:80 200 none\nE2 0 complete\n"
     "S3 GET /a 200 text\nE3 5 complete\n",
     false},
    {"a tunnel that was refused",
     {SAYS(CLIENT, "CONNECT h.example:443 HTTP/1.1\r\n\r\n"),
      SAYS(SERVER, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"), SAYS(CLIENT, GET_A),
      SAYS(SERVER, OK_HELLO)},
     "S1 CONNECT h.example:443 403 text\nE1 2 complete\nS2 GET /a 200 text\nE2 5 complete\n",
     false},
    {"Icecast's own status line",
     {SAYS(CLIENT, GET_A), SAYS(SERVER, "ICY 200 OK\r\nicy-name: radio\r\n\r\n\xff\xfb\x90\x44"),
      ENDS(SERVER)},
     "S1 GET /a 200 media\nE1 4 complete\n",
     false},
    {"empty lines before messages",
     {SAYS(CLIENT, GET_A "\r\n\r\n" GET_B), SAYS(SERVER, OK_HELLO "\r\n" OK_NONE)},
     "S1 GET /a 200 text\nE1 5 complete\nS2 GET /b 200 empty\nE2 0 complete\n",
     false},
    {"a chunked form and one that is kept open",
     {SAYS(CLIENT,
           "POST /f HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\na=1&\r\n3\r\nb=2\r\n0\r\n\r\n" GET_B),
      SAYS(SERVER, OK_HELLO OK_NONE)},
     "S1 POST /f 200 text\nE1 5 complete\nS2 GET /b 200 empty\nE2 0 complete\n",
     false},
    {"an answer before the form is whole",
     {SAYS(CLIENT, "POST /f HTTP/1.1\r\nContent-Length: 10\r\n\r\na=1&"), SAYS(SERVER, OK_HELLO),
      SAYS(CLIENT, "b=2345" GET_B), SAYS(SERVER, OK_NONE)},
     "S1 POST /f 200 text\nE1 5 complete\nS2 GET /b 200 empty\nE2 0 complete\n",
     false},
};

static const struct talk_row pairing_rows[] = {
    {"requests alone", {SAYS(CLIENT, GET_A), SAYS(CLIENT, GET_B)}, "S1 GET /a -\nS2 GET /b -\n", false},
    {"answers alone",
     {SAYS(SERVER, OK_HELLO OK_NONE)},
     "S1 ? 200 text\nE1 5 complete\nS2 ? 200 empty\nE2 0 complete\n",
     false},
    {"answers alone: one to HEAD has no body",
     {SAYS(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n" OK_HELLO)},
     "S1 ? 200 none\nE1 0 complete\nS2 ? 200 text\nE2 5 complete\n",
     false},
    {"answers alone: a body that begins like an answer",
     {SAYS(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\nHTTP/1.1 is it" OK_NONE)},
     "S1 ? 200 text\nE1 14 complete\nS2 ? 200 empty\nE2 0 complete\n",
     false},
    {"answers alone: a short body",
     {SAYS(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nHTTP" OK_NONE)},
     "S1 ? 200 text\nE1 4 complete\nS2 ? 200 empty\nE2 0 complete\n",
     false},
    {"a tick settles a request, its answer makes a second transaction",
     {SAYS(CLIENT, GET_A), SAYS(SERVER, "HTTP/1.1 1"), TICK(4), TICK(1),
      SAYS(SERVER, "00 Continue\r\n\r\n" OK_HELLO)},
     "S1 GET /a -\nS2 late GET /a 200 text\nE2 5 complete\n",
     false},
    {"a tick settles an answer with what there is; its list is still counted",
     {SAYS(CLIENT, GET_A), SAYS(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 26\r\n\r\n"), TICK(5),
      SAYS(SERVER, "#EXTM3U\n#EXTINF:-1,x\nrtp:a")},
     "S1 GET /a 200 none\nM1 x\nE1 26 complete\n",
     false},
    {"a tick finds nothing to do where nobody waits",
     {SAYS(CLIENT, GET_A), SAYS(SERVER, OK_HELLO), TICK(60), SAYS(CLIENT, GET_B), SAYS(SERVER, OK_NONE),
      TICK(60)},
     "S1 GET /a 200 text\nE1 5 complete\nS2 GET /b 200 empty\nE2 0 complete\n",
     false},
    {"the server's end settles what waits",
     {SAYS(CLIENT, GET_A GET_B), SAYS(SERVER, OK_HELLO), ENDS(SERVER), ENDS(CLIENT)},
     "S1 GET /a 200 text\nE1 5 complete\nS2 GET /b -\n",
     false},
    {"the client's end does not",
     {SAYS(CLIENT, GET_A), ENDS(CLIENT), SAYS(SERVER, OK_HELLO)},
     "S1 GET /a 200 text\nE1 5 complete\n",
     false},
    {"an answer that is none, and the next one",
     {SAYS(CLIENT, GET_A), SAYS(SERVER, "HTTP/1.1 nonsense\r\n"), SAYS(CLIENT, GET_B),
      SAYS(SERVER, OK_HELLO)},
     "S1 GET /a -\nS2 GET /b 200 text\nE2 5 complete\n",
     false},
};

/* What no message is: the direction waits for the next one that is. */
static const struct talk_row bad_rows[] = {
    {"lengths that differ",
     {SAYS(CLIENT, GET_A),
      SAYS(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello" OK_NONE)},
     "S1 GET /a 200 empty\nE1 0 complete\n",
     false},
    {"a length that is no number",
     {SAYS(CLIENT, GET_A), SAYS(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello" OK_NONE)},
     "S1 GET /a 200 empty\nE1 0 complete\n",
     false},
    {"a request's lengths that differ",
     {SAYS(CLIENT, "POST /f HTTP/1.1\r\nContent-Length: 1, 2\r\n\r\nab" GET_B), SAYS(SERVER, OK_HELLO)},
     "S1 GET /b 200 text\nE1 5 complete\n",
     false},
    {"garbage between messages",
     {SAYS(CLIENT, GET_A "\x01garbage GET nothing" GET_B),
      SAYS(SERVER, OK_HELLO "HTTHTTP/1.x 200 HTTP/1.1 200" OK_NONE)},
     "S1 GET /a 200 text\nE1 5 complete\nS2 GET /b 200 empty\nE2 0 complete\n",
     false},
    {"a chunk without size",
     {SAYS(CLIENT, GET_A),
      SAYS(SERVER, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n;x\r\n")},
     "S1 GET /a 200 text\nE1 5 cut\n",
     false},
    {"a chunk that is longer than it says",
     {SAYS(CLIENT, GET_A),
      SAYS(SERVER, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello!" OK_NONE)},
     "S1 GET /a 200 text\nE1 5 cut\nS2 ? 200 empty\nE2 0 complete\n",
     false},
    {"a chunk of more than 64 bits",
     {SAYS(CLIENT, GET_A),
      SAYS(SERVER, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\nhello")},
     "S1 GET /a 200 none\nE1 0 cut\n",
     false},
    {"not chunked at all, though it says so",
     {SAYS(CLIENT, GET_A),
      SAYS(SERVER, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n<html></html>")},
     "S1 GET /a 200 none\nE1 0 cut\n",
     false},
    {"an answer from the client and a request from the server",
     {SAYS(CLIENT, GET_A OK_HELLO GET_B), SAYS(SERVER, GET_A OK_HELLO)},
     "S1 GET /a -\nS2 GET /b 200 text\nE2 5 complete\n",
     false},
    {"a request line without version, later",
     {SAYS(CLIENT, GET_A "GET /old\r\n" GET_B), SAYS(SERVER, OK_HELLO OK_NONE)},
     "S1 GET /a 200 text\nE1 5 complete\nS2 GET /b 200 empty\nE2 0 complete\n",
     false},
    {"lines that are no fields",
     {SAYS(CLIENT, "GET /a HTTP/1.1\r\n: no name\r\nno colon\r\n  \r\nHost: h.example\r\n\r\n"),
      SAYS(SERVER, OK_HELLO)},
     "S1 GET /a 200 text\nE1 5 complete\n",
     false},
};

static const struct talk_row gap_rows[] = {
    {"inside a body of known length",
     {SAYS(CLIENT, GET_A), SAYS(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhello"),
      LOSES(SERVER, 10), SAYS(SERVER, "world" OK_NONE)},
     "S1 GET /a 200 text\nE1 10 cut\nS2 ? 200 empty\nE2 0 complete\n",
     false},
    {"up to such a body's last byte",
     {SAYS(CLIENT, GET_A), SAYS(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhello"),
      LOSES(SERVER, 15), SAYS(SERVER, OK_NONE)},
     "S1 GET /a 200 text\nE1 5 cut\nS2 ? 200 empty\nE2 0 complete\n",
     false},
    {"one byte beyond",
     {SAYS(CLIENT, GET_A), SAYS(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhello"),
      LOSES(SERVER, 16), SAYS(SERVER, "TTP/1.1 200 OK\r\n\r\n" OK_NONE)},
     "S1 GET /a 200 text\nE1 5 cut\nS2 ? 200 empty\nE2 0 complete\n",
     false},
    {"before a body's first byte",
     {SAYS(CLIENT, GET_A), SAYS(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), LOSES(SERVER, 4),
      SAYS(SERVER, "hello")},
     "S1 GET /a 200 none\nE1 5 cut\n",
     false},
    {"inside a chunk: the chunk's size still holds",
     {SAYS(CLIENT, GET_A), SAYS(SERVER, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n14\r\nhello"),
      LOSES(SERVER, 10), SAYS(SERVER, "world\r\n0\r\n\r\n" OK_NONE)},
     "S1 GET /a 200 text\nE1 10 cut\nS2 ? 200 empty\nE2 0 complete\n",
     false},
    {"over a chunk's end",
     {SAYS(CLIENT, GET_A), SAYS(SERVER, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n14\r\nhello"),
      LOSES(SERVER, 16), SAYS(SERVER, "\r\n0\r\n\r\n" OK_NONE)},
     "S1 GET /a 200 text\nE1 5 cut\nS2 ? 200 empty\nE2 0 complete\n",
     false},
    {"until close: the rest still counts",
     {SAYS(CLIENT, GET_A),
      SAYS(SERVER, "HTTP/1.1 200 OK\r\n\r\n#EXTM3U\n#EXTINF:-1,one\nhttp://h/1\n#EXTINF:-1,tw"),
      LOSES(SERVER, 100), SAYS(SERVER, "lost\n#EXTINF:-1,three\nhttp://h/3\n"), ENDS(SERVER)},
     "S1 GET /a 200 m3u\nM1 one\nM1 three\nE1 80 cut\n",
     false},
    {"in an answer's head: the next answer is the next request's",
     {SAYS(CLIENT, GET_A), SAYS(SERVER, "HTTP/1.1 200 OK\r\nContent-Le"), LOSES(SERVER, 40),
      SAYS(CLIENT, GET_B), SAYS(SERVER, "more of the body" OK_HELLO)},
     "S1 GET /a 200 none\nE1 0 cut\nS2 GET /b 200 text\nE2 5 complete\n",
     false},
    {"in an interim answer's head",
     {SAYS(CLIENT, GET_A), SAYS(SERVER, "HTTP/1.1 100 Continue\r\nX"), LOSES(SERVER, 40),
      SAYS(SERVER, OK_HELLO)},
     "S1 GET /a 200 text\nE1 5 complete\n",
     false},
    {"in a request's head",
     {SAYS(CLIENT, "GET /lost HTTP/1.1\r\nHo"), LOSES(CLIENT, 7), SAYS(CLIENT, "example\r\n\r\n"),
      SAYS(SERVER, OK_HELLO), SAYS(CLIENT, GET_B), SAYS(SERVER, OK_NONE)},
     "S1 GET /lost 200 text\nE1 5 complete\nS2 GET /b 200 empty\nE2 0 complete\n",
     false},
    {"in a request's start line",
     {SAYS(CLIENT, GET_A), SAYS(SERVER, OK_NONE), SAYS(CLIENT, "GET /lost HT"), LOSES(CLIENT, 7),
      SAYS(CLIENT, "\r\n\r\n"), SAYS(SERVER, OK_HELLO), SAYS(CLIENT, GET_B), SAYS(SERVER, OK_NONE)},
     "S1 GET /a 200 empty\nE1 0 complete\nS2 ? 200 text\nE2 5 complete\nS3 GET /b 200 empty\n"
     "E3 0 complete\n",
     false},
    {"in a form",
     {SAYS(CLIENT, "POST /f HTTP/1.1\r\nContent-Length: 10\r\n\r\na=1"), LOSES(CLIENT, 3),
      SAYS(CLIENT, "c=23" GET_B), SAYS(SERVER, OK_HELLO OK_NONE)},
     "S1 POST /f 200 text\nE1 5 complete\nS2 GET /b 200 empty\nE2 0 complete\n",
     false},
    {"between messages",
     {SAYS(CLIENT, GET_A), SAYS(SERVER, OK_HELLO), LOSES(CLIENT, 50), LOSES(SERVER, 50),
      SAYS(CLIENT, "x\r\n" GET_B), SAYS(SERVER, "rest" OK_NONE)},
     "S1 GET /a 200 text\nE1 5 complete\nS2 GET /b 200 empty\nE2 0 complete\n",
     false},
    {"while a message is searched",
     {SAYS(CLIENT, GET_A), SAYS(SERVER, "HTTP/1.1 2"), LOSES(SERVER, 50), SAYS(SERVER, "...HTTP/1.1 "),
      LOSES(SERVER, 5), SAYS(SERVER, "200 OK\r\n\r\n" OK_HELLO)},
     "S1 GET /a 200 text\nE1 5 complete\n",
     false},
    {"before a body of an answer alone, which began like an answer",
     {SAYS(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nHTTP/1"), LOSES(SERVER, 10),
      SAYS(SERVER, "1234" OK_NONE)},
     "S1 ? 200 text\nE1 10 cut\nS2 ? 200 empty\nE2 0 complete\n",
     false},
    {"before the chunks of an answer alone",
     {SAYS(SERVER, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), LOSES(SERVER, 10),
      SAYS(SERVER, "34" OK_NONE)},
     "S1 ? 200 none\nE1 0 cut\nS2 ? 200 empty\nE2 0 complete\n",
     false},
    {"in a document",
     {SAYS(CLIENT, GET_A), SAYS(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{\"user_info\":{"),
      LOSES(SERVER, 60), SAYS(SERVER, "\"auth\":1}}      " OK_NONE)},
     "S1 GET /a 200 json\nE1 30 cut\nS2 ? 200 empty\nE2 0 complete\n",
     false},
    {"in a form, up to its last byte",
     {SAYS(CLIENT, "POST /f HTTP/1.1\r\nContent-Length: 10\r\n\r\na=1"), LOSES(CLIENT, 7),
      SAYS(CLIENT, GET_B), SAYS(SERVER, OK_HELLO OK_NONE)},
     "S1 POST /f 200 text\nE1 5 complete\nS2 GET /b 200 empty\nE2 0 complete\n",
     false},
    {"in a tunnel",
     {SAYS(CLIENT, "CONNECT h:1 HTTP/1.1\r\n\r\n"), SAYS(SERVER, "HTTP/1.1 200 \r\n\r\n"), LOSES(CLIENT, 9),
      SAYS(CLIENT, GET_A)},
     "S1 CONNECT h:1 200 none\nE1 0 complete\n",
     false},
};

static const struct talk_row midstream_rows[] = {
    {"a flow that begins with an answer's body",
     {SAYS(SERVER, "rest of a body"), SAYS(SERVER, "and more"), SAYS(CLIENT, GET_A), SAYS(SERVER, OK_HELLO)},
     "S1 GET /a 200 text\nE1 5 complete\n",
     true},
    {"a slice that begins like a message and is none",
     {SAYS(SERVER, "HTTP/1.1 is"), SAYS(SERVER, "a protocol\r\n"), SAYS(SERVER, OK_HELLO)},
     "S1 ? 200 text\nE1 5 complete\n",
     true},
    {"a slice whose last bytes are a message's first",
     {SAYS(CLIENT, "G"), SAYS(CLIENT, "GET / HTTP/1.1\r\n\r\n")},
     "S1 GET / -\n",
     true},
    {"a gap in the first start line",
     {SAYS(CLIENT, "GET /x HT"), LOSES(CLIENT, 5), SAYS(CLIENT, "\r\n\r\n"), SAYS(CLIENT, GET_A)},
     "S1 GET /a -\n",
     true},
    {"a gap first",
     {LOSES(CLIENT, 100), SAYS(CLIENT, "x: y\r\n\r\n"), SAYS(CLIENT, GET_A)},
     "S1 GET /a -\n",
     true},
};

static void check_rows(const struct talk_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check_talk(&rows[i]);
    }
}

static void test_framing(void **state)
{
    (void)state;
    check_rows(framing_rows, ARRAY_COUNT(framing_rows));
}

static void test_pairing(void **state)
{
    (void)state;
    check_rows(pairing_rows, ARRAY_COUNT(pairing_rows));
}

static void test_bad_messages(void **state)
{
    (void)state;
    check_rows(bad_rows, ARRAY_COUNT(bad_rows));
}

static void test_gaps(void **state)
{
    (void)state;
    check_rows(gap_rows, ARRAY_COUNT(gap_rows));
}

static void test_midstream(void **state)
{
    (void)state;
    check_rows(midstream_rows, ARRAY_COUNT(midstream_rows));
}

/* A gap of any length at any place: nothing breaks, nothing is told twice, and the connection is found again.
 */
static void test_gap_everywhere(void **state)
{
    (void)state;
    static const char answers[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
                                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
                                  "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    static const char last[] = "HTTP/1.1 418 Last\r\nContent-Length: 2\r\n\r\nok";
    size_t len = sizeof answers - 1;
    for (size_t begin = 1; begin <= len; begin++) {
        for (size_t missing = 1; missing <= len - begin + 1; missing += 1 + missing / 4) {
            struct conversation talk;
            conversation_begin(&talk);
            conversation_say(&talk, CLIENT, GET_A GET_B GET_A, sizeof(GET_A GET_B GET_A) - 1, FEED_WHOLE);
            conversation_say(&talk, SERVER, answers, begin, FEED_WHOLE);
            const struct step gap = LOSES(SERVER, missing < len - begin ? missing : len - begin);
            if (gap.amount > 0) {
                conversation_step(&talk, &gap, FEED_WHOLE);
            }
            size_t after = begin + gap.amount;
            conversation_say(&talk, SERVER, answers + after, len - after, FEED_WHOLE);
            conversation_say(&talk, CLIENT, GET_B, sizeof GET_B - 1, FEED_WHOLE);
            conversation_say(&talk, SERVER, last, sizeof last - 1, FEED_WHOLE);
            conversation_end(&talk);
            struct slice told = buf_slice(&talk.brief);
            assert_true(slice_find(told, slice_text("GET /b 418 text\n")) != SIZE_MAX);
            assert_true(slice_ends(told, slice_text(" 2 complete\n")));
            conversation_free(&talk);
        }
    }
}

/* Every prefix of a conversation may be its end. */
static void test_end_everywhere(void **state)
{
    (void)state;
    static const char request[] = "POST /f?x=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\na=b";
    static const char answer[] =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n#EXTM3U\r\n0\r\n\r\n";
    size_t all = sizeof request - 1 + sizeof answer - 1;
    for (size_t len = 0; len <= all; len++) {
        struct conversation talk;
        conversation_begin(&talk);
        size_t asked = len < sizeof request - 1 ? len : sizeof request - 1;
        conversation_say(&talk, CLIENT, request, asked, FEED_WHOLE);
        conversation_say(&talk, SERVER, answer, len - asked, FEED_WHOLE);
        conversation_end(&talk);
        size_t head = sizeof request - 1 - strlen("a=b");
        assert_int_equal(talk.brief.len > 0, len >= head);
        conversation_free(&talk);
    }
}

/* Chunk lines and trailers of any length up to their caps. */
static void test_chunk_caps(void **state)
{
    (void)state;
    static const char head[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    static const size_t caps[] = {4096, 65536};
    for (size_t i = 0; i < 2 * ARRAY_COUNT(caps); i++) {
        size_t cap = caps[i / 2];
        struct conversation talk;
        conversation_begin(&talk);
        struct buf answer = buf_make(SIZE_MAX);
        buf_append_text(&answer, head);
        buf_append_text(&answer, cap == 4096 ? "1;" : "1\r\nx\r\n0\r\nT");
        size_t fixed = cap == 4096 ? strlen("1;\n") : strlen("T\r\n\r\n");
        for (size_t filled = fixed; filled < cap + i % 2; filled++) {
            buf_append_byte(&answer, 'y');
        }
        buf_append_text(&answer, cap == 4096 ? "\nx\r\n0\r\n\r\n" : "\r\n\r\n");
        conversation_say(&talk, CLIENT, GET_A, sizeof GET_A - 1, FEED_WHOLE);
        conversation_say(&talk, SERVER, answer.data, answer.len, FEED_WHOLE);
        conversation_end(&talk);
        assert_int_equal(counter_get(talk.counters, APP_HTTP_MALFORMED), i % 2);
        assert_int_equal(slice_ends(buf_slice(&talk.brief), slice_text(" complete\n")), i % 2 == 0);
        buf_free(&answer);
        conversation_free(&talk);
    }
}

static void test_pipeline_cap(void **state)
{
    (void)state;
    struct conversation talk;
    conversation_begin(&talk);
    talk.settings.pipeline_depth = 2;
    talk.flow.sides[SERVER].packets = 1;
    for (int i = 0; i < 4; i++) {
        conversation_say(&talk, CLIENT, GET_A, sizeof GET_A - 1, FEED_WHOLE);
    }
    assert_text(&talk.brief, "S1 GET /a -\nS2 GET /a -\n");
    assert_int_equal(counter_get(talk.counters, APP_HTTP_PIPELINE_CAP), 2);
    conversation_say(&talk, SERVER, OK_NONE, sizeof OK_NONE - 1, FEED_WHOLE);
    conversation_end(&talk);
    assert_text(&talk.brief, "S1 GET /a -\nS2 GET /a -\nS3 GET /a 200 empty\nE3 0 complete\nS4 GET /a -\n");
    assert_int_equal(counter_get(talk.counters, APP_HTTP_UNANSWERED), 3);
    assert_int_equal(counter_get(talk.counters, APP_HTTP_PAIRED), 1);
    conversation_free(&talk);
}

/* What a client acknowledged tells of answers that the mirror does not show. */
static void test_answered_bytes(void **state)
{
    (void)state;
    struct conversation talk;
    conversation_begin(&talk);
    talk.flow.sides[SERVER].acked = 100;
    conversation_say(&talk, CLIENT, GET_A, sizeof GET_A - 1, FEED_WHOLE);
    conversation_say(&talk, CLIENT, GET_A, sizeof GET_A - 1, FEED_WHOLE);
    assert_text(&talk.brief, ""); /* not acknowledged: pipelined */
    talk.flow.sides[SERVER].acked = 50100;
    conversation_say(&talk, CLIENT, GET_B, sizeof GET_B - 1, FEED_WHOLE);
    assert_text(&talk.brief, "S1 GET /a -\nS2 GET /a -\n");
    struct slice told = buf_slice(&talk.told);
    assert_true(slice_find(told, slice_text("number=1 late=0 server=0 answered=50000 ")) != SIZE_MAX);
    talk.flow.sides[SERVER].bytes = 10; /* now the server shows itself, with nothing that reads */
    conversation_end(&talk);
    told = buf_slice(&talk.told);
    assert_true(slice_find(told, slice_text("number=3 late=0 server=1 answered=0 ")) != SIZE_MAX);
    conversation_free(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_framing),        cmocka_unit_test(test_pairing),
        cmocka_unit_test(test_bad_messages),   cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_midstream),      cmocka_unit_test(test_gap_everywhere),
        cmocka_unit_test(test_end_everywhere), cmocka_unit_test(test_pipeline_cap),
        cmocka_unit_test(test_chunk_caps),     cmocka_unit_test(test_answered_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
