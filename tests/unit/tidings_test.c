/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/desk.h"

#include "lib/steward/desk.h"
#include "lib/steward/message.h"

#define HOUR apr_time_from_sec(3600)
#define NOW (500000 * HOUR)
#define MAX 200

/* A job that has ended so; failures began an hour ago. */
static mssl_job_t make_job(const char *name, mssl_job_state_t state)
{
    mssl_job_t job;

    mssl_job_init(&job, name, NOW);
    job.state = state;
    MSSL_JOB_SET(job.issuer, "fake");
    MSSL_JOB_SET(job.text, state == MSSL_JOB_INSTALLED ? "" : "it is no good");
    job.installed = state == MSSL_JOB_INSTALLED ? NOW : 0;
    job.not_after = job.installed != 0 ? NOW + 90 * DAY : 0;
    job.failing = state == MSSL_JOB_FAILED ? NOW - HOUR : 0;
    job.failures = job.failing != 0;
    job.class = job.failing != 0 ? MSSL_CLASS_CA : MSSL_CLASS_NONE;
    return job;
}

static mssl_job_t make_failed(const char *name, int failures, mssl_class_t class)
{
    mssl_job_t job = make_job(name, MSSL_JOB_FAILED);

    job.failures = failures;
    job.class = class;
    return job;
}

static int note(mssl_tidings_t *tidings, mssl_job_t job)
{
    return mssl_tidings_note(tidings, &job, MSSL_TASK_ORDER, NOW);
}

/* What is due is told. @return how many; 0: nothing is */
static int tell(desk_t *desk, mssl_tidings_t *tidings, apr_time_t now, mssl_tidings_batch_t *batch)
{
    if (!mssl_tidings_due(tidings, now, HOUR, MAX, batch, desk->pool)) {
        return 0;
    }
    mssl_tidings_told(tidings, batch, now);
    return batch->n;
}

/* What is told of one name at once, and in which words. */
static void expect(desk_t *desk, mssl_job_t job, mssl_task_t task, const char *event,
                   const char *reason)
{
    mssl_tidings_t *tidings = mssl_tidings_make(desk->pool);
    mssl_tidings_batch_t batch;

    assert_int_equal(mssl_tidings_note(tidings, &job, task, NOW), event != NULL);
    if (event == NULL) {
        assert_int_equal(tell(desk, tidings, NOW, &batch), 0);
        return;
    }
    assert_int_equal(tell(desk, tidings, NOW, &batch), 1);
    assert_string_equal(mssl_event_get_word(batch.event), event);
    assert_string_equal(batch.item[0].name, job.name);
    assert_int_equal(batch.item[0].state, job.state);
    assert_string_equal(batch.item[0].reason, reason);
    assert_int_equal(tell(desk, tidings, NOW + 100 * HOUR, &batch), 0);
}

static void test_what(void **state)
{
    static const mssl_class_t hard[] = { MSSL_CLASS_ACCOUNT, MSSL_CLASS_CAA, MSSL_CLASS_POLICY,
                                         MSSL_CLASS_CHAIN, MSSL_CLASS_HERE };
    desk_t *desk = *state;
    mssl_job_t job = make_job("a.example", MSSL_JOB_INSTALLED);
    size_t i;

    expect(desk, job, MSSL_TASK_ORDER, "issued", "a certificate of 'fake' is in service");
    expect(desk, job, MSSL_TASK_PREFLIGHT, NULL, NULL); /* found again, or there already */
    expect(desk, job, MSSL_TASK_RETURN, NULL, NULL);
    job.why = MSSL_WHY_ASKED;
    expect(desk, job, MSSL_TASK_APPROVE, "issued", "a certificate of 'fake' is in service");
    job.why = MSSL_WHY_RENEWAL;
    expect(desk, job, MSSL_TASK_ORDER, NULL, NULL);
    for (i = 0; i < COUNT(hard); i++) {
        expect(desk, make_failed("a.example", 1, hard[i]), MSSL_TASK_ORDER, "failed", "it is no good");
    }
    for (i = 1; i < MSSL_CLASSES; i++) {
        expect(desk, make_failed("a.example", 3, (mssl_class_t)i), MSSL_TASK_POLL, "failed",
               "it is no good");
    }
    expect(desk, make_failed("a.example", 2, MSSL_CLASS_LIMIT), MSSL_TASK_ORDER, NULL, NULL);
    expect(desk, make_failed("a.example", 3, MSSL_CLASS_DNS), MSSL_TASK_PREFLIGHT, "failed",
           "it is no good");
    expect(desk, make_failed("a.example", 3, MSSL_CLASS_CA), MSSL_TASK_REVOKE, NULL, NULL);
    job = make_failed("a.example", 3, MSSL_CLASS_CA);
    MSSL_JOB_SET(job.said, "Go away");
    expect(desk, job, MSSL_TASK_ORDER, "failed", "it is no good (Go away)");
    job = make_job("*.a.example", MSSL_JOB_PENDING);
    MSSL_JOB_SET(job.waits_for, "the boss");
    expect(desk, job, MSSL_TASK_ORDER, "pending", "waits for the boss");
    job.until = apr_time_from_sec(1767323045);
    MSSL_JOB_SET(job.said, "validation");
    expect(desk, job, MSSL_TASK_ORDER, "pending",
           "waits until 2026-01-02T03:04:05Z for the boss (validation)");
    expect(desk, job, MSSL_TASK_POLL, NULL, NULL);
    expect(desk, make_job("a.example", MSSL_JOB_DECLINED), MSSL_TASK_DECLINE, "declined",
           "it is no good");
    expect(desk, make_job("a.example", MSSL_JOB_WANTED), MSSL_TASK_PREFLIGHT, NULL, NULL);
    expect(desk, make_job("a.example", MSSL_JOB_GONE), MSSL_TASK_LEAVE, NULL, NULL);
}

/* A run of failures once, and that it is over; another one anew. */
static void test_runs(void **state)
{
    desk_t *desk = *state;
    mssl_tidings_t *tidings = mssl_tidings_make(desk->pool);
    mssl_job_t job = make_job("a.example", MSSL_JOB_INSTALLED);
    mssl_tidings_batch_t batch;
    int i;

    for (i = 1; i < 10; i++) {
        note(tidings, make_failed("a.example", i, i == 5 ? MSSL_CLASS_CAA : MSSL_CLASS_CA));
        assert_int_equal(tell(desk, tidings, NOW + i * HOUR, &batch), i == 3);
    }
    job.why = MSSL_WHY_RENEWAL;
    assert_true(note(tidings, job));
    assert_int_equal(tell(desk, tidings, NOW + 10 * HOUR, &batch), 1);
    assert_int_equal(batch.event, MSSL_EVENT_ISSUED);
    assert_non_null(strstr(batch.item[0].reason, "in service, which had failed before"));
    assert_false(note(tidings, job));
    /* One that nobody was told the end of: as when the command was not configured for a while. */
    assert_true(note(tidings, make_failed("a.example", 3, MSSL_CLASS_CA)));
    assert_int_equal(tell(desk, tidings, NOW + 20 * HOUR, &batch), 1);
    job = make_failed("a.example", 3, MSSL_CLASS_CA);
    assert_false(note(tidings, job));
    job.failing += HOUR;
    assert_true(note(tidings, job));
    assert_int_equal(tell(desk, tidings, NOW + 30 * HOUR, &batch), 1);
    assert_int_equal(batch.event, MSSL_EVENT_FAILED);
    assert_true(mssl_tidings_forget(tidings, "a.example"));
    assert_false(mssl_tidings_forget(tidings, "a.example"));
}

/* What a steward finds at its start: what nobody was told of, once, and nothing old but what fails. */
static void test_found(void **state)
{
    desk_t *desk = *state;
    mssl_tidings_t *tidings = mssl_tidings_make(desk->pool);
    mssl_job_t job = make_job("a.example", MSSL_JOB_INSTALLED);
    mssl_tidings_batch_t batch;
    int i;

    for (i = 0; i < 3; i++) {
        assert_int_equal(mssl_tidings_note(tidings, &job, MSSL_TASKS, NOW + HOUR / 2), i == 0);
        assert_int_equal(tell(desk, tidings, NOW + (i + 1) * HOUR / 2, &batch), i == 0);
        job.since += i; /* it was gone, and is back */
        assert_false(note(tidings, job));
    }
    job = make_job("b.example", MSSL_JOB_INSTALLED);
    assert_false(mssl_tidings_note(tidings, &job, MSSL_TASKS, NOW + HOUR + 1));
    assert_true(note(tidings, make_job("x.example", MSSL_JOB_INSTALLED)));
    assert_true(mssl_tidings_forget(tidings, "x.example"));
    assert_false(note(tidings, make_job("a.example", MSSL_JOB_INSTALLED)));
    job = make_job("c.example", MSSL_JOB_DECLINED);
    assert_false(mssl_tidings_note(tidings, &job, MSSL_TASKS, NOW + HOUR + 1));
    job = make_job("d.example", MSSL_JOB_PENDING);
    for (i = 0; i < 3; i++) {
        assert_int_equal(mssl_tidings_note(tidings, &job, i == 0 ? MSSL_TASK_ORDER : MSSL_TASKS, NOW),
                         i == 0);
        assert_int_equal(tell(desk, tidings, NOW + i * HOUR, &batch), i == 0);
    }
    job = make_failed("e.example", 3, MSSL_CLASS_CA);
    for (i = 0; i < 3; i++) {
        assert_int_equal(mssl_tidings_note(tidings, &job, MSSL_TASKS, NOW + 100 * DAY), i == 0);
        assert_int_equal(tell(desk, tidings, NOW + (100 + i) * DAY, &batch), i == 0);
    }
}

/* What is not so any more is not told; of a name the last is. */
static void test_overtaken(void **state)
{
    desk_t *desk = *state;
    mssl_tidings_t *tidings = mssl_tidings_make(desk->pool);
    mssl_job_t job = make_job("a.example", MSSL_JOB_INSTALLED);
    mssl_tidings_batch_t batch;

    job.why = MSSL_WHY_RENEWAL;
    note(tidings, make_failed("a.example", 3, MSSL_CLASS_CA));
    assert_true(note(tidings, job));
    assert_int_equal(tell(desk, tidings, NOW, &batch), 0);
    note(tidings, make_job("a.example", MSSL_JOB_PENDING));
    assert_true(note(tidings, make_failed("a.example", 1, MSSL_CLASS_CA)));
    assert_int_equal(tell(desk, tidings, NOW, &batch), 0);
    note(tidings, make_job("a.example", MSSL_JOB_DECLINED));
    note(tidings, make_job("b.example", MSSL_JOB_DECLINED));
    job = make_job("b.example", MSSL_JOB_GONE);
    assert_true(mssl_tidings_note(tidings, &job, MSSL_TASK_LEAVE, NOW));
    note(tidings, make_job("a.example", MSSL_JOB_INSTALLED));
    note(tidings, make_failed("a.example", 1, MSSL_CLASS_CA)); /* that it was issued is so still */
    assert_int_equal(tell(desk, tidings, NOW, &batch), 1);
    assert_int_equal(batch.event, MSSL_EVENT_ISSUED);
    assert_int_equal(tell(desk, tidings, NOW, &batch), 0);
}

/* The first at once, then together; each event by itself; what comes while it is told is told later. */
static void test_together(void **state)
{
    desk_t *desk = *state;
    mssl_tidings_t *tidings = mssl_tidings_make(desk->pool);
    mssl_tidings_batch_t batch;
    int i;

    note(tidings, make_job("first.example", MSSL_JOB_INSTALLED));
    assert_int_equal(tell(desk, tidings, NOW, &batch), 1);
    for (i = 0; i < 5000; i++) {
        note(tidings, make_job(apr_psprintf(desk->pool, "n%d.example", i), MSSL_JOB_INSTALLED));
    }
    note(tidings, make_failed("bad.example", 1, MSSL_CLASS_CAA));
    assert_int_equal(tell(desk, tidings, NOW + 1, &batch), 1);
    assert_int_equal(batch.event, MSSL_EVENT_FAILED);
    assert_int_equal(tell(desk, tidings, NOW + HOUR - 1, &batch), 0);
    assert_true(mssl_tidings_due(tidings, NOW + HOUR, HOUR, MAX, &batch, desk->pool));
    assert_int_equal(batch.n, 5000);
    assert_int_equal(batch.nitems, MAX);
    assert_string_equal(batch.item[0].name, "n0.example");
    note(tidings, make_job("late.example", MSSL_JOB_INSTALLED));
    mssl_tidings_told(tidings, &batch, NOW + HOUR);
    assert_int_equal(tell(desk, tidings, NOW + 2 * HOUR, &batch), 1);
    assert_string_equal(batch.item[0].name, "late.example");
    /* A clock that was set back a year. */
    note(tidings, make_job("back.example", MSSL_JOB_INSTALLED));
    assert_int_equal(tell(desk, tidings, NOW - 9000 * HOUR, &batch), 1);
}

/* More names than there is room for are counted, also over a restart; the file stays within its bound. */
static void test_bound(void **state)
{
    desk_t *desk = *state;
    mssl_tidings_t *tidings = mssl_tidings_make(desk->pool), *read = mssl_tidings_make(desk->pool);
    mssl_tidings_batch_t batch;
    mssl_reason_t why = { "" };
    struct stat info;
    mssl_job_t job;
    int i;

    for (i = 0; i < MSSL_TIDINGS_MAX + 7; i++) {
        job = make_failed(apr_psprintf(desk->pool, "n%d.example", i), 3, MSSL_CLASS_CA);
        memset(job.text, 'x', MSSL_JOB_TEXT_SIZE - 1);
        note(tidings, job);
    }
    assert_int_equal(mssl_tidings_save(tidings, desk->dir, "x", desk->pool, &why), APR_SUCCESS);
    assert_int_equal(fstatat(desk->dir, "x.jobs", &info, 0), 0);
    assert_true(info.st_size < 16 * 1024 * 1024 && (info.st_mode & 0777) == 0600);
    assert_int_equal(mssl_tidings_load(read, desk->dir, "x", desk->pool, &why), APR_SUCCESS);
    assert_int_equal(tell(desk, read, NOW, &batch), MSSL_TIDINGS_MAX + 7);
    assert_int_equal(batch.nitems, MAX);
    assert_int_equal(strlen(batch.item[0].reason), MSSL_TIDING_REASON - 1);
    assert_int_equal(tell(desk, read, NOW + HOUR, &batch), 0);
}

static void write_text(desk_t *desk, const char *text, size_t len)
{
    const mssl_owner_t owner = { (uid_t)-1, (gid_t)-1, 0600 };
    mssl_reason_t why = { "" };

    assert_int_equal(mssl_file_write(desk->dir, "x.jobs", text, len, &owner, &why), APR_SUCCESS);
}

static void test_files(void **state)
{
    desk_t *desk = *state;
    mssl_tidings_t *tidings = mssl_tidings_make(desk->pool), *read;
    mssl_tidings_batch_t batch;
    mssl_reason_t why = { "" };
    mssl_job_t job = make_job("*.a.example", MSSL_JOB_INSTALLED);

    job.why = MSSL_WHY_RENEWAL;
    note(tidings, make_failed("told.example", 3, MSSL_CLASS_CA));
    assert_int_equal(tell(desk, tidings, NOW, &batch), 1);
    note(tidings, make_failed("*.a.example", 3, MSSL_CLASS_CA));
    note(tidings, make_job("b.example", MSSL_JOB_INSTALLED));
    assert_int_equal(mssl_tidings_save(tidings, desk->dir, "x", desk->pool, &why), APR_SUCCESS);
    read = mssl_tidings_make(desk->pool);
    assert_int_equal(mssl_tidings_load(read, desk->dir, "x", desk->pool, &why), APR_SUCCESS);
    assert_int_equal(tell(desk, read, NOW, &batch), 1);
    assert_string_equal(batch.item[0].name, "b.example");
    assert_int_equal(batch.item[0].state, MSSL_JOB_INSTALLED);
    assert_true(batch.item[0].since == NOW && batch.item[0].not_after == NOW + 90 * DAY);
    assert_string_equal(batch.item[0].reason, "a certificate of 'fake' is in service");
    assert_false(note(read, make_failed("told.example", 4, MSSL_CLASS_CA)));
    assert_int_equal(tell(desk, read, NOW + HOUR, &batch), 1);
    assert_string_equal(batch.item[0].name, "*.a.example");
    assert_true(note(read, job));
}

static void test_damaged(void **state)
{
    static const char *const bad[] = {
        "", "mssl-tidings 1\n", "mssl-tidings 2\nend\n", "mssl-tidings 1\nend", "mssl-tidings 1\nend\nend\n",
        "mssl-tidings 1\ntold digest 0 0\nend\n", "mssl-tidings 1\ntold issued -1 0\nend\n",
        "mssl-tidings 1\ntold issued 0 9999999999\nend\n",
        "mssl-tidings 1\njob a.example 0 issued installed 0 0\nend\n",
        "mssl-tidings 1\njob ../x 0 issued installed 0 0 \nend\n",
        "mssl-tidings 1\njob A.example 0 issued installed 0 0 \nend\n",
        "mssl-tidings 1\njob a.example 0 digest installed 0 0 \nend\n",
        "mssl-tidings 1\njob a.example 0 issued what 0 0 \nend\n",
        "mssl-tidings 1\njob a.example 0 issued installed 0 0 \x1b[2J\nend\n",
        "mssl-tidings 1\njob a.example 999999999999999 issued installed 0 0 \nend\n",
    };
    desk_t *desk = *state;
    mssl_tidings_t *tidings = mssl_tidings_make(desk->pool), *read;
    mssl_tidings_batch_t batch;
    mssl_reason_t why = { "" };
    const char *text;
    size_t i, len;

    note(tidings, make_failed("*.a.example", 3, MSSL_CLASS_CA));
    note(tidings, make_job("b.example", MSSL_JOB_INSTALLED));
    for (i = 0; i < COUNT(bad); i++) {
        write_text(desk, bad[i], strlen(bad[i]));
        read = mssl_tidings_make(desk->pool);
        assert_int_equal(mssl_tidings_load(read, desk->dir, "x", desk->pool, &why), APR_EINVAL);
        assert_non_null(strstr(why.text, "set aside as x.jobs.bad"));
        assert_int_equal(faccessat(desk->dir, "x.jobs.bad", F_OK, 0), 0);
        assert_int_equal(mssl_tidings_load(read, desk->dir, "x", desk->pool, &why), APR_SUCCESS);
        assert_int_equal(tell(desk, read, NOW, &batch), 0);
    }
    /* Cut anywhere, or with any byte changed, it is no worse. */
    assert_int_equal(mssl_tidings_save(tidings, desk->dir, "x", desk->pool, &why), APR_SUCCESS);
    text = read_file(desk, "x.jobs");
    len = strlen(text);
    for (i = 0; i < len; i++) {
        char *copy = apr_pstrdup(desk->pool, text);

        write_text(desk, text, i);
        read = mssl_tidings_make(desk->pool);
        assert_int_equal(mssl_tidings_load(read, desk->dir, "x", desk->pool, &why), APR_EINVAL);
        copy[i] ^= 0x15;
        write_text(desk, copy, len);
        mssl_tidings_load(read, desk->dir, "x", desk->pool, &why);
        tell(desk, read, NOW, &batch);
    }
}

static void report(void *baton, mssl_desk_event_t event, const char *text)
{
    desk_t *desk = baton;

    desk->calls[event]++;
    apr_cpystrn(desk->said, text, sizeof(desk->said));
}

static void keep(void *baton)
{
    (void)baton;
}

/* A desk in the folder of what was told, whose command is a shell's. */
static void open_desk(desk_t *desk, mssl_desk_t *out, const char *script)
{
    mssl_desk_conf_t *conf = apr_pcalloc(desk->pool, sizeof(*conf));
    mssl_teller_t *teller = apr_pcalloc(desk->pool, sizeof(*teller));
    mssl_order_t *order = apr_pcalloc(desk->pool, sizeof(*order));

    *teller = (mssl_teller_t){ .self = "/nonexistent", .patience = apr_time_from_sec(30),
                               .mercy = apr_time_from_sec(5) };
    order->every = HOUR;
    order->argv = apr_pcalloc(desk->pool, 4 * sizeof(char *));
    order->argv[0] = "/bin/sh";
    order->argv[1] = "-c";
    order->argv[2] = apr_psprintf(desk->pool, "cd %s; %s", desk->root, script);
    conf->notified = openat(desk->dir, MSSL_NOTIFIED_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    conf->teller = teller;
    conf->record = mssl_record_make(desk->dir, 0, desk->pool);
    conf->recheck = conf->minute = apr_time_from_sec(60);
    conf->report = report;
    conf->keep = keep;
    conf->baton = desk;
    mssl_desk_open(out, conf, order, "www.example", 0, desk->pool);
}

static void note_many(mssl_desk_t *at, desk_t *desk, int n)
{
    int i;

    for (i = 0; i < n; i++) {
        mssl_job_t job = make_job(apr_psprintf(desk->pool, "n%d.example", i), MSSL_JOB_INSTALLED);

        mssl_desk_note(at, job.name, &job, MSSL_TASK_ORDER);
    }
    mssl_desk_keep(at, desk->pool);
}

/* 250 at once; the command fails, the steward is killed, and the next one tells. */
static void test_told(void **state)
{
    const char *script = "[ -e yes ] || exit 1; cat > json; echo $MSSL_EVENT $MSSL_COUNT $MSSL_WORST >> runs";
    desk_t *desk = *state;
    const mssl_json_value_t *root, *item;
    mssl_desk_t at;
    int n = 0;

    open_desk(desk, &at, script);
    note_many(&at, desk, 250);
    mssl_desk_serve_jobs(&at, NOW, desk->pool);
    assert_int_equal(desk->calls[MSSL_DESK_UNTOLD], 1);
    assert_non_null(strstr(desk->said, "exit code 1; 250 to be told, the worst is 'issued', tried "
                                       "again in 1 min"));
    assert_false(mssl_desk_is_due(&at));
    close(at.conf->notified);
    assert_int_equal(mknodat(desk->dir, "yes", S_IFREG | 0600, 0), 0);
    open_desk(desk, &at, script);
    mssl_desk_serve_jobs(&at, NOW, desk->pool);
    mssl_desk_serve_jobs(&at, NOW + 100 * HOUR, desk->pool);
    assert_int_equal(desk->calls[MSSL_DESK_TOLD], 1);
    assert_string_equal(read_file(desk, "runs"), "issued 250 issued\n");
    root = read_json(desk, "json");
    assert_string_equal(mssl_json_get_text(root, "event", ""), "issued");
    assert_int_equal(mssl_json_get_int(mssl_json_get(root, "counts"), "issued", 0), 250);
    assert_int_equal(mssl_json_get_int(root, "cut", 0), 50);
    item = mssl_json_get_first(root, "items");
    assert_string_equal(mssl_json_get_text(item, "name", ""), "n0.example");
    assert_string_equal(mssl_json_get_text(item, "state", ""), "installed");
    assert_int_equal(mssl_json_get_bool(item, "reminder", -1), 0);
    assert_int_equal(mssl_json_get_int(item, "days_left", -1), 90);
    assert_int_equal(mssl_json_get(item, "store")->kind, MSSL_JSON_NULL);
    assert_int_equal(mssl_json_get(item, "file")->kind, MSSL_JSON_NULL);
    assert_string_equal(mssl_json_get_text(item, "reason", ""),
                        "a certificate of 'fake' is in service");
    assert_string_equal(mssl_json_get_text(item, "explain", ""), "msslctl job n0.example");
    for (; item != NULL; item = item->next) {
        n++;
    }
    assert_int_equal(n, MSSL_MESSAGE_ITEMS_MAX);
    assert_int_equal(desk->calls[MSSL_DESK_DAMAGED], 0);
    close(at.conf->notified);
}

/* A file of it that is damaged costs what was not told, and says so. */
static void test_set_aside(void **state)
{
    desk_t *desk = *state;
    mssl_desk_t at;

    open_desk(desk, &at, "cat > json");
    note_many(&at, desk, 1);
    close(at.conf->notified);
    assert_int_equal(truncate(apr_pstrcat(desk->pool, desk->root, "/" MSSL_NOTIFIED_DIR "/", at.name,
                                          ".jobs", NULL), 20), 0);
    open_desk(desk, &at, "cat > json");
    assert_int_equal(desk->calls[MSSL_DESK_DAMAGED], 1);
    assert_non_null(strstr(desk->said, ".jobs.bad; what was not told yet of certificates"));
    mssl_desk_serve_jobs(&at, NOW, desk->pool);
    assert_int_equal(desk->calls[MSSL_DESK_TOLD], 0);
    note_many(&at, desk, 1);
    mssl_desk_note(&at, "n0.example", NULL, MSSL_TASK_FORGET);
    mssl_desk_serve_jobs(&at, NOW, desk->pool);
    assert_int_equal(desk->calls[MSSL_DESK_TOLD], 0);
    note_many(&at, desk, 1);
    mssl_desk_serve_jobs(&at, NOW, desk->pool);
    assert_int_equal(desk->calls[MSSL_DESK_TOLD], 1);
    close(at.conf->notified);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_runs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_overtaken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_together, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bound, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_set_aside, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("tidings", tests, NULL, NULL);
}
