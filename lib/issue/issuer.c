/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/issuer.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/files/folder.h"
#include "lib/files/slurp.h"
#include "lib/files/write.h"
#include "lib/issue/shelf.h"
#include "lib/notify/program.h"
#include "lib/process/confine.h"

#define REGISTERED "registered"
/** Of an account for trials, behind its issuer's name. */
#define STAGING ".staging"
#define ENV_MAX 20

/** A run. */
typedef struct run_t {
    const mssl_work_conf_t *conf;
    const mssl_issuer_t *issuer;
    const mssl_job_t *job;
    int folder;
    apr_pool_t *pool;
    mssl_plan_t plan;
} run_t;

/** What programs are made of: libraries, interpreters, roots, resolv.conf and what it links to. */
static const char *const sources[] = {
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/dev", "/opt",
    "/proc/sys", "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager",
};

static int open_path(const char *path)
{
    return open(path, O_PATH | O_CLOEXEC);
}

static void add_source(mssl_plan_t *plan, const char *path)
{
    if (plan->nsources < MSSL_SOURCES_MAX) {
        plan->source[plan->nsources++] = path;
    }
}

static int copy(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static void add_place(mssl_plan_t *plan, int fd)
{
    if (fd >= 0) {
        plan->place[plan->nplaces++] = fd;
    }
}

/* A file that an argument names, as "/path" or "--option=/path". */
static void add_argument(mssl_plan_t *plan, const char *arg)
{
    const char *path = arg[0] == '/' ? arg : strstr(arg, "=/");
    struct stat st;

    if (path != NULL && stat(path + (*path == '='), &st) == 0 && S_ISREG(st.st_mode)) {
        add_source(plan, path + (*path == '='));
    }
}

static const char *path_of(const run_t *run, const char *folder, const char *file)
{
    return apr_pstrcat(run->pool, run->conf->state_dir, "/", folder, "/", file, NULL);
}

static const char *work_path(const run_t *run, const char *file)
{
    char name[MSSL_NAME_SIZE], folder[MSSL_NAME_SIZE];

    return apr_pstrcat(run->pool, path_of(run, MSSL_WORK_DIR, run->conf->is_staging
                           ? MSSL_TRIAL_FOLDER
                           : mssl_job_file(folder, run->conf->is_meanwhile
                                 ? mssl_shelf_meanwhile(name, run->job->name) : run->job->name)),
                       file != NULL ? "/" : NULL, file, NULL);
}

/* The folder of its account; of a trial's another one: no issuer has a dot in its name. */
static const char *get_account(const mssl_work_conf_t *conf, const mssl_issuer_t *issuer,
                               apr_pool_t *pool)
{
    return conf->is_staging ? apr_pstrcat(pool, issuer->name, STAGING, NULL) : issuer->name;
}

/* What it may do. Its descriptors are closed by free_plan(). @param account -1: none */
static void make_plan(run_t *run, int account)
{
    mssl_plan_t *plan = &run->plan;
    const char *program = run->issuer->argv[0], *slash = strrchr(program, '/');
    size_t i;

    mssl_confine_plan(plan, MSSL_ROLE_ISSUER, 0, 0);
    add_place(plan, copy(run->folder));
    add_place(plan, account >= 0 ? copy(account) : -1);
    add_place(plan, open_path(run->conf->issuing->challenge_dir));
    add_place(plan, open_path("/dev/null"));
    for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        add_source(plan, sources[i]);
    }
    add_source(plan, apr_pstrndup(run->pool, program, (apr_size_t)(slash - program)));
    for (i = 1; run->issuer->argv[i] != NULL; i++) {
        add_argument(plan, run->issuer->argv[i]);
    }
}

static void free_plan(mssl_plan_t *plan)
{
    while (plan->nplaces > 0) {
        close(plan->place[--plan->nplaces]);
    }
}

/* In the new process. */
static apr_status_t enter(void *baton, mssl_reason_t *why)
{
    run_t *run = baton;
    mssl_kept_t kept = { 0 };
    pid_t parent = getppid();
    apr_status_t rv;
    int i;

    mssl_kept_add_fd(&kept, run->folder);
    for (i = 0; i < run->plan.nplaces; i++) {
        mssl_kept_add_fd(&kept, run->plan.place[i]);
    }
    rv = mssl_confine(&run->plan, parent, &kept, why);
    if (rv == APR_SUCCESS && fchdir(run->folder) != 0) {
        rv = mssl_reason_set(why, errno, "its folder: %s", strerror(errno));
    }
    return rv;
}

/** Lines of an environment; values are ours, or printable. */
typedef struct env_t {
    const char *line[ENV_MAX];
    int n;
} env_t;

static void put(const run_t *run, env_t *env, const char *name, const char *value)
{
    if (value != NULL && *value != '\0') {
        env->line[env->n++] = apr_pstrcat(run->pool, name, "=", value, NULL);
    }
}

/* What each verb has. */
static void make_plain_env(const run_t *run, env_t *env)
{
    memset(env, 0, sizeof(*env));
    put(run, env, "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    put(run, env, "LANG", "C.UTF-8");
    put(run, env, "HOME", work_path(run, NULL));
    put(run, env, "TMPDIR", work_path(run, NULL));
}

static void make_env(const run_t *run, env_t *env)
{
    const mssl_job_t *job = run->job;
    int has_replaces = faccessat(run->folder, MSSL_WORK_REPLACES, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    int has_owner = faccessat(run->folder, MSSL_WORK_OWNER, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    const mssl_request_t *request = run->conf->request;

    make_plain_env(run, env);
    put(run, env, "MSSL_NAME", job->name);
    put(run, env, "MSSL_NAMES", mssl_job_get_names(job));
    put(run, env, "MSSL_CSR", work_path(run, MSSL_WORK_CSR));
    put(run, env, "MSSL_CHAIN", work_path(run, MSSL_WORK_CHAIN));
    put(run, env, "MSSL_CHALLENGE_DIR", run->conf->issuing->challenge_dir);
    put(run, env, "MSSL_ACCOUNT_DIR",
        path_of(run, MSSL_ACCOUNTS_DIR, get_account(run->conf, run->issuer, run->pool)));
    put(run, env, "MSSL_CONTACT", run->issuer->contact);
    put(run, env, "MSSL_STAGING", run->conf->is_staging ? "1" : NULL);
    put(run, env, "MSSL_REQUEST", job->request);
    put(run, env, "MSSL_ORDER", job->order);
    put(run, env, "MSSL_REPLACES", has_replaces ? work_path(run, MSSL_WORK_REPLACES) : NULL);
    put(run, env, "MSSL_REASON", run->conf->reason);
    if (request != NULL) {
        put(run, env, "MSSL_APPROVER", request->approver);
        put(run, env, "MSSL_TERM", request->term);
    }
    put(run, env, "MSSL_OWNER_FILE", has_owner ? work_path(run, MSSL_WORK_OWNER) : NULL);
}

static const char *const *make_argv(const run_t *run, const char *verb)
{
    const char **argv;
    size_t n = 0;

    while (run->issuer->argv[n] != NULL) {
        n++;
    }
    argv = apr_pcalloc(run->pool, (n + 2) * sizeof(*argv));
    memcpy(argv, run->issuer->argv, n * sizeof(*argv));
    argv[n] = verb;
    return argv;
}

/* A folder of the account's, which is made. */
static int open_account(const run_t *run, mssl_reason_t *why)
{
    const char *name = get_account(run->conf, run->issuer, run->pool);
    int all = mssl_folder_open(run->conf->dir, MSSL_ACCOUNTS_DIR);
    int fd = all >= 0 ? mssl_folder_make(all, name, 0700) : -1;

    if (fd < 0) {
        mssl_reason_set(why, errno, MSSL_ACCOUNTS_DIR "/%s: %s", name, strerror(errno));
    }
    if (all >= 0) {
        close(all);
    }
    return fd;
}

static void write_log(const run_t *run, const mssl_tail_t *tail)
{
    const mssl_owner_t owner = { (uid_t)-1, (gid_t)-1, 0600 };

    /* It is for a person who looks for what went wrong: without it, nothing is. */
    (void)mssl_file_write_lazily(run->folder, MSSL_WORK_LOG, tail->text, tail->len, &owner, NULL);
}

/*
 * Who is to be named in it lies in the working folder as long as the program runs.
 * @return APR_SUCCESS, also where nobody is; other, with why
 */
static apr_status_t lay_owner(const run_t *run, mssl_reason_t *why)
{
    const mssl_owner_t owner = { (uid_t)-1, (gid_t)-1, 0600 };
    mssl_reason_t fault = { "" };
    char name[MSSL_NAME_SIZE];
    const char *text;
    apr_size_t len;
    apr_status_t rv;

    unlinkat(run->folder, MSSL_WORK_OWNER, 0);
    if (run->conf->is_meanwhile) {
        return APR_SUCCESS; /* he is to be named in the other one */
    }
    rv = mssl_file_slurp(&text, &len, run->conf->dir,
                         apr_pstrcat(run->pool, MSSL_REQUESTS_DIR "/" MSSL_OWNER_DIR "/",
                                     mssl_job_file(name, run->job->name), NULL),
                         MSSL_REQUEST_MAX, run->pool, &fault);
    if (APR_STATUS_IS_ENOENT(rv)) {
        return APR_SUCCESS;
    }
    if (rv == APR_SUCCESS) {
        rv = mssl_file_write(run->folder, MSSL_WORK_OWNER, text, len, &owner, &fault);
    }
    return rv == APR_SUCCESS ? rv : mssl_reason_set(why, rv, "who is to be named in it: %s", fault.text);
}

/*
 * Confined.
 * @param account descriptor of its folder; -1: it is not to see it
 * @return its exit code; -1: it has none
 */
static int run_program(run_t *run, int account, const char *verb, const env_t *env,
                       mssl_tail_t *said, mssl_reason_t *why)
{
    int code = -1;
    const mssl_program_t program = { .path = run->issuer->argv[0], .argv = make_argv(run, verb),
                                     .env = env->line, .input = "",
                                     .patience = run->conf->patience, .mercy = run->conf->mercy,
                                     .enter = enter, .enter_baton = run, .errors = said,
                                     .code = &code, .ends_all = 1 };

    make_plan(run, account);
    mssl_program_run(&program, why);
    free_plan(&run->plan);
    return code;
}

/* @param account descriptor of its folder */
static mssl_outcome_t run_verb(run_t *run, int account, const char *verb, mssl_result_t *result,
                               mssl_reason_t *why)
{
    mssl_tail_t tail = { .len = 0 };
    env_t env;
    int code;

    make_env(run, &env);
    unlinkat(run->folder, MSSL_RESULT_FILE, 0);
    code = run_program(run, account, verb, &env, &tail, why);
    unlinkat(run->folder, MSSL_WORK_OWNER, 0);
    write_log(run, &tail);
    mssl_result_read(result, run->folder, apr_time_now(), run->pool);
    return mssl_result_judge(result, code);
}

static mssl_outcome_t fail_here(mssl_result_t *result)
{
    memset(result, 0, sizeof(*result));
    result->class = MSSL_CLASS_HERE;
    return MSSL_OUTCOME_FAILED;
}

mssl_outcome_t mssl_issuer_run(mssl_result_t *result, const mssl_work_conf_t *conf,
                               const mssl_issuer_t *issuer, const char *verb, const mssl_job_t *job,
                               int folder, apr_pool_t *pool, mssl_reason_t *why)
{
    run_t run = { .conf = conf, .issuer = issuer, .job = job, .folder = folder, .pool = pool };
    mssl_outcome_t outcome;
    int account;

    if (mssl_program_check(issuer->argv[0], why) != APR_SUCCESS) {
        return fail_here(result);
    }
    account = open_account(&run, why);
    if (account < 0) {
        return fail_here(result);
    }
    outcome = lay_owner(&run, why) == APR_SUCCESS ? run_verb(&run, account, verb, result, why)
                                                  : fail_here(result);
    close(account);
    return outcome;
}

mssl_outcome_t mssl_issuer_check(mssl_tail_t *said, const mssl_work_conf_t *conf, int folder,
                                 apr_pool_t *pool, mssl_reason_t *why)
{
    run_t run = { .conf = conf, .issuer = conf->issuer, .folder = folder, .pool = pool };
    mssl_result_t nothing = { .text = "" };
    mssl_outcome_t outcome;
    env_t env;

    make_plain_env(&run, &env);
    outcome = mssl_result_judge(&nothing, run_program(&run, -1, "check", &env, said, why));
    return outcome == MSSL_OUTCOME_DONE || outcome == MSSL_OUTCOME_NO_VERB ? outcome
                                                                           : MSSL_OUTCOME_FAILED;
}

/* Which account it is: another directory is another CA. */
static const char *get_mark(const mssl_work_conf_t *conf, const mssl_issuer_t *issuer)
{
    const char *directory = conf->is_staging ? issuer->staging : issuer->directory;

    return directory != NULL ? directory : "-";
}

static int is_registered(const run_t *run, int account)
{
    const char *text;
    apr_size_t len;

    return mssl_file_slurp(&text, &len, account, REGISTERED, MSSL_RESULT_MAX, run->pool, NULL)
               == APR_SUCCESS
           && strcmp(text, get_mark(run->conf, run->issuer)) == 0;
}

/* Waits for who registers it now. @return -1: with why */
static int lock_account(const mssl_work_conf_t *conf, const mssl_issuer_t *issuer, apr_pool_t *pool,
                        mssl_reason_t *why)
{
    const char *path = apr_pstrcat(pool, MSSL_ACCOUNTS_DIR "/", get_account(conf, issuer, pool),
                                   ".lock", NULL);
    int fd = openat(conf->dir, path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

    while (fd >= 0 && flock(fd, LOCK_EX) != 0) {
        if (errno != EINTR) {
            close(fd);
            fd = -1;
        }
    }
    if (fd < 0) {
        mssl_reason_set(why, errno, "%s: %s", path, strerror(errno));
    }
    return fd;
}

mssl_outcome_t mssl_issuer_register(mssl_result_t *result, const mssl_work_conf_t *conf,
                                    const mssl_issuer_t *issuer, const mssl_job_t *job, int folder,
                                    apr_pool_t *pool, mssl_reason_t *why)
{
    run_t run = { .conf = conf, .issuer = issuer, .job = job, .folder = folder, .pool = pool };
    const mssl_owner_t owner = { (uid_t)-1, (gid_t)-1, 0600 };
    const char *mark = get_mark(conf, issuer);
    mssl_outcome_t outcome = fail_here(result);
    int lock = lock_account(conf, issuer, pool, why);
    int account = lock >= 0 ? open_account(&run, why) : -1;

    if (account >= 0 && is_registered(&run, account)) {
        outcome = MSSL_OUTCOME_DONE;
    }
    else if (account >= 0) {
        outcome = mssl_issuer_run(result, conf, issuer, "register", job, folder, pool, why);
        /* One without accounts has no such verb. */
        outcome = outcome == MSSL_OUTCOME_NO_VERB ? MSSL_OUTCOME_DONE : outcome;
        if (outcome == MSSL_OUTCOME_DONE) {
            mssl_file_write(account, REGISTERED, mark, strlen(mark), &owner, NULL);
        }
    }
    if (account >= 0) {
        close(account);
    }
    if (lock >= 0) {
        close(lock);
    }
    return outcome;
}

void mssl_issuer_forget(const mssl_work_conf_t *conf, const mssl_issuer_t *issuer)
{
    char path[sizeof(MSSL_ACCOUNTS_DIR) + 64];

    apr_snprintf(path, sizeof(path), MSSL_ACCOUNTS_DIR "/%s%s/" REGISTERED, issuer->name,
                 conf->is_staging ? STAGING : "");
    unlinkat(conf->dir, path, 0);
}
