/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/process/confine.h"

/* "Name:\t<hex>" of /proc/self/status; ~0 when it is not there. */
static unsigned long long status_of(const char *name)
{
    char line[256];
    unsigned long long value = ~0ull;
    FILE *file = fopen("/proc/self/status", "r");

    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0) {
            value = strtoull(line + strlen(name) + 1, NULL, 16);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return value;
}

/* The line of the first thing that is not as it should be, 0: none. Runs in a child: there is no way back. */
static int check_confined(void)
{
    const mssl_confinement_t how = { .parent = getppid(), .name = "mssl-test" };
    unsigned long long reading = 1ull << CAP_DAC_READ_SEARCH;
    int had = (status_of("CapPrm") & reading) != 0, can_read;
    char name[16], where[64];
    mssl_reason_t why;

    if (mssl_confine(&how, &can_read, &why) != APR_SUCCESS) {
        fprintf(stderr, "confine: %s\n", why.text);
        return __LINE__;
    }
    if (can_read != had || status_of("CapEff") != (had ? reading : 0)) {
        return __LINE__;
    }
    if (status_of("CapPrm") != status_of("CapEff") || status_of("CapInh") != 0) {
        return __LINE__;
    }
    if (status_of("NoNewPrivs") != 1 || prctl(PR_GET_DUMPABLE) != 0 || status_of("CapBnd") != 0) {
        return __LINE__;
    }
    if (getuid() != 0 || getgroups(0, NULL) != 0 || getcwd(where, sizeof(where)) == NULL
        || strcmp(where, "/") != 0) {
        return __LINE__;
    }
    if (prctl(PR_GET_NAME, name) != 0 || strcmp(name, "mssl-test") != 0) {
        return __LINE__;
    }
    if (setuid(1) == 0 || chroot("/") == 0) {
        return __LINE__;
    }
    return 0;
}

static void run(int (*fn)(void))
{
    int status, line;
    pid_t pid = fork();

    if (pid == 0) {
        line = fn();
        if (line != 0) {
            fprintf(stderr, "line %d\n", line);
        }
        _exit(line != 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void test_confined(void **state)
{
    (void)state;
    if (geteuid() == 0) {
        run(check_confined);
    }
}

static int check_orphan(void)
{
    const mssl_confinement_t how = { .parent = 1 << 30, .name = "mssl-test" };
    mssl_reason_t why;
    int can_read;

    return mssl_confine(&how, &can_read, &why) == APR_SUCCESS ? __LINE__ : 0;
}

/* The parent died before we could ask to die with it. */
static void test_orphan(void **state)
{
    (void)state;
    run(check_orphan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_confined),
        cmocka_unit_test(test_orphan),
    };

    return cmocka_run_group_tests_name("confine", tests, NULL, NULL);
}
