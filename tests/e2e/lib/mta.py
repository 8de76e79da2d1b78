# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Real programs for mail, each seen by one server alone, and where its mail ends."""

import os
import shutil
import signal
import socketserver
import subprocess
import threading

from . import broker
from .server import BUILD, IS_ROOT, wait_until

# Debian's packages, only unpacked (tests/run): the machine keeps the mail server that it has.
PACKAGE = os.path.join(BUILD, "postfix")
EXIM_PACKAGE, MSMTP_PACKAGE = os.path.join(BUILD, "exim"), os.path.join(BUILD, "msmtp")
POSTFIX, POSTDROP, EXIM = 29001, 29002, 29003

MAIN = """
compatibility_level = 3.6
queue_directory = %(dir)s/spool
data_directory = %(dir)s/data
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = loopback-only
inet_protocols = ipv4
myhostname = mail.invalid
mydestination =
mynetworks_style = host
relayhost = [127.0.0.1]:%(port)d
default_database_type = texthash
alias_maps =
alias_database =
maillog_file = /dev/stdout
"""

MASTER = """
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
postlog unix-dgram n - n - 1 postlogd
"""

# It delivers in the process that takes the mail: setuid root, as the package has it.
EXIM_CONF = """
primary_hostname = mail.invalid
spool_directory = %(dir)s/spool
log_file_path = %(dir)s/spool/%%slog
keep_environment =
begin routers
all:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = sink
begin transports
sink:
  driver = smtp
  port = %(port)d
  allow_localhost
"""

MSMTP_CONF = """
account default
host 127.0.0.1
port %(port)d
from steward@mail.invalid
tls off
auth off
"""

# For the server and what it begins, /usr and /etc have the package in them.
MOUNTS = """
set -e
mount -t overlay overlay -o lowerdir=%(dir)s/root/usr:/usr /usr
mount -t overlay overlay -o lowerdir=%(dir)s/root/etc:/etc /etc
"""

POSTFIX_LAUNCHER = """
setsid postfix start-fg > %(dir)s/log 2>&1 < /dev/null &
for i in $(seq 300); do
    [ ! -e %(dir)s/spool/public/pickup ] || break
    sleep 0.1
done
"""


def can_show(package, programs):
    """Whether all of a package's programs have the libraries that they want, and it can be shown to one server alone."""
    if not IS_ROOT or not os.path.exists(os.path.join(package, programs[0].lstrip("/"))):
        return False
    script = ("mount -t overlay overlay -o lowerdir=%s/usr:/usr /usr && libraries=$(ldd %s) && "
              "! echo \"$libraries\" | grep -q 'not found'" % (package, " ".join(programs)))
    return subprocess.run(["unshare", "-m", "sh", "-c", script], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, check=False).returncode == 0


def is_there():
    return can_show(PACKAGE, ["/usr/sbin/postdrop"] + ["/usr/lib/postfix/sbin/" + n for n in
                                                       ("master", "pickup", "cleanup", "qmgr", "smtp", "postlogd")])


def has_exim():
    return can_show(EXIM_PACKAGE, ["/usr/sbin/exim4"])


def has_msmtp():
    return can_show(MSMTP_PACKAGE, ["/usr/bin/msmtp"])


class Sink(socketserver.ThreadingTCPServer):
    """SMTP (RFC 5321) as far as it takes to get a mail: (sender, recipients, bytes); for none of refused."""

    allow_reuse_address, daemon_threads = True, True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Session)
        self.mails, self.port, self.refused = [], self.server_address[1], set()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *args):
        self.shutdown()
        super().__exit__(*args)


class _Session(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def take_data(self):
        self.say("354 go on")
        lines = []
        for line in iter(self.rfile.readline, b".\r\n"):
            if not line:
                return None
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    def handle(self):
        self.say("220 sink.invalid")
        sender, recipients = None, []
        for line in iter(self.rfile.readline, b""):
            word = line[:4].upper()
            if word == b"MAIL":
                sender, recipients = line.split(b":", 1)[1].split()[0].decode(), []
            elif word == b"RCPT":
                recipients.append(line.split(b":", 1)[1].split()[0].decode())
                if recipients[-1] in self.server.refused:
                    recipients.pop()
                    self.say("550 nobody of that name")
                    continue
            elif word == b"DATA":
                data = self.take_data()
                self.server.mails.append((sender, recipients, data))
            elif word == b"QUIT":
                self.say("221 bye")
                return
            self.say("250 fine")


class _Mailer:
    """Before the server's start; ended by stop(), when that has ended."""

    def __init__(self, server, package, users=()):
        self.dir = server.path("mailer")
        self.root = os.path.join(self.dir, "root")
        shutil.copytree(package, self.root, symlinks=True, ignore=lambda folder, names: [n for n in names if n == "doc"])
        os.makedirs(os.path.join(self.root, "etc"), exist_ok=True)
        os.chmod(self.dir, 0o755)
        for name, line in (("passwd", "%s:x:%d:%d::/nonexistent:/usr/sbin/nologin\n"), ("group", "%s:x:%d:\n")):
            with open("/etc/" + name) as f:
                self._write("root/etc/" + name, f.read() + "".join(line % ((u, n, n) if name == "passwd" else (u, n))
                                                                   for u, n in users))

    def _launch(self, server, more=""):
        self._write("launcher", (MOUNTS + more) % {"dir": self.dir} + "exec \"$@\"\n")
        server.launcher = ["unshare", "-m", "sh", os.path.join(self.dir, "launcher")] + server.launcher

    def _write(self, name, text):
        path = os.path.join(self.dir, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)

    def log(self):
        try:
            with open(os.path.join(self.dir, "log"), errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def stop(self):
        pass


class Postfix(_Mailer):
    def __init__(self, server, sink, main="", master=""):
        super().__init__(server, PACKAGE, (("postfix", POSTFIX), ("postdrop", POSTDROP)))
        for name in ("postdrop", "postqueue"):      # as the package's own script does
            path = os.path.join(self.root, "usr", "sbin", name)
            os.chown(path, 0, POSTDROP)
            os.chmod(path, 0o2755)
        for name in ("spool", "data"):
            os.makedirs(os.path.join(self.dir, name))
        os.chown(os.path.join(self.dir, "data"), POSTFIX, -1)
        self._write("root/etc/postfix/main.cf", MAIN % {"dir": self.dir, "port": sink.port} + main)
        self._write("root/etc/postfix/master.cf", MASTER + master)
        self._launch(server, POSTFIX_LAUNCHER)

    def stop(self):
        with open(os.path.join(self.dir, "spool", "pid", "master.pid")) as f:
            pid = int(f.read())
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not broker.is_alive(pid), "the end of Postfix")


class Exim(_Mailer):
    def __init__(self, server, sink, main=""):
        super().__init__(server, EXIM_PACKAGE, (("Debian-exim", EXIM),))
        os.makedirs(os.path.join(self.dir, "spool"))
        os.chown(os.path.join(self.dir, "spool"), EXIM, EXIM)
        os.symlink("spool/mainlog", os.path.join(self.dir, "log"))
        self._write("root/etc/exim4/exim4.conf", main + EXIM_CONF % {"dir": self.dir, "port": sink.port})
        self._launch(server)


class Msmtp(_Mailer):
    def __init__(self, server, sink):
        super().__init__(server, MSMTP_PACKAGE)
        self._write("root/etc/msmtprc", MSMTP_CONF % {"port": sink.port})
        self._launch(server)
