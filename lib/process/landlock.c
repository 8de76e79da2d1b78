/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * The kernel's interface is spelled out here: the headers of the system that we are built on may be
 * older than the kernel that we run on.
 */

#include "lib/process/landlock.h"

#include <errno.h>
#include <stdint.h>
#include <sys/stat.h>
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
/** Of what is no folder: execute, write, read, cut off, commands. */
#define OF_FILES (BIT(0) | BIT(1) | BIT(2) | BIT(14) | BIT(15))

/** A right that Landlock can handle; what is handled and has no rule is denied everywhere. */
typedef struct right_t {
    int since; /**< version */
    unsigned group;
    enum { FILES, NET, SCOPE } kind;
    uint64_t bits;
} right_t;

static const right_t list[] = {
    { 1, MSSL_DENY_EXEC, FILES, BIT(0) },
    { 1, MSSL_DENY_READ, FILES, BIT(2) | BIT(3) },           /* read, list */
    { 1, MSSL_DENY_WRITE, FILES, BIT(1) | BIT(4) | BIT(5) }, /* write, remove folder, remove file */
    /* make: char device, folder, file, socket, pipe, block device, link */
    { 1, MSSL_DENY_WRITE, FILES, BIT(6) | BIT(7) | BIT(8) | BIT(9) | BIT(10) | BIT(11) | BIT(12) },
    { 2, MSSL_DENY_WRITE, FILES, BIT(13) },                  /* link or rename elsewhere */
    { 3, MSSL_DENY_WRITE, FILES, BIT(14) },                  /* cut off */
    { 4, MSSL_DENY_TCP, NET, BIT(0) | BIT(1) },              /* bind, connect */
    { 5, MSSL_DENY_WRITE, FILES, BIT(15) },                  /* commands to devices */
    { 6, MSSL_DENY_SIGNAL, SCOPE, BIT(0) | BIT(1) },         /* abstract sockets, signals */
};

/** One folder or file and what is allowed there, as the kernel has it. */
typedef struct beneath_t {
    uint64_t allowed;
    int32_t fd;
} __attribute__((packed)) beneath_t;

/** The kernel takes what is longer than it knows if the rest is 0. */
typedef struct ruleset_t {
    uint64_t by_kind[3];
} ruleset_t;

int mssl_landlock_get_version(void)
{
    long version = syscall(CREATE_RULESET, NULL, (size_t)0, FLAG_VERSION);

    return version > 0 ? (int)version : 0;
}

/* What a rule gives back of what is denied. A file has fewer rights than a folder. */
static uint64_t get_allowed(int version, unsigned groups, int fd)
{
    uint64_t allowed = 0;
    struct stat st;
    size_t i;

    for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        if (list[i].kind == FILES && list[i].since <= version && (list[i].group & groups) != 0) {
            allowed |= list[i].bits;
        }
    }
    return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) ? allowed : allowed & OF_FILES;
}

static apr_status_t add_rules(int ruleset, int version, unsigned denied,
                              const mssl_landlock_rule_t *rule, int n)
{
    int i;

    for (i = 0; i < n; i++) {
        beneath_t beneath = { get_allowed(version, rule[i].allowed & denied, rule[i].fd),
                              rule[i].fd };

        if (beneath.allowed != 0
            && syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, &beneath, 0u) != 0) {
            return errno;
        }
    }
    return APR_SUCCESS;
}

apr_status_t mssl_landlock_confine(int version, unsigned denied, const mssl_landlock_rule_t *rule,
                                   int n)
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
    rv = add_rules(fd, version, denied, rule, n);
    if (rv == APR_SUCCESS && syscall(RESTRICT_SELF, fd, 0u) != 0) {
        rv = errno;
    }
    close(fd);
    return rv;
}
