/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_CTL_H
#define MSSL_TOOLS_MSSLCTL_CTL_H

/**
 * @file ctl.h
 * What all of msslctl shares: exit codes, commands, options, and one run of the program.
 */

#include <apr_pools.h>

#include "mod_mssl.h"

/** Exit codes; with --nagios those of plug-ins (0 to 3). */
enum {
    CTL_FINE = 0,
    CTL_ATTENTION = 1,
    CTL_BROKEN = 2,       /**< for visitors */
    CTL_UNKNOWN = 3,      /**< it cannot be found out */
    CTL_USAGE = 64,
    CTL_FAULT = 70,       /**< of msslctl's own */
    CTL_NOT_WRITTEN = 73,
    CTL_TRY_AGAIN = 75,
    CTL_INTERRUPTED = 130
};

typedef enum {
    CTL_EXPLAIN = 0,
    CTL_CHECK,
    CTL_LIST,
    CTL_INSTALL,
    CTL_ROLLBACK,
    CTL_IMPORT,
    CTL_STATE,
    CTL_DOCTOR,
    CTL_ALLJOBS,
    CTL_JOB,
    CTL_REQUEST,
    CTL_PENDING,
    CTL_APPROVE,
    CTL_DECLINE,
    CTL_RESEND,
    CTL_RETRY,
    CTL_FORGET,
    CTL_REVOKE,
    CTL_EXPORT,
    CTL_COMPLETION,
    CTL_HELP,
    CTL_COMMANDS /**< how many */
} ctl_command_id_t;

typedef enum {
    CTL_OPT_STATE_DIR = 0,
    CTL_OPT_JSON,
    CTL_OPT_PLAIN,
    CTL_OPT_NO_COLOR,
    CTL_OPT_QUIET,
    CTL_OPT_VERBOSE,
    CTL_OPT_DRY_RUN,
    CTL_OPT_YES,
    CTL_OPT_HELP,
    CTL_OPT_VERSION,
    CTL_OPT_STORE,
    CTL_OPT_WARN,
    CTL_OPT_URGENT,
    CTL_OPT_NAGIOS,
    CTL_OPT_JOBS,
    CTL_OPT_CACHED,
    CTL_OPT_NOTIFY_TEST,
    CTL_OPT_STATE,
    CTL_OPT_EXPIRES,
    CTL_OPT_SORT,
    CTL_OPT_LIMIT,
    CTL_OPT_FORCE,
    CTL_OPT_NO_LIVE,
    CTL_OPT_ADDRESS,
    CTL_OPT_NO_DNS,
    CTL_OPT_PAGE,
    CTL_OPT_URL,
    CTL_OPT_TO,
    CTL_OPT_LIST,
    CTL_OPT_COPY,
    CTL_OPT_PASSWORD,
    CTL_OPT_ISSUER,
    CTL_OPT_APPROVER,
    CTL_OPT_TERM,
    CTL_OPT_NOTIFY,
    CTL_OPT_LANG,
    CTL_OPT_CSR_ONLY,
    CTL_OPT_RENEW,
    CTL_OPT_REASON,
    CTL_OPT_ALL_FAILED,
    CTL_OPT_ORDER,
    CTL_OPT_FORM,
    CTL_OPT_OWNER,
    CTL_OPT_WATCH,
    CTL_OPT_UNITS,
    CTL_OPT_MAN,
    CTL_OPTIONS /**< how many */
} ctl_option_id_t;

typedef struct ctl_t ctl_t;

/** A row of the table of commands (table.c). */
typedef struct ctl_command_t {
    const char *name;
    const char *arguments; /**< as usage shows them */
    const char *summary;   /**< one line, no full stop */
    const char *text;      /**< what a manual says, plain English, paragraphs apart by an empty line */
    int min, max;          /**< of arguments; max -1: any number */
    int (*run)(ctl_t *ctl);/**< @return the exit code */
} ctl_command_t;

/** A row of the table of options. */
typedef struct ctl_option_t {
    const char *name;     /**< "--json" */
    char letter;          /**< 'q' for -q; 0: none */
    const char *argument; /**< "PATH"; NULL: it takes none */
    unsigned commands;    /**< 1 << ctl_command_id_t of those that know it */
    const char *text;
} ctl_option_t;

extern const ctl_command_t ctl_commands[CTL_COMMANDS];
extern const ctl_option_t ctl_options[CTL_OPTIONS];

/** One run. */
struct ctl_t {
    apr_pool_t *pool;
    const ctl_command_t *command; /**< NULL: none was given */
    const char *value[CTL_OPTIONS]; /**< "" for one without an argument; NULL: not given */
    int argc;
    const char *const *argv;      /**< the command's arguments */
    int is_tty;                   /**< results go to a terminal */
    int has_color;
    int has_progress;             /**< standard error is a terminal, and --quiet was not given */
    int width;                    /**< columns; 0: lines are not folded */
};

#define CTL_HAS(ctl, option) ((ctl)->value[option] != NULL)

/* The commands (one file each). */
int ctl_explain_run(ctl_t *ctl);
int ctl_check_run(ctl_t *ctl);
int ctl_list_run(ctl_t *ctl);
int ctl_install_run(ctl_t *ctl);
int ctl_rollback_run(ctl_t *ctl);
int ctl_import_run(ctl_t *ctl);
int ctl_state_run(ctl_t *ctl);
int ctl_doctor_run(ctl_t *ctl);
int ctl_alljobs_run(ctl_t *ctl);
int ctl_job_run(ctl_t *ctl);
int ctl_request_run(ctl_t *ctl);
int ctl_pending_run(ctl_t *ctl);
int ctl_approve_run(ctl_t *ctl);
int ctl_decline_run(ctl_t *ctl);
int ctl_resend_run(ctl_t *ctl);
int ctl_retry_run(ctl_t *ctl);
int ctl_forget_run(ctl_t *ctl);
int ctl_revoke_run(ctl_t *ctl);
int ctl_export_run(ctl_t *ctl);
int ctl_completion_run(ctl_t *ctl);
int ctl_help_run(ctl_t *ctl);

#endif /* MSSL_TOOLS_MSSLCTL_CTL_H */
