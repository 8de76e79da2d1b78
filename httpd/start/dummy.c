/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/dummy.h"

#include <apr_strings.h>
#include <errno.h>
#include <http_core.h>
#include <http_log.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "httpd/conf/certfile.h"
#include "httpd/start/statedir.h"
#include "lib/base/reason.h"
#include "lib/base/tags.h"

APLOG_USE_MODULE(mssl);

#define DUMMY_FILE "dummy.pem"
#define DUMMY_DAYS 3650
/* Made anew when it would expire within this time. */
#define DUMMY_RENEW apr_time_from_sec(30 * 86400)

static int add_extension(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    int ok = ext != NULL && X509_add_ext(cert, ext, -1);

    X509_EXTENSION_free(ext);
    return ok;
}

/** A certificate that no client can take for a site's: RFC 6761 keeps ".invalid" for nobody. */
static X509 *make_cert(EVP_PKEY *key)
{
    X509 *cert = X509_new();
    unsigned char serial[16];
    ASN1_INTEGER *number = NULL;
    BIGNUM *bn = NULL;
    X509_NAME *subject = X509_NAME_new();
    int ok = 0;

    if (cert == NULL || subject == NULL || RAND_bytes(serial, sizeof(serial)) != 1) {
        goto cleanup;
    }
    serial[0] &= 0x7f;
    bn = BN_bin2bn(serial, sizeof(serial), NULL);
    number = bn != NULL ? BN_to_ASN1_INTEGER(bn, NULL) : NULL;
    ok = number != NULL
        && X509_set_version(cert, X509_VERSION_3)
        && X509_set_serialNumber(cert, number)
        && X509_gmtime_adj(X509_getm_notBefore(cert), -86400) != NULL
        && X509_time_adj_ex(X509_getm_notAfter(cert), DUMMY_DAYS, 0, NULL) != NULL
        && X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                      (const unsigned char *)"no-certificate-for-this-name.invalid",
                                      -1, -1, 0)
        && X509_set_subject_name(cert, subject)
        && X509_set_issuer_name(cert, subject)
        && X509_set_pubkey(cert, key)
        && add_extension(cert, NID_subject_alt_name, "DNS:no-certificate-for-this-name.invalid")
        && add_extension(cert, NID_basic_constraints, "critical,CA:FALSE")
        && X509_sign(cert, key, EVP_sha256());

cleanup:
    BN_free(bn);
    ASN1_INTEGER_free(number);
    X509_NAME_free(subject);
    if (!ok) {
        X509_free(cert);
        cert = NULL;
    }
    return cert;
}

static int write_pem(FILE *out, X509 *cert, EVP_PKEY *key)
{
    int ok = PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) && PEM_write_X509(out, cert);

    return ok && fflush(out) == 0;
}

/** Under another name first: a half-written dummy is never found there. */
static apr_status_t write_file(const char *path, X509 *cert, EVP_PKEY *key, apr_pool_t *ptemp)
{
    const char *temp = apr_psprintf(ptemp, "%s.%" APR_PID_T_FMT, path, getpid());
    mode_t mask = umask(077);
    FILE *out;
    int ok;

    unlink(temp); /* left by a process of the same number that died */
    out = fopen(temp, "wx");
    umask(mask);
    if (out == NULL) {
        return errno;
    }
    ok = write_pem(out, cert, key) && fsync(fileno(out)) == 0;
    ok &= fclose(out) == 0;
    if (!ok || rename(temp, path) != 0) {
        apr_status_t rv = errno;

        unlink(temp);
        return rv != 0 ? rv : APR_EGENERAL;
    }
    return APR_SUCCESS;
}

static apr_status_t close_memory(void *data)
{
    return close((int)(intptr_t)data) == 0 ? APR_SUCCESS : errno;
}

/**
 * A file without a folder, which mod_ssl can open by its path as long as this configuration lives.
 */
static const char *write_memory(X509 *cert, EVP_PKEY *key, apr_pool_t *p)
{
    int fd = memfd_create("mssl-dummy", MFD_CLOEXEC);
    int copy = fd >= 0 ? dup(fd) : -1;
    FILE *out = copy >= 0 ? fdopen(copy, "w") : NULL;
    int ok = out != NULL && write_pem(out, cert, key);

    if (out != NULL) {
        ok &= fclose(out) == 0;
    }
    else if (copy >= 0) {
        close(copy);
    }
    if (fd < 0) {
        return NULL;
    }
    apr_pool_cleanup_register(p, (void *)(intptr_t)fd, close_memory, apr_pool_cleanup_null);
    return ok ? apr_psprintf(p, "/proc/self/fd/%d", fd) : NULL;
}

/**
 * Make a dummy. @param path where to keep it, or NULL: in memory @return where it is, NULL: nowhere
 */
static const char *make_dummy(const char *path, apr_pool_t *p, mssl_reason_t *why)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = key != NULL ? make_cert(key) : NULL;
    apr_status_t rv = APR_EGENERAL;

    if (cert != NULL && path == NULL) {
        path = write_memory(cert, key, p);
        rv = path != NULL ? APR_SUCCESS : APR_EGENERAL;
    }
    else if (cert != NULL) {
        rv = write_file(path, cert, key, p);
    }
    if (rv != APR_SUCCESS) {
        mssl_reason_set(why, rv, "cannot write '%s' (%pm); free space there, or name another "
                        "folder with MSSLStateDir", path != NULL ? path : "memory", &rv);
        path = NULL;
    }
    X509_free(cert);
    EVP_PKEY_free(key);
    return path;
}

/** The kept dummy, or a new one in its place. @return its path, or NULL with why */
static const char *have_kept(mssl_global_t *global, apr_pool_t *p, apr_pool_t *ptemp,
                             mssl_reason_t *why)
{
    const char *path = apr_pstrcat(p, mssl_statedir_get(global, p), "/" DUMMY_FILE, NULL);
    mssl_pair_t *pair = NULL;
    int is_good, dir;

    if (mssl_statedir_open(global, &dir, p, why) != APR_SUCCESS) {
        return NULL;
    }
    close(dir);
    is_good = mssl_certfile_load(&pair, path, NULL, ptemp, why) == APR_SUCCESS
        && mssl_pair_get_not_after(pair) > apr_time_now() + DUMMY_RENEW;
    mssl_pair_unref(pair);
    return is_good ? path : make_dummy(path, p, why);
}

/** The first of each key type counts; what cannot be used is taken out, as mod_ssl would stop at it. */
static void load_files(mssl_dummy_t *dummy, const server_rec *s, apr_pool_t *p, apr_pool_t *ptemp)
{
    int i, kept = 0;

    for (i = 0; i < dummy->files->nelts; i++) {
        const mssl_cert_row_t *row = &APR_ARRAY_IDX(dummy->files, i, mssl_cert_row_t);
        mssl_reason_t why = { "" };
        mssl_pair_t *pair;

        if (mssl_certfile_load(&pair, row->cert_file, row->key_file, ptemp, &why) != APR_SUCCESS) {
            ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, MSSLNO(0013) "MSSLDummyCertificate is left "
                         "out until the next restart: %s", why.text);
        }
        else if (dummy->pairs.pair[mssl_pair_get_type(pair)] == NULL) {
            dummy->pairs.pair[mssl_pair_get_type(pair)] = mssl_pair_keep(pair, p);
            APR_ARRAY_IDX(dummy->files, kept++, mssl_cert_row_t) = *row;
        }
        else {
            mssl_pair_unref(pair);
        }
    }
    dummy->files->nelts = kept;
}

static void load_configured(server_rec *s, apr_pool_t *p, apr_pool_t *ptemp)
{
    apr_hash_t *seen = apr_hash_make(ptemp);

    for (; s != NULL; s = s->next) {
        mssl_server_conf_t *sc = mssl_conf_get(s);

        if (sc->dummy == NULL || sc->dummy->name != NULL) {
            continue;
        }
        if (apr_hash_get(seen, &sc->dummy, sizeof(void *)) == NULL) {
            load_files(sc->dummy, s, p, ptemp);
            apr_hash_set(seen, apr_pmemdup(ptemp, &sc->dummy, sizeof(void *)), sizeof(void *), s);
        }
        if (apr_is_empty_array(sc->dummy->files)) {
            sc->dummy = NULL;
        }
    }
}

static int needs_made(const server_rec *s)
{
    for (; s != NULL; s = s->next) {
        const mssl_server_conf_t *sc = mssl_conf_get(s);

        if (sc->engine == MSSL_ON
            && (sc->dummy != NULL ? sc->dummy->name != NULL : sc->ssl.cert_files == NULL)) {
            return 1;
        }
    }
    return 0;
}

static int have_made(mssl_global_t *global, server_rec *main_server, apr_pool_t *p,
                     apr_pool_t *ptemp)
{
    mssl_reason_t why = { "" };

    global->made_file = have_kept(global, p, ptemp, &why);
    if (global->made_file == NULL && mssl_conf_is_restarting()) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, main_server, MSSLNO(0018) "the dummy certificate "
                     "cannot be kept, one in memory serves until the next restart: %s", why.text);
        global->made_file = make_dummy(NULL, p, &why);
    }
    if (global->made_file == NULL
        || mssl_certfile_load(&global->made_pair, global->made_file, NULL, ptemp, &why)
           != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_EMERG, 0, main_server, MSSLNO(0012) "no dummy certificate: "
                     "%s", why.text);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    mssl_pair_keep(global->made_pair, p);
    return OK;
}

int mssl_dummy_init(mssl_global_t *global, server_rec *main_server, apr_pool_t *p,
                    apr_pool_t *ptemp)
{
    load_configured(main_server, p, ptemp);
    return needs_made(main_server) ? have_made(global, main_server, p, ptemp) : OK;
}

int mssl_dummy_add_files(const mssl_dummy_t *dummy, apr_array_header_t *cert_files,
                         apr_array_header_t *key_files)
{
    int i;

    if (dummy == NULL || dummy->name != NULL) {
        return 0;
    }
    for (i = 0; i < dummy->files->nelts; i++) {
        const mssl_cert_row_t *row = &APR_ARRAY_IDX(dummy->files, i, mssl_cert_row_t);

        APR_ARRAY_PUSH(cert_files, const char *) = row->cert_file;
        APR_ARRAY_PUSH(key_files, const char *) = row->key_file != NULL ? row->key_file
                                                                        : row->cert_file;
    }
    return 1;
}

void mssl_dummy_add_made(const mssl_global_t *global, apr_array_header_t *cert_files,
                         apr_array_header_t *key_files)
{
    APR_ARRAY_PUSH(cert_files, const char *) = global->made_file;
    APR_ARRAY_PUSH(key_files, const char *) = global->made_file;
}
