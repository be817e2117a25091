#include "daemon/app/cadence_priv.h"

void cadence_ask(struct cadence *cadence, int64_t time_us)
{
    cadence->asked = true;
    cadence->asked_us = time_us;
}

static void begin_run(struct cadence *cadence, int64_t time_us)
{
    cadence->beats = 1;
    cadence->extra = 0;
    cadence->beat_us = time_us;
}

unsigned cadence_answer(struct cadence *cadence, int64_t time_us)
{
    bool in_time =
        cadence->asked && time_us >= cadence->asked_us && time_us - cadence->asked_us <= CADENCE_ANSWER_US;
    cadence->asked = false;
    if (!in_time) {
        return cadence->beats;
    }
    int64_t since = time_us - cadence->beat_us;
    if (cadence->beats == 0 || since < 0 || since > CADENCE_MAX_US) {
        begin_run(cadence, time_us);
    } else if (since >= CADENCE_MIN_US) {
        cadence->beats = cadence->beats < UINT8_MAX ? (uint8_t)(cadence->beats + 1) : UINT8_MAX;
        cadence->extra = 0;
        cadence->beat_us = time_us;
    } else if (++cadence->extra > CADENCE_EXTRA_MAX) {
        begin_run(cadence, time_us);
    }
    return cadence->beats;
}
