/* The reader of eval.h; included by the tests that use it (a unit test is one object). */
#include "eval.h"

#include <stdlib.h>

static struct slice undo_escapes(struct buf *out, struct slice text)
{
    size_t begin = out->len;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.data[i];
        if (byte == '\\' && i + 1 < text.len) {
            byte = text.data[++i];
            if (byte == 'n' || byte == 'r') {
                byte = byte == 'n' ? '\n' : '\r';
            } else if (byte == 'x' && i + 2 < text.len) {
                char digits[3] = {(char)text.data[i + 1], (char)text.data[i + 2], '\0'};
                byte = (uint8_t)strtoul(digits, NULL, 16);
                i += 2;
            }
        }
        buf_append_byte(out, byte);
    }
    return slice_make(out->data == NULL ? NULL : out->data + begin, out->len - begin);
}

static uint64_t number_of(struct slice text)
{
    uint64_t number = 0;
    return text_parse_u64(text, &number) ? number : UINT64_MAX;
}

static void add_header(struct buf *out, const char *name, struct slice value)
{
    buf_append_text(out, name);
    buf_append(out, value);
    buf_append_text(out, "\r\n");
}

/* The host of a URL, as the app stage gives it; empty where it has none. */
static struct slice put_url_host(struct buf *out, struct slice url)
{
    struct named_server server;
    buf_clear(out);
    if (named_server_from_url(url, RELATION_EMBED, &server)) {
        buf_append_text(out, server.host);
    }
    return buf_slice(out);
}

static void take_request(struct eval_case *eval, struct slice rest)
{
    eval->has_request = true;
    eval->request.method = slice_split(&rest, ' ');
    eval->request.uri_raw = rest;
    percent_decode(&eval->memory[EVAL_URI], rest, false);
    eval->request.uri = buf_slice(&eval->memory[EVAL_URI]);
}

static bool take_request_detail(struct eval_case *eval, struct slice word, struct slice rest)
{
    struct buf *headers = &eval->memory[EVAL_REQUEST_HEADERS];
    if (slice_equal(word, slice_text("host"))) {
        eval->request.host = rest;
        add_header(headers, "Host: ", rest);
    } else if (slice_equal(word, slice_text("agent"))) {
        eval->request.user_agent = rest;
        add_header(headers, "User-Agent: ", rest);
    } else if (slice_equal(word, slice_text("cookie"))) {
        eval->request.cookie = rest;
    } else if (slice_equal(word, slice_text("referer"))) {
        eval->request.referer = rest;
        eval->request.referer_host = put_url_host(&eval->memory[EVAL_REFERER_HOST], rest);
        add_header(headers, "Referer: ", rest);
    } else if (slice_equal(word, slice_text("origin"))) {
        eval->request.origin_host = put_url_host(&eval->memory[EVAL_ORIGIN_HOST], rest);
        add_header(headers, "Origin: ", rest);
    } else if (slice_equal(word, slice_text("form"))) {
        eval->request.body = undo_escapes(&eval->memory[EVAL_REQUEST_BODY], rest);
    } else if (slice_equal(word, slice_text("sent"))) {
        add_header(headers, "", rest);
    } else if (slice_equal(word, slice_text("listed"))) {
        eval->transaction.live_segment = true;
    } else if (slice_equal(word, slice_text("answered"))) {
        eval->transaction.answered_bytes = number_of(rest);
    } else {
        return false;
    }
    return true;
}

static bool take_answer(struct eval_case *eval, struct slice rest)
{
    struct slice status = slice_split(&rest, ' ');
    eval->has_answer = true;
    eval->response.status = (uint16_t)number_of(status);
    eval->response.stat_code = status;
    eval->response.kind = body_kind_by_name(slice_split(&rest, ' '));
    eval->response.body_bytes = 4096;
    while (rest.len > 0) {
        struct slice word = slice_split(&rest, ' ');
        if (slice_equal(word, slice_text("length"))) {
            eval->response.has_length = true;
            add_header(&eval->memory[EVAL_ANSWER_HEADERS], "Content-Length: ", slice_text("4096"));
        } else if (slice_equal(word, slice_text("chunked"))) {
            eval->response.chunked = true;
            add_header(&eval->memory[EVAL_ANSWER_HEADERS], "Transfer-Encoding: ", slice_text("chunked"));
        } else if (slice_equal(word, slice_text("cut"))) {
            eval->response.cut = true;
            eval->response.body_bytes = 100;
        } else if (slice_equal(word, slice_text("coded"))) {
            eval->response.coded = true;
        } else if (slice_equal(word, slice_text("late"))) {
            eval->transaction.late = true;
        } else if (slice_equal(word, slice_text("repeats"))) {
            eval->transaction.location_repeats = true;
        } else {
            return false;
        }
    }
    return eval->response.kind != BODY_KIND_COUNT;
}

static bool take_answer_detail(struct eval_case *eval, struct slice word, struct slice rest)
{
    struct buf *headers = &eval->memory[EVAL_ANSWER_HEADERS];
    if (slice_equal(word, slice_text("type"))) {
        eval->response.content_type = rest;
        add_header(headers, "Content-Type: ", rest);
    } else if (slice_equal(word, slice_text("server"))) {
        eval->response.server = rest;
        add_header(headers, "Server: ", rest);
    } else if (slice_equal(word, slice_text("location"))) {
        eval->response.location = rest;
        eval->response.location_host = put_url_host(&eval->memory[EVAL_LOCATION_HOST], rest);
        add_header(headers, "Location: ", rest);
    } else if (slice_equal(word, slice_text("header"))) {
        add_header(headers, "", rest);
    } else if (slice_equal(word, slice_text("body"))) {
        eval->response.body = undo_escapes(&eval->memory[EVAL_ANSWER_BODY], rest);
    } else {
        return false;
    }
    return true;
}

/* name=number, or a flag's name alone. */
static const struct {
    const char *name;
    size_t offset;
    bool flag;
} m3u_fields[] = {
    {"entries", offsetof(struct m3u_facts, entries), false},
    {"live", offsetof(struct m3u_facts, live), false},
    {"movies", offsetof(struct m3u_facts, movies), false},
    {"series", offsetof(struct m3u_facts, series), false},
    {"radio", offsetof(struct m3u_facts, radio), false},
    {"groups", offsetof(struct m3u_facts, groups), false},
    {"hosts", offsetof(struct m3u_facts, hosts), false},
    {"prefixes", offsetof(struct m3u_facts, titles.country_prefixes), false},
    {"prefixed", offsetof(struct m3u_facts, titles.prefixed_titles), false},
    {"duplicates", offsetof(struct m3u_facts, titles.quality_duplicates), false},
    {"separators", offsetof(struct m3u_facts, titles.separators), false},
    {"ppv", offsetof(struct m3u_facts, titles.ppv), false},
    {"loops", offsetof(struct m3u_facts, titles.loops), false},
    {"superscripts", offsetof(struct m3u_facts, titles.superscripts), false},
    {"credentials", offsetof(struct m3u_facts, credential_uris), false},
    {"same", offsetof(struct m3u_facts, same_credentials), false},
    {"request", offsetof(struct m3u_facts, request_credentials), false},
    {"mixed", offsetof(struct m3u_facts, mixed_credentials), false},
    {"tuner", offsetof(struct m3u_facts, tuner_uris), false},
    {"https", offsetof(struct m3u_facts, https), false},
    {"keys", offsetof(struct m3u_facts, clear_keys), false},
    {"cookies", offsetof(struct m3u_facts, cookies), false},
    {"p2p", offsetof(struct m3u_facts, p2p), false},
    {"referers", offsetof(struct m3u_facts, foreign_referers), false},
    {"marked", offsetof(struct m3u_facts, marked_titles), false},
    {"odd", offsetof(struct m3u_facts, odd_ports), false},
    {"segments", offsetof(struct m3u_facts, hls_segments), false},
    {"variants", offsetof(struct m3u_facts, hls_variants), false},
    {"duration", offsetof(struct m3u_facts, hls_target_duration), false},
    {"sequence", offsetof(struct m3u_facts, hls_media_sequence), false},
    {"epg-credentials", offsetof(struct m3u_facts, epg_credentials), true},
    {"epg-request-credentials", offsetof(struct m3u_facts, epg_request_credentials), true},
    {"xui", offsetof(struct m3u_facts, panel_tag_xui), true},
    {"xc-vm", offsetof(struct m3u_facts, panel_tag_xc_vm), true},
    {"script-request-credentials", offsetof(struct m3u_facts, script_request_credentials), true},
    {"hls-master", offsetof(struct m3u_facts, hls_master), true},
    {"hls-media", offsetof(struct m3u_facts, hls_media), true},
    {"hls-ended", offsetof(struct m3u_facts, hls_ended), true},
    {"key-first", offsetof(struct m3u_facts, hls_key_first), true},
    {"numbered-segments", offsetof(struct m3u_facts, hls_numbered_segments), true},
    {"complete", offsetof(struct m3u_facts, complete), true},
};

static bool take_m3u_word(struct eval_case *eval, struct slice word)
{
    struct slice number = word;
    struct slice name = slice_split(&number, '=');
    if (slice_equal(name, slice_text("at"))) {
        struct named_server server = {.relation = RELATION_PLAYLIST, .count = 1};
        memcpy(server.host, number.data, number.len);
        eval->m3u.named.items[eval->m3u.named.count++] = server;
        return true;
    }
    for (unsigned i = 0; slice_equal(name, slice_text("format")) && i < LIST_FORMAT_COUNT; i++) {
        if (slice_equal(number, slice_text(list_format_name((enum list_format)i)))) {
            eval->m3u.format = (enum list_format)i;
            return true;
        }
    }
    for (size_t i = 0; i < ARRAY_COUNT(m3u_fields); i++) {
        void *field = (char *)&eval->m3u + m3u_fields[i].offset;
        if (!slice_equal(name, slice_text(m3u_fields[i].name))) {
            continue;
        }
        if (m3u_fields[i].flag) {
            *(bool *)field = true;
        } else {
            *(uint64_t *)field = number_of(number);
        }
        return true;
    }
    return false;
}

static const struct {
    const char *name;
    size_t offset;
} api_fields[] = {
    {"live", offsetof(struct api_facts, live)},
    {"movies", offsetof(struct api_facts, movies)},
    {"series", offsetof(struct api_facts, series)},
    {"categories", offsetof(struct api_facts, categories)},
    {"channels", offsetof(struct api_facts, stalker_channels)},
    {"genres", offsetof(struct api_facts, stalker_genres)},
    {"prefixes", offsetof(struct api_facts, titles.country_prefixes)},
    {"prefixed", offsetof(struct api_facts, titles.prefixed_titles)},
    {"duplicates", offsetof(struct api_facts, titles.quality_duplicates)},
    {"separators", offsetof(struct api_facts, titles.separators)},
    {"ppv", offsetof(struct api_facts, titles.ppv)},
    {"loops", offsetof(struct api_facts, titles.loops)},
    {"superscripts", offsetof(struct api_facts, titles.superscripts)},
};

static bool take_api_word(struct eval_case *eval, struct slice word)
{
    struct slice number = word;
    struct slice name = slice_split(&number, '=');
    enum api_shape shape = api_shape_by_name(word);
    if (shape != API_SHAPE_COUNT) {
        eval->api.shapes |= UINT32_C(1) << shape;
        return true;
    }
    if (slice_equal(word, slice_text("cut"))) {
        eval->api.complete = false;
        return true;
    }
    for (size_t i = 0; i < ARRAY_COUNT(api_fields); i++) {
        if (slice_equal(name, slice_text(api_fields[i].name))) {
            uint64_t *field = (uint64_t *)((char *)&eval->api + api_fields[i].offset);
            *field = number_of(number);
            return true;
        }
    }
    return false;
}

static enum page_player player_by_name(struct slice name)
{
    enum page_player player = 0;
    while (player < PAGE_PLAYER_COUNT && !slice_equal(name, slice_text(page_player_name(player)))) {
        player++;
    }
    return player;
}

/* HOST[:PORT][/FLAG]... */
static bool take_page_stream(struct page_facts *page, struct slice text)
{
    struct slice flags = text;
    struct slice authority = slice_split(&flags, '/');
    struct page_stream stream = {.server = {.relation = RELATION_EMBED, .count = 1}, .played = true};
    if (!host_normalise(authority, stream.server.host, &stream.server.port) ||
        page->stream_count == PAGE_STREAMS_MAX) {
        return false;
    }
    stream.odd_port = stream.server.port != 0 && stream.server.port != 80 && stream.server.port != 443;
    stream.bare = host_is_literal(stream.server.host);
    while (flags.len > 0) {
        struct slice flag = slice_split(&flags, '/');
        if (slice_equal(flag, slice_text("signed"))) {
            stream.is_signed = true;
        } else if (slice_equal(flag, slice_text("hidden"))) {
            stream.hidden = true;
        } else if (slice_equal(flag, slice_text("link"))) {
            stream.played = false;
        } else {
            return false;
        }
    }
    page->streams[page->stream_count++] = stream;
    page->stream_urls++;
    page->stream_hosts++;
    return true;
}

static const struct {
    const char *name;
    size_t offset;
} page_fields[] = {
    {"urls", offsetof(struct page_facts, stream_urls)},
    {"paths", offsetof(struct page_facts, stream_paths)},
    {"hosts", offsetof(struct page_facts, stream_hosts)},
    {"ace", offsetof(struct page_facts, acestreams)},
    {"entries", offsetof(struct page_facts, entries)},
    {"channels", offsetof(struct page_facts, channel_entries)},
    {"radio", offsetof(struct page_facts, radio_entries)},
    {"playable", offsetof(struct page_facts, stream_entries)},
    {"text", offsetof(struct page_facts, text_bytes)},
    {"links", offsetof(struct page_facts, links)},
};

static bool take_page_word(struct eval_case *eval, struct slice word)
{
    struct page_facts *page = &eval->page;
    struct slice value = word;
    struct slice name = slice_split(&value, '=');
    uint16_t port;
    if (slice_equal(name, slice_text("player"))) {
        enum page_player player = player_by_name(value);
        page->players |= player < PAGE_PLAYER_COUNT ? UINT32_C(1) << player : 0;
        return player < PAGE_PLAYER_COUNT;
    }
    if (slice_equal(name, slice_text("stream"))) {
        return take_page_stream(page, value);
    }
    if (slice_equal(name, slice_text("frame"))) {
        struct named_server server = {.relation = RELATION_EMBED, .count = 1};
        page->frames++;
        bool good = host_normalise(value, server.host, &server.port);
        named_servers_add(&page->frame_servers, &server);
        return good;
    }
    if (slice_equal(name, slice_text("refresh"))) {
        return host_normalise(value, page->refresh_host, &port);
    }
    for (size_t i = 0; i < ARRAY_COUNT(page_fields); i++) {
        if (slice_equal(name, slice_text(page_fields[i].name))) {
            *(uint64_t *)(void *)((char *)page + page_fields[i].offset) = number_of(value);
            return true;
        }
    }
    return false;
}

static bool take_title(struct eval_case *eval, struct slice title)
{
    eval->has_page = true;
    eval->page.title_len = title.len;
    if (title.len > sizeof eval->page.title) {
        return false;
    }
    memcpy(eval->page.title, title.data, title.len);
    return true;
}

static bool take_words(struct eval_case *eval, struct slice rest,
                       bool (*take)(struct eval_case *, struct slice))
{
    bool good = true;
    while (rest.len > 0) {
        struct slice word = slice_split(&rest, ' ');
        good = good && (word.len == 0 || take(eval, word));
    }
    return good;
}

static void copy_name(char out[MPEGTS_NAME_SIZE], struct slice name)
{
    memcpy(out, name.data, name.len < MPEGTS_NAME_SIZE ? name.len : MPEGTS_NAME_SIZE - 1);
}

static bool take_stream_word(struct eval_case *eval, struct slice word)
{
    struct mpegts_facts *stream = &eval->stream;
    struct slice number = word;
    struct slice name = slice_split(&number, '=');
    if (slice_equal(name, slice_text("services"))) {
        stream->programs = (uint32_t)number_of(number);
    } else if (slice_equal(name, slice_text("kilobits"))) {
        stream->kilobits = (uint32_t)number_of(number);
    } else if (slice_equal(word, slice_text("sdt"))) {
        stream->has_sdt = true;
    } else if (slice_equal(word, slice_text("scrambled"))) {
        stream->scrambled_packets = stream->content_packets;
    } else if (slice_equal(word, slice_text("ca"))) {
        stream->ca_descriptors = true;
    } else if (slice_equal(word, slice_text("audio-only"))) {
        stream->video = 0;
    } else {
        return false;
    }
    return true;
}

/* What the line says of a stream that is described by the lines around it. */
static bool take_stream_line(struct eval_case *eval, struct slice word, struct slice rest)
{
    if (slice_equal(word, slice_text("ts"))) {
        eval->has_stream = true;
        eval->stream.video = 1;
        eval->stream.audio = 1;
        eval->stream.content_packets = 1000;
        return take_words(eval, rest, take_stream_word);
    }
    if (slice_equal(word, slice_text("service"))) {
        copy_name(eval->stream.service_name, rest);
        return true;
    }
    if (slice_equal(word, slice_text("provider"))) {
        copy_name(eval->stream.provider, rest);
        return true;
    }
    return false;
}

static bool take_entry_field(struct catalogue_entry *entry, struct slice name, struct slice value)
{
    struct slice *field = slice_equal(name, slice_text("title")) || slice_equal(name, slice_text("film"))
                              ? &entry->title
                          : slice_equal(name, slice_text("group"))                             ? &entry->group
                          : slice_equal(name, slice_text("uri")) || entry->part != ENTRY_WHOLE ? &entry->uri
                                                                                               : NULL;
    if (field == NULL) {
        return false;
    }
    *field = value;
    return true;
}

static bool take_entry(struct eval_case *eval, struct slice rest)
{
    if (eval->entry_count == EVAL_ENTRIES_MAX) {
        return false;
    }
    struct catalogue_entry *entry = &eval->entries[eval->entry_count++];
    struct slice name = slice_split(&rest, '=');
    bool film = slice_equal(name, slice_text("film"));
    bool segment = slice_equal(name, slice_text("segment"));
    bool variant = slice_equal(name, slice_text("variant"));
    entry->kind = film ? ENTRY_MOVIE : ENTRY_LIVE;
    entry->part = segment ? ENTRY_SEGMENT : variant ? ENTRY_VARIANT : ENTRY_WHOLE;
    return take_entry_field(entry, name, rest);
}

/* Another field of the entry before. */
static bool take_entry_rest(struct eval_case *eval, struct slice rest)
{
    struct slice name = slice_split(&rest, '=');
    return eval->entry_count > 0 && take_entry_field(&eval->entries[eval->entry_count - 1], name, rest);
}

static bool take_sids(struct slice rest, uint32_t *sids, size_t *count)
{
    while (rest.len > 0) {
        struct slice word = slice_split(&rest, ' ');
        if (word.len == 0) {
            continue;
        }
        uint64_t sid = number_of(word);
        if (sid > UINT32_MAX || *count == EVAL_SIDS_MAX) {
            return false;
        }
        sids[(*count)++] = (uint32_t)sid;
    }
    return true;
}

static bool take_expectation(struct eval_case *eval, struct slice rest)
{
    eval->has_expectation = true;
    return slice_equal(rest, slice_text("none")) || take_sids(rest, eval->expected, &eval->expected_count);
}

static bool take_value(struct eval_case *eval, struct slice rest)
{
    uint64_t sid = number_of(slice_split(&rest, ' '));
    if (sid > UINT32_MAX || eval->value_count == EVAL_VALUES_MAX) {
        return false;
    }
    eval->values[eval->value_count++] = (struct eval_value){.sid = (uint32_t)sid, .text = rest};
    return true;
}

static bool take_sign_word(struct eval_case *eval, struct slice word)
{
    for (unsigned sign = 0; sign < SIGN_COUNT; sign++) {
        if (slice_equal(slice_text(sign_name((enum sign)sign)), word)) {
            eval->sign.signs |= UINT64_C(1) << sign;
            return true;
        }
    }
    return false;
}

static bool take_payload(struct eval_case *eval, struct slice rest)
{
    struct slice side = slice_split(&rest, ' ');
    if (slice_equal(side, slice_text("client"))) {
        eval->client_payload = undo_escapes(&eval->memory[EVAL_REQUEST_BODY], rest);
        return true;
    }
    eval->server_payload = undo_escapes(&eval->memory[EVAL_ANSWER_BODY], rest);
    return slice_equal(side, slice_text("server"));
}

static bool copy_text(char *out, size_t size, struct slice text)
{
    if (text.len >= size) {
        return false;
    }
    memcpy(out, text.data, text.len);
    out[text.len] = '\0';
    return true;
}

/* What the line says of a handshake. */
static bool take_tls_line(struct eval_case *eval, struct slice word, struct slice rest)
{
    const struct {
        const char *word;
        char *field;
        size_t size;
    } fields[] = {
        {"ja3", eval->hello.ja3, JA3_SIZE},
        {"ja4", eval->hello.ja4, JA4_SIZE},
        {"subject", eval->certificate.subject, TLS_NAME_SIZE},
        {"issuer", eval->certificate.issuer, TLS_NAME_SIZE},
        {"sha256", eval->certificate.sha256, TLS_SHA256_SIZE},
    };
    if (slice_equal(word, slice_text("hello"))) {
        eval->has_hello = true;
        eval->hello.sni = rest;
        return true;
    }
    if (slice_equal(word, slice_text("refused"))) {
        eval->handshake.refused = true;
        return true;
    }
    if (slice_equal(word, slice_text("agreed"))) {
        eval->has_server = true;
        return true;
    }
    for (size_t i = 0; i < ARRAY_COUNT(fields); i++) {
        if (slice_equal(word, slice_text(fields[i].word))) {
            bool certificate = fields[i].size > JA4_SIZE;
            eval->has_certificate = eval->has_certificate || certificate;
            eval->has_server = eval->has_server || certificate;
            bool good = copy_text(fields[i].field, fields[i].size, rest);
            eval->certificate.self_signed = strcmp(eval->certificate.subject, eval->certificate.issuer) == 0;
            return good;
        }
    }
    return false;
}

static bool take_line(struct eval_case *eval, struct slice word, struct slice rest)
{
    if (slice_equal(word, slice_text("request"))) {
        take_request(eval, rest);
        return true;
    }
    if (slice_equal(word, slice_text("answer"))) {
        return take_answer(eval, rest);
    }
    if (slice_equal(word, slice_text("m3u"))) {
        eval->has_m3u = true;
        return take_words(eval, rest, take_m3u_word);
    }
    if (slice_equal(word, slice_text("api"))) {
        eval->has_api = true;
        eval->api.complete = true;
        return take_words(eval, rest, take_api_word);
    }
    if (slice_equal(word, slice_text("page"))) {
        eval->has_page = true;
        return take_words(eval, rest, take_page_word);
    }
    if (slice_equal(word, slice_text("title"))) {
        return take_title(eval, rest);
    }
    if (slice_equal(word, slice_text("entry"))) {
        return take_entry(eval, rest);
    }
    if (slice_equal(word, slice_text("beside"))) {
        return take_entry_rest(eval, rest);
    }
    if (slice_equal(word, slice_text("signs"))) {
        eval->has_sign = true;
        return take_words(eval, rest, take_sign_word);
    }
    if (slice_equal(word, slice_text("sends"))) {
        return take_payload(eval, rest);
    }
    if (slice_equal(word, slice_text("rtmp-url"))) {
        eval->sign.rtmp_url = rest;
        return true;
    }
    if (slice_equal(word, slice_text("rtsp-url"))) {
        eval->sign.rtsp_url = rest;
        return true;
    }
    if (slice_equal(word, slice_text("quic"))) {
        eval->has_quic = true;
        eval->quic_hello.sni = rest;
        return true;
    }
    if (slice_equal(word, slice_text("query"))) {
        eval->has_question = true;
        eval->question = (struct dns_exchange){.asked = true, .name = rest};
        return true;
    }
    if (slice_equal(word, slice_text("ede"))) {
        static struct dns_message answer;
        answer.errors[0] = (uint16_t)number_of(rest);
        answer.error_count = 1;
        eval->question.answer = &answer;
        return true;
    }
    if (slice_equal(word, slice_text("udp"))) {
        eval->udp = true;
        return true;
    }
    if (slice_equal(word, slice_text("port"))) {
        eval->server_port = (uint16_t)number_of(rest);
        return true;
    }
    if (slice_equal(word, slice_text("continues"))) {
        eval->continues = true;
        return true;
    }
    if (slice_equal(word, slice_text("unreadable"))) {
        eval->transaction.server_bytes = true;
        return true;
    }
    if (slice_equal(word, slice_text("below"))) {
        eval->below = (unsigned)number_of(rest);
        return true;
    }
    if (slice_equal(word, slice_text("expect"))) {
        return take_expectation(eval, rest);
    }
    if (slice_equal(word, slice_text("not"))) {
        return take_sids(rest, eval->refused, &eval->refused_count);
    }
    if (slice_equal(word, slice_text("value"))) {
        return take_value(eval, rest);
    }
    return take_request_detail(eval, word, rest) || take_answer_detail(eval, word, rest) ||
           take_stream_line(eval, word, rest) || take_tls_line(eval, word, rest);
}

static struct slice peek_line(struct slice rest)
{
    return slice_trim(slice_part(rest, 0, slice_index(rest, '\n')));
}

static bool is_case(struct slice line)
{
    return slice_starts(line, slice_text("case "));
}

bool eval_next(struct slice *rest, unsigned *line, struct eval_case *out, struct slice *problem)
{
    *out = (struct eval_case){.server_port = 80, .client_port = 40000};
    for (size_t i = 0; i < ARRAY_COUNT(out->memory); i++) {
        out->memory[i] = buf_make(EVAL_TEXT_MAX);
    }
    while (rest->len > 0 && !is_case(peek_line(*rest))) {
        (void)slice_split(rest, '\n');
        (*line)++;
    }
    if (rest->len == 0) {
        return false;
    }
    out->line = *line;
    out->name = slice_from(slice_trim(slice_split(rest, '\n')), strlen("case "));
    (*line)++;
    while (rest->len > 0 && !is_case(peek_line(*rest))) {
        struct slice text = slice_trim(slice_split(rest, '\n'));
        (*line)++;
        struct slice detail = text;
        struct slice word = slice_split(&detail, ' ');
        bool blank = text.len == 0 || text.data[0] == '#';
        if (!blank && !take_line(out, word, slice_trim(detail))) {
            *problem = text;
        }
    }
    out->request.headers = buf_slice(&out->memory[EVAL_REQUEST_HEADERS]);
    out->response.headers = buf_slice(&out->memory[EVAL_ANSWER_HEADERS]);
    return true;
}

void eval_free(struct eval_case *eval)
{
    for (size_t i = 0; i < ARRAY_COUNT(eval->memory); i++) {
        buf_free(&eval->memory[i]);
    }
}
