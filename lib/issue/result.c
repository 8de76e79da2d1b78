/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/result.h"

#include <apr_strings.h>
#include <string.h>

#include "lib/base/rfc3339.h"
#include "lib/files/slurp.h"

/** No CA means more, and no program may put us off for longer, seconds. */
#define MAX_WAIT APR_INT64_C(7776000)

enum {
    EXIT_DONE = 0,
    EXIT_NO_VERB = 3,
    EXIT_PENDING = 10,
    EXIT_NAME = 20,
    EXIT_DECLINED = 21,
    EXIT_NO_ORDER = 22,
    EXIT_LIMIT = 30,
    EXIT_ACCOUNT = 32
};

/* @return 0: it is none */
static apr_time_t parse_time(const char *value)
{
    apr_time_t time;
    apr_int64_t seconds;
    char *end;

    if (mssl_rfc3339_parse(&time, value) == APR_SUCCESS) {
        return time;
    }
    seconds = apr_strtoi64(value, &end, 10);
    return *value != '\0' && *end == '\0' && seconds > 0 && seconds < APR_INT64_C(253402300800)
               ? apr_time_from_sec(seconds)
               : 0;
}

/* A time that something waits for. */
static apr_time_t bound(apr_time_t time, apr_time_t now)
{
    apr_time_t latest = now + apr_time_from_sec(MAX_WAIT);

    return time <= now ? 0 : time < latest ? time : latest;
}

static apr_time_t parse_wait(const char *value, apr_time_t now)
{
    char *end;
    apr_int64_t seconds = apr_strtoi64(value, &end, 10);

    return *value != '\0' && *end == '\0' && seconds > 0
               ? bound(now + apr_time_from_sec(seconds < MAX_WAIT ? seconds : MAX_WAIT), now)
               : 0;
}

static void take_line(mssl_result_t *result, char *line, apr_time_t now)
{
    char *value = strchr(line, ':');

    if (value == NULL) {
        return;
    }
    *value++ = '\0';
    value += strspn(value, " \t");
    if (strcmp(line, "order") == 0) {
        MSSL_JOB_SET(result->order, value);
    }
    else if (strcmp(line, "waits-for") == 0) {
        MSSL_JOB_SET(result->waits_for, value);
    }
    else if (strcmp(line, "text") == 0) {
        MSSL_JOB_SET(result->text, value);
    }
    else if (strcmp(line, "class") == 0) {
        result->class = mssl_class_parse(value);
        result->class = result->class == MSSL_CLASSES ? MSSL_CLASS_NONE : result->class;
    }
    else if (strcmp(line, "poll-after") == 0) {
        result->poll_after = parse_wait(value, now);
    }
    else if (strcmp(line, "retry-at") == 0) {
        result->retry_at = bound(parse_time(value), now);
    }
    else if (strcmp(line, "renew-at") == 0) {
        result->renew_at = parse_time(value);
    }
    else if (strcmp(line, "paid-until") == 0) {
        result->paid_until = parse_time(value);
    }
}

void mssl_result_read(mssl_result_t *result, int folder, apr_time_t now, apr_pool_t *pool)
{
    const char *text;
    char *line, *state;
    apr_size_t len;

    memset(result, 0, sizeof(*result));
    if (mssl_file_slurp(&text, &len, folder, MSSL_RESULT_FILE, MSSL_RESULT_MAX, pool, NULL)
        != APR_SUCCESS) {
        return;
    }
    for (line = apr_strtok(apr_pstrmemdup(pool, text, len), "\r\n", &state); line != NULL;
         line = apr_strtok(NULL, "\r\n", &state)) {
        take_line(result, line, now);
    }
}

/* Whose fault a refusal of the name is, in the issuer's words; the CA's, where those are none. */
static mssl_class_t get_class(const mssl_result_t *result)
{
    switch (result->class) {
    case MSSL_CLASS_DNS:
    case MSSL_CLASS_CONNECTION:
    case MSSL_CLASS_UNAUTHORIZED:
    case MSSL_CLASS_CAA:
    case MSSL_CLASS_POLICY:
        return result->class;
    default:
        return MSSL_CLASS_CA;
    }
}

mssl_outcome_t mssl_result_judge(mssl_result_t *result, int code)
{
    mssl_class_t class = get_class(result);
    int has_no_funds = result->class == MSSL_CLASS_FUNDS;

    result->class = MSSL_CLASS_NONE;
    switch (code) {
    case EXIT_DONE:
        return MSSL_OUTCOME_DONE;
    case EXIT_NO_VERB:
        return MSSL_OUTCOME_NO_VERB;
    case EXIT_PENDING:
        return MSSL_OUTCOME_PENDING;
    case EXIT_DECLINED:
        return MSSL_OUTCOME_DECLINED;
    case EXIT_NO_ORDER:
        return MSSL_OUTCOME_NO_ORDER;
    case EXIT_NAME:
        result->class = class;
        break;
    case EXIT_LIMIT:
        result->class = MSSL_CLASS_LIMIT;
        break;
    case EXIT_ACCOUNT:
        result->class = has_no_funds ? MSSL_CLASS_FUNDS : MSSL_CLASS_ACCOUNT;
        break;
    default:
        result->class = MSSL_CLASS_CA;
    }
    return MSSL_OUTCOME_FAILED;
}
