# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Servers that take what msslctl exports: Debian's Postfix and Dovecot, seen by their own processes alone."""

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess

from . import mta
from .server import BUILD, wait_until

DOVECOT = os.path.join(BUILD, "dovecot")

DOVECOT_23 = """
protocols = imap
ssl = required
ssl_cert = <%(cert)s
ssl_key = <%(key)s
"""

# From 2.4 on.
DOVECOT_24 = """
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
protocols {
  imap = yes
}
ssl = required
ssl_server_cert_file = %(cert)s
ssl_server_key_file = %(key)s
"""

DOVECOT_COMMON = """
base_dir = %(dir)s/dovecot
state_dir = %(dir)s/dovecot
log_path = %(dir)s/dovecot.log
listen = 127.0.0.1
auth_mechanisms = anonymous
default_login_user = games
default_internal_user = mail
default_internal_group = mail
service imap-login {
  chroot =
  inet_listener imap {
    port = %(port)d
  }
  inet_listener imaps {
    port = 0
  }
}
service stats {
  chroot =
}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def shown(port, talk):
    """The serial number of the certificate behind a STARTTLS; talk gets the plain connection so far."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as plain:
        with plain.makefile("rwb", buffering=0) as stream:
            talk(stream)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(plain) as tls:
            from cryptography import x509
            return x509.load_der_x509_certificate(tls.getpeercert(True)).serial_number


def smtp(stream):
    def answer():
        line = b"-"
        while line[3:4] == b"-" or line == b"-":
            line = stream.readline()
            assert line, "no answer"
        return line
    assert answer().startswith(b"220")
    stream.write(b"EHLO test.invalid\r\n")
    assert answer().startswith(b"250")
    stream.write(b"STARTTLS\r\n")
    assert answer().startswith(b"220")


def imap(stream):
    assert stream.readline().startswith(b"* OK")
    stream.write(b"a STARTTLS\r\n")
    assert b"OK" in stream.readline()


class _Server:
    """Begun by begin() in a mount namespace of its own; reload() and end() go there."""

    def __init__(self, path):
        self.dir, self.port, self.launcher = path, free_port(), ["sleep", "infinity"]
        self.process = None

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def log(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()

    def run(self, *command):
        subprocess.run(["nsenter", "-m", "-r", "-t", str(self.process.pid)] + list(command), check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def shows(self, serial):
        def is_shown():
            try:
                return shown(self.port, self.talk) == serial
            except (OSError, AssertionError):
                return False
        wait_until(is_shown, self.log, 60)

    def __enter__(self):
        self.process = subprocess.Popen(self.launcher, start_new_session=True)
        return self

    def __exit__(self, *args):
        self.stop()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Postfix(_Server):
    """Of the one line smtpd_tls_chain_files, where certificate and key are one file."""

    talk = staticmethod(smtp)

    def __init__(self, path, lines):
        super().__init__(path)
        self.log_path = self.path("mailer", "log")
        self.postfix = mta.Postfix(self, self, main="smtpd_tls_security_level = may\nsmtpd_tls_loglevel = 1\n" + lines,
                                   master="127.0.0.1:%d inet n - n - - smtpd\ntlsmgr unix - - n 1000? 1 tlsmgr\n"
                                          "anvil unix - - n - 1 anvil\nproxymap unix - - n - - proxymap\n" % self.port)

    def reload(self):
        self.run("postfix", "reload")

    def stop(self):
        self.postfix.stop()


class Exim(_Server):
    talk = staticmethod(smtp)

    def __init__(self, path, pair):
        super().__init__(path)
        self.log_path = self.path("mailer", "log")
        self.launcher = ["/usr/sbin/exim4", "-bdf", "-oX", "127.0.0.1.%d" % self.port]
        mta.Exim(self, self, main="tls_advertise_hosts = *\ntls_certificate = %s\n" % pair)

    def stop(self):
        pass


def has_dovecot():
    return mta.can_show(DOVECOT, ["/usr/sbin/dovecot"] + ["/usr/lib/dovecot/" + n for n in
                                                          ("config", "log", "anvil", "imap-login", "stats")])


class Dovecot(_Server):
    talk = staticmethod(imap)

    def __init__(self, path, cert, key):
        super().__init__(path)
        self.log_path = self.path("dovecot.log")
        root = self.path("root")
        shutil.copytree(DOVECOT, root, symlinks=True, ignore=lambda folder, names: [n for n in names if n == "doc"])
        version = subprocess.run(["unshare", "-m", "sh", "-c", "mount -t overlay overlay -o lowerdir=%s/usr:/usr /usr && "
                                  "dovecot --version" % root], stdout=subprocess.PIPE, text=True, check=True).stdout
        major, minor = map(int, re.match(r"(\d+)\.(\d+)", version).groups())
        text = (DOVECOT_23 if (major, minor) < (2, 4) else DOVECOT_24) + DOVECOT_COMMON
        os.makedirs(self.path("dovecot"))
        with open(self.path("dovecot.conf"), "w") as f:
            f.write(text % {"cert": cert, "key": key, "dir": self.dir, "port": self.port})
        open(self.log_path, "w").close()
        self.launcher = ["unshare", "-m", "sh", "-c", "mount -t overlay overlay -o lowerdir=%s/usr:/usr /usr && exec dovecot "
                         "-F -c %s" % (root, self.path("dovecot.conf"))]

    def reload(self):
        self.run("doveadm", "-c", self.path("dovecot.conf"), "reload")

    def stop(self):
        pass
