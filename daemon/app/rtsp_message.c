/* RTSP's messages out of one direction's bytes. */
#include "base/text.h"
#include "daemon/app/rtsp_priv.h"

enum { PACKET_MARK = '$', CODE_DIGITS = 3 };

struct rtsp_direction rtsp_direction_make(size_t cap)
{
    return (struct rtsp_direction){.phase = RTSP_HEAD, .head = buf_make(cap), .body = buf_make(cap)};
}

void rtsp_direction_free(struct rtsp_direction *direction)
{
    buf_free(&direction->head);
    buf_free(&direction->body);
}

size_t rtsp_direction_memory(const struct rtsp_direction *direction)
{
    return direction->head.room + direction->body.room;
}

static void lose(struct rtsp_direction *direction)
{
    rtsp_direction_free(direction);
    direction->phase = RTSP_LOST;
}

/* A line without its end; `\n` alone ends one, too. */
static struct slice take_line(struct slice *rest)
{
    struct slice line = slice_split(rest, '\n');
    if (line.len > 0 && line.data[line.len - 1] == '\r') {
        line.len--;
    }
    return line;
}

static bool read_request_line(struct slice line, struct rtsp_message *out)
{
    struct slice rest = line;
    out->request = true;
    out->method = slice_split(&rest, ' ');
    out->url = slice_split(&rest, ' ');
    bool upper = out->method.len > 0;
    for (size_t i = 0; i < out->method.len; i++) {
        uint8_t byte = out->method.data[i];
        upper = upper && ((byte >= 'A' && byte <= 'Z') || byte == '_');
    }
    return upper && out->url.len > 0 && slice_starts(rest, slice_text("RTSP/1."));
}

static bool read_status_line(struct slice line, struct rtsp_message *out)
{
    struct slice rest = line;
    (void)slice_split(&rest, ' ');
    struct slice code = slice_split(&rest, ' ');
    uint64_t status;
    if (code.len != CODE_DIGITS || !text_parse_u64(code, &status) || status < 100) {
        return false;
    }
    out->status = (uint16_t)status;
    return true;
}

static bool is_named(struct slice name, const char *text)
{
    return slice_equal_nocase(name, slice_text(text));
}

bool rtsp_head_read(struct slice head, struct rtsp_message *out, uint64_t *body_length)
{
    *out = (struct rtsp_message){.request = false};
    *body_length = 0;
    struct slice line = take_line(&head);
    bool good = slice_starts(line, slice_text("RTSP/1.")) ? read_status_line(line, out)
                                                          : read_request_line(line, out);
    while (good && head.len > 0) {
        struct slice value = take_line(&head);
        struct slice name = slice_split(&value, ':');
        value = slice_trim(value);
        if (is_named(name, "CSeq")) {
            good = text_parse_u64(value, &out->sequence);
        } else if (is_named(name, "Content-Length")) {
            good = text_parse_u64(value, body_length);
        } else if (is_named(name, "Transport")) {
            out->transport = value;
        }
    }
    return good;
}

static void tell_message(struct rtsp_direction *direction, rtsp_message_fn message, void *context)
{
    struct rtsp_message told;
    uint64_t length;
    if (rtsp_head_read(buf_slice(&direction->head), &told, &length)) {
        told.body = buf_slice(&direction->body);
        message(context, &told);
    }
    rtsp_direction_free(direction);
    direction->phase = RTSP_HEAD;
}

static void end_head(struct rtsp_direction *direction, rtsp_message_fn message, void *context)
{
    struct rtsp_message read;
    if (!rtsp_head_read(buf_slice(&direction->head), &read, &direction->body_left)) {
        lose(direction);
    } else if (direction->body_left == 0) {
        tell_message(direction, message, context);
    } else {
        direction->phase = RTSP_BODY;
    }
}

static bool head_is_over(const struct buf *head)
{
    struct slice text = buf_slice(head);
    return slice_ends(text, slice_text("\n\r\n")) || slice_ends(text, slice_text("\n\n"));
}

static bool head_is_blank(const struct buf *head)
{
    struct slice text = buf_slice(head);
    return slice_equal(text, slice_text("\r\n")) || slice_equal(text, slice_text("\n"));
}

static void take_head(struct rtsp_direction *direction, struct slice *bytes, rtsp_message_fn message,
                      void *context)
{
    uint8_t byte = bytes->data[0];
    struct buf *head = &direction->head;
    if (head->len == 0 && byte == PACKET_MARK) {
        direction->phase = RTSP_PACKET_HEAD;
        direction->packet_head_len = 0;
        return;
    }
    struct slice line = slice_part(*bytes, 0, slice_index(*bytes, '\n'));
    line.len += line.len < bytes->len; /* with its end */
    *bytes = slice_from(*bytes, line.len);
    if (!buf_append(head, line)) {
        direction->cut = true;
        lose(direction);
    } else if (head_is_blank(head)) {
        buf_clear(head); /* between two messages */
    } else if (head_is_over(head)) {
        end_head(direction, message, context);
    }
}

static void take_body(struct rtsp_direction *direction, struct slice *bytes, rtsp_message_fn message,
                      void *context)
{
    struct slice part =
        slice_part(*bytes, 0, direction->body_left < SIZE_MAX ? (size_t)direction->body_left : SIZE_MAX);
    *bytes = slice_from(*bytes, part.len);
    direction->body_left -= part.len;
    (void)buf_append(&direction->body, part);
    if (direction->body_left == 0) {
        tell_message(direction, message, context);
    }
}

/* RFC 2326, section 10.12: a mark, the channel, a length of two bytes. */
static void take_packet(struct rtsp_direction *direction, struct slice *bytes)
{
    if (direction->phase == RTSP_PACKET_HEAD) {
        direction->packet_head[direction->packet_head_len++] = bytes->data[0];
        *bytes = slice_from(*bytes, 1);
        if (direction->packet_head_len == sizeof direction->packet_head) {
            direction->packets = true;
            direction->body_left = (uint64_t)direction->packet_head[2] << 8 | direction->packet_head[3];
            direction->phase = direction->body_left > 0 ? RTSP_PACKET : RTSP_HEAD;
        }
        return;
    }
    struct slice part = slice_part(*bytes, 0, (size_t)direction->body_left);
    *bytes = slice_from(*bytes, part.len);
    direction->body_left -= part.len;
    if (direction->body_left == 0) {
        direction->phase = RTSP_HEAD;
    }
}

void rtsp_direction_take(struct rtsp_direction *direction, struct slice bytes, rtsp_message_fn message,
                         void *context)
{
    while (bytes.len > 0 && direction->phase != RTSP_LOST) {
        switch (direction->phase) {
        case RTSP_HEAD:
            take_head(direction, &bytes, message, context);
            break;
        case RTSP_BODY:
            take_body(direction, &bytes, message, context);
            break;
        default:
            take_packet(direction, &bytes);
            break;
        }
    }
}

void rtsp_direction_gap(struct rtsp_direction *direction, uint64_t missing)
{
    bool inside = direction->phase == RTSP_BODY || direction->phase == RTSP_PACKET;
    if (inside && missing < direction->body_left) {
        direction->body_left -= missing;
    } else {
        lose(direction);
    }
}
