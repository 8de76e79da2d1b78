/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/approval.h"

#include <apr_strings.h>
#include <string.h>
#include <strings.h>

#include "lib/base/reason.h"
#include "lib/issue/approver.h"
#include "lib/issue/names.h"
#include "tools/msslctl/args.h"
#include "tools/msslctl/dns.h"
#include "tools/msslctl/worker.h"

#define CAA_TAG "contactemail "
#define TXT_PREFIX "_validation-contactemail."

typedef struct approval_t {
    const char *address, *names;
    mssl_buffer_t resolv_conf;
    int is_unanswered;
    apr_pool_t *pool;
} approval_t;

/* What DNS says; nothing where nobody answers, which is noted. */
static apr_array_header_t *list(approval_t *approval, const char *name, ctl_dns_kind_t kind)
{
    apr_array_header_t *found;

    if (!ctl_dns_list(&found, name, kind, &approval->resolv_conf, approval->pool)) {
        approval->is_unanswered = 1;
    }
    return found;
}

static int has(const apr_array_header_t *records, const char *prefix, const char *address)
{
    size_t len = strlen(prefix);
    int i;

    for (i = 0; i < records->nelts; i++) {
        const char *text = APR_ARRAY_IDX(records, i, const char *);

        if (strncmp(text, prefix, len) == 0 && strcasecmp(text + len, address) == 0) {
            return 1;
        }
    }
    return 0;
}

/* The records that count for a name are the nearest ones (RFC 8659, section 3). */
static int is_in_caa(approval_t *approval, const char *name)
{
    const char *at = strncmp(name, "*.", 2) == 0 ? name + 2 : name;

    for (; at != NULL; at = strchr(at, '.') != NULL ? strchr(at, '.') + 1 : NULL) {
        apr_array_header_t *records = list(approval, at, CTL_DNS_CAA);

        if (records->nelts > 0) {
            return has(records, CAA_TAG, approval->address);
        }
    }
    return 0;
}

static int is_in_txt(approval_t *approval, const char *name)
{
    const char *at = NULL;

    while ((at = mssl_approver_next_domain(name, at)) != NULL) {
        if (has(list(approval, apr_pstrcat(approval->pool, TXT_PREFIX, at, NULL), CTL_DNS_TXT), "",
                approval->address)) {
            return 1;
        }
    }
    return 0;
}

/* Whether each name has it as a contact in the DNS. */
static int is_contact(approval_t *approval)
{
    const char *at = approval->names;
    char name[MSSL_NAME_SIZE];

    while (mssl_names_next(name, &at)) {
        if (!is_in_caa(approval, name) && !is_in_txt(approval, name)) {
            return 0;
        }
    }
    return 1;
}

/* Whether it gets mail (RFC 5321 section 5.1, RFC 7505). */
static int check_mail(const ctl_t *ctl, approval_t *approval)
{
    const char *host = strchr(approval->address, '@') + 1;
    apr_array_header_t *exchanges, *addresses;

    approval->is_unanswered = 0;
    exchanges = list(approval, host, CTL_DNS_MX);
    if (exchanges->nelts == 1 && *APR_ARRAY_IDX(exchanges, 0, const char *) == '\0') {
        return ctl_args_refuse(ctl, "--approver %s: %s takes no mail: its MX record says so (RFC 7505)",
                               approval->address, host);
    }
    addresses = exchanges->nelts == 0 ? list(approval, host, CTL_DNS_ADDRESS) : exchanges;
    if (approval->is_unanswered) {
        fprintf(stderr, "msslctl %s: warning: DNS does not say whether %s gets mail\n", ctl->command->name,
                approval->address);
    }
    else if (addresses->nelts == 0) {
        return ctl_args_refuse(ctl, "--approver %s: %s has neither an MX record nor an address, and gets no "
                               "mail", approval->address, host);
    }
    else if (exchanges->nelts == 0) {
        fprintf(stderr, "msslctl %s: warning: %s has no MX record: mail goes to its address, and not every "
                "CA sends it there\n", ctl->command->name, host);
    }
    return CTL_FINE;
}

/* In a process that is the steward's user, and can open no file. */
static int work(ctl_t *ctl, void *baton, const ctl_stop_t *stop, FILE *out)
{
    approval_t *approval = baton;
    mssl_reason_t why = { "" };

    (void)stop;
    (void)out;
    approval->pool = ctl->pool;
    if (mssl_approver_check(approval->address, approval->names, &why) != APR_SUCCESS
        && !is_contact(approval)) {
        if (approval->is_unanswered) {
            fprintf(stderr, "msslctl %s: --approver %s: DNS does not answer whether that is a contact of the "
                    "name; try again later\n", ctl->command->name, approval->address);
            return CTL_TRY_AGAIN;
        }
        return ctl_args_refuse(ctl, "--approver: %s", why.text);
    }
    return check_mail(ctl, approval);
}

int ctl_approval_check(ctl_t *ctl, const char *address, const char *names)
{
    approval_t approval = { .address = address, .names = names };
    const ctl_server_t *server = ctl_server_find(ctl);
    int rc;

    if (server == NULL) {
        return CTL_UNKNOWN;
    }
    ctl_dns_read_conf(&approval.resolv_conf);
    rc = ctl_worker_print(ctl, server, MSSL_ROLE_CALLER, work, &approval);
    mssl_buffer_free(&approval.resolv_conf);
    return rc;
}
