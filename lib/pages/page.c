/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/pages/page.h"

#include <apr_strings.h>
#include <string.h>

#include "lib/base/text.h"

#define HOST_SHOWN_MAX 253

/* Readable without any of it, too: many who meet these pages have an old browser. */
static const char head[] =
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<meta name=\"robots\" content=\"noindex\">\n"
    "<meta name=\"referrer\" content=\"no-referrer\">\n"
    "<style>\n"
    "body{margin:0;padding:1em;background:#f1f3f7;color:#1d2430;"
    "font:1.0625em/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,sans-serif;"
    "overflow-wrap:anywhere}\n"
    "main{max-width:36em;margin:6vh auto 2em;padding:1.6em 2em;background:#fff;"
    "border:1px solid #d8dde6;border-radius:.75em}\n"
    "svg{display:block;color:#0b57d0}\n"
    "h1{font-size:1.5em;line-height:1.25;margin:.6em 0}\n"
    "h2{font-size:1.05em;margin:1.5em 0 .4em}\n"
    "p,ul{margin:.6em 0}\n"
    "ul{padding-left:1.2em}\n"
    "li{margin:.3em 0}\n"
    ".go{display:inline-block;padding:.6em 1.3em;background:#0b57d0;color:#fff;"
    "border:2px solid #0b57d0;border-radius:.5em;font-weight:600;text-decoration:none}\n"
    ".go:hover{text-decoration:underline}\n"
    "a:focus{outline:3px solid #e8710a;outline-offset:2px}\n"
    ".soft,section,footer{color:#546072;font-size:.9em}\n"
    "section,footer{margin-top:1.6em;border-top:1px solid #d8dde6}\n"
    "section h2{margin-top:.9em}\n"
    "a{color:#0b57d0}\n"
    "@media(max-width:30em){body{padding:0}main{margin:0;padding:1.2em;border:0;border-radius:0;"
    "min-height:100vh;box-sizing:border-box}}\n"
    "@media(prefers-color-scheme:dark){body{background:#12161c;color:#e6e9ee}"
    "main{background:#1c222b;border-color:#3a4350}section,footer{border-color:#3a4350}"
    ".soft,section,footer{color:#a8b2c0}a,svg{color:#8ab4f8}"
    ".go{background:#8ab4f8;border-color:#8ab4f8;color:#0b1526}}\n"
    "@media print{body,main{background:#fff;color:#000;border:0;margin:0;min-height:0}"
    ".go{background:none;color:#000}.soft,section,footer{color:#333}svg{display:none}}\n"
    "</style>\n";

/* A signpost, to be seen only. */
static const char icon[] =
    "<svg aria-hidden=\"true\" width=\"40\" height=\"40\" viewBox=\"0 0 24 24\" fill=\"none\" "
    "stroke=\"currentColor\" stroke-width=\"1.8\" stroke-linejoin=\"round\">"
    "<path d=\"M12 22V16M12 5V2M4 5h13l3 2.75-3 2.75H4zM20 10.5H7l-3 2.75L7 16h13z\"/></svg>\n";

/* What words in braces stand for, as HTML. */
typedef struct values_t {
    const char *host, *link, *contact, *code, *time;
} values_t;

static const char *get_value(const values_t *values, const char *name, size_t len)
{
    const struct {
        const char *name, *value;
    } rows[] = { { "host", values->host }, { "link", values->link }, { "contact", values->contact },
                 { "code", values->code }, { "time", values->time } };
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strlen(rows[i].name) == len && memcmp(rows[i].name, name, len) == 0) {
            return rows[i].value;
        }
    }
    return "";
}

/* Words as HTML, with what stands in braces put in. */
static const char *put(apr_pool_t *pool, const char *words, const values_t *values)
{
    const char *from = mssl_text_html_utf8(pool, words);
    const char *html = "";
    const char *open;

    while ((open = strchr(from, '{')) != NULL) {
        size_t len = strcspn(open + 1, "}");

        html = apr_pstrcat(pool, html, apr_pstrmemdup(pool, from, (apr_size_t)(open - from)),
                           get_value(values, open + 1, len), NULL);
        from = open + 1 + len + (open[1 + len] == '}');
    }
    return apr_pstrcat(pool, html, from, NULL);
}

/* A link of another scheme ("javascript:") would be a hole, whoever made it. */
static const char *get_link(const mssl_page_facts_t *facts)
{
    const char *link = facts->link;

    return link != NULL && (strncmp(link, "https://", 8) == 0 || strncmp(link, "http://", 7) == 0)
        ? link : NULL;
}

/* Hostile bytes, cut and in ASCII. */
static const char *get_host(const char *host, apr_pool_t *pool)
{
    if (host == NULL || host[0] == '\0') {
        return NULL;
    }
    return strlen(host) <= HOST_SHOWN_MAX
        ? host : apr_pstrcat(pool, apr_pstrmemdup(pool, host, HOST_SHOWN_MAX), "...", NULL);
}

const char *mssl_page_code(mssl_page_t page, apr_pool_t *pool)
{
    return apr_psprintf(pool, "MSSL-P%02d", (int)page);
}

/* Seconds in UTC: "2026-11-25 18:03:09 UTC". */
static const char *get_time(apr_time_t now, apr_pool_t *pool)
{
    apr_time_exp_t t;

    apr_time_exp_gmt(&t, now);
    return apr_psprintf(pool, "%04d-%02d-%02d %02d:%02d:%02d UTC", t.tm_year + 1900, t.tm_mon + 1,
                        t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
}

static const mssl_page_words_t *get_words(const mssl_page_facts_t *facts, const mssl_words_t *words)
{
    return (size_t)facts->page < MSSL_PAGES && words->pages[facts->page].title != NULL
        ? &words->pages[facts->page] : &words->pages[MSSL_PAGE_NO_NAME];
}

static const char *make_contact(const mssl_contact_t *contact, apr_pool_t *pool)
{
    const char *text = mssl_text_html_utf8(pool, contact->text);

    return contact->href != NULL
        ? apr_pstrcat(pool, "<a rel=\"noreferrer\" href=\"",
                      mssl_text_html_utf8(pool, contact->href), "\">", text, "</a>", NULL)
        : text;
}

/* What is put in, made harmless. */
static values_t make_values(const mssl_page_facts_t *facts, const char *host, apr_pool_t *pool)
{
    const char *link = get_link(facts);
    const char *reason = facts->reason;
    values_t values = { NULL };

    values.host = mssl_text_html(pool, host != NULL ? host : "-");
    values.link = mssl_text_html(pool, link != NULL ? link : facts->example);
    values.contact = facts->contact != NULL ? make_contact(facts->contact, pool) : "";
    values.code = mssl_page_code(facts->page, pool);
    if (reason != NULL) {
        values.code = apr_pstrcat(pool, values.code, " <span lang=\"en\">(",
                                  mssl_text_html(pool, reason), ")</span>", NULL);
    }
    values.time = get_time(facts->now, pool);
    return values;
}

/* What else the visitor can do. */
static const char *make_rest(const char *const *todo, int n, const values_t *values, apr_pool_t *pool)
{
    const char *html = "<ul>\n";
    int i;

    if (n < 2) {
        return n == 0 ? "" : apr_pstrcat(pool, "<p>", put(pool, todo[0], values), "</p>\n", NULL);
    }
    for (i = 0; i < n; i++) {
        html = apr_pstrcat(pool, html, "<li>", put(pool, todo[i], values), "</li>\n", NULL);
    }
    return apr_pstrcat(pool, html, "</ul>\n", NULL);
}

/* The next step, its button, and the rest. */
static const char *make_todo(const mssl_words_t *words, const mssl_page_words_t *say,
                             const values_t *values, int has_link, apr_pool_t *pool)
{
    const char *button = "";
    int n = 1;

    if (has_link) {
        button = apr_pstrcat(pool, "<p><a class=\"go\" rel=\"noreferrer\" href=\"", values->link, "\">",
                             put(pool, say->link != NULL ? say->link : words->go_on, values),
                             "</a></p>\n<p class=\"soft\">", put(pool, words->leads, values),
                             "</p>\n", NULL);
    }
    while (n < MSSL_PAGE_TODO_MAX && say->todo[n] != NULL) {
        n++;
    }
    return apr_pstrcat(pool, "<h2>", put(pool, words->todo, values), "</h2>\n<p>",
                       put(pool, say->todo[0], values), "</p>\n", button,
                       make_rest(say->todo + 1, n - 1, values, pool), NULL);
}

static const char *make_owner(const mssl_page_facts_t *facts, const mssl_words_t *words,
                              const mssl_page_words_t *say, const values_t *values,
                              apr_pool_t *pool)
{
    const char *example = "";

    if (say->owner == NULL) {
        return "";
    }
    if (facts->example != NULL) {
        example = apr_pstrcat(pool, "<p>", put(pool, words->example, values), "</p>\n", NULL);
    }
    return apr_pstrcat(pool, "<section>\n<h2>", put(pool, words->owner, values), "</h2>\n<p>",
                       put(pool, say->owner, values), "</p>\n", example, "</section>\n", NULL);
}

static const char *make_footer(const mssl_page_facts_t *facts, const mssl_words_t *words,
                               apr_pool_t *pool)
{
    const char *host = get_host(facts->asked_at != NULL ? facts->asked_at : facts->host, pool);
    values_t values = make_values(facts, host, pool);
    const char *contact = "";

    if (facts->contact != NULL) {
        contact = apr_pstrcat(pool, "<p>", put(pool, words->contact, &values), "</p>\n", NULL);
    }
    return apr_pstrcat(pool, "<footer>\n", contact, "<p>", put(pool, words->support, &values),
                       "</p>\n</footer>\n", NULL);
}

static const char *make_own(const mssl_page_facts_t *facts, const mssl_words_t *words,
                            const mssl_page_words_t *say, apr_pool_t *pool)
{
    const char *host = get_host(facts->host, pool);
    values_t values = make_values(facts, host, pool);
    const char *title = put(pool, say->title, &values);
    const char *asked = "";

    if (host != NULL) {
        values.host = apr_pstrcat(pool, "<strong>", values.host, "</strong>", NULL);
        asked = apr_pstrcat(pool, "<p>", put(pool, words->asked, &values), "</p>\n", NULL);
    }
    return apr_pstrcat(pool, "<!DOCTYPE html>\n<html lang=\"", words->lang, "\">\n<head>\n", head,
                       "<title>", title, "</title>\n</head>\n<body>\n<main>\n", icon, "<h1>", title,
                       "</h1>\n<p>", put(pool, say->text, &values), "</p>\n", asked,
                       make_todo(words, say, &values, get_link(facts) != NULL, pool),
                       make_owner(facts, words, say, &values, pool),
                       make_footer(facts, words, pool), "</main>\n</body>\n</html>\n", NULL);
}

/* What happened and what to do, in one text. */
static const char *join_text(const mssl_page_words_t *say, apr_pool_t *pool)
{
    const char *text = say->text;
    int i;

    for (i = 0; i < MSSL_PAGE_TODO_MAX && say->todo[i] != NULL; i++) {
        text = apr_pstrcat(pool, text, " ", say->todo[i], NULL);
    }
    return text;
}

static const char *fill_template(const mssl_page_facts_t *facts, const mssl_words_t *words,
                                 const mssl_page_words_t *say, apr_pool_t *pool)
{
    mssl_template_values_t values = { { NULL } };

    values.text[MSSL_SLOT_TITLE] = say->title;
    values.text[MSSL_SLOT_TEXT] = join_text(say, pool);
    values.text[MSSL_SLOT_HOST] = get_host(facts->host != NULL ? facts->host : facts->asked_at, pool);
    values.text[MSSL_SLOT_LINK] = values.link_href = get_link(facts);
    values.text[MSSL_SLOT_CODE] = mssl_page_code(facts->page, pool);
    values.text[MSSL_SLOT_LANG] = words->lang;
    if (facts->contact != NULL) {
        values.text[MSSL_SLOT_CONTACT] = facts->contact->text;
        values.contact_href = facts->contact->href;
    }
    return mssl_template_fill(facts->html, &values, pool);
}

const char *mssl_page_make(const mssl_page_facts_t *facts, apr_pool_t *pool)
{
    const mssl_words_t *words = facts->words != NULL ? facts->words : mssl_words_all[0];
    const mssl_page_words_t *say = get_words(facts, words);

    return facts->html != NULL ? fill_template(facts, words, say, pool)
                               : make_own(facts, words, say, pool);
}
