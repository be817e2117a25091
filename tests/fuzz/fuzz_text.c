/*
 * base/text and base/host: what comes out of the cleaner is valid UTF-8 without forbidden characters, within
 * its limit, and clean text passes unchanged; names are their own normal form; decoding never grows.
 */
#include <stdint.h>

#include "base/address.h"
#include "base/text.h"
#include "tests/fuzz/splitter.h"

/* A violated property ends the run like a crash. */
static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* The length of the character in front by the text of RFC 3629, section 4; written apart from text.c. 0:
 * none. */
static size_t decode_character(struct slice text, uint32_t *code_point)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t lead = text.data[0];
    size_t len = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
    if (len == 0 || len > text.len) {
        return 0;
    }
    *code_point = len == 1 ? lead : lead & (0xffU >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if (text.data[i] >> 6 != 2) {
            return 0;
        }
        *code_point = *code_point * 64 + text.data[i] % 64;
    }
    bool surrogate = *code_point >= 0xd800 && *code_point <= 0xdfff;
    return *code_point < smallest[len] || *code_point > 0x10ffff || surrogate ? 0 : len;
}

static bool is_forbidden(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || (c >= 0x200b && c <= 0x200f) || c == 0x2028 ||
           c == 0x2029 || (c >= 0x202a && c <= 0x202e) || c == 0x2060 || (c >= 0x2066 && c <= 0x2069) ||
           c == 0xfeff;
}

/* Whether all of the text is what text_append_clean promises. */
static bool is_clean(struct slice text)
{
    while (text.len > 0) {
        uint32_t code_point = 0;
        size_t len = decode_character(text, &code_point);
        if (len == 0 || is_forbidden(code_point)) {
            return false;
        }
        text = slice_from(text, len);
    }
    return true;
}

static void check_clean(struct splitter *splitter, struct slice text)
{
    size_t max = splitter_random(splitter, 3 * text.len + 2);
    size_t cap = splitter_random(splitter, 3 * text.len + 2);
    struct buf out = buf_make(cap);
    bool whole = text_append_clean(&out, text, max);
    require(out.len <= max && out.len <= cap);
    require(is_clean(buf_slice(&out)));
    require(!whole || !is_clean(text) || slice_equal(buf_slice(&out), text));
    require(whole || out.len + 4 > max || out.len + 4 > cap); /* cut only where the next one did not fit */
    require(!whole || !out.truncated);
    struct buf again = buf_make(out.len);
    require(text_append_clean(&again, buf_slice(&out), out.len));
    require(slice_equal(buf_slice(&again), buf_slice(&out)));
    buf_free(&again);
    buf_free(&out);
}

static void check_host(struct slice text)
{
    char *name = malloc(HOST_NAME_SIZE);
    char *again = malloc(HOST_NAME_SIZE);
    require(name != NULL && again != NULL);
    uint16_t port = 0;
    if (host_normalise(text, name, &port)) {
        struct slice normal = slice_text(name);
        require(normal.len > 0 && normal.len <= 253 && is_clean(normal));
        require(host_normalise(normal, again, &port) && port == 0);
        require(slice_equal(slice_text(again), normal));
        require(host_is_literal(name) || slice_index(normal, ':') == SIZE_MAX);
    } else {
        require(name[0] == '\0' && port == 0);
    }
    free(again);
    free(name);
}

static void check_percent(struct slice text)
{
    for (int plus = 0; plus < 2; plus++) {
        struct buf out = buf_make(text.len);
        percent_decode(&out, text, plus == 1);
        require(!out.truncated && out.len <= text.len);
        require(slice_index(text, '%') != SIZE_MAX || out.len == text.len);
        buf_free(&out);
    }
}

static void check_query(struct slice text)
{
    static const char *const keys[] = {"username", "a", ""};
    for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
        struct slice value;
        if (query_value(text, keys[i], &value)) {
            require(slice_index(value, '&') == SIZE_MAX);
            require(value.len == 0 ||
                    (value.data >= text.data && value.data + value.len <= text.data + text.len));
        } else {
            require(value.len == 0);
        }
    }
}

/* Configuration is no stranger's, but an address in a host name is read by the same code. */
static void check_prefix(struct slice text)
{
    char *copy = malloc(text.len + 1);
    require(copy != NULL);
    if (text.len > 0) {
        memcpy(copy, text.data, text.len);
    }
    copy[text.len] = '\0';
    struct prefix prefix;
    if (prefix_parse(copy, &prefix)) {
        char printed[PREFIX_TEXT_SIZE];
        struct prefix again;
        require(prefix_parse(prefix_print(&prefix, printed), &again));
        require(again.bits == prefix.bits && address_compare(&again.address, &prefix.address) == 0);
    }
    free(copy);
}

static bool check_all(void *context, enum splitter_event event, struct slice text)
{
    if (event == SPLITTER_CHUNK) {
        check_clean(context, text);
        check_host(text);
        check_percent(text);
        check_query(text);
        check_prefix(text);
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct splitter whole = splitter_make(data, size);
    splitter_run_whole(&whole, check_all, &whole);
    struct splitter splitter = splitter_make(data, size);
    splitter_run(&splitter, check_all, &splitter);
    return 0;
}
