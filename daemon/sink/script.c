/* The script stands in files of its own, for editors and tests; their bytes become part of the program here.
 * Paths are relative to the repository's root, where make runs. */
#include "script_priv.h"
#include "sink/redis_list.h"

__asm__(".pushsection .rodata\n"
        ".global sink_script_text\n"
        "sink_script_text:\n"
        ".incbin \"daemon/sink/script/facts.lua\"\n"
        ".incbin \"daemon/sink/script/block.lua\"\n"
        ".incbin \"daemon/sink/script/score.lua\"\n"
        ".incbin \"daemon/sink/script/service.lua\"\n"
        ".incbin \"daemon/sink/script/call.lua\"\n"
        ".byte 0\n"
        ".global sink_list_script_text\n"
        "sink_list_script_text:\n"
        ".incbin \"daemon/sink/script/lists.lua\"\n"
        ".byte 0\n"
        ".popsection\n");

extern const char sink_script_text[];
extern const char sink_list_script_text[];

const char *sink_script(void)
{
    return sink_script_text;
}

const char *redis_list_script(void)
{
    return sink_list_script_text;
}
