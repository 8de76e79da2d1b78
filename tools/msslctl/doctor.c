/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * msslctl doctor: whether issuing works on this machine, and for these names, before the first order:
 * what is not so, and the line that mends it.
 */

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <ifaddrs.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "lib/base/text.h"
#include "lib/files/folder.h"
#include "lib/files/owned.h"
#include "lib/issue/ledger.h"
#include "lib/issue/permit.h"
#include "lib/issue/preflight.h"
#include "lib/notify/program.h"
#include "lib/notify/standing.h"
#include "tools/msslctl/args.h"
#include "tools/msslctl/doctor.h"

/** linux/magic.h */
#define TMPFS 0x01021994
/** Of so many groups of httpd's user it is known. */
#define GROUPS_MAX 64

void ctl_tell(ctl_doctor_t *doctor, int rc, const char *what, const char *text, const char *fix)
{
    apr_pool_t *pool = doctor->issuing.ctl->pool;
    const char *word = rc == CTL_FINE ? "ok" : rc == CTL_ATTENTION ? "look" : "wrong";

    doctor->worst = rc > doctor->worst ? rc : doctor->worst;
    if (doctor->as_json) {
        mssl_json_open(&doctor->json, NULL, '{');
        mssl_json_text(&doctor->json, "what", what);
        mssl_json_text(&doctor->json, "result", word);
        mssl_json_text(&doctor->json, "text", text);
        mssl_json_text(&doctor->json, "fix", fix);
        mssl_json_close(&doctor->json);
        return;
    }
    ctl_print_text(&doctor->print, 7, rc == CTL_FINE ? CTL_GREEN
                                      : rc == CTL_ATTENTION ? CTL_YELLOW : CTL_RED,
                   apr_psprintf(pool, "%-6s %s: %s", word, what, text));
    if (fix != NULL) {
        fputs("       ", doctor->print.out);
        ctl_print_text(&doctor->print, 7, CTL_NO_COLOR, fix);
    }
}

static void look_at_steward(ctl_doctor_t *doctor)
{
    apr_pool_t *pool = doctor->issuing.ctl->pool;
    mssl_standing_t *standing = NULL;
    mssl_reason_t why = { "" };
    apr_status_t rv = mssl_standing_read(&standing, doctor->issuing.dir, geteuid(), pool, &why);

    if (rv == APR_SUCCESS && !mssl_standing_is_old(standing, apr_time_now())) {
        ctl_tell(doctor, CTL_FINE, "steward", apr_psprintf(pool, "runs since %s (process %ld)",
                 ctl_print_time(pool, standing->started), standing->pid), NULL);
        return;
    }
    ctl_tell(doctor, CTL_BROKEN, "steward", rv == APR_SUCCESS
             ? apr_pstrcat(pool, "does not run, last seen ", ctl_print_time(pool, standing->seen), NULL)
             : "has never run", "start httpd, or with 'MSSLSteward external' mssl-steward; httpd's error "
             "log says why it does not run (MSSL0215, MSSL0235)");
}

static void look_at_folder(ctl_doctor_t *doctor)
{
    const char *path = doctor->issuing.server->state_dir;
    struct statfs fs;

    if (statfs(path, &fs) == 0 && fs.f_type == TMPFS) {
        ctl_tell(doctor, CTL_BROKEN, "state folder", apr_pstrcat(doctor->issuing.ctl->pool, path, " is in "
                 "memory: accounts and keys are lost at a reboot", NULL), "name a folder on a disk: "
                 "MSSLStateDir /var/lib/mssl");
        return;
    }
    ctl_tell(doctor, CTL_FINE, "state folder", path, NULL);
}

/* Whether a folder lets a user in, by its owner and mode; what an ACL says of it is not looked at. */
static int may_enter(const struct stat *st, const char *path, const struct passwd *user)
{
    gid_t groups[GROUPS_MAX];
    int n = GROUPS_MAX, i;

    if (user->pw_uid == 0 || getxattr(path, "system.posix_acl_access", NULL, 0) > 0) {
        return 1;
    }
    if (st->st_uid == user->pw_uid) {
        return (st->st_mode & S_IXUSR) != 0;
    }
    if (getgrouplist(user->pw_name, user->pw_gid, groups, &n) < 0) {
        n = GROUPS_MAX;
    }
    for (i = 0; i < n; i++) {
        if (st->st_gid == groups[i]) {
            return (st->st_mode & S_IXGRP) != 0;
        }
    }
    return (st->st_mode & S_IXOTH) != 0;
}

/* What issuers made there httpd's children must get at. @return the folder that they cannot; NULL */
static const char *find_closed(ctl_doctor_t *doctor, const char *path)
{
    static const char *const below[] = { "", "/.well-known", "/.well-known/acme-challenge",
                                         "/.well-known/pki-validation", "/alpn" };
    const char *name = doctor->issuing.server->httpd;
    const struct passwd *user = name != NULL ? getpwnam(name) : NULL;
    apr_pool_t *pool = doctor->issuing.ctl->pool;
    struct stat st;
    size_t i;

    for (i = 0; user != NULL && i < sizeof(below) / sizeof(below[0]); i++) {
        const char *folder = apr_pstrcat(pool, path, below[i], NULL);

        if (stat(folder, &st) == 0 && S_ISDIR(st.st_mode) && !may_enter(&st, folder, user)) {
            return folder;
        }
    }
    return NULL;
}

static void look_at_challenges(ctl_doctor_t *doctor)
{
    const char *path = doctor->issuing.issuing->challenge_dir, *closed;
    mssl_reason_t why = { "" };

    if (mssl_owned_check(path, geteuid(), &why) != APR_SUCCESS) {
        ctl_tell(doctor, CTL_BROKEN, "challenges", why.text[0] != '\0' ? why.text : "the folder is not "
                 "there", "see MSSLChallengeDir in docs/challenges.md");
    }
    else if (access(path, W_OK) != 0) {
        ctl_tell(doctor, CTL_BROKEN, "challenges", apr_psprintf(doctor->issuing.ctl->pool, "%s cannot be "
                 "written by the steward's user", path), apr_psprintf(doctor->issuing.ctl->pool,
                 "chown %s %s", doctor->issuing.server->steward, path));
    }
    else if ((closed = find_closed(doctor, path)) != NULL) {
        ctl_tell(doctor, CTL_BROKEN, "challenges", apr_psprintf(doctor->issuing.ctl->pool, "%s cannot be "
                 "entered by httpd's user %s: no authority gets what lies there", closed,
                 doctor->issuing.server->httpd), apr_psprintf(doctor->issuing.ctl->pool, "chmod a+x %s",
                 closed));
    }
    else {
        ctl_tell(doctor, CTL_FINE, "challenges", path, NULL);
    }
}

static void look_at_clock(ctl_doctor_t *doctor)
{
    struct timex state = { 0 };

    if (adjtimex(&state) == TIME_ERROR) {
        ctl_tell(doctor, CTL_ATTENTION, "clock", "nobody sets it: certificates may seem not yet valid, or "
                 "expired", "install a time service, for example systemd-timesyncd or chrony");
        return;
    }
    ctl_tell(doctor, CTL_FINE, "clock", "is synchronized", NULL);
}

static void look_at_account(ctl_doctor_t *doctor, const mssl_issuer_t *issuer, const char *what)
{
    apr_pool_t *pool = doctor->issuing.ctl->pool;
    const char *path = apr_pstrcat(pool, MSSL_ACCOUNTS_DIR "/", issuer->name, "/registered", NULL);
    int is_there = faccessat(doctor->issuing.dir, path, F_OK, 0) == 0;

    ctl_tell(doctor, CTL_FINE, what, apr_pstrcat(pool, issuer->directory != NULL ? issuer->directory
             : "its program's own directory", is_there ? ", the account is registered"
             : ", no account yet: it is made with the first order", NULL), NULL);
}

static void look_at_limits(ctl_doctor_t *doctor, const mssl_issuer_t *issuer, const char *what)
{
    int folder = mssl_folder_open(doctor->issuing.dir, MSSL_LEDGERS_DIR);
    apr_pool_t *pool = doctor->issuing.ctl->pool;
    mssl_ledger_t *ledger = mssl_ledger_make(folder, pool);
    mssl_reason_t why = { "" };
    apr_time_t free, now = apr_time_now();

    if (folder < 0 || mssl_ledger_load(ledger, issuer->name, now - MSSL_LEDGER_SPAN, &why)
                          != APR_SUCCESS) {
        ctl_tell(doctor, CTL_ATTENTION, what, apr_pstrcat(pool, "orders are not known: ", folder < 0
                 ? strerror(errno) : why.text, NULL), NULL);
    }
    else if ((free = mssl_ledger_get_free_orders(ledger, doctor->issuing.issuing, issuer->name, now))
             != 0) {
        ctl_tell(doctor, CTL_ATTENTION, what, apr_pstrcat(pool, "its limit of first orders "
                 "(MSSLIssueLimit orders) lets the next one at ", ctl_print_time(pool, free), NULL), NULL);
    }
    else {
        const mssl_limit_t *limit = &doctor->issuing.issuing->limit[MSSL_LIMIT_ORDERS];

        ctl_tell(doctor, CTL_FINE, what, apr_psprintf(pool, "%d of %d first orders are left (MSSLIssueLimit "
                 "orders)", mssl_ledger_get_left(ledger, doctor->issuing.issuing, MSSL_LIMIT_ORDERS,
                                                 issuer->name, "", now), limit->n), NULL);
    }
    if (folder >= 0) {
        close(folder);
    }
}

static void look_at_issuer(ctl_doctor_t *doctor, const mssl_issuer_t *issuer)
{
    const char *what = apr_pstrcat(doctor->issuing.ctl->pool, "issuer ", issuer->name, NULL);
    mssl_reason_t why = { "" };

    if (mssl_program_check(issuer->argv[0], &why) != APR_SUCCESS) {
        ctl_tell(doctor, CTL_BROKEN, what, why.text, NULL);
        return;
    }
    ctl_doctor_check(doctor, issuer, what);
    look_at_account(doctor, issuer, what);
    look_at_limits(doctor, issuer, what);
}

static void tell_source(void *baton, const char *text)
{
    ctl_tell(baton, CTL_ATTENTION, "who may", text, NULL);
}

static void add_consent(void *baton, const mssl_consent_t *consent)
{
    APR_ARRAY_PUSH((apr_array_header_t *)baton, mssl_known_t)
        = (mssl_known_t){ consent->name, MSSL_FROM_ASK };
}

/* Whether the world reaches this machine by an address of its own, or one that httpd was told of. */
static int has_public_address(const mssl_issuing_t *issuing)
{
    int has = !apr_is_empty_array(issuing->addresses);
    struct ifaddrs *own = NULL;
    const struct ifaddrs *at;

    if (has || getifaddrs(&own) != 0) {
        return 1;
    }
    for (at = own; at != NULL && !has; at = at->ifa_next) {
        has = mssl_preflight_is_global(at->ifa_addr);
    }
    freeifaddrs(own);
    return has;
}

/* What the program of MSSLIssueFor ask:PROGRAM said, as far as it is written down. */
static void look_at_consents(ctl_doctor_t *doctor, apr_array_header_t *known)
{
    const char *program = doctor->issuing.issuing->ask;
    int folder = mssl_folder_open(doctor->issuing.dir, MSSL_CONSENTS_DIR);
    mssl_reason_t why = { "" };

    doctor->consents = mssl_consents_make(folder, doctor->issuing.ctl->pool);
    if (program != NULL && mssl_program_check(program, &why) != APR_SUCCESS) {
        ctl_tell(doctor, CTL_BROKEN, "who may", why.text, "until then it says no for every new name and "
                 "order");
    }
    if (program != NULL && !has_public_address(doctor->issuing.issuing)) {
        ctl_tell(doctor, CTL_ATTENTION, "who may", "this machine has no address of the world's: no name that "
                 "a visitor comes for leads here, as far as can be seen, and so none is asked for",
                 "behind NAT or a CDN: MSSLPublicAddress with the addresses that DNS has");
    }
    if (program != NULL && mssl_consents_load(doctor->consents, 0, &why) != APR_SUCCESS) {
        ctl_tell(doctor, CTL_ATTENTION, "who may", why.text, NULL);
    }
    mssl_consents_each(doctor->consents, add_consent, known);
    if (folder >= 0) {
        close(folder);
    }
}

static void look_at_sources(ctl_doctor_t *doctor)
{
    ctl_t *ctl = doctor->issuing.ctl;
    apr_array_header_t *known = apr_array_make(ctl->pool, 1, sizeof(mssl_known_t));

    look_at_consents(doctor, known);
    doctor->permits = mssl_permits_read(doctor->issuing.issuing, doctor->issuing.dir, NULL,
                                        known, tell_source, doctor, ctl->pool);
    ctl_tell(doctor, CTL_FINE, "who may", apr_psprintf(ctl->pool, "%d names",
             mssl_permits_count(doctor->permits)), NULL);
}

/* Programs that are run want that. */
static void block_sigchld(void)
{
    sigset_t child;

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
}

static void try_order(ctl_doctor_t *doctor)
{
    const ctl_t *ctl = doctor->issuing.ctl;
    char name[MSSL_NAME_SIZE];

    if (ctl->argc > 0) {
        mssl_name_canon_pattern(name, ctl->argv[0], strlen(ctl->argv[0]));
    }
    ctl_doctor_order(doctor, ctl->argc > 0 ? name : NULL);
}

/* In a process that is the steward's user. */
static int work(ctl_t *ctl, void *baton, const ctl_stop_t *stop, FILE *out)
{
    ctl_doctor_t *doctor = baton;
    const apr_array_header_t *issuers;
    int rc = ctl_issuing_open(&doctor->issuing, ctl, doctor->issuing.server), i;

    if (rc != CTL_FINE) {
        return rc;
    }
    block_sigchld();
    ctl_print_begin(&doctor->print, ctl, out);
    mssl_json_init(&doctor->json, ctl_print_sink, out, 2);
    doctor->as_json = CTL_HAS(ctl, CTL_OPT_JSON);
    if (doctor->as_json) {
        mssl_json_open(&doctor->json, NULL, '{');
        mssl_json_text(&doctor->json, "schema", "mssl-doctor/1");
        mssl_json_open(&doctor->json, "findings", '[');
    }
    look_at_steward(doctor);
    look_at_folder(doctor);
    look_at_challenges(doctor);
    look_at_clock(doctor);
    issuers = doctor->issuing.issuing->issuers;
    for (i = 0; i < issuers->nelts && !stop->is_wanted; i++) {
        look_at_issuer(doctor, &APR_ARRAY_IDX(issuers, i, mssl_issuer_t));
    }
    look_at_sources(doctor);
    for (i = 0; i < ctl->argc && !stop->is_wanted; i++) {
        ctl_doctor_look_at_name(doctor, ctl->argv[i]);
    }
    if (CTL_HAS(ctl, CTL_OPT_ORDER) && !stop->is_wanted) {
        try_order(doctor);
    }
    if (doctor->as_json) {
        mssl_json_close(&doctor->json);
        mssl_json_close(&doctor->json);
        mssl_json_end(&doctor->json);
    }
    ctl_issuing_close(&doctor->issuing);
    return doctor->worst;
}

int ctl_doctor_run(ctl_t *ctl)
{
    ctl_doctor_t doctor = { .worst = CTL_FINE };
    char name[MSSL_NAME_SIZE];
    int i, rc = CTL_FINE;

    if (CTL_HAS(ctl, CTL_OPT_ORDER) && ctl->argc > 1) {
        return ctl_args_refuse(ctl, "--order makes one order: name one, or none");
    }
    if (CTL_HAS(ctl, CTL_OPT_ISSUER) && !CTL_HAS(ctl, CTL_OPT_ORDER)) {
        return ctl_args_refuse(ctl, "--issuer says by whom --order orders: add --order");
    }
    for (i = 0; i < ctl->argc && rc == CTL_FINE; i++) {
        rc = ctl_issuing_take_name(ctl, name, ctl->argv[i]);
    }
    return rc != CTL_FINE ? rc : ctl_issuing_run(ctl, work, &doctor);
}
