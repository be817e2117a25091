/* Settings turned into what the sink works with. */
#pragma once

#include "sink/redis_link.h"
#include "sink/sink.h"

/* The target of redis.url with login and time-outs. False fills `failure`. */
bool sink_settings_target(const struct sink_settings *settings, struct redis_target *target,
                          struct failure *failure) MUST_CHECK;
bool sink_sensor_check(const char *sensor, struct failure *failure) MUST_CHECK;
bool sink_prefix_check(const char *prefix, struct failure *failure) MUST_CHECK;
