/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/task.h"

mssl_key_type_t mssl_task_get_key(const mssl_work_conf_t *conf)
{
    return conf->key >= 0 ? (mssl_key_type_t)conf->key : conf->issuing->key;
}
