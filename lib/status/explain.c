/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/status/explain.h"

#include <apr_strings.h>

#include "lib/base/text.h"
#include "lib/explain/write.h"
#include "lib/status/parts.h"

static void put_fixes(mssl_out_t *out, const mssl_explained_t *explained)
{
    int i;

    if (explained->nfixes == 0) {
        return;
    }
    mssl_out_printf(out, "<h2>Mend it</h2>\n<ul>\n");
    for (i = 0; i < explained->nfixes; i++) {
        const mssl_explain_fix_t *fix = &explained->fix[i];

        mssl_out_printf(out, "<li>%s%s%s%s</li>\n", mssl_text_html(out->pool, fix->text),
                        fix->command != NULL ? "<br><code>" : "",
                        fix->command != NULL ? mssl_text_html(out->pool, fix->command) : "",
                        fix->command != NULL ? "</code>" : "");
    }
    mssl_out_printf(out, "</ul>\n");
}

apr_status_t mssl_status_html_explain(const mssl_explained_t *explained,
                                      const mssl_explain_facts_t *facts, mssl_json_sink_fn sink,
                                      void *baton, apr_pool_t *pool)
{
    static const char *const classes[] = { "good", "warn", "bad", "quiet" };
    mssl_explain_line_t line[MSSL_EXPLAIN_LINES_MAX];
    int n = mssl_explain_lines(line, explained, facts, pool), i;
    const char *name = facts->name != NULL ? facts->name : facts->given;
    mssl_out_t out;

    if (mssl_out_init(&out, sink, baton, pool) != APR_SUCCESS) {
        return out.rv;
    }
    mssl_parts_begin(&out, name);
    mssl_out_printf(&out, "<p><a href=\"?\">All about the certificates</a></p>\n"
                    "<p class=\"sum %s\">%s: %s</p>\n", classes[explained->severity],
                    mssl_text_html(out.pool, name), mssl_text_html(out.pool, explained->sentence));
    put_fixes(&out, explained);
    mssl_out_printf(&out, "<table class=\"facts\"><caption>How it comes about</caption>\n<tbody>\n");
    for (i = 0; i < n; i++) {
        /* A line without a label goes on from the one before. */
        mssl_out_printf(&out, "<tr><th scope=\"row\">%s</th><td>%s</td></tr>\n",
                        mssl_text_html(out.pool, line[i].label[0] != '\0' ? line[i].label
                                                                           : "and"),
                        mssl_text_html(out.pool, line[i].text));
    }
    mssl_out_printf(&out, "</tbody></table>\n");
    mssl_parts_ask(&out, facts->given);
    mssl_parts_end(&out);
    return out.rv;
}
