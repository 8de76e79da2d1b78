/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_ARGS_H
#define MSSL_TOOLS_MSSLCTL_ARGS_H

/**
 * @file args.h
 * The command line against the tables. Options stand before and behind the command. What is wrong
 * is named, with what is accepted and, where one is near, the likely spelling. Names are in ASCII
 * from here on (alabel.h).
 */

#include "tools/msslctl/ctl.h"

/**
 * @param ctl pool set; the rest is filled
 * @return CTL_FINE; CTL_USAGE: said on standard error
 */
int ctl_args_parse(ctl_t *ctl, int argc, const char *const *argv);

/** Say on standard error that a value is wrong: "msslctl check: WHAT". @return CTL_USAGE */
int ctl_args_refuse(const ctl_t *ctl, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** The same of an argument that is no name, which is shown. */
int ctl_args_refuse_name(const ctl_t *ctl, const char *text);

/** The nearest of some words to a wrong one; NULL: none is near. */
const char *ctl_args_guess(const char *wrong, const char *const *words, int n);

#endif /* MSSL_TOOLS_MSSLCTL_ARGS_H */
