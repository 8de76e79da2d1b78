/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * What the broker may do, tried from inside: a process that is confined as the broker is, by its row
 * of the table, tries whatever somebody would who has taken it over. As root only; what this kernel
 * does not have is said.
 */

#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/process/confine.h"
#include "lib/process/sever.h"

/** Who it becomes: no user of this machine. */
#define USER 64123
#define OTHER 64124

/** What the tests find their files by. */
typedef struct rig_t {
    char dir[64], secret[96], open[96];
    pid_t victim; /* root's */
    int listener;
} rig_t;

/* "Name:\t<hex>" of /proc/self/status; ~0 when it is not there. */
static unsigned long long status_of(const char *name)
{
    char line[256];
    unsigned long long value = ~0ull;
    FILE *file = fopen("/proc/self/status", "r");

    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':') {
            value = strtoull(line + strlen(name) + 1, NULL, 16);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return value;
}

static int write_file(const char *path, mode_t mode, uid_t owner)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, mode);
    int ok = fd >= 0 && write(fd, "secret", 6) == 6 && fchmod(fd, mode) == 0
             && fchown(fd, owner, owner) == 0;

    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

static int set_up(void **state)
{
    rig_t *rig = calloc(1, sizeof(*rig));
    struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };

    *state = rig;
    if (geteuid() != 0) {
        print_message("confine: only root gives rights up, nothing is tried\n");
        return 0;
    }
    strcpy(rig->dir, "/tmp/mssl-confine.XXXXXX");
    if (mkdtemp(rig->dir) == NULL) {
        return -1;
    }
    snprintf(rig->secret, sizeof(rig->secret), "%s/secret", rig->dir);
    snprintf(rig->open, sizeof(rig->open), "%s/open", rig->dir);
    rig->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    rig->victim = fork();
    if (rig->victim == 0) {
        pause();
        _exit(0);
    }
    return rig->victim > 0 && write_file(rig->secret, 0600, OTHER) && write_file(rig->open, 0666, 0)
                   && bind(rig->listener, (struct sockaddr *)&here, sizeof(here)) == 0
                   && listen(rig->listener, 1) == 0
               ? 0 : -1;
}

static int tear_down(void **state)
{
    rig_t *rig = *state;

    if (geteuid() == 0) {
        kill(rig->victim, SIGKILL);
        waitpid(rig->victim, NULL, 0);
        close(rig->listener);
        unlink(rig->secret);
        unlink(rig->open);
        rmdir(rig->dir);
    }
    free(rig);
    return 0;
}

static int confine(mssl_role_t role, uid_t uid, const mssl_kept_t *kept, mssl_plan_t *plan)
{
    mssl_reason_t why = { "" };

    mssl_confine_plan(plan, role, uid, uid);
    if (mssl_confine(plan, getppid(), kept, &why) != APR_SUCCESS) {
        fprintf(stderr, "confine: %s\n", why.text);
        return 0;
    }
    return 1;
}

/** 0, or the line of the first thing that is not as it should be. Runs in a child. */
typedef int (*check_fn)(rig_t *rig, uid_t uid);

static void run(rig_t *rig, check_fn fn, uid_t uid)
{
    int status, line;
    pid_t pid;

    if (geteuid() != 0) {
        return;
    }
    pid = fork();
    if (pid == 0) {
        line = fn(rig, uid);
        if (line != 0) {
            fprintf(stderr, "line %d (errno %d)\n", line, errno);
        }
        _exit(line != 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

#define CHECK(what) do { if (!(what)) { return __LINE__; } } while (0)

/* As the kernel tells it. */
static int check_state(rig_t *rig, uid_t uid)
{
    unsigned long long reading = 1ull << CAP_DAC_READ_SEARCH;
    int had = (status_of("CapPrm") & reading) != 0;
    mssl_kept_t kept = { 0 };
    struct rlimit hard, now;
    mssl_plan_t plan;
    char name[16], where[64];

    (void)rig;
    getrlimit(RLIMIT_CORE, &hard);
    CHECK(confine(MSSL_ROLE_BROKER, uid, &kept, &plan));
    CHECK((plan.reads == MSSL_READS_ALL) == had);
    CHECK(status_of("CapEff") == (had ? reading : 0) || plan.reads == MSSL_READS_OVERRIDES);
    CHECK(status_of("CapPrm") == status_of("CapEff") && status_of("CapInh") == 0);
    CHECK(status_of("NoNewPrivs") == 1 && prctl(PR_GET_DUMPABLE) != 1 && status_of("CapBnd") == 0);
    CHECK(getuid() == plan.uid && geteuid() == plan.uid && getgid() == plan.gid);
    CHECK(getcwd(where, sizeof(where)) != NULL && strcmp(where, "/") == 0);
    CHECK(prctl(PR_GET_NAME, name) == 0 && strcmp(name, "mssl-broker") == 0);
    CHECK(status_of("Seccomp") == (plan.has_seccomp ? 2 : 0));
    CHECK(getrlimit(RLIMIT_CORE, &now) == 0 && now.rlim_cur == 0 && now.rlim_max == hard.rlim_max);
    return 0;
}

static void test_state(void **state)
{
    run(*state, check_state, USER);
    run(*state, check_state, 0);
}

static int fails(long rc)
{
    return rc < 0 && (errno == EPERM || errno == EACCES || errno == ENOSYS);
}

static int check_files(rig_t *rig, uid_t uid)
{
    struct { unsigned len; int type; char bytes[128]; } handle = { 0 };
    mssl_kept_t kept = { 0 };
    mssl_plan_t plan;
    char buf[8], other[96];
    int fd;

    snprintf(other, sizeof(other), "%s/new", rig->dir);
    CHECK(confine(MSSL_ROLE_BROKER, uid, &kept, &plan));
    if (plan.reads == MSSL_READS_OWN) {
        fprintf(stderr, "confine: no capability to read here\n");
    }
    else {
        fd = open(rig->secret, O_RDONLY); /* 0600, of another user */
        CHECK(fd >= 0 && read(fd, buf, sizeof(buf)) == 6);
        CHECK(fails(ftruncate(fd, 0)) && fails(fchmod(fd, 0666)) && fails(fchown(fd, uid, uid)));
        close(fd);
    }
    if (!plan.has_seccomp && plan.landlock == 0) {
        fprintf(stderr, "confine: neither seccomp nor Landlock here\n");
        return 0;
    }
    CHECK(fails(open("/etc/passwd", O_WRONLY)) && fails(open("/etc/passwd", O_RDWR | O_APPEND)));
    CHECK(fails(open(rig->open, O_WRONLY)) && fails(open(rig->open, O_RDONLY | O_TRUNC)));
    CHECK(fails(open(other, O_RDONLY | O_CREAT, 0600)) && fails(open("/tmp", O_TMPFILE | O_RDWR, 0600)));
    CHECK(fails(syscall(SYS_openat2, AT_FDCWD, rig->open, &(long[3]){ O_WRONLY, 0, 0 }, sizeof(long[3]))));
    CHECK(fails(unlink(rig->open)) && fails(unlink(rig->secret)) && fails(rmdir(rig->dir)));
    CHECK(fails(mkdir(other, 0700)) && fails(mkfifo(other, 0600)) && fails(symlink("x", other)));
    CHECK(fails(link(rig->open, other)) && fails(rename(rig->open, other)));
    CHECK(fails(truncate(rig->open, 0)));
    CHECK(fails(chmod(rig->open, 04755)) && fails(chmod(rig->secret, 0666)) && fails(chown(rig->open, uid, uid)));
    CHECK(fails(syscall(SYS_open_by_handle_at, AT_FDCWD, &handle, O_RDONLY)) || errno == EBADF);
    return 0;
}

static void test_files(void **state)
{
    run(*state, check_files, USER);
    run(*state, check_files, 0);
}

static int check_processes(rig_t *rig, uid_t uid)
{
    char *args[] = { (char *)"/bin/true", NULL };
    mssl_kept_t kept = { 0 };
    mssl_plan_t plan;
    pid_t pid, parent = getppid();

    CHECK(confine(MSSL_ROLE_BROKER, uid, &kept, &plan));
    CHECK(fails(setuid(1)) || plan.uid == 1);
    CHECK(fails(chroot("/")));
    if (plan.uid == 0 && !plan.has_seccomp && plan.landlock < 6) {
        fprintf(stderr, "confine: root's processes can be killed here\n");
        return 0;
    }
    CHECK(fails(kill(rig->victim, SIGKILL)) && fails(kill(parent, 0)) && fails(kill(-1, 0)));
    CHECK(fails(ptrace(PTRACE_ATTACH, rig->victim, NULL, NULL)));
    CHECK(fails(syscall(SYS_pidfd_open, rig->victim, 0)) || plan.uid != 0);
    if (plan.has_seccomp || plan.landlock > 0) {
        CHECK(fails(execve(args[0], args, NULL)));
    }
    if (plan.has_seccomp) {
        CHECK(fails(syscall(SYS_tgkill, rig->victim, rig->victim, SIGKILL)));
        CHECK(fails(fcntl(0, F_SETOWN, (int)rig->victim)));
        pid = fork();
        if (pid == 0) {
            _exit(0);
        }
        CHECK(fails(pid) && fails(syscall(SYS_unshare, 0x10000000)));
        CHECK(fails(syscall(SYS_io_uring_setup, 1, NULL)) && fails(syscall(SYS_bpf, 0, NULL, 0)));
    }
    return 0;
}

static void test_processes(void **state)
{
    run(*state, check_processes, USER);
    run(*state, check_processes, 0);
}

static int check_network(rig_t *rig, uid_t uid)
{
    struct sockaddr_in to;
    socklen_t len = sizeof(to);
    mssl_kept_t kept = { 0 };
    mssl_plan_t plan;
    int fd, ends[2];

    CHECK(getsockname(rig->listener, (struct sockaddr *)&to, &len) == 0);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    mssl_kept_add_fd(&kept, fd);
    mssl_kept_add_fd(&kept, ends[0]);
    mssl_kept_add_fd(&kept, ends[1]);
    CHECK(confine(MSSL_ROLE_BROKER, uid, &kept, &plan));
    CHECK(send(ends[0], "x", 1, MSG_NOSIGNAL) == 1); /* what it was given works */
    if (plan.has_seccomp || plan.landlock >= 4) {
        CHECK(fails(connect(fd, (struct sockaddr *)&to, sizeof(to))));
        to.sin_port = 0;
        CHECK(fails(bind(fd, (struct sockaddr *)&to, sizeof(to))));
    }
    if (plan.has_seccomp) {
        CHECK(fails(listen(fd, 1)) && fails(accept(fd, NULL, NULL)));
        CHECK(fails(socket(AF_INET, SOCK_STREAM, 0)) && fails(socket(AF_UNIX, SOCK_DGRAM, 0)));
        CHECK(fails(socketpair(AF_UNIX, SOCK_STREAM, 0, ends)));
        to.sin_port = htons(9);
        CHECK(fails(sendto(fd, "x", 1, MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof(to))));
    }
    return 0;
}

static void test_network(void **state)
{
    run(*state, check_network, USER);
    run(*state, check_network, 0);
}

/* Descriptors and memory that were not handed over are gone; what was is there. */
static int check_severed(rig_t *rig, uid_t uid)
{
    int mine = open("/dev/null", O_RDONLY), others = open(rig->secret, O_RDONLY), high;
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    char *kept_map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    char *other_map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int ends[2];
    mssl_kept_t kept = { 0 };
    mssl_plan_t plan;

    high = fcntl(others, F_DUPFD_CLOEXEC, 900);
    CHECK(mine > 2 && others > mine && high >= 900 && kept_map != MAP_FAILED && other_map != MAP_FAILED);
    mssl_kept_add_fd(&kept, mine);
    mssl_kept_add_map(&kept, kept_map, size);
    mssl_confine_plan(&plan, MSSL_ROLE_BROKER, uid, uid);
    CHECK(mssl_sever_descriptors(&kept) == APR_SUCCESS && mssl_sever_mappings(&kept) == APR_SUCCESS);
    CHECK(fcntl(mine, F_GETFD) >= 0 && fcntl(STDERR_FILENO, F_GETFD) >= 0);
    CHECK(fcntl(others, F_GETFD) < 0 && errno == EBADF);
    CHECK(fcntl(high, F_GETFD) < 0 && errno == EBADF);
    CHECK(fcntl(rig->listener, F_GETFD) < 0 && errno == EBADF);
    CHECK(pipe(ends) == 0 && write(ends[1], kept_map, 1) == 1);
    CHECK(write(ends[1], other_map, 1) < 0 && errno == EFAULT);
    *kept_map = 1;
    CHECK(confine(MSSL_ROLE_BROKER, uid, &kept, &plan) && *kept_map == 1);
    return 0;
}

static void test_severed(void **state)
{
    run(*state, check_severed, USER);
}

/* libc keeps its way to the system's log to itself; it is told by where it leads. */
static int check_syslog(rig_t *rig, uid_t uid)
{
    struct sockaddr_un log = { .sun_family = AF_UNIX }, other = { .sun_family = AF_UNIX };
    int logger = socket(AF_UNIX, SOCK_DGRAM, 0), stranger = socket(AF_UNIX, SOCK_DGRAM, 0);
    int to_log = socket(AF_UNIX, SOCK_DGRAM, 0), to_other = socket(AF_UNIX, SOCK_DGRAM, 0), rc;
    mssl_kept_t kept = { 0 };
    mssl_plan_t plan;

    snprintf(log.sun_path, sizeof(log.sun_path), "%s/dev-log", rig->dir);
    snprintf(other.sun_path, sizeof(other.sun_path), "%s/other", rig->dir);
    rc = bind(logger, (struct sockaddr *)&log, sizeof(log))
         | bind(stranger, (struct sockaddr *)&other, sizeof(other))
         | connect(to_log, (struct sockaddr *)&log, sizeof(log))
         | connect(to_other, (struct sockaddr *)&other, sizeof(other));
    unlink(log.sun_path);
    unlink(other.sun_path);
    mssl_kept_add_fd(&kept, logger); /* else nobody would hear */
    CHECK(rc == 0 && confine(MSSL_ROLE_BROKER, uid, &kept, &plan));
    CHECK(send(to_log, "line", 4, 0) == 4);
    CHECK(send(to_other, "line", 4, 0) < 0 && errno == EBADF);
    return 0;
}

static void test_syslog(void **state)
{
    run(*state, check_syslog, USER);
}

static void *work(void *data)
{
    *(int *)data = 1;
    return NULL;
}

/* What the work needs is left: threads, memory, time. */
static int check_work(rig_t *rig, uid_t uid)
{
    mssl_kept_t kept = { 0 };
    mssl_plan_t plan;
    pthread_t thread;
    struct stat st;
    int done = 0;
    void *memory;

    CHECK(confine(MSSL_ROLE_BROKER, uid, &kept, &plan));
    CHECK(pthread_create(&thread, NULL, work, &done) == 0 && pthread_join(thread, NULL) == 0 && done);
    memory = malloc(64 << 20);
    CHECK(memory != NULL && usleep(1000) == 0);
    free(memory);
    CHECK(stat(rig->open, &st) == 0 && lstat("/nowhere", &st) < 0 && errno == ENOENT);
    return 0;
}

static void test_work(void **state)
{
    run(*state, check_work, USER);
}

/* msslctl's (check --jobs): threads, and neither processes nor sockets. */
static int check_reader(rig_t *rig, uid_t uid)
{
    mssl_kept_t kept = { 0 };
    mssl_plan_t plan;
    pthread_t thread;
    int done = 0;

    (void)rig;
    CHECK(confine(MSSL_ROLE_READER, uid, &kept, &plan));
    CHECK(pthread_create(&thread, NULL, work, &done) == 0 && pthread_join(thread, NULL) == 0 && done);
    if (plan.has_seccomp) {
        CHECK(fails(fork()));
        CHECK(fails(socket(AF_UNIX, SOCK_STREAM, 0)));
    }
    return 0;
}

static void test_reader(void **state)
{
    run(*state, check_reader, USER);
}

/* The short-lived one has no sockets and no threads. */
static int check_judge(rig_t *rig, uid_t uid)
{
    mssl_kept_t kept = { 0 };
    mssl_plan_t plan;
    pthread_t thread;
    int done = 0, ends[2], fd;

    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    mssl_kept_add_fd(&kept, ends[0]);
    CHECK(confine(MSSL_ROLE_JUDGE, uid, &kept, &plan));
    if (plan.has_seccomp) {
        CHECK(pthread_create(&thread, NULL, work, &done) != 0 && !done);
        CHECK(fails(send(ends[0], "x", 1, MSG_NOSIGNAL)));
    }
    if (plan.reads != MSSL_READS_OWN) {
        fd = open(rig->secret, O_RDONLY);
        CHECK(fd >= 0);
    }
    return 0;
}

static void test_judge(void **state)
{
    run(*state, check_judge, USER);
}

static int check_orphan(rig_t *rig, uid_t uid)
{
    mssl_kept_t kept = { 0 };
    mssl_reason_t why;
    mssl_plan_t plan;

    (void)rig;
    mssl_confine_plan(&plan, MSSL_ROLE_BROKER, uid, uid);
    CHECK(mssl_confine(&plan, 1 << 30, &kept, &why) == APR_EOF);
    return 0;
}

/* The parent died before we could ask to die with it. */
static void test_orphan(void **state)
{
    run(*state, check_orphan, USER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_state),     cmocka_unit_test(test_files),
        cmocka_unit_test(test_processes), cmocka_unit_test(test_network),
        cmocka_unit_test(test_severed),   cmocka_unit_test(test_work),
        cmocka_unit_test(test_reader),
        cmocka_unit_test(test_judge),     cmocka_unit_test(test_orphan),
        cmocka_unit_test(test_syslog),
    };

    return cmocka_run_group_tests_name("confine", tests, set_up, tear_down);
}
