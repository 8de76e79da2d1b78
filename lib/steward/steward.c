/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/steward/steward.h"

#include <apr_strings.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/monotonic.h"
#include "lib/base/reason.h"
#include "lib/files/folder.h"
#include "lib/files/sight.h"
#include "lib/inventory/file.h"
#include "lib/steward/desk.h"
#include "lib/steward/jobs.h"
#include "lib/steward/late.h"

/** What is at work when it ends is waited for so long. */
#define FINISH_MAX apr_time_from_sec(600)

struct mssl_steward_t {
    mssl_steward_conf_t conf;
    apr_pool_t *pool, *desk_pool, *scene_pool;
    int notified, lock;           /* descriptors; -1 */
    int has_waited, is_lost, is_unwritten; /* told that, and not again */
    mssl_record_t *record;        /* NULL: not the one at work yet */
    mssl_sight_t settings_sight, scene_sight, alarm_sight;
    mssl_settings_t *settings;
    mssl_desk_conf_t desk_conf;   /* of all desks */
    apr_array_header_t *desks;    /* mssl_desk_t */
    mssl_scene_t *scene;
    mssl_alarm_t alarm[MSSL_ALARMS];
    mssl_teller_t teller;
    mssl_jobs_t *jobs;            /* NULL: not the one at work yet, or nothing is issued by it */
};

void mssl_steward_conf_init(mssl_steward_conf_t *conf)
{
    memset(conf, 0, sizeof(*conf));
    conf->dir = conf->hints = conf->generation = -1;
    conf->patience = apr_time_from_sec(30);
    conf->mercy = apr_time_from_sec(5);
    conf->recheck = conf->minute = apr_time_from_sec(60);
}

static apr_status_t close_all(void *data)
{
    mssl_steward_t *steward = data;

    if (steward->lock >= 0) {
        close(steward->lock);
    }
    if (steward->notified >= 0) {
        close(steward->notified);
    }
    steward->lock = steward->notified = -1;
    return APR_SUCCESS;
}

mssl_steward_t *mssl_steward_make(const mssl_steward_conf_t *conf, apr_pool_t *pool)
{
    mssl_steward_t *steward = apr_pcalloc(pool, sizeof(*steward));

    steward->conf = *conf;
    steward->pool = pool;
    steward->notified = steward->lock = -1;
    steward->teller = (mssl_teller_t){ .self = conf->self, .patience = conf->patience,
                                       .mercy = conf->mercy };
    apr_pool_create(&steward->desk_pool, pool);
    steward->desks = apr_array_make(steward->desk_pool, 1, sizeof(mssl_desk_t));
    apr_pool_create(&steward->scene_pool, pool);
    apr_pool_cleanup_register(pool, steward, close_all, apr_pool_cleanup_null);
    return steward;
}

static void report(const mssl_steward_t *steward, mssl_steward_event_t event, const char *format,
                   ...) __attribute__((format(printf, 3, 4)));

static void report(const mssl_steward_t *steward, mssl_steward_event_t event, const char *format,
                   ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    apr_vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    steward->conf.report(steward->conf.baton, event, text);
}

/* @return whether it has the folder of what was told, and nobody else does */
static int take_folder(mssl_steward_t *steward)
{
    if (steward->notified < 0) {
        steward->notified = mssl_folder_open(steward->conf.dir, MSSL_NOTIFIED_DIR);
    }
    if (steward->notified >= 0 && steward->lock < 0) {
        steward->lock = mssl_memory_lock(steward->notified);
    }
    if (steward->lock < 0 && errno == EWOULDBLOCK) {
        if (!steward->has_waited++) {
            report(steward, MSSL_STEWARD_WAITS, "another one is at work, it is waited for");
        }
        return 0;
    }
    if (steward->lock < 0 && !steward->is_lost++) {
        report(steward, MSSL_STEWARD_DAMAGED, MSSL_NOTIFIED_DIR ": %s; nothing is told until httpd "
               "has made that folder at a start", strerror(errno));
    }
    return steward->lock >= 0;
}

/* What the status shows of jobs. */
static void count_jobs(mssl_steward_t *steward)
{
    apr_uint32_t states[MSSL_JOB_STATES];
    int i;

    if (!mssl_jobs_has_changed(steward->jobs)) {
        return;
    }
    if (!mssl_jobs_count(steward->jobs, states)) {
        mssl_record_clear_jobs(steward->record);
        return;
    }
    for (i = 0; i < MSSL_JOB_STATES; i++) {
        mssl_record_set_jobs(steward->record, mssl_job_state_text((mssl_job_state_t)i), states[i]);
    }
}

/* What it is at, for the status. */
static void keep_record(void *data)
{
    mssl_steward_t *steward = data;
    mssl_reason_t why = { "" };

    if (steward->jobs != NULL) {
        count_jobs(steward);
    }
    if (mssl_record_keep(steward->record, &why) == APR_SUCCESS) {
        steward->is_unwritten = 0;
    }
    else if (!steward->is_unwritten++) {
        report(steward, MSSL_STEWARD_DAMAGED, "%s; the status does not learn how the steward is",
               why.text);
    }
}

/* What commands are to be told is not lost with this process. */
static void keep_desks(mssl_steward_t *steward)
{
    apr_pool_t *pool;
    int i;

    apr_pool_create(&pool, steward->pool);
    for (i = 0; i < steward->desks->nelts; i++) {
        mssl_desk_keep(&APR_ARRAY_IDX(steward->desks, i, mssl_desk_t), pool);
    }
    apr_pool_destroy(pool);
}

/* The record is of the one at work, who counts what ends when this one is that no more. */
static void count_order(void *baton, const char *issuer, int is_issued)
{
    const mssl_steward_t *steward = baton;
    mssl_reason_t why = { "" };

    if (steward->lock >= 0) {
        mssl_record_add_order(steward->record, issuer, is_issued);
    }
    else if (mssl_late_add(steward->conf.dir, issuer, is_issued, &why) != APR_SUCCESS) {
        report(steward, MSSL_STEWARD_DAMAGED, "%s; an order of '%s' is not counted", why.text,
               issuer);
    }
}

/* Also while a command runs. */
static void tick(void *data)
{
    mssl_steward_t *steward = data;

    if (steward->jobs != NULL) {
        mssl_jobs_look(steward->jobs);
        mssl_late_take(steward->conf.dir, count_order, steward);
        keep_desks(steward);
    }
    keep_record(steward);
}

static void report_desk(void *baton, mssl_desk_event_t event, const char *text)
{
    static const mssl_steward_event_t events[MSSL_DESK_EVENTS] = {
        [MSSL_DESK_UNTOLD] = MSSL_STEWARD_UNTOLD,   [MSSL_DESK_TOLD] = MSSL_STEWARD_TOLD,
        [MSSL_DESK_DAMAGED] = MSSL_STEWARD_DAMAGED,
    };

    report(baton, events[event], "%s", text);
}

static void report_job(void *baton, mssl_news_t news, const char *text)
{
    static const mssl_steward_event_t events[MSSL_NEWS_KINDS] = {
        [MSSL_NEWS_NOTHING] = MSSL_STEWARD_TROUBLE, [MSSL_NEWS_ISSUED] = MSSL_STEWARD_ISSUED,
        [MSSL_NEWS_FAILED] = MSSL_STEWARD_FAILED,   [MSSL_NEWS_LOOKED] = MSSL_STEWARD_FAILED,
        [MSSL_NEWS_PENDING] = MSSL_STEWARD_PENDING, [MSSL_NEWS_DECLINED] = MSSL_STEWARD_PENDING,
        [MSSL_NEWS_GONE] = MSSL_STEWARD_GONE,       [MSSL_NEWS_MENDED] = MSSL_STEWARD_MENDED,
    };

    report(baton, events[news], "%s", text);
}

static void note_ended(void *baton, const char *name, const mssl_job_t *job, mssl_task_t task)
{
    const mssl_steward_t *steward = baton;
    int i;

    for (i = 0; i < steward->desks->nelts; i++) {
        mssl_desk_note(&APR_ARRAY_IDX(steward->desks, i, mssl_desk_t), name, job, task);
    }
}

/* In a process that works on a name: being at work is the steward's alone. */
static void leave(void *baton)
{
    close_all(baton);
}

static void begin_jobs(mssl_steward_t *steward)
{
    const mssl_jobs_conf_t conf = {
        .dir = steward->conf.dir, .state_dir = steward->conf.state_dir, .hints = steward->conf.hints,
        .report = report_job, .count = count_order, .ended = note_ended, .leave = leave,
        .baton = steward
    };

    if (steward->conf.state_dir != NULL) {
        steward->jobs = mssl_jobs_make(&conf, steward->pool);
    }
}

/* It is the one at work. */
static void begin_record(mssl_steward_t *steward)
{
    mssl_reason_t why = { "" };

    steward->record = mssl_record_make(steward->conf.dir, steward->conf.generation, steward->pool);
    steward->teller.tick = tick;
    steward->teller.baton = steward;
    steward->desk_conf = (mssl_desk_conf_t){
        .dir = steward->conf.dir, .notified = steward->notified, .teller = &steward->teller,
        .record = steward->record,
        .recheck = steward->conf.recheck, .minute = steward->conf.minute, .report = report_desk,
        .keep = keep_record, .baton = steward
    };
    if (mssl_record_load(steward->record, &why) != APR_SUCCESS) {
        report(steward, MSSL_STEWARD_DAMAGED, "%s; what was counted so far is forgotten", why.text);
    }
}

/* What is configured now. A file that is no good leaves what was. */
static void read_settings(mssl_steward_t *steward)
{
    apr_pool_t *pool;
    mssl_settings_t *settings;
    mssl_reason_t why = { "" };
    apr_status_t rv;
    int i;

    apr_pool_create(&pool, steward->pool);
    rv = mssl_settings_read(&settings, steward->conf.dir, pool, &why);
    if (rv != APR_SUCCESS && !APR_STATUS_IS_ENOENT(rv)) {
        report(steward, MSSL_STEWARD_DAMAGED, "%s; what was configured before goes on", why.text);
        apr_pool_destroy(pool);
        return;
    }
    apr_pool_destroy(steward->desk_pool);
    steward->desk_pool = pool;
    steward->settings = settings;
    steward->desks = apr_array_make(pool, 2, sizeof(mssl_desk_t));
    for (i = 0; settings != NULL && i < settings->orders->nelts; i++) {
        mssl_desk_open(apr_array_push(steward->desks), &steward->desk_conf,
                       &APR_ARRAY_IDX(settings->orders, i, mssl_order_t), settings->server, i, pool);
    }
    mssl_record_configure(steward->record, settings);
}

/* The inventory's own folder, which may be made anew. */
static void read_scene(mssl_steward_t *steward, int dir)
{
    mssl_reason_t why = { "" };
    mssl_scene_t *scene;
    apr_pool_t *pool;
    apr_status_t rv;
    int i;

    apr_pool_create(&pool, steward->pool);
    rv = mssl_scene_read(&scene, dir, apr_time_now(), pool, &why);
    if (rv != APR_SUCCESS) {
        /* Within a walk, or none yet: what is known is from the end of the last one. */
        if (!APR_STATUS_IS_ENOENT(rv) && !APR_STATUS_IS_EAGAIN(rv)) {
            report(steward, MSSL_STEWARD_DAMAGED, "%s; nothing new is told until the inventory has "
                   "written it anew", why.text);
        }
        apr_pool_destroy(pool);
        return;
    }
    apr_pool_destroy(steward->scene_pool);
    steward->scene_pool = pool;
    steward->scene = scene;
    if (steward->jobs != NULL) {
        mssl_jobs_survey(steward->jobs, scene);
    }
    mssl_record_set_walk(steward->record, scene->summary->walk.ended);
    for (i = 0; i < steward->desks->nelts; i++) {
        mssl_desk_wake(&APR_ARRAY_IDX(steward->desks, i, mssl_desk_t));
    }
}

static void look_at_scene(mssl_steward_t *steward)
{
    int dir = mssl_folder_open(steward->conf.dir, MSSL_BOOK_FOLDER);

    if (mssl_sight_has_changed(&steward->scene_sight, dir, MSSL_BOOK_FILE) && dir >= 0) {
        read_scene(steward, dir);
    }
    if (dir >= 0) {
        close(dir);
    }
}

static void look_at_alarms(mssl_steward_t *steward, apr_pool_t *pool)
{
    mssl_reason_t why = { "" };
    apr_status_t rv;

    if (!mssl_sight_has_changed(&steward->alarm_sight, steward->conf.dir, MSSL_ALARM_FILE)) {
        return;
    }
    rv = mssl_alarm_read(steward->alarm, steward->conf.dir, pool, &why);
    if (rv != APR_SUCCESS && !APR_STATUS_IS_ENOENT(rv)) {
        report(steward, MSSL_STEWARD_DAMAGED, "%s; nobody is told of processes that are down until "
               "httpd has written it anew", why.text);
    }
}

static int is_told_to_end(void)
{
    sigset_t pending;

    return sigpending(&pending) == 0
           && (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1);
}

apr_status_t mssl_steward_look(mssl_steward_t *steward)
{
    apr_pool_t *pool;
    int i;

    if (!take_folder(steward)) {
        return APR_EAGAIN;
    }
    if (steward->record == NULL) {
        begin_record(steward);
        begin_jobs(steward);
    }
    if (mssl_sight_has_changed(&steward->settings_sight, steward->conf.dir, MSSL_SETTINGS_FILE)) {
        read_settings(steward);
    }
    look_at_scene(steward);
    apr_pool_create(&pool, steward->pool);
    look_at_alarms(steward, pool);
    for (i = 0; i < steward->desks->nelts && !is_told_to_end(); i++) {
        mssl_desk_t *desk = &APR_ARRAY_IDX(steward->desks, i, mssl_desk_t);

        if (desk->failures == 0 || mssl_desk_is_due(desk)) {
            mssl_desk_serve_alarms(desk, steward->alarm, apr_time_now(), pool);
        }
        if (desk->failures == 0 || mssl_desk_is_due(desk)) {
            mssl_desk_serve_jobs(desk, apr_time_now(), pool);
        }
        if (steward->scene != NULL && mssl_desk_is_due(desk)) {
            mssl_desk_serve(desk, steward->scene, apr_time_now(), pool);
        }
    }
    apr_pool_destroy(pool);
    tick(steward);
    return APR_SUCCESS;
}

void mssl_steward_finish(mssl_steward_t *steward)
{
    const struct timespec pause = { 0, 100000000 };
    apr_int64_t end = mssl_monotonic_now() + FINISH_MAX;

    close_all(steward);
    while (steward->jobs != NULL && !mssl_jobs_finish(steward->jobs)
           && mssl_monotonic_now() < end) {
        nanosleep(&pause, NULL);
    }
}
