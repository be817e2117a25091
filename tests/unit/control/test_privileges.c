/* control/privileges: each test drops them in a child of its own, which tells what is left. */
#include "control/privileges.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child's own assert: its line is the exit status seen by the parent. */
static void require_at(bool holds, int line)
{
    if (!holds) {
        fprintf(stderr, "%s:%d: does not hold\n", __FILE__, line);
        _exit(1);
    }
}
#define require(condition) require_at(condition, __LINE__)

/* _exit: the leak checker could not look into a process that is not dumpable. */
static void run_in_child(void (*body)(void))
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        body();
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* The line of /proc/self/status behind `name`, as a number; hexadecimal where base is 16. */
static unsigned long long status_value(const char *name, int base)
{
    char line[512];
    unsigned long long value = 0;
    bool found = false;
    FILE *file = fopen("/proc/self/status", "re");
    require(file != NULL);
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0) {
            value = strtoull(line + strlen(name), NULL, base);
            found = true;
        }
    }
    fclose(file);
    require(found);
    return value;
}

static void require_nothing_left(void)
{
    require(status_value("CapInh:", 16) == 0);
    require(status_value("CapPrm:", 16) == 0);
    require(status_value("CapEff:", 16) == 0);
    require(status_value("CapAmb:", 16) == 0);
    require(status_value("NoNewPrivs:", 10) == 1);
    require(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
    require(socket(AF_PACKET, SOCK_RAW, 0) < 0 && errno == EPERM);
}

static bool is_root(const char *test)
{
    if (geteuid() != 0) {
        print_message("SKIP %s: only root can drop privileges\n", test);
        return false;
    }
    return true;
}

static void forbid_cores(void)
{
    privileges_forbid_cores();
    struct rlimit limit;
    require(getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0 && limit.rlim_max == 0);
    require(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
}

static void cores_are_forbidden(void **state)
{
    (void)state;
    run_in_child(forbid_cores);
}

static void drop_to_nobody(void)
{
    struct failure failure = {0};
    privileges_forbid_cores();
    require(privileges_drop("nobody", &failure));
    require(failure.status == EXIT_STATUS_GOOD);
    const struct passwd *nobody = getpwnam("nobody");
    require(nobody != NULL);
    uid_t uids[3];
    gid_t gids[3];
    gid_t groups[64];
    require(getresuid(&uids[0], &uids[1], &uids[2]) == 0 && getresgid(&gids[0], &gids[1], &gids[2]) == 0);
    for (size_t i = 0; i < 3; i++) {
        require(uids[i] == nobody->pw_uid && gids[i] == nobody->pw_gid);
    }
    int count = getgroups(64, groups);
    require(count >= 0);
    for (int i = 0; i < count; i++) {
        require(groups[i] != 0);
    }
    require(status_value("CapBnd:", 16) == 0);
    require_nothing_left();
    require(setuid(0) != 0 && setgid(0) != 0 && seteuid(0) != 0);
    require(access("/etc/shadow", R_OK) != 0);
}

static void root_becomes_the_user(void **state)
{
    (void)state;
    if (!is_root(__func__)) {
        skip();
    }
    run_in_child(drop_to_nobody);
}

static void stay_root_without_capabilities(void)
{
    struct failure failure = {0};
    require(privileges_drop("", &failure));
    require(getuid() == 0);
    require(status_value("CapBnd:", 16) == 0);
    require_nothing_left();
}

static void without_a_user_capabilities_go(void **state)
{
    (void)state;
    if (!is_root(__func__)) {
        skip();
    }
    run_in_child(stay_root_without_capabilities);
}

static void name_users_that_are_refused(void)
{
    struct failure failure = {0};
    require(!privileges_drop("no-such-user-of-vigie", &failure));
    require(failure.status == EXIT_STATUS_CONFIG);
    require(strcmp(failure.text, "user: no-such-user-of-vigie: there is no such user") == 0);
    failure = (struct failure){0};
    require(!privileges_drop("root", &failure));
    require(failure.status == EXIT_STATUS_CONFIG);
    require(strcmp(failure.text, "user: root is root: expected a user without privileges") == 0);
}

static void unknown_users_and_root_are_refused(void **state)
{
    (void)state;
    run_in_child(name_users_that_are_refused);
}

static void drop_as_nobody(void)
{
    const struct passwd *nobody = getpwnam("nobody");
    require(nobody != NULL);
    uid_t uid = nobody->pw_uid;
    gid_t gid = nobody->pw_gid;
    require(setgroups(0, NULL) == 0 && setresgid(gid, gid, gid) == 0 && setresuid(uid, uid, uid) == 0);
    struct failure failure = {0};
    require(!privileges_drop("daemon", &failure));
    require(failure.status == EXIT_STATUS_NO_PERMISSION);
    require(strstr(failure.text, "initgroups: Operation not permitted") != NULL);
    /* Under systemd we are that user already. */
    failure = (struct failure){0};
    require(privileges_drop("nobody", &failure));
    require_nothing_left();
    require(privileges_drop("", &failure));
    require_nothing_left();
}

static void others_cannot_change_the_user(void **state)
{
    (void)state;
    if (!is_root(__func__)) {
        skip();
    }
    run_in_child(drop_as_nobody);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cores_are_forbidden),
        cmocka_unit_test(root_becomes_the_user),
        cmocka_unit_test(without_a_user_capabilities_go),
        cmocka_unit_test(unknown_users_and_root_are_refused),
        cmocka_unit_test(others_cannot_change_the_user),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
