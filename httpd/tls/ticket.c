/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/tls/ticket.h"

#include <apr_strings.h>
#include <http_log.h>
#include <openssl/core_names.h>
#include <openssl/rand.h>

#include "lib/base/tags.h"
#include "lib/files/read.h"

APLOG_USE_MODULE(mssl);

#define PART 16

/** mod_ssl's format: three parts in this order. */
struct mssl_ticket_key_t {
    unsigned char name[PART];
    unsigned char hmac[PART];
    unsigned char aes[PART];
};

/**
 * The key of the vhost that the SNI selects, where it has one of its own, else of the address's
 * first vhost.
 */
static const mssl_ticket_key_t *find_key(const mssl_conn_t *cc)
{
    const server_rec *s = cc->name[0] ? mssl_addr_get_server(cc->addr, cc->name) : NULL;
    const mssl_ticket_key_t *key = s != NULL ? mssl_conf_get(s)->ticket_key : NULL;

    return key != NULL ? key : mssl_conf_get(cc->addr->first)->ticket_key;
}

static int set_mac(EVP_MAC_CTX *mac, const mssl_ticket_key_t *key)
{
    OSSL_PARAM params[3];

    params[0] = OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void *)key->hmac, PART);
    params[1] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"sha256", 0);
    params[2] = OSSL_PARAM_construct_end();
    return EVP_MAC_CTX_set_params(mac, params) == 1;
}

/** SSL_CTX_set_tlsext_ticket_key_evp_cb: 1 key set, 0 no key for this ticket, -1 error. */
static int on_ticket_key(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
                         EVP_MAC_CTX *mac, int is_encrypting)
{
    const mssl_conn_t *cc = mssl_conn_get_of_ssl(ssl);
    const mssl_ticket_key_t *key = cc != NULL ? find_key(cc) : NULL;

    if (key == NULL) {
        return 0;
    }
    if (is_encrypting) {
        memcpy(name, key->name, PART);
        return RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_128_cbc())) == 1
            && EVP_EncryptInit_ex(cipher, EVP_aes_128_cbc(), NULL, key->aes, iv) == 1
            && set_mac(mac, key) ? 1 : -1;
    }
    if (memcmp(name, key->name, PART) != 0) {
        return 0;
    }
    return EVP_DecryptInit_ex(cipher, EVP_aes_128_cbc(), NULL, key->aes, iv) == 1
        && set_mac(mac, key) ? 1 : -1;
}

static apr_status_t wipe_key(void *data)
{
    OPENSSL_cleanse(data, sizeof(mssl_ticket_key_t));
    return APR_SUCCESS;
}

int mssl_ticket_init(server_rec *s, SSL_CTX *ctx, apr_pool_t *p)
{
    mssl_server_conf_t *sc = mssl_conf_get(s);
    mssl_reason_t why = { "" };
    mssl_ticket_key_t *key;
    mssl_blob_t blob;
    apr_status_t rv;

    if (sc->ssl.ticket_key_file == NULL) {
        return 1;
    }
    rv = mssl_file_read(&blob, NULL, sc->ssl.ticket_key_file, p, &why);
    if (rv != APR_SUCCESS || blob.len < sizeof(*key)) {
        ap_log_error(APLOG_MARK, APLOG_EMERG, rv, s, MSSLNO(0034) "SSLSessionTicketKeyFile '%s' "
                     "does not hold 48 bytes: %s", sc->ssl.ticket_key_file, why.text);
        return 0;
    }
    key = apr_pmemdup(p, blob.data, sizeof(*key));
    OPENSSL_cleanse((void *)blob.data, blob.len);
    apr_pool_cleanup_register(p, key, wipe_key, apr_pool_cleanup_null);
    sc->ticket_key = key;
    return SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, on_ticket_key) == 1;
}
