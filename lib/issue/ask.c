/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/ask.h"

#include <apr_strings.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/issue/preflight.h"
#include "lib/notify/program.h"
#include "lib/process/confine.h"

/** A no. */
#define EXIT_NO 1

typedef struct run_t {
    mssl_plan_t plan;
    apr_pool_t *pool;
} run_t;

/* What programs are made of comes first, should there be more than a plan has room for. */
static const char *const sources[] = {
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/dev", "/proc", "/sys",
    "/run",
};

static void add_source(run_t *run, const char *path)
{
    if (run->plan.nsources < MSSL_SOURCES_MAX) {
        run->plan.source[run->plan.nsources++] = path;
    }
}

/*
 * Whether the way to MSSLStateDir goes through a path: then it is not given whole.
 * @param path without a slash at its end
 */
static int is_on_the_way(const char *path, const char *state_dir)
{
    size_t len = strlen(path);

    return strncmp(path, state_dir, len) == 0 && (state_dir[len] == '/' || state_dir[len] == '\0');
}

/* What lies in a folder, but for links, which lead to what lies elsewhere, and the way. */
static void add_neighbours(run_t *run, const char *folder, const char *state_dir)
{
    DIR *dir = opendir(*folder != '\0' ? folder : "/");
    struct dirent *entry;
    struct stat st;

    while (dir != NULL && run->plan.nsources < MSSL_SOURCES_MAX && (entry = readdir(dir)) != NULL) {
        const char *path = apr_pstrcat(run->pool, folder, "/", entry->d_name, NULL);

        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0
            && !is_on_the_way(path, state_dir) && lstat(path, &st) == 0 && !S_ISLNK(st.st_mode)) {
            add_source(run, path);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
}

/* All but MSSLStateDir. @param state_dir without a link on the way */
static void add_sources(run_t *run, const char *program, const char *state_dir)
{
    const char *folder = apr_pstrmemdup(run->pool, program,
                                        (apr_size_t)(strrchr(program, '/') - program));
    const char *at;
    size_t i;

    for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        if (!is_on_the_way(sources[i], state_dir)) {
            add_source(run, sources[i]);
        }
    }
    if (!is_on_the_way(folder, state_dir)) {
        add_source(run, folder);
    }
    add_source(run, program);
    for (at = state_dir; at != NULL; at = strchr(at + 1, '/')) {
        add_neighbours(run, apr_pstrmemdup(run->pool, state_dir, (apr_size_t)(at - state_dir)),
                       state_dir);
    }
}

/* What it may do. Its descriptors are closed by free_plan(). */
static void make_plan(run_t *run, const mssl_ask_t *ask)
{
    char *real = realpath(ask->state_dir, NULL);
    int null = open("/dev/null", O_PATH | O_CLOEXEC);

    mssl_confine_plan(&run->plan, MSSL_ROLE_ASKED, 0, 0);
    add_sources(run, ask->program, real != NULL ? real : ask->state_dir);
    free(real);
    if (null >= 0) {
        run->plan.place[run->plan.nplaces++] = null;
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
    const run_t *run = baton;
    mssl_kept_t kept = { 0 };
    int i;

    for (i = 0; i < run->plan.nplaces; i++) {
        mssl_kept_add_fd(&kept, run->plan.place[i]);
    }
    return mssl_confine(&run->plan, getppid(), &kept, why);
}

static mssl_answer_t judge(apr_status_t rv, int code)
{
    if (APR_STATUS_IS_TIMEUP(rv)) {
        return MSSL_ANSWER_LATE;
    }
    return rv == APR_SUCCESS ? MSSL_ANSWER_YES : code == EXIT_NO ? MSSL_ANSWER_NO
                                                                 : MSSL_ANSWER_BROKEN;
}

/* The DNS of a stranger's name may take its time: longer than ours, and the process ends. */
static int leads_here(const mssl_ask_t *ask, const char *name)
{
    int is_here;

    alarm((unsigned int)apr_time_sec(ask->look_patience));
    is_here = mssl_preflight_leads_here(ask->addresses, name);
    alarm(0);
    return is_here;
}

mssl_answer_t mssl_ask(const mssl_ask_t *ask, const char *name, apr_pool_t *pool,
                       mssl_reason_t *why)
{
    const char *const argv[] = { ask->program, NULL };
    const char *const env[] = {
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
        apr_pstrcat(pool, "MSSL_NAME=", name, NULL), NULL
    };
    run_t run = { .pool = pool };
    mssl_tail_t tail = { .len = 0 };
    int code = -1;
    const mssl_program_t program = {
        .path = ask->program, .argv = argv, .env = env, .input = "", .patience = ask->patience,
        .mercy = ask->mercy, .enter = enter, .enter_baton = &run, .errors = &tail, .code = &code,
        .ends_all = 1
    };
    apr_status_t rv;

    if (ask->looks && !leads_here(ask, name)) {
        return MSSL_ANSWER_ELSEWHERE;
    }
    rv = mssl_program_check(ask->program, why);
    if (rv != APR_SUCCESS) {
        return MSSL_ANSWER_BROKEN;
    }
    make_plan(&run, ask);
    rv = mssl_program_run(&program, why);
    free_plan(&run.plan);
    return judge(rv, code);
}
