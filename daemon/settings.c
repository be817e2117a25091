#include "settings.h"

void settings_sections(struct settings *settings, struct config_section out[SETTINGS_SECTIONS])
{
    const struct config_section sections[SETTINGS_SECTIONS] = {
        {&capture_options, &settings->capture}, {&decode_options, &settings->decode},
        {&flow_options, &settings->flow},       {&app_options, &settings->app},
        {&rule_options, &settings->rule},       {&verdict_options, &settings->verdict},
        {&sink_options, &settings->sink},       {&control_options, &settings->control},
    };
    memcpy(out, sections, sizeof sections);
}
