/* What the verdict counts and what an operator may set of it. */
#include <string.h>

#include "base/clock.h"
#include "daemon/verdict/verdict_priv.h"

COUNTER_TABLE(verdict, VERDICT_COUNTERS);

static const char *const level_choices[] = {"observed", "suspected", "confirmed", NULL};
static const char *const basis_choices[] = {"content", "listed", "software", NULL};
static const char *const approve_choices[] = {[APPROVE_MANUAL] = "manual", [APPROVE_AUTO] = "auto", NULL};

#define MINUTE (60 * TIME_SECOND)
#define DAY    (24 * 60 * MINUTE)

static const struct option rows[] = {
    {.name = "detection.min_level",
     .type = OPTION_CHOICE,
     .offset = offsetof(struct verdict_settings, min_level),
     .default_text = "suspected",
     .choices = level_choices,
     .reload = true,
     .help = "Services are told from this level on; below it they are only counted "
             "(vigie_verdict_below_total). `observed` tells every scanner's claim: for testers."},
    {.name = "detection.refresh",
     .type = OPTION_DURATION,
     .offset = offsetof(struct verdict_settings, refresh),
     .default_text = "10min",
     .min = TIME_SECOND,
     .reload = true,
     .help = "A service whose numbers changed is told again at most once in this time. A new level and a "
             "change of what may be blocked are told at once."},
    {.name = "verdict.expire",
     .type = OPTION_DURATION,
     .offset = offsetof(struct verdict_settings, expire),
     .default_text = "7d",
     .min = MINUTE,
     .reload = true,
     .help = "A service that was not seen for so long is told as expired and forgotten, and so is a name "
             "that an address showed."},
    {.name = "verdict.max_services",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct verdict_settings, max_services),
     .default_text = "100000",
     .min = 16,
     .max = UINT64_C(1) << 24,
     .reload = true,
     .help = "Services kept at a time. Where the table is full, the one of the lowest level that was not "
             "seen for the longest time is forgotten (vigie_verdict_services_evicted_total). About 2 KiB "
             "each."},
    {.name = "verdict.max_addresses",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct verdict_settings, max_addresses),
     .default_text = "200000",
     .min = 16,
     .max = UINT64_C(1) << 24,
     .reload = true,
     .help = "Server addresses of which the names are remembered that they showed, to judge whether an "
             "address is shared. Where the table is full, the one without services that was not seen for "
             "the longest time is forgotten; it must then be watched anew."},
    {.name = "verdict.max_names",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct verdict_settings, max_names),
     .default_text = "64",
     .min = 2,
     .max = 65536,
     .reload = true,
     .help = "Names kept for one address, each port for itself. An address with more stays shared."},
    {.name = "verdict.max_per_address",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct verdict_settings, max_per_address),
     .default_text = "1024",
     .min = 4,
     .max = 65536,
     .reload = true,
     .help = "Services kept at one address: whoever sends requests with ever new names to one server fills "
             "no more than this. Where there are more, the one of the lowest level that was not seen for "
             "the longest time is forgotten."},
    {.name = "verdict.max_evidence",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct verdict_settings, max_evidence),
     .default_text = "64",
     .min = 4,
     .max = SCORE_CONTRIBUTIONS_MAX / 2,
     .reload = true,
     .help = "Rules (sids) kept as evidence for one service. Where there are more, the weakest go: client "
             "headers first, then claims, then proof."},
    {.name = "verdict.max_cases",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct verdict_settings, max_cases),
     .default_text = "20000",
     .min = 16,
     .max = UINT64_C(1) << 24,
     .reload = true,
     .help = "Cases kept at a time: systems by which services are tied. Where the table is full, the one "
             "that was not used for the longest time is dissolved (vigie_verdict_cases_evicted_total)."},
    {.name = "verdict.max_per_case",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct verdict_settings, max_per_case),
     .default_text = "1024",
     .min = 2,
     .max = 65536,
     .reload = true,
     .help = "Services of one case. Further ones are judged by themselves "
             "(vigie_verdict_case_full_total)."},
    {.name = "verdict.max_notices",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct verdict_settings, max_notices),
     .default_text = "10000",
     .min = 16,
     .max = UINT64_C(1) << 24,
     .reload = true,
     .help = "Names kept in whose place a notice of seizure or blocking stands. Where the table is full, the "
             "one that was not seen for the longest time is forgotten "
             "(vigie_verdict_noticed_evicted_total)."},
    {.name = "verdict.max_asked",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct verdict_settings, max_asked),
     .default_text = "10000",
     .min = 16,
     .max = UINT64_C(1) << 24,
     .reload = true,
     .help = "Names kept that clients asked DNS for and that a rule or an order's list knows, until a server "
             "of the name is found. Where the table is full, the one that nobody asked for for the longest "
             "time is forgotten (vigie_verdict_asked_evicted_total)."},
    {.name = "verdict.max_verified",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct verdict_settings, max_verified),
     .default_text = "1048576",
     .min = 1024,
     .max = UINT64_C(1) << 26,
     .reload = true,
     .help =
         "Names with an address that are kept from DNS answers and certificates, until a service may be "
         "found there; rounded down to a power of two, 24 bytes each. Where there are more, those go first "
         "that one client alone heard of and that serve no known service "
         "(vigie_verdict_pairs_evicted_total)."},
    {.name = "verdict.verified_ttl",
     .type = OPTION_DURATION,
     .offset = offsetof(struct verdict_settings, verified_ttl),
     .default_text = "1d",
     .max = 30 * DAY,
     .reload = true,
     .help = "An answer of DNS ties a name to an address for its own time to live, but not for longer than "
             "this; a certificate does so for this time."},
    {.name = "verdict.verified_hold",
     .type = OPTION_DURATION,
     .offset = offsetof(struct verdict_settings, verified_hold),
     .default_text = "1h",
     .max = 30 * DAY,
     .reload = true,
     .help = "... and so much longer, because clients hold on to addresses."},
    {.name = "verdict.private_servers",
     .type = OPTION_BOOL,
     .offset = offsetof(struct verdict_settings, private_servers),
     .default_text = "false",
     .reload = true,
     .help = "Judges servers on private, shared (100.64.0.0/10), unique-local, link-local and loopback "
             "addresses too. They are never proposed for blocking. For testers and for hotel or campus "
             "networks; on an ISP's mirror such servers are nobody's business."},
    {.name = "verdict.state_file",
     .type = OPTION_TEXT,
     .offset = offsetof(struct verdict_settings, state_file),
     .default_text = "",
     .help = "Where a live daemon keeps what it knows of services over a restart. It holds no client data. "
             "Empty: nothing is kept, and every service is new after a restart."},
    {.name = "block.basis",
     .type = OPTION_TEXT_LIST,
     .offset = offsetof(struct verdict_settings, block_basis),
     .default_text = "content, listed",
     .choices = basis_choices,
     .reload = true,
     .help = "On what a block may rest. `content`: the names of pay channels, and a structural sign of a "
             "pirate catalogue. `listed`: an entry of an order's list. `software`: the panel software "
             "alone, proven twice; it then also makes a service confirmed. Licensed operators use the same "
             "software: name it only where an order says so."},
    {.name = "block.min_clients",
     .type = OPTION_NUMBER,
     .offset = offsetof(struct verdict_settings, block_min_clients),
     .default_text = "3",
     .min = 1,
     .max = CLIENTS_EXACT_MAX,
     .reload = true,
     .help = "A block is proposed only for a service that answered what so many clients asked, both seen."},
    {.name = "block.min_age",
     .type = OPTION_DURATION,
     .offset = offsetof(struct verdict_settings, block_min_age),
     .default_text = "10min",
     .reload = true,
     .help = "... and that was first seen so long ago."},
    {.name = "block.min_watch",
     .type = OPTION_DURATION,
     .offset = offsetof(struct verdict_settings, block_min_watch),
     .default_text = "60min",
     .reload = true,
     .help = "An address and port are proposed only where the address was watched for so long and showed "
             "no other name."},
    {.name = "block.duration",
     .type = OPTION_DURATION,
     .offset = offsetof(struct verdict_settings, block_duration),
     .default_text = "1h",
     .min = MINUTE,
     .max = 30 * DAY,
     .reload = true,
     .help = "How long a proposal or block lasts after the last detection that supports it. Blocks always "
             "expire."},
    {.name = "block.require_verified",
     .type = OPTION_BOOL,
     .offset = offsetof(struct verdict_settings, block_require_verified),
     .default_text = "true",
     .reload = true,
     .help = "A name is proposed only where something else than the client's own words ties it to the "
             "address. With false, whoever sends requests with a stranger's name to a panel gets that name "
             "proposed."},
    {.name = "block.approve",
     .type = OPTION_CHOICE,
     .offset = offsetof(struct verdict_settings, block_approve),
     .default_text = "manual",
     .choices = approve_choices,
     .reload = true,
     .help = "`manual`: what may be blocked is proposed, and an operator decides. `auto`: it is blocked at "
             "once; wants block.order."},
    {.name = "block.order",
     .type = OPTION_TEXT,
     .offset = offsetof(struct verdict_settings, block_order),
     .default_text = "",
     .reload = true,
     .help = "The order under which this sensor works; stands in every detection. At most 63 bytes."},
    {.name = "block.replay",
     .type = OPTION_BOOL,
     .offset = offsetof(struct verdict_settings, block_replay),
     .default_text = "false",
     .reload = true,
     .help = "Lets a replay propose blocks."},
    {.name = "block.shared_prefixes",
     .type = OPTION_PREFIX_LIST,
     .offset = offsetof(struct verdict_settings, shared),
     .default_text = "10.0.0.0/8, 100.64.0.0/10, 172.16.0.0/12, 192.0.0.0/24, 192.88.99.0/24, "
                     "192.168.0.0/16, 64:ff9b::/96, 64:ff9b:1::/48, 2001::/32, 2002::/16, fc00::/7, "
                     "fe80::/10",
     .reload = true,
     .help = "Addresses in these prefixes stand for many servers and are never proposed for blocking, as "
             "are those of shared-prefixes.list (content networks, cloud front doors). The default holds the "
             "special ones of the address registries (private use, carriers' translation, NAT64, 6to4, "
             "Teredo)."},
};

const struct option_table verdict_options = {
    .stage = "verdict",
    .rows = rows,
    .count = ARRAY_COUNT(rows),
    .settings_size = sizeof(struct verdict_settings),
};

bool verdict_settings_check(const struct verdict_settings *settings, struct failure *failure)
{
    if (settings->block_approve == APPROVE_AUTO && settings->block_order[0] == '\0') {
        return failure_set(failure, EXIT_STATUS_CONFIG,
                           "block.approve: auto is set, and block.order was expected beside it");
    }
    if (strlen(settings->block_order) >= DETECTION_ORDER_SIZE) {
        return failure_set(failure, EXIT_STATUS_CONFIG, "block.order: expected at most %d bytes",
                           DETECTION_ORDER_SIZE - 1);
    }
    return true;
}
