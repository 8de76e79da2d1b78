/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/trial.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/base/text.h"
#include "lib/files/write.h"
#include "lib/steward/steward.h"
#include "tools/msslctl/print.h"
#include "tools/msslctl/worker.h"

#define STEWARD "mssl-steward"
/** Of a command's first line, bytes. */
#define LINE_MAX_LEN 300

typedef struct trial_t {
    ctl_t *ctl;
    const ctl_server_t *server;
    FILE *out;
    mssl_json_t json;
    ctl_print_t print;
    int errors;          /* descriptor: what a command writes to its standard error */
    apr_time_t begun;    /* the command at hand */
    int failed;
} trial_t;

/* The first line of what it had to say, and nothing of the rest. @return NULL: nothing */
static const char *take_line(const trial_t *trial)
{
    char text[LINE_MAX_LEN + 1];
    ssize_t len = pread(trial->errors, text, LINE_MAX_LEN, 0);

    if (ftruncate(trial->errors, 0) != 0 || lseek(trial->errors, 0, SEEK_SET) != 0 || len <= 0) {
        return NULL;
    }
    text[len] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return mssl_text_shown(trial->ctl->pool, text, LINE_MAX_LEN);
}

/* A command has ended. */
static void tell(void *baton, const char *command, int code, apr_status_t rv, const char *text)
{
    trial_t *trial = baton;
    apr_time_t now = apr_time_now();
    apr_interval_time_t took = now - trial->begun;
    const char *line = take_line(trial);
    int ok = rv == APR_SUCCESS;

    trial->failed += !ok;
    trial->begun = now;
    if (CTL_HAS(trial->ctl, CTL_OPT_JSON)) {
        mssl_json_open(&trial->json, NULL, '{');
        mssl_json_text(&trial->json, "command", command);
        mssl_json_text(&trial->json, "result", ok ? "told" : "failed");
        mssl_json_int_or_null(&trial->json, "exit_code", code >= 0, code);
        mssl_json_text(&trial->json, "text", text);
        mssl_json_seconds(&trial->json, "took", took);
        mssl_json_text(&trial->json, "stderr", line);
        mssl_json_close(&trial->json);
        return;
    }
    ctl_print_text(&trial->print, 0, ok ? CTL_GREEN : CTL_RED,
                   apr_psprintf(trial->ctl->pool, "%s%s, %d.%03d s", text, ok ? ": exit code 0" : "",
                                (int)apr_time_sec(took), (int)apr_time_msec(took)));
    if (line != NULL) {
        fputs("    ", trial->out);
        ctl_print_text(&trial->print, 4, CTL_NO_COLOR, line);
    }
}

/* It is installed beside this program, and has the shipped commands in it. */
static const char *find_steward(apr_pool_t *pool)
{
    char self[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    char *slash;

    if (len <= 0) {
        return MSSL_STEWARD;
    }
    self[len] = '\0';
    slash = strrchr(self, '/');
    return slash == NULL ? MSSL_STEWARD
                         : apr_psprintf(pool, "%.*s/" STEWARD, (int)(slash - self), self);
}

/* What a command says goes into a file in memory, and what the library says comes by tell(). */
static int catch_errors(trial_t *trial)
{
    trial->errors = mssl_file_make_memory("mssl-stderr", "", 0);
    return trial->errors >= 0 && dup2(trial->errors, STDERR_FILENO) >= 0;
}

static apr_status_t run_all(trial_t *trial)
{
    mssl_steward_conf_t conf;
    sigset_t signals;

    mssl_steward_conf_init(&conf);
    conf.dir = open(trial->server->state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (conf.dir < 0 || !catch_errors(trial)) {
        return errno;
    }
    conf.self = find_steward(trial->ctl->pool);
    conf.tested = tell;
    conf.baton = trial;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    signal(SIGCHLD, SIG_DFL);
    trial->begun = apr_time_now();
    return mssl_steward_test(&conf, trial->ctl->pool);
}

/* In a process that is the steward's user. */
static int work(ctl_t *ctl, void *baton, const ctl_stop_t *stop, FILE *out)
{
    trial_t trial = { .ctl = ctl, .server = baton, .out = out, .errors = -1 };
    int as_json = CTL_HAS(ctl, CTL_OPT_JSON), said = dup(STDERR_FILENO);
    apr_status_t rv;
    char text[256];

    (void)stop;
    if (as_json) {
        mssl_json_init(&trial.json, ctl_print_sink, out, 2);
        mssl_json_open(&trial.json, NULL, '{');
        mssl_json_text(&trial.json, "schema", "mssl-notify-test/1");
        mssl_json_open(&trial.json, "commands", '[');
    }
    ctl_print_begin(&trial.print, ctl, out);
    rv = run_all(&trial);
    dup2(said, STDERR_FILENO);
    close(said);
    if (as_json) {
        mssl_json_close(&trial.json);
        mssl_json_close(&trial.json);
        mssl_json_end(&trial.json);
    }
    if (APR_STATUS_IS_ENOENT(rv) && trial.failed == 0) {
        fprintf(stderr, "msslctl check: no MSSLNotifyCommand is in force\n");
        return CTL_UNKNOWN;
    }
    if (rv != APR_SUCCESS && trial.failed == 0) {
        fprintf(stderr, "msslctl check: %s/" MSSL_SETTINGS_FILE " cannot be read (%s)\n",
                trial.server->state_dir, apr_strerror(rv, text, sizeof(text)));
        return CTL_UNKNOWN;
    }
    return trial.failed > 0 ? CTL_BROKEN : CTL_FINE;
}

int ctl_trial_run(ctl_t *ctl, const ctl_server_t *server)
{
    const struct passwd *user = geteuid() == 0 ? getpwnam(server->steward) : NULL;

    if (geteuid() == 0 && (user == NULL || user->pw_uid == 0)) {
        fprintf(stderr, "msslctl check: there is no user %s (MSSLUser), by whom commands are run; root "
                "runs none\n", mssl_text_shown(ctl->pool, server->steward, 100));
        return CTL_UNKNOWN;
    }
    return ctl_worker_print(ctl, server, MSSL_ROLE_STEWARD, work, (void *)server);
}
