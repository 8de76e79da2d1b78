/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/url.h"

#include <apr_strings.h>
#include <apr_tables.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/text.h"
#include "tools/msslctl/small.h"

#define PATIENCE "30" /* s */
#define ANSWER_MAX ((size_t)64 << 20)
#define NETRC_MAX 65536
#define WORDS_MAX 400
#define SCHEMA "mssl/1"

/* How curl ended, and what it had. */
typedef struct outcome_t {
    int code;              /* of its exit; 127: it could not be run */
    int status;            /* of the answer; 0 */
    mssl_buffer_t answer, words;
} outcome_t;

static int refuse(const char *format, const char *url, const char *more)
{
    char shown[WORDS_MAX];

    apr_snprintf(shown, sizeof(shown), format, url, more != NULL ? more : "");
    fprintf(stderr, "msslctl: %s\n", shown);
    return CTL_UNKNOWN;
}

/* http or https, a host, no user, no fragment: curl itself looks at the rest. */
static int is_url(const char *text)
{
    const char *host = strncasecmp(text, "https://", 8) == 0  ? text + 8
                       : strncasecmp(text, "http://", 7) == 0 ? text + 7 : NULL;
    const char *at;

    if (host == NULL || strchr("/?", *host) != NULL
        || memchr(host, '@', strcspn(host, "/?")) != NULL) {
        return 0;
    }
    for (at = text; *at > 0x20 && *at < 0x7f && strchr("#\"<>\\^`{|}", *at) == NULL; at++) {
    }
    return *at == '\0';
}

/* Who is there of those who have no rights. */
static const char *find_user(void)
{
    static const char *const users[] = { "_mssl-steward", "nobody" };
    size_t i;

    for (i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
        const struct passwd *user = getpwnam(users[i]);

        if (user != NULL && user->pw_uid != 0) {
            return users[i];
        }
    }
    return NULL;
}

static void read_netrc(mssl_buffer_t *netrc, apr_pool_t *pool)
{
    const char *home = getenv("HOME");
    const struct passwd *user = home == NULL ? getpwuid(geteuid()) : NULL;
    const char *path = apr_pstrcat(pool, home != NULL ? home : user != NULL ? user->pw_dir : "/",
                                   "/.netrc", NULL);

    ctl_small_read(netrc, path, NETRC_MAX);
}

int ctl_url_init(ctl_url_t *url, ctl_t *ctl)
{
    memset(url, 0, sizeof(*url));
    url->text = ctl->value[CTL_OPT_URL];
    if (!is_url(url->text)) {
        return refuse("--url: '%s' is not the URL of a status: use https://HOST[:PORT]/PATH, with "
                      "user and password in ~/.netrc%s", mssl_text_shown(ctl->pool, url->text, 100),
                      NULL);
    }
    url->as.steward = find_user();
    if (geteuid() == 0 && url->as.steward == NULL) {
        return refuse("--url %s: there is no user _mssl-steward or nobody to ask as; run msslctl as "
                      "somebody else than root%s", url->text, NULL);
    }
    read_netrc(&url->netrc, ctl->pool);
    return CTL_FINE;
}

void ctl_url_end(ctl_url_t *url)
{
    mssl_buffer_free(&url->netrc);
}

static const char *const *make_arguments(const ctl_url_t *url, const char *const *parameters,
                                         apr_pool_t *pool)
{
    static const char *const always[] = {
        "curl", "--disable", "--silent", "--show-error", "--globoff", "--get", "--proto",
        "=http,https", "--max-redirs", "0", "--connect-timeout", "10", "--max-time", PATIENCE,
        "--max-filesize", "67108864", "--user-agent", ("msslctl/" MSSL_VERSION), "--header",
        "Accept: application/json", "--netrc-optional", "--netrc-file", "/dev/fd/0",
        "--write-out", "\n%{http_code}", "--data-urlencode", "format=json"
    };
    apr_array_header_t *arguments = apr_array_make(pool, 40, sizeof(const char *));
    size_t i;

    for (i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
        APR_ARRAY_PUSH(arguments, const char *) = always[i];
    }
    for (; *parameters != NULL; parameters++) {
        APR_ARRAY_PUSH(arguments, const char *) = "--data-urlencode";
        APR_ARRAY_PUSH(arguments, const char *) = *parameters;
    }
    APR_ARRAY_PUSH(arguments, const char *) = "--url";
    APR_ARRAY_PUSH(arguments, const char *) = url->text;
    APR_ARRAY_PUSH(arguments, const char *) = NULL;
    return (const char *const *)arguments->elts;
}

/* In the new process. */
static void run_curl(const char *const *arguments, int in, int out, int err)
{
    signal(SIGPIPE, SIG_DFL);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && dup2(in, STDIN_FILENO) >= 0
        && dup2(out, STDOUT_FILENO) >= 0 && dup2(err, STDERR_FILENO) >= 0) {
        execvp(arguments[0], (char *const *)arguments);
    }
    _exit(127);
}

static void read_all(int fd, mssl_buffer_t *buffer)
{
    char part[16384];
    ssize_t n;

    /* What is too much is read, too: nobody waits for us then. */
    while ((n = read(fd, part, sizeof(part))) > 0 || (n < 0 && errno == EINTR)) {
        if (n > 0) {
            mssl_buffer_add(buffer, part, (size_t)n);
        }
    }
}

static void close_both(const int *ends)
{
    if (ends[0] >= 0) {
        close(ends[0]);
        close(ends[1]);
    }
}

/* A pipe has room for a netrc, and for curl's words, before anybody reads. */
static int talk_to_curl(outcome_t *outcome, const ctl_url_t *url, const char *const *arguments)
{
    int in[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 }, status = 0;
    pid_t pid = -1;

    if (pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0
        && (url->netrc.len == 0
            || write(in[1], url->netrc.data, url->netrc.len) == (ssize_t)url->netrc.len)) {
        pid = fork();
    }
    if (pid == 0) {
        run_curl(arguments, in[0], out[1], err[1]);
    }
    if (pid < 0) {
        close_both(in);
        close_both(out);
        close_both(err);
        return 0;
    }
    close_both(in);
    close(out[1]);
    close(err[1]);
    read_all(out[0], &outcome->answer);
    read_all(err[0], &outcome->words);
    close(out[0]);
    close(err[0]);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    outcome->code = WIFEXITED(status) ? WEXITSTATUS(status) : 127;
    return 1;
}

/* The status is curl's last line, behind what came. */
static void take_status(outcome_t *outcome)
{
    mssl_buffer_t *answer = &outcome->answer;

    while (answer->len > 0 && answer->data[answer->len] != '\n') {
        answer->len--;
    }
    if (answer->data != NULL && answer->data[answer->len] == '\n') {
        outcome->status = atoi(answer->data + answer->len + 1);
        answer->data[answer->len] = '\0';
    }
}

static int refuse_failure(const outcome_t *outcome, const ctl_url_t *url, apr_pool_t *pool)
{
    const char *words = outcome->words.data != NULL ? outcome->words.data : "no word of curl's";

    words = mssl_text_shown(pool, apr_pstrndup(pool, words, strcspn(words, "\n")), 200);
    switch (outcome->code) {
    case 127:
        return refuse("--url %s: the program curl, which asks, is not there: install it%s",
                      url->text, NULL);
    case 3:
        return refuse("--url %s: curl takes that for no URL (%s)", url->text, words);
    case 5:
    case 6:
        return refuse("--url %s: there is no such host (%s)", url->text, words);
    case 7:
        return refuse("--url %s: nobody answers there (%s)", url->text, words);
    case 28:
        return refuse("--url %s: no answer in " PATIENCE " s (%s)", url->text, words);
    case 63:
        return refuse("--url %s: the answer is too long for a status%s", url->text, NULL);
    case 35:
    case 51:
    case 58:
    case 59:
    case 60:
    case 66:
    case 77:
    case 83:
    case 90:
    case 91:
        return refuse("--url %s: its certificate is not proven, or there is no TLS (%s)", url->text,
                      words);
    default:
        return refuse("--url %s: it could not be asked (%s)", url->text, words);
    }
}

static int refuse_status(const outcome_t *outcome, const ctl_url_t *url, apr_pool_t *pool)
{
    switch (outcome->status) {
    case 401:
        return refuse(url->netrc.len > 0
                      ? "--url %s: 401, the user and password of ~/.netrc for that host are not "
                        "taken, or there are none%s"
                      : "--url %s: 401, it wants a user and a password: write 'machine HOST login "
                        "USER password PASSWORD' into ~/.netrc%s", url->text, NULL);
    case 403:
        return refuse("--url %s: 403, it is not shown to us: see Require there, and 'MSSLStatus "
                      "full', without which no name is told%s", url->text, NULL);
    case 404:
        return refuse("--url %s: 404, no status is there: it wants 'SetHandler mssl-status' and "
                      "'MSSLStatus full' beside it%s", url->text, NULL);
    case 503:
        return refuse("--url %s: 503, the stores have not been looked through yet: ask again in a "
                      "minute, or see MSSLInventory there%s", url->text, NULL);
    default:
        return refuse("--url %s: it answers %s, and not with a status", url->text,
                      apr_itoa(pool, outcome->status));
    }
}

static int take_answer(const mssl_json_value_t **json, const outcome_t *outcome,
                       const ctl_url_t *url, apr_pool_t *pool)
{
    mssl_reason_t why = { "" };

    if (outcome->code != 0) {
        return refuse_failure(outcome, url, pool);
    }
    if (outcome->status != 200) {
        return refuse_status(outcome, url, pool);
    }
    if (mssl_json_read(json, outcome->answer.data, outcome->answer.len, pool, &why) != APR_SUCCESS
        || strcmp(mssl_json_get_text(*json, "schema", ""), SCHEMA) != 0) {
        return refuse("--url %s: what answers is no status of mod_mssl's: is it the URL of the "
                      "location with 'SetHandler mssl-status'?%s", url->text, NULL);
    }
    return CTL_FINE;
}

int ctl_url_get(const mssl_json_value_t **json, const ctl_url_t *url,
                const char *const *parameters, apr_pool_t *pool)
{
    outcome_t outcome = { .answer = { .max = ANSWER_MAX }, .words = { .max = 4096 } };
    int rc = CTL_FAULT;

    *json = NULL;
    if (talk_to_curl(&outcome, url, make_arguments(url, parameters, pool))) {
        take_status(&outcome);
        rc = take_answer(json, &outcome, url, pool);
    }
    mssl_buffer_free(&outcome.answer);
    mssl_buffer_free(&outcome.words);
    return rc;
}
