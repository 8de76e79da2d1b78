# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
The servers that are compared, each in a folder and on a port of its own, with one worker process
(httpd: one child with threads), so that server and client have a core each. Where a package of
Debian configures TLS, its values are taken.
"""

import grp
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from lib.server import HTTPD, IS_ROOT, MODULE, free_ports, libexecdir  # noqa: E402

import accounting  # noqa: E402

PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
PATIENCE = 600.0  # seconds that a start or a reload may take


class TooSlow(Exception):
    """What was waited for did not come in PATIENCE seconds."""

# What Debian enables with the package, as far as a server of nothing but TLS sites needs it.
HTTPD_MODULES = ("mpm_event authz_core authz_host authn_core alias dir env mime headers setenvif "
                 "socache_shmcb vhost_alias ssl").split()

# mods-available/mpm_event.conf and ssl.conf of Debian, with one child.
HTTPD_CONF = """
ServerRoot "{dir}"
PidFile "{dir}/httpd.pid"
ServerName fallback.invalid
ErrorLog "{dir}/error.log"
LogLevel warn mpm_event:notice core:notice
Listen 127.0.0.1:{port}
StartServers 1
ThreadLimit 64
ThreadsPerChild 25
MaxRequestWorkers 150
MinSpareThreads 5
MaxSpareThreads 75
SSLRandomSeed startup builtin
SSLRandomSeed startup file:/dev/urandom 512
SSLRandomSeed connect builtin
SSLSessionCache shmcb:{dir}/ssl_scache(512000)
SSLSessionCacheTimeout 300
SSLCipherSuite HIGH:!aNULL
SSLProtocol all -SSLv3
SSLSessionTickets off
<Directory "{dir}/www">
    Require all granted
</Directory>
"""


def name_of(number):
    return "s%06d.bench.example" % number


class Server:
    """label: what it is called in the table; certs: folder of certificates; n: how many names are set up."""

    label = ""
    live = False    # a changed file is served without a reload
    reload_signal = signal.SIGHUP
    program = ""
    package = ""

    def __init__(self, work, certs, n):
        self.n, self.certs = n, certs
        self.port = free_ports(1)[0]
        self.dir = os.path.join(work, "%s-%d-%d" % (type(self).__name__.lower(), n, self.port))
        self.proc, self.cpu_at_start = None, 0.0
        os.makedirs(self.dir)
        os.chmod(self.dir, 0o755)
        for sub in ("www", "tmp"):
            os.makedirs(os.path.join(self.dir, sub))
        self.write_conf()

    def __str__(self):
        return "%s, %d names" % (self.label, self.n)

    @classmethod
    def is_there(cls):
        return shutil.which(cls.program, path=PATH) is not None

    def path(self, name):
        return os.path.join(self.dir, name)

    def cert(self, number):
        return os.path.join(self.certs, name_of(number) + ".pem")

    def write(self, name, lines):
        with open(self.path(name), "w") as f:
            f.writelines(line + "\n" for line in lines)

    def write_conf(self):
        raise NotImplementedError

    def command(self):
        raise NotImplementedError

    # Life

    def start(self):
        """Start, and return the seconds until a handshake shows the certificate of the last name."""
        begun = time.monotonic()
        with open(self.path("output.log"), "ab") as out:
            self.proc = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=out,
                                         stderr=subprocess.STDOUT, start_new_session=True)
        self.wait(lambda: self.shown(self.n - 1), "the first handshake", pause=0.001)
        took = time.monotonic() - begun
        self.cpu_at_start = accounting.cpu_seconds(self.proc.pid)
        return took

    def stop(self):
        if self.proc is not None and self.proc.poll() is None:
            self.proc.terminate()
            try:
                self.proc.wait(20)
            except subprocess.TimeoutExpired:
                for pid in accounting.tree(self.proc.pid):
                    os.kill(pid, signal.SIGKILL)
                self.proc.wait()
        self.proc = None

    def reload(self):
        self.proc.send_signal(self.reload_signal)

    def generation(self):
        """Differs once a reload is done; here: the worker processes that answer."""
        return sorted(accounting.tree(self.proc.pid)[1:])

    def wait(self, condition, what, pause=0.005):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if self.proc.poll() is not None:
                with open(self.path("output.log"), errors="replace") as f:
                    raise RuntimeError("%s ended before %s: %s" % (self, what, f.read()[-2000:]))
            if time.monotonic() > deadline:
                raise TooSlow("%s: not within %d s" % (what, PATIENCE))
            time.sleep(pause)

    def shown(self, number):
        """The certificate (DER) that a client is shown for a name, or None when it is not that name's."""
        name = name_of(number)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=60) as plain:
                with context.wrap_socket(plain, server_hostname=name) as tls:
                    der = tls.getpeercert(binary_form=True)
        except OSError:
            return None
        return der if name.encode() in der else None


class Httpd(Server):
    program, package = "apache2", "apache2"
    reload_signal = signal.SIGUSR1
    mssl = False

    def sites(self):
        raise NotImplementedError

    def write_conf(self):
        lines = ['DefaultRuntimeDir "%s"' % self.dir]
        lines += ["LoadModule %s_module %s/mod_%s.so" % (m, libexecdir(), m) for m in HTTPD_MODULES]
        if self.mssl:
            lines += ["LoadModule mssl_module %s" % MODULE, "MSSLStateDir mssl"]
        if IS_ROOT:
            lines += ["User www-data", "Group www-data"]
        lines.append(HTTPD_CONF.replace("{dir}", self.dir).replace("{port}", str(self.port)))
        self.write("httpd.conf", lines + list(self.sites()))
        self.write("mime.types", ["text/html html"])

    def command(self):
        return [HTTPD, "-DFOREGROUND", "-f", self.path("httpd.conf")]

    def generation(self):
        with open(self.path("error.log"), errors="replace") as f:
            return f.read().count("resuming normal operations")

    def vhost(self, *lines):
        return ["<VirtualHost 127.0.0.1:%d>" % self.port, *lines, "</VirtualHost>"]


class ModSsl(Httpd):
    """A virtual host and certificate for each name."""

    label = "mod_ssl, a vhost each"

    def sites(self):
        for i in range(self.n):
            yield from self.vhost("ServerName %s" % name_of(i), "SSLEngine on",
                                  "SSLCertificateFile %s" % self.cert(i),
                                  "DocumentRoot %s/www" % self.dir)


class ModMsslOne(Httpd):
    """conf-examples/22-one-vhost.conf without its switch."""

    label = "mod_mssl, one vhost"
    live = mssl = True

    def sites(self):
        yield "MSSLCertStore dir:%s" % self.certs
        yield from self.vhost("ServerName notice.bench.example", "SSLEngine on", "MSSLEngine on",
                              "UseCanonicalName Off", "VirtualDocumentRoot %s/www/%%0" % self.dir)


class ModMsslDirect(ModMsslOne):
    """The same, where the child opens the files itself."""

    label = "mod_mssl, one vhost, direct"

    def sites(self):
        yield "MSSLKeyAccess direct"
        yield from super().sites()


class ModMsslLight(Httpd):
    """conf-examples/20-light-vhosts.conf."""

    label = "mod_mssl, light vhosts"
    live = mssl = True

    def sites(self):
        yield "MSSLCertStore dir:%s" % self.certs
        yield from self.vhost("ServerName notice.bench.example", "SSLEngine on", "MSSLEngine on",
                              "DocumentRoot %s/www" % self.dir)
        for i in range(self.n):
            yield from self.vhost("ServerName %s" % name_of(i), "DocumentRoot %s/www" % self.dir)


class Nginx(Server):
    """A server block for each name."""

    label = "nginx, a server block each"
    program = package = "nginx"

    def blocks(self):
        for i in range(self.n):
            yield from self.block(name_of(i), self.cert(i))

    def block(self, name, cert):
        return ["server {", "listen 127.0.0.1:%d ssl;" % self.port, "server_name %s;" % name,
                "ssl_certificate %s;" % cert, "ssl_certificate_key %s;" % cert,
                "location / { return 204; }", "}"]

    def write_conf(self):
        temporary = ["%s_temp_path %s/tmp;" % (what, self.dir)
                     for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")]
        self.write("nginx.conf", [
            "user www-data;" if IS_ROOT else "", "daemon off;", "worker_processes 1;",
            "pid %s/nginx.pid;" % self.dir, "error_log %s/error.log;" % self.dir,
            "events { worker_connections 1024; }", "http {", "access_log off;", *temporary,
            "server_names_hash_bucket_size 128;",
            "server_names_hash_max_size %d;" % max(512, 4 * self.n),
            "ssl_protocols TLSv1.2 TLSv1.3;", "ssl_session_cache shared:SSL:10m;",
            *self.blocks(), "}"])

    def command(self):
        return [shutil.which("nginx", path=PATH), "-p", self.dir, "-e", self.path("error.log"),
                "-c", self.path("nginx.conf")]


class NginxVariable(Nginx):
    """One server block whose certificate is named by a variable; its worker can read every key."""

    label = "nginx, one block, variable"
    live = True

    def blocks(self):
        return self.block("~^.+$", "%s/$ssl_server_name.pem" % self.certs)


class HAProxy(Server):
    """A folder of certificates."""

    label = "HAProxy, a folder"
    program = package = "haproxy"
    reload_signal = signal.SIGUSR2

    def write_conf(self):
        self.write("haproxy.cfg", [
            "global", "    nbthread 1", "    maxconn 2000",
            "    user haproxy\n    group haproxy" if IS_ROOT else "",
            "    stats socket %s/admin.sock mode 600 level admin expose-fd listeners" % self.dir,
            "    ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets",
            "defaults", "    mode http", "    timeout connect 5s", "    timeout client 50s",
            "    timeout server 50s", "frontend tls",
            "    bind 127.0.0.1:%d ssl crt %s" % (self.port, self.certs),
            "    http-request return status 204"])

    def command(self):
        return [shutil.which("haproxy", path=PATH), "-W", "-f", self.path("haproxy.cfg"),
                "-p", self.path("haproxy.pid")]


class Hitch(Server):
    """A folder of certificates, and a backend that hangs up."""

    label = "hitch, a folder"
    program = package = "hitch"

    def write_conf(self):
        self.backend = socket.create_server(("127.0.0.1", 0), backlog=512)
        threading.Thread(target=self.hang_up, args=(self.backend,), daemon=True).start()
        self.write("hitch.conf", [
            'frontend = "[127.0.0.1]:%d"' % self.port,
            'backend = "[127.0.0.1]:%d"' % self.backend.getsockname()[1],
            "workers = 1", 'pem-dir = "%s"' % self.certs, 'pem-dir-glob = "*.pem"',
            'tls-protos = TLSv1.2 TLSv1.3',
            'user = "_hitch"\ngroup = "_hitch"' if IS_ROOT else ""])

    @staticmethod
    def hang_up(backend):
        while True:
            try:
                backend.accept()[0].close()
            except OSError:
                return

    def command(self):
        return [shutil.which("hitch", path=PATH), "--config=" + self.path("hitch.conf"), "--quiet"]

    def stop(self):
        super().stop()
        self.backend.close()


def readable_by_workers(folder):
    """nginx opens the files of a variable in its worker: the group of the web server may read them."""
    if IS_ROOT:
        group = grp.getgrnam("www-data").gr_gid
        os.chown(folder, 0, group)
        os.chmod(folder, 0o2755)  # what is replaced keeps the group
        with os.scandir(folder) as entries:
            for entry in entries:
                os.chown(entry.path, 0, group)
