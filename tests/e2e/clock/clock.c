/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * Loaded before all others (LD_PRELOAD): the calendar is as many days ("7") or seconds ("3s") off as
 * the file CLOCK_DAYS says, at each look. libfaketime keeps its state in shared memory, which the broker gives up.
 */

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long long get_offset(void)
{
    const char *path = getenv("CLOCK_DAYS");
    char text[32] = "", *unit;
    long long n;
    int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;

    if (fd >= 0) {
        if (read(fd, text, sizeof(text) - 1) < 0) {
            text[0] = '\0';
        }
        close(fd);
    }
    n = strtoll(text, &unit, 10);
    return *unit == 's' ? n : n * 86400;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int rc = (int)syscall(SYS_clock_gettime, clock, now);

    if (rc == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        now->tv_sec += get_offset();
    }
    return rc;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec at;

    (void)zone;
    clock_gettime(CLOCK_REALTIME, &at);
    now->tv_sec = at.tv_sec;
    now->tv_usec = at.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *out)
{
    struct timespec at;

    clock_gettime(CLOCK_REALTIME, &at);
    if (out != NULL) {
        *out = at.tv_sec;
    }
    return at.tv_sec;
}

/* The kernel waits by its own calendar. A wait by the monotonic clock is told by its small number. */
int pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until)
{
    int (*wait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *)
        = (int (*)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *))
            dlsym(RTLD_NEXT, "pthread_cond_timedwait");
    struct timespec real = *until;

    if (real.tv_sec > 1000000000) {
        real.tv_sec -= get_offset();
    }
    return wait(cond, mutex, &real);
}
