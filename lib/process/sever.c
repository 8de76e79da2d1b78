/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/process/sever.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

/** The same number on every architecture; headers may be older than it. */
#define CLOSE_RANGE 436
/** Standard error, what is kept, and a connection to the system's log. */
#define STAY_MAX (MSSL_KEPT_MAX + 2)
/** Where no /proc tells which are open. */
#define GUESS_MAX 65536

static int compare(const void *a, const void *b)
{
    return *(const int *)a < *(const int *)b ? -1 : *(const int *)a > *(const int *)b;
}

/* Whether this is how libc reaches the system's log: a datagram socket to /dev/log. */
static int is_syslog(int fd)
{
    static const char name[] = "dev-log";
    struct sockaddr_un peer;
    socklen_t len = sizeof(peer), type_len = sizeof(int);
    size_t path_len;
    int type;

    memset(&peer, 0, sizeof(peer));
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) != 0 || type != SOCK_DGRAM
        || getpeername(fd, (struct sockaddr *)&peer, &len) != 0 || peer.sun_family != AF_UNIX) {
        return 0;
    }
    path_len = strnlen(peer.sun_path, sizeof(peer.sun_path));
    return (path_len == 8 && memcmp(peer.sun_path, "/dev/log", 8) == 0)
           || (path_len > sizeof(name)
               && memcmp(peer.sun_path + path_len - (sizeof(name) - 1), name, sizeof(name) - 1)
                      == 0);
}

/** The highest descriptor that is worth a look. */
static int get_last(void)
{
    long most = sysconf(_SC_OPEN_MAX);

    return most <= 0 || most > GUESS_MAX ? GUESS_MAX : (int)most - 1;
}

/** @return the highest number of an open descriptor, -1: /proc does not say */
static int find_last(void)
{
    DIR *dir = opendir("/proc/self/fd");
    const struct dirent *entry;
    int last = -1;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        last = atoi(entry->d_name) > last ? atoi(entry->d_name) : last;
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return last;
}

static void close_between(int from, int to, int last)
{
    if (from > to || syscall(CLOSE_RANGE, (unsigned)from, (unsigned)to, 0u) == 0) {
        return;
    }
    for (; from <= to && from <= last; from++) {
        close(from);
    }
}

/* Nothing that is printed or read may go to a descriptor that comes to have that number. */
static apr_status_t empty_standard(void)
{
    int fd = open("/dev/null", O_RDWR);

    if (fd < 0) {
        return errno;
    }
    if ((fd != STDIN_FILENO && dup2(fd, STDIN_FILENO) < 0)
        || (fd != STDOUT_FILENO && dup2(fd, STDOUT_FILENO) < 0)) {
        return errno; /* the caller ends */
    }
    if (fd > STDERR_FILENO) {
        close(fd);
    }
    return APR_SUCCESS;
}

apr_status_t mssl_sever_descriptors(const mssl_kept_t *kept)
{
    int stay[STAY_MAX], n = 0, i, fd, last = find_last();
    apr_status_t rv = empty_standard();

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (last < 0) {
        last = get_last();
    }
    stay[n++] = STDERR_FILENO;
    for (i = 0; i < kept->nfds; i++) {
        stay[n++] = kept->fds[i];
    }
    for (fd = STDERR_FILENO + 1; fd <= last; fd++) {
        if (is_syslog(fd)) {
            stay[n++] = fd;
            break;
        }
    }
    qsort(stay, (size_t)n, sizeof(stay[0]), compare);
    for (i = 0, fd = STDERR_FILENO; i < n; i++) {
        if (stay[i] >= fd) {
            close_between(fd, stay[i] - 1, last);
            fd = stay[i] + 1;
        }
    }
    close_between(fd, INT32_MAX, last);
    return APR_SUCCESS;
}

/** A shared mapping, as /proc/self/maps has it. */
typedef struct range_t {
    uintptr_t from, to;
} range_t;

/* A file that everybody may read, mapped for that alone: it tells us nothing and takes nothing. */
static int is_public(const char *modes, const char *path, uint64_t inode)
{
    struct stat st;

    return strcmp(modes, "r--s") == 0 && *path == '/' && stat(path, &st) == 0
           && S_ISREG(st.st_mode) && st.st_ino == inode && (st.st_mode & S_IROTH) != 0;
}

/* One line. @return 1 for a mapping that goes */
static int parse(char *line, const mssl_kept_t *kept, range_t *range)
{
    uint64_t inode;
    char modes[5];
    int path = 0;

    if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %*s %*s %" SCNu64 " %n", &range->from,
               &range->to, modes, &inode, &path) != 4 || modes[3] != 's') {
        return 0;
    }
    line[strcspn(line, "\n")] = '\0';
    return !is_public(modes, line + path, inode)
           && !mssl_kept_has_map(kept, (const void *)range->from, (const void *)range->to);
}

apr_status_t mssl_sever_mappings(const mssl_kept_t *kept)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    range_t *ranges = NULL, *more;
    apr_status_t rv = APR_SUCCESS;
    size_t n = 0, i;
    char *line = NULL;
    size_t size = 0;

    if (maps == NULL) {
        return errno;
    }
    while (rv == APR_SUCCESS && getline(&line, &size, maps) > 0) {
        range_t range;

        if (!parse(line, kept, &range)) {
            continue;
        }
        more = realloc(ranges, (n + 1) * sizeof(*ranges));
        if (more == NULL) {
            rv = APR_ENOMEM;
            break;
        }
        ranges = more;
        ranges[n++] = range;
    }
    fclose(maps);
    free(line);
    for (i = 0; rv == APR_SUCCESS && i < n; i++) {
        /* Nothing else comes to lie there: who still has a pointer to it dies of it. */
        if (mmap((void *)ranges[i].from, ranges[i].to - ranges[i].from, PROT_NONE,
                 MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) == MAP_FAILED) {
            rv = errno;
        }
    }
    free(ranges);
    return rv;
}
