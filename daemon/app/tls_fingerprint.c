/*
 * JA3 and JA4: what kind of client says hello, by the lists that it offers. Both leave GREASE out.
 *
 * JA3 is the MD5 of five lists in decimal, in the order of the wire. JA4 shows version, counts and ALPN, and
 * two shortened SHA-256 of sorted lists in hex.
 */
#include <assert.h>
#include <gcrypt.h>
#include <stdlib.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/hash.h"
#include "daemon/app/tls_priv.h"

/* A hello's lists have 65,535 bytes at most each; a number takes up to 6 bytes of text, of 2 on the wire. */
enum { TEXT_MAX = 1 << 20, HASH_SHOWN = 12 };

struct numbers {
    uint16_t *values; /* owned */
    size_t count;
};

static struct numbers numbers_make(size_t room)
{
    struct numbers numbers = {.values = malloc((room + 1) * sizeof(uint16_t)), .count = 0};
    if (numbers.values == NULL) {
        abort();
    }
    return numbers;
}

static void numbers_add(struct numbers *numbers, uint16_t value)
{
    if (!tls_is_grease(value)) {
        numbers->values[numbers->count++] = value;
    }
}

static struct numbers numbers_of_list(struct slice list)
{
    struct numbers numbers = numbers_make(list.len / 2);
    struct cur cur = cur_make(list);
    while (cur.left > 0) {
        numbers_add(&numbers, cur_be16(&cur));
    }
    return numbers;
}

static struct numbers numbers_of_extensions(struct slice extensions)
{
    struct numbers numbers = numbers_make(extensions.len / 4);
    struct cur block = cur_make(extensions);
    uint16_t type;
    struct slice data;
    while (tls_extension_next(&block, &type, &data)) {
        numbers_add(&numbers, type);
    }
    return numbers;
}

static void print_decimal(struct buf *out, uint32_t value)
{
    enum { DIGITS_MAX = 5 };
    uint8_t digits[DIGITS_MAX];
    size_t at = DIGITS_MAX;
    do {
        digits[--at] = (uint8_t)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    (void)buf_append(out, slice_make(digits + at, DIGITS_MAX - at));
}

static void print_decimals(struct buf *out, const struct numbers *numbers)
{
    for (size_t i = 0; i < numbers->count; i++) {
        if (i > 0) {
            (void)buf_append_byte(out, '-');
        }
        print_decimal(out, numbers->values[i]);
    }
}

void tls_ja3_print(const struct tls_hello_lists *lists, char out[JA3_SIZE])
{
    enum { MD5_SIZE = 16 };
    struct numbers fields[] = {numbers_of_list(lists->ciphers), numbers_of_extensions(lists->extensions),
                               numbers_of_list(lists->groups)};
    struct buf text = buf_make(TEXT_MAX);
    print_decimal(&text, lists->legacy_version);
    for (size_t i = 0; i < ARRAY_COUNT(fields); i++) {
        (void)buf_append_byte(&text, ',');
        print_decimals(&text, &fields[i]);
        free(fields[i].values);
    }
    for (size_t i = 0; i < lists->formats.len; i++) {
        (void)buf_append_byte(&text, i == 0 ? ',' : '-');
        print_decimal(&text, lists->formats.data[i]);
    }
    if (lists->formats.len == 0) {
        (void)buf_append_byte(&text, ',');
    }
    assert(!text.truncated);
    uint8_t digest[MD5_SIZE];
    hash_library_init();
    gcry_md_hash_buffer(GCRY_MD_MD5, digest, text.data, text.len);
    hex_print(digest, sizeof digest, out);
    buf_free(&text);
}

static int compare_numbers(const void *left, const void *right)
{
    return (int)*(const uint16_t *)left - (int)*(const uint16_t *)right;
}

static void print_hex(struct buf *out, const struct numbers *numbers, char before)
{
    for (size_t i = 0; i < numbers->count; i++) {
        const uint8_t bytes[] = {(uint8_t)(numbers->values[i] >> 8), (uint8_t)numbers->values[i]};
        char digits[2 * sizeof bytes + 1];
        hex_print(bytes, sizeof bytes, digits);
        if (before != '\0') {
            (void)buf_append_byte(out, (uint8_t)before);
        }
        (void)buf_append_text(out, digits);
        before = ',';
    }
}

/* The first digits of the text's digest; zeros where the list that it begins with is empty. */
static void print_short_hash(const struct buf *text, size_t numbers, char *out)
{
    assert(!text->truncated);
    if (numbers == 0) {
        memset(out, '0', HASH_SHOWN);
        return;
    }
    uint8_t digest[SHA256_SIZE];
    char hex[SHA256_HEX_SIZE];
    sha256(buf_slice(text), digest);
    hex_print(digest, sizeof digest, hex);
    memcpy(out, hex, HASH_SHOWN);
}

static size_t print_ciphers_hash(const struct tls_hello_lists *lists, char *out)
{
    struct numbers ciphers = numbers_of_list(lists->ciphers);
    qsort(ciphers.values, ciphers.count, sizeof *ciphers.values, compare_numbers);
    struct buf text = buf_make(TEXT_MAX);
    print_hex(&text, &ciphers, '\0');
    print_short_hash(&text, ciphers.count, out);
    buf_free(&text);
    free(ciphers.values);
    return ciphers.count;
}

/* The names that are asked for are no matter of the client's kind: server_name and ALPN stay out. */
static void leave_names_out(struct numbers *extensions)
{
    size_t kept = 0;
    for (size_t i = 0; i < extensions->count; i++) {
        uint16_t type = extensions->values[i];
        if (type != TLS_SERVER_NAME && type != TLS_ALPN) {
            extensions->values[kept++] = type;
        }
    }
    extensions->count = kept;
}

static size_t print_extensions_hash(const struct tls_hello_lists *lists, char *out)
{
    struct numbers extensions = numbers_of_extensions(lists->extensions);
    struct numbers algorithms = numbers_of_list(lists->algorithms);
    size_t all = extensions.count;
    leave_names_out(&extensions);
    qsort(extensions.values, extensions.count, sizeof *extensions.values, compare_numbers);
    struct buf text = buf_make(TEXT_MAX);
    print_hex(&text, &extensions, '\0');
    print_hex(&text, &algorithms, '_');
    print_short_hash(&text, extensions.count, out);
    buf_free(&text);
    free(extensions.values);
    free(algorithms.values);
    return all;
}

static const char *version_code(uint16_t version)
{
    static const struct {
        uint16_t version;
        const char *code;
    } codes[] = {{0x0304, "13"}, {0x0303, "12"}, {0x0302, "11"}, {0x0301, "10"}, {0x0300, "s3"}, {2, "s2"}};
    for (size_t i = 0; i < ARRAY_COUNT(codes); i++) {
        if (codes[i].version == version) {
            return codes[i].code;
        }
    }
    return "00";
}

static bool is_alphanumeric(uint8_t byte)
{
    uint8_t lower = byte_lower(byte);
    return (byte >= '0' && byte <= '9') || (lower >= 'a' && lower <= 'z');
}

/* First and last character; of its hex digits where one of them is neither letter nor digit. */
static void print_alpn(struct slice alpn, char out[2])
{
    static const char digits[] = "0123456789abcdef";
    memset(out, '0', 2);
    if (alpn.len == 0) {
        return;
    }
    uint8_t first = alpn.data[0];
    uint8_t last = alpn.data[alpn.len - 1];
    bool readable = is_alphanumeric(first) && is_alphanumeric(last);
    out[0] = readable ? (char)first : digits[first >> 4];
    out[1] = readable ? (char)last : digits[last & 15];
}

static void print_count(size_t count, char out[2])
{
    enum { SHOWN_MAX = 99 };
    size_t shown = count < SHOWN_MAX ? count : SHOWN_MAX;
    out[0] = (char)('0' + shown / 10);
    out[1] = (char)('0' + shown % 10);
}

void tls_ja4_print(const struct tls_hello_lists *lists, const struct tls_client_hello *hello, bool quic,
                   char out[JA4_SIZE])
{
    /* t 13 d 15 16 h2 _ twelve _ twelve */
    enum { AT_VERSION = 1, AT_NAMED = 3, AT_CIPHERS = 4, AT_EXTENSIONS = 6, AT_ALPN = 8, AT_HASHES = 10 };
    char *hashes = out + AT_HASHES;
    out[0] = quic ? 'q' : 't';
    memcpy(out + AT_VERSION, version_code(hello->version), 2);
    out[AT_NAMED] = lists->has_sni ? 'd' : 'i';
    hashes[0] = '_';
    print_count(print_ciphers_hash(lists, hashes + 1), out + AT_CIPHERS);
    hashes[1 + HASH_SHOWN] = '_';
    print_count(print_extensions_hash(lists, hashes + 2 + HASH_SHOWN), out + AT_EXTENSIONS);
    print_alpn(hello->alpn, out + AT_ALPN);
    out[JA4_SIZE - 1] = '\0';
}
