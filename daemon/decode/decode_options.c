#include "decode/decode.h"

#include "base/attr.h"
#include "base/clock.h"

static const struct option rows[] = {
    {.name = "decode.fragments",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct decode_settings, fragments),
     .default_text = "4096",
     .min = 1,
     .max = 1000000,
     .help = "IP datagrams that wait for their fragments, of each thread that decodes; the oldest goes where "
             "they are "
             "more; counter vigie_decode_fragments_evicted_total."},
    {.name = "decode.fragment_memory",
     .type = OPTION_SIZE,
     .offset = offsetof(struct decode_settings, fragment_memory),
     .default_text = "16MiB",
     .min = 1 << 17,
     .help =
         "Bytes that these datagrams hold together; the oldest goes where they are more; the same counter."},
    {.name = "decode.fragment_timeout",
     .type = OPTION_DURATION,
     .offset = offsetof(struct decode_settings, fragment_timeout),
     .default_text = "30s",
     .min = TIME_SECOND / 10,
     .max = 600 * (uint64_t)TIME_SECOND,
     .help = "A datagram is given up so long after its first fragment, by packet time; counter "
             "vigie_decode_fragments_expired_total."},
};

const struct option_table decode_options = {.stage = "decode",
                                            .rows = rows,
                                            .count = ARRAY_COUNT(rows),
                                            .settings_size = sizeof(struct decode_settings)};
