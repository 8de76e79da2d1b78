# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""A real httpd on loopback: its configuration, its life, and what its logs say."""

import contextlib
import glob
import grp
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BUILD = os.path.join(ROOT, os.environ.get("BUILD", "build"))
MODULE = os.path.join(BUILD, ".libs", "mod_mssl.so")
APXS = shutil.which("apxs") or shutil.which("apxs2") or "apxs"
IS_ROOT = os.geteuid() == 0
ASAN = os.environ.get("MSSL_ASAN") == "1"
# Makes a program of a test as all of BUILD was made.
MAKE = ["make", "-s", "-f", "Makefile.apxs", "-C", ROOT, "BUILD=" + BUILD]
if ASAN:
    MAKE += [flags + "=" + os.environ["MSSL_ASAN_" + flags] for flags in ("CFLAGS", "LDFLAGS")]

# What an admin sets for clients without SNI (docs/architecture.md).
SNI_POLICY = """
SSLVHostSNIPolicy authonly
SSLVerifyClient none
SSLVerifyDepth 1
SSLCARevocationCheck none
SSLOCSPEnable off
"""

BASE_MODULES = ("authz_core authz_host authn_core alias dir env mime headers setenvif "
                "socache_shmcb ssl").split()

SESSION_CACHE = "SSLSessionCache shmcb:{dir}/run/ssl_scache(512000)"

MPM = {
    "event": "StartServers 2\nServerLimit 2\nThreadsPerChild 12\nThreadLimit 12\n"
             "MaxRequestWorkers 24\nMinSpareThreads 4\nMaxSpareThreads 24\n",
    "worker": "StartServers 2\nServerLimit 2\nThreadsPerChild 16\nThreadLimit 16\n"
              "MaxRequestWorkers 32\nMinSpareThreads 8\nMaxSpareThreads 32\n",
    "prefork": "StartServers 6\nServerLimit 16\nMinSpareServers 4\nMaxSpareServers 10\n"
               "MaxRequestWorkers 16\n",
}

LOG_FIELDS = [
    ("name", "%{MSSL_NAME}e"), ("by", "%{MSSL_BY}e"), ("ok", "%{MSSL_CERT_OK}e"),
    ("days", "%{MSSL_DAYS_LEFT}e"), ("status", "%>s"), ("vhost", "%V"), ("host", "%{Host}i"),
    ("case", "%{X-Case}i"), ("pid", "%P"), ("proto", "%{SSL_PROTOCOL}x"),
    ("resumed", "%{SSL_SESSION_RESUMED}x"), ("http", "%H"), ("client", "%a"), ("request", "%r"),
]

BAD_LEVEL = re.compile(r"\[(?:[\w-]+:)?(warn|error|crit|alert|emerg)\]")
CRASH = re.compile(r"exit signal|AddressSanitizer|LeakSanitizer|runtime error|Segmentation fault"
                   r"|stack smashing|corrupted|double free|undefined symbol")

# A vhost without a certificate of its own starts with the dummy, and mod_ssl remarks that this one
# is not for the vhost's name.
ALWAYS_EXPECTED = ["AH01909"] + ([] if IS_ROOT else ["MSSL0161"])

_users = {u.pw_name: u.pw_gid for u in pwd.getpwall()}

# Who httpd's children are, by the names that systems have for it.
WWW = next(u for u in ("www-data", "apache", "http", "httpd", "daemon", "nobody") if u in _users)
WWW_GROUP = grp.getgrgid(_users[WWW]).gr_name

# Who the broker is: an account that systems have and nothing runs as. Configurations that are tested
# as they are have the default, for which a machine without that user is warned.
BROKER_USER = next(u for u in ("uucp", "games", "lp") if u in _users)
if "_mssl" not in _users:
    ALWAYS_EXPECTED.append("MSSL0165: MSSLUser: there is no user '_mssl'")

if subprocess.run(["stat", "-f", "-c", "%T", tempfile.gettempdir()], stdout=subprocess.PIPE, text=True,
                  check=True).stdout.strip() in ("tmpfs", "ramfs"):
    ALWAYS_EXPECTED.append("MSSL0236: ")

# A child that is told to end takes its pools down while its workers may still be at them: with
# mod_ssl alone, too, one stop in fifty right behind a request says one of these. Accepted only
# between stop() and the next start; test_01 stops idle servers without them.
WHILE_STOPPING = re.compile(r"AH03092|AH03093|AH00468|AH00052: child pid \d+ exit signal Segm")

_answers = {}


def apxs(what):
    """What apxs -q says: how this system calls httpd, and where it has what."""
    if what not in _answers:
        _answers[what] = subprocess.run([APXS, "-q", what], check=True, stdout=subprocess.PIPE,
                                        text=True).stdout.strip()
    return _answers[what]


def libexecdir():
    return apxs("LIBEXECDIR")


HTTPD = os.path.join(apxs("SBINDIR"), apxs("TARGET"))

# What Debian's httpd has within and others load.
SHARED_MODULES = [m for m in ("unixd", "log_config", "logio", "version")
                  if os.path.exists("%s/mod_%s.so" % (libexecdir(), m))]


def wait_until(condition, what, timeout=30.0):
    """Wait for a condition, not for a time. Returns its first true value."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError("waited %s s in vain for: %s" % (
                timeout, what() if callable(what) else what))
        time.sleep(0.01)


def _state(pid):
    """R, S, D, Z ... as in proc(5), or "S": it is gone."""
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "S"


_given = set()


def free_ports(n, address="127.0.0.1"):
    """Ports that nobody listens on, each given out once in a run."""
    with contextlib.ExitStack() as stack:
        ports = []
        while len(ports) < n:
            s = stack.enter_context(socket.socket())
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind((address, 0))
            port = s.getsockname()[1]
            if port not in _given:
                _given.add(port)
                ports.append(port)
        return ports


class Server:
    """
    One httpd in a folder of its own.

    conf      text behind the base configuration; {dir}, {p0}, {p1}... are filled in
    mpm       event, worker or prefork
    modules   more httpd modules, without mod_ and .so; a path is loaded as it is ("name=path")
    mssl      load the module under test
    policy    write the lines of SNI_POLICY
    without   base modules that are left out
    expect    regular expressions of warnings and errors in the error log that belong to the test
    """

    def __init__(self, path, conf="", mpm="event", modules=(), ports=2, mssl=True, policy=True,
                 expect=(), log_level="info", main="", env=None, without=(), session_cache=True):
        self.dir = str(path)
        self.ports = free_ports(ports)
        self.mpm, self.modules, self.mssl, self.policy = mpm, list(modules), mssl, policy
        self.expected = [re.compile(e) for e in list(expect) + ALWAYS_EXPECTED]
        self.log_level, self.main, self.conf = log_level, main, conf
        self.proc, self._seen, self.env = None, 0, env or {}
        self._access, self._by_case, self._access_at = [], {}, 0
        self._lock = threading.Lock()
        self._spans = []        # where in the error log it was stopping, each (from, to)
        self.without, self.session_cache = without, session_cache
        # What httpd is started by (setpriv), and what its process does before: a poorer machine.
        self.launcher, self.preexec = [], None
        os.makedirs(self.dir, exist_ok=True)
        os.chmod(self.dir, 0o755)
        for sub in ("run", "www", "store"):
            os.makedirs(os.path.join(self.dir, sub), exist_ok=True)
        self.error_path = os.path.join(self.dir, "error.log")
        self.access_path = os.path.join(self.dir, "access.log")
        self.conf_path = os.path.join(self.dir, "httpd.conf")

    # Files

    @property
    def port(self):
        return self.ports[0]

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def fill(self, text):
        text = text.replace("{dir}", self.dir)
        for i, port in enumerate(self.ports):
            text = text.replace("{p%d}" % i, str(port))
        return text

    def site(self, name, text=None, path="index.html"):
        """A page with the site's own marker, which no other answer may hold."""
        file = self.path("www", name, path)
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(file, "w") as f:
            f.write(text if text is not None else marker(name) + "\n")
        return os.path.join(self.dir, "www", name)

    def write_conf(self, conf=None):
        if conf is not None:
            self.conf = conf
        lines = ['ServerRoot "%s"' % self.dir, 'DefaultRuntimeDir "%s/run"' % self.dir,
                 'PidFile "%s/run/httpd.pid"' % self.dir, "ServerName fallback.invalid"]
        lines.append("LoadModule mpm_%s_module %s/mod_mpm_%s.so" % (self.mpm, libexecdir(), self.mpm))
        base = SHARED_MODULES + [m for m in BASE_MODULES if m not in self.without]
        for m in base + [m for m in self.modules if m not in base]:
            if "=" in m:
                name, file = m.split("=", 1)
                lines.append("LoadModule %s %s" % (name, file))
            else:
                lines.append("LoadModule %s_module %s/mod_%s.so" % (m, libexecdir(), m))
        if self.mssl:
            lines.append("LoadModule mssl_module %s" % MODULE)
        if any(MODULE in line for line in lines):
            # Nothing of the machine's own is read or written.
            if "MSSLUser" not in self.conf + self.main:
                lines.append("MSSLUser %s" % BROKER_USER)
            if "MSSLStateDir" not in self.conf + self.main:
                lines.append("MSSLStateDir mssl")
        if "mime" not in self.without:
            lines.append("TypesConfig mime.types")
        if IS_ROOT:
            lines += ["User " + WWW, "Group " + WWW_GROUP]
        lines += ["Listen 127.0.0.1:%d" % p for p in self.ports]
        lines += ['ErrorLog "%s"' % self.error_path, "LogLevel %s" % self.log_level + (" mssl:debug" if self.mssl else ""),
                  'LogFormat "%s" mssl' % "|".join(
                      f if "ssl" not in self.without or not f.endswith("x") else "-"
                      for _, f in LOG_FIELDS),
                  'CustomLog "%s" mssl' % self.access_path,
                  "Timeout 20", "KeepAliveTimeout 20", "MaxKeepAliveRequests 0",
                  "GracefulShutdownTimeout 20", "ServerSignature Off",
                  "<Directory />", "Require all granted", "AllowOverride None", "</Directory>",
                  'DocumentRoot "%s/www"' % self.dir,
                  MPM[self.mpm], SESSION_CACHE if self.session_cache else "",
                  SNI_POLICY if self.policy else "", self.main, self.conf]
        text = self.fill("\n".join(lines) + "\n")
        with open(self.conf_path, "w") as f:
            f.write(text)
        with open(self.path("mime.types"), "w") as f:
            f.write("text/html html\ntext/plain txt\n")
        return text

    # Life

    def _environ(self):
        env = {k: v for k, v in os.environ.items() if not k.startswith("APACHE_")}
        env["LANG"] = "C"
        if ASAN:
            lib = subprocess.run(["gcc", "-print-file-name=libasan.so"], check=True,
                                 stdout=subprocess.PIPE, text=True).stdout.strip()
            env["LD_PRELOAD"] = os.path.realpath(lib)
            env["ASAN_OPTIONS"] = "detect_leaks=0:abort_on_error=1"
            env["UBSAN_OPTIONS"] = "print_stacktrace=1:halt_on_error=1"
        env.update(self.env)
        return env

    def configtest(self, conf=None):
        """(exit code, output) of apache2 -t."""
        self.write_conf(conf)
        p = subprocess.run([HTTPD, "-t", "-f", self.conf_path], env=self._environ(),
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        return p.returncode, p.stdout

    def try_start(self):
        """(exit code, output) of a start that is meant to fail."""
        self.write_conf()
        p = subprocess.run(self.launcher + [HTTPD, "-DFOREGROUND", "-f", self.conf_path],
                           env=self._environ(), preexec_fn=self.preexec,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True, timeout=60, start_new_session=True)
        return p.returncode, p.stdout

    def start(self):
        self.write_conf()
        self._started_at = self.log_mark()
        if self._spans:
            self._spans[-1] = (self._spans[-1][0], self._started_at)
        self._out = open(self.path("output.log"), "ab")
        self.proc = subprocess.Popen(self.launcher + [HTTPD, "-DFOREGROUND", "-f", self.conf_path],
                                     env=self._environ(), stdin=subprocess.DEVNULL,
                                     preexec_fn=self.preexec,
                                     stdout=self._out, stderr=subprocess.STDOUT,
                                     start_new_session=True)  # prefork signals its whole group
        try:
            wait_until(self._is_up, self._why_not_up)
        except BaseException:
            self.stop()
            raise
        return self

    def _is_up(self):
        if self.proc.poll() is not None:
            raise AssertionError(self._why_not_up())
        return "resuming normal operations" in self.error_log(self._started_at)

    def _why_not_up(self):
        with open(self.path("output.log"), errors="replace") as f:
            return "start of httpd: %s\n%s" % (f.read()[-3000:], self.error_log()[-3000:])

    def stop(self):
        if self.proc is None:
            return
        if self.proc.poll() is None:
            self._wait_for_rest()
            self._spans.append((self.log_mark(), None))
            self.proc.send_signal(signal.SIGTERM)
            try:
                self.proc.wait(30)
            except subprocess.TimeoutExpired:
                self.proc.kill()
                self.proc.wait()
        self.proc = None
        self._out.close()

    def _wait_for_rest(self):
        """
        prefork's children tidy up in the signal's handler, wherever it meets them: one stop in 1,500 that meets
        one in malloc hangs until httpd kills it, or crashes (server/mpm/prefork/prefork.c, just_die()). Wait,
        for a second at most, until all of them sleep.
        """
        looks, deadline = 0, time.monotonic() + 1
        while self.mpm == "prefork" and looks < 2 and time.monotonic() < deadline:
            looks = looks + 1 if all(_state(pid) == "S" for pid in self.children()) else 0
            time.sleep(0.005)

    def graceful(self, conf=None):
        """A graceful restart; returns when the new generation has begun."""
        mark = self.log_mark()
        self.write_conf(conf)
        self.proc.send_signal(signal.SIGUSR1)
        wait_until(lambda: "resuming normal operations" in self.error_log(mark),
                   lambda: "graceful restart:\n" + self.error_log(mark))

    def children(self):
        """Process ids of httpd's children."""
        with open("/proc/%d/task/%d/children" % (self.proc.pid, self.proc.pid)) as f:
            return [int(p) for p in f.read().split()]

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        self.stop()

    # Logs

    def error_log(self, since=0):
        """The error log from a mark on. latin-1: a byte is a character, so marks are file positions."""
        try:
            with open(self.error_path, encoding="latin-1") as f:
                f.seek(since)
                return f.read()
        except FileNotFoundError:
            return ""

    def log_mark(self):
        return os.path.getsize(self.error_path) if os.path.exists(self.error_path) else 0

    def wait_error(self, pattern, since=0, timeout=10):
        """Wait for a line of the error log; returns the match."""
        return wait_until(lambda: re.search(pattern, self.error_log(since)),
                          lambda: "%s in the error log:\n%s" % (pattern, self.error_log(since)[-3000:]),
                          timeout)

    def count_error(self, pattern, since=0):
        return len(re.findall(pattern, self.error_log(since)))

    def access(self, case=None):
        """Lines of the access log as dictionaries; of one case only. Reads on where it was."""
        with self._lock:
            self._read_access()
            return list(self._access if case is None else self._by_case.get(case, []))

    def _read_access(self):
        try:
            with open(self.access_path, errors="replace") as f:
                f.seek(self._access_at)
                text = f.read()
        except FileNotFoundError:
            return
        whole = text[:text.rfind("\n") + 1]
        self._access_at += len(whole.encode(errors="replace"))
        for line in whole.splitlines():
            fields = line.split("|", len(LOG_FIELDS) - 1)
            if len(fields) == len(LOG_FIELDS):
                entry = dict(zip([n for n, _ in LOG_FIELDS], fields))
                self._access.append(entry)
                self._by_case.setdefault(entry["case"], []).append(entry)

    def wait_access(self, case, n=1, timeout=10, nudge=None):
        """The n-th access log line of a case. nudge: called from time to time while waiting."""
        def look():
            lines = self.access(case)[n - 1:n]
            if not lines and nudge:
                nudge()
            return lines

        return wait_until(look, lambda: "access log line of %s:\n%s" % (case, self.access()[-3:]),
                          timeout)[0]

    def expect(self, *patterns):
        """Warnings and errors that this test brings about."""
        self.expected += [re.compile(p) for p in patterns]

    def _is_bad(self, line, at):
        if WHILE_STOPPING.search(line) and any(
                start <= at and (end is None or at < end) for start, end in self._spans):
            return False
        return CRASH.search(line) or (BAD_LEVEL.search(line)
                                      and not any(e.search(line) for e in self.expected))

    def unexpected(self):
        """Lines of the error log and of the output since the last call that should not be there."""
        bad = []
        for line in self.error_log(self._seen).splitlines(keepends=True):
            if self._is_bad(line, self._seen):
                bad.append(line.rstrip())
            self._seen += len(line)
        try:
            with open(self.path("output.log"), errors="replace") as f:
                bad += [line for line in f.read().splitlines() if CRASH.search(line)]
        except FileNotFoundError:
            pass
        bad += glob.glob(self.path("core*"))
        return bad


def marker(name):
    """What stands in a site's pages and nowhere else."""
    return "CONTENT-OF<%s>" % name


MARK = "CONTENT-OF<"
