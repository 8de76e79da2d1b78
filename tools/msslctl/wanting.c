/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* msslctl request: what is to be ordered, for which names, and who approves, owns and is told of it. */

#include <apr_strings.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/mailbox.h"
#include "lib/base/reason.h"
#include "lib/base/text.h"
#include "lib/files/folder.h"
#include "lib/files/write.h"
#include "lib/issue/approver.h"
#include "lib/issue/owner.h"
#include "lib/notify/letter.h"
#include "lib/notify/settings.h"
#include "tools/msslctl/approval.h"
#include "tools/msslctl/args.h"
#include "tools/msslctl/asking.h"
#include "tools/msslctl/small.h"

#define WANTED MSSL_REQUESTS_DIR "/" MSSL_WANTED_DIR
#define OWNER MSSL_REQUESTS_DIR "/" MSSL_OWNER_DIR

static apr_status_t write_wanted(const ctl_asking_t *asking, int fd, mssl_reason_t *why)
{
    mssl_request_t request = asking->request;

    request.verb = MSSL_VERB_NONE;
    return mssl_request_save(&request, fd, why);
}

static apr_status_t write_owner(const ctl_asking_t *asking, int fd, mssl_reason_t *why)
{
    const mssl_owner_t own = { (uid_t)-1, (gid_t)-1, 0600 };
    char file[MSSL_NAME_SIZE];

    return mssl_file_write(fd, mssl_job_file(file, asking->request.name), asking->given.data,
                           asking->given.len, &own, why);
}

/* Who was named in the order before is not in this one. */
static apr_status_t remove_owner(const ctl_asking_t *asking, int fd, mssl_reason_t *why)
{
    char file[MSSL_NAME_SIZE];

    if (unlinkat(fd, mssl_job_file(file, asking->request.name), 0) != 0 && errno != ENOENT) {
        return mssl_reason_set(why, errno, OWNER "/%s: %s", file, strerror(errno));
    }
    return APR_SUCCESS;
}

static void keep(char *field, size_t size, const char *before)
{
    if (*field == '\0') {
        apr_cpystrn(field, before, size);
    }
}

/* A renewal is one of what was requested before, but for what is said now. */
static int recall(ctl_asking_t *asking)
{
    mssl_request_t *request = &asking->request, before;
    int fd = mssl_folder_open(asking->issuing.dir, WANTED);
    mssl_reason_t why = { "" };
    apr_status_t rv = fd >= 0 ? mssl_request_load(&before, fd, request->name, &why) : errno;

    if (fd >= 0) {
        close(fd);
    }
    if (rv != APR_SUCCESS) {
        fprintf(stderr, "msslctl request: --renew: there is no request of %s (%s); leave --renew out\n",
                request->name, APR_STATUS_IS_ENOENT(rv) ? "none was made" : why.text);
        return CTL_UNKNOWN;
    }
    keep(request->issuer, sizeof(request->issuer), before.issuer);
    keep(request->names, sizeof(request->names), before.names);
    keep(request->approver, sizeof(request->approver), before.approver);
    keep(request->term, sizeof(request->term), before.term);
    keep(request->notify, sizeof(request->notify), before.notify);
    keep(request->lang, sizeof(request->lang), before.lang);
    request->csr_only |= before.csr_only;
    return CTL_FINE;
}

/* Whether its issuer is there, and takes approval by mail. */
static int check_issuer(const ctl_asking_t *asking)
{
    const mssl_request_t *request = &asking->request;
    const ctl_t *ctl = asking->issuing.ctl;
    const mssl_issuer_t *issuer = mssl_issuing_find(asking->issuing.issuing, request->issuer);
    mssl_reason_t why = { "" };

    if (!asking->issuing.issuing->for_requests) {
        fprintf(stderr, "msslctl request: nobody may request here: put 'MSSLIssueFor requests' into the "
                "configuration, and restart httpd gracefully\n");
        return CTL_UNKNOWN;
    }
    if (request->issuer[0] != '\0' && issuer == NULL) {
        return ctl_args_refuse(ctl, "--issuer: there is no MSSLIssuer %s", request->issuer);
    }
    if (request->approver[0] != '\0' && (issuer == NULL || !issuer->takes_mail)
        && mssl_approver_check_date(apr_time_now(), &why) != APR_SUCCESS) {
        return ctl_args_refuse(ctl, "--approver: %s", why.text);
    }
    return CTL_FINE;
}

/* A name that is in another certificate with others is not requested for itself. */
static int check_name(const ctl_asking_t *asking)
{
    mssl_job_t job;

    if (mssl_job_load(&job, asking->issuing.jobs, asking->request.name, geteuid(), NULL) == APR_SUCCESS
        && job.of[0] != '\0') {
        fprintf(stderr, "msslctl request: %s is in the certificate of %s; name that first, or run: msslctl "
                "forget %s\n", job.name, job.of, job.of);
        return CTL_UNKNOWN;
    }
    return CTL_FINE;
}

/* What the file of --owner says. */
static int parse_owner(ctl_asking_t *asking)
{
    mssl_buffer_t owner = { .max = 2 * MSSL_OWNER_MAX };
    mssl_reason_t why = { "" };

    if (mssl_owner_parse(&owner, asking->given.data, asking->given.len, &why) != APR_SUCCESS) {
        mssl_buffer_free(&owner);
        return ctl_args_refuse(asking->issuing.ctl, "--owner: %s",
                               mssl_text_shown(asking->issuing.ctl->pool, why.text, 400));
    }
    mssl_buffer_free(&asking->given);
    asking->given = owner;
    return CTL_FINE;
}

/* Who is to be told is not, where nobody writes to owners: said, and no fault. */
static void check_owner(const ctl_asking_t *asking)
{
    const ctl_server_t *server = asking->issuing.server;
    const mssl_json_value_t *value =
        mssl_json_get_first(mssl_json_get(server->json, "settings"), "notify");

    while (value != NULL && (value->text == NULL || strcmp(value->text, MSSL_SHIPPED_OWNER) != 0)) {
        value = value->next;
    }
    if (value == NULL && asking->request.notify[0] != '\0') {
        fprintf(stderr, "msslctl request: --notify: nobody writes to that address yet; add to the "
                "configuration: MSSLNotifyCommand " MSSL_SHIPPED_OWNER "\n");
    }
}

/* As the steward's user. */
static int prepare(ctl_asking_t *asking)
{
    int renews = asking->request.verb == MSSL_VERB_RENEW;
    int rc = check_name(asking);

    if (rc == CTL_FINE && asking->given.len > 0) {
        rc = parse_owner(asking);
    }
    if (rc == CTL_FINE && renews) {
        rc = recall(asking);
    }
    if (rc == CTL_FINE) {
        rc = check_issuer(asking);
    }
    if (rc == CTL_FINE) {
        check_owner(asking);
    }
    if (rc == CTL_FINE && (asking->given.len > 0 || !renews)) {
        rc = ctl_asking_save(asking, OWNER, asking->given.len > 0 ? write_owner : remove_owner);
    }
    return rc == CTL_FINE ? ctl_asking_save(asking, WANTED, write_wanted) : rc;
}

/* @return CTL_FINE; CTL_USAGE, said */
static int take_names(const ctl_t *ctl, mssl_request_t *request, const char *text, const char **first)
{
    const char *at = request->names, *bad;
    char name[MSSL_NAME_SIZE];
    size_t len;

    bad = mssl_names_parse(request->names, text, ",", &len);
    if (bad != NULL && len == 0) {
        return ctl_args_refuse(ctl, "a certificate has at most %d names", MSSL_NAMES_MAX);
    }
    if (bad != NULL || !mssl_names_next(name, &at)) {
        return ctl_args_refuse_name(ctl, bad != NULL ? apr_pstrmemdup(ctl->pool, bad, len) : text);
    }
    *first = apr_pstrdup(ctl->pool, name);
    if (!mssl_names_are_several(request->names)) {
        request->names[0] = '\0';
    }
    return CTL_FINE;
}

/* An option's value, where it is given. @return CTL_FINE; CTL_USAGE, said */
static int take_text(const ctl_t *ctl, ctl_option_id_t option, char *field, size_t size,
                     int (*is_good)(const char *text), const char *use)
{
    const char *value = ctl->value[option];

    if (value == NULL) {
        return CTL_FINE;
    }
    if (strlen(value) >= size || !is_good(value)) {
        return ctl_args_refuse(ctl, "%s: use %s", ctl_options[option].name, use);
    }
    apr_cpystrn(field, value, size);
    return CTL_FINE;
}

static int is_issuer(const char *text)
{
    return *text != '\0' && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(text);
}

#define TAKE(option, field, is_good, use) \
    take_text(ctl, option, request->field, sizeof(request->field), is_good, use)

static int take_options(const ctl_t *ctl, mssl_request_t *request)
{
    int rc = TAKE(CTL_OPT_ISSUER, issuer, is_issuer, "the name of a MSSLIssuer");

    if (rc == CTL_FINE) {
        rc = TAKE(CTL_OPT_APPROVER, approver, mssl_mailbox_is_plain, "an address: admin@NAME");
    }
    if (rc == CTL_FINE) {
        rc = TAKE(CTL_OPT_NOTIFY, notify, mssl_mailbox_is_plain, "an address: name@customer.example");
    }
    if (rc == CTL_FINE) {
        rc = TAKE(CTL_OPT_LANG, lang, mssl_letter_has_lang, "en, de, es, fr, it, nl, pl or pt");
    }
    if (rc == CTL_FINE) {
        rc = TAKE(CTL_OPT_TERM, term, mssl_request_is_term, "years, months or days: 1y, 6m, 90d");
    }
    request->csr_only = CTL_HAS(ctl, CTL_OPT_CSR_ONLY);
    return rc;
}

/* The file is handed on as bytes: whoever reads what they say is not root. */
static int take_owner(const ctl_t *ctl, mssl_buffer_t *owner)
{
    const char *path = ctl->value[CTL_OPT_OWNER];

    if (path == NULL) {
        return CTL_FINE;
    }
    ctl_small_read(owner, path, MSSL_OWNER_MAX + 1);
    return owner->len > 0 ? CTL_FINE
                          : ctl_args_refuse(ctl, "--owner: %s: there is no such file, or nothing in it",
                                            mssl_text_shown(ctl->pool, path, 200));
}

int ctl_request_run(ctl_t *ctl)
{
    ctl_asking_t asking = { .given = { .max = 1 }, .prepare = prepare };
    mssl_request_t *request = &asking.request;
    const char *first = NULL;
    int rc = take_names(ctl, request, ctl->argv[0], &first);

    if (rc == CTL_FINE) {
        rc = take_options(ctl, request);
    }
    if (rc == CTL_FINE) {
        rc = take_owner(ctl, &asking.given);
    }
    if (rc == CTL_FINE && request->approver[0] != '\0') {
        rc = ctl_approval_check(ctl, request->approver,
                                request->names[0] != '\0' ? request->names : first);
    }
    if (rc == CTL_FINE) {
        rc = ctl_asking_run(ctl, first, CTL_HAS(ctl, CTL_OPT_RENEW) ? MSSL_VERB_RENEW : MSSL_VERB_ORDER,
                            &asking);
    }
    mssl_buffer_free(&asking.given);
    return rc;
}
