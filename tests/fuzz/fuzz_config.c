/*
 * control/config: any bytes as a configuration file. Whatever comes, nothing breaks and what was read is
 * printable; a configuration without mistakes is dumped as one without mistakes that says the same; every
 * diagnostic stands inside the text.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control/config_priv.h"
#include "tests/unit/control/sample.h"

/* A violated property ends the run like a crash. */
static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static bool read_into(struct sample *sample, struct slice text)
{
    return config_read_text(sample->sections, SAMPLE_SECTIONS, "fuzz", text, &sample->diagnostics);
}

static void check_places(const struct sample *sample, struct slice text)
{
    size_t lines = 1;
    for (size_t i = 0; i < text.len; i++) { /* more than there are, where \r\n or a multi-byte break stands */
        lines += text.data[i] == '\n' || text.data[i] == '\r' || text.data[i] >= 0x80;
    }
    for (size_t i = 0; i < sample->diagnostics.count; i++) {
        const struct diagnostic *item = &sample->diagnostics.items[i];
        require(item->line >= 1 && item->line <= lines);
        require(item->column >= 1 && item->column <= text.len + 1);
        require(config_text_is_clean(slice_text(item->text)));
    }
}

static void check_round_trip(const struct sample *sample)
{
    char *dump = sample_dump(sample);
    struct sample *again = sample_create();
    require(read_into(again, slice_text(dump)));
    char *second = sample_dump(again);
    require(strcmp(dump, second) == 0);
    free(second);
    free(dump);
    sample_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sample *sample = sample_create();
    uint8_t *copy = malloc(size); /* of exactly the size, so that a byte read too far is seen */
    if (size > 0) {
        require(copy != NULL);
        memcpy(copy, data, size);
    }
    struct slice text = slice_make(copy, size);
    bool good = read_into(sample, text);
    require(good == (sample->diagnostics.count == 0));
    check_places(sample, text);
    free(copy);
    check_round_trip(sample); /* what was read over the mistakes is good too */
    sample_free(sample);
    return 0;
}
