/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_SMALL_H
#define MSSL_TOOLS_MSSLCTL_SMALL_H

/**
 * @file small.h
 * Small files of the system or of who runs the command (resolv.conf, netrc), read as they are and
 * handed on unread: the worker that needs them can open none. One thread.
 */

#include "lib/base/buffer.h"

/**
 * @param text out: the caller frees it; what is behind max bytes is left out, and where there is no
 *        regular file that can be read it is empty
 */
void ctl_small_read(mssl_buffer_t *text, const char *path, size_t max);

#endif /* MSSL_TOOLS_MSSLCTL_SMALL_H */
