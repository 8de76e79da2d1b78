/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/page.h"

#include <apr_strings.h>
#include <string.h>

#include "lib/base/text.h"

#define HOST_SHOWN_MAX 253
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What one kind of page says. Plain text in ASCII, written into HTML as it is. */
typedef struct words_t {
    const char *title;
    const char *text;
    const char *link;   /* text of the link; shown where the caller gives one */
} words_t;

static const words_t words[] = {
    [MSSL_PAGE_WRONG_CERT] = {
        "This name is not in the certificate",
        "Your browser reached this server over a secure connection that was set up for another "
        "address: this name is not in the certificate of that connection. To keep you safe, no "
        "page is shown over it. Opening the address anew usually helps. If it does not, tell the "
        "owner of the site what this page says.",
        "Open the site anew"},
    [MSSL_PAGE_VIA_SWITCH] = {
        "One more step to this site",
        "When your browser or program connected, it did not say which site it wants, so the "
        "server could not show the right certificate. The link below tells the server what you "
        "want and then brings you to the site. The server remembers it for a few minutes.",
        "Continue to the site"},
    [MSSL_PAGE_NO_CERT] = {
        "There is no certificate for this name",
        "You reached a working server, but there is no certificate for this name here, so nothing "
        "can be shown securely under it. Please check the address for typing errors. If the site "
        "is yours, ask your hosting provider to set up a certificate (HTTPS) for this name.",
        "Go on"},
    [MSSL_PAGE_NO_NAME] = {
        "Which site do you want?",
        "Your request does not say which site it is for, or says it in a form that is not a "
        "proper name, such as a bare number address. Please use the name of the site, for "
        "example https://www.example.com/.",
        "Go on"},
    [MSSL_PAGE_LOOP] = {
        "You were sent to and fro too often",
        "This server has sent you between the site and its switch several times, and your "
        "browser still arrived without the right certificate. This happens when your connections "
        "come from changing addresses (some proxies, VPNs and mobile networks), or when an old "
        "program does not say which site it wants. Wait a minute and follow the link, try another "
        "network, or use a newer browser.",
        "Try again"},
    [MSSL_PAGE_CLIENT_CERT] = {
        "This site needs a connection of its own",
        "This site asks visitors for a personal certificate, and that is only possible over a "
        "connection that was opened for this very site. Close your browser and open the address "
        "anew.",
        "Open the site anew"},
    [MSSL_PAGE_NOT_A_PROXY] = {
        "This server is not a proxy",
        "Your program asked this server to fetch something from elsewhere. It does not do that. "
        "Please check the proxy settings of your program.",
        "Go on"},
    [MSSL_PAGE_NOT_THE_SWITCH] = {
        "The switch is not set up here",
        "This address is meant to be the switch that brings visitors to their site, but the "
        "server is not set up to answer as one. For its administrator: MSSLSwitchURL names this "
        "address, so its virtual host needs \"SetHandler mssl-switch\" for this path.",
        "Go on"},
    [MSSL_PAGE_SWITCH_INFO] = {
        "This is a switch",
        "Many sites share this server. Old programs do not say which site they want when they "
        "connect; this address helps them. Written behind a question mark, the address of a site "
        "here is remembered for a few minutes, and you are brought to that site with the right "
        "certificate. You do not need it with a current browser.",
        "An example of how it is used"},
    [MSSL_PAGE_SWITCH_BAD] = {
        "This link cannot be followed",
        "The switch only leads to secure addresses of sites on this server, such as "
        "https://www.example.com/page, and the link that brought you here is not one. Please go "
        "back, or type the address of the site yourself.",
        "Go on"},
    [MSSL_PAGE_SWITCH_UNKNOWN] = {
        "There is no such site here",
        "The switch only leads to sites on this server, and there is no certificate for the name "
        "in this link. Please check the link for typing errors.",
        "Go on"},
    [MSSL_PAGE_SWITCH_METHOD] = {
        "Only links lead here",
        "The switch answers links and typed addresses only; forms and other ways to send data "
        "are not accepted. Nothing that you sent was kept. Please open the site first and send "
        "your data there.",
        "Go on"},
    [MSSL_PAGE_SWITCH_LATER] = {
        "Please try again in a moment",
        "The server could not note down which site you want. This usually passes soon.",
        "Try again"},
    [MSSL_PAGE_MOVED] = {
        "You are being sent on",
        "What you want is at another address. If your browser does not go there by itself, follow "
        "the link.",
        "Continue"},
};

static const char head[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"robots\" content=\"noindex\">\n"
    "<meta name=\"referrer\" content=\"no-referrer\">\n"
    "<style>\n"
    ":root{color-scheme:light dark}\n"
    "body{font:1.1em/1.5 sans-serif;max-width:36em;margin:8vh auto;padding:0 1em;"
    "overflow-wrap:anywhere}\n"
    "h1{font-size:1.5em;line-height:1.2}\n"
    ".go{display:inline-block;padding:.6em 1.2em;border:1px solid;border-radius:.4em}\n"
    ".detail{opacity:.8}\n"
    "</style>\n";

/* A link of another scheme ("javascript:") would be a hole, whoever made it. */
static int is_web_url(const char *link)
{
    return link != NULL && (strncmp(link, "https://", 8) == 0 || strncmp(link, "http://", 7) == 0);
}

static const char *show_host(apr_pool_t *pool, const char *host)
{
    size_t len = strlen(host);

    if (len <= HOST_SHOWN_MAX) {
        return mssl_text_html(pool, host);
    }
    host = apr_pstrmemdup(pool, host, HOST_SHOWN_MAX);
    return apr_pstrcat(pool, mssl_text_html(pool, host), "...", NULL);
}

const char *mssl_page_make(apr_pool_t *pool, mssl_page_t kind, const char *host, const char *link,
                           const char *detail)
{
    const words_t *say = &words[MSSL_PAGE_NO_NAME];
    const char *host_part = "";
    const char *detail_part = "";
    const char *link_part = "";

    if ((size_t)kind < COUNT(words) && words[kind].title != NULL) {
        say = &words[kind];
    }
    if (host != NULL && host[0] != '\0') {
        host_part = apr_pstrcat(pool, "<p>You asked for: <strong>", show_host(pool, host),
                                "</strong></p>\n", NULL);
    }
    if (detail != NULL && detail[0] != '\0') {
        detail_part = apr_pstrcat(pool, "<p class=\"detail\">", mssl_text_html(pool, detail),
                                  "</p>\n", NULL);
    }
    if (is_web_url(link)) {
        link = mssl_text_html(pool, link);
        link_part = apr_pstrcat(pool, "<p><a class=\"go\" rel=\"noreferrer\" href=\"", link, "\">",
                                say->link, "</a></p>\n<p>", link, "</p>\n", NULL);
    }
    return apr_pstrcat(pool, head, "<title>", say->title, "</title>\n</head>\n<body>\n<h1>",
                       say->title, "</h1>\n", host_part, "<p>", say->text, "</p>\n", detail_part,
                       link_part, "</body>\n</html>\n", NULL);
}
