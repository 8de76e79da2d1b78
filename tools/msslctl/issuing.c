/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* msslctl jobs, msslctl job, and what the other commands of issuing share. */

#include "tools/msslctl/issuing.h"

#include <apr_fnmatch.h>
#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/json.h"
#include "lib/base/text.h"
#include "lib/files/folder.h"
#include "lib/steward/asked.h"
#include "tools/msslctl/args.h"

#define FIELDS 5

int ctl_issuing_run(ctl_t *ctl, ctl_work_fn work, void *baton)
{
    const ctl_server_t *server = ctl_server_find(ctl);
    const struct passwd *user;

    if (server == NULL) {
        return CTL_UNKNOWN;
    }
    user = geteuid() == 0 ? getpwnam(server->steward) : NULL;
    if (geteuid() == 0 && (user == NULL || user->pw_uid == 0)) {
        fprintf(stderr, "msslctl %s: there is no user %s (MSSLUser), whose files those are\n",
                ctl->command->name, mssl_text_shown(ctl->pool, server->steward, 100));
        return CTL_UNKNOWN;
    }
    ((ctl_issuing_t *)baton)->server = server;
    return ctl_worker_print(ctl, server, MSSL_ROLE_STEWARD, work, baton);
}

int ctl_issuing_open(ctl_issuing_t *issuing, ctl_t *ctl, const ctl_server_t *server)
{
    mssl_reason_t why = { "" };
    apr_status_t rv;

    issuing->ctl = ctl;
    issuing->server = server;
    issuing->jobs = -1;
    issuing->dir = open(server->state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    rv = issuing->dir < 0 ? errno
                          : mssl_issuing_read(&issuing->issuing, issuing->dir, ctl->pool, &why);
    if (rv == APR_SUCCESS) {
        issuing->jobs = mssl_folder_open(issuing->dir, MSSL_JOBS_DIR);
        rv = issuing->jobs < 0 ? errno : APR_SUCCESS;
    }
    if (rv == APR_SUCCESS) {
        return CTL_FINE;
    }
    if (APR_STATUS_IS_ENOENT(rv)) {
        fprintf(stderr, "msslctl %s: this server issues nothing: MSSLIssueFor and MSSLIssuer are not "
                "set, or httpd was not restarted since, or what it keeps in %s is gone: restart it "
                "(docs/issuing.md)\n", ctl->command->name, server->state_dir);
    }
    else {
        fprintf(stderr, "msslctl %s: %s: %s\n", ctl->command->name, server->state_dir,
                why.text[0] != '\0' ? why.text : strerror(rv));
    }
    ctl_issuing_close(issuing);
    return CTL_UNKNOWN;
}

void ctl_issuing_close(ctl_issuing_t *issuing)
{
    if (issuing->jobs >= 0) {
        close(issuing->jobs);
    }
    if (issuing->dir >= 0) {
        close(issuing->dir);
    }
    issuing->dir = issuing->jobs = -1;
}

int ctl_issuing_take_name(const ctl_t *ctl, char name[MSSL_NAME_SIZE], const char *text)
{
    if (mssl_name_canon_pattern(name, text, strlen(text)) == 0) {
        return ctl_args_refuse_name(ctl, text);
    }
    return CTL_FINE;
}

int ctl_issuing_judge(const mssl_job_t *job)
{
    return job->state == MSSL_JOB_FAILED || job->state == MSSL_JOB_PENDING
                   || job->state == MSSL_JOB_DECLINED || job->waits_for[0] != '\0'
               ? CTL_ATTENTION : CTL_FINE;
}

static void write_job(mssl_json_t *json, const mssl_job_t *job)
{
    mssl_json_text(json, "name", job->name);
    mssl_json_text(json, "state", mssl_job_state_text(job->state));
    mssl_json_time(json, "since", job->since);
    mssl_json_time(json, "next", job->next);
    mssl_json_text(json, "source", job->source[0] != '\0' ? job->source : NULL);
    mssl_json_text(json, "issuer", job->issuer[0] != '\0' ? job->issuer : NULL);
    mssl_json_int(json, "failures", job->failures);
    mssl_json_text(json, "class", job->class != MSSL_CLASS_NONE ? mssl_class_text(job->class) : NULL);
    mssl_json_text(json, "text", job->text[0] != '\0' ? job->text : NULL);
    mssl_json_text(json, "said", job->said[0] != '\0' ? job->said : NULL);
    mssl_json_text(json, "waits_for", job->waits_for[0] != '\0' ? job->waits_for : NULL);
    mssl_json_time(json, "until", job->until);
    mssl_json_text(json, "names", job->names[0] != '\0' ? job->names : NULL);
    mssl_json_text(json, "order", job->order[0] != '\0' ? job->order : NULL);
    mssl_json_time(json, "paid_until", job->paid_until);
    mssl_json_bool(json, "doubt", job->is_doubtful);
    mssl_json_text(json, "serial", job->serial[0] != '\0' ? job->serial : NULL);
    mssl_json_text(json, "sha256", job->sha256[0] != '\0' ? job->sha256 : NULL);
    mssl_json_time(json, "not_before", job->not_before);
    mssl_json_time(json, "not_after", job->not_after);
    mssl_json_time(json, "installed", job->installed);
    mssl_json_time(json, "renew", job->renew);
    mssl_json_time(json, "advised", job->advised);
    mssl_json_text(json, "confirmed", job->confirmed[0] != '\0' ? job->confirmed : NULL);
    mssl_json_time(json, "gone", job->gone);
    mssl_json_time(json, "meanwhile", job->meanwhile);
    mssl_json_text(json, "meanwhile_text", job->meanwhile_text[0] != '\0' ? job->meanwhile_text : NULL);
}

static void print_time(const ctl_print_t *print, const char *label, apr_time_t time)
{
    if (time != 0) {
        ctl_print_pair(print, label, ctl_print_time(print->ctl->pool, time));
    }
}

static void print_text(const ctl_print_t *print, const char *label, const char *text)
{
    if (text[0] != '\0') {
        ctl_print_pair(print, label, text);
    }
}

/* What a person types next. */
static void print_fix(const ctl_print_t *print, const mssl_job_t *job)
{
    apr_pool_t *pool = print->ctl->pool;

    if (job->state == MSSL_JOB_FAILED || job->state == MSSL_JOB_DECLINED) {
        ctl_print_pair(print, "Mend", job->class == MSSL_CLASS_CA && job->next != 0
                       ? "Nothing, where the authority is out: it is tried again by itself. Or at once:"
                       : "What is in the way; then, or not to wait for its time:");
        ctl_print_command(print, apr_pstrcat(pool, "msslctl retry '", job->name, "'", NULL));
    }
    else if (job->state == MSSL_JOB_PENDING) {
        ctl_print_pair(print, "Mend", job->is_doubtful ? "Order it, or take what came of it:"
                                      : "Take the certificate when it comes, or the order back:");
        if (job->is_doubtful) {
            ctl_print_command(print, apr_pstrcat(pool, "msslctl retry '", job->name, "'", NULL));
        }
        ctl_print_command(print, apr_pstrcat(pool, "msslctl approve '", job->name, "' CERT [CHAIN]",
                                             NULL));
        if (!job->is_doubtful) {
            ctl_print_command(print, apr_pstrcat(pool, "msslctl decline '", job->name, "'", NULL));
        }
    }
    else if (job->waits_for[0] != '\0') {
        ctl_print_pair(print, "Mend", "Order the next one:");
        ctl_print_command(print, apr_pstrcat(pool, "msslctl request '", job->name, "' --renew", NULL));
    }
}

int ctl_issuing_print_job(ctl_t *ctl, const mssl_job_t *job, FILE *out)
{
    ctl_print_t print;
    mssl_json_t json;

    if (CTL_HAS(ctl, CTL_OPT_JSON)) {
        mssl_json_init(&json, ctl_print_sink, out, 2);
        mssl_json_open(&json, NULL, '{');
        mssl_json_text(&json, "schema", "mssl-job/1");
        write_job(&json, job);
        mssl_json_close(&json);
        mssl_json_end(&json);
        return ctl_issuing_judge(job);
    }
    ctl_print_begin(&print, ctl, out);
    ctl_print_pair(&print, job->names[0] != '\0' ? "Names" : "Name", mssl_job_get_names(job));
    ctl_print_pair(&print, "State", apr_psprintf(ctl->pool, "%s, since %s",
                                                 mssl_job_state_text(job->state),
                                                 ctl_print_time(ctl->pool, job->since)));
    print_text(&print, "What", job->text);
    print_text(&print, "The CA says", job->said);
    print_text(&print, "Waits for", job->waits_for);
    print_time(&print, "At most until", job->until);
    if (job->failures > 0) {
        ctl_print_pair(&print, "Failures", apr_psprintf(ctl->pool, "%d (%s)", job->failures,
                                                        mssl_class_text(job->class)));
    }
    print_time(&print, "Next", job->next);
    print_text(&print, "Who may", job->source);
    print_text(&print, "Issuer", job->issuer);
    print_text(&print, "Order", job->order);
    print_time(&print, "Paid until", job->paid_until);
    print_time(&print, "In service until", job->serial[0] != '\0' ? job->not_after : 0);
    print_time(&print, "The CA advises", job->advised);
    print_time(&print, "Renewed meanwhile", job->meanwhile);
    print_text(&print, "It was not, as", job->meanwhile_text);
    print_text(&print, "Serial", job->serial);
    print_text(&print, "Seen at", job->confirmed);
    print_fix(&print, job);
    return ctl_issuing_judge(job);
}

/** What "jobs" collects. */
typedef struct table_t {
    ctl_issuing_t issuing;
    const char *glob;
    unsigned states; /* bits of those that are wanted; 0: all */
    int is_waiting;  /* what waits for somebody alone */
    apr_array_header_t *names; /* const char *: there may be 100,000, and a job is some KB */
} table_t;

static void take_job(void *baton, const char *name)
{
    table_t *table = baton;
    mssl_reason_t why = { "" };
    mssl_job_t job;

    if (table->glob != NULL && apr_fnmatch(table->glob, name, APR_FNM_CASE_BLIND) != APR_SUCCESS) {
        return;
    }
    if (mssl_job_load(&job, table->issuing.jobs, name, geteuid(), &why) != APR_SUCCESS) {
        fprintf(stderr, "msslctl jobs: %s\n",
                mssl_text_shown(table->issuing.ctl->pool, why.text, 300));
    }
    else if (job.of[0] == '\0' && (table->states == 0 || (table->states & 1u << job.state) != 0)
             && (!table->is_waiting || job.waits_for[0] != '\0')) {
        APR_ARRAY_PUSH(table->names, const char *) = apr_pstrdup(table->issuing.ctl->pool, name);
    }
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort(const table_t *table)
{
    qsort(table->names->elts, (size_t)table->names->nelts, sizeof(const char *), compare);
}

/* @return 0: it is not there any more */
static int load_job(const table_t *table, int i, mssl_job_t *job)
{
    return mssl_job_load(job, table->issuing.jobs, APR_ARRAY_IDX(table->names, i, const char *),
                         geteuid(), NULL) == APR_SUCCESS;
}

/* The authority's words say more than ours; of what is under way those of the last time are past. */
static const char *say_what(const mssl_job_t *job)
{
    return job->waits_for[0] != '\0'         ? job->waits_for
           : job->state == MSSL_JOB_ORDERED ? ""
           : job->said[0] != '\0'            ? job->said
                                            : job->text;
}

static void print_row(const ctl_print_t *print, const mssl_job_t *job)
{
    static const int widths[FIELDS] = { 26, 9, 20, 10, 0 };
    const char *text = say_what(job);
    const char *fields[FIELDS] = {
        job->name, mssl_job_state_text(job->state), ctl_print_time(print->ctl->pool, job->next),
        job->issuer[0] != '\0' ? job->issuer : "-", text[0] != '\0' ? text : "-",
    };

    ctl_print_row(print, job->state == MSSL_JOB_FAILED ? CTL_RED
                  : ctl_issuing_judge(job) != CTL_FINE ? CTL_YELLOW : CTL_NO_COLOR,
                  fields, widths, FIELDS);
}

static int print_table(ctl_t *ctl, const table_t *table, FILE *out)
{
    static const char *const heading[FIELDS] = { "NAME", "STATE", "NEXT", "ISSUER", "WHAT" };
    static const int widths[FIELDS] = { 26, 9, 20, 10, 0 };
    int as_json = CTL_HAS(ctl, CTL_OPT_JSON), worst = CTL_FINE, i;
    ctl_print_t print;
    mssl_json_t json;
    mssl_job_t job;

    ctl_print_begin(&print, ctl, out);
    mssl_json_init(&json, ctl_print_sink, out, 2);
    if (as_json) {
        mssl_json_open(&json, NULL, '{');
        mssl_json_text(&json, "schema", "mssl-jobs/1");
        mssl_json_open(&json, "jobs", '[');
    }
    else if (!CTL_HAS(ctl, CTL_OPT_PLAIN) && table->names->nelts > 0) {
        ctl_print_row(&print, CTL_NO_COLOR, heading, widths, FIELDS);
    }
    for (i = 0; i < table->names->nelts; i++) {
        if (!load_job(table, i, &job)) {
            continue;
        }
        worst = ctl_issuing_judge(&job) > worst ? ctl_issuing_judge(&job) : worst;
        if (as_json) {
            mssl_json_open(&json, NULL, '{');
            write_job(&json, &job);
            mssl_json_close(&json);
        }
        else {
            print_row(&print, &job);
        }
    }
    if (as_json) {
        mssl_json_close(&json);
        mssl_json_close(&json);
        mssl_json_end(&json);
    }
    return worst;
}

/* In a process that is the steward's user. */
static int work_jobs(ctl_t *ctl, void *baton, const ctl_stop_t *stop, FILE *out)
{
    table_t *table = baton;
    int rc = ctl_issuing_open(&table->issuing, ctl, table->issuing.server);

    (void)stop;
    if (rc != CTL_FINE) {
        return rc;
    }
    table->names = apr_array_make(ctl->pool, 64, sizeof(const char *));
    mssl_asked_list(table->issuing.jobs, take_job, table);
    sort(table);
    rc = print_table(ctl, table, out);
    if (table->names->nelts == 0 && table->glob == NULL && table->states == 0
        && !CTL_HAS(ctl, CTL_OPT_QUIET)) {
        fprintf(stderr, "msslctl jobs: there is none; the first are there when the stores have been "
                "looked through once, and 'msslctl doctor' says who may\n");
    }
    ctl_issuing_close(&table->issuing);
    return rc;
}

static int parse_states(ctl_t *ctl, unsigned *states)
{
    const char *text = ctl->value[CTL_OPT_STATE];
    char *state, *word;

    if (text == NULL) {
        return CTL_FINE;
    }
    for (word = apr_strtok(apr_pstrdup(ctl->pool, text), ",", &state); word != NULL;
         word = apr_strtok(NULL, ",", &state)) {
        mssl_job_state_t which = mssl_job_state_parse(word);

        if (which == MSSL_JOB_STATES) {
            return ctl_args_refuse(ctl, "--state: use wanted, ordered, pending, installed, failed, "
                                   "declined, gone");
        }
        *states |= 1u << which;
    }
    return CTL_FINE;
}

int ctl_alljobs_run(ctl_t *ctl)
{
    table_t table = { .glob = ctl->argc > 0 ? ctl->argv[0] : NULL };
    int rc = parse_states(ctl, &table.states);

    return rc != CTL_FINE ? rc : ctl_issuing_run(ctl, work_jobs, &table);
}

/* Each with all that is known of it, an empty line between two. */
static int print_waiting(ctl_t *ctl, const table_t *table, FILE *out)
{
    mssl_job_t job;
    int i;

    if (table->names->nelts == 0) {
        fprintf(out, "nothing waits for anybody\n");
        return CTL_FINE;
    }
    for (i = 0; i < table->names->nelts; i++) {
        if (i > 0) {
            fputc('\n', out);
        }
        if (load_job(table, i, &job)) {
            ctl_issuing_print_job(ctl, &job, out);
        }
    }
    return CTL_ATTENTION;
}

/* In a process that is the steward's user. */
static int work_pending(ctl_t *ctl, void *baton, const ctl_stop_t *stop, FILE *out)
{
    table_t *table = baton;
    int rc = ctl_issuing_open(&table->issuing, ctl, table->issuing.server);
    char name[MSSL_NAME_SIZE];
    mssl_job_t job;

    (void)stop;
    if (rc != CTL_FINE) {
        return rc;
    }
    table->names = apr_array_make(ctl->pool, 8, sizeof(const char *));
    if (ctl->argc == 0) {
        mssl_asked_list(table->issuing.jobs, take_job, table);
    }
    else if (mssl_name_canon_pattern(name, ctl->argv[0], strlen(ctl->argv[0])) != 0) {
        if (mssl_job_load(&job, table->issuing.jobs, name, geteuid(), NULL) == APR_SUCCESS
            && job.of[0] != '\0') {
            apr_cpystrn(name, job.of, sizeof(name));
        }
        take_job(table, name);
    }
    sort(table);
    rc = CTL_HAS(ctl, CTL_OPT_JSON) || CTL_HAS(ctl, CTL_OPT_PLAIN) ? print_table(ctl, table, out)
                                                                  : print_waiting(ctl, table, out);
    ctl_issuing_close(&table->issuing);
    return rc;
}

int ctl_pending_run(ctl_t *ctl)
{
    table_t table = { .is_waiting = 1 };
    char name[MSSL_NAME_SIZE];
    int rc = ctl->argc > 0 ? ctl_issuing_take_name(ctl, name, ctl->argv[0]) : CTL_FINE;

    return rc != CTL_FINE ? rc : ctl_issuing_run(ctl, work_pending, &table);
}

/* In a process that is the steward's user. */
static int work_job(ctl_t *ctl, void *baton, const ctl_stop_t *stop, FILE *out)
{
    ctl_issuing_t *issuing = baton;
    char name[MSSL_NAME_SIZE];
    mssl_reason_t why = { "" };
    mssl_job_t job;
    apr_status_t rv;
    int rc = ctl_issuing_open(issuing, ctl, issuing->server);

    (void)stop;
    if (rc != CTL_FINE) {
        return rc;
    }
    mssl_name_canon_pattern(name, ctl->argv[0], strlen(ctl->argv[0]));
    rv = mssl_job_load(&job, issuing->jobs, name, geteuid(), &why);
    if (rv == APR_SUCCESS && job.of[0] != '\0') {
        rv = mssl_job_load(&job, issuing->jobs, apr_pstrdup(ctl->pool, job.of), geteuid(), &why);
    }
    if (rv == APR_SUCCESS) {
        rc = ctl_issuing_print_job(ctl, &job, out);
    }
    else {
        rc = CTL_UNKNOWN;
        fprintf(stderr, APR_STATUS_IS_ENOENT(rv)
                ? "msslctl job: there is no job of %s; 'msslctl doctor %s' says who may have one\n"
                : "msslctl job: %s%.0s\n",
                APR_STATUS_IS_ENOENT(rv) ? name : mssl_text_shown(ctl->pool, why.text, 300), name);
    }
    ctl_issuing_close(issuing);
    return rc;
}

int ctl_job_run(ctl_t *ctl)
{
    ctl_issuing_t issuing = { 0 };
    char name[MSSL_NAME_SIZE];
    int rc = ctl_issuing_take_name(ctl, name, ctl->argv[0]);

    return rc != CTL_FINE ? rc : ctl_issuing_run(ctl, work_job, &issuing);
}
