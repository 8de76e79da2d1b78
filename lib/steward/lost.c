/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/steward/lost.h"

#include <apr_strings.h>

#include "lib/issue/shelf.h"

typedef struct search_t {
    mssl_schedule_t *schedule;
    int dir, n;
    void (*report)(void *baton, const char *text);
    void *baton;
} search_t;

/* @return whether to go on */
static int look(void *baton, const char *name)
{
    search_t *search = baton;
    char text[2 * MSSL_NAME_SIZE + 256];
    mssl_lost_t lost = mssl_shelf_is_lost(search->dir, name)
                           ? mssl_schedule_lose(search->schedule, name) : MSSL_LOST_NOT;

    if (lost != MSSL_LOST_NOT) {
        apr_snprintf(text, sizeof(text), "%s: what was issued for it is not in " MSSL_ISSUED_DIR
                     "/ any more; %s%s", name, lost == MSSL_LOST_ASKED ? "it is ordered anew" :
                     "its issuer is not asked by itself, run: msslctl retry ",
                     lost == MSSL_LOST_ASKED ? "" : name);
        search->report(search->baton, text);
        search->n++;
    }
    return search->n < MSSL_LOST_MAX;
}

void mssl_lost_survey(mssl_schedule_t *schedule, int dir,
                      void (*report)(void *baton, const char *text), void *baton)
{
    search_t search = { schedule, dir, 0, report, baton };

    mssl_schedule_list_installed(schedule, look, &search);
}

void mssl_lost_look(mssl_schedule_t *schedule, int dir, const char *name,
                    void (*report)(void *baton, const char *text), void *baton)
{
    search_t search = { schedule, dir, 0, report, baton };

    if (mssl_schedule_is_installed(schedule, name)) {
        look(&search, name);
    }
}
