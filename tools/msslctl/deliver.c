/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/deliver.h"

#include <apr_strings.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/base/text.h"
#include "lib/files/folder.h"
#include "lib/files/owned.h"
#include "tools/msslctl/args.h"

/** Of the hash in the name of a folder, hex digits. */
#define HASH_LEN 16
#define HEX "0123456789abcdef"

static const char *const parts[2] = { "fullchain.pem", "privkey.pem" };

/* A number, or a name. @return whether it is somebody */
static int find_user(uid_t *uid, const char *text)
{
    const struct passwd *user = getpwnam(text);
    char *end;

    *uid = user != NULL ? user->pw_uid : (uid_t)strtoul(text, &end, 10);
    return user != NULL || (strspn(text, "0123456789") > 0 && *end == '\0' && *uid != (uid_t)-1);
}

static int find_group(gid_t *gid, const char *text)
{
    const struct group *group = getgrnam(text);
    char *end;

    *gid = group != NULL ? group->gr_gid : (gid_t)strtoul(text, &end, 10);
    return group != NULL || (strspn(text, "0123456789") > 0 && *end == '\0' && *gid != (gid_t)-1);
}

/* Whose every script of every site is: what that one may read, no site keeps from another. */
static int is_httpd(const ctl_server_t *server, const mssl_owner_t *owner)
{
    const struct passwd *user = server->httpd != NULL ? getpwnam(server->httpd) : NULL;

    return user != NULL && user->pw_uid != 0
           && (owner->uid == user->pw_uid || (owner->mode != 0600 && owner->gid == user->pw_gid));
}

/* A group that is named may read; else nobody but the owner. */
static int take_owner(ctl_target_t *target, ctl_t *ctl, const ctl_server_t *server, const char *text)
{
    const char *colon = text != NULL ? strchr(text, ':') : NULL;
    const char *user = text == NULL ? "" : colon == NULL ? text
                       : apr_pstrmemdup(ctl->pool, text, (apr_size_t)(colon - text));

    target->uid = geteuid();
    target->owner = (mssl_owner_t){ target->uid, getegid(), 0600 };
    if (*user != '\0' && !find_user(&target->owner.uid, user)) {
        return ctl_args_refuse(ctl, "--owner: there is no user '%s'",
                               mssl_text_shown(ctl->pool, user, 60));
    }
    if (colon != NULL) {
        if (!find_group(&target->owner.gid, colon + 1)) {
            return ctl_args_refuse(ctl, "--owner: there is no group '%s'",
                                   mssl_text_shown(ctl->pool, colon + 1, 60));
        }
        target->owner.mode = 0640;
    }
    if (text != NULL && is_httpd(server, &target->owner)) {
        return ctl_args_refuse(ctl, "--owner: httpd's own user, or group: scripts of all sites could read "
                               "the key; name the other server's");
    }
    if (geteuid() != 0 && target->owner.uid != geteuid()) {
        return ctl_args_refuse(ctl, "--owner: only root gives files to others");
    }
    target->uid = target->owner.uid;
    return CTL_FINE;
}

static int is_below(const char *path, const char *folder)
{
    size_t len = folder != NULL ? strlen(folder) : 0;

    while (len > 1 && folder[len - 1] == '/') {
        len--;
    }
    return len > 0 && strncmp(path, folder, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

/* What is read as a store would serve what was exported, or hide what is. */
static int check_place(const ctl_t *ctl, const ctl_server_t *server, const char *folder)
{
    int i;

    for (i = 0; i < server->stores->nelts; i++) {
        const ctl_store_t *store = &APR_ARRAY_IDX(server->stores, i, ctl_store_t);

        if (strcmp(store->provider, "dir") == 0 && is_below(folder, store->argument)) {
            return ctl_args_refuse(ctl, "DIR is in the store %s, from which the server itself reads; "
                                   "use a folder of the other server", store->label);
        }
    }
    return is_below(folder, server->state_dir)
               ? ctl_args_refuse(ctl, "DIR is in MSSLStateDir (%s); use a folder of the other server",
                                 server->state_dir)
               : CTL_FINE;
}

static const char *clean(const char *path, apr_pool_t *pool)
{
    char *copy = apr_pstrdup(pool, path), *to = copy;
    const char *from;

    for (from = copy; *from != '\0'; from++) {
        if (*from != '/' || to == copy || to[-1] != '/') {
            *to++ = *from;
        }
    }
    while (to > copy + 1 && to[-1] == '/') {
        to--;
    }
    *to = '\0';
    return copy;
}

int ctl_target_open(ctl_target_t *target, ctl_t *ctl, const ctl_order_t *order, const char *folder,
                    const char *owner)
{
    static const char *const endings[CTL_CARGO_FORMS] = { ".pem", "", ".pfx" };
    int is_wild = order->name[0] == '*', rc;
    mssl_reason_t why = { "" };
    apr_status_t rv;

    memset(target, 0, sizeof(*target));
    target->dir = -1;
    target->folder = clean(folder, ctl->pool);
    target->name = apr_pstrcat(ctl->pool, is_wild ? "_" : "", order->name + is_wild,
                               endings[order->form], NULL);
    rc = take_owner(target, ctl, order->server, owner);
    if (rc == CTL_FINE) {
        rc = check_place(ctl, order->server, target->folder);
    }
    if (rc != CTL_FINE) {
        return rc;
    }
    rv = mssl_owned_open(&target->dir, target->folder, target->uid, &why);
    if (rv != APR_SUCCESS) {
        ctl_args_refuse(ctl, "%s%s", mssl_text_shown(ctl->pool, why.text, sizeof(why.text)),
                        APR_STATUS_IS_ENOENT(rv) ? "; make it (install -d), a folder that only root "
                                                   "or the owner can write into" : "");
        return CTL_NOT_WRITTEN;
    }
    return CTL_FINE;
}

int ctl_target_is_right(const ctl_target_t *target)
{
    struct stat st;

    return fstatat(target->dir, target->name, &st, AT_SYMLINK_NOFOLLOW) == 0
           && S_ISREG(st.st_mode) && st.st_uid == target->owner.uid
           && st.st_gid == target->owner.gid && (st.st_mode & 07777) == target->owner.mode;
}

/* What is in the place is a file, or nothing: never another's link or folder. */
static apr_status_t check_file(const ctl_target_t *target, mssl_reason_t *why)
{
    struct stat st;

    if (fstatat(target->dir, target->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode)) {
        return mssl_reason_set(why, APR_EEXIST, "%s/%s is no file; move it away", target->folder,
                               target->name);
    }
    return APR_SUCCESS;
}

/* ".NAME.HASH": of what is in it. */
static const char *name_folder(const ctl_target_t *target, const ctl_carried_t *carried,
                               apr_pool_t *pool)
{
    unsigned char digest[EVP_MAX_MD_SIZE] = { 0 };
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    char hex[HASH_LEN + 1] = "";
    int i, ok = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1;

    for (i = 0; ok && i < 2; i++) {
        ok = EVP_DigestUpdate(ctx, carried->part[i].data, carried->part[i].len) == 1;
    }
    ok = ok && EVP_DigestFinal_ex(ctx, digest, NULL) == 1;
    EVP_MD_CTX_free(ctx);
    mssl_text_hex(hex, digest, HASH_LEN / 2);
    return ok ? apr_pstrcat(pool, ".", target->name, ".", hex, NULL) : NULL;
}

/* Whether an entry is a folder of ours for this name. */
static int is_version(const char *entry, const char *name)
{
    size_t len = strlen(name);

    return entry[0] == '.' && strncmp(entry + 1, name, len) == 0 && entry[len + 1] == '.'
           && strlen(entry + len + 2) == HASH_LEN && strspn(entry + len + 2, HEX) == HASH_LEN;
}

/* Where the link leads now. @param old out: NULL: there is none */
static apr_status_t read_link(const char **old, const ctl_target_t *target, apr_pool_t *pool,
                              mssl_reason_t *why)
{
    char text[NAME_MAX + 1];
    ssize_t len = readlinkat(target->dir, target->name, text, sizeof(text) - 1);

    *old = NULL;
    if (len < 0 && errno == ENOENT) {
        return APR_SUCCESS;
    }
    if (len > 0) {
        *old = apr_pstrmemdup(pool, text, (apr_size_t)len);
    }
    return *old != NULL && is_version(*old, target->name)
               ? APR_SUCCESS
               : mssl_reason_set(why, APR_EEXIST, "%s/%s is there, and is no link that export made; "
                                 "move it away", target->folder, target->name);
}

static apr_status_t turn_link(const ctl_target_t *target, const char *to, mssl_reason_t *why)
{
    unsigned char random[8];
    char temp[NAME_MAX + 1], hex[2 * sizeof(random) + 1];

    if (RAND_bytes(random, sizeof(random)) != 1) {
        return mssl_reason_set(why, APR_EGENERAL, "no random bytes are to be had");
    }
    mssl_text_hex(hex, random, sizeof(random));
    apr_snprintf(temp, sizeof(temp), ".%s.%s.new", target->name, hex);
    if (symlinkat(to, target->dir, temp) != 0) {
        return mssl_reason_set(why, errno, "%s: no link can be made (%s)", target->folder,
                               strerror(errno));
    }
    if (renameat(target->dir, temp, target->dir, target->name) != 0) {
        mssl_reason_set(why, errno, "%s/%s cannot be put in its place (%s)", target->folder,
                        target->name, strerror(errno));
        unlinkat(target->dir, temp, 0);
        return APR_EGENERAL;
    }
    fsync(target->dir);
    return APR_SUCCESS;
}

static void remove_version(int dir, const char *entry)
{
    int fd = mssl_folder_open(dir, entry), i;

    if (fd >= 0) {
        for (i = 0; i < 2; i++) {
            unlinkat(fd, parts[i], 0);
        }
        close(fd);
        unlinkat(dir, entry, AT_REMOVEDIR);
    }
}

/* All but what is in service, and what was before it. */
static void remove_others(const ctl_target_t *target, const char *now, const char *before)
{
    int copy = openat(target->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = copy >= 0 ? fdopendir(copy) : NULL;
    const struct dirent *entry;

    while (list != NULL && (entry = readdir(list)) != NULL) {
        if (is_version(entry->d_name, target->name) && strcmp(entry->d_name, now) != 0
            && (before == NULL || strcmp(entry->d_name, before) != 0)) {
            remove_version(target->dir, entry->d_name);
        }
    }
    if (list != NULL) {
        closedir(list);
    }
    else if (copy >= 0) {
        close(copy);
    }
}

/* @param is_current the link leads there: what is as it should be stays untouched */
static apr_status_t fill_version(const ctl_target_t *target, const char *entry,
                                 const ctl_carried_t *carried, int is_current, int *is_changed,
                                 mssl_reason_t *why)
{
    int fd = mssl_folder_make(target->dir, entry, 0755), i, one;
    apr_status_t rv = APR_SUCCESS;

    *is_changed = !is_current;
    if (fd < 0) {
        return mssl_reason_set(why, errno, "%s/%s cannot be made (%s)", target->folder, entry,
                               strerror(errno));
    }
    fchmod(fd, 0755); /* whatever the umask; the files say who may read */
    for (i = 0; rv == APR_SUCCESS && i < 2; i++) {
        const mssl_blob_t *part = &carried->part[i];

        rv = is_current ? mssl_file_write_changed(fd, parts[i], part->data, part->len,
                                                  &target->owner, &one, why)
                        : mssl_file_write(fd, parts[i], part->data, part->len, &target->owner, why);
        *is_changed |= is_current && one;
    }
    close(fd);
    return rv;
}

static apr_status_t write_split(const ctl_target_t *target, const ctl_carried_t *carried,
                                int *is_changed, apr_pool_t *pool, mssl_reason_t *why)
{
    const char *entry = name_folder(target, carried, pool), *old;
    apr_status_t rv = entry != NULL ? read_link(&old, target, pool, why)
                                    : mssl_reason_set(why, APR_ENOMEM, "out of memory");
    int is_current = rv == APR_SUCCESS && old != NULL && strcmp(old, entry) == 0;

    if (rv == APR_SUCCESS) {
        rv = fill_version(target, entry, carried, is_current, is_changed, why);
    }
    if (rv == APR_SUCCESS && !is_current) {
        rv = turn_link(target, entry, why);
    }
    if (rv == APR_SUCCESS && !is_current) {
        remove_others(target, entry, old);
    }
    return rv;
}

apr_status_t ctl_target_write(const ctl_target_t *target, const ctl_carried_t *carried,
                              const ctl_order_t *order, int *is_changed, apr_pool_t *pool,
                              mssl_reason_t *why)
{
    const mssl_blob_t *part = &carried->part[0];
    apr_status_t rv;

    *is_changed = 0;
    if (order->form == CTL_CARGO_SPLIT) {
        return write_split(target, carried, is_changed, pool, why);
    }
    rv = check_file(target, why);
    if (rv != APR_SUCCESS || carried->cargo.is_there) {
        return rv;
    }
    return mssl_file_write_changed(target->dir, target->name, part->data, part->len, &target->owner,
                                   is_changed, why);
}

void ctl_target_close(ctl_target_t *target)
{
    if (target->dir >= 0) {
        close(target->dir);
    }
    target->dir = -1;
}
