/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/forms.h"

#include <string.h>

#include "tools/msslctl/args.h"

static const char *const httpd_files[] = { "SSLCertificateFile", "SSLCertificateKeyFile",
                                           "SSLCertificateChainFile", NULL };
static const char *const httpd_includes[] = { "Include", "IncludeOptional", NULL };
static const char *const nginx_files[] = { "ssl_certificate", "ssl_certificate_key", NULL };
static const char *const nginx_includes[] = { "include", NULL };
static const char *const haproxy_files[] = { "crt", NULL };
static const char *const none[] = { NULL };

static const ctl_program_t programs[] = {
    { "certbot", CTL_KEPT, { "/etc/letsencrypt/live" },
      "certbot renew --deploy-hook 'for n in $RENEWED_DOMAINS; do msslctl install \"$n\" "
      "\"$RENEWED_LINEAGE/fullchain.pem\" \"$RENEWED_LINEAGE/privkey.pem\"; done'", NULL, NULL },
    { "acme.sh", CTL_KEPT, { "/root/.acme.sh", "/etc/acme.sh" },
      "acme.sh --install-cert -d NAME --reloadcmd 'msslctl install NAME \"$CERT_FULLCHAIN_PATH\" "
      "\"$CERT_KEY_PATH\"'", NULL, NULL },
    { "dehydrated", CTL_KEPT, { "/var/lib/dehydrated/certs", "/etc/dehydrated/certs" },
      "HOOK in its config: deploy_cert() { msslctl install \"$1\" \"$4\" \"$2\"; }", NULL, NULL },
    { "lego", CTL_KEPT, { "/var/lib/lego/certificates", "/root/.lego/certificates" },
      "lego renew --renew-hook 'msslctl install \"$LEGO_CERT_DOMAIN\" \"$LEGO_CERT_PATH\" "
      "\"$LEGO_CERT_KEY_PATH\"'", NULL, NULL },
    { "uacme", CTL_KEPT, { "/etc/ssl/uacme" },
      "uacme issue NAME && msslctl install NAME /etc/ssl/uacme/NAME/cert.pem "
      "/etc/ssl/uacme/private/NAME/key.pem", NULL, NULL },
    { "dir", CTL_TREE, { NULL }, NULL, NULL, NULL },
    { "httpd", CTL_CONF, { "/etc/apache2/apache2.conf", "/etc/httpd/conf/httpd.conf" }, NULL,
      httpd_files, httpd_includes },
    { "nginx", CTL_CONF, { "/etc/nginx/nginx.conf" }, NULL, nginx_files, nginx_includes },
    { "haproxy", CTL_CONF, { "/etc/haproxy/haproxy.cfg" }, NULL, haproxy_files, none },
    { "traefik", CTL_TRAEFIK, { "/etc/traefik/acme.json", "/var/lib/traefik/acme.json",
                                "/letsencrypt/acme.json" }, NULL, NULL, NULL },
    { "pfx", CTL_PFX, { NULL }, NULL, NULL, NULL },
    /* Words for where a tree of files lies. */
    { "caddy", CTL_OTHER, { "/var/lib/caddy/.local/share/caddy/certificates", "/root/.local/share/caddy/certificates" },
      NULL, NULL, NULL },
    { "ispconfig", CTL_OTHER, { "/var/www/clients" }, NULL, NULL, NULL },
    { "hestia", CTL_OTHER, { "/usr/local/hestia/data/users" }, NULL, NULL, NULL },
    { "virtualmin", CTL_OTHER, { "/etc/ssl/virtualmin" }, NULL, NULL, NULL },
    { "plesk", CTL_OTHER, { "/usr/local/psa/var/certificates", "/opt/psa/var/certificates" }, NULL, NULL, NULL },
    { "cpanel", CTL_OTHER, { "/var/cpanel/ssl/apache_tls" }, NULL, NULL, NULL },
};

#define PROGRAMS (sizeof(programs) / sizeof(programs[0]))

const ctl_program_t *ctl_forms_get(int number)
{
    return number >= 0 && (size_t)number < PROGRAMS ? &programs[number] : NULL;
}

int ctl_forms_renews(const ctl_program_t *program)
{
    return ctl_forms_stays(program) || program->kind == CTL_OTHER;
}

int ctl_forms_stays(const ctl_program_t *program)
{
    return program->kind == CTL_KEPT || program->kind == CTL_TRAEFIK;
}

const ctl_program_t *ctl_forms_find(const ctl_t *ctl, const char *name)
{
    const char *words[PROGRAMS], *guess;
    size_t i;

    for (i = 0; i < PROGRAMS; i++) {
        words[i] = programs[i].name;
        if (strcmp(words[i], name) == 0) {
            return &programs[i];
        }
    }
    guess = ctl_args_guess(name, words, (int)PROGRAMS);
    ctl_args_refuse(ctl, "no such FORM%s%s%s; accepted: certbot acme.sh dehydrated lego uacme dir httpd "
                    "nginx haproxy traefik pfx caddy ispconfig hestia virtualmin plesk cpanel", guess != NULL ? ", did you mean '" : "",
                    guess != NULL ? guess : "", guess != NULL ? "'?" : "");
    return NULL;
}
