/* Giving up privileges. What was given up is looked at again: a step that silently did nothing is a failure.
 */
#include "control/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

void privileges_forbid_cores(void)
{
    /* The limit alone would not do: the kernel does not ask for it where core_pattern is a pipe. */
    static const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* 0 good; else an errno, ENOENT where there is no such user. */
static int find_user(const char *name, uid_t *uid, gid_t *gid)
{
    struct passwd record;
    struct passwd *found = NULL;
    size_t room = 16384;
    char *text = malloc(room);
    int error;
    while (text != NULL && (error = getpwnam_r(name, &record, text, room, &found)) == ERANGE &&
           room < (1U << 20)) {
        room *= 2;
        free(text);
        text = malloc(room);
    }
    if (text == NULL) {
        abort();
    }
    if (found != NULL) {
        *uid = record.pw_uid;
        *gid = record.pw_gid;
    }
    free(text);
    /* getpwnam(3): where there is no such user, some systems say 0, others one of these. */
    bool unknown = error == 0 || error == ESRCH || error == EBADF || error == EPERM;
    return found != NULL ? 0 : unknown ? ENOENT : error;
}

static bool is_already(uid_t uid)
{
    uid_t real, effective, saved;
    return getresuid(&real, &effective, &saved) == 0 && real == uid && effective == uid && saved == uid;
}

static bool system_failure(struct failure *failure, const char *step)
{
    return failure_set(failure, errno == EPERM ? EXIT_STATUS_NO_PERMISSION : EXIT_STATUS_RUNTIME,
                       "privileges cannot be dropped: %s: %s", step, strerror(errno));
}

static bool become_user(const char *user, struct failure *failure)
{
    uid_t uid = 0;
    gid_t gid = 0;
    int error = find_user(user, &uid, &gid);
    if (error != 0) {
        return failure_set(failure, EXIT_STATUS_CONFIG, "user: %s: %s", user,
                           error == ENOENT ? "there is no such user" : strerror(error));
    }
    if (uid == 0) {
        return failure_set(failure, EXIT_STATUS_CONFIG,
                           "user: %s is root: expected a user without privileges", user);
    }
    if (is_already(uid)) {
        return true;
    }
    if (initgroups(user, gid) != 0) {
        return system_failure(failure, "initgroups");
    }
    if (setresgid(gid, gid, gid) != 0) {
        return system_failure(failure, "setresgid");
    }
    if (setresuid(uid, uid, uid) != 0) {
        return system_failure(failure, "setresuid");
    }
    gid_t real, effective, saved;
    bool changed = is_already(uid) && getresgid(&real, &effective, &saved) == 0 && real == gid &&
                   effective == gid && saved == gid;
    if (!changed || setuid(0) == 0) {
        return failure_set(failure, EXIT_STATUS_RUNTIME,
                           "privileges cannot be dropped: the change of user had no effect");
    }
    return true;
}

/* What a program started by us could ever get. Only who has CAP_SETPCAP may do this; for others
 * no-new-privileges says the same. */
static void drop_bounding_set(void)
{
    for (unsigned long capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++) {
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) {
            return;
        }
    }
}

static bool drop_capabilities(struct failure *failure)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0, 0, 0}};
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (syscall(SYS_capset, &header, data) != 0) {
        return system_failure(failure, "capset");
    }
    if (syscall(SYS_capget, &header, data) != 0) {
        return system_failure(failure, "capget");
    }
    for (size_t i = 0; i < ARRAY_COUNT(data); i++) {
        if ((data[i].effective | data[i].permitted | data[i].inheritable) != 0) {
            return failure_set(failure, EXIT_STATUS_RUNTIME,
                               "privileges cannot be dropped: capabilities are left");
        }
    }
    return true;
}

bool privileges_drop(const char *user, struct failure *failure)
{
    drop_bounding_set(); /* while we may */
    if (user[0] != '\0' && !become_user(user, failure)) {
        return false;
    }
    if (!drop_capabilities(failure)) {
        return false;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) {
        return system_failure(failure, "no-new-privileges");
    }
    /* The kernel made us dumpable anew when the user changed. */
    privileges_forbid_cores();
    return true;
}
