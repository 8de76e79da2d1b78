# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""MSSLIssueFor ask: a panel says who may, is asked seldom, and harms nobody when it is out of order."""

import contextlib
import ipaddress
import os
import socket
import socketserver
import subprocess
import threading
import time

import pytest
from lib import http, tls
from lib.ca import write
from lib.issuing import FAKE, Issuing
from lib.server import IS_ROOT, wait_until
from lib.steward import own_ids
from lib.world import new_address
from test_76_rights import landlock

HERE = "127.0.0.1"
ELSEWHERE = "192.0.2.1"
ASK = "MSSLIssueFor ask:{dir}/panel/ask\nMSSLIssuePreflight off\n" + FAKE
PLAIN = "<VirtualHost 127.0.0.1:{p1}>\nServerName plain.test\n</VirtualHost>\n"

# What a panel's program looks like: it asks the panel over the network, and writes nothing.
PROGRAM = """#!/bin/bash
exec 3<>/dev/tcp/127.0.0.1/%d || exit 2
echo "$MSSL_NAME $#" >&3
read -r line <&3
eval "$line"
exit 2
"""


def resolving(file):
    """The words in front of a command for which the names in a file, as /etc/hosts, lead where that says."""
    return ["unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', file]


def can_resolve():
    return IS_ROOT and subprocess.run(resolving("/etc/hosts") + ["true"], stderr=subprocess.DEVNULL, timeout=60).returncode == 0


pytestmark = pytest.mark.skipif(not can_resolve(), reason="needs root, and a container that lets it mount")


class Panel(socketserver.ThreadingTCPServer):
    """Answers each name with a line of shell: does[name], else "exit 1"; asked: the names, in order."""
    daemon_threads = True
    request_queue_size = 128

    def __init__(self):
        self.asked, self.does = [], {}
        self.lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), self.Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            name, arguments = self.rfile.readline().decode().split()
            assert arguments == "0"
            with self.server.lock:
                self.server.asked.append(name)
            self.wfile.write((self.server.does.get(name, "exit 1") + "\n").encode())
            with contextlib.suppress(OSError):
                self.rfile.read()

    def names(self):
        with self.lock:
            return list(self.asked)


def has_public_address():
    out = subprocess.run(["hostname", "-I"], stdout=subprocess.PIPE, text=True, timeout=60).stdout
    return any(ipaddress.ip_address(a).is_global for a in out.split())


@pytest.fixture
def panel():
    with Panel() as p:
        yield p
        p.shutdown()


def make(new_server, ca, panel, names, more="", **kw):
    """names: where each leads to."""
    i = Issuing(new_server, ca, more + ASK, **kw)
    s = i.server
    write(s.path("panel", "ask"), PROGRAM % panel.server_address[1], 0o755)
    i.hosts = write(s.path("hosts"), "127.0.0.1 localhost\n" + "".join("%s %s\n" % (a, n) for n, a in names.items()))
    s.launcher = resolving(i.hosts)
    s.conf += PLAIN
    return i


def shake(s, name):
    with tls.Client(s.port, name, source=new_address()).connect() as conn:
        return conn.serial


def plain(s, host):
    with socket.create_connection(("127.0.0.1", s.ports[1]), timeout=10) as sock:
        sock.sendall(http.build(host, "/"))
        return sock.recv(65536)


def serial(i, name):
    return int(i.job(name)["serial"], 16)


def jobs(i):
    return sorted(n for n in os.listdir(i.state("jobs")) if n[0] != ".")


def test_yes_and_no(new_server, ca, panel):
    """A visitor brings a name up, the panel says yes, and it has its certificate; who is no customer is asked for once."""
    names = {n: HERE for n in ("new.example.com", "nobody.example.com", "out.example.com", "off.example.com", "com",
                               "a_b.example.com")}
    panel.does["new.example.com"] = "exit 0"
    i = make(new_server, ca, panel, dict(names, **{"elsewhere.example.com": ELSEWHERE}), "MSSLIssueFor list:{dir}/names\n")
    s = i.server
    write(s.path("names"), "!out.example.com\n")
    s.conf += "<VirtualHost 127.0.0.1:{p0}>\nServerName off.example.com\nMSSLIssue off\n</VirtualHost>\n"
    with s:
        for _ in range(3):
            for name in [*names, "elsewhere.example.com", "unknown.example.com"]:
                plain(s, name)
        shake(s, "new.example.com")
        job = i.wait_job("new.example.com", "installed")
        assert job["source"] == "ask"
        wait_until(lambda: shake(s, "new.example.com") == serial(i, "new.example.com"), "its certificate")
        wait_until(lambda: "nobody.example.com" in panel.names(), panel.names)
        out = i.ctl("doctor", "new.example.com", "nobody.example.com").out
        assert has_public_address() or "this machine has no address of the world's" in out, out
        assert "may have a certificate, by a panel's program" in out and "nobody vouches for it" in out
        # All of it outlives a restart: nobody is asked anew for what is known, and nothing is ordered.
        s.graceful()
        plain(s, "new.example.com")
        shake(s, "new.example.com")
        os.stat(i.state("consents", "names"))
        i.wait_job("new.example.com", "installed")
        assert sorted(panel.names()) == ["new.example.com", "nobody.example.com"], panel.names()
        assert jobs(i) == ["new.example.com"] and i.count("issue") == 1


def test_admin_asks(new_server, ca, panel):
    """msslctl retry brings a name up, where it leads to or not, and whatever was said before."""
    i = make(new_server, ca, panel, {"late.example.com": HERE})
    with i.server as s:
        plain(s, "late.example.com")
        wait_until(lambda: panel.names() == ["late.example.com"], panel.names)
        panel.does["late.example.com"] = panel.does["moving.example.com"] = "exit 0"
        s.expect("the program of MSSLIssueFor is asked for it")
        for name in ("late.example.com", "moving.example.com"):
            i.ctl("retry", name)
            i.wait_job(name, "installed")


def test_wildcard(new_server, ca, panel):
    """Thousands of labels below one name that leads here: 20 questions, no order, no file; others are heard."""
    n = 3000
    labels = ["r%d.wild.example.co.uk" % k for k in range(n)]
    good = ["good%d.example.com" % k for k in range(20)]
    i = make(new_server, ca, panel, {name: HERE for name in labels + good})
    panel.does.update({name: "exit 0" for name in good})
    s = i.server
    with s:
        wait_until(lambda: os.path.exists(i.state("steward.d", "steward.json")), "the steward")

        def size():
            with open("/proc/%d/statm" % i.steward()) as f:
                return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        before = size()
        for name in labels:
            plain(s, name)
        # While the queue of hints is full a visitor's is dropped, as the others are: the next visitor's is not.
        more = iter(good)
        wait_until(lambda: jobs(i) or shake(s, next(more)) and time.sleep(1.5), panel.names, 40)
        wild = [a for a in panel.names() if a.endswith(".wild.example.co.uk")]
        assert 1 <= len(wild) <= 20 and len(wild) == len(set(wild)), wild
        assert set(jobs(i)) <= set(good)
        assert size() - before < 8 << 20, "the steward grew by %d bytes" % (size() - before)


def command_lines():
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open("/proc/%s/cmdline" % pid, "rb") as f:
            yield f.read()


def test_out_of_order(new_server, ca, panel):
    """One that hangs, lies, floods, forks or is ended: for its name it is a no, and others get theirs meanwhile."""
    does = {"hang.example.org": "sleep 1000", "stubborn.example.net": "trap '' TERM; while :; do :; done",
            "flood.example.info": "while :; do echo yes; echo no >&2; done", "signal.example.biz": "kill -SEGV $$",
            "odd.example.eu": "exit 77", "forks.example.de": "for k in 1 2 3 4 5; do sleep 8642 & done; exit 1"}
    if landlock():
        does.update({
            "key.example.fr": "cat ../../run/mssl/issued/*/*.pem ${0%/*}/../run/mssl/issued/*/*.pem && exit 0; exit 1",
            "write.example.it": "(: >${0%/*}/../run/mssl/consents/names) && exit 0; exit 1"})
    good = ["good%d.example.com" % k for k in range(3)]
    i = make(new_server, ca, panel, {name: HERE for name in [*does, *good]})
    s = i.server
    panel.does.update(does, **{name: "exit 0" for name in good})
    s.expect("MSSL0254: steward: MSSLIssueFor ask:")
    with s:
        for name in [*does, *good]:
            plain(s, name)
        for name in good:
            i.wait_job(name, "installed", 60)
        wait_until(lambda: set(does) <= set(panel.names()), lambda: set(does) - set(panel.names()), 60)
        s.wait_error(r"MSSL0254: steward: MSSLIssueFor ask:\S+/panel/ask: .* asked for \S+; that is a no for new names and for "
                     "orders, and takes nothing from a name that has a certificate", timeout=60)
        assert jobs(i) == sorted(good)
        wait_until(lambda: not any(line.endswith(b"sleep\0008642\0") for line in command_lines()), "all that it began to end")
    assert s.count_error("MSSL0254: steward: MSSLIssueFor ask:") == 1
    assert sorted(n for n in panel.names() if n in does) == sorted(does)


def consents(i):
    with open(i.state("consents", "names")) as f:
        return f.read().split("\n")


def test_asked_before_each_order(new_server, ca, panel):
    """A no stops a renewal and no more; three on three days end it, as GONE; a broken program ends nothing."""
    panel.does["shop.example.com"] = "exit 0"
    i = make(new_server, ca, panel, {"shop.example.com": HERE})
    s = i.server
    s.expect("shop.example.com: ", "MSSLIssueFor ask:")
    name = "shop.example.com"

    def age(state):
        """As if that was answered long ago: a yes of a minute ago is good for an order."""
        s.stop()
        write(i.state("consents", "names"), "%s 2026-01-01T00:00:00Z %s\n" % (name, state), 0o600)
        os.chown(i.state("consents", "names"), *own_ids())
        s.start()

    def retry():
        """It waits until the order is begun, which the panel decides. A steward that begins finds what is not begun."""
        threading.Thread(target=i.ctl, args=("retry", name), daemon=True).start()
    with s:
        plain(s, name)
        i.wait_job(name, "installed")
        asked, first = len(panel.names()), serial(i, name)
        panel.does[name] = "exit 1"
        age("- 0")
        retry()
        s.wait_error("shop.example.com: .*/panel/ask says no, where it said yes before .1 of 3, on as many days.", timeout=30)
        assert len(panel.names()) == asked + 1
        assert "the program of MSSLIssueFor says no to the name" in i.ctl("job", name).out
        assert i.job(name)["state"] == "installed" and serial(i, name) == first
        panel.does[name] = "kill -KILL $$"
        for _ in range(2):
            n = len(panel.names())
            s.graceful()
            wait_until(lambda: len(panel.names()) > n, "it is asked again")
        panel.does[name] = "exit 0"
        s.graceful()
        wait_until(lambda: serial(i, name) != first, "another one", 60)
        assert consents(i)[-2].endswith(" - 0")
        # The third no, on the third day.
        panel.does[name] = "exit 1"
        age("2026-01-02T00:00:00Z 2")
        retry()
        s.wait_error("shop.example.com: .*/panel/ask has said no on 3 days: it vouches for the name no more", timeout=30)
        i.wait_job(name, "gone")
        assert shake(s, name) == serial(i, name)                # for a week
        assert i.count("issue") == 2


@pytest.mark.parametrize("spoil, why", [
    (lambda f: os.chmod(f, 0o777), "is writable by others than its owner, run: chmod go-w "),
    (lambda f: os.chmod(f, 0o644), "is not executable, run: chmod 755 "),
    (lambda f: os.chown(f, 33, 33), "belongs to uid 33, run: chown root "),
    (lambda f: os.unlink(f), "does not exist"),
    (lambda f: os.chmod(os.path.dirname(f), 0o777), "everybody can put files there, move the program elsewhere"),
], ids=["open", "mode", "owner", "missing", "folder"])
def test_program_of_others(new_server, ca, panel, spoil, why):
    i = make(new_server, ca, panel, {})
    spoil(i.server.path("panel", "ask"))
    code, out = i.server.configtest()
    assert code != 0 and "MSSLIssueFor: " in out and why in out, out
