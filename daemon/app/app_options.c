/* What an operator may set of the app stage. */
#include "app/app.h"
#include "base/attr.h"
#include "base/clock.h"

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)

static const struct option rows[] = {
    {.name = "app.http_header_bytes",
     .type = OPTION_SIZE,
     .offset = offsetof(struct app_settings, http_header_bytes),
     .default_text = "64KiB",
     .min = 1 * KIB,
     .max = 16 * MIB,
     .help = "The head of one HTTP message (start line and fields) is read up to this size. Of a longer one "
             "the rest is left out and the record is marked as truncated; counter "
             "vigie_app_http_head_cap_total."},
    {.name = "app.http_headers",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct app_settings, http_headers),
     .default_text = "128",
     .min = 8,
     .max = 65536,
     .help = "Fields of one HTTP head that are read; further ones are left out, as with "
             "app.http_header_bytes."},
    {.name = "app.uri_bytes",
     .type = OPTION_SIZE,
     .offset = offsetof(struct app_settings, uri_bytes),
     .default_text = "8KiB",
     .min = 256,
     .max = 1 * MIB,
     .help = "So much of a request's URI is kept for rules and records; a longer one is cut and marked as "
             "truncated."},
    {.name = "app.body_prefix",
     .type = OPTION_SIZE,
     .offset = offsetof(struct app_settings, body_prefix),
     .default_text = "16KiB",
     .min = 2 * KIB,
     .max = 1 * MIB,
     .help = "So many decoded bytes of an answer's body are shown to rules. Playlists and JSON answers are "
             "counted to their end whatever this says. A transaction waits for its rules until so much has "
             "come, so a large value delays detections and takes memory."},
    {.name = "app.request_body",
     .type = OPTION_SIZE,
     .offset = offsetof(struct app_settings, request_body),
     .default_text = "4KiB",
     .min = 256,
     .max = 1 * MIB,
     .help = "So many bytes of a request's body (a form) are kept for rules."},
    {.name = "app.pipeline_depth",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct app_settings, pipeline_depth),
     .default_text = "32",
     .min = 1,
     .max = 1024,
     .help = "Requests of one connection that may wait for their answers. When one more comes, the oldest is "
             "settled as unanswered; counter vigie_app_http_pipeline_cap_total."},
    {.name = "app.inflate_bytes",
     .type = OPTION_SIZE,
     .offset = offsetof(struct app_settings, inflate_bytes),
     .default_text = "256MiB",
     .min = 64 * KIB,
     .help = "A compressed body is undone up to so many decoded bytes; what follows is only counted; counter "
             "vigie_app_inflate_cap_total."},
    {.name = "app.inflate_ratio",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct app_settings, inflate_ratio),
     .default_text = "200",
     .min = 10,
     .max = 1032, /* deflate cannot do more: 258 bytes for two bits */
     .help =
         "Decoded bytes for each compressed byte from which on a body is taken for a bomb and left, after "
         "its first 64 KiB. Playlists, which repeat themselves, reach 20 to 40; deflate's own limit is "
         "1032."},
    {.name = "app.document_bytes",
     .type = OPTION_SIZE,
     .offset = offsetof(struct app_settings, document_bytes),
     .default_text = "256MiB",
     .min = 64 * KIB,
     .help =
         "A playlist or JSON answer is parsed up to this size, in constant memory; beyond, its counts are "
         "marked as incomplete; counter vigie_app_document_cap_total."},
    {.name = "app.page_bytes",
     .type = OPTION_SIZE,
     .offset = offsetof(struct app_settings, page_bytes),
     .default_text = "512KiB",
     .min = 16 * KIB,
     .max = 64 * MIB,
     .help =
         "Web pages, and scripts that they load, are read up to this size for players, streams, frames and "
         "channel lists; counter vigie_app_page_cap_total."},
    {.name = "app.command_bytes",
     .type = OPTION_SIZE,
     .offset = offsetof(struct app_settings, command_bytes),
     .default_text = "8KiB",
     .min = 512,
     .max = 1 * MIB,
     .help =
         "One command of RTMP, and the head of one RTSP message, is read up to this size; of a longer one "
         "the rest is left out; counter vigie_app_command_cap_total."},
    {.name = "app.tls_hello_bytes",
     .type = OPTION_SIZE,
     .offset = offsetof(struct app_settings, tls_hello_bytes),
     .default_text = "16KiB",
     .min = 2 * KIB,
     .max = 256 * KIB,
     .help = "A hello of TLS is read up to this size; a larger one is not read; counter "
             "vigie_app_tls_hello_cap_total. With keys against quantum computers a client's has 2 KiB."},
    {.name = "app.tls_certificate_bytes",
     .type = OPTION_SIZE,
     .offset = offsetof(struct app_settings, tls_certificate_bytes),
     .default_text = "16KiB",
     .min = 2 * KIB,
     .max = 1 * MIB,
     .help =
         "A server's own certificate is read up to this size (those of its authorities never are); counter "
         "vigie_app_tls_certificate_cap_total."},
    {.name = "app.memory",
     .type = OPTION_SIZE,
     .offset = offsetof(struct app_settings, memory),
     .default_text = "512MiB",
     .min = 16 * MIB,
     .help = "Memory of all inspections of the daemon together. It is shared out to 64 parts of the flows; "
             "while a part is over its share, new flows in it are not inspected; counter "
             "vigie_app_memory_cap_total."},
    {.name = "app.known_streams",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct app_settings, known_streams),
     .default_text = "8192",
     .min = 64,
     .max = 1024 * 1024,
     .help =
         "Transport streams that are remembered for ten minutes, so that further segments of the same stream "
         "are known by their first packets and not read on. Shared out to 64 parts of the flows; in a full "
         "part the oldest is forgotten; counter vigie_app_known_streams_full_total. One takes about 400 "
         "bytes."},
    {.name = "app.hls_segments",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct app_settings, hls_segments),
     .default_text = "65536",
     .min = 256,
     .max = 16 * 1024 * 1024,
     .help =
         "Segments that live HLS playlists listed are remembered for five minutes, so that requests for them "
         "are known in other connections, too. Shared out to 64 parts of the flows; in a full part the "
         "oldest "
         "of four is forgotten; counter vigie_app_hls_segments_full_total. One takes 16 bytes."},
    {.name = "app.answer_timeout",
     .type = OPTION_DURATION,
     .offset = offsetof(struct app_settings, answer_timeout),
     .default_text = "5s",
     .min = TIME_SECOND / 10,
     .max = 600 * TIME_SECOND,
     .help = "A request that has no answer after so long goes to the rules alone; an answer that comes later "
             "makes a transaction of its own, with the same request. A DNS question waits as long."},
    {.name = "app.range_lists",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct app_settings, range_lists),
     .default_text = "512",
     .min = 64,
     .max = 4096,
     .help =
         "Playlists that clients fetch in parts (ranges) and that are put together, in all; each of the 64 "
         "parts of the flows has its share. When one more comes, the one goes that was not used for "
         "longest; counter vigie_app_range_lists_cap_total where answers come of all of them."},
    {.name = "app.range_timeout",
     .type = OPTION_DURATION,
     .offset = offsetof(struct app_settings, range_timeout),
     .default_text = "5min",
     .min = TIME_SECOND,
     .max = 3600 * TIME_SECOND,
     .help = "A playlist of which no part came for so long is forgotten: what comes later is counted anew."},
    {.name = "app.dns_addresses",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct app_settings, dns_addresses),
     .default_text = "128",
     .min = 1,
     .max = 65536,
     .help =
         "Addresses that DNS answers give to names, and that each of the 64 parts of the flows tells in one "
         "second; further ones are left out, so that floods of answers crowd nothing else out; counter "
         "vigie_pipeline_addresses_cap_total."},
    {.name = "app.dns_waiting",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct app_settings, dns_waiting),
     .default_text = "128",
     .min = 1,
     .max = 65536,
     .help = "DNS questions of one flow that may wait for their answers. When one more comes, the oldest is "
             "told as unanswered; counter vigie_app_dns_waiting_cap_total."},
};

const struct option_table app_options = {
    .stage = "app",
    .rows = rows,
    .count = ARRAY_COUNT(rows),
    .settings_size = sizeof(struct app_settings),
};
