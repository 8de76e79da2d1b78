/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * mssl-steward: tells commands how the certificates of mod_mssl are. Begun by httpd, or by the
 * system; and, in another mode, the shipped command that sends mail.
 */

#include <apr_general.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/mailbox.h"
#include "lib/base/tags.h"
#include "lib/base/text.h"
#include "lib/files/write.h"
#include "lib/notify/letter.h"
#include "lib/notify/mail.h"
#include "lib/steward/steward.h"

enum { FINE = 0, FAILED = 1, USAGE = 64, FAULT = 70, TRY_AGAIN = 75 };

/** What one notification takes at most, as text. */
#define MESSAGE_MAX ((size_t)16 * 1024 * 1024)

static const char usage[] =
    "mssl-steward [--test] [--state-dir PATH] [--generation N]\n"
    "    Look at what the inventory of mod_mssl finds, and run the commands of\n"
    "    MSSLNotifyCommand when something is due, until SIGTERM. httpd begins it, or\n"
    "    the system (MSSLSteward external).\n"
    "mssl-steward --mail [--sendmail PROGRAM] ADDRESS...\n"
    "    Send the notification on standard input as mail. This is what the command\n"
    "    \"mail ADDRESS...\" stands for.\n"
    "mssl-steward --owner [--sendmail PROGRAM] [LANGUAGE]\n"
    "    The same to the owner of names, who is named in it, with the certificates\n"
    "    attached. This is what the command \"owner [LANGUAGE]\" stands for.\n"
    "\n"
    "  --test              run each command once with a test, note nothing, and end\n"
    "  --state-dir PATH    the server's MSSLStateDir (" MSSL_STATEDIR ")\n"
    "  --generation N      httpd's, for the status: httpd says it\n"
    "  --sendmail PROGRAM  takes \"-t -oi\" and a mail (" MSSL_SENDMAIL ")\n"
    "  --help, --version\n";

typedef struct options_t {
    int is_test, is_mail, is_owner;
    const char *state_dir, *sendmail, *generation;
    const char *const *rest; /* NULL behind the last */
} options_t;

/* As httpd writes its own lines, whose log this is. */
static void say(void *baton, mssl_steward_event_t event, const char *text)
{
    static const struct {
        const char *level, *tag;
    } rows[] = {
        [MSSL_STEWARD_UNTOLD] = { "error", MSSLNO(0217) },
        [MSSL_STEWARD_TOLD] = { "info", "" },
        [MSSL_STEWARD_DAMAGED] = { "warn", MSSLNO(0218) },
        [MSSL_STEWARD_WAITS] = { "info", "" },
        [MSSL_STEWARD_ISSUED] = { "notice", MSSLNO(0250) },
        [MSSL_STEWARD_FAILED] = { "warn", MSSLNO(0251) },
        [MSSL_STEWARD_PENDING] = { "notice", MSSLNO(0252) },
        [MSSL_STEWARD_GONE] = { "notice", MSSLNO(0253) },
        [MSSL_STEWARD_MENDED] = { "notice", MSSLNO(0224) },
        [MSSL_STEWARD_TROUBLE] = { "warn", MSSLNO(0254) },
    };
    time_t now = time(NULL);
    apr_pool_t *pool;
    struct tm when;
    char date[64];

    apr_pool_create(&pool, baton);
    localtime_r(&now, &when);
    strftime(date, sizeof(date), "%a %b %d %H:%M:%S %Y", &when);
    fprintf(stderr, "[%s] [mssl:%s] [pid %ld] %ssteward: %s\n", date, rows[event].level,
            (long)getpid(), rows[event].tag, mssl_text_shown(pool, text, 2048));
    apr_pool_destroy(pool);
}

/* @return -1: it is none */
static int read_number(const char *text)
{
    char *end;
    long number = *text >= '0' && *text <= '9' ? strtol(text, &end, 10) : -1;

    return number >= 0 && number <= INT_MAX && *end == '\0' ? (int)number : -1;
}

/* The words behind the options. */
static int check_rest(const options_t *options)
{
    const char *const *rest = options->rest;
    int has_word = *rest != NULL;

    if (options->is_owner ? has_word && rest[1] != NULL : options->is_mail != has_word) {
        fprintf(stderr, "mssl-steward: %s\n\n%s", options->is_mail && !has_word
                ? "an address is missing" : "one word too many", usage);
        return USAGE;
    }
    if (options->is_owner && has_word && !mssl_letter_has_lang(*rest)) {
        fprintf(stderr, "mssl-steward: no mails are written in that language\n\n%s", usage);
        return USAGE;
    }
    return FINE;
}

/* @return FINE; USAGE: said */
static int parse(options_t *options, const char *const *argv)
{
    memset(options, 0, sizeof(*options));
    options->state_dir = MSSL_STATEDIR;
    options->sendmail = MSSL_SENDMAIL;
    for (argv++; *argv != NULL && **argv == '-'; argv++) {
        const char **value = strcmp(*argv, "--state-dir") == 0    ? &options->state_dir
                             : strcmp(*argv, "--generation") == 0 ? &options->generation
                             : strcmp(*argv, "--sendmail") == 0   ? &options->sendmail : NULL;

        if (strcmp(*argv, "--test") == 0) {
            options->is_test = 1;
        }
        else if (strcmp(*argv, "--mail") == 0) {
            options->is_mail = 1;
        }
        else if (strcmp(*argv, "--owner") == 0) {
            options->is_owner = 1;
        }
        else if (value != NULL && argv[1] != NULL) {
            *value = *++argv;
        }
        else {
            fprintf(stderr, "mssl-steward: '%s' is not known or wants a value\n\n%s", *argv, usage);
            return USAGE;
        }
    }
    options->rest = argv;
    if (options->generation != NULL && read_number(options->generation) < 0) {
        fprintf(stderr, "mssl-steward: --generation: use a number from 0 on\n\n%s", usage);
        return USAGE;
    }
    return check_rest(options);
}

static apr_status_t read_input(mssl_buffer_t *text)
{
    apr_status_t rv = APR_SUCCESS;
    char part[16384];
    ssize_t n;

    while (rv == APR_SUCCESS && (n = read(STDIN_FILENO, part, sizeof(part))) != 0) {
        rv = n < 0 ? (errno == EINTR ? APR_SUCCESS : errno)
                   : mssl_buffer_add(text, part, (size_t)n);
    }
    return rv;
}

static int refuse_message(const char *why)
{
    fprintf(stderr, "mssl-steward: standard input is no notification %s\n", why);
    return USAGE;
}

/* The mail as standard input. */
static int lay_input(const mssl_buffer_t *mail)
{
    int fd = mssl_file_make_memory("mssl-mail", mail->data, mail->len);

    return fd >= 0 && dup2(fd, STDIN_FILENO) >= 0;
}

/* Becomes the program that takes mails. @return why it does not */
static int hand_over(const options_t *options, const mssl_buffer_t *mail)
{
    if (!lay_input(mail)) {
        fprintf(stderr, "mssl-steward: no memory for the mail: %s\n", strerror(errno));
        return TRY_AGAIN;
    }
    execl(options->sendmail, options->sendmail, "-t", "-oi", (char *)NULL);
    fprintf(stderr, "mssl-steward: %s: %s\n", options->sendmail, strerror(errno));
    return FAULT;
}

/* The notification on standard input. @return FINE; USAGE: said */
static int read_message(const mssl_json_value_t **message, apr_pool_t *pool)
{
    mssl_buffer_t text = { .max = MESSAGE_MAX };
    mssl_reason_t why = { "" };
    int is_good = read_input(&text) == APR_SUCCESS && text.data != NULL
                  && mssl_json_read(message, text.data, text.len, pool, &why) == APR_SUCCESS;

    mssl_buffer_free(&text);
    return is_good ? FINE : refuse_message(why.text);
}

static int send_mail(const options_t *options, apr_pool_t *pool)
{
    mssl_buffer_t mail = { .max = MESSAGE_MAX };
    const mssl_json_value_t *message;
    const char *const *address;
    int rc;

    for (address = options->rest; *address != NULL; address++) {
        if (!mssl_mailbox_is_any(*address)) {
            fprintf(stderr, "mssl-steward: '%s' is not a mail address\n",
                    mssl_text_shown(pool, *address, 200));
            return USAGE;
        }
    }
    rc = read_message(&message, pool);
    if (rc == FINE) {
        rc = mssl_mail_write(&mail, options->rest, message, pool) == APR_SUCCESS
                 ? hand_over(options, &mail) : refuse_message("");
    }
    mssl_buffer_free(&mail);
    return rc;
}

/* A test has no owner: whether there is a program that takes mails is all that can be said. */
static int send_letter(const options_t *options, apr_pool_t *pool)
{
    mssl_buffer_t mail = { .max = MESSAGE_MAX };
    const mssl_json_value_t *message;
    int rc = read_message(&message, pool);

    if (rc != FINE) {
        return rc;
    }
    if (strcmp(mssl_json_get_text(message, "event", ""), "test") == 0) {
        if (access(options->sendmail, X_OK) == 0) {
            return FINE;
        }
        fprintf(stderr, "mssl-steward: %s: %s\n", options->sendmail, strerror(errno));
        return FAULT;
    }
    rc = mssl_letter_write(&mail, message, options->rest[0], pool) == APR_SUCCESS ? hand_over(options, &mail)
                                                                 : refuse_message("");
    mssl_buffer_free(&mail);
    return rc;
}

/* What it was begun as, also where the name leads to another file by now. */
static const char *find_self(const char *name, char *path, size_t size)
{
    ssize_t len = readlink("/proc/self/exe", path, size - 1);

    if (len <= 0) {
        return name;
    }
    path[len] = '\0';
    return path;
}

/* A socket that httpd hands down, which no program that is run here is to have. @return -1: none */
static int take_hints(void)
{
    const char *text = getenv("MSSL_HINTS");
    int fd = text != NULL ? read_number(text) : -1;
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISSOCK(st.st_mode)
        || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
        return -1;
    }
    return fd;
}

static int work(const options_t *options, const char *name, apr_pool_t *pool)
{
    char self[PATH_MAX];
    mssl_steward_conf_t conf;
    sigset_t signals;

    if (geteuid() == 0) {
        fprintf(stderr, "mssl-steward: root runs no commands; run: setpriv --reuid _mssl-steward "
                "--regid _mssl-steward --clear-groups mssl-steward ...\n");
        return FAULT;
    }
    mssl_steward_conf_init(&conf);
    /* Others' folder: it is walked through, and not read. */
    conf.dir = open(options->state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (conf.dir < 0) {
        fprintf(stderr, "mssl-steward: %s: %s\n", options->state_dir, strerror(errno));
        return FAULT;
    }
    conf.state_dir = options->state_dir;
    conf.hints = take_hints();
    conf.generation = options->generation != NULL ? read_number(options->generation) : -1;
    conf.self = find_self(name, self, sizeof(self));
    conf.report = say;
    conf.baton = pool;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    /* An ignored signal is not pending; one of SIGINT's is our end. */
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGCHLD, SIG_DFL);
    if (options->is_test) {
        apr_status_t rv = mssl_steward_test(&conf, pool);

        if (APR_STATUS_IS_ENOENT(rv)) {
            fprintf(stderr, "mssl-steward: no MSSLNotifyCommand is in force\n");
        }
        return rv == APR_SUCCESS ? FINE : FAILED;
    }
    mssl_steward_run(mssl_steward_make(&conf, pool), APR_USEC_PER_SEC);
    return FINE;
}

int main(int argc, char **argv)
{
    options_t options;
    apr_pool_t *pool;
    int rc;

    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "--version") == 0)) {
        fputs(argv[1][2] == 'h' ? usage : "mssl-steward " MSSL_VERSION "\n", stdout);
        return fflush(stdout) == 0 ? FINE : FAULT;
    }
    if (argc < 1 || apr_initialize() != APR_SUCCESS) {
        return FAULT;
    }
    apr_pool_create(&pool, NULL);
    umask(077);
    rc = parse(&options, (const char *const *)argv);
    if (rc == FINE) {
        rc = options.is_owner  ? send_letter(&options, pool)
             : options.is_mail ? send_mail(&options, pool) : work(&options, argv[0], pool);
    }
    apr_pool_destroy(pool);
    apr_terminate();
    return rc;
}
