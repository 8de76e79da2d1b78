/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/base/warns.h"

#include <stdlib.h>
#include <string.h>

#define DAY apr_time_from_sec(86400)
#define EXPIRING_MAX (30 * DAY)
#define URGENT_MAX (14 * DAY)
#define PERCENT_MAX 99
#define DAYS_MAX 366

void mssl_warns_init(mssl_warns_t *warns)
{
    warns->warn = (mssl_warn_t){ .percent = 25 };
    warns->urgent = (mssl_warn_t){ .percent = 12 };
}

int mssl_warn_parse(mssl_warn_t *warn, const char *text)
{
    char *end;
    long value;
    int is_percent;

    if (*text < '0' || *text > '9') {
        return 0; /* strtol() takes blanks and signs */
    }
    value = strtol(text, &end, 10);
    is_percent = strcmp(end, "%") == 0;
    if ((!is_percent && strcmp(end, "d") != 0) || value < 1
        || value > (is_percent ? PERCENT_MAX : DAYS_MAX)) {
        return 0;
    }
    warn->percent = is_percent ? (int)value : 0;
    warn->days = is_percent ? 0 : (int)value;
    return 1;
}

static apr_interval_time_t get_margin(const mssl_warn_t *warn, apr_interval_time_t lifetime,
                                      apr_interval_time_t max)
{
    apr_interval_time_t part = lifetime / 100 * warn->percent;

    if (warn->percent == 0) {
        return warn->days * DAY;
    }
    return part < DAY ? DAY : part > max ? max : part;
}

apr_interval_time_t mssl_warns_get_expiring(const mssl_warns_t *warns,
                                            apr_interval_time_t lifetime)
{
    return get_margin(&warns->warn, lifetime, EXPIRING_MAX);
}

apr_interval_time_t mssl_warns_get_urgent(const mssl_warns_t *warns, apr_interval_time_t lifetime)
{
    return get_margin(&warns->urgent, lifetime, URGENT_MAX);
}
