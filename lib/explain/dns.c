/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/explain/dns.h"

#include <apr_strings.h>
#include <string.h>
#include <strings.h>

/** By the name that a website is made an alias of. Who hides its CDN otherwise is not told of it. */
static const char *const cdns[] = {
    ".cdn.cloudflare.net", ".cloudfront.net", ".fastly.net", ".fastlylb.net", ".edgekey.net",
    ".edgesuite.net", ".akamaiedge.net", ".akamai.net", ".azureedge.net", ".azurefd.net",
    ".b-cdn.net", ".cdn77.org", ".gcdn.co", ".kxcdn.com", ".incapdns.net", ".sucuri.net",
    ".stackpathdns.com", ".vercel-dns.com"
};

static int ends_with(const char *text, const char *end)
{
    size_t text_len = strlen(text), len = strlen(end);

    return text_len > len && strcasecmp(text + text_len - len, end) == 0;
}

static int is_expected(const mssl_explain_dns_t *dns, const char *address)
{
    int i;

    for (i = 0; i < dns->nexpected; i++) {
        if (strcmp(dns->expected[i], address) == 0) {
            return 1;
        }
    }
    return 0;
}

static int is_known(const mssl_explain_dns_t *dns)
{
    return dns != NULL && dns->has_a && dns->has_aaaa;
}

int mssl_explain_dns_matches(const mssl_explain_dns_t *dns)
{
    int i;

    if (!is_known(dns) || dns->nexpected == 0) {
        return -1;
    }
    for (i = 0; i < dns->naddresses; i++) {
        if (!is_expected(dns, dns->address[i])) {
            return 0;
        }
    }
    return dns->naddresses > 0;
}

static const char *join(const char *const *texts, int n, apr_pool_t *pool)
{
    const char *text = "";
    int i;

    for (i = 0; i < n; i++) {
        text = apr_pstrcat(pool, text, i > 0 ? ", " : "", texts[i], NULL);
    }
    return text;
}

static const char *find_cdn(const mssl_explain_dns_t *dns)
{
    size_t i;

    for (i = 0; dns->cname != NULL && i < sizeof(cdns) / sizeof(cdns[0]); i++) {
        if (ends_with(dns->cname, cdns[i])) {
            return dns->cname;
        }
    }
    return NULL;
}

static void see_strangers(mssl_explained_t *explained, const mssl_explain_dns_t *dns,
                          apr_pool_t *pool)
{
    int i, ours = 0;

    for (i = 0; i < dns->naddresses; i++) {
        ours += is_expected(dns, dns->address[i]);
    }
    if (ours == 0 && explained->severity == MSSL_SEVERITY_FINE) {
        explained->verdict = MSSL_EXPLAIN_ELSEWHERE;
        explained->severity = MSSL_SEVERITY_ATTENTION;
        explained->sentence = apr_psprintf(pool, "fine here, but VISITORS GO ELSEWHERE. DNS says "
                                           "%s; this server is %s.",
                                           join(dns->address, dns->naddresses, pool),
                                           join(dns->expected, dns->nexpected, pool));
    }
    for (i = 0; i < dns->naddresses; i++) {
        if (!is_expected(dns, dns->address[i])) {
            mssl_explain_add_problem(explained, strchr(dns->address[i], ':') != NULL
                                     ? "aaaa_elsewhere" : "a_elsewhere", MSSL_SEVERITY_ATTENTION,
                                     apr_psprintf(pool, "%s %s in DNS is not this server's%s.",
                                                  strchr(dns->address[i], ':') != NULL ? "AAAA" : "A",
                                                  dns->address[i], ours > 0
                                                  ? ": some visitors go there" : ""), NULL);
        }
    }
}

void mssl_explain_dns(mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                      apr_pool_t *pool)
{
    const mssl_explain_dns_t *dns = facts->dns;

    if (!is_known(dns) || dns->nexpected == 0 || facts->name == NULL
        || explained->severity == MSSL_SEVERITY_UNKNOWN) {
        return;
    }
    if (dns->naddresses == 0) {
        mssl_explain_add_problem(explained, "no_address", MSSL_SEVERITY_ATTENTION,
                                 "DNS has no address for it: nobody can come here by this name.",
                                 NULL);
        mssl_explain_add_fix(explained, "Add A and AAAA records for it.", NULL);
    }
    else if (!mssl_explain_dns_matches(dns)) {
        see_strangers(explained, dns, pool);
        mssl_explain_add_fix(explained, "Point A and AAAA here; until then certificates that are "
                             "renewed by http-01 end. A CDN or another proxy in front: name its "
                             "addresses in MSSLPublicAddress.", NULL);
    }
}

const char *mssl_explain_dns_text(const mssl_explain_facts_t *facts, apr_pool_t *pool)
{
    const mssl_explain_dns_t *dns = facts->dns;
    const char *cdn = dns != NULL ? find_cdn(dns) : NULL, *text;
    int matches = mssl_explain_dns_matches(dns);

    if (dns == NULL) {
        return NULL;
    }
    if (!dns->has_a && !dns->has_aaaa) {
        return apr_pstrcat(pool, "not known: ", dns->error != NULL ? dns->error : "no answer",
                           NULL);
    }
    text = dns->naddresses > 0 ? join(dns->address, dns->naddresses, pool) : "no address";
    if (!is_known(dns)) {
        text = apr_pstrcat(pool, text, dns->has_a ? "; AAAA is not known" : "; A is not known",
                           NULL);
    }
    if (cdn != NULL) {
        text = apr_pstrcat(pool, text, "; a CDN is in front (", cdn,
                           "): visitors see its certificate", NULL);
    }
    return apr_pstrcat(pool, text, matches > 0 ? ", as MSSLPublicAddress says"
                       : matches == 0 ? ", and MSSLPublicAddress says "
                       : dns->nexpected == 0 ? "; MSSLPublicAddress would say whether that is right"
                       : "",
                       matches == 0 ? join(dns->expected, dns->nexpected, pool) : "", NULL);
}
