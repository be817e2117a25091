/*
 * Runs a command with its output into a file and prints what it took: CPU time of all its threads, wall
 * clock, peak memory. It is a program of its own because a child begins with the peak of who started it,
 * and this one is small.
 *
 * usage: bench_run OUTPUT COMMAND [ARGUMENT...]
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/resource.h>
#include <sys/wait.h>

enum { US_PER_SECOND = 1000000, NS_PER_US = 1000, STATUS_USAGE = 64, STATUS_NO_COMMAND = 127 };

static long long wall_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * US_PER_SECOND + now.tv_nsec / NS_PER_US;
}

static long long time_us(struct timeval time)
{
    return (long long)time.tv_sec * US_PER_SECOND + time.tv_usec;
}

static void become(char **arguments)
{
    int out = open(arguments[1], O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (out < 0 || dup2(out, STDOUT_FILENO) < 0) {
        perror(arguments[1]);
        _exit(STATUS_NO_COMMAND);
    }
    (void)execvp(arguments[2], &arguments[2]);
    perror(arguments[2]);
    _exit(STATUS_NO_COMMAND);
}

int main(int count, char **arguments)
{
    if (count < 3) {
        (void)fprintf(stderr, "usage: bench_run OUTPUT COMMAND [ARGUMENT...]\n");
        return STATUS_USAGE;
    }
    long long begun_us = wall_us();
    pid_t child = fork();
    if (child < 0) {
        perror("fork");
        return EXIT_FAILURE;
    }
    if (child == 0) {
        become(arguments);
    }
    int status = 0;
    struct rusage usage;
    while (wait4(child, &status, 0, &usage) < 0) {
        if (errno != EINTR) {
            perror("wait4");
            return EXIT_FAILURE;
        }
    }
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    (void)printf("cpu_us=%lld wall_us=%lld peak_kib=%ld status=%d\n",
                 time_us(usage.ru_utime) + time_us(usage.ru_stime), wall_us() - begun_us, usage.ru_maxrss,
                 code);
    return EXIT_SUCCESS;
}
