/* Start lines: recognising them by their first bytes, finding them behind garbage, reading them. */
#include <assert.h>

#include "base/attr.h"
#include "base/scan.h"
#include "base/text.h"
#include "daemon/app/http_head_priv.h"

#define WORD(text)                                                                                           \
    {                                                                                                        \
        (const uint8_t *)(text), sizeof(text) - 1                                                            \
    }

/* RFC 9110, section 9, and PATCH of RFC 5789; with the blank behind them. */
static const struct slice methods[] = {
    WORD("GET "),     WORD("HEAD "),    WORD("POST "),  WORD("PUT "),   WORD("DELETE "),
    WORD("CONNECT "), WORD("OPTIONS "), WORD("TRACE "), WORD("PATCH "),
};

static const struct slice version_front = WORD("HTTP/1.");
static const struct slice icecast_front = WORD("ICY "); /* SHOUTcast's and Icecast's own status line */

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static enum http_start probe_word(struct slice first, struct slice word, enum http_start found)
{
    size_t len = first.len < word.len ? first.len : word.len;
    if (len > 0 && (first.data[0] != word.data[0] || memcmp(first.data, word.data, len) != 0)) {
        return HTTP_START_NO;
    }
    return len == word.len ? found : HTTP_START_MORE;
}

enum http_start http_start_probe(struct slice first)
{
    enum http_start best = probe_word(first, version_front, HTTP_START_RESPONSE);
    if (best == HTTP_START_NO) {
        best = probe_word(first, icecast_front, HTTP_START_RESPONSE);
    }
    for (size_t i = 0; i < ARRAY_COUNT(methods) && best == HTTP_START_NO; i++) {
        best = probe_word(first, methods[i], HTTP_START_REQUEST);
    }
    return best;
}

/* "HTTP/1.x NNN" and what may stand behind the code. */
static bool is_response_front(struct slice at)
{
    return at.len >= HTTP_FIND_BYTES && slice_starts(at, version_front) && is_digit(at.data[7]) &&
           at.data[8] == ' ' && is_digit(at.data[9]) && is_digit(at.data[10]) && is_digit(at.data[11]) &&
           (at.data[12] == ' ' || at.data[12] == '\r');
}

static size_t find_response(struct slice bytes)
{
    size_t begin = 0;
    for (;;) {
        size_t at = slice_find(slice_from(bytes, begin), version_front);
        if (at == SIZE_MAX) {
            return SIZE_MAX;
        }
        if (is_response_front(slice_from(bytes, begin + at))) {
            return begin + at;
        }
        begin += at + 1;
    }
}

/* A method, a blank, and the first byte of a target in one of the forms of RFC 9112, section 3.2. */
static bool is_request_front(struct slice at)
{
    if (at.len < HTTP_FIND_BYTES || http_start_probe(at) != HTTP_START_REQUEST) {
        return false;
    }
    for (size_t i = 0; i < HTTP_FIND_BYTES; i++) {
        if (at.data[i] < ' ') {
            return false; /* the shortest request line is longer than this */
        }
    }
    uint8_t target = at.data[slice_index(at, ' ') + 1];
    bool connect = at.data[0] == 'C';
    return connect ? target > ' ' && target < 0x7f : memchr("/hH*", target, 4) != NULL;
}

static size_t find_request(struct slice bytes)
{
    for (size_t i = 0; i + HTTP_FIND_BYTES <= bytes.len; i++) {
        if (bytes.data[i] >= 'C' && bytes.data[i] <= 'T' && is_request_front(slice_from(bytes, i))) {
            return i;
        }
    }
    return SIZE_MAX;
}

size_t http_start_find(struct slice bytes, bool request)
{
    return request ? find_request(bytes) : find_response(bytes);
}

static bool is_version(struct slice text)
{
    enum { FRONT_BYTES = 7 };
    return text.len == FRONT_BYTES + 1 && memcmp(text.data, version_front.data, FRONT_BYTES) == 0 &&
           is_digit(text.data[FRONT_BYTES]);
}

/* Whether there is no control character in it but tabs. */
static bool is_printable(struct slice line)
{
    size_t at = scan_up_to(line, 0, ' ' - 1);
    while (at < line.len && line.data[at] == '\t') {
        at = scan_up_to(line, at + 1, ' ' - 1);
    }
    return at == line.len && slice_index(line, 0x7f) == SIZE_MAX;
}

/* Where the method ends and where the version begins: behind the last blank, because targets with blanks in
 * them occur. */
struct line_blanks {
    size_t first;
    size_t last;
};

static bool find_blanks(struct slice line, struct line_blanks *blanks)
{
    const uint8_t *last = line.len == 0 ? NULL : memrchr(line.data, ' ', line.len);
    if (last == NULL) {
        return false;
    }
    blanks->first = slice_index(line, ' ');
    blanks->last = (size_t)(last - line.data);
    return blanks->first < blanks->last;
}

static struct http_request_line cut_at(struct slice line, const struct line_blanks *blanks)
{
    return (struct http_request_line){
        .method = slice_part(line, 0, blanks->first),
        .target = slice_trim(slice_part(line, blanks->first, blanks->last - blanks->first)),
    };
}

bool http_request_line_read(struct slice line, struct http_request_line *out)
{
    line = slice_trim(line);
    struct line_blanks blanks;
    if (!find_blanks(line, &blanks) || !is_version(slice_from(line, blanks.last + 1)) ||
        http_start_probe(line) != HTTP_START_REQUEST || !is_printable(line)) {
        return false;
    }
    *out = cut_at(line, &blanks);
    return out->target.len > 0;
}

struct http_request_line http_request_line_cut(struct slice line)
{
    line = slice_trim(line);
    struct line_blanks blanks;
    bool good = find_blanks(line, &blanks);
    assert(good);
    (void)good;
    return cut_at(line, &blanks);
}

bool http_status_line_read(struct slice line, struct http_status_line *out)
{
    enum { VERSION_BYTES = 8, CODE_DIGITS = 3 };
    size_t version = is_version(slice_part(line, 0, VERSION_BYTES)) ? VERSION_BYTES
                     : slice_starts(line, icecast_front)            ? icecast_front.len - 1
                                                                    : line.len;
    if (version == line.len || line.data[version] != ' ') {
        return false;
    }
    struct slice rest = slice_trim(slice_from(line, version));
    const uint8_t *code = rest.data;
    if (rest.len < CODE_DIGITS || (rest.len > CODE_DIGITS && code[CODE_DIGITS] != ' ') ||
        !is_digit(code[0]) || !is_digit(code[1]) || !is_digit(code[2]) || code[0] == '0') {
        return false;
    }
    unsigned status = (code[0] - '0') * 100U + (code[1] - '0') * 10U + (code[2] - '0');
    *out = (struct http_status_line){.status = (uint16_t)status, .code = slice_make(code, CODE_DIGITS)};
    return true;
}
