# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""A real Postfix, seen by one server alone, and where its mail ends."""

import os
import shutil
import signal
import socketserver
import subprocess
import threading

from . import broker
from .server import BUILD, IS_ROOT, wait_until

# Debian's package, only unpacked (tests/run): the machine keeps the mail server that it has.
PACKAGE = os.path.join(BUILD, "postfix")
POSTFIX, POSTDROP = 29001, 29002

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

# For the server and what it begins, /usr and /etc have Postfix in them.
LAUNCHER = """
set -e
mount -t overlay overlay -o lowerdir=%(dir)s/root/usr:/usr /usr
mount -t overlay overlay -o lowerdir=%(dir)s/root/etc:/etc /etc
setsid postfix start-fg > %(dir)s/log 2>&1 < /dev/null &
for i in $(seq 300); do
    [ ! -e %(dir)s/spool/public/pickup ] || break
    sleep 0.1
done
exec "$@"
"""


def is_there():
    """Postfix with the libraries that it wants, and what it takes to show it to one server alone."""
    if not IS_ROOT or not os.path.exists(os.path.join(PACKAGE, "usr/sbin/postdrop")):
        return False
    script = ("mount -t overlay overlay -o lowerdir=%s/usr:/usr /usr && cd /usr/lib/postfix/sbin && libraries=$(ldd "
              "/usr/sbin/postdrop ./master ./pickup ./cleanup ./qmgr ./smtp ./postlogd) && "
              "! echo \"$libraries\" | grep -q 'not found'" % PACKAGE)
    return subprocess.run(["unshare", "-m", "sh", "-c", script], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, check=False).returncode == 0


class Sink(socketserver.ThreadingTCPServer):
    """SMTP (RFC 5321) as far as it takes to get a mail: (sender, recipients, bytes)."""

    allow_reuse_address, daemon_threads = True, True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Session)
        self.mails, self.port = [], self.server_address[1]
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
            elif word == b"DATA":
                data = self.take_data()
                self.server.mails.append((sender, recipients, data))
            elif word == b"QUIT":
                self.say("221 bye")
                return
            self.say("250 fine")


class Postfix:
    """Before the server's start; ended by stop(), when that has ended."""

    def __init__(self, server, sink, main="", master=""):
        self.dir = server.path("postfix")
        root = os.path.join(self.dir, "root")
        shutil.copytree(PACKAGE, root, symlinks=True, ignore=lambda folder, names: [n for n in names if n == "doc"])
        for name in ("postdrop", "postqueue"):      # as the package's own script does
            path = os.path.join(root, "usr", "sbin", name)
            os.chown(path, 0, POSTDROP)
            os.chmod(path, 0o2755)
        os.makedirs(os.path.join(root, "etc", "postfix"), exist_ok=True)
        os.makedirs(os.path.join(self.dir, "spool"))
        os.makedirs(os.path.join(self.dir, "data"))
        os.chown(os.path.join(self.dir, "data"), POSTFIX, -1)
        values = {"dir": self.dir, "port": sink.port}
        self._write("root/etc/postfix/main.cf", MAIN % values + main)
        self._write("root/etc/postfix/master.cf", MASTER + master)
        for name, line in (("passwd", "postfix:x:%d:%d::/nonexistent:/usr/sbin/nologin\n" % (POSTFIX, POSTFIX)),
                           ("group", "postfix:x:%d:\npostdrop:x:%d:\n" % (POSTFIX, POSTDROP))):
            with open("/etc/" + name) as f:
                self._write("root/etc/" + name, f.read() + line)
        self._write("launcher", LAUNCHER % values)
        server.launcher = ["unshare", "-m", "sh", os.path.join(self.dir, "launcher")] + server.launcher

    def _write(self, name, text):
        with open(os.path.join(self.dir, name), "w") as f:
            f.write(text)

    def log(self):
        with open(os.path.join(self.dir, "log")) as f:
            return f.read()

    def stop(self):
        with open(os.path.join(self.dir, "spool", "pid", "master.pid")) as f:
            pid = int(f.read())
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not broker.is_alive(pid), "the end of Postfix")
