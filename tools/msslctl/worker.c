/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/process/confine.h"

/** What comes out of the pipe goes here. */
typedef apr_status_t (*sink_fn)(void *baton, const char *data, size_t len);

/* A handler reaches nothing but what is static. The program has one worker at a time. */
static ctl_stop_t *stop_now;

static void handle_interrupt(int signal_number)
{
    stop_now->is_wanted = 1;
    signal(signal_number, SIG_DFL); /* the second one ends */
}

/* Memory that the worker has, too. */
static ctl_stop_t *make_stop(void)
{
    void *memory = mmap(NULL, sizeof(ctl_stop_t), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    stop_now = memory != MAP_FAILED ? memory : NULL;
    if (stop_now != NULL) {
        signal(SIGINT, handle_interrupt);
    }
    return stop_now;
}

static void free_stop(ctl_stop_t *stop)
{
    signal(SIGINT, SIG_DFL);
    munmap(stop, sizeof(*stop));
    stop_now = NULL;
}

static void make_plan(mssl_plan_t *plan, const ctl_server_t *server, mssl_role_t role)
{
    int is_steward = role == MSSL_ROLE_CALLER || role == MSSL_ROLE_FETCHER
                     || role == MSSL_ROLE_STEWARD;
    const struct passwd *user = getpwnam(is_steward ? server->steward : server->user);

    mssl_confine_plan(plan, role, user != NULL ? user->pw_uid : 0, user != NULL ? user->pw_gid : 0);
}

typedef struct job_t {
    ctl_t *ctl;
    ctl_work_fn work;
    void *baton;
    const ctl_stop_t *stop;
} job_t;

static int do_work(const job_t *job, int fd)
{
    FILE *out = fdopen(fd, "w");
    int rc = CTL_FAULT;

    if (out != NULL) {
        rc = job->work(job->ctl, job->baton, job->stop, out);
        if (fclose(out) != 0 && rc == CTL_FINE) {
            rc = CTL_FAULT;
        }
    }
    return rc;
}

/* In the new process. */
static int live(const job_t *job, const mssl_plan_t *plan, pid_t parent, int out)
{
    mssl_reason_t why = { "" };
    mssl_kept_t kept = { 0 };

    mssl_kept_add_fd(&kept, out);
    mssl_kept_add_map(&kept, job->stop, sizeof(*job->stop));
    if (geteuid() == 0 && mssl_confine(plan, parent, &kept, &why) != APR_SUCCESS) {
        dprintf(STDERR_FILENO, "msslctl: a process that reads the files cannot give its rights up "
                "(%s), and does not read them\n", why.text);
        return CTL_FAULT;
    }
    signal(SIGINT, SIG_IGN);
    return do_work(job, out);
}

static void relay(int in, sink_fn sink, void *baton)
{
    char part[16384];
    apr_status_t rv = APR_SUCCESS;
    ssize_t n;

    do {
        n = read(in, part, sizeof(part));
        if (n > 0 && rv == APR_SUCCESS) {
            rv = sink(baton, part, (size_t)n);
        }
    } while (n > 0 || (n < 0 && errno == EINTR));
    close(in);
}

static int wait_for(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return CTL_FAULT;
        }
    }
    if (!WIFEXITED(status)) {
        fprintf(stderr, "msslctl: the process that reads the files died (signal %d)\n",
                WTERMSIG(status));
        return CTL_FAULT;
    }
    return WEXITSTATUS(status);
}

static int run(const job_t *job, const mssl_plan_t *plan, sink_fn sink, void *baton)
{
    pid_t parent = getpid(), pid;
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0) {
        return CTL_FAULT;
    }
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        close(ends[0]);
        _exit(live(job, plan, parent, ends[1]));
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return CTL_FAULT;
    }
    relay(ends[0], sink, baton);
    return wait_for(pid);
}

static int run_worker(ctl_t *ctl, const ctl_server_t *server, mssl_role_t role, ctl_work_fn work,
                      void *baton, sink_fn sink, void *sink_baton)
{
    job_t job = { ctl, work, baton, make_stop() };
    mssl_plan_t plan;
    int rc;

    if (job.stop == NULL) {
        return CTL_FAULT;
    }
    OPENSSL_init_ssl(0, NULL); /* its configuration is the system's, read before rights are gone */
    make_plan(&plan, server, role);
    rc = run(&job, &plan, sink, sink_baton);
    if (job.stop->is_wanted) {
        rc = CTL_INTERRUPTED;
    }
    free_stop((ctl_stop_t *)job.stop);
    return rc;
}

/** Of what is passed on to a terminal. */
typedef struct filter_t {
    FILE *out;
    int colors;
    int escape; /* 0: none; 1: behind ESC; 2: behind ESC [ */
} filter_t;

static void pass(filter_t *filter, char c)
{
    if (filter->escape == 0 && c == '\x1b' && filter->colors) {
        filter->escape = 1;
    }
    else if (filter->escape == 1 && c == '[') {
        filter->escape = 2;
        fputs("\x1b[", filter->out);
    }
    else if (filter->escape == 2 && (strchr("0123456789;m", c) != NULL && c != '\0')) {
        filter->escape = c == 'm' ? 0 : 2;
        fputc(c, filter->out);
    }
    else {
        if (filter->escape == 2) {
            fputc('m', filter->out); /* nothing stays open */
        }
        filter->escape = 0;
        fputc((c >= 0x20 && c < 0x7f) || c == '\n' || c == '\t' ? c : '?', filter->out);
    }
}

static apr_status_t pass_all(void *baton, const char *data, size_t len)
{
    filter_t *filter = baton;
    size_t i;

    for (i = 0; i < len; i++) {
        pass(filter, data[i]);
    }
    return ferror(filter->out) ? APR_EGENERAL : APR_SUCCESS;
}

int ctl_worker_print(ctl_t *ctl, const ctl_server_t *server, mssl_role_t role, ctl_work_fn work,
                     void *baton)
{
    filter_t filter = { stdout, ctl->has_color, 0 };

    return run_worker(ctl, server, role, work, baton, pass_all, &filter);
}

int ctl_worker_take(ctl_t *ctl, const ctl_server_t *server, mssl_role_t role, ctl_work_fn work,
                    void *baton, mssl_buffer_t *bytes)
{
    return run_worker(ctl, server, role, work, baton, mssl_buffer_add, bytes);
}
