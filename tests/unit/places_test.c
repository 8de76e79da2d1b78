/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * What the inventory may do, tried from inside: as confine_test.c, and it writes in its folder and
 * nowhere else. As root only.
 */

#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/process/confine.h"

/** No user of this machine. */
#define USER 64123

#define CHECK(what) do { if (!(what)) { return __LINE__; } } while (0)

static char folder[64], place[96], other[96], open_file[96];

static int fails(long rc)
{
    return rc < 0 && (errno == EPERM || errno == EACCES || errno == ENOSYS || errno == EXDEV);
}

/* The 19th field of /proc/self/stat; the second is the name, without a blank here. */
static int get_nice(void)
{
    FILE *file = fopen("/proc/self/stat", "r");
    int nice = -1, i;

    for (i = 1; file != NULL && i < 19; i++) {
        (void)!fscanf(file, "%*s");
    }
    if (file != NULL) {
        (void)!fscanf(file, "%d", &nice);
        fclose(file);
    }
    return nice;
}

/* What it does with its file, all its life. */
static int try_place(const mssl_plan_t *plan, int dir)
{
    int fd = openat(dir, "new", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);

    if (!plan->writes) {
        CHECK(fails(fd) && fails(mkdirat(dir, "xx", 0700)));
        return 0;
    }
    CHECK(fd >= 0 && write(fd, "x", 1) == 1 && fchmod(fd, 0640) == 0 && fsync(fd) == 0);
    CHECK(!plan->has_seccomp || fails(fchmod(fd, 04755)));
    CHECK(renameat(dir, "new", dir, "file") == 0 && mkdirat(dir, "xx", 0700) == 0);
    CHECK(unlinkat(dir, "xx", AT_REMOVEDIR) == 0);
    if (plan->landlock > 0) {
        CHECK(fails(renameat(dir, "file", AT_FDCWD, other)));
    }
    return unlinkat(dir, "file", 0) == 0 ? 0 : __LINE__;
}

/* @return 0, or the line of the first thing that is not as it should be. In a child */
static int check(uid_t uid)
{
    int dir = open(place, O_RDONLY | O_DIRECTORY), line;
    mssl_kept_t kept = { 0 };
    mssl_reason_t why;
    mssl_plan_t plan;

    CHECK(dir >= 0 && fchown(dir, uid, uid) == 0);
    mssl_kept_add_fd(&kept, dir);
    mssl_confine_plan(&plan, MSSL_ROLE_INVENTORY, uid, uid);
    plan.place[plan.nplaces++] = dir;
    CHECK(mssl_confine(&plan, getppid(), &kept, &why) == APR_SUCCESS);
    CHECK(plan.writes == (plan.landlock > 0
                          || (plan.uid != 0 && plan.reads != MSSL_READS_OVERRIDES)));
    CHECK(get_nice() == 19);
    line = try_place(&plan, dir);
    CHECK(fails(open("/etc/passwd", O_WRONLY)));
    CHECK(!plan.has_seccomp || (fails(socket(AF_UNIX, SOCK_DGRAM, 0)) && fails(fork())));
    if (plan.landlock > 0 || !plan.writes) {
        /* One that everybody may write. */
        CHECK(fails(open(open_file, O_WRONLY)) && fails(open(open_file, O_RDONLY | O_TRUNC)));
        CHECK(fails(unlinkat(AT_FDCWD, open_file, 0)));
        CHECK(fails(openat(AT_FDCWD, other, O_WRONLY | O_CREAT, 0600)));
        CHECK(fails(mkdirat(AT_FDCWD, other, 0700)));
    }
    return line;
}

static void run(uid_t uid)
{
    int status, line;
    pid_t pid = fork();

    if (pid == 0) {
        line = check(uid);
        if (line != 0) {
            fprintf(stderr, "line %d (errno %d)\n", line, errno);
        }
        _exit(line != 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void test_places(void **state)
{
    int fd;

    (void)state;
    if (geteuid() != 0) {
        print_message("places: only root gives rights up, nothing is tried\n");
        return;
    }
    strcpy(folder, "/tmp/mssl-places.XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(place, sizeof(place), "%s/place", folder);
    snprintf(other, sizeof(other), "%s/other", folder);
    snprintf(open_file, sizeof(open_file), "%s/open", folder);
    assert_int_equal(chmod(folder, 01777), 0);
    assert_int_equal(mkdir(place, 0700), 0);
    fd = open(open_file, O_WRONLY | O_CREAT, 0666);
    assert_true(fd >= 0 && fchmod(fd, 0666) == 0);
    close(fd);
    run(USER);
    run(0);
    unlink(open_file);
    rmdir(place);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_places) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
