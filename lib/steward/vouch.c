/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/steward/vouch.h"

#include <apr_strings.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/files/folder.h"
#include "lib/issue/ask.h"
#include "lib/issue/asking.h"
#include "lib/issue/lock.h"
#include "lib/steward/turns.h"

#define SECOND APR_USEC_PER_SEC
#define PATIENCE (5 * SECOND)
#define MERCY (1 * SECOND)
#define LOOK_PATIENCE (3 * SECOND)
/** A yes is as good as one of now for so long: a first order is made right behind it. */
#define FRESH (60 * SECOND)
/** While a name is asked for its order waits. */
#define HOLD (PATIENCE + MERCY)
/** Behind a no the next one has to be another day's. */
#define DAY (MSSL_CONSENT_DAY + 60 * SECOND)
/** A program that is out of order is told of once in a while. */
#define REPORT_EVERY apr_time_from_sec(3600)

struct mssl_vouch_t {
    mssl_vouch_conf_t conf;
    apr_pool_t *pool, *known_pool;
    const mssl_issuing_t *issuing;
    apr_array_header_t *jobs;     /* mssl_known_t: names of jobs */
    apr_array_header_t *known;    /* mssl_known_t */
    mssl_consents_t *consents;    /* NULL: nobody is asked */
    mssl_asking_t *asking;
    mssl_turns_t turns;
    int is_lost;                  /* what was said so far could not be read */
    apr_time_t told;              /* that it is out of order */
};

static void report(const mssl_vouch_t *vouch, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void report(const mssl_vouch_t *vouch, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    apr_vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    vouch->conf.report(vouch->conf.baton, text);
}

mssl_vouch_t *mssl_vouch_make(const mssl_vouch_conf_t *conf, apr_pool_t *pool)
{
    mssl_vouch_t *vouch = apr_pcalloc(pool, sizeof(*vouch));

    vouch->conf = *conf;
    vouch->pool = pool;
    apr_pool_create(&vouch->known_pool, pool);
    mssl_vouch_configure(vouch, NULL);
    return vouch;
}

/* What it said so far. It is asked as long as this process lives: bounds outlive a configuration. */
static void begin_asking(mssl_vouch_t *vouch)
{
    int folder = mssl_folder_open(vouch->conf.dir, MSSL_CONSENTS_DIR);
    mssl_reason_t why = { "" };

    if (folder < 0) {
        report(vouch, MSSL_CONSENTS_DIR ": %s; the program of MSSLIssueFor is not asked until httpd has "
               "made it at a start", strerror(errno));
        return;
    }
    vouch->consents = mssl_consents_make(folder, vouch->pool);
    vouch->asking = mssl_asking_make(vouch->pool);
    vouch->is_lost = mssl_consents_load(vouch->consents, 1, &why) != APR_SUCCESS;
    if (vouch->is_lost) {
        report(vouch, MSSL_CONSENTS_DIR "/%s; the program of MSSLIssueFor is asked anew for each name "
               "when it is due", why.text);
    }
}

void mssl_vouch_configure(mssl_vouch_t *vouch, const mssl_issuing_t *issuing)
{
    vouch->issuing = issuing;
    apr_pool_clear(vouch->known_pool);
    vouch->jobs = apr_array_make(vouch->known_pool, 1, sizeof(mssl_known_t));
    if (issuing != NULL && issuing->ask != NULL && vouch->consents == NULL) {
        begin_asking(vouch);
    }
}

static int is_asked(const mssl_vouch_t *vouch)
{
    return vouch->consents != NULL && vouch->issuing != NULL && vouch->issuing->ask != NULL;
}

void mssl_vouch_note_job(mssl_vouch_t *vouch, const mssl_job_t *job)
{
    unsigned source = strcmp(job->source, MSSL_SOURCE_FOLDERS) == 0 ? MSSL_FROM_FOLDERS
                      : strcmp(job->source, MSSL_SOURCE_ASK) == 0 && vouch->is_lost ? MSSL_FROM_ASK
                                                                                   : 0;

    if (source != 0) {
        APR_ARRAY_PUSH(vouch->jobs, mssl_known_t)
            = (mssl_known_t){ apr_pstrdup(vouch->known_pool, job->name), source };
    }
}

static void add_consent(void *baton, const mssl_consent_t *consent)
{
    APR_ARRAY_PUSH((apr_array_header_t *)baton, mssl_known_t)
        = (mssl_known_t){ consent->name, MSSL_FROM_ASK };
}

const apr_array_header_t *mssl_vouch_get_known(mssl_vouch_t *vouch)
{
    if (vouch->known == NULL) {
        vouch->known = apr_array_make(vouch->pool, 16, sizeof(mssl_known_t));
    }
    apr_array_clear(vouch->known);
    apr_array_cat(vouch->known, vouch->jobs);
    if (is_asked(vouch)) {
        mssl_consents_each(vouch->consents, add_consent, vouch->known);
    }
    return vouch->known;
}

int mssl_vouch_bring(mssl_vouch_t *vouch, const mssl_permits_t *permits, const char *name,
                     int is_admin)
{
    return is_asked(vouch) && mssl_permits_may_ask(permits, name)
           && mssl_asking_bring(vouch->asking, name,
                                is_admin ? MSSL_ASKING_DUE : MSSL_ASKING_WANTED, apr_time_now());
}

/* When a name whose last answer was no yes is asked for again. */
static apr_time_t get_pause(const mssl_consent_t *consent, const mssl_turn_t *turn)
{
    return consent->last == MSSL_ANSWER_NO && turn->why == MSSL_WHY_RENEWAL ? DAY
                                                                           : MSSL_ASKING_BELIEVED;
}

apr_time_t mssl_vouch_check(mssl_vouch_t *vouch, const mssl_turn_t *turn, apr_time_t now)
{
    const mssl_consent_t *consent;

    if (turn->task != MSSL_TASK_ORDER || turn->state == MSSL_JOB_ORDERED || turn->permit == NULL
        || turn->permit->sources != MSSL_FROM_ASK || !is_asked(vouch)) {
        return 0;
    }
    consent = mssl_consents_find(vouch->consents, turn->name);
    if (consent != NULL && consent->last == MSSL_ANSWER_YES && consent->yes <= now
        && now - consent->yes <= FRESH) {
        return 0;
    }
    if (consent != NULL && consent->last != MSSL_ANSWER_YES && consent->heard <= now
        && now - consent->heard < get_pause(consent, turn)) {
        return consent->heard + get_pause(consent, turn);
    }
    mssl_consents_mark(vouch->consents, turn->name, turn->why == MSSL_WHY_FIRST);
    mssl_asking_bring(vouch->asking, turn->name, MSSL_ASKING_DUE, now);
    return now + HOLD;
}

/** What a process is told. */
typedef struct errand_t {
    const mssl_vouch_t *vouch;
    const char *name;
    int looks;
} errand_t;

/* A certificate that is not renewed for that says so in its job. Who works on it now says more. */
static void note_in_job(const mssl_vouch_t *vouch, const char *name, mssl_answer_t answer)
{
    int folder = mssl_folder_open(vouch->conf.dir, MSSL_JOBS_DIR), lock;
    mssl_job_t job;

    if (folder >= 0 && mssl_lock_take(&lock, vouch->conf.dir, name, NULL) == APR_SUCCESS) {
        if (mssl_job_load(&job, folder, name, geteuid(), NULL) == APR_SUCCESS
            && job.serial[0] != '\0') {
            MSSL_JOB_SET(job.text, answer == MSSL_ANSWER_NO
                                       ? "nothing is ordered: the program of MSSLIssueFor says no to the name"
                                       : "nothing is ordered: the program of MSSLIssueFor is out of order");
            mssl_job_save(&job, folder, NULL);
        }
        close(lock);
    }
    if (folder >= 0) {
        close(folder);
    }
}

/* In the new process. @return a mssl_answer_t */
static int work(void *baton)
{
    const errand_t *errand = baton;
    const mssl_vouch_t *vouch = errand->vouch;
    const mssl_ask_t ask = {
        .program = vouch->issuing->ask, .state_dir = vouch->conf.state_dir,
        .addresses = vouch->issuing->addresses, .looks = errand->looks,
        .look_patience = LOOK_PATIENCE, .patience = PATIENCE, .mercy = MERCY
    };
    mssl_reason_t why = { "" };
    mssl_answer_t answer;

    vouch->conf.leave(vouch->conf.baton);
    answer = mssl_ask(&ask, errand->name, vouch->pool, &why);
    if (!errand->looks && answer != MSSL_ANSWER_YES) {
        note_in_job(vouch, errand->name, answer);
    }
    return (int)answer;
}

static void tell_trouble(mssl_vouch_t *vouch, const char *name, mssl_answer_t answer,
                         apr_time_t now)
{
    if (vouch->told != 0 && vouch->told <= now && now - vouch->told < REPORT_EVERY) {
        return;
    }
    vouch->told = now;
    report(vouch, "MSSLIssueFor ask:%s: %s, asked for %s; that is a no for new names and for orders, "
           "and takes nothing from a name that has a certificate", vouch->issuing->ask,
           answer == MSSL_ANSWER_LATE ? "it did not end within 5 seconds, and was ended"
                                      : "it cannot be run, was ended by a signal, or its exit code was "
                                        "neither 0 nor 1", name);
}

static void tell_no(const mssl_vouch_t *vouch, const char *name, int noes)
{
    if (noes < MSSL_CONSENT_NOES) {
        report(vouch, "%s: %s says no, where it said yes before (%d of %d, on as many days): nothing is "
               "ordered for it", name, vouch->issuing->ask, noes, MSSL_CONSENT_NOES);
    }
    else {
        report(vouch, "%s: %s has said no on %d days: it vouches for the name no more", name,
               vouch->issuing->ask, MSSL_CONSENT_NOES);
    }
}

/** What came of a look. */
typedef struct look_t {
    mssl_vouch_t *vouch;
    int has_changed;
} look_t;

/* A process that was ended had the DNS of a stranger's name to wait for. */
static void take_answer(void *baton, const mssl_worker_t *worker, int code)
{
    look_t *look = baton;
    mssl_vouch_t *vouch = look->vouch;
    mssl_answer_t answer = code >= 0 && code < MSSL_ANSWERS ? (mssl_answer_t)code
                                                            : MSSL_ANSWER_ELSEWHERE;
    const mssl_consent_t *before = mssl_consents_find(vouch->consents, worker->name);
    int noes = before != NULL ? before->noes : 0, is_first = before != NULL && before->is_first;
    int has_changed;
    apr_time_t now = apr_time_now();
    mssl_reason_t why = { "" };

    mssl_asking_end(vouch->asking, worker->name, answer == MSSL_ANSWER_YES, now);
    if (!is_asked(vouch)) {
        return; /* it was asked for another configuration */
    }
    if (mssl_consents_note(vouch->consents, worker->name, answer, now, &has_changed, &why)
        != APR_SUCCESS) {
        report(vouch, "%s; what was answered for %s is forgotten at a restart", why.text,
               worker->name);
    }
    look->has_changed |= has_changed;
    if (answer == MSSL_ANSWER_LATE || answer == MSSL_ANSWER_BROKEN) {
        tell_trouble(vouch, worker->name, answer, now);
    }
    else if (answer == MSSL_ANSWER_NO && before != NULL && !is_first
             && (has_changed || before->noes > noes)) {
        tell_no(vouch, worker->name, noes + 1);
    }
}

static void begin(mssl_vouch_t *vouch, const char *name, mssl_asking_cause_t cause, apr_time_t now)
{
    const mssl_turn_t turn = { .name = name, .task = MSSL_TASK_ORDER };
    errand_t errand = { vouch, name, cause == MSSL_ASKING_WANTED };

    if (mssl_turns_begin(&vouch->turns, &turn, work, &errand) != APR_SUCCESS) {
        mssl_asking_end(vouch->asking, name, 0, now);
    }
}

int mssl_vouch_look(mssl_vouch_t *vouch)
{
    look_t look = { vouch, 0 };
    char name[MSSL_NAME_SIZE];
    mssl_asking_cause_t cause;
    apr_time_t now;

    if (vouch->consents == NULL) {
        return 0;
    }
    mssl_turns_reap(&vouch->turns, take_answer, &look);
    now = apr_time_now();
    while (is_asked(vouch) && mssl_asking_take(vouch->asking, now, name, &cause)) {
        begin(vouch, name, cause, now);
    }
    return look.has_changed;
}
