# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""MSSLNotifyCommand and the steward: who is told what, when, and with which rights."""

import json
import os
import pwd
import re
import signal
import subprocess

import pytest
from lib import broker
from lib.ca import write
from lib.live import CHILDREN, live_server, serial
from lib.server import BUILD, IS_ROOT, MAKE, ROOT, wait_until
from lib.steward import STEWARD_USER, USERS, begin, command, drop, install, own_ids
from lib.world import file_pair
from test_94_status import STATUS, ask

PREFORK = "StartServers 3\nServerLimit 4\nMinSpareServers 1\nMaxSpareServers 4\nMaxRequestWorkers 4\n"
CONF = USERS + "MSSLInventory on 1s\n"

# Keeps all that it is told, each telling under a number; takes its time, so that no two are at work.
TELL = """#!/bin/sh
cd {dir}/told || exit 1
n=$(ls | grep -c json)
cat > new
env > $n.env
id -u > $n.uid
printf '%s\\n' "$@" > $n.argv
mv new $n.json
"""


def script(s, name, text):
    write(s.path(name), s.fill(text))
    os.chmod(s.path(name), 0o755)


def prepare(s):
    install(s)
    script(s, "tell", TELL)
    os.mkdir(s.path("told"))
    if IS_ROOT:
        os.chown(s.path("told"), own_ids()[0], -1)
    return s


def make(new_server, ca, notify="MSSLNotifyCommand every=1s {dir}/tell one 'two words'\n", more=CONF, mpm="event"):
    s = live_server(new_server, ca, more=more + notify, mpm=mpm, main=PREFORK if mpm == "prefork" else CHILDREN)
    return prepare(s)


def told(s):
    names = sorted((n for n in os.listdir(s.path("told")) if n.endswith(".json")), key=lambda n: int(n[:-5]))
    return [json.loads(open(s.path("told", n)).read()) for n in names]


def wait_told(s, n):
    wait_until(lambda: len(told(s)) >= n, lambda: "%d tellings, there are %s" % (n, told(s)))
    assert len(told(s)) == n, told(s)
    return told(s)[-1]


def wait_walks(s, n=3):
    """So many walks of the inventory, each of which writes its file anew."""
    path = s.path("run", "mssl", "inventory")
    for _ in range(n):
        before = os.stat(path).st_ctime_ns
        wait_until(lambda: os.stat(path).st_ctime_ns != before, "another walk")


def stewards(s):
    return [p for p in s.children() if broker.name_of(p) == "mssl-steward"]


def wait_steward(s, but=()):
    return wait_until(lambda: [p for p in stewards(s) if p not in but], lambda: "a steward: %s" % stewards(s))[0]


@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_told_once(new_server, ca, mpm):
    s = make(new_server, ca, mpm=mpm)
    file_pair(ca.leaf("a.test"), s.path("store"), "a.test")
    write(s.path("store", "bad.test.pem"), "garbage")
    with s:
        first = wait_told(s, 1)
        assert first["schema"] == "mssl/1" and first["event"] == "digest" and first["server"] == "fallback.invalid"
        assert first["counts"] == {"bad": 1} and first["cut"] == 0
        [item] = first["items"]
        assert item["name"] == "bad.test" and item["state"] == "bad" and item["reminder"] is False
        assert item["store"] == "dir:" + s.path("store") and item["file"] == s.path("store", "bad.test.pem")
        assert item["reason"] and item["since"] and item["days_left"] is None
        assert open(s.path("told", "0.argv")).read() == "one\ntwo words\n"
        assert int(open(s.path("told", "0.uid")).read()) == own_ids()[0]
        env = dict(line.split("=", 1) for line in open(s.path("told", "0.env")).read().splitlines())
        for name in ("PWD", "OLDPWD", "SHLVL", "_"):      # the shell's own
            env.pop(name, None)
        assert sorted(env) == ["LANG", "MSSL_COUNT", "MSSL_EVENT", "MSSL_SERVER", "MSSL_WORST", "PATH"]
        assert env["MSSL_EVENT"] == "digest" and env["MSSL_COUNT"] == "1" and env["MSSL_WORST"] == "bad"
        # No reminder before its time; not by one that is begun anew, nor by the next generation.
        wait_walks(s)
        pid = wait_steward(s)
        s.expect("MSSL0152: steward %d died" % pid)
        os.kill(pid, signal.SIGKILL)
        second = wait_steward(s, [pid])
        wait_walks(s, 2)
        s.graceful()
        third = wait_steward(s, [pid, second])
        wait_until(lambda: stewards(s) == [third], lambda: stewards(s))
        wait_walks(s, 2)
        assert len(told(s)) == 1, told(s)
        # What is well again is told; then nothing more.
        file_pair(ca.leaf("bad.test"), s.path("store"), "bad.test")
        [item] = wait_told(s, 2)["items"]
        assert item["name"] == "bad.test" and item["state"] == "valid"
        wait_walks(s)
        assert len(told(s)) == 2
    wait_until(lambda: not broker.is_alive(third), "the end of the steward")


def test_settings_and_memory(new_server, ca):
    """What it is told, and what it keeps, is nobody else's; what is not configured any more is gone."""
    s = make(new_server, ca, more=CONF + STATUS % "full")
    file_pair(ca.leaf("a.test"), s.path("store"), "a.test")
    write(s.path("store", "bad.test.pem"), "garbage")
    state = s.path("run", "mssl")
    with s:
        wait_told(s, 1)
        info = os.stat(state + "/notify.json")
        assert info.st_mode & 0o7777 == 0o640 and info.st_uid == os.geteuid()
        if IS_ROOT:
            assert info.st_gid == pwd.getpwnam(STEWARD_USER).pw_gid
        info = os.stat(state + "/notified")
        assert info.st_mode & 0o7777 == 0o700 and info.st_uid == own_ids()[0]
        with open(state + "/server.json") as f:
            text = f.read()
        assert json.loads(text)["settings"]["notify"] == [s.path("tell")] and "two words" not in text
        assert json.loads(ask(s, "/status?format=json").text)["steward"]["pid"] == wait_steward(s)
        settings = json.loads(open(state + "/notify.json").read())
        assert settings["notify"] == [{"every": 1, "command": [s.path("tell"), "one", "two words"]}]
        [name] = wait_until(lambda: [n for n in os.listdir(state + "/notified") if re.fullmatch("[0-9a-f]{32}", n)],
                            "its memory")
        # Damaged: set aside, and told anew.
        s.graceful(s.conf.replace("MSSLNotify", "#MSSLNotify"))
        wait_until(lambda: stewards(s) == [], lambda: stewards(s))
        assert not os.path.exists(state + "/notify.json")
        with open(state + "/notified/" + name, "w") as f:
            f.write("mssl-notified 1\n")
        s.expect("MSSL0218: steward: .*set aside")
        s.graceful(s.conf.replace("#MSSLNotify", "MSSLNotify"))
        wait_told(s, 2)
        assert os.path.exists(state + "/notified/" + name + ".bad")


@pytest.mark.skipif(not IS_ROOT, reason="needs root: a process that gives rights up")
def test_rights(new_server, ca):
    s = make(new_server, ca)
    with s:
        pid = wait_steward(s)
        wait_until(lambda: "notified" in " ".join(broker.links_of(pid).values()), "its folder")
        state = broker.state_of(pid)
        user = pwd.getpwnam(STEWARD_USER)
        assert state["Uid"].split() == [str(user.pw_uid)] * 4 and state["Gid"].split() == [str(user.pw_gid)] * 4
        assert state["Groups"].strip() == ""
        assert all(int(state[c], 16) == 0 for c in ("CapInh", "CapPrm", "CapEff", "CapAmb")), state
        with open("/proc/%d/environ" % pid) as f:
            assert sorted(w.split("=")[0] for w in f.read().split("\0") if w) == ["LANG", "PATH"]
        links = broker.held_by(pid)
        assert links.pop(0) == links.pop(1) == "/dev/null"
        assert links.pop(2) == os.readlink("/proc/%d/fd/2" % s.proc.pid)
        inside = s.path("run", "mssl")
        assert all(link == inside or link.startswith(inside + "/") for link in links.values()), links
        assert os.readlink("/proc/%d/exe" % pid) == s.path("mssl-steward")
        # It dies with httpd's parent.
        children = broker.workers(s)
        s.proc.kill()
        s.proc.wait()
        try:
            wait_until(lambda: not broker.is_alive(pid), "its end")
        finally:
            for child in children:
                os.kill(child, signal.SIGKILL)


@pytest.mark.skipif(not IS_ROOT, reason="needs root: another user")
def test_no_user(new_server, ca):
    """One warning that has the line to make it, and a server as ever."""
    s = make(new_server, ca, more=CONF.replace(STEWARD_USER, "mssl-nobody-has-this"))
    file_pair(ca.leaf("a.test"), s.path("store"), "a.test")
    s.expect("MSSL0215: MSSLNotifyCommand: nobody is told .*useradd .*mssl-nobody-has-this")
    with s:
        assert serial(s, "a.test")
        assert s.count_error("MSSL0215") == 1 and stewards(s) == []


@pytest.mark.parametrize("conf, said", [
    ("MSSLNotifyCommand", "no program is named"),
    ("MSSLNotifyCommand every=1s", "no program is named"),
    ("MSSLNotifyCommand every=never {dir}/tell", "'never' is not a time"),
    ("MSSLNotifyCommand every=0 {dir}/tell", "'0' is not a time"),
    ("MSSLNotifyCommand {dir}/nowhere", "nowhere: does not exist"),
    ("MSSLNotifyCommand {dir}/plain", "plain: is not executable"),
    ("MSSLNotifyCommand {dir}/open", "open: is writable by others than its owner"),
    ("MSSLNotifyCommand tell", "'tell' is not shipped"),
    ("MSSLNotifyCommand mail", "'mail' needs an address"),
    ("MSSLNotifyCommand mail -t", "'-t' is not a mail address"),
    ("MSSLSteward sometimes", "use httpd, httpd:PROGRAM or external"),
    ("MSSLSteward httpd:{dir}/nowhere", "nowhere: does not exist"),
])
def test_refused(new_server, ca, conf, said):
    s = make(new_server, ca, notify=conf + "\n", more="")
    for name, mode in (("plain", 0o644), ("open", 0o777)):
        script(s, name, "#!/bin/sh\n")
        os.chmod(s.path(name), mode)
    code, out = s.configtest()
    assert code != 0 and conf.split()[0] + ": " in out and said in out, out


def test_program_goes(new_server, ca):
    """A program that went away ends no running server; it is tried when something is to be told."""
    s = make(new_server, ca)
    with s:
        os.rename(s.path("tell"), s.path("tell.gone"))
        s.expect("MSSL0216: MSSLNotifyCommand: .*tell: does not exist", "MSSL0217: steward: .*tell: does not exist")
        s.graceful()
        write(s.path("store", "bad.test.pem"), "garbage")
        s.wait_error("MSSL0217")
        assert s.count_error("MSSL0216") == 1
        assert serial(s, "a.test") is not None and told(s) == []


def install_steward(s):
    """One that hands its mail to the server's own sendmail."""
    subprocess.run(MAKE + ["steward-for-test", "OUT=" + s.path("mssl-steward"), "SENDMAIL=" + s.path("sendmail")],
                   check=True, stdout=subprocess.DEVNULL)


def test_mail(new_server, ca):
    """The shipped program, with a sendmail that keeps what it is given."""
    s = make(new_server, ca, notify="MSSLNotifyCommand every=1s mail root admin@kunde.test\n")
    script(s, "sendmail", "#!/bin/sh\ncd {dir}/told\necho \"$@\" > argv\ncat > new && mv new mail\n")
    install_steward(s)
    evil = "x\nBcc: victim@kunde.test\n\n.\n"
    os.makedirs(s.path("store", "bad.test"))
    write(s.path("store", "bad.test.pem"), evil)
    with s:
        wait_until(lambda: os.path.exists(s.path("told", "mail")), "a mail")
    head, _, body = open(s.path("told", "mail")).read().partition("\n\n")
    assert open(s.path("told", "argv")).read() == "-t -oi\n"
    assert head.startswith("To: root,\n admin@kunde.test\nSubject: [mssl] fallback.invalid: 1 bad\n"), head
    assert "Auto-Submitted: auto-generated" in head and "Bcc" not in head
    assert "* bad.test: bad\n" in body and "msslctl explain bad.test" in body


def test_external(new_server, ca):
    """The system begins it: httpd does not, and it finds what it is to do."""
    s = make(new_server, ca, more=CONF.replace("httpd:{dir}/mssl-steward", "external"))
    write(s.path("store", "bad.test.pem"), "garbage")
    with s:
        wait_until(lambda: os.path.exists(s.path("run", "mssl", "inventory")), "the inventory's file")
        assert stewards(s) == []
        proc = begin(s, stderr=subprocess.PIPE, text=True)
        try:
            wait_told(s, 1)
        finally:
            proc.terminate()
            err = proc.communicate(timeout=30)[1]
        assert proc.returncode == 0 and "was told of 1" in err, err
        test = subprocess.run(command(s) + ["--test"], preexec_fn=drop, stderr=subprocess.PIPE,
                              text=True, check=True)
        assert "took a test" in test.stderr
        if IS_ROOT:
            test = subprocess.run(command(s), stderr=subprocess.PIPE, text=True, check=False)
            assert test.returncode == 70 and "root runs no commands" in test.stderr
        assert wait_told(s, 2)["event"] == "test"


def test_usage_and_manual():
    program = os.path.join(BUILD, "mssl-steward")
    usage = subprocess.run([program, "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout
    with open(os.path.join(ROOT, "tools", "mssl-steward", "mssl-steward.8")) as f:
        manual = f.read().replace("\\-", "-")
    options = set(re.findall(r"--[a-z-]+", usage))
    assert len(options) == 8 and set(re.findall(r"--[a-z-]+", manual)) == options
    for words in (["--nonsense"], ["word"], ["--mail"], ["--state-dir"], ["--mail", "-t"], ["--mail", "a b"],
                  ["--generation", "x"], ["--generation", "-1"], ["--owner"], ["--owner", "xx"], ["--owner", "de", "fr"]):
        r = subprocess.run([program] + words, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        assert r.returncode == 64 and "mssl-steward: " in r.stderr, (words, r)
