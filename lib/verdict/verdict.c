/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/verdict/verdict.h"

/* HTTP statuses, which this layer has no header for. */
#define FOUND 302
#define FORBIDDEN 403
#define MISDIRECTED 421 /* RFC 9110 section 15.5.20 */

static mssl_verdict_t act(mssl_act_t act)
{
    mssl_verdict_t verdict = { MSSL_ACT_PAGE };

    verdict.act = act;
    return verdict;
}

static mssl_verdict_t show(mssl_why_t why, int status, mssl_page_t page, mssl_page_link_t link)
{
    mssl_verdict_t verdict = { MSSL_ACT_PAGE };

    verdict.why = why;
    verdict.status = status;
    verdict.page = page;
    verdict.link = link;
    return verdict;
}

static mssl_verdict_t redirect(mssl_why_t why, mssl_act_t act, mssl_page_link_t link)
{
    mssl_verdict_t verdict = show(why, FOUND, MSSL_PAGE_MOVED, link);

    verdict.act = act;
    return verdict;
}

/** A name with a certificate, which is not the one that this connection shows. */
static mssl_verdict_t judge_known(const mssl_facts_t *facts)
{
    if (facts->had_sni) {
        /* Never to the switch: it cannot help a client that sends SNI. */
        return show(MSSL_WHY_KNOWN_SNI, MISDIRECTED, MSSL_PAGE_WRONG_CERT, MSSL_LINK_OWN);
    }
    if (!facts->has_switch) {
        return show(MSSL_WHY_KNOWN_NOSNI, MISDIRECTED, MSSL_PAGE_VIA_SWITCH, MSSL_LINK_NONE);
    }
    if (!facts->is_get || !facts->redirects_nosni) {
        return show(MSSL_WHY_KNOWN_NOSNI, MISDIRECTED, MSSL_PAGE_VIA_SWITCH, MSSL_LINK_SWITCH);
    }
    if (facts->is_looping) {
        return show(MSSL_WHY_KNOWN_NOSNI, MISDIRECTED, MSSL_PAGE_LOOP, MSSL_LINK_SWITCH);
    }
    return redirect(MSSL_WHY_KNOWN_NOSNI, MSSL_ACT_TO_SWITCH, MSSL_LINK_SWITCH);
}

static mssl_verdict_t judge_unknown(const mssl_facts_t *facts)
{
    if (facts->is_making || facts->is_pending) {
        return show(MSSL_WHY_UNKNOWN, MISDIRECTED,
                    facts->is_making ? MSSL_PAGE_MAKING : MSSL_PAGE_PENDING, MSSL_LINK_PLAIN);
    }
    if (facts->is_get && facts->redirects_unknown) {
        return redirect(MSSL_WHY_UNKNOWN, MSSL_ACT_TO_URL, MSSL_LINK_NONE);
    }
    return show(MSSL_WHY_UNKNOWN, MISDIRECTED,
                facts->has_bound_name ? MSSL_PAGE_WRONG_CERT : MSSL_PAGE_NO_CERT, MSSL_LINK_NONE);
}

/** The rows of section 4 for a proven connection, in their order. */
static mssl_verdict_t judge(const mssl_facts_t *facts)
{
    if (facts->is_proxying) {
        return show(MSSL_WHY_PROXY, FORBIDDEN, MSSL_PAGE_NOT_A_PROXY, MSSL_LINK_NONE);
    }
    if (facts->has_two_hosts) {
        return show(MSSL_WHY_PROXY, MISDIRECTED, MSSL_PAGE_NOT_A_PROXY, MSSL_LINK_NONE);
    }
    if (facts->is_switch && facts->is_other_handler) {
        return show(MSSL_WHY_HANDLER, MISDIRECTED, MSSL_PAGE_NOT_THE_SWITCH, MSSL_LINK_NONE);
    }
    if (facts->is_switch && !facts->covers) {
        return act(MSSL_ACT_SWITCH);
    }
    if (facts->is_other_clients) {
        return show(MSSL_WHY_CLIENT_CERT, MISDIRECTED, MSSL_PAGE_CLIENT_CERT, MSSL_LINK_NONE);
    }
    if (facts->covers || (facts->is_trusted && facts->host == MSSL_HOST_NAME && facts->is_known)) {
        return act(MSSL_ACT_SERVE);
    }
    if (facts->host != MSSL_HOST_NAME) {
        return facts->is_trusted
            ? act(MSSL_ACT_SERVE_NAMED)
            : show(MSSL_WHY_NO_NAME, MISDIRECTED, MSSL_PAGE_NO_NAME, MSSL_LINK_NONE);
    }
    return facts->is_known ? judge_known(facts) : judge_unknown(facts);
}

mssl_verdict_t mssl_verdict_get(const mssl_facts_t *facts)
{
    mssl_verdict_t verdict = facts->is_proven
        ? judge(facts)
        : show(MSSL_WHY_UNPROVEN, MISDIRECTED, MSSL_PAGE_WRONG_CERT, MSSL_LINK_NONE);

    /* A browser that kept it, or resumed it, would only meet the same certificate again. */
    verdict.ends = !facts->is_proven || !facts->had_sni || facts->is_dummy;
    return verdict;
}

const char *mssl_why_text(mssl_why_t why)
{
    static const char *const text[MSSL_WHYS] = {
        "none", "unproven", "proxy", "client_cert", "no_name", "known_sni", "known_nosni",
        "unknown", "handler"
    };

    return text[why];
}
