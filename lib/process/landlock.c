/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * The kernel's interface is spelled out here: the headers of the system that we are built on may be
 * older than the kernel that we run on.
 */

#include "lib/process/landlock.h"

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/process/rights.h"

/** The same on every architecture: they came with the common numbers. */
#define CREATE_RULESET 444
#define ADD_RULE 445
#define RESTRICT_SELF 446
#define FLAG_VERSION 1u
#define RULE_PATH_BENEATH 1

#define BIT(n) (1ull << (n))

/** A right that Landlock can handle; what is handled and has no rule is denied everywhere. */
typedef struct right_t {
    int since; /**< version */
    unsigned group;
    enum { FILES, NET, SCOPE } kind;
    uint64_t bits;
} right_t;

static const right_t list[] = {
    { 1, MSSL_DENY_EXEC, FILES, BIT(0) },
    { 1, MSSL_DENY_WRITE, FILES, BIT(1) | BIT(4) | BIT(5) }, /* write, remove folder, remove file */
    /* make: char device, folder, file, socket, pipe, block device, link */
    { 1, MSSL_DENY_WRITE, FILES, BIT(6) | BIT(7) | BIT(8) | BIT(9) | BIT(10) | BIT(11) | BIT(12) },
    { 2, MSSL_DENY_WRITE, FILES, BIT(13) },                  /* link or rename elsewhere */
    { 3, MSSL_DENY_WRITE, FILES, BIT(14) },                  /* cut off */
    { 4, MSSL_DENY_TCP, NET, BIT(0) | BIT(1) },              /* bind, connect */
    { 5, MSSL_DENY_WRITE, FILES, BIT(15) },                  /* commands to devices */
    { 6, MSSL_DENY_SIGNAL, SCOPE, BIT(0) | BIT(1) },         /* abstract sockets, signals */
};

/** One folder and what is allowed there. */
typedef struct rule_t {
    uint64_t allowed;
    int32_t fd;
} __attribute__((packed)) rule_t;

/** The kernel takes what is longer than it knows if the rest is 0. */
typedef struct ruleset_t {
    uint64_t by_kind[3];
} ruleset_t;

int mssl_landlock_get_version(void)
{
    long version = syscall(CREATE_RULESET, NULL, (size_t)0, FLAG_VERSION);

    return version > 0 ? (int)version : 0;
}

/* Everything that is writing, in some folders. */
static apr_status_t add_places(int ruleset, int version, const int *place, int nplaces)
{
    rule_t rule = { 0, -1 };
    size_t i;
    int n;

    for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        if (list[i].since <= version && list[i].group == MSSL_DENY_WRITE) {
            rule.allowed |= list[i].bits;
        }
    }
    for (n = 0; n < nplaces; n++) {
        rule.fd = place[n];
        if (syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0u) != 0) {
            return errno;
        }
    }
    return APR_SUCCESS;
}

apr_status_t mssl_landlock_confine(int version, unsigned denied, const int *place, int nplaces)
{
    ruleset_t rules = { { 0, 0, 0 } };
    apr_status_t rv;
    size_t i;
    int fd;

    for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        if (list[i].since <= version && (list[i].group & denied) != 0) {
            rules.by_kind[list[i].kind] |= list[i].bits;
        }
    }
    fd = (int)syscall(CREATE_RULESET, &rules, sizeof(rules), 0u);
    if (fd < 0) {
        return errno;
    }
    rv = add_places(fd, version, place, nplaces);
    if (rv == APR_SUCCESS && syscall(RESTRICT_SELF, fd, 0u) != 0) {
        rv = errno;
    }
    close(fd);
    return rv;
}
