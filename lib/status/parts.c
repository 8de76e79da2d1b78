/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/status/parts.h"

#include <apr_strings.h>
#include <string.h>

#include "lib/base/text.h"

/*
 * Colours have a contrast of 4.5:1 and more in both schemes (WCAG 2.2, 1.4.3). On narrow screens the
 * rows of a table become blocks, and each cell says what it is.
 */
static const char style[] =
    ":root{color-scheme:light dark;--text:#1b1f24;--quiet:#57606a;--line:#d0d7de;--page:#fff;"
    "--part:#f6f8fa;--link:#0550ae;--bad:#a40e26;--warn:#7d4e00;--good:#116329}"
    "@media(prefers-color-scheme:dark){:root{--text:#e6edf3;--quiet:#9da7b3;--line:#3d444d;"
    "--page:#0d1117;--part:#161b22;--link:#79b8ff;--bad:#ff9492;--warn:#e3b341;--good:#56d364}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--page);color:var(--text);font:1rem/1.5 system-ui,sans-serif}"
    "main{max-width:70rem;margin:0 auto;padding:1rem}"
    "h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.2rem;margin:2rem 0 .5rem}"
    "a{color:var(--link)}.quiet{color:var(--quiet)}"
    ".sum{font-size:1.2rem;font-weight:600;padding:.75rem 1rem;border-left:.4rem solid;"
    "background:var(--part)}.bad{color:var(--bad)}.warn{color:var(--warn)}.good{color:var(--good)}"
    "table{border-collapse:collapse;width:100%}caption{text-align:left;color:var(--quiet);"
    "padding-bottom:.25rem}th,td{text-align:left;vertical-align:top;padding:.35rem .75rem .35rem 0;"
    "border-bottom:1px solid var(--line)}th[scope=row]{font-weight:600}"
    "th[scope=col],td.s{white-space:nowrap}"
    "h1,p,td,.rows th[scope=row]{overflow-wrap:anywhere}td.s,td.n{overflow-wrap:normal}"
    "@media(min-width:45rem){.facts th{white-space:nowrap}}"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.few{max-width:30rem}"
    "form div{flex:0 1 24rem}form div input{width:100%}form{display:flex;flex-wrap:wrap;gap:.5rem;align-items:end;margin:1rem 0}"
    "label{display:block}input,button{font:inherit;padding:.5rem .75rem;border:1px solid var(--quiet);"
    "border-radius:.3rem;background:var(--page);color:var(--text);max-width:100%}"
    "button{background:var(--link);color:var(--page);border-color:var(--link)}"
    ".cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:1rem 2rem;align-items:start}"
    "code{font:.95rem ui-monospace,monospace;background:var(--part);padding:.2rem .4rem;"
    "overflow-wrap:anywhere}li{margin:.5rem 0}"
    "svg{display:block;width:100%;height:5rem}"
    "@media(max-width:45rem){.rows thead{position:absolute;clip-path:inset(50%)}"
    ".rows tr{display:block;border-bottom:1px solid var(--line);padding:.5rem 0}"
    ".rows th,.rows td{display:block;border:0;padding:.1rem 0}"
    ".rows td.s{white-space:normal}.rows td:empty{display:none}.rows td::before{content:attr(data-is) \": \";"
    "color:var(--quiet)}.rows td.n{text-align:left}}";

void mssl_parts_begin(mssl_out_t *out, const char *title)
{
    mssl_out_printf(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                    "<title>%s</title>\n<style>%s</style>\n</head>\n<body>\n<main>\n<h1>%s</h1>\n",
                    mssl_text_html(out->pool, title), style, mssl_text_html(out->pool, title));
}

void mssl_parts_end(mssl_out_t *out)
{
    mssl_out_printf(out, "</main>\n</body>\n</html>\n");
}

const char *mssl_parts_time(mssl_out_t *out, apr_time_t time)
{
    apr_time_exp_t at;

    if (time == 0 || apr_time_exp_gmt(&at, time) != APR_SUCCESS) {
        return "unknown";
    }
    return apr_psprintf(out->pool, "%04d-%02d-%02d %02d:%02d UTC", at.tm_year + 1900, at.tm_mon + 1,
                        at.tm_mday, at.tm_hour, at.tm_min);
}

const char *mssl_parts_number(mssl_out_t *out, apr_uint64_t number)
{
    const char *digits = apr_psprintf(out->pool, "%" APR_UINT64_T_FMT, number);
    size_t len = strlen(digits), i;
    char *text = apr_palloc(out->pool, 2 * len + 1), *to = text;

    for (i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0) {
            *to++ = ',';
        }
        *to++ = digits[i];
    }
    *to = '\0';
    return text;
}

const char *mssl_parts_state(mssl_out_t *out, mssl_name_state_t state)
{
    char *text = apr_pstrdup(out->pool, mssl_states_get_word(state)), *at;

    for (at = text; *at != '\0'; at++) {
        *at = *at == '_' ? ' ' : *at;
    }
    return text;
}

void mssl_parts_ask(mssl_out_t *out, const char *host)
{
    mssl_out_printf(out, "<form method=\"get\"><div><label for=\"host\">What does a visitor of this "
                    "name get?</label><input id=\"host\" name=\"host\" value=\"%s\" "
                    "placeholder=\"www.example.org\" autocapitalize=\"none\" spellcheck=\"false\">"
                    "</div><button>Explain</button></form>\n",
                    mssl_text_html(out->pool, host != NULL ? host : ""));
}

/** How bad a state is for visitors. */
static const char *class_of(mssl_name_state_t state)
{
    return state <= MSSL_STATE_NOT_YET_VALID ? "bad" : state <= MSSL_STATE_SHADOWED ? "warn" : "good";
}

static const char *describe_end(mssl_out_t *out, const mssl_status_facts_t *facts,
                                const mssl_index_row_t *row)
{
    long days = mssl_status_days(facts->now, row->not_after);

    if (row->not_after == 0) {
        return "";
    }
    return days < 0
        ? apr_psprintf(out->pool, "%s, %ld day%s ago", mssl_parts_time(out, row->not_after), -days,
                       days == -1 ? "" : "s")
        : apr_psprintf(out->pool, "%s, in %ld day%s", mssl_parts_time(out, row->not_after), days,
                       days == 1 ? "" : "s");
}

void mssl_parts_names(mssl_out_t *out, const mssl_status_facts_t *facts, const char *caption,
                      const mssl_index_row_t *row, int nrows)
{
    int i;

    mssl_out_printf(out, "<table class=\"rows\"><caption>%s</caption>\n<thead><tr>"
                    "<th scope=\"col\">Name</th><th scope=\"col\">State</th>"
                    "<th scope=\"col\">Ends</th><th scope=\"col\">Why</th>"
                    "<th scope=\"col\">File</th><th scope=\"col\">Store</th></tr></thead>\n<tbody>\n",
                    mssl_text_html(out->pool, caption));
    for (i = 0; i < nrows; i++, row++) {
        const char *name = mssl_text_html(out->pool, row->name);

        mssl_out_printf(out, "<tr><th scope=\"row\"><a href=\"?host=%s\">%s</a></th>"
                        "<td data-is=\"State\" class=\"s %s\">%s%s</td><td data-is=\"Ends\">%s</td>"
                        "<td data-is=\"Why\">%s</td><td data-is=\"File\">%s</td>"
                        "<td data-is=\"Store\">%s</td></tr>\n",
                        name, name, class_of(row->state), mssl_parts_state(out, row->state),
                        row->is_old ? " (as it was)" : "", describe_end(out, facts, row),
                        mssl_text_html(out->pool, row->reason != NULL ? row->reason : ""),
                        mssl_text_html(out->pool, row->file != NULL ? row->file : ""),
                        mssl_text_html(out->pool, row->store_label != NULL ? row->store_label
                                                                           : ""));
    }
    mssl_out_printf(out, "</tbody></table>\n");
}

void mssl_parts_counts(mssl_out_t *out, const mssl_status_facts_t *facts, const char *group,
                       const char *title)
{
    int i;

    mssl_out_printf(out, "<table><caption>%s</caption>\n<tbody>\n", title);
    for (i = 0; i < MSSL_COUNTS; i++) {
        if (strcmp(mssl_counters_group((mssl_count_t)i), group) == 0) {
            mssl_out_printf(out, "<tr><th scope=\"row\">%s</th><td class=\"n\">%s</td></tr>\n",
                            mssl_counters_name((mssl_count_t)i),
                            mssl_parts_number(out, facts->totals.n[i]));
        }
    }
    mssl_out_printf(out, "</tbody></table>\n");
}

void mssl_parts_forecast(mssl_out_t *out, const mssl_index_summary_t *index)
{
    apr_uint32_t most = 1, week = 0, month = 0, all = 0;
    int i;

    for (i = 0; i < MSSL_INDEX_DAYS; i++) {
        most = index->expiries[i] > most ? index->expiries[i] : most;
        week += i < 7 ? index->expiries[i] : 0;
        month += i < 30 ? index->expiries[i] : 0;
        all += index->expiries[i];
    }
    mssl_out_printf(out, "<h2>The coming %d days</h2>\n<p>Of the certificates in service %s end "
                    "within a week, %s within 30 days, %s within %d.</p>\n", MSSL_INDEX_DAYS,
                    mssl_parts_number(out, week), mssl_parts_number(out, month),
                    mssl_parts_number(out, all), MSSL_INDEX_DAYS);
    mssl_out_printf(out, "<svg viewBox=\"0 0 %d 40\" preserveAspectRatio=\"none\" role=\"img\" "
                    "aria-label=\"Names whose certificate ends, by day from today; at most %u on one "
                    "day\" fill=\"currentColor\"><rect y=\"39.5\" width=\"%d\" height=\".5\"/>",
                    10 * MSSL_INDEX_DAYS, all > 0 ? most : 0, 10 * MSSL_INDEX_DAYS);
    for (i = 0; i < MSSL_INDEX_DAYS; i++) {
        if (index->expiries[i] > 0) {
            double height = 1 + 38.0 * index->expiries[i] / most;

            mssl_out_printf(out, "<rect x=\"%d\" y=\"%.1f\" width=\"8\" height=\"%.1f\"/>",
                            10 * i + 1, 40 - height, height);
        }
    }
    mssl_out_printf(out, "</svg>\n<p class=\"quiet\">From today on the left to day %d on the right."
                    "</p>\n", MSSL_INDEX_DAYS);
}
