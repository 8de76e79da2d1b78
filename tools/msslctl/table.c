/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * The one table of commands and options: usage, --help, completion and the manual are made from it,
 * and tests/lint/msslctl.py holds docs/msslctl.md against it.
 */

#include <stddef.h>

#include "tools/msslctl/ctl.h"

#define ON(command) (1u << (command))
#define ALL ((1u << CTL_COMMANDS) - 1)
#define READING (ON(CTL_EXPLAIN) | ON(CTL_CHECK) | ON(CTL_LIST))
#define WRITING (ON(CTL_INSTALL) | ON(CTL_ROLLBACK) | ON(CTL_IMPORT) | ON(CTL_EXPORT))

const ctl_command_t ctl_commands[CTL_COMMANDS] = {
    [CTL_EXPLAIN] = { "explain", "NAME", "say what visitors of a name get, why, and what mends it",
        "In one sentence, and below it: the certificate, where it was looked for, which virtual host has "
        "the name, what current browsers and old programs (without SNI) get, what http does, and the "
        "command that mends it. From the stores as they are, and what is configured; by the same "
        "judgement as the server's own.\n\n"
        "Then it visits the name at each address of the server, with SNI and without it, and says what "
        "it saw, and what of that is not as the files have it. No redirect is followed. DNS is asked, too: the servers of /etc/resolv.conf, for A and "
        "AAAA; where MSSLPublicAddress says what they should be, that is compared. Of a name that is to be "
        "issued here, or could not be, it says where the name leads now, as doctor does: whether a token comes "
        "back from each of its addresses.", 1, 1, ctl_explain_run },
    [CTL_CHECK] = { "check", "[NAME...]", "look at every pair of every store, worst first",
        "Reads the files of each name as a handshake would, judges them by the same code, and says what "
        "needs attention, worst first, with one line of sums at the end: whether certificate and key "
        "parse and belong together, cover the name, are valid and for how long, whether the chain is "
        "complete, who may read the key, which pair hides a newer one, which lines of a map do not "
        "count. With NAMEs only these.\n\n"
        "With --cached by the word of the inventory. With --notify-test each command of "
        "MSSLNotifyCommand is run once with the event \"test\", as the steward's user; the exit code is "
        "2 where one fails.\n\n"
        "Started by root, a process that has become MSSLUser and can do nothing but read looks at the "
        "files; root itself parses none of them.", 0, -1, ctl_check_run },
    [CTL_LIST] = { "list", "[GLOB]", "list names with what is in service for them",
        "A line for each name: state, end of validity, days left, key types, store and file of the pair "
        "in service. GLOB takes the shell's * and ?.", 0, 1, ctl_list_run },
    [CTL_INSTALL] = { "install", "NAME CERT KEY [CHAIN]", "file a pair for a name, checked and confirmed",
        "Sorts the files by what is in them, judges the pair as the server will, keeps the old one in "
        "history, writes one joined file beside its place and renames it, and then shakes hands with "
        "each address of the server until none shows the old certificate.\n\n"
        "Refused, with the reason: a key of another certificate, a certificate that does not cover NAME, "
        "one that has expired in the place of a valid one, a folder that others than root may write, a "
        "file of an ACME client, a form in the store that would hide the new file. For a map: the "
        "line to write is shown.\n\n"
        "Where nobody answers, the file stays, and the exit code is 75. Where another certificate is "
        "answered, it is undone.", 2, 8, ctl_install_run },
    [CTL_ROLLBACK] = { "rollback", "NAME", "put an earlier pair of a name back",
        "The pair that install replaced last; the one of now is kept, too.", 1, 1, ctl_rollback_run },
    [CTL_IMPORT] = { "import", "FORM [PATH]", "take over what another program keeps",
        "Shows a plan first. FORM is certbot, acme.sh, dehydrated, lego, uacme: these renew by "
        "themselves, so nothing is copied, and the plan is a line MSSLCertStore, or a hook; traefik: "
        "its acme.json, which it renews by itself and no store reads, so --copy, again and again; "
        "pfx: a PFX file, or all in a folder; dir: any tree, certificates and keys matched by their "
        "public key; caddy, ispconfig, hestia, virtualmin, plesk, cpanel: the tree where those keep theirs, "
        "which renew on their own; httpd, nginx, haproxy: what their configurations name.\n\n"
        "What cannot be used is left out and told, and the exit code is 1.", 1, 2, ctl_import_run },
    [CTL_STATE] = { "state", "", "say what is known of the server, and from where",
        "Which file or program it was learnt from, whether httpd runs, its stores and addresses; whether "
        "the steward runs, and what became of each notification.", 0, 0,
        ctl_state_run },
    [CTL_DOCTOR] = { "doctor", "[NAME...]", "say whether issuing works here, and what to mend",
        "Before the first order: users, folders and rights, the clock, the steward, each issuer's program, "
        "account and directory, how many orders are left. With NAMEs: who vouches for each, whose "
        "certificate serves it, where DNS leads, and whether a token that is put into MSSLChallengeDir "
        "comes back from there. Nothing is ordered, but with --order: one certificate for NAME, or one of "
        "those who may, of the authority for trials that its MSSLIssuer names, by an account of "
        "its own. It is judged, thrown away, and what went wrong is said in the authority's words.", 0, -1,
        ctl_doctor_run },
    [CTL_ALLJOBS] = { "jobs", "[GLOB]", "list the certificates that are made, wait or failed",
        "A line for each name that the server makes a certificate for, or has made: state, when something "
        "is done next, issuer, and what is wrong or waited for. GLOB takes the shell's * and ?.", 0, 1,
        ctl_alljobs_run },
    [CTL_JOB] = { "job", "NAME", "say all that is known of one name's certificate to be",
        "Its state and since when, what failed in our words and the authority's own, when it is tried "
        "again, what serves meanwhile.", 1, 1, ctl_job_run },
    [CTL_REQUEST] = { "request", "NAME[,NAME...]", "request a certificate, now",
        "The names may have one from now on (MSSLIssueFor requests), and it is ordered, whatever state it "
        "was in: one certificate for all of them, filed under each. Of an issuer that waits for a person "
        "(manual) the certificate signing request is printed; its key stays with the server, until "
        "approve.\n\n"
        "Authorities look for a file, which is put up by itself, or, for wildcards, for a record in the "
        "DNS, which 'pending' shows. By mail they ask only with --approver: admin, administrator, hostmaster, "
        "postmaster or webmaster at the name or a parent down to the registered domain, or a contact in "
        "the DNS (CAA contactemail, TXT at _validation-contactemail).\n\n"
        "What is pending is not ordered again. While an order is paid for, it is renewed within it; after "
        "that only --renew orders.", 1, 1, ctl_request_run },
    [CTL_PENDING] = { "pending", "[NAME]", "say who must do what, until when",
        "What waits for somebody: a record in the DNS, a mail that is to be answered, a certificate that "
        "is to come; and what ends soon, and is not ordered by itself.", 0, 1, ctl_pending_run },
    [CTL_APPROVE] = { "approve", "NAME CERT [CHAIN]", "take the certificate that an authority sent",
        "It is judged against the key that was kept, the name, the dates and the roots, and is in service "
        "at once. What does not fit is said, and kept for a look.", 2, 3, ctl_approve_run },
    [CTL_DECLINE] = { "decline", "NAME...", "take a pending order back",
        "It is cancelled at the authority, where the issuer can, and not ordered again by itself.", 1, -1,
        ctl_decline_run },
    [CTL_RESEND] = { "resend", "NAME...", "have the authority send its mail again",
        "Of a pending order that is approved by mail.", 1, -1, ctl_resend_run },
    [CTL_RETRY] = { "retry", "NAME...", "order again, now",
        "What failed, was declined, or is to be made anew out of turn; within the limits. An issuer that "
        "stopped for an admin is asked again.", 0, -1, ctl_retry_run },
    [CTL_FORGET] = { "forget", "NAME...", "take what was issued out of service, and forget the job",
        "At once, not seven days after nobody vouches any more. The pair goes into the archive. Where "
        "somebody still vouches for the name, it begins anew.", 1, -1, ctl_forget_run },
    [CTL_REVOKE] = { "revoke", "NAME", "revoke what was issued, at the authority",
        "Then a new one is made with a new key, while somebody vouches for the name; else it is out of "
        "service at once.", 1, 1, ctl_revoke_run },
    [CTL_EXPORT] = { "export", "NAME DIR", "put the pair of a name where a mail server takes it",
        "The pair that visitors of NAME are shown is written anew into DIR, whole: a temporary file, "
        "brought to the disk, renamed. DIR and all on the way to it have to be root's, or the owner's, "
        "and no link. NAME.pem has key, certificate and chain (postfix: smtpd_tls_chain_files); with "
        "--form split the link NAME leads to a folder with fullchain.pem and privkey.pem, and is turned "
        "by one rename; with --form pfx it is NAME.pfx, with an empty passphrase unless "
        "--password-file has one. Where there are pairs of several key types, the RSA one.\n\n"
        "With --watch units of systemd are written that do the same again whenever the pair changes, "
        "and then reload that server.\n\n"
        "What has expired, is bad or is not there is not exported, and what was exported before stays: "
        "exit code 2. With 1 the last good pair was exported, as the files in the store are bad.", 2, 2,
        ctl_export_run },
    [CTL_COMPLETION] = { "completion", "SHELL", "print completions for bash, zsh or fish",
        "To be put where the shell finds it: eval \"$(msslctl completion bash)\".", 1, 1,
        ctl_completion_run },
    [CTL_HELP] = { "help", "[COMMAND]", "explain a command", "The same as COMMAND --help.", 0, 1,
        ctl_help_run },
};

const ctl_option_t ctl_options[CTL_OPTIONS] = {
    [CTL_OPT_STATE_DIR] = { "--state-dir", 0, "PATH", ALL, "MSSLStateDir of the server" },
    [CTL_OPT_JSON] = { "--json", 0, NULL, ALL, "print JSON, whose fields are only ever added" },
    [CTL_OPT_PLAIN] = { "--plain", 0, NULL, ALL, "print fields between tabs, without a heading" },
    [CTL_OPT_NO_COLOR] = { "--no-color", 0, NULL, ALL, "no colors (as with NO_COLOR set)" },
    [CTL_OPT_QUIET] = { "--quiet", 'q', NULL, ALL, "print results only" },
    [CTL_OPT_VERBOSE] = { "--verbose", 'v', NULL, ALL, "say what is worth knowing, too" },
    [CTL_OPT_DRY_RUN] = { "--dry-run", 'n', NULL, WRITING, "write nothing, say what would be done" },
    [CTL_OPT_YES] = { "--yes", 0, NULL, ON(CTL_IMPORT), "do not ask, copy" },
    [CTL_OPT_HELP] = { "--help", 'h', NULL, ALL, "explain" },
    [CTL_OPT_VERSION] = { "--version", 0, NULL, ALL, "print the version" },
    [CTL_OPT_STORE] = { "--store", 0, "STORE", READING | ON(CTL_INSTALL) | ON(CTL_ROLLBACK),
        "only this store (\"dir:/etc/mssl\", or its path)" },
    [CTL_OPT_WARN] = { "--warn", 0, "TIME", READING,
        "expiring: below this part of the lifetime (25%) or so many days (30d)" },
    [CTL_OPT_URGENT] = { "--urgent", 0, "TIME", READING, "urgent: the same (12%)" },
    [CTL_OPT_NAGIOS] = { "--nagios", 0, NULL, ON(CTL_CHECK), "output and exit codes of a plug-in" },
    [CTL_OPT_JOBS] = { "--jobs", 0, "N", ON(CTL_CHECK), "look with so many threads (1 to 64; 1)" },
    [CTL_OPT_CACHED] = { "--cached", 0, NULL, ON(CTL_CHECK),
        "what the inventory found last, and how long ago; read no other file" },
    [CTL_OPT_NOTIFY_TEST] = { "--notify-test", 0, NULL, ON(CTL_CHECK),
        "look at nothing: send a test through each MSSLNotifyCommand, and say what each did" },
    [CTL_OPT_STATE] = { "--state", 0, "STATE[,STATE]", ON(CTL_LIST) | ON(CTL_ALLJOBS),
        "only names in these states" },
    [CTL_OPT_EXPIRES] = { "--expires-within", 0, "DAYS", ON(CTL_LIST),
        "only names whose pair ends so soon (30, 30d)" },
    [CTL_OPT_SORT] = { "--sort", 0, "name|expiry", ON(CTL_LIST), "order (name)" },
    [CTL_OPT_LIMIT] = { "--limit", 0, "N", ON(CTL_LIST), "at most so many" },
    [CTL_OPT_FORCE] = { "--force", 0, NULL, ON(CTL_INSTALL),
        "install what is valid but not better: shorter, or not yet valid" },
    [CTL_OPT_NO_LIVE] = { "--no-live", 0, NULL, ON(CTL_EXPLAIN) | ON(CTL_INSTALL) | ON(CTL_ROLLBACK),
        "shake no hands with the server" },
    [CTL_OPT_ADDRESS] = { "--address", 0, "A:P", ON(CTL_EXPLAIN),
        "visit the name at this address (192.0.2.1:443) only" },
    [CTL_OPT_NO_DNS] = { "--no-dns", 0, NULL, ON(CTL_EXPLAIN), "do not ask DNS" },
    [CTL_OPT_URL] = { "--url", 0, "URL", READING | ON(CTL_STATE),
        "ask this status (SetHandler mssl-status), without root; password in ~/.netrc" },
    [CTL_OPT_PAGE] = { "--page", 0, NULL, ON(CTL_EXPLAIN),
        "read the start page, and list what it loads over http" },
    [CTL_OPT_TO] = { "--to", 0, "N", ON(CTL_ROLLBACK), "the version of this number" },
    [CTL_OPT_LIST] = { "--list", 0, NULL, ON(CTL_ROLLBACK), "show the versions that are kept" },
    [CTL_OPT_COPY] = { "--copy", 0, NULL, ON(CTL_IMPORT),
        "copy the pairs, for who is moving away from that program" },
    [CTL_OPT_PASSWORD] = { "--password-file", 0, "PATH", ON(CTL_IMPORT) | ON(CTL_EXPORT),
        "pfx: the password is the line in this file (else import: NAME.pass beside NAME.pfx; export: an "
        "empty one)" },
    [CTL_OPT_ISSUER] = { "--issuer", 0, "NAME", ON(CTL_REQUEST) | ON(CTL_DOCTOR),
        "by this MSSLIssuer" },
    [CTL_OPT_APPROVER] = { "--approver", 0, "ADDRESS", ON(CTL_REQUEST),
        "who approves it by mail" },
    [CTL_OPT_TERM] = { "--term", 0, "TIME", ON(CTL_REQUEST), "how long it is paid for (1y, 6m, 90d)" },
    [CTL_OPT_NOTIFY] = { "--notify", 0, "ADDRESS", ON(CTL_REQUEST),
        "who is told what comes of it, besides the admin (MSSLNotifyCommand owner)" },
    [CTL_OPT_LANG] = { "--lang", 0, "LANGUAGE", ON(CTL_REQUEST),
        "in which language: en, de, es, fr, it, nl, pl or pt" },
    [CTL_OPT_CSR_ONLY] = { "--csr-only", 0, NULL, ON(CTL_REQUEST),
        "ask no authority: print the request, for one that is asked by hand" },
    [CTL_OPT_RENEW] = { "--renew", 0, NULL, ON(CTL_REQUEST),
        "a new order as the one before, also while that is paid for" },
    [CTL_OPT_REASON] = { "--reason", 0, "REASON", ON(CTL_REVOKE),
        "keyCompromise, superseded, cessationOfOperation or affiliationChanged" },
    [CTL_OPT_ALL_FAILED] = { "--all-failed", 0, NULL, ON(CTL_RETRY), "all jobs that failed" },
    [CTL_OPT_ORDER] = { "--order", 0, NULL, ON(CTL_DOCTOR),
        "make one order by way of trial, and throw away what comes" },
    [CTL_OPT_FORM] = { "--form", 0, "pem|split|pfx", ON(CTL_EXPORT), "how it is written (pem)" },
    [CTL_OPT_OWNER] = { "--owner", 0, "USER[:GROUP]|FILE", ON(CTL_EXPORT) | ON(CTL_REQUEST),
        "export: whose it is to be (root's); a GROUP may read it. request: FILE says who is to be named "
        "in it, in lines 'organisation: ...', street, city, region, postcode, country, phone, "
        "registration, admin-name, admin-mail" },
    [CTL_OPT_WATCH] = { "--watch", 0, "UNIT", ON(CTL_EXPORT),
        "write units of systemd that export again and reload UNIT (postfix, dovecot)" },
    [CTL_OPT_UNITS] = { "--units", 0, "PATH", ON(CTL_EXPORT), "where to (/etc/systemd/system)" },
    [CTL_OPT_MAN] = { "--man", 0, NULL, ON(CTL_HELP), "print the manual page msslctl(8)" },
};
