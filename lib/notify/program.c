/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/notify/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/monotonic.h"
#include "lib/base/reason.h"
#include "lib/files/read.h"
#include "lib/files/write.h"

#define SIGNALS 65
/** What a shell says of a program that cannot be executed. */
#define EXIT_NOT_RUN 126

/* Its folder. */
static apr_status_t check_folder(const char *path, mssl_reason_t *why)
{
    size_t len = (size_t)(strrchr(path, '/') - path);
    char folder[4096];
    struct stat st;

    if (len >= sizeof(folder)) {
        return mssl_reason_set(why, APR_EINVAL, "%.200s...: is too long", path);
    }
    memcpy(folder, path, len);
    memcpy(folder + len, len == 0 ? "/" : "", len == 0 ? 2 : 1);
    if (stat(folder, &st) != 0) {
        return mssl_reason_set(why, errno, "%s: %s", folder, strerror(errno));
    }
    if (mssl_file_is_open_to_others(folder, &st)) {
        return mssl_reason_set(why, APR_EACCES, "%s: everybody can put files there, move the "
                               "program elsewhere", folder);
    }
    return APR_SUCCESS;
}

apr_status_t mssl_program_check(const char *path, mssl_reason_t *why)
{
    struct stat st;

    if (*path != '/') {
        return mssl_reason_set(why, APR_EINVAL, "%s: is no absolute path", path);
    }
    if (stat(path, &st) != 0) {
        return mssl_reason_set(why, errno, "%s: %s", path,
                               errno == ENOENT ? "does not exist" : strerror(errno));
    }
    if (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0) {
        return mssl_reason_set(why, APR_EACCES, "%s: is not executable, run: chmod 755 %s", path,
                               path);
    }
    if (st.st_uid != 0 && st.st_uid != geteuid()) {
        return mssl_reason_set(why, APR_EACCES, "%s: belongs to uid %lu, run: chown root %s", path,
                               (unsigned long)st.st_uid, path);
    }
    if ((st.st_mode & 022) != 0) {
        return mssl_reason_set(why, APR_EACCES, "%s: is writable by others than its owner, run: "
                               "chmod go-w %s", path, path);
    }
    return check_folder(path, why);
}

static void give_up(const mssl_program_t *program, const char *text)
{
    fprintf(stderr, "%s: %s\n", program->path, text);
    _exit(EXIT_NOT_RUN);
}

/*
 * In the new process.
 * @param errors -1: they go where ours do
 */
static void become(const mssl_program_t *program, int input, int errors)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC), number;
    mssl_reason_t why = { "" };
    sigset_t none;

    setsid();
    umask(022);
    if (null < 0 || dup2(input, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0
        || (errors >= 0 && dup2(errors, STDERR_FILENO) < 0)) {
        _exit(EXIT_NOT_RUN);
    }
    if (program->enter != NULL && program->enter(program->enter_baton, &why) != APR_SUCCESS) {
        give_up(program, why.text);
    }
    for (number = 1; number < SIGNALS; number++) {
        signal(number, SIG_DFL);
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(program->path, (char *const *)program->argv, (char *const *)program->env);
    give_up(program, strerror(errno));
}

/* @param len no more than it holds */
static void append(mssl_tail_t *tail, const char *data, size_t len)
{
    size_t over = tail->len + len > sizeof(tail->text) ? tail->len + len - sizeof(tail->text) : 0;

    memmove(tail->text, tail->text + over, tail->len - over);
    memcpy(tail->text + tail->len - over, data, len);
    tail->len += len - over;
}

/* What lies in the pipe now. @return 0: nobody can write into it any more */
static int drain(int pipe, mssl_tail_t *tail)
{
    char data[sizeof(tail->text)];
    ssize_t n;
    int i;

    /* Not for ever: one that writes all the time is to end at its time, too. */
    for (i = 0; i < 64 && (n = read(pipe, data, sizeof(data))) != 0; i++) {
        if (n < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        append(tail, data, (size_t)n);
    }
    return i == 64;
}

/* Until it ends, or writes on its standard error, or the time is over. */
static void pause_for(const mssl_program_t *program, int *errors, apr_interval_time_t time)
{
    struct timespec span = { (time_t)(time / APR_USEC_PER_SEC),
                             (long)(time % APR_USEC_PER_SEC) * 1000 };
    struct pollfd pipe = { .fd = *errors, .events = POLLIN };
    sigset_t child;

    if (*errors < 0) {
        sigemptyset(&child);
        sigaddset(&child, SIGCHLD);
        sigtimedwait(&child, NULL, &span);
    }
    else if (poll(&pipe, 1, (int)(time / 1000) + 1) > 0 && !drain(*errors, program->errors)) {
        close(*errors); /* now the end of it is waited for */
        *errors = -1;
    }
}

/* @return 1: it has ended, and is not reaped yet, so that its number is nobody else's */
static int wait_for(const mssl_program_t *program, pid_t pid, int *errors,
                    apr_interval_time_t patience)
{
    apr_int64_t end = mssl_monotonic_now() + patience;

    for (;;) {
        siginfo_t info = { 0 };
        int rc = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT);
        apr_int64_t left = end - mssl_monotonic_now();

        if ((rc == 0 && info.si_pid == pid) || (rc < 0 && errno != EINTR)) {
            return 1;
        }
        if (left <= 0) {
            return 0;
        }
        if (program->tick != NULL) {
            program->tick(program->baton);
        }
        pause_for(program, errors, left < APR_USEC_PER_SEC ? left : APR_USEC_PER_SEC);
    }
}

static apr_status_t judge(const mssl_program_t *program, int status, mssl_reason_t *why)
{
    if (WIFEXITED(status) && program->code != NULL) {
        *program->code = WEXITSTATUS(status);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return APR_SUCCESS;
    }
    if (WIFEXITED(status)) {
        return mssl_reason_set(why, APR_EGENERAL, "%s: exit code %d%s", program->path,
                               WEXITSTATUS(status),
                               WEXITSTATUS(status) == EXIT_NOT_RUN ? ", it may not be executed" : "");
    }
    return mssl_reason_set(why, APR_EGENERAL, "%s: ended by signal %d", program->path,
                           WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

/* @param ends of a pipe; -1: nobody asks for what it writes */
static int make_pipe(const mssl_program_t *program, int ends[2])
{
    ends[0] = ends[1] = -1;
    if (program->errors == NULL) {
        return 1;
    }
    program->errors->len = 0;
    return pipe2(ends, O_CLOEXEC) == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
}

static void close_end(int end)
{
    if (end >= 0) {
        close(end);
    }
}

/* To its end. @return whether its time was up */
static int see_through(const mssl_program_t *program, pid_t pid, int *errors, int *status)
{
    int is_late = !wait_for(program, pid, errors, program->patience);

    if (is_late) {
        kill(-pid, SIGTERM);
        wait_for(program, pid, errors, program->mercy);
    }
    if (is_late || program->ends_all) {
        kill(-pid, SIGKILL); /* what it began is not to hang there either */
    }
    while (waitpid(pid, status, 0) < 0 && errno == EINTR) {
        continue;
    }
    if (*errors >= 0) {
        drain(*errors, program->errors);
        close(*errors);
    }
    return is_late;
}

apr_status_t mssl_program_run(const mssl_program_t *program, mssl_reason_t *why)
{
    /* All of the input is there: a program need not read it for us to go on. */
    int input = mssl_file_make_memory("mssl-message", program->input, program->len);
    int status = 0, errors[2];
    pid_t pid;

    if (program->code != NULL) {
        *program->code = -1;
    }
    if (input < 0) {
        return mssl_reason_set(why, errno, "%s: no memory for its input", program->path);
    }
    pid = make_pipe(program, errors) ? fork() : -1;
    if (pid == 0) {
        become(program, input, errors[1]);
    }
    close(input);
    close_end(errors[1]);
    if (pid < 0) {
        close_end(errors[0]);
        return mssl_reason_set(why, errno, "%s: cannot fork", program->path);
    }
    if (see_through(program, pid, &errors[0], &status)) {
        return mssl_reason_set(why, APR_TIMEUP, "%s: did not end within %d seconds, and was ended",
                               program->path, (int)apr_time_sec(program->patience));
    }
    return judge(program, status, why);
}
