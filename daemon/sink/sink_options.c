/* The sink's options and counters. */
#include <stddef.h>

#include "base/attr.h"
#include "base/clock.h"
#include "sink/events.h"
#include "sink/sink.h"

COUNTER_TABLE(sink, SINK_COUNTERS);

enum { QUEUE_MAX = 10000000, KEEP_MAX = 1000000000 };
#define TIMEOUT_MAX ((uint64_t)(60 * TIME_SECOND))
#define TIMEOUT_MIN ((uint64_t)10000)

static const struct option sink_option_rows[] = {
    {.name = "sensor",
     .type = OPTION_TEXT,
     .offset = offsetof(struct sink_settings, sensor),
     .default_text = "",
     .help = "Name of this sensor in every event and in Redis; no two sensors of one Redis may share one. "
             "Where it is empty: the host's name and the interface joined by a hyphen, or `replay`."},
    {.name = "redis.url",
     .type = OPTION_TEXT,
     .offset = offsetof(struct sink_settings, redis_url),
     .default_text = "",
     .secret = true,
     .help =
         "Where detections are pushed: `redis://[user[:password]@]host[:port][/db]` or "
         "`unix:///path[?db=N]`; empty pushes nowhere. Shown as `*` because it may hold a password; better "
         "use redis.password_file."},
    {.name = "redis.user",
     .type = OPTION_TEXT,
     .offset = offsetof(struct sink_settings, redis_user),
     .default_text = "",
     .secret = true,
     .help = "User of Redis's access control list; empty is the user of redis.url, or the default one."},
    {.name = "redis.password_file",
     .type = OPTION_TEXT,
     .offset = offsetof(struct sink_settings, redis_password_file),
     .default_text = "",
     .help = "File whose first line is the password; it is read at start and goes before one in redis.url."},
    {.name = "redis.prefix",
     .type = OPTION_TEXT,
     .offset = offsetof(struct sink_settings, redis_prefix),
     .default_text = "{vigie}",
     .help = "What every key begins with. The part in braces is the hash tag that keeps all keys in one slot "
             "of a cluster, so that one script may touch them all."},
    {.name = "redis.keep",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct sink_settings, redis_keep),
     .default_text = "100000",
     .min = 1,
     .max = KEEP_MAX,
     .help = "Entries that the streams of detections and of block changes keep at least, as far as there are "
             "so many; Redis trims whole nodes, so that some more may stand there."},
    {.name = "redis.connect_timeout",
     .type = OPTION_DURATION,
     .offset = offsetof(struct sink_settings, redis_connect_timeout),
     .default_text = "1s",
     .min = TIMEOUT_MIN,
     .max = TIMEOUT_MAX,
     .help = "How long a connection may take to come about."},
    {.name = "redis.reply_timeout",
     .type = OPTION_DURATION,
     .offset = offsetof(struct sink_settings, redis_reply_timeout),
     .default_text = "2s",
     .min = TIMEOUT_MIN,
     .max = TIMEOUT_MAX,
     .help = "How long Redis may be silent while an answer is due; then the connection is given up and a new "
             "one made. What was not answered is sent again, which changes nothing where it had arrived."},
    {.name = "redis.queue",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct sink_settings, redis_queue),
     .default_text = "10000",
     .min = 1,
     .max = QUEUE_MAX,
     .help = "Detections that wait in memory while Redis is away, slow or full, about 5 KB each. What comes "
             "when so many wait is lost and counted; a replay waits instead."},
    {.name = "redis.lists",
     .type = OPTION_BOOL,
     .offset = offsetof(struct sink_settings, redis_lists),
     .default_text = "yes",
     .help = "Whether a live sensor follows the operators' lists in Redis (`allow`, `official`, `order`; "
             "`vigiectl list`) and what other sensors saw at the addresses of its services. A replay never "
             "does: its detections rest on files alone."},
    {.name = "jsonl.path",
     .type = OPTION_TEXT,
     .offset = offsetof(struct sink_settings, jsonl_path),
     .default_text = "",
     .help = "File to which events are appended, one JSON object a line; empty writes none. Opened anew on "
             "SIGHUP, so that it can be rotated."},
    {.name = "jsonl.events",
     .type = OPTION_TEXT_LIST,
     .offset = offsetof(struct sink_settings, jsonl_events),
     .default_text = "detection",
     .choices = event_choices,
     .help =
         "Which events go to jsonl.path. Transaction records (http, tls, quic, dns, flow, m3u, mpegts) are "
         "redacted, but they are "
         "many: for a look at a quiet link, not for every day. They never go to Redis."},
};

const struct option_table sink_options = {.stage = "sink",
                                          .rows = sink_option_rows,
                                          .count = ARRAY_COUNT(sink_option_rows),
                                          .settings_size = sizeof(struct sink_settings)};
