/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TESTS_UNIT_ISSUING_H
#define MSSL_TESTS_UNIT_ISSUING_H

/** @file issuing.h A state folder with an issuer that is a script, for the tests of lib/issue. */

#include <apr_general.h>
#include <apr_strings.h>
#include <openssl/sha.h>
#include <signal.h>
#include <sys/wait.h>

#include "lib/files/slurp.h"
#include "lib/issue/issuer.h"
#include "lib/issue/work.h"
#include "tests/unit/certs.h"

#define PROGRAM "program/issuer"

typedef struct rig_t {
    apr_pool_t *pool;
    char root[64];
    int dir, folder;
    mssl_issuing_t issuing;
    mssl_issuer_t issuer;
    mssl_work_conf_t conf;
    mssl_job_t job;
    mssl_result_t result;
    mssl_reason_t why;
} rig_t;

static inline const char *path_of(const rig_t *rig, const char *name)
{
    return apr_pstrcat(rig->pool, rig->root, "/", name, NULL);
}

static inline int set_up(void **state)
{
    static const char *const folders[] = { "jobs", "work", "work/a.example", "accounts", "keys",
                                           "challenge", "archive", "issued", "requests",
                                           "requests/given", "program", "revoked" };
    rig_t *rig = calloc(1, sizeof(*rig));
    sigset_t child;
    size_t i;

    apr_initialize();
    apr_pool_create(&rig->pool, NULL);
    certs_folder(rig->root, sizeof(rig->root));
    for (i = 0; i < COUNT(folders); i++) {
        assert_int_equal(mkdir(path_of(rig, folders[i]), 0700), 0);
    }
    rig->dir = open(rig->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    rig->folder = openat(rig->dir, "work/a.example", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    mssl_issuing_init(&rig->issuing, rig->pool);
    rig->issuing.challenge_dir = path_of(rig, "challenge");
    rig->issuer.name = "fake";
    rig->issuer.argv = apr_pcalloc(rig->pool, 4 * sizeof(char *));
    rig->issuer.argv[0] = path_of(rig, PROGRAM);
    *(mssl_issuer_t *)apr_array_push(rig->issuing.issuers) = rig->issuer;
    rig->conf.issuer = &rig->issuer;
    rig->conf.key = -1;
    rig->conf.dir = rig->dir;
    rig->conf.state_dir = rig->root;
    rig->conf.issuing = &rig->issuing;
    rig->conf.patience = apr_time_from_sec(20);
    rig->conf.mercy = apr_time_from_sec(1);
    mssl_job_init(&rig->job, "a.example", apr_time_now());
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    *state = rig;
    return 0;
}

static inline int tear_down(void **state)
{
    rig_t *rig = *state;

    close(rig->folder);
    close(rig->dir);
    certs_remove(rig->root);
    apr_pool_destroy(rig->pool);
    free(rig);
    apr_terminate();
    return 0;
}

static inline void write_script(const rig_t *rig, const char *script)
{
    certs_write_text(rig->root, PROGRAM, apr_pstrcat(rig->pool, "#!/bin/sh\n", script, "\n", NULL));
    assert_int_equal(chmod(path_of(rig, PROGRAM), 0755), 0);
}

static inline const char *read_log(const rig_t *rig)
{
    const char *text;
    apr_size_t len;

    assert_int_equal(mssl_file_slurp(&text, &len, rig->folder, MSSL_WORK_LOG, 65536, rig->pool,
                                     NULL), APR_SUCCESS);
    return text;
}

/** What the issuer does first: notes the verb, and has a CA at hand. */
#define PROLOGUE                                                                                 \
    "for verb in \"$@\"; do :; done\n"                                                           \
    "echo \"$verb $MSSL_REQUEST $(cksum <\"$MSSL_CSR\" 2>/dev/null) ${MSSL_ORDER:--} "           \
    "${MSSL_REPLACES:+replaces}\" >>\"$MSSL_ACCOUNT_DIR/verbs\"\n"                               \
    "sign() { openssl x509 -req -in \"$MSSL_CSR\" -CA \"${0%/*}/ca.pem\" -CAkey "                \
    "\"${0%/*}/ca.key\" -copy_extensions copy -days ${1:-90} -set_serial $((1000 + $$)) "        \
    "-out \"$MSSL_CHAIN\" 2>/dev/null; }\n"                                                      \
    "[ $verb != register ] || exit 0\n"

#define ISSUES "case $verb in issue) sign ;; *) exit 3 ;; esac"

static inline mssl_issuer_t *get_issuer(const rig_t *rig)
{
    return &APR_ARRAY_IDX(rig->issuing.issuers, 0, mssl_issuer_t);
}

static inline int begin(void **state)
{
    const cert_spec_t spec = { .cn = "root", .is_ca = 1 };
    cert_t root;
    rig_t *rig;

    set_up(state);
    rig = *state;
    root = certs_new(&spec, NULL);
    certs_write_pair(rig->root, "program/ca.pem", "program/ca.key", &root);
    certs_free(&root);
    get_issuer(rig)->ca_file = path_of(rig, "program/ca.pem");
    get_issuer(rig)->directory = "https://ca.example/dir";
    rig->conf.issuer = get_issuer(rig);
    return 0;
}

static inline void work(rig_t *rig, mssl_task_t task, const char *script)
{
    mssl_job_t again;
    int jobs = openat(rig->dir, "jobs", O_RDONLY | O_DIRECTORY);
    mssl_reason_t why = { "" };
    apr_status_t rv;

    write_script(rig, apr_pstrcat(rig->pool, PROLOGUE, script, NULL));
    unlinkat(rig->dir, "accounts/fake/verbs", 0);
    rv = mssl_work(&rig->conf, task, &rig->job, rig->pool, &why);
    assert_string_equal(rv == APR_SUCCESS ? "" : why.text, "");
    /* What it says is on disk, to the second. */
    rv = mssl_job_load(&again, jobs, rig->job.name, geteuid(), &why);
    if (task == MSSL_TASK_FORGET) {
        assert_true(APR_STATUS_IS_ENOENT(rv));
    }
    else {
        assert_int_equal(rv, APR_SUCCESS);
        assert_string_equal(mssl_job_format(&again, rig->pool),
                            mssl_job_format(&rig->job, rig->pool));
    }
    close(jobs);
}

static inline const char *read_text(const rig_t *rig, const char *path)
{
    const char *text;
    apr_size_t len;

    return mssl_file_slurp(&text, &len, rig->dir, path, 65536, rig->pool, NULL) == APR_SUCCESS
               ? text
               : NULL;
}

/* "register", "issue": verbs that were asked for, with a blank behind each. */
static inline const char *get_verbs(const rig_t *rig)
{
    const char *text = read_text(rig, "accounts/fake/verbs"), *verbs = "";

    while (text != NULL && *text != '\0') {
        verbs = apr_pstrcat(rig->pool, verbs, apr_pstrndup(rig->pool, text, strcspn(text, " ")),
                            " ", NULL);
        text += strcspn(text, "\n") + 1;
    }
    return verbs;
}

static inline const char *issued_of(const rig_t *rig, const char *hashed, const char *file)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];

    SHA256((const unsigned char *)hashed, strlen(hashed), digest);
    return apr_psprintf(rig->pool, "issued/%02x/%s.pem", digest[0], file);
}

static inline int count_files(const rig_t *rig, const char *folder)
{
    char text[16] = "";
    FILE *list = popen(apr_psprintf(rig->pool, "find %s/%s -type f | wc -l", rig->root, folder),
                       "r");

    assert_non_null(fgets(text, sizeof(text), list));
    pclose(list);
    return atoi(text);
}

/* Run it in a process that is killed in the middle of a verb. */
static inline void crash(rig_t *rig, mssl_task_t task, const char *script)
{
    mssl_reason_t why;
    int i, jobs;
    pid_t pid;

    write_script(rig, apr_pstrcat(rig->pool, PROLOGUE, script, "\ntouch \"$MSSL_ACCOUNT_DIR/on\"; "
                                  "exec sleep 60", NULL));
    pid = fork();
    if (pid == 0) {
        mssl_work(&rig->conf, task, &rig->job, rig->pool, &why);
        _exit(0);
    }
    for (i = 0; i < 1000 && read_text(rig, "accounts/fake/on") == NULL; i++) {
        usleep(10000);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_int_equal(unlinkat(rig->dir, "accounts/fake/on", 0), 0);
    jobs = openat(rig->dir, "jobs", O_RDONLY | O_DIRECTORY);
    assert_int_equal(mssl_job_load(&rig->job, jobs, "a.example", geteuid(), &why), APR_SUCCESS);
    close(jobs);
}

#endif /* MSSL_TESTS_UNIT_ISSUING_H */
