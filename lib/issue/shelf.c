/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/shelf.h"

#include <apr_strings.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/filename.h"
#include "lib/base/reason.h"
#include "lib/files/folder.h"
#include "lib/files/slurp.h"
#include "lib/files/write.h"
#include "lib/issue/accept.h"
#include "lib/issue/settings.h"
#include "lib/pair/passphrase.h"

/** Of a key, and of a request. */
#define PEM_MAX 16384
/** How deep an issuer's folders are looked into when they are emptied. */
#define DEPTH_MAX 8
/** "issued/xx/" and a name with ".pem". */
#define PATH_SIZE (MSSL_NAME_SIZE + 32)
#define FOLDER_FILE "/fullchain.pem"

static const mssl_owner_t ours = { (uid_t)-1, (gid_t)-1, 0600 };

/* A folder in another one, made where it is not there. @return -1: with why, and errno */
static int make_folder(int dir, const char *parent, const char *name, mssl_reason_t *why)
{
    int all = mssl_folder_open(dir, parent);
    int fd = all >= 0 ? mssl_folder_make(all, name, 0700) : -1, err = errno;

    if (fd < 0) {
        mssl_reason_set(why, err, "%s/%s: %s", parent, name, strerror(err));
    }
    if (all >= 0) {
        close(all);
    }
    errno = err;
    return fd;
}

const char *mssl_shelf_meanwhile(char out[MSSL_NAME_SIZE], const char *name)
{
    char file[MSSL_NAME_SIZE];

    apr_snprintf(out, MSSL_NAME_SIZE, MSSL_SHELF_MEANWHILE "%s", mssl_job_file(file, name));
    return out;
}

int mssl_shelf_open_work(int dir, const char *name, mssl_reason_t *why)
{
    char file[MSSL_NAME_SIZE];

    return make_folder(dir, MSSL_WORK_DIR, mssl_job_file(file, name), why);
}

/* The name of a file that is called after a name. */
static const char *file_of(char out[PATH_SIZE], const char *name, const char *ending)
{
    char file[MSSL_NAME_SIZE];

    apr_snprintf(out, PATH_SIZE, "%s%s", mssl_job_file(file, name), ending);
    return out;
}

/* Where a store of many looks for it (docs/stores.md): one folder of 256, by the name. */
static const char *fan_of(char out[3], const char *name)
{
    const char *hashed = name[0] == '*' ? name + 2 : name;
    unsigned char digest[EVP_MAX_MD_SIZE] = { 0 };

    EVP_Digest(hashed, strlen(hashed), digest, NULL, EVP_sha256(), NULL);
    apr_snprintf(out, 3, "%02x", digest[0]);
    return out;
}

/* A store looks for all of a name: a long one has a folder called so, and NAME/fullchain.pem in it. */
static int has_folder(const char *name)
{
    return strlen(name) > MSSL_FILENAME_MAX;
}

/* "NAME.pem", "NAME/fullchain.pem": below issued/xx/. */
static const char *pair_of(char out[PATH_SIZE], const char *name)
{
    if (!has_folder(name)) {
        return file_of(out, name, ".pem");
    }
    apr_snprintf(out, PATH_SIZE, "%s" FOLDER_FILE, name);
    out[0] = out[0] == '*' ? '_' : out[0];
    return out;
}

/* Bytes of a file, wiped where they were read. */
static apr_status_t read_file(mssl_buffer_t *out, int dir, const char *name, apr_size_t max,
                              mssl_reason_t *why)
{
    apr_status_t rv;
    apr_pool_t *pool;
    const char *text;
    apr_size_t len;

    apr_pool_create(&pool, NULL);
    rv = mssl_file_slurp(&text, &len, dir, name, max, pool, why);
    if (rv == APR_SUCCESS) {
        rv = mssl_buffer_add(out, text, len);
        OPENSSL_cleanse((char *)text, len);
    }
    apr_pool_destroy(pool);
    return rv;
}

static apr_status_t read_in(mssl_buffer_t *out, int dir, const char *folder, const char *name,
                            const char *ending, mssl_reason_t *why)
{
    int fd = mssl_folder_open(dir, folder);
    char file[PATH_SIZE];
    apr_status_t rv;

    out->max = PEM_MAX;
    if (fd < 0) {
        return mssl_reason_set(why, errno, "%s: %s", folder, strerror(errno));
    }
    rv = read_file(out, fd, file_of(file, name, ending), PEM_MAX, why);
    close(fd);
    return rv;
}

apr_status_t mssl_shelf_read_key(mssl_buffer_t *key, int dir, const char *name, mssl_reason_t *why)
{
    return read_in(key, dir, MSSL_KEYS_DIR, name, ".key", why);
}

/* Whether both are there, are of one key, and that of the type, and for these names. */
static int is_whole(const mssl_buffer_t *key, const mssl_buffer_t *csr, const char *names,
                    mssl_key_type_t type)
{
    BIO *secret = BIO_new_mem_buf(key->data, (int)key->len);
    BIO *open = BIO_new_mem_buf(csr->data, (int)csr->len);
    EVP_PKEY *pkey = secret != NULL
                         ? PEM_read_bio_PrivateKey(secret, NULL, mssl_passphrase_refuse, NULL) : NULL;
    X509_REQ *request = open != NULL
                            ? PEM_read_bio_X509_REQ(open, NULL, mssl_passphrase_refuse, NULL) : NULL;
    int wanted = type == MSSL_KEY_RSA ? EVP_PKEY_RSA : EVP_PKEY_EC;
    int is = pkey != NULL && request != NULL && EVP_PKEY_get_base_id(pkey) == wanted
             && X509_REQ_check_private_key(request, pkey) == 1 && mssl_csr_is_for(request, names);

    X509_REQ_free(request);
    EVP_PKEY_free(pkey);
    BIO_free(open);
    BIO_free(secret);
    ERR_clear_error();
    return is;
}

/* The key first: a request without its key is one for nothing. */
static apr_status_t write_request(const mssl_buffer_t *key, const mssl_buffer_t *csr, int dir,
                                  const char *name, mssl_reason_t *why)
{
    int fd = mssl_folder_open(dir, MSSL_KEYS_DIR);
    char file[PATH_SIZE];
    apr_status_t rv;

    if (fd < 0) {
        return mssl_reason_set(why, errno, MSSL_KEYS_DIR ": %s", strerror(errno));
    }
    rv = mssl_file_write(fd, file_of(file, name, ".key"), key->data, key->len, &ours, why);
    if (rv == APR_SUCCESS) {
        rv = mssl_file_write(fd, file_of(file, name, ".csr"), csr->data, csr->len, &ours, why);
    }
    close(fd);
    return rv;
}

apr_status_t mssl_shelf_get_request(mssl_buffer_t *key, mssl_buffer_t *csr, int dir,
                                    const char *name, const char *names, mssl_key_type_t type,
                                    mssl_reason_t *why)
{
    apr_status_t rv;

    if (mssl_shelf_read_key(key, dir, name, NULL) == APR_SUCCESS
        && read_in(csr, dir, MSSL_KEYS_DIR, name, ".csr", NULL) == APR_SUCCESS
        && is_whole(key, csr, names, type)) {
        return APR_SUCCESS;
    }
    mssl_buffer_free(key);
    mssl_buffer_free(csr);
    key->max = csr->max = PEM_MAX;
    rv = mssl_csr_make(key, csr, names, type, why);
    return rv == APR_SUCCESS ? write_request(key, csr, dir, name, why) : rv;
}

/* Remove what is in a folder, which an issuer filled. @param fd is closed */
static void empty(int fd, int depth)
{
    DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;

    if (list == NULL && fd >= 0) {
        close(fd);
    }
    while (list != NULL && (entry = readdir(list)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        if (unlinkat(dirfd(list), entry->d_name, 0) != 0 && depth < DEPTH_MAX) {
            empty(mssl_folder_open(dirfd(list), entry->d_name), depth + 1);
            unlinkat(dirfd(list), entry->d_name, AT_REMOVEDIR);
        }
    }
    if (list != NULL) {
        closedir(list);
    }
}

static void clear_keys(int dir, const char *name)
{
    int keys = mssl_folder_open(dir, MSSL_KEYS_DIR);
    char file[PATH_SIZE];

    if (keys >= 0) {
        unlinkat(keys, file_of(file, name, ".csr"), 0);
        unlinkat(keys, file_of(file, name, ".key"), 0);
        close(keys);
    }
}

static void clear_work(int dir, const char *name, int with_folder)
{
    int work = mssl_folder_open(dir, MSSL_WORK_DIR);
    char file[PATH_SIZE];

    if (work >= 0) {
        empty(mssl_folder_open(work, file_of(file, name, "")), 0);
        if (with_folder) {
            unlinkat(work, file, AT_REMOVEDIR);
        }
        close(work);
    }
}

void mssl_shelf_clear(int dir, const char *name)
{
    clear_keys(dir, name);
    clear_work(dir, name, 0);
}

void mssl_shelf_sweep(int dir, const char *name)
{
    clear_work(dir, name, 0);
}

void mssl_shelf_remove(int dir, const char *name)
{
    clear_keys(dir, name);
    clear_work(dir, name, 1);
}

/* A copy of what serves, as that goes on until the new one is in its place. */
static apr_status_t archive(int dir, int folder, const char *file, const char *name,
                            mssl_reason_t *why)
{
    mssl_buffer_t old = { .max = MSSL_FILE_MAX };
    apr_status_t rv = read_file(&old, folder, file, MSSL_FILE_MAX, why);
    char kept[PATH_SIZE];
    int fd;

    if (rv != APR_SUCCESS) {
        return APR_STATUS_IS_ENOENT(rv) ? APR_SUCCESS : rv;
    }
    fd = mssl_folder_open(dir, MSSL_ARCHIVE_DIR);
    if (fd < 0) {
        rv = mssl_reason_set(why, errno, MSSL_ARCHIVE_DIR ": %s", strerror(errno));
    }
    else {
        rv = mssl_file_write(fd, file_of(kept, name, ".pem"), old.data, old.len, &ours, why);
        close(fd);
    }
    mssl_buffer_free(&old);
    return rv;
}

/* Where the pair of a name is, made where it is not there. @param file out: the pair in it */
static int open_issued(const char **file, char pair[PATH_SIZE], int dir, const char *name,
                       mssl_reason_t *why)
{
    char xx[3], path[PATH_SIZE];
    int fan = make_folder(dir, MSSL_ISSUED_DIR, fan_of(xx, name), why);

    *file = pair_of(pair, name);
    if (fan < 0 || !has_folder(name)) {
        return fan;
    }
    close(fan);
    pair[strlen(name)] = '\0';
    *file = &FOLDER_FILE[1];
    apr_snprintf(path, sizeof(path), MSSL_ISSUED_DIR "/%s", xx);
    return make_folder(dir, path, pair, why);
}

static apr_status_t install_one(int dir, const char *name, const mssl_buffer_t *chain,
                                const mssl_buffer_t *key, mssl_reason_t *why)
{
    mssl_buffer_t pair = { .max = MSSL_FILE_MAX };
    char pair_file[PATH_SIZE];
    const char *file;
    int folder = open_issued(&file, pair_file, dir, name, why);
    apr_status_t rv;

    if (folder < 0) {
        return errno;
    }
    rv = archive(dir, folder, file, name, why);
    if (rv == APR_SUCCESS) {
        rv = mssl_accept_join(&pair, chain, key);
        mssl_reason_set(why, rv, "no memory for the pair of %s", name);
    }
    if (rv == APR_SUCCESS) {
        rv = mssl_file_write(folder, file, pair.data, pair.len, &ours, why);
    }
    mssl_buffer_free(&pair);
    close(folder);
    return rv;
}

apr_status_t mssl_shelf_install(int dir, const char *names, const mssl_buffer_t *chain,
                                const mssl_buffer_t *key, mssl_reason_t *why)
{
    char first[MSSL_NAME_SIZE] = "", name[MSSL_NAME_SIZE];
    apr_status_t rv = APR_SUCCESS;

    mssl_names_next(first, &names);
    while (rv == APR_SUCCESS && mssl_names_next(name, &names)) {
        rv = install_one(dir, name, chain, key, why);
    }
    return rv == APR_SUCCESS ? install_one(dir, first, chain, key, why) : rv;
}

/* "issued/xx/NAME.pem", "issued/xx/NAME/fullchain.pem" */
static const char *issued_of(char out[PATH_SIZE], const char *name)
{
    char pair[PATH_SIZE], xx[3];

    apr_snprintf(out, PATH_SIZE, MSSL_ISSUED_DIR "/%s/%s", fan_of(xx, name), pair_of(pair, name));
    return out;
}

static apr_status_t copy_certs(mssl_buffer_t *chain, const mssl_buffer_t *pair)
{
    BIO *in = BIO_new_mem_buf(pair->data, (int)pair->len), *out = BIO_new(BIO_s_mem());
    apr_status_t rv = in != NULL && out != NULL ? APR_SUCCESS : APR_ENOMEM;
    char *data;
    X509 *cert;
    long len;

    while (rv == APR_SUCCESS
           && (cert = PEM_read_bio_X509(in, NULL, mssl_passphrase_refuse, NULL)) != NULL) {
        rv = PEM_write_bio_X509(out, cert) == 1 ? APR_SUCCESS : APR_ENOMEM;
        X509_free(cert);
    }
    if (rv == APR_SUCCESS) {
        len = BIO_get_mem_data(out, &data);
        rv = len > 0 ? mssl_buffer_add(chain, data, (size_t)len) : APR_EINVAL;
    }
    BIO_free(out);
    BIO_free(in);
    ERR_clear_error();
    return rv;
}

apr_status_t mssl_shelf_read_chain(mssl_buffer_t *chain, int dir, const char *name,
                                   mssl_reason_t *why)
{
    mssl_buffer_t pair = { .max = MSSL_FILE_MAX };
    char path[PATH_SIZE];
    apr_status_t rv = read_file(&pair, dir, issued_of(path, name), MSSL_FILE_MAX, why);

    chain->max = MSSL_FILE_MAX;
    if (rv == APR_SUCCESS) {
        rv = copy_certs(chain, &pair);
        mssl_reason_set(why, rv, "%s: has no certificate", path);
    }
    mssl_buffer_free(&pair);
    return rv;
}

int mssl_shelf_is_lost(int dir, const char *name)
{
    char path[PATH_SIZE];

    return faccessat(dir, issued_of(path, name), F_OK, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT
           && faccessat(dir, MSSL_ISSUED_DIR, F_OK, 0) == 0;
}

apr_status_t mssl_shelf_retire(int dir, const char *names, mssl_reason_t *why)
{
    char path[PATH_SIZE], file[PATH_SIZE], name[MSSL_NAME_SIZE];
    int fd = mssl_folder_open(dir, MSSL_ARCHIVE_DIR);
    apr_status_t rv = APR_SUCCESS;

    if (fd < 0) {
        return mssl_reason_set(why, errno, MSSL_ARCHIVE_DIR ": %s", strerror(errno));
    }
    while (rv == APR_SUCCESS && mssl_names_next(name, &names)) {
        if (renameat(dir, issued_of(path, name), fd, file_of(file, name, ".pem")) != 0
            && errno != ENOENT) {
            rv = mssl_reason_set(why, errno, "%s: %s", path, strerror(errno));
        }
        else if (has_folder(name)) {
            path[strlen(path) - strlen(FOLDER_FILE)] = '\0';
            unlinkat(dir, path, AT_REMOVEDIR);
        }
    }
    fsync(fd);
    close(fd);
    return rv;
}
