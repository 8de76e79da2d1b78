/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/steward/jobs.h"

#include <apr_strings.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/files/folder.h"
#include "lib/files/sight.h"
#include "lib/issue/advice.h"
#include "lib/issue/keysweep.h"
#include "lib/issue/lock.h"
#include "lib/issue/schedule.h"
#include "lib/issue/shadow.h"
#include "lib/issue/tokens.h"
#include "lib/issue/vhosts.h"
#include "lib/steward/asked.h"
#include "lib/steward/ear.h"
#include "lib/steward/jobfiles.h"
#include "lib/steward/lost.h"
#include "lib/steward/others.h"
#include "lib/steward/todo.h"
#include "lib/steward/turns.h"
#include "lib/steward/turnwork.h"
#include "lib/steward/vouch.h"

#define SECOND APR_USEC_PER_SEC
/** A name that another process works on is looked at again so much later. */
#define LOCKED_WAIT (5 * SECOND)
/** A name whose certificate is another's, with which it is filed, is looked at again so much later. */
#define WITHIN_WAIT (600 * SECOND)
#define FORK_WAIT (60 * SECOND)
/** A clock that was set back by less is waited for. */
#define CLOCK_STEP (60 * SECOND)

struct mssl_jobs_t {
    mssl_jobs_conf_t conf;
    apr_pool_t *pool, *setup_pool, *permits_pool;
    mssl_sight_t issuing_sight;
    mssl_todo_t todo;
    mssl_issuing_t *issuing;    /* NULL: nothing is issued */
    mssl_ledger_t *ledger;
    mssl_schedule_t *schedule;
    mssl_advice_t *advice;
    mssl_permits_t *permits;
    mssl_vouch_t *vouch;
    const char *const *addresses;
    int folder, ledgers;        /* jobs/, orders/; -1 */
    mssl_ear_t ear;             /* where hints come */
    const mssl_scene_t *scene;  /* NULL: the inventory has found nothing yet */
    int is_changed;             /* since jobs were counted last */
    mssl_trouble_t *trouble;    /* as schedule */
    mssl_turns_t turns;
    mssl_keysweep_t keysweep;
    apr_time_t looked;          /* by the last look */
    mssl_tokens_t tokens;
};

static void report(const mssl_jobs_t *jobs, mssl_news_t news, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void report(const mssl_jobs_t *jobs, mssl_news_t news, const char *format, ...)
{
    char text[2048];
    va_list args;

    va_start(args, format);
    apr_vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    jobs->conf.report(jobs->conf.baton, news, text);
}

static void report_source(void *baton, const char *text)
{
    report(baton, MSSL_NEWS_NOTHING, "%s", text);
}

static void leave(void *baton)
{
    const mssl_jobs_t *jobs = baton;

    jobs->conf.leave(jobs->conf.baton);
}

mssl_jobs_t *mssl_jobs_make(const mssl_jobs_conf_t *conf, apr_pool_t *pool)
{
    mssl_jobs_t *jobs = apr_pcalloc(pool, sizeof(*jobs));

    jobs->conf = *conf;
    jobs->pool = pool;
    jobs->folder = jobs->ledgers = -1;
    jobs->vouch = mssl_vouch_make(&(mssl_vouch_conf_t){ conf->dir, conf->state_dir, report_source,
                                                        leave, jobs }, pool);
    jobs->todo = (mssl_todo_t){ .dir = conf->dir, .report = report_source, .baton = jobs };
    mssl_ear_init(&jobs->ear, conf->hints, conf->dir, conf->state_dir);
    return jobs;
}

/* Whose certificates serve. */
static void survey(const mssl_jobs_t *jobs)
{
    if (jobs->schedule != NULL && jobs->scene != NULL) {
        mssl_others_survey(jobs->schedule, jobs->scene->index, jobs->conf.dir, apr_time_now(),
                           jobs->pool);
    }
}

/* Who may, and where what is new is looked for; what is new may be served by somebody else already. */
static void read_permits(mssl_jobs_t *jobs)
{
    apr_pool_t *pool;

    apr_pool_create(&pool, jobs->pool);
    jobs->permits = mssl_permits_read(jobs->issuing, jobs->conf.dir, jobs->permits,
                                      mssl_vouch_get_known(jobs->vouch), report_source, jobs, pool);
    jobs->addresses = mssl_vhosts_list_addresses(jobs->conf.dir, pool);
    mssl_schedule_permit(jobs->schedule, jobs->permits, apr_time_now());
    if (jobs->permits_pool != NULL) {
        apr_pool_destroy(jobs->permits_pool);
    }
    jobs->permits_pool = pool;
    survey(jobs);
    jobs->is_changed = 1;
}

/* A job as it is now. */
static void take_job(mssl_jobs_t *jobs, const mssl_job_t *job, mssl_task_t task)
{
    mssl_schedule_put(jobs->schedule, job, apr_time_now());
    mssl_advice_put(jobs->advice, job, apr_time_now());
    jobs->conf.ended(jobs->conf.baton, job->name, job, task);
}

static void load_job(void *baton, const mssl_job_t *job)
{
    mssl_jobs_t *jobs = baton;

    take_job(jobs, job, MSSL_TASKS);
    mssl_vouch_note_job(jobs->vouch, job);
}

static void close_all(mssl_jobs_t *jobs)
{
    if (jobs->folder >= 0) {
        close(jobs->folder);
    }
    if (jobs->ledgers >= 0) {
        close(jobs->ledgers);
    }
    jobs->folder = jobs->ledgers = -1;
    if (jobs->permits_pool != NULL) {
        apr_pool_destroy(jobs->permits_pool);
    }
    if (jobs->setup_pool != NULL) {
        apr_pool_destroy(jobs->setup_pool);
    }
    jobs->setup_pool = jobs->permits_pool = NULL;
    mssl_vouch_configure(jobs->vouch, NULL);
    jobs->issuing = NULL;
    jobs->permits = NULL;
    jobs->schedule = NULL;
    jobs->is_changed = 1;
}

/* Another configuration: all of it is read anew. What works goes on by what it was told. */
static void set_up(mssl_jobs_t *jobs)
{
    mssl_reason_t why = { "" };
    apr_status_t rv;

    close_all(jobs);
    apr_pool_create(&jobs->setup_pool, jobs->pool);
    rv = mssl_issuing_read(&jobs->issuing, jobs->conf.dir, jobs->setup_pool, &why);
    if (rv != APR_SUCCESS) {
        if (!APR_STATUS_IS_ENOENT(rv)) {
            report(jobs, MSSL_NEWS_NOTHING, "%s; nothing is issued until httpd has written it anew",
                   why.text);
        }
        return;
    }
    jobs->folder = mssl_folder_open(jobs->conf.dir, MSSL_JOBS_DIR);
    jobs->ledgers = mssl_folder_open(jobs->conf.dir, MSSL_LEDGERS_DIR);
    if (jobs->folder < 0 || jobs->ledgers < 0) {
        report(jobs, MSSL_NEWS_NOTHING, MSSL_JOBS_DIR " and " MSSL_LEDGERS_DIR ": %s; nothing is "
               "issued until httpd has made them at a start", strerror(errno));
        close_all(jobs);
        return;
    }
    jobs->ledger = mssl_ledger_make(jobs->ledgers, jobs->setup_pool);
    jobs->schedule = mssl_schedule_make(jobs->issuing, jobs->ledger, jobs->setup_pool);
    jobs->advice = mssl_advice_make(jobs->issuing, jobs->setup_pool);
    jobs->trouble = mssl_trouble_make(jobs->setup_pool);
    mssl_ledger_load_all(jobs->ledger, jobs->issuing, apr_time_now() - MSSL_LEDGER_SPAN, report_source,
                         jobs);
    mssl_vouch_configure(jobs->vouch, jobs->issuing);
    mssl_jobfiles_load(jobs->folder, load_job, report_source, jobs);
    read_permits(jobs);
    mssl_lost_survey(jobs->schedule, jobs->conf.dir, report_source, jobs);
    memset(&jobs->todo.sight, 0, sizeof(jobs->todo.sight));
}

void mssl_jobs_survey(mssl_jobs_t *jobs, const mssl_scene_t *scene)
{
    jobs->scene = scene;
    survey(jobs);
    if (jobs->schedule != NULL) {
        mssl_lost_survey(jobs->schedule, jobs->conf.dir, report_source, jobs);
    }
}

/* @return whether it has a turn */
static int take_todo(void *baton, const char *name, const mssl_request_t *request)
{
    mssl_jobs_t *jobs = baton;
    mssl_task_t task = mssl_asked_get_task(request->verb);

    if (request->verb == MSSL_VERB_FORGET) {
        mssl_asked_remove(jobs->conf.dir, MSSL_ASKED_WANTED, name);
    }
    if (task == MSSL_TASK_ORDER) {
        mssl_schedule_resume(jobs->schedule);
        if (mssl_permits_is_outdated(jobs->permits, jobs->conf.dir)) {
            read_permits(jobs); /* the request that says what is ordered may be newer */
        }
    }
    if (mssl_schedule_ask(jobs->schedule, name, task)) {
        return 1;
    }
    report(jobs, MSSL_NEWS_NOTHING, "%s %s: %s", mssl_verb_text(request->verb), name,
           task != MSSL_TASK_ORDER ? "there is no job of it"
           : mssl_vouch_bring(jobs->vouch, jobs->permits, name, 1)
               ? "the program of MSSLIssueFor is asked for it" : "nobody vouches for that name");
    return 0;
}

static void take_unknown(void *baton, const char *name)
{
    const mssl_jobs_t *jobs = baton;

    mssl_vouch_bring(jobs->vouch, jobs->permits, name, 0);
}

static void tell_news(const mssl_jobs_t *jobs, const mssl_job_t *job, mssl_task_t task)
{
    mssl_reason_t text = { "" };
    mssl_news_t news = mssl_news_get(&text, job, task);
    const char *issuer = mssl_news_get_issuer(job, task);

    if ((news == MSSL_NEWS_ISSUED || news == MSSL_NEWS_FAILED) && issuer[0] != '\0') {
        jobs->conf.count(jobs->conf.baton, issuer, news == MSSL_NEWS_ISSUED);
    }
    if (news != MSSL_NEWS_NOTHING) {
        jobs->conf.report(jobs->conf.baton, news, text.text);
    }
}

static void end_advice(mssl_jobs_t *jobs, const char *name, int code)
{
    mssl_job_t job;

    mssl_advice_end(jobs->advice, code != MSSL_TURNWORK_NO_VERB);
    if (code == 0
        && mssl_job_load(&job, jobs->folder, name, geteuid(), NULL) == APR_SUCCESS) {
        mssl_schedule_advise(jobs->schedule, &job, apr_time_now());
    }
}

/* Another name of a certificate, whose own job it took over. */
static void drop_taken(void *baton, const char *name)
{
    mssl_jobs_t *jobs = baton;

    mssl_schedule_forget(jobs->schedule, name, apr_time_now());
    mssl_advice_forget(jobs->advice, name);
    jobs->conf.ended(jobs->conf.baton, name, NULL, MSSL_TASKS);
}

static void end_turn(void *baton, const mssl_worker_t *worker, int code)
{
    mssl_jobs_t *jobs = baton;
    mssl_reason_t why = { "" };
    mssl_job_t job;
    apr_status_t rv;

    if (jobs->schedule == NULL) {
        return;
    }
    if (worker->task == MSSL_TASK_ADVISE) {
        end_advice(jobs, worker->name, code);
        return;
    }
    jobs->is_changed = 1;
    if (code < 0) {
        report(jobs, MSSL_NEWS_NOTHING, "%s: the process that worked on it was ended; it is gone on "
               "with", worker->name);
    }
    else if (code > 0) {
        mssl_trouble_note(jobs->trouble, worker->name, code);
    }
    rv = mssl_job_load(&job, jobs->folder, worker->name, geteuid(), &why);
    if (rv == APR_SUCCESS && code == 0) {
        if (mssl_trouble_end(jobs->trouble, worker->name, &why)) {
            report(jobs, MSSL_NEWS_MENDED, "%s", why.text);
        }
        mssl_shadow_list(&job, jobs->folder, drop_taken, jobs);
        tell_news(jobs, &job, worker->task);
        take_job(jobs, &job, worker->task);
    }
    else if (APR_STATUS_IS_ENOENT(rv) && code == 0) {
        mssl_schedule_forget(jobs->schedule, worker->name, apr_time_now());
        mssl_advice_forget(jobs->advice, worker->name);
        jobs->conf.ended(jobs->conf.baton, worker->name, NULL, worker->task);
    }
    else {
        mssl_schedule_give_back(jobs->schedule, worker->name, apr_time_now() + FORK_WAIT);
    }
}

/* Its lock, unless another process has it, or has worked on it since. */
static int lock_name(mssl_jobs_t *jobs, const mssl_turn_t *turn, int *lock)
{
    mssl_reason_t why = { "" };
    mssl_job_t job;
    apr_status_t rv = mssl_lock_take(lock, jobs->conf.dir, turn->name, &why);

    if (rv != APR_SUCCESS) {
        if (rv != APR_EAGAIN && mssl_trouble_note(jobs->trouble, turn->name, rv)) {
            report(jobs, MSSL_NEWS_NOTHING, "%s", why.text);
        }
        mssl_schedule_give_back(jobs->schedule, turn->name,
                                apr_time_now() + (rv == APR_EAGAIN ? LOCKED_WAIT : FORK_WAIT));
        return 0;
    }
    rv = mssl_job_load(&job, jobs->folder, turn->name, geteuid(), &why);
    if (rv == APR_SUCCESS && mssl_names_has(job.filed, turn->name) && job.of[0] != '\0') {
        close(*lock);
        mssl_schedule_give_back(jobs->schedule, turn->name, apr_time_now() + WITHIN_WAIT);
        return 0;
    }
    if (rv == APR_SUCCESS && job.of[0] == '\0'
        && turn->since != 0 && (job.state != turn->state || job.since != turn->since)) {
        close(*lock);
        take_job(jobs, &job, turn->task);
        mssl_schedule_give_back(jobs->schedule, turn->name, apr_time_now() + SECOND);
        return 0;
    }
    return 1;
}

static mssl_turnwork_t tell(mssl_jobs_t *jobs, const mssl_turn_t *turn)
{
    return (mssl_turnwork_t){
        .dir = jobs->conf.dir, .folder = jobs->folder, .state_dir = jobs->conf.state_dir,
        .issuing = jobs->issuing, .confirm = jobs->addresses, .turn = turn,
        .trouble = jobs->trouble, .pool = jobs->pool, .leave = leave, .report = report_source,
        .baton = jobs,
    };
}

/* A name that is worked on is asked for at its next time. */
static void begin_advice(mssl_jobs_t *jobs, const mssl_turn_t *turn)
{
    mssl_turnwork_t told = tell(jobs, turn);
    int lock;
    apr_status_t rv = mssl_lock_take(&lock, jobs->conf.dir, turn->name, NULL);

    if (rv == APR_SUCCESS) {
        rv = mssl_turns_begin(&jobs->turns, turn, mssl_turnwork_run, &told);
        close(lock);
    }
    if (rv != APR_SUCCESS) {
        mssl_advice_end(jobs->advice, 1);
    }
}

/* Before it can be made: what ends the steward in between has it counted once too often. */
static void note_order(const mssl_jobs_t *jobs, const mssl_turn_t *turn, apr_time_t now)
{
    mssl_reason_t why = { "" };
    apr_status_t rv = turn->issuer == NULL ? APR_SUCCESS
                      : mssl_ledger_note(jobs->ledger, turn->issuer->name, turn->name, turn->why,
                                         now, &why);

    if (rv != APR_SUCCESS && mssl_trouble_note(jobs->trouble, turn->name, rv)) {
        report(jobs, MSSL_NEWS_NOTHING, "%s; a restart forgets this order", why.text);
    }
}

static void begin_turn(mssl_jobs_t *jobs, const mssl_turn_t *turn)
{
    mssl_turnwork_t told = tell(jobs, turn);
    apr_time_t now = apr_time_now(), then = mssl_vouch_check(jobs->vouch, turn, now);
    mssl_request_t request;
    apr_status_t rv;
    int lock;

    if (then != 0) {
        mssl_schedule_give_back(jobs->schedule, turn->name, then);
        return;
    }
    if (!lock_name(jobs, turn, &lock)) {
        return;
    }
    if (turn->is_asked && mssl_todo_load(&jobs->todo, &request, turn->name)) {
        apr_cpystrn(told.reason, request.reason, sizeof(told.reason));
        told.renews = request.verb == MSSL_VERB_RENEW;
    }
    note_order(jobs, turn, now);
    rv = mssl_turns_begin(&jobs->turns, turn, mssl_turnwork_run, &told);
    close(lock); /* the new process has it, too */
    if (rv != APR_SUCCESS) {
        if (mssl_trouble_note(jobs->trouble, turn->name, rv)) {
            report(jobs, MSSL_NEWS_NOTHING, "%s: no process can be made: %s", turn->name,
                   strerror(rv));
        }
        if (turn->issuer != NULL) {
            mssl_ledger_take_back(jobs->ledger, turn->issuer->name, turn->name, turn->why, now);
        }
        mssl_schedule_give_back(jobs->schedule, turn->name, now + FORK_WAIT);
        return;
    }
    if (turn->is_asked) { /* else what is there was written just now, and is taken up next */
        mssl_todo_remove(&jobs->todo, turn->name);
    }
}

/* Else nothing would be done before the time that it was. @return whether it was, by more than a step */
static int is_clock_set_back(mssl_jobs_t *jobs)
{
    apr_time_t now = apr_time_now(), back = jobs->looked - now;

    jobs->looked = now;
    if (back > CLOCK_STEP && jobs->schedule != NULL) {
        report(jobs, MSSL_NEWS_NOTHING, "the clock was set back by %d s: what is to be issued, and when, "
               "is read anew", (int)apr_time_sec(back));
    }
    return back > CLOCK_STEP;
}

void mssl_jobs_look(mssl_jobs_t *jobs)
{
    int is_back = is_clock_set_back(jobs);
    mssl_turn_t turn;

    mssl_turns_reap(&jobs->turns, end_turn, jobs);
    if (mssl_sight_has_changed(&jobs->issuing_sight, jobs->conf.dir, MSSL_ISSUING_FILE) || is_back) {
        set_up(jobs);
    }
    if (jobs->schedule == NULL) {
        return;
    }
    mssl_keysweep_turn(&jobs->keysweep, jobs->conf.dir, apr_time_now());
    mssl_tokens_turn(&jobs->tokens, jobs->issuing->challenge_dir, apr_time_now());
    if (mssl_vouch_look(jobs->vouch) | mssl_permits_is_outdated(jobs->permits, jobs->conf.dir)) {
        read_permits(jobs);
    }
    mssl_todo_look(&jobs->todo, take_todo);
    mssl_ear_hear(&jobs->ear, jobs->schedule, take_unknown, report_source, jobs);
    /* Those that were begun under another configuration are at work, too. */
    while (mssl_turns_has_room(&jobs->turns, MSSL_TASK_ORDER)
           && mssl_schedule_take(jobs->schedule, apr_time_now(), &turn)) {
        begin_turn(jobs, &turn);
    }
    if (mssl_turns_has_room(&jobs->turns, MSSL_TASK_ADVISE)
        && mssl_advice_take(jobs->advice, apr_time_now(), &turn)) {
        begin_advice(jobs, &turn);
    }
}

int mssl_jobs_has_changed(const mssl_jobs_t *jobs)
{
    return jobs->is_changed;
}

int mssl_jobs_count(mssl_jobs_t *jobs, apr_uint32_t states[MSSL_JOB_STATES])
{
    jobs->is_changed = 0;
    if (jobs->schedule == NULL) {
        return 0;
    }
    mssl_schedule_count(jobs->schedule, states);
    return 1;
}

int mssl_jobs_finish(mssl_jobs_t *jobs)
{
    mssl_turns_reap(&jobs->turns, end_turn, jobs);
    return mssl_turns_count(&jobs->turns) == 0;
}
