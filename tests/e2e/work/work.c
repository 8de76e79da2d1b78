/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * One task for one name, as the steward's worker does it, without a steward:
 *
 *     work STATE-DIR NAME TASK WHY HTTP-PORT [ADDRESS...]
 *
 * TASK: preflight, order, poll, approve, leave, retire, forget, revoke, resend. WHY: first, renewal, asked.
 * HTTP-PORT 0: no preflight. The issuer is the first one of issue.json. What the job says is printed.
 */

#include <apr_general.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/issue/lock.h"
#include "lib/issue/work.h"

static int find(const char *const *words, const char *word)
{
    int i;

    for (i = 0; words[i] != NULL && strcmp(words[i], word) != 0; i++) {
        continue;
    }
    return i;
}

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    return 1;
}

int main(int argc, char **argv)
{
    static const char *const tasks[] = { "preflight", "order", "poll", "approve", "decline", "leave",
                                         "return", "retire", "forget", "revoke", "resend",
                                         NULL };
    static const char *const whys[] = { "first", "renewal", "asked", NULL };
    mssl_work_conf_t conf = { .patience = apr_time_from_sec(60), .mercy = apr_time_from_sec(2),
                              .key = -1, .reason = "superseded" };
    mssl_reason_t why = { "" };
    mssl_issuing_t *issuing;
    sigset_t child;
    apr_pool_t *pool;
    mssl_job_t job;
    int lock, jobs;

    if (argc < 6) {
        return 64;
    }
    apr_initialize();
    apr_pool_create(&pool, NULL);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    conf.state_dir = argv[1];
    conf.dir = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (mssl_issuing_read(&issuing, conf.dir, pool, &why) != APR_SUCCESS
        || mssl_lock_take(&lock, conf.dir, argv[2], &why) != APR_SUCCESS) {
        return fail(argv[1], why.text);
    }
    conf.issuing = issuing;
    conf.issuer = &APR_ARRAY_IDX(issuing->issuers, 0, mssl_issuer_t);
    conf.why = (mssl_job_why_t)find(whys, argv[4]);
    conf.http_port = atoi(argv[5]);
    conf.skips_preflight = conf.http_port == 0;
    conf.confirm = (const char *const *)argv + 6;
    jobs = openat(conf.dir, MSSL_JOBS_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (mssl_job_load(&job, jobs, argv[2], geteuid(), &why) != APR_SUCCESS) {
        mssl_job_init(&job, argv[2], apr_time_now());
    }
    if (mssl_work(&conf, (mssl_task_t)find(tasks, argv[3]), &job, pool, &why) != APR_SUCCESS) {
        return fail(argv[3], why.text);
    }
    fputs(mssl_job_format(&job, pool), stdout);
    apr_pool_destroy(pool);
    return 0;
}
