/* Settings turned into what the sink works with. */
#pragma once

#include "sink/sink.h"

bool sink_sensor_check(const char *sensor, struct failure *failure) MUST_CHECK;
bool sink_prefix_check(const char *prefix, struct failure *failure) MUST_CHECK;
