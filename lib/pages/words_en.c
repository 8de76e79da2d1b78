/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* English. Add a language: docs/pages.md. */

#include "lib/pages/words.h"

const mssl_words_t mssl_words_en = {
    .lang = "en",
    .asked = "You asked for: {host}",
    .todo = "What you can do",
    .leads = "The link leads to {link}",
    .owner = "For the owner of the site",
    .example = "Example: {link}",
    .contact = "Contact: {contact}",
    .support = "For support: page {code}, host {host}, time {time}",
    .go_on = "Continue",
    .pages = {
    [MSSL_PAGE_WRONG_CERT] = {
        .title = "This name is not in the certificate",
        .text = "Your browser reached this site over a connection that was set up for another "
                "address. To keep you safe, nothing is shown over it.",
        .todo = { "Open the site anew, in a new tab or window.",
                  "If this page comes again, tell the owner of the site." },
        .owner = "The certificate of this connection does not contain the name that was asked for. "
                 "If the name is yours, it needs a certificate on this server.",
        .link = "Open the site anew",
    },
    [MSSL_PAGE_VIA_SWITCH] = {
        .title = "One more step to this site",
        .text = "Many sites share this server, and your browser or program did not say which of "
                "them it wants. The server has to know that before it can show the right one.",
        .todo = { "Tell the server which site you want. Current browsers do that by themselves.",
                  "If this page comes again, use a newer browser or program.",
                  "If you sent a form, send it again once the site is open: nothing of it was "
                  "kept." },
        .owner = "Old programs that do not send the name of the site when they connect (SNI) meet "
                 "this page. Current browsers never do.",
        .link = "Continue to the site",
    },
    [MSSL_PAGE_NO_CERT] = {
        .title = "There is no certificate for this name",
        .text = "This site is not available here over a secure connection. You reached a working "
                "server, but it has nothing to show under this name.",
        .todo = { "Check the address for typing errors.",
                  "If the address is right, try again later, or tell the owner of the site." },
        .owner = "This server has no certificate for the name. Ask your hosting provider to set one "
                 "up (HTTPS), and check that the DNS of the name points to the right server.",
    },
    [MSSL_PAGE_NO_NAME] = {
        .title = "Which site do you want?",
        .text = "Your request does not say which site it is for. Many sites share this server, and "
                "a bare number as the address stands for none of them.",
        .todo = { "Use the name of the site as the address, for example https://www.example.com/." },
        .owner = "The request has no Host header, or one that is no host name. Links and monitoring "
                 "need the name of the site.",
    },
    [MSSL_PAGE_LOOP] = {
        .title = "You were sent to and fro too often",
        .text = "This server has sent you on several times, and you still did not arrive at the "
                "site. This happens when your connections come from changing addresses, or when an "
                "old program does not say which site it wants.",
        .todo = { "Wait a minute, then try again.",
                  "Try another network, without VPN or proxy.",
                  "Use a newer browser." },
        .owner = "The program came back from the switch three times within a minute, each time "
                 "without the right certificate.",
        .link = "Try again",
    },
    [MSSL_PAGE_CLIENT_CERT] = {
        .title = "This site needs a connection of its own",
        .text = "This site recognizes its visitors by something that is kept on their device, and "
                "the connection that is open now was begun for another site.",
        .todo = { "Close all windows of your browser, then open the address anew." },
        .owner = "The site asks for client certificates. It needs a virtual host with TLS settings "
                 "of its own, and connections that are opened for its name.",
    },
    [MSSL_PAGE_NOT_A_PROXY] = {
        .title = "This server is not a proxy",
        .text = "Your program asked this server to fetch something from elsewhere. It does not do "
                "that.",
        .todo = { "Check the proxy settings of your browser or program." },
        .owner = "The request was CONNECT, was for another server, or named two different hosts.",
    },
    [MSSL_PAGE_NOT_THE_SWITCH] = {
        .title = "This helper page is not set up",
        .text = "This address is meant to bring visitors to their site, but it is not ready to do "
                "so.",
        .todo = { "Open the site that you want by its own address." },
        .owner = "MSSLSwitchURL names this address, so its virtual host needs \"SetHandler "
                 "mssl-switch\" for this path.",
    },
    [MSSL_PAGE_SWITCH_INFO] = {
        .title = "A helper page for older programs",
        .text = "Many sites share this server, and older programs do not say which of them they "
                "want. Here they can say so: the address of a site, written behind a question mark, "
                "is remembered for a few minutes, and the program is brought to that site.",
        .todo = { "With a current browser you do not need this page: open the site that you want "
                  "by its own address." },
        .owner = "Links for old programs begin with the address of this page (a \"switch\").",
    },
    [MSSL_PAGE_SWITCH_BAD] = {
        .title = "This link cannot be followed",
        .text = "The link that brought you here is not complete, or leads to a place where this "
                "page may not send you. It sends visitors only to secure addresses of sites on this "
                "server.",
        .todo = { "Go back, or type the address of the site yourself." },
        .owner = "What stands behind the question mark has to be a URL such as "
                 "https://www.example.com/page, of a site and a port of this server, written out or "
                 "percent-encoded as a whole.",
    },
    [MSSL_PAGE_SWITCH_UNKNOWN] = {
        .title = "There is no such site here",
        .text = "The link that brought you here leads to a name that this server does not know.",
        .todo = { "Check the link for typing errors.",
                  "If the link is right, tell the owner of the site." },
        .owner = "This server has no certificate for the name in the link, and this page leads only "
                 "to names that have one.",
    },
    [MSSL_PAGE_SWITCH_METHOD] = {
        .title = "Only links lead here",
        .text = "This page takes links and typed addresses only, no forms and no other data. Nothing "
                "that you sent was kept.",
        .todo = { "Open the site first, and send your data there." },
        .owner = "The switch answers GET and HEAD. No form may lead to it.",
    },
    [MSSL_PAGE_SWITCH_LATER] = {
        .title = "Please try again in a moment",
        .text = "The server could not note down which site you want. This usually passes soon.",
        .todo = { "Wait ten seconds, then try again." },
        .owner = "The cache of MSSLIntentCache does not answer. The server's error log says why.",
        .link = "Try again",
    },
    [MSSL_PAGE_MOVED] = {
        .title = "You are being sent on",
        .text = "What you want is at another address.",
        .todo = { "If your browser does not go there by itself, follow the link." },
        .link = "Continue",
    },
    [MSSL_PAGE_BAD_REQUEST] = {
        .title = "This request was not understood",
        .text = "Your browser or program sent something that this server does not understand, or "
                "did not finish in time.",
        .todo = { "Check the address, then try again." },
        .owner = "The request was refused before it was known which site it is for.",
    },
    [MSSL_PAGE_MAKING] = {
        .title = "The certificate for this site is being made",
        .text = "This site has just moved in here, and its secure connection is being set up. That "
                "usually takes a few seconds.",
        .todo = { "Wait a few seconds, then load this page again.",
                  "If this page still comes after an hour, tell the owner of the site." },
        .owner = "The server has asked a certificate authority for a certificate for the name. The "
                 "administrator sees by \"msslctl job {host}\" how far that is.",
        .link = "Open the site without encryption",
    },
    [MSSL_PAGE_PENDING] = {
        .title = "The certificate for this site waits for approval",
        .text = "The secure connection of this site is not ready yet: somebody has to approve it "
                "first.",
        .todo = { "Come back later.",
                  "If this takes long, tell the owner of the site." },
        .owner = "A certificate was requested for the name, and somebody has to act before it is "
                 "made. The administrator sees by \"msslctl job {host}\" who.",
        .link = "Open the site without encryption",
    },
    },
};
