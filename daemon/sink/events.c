#include "sink/events.h"

#include <string.h>

#include "base/attr.h"

#define EVENT_CHOICE(bit, name) name,
#define EVENT_BIT(bit, name)    bit,

const char *const event_choices[] = {EVENT_NAMES(EVENT_CHOICE) NULL};
static const unsigned bits[] = {EVENT_NAMES(EVENT_BIT)};

unsigned event_bit(const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(bits); i++) {
        if (strcmp(event_choices[i], name) == 0) {
            return bits[i];
        }
    }
    return 0;
}
