/* Forms of tokens, and what of them comes again. All tokens are made up here or the catalogue's own. */
#include "helper.h"

#include "daemon/rule/token_priv.h"

/* The catalogue's vector: key 0123456789abcdef0123456789abcdef (signatures.md, 1.6). */
#define XOR_TOKEN "SxNaUkddFA0abSQxN0ZJRENFQFZVWGleXBtbUx4="

static bool xor_digits(const char *text, char out[TOKEN_XOR_DIGITS + 1])
{
    out[TOKEN_XOR_DIGITS] = '\0';
    return token_is_xor(slice_text(text), (uint8_t *)out);
}

static void xor_test_finds_the_digits(void **state)
{
    (void)state;
    char digits[TOKEN_XOR_DIGITS + 1];
    assert_true(xor_digits(XOR_TOKEN, digits));
    assert_string_equal(digits, "012345678");
    static const char *const same[] = {"SxNaUkddFA0a", "%53%78%4E%61%55%6b%64%64%46%41%30%61",
                                       "SxNaUkddFA0a%2F%2b%3D", "%53xNaUkddFA0abSQx"};
    for (size_t i = 0; i < ARRAY_COUNT(same); i++) {
        assert_true(xor_digits(same[i], digits));
    }
    static const char *const others[] = {
        "",
        "SxNaUkddFA0",                                 /* too short */
        "SxNaUkddFA0%",                                /* no digit */
        "SxNaUkddFA-a",                                /* of the other alphabet */
        "RxNaUkddFA0a",                                /* no such first letter */
        "SxNaUkddFAAA",                                /* a last byte that gives no digit */
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdW", /* a JWT */
        "c2VydmVyX3RpbWU9MS8zMS8yMDI2",                /* Nimble's */
        "0123456789abcdef0123456789abcdef",
    };
    for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
        assert_false(xor_digits(others[i], digits));
    }
}

/* Every key passes, and hardly anything else: one of 10^11 strings. */
static void xor_test_checks_itself(void **state)
{
    (void)state;
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char plain[] = "{\"hash\":\"";
    uint64_t random = 88172645463325252U;
    char digits[TOKEN_XOR_DIGITS + 1];
    for (int round = 0; round < 200000; round++) {
        char key[TOKEN_XOR_DIGITS + 1] = {0};
        char made[13] = {0};
        char chance[25] = {0};
        uint8_t bytes[TOKEN_XOR_DIGITS];
        for (size_t i = 0; i < sizeof chance - 1; i++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            chance[i] = alphabet[random >> 20 & 63];
            if (i < TOKEN_XOR_DIGITS) {
                key[i] = "0123456789abcdef"[random >> 40 & 15];
                bytes[i] = (uint8_t)(key[i] ^ plain[i]);
            }
        }
        for (size_t i = 0; i < 3; i++) {
            uint32_t group =
                (uint32_t)bytes[3 * i] << 16 | (uint32_t)bytes[3 * i + 1] << 8 | bytes[3 * i + 2];
            for (size_t j = 0; j < 4; j++) {
                made[4 * i + j] = alphabet[group >> (18 - 6 * j) & 63];
            }
        }
        assert_true(xor_digits(made, digits));
        assert_string_equal(digits, key);
        assert_false(xor_digits(chance, digits));
    }
}

static void length_law_is_kept(void **state)
{
    (void)state;
    static const size_t lengths[] = {22, 43, 64, 86, 107, 128, 150, 171, 192, 214};
    char text[256];
    size_t next = 0;
    for (size_t len = 0; len <= 214; len++) {
        for (size_t i = 0; i < len; i++) {
            text[i] = "aB3_"[i % 4];
        }
        text[len] = '\0';
        bool lawful = next < ARRAY_COUNT(lengths) && len == lengths[next];
        assert_int_equal(token_is_blocks(slice_text(text)), lawful);
        next += lawful;
    }
    assert_int_equal(next, ARRAY_COUNT(lengths));
    assert_false(token_is_blocks(slice_text("abcdefghijklmnopqrstuv")));
    assert_false(token_is_blocks(slice_text("ABCDEFGHIJKLMNOPQRSTuv")));
    assert_false(token_is_blocks(slice_text("ABCDEFGHIJKLMNOPQRSTu1=")));
    assert_false(token_is_blocks(slice_text("ABCDEFGHIJKLMNOPQR+Tu1")));
    assert_true(token_front_is_text(slice_text("aHR0cHM6Ly9jZG4uZXhhbXBsZS9h")));
    assert_false(token_front_is_text(slice_text("Zx9-Qw7_Lk3Pd8Rt2Vb6YaB3aB3aB3")));
    assert_false(token_front_is_text(slice_text("aHR0cHM6Ly9")));
}

static void tokens_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        const char *token; /* "" where there is none */
        bool auth;
    } rows[] = {
        {"/live/u/p/1.ts?token=0123456789abcdef", "0123456789abcdef", false},
        {"/live/u/p/1.ts?x=1&token=0123456789abcdef#t", "0123456789abcdef", false},
        {"/live/u/p/1.ts?token=0123456789abcde", "", false},
        {"/auth/0123456789abcdef", "0123456789abcdef", true},
        {"http://h:8000/00112233445566778899aabbccddeeff/auth/0123456789abcdef", "0123456789abcdef", true},
        {"/play/0123456789abcdef/ts", "0123456789abcdef", false},
        {"/hlsr/0123456789abcdef/u/p/1/2/1_2.ts", "0123456789abcdef", false},
        {"/images/0123456789abcdef.png", "0123456789abcdef", false},
        {"/images/012345678.abcdef", "", false},
        {"/auth/play/0123456789abcdef", "0123456789abcdef", false},
        {"/login/0123456789abcdef", "", false},
        {"/auth/", "", false},
        {"", "", false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct token token;
        bool found = token_find(slice_text(rows[i].url), &token);
        assert_int_equal(found, rows[i].token[0] != '\0');
        if (found) {
            assert_true(slice_equal(token.text, slice_text(rows[i].token)));
            assert_int_equal(token.auth, rows[i].auth);
        }
    }
}

static void panel_links_are_known(void **state)
{
    (void)state;
#define LAWFUL "aB3_aB3_aB3_aB3_aB3_aB3_aB3_aB3_aB3_aB3_aB3_aB3_aB3_aB3_aB3_aB3_"
    static const struct {
        const char *location;
        bool link;
    } rows[] = {
        {"http://lb.example/auth/" LAWFUL, true},
        {"/auth/" LAWFUL, true},
        {"https://lb.example:8443/auth/" LAWFUL, true},
        {"https://lb.example/auth/" LAWFUL, false}, /* where web sites let sign in */
        {"https://lb.example:443/auth/" LAWFUL, false},
        {"https://203.0.113.9/auth/" LAWFUL, true},
        {"http://lb.example/auth/0123456789abcdef", false},
        {"http://lb.example:8000/auth/0123456789abcdef", true},
        {"http://[2001:db8::9]/auth/0123456789abcdef", true},
        {"http://lb.example:8000/auth/short", false},
        {"http://lb.example/vauth/12.mkv?token=" LAWFUL, true},
        {"http://lb.example:8000/live/u/p/12.ts?token=0123456789abcdef", true},
        {"http://lb.example:8000/u/p/12?token=0123456789abcdef", true},
        {"http://lb.example:8000/p/12?token=0123456789abcdef", false},
        {"http://lb.example:8000/login?token=0123456789abcdef", false},
        {"http://203.0.113.9/stream/auth.php?type=live&token=0123456789abcdef", true},
        {"https://lb.example/login?token=" XOR_TOKEN, true},
        {"http://lb.example:8000/auth/0123456789asked00", false},
        {"", false},
    };
    struct http_request request = {.uri = slice_text("/x?t=0123456789asked00"),
                                   .uri_raw = slice_text("/x?t=0123456789asked00")};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_int_equal(token_is_panel_link(slice_text(rows[i].location), &request), rows[i].link);
    }
    assert_true(token_is_panel_link(slice_text("http://lb.example:8000/auth/0123456789asked00"), NULL));
}

#define FRONT "Zx9-Qw7_Lk3Pd8Rt2Vb6Y"
#define TAIL  "aB3aB3aB3aB3aB3aB3aB3"

static struct repeats_found take(struct repeats *repeats, const char *uri, uint16_t status,
                                 enum body_kind kind, const char *location)
{
    struct flow flow = {.client = 0, .shard = 7};
    struct http_request request = {
        .host = slice_text("lb.example"), .uri = slice_text(uri), .uri_raw = slice_text(uri)};
    struct http_response response = {.status = status, .kind = kind, .location = slice_text(location)};
    struct http_transaction http = {.request = &request, .response = status == 0 ? NULL : &response};
    struct repeats_found found;
    repeats_take(repeats, &flow, &http, &found);
    return found;
}

static void panels_are_tied(void **state)
{
    (void)state;
    const struct hash_key keys[] = {{{1, 2}}, {{3, 4}}};
    struct counter_cell cells[RULE_COUNTERS_COUNT] = {0};
    uint64_t prints[2];
    for (size_t i = 0; i < 2; i++) {
        struct repeats *repeats = repeats_create(&keys[i], 64, cells);
        struct repeats_found found = take(repeats, "/u/p/1?token=" XOR_TOKEN, 200, BODY_MPEGTS, "");
        assert_true(found.tied);
        assert_false(take(repeats, "/u/p/1?token=" XOR_TOKEN, 200, BODY_HTML, "").tied);
        assert_false(take(repeats, "/u/p/1?token=" XOR_TOKEN, 403, BODY_MPEGTS, "").tied);
        assert_false(take(repeats, "/u/p/1?token=" XOR_TOKEN, 0, BODY_NONE, "").tied);
        assert_false(take(repeats, "/u/p/1?token=" XOR_TOKEN, 302, BODY_EMPTY, "/?token=" XOR_TOKEN).tied);
        /* The panel that redirects, the balancer that serves and their segments have one print. */
        static const char *const others[] = {"http://lb.example/u/p/1?token=" XOR_TOKEN,
                                             "/sauth/SxNaUkddFA0aAAAAAAAAAAAA"};
        for (size_t j = 0; j < ARRAY_COUNT(others); j++) {
            struct repeats_found other = take(repeats, "/u/p/1", 302, BODY_EMPTY, others[j]);
            assert_true(other.tied && other.print == found.print);
        }
        /* No table is needed for it. */
        assert_true(take(NULL, "/u/p/1?token=" XOR_TOKEN, 200, BODY_MPEGTS, "").print == found.print);
        assert_false(take(repeats, "/auth/" FRONT TAIL "1", 200, BODY_MPEGTS, "").tied);
        assert_false(take(repeats, "/auth/" FRONT TAIL "2", 200, BODY_MPEGTS, "").tied);
        assert_false(take(repeats, "/auth/" FRONT TAIL "1", 200, BODY_MPEGTS, "").tied);
        found = take(repeats, "/auth/" FRONT TAIL "3", 200, BODY_MPEGTS, "");
        assert_true(found.tied && found.tokens == 3);
        prints[i] = found.print;
        /* What stands behind /play/ is an account's. */
        assert_int_equal(take(repeats, "/play/" FRONT TAIL "4", 200, BODY_MPEGTS, "").tokens, 4);
        found = take(repeats, "/play/" FRONT TAIL "5", 200, BODY_MPEGTS, "");
        assert_true(!found.tied && found.tokens == REPEATS_MAX); /* with those behind /auth/ */
        repeats_free(repeats);
    }
    assert_true(prints[0] == prints[1]); /* the same at every sensor, whatever its key */
    assert_int_equal(counter_get(cells, RULE_REPEATS_EVICTED), 0);
}

static void numbers_are_counted(void **state)
{
    (void)state;
    const struct hash_key key = {{1, 2}};
    struct counter_cell cells[RULE_COUNTERS_COUNT] = {0};
    struct repeats *repeats = repeats_create(&key, 64, cells);
    static const struct {
        const char *uri;
        uint32_t numbers;
    } rows[] = {{"/u/p/1", 1},
                {"/u/p/1", 1},
                {"/u/p/2?x=1", 2},
                {"/live/u/p/3.m3u8", 3},
                {"/u/q/4", 1},
                {"/u/p/5.ts", 0},
                {"/u/p/6/", 0},
                {"/u/p/12345678901", 0},
                {"//p/7", 0},
                {"/u//7", 0},
                {"/u/p/", 0},
                {"/live/p/7", 0},
                {"/u/p/8.m3u8", 4},
                {"/u/p/9", 5},
                {"/u/p/10", 5},
                {"u/p/11", 0},
                {"", 0},
                {"/live/", 0},
                {"/u/p/.m3u8", 0},
                {"/a/live/u/p/1", 0}};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_int_equal(take(repeats, rows[i].uri, 0, BODY_NONE, "").numbers, rows[i].numbers);
    }
    assert_int_equal(take(NULL, "/u/p/9", 0, BODY_NONE, "").numbers, 0);
    repeats_free(repeats);
}

/* A full bucket forgets what was not met for longest, and counts it. */
static void tables_are_bounded(void **state)
{
    (void)state;
    const struct hash_key key = {{1, 2}};
    struct counter_cell cells[RULE_COUNTERS_COUNT] = {0};
    struct repeats *repeats = repeats_create(&key, 1, cells); /* one bucket of eight */
    char uri[64];
    for (int account = 0; account < 7; account++) {
        snprintf(uri, sizeof uri, "/u/p%d/1", account);
        assert_int_equal(take(repeats, uri, 0, BODY_NONE, "").numbers, 1);
        assert_int_equal(take(repeats, "/u/p/1", 0, BODY_NONE, "").numbers, 1);
    }
    assert_int_equal(counter_get(cells, RULE_REPEATS_EVICTED), 0);
    assert_int_equal(take(repeats, "/u/p7/1", 0, BODY_NONE, "").numbers, 1);
    assert_int_equal(counter_get(cells, RULE_REPEATS_EVICTED), 1);
    assert_int_equal(take(repeats, "/u/p/2", 0, BODY_NONE, "").numbers, 2);
    assert_int_equal(take(repeats, "/u/p0/2", 0, BODY_NONE, "").numbers, 1);
    repeats_free(repeats);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xor_test_finds_the_digits), cmocka_unit_test(xor_test_checks_itself),
        cmocka_unit_test(length_law_is_kept),        cmocka_unit_test(tokens_are_found),
        cmocka_unit_test(panels_are_tied),           cmocka_unit_test(numbers_are_counted),
        cmocka_unit_test(tables_are_bounded),        cmocka_unit_test(panel_links_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
