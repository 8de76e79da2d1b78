/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/job.h"

#include <apr_strings.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/base/filename.h"
#include "lib/base/reason.h"
#include "lib/base/rfc3339.h"
#include "lib/files/slurp.h"
#include "lib/files/write.h"

#define MAGIC "mssl-job/1"

static const char *const states[MSSL_JOB_STATES] = {
    [MSSL_JOB_WANTED] = "wanted",       [MSSL_JOB_ORDERED] = "ordered",
    [MSSL_JOB_PENDING] = "pending",     [MSSL_JOB_INSTALLED] = "installed",
    [MSSL_JOB_FAILED] = "failed",       [MSSL_JOB_DECLINED] = "declined",
    [MSSL_JOB_GONE] = "gone",
};

static const char *const classes[MSSL_CLASSES] = {
    [MSSL_CLASS_NONE] = "",             [MSSL_CLASS_DNS] = "dns",
    [MSSL_CLASS_ELSEWHERE] = "elsewhere", [MSSL_CLASS_CONNECTION] = "connection",
    [MSSL_CLASS_UNAUTHORIZED] = "unauthorized", [MSSL_CLASS_CAA] = "caa",
    [MSSL_CLASS_POLICY] = "policy",     [MSSL_CLASS_CHAIN] = "chain",
    [MSSL_CLASS_LIMIT] = "limit",       [MSSL_CLASS_CA] = "ca",
    [MSSL_CLASS_ACCOUNT] = "account",   [MSSL_CLASS_FUNDS] = "funds",
    [MSSL_CLASS_HERE] = "here",
};

static const char *const founds[MSSL_FOUNDS] = {
    [MSSL_FOUND_NOTHING] = "",               [MSSL_FOUND_OURS] = "ours",
    [MSSL_FOUND_UNKNOWN] = "unknown",        [MSSL_FOUND_ELSEWHERE] = "elsewhere",
    [MSSL_FOUND_NO_ADDRESS] = "no_address",  [MSSL_FOUND_SERVED] = "served",
};

/* Of what is so, or is not. */
static const char *const marks[] = { "", "yes" };

static const char *const whys[MSSL_JOB_WHYS] = {
    [MSSL_WHY_FIRST] = "first", [MSSL_WHY_RENEWAL] = "renewal", [MSSL_WHY_ASKED] = "asked",
};

/** What a value is, and where it lies in a job. */
typedef struct field_t {
    const char *name;
    enum { TEXT, TIME, NUMBER, COUNT, WORD } kind; /* COUNT: 0 is not written */
    size_t offset, size;      /* size: of a text */
    const char *const *words; /* of a WORD, an enum: n of them */
    int n;
} field_t;

#define TEXT_FIELD(field) \
    { #field, TEXT, offsetof(mssl_job_t, field), sizeof(((mssl_job_t *)0)->field), NULL, 0 }
#define TIME_FIELD(field) { #field, TIME, offsetof(mssl_job_t, field), 0, NULL, 0 }
#define WORD_FIELD(field, words, n) { #field, WORD, offsetof(mssl_job_t, field), 0, words, n }

/** In the order in which a person wants to read them. */
static const field_t fields[] = {
    TEXT_FIELD(of),
    WORD_FIELD(state, states, MSSL_JOB_STATES),
    TIME_FIELD(since),
    TIME_FIELD(next),
    TEXT_FIELD(text),
    TEXT_FIELD(said),
    TEXT_FIELD(waits_for),
    TIME_FIELD(until),
    { "doubt", WORD, offsetof(mssl_job_t, is_doubtful), 0, marks, 2 },
    TEXT_FIELD(source),
    TEXT_FIELD(issuer),
    WORD_FIELD(why, whys, MSSL_JOB_WHYS),
    WORD_FIELD(found, founds, MSSL_FOUNDS),
    TIME_FIELD(checked),
    { "failures", NUMBER, offsetof(mssl_job_t, failures), 0, NULL, 0 },
    { "refusals", COUNT, offsetof(mssl_job_t, refusals), 0, NULL, 0 },
    TIME_FIELD(failing),
    WORD_FIELD(class, classes, MSSL_CLASSES),
    TEXT_FIELD(names),
    TEXT_FIELD(request),
    TEXT_FIELD(order),
    TIME_FIELD(ordered),
    TEXT_FIELD(filed),
    TEXT_FIELD(serial),
    TEXT_FIELD(sha256),
    TEXT_FIELD(directory),
    TIME_FIELD(not_before),
    TIME_FIELD(not_after),
    TIME_FIELD(installed),
    TIME_FIELD(renew),
    TIME_FIELD(advised),
    TIME_FIELD(paid_until),
    { "bought", WORD, offsetof(mssl_job_t, is_bought), 0, marks, 2 },
    TEXT_FIELD(confirmed),
    TIME_FIELD(gone),
    TIME_FIELD(meanwhile),
    TEXT_FIELD(meanwhile_issuer),
    { "meanwhile_failures", COUNT, offsetof(mssl_job_t, meanwhile_failures), 0, NULL, 0 },
    { "meanwhile_refusals", COUNT, offsetof(mssl_job_t, meanwhile_refusals), 0, NULL, 0 },
    TIME_FIELD(meanwhile_failing),
    WORD_FIELD(meanwhile_class, classes, MSSL_CLASSES),
    TEXT_FIELD(meanwhile_text),
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static int find_word(const char *const *words, int n, const char *text)
{
    int i;

    for (i = 0; i < n && strcmp(words[i], text) != 0; i++) {
        continue;
    }
    return i;
}

const char *mssl_job_get_names(const mssl_job_t *job)
{
    return job->names[0] != '\0' ? job->names : job->name;
}

const char *mssl_job_get_filed(const mssl_job_t *job)
{
    return job->filed[0] != '\0' ? job->filed : job->name;
}

void mssl_job_init(mssl_job_t *job, const char *name, apr_time_t now)
{
    memset(job, 0, sizeof(*job));
    apr_cpystrn(job->name, name, sizeof(job->name));
    job->since = job->next = now;
}

const char *mssl_job_state_text(mssl_job_state_t state)
{
    return states[state];
}

const char *mssl_class_text(mssl_class_t class)
{
    return classes[class];
}

const char *mssl_found_text(mssl_job_found_t found)
{
    return founds[found];
}

mssl_job_state_t mssl_job_state_parse(const char *text)
{
    return (mssl_job_state_t)find_word(states, MSSL_JOB_STATES, text);
}

mssl_class_t mssl_class_parse(const char *text)
{
    return (mssl_class_t)find_word(classes, MSSL_CLASSES, text);
}

void mssl_job_set(char *field, size_t size, const char *text)
{
    apr_cpystrn(field, text, size);
    for (; *field != '\0'; field++) {
        if ((unsigned char)*field < ' ' || (unsigned char)*field > '~') {
            *field = '?';
        }
    }
}

const char *mssl_job_file(char out[MSSL_NAME_SIZE], const char *name)
{
    return mssl_filename(out, name);
}

/* By its line "name: ". */
static int read_name(char name[MSSL_NAME_SIZE], int folder, const char *file, apr_pool_t *pool)
{
    static const char label[] = "\nname: ";
    char other[MSSL_NAME_SIZE];
    const char *text, *at;
    apr_size_t len;

    if (mssl_file_slurp(&text, &len, folder, file, MSSL_JOB_MAX, pool, NULL) != APR_SUCCESS
        || (at = strstr(text, label)) == NULL) {
        return 0;
    }
    at += strlen(label);
    return mssl_name_canon_pattern(name, at, strcspn(at, "\n"))
           && strcmp(mssl_filename(other, name), file) == 0;
}

int mssl_job_parse_file(char name[MSSL_NAME_SIZE], int folder, const char *file)
{
    apr_pool_t *pool;
    int is_name;

    if (!mssl_filename_is_cut(file)) {
        return mssl_filename_parse(name, file);
    }
    apr_pool_create(&pool, NULL);
    is_name = read_name(name, folder, file, pool);
    apr_pool_destroy(pool);
    return is_name;
}

/* @return 0: the value is none of its kind */
static int take_value(mssl_job_t *job, const field_t *field, const char *value)
{
    char *at = (char *)job + field->offset, *end;
    apr_int64_t number;
    int word;

    switch (field->kind) {
    case TEXT:
        mssl_job_set(at, field->size, value);
        return 1;
    case TIME:
        return mssl_rfc3339_parse((apr_time_t *)(void *)at, value) == APR_SUCCESS;
    case NUMBER:
    case COUNT:
        number = apr_strtoi64(value, &end, 10);
        *(int *)(void *)at = (int)number;
        return *end == '\0' && number >= 0 && number <= INT_MAX;
    default:
        word = find_word(field->words, field->n, value);
        memcpy(at, &word, sizeof(word));
        return word < field->n;
    }
}

/* One line, NUL-terminated. @return 0: it is damaged */
static int take_line(mssl_job_t *job, char *line, const char *name)
{
    char *value = strstr(line, ": ");
    size_t i;

    if (value == NULL) {
        return 0;
    }
    *value = '\0';
    value += 2;
    if (strcmp(line, "name") == 0) {
        return strcmp(value, name) == 0;
    }
    for (i = 0; i < FIELDS; i++) {
        if (strcmp(fields[i].name, line) == 0) {
            return take_value(job, &fields[i], value);
        }
    }
    return 1; /* of a version to come */
}

static apr_status_t take(mssl_job_t *job, char *text, const char *name, mssl_reason_t *why)
{
    char *state, *line = apr_strtok(text, "\n", &state);
    int number;

    if (line == NULL || strcmp(line, MAGIC) != 0) {
        return mssl_reason_set(why, APR_EINVAL, "it does not begin with '" MAGIC "'");
    }
    for (number = 2; (line = apr_strtok(NULL, "\n", &state)) != NULL; number++) {
        if (!take_line(job, line, name)) {
            return mssl_reason_set(why, APR_EINVAL, "line %d is none of a job of %s", number, name);
        }
    }
    return APR_SUCCESS;
}

apr_status_t mssl_job_load(mssl_job_t *job, int jobs, const char *name, uid_t owner,
                           mssl_reason_t *why)
{
    char file[MSSL_NAME_SIZE];
    mssl_reason_t fault = { "" };
    const char *text;
    apr_size_t len;
    apr_pool_t *pool;
    apr_status_t rv;

    mssl_job_init(job, name, 0);
    apr_pool_create(&pool, NULL);
    rv = mssl_file_slurp_of(&text, &len, jobs, mssl_job_file(file, name), MSSL_JOB_MAX, owner, pool,
                            &fault);
    if (rv == APR_SUCCESS) {
        rv = take(job, apr_pstrmemdup(pool, text, len), name, &fault);
        if (rv != APR_SUCCESS) {
            mssl_reason_set(why, rv, MSSL_JOB_FOLDER "/%s: %s", file, fault.text);
        }
    }
    else {
        mssl_reason_set(why, rv, MSSL_JOB_FOLDER "/%s", fault.text);
    }
    apr_pool_destroy(pool);
    return rv;
}

apr_status_t mssl_job_load_covering(mssl_job_t *job, int jobs, const char *name, uid_t owner,
                                    mssl_reason_t *why)
{
    apr_status_t rv = mssl_job_load(job, jobs, name, owner, why);
    char pattern[MSSL_NAME_SIZE];

    return APR_STATUS_IS_ENOENT(rv) && mssl_name_pattern(pattern, name)
               ? mssl_job_load(job, jobs, pattern, owner, why) : rv;
}

static void add_field(mssl_buffer_t *out, const mssl_job_t *job, const field_t *field)
{
    const char *at = (const char *)job + field->offset;
    char time[MSSL_RFC3339_SIZE];
    apr_time_t when;
    int number;

    switch (field->kind) {
    case TEXT:
        if (*at != '\0') {
            mssl_buffer_print(out, "%s: %s\n", field->name, at);
        }
        break;
    case TIME:
        memcpy(&when, at, sizeof(when));
        if (when != 0 && mssl_rfc3339_print(time, when) == APR_SUCCESS) {
            mssl_buffer_print(out, "%s: %s\n", field->name, time);
        }
        break;
    case NUMBER:
    case COUNT:
        memcpy(&number, at, sizeof(number));
        if (number == 0 && field->kind == COUNT) {
            break;
        }
        mssl_buffer_print(out, "%s: %d\n", field->name, number);
        break;
    default:
        memcpy(&number, at, sizeof(number));
        if (field->words[number][0] != '\0') {
            mssl_buffer_print(out, "%s: %s\n", field->name, field->words[number]);
        }
    }
}

/* It is bounded by the sizes of its texts; without memory it is cut, and data may be NULL. */
static void format(mssl_buffer_t *out, const mssl_job_t *job)
{
    size_t i;

    mssl_buffer_print(out, MAGIC "\nname: %s\n", job->name);
    for (i = 0; i < FIELDS; i++) {
        add_field(out, job, &fields[i]);
    }
}

const char *mssl_job_format(const mssl_job_t *job, apr_pool_t *pool)
{
    mssl_buffer_t text = { .max = MSSL_JOB_MAX };
    const char *copy;

    format(&text, job);
    copy = apr_pstrmemdup(pool, text.data != NULL ? text.data : "", text.len);
    mssl_buffer_free(&text);
    return copy;
}

apr_status_t mssl_job_save(const mssl_job_t *job, int jobs, mssl_reason_t *why)
{
    const mssl_owner_t everybody = { (uid_t)-1, (gid_t)-1, 0644 };
    mssl_buffer_t text = { .max = MSSL_JOB_MAX };
    char file[MSSL_NAME_SIZE];
    mssl_reason_t fault = { "" };
    apr_status_t rv;

    format(&text, job);
    if (text.data == NULL) {
        return mssl_reason_set(why, APR_ENOMEM, MSSL_JOB_FOLDER "/%s: no memory for it", job->name);
    }
    rv = mssl_file_write(jobs, mssl_job_file(file, job->name), text.data, text.len, &everybody,
                         &fault);
    mssl_buffer_free(&text);
    return rv == APR_SUCCESS ? rv : mssl_reason_set(why, rv, MSSL_JOB_FOLDER "/%s", fault.text);
}
