/* vigiectl: the operator's tool. It reads what the sensors pushed into Redis; nothing here writes verdicts.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ctl_priv.h"

enum {
    OPTION_REDIS = 256,
    OPTION_SOCKET,
    OPTION_LEVEL,
    OPTION_GROUP,
    OPTION_FROM_START,
    OPTION_COUNT,
    OPTION_BY,
    OPTION_WHY,
    OPTION_SOURCE,
    OPTION_UNTIL,
    OPTION_FOR,
    OPTION_STATE,
    OPTION_REPLACE,
    OPTION_FORCE,
    OPTION_JSON,
    OPTION_CSV,
};

struct command {
    const char *name;
    size_t least; /* words behind it */
    size_t most;
    bool takes_tail_options;
    bool takes_list_options;
    bool asks_daemon; /* over its control socket, and not Redis */
    enum exit_status (*run)(struct ctl *ctl, const struct ctl_arguments *arguments);
};

static const struct command commands[] = {
    {"tail", 0, 0, true, false, false, ctl_tail},      {"show", 1, 1, false, false, false, ctl_show},
    {"blocks", 0, 0, false, false, false, ctl_blocks}, {"list", 2, SIZE_MAX, false, true, false, ctl_list},
    {"reload", 0, 1, false, false, true, ctl_reload},  {"status", 0, 1, false, false, true, ctl_status},
};

static const char help[] =
    "usage: vigiectl [-c FILE] [--redis URL] COMMAND\n"
    "\n"
    "  tail [--level LEVEL] [--group NAME] [--from-start] [--count N]\n"
    "                follow detections, one line each, until interrupted\n"
    "    --level     nothing below observed, suspected or confirmed\n"
    "    --group     share a consumer group: each of its followers gets another part\n"
    "    --from-start  also what stands in Redis already (of a group that exists: what it has not had)\n"
    "    --count     end after so many lines\n"
    "  show TARGET   all that is known of a service: its id, a host name, an address, ADDRESS:PORT\n"
    "  blocks        what is blocked now and what is proposed, with expiry and reason\n"
    "  list add LIST ENTRY...    put names, addresses or prefixes on a list: allow (never blocked), "
    "official\n"
    "                (never flagged), order (named by an order); `.name` takes the sub-domains along,\n"
    "                `*.name` is these alone\n"
    "  list del LIST ENTRY...    take them off it\n"
    "  list import LIST FILE     entries of a file (- is standard input), one a line\n"
    "  list export LIST          all entries, one a line\n"
    "  list lookup TARGET        which list names this name, address or ADDRESS:PORT, by which entry\n"
    "    --why TEXT, --source TEXT, --by NAME, --until TIME, --for DURATION, --state STATE\n"
    "                what stands beside the entries: why, by which order or ticket, who says so (else the\n"
    "                login's name), until when (2026-12-31, or 30d from now), active, seized or official\n"
    "    --replace   import: what is not in the file goes\n"
    "    --force     also where the list becomes much shorter (lists.max_shrink)\n"
    "    --json, --csv  export: with what stands beside each entry\n"
    "  reload [SENSOR]  a running daemon of this host reads configuration, rules and lists anew; tells what "
    "was\n"
    "                taken and what was refused for which mistakes\n"
    "  status [SENSOR]  how it is, and all counters that are not 0\n"
    "    --socket PATH  its control socket, else /var/lib/vigie/SENSOR/control\n"
    "    --json      as the daemon says it\n"
    "\n"
    "  -c FILE       configuration; without it and --redis /etc/vigie/vigie.yaml\n"
    "  --redis URL   redis://[user[:password]@]host[:port][/db] or unix:///path[?db=N]\n"
    "  -V, -h        print the version, print this\n"
    "\n"
    "Status: 0 good, 1 nothing known of TARGET, a change that is refused or a failure while running, 64 "
    "usage,\n"
    "65 a file with mistakes, 66 one that cannot be opened, 69 Redis unavailable, 77 no permission, 78 bad "
    "configuration,\nor a reload of which something was refused.\n";

volatile sig_atomic_t ctl_stop;

static void take_signal(int number)
{
    (void)number;
    ctl_stop = 1;
}

/* A signal ends waiting at once: system calls are not begun anew. */
static void set_signals(void)
{
    struct sigaction action = {.sa_handler = take_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN); /* of Redis's socket; a closed standard output is seen as an error there */
}

static enum exit_status usage(const char *what, const char *about)
{
    ctl_complain("vigiectl: %s%s; vigiectl -h tells more", what, about);
    return EXIT_STATUS_USAGE;
}

static bool is_level(const char *name)
{
    return strcmp(name, "observed") == 0 || strcmp(name, "suspected") == 0 || strcmp(name, "confirmed") == 0;
}

/* False where it is no option of `list`. */
static bool take_list_option(int code, struct list_options *list)
{
    switch (code) {
    case OPTION_BY:
        list->by = optarg;
        break;
    case OPTION_WHY:
        list->why = optarg;
        break;
    case OPTION_SOURCE:
        list->source = optarg;
        break;
    case OPTION_UNTIL:
    case OPTION_FOR:
        list->until = optarg;
        list->lasting = code == OPTION_FOR;
        break;
    case OPTION_STATE:
        list->state = optarg;
        break;
    case OPTION_REPLACE:
        list->replace = true;
        break;
    case OPTION_FORCE:
        list->force = true;
        break;
    case OPTION_JSON:
    case OPTION_CSV:
        list->format = code == OPTION_JSON ? "json" : "csv";
        break;
    default:
        return false;
    }
    list->given = true;
    return true;
}

/* Returns false with `*status` set where the program ends here. */
static bool take_option(int code, struct ctl_arguments *arguments, enum exit_status *status)
{
    switch (code) {
    case 'c':
        arguments->config = optarg;
        return true;
    case OPTION_REDIS:
        arguments->redis = optarg;
        return true;
    case OPTION_SOCKET:
        arguments->socket = optarg;
        return true;
    case OPTION_LEVEL:
        arguments->level = optarg;
        if (!is_level(optarg)) {
            *status = usage("--level: expected observed, suspected or confirmed", "");
            return false;
        }
        return true;
    case OPTION_GROUP:
        arguments->group = optarg;
        if (optarg[0] == '\0') {
            *status = usage("--group: expected a name", "");
            return false;
        }
        return true;
    case OPTION_FROM_START:
        arguments->from_start = true;
        return true;
    case OPTION_COUNT:
        if (!text_parse_u64(slice_text(optarg), &arguments->count) || arguments->count == 0) {
            *status = usage("--count: expected a number from 1", "");
            return false;
        }
        return true;
    case 'V':
        puts("vigiectl " VIGIE_VERSION);
        *status = EXIT_STATUS_GOOD;
        return false;
    case 'h':
        fputs(help, stdout);
        *status = EXIT_STATUS_GOOD;
        return false;
    default:
        if (take_list_option(code, &arguments->list)) {
            return true;
        }
        *status = usage("unknown option or missing argument", "");
        return false;
    }
}

static bool take_line(int argc, char **argv, struct ctl_arguments *arguments, enum exit_status *status)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"redis", required_argument, NULL, OPTION_REDIS},
        {"socket", required_argument, NULL, OPTION_SOCKET},
        {"level", required_argument, NULL, OPTION_LEVEL},
        {"group", required_argument, NULL, OPTION_GROUP},
        {"from-start", no_argument, NULL, OPTION_FROM_START},
        {"count", required_argument, NULL, OPTION_COUNT},
        {"by", required_argument, NULL, OPTION_BY},
        {"why", required_argument, NULL, OPTION_WHY},
        {"source", required_argument, NULL, OPTION_SOURCE},
        {"until", required_argument, NULL, OPTION_UNTIL},
        {"for", required_argument, NULL, OPTION_FOR},
        {"state", required_argument, NULL, OPTION_STATE},
        {"replace", no_argument, NULL, OPTION_REPLACE},
        {"force", no_argument, NULL, OPTION_FORCE},
        {"json", no_argument, NULL, OPTION_JSON},
        {"csv", no_argument, NULL, OPTION_CSV},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    opterr = 0;
    int code;
    while ((code = getopt_long(argc, argv, "c:Vh", options, NULL)) != -1) {
        if (!take_option(code, arguments, status)) {
            return false;
        }
    }
    arguments->command = optind < argc ? argv[optind] : NULL;
    arguments->words = (const char *const *)argv + optind + 1;
    arguments->word_count = optind + 1 < argc ? (size_t)(argc - optind - 1) : 0;
    arguments->target = arguments->word_count > 0 ? arguments->words[0] : NULL;
    return true;
}

static bool is_json_alone(const struct list_options *list)
{
    return list->format != NULL && strcmp(list->format, "json") == 0 && list->by == NULL &&
           list->why == NULL && list->source == NULL && list->until == NULL && list->state == NULL &&
           !list->replace && !list->force;
}

static const struct command *find_command(const struct ctl_arguments *arguments, enum exit_status *status)
{
    const struct command *found = NULL;
    for (size_t i = 0; arguments->command != NULL && i < ARRAY_COUNT(commands); i++) {
        if (strcmp(commands[i].name, arguments->command) == 0) {
            found = &commands[i];
        }
    }
    *status = EXIT_STATUS_USAGE;
    if (found == NULL) {
        usage(arguments->command == NULL ? "no command" : "unknown command ",
              arguments->command == NULL ? "" : arguments->command);
        return NULL;
    }
    if (arguments->word_count < found->least) {
        usage(found->name, found->takes_list_options ? " needs what to do and a list" : " needs a TARGET");
        return NULL;
    }
    if (arguments->word_count > found->most) {
        if (found->most == 0) {
            usage(found->name, " takes no TARGET");
        } else {
            usage("what is this for: ", arguments->words[found->most]);
        }
        return NULL;
    }
    bool tail_options =
        arguments->level != NULL || arguments->group != NULL || arguments->from_start || arguments->count > 0;
    if (tail_options && !found->takes_tail_options) {
        usage(found->name, " takes none of --level, --group, --from-start and --count");
        return NULL;
    }
    if (arguments->list.given && !found->takes_list_options &&
        !(found->asks_daemon && is_json_alone(&arguments->list))) {
        usage(found->name, " takes no options of list");
        return NULL;
    }
    if (arguments->socket != NULL && !found->asks_daemon) {
        usage(found->name, " takes no --socket");
        return NULL;
    }
    return found;
}

int main(int argc, char **argv)
{
    struct ctl_arguments arguments = {0};
    enum exit_status status = EXIT_STATUS_GOOD;
    if (!take_line(argc, argv, &arguments, &status)) {
        return status;
    }
    const struct command *command = find_command(&arguments, &status);
    if (command == NULL) {
        return status;
    }
    set_signals();
    struct ctl ctl = {0};
    if (command->asks_daemon) {
        status = command->run(&ctl, &arguments);
    } else if (ctl_read_settings(&ctl, &arguments, &status)) {
        struct failure failure = {0};
        if (ctl_connect(&ctl, &failure)) {
            status = command->run(&ctl, &arguments);
        } else {
            char place[REDIS_TARGET_TEXT_SIZE];
            ctl_complain("vigiectl: %s: %s", redis_target_print(&ctl.target, place), failure.text);
            status = failure.status;
        }
    }
    ctl_free(&ctl);
    if (fflush(stdout) != 0 && status == EXIT_STATUS_GOOD) {
        status = EXIT_STATUS_RUNTIME;
    }
    return status;
}
