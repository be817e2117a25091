/*
 * app/redact: whatever a URI looks like, its credentials do not get out. The input's front is woven around a
 * user name and a password in the forms that signatures.md knows; neither may be seen in what is appended.
 * And for any text: output is bounded, and redacting again shows no more.
 */
#include "app/redact.h"
#include "tests/fuzz/splitter.h"

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static const char user[] = "kx7Qp2subscriber";
static const char password[] = "Zt9secretPw";

/* What stands before the user, between, and behind the password. */
static const char *const forms[][3] = {
    {"/live/", "/", "/123.ts"},      {"/movie/", "/", "/9.mkv"}, {"/", "/", "/123"},
    {"/", "/", "/1.m3u8"},           {"/player_api/", "/", ""},  {"?username=", "&password=", "&type=m3u"},
    {"http://", ":", "@h.example/"}, {"?mac=", "&sn=", ""},      {"/hlsr/T/", "/", "/1/2/1_2.ts"},
    {"/playlist/", "/", "/m3u"},     {"/auth/", "?token=", ""},  {";a=", ";b=", "/x"},
};

static bool shows(const struct buf *out, const char *secret)
{
    return slice_find(buf_slice(out), slice_text(secret)) != SIZE_MAX;
}

/* Whether the secret stands there once, where it was woven in: the fuzzer learns it. */
static bool stands_once(struct slice text, const char *secret)
{
    size_t first = slice_find(text, slice_text(secret));
    return slice_find(slice_from(text, first + 1), slice_text(secret)) == SIZE_MAX;
}

static void check_hidden(struct slice around, size_t form)
{
    struct buf uri = buf_make(8192);
    size_t half = around.len / 2;
    /* The front is a path's, so that it cannot make the form into something else. */
    for (size_t i = 0; i < half; i++) {
        uint8_t byte = around.data[i];
        bool word = (byte >= 'a' && byte <= 'z') || byte == '/' || byte == '.' || byte == '%' || byte >= 0x80;
        buf_append_byte(&uri, form == 6 ? 'a' : word ? byte : '/');
    }
    if (form == 6) {
        buf_clear(&uri);
    }
    buf_append_text(&uri, forms[form][0]);
    buf_append_text(&uri, user);
    buf_append_text(&uri, forms[form][1]);
    buf_append_text(&uri, password);
    buf_append_text(&uri, forms[form][2]);
    buf_append(&uri, slice_from(around, half));
    struct buf out = buf_make(65536);
    redact_uri(&out, buf_slice(&uri), NULL);
    if (stands_once(buf_slice(&uri), user) && stands_once(buf_slice(&uri), password)) {
        require(!shows(&out, user) && !shows(&out, password));
        buf_clear(&out);
        redact_header(&out, slice_text("Location"), buf_slice(&uri), NULL);
        require(!shows(&out, user) && !shows(&out, password));
    }
    buf_free(&out);
    buf_free(&uri);
}

static void check_any(struct slice text)
{
    struct buf out = buf_make(4 * text.len + 64);
    redact_uri(&out, text, NULL);
    require(!out.truncated);
    buf_clear(&out);
    redact_text(&out, text, NULL);
    require(!out.truncated);
    buf_clear(&out);
    redact_form(&out, text);
    require(!out.truncated);
    static const char *const names[] = {
        "Location", "Content-Disposition", "Authorization", "User-Agent", "Accept", "Host"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        buf_clear(&out);
        redact_header(&out, slice_text(names[i]), text, NULL);
        require(!out.truncated);
    }
    buf_clear(&out);
    redact_header(&out, text, text, NULL);
    require(!redact_key_harmless(text) || redact_key_known(text));
    (void)redact_is_token(text);
    buf_free(&out);
}

static bool check_piece(void *context, enum splitter_event event, struct slice bytes)
{
    struct splitter *splitter = context;
    if (event == SPLITTER_CHUNK) {
        check_any(bytes);
        check_hidden(bytes, splitter_random(splitter, ARRAY_COUNT(forms)));
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct splitter splitter = splitter_make(data, size);
    splitter_run_whole(&splitter, check_piece, &splitter);
    return 0;
}
