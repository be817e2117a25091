/* RTMP's commands: values in AMF0 (Adobe's Action Message Format, 0), read as far as they are of interest. */
#include "base/cur.h"
#include "daemon/app/rtmp_priv.h"

enum amf {
    AMF_NUMBER,
    AMF_BOOLEAN,
    AMF_STRING,
    AMF_OBJECT,
    AMF_NULL = 5,
    AMF_UNDEFINED,
    AMF_REFERENCE,
    AMF_ECMA_ARRAY,
    AMF_OBJECT_END,
    AMF_DATE = 11,
    AMF_LONG_STRING,
};

/* A value that holds no others; the text of a string, else an empty slice. Other types fail. */
static struct slice take_plain(struct cur *cur, uint8_t type)
{
    switch (type) {
    case AMF_STRING:
        return cur_take(cur, cur_be16(cur));
    case AMF_LONG_STRING:
        return cur_take(cur, cur_be32(cur));
    case AMF_NUMBER:
        cur_skip(cur, 8);
        break;
    case AMF_BOOLEAN:
        cur_skip(cur, 1);
        break;
    case AMF_REFERENCE:
        cur_skip(cur, 2);
        break;
    case AMF_DATE:
        cur_skip(cur, 10);
        break;
    case AMF_NULL:
    case AMF_UNDEFINED:
        break;
    default:
        cur_fail(cur);
        break;
    }
    return slice_make(NULL, 0);
}

/* One value, an object's inside included; its own pairs are told to `pair`, those of objects in it not. */
typedef void (*amf_pair_fn)(struct rtmp_command *command, struct slice key, struct slice text);

static struct slice take_value(struct cur *cur, struct rtmp_command *command, amf_pair_fn pair)
{
    size_t depth = 0;
    struct slice key = slice_make(NULL, 0);
    struct slice text;
    do {
        if (depth > 0) {
            key = cur_take(cur, cur_be16(cur));
        }
        uint8_t type = cur_u8(cur);
        text = slice_make(NULL, 0);
        if (depth > 0 && key.len == 0 && type == AMF_OBJECT_END) {
            depth--;
        } else if (type == AMF_OBJECT || type == AMF_ECMA_ARRAY) {
            cur_skip(cur, type == AMF_ECMA_ARRAY ? 4 : 0);
            depth++;
        } else {
            text = take_plain(cur, type);
            if (depth == 1 && cur_ok(cur)) {
                pair(command, key, text);
            }
        }
    } while (depth > 0 && cur_ok(cur));
    return text;
}

static bool is_word(struct slice text, const char *word)
{
    return slice_equal(text, slice_text(word));
}

static void take_pair(struct rtmp_command *command, struct slice key, struct slice text)
{
    if (is_word(key, "app")) {
        command->app = text;
    } else if (is_word(key, "tcUrl")) {
        command->tc_url = text;
    } else if (is_word(key, "code")) {
        command->code = text;
    }
}

bool rtmp_command_read(struct slice body, struct rtmp_command *out)
{
    *out = (struct rtmp_command){.name = slice_make(NULL, 0)};
    struct cur cur = cur_make(body);
    if (cur_u8(&cur) != AMF_STRING) {
        return false;
    }
    out->name = cur_take(&cur, cur_be16(&cur));
    if (out->name.len == 0 || cur_u8(&cur) != AMF_NUMBER) {
        return false;
    }
    cur_skip(&cur, 8); /* the transaction's number */
    if (!cur_ok(&cur)) {
        return false;
    }
    (void)take_value(&cur, out, take_pair); /* connect's object, else most often null */
    struct slice second = cur.left > 0 ? take_value(&cur, out, take_pair) : slice_make(NULL, 0);
    bool names = is_word(out->name, "play") || is_word(out->name, "publish");
    if (names && cur_ok(&cur)) {
        out->stream = second;
    }
    return true;
}
