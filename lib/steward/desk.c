/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/steward/desk.h"

#include <apr_strings.h>
#include <string.h>

#include "lib/steward/asked.h"
#include "lib/steward/message.h"

/** So many owners are written to before others are served; or so long. */
#define OWNERS_AT_ONCE 20
#define OWNERS_TIME apr_time_from_sec(5)
/** A day of failures: then what an owner was to be told is dropped. */
#define GIVE_UP 24

apr_interval_time_t mssl_desk_get_wait(int failures, apr_interval_time_t minute)
{
    return minute * (failures <= 1 ? 1 : failures == 2 ? 5 : failures == 3 ? 15 : 60);
}

static void report(const mssl_desk_t *desk, mssl_desk_event_t event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void report(const mssl_desk_t *desk, mssl_desk_event_t event, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    apr_vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    desk->conf->report(desk->conf->baton, event, text);
}

/* Whose names are looked up: of the shipped commands, which write mails. */
static int asks_for_owners(const mssl_desk_t *desk)
{
    return mssl_shipped_is(desk->order->argv, MSSL_SHIPPED_MAIL) || desk->owners != NULL;
}

/* What somebody requested of a name. @return whether it has an owner who is to be told */
static int find_request(mssl_request_t *request, const mssl_desk_t *desk, const char *name)
{
    return mssl_asked_load(request, desk->conf->dir, MSSL_ASKED_WANTED, name, NULL) == APR_SUCCESS
           && request->notify[0] != '\0';
}

/* A mssl_tidings_reader_fn. */
static const char *find_owner(void *baton, const char *name)
{
    const mssl_desk_t *desk = ((void **)baton)[0];
    mssl_request_t *request = ((void **)baton)[1];

    return find_request(request, desk, name) ? request->notify : NULL;
}

static void find_owners(mssl_desk_t *desk)
{
    mssl_request_t request;
    void *baton[] = { desk, &request };

    if (asks_for_owners(desk)) {
        mssl_tidings_find_readers(desk->tidings, find_owner, baton);
    }
}

void mssl_desk_open(mssl_desk_t *desk, const mssl_desk_conf_t *conf, const mssl_order_t *order,
                    const char *server, int number, apr_pool_t *pool)
{
    mssl_reason_t why = { "" };

    memset(desk, 0, sizeof(*desk));
    desk->conf = conf;
    desk->order = order;
    desk->server = server;
    desk->number = number;
    desk->notices = mssl_notices_make(pool);
    mssl_memory_make_name(desk->name, order->argv);
    if (mssl_memory_load(desk->notices, conf->notified, desk->name, pool, &why) != APR_SUCCESS) {
        report(desk, MSSL_DESK_DAMAGED, "%s; what was told is told again", why.text);
    }
    if (mssl_heard_load(&desk->heard, conf->notified, desk->name, pool, &why) != APR_SUCCESS) {
        report(desk, MSSL_DESK_DAMAGED, "%s; a process that is down is told again", why.text);
    }
    desk->tidings = mssl_tidings_make(pool);
    if (mssl_tidings_load(desk->tidings, conf->notified, desk->name, pool, &why) != APR_SUCCESS) {
        report(desk, MSSL_DESK_DAMAGED, "%s; what was not told yet of certificates that are made "
               "here is not told", why.text);
    }
    desk->owners = mssl_shipped_is(order->argv, MSSL_SHIPPED_OWNER) ? mssl_owners_make(pool) : NULL;
    find_owners(desk);
}

void mssl_desk_wake(mssl_desk_t *desk)
{
    desk->next = desk->failures > 0 ? desk->next : 0;
}

int mssl_desk_is_due(const mssl_desk_t *desk)
{
    apr_time_t now = apr_time_now();

    return now >= desk->next || desk->next - now > 2 * 60 * desk->conf->minute;
}

static void note_told(mssl_desk_t *desk, const mssl_message_t *message, apr_pool_t *pool)
{
    mssl_reason_t why = { "" };

    report(desk, MSSL_DESK_TOLD, "%s was told of %d, the worst is '%s'%s", desk->order->argv[0],
           message->n, mssl_message_get_worst(message),
           desk->failures > 0 ? ", which had failed before" : "");
    desk->failures = 0;
    mssl_notices_told(desk->notices, message->notice, message->n, message->now);
    if (mssl_memory_save(desk->notices, desk->conf->notified, desk->name, pool, &why)
        != APR_SUCCESS) {
        report(desk, MSSL_DESK_DAMAGED, MSSL_NOTIFIED_DIR "/%s; it is told again when httpd is "
               "restarted", why.text);
    }
}

/* Run it with what is due, and take note of how that went. @return as tell() */
static apr_status_t tell_and_note(mssl_desk_t *desk, const mssl_message_t *message,
                                  apr_pool_t *pool, mssl_reason_t *why)
{
    const mssl_desk_conf_t *conf = desk->conf;
    mssl_event_t event = mssl_message_get_event(message);
    apr_status_t rv;

    mssl_record_begin(conf->record, desk->number, event, message->now);
    conf->keep(conf->baton);
    rv = mssl_tell(conf->teller, desk->order, message, pool, why);
    if (rv != APR_SUCCESS) {
        desk->failures++;
        desk->next = apr_time_now() + mssl_desk_get_wait(desk->failures, conf->minute);
    }
    mssl_record_end(conf->record, desk->number, event, rv != APR_SUCCESS ? desk->failures : 0,
                    apr_time_now(), desk->next);
    return rv;
}

static void report_untold(const mssl_desk_t *desk, int n, const char *worst, const char *why)
{
    report(desk, MSSL_DESK_UNTOLD, "%s; %d to be told, the worst is '%s', tried again in %d min",
           why, n, worst,
           (int)(mssl_desk_get_wait(desk->failures, APR_USEC_PER_SEC) / APR_USEC_PER_SEC));
}

void mssl_desk_serve(mssl_desk_t *desk, const mssl_scene_t *scene, apr_time_t now, apr_pool_t *pool)
{
    mssl_message_t message = { .server = desk->server, .now = now, .scene = scene };
    apr_interval_time_t every = desk->order->every, recheck = desk->conf->recheck;
    mssl_reason_t why = { "" };
    mssl_notice_t *due;

    desk->next = now + (every < recheck ? every : recheck);
    if (desk->owners != NULL) {
        return;
    }
    mssl_notices_forget(desk->notices, scene->condition, scene->n, mssl_scene_has, (void *)scene);
    message.n = mssl_notices_due(desk->notices, scene->condition, scene->n, mssl_scene_has,
                                 (void *)scene, now, every, &due, pool);
    message.notice = due;
    if (message.n == 0) {
        return;
    }
    if (tell_and_note(desk, &message, pool, &why) == APR_SUCCESS) {
        note_told(desk, &message, pool);
        return;
    }
    report_untold(desk, message.n, mssl_message_get_worst(&message), why.text);
}

static void save_heard(const mssl_desk_t *desk, apr_pool_t *pool)
{
    mssl_reason_t why = { "" };

    if (mssl_heard_save(&desk->heard, desk->conf->notified, desk->name, pool, &why) != APR_SUCCESS) {
        report(desk, MSSL_DESK_DAMAGED, MSSL_NOTIFIED_DIR "/%s; it may be told again when httpd is "
               "restarted", why.text);
    }
}

void mssl_desk_serve_alarms(mssl_desk_t *desk, const mssl_alarm_t *alarm, apr_time_t now,
                            apr_pool_t *pool)
{
    mssl_message_t message = { .server = desk->server, .now = now, .n = 1 };
    mssl_reason_t why = { "" };
    mssl_alarm_id_t id;

    if (desk->owners != NULL) {
        return;
    }
    if (mssl_heard_forget(&desk->heard, alarm)) {
        save_heard(desk, pool);
    }
    message.event = mssl_heard_due(&desk->heard, alarm, now, desk->order->every, &id);
    if (message.event == MSSL_EVENTS) {
        return;
    }
    message.alarm = &alarm[id];
    message.process = mssl_alarm_get_word(id);
    if (tell_and_note(desk, &message, pool, &why) != APR_SUCCESS) {
        report_untold(desk, message.n, mssl_message_get_worst(&message), why.text);
        return;
    }
    report(desk, MSSL_DESK_TOLD, "%s was told '%s'", desk->order->argv[0],
           mssl_message_get_worst(&message));
    desk->failures = 0;
    desk->next = 0;
    mssl_heard_told(&desk->heard, message.event, id, now);
    save_heard(desk, pool);
}

void mssl_desk_note(mssl_desk_t *desk, const char *name, const mssl_job_t *job, mssl_task_t task)
{
    int is_new = job != NULL ? mssl_tidings_note(desk->tidings, job, task, apr_time_now())
                             : mssl_tidings_forget(desk->tidings, name);
    mssl_request_t request;

    desk->is_unsaved |= is_new;
    if (!is_new || job == NULL || !asks_for_owners(desk)) {
        return;
    }
    if (find_request(&request, desk, name)) {
        mssl_tidings_set_reader(desk->tidings, name, request.notify);
    }
    else if (desk->owners != NULL) {
        mssl_tidings_forget(desk->tidings, name);
    }
}

void mssl_desk_keep(mssl_desk_t *desk, apr_pool_t *pool)
{
    mssl_reason_t why = { "" };

    if (!desk->is_unsaved) {
        return;
    }
    desk->is_unsaved = 0;
    if (mssl_tidings_save(desk->tidings, desk->conf->notified, desk->name, pool, &why)
        != APR_SUCCESS) {
        report(desk, MSSL_DESK_DAMAGED, MSSL_NOTIFIED_DIR "/%s; what is told of certificates that "
               "are made here may be told again, or not at all, when httpd is restarted", why.text);
    }
}

/* One event. @return whether it was told */
static int tell_batch(mssl_desk_t *desk, const mssl_tidings_batch_t *batch, const char *lang,
                      apr_time_t now, apr_pool_t *pool, mssl_reason_t *why)
{
    mssl_message_t message = { .server = desk->server, .now = now, .event = batch->event,
                               .tiding = batch->item, .ntidings = batch->nitems, .n = batch->n,
                               .certificates = asks_for_owners(desk) ? desk->conf->dir : 0,
                               .reader = batch->reader, .lang = lang };

    if (tell_and_note(desk, &message, pool, why) != APR_SUCCESS) {
        return 0;
    }
    report(desk, MSSL_DESK_TOLD, "%s was told '%s' of %d", desk->order->argv[0],
           mssl_message_get_worst(&message), message.n);
    desk->failures = 0;
    desk->next = 0;
    mssl_tidings_told(desk->tidings, batch, now);
    desk->is_unsaved = 1;
    mssl_desk_keep(desk, pool);
    return 1;
}

/* A mssl_tidings_may_fn. */
static int may_be_told(void *baton, const char *reader, mssl_event_t event)
{
    const mssl_desk_t *desk = baton;

    return mssl_owners_may(desk->owners, reader, event, apr_time_now(), desk->order->every);
}

/* His language, as the request for the first name has it. @return NULL: it has none */
static const char *find_lang(const mssl_desk_t *desk, const char *name, apr_pool_t *pool)
{
    mssl_request_t request;

    return find_request(&request, desk, name) && request.lang[0] != '\0'
               ? apr_pstrdup(pool, request.lang) : NULL;
}

/* It waits for this owner alone. His name for the log is that of what he is told of. */
static void note_untold(mssl_desk_t *desk, const mssl_tidings_batch_t *batch, apr_time_t now,
                        const char *why)
{
    int failures = mssl_owners_failed(desk->owners, batch->reader);
    apr_interval_time_t wait = mssl_desk_get_wait(failures, desk->conf->minute);

    if (failures >= GIVE_UP) {
        report(desk, MSSL_DESK_UNTOLD, "%s; the owner of %s is not told '%s' of %d, after %d failures",
               why, batch->item[0].name, mssl_event_get_word(batch->event), batch->n, failures);
        mssl_tidings_told(desk->tidings, batch, now);
        mssl_owners_forget(desk->owners, batch->reader);
        return;
    }
    report(desk, MSSL_DESK_UNTOLD, "%s; the owner of %s is to be told '%s' of %d, tried again in %d min",
           why, batch->item[0].name, mssl_event_get_word(batch->event), batch->n,
           (int)(mssl_desk_get_wait(failures, APR_USEC_PER_SEC) / APR_USEC_PER_SEC));
    mssl_owners_wait(desk->owners, batch->reader, now + wait);
}

static void serve_owners(mssl_desk_t *desk, apr_time_t begin, apr_pool_t *pool)
{
    mssl_tidings_batch_t batch;
    apr_time_t now = begin;
    mssl_reason_t why;
    int i;

    for (i = 0; i < OWNERS_AT_ONCE && now - begin < OWNERS_TIME
                && mssl_tidings_due_to(desk->tidings, may_be_told, desk, MSSL_MESSAGE_ITEMS_MAX,
                                       &batch, pool); i++) {
        why.text[0] = '\0';
        if (tell_batch(desk, &batch, find_lang(desk, batch.item[0].name, pool), now, pool, &why)) {
            mssl_owners_told(desk->owners, batch.reader, batch.event, now);
        }
        else {
            note_untold(desk, &batch, now, why.text);
        }
        desk->failures = 0; /* each has his own */
        desk->next = 0;
        now = apr_time_now();
    }
}

void mssl_desk_serve_jobs(mssl_desk_t *desk, apr_time_t now, apr_pool_t *pool)
{
    mssl_tidings_batch_t batch;
    mssl_reason_t why = { "" };

    if (desk->owners != NULL) {
        serve_owners(desk, now, pool);
        return;
    }
    if (mssl_tidings_due(desk->tidings, now, desk->order->every, MSSL_MESSAGE_ITEMS_MAX, &batch, pool)
        && !tell_batch(desk, &batch, NULL, now, pool, &why)) {
        report_untold(desk, batch.n, mssl_event_get_word(batch.event), why.text);
    }
}
