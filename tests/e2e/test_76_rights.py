# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""
What the broker may do: who it is, what it holds of httpd's, what fails when it is tried from inside;
MSSLUser, and machines that withhold something.
"""

import ctypes
import os
import platform
import pwd
import re
import struct
import subprocess

import pytest
from lib import broker
from lib.fuse import Empty
from lib.inject import Inside, is_refused, IS_HERE
from lib.server import ASAN, BROKER_USER, HTTPD, IS_ROOT, wait_until
from lib.world import file_pair
from test_75_broker import WWW, closed_server, close, file_closed, serial, uid

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="root only: httpd starts no broker otherwise")

READ_SEARCH, OVERRIDE = 1 << 2, 1 << 1
_libc = ctypes.CDLL(None, use_errno=True)


def landlock():
    """The version of Landlock's interface; 0: this kernel has none."""
    return max(0, _libc.syscall(444, None, 0, 1))


def has_seccomp():
    return "Seccomp" in broker.state_of(os.getpid())


def maps_of(pid):
    """(modes, path) of the shared mappings."""
    with open("/proc/%d/maps" % pid) as f:
        for line in f:
            fields = line.split(None, 5)
            if fields[1][3] == "s":
                yield fields[1], fields[5].strip() if len(fields) > 5 else ""


# What it is and holds

def check_holds_its_own_only(pid, parent):
    links = broker.held_by(pid)
    assert links.pop(0) == links.pop(1) == "/dev/null", links
    assert links.pop(2) == os.readlink("/proc/%d/fd/2" % parent), links
    kinds = sorted(re.sub(r"[:\[].*", "", link) if not link.startswith("/memfd") else link for link in links.values())
    # Its end of the dispatcher and connections, the loop's descriptor, the table of what it saw, the history.
    history = [k for k in kinds if k.endswith("/run/mssl/history")]
    assert set(kinds) <= {"socket", "anon_inode", "/memfd:mssl-watch (deleted)", *history}, links
    assert len(history) <= 1, links
    assert kinds.count("anon_inode") <= 1, links
    for modes, path in maps_of(pid):
        assert path.startswith("/memfd:mssl-") or modes == "r--s", (modes, path)


@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_holds_nothing_of_httpd(new_server, ca, mpm):
    """No scoreboard, no cache of sessions, no lock, no pipe of death; begun anew and after a restart, too."""
    s = closed_server(new_server, ca, mpm=mpm)
    file_closed(s, ca.leaf("a.test"), "a.test")
    s.expect("MSSL0152")
    with s:
        serial(s, "a.test")
        assert any("w" in modes for modes, _ in maps_of(s.proc.pid)), "httpd shares nothing here?"
        first = broker.wait_broker(s)
        check_holds_its_own_only(first, s.proc.pid)
        os.kill(first, 9)
        second = broker.wait_broker(s, [first])
        s.wait_error("MSSL0151: broker %d begins" % second)
        check_holds_its_own_only(second, s.proc.pid)
        s.graceful()
        third = broker.wait_broker(s, [first, second])
        s.wait_error("MSSL0151: broker %d begins" % third)
        check_holds_its_own_only(third, s.proc.pid)


def test_is_a_user_of_its_own(new_server, ca):
    s = closed_server(new_server, ca)
    a = ca.leaf("a.test")
    file_closed(s, a, "a.test")
    with s:
        assert serial(s, "a.test") == a.serial
        pid = broker.wait_broker(s)
        state = broker.state_of(pid)
        user = pwd.getpwnam(BROKER_USER)
        assert state["Uid"].split() == [str(user.pw_uid)] * 4
        assert state["Gid"].split() == [str(user.pw_gid)] * 4 and state["Groups"].strip() == ""
        assert state["NoNewPrivs"].strip() == "1"
        assert not has_seccomp() or state["Seccomp"].strip() == "2"
        s.wait_error("MSSL0151: broker %d begins as uid %d, seccomp, %sLandlock" % (
            pid, user.pw_uid, "" if landlock() else "no "))
        for name in (WWW, BROKER_USER):         # nobody looks into it, its own user neither
            code = subprocess.run(["cat", "/proc/%d/environ" % pid], user=name, group="nogroup", extra_groups=[],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
            assert code != 0, name


# From inside

@pytest.mark.skipif(not IS_HERE, reason="calls are injected on x86-64 only")
@pytest.mark.parametrize("user", [BROKER_USER, "root"])
def test_from_inside(new_server, ca, user):
    """The running broker tries to write, create, chmod, unlink, kill, exec, listen and connect."""
    if not has_seccomp() and not landlock():
        pytest.skip("this kernel has neither seccomp nor Landlock")
    s = closed_server(new_server, ca, more="MSSLUser %s\n" % user)
    a = ca.leaf("a.test")
    file_closed(s, a, "a.test")
    there, new = s.path("www", "there"), s.path("www", "new")
    with open(there, "w") as f:
        f.write("content")
    os.chmod(there, 0o666)
    os.chmod(s.path("www"), 0o777)
    secret = s.path("store", "a.test.pem")
    with s:
        pid, victim = broker.wait_broker(s), s.proc.pid
        to = struct.pack("=HHI", 2, 0, 0x0100007F) + bytes(8)
        tries = [
            ("open", "/etc/passwd", os.O_WRONLY), ("open", there, os.O_RDWR), ("open", there, os.O_TRUNC),
            ("openat", -100, there, os.O_WRONLY | os.O_APPEND), ("open", new, os.O_CREAT | os.O_WRONLY, 0o600),
            ("open", s.path("run", "new"), os.O_CREAT | os.O_WRONLY, 0o644),
            ("open", s.path("www"), os.O_TMPFILE | os.O_WRONLY, 0o600), ("mkdir", new, 0o700),
            ("mknod", new, 0o010600, 0), ("symlink", "x", new), ("link", there, new), ("rename", there, new),
            ("unlink", there), ("unlink", secret), ("truncate", there, 0), ("chmod", there, 0o4755),
            ("chmod", secret, 0o666), ("chown", there, 0, 0), ("kill", victim, 9), ("kill", victim, 0),
            ("kill", -1, 0), ("tgkill", victim, victim, 9), ("ptrace", 16, victim), ("setuid", 1 if user == "root" else 0),
            ("execve", "/bin/true", 0, 0), ("execveat", -100, "/bin/true", 0, 0, 0), ("fork",), ("clone", 17),
            ("clone3", bytes(88), 88), ("socket", 2, 1, 0), ("socket", 1, 2, 0), ("socketpair", 1, 1, 0, bytes(8)),
            ("connect", 2, to, 16), ("bind", 2, to, 16), ("listen", 2, 1), ("mount", "none", "/mnt", "tmpfs", 0, 0),
            ("setns", 2, 0), ("process_vm_readv", victim, bytes(16), 1, bytes(16), 1, 0), ("memfd_create", "x", 0),
            ("io_uring_setup", 1, bytes(120)), ("pidfd_open", victim, 0), ("fcntl", 2, 8, victim),
            ("open_by_handle_at", -100, bytes(128), 0)]
        if not has_seccomp():
            tries = [t for t in tries if t[0] in ("open", "openat", "mkdir", "unlink", "link", "rename", "execve")]
        s.wait_error("MSSL0151: broker %d begins" % pid)       # confined: before that it may more
        with Inside(pid) as inside:
            allowed = [(t, result) for t in tries for result in [inside.call(*t)] if not is_refused(result)]
            # What it is for still works: a file of another user that nobody else may read.
            fd = inside.call("open", secret, os.O_RDONLY)
            folder = inside.call("open", "/etc", os.O_RDONLY | os.O_DIRECTORY)
            listed = inside.call("getdents64", folder, bytes(1024), 1024)
            for opened in (fd, folder):
                inside.call("close", opened)
        assert not allowed
        assert fd > 2 and (is_refused(listed) or not has_seccomp())
        with open(there) as f:
            assert f.read() == "content"
        assert serial(s, "a.test") == a.serial and not os.path.exists(new)
        assert os.stat(there).st_mode & 0o7777 == 0o666


@pytest.mark.skipif(not IS_HERE, reason="calls are injected on x86-64 only")
@pytest.mark.parametrize("code", [9, 70])
def test_exit_code_is_no_signal(new_server, ca, code):
    """httpd decodes a status before it hands it on: 70 was told as signal 70."""
    s = closed_server(new_server, ca)
    file_closed(s, ca.leaf("a.test"), "a.test")
    s.expect(r"MSSL0152: broker \d+ died")
    with s:
        pid = broker.wait_broker(s)
        if code == 9:
            os.kill(pid, 9)
        else:
            with Inside(pid) as inside:
                inside.leave_by("exit_group", code)
        broker.wait_broker(s, [pid])
        s.wait_error(r"MSSL0152: broker %d died \(%s %d\)" % (pid, "signal" if code == 9 else "exit code", code))


# MSSLUser

@pytest.mark.parametrize("user,warns", [("mssl-nobody-has-this", True), ("root", False)])
def test_stays_root(new_server, ca, user, warns):
    """Without the user, and by choice: uid 0 with the one capability, as confined as can be."""
    s = closed_server(new_server, ca, more="MSSLUser %s\n" % user)
    a = ca.leaf("a.test")
    file_closed(s, a, "a.test")
    text = (r"MSSL0165: MSSLUser: there is no user 'mssl-nobody-has-this', so the broker stays uid 0, .*"
            r"'useradd --system .* mssl-nobody-has-this' and 'useradd --system .* _mssl-steward'")
    s.expect(text)
    with s:
        assert serial(s, "a.test") == a.serial
        pid = broker.wait_broker(s)
        state = broker.state_of(pid)
        had = int(broker.state_of(os.getpid())["CapPrm"], 16) & READ_SEARCH
        assert state["Uid"].split() == ["0"] * 4 and int(state["CapEff"], 16) == had
        assert not has_seccomp() or state["Seccomp"].strip() == "2"
        assert s.count_error(text) == (1 if warns else 0)
        check_holds_its_own_only(pid, s.proc.pid)


@pytest.mark.parametrize("line,text", [
    ("MSSLUser %s" % WWW, "MSSL0167: MSSLUser: '%s' is httpd's own User" % WWW),
    ("MSSLUser %s %s" % (BROKER_USER, WWW), "MSSL0167: MSSLUser: '%s' is httpd's own User" % WWW),
    ("MSSLUser root root", "MSSLUser: the second is to be a user of its own, not 'root'"),
    ("MSSLUser games games", "MSSLUser: the second is to be a user of its own, not 'games'"),
    ("MSSLUser #1", "MSSLUser: '#1' is no name of a user"),
    ("<VirtualHost 127.0.0.1:{p1}>\nMSSLUser games\n</VirtualHost>", "MSSLUser: is for the whole server"),
])
def test_bad_users(new_server, line, text):
    code, output = new_server(line + "\nMSSLCertStore dir:{dir}/store\n").configtest()
    assert code != 0 and re.search(text, output), output


# Machines that withhold something

def without(s, *capabilities):
    """Have httpd started without capabilities, as a container's runtime does."""
    s.launcher = ["setpriv", "--bounding-set", ",".join("-" + c for c in capabilities), "--inh-caps",
                  ",".join("-" + c for c in capabilities)]
    return s


def test_docker_default(new_server, ca):
    """No CAP_DAC_READ_SEARCH, but CAP_DAC_OVERRIDE: a customer's closed store is served, nothing can be written."""
    s = without(closed_server(new_server, ca), "dac_read_search")
    a = ca.leaf("a.test")
    file_closed(s, a, "a.test")
    for path in (s.path("store"), s.path("store", "a.test.pem")):
        os.chown(path, uid("games"), -1)
    if not has_seccomp() and not landlock():
        pytest.skip("this kernel has neither seccomp nor Landlock")
    with s:
        assert serial(s, "a.test") == a.serial
        pid = broker.wait_broker(s)
        state = broker.state_of(pid)
        assert int(state["CapEff"], 16) == int(state["CapPrm"], 16) == OVERRIDE
        assert state["Uid"].split() == [str(uid(BROKER_USER))] * 4
        s.wait_error(r"\[mssl:notice\] .*MSSL0155: .*cap_add: \[DAC_READ_SEARCH\]")
        if IS_HERE:
            with Inside(pid) as inside:
                assert is_refused(inside.call("open", "/etc/passwd", os.O_WRONLY))
                assert is_refused(inside.call("open", s.path("new"), os.O_CREAT | os.O_WRONLY, 0o600))
                assert is_refused(inside.call("unlink", s.path("dummy.pem")))


def test_no_capability_to_read(new_server, ca):
    """Neither of both: what is root's own is served, and the line that helps is said."""
    s = without(closed_server(new_server, ca), "dac_read_search", "dac_override")
    a, b = ca.leaf("a.test"), ca.leaf("b.test")
    file_closed(s, a, "a.test")
    file_closed(s, b, "b.test")
    os.chown(s.path("store", "b.test.pem"), uid("games"), -1)
    s.expect("MSSL0171: .*stays uid 0.*cap_add", "MSSL0110: .*b.test")
    with s:
        assert serial(s, "a.test") == a.serial
        assert serial(s, "b.test") == s.dummy.serial
        state = broker.state_of(broker.wait_broker(s))
        assert int(state["CapEff"], 16) == 0 and state["Uid"].split() == ["0"] * 4
        assert not has_seccomp() or state["Seccomp"].strip() == "2"
        assert s.count_error("MSSL0171") == 1


def test_file_system_of_others(new_server, ca):
    """FUSE, as NFS with root squashed: the capability counts for nothing there, and the start says the line."""
    s = closed_server(new_server, ca, store="dir:{dir}/store\nMSSLCertStore dir:{dir}/fuse")
    a = ca.leaf("a.test")
    file_closed(s, a, "a.test")
    os.mkdir(s.path("fuse"))
    mount = Empty(s.path("fuse"))
    mount.__enter__()
    s.expect("MSSL0166", "MSSL0113: .*fuse")
    try:
        with s:
            s.wait_error("MSSL0166: the broker, as user '%s', cannot read '%s', which lies on FUSE, .*'chgrp -R %s %s "
                         "&& chmod -R g.rX .*allow_other" % (BROKER_USER, s.path("fuse"), BROKER_USER, s.path("fuse")))
            assert serial(s, "a.test") == a.serial
    finally:
        mount.__exit__()


class _Filter(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("code", ctypes.c_void_p)]


_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _DENY = (_RETURN, 0, 0, 0x7FFF0000), (_RETURN, 0, 0, 0x00050000 | 13)


def forbid(nr):
    """In a process about to be httpd: that call fails with EACCES, as under SELinux."""
    _filter([(_LOAD, 0, 0, 0), (_EQUAL, 1, 0, nr), _ALLOW, _DENY])


def forbid_limits():
    """setrlimit, and prlimit64 with new ones."""
    _filter([(_LOAD, 0, 0, 0), (_EQUAL, 3, 0, 160), (_EQUAL, 0, 3, 302), (_LOAD, 0, 0, 32), (_EQUAL, 1, 0, 0),
             _DENY, _ALLOW])


def _filter(lines):
    code = b"".join(struct.pack("=HBBI", *line) for line in lines)
    keep = ctypes.create_string_buffer(code)
    program = _Filter(len(lines), ctypes.addressof(keep))
    if _libc.prctl(22, 2, ctypes.byref(program), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")


ON_X86 = pytest.mark.skipif(platform.machine() != "x86_64", reason="filters by x86-64's numbers")


@ON_X86
@pytest.mark.skipif(ASAN, reason="ASan sets limits itself, and ends where it may not")
def test_limits_may_not_be_set(new_server, ca):
    """RHEL with SELinux: httpd_t may not set limits. Every site got the dummy."""
    s = closed_server(new_server, ca)
    s.preexec = forbid_limits
    a = ca.leaf("a.test")
    file_closed(s, a, "a.test")
    with s:
        assert serial(s, "a.test") == a.serial


@ON_X86
def test_cannot_be_confined(new_server, ca):
    """At the first start that is the end, with a sentence; nothing runs with more rights than it needs."""
    s = closed_server(new_server, ca)
    s.preexec = lambda: forbid(126)     # capset
    file_closed(s, ca.leaf("a.test"), "a.test")
    s.expect("MSSL0156: broker: cannot give its rights up .capset: Permission denied. and ends",
             "MSSL0168: httpd does not start, as the broker cannot give its rights up", "AH00016")
    code, output = s.try_start()
    assert code != 0, output
    assert s.count_error("MSSL0156: ") == 1 and s.count_error("MSSL0168: ") == 1
    assert "MSSL0006" not in s.error_log()


@ON_X86
def test_no_landlock(new_server, ca):
    """An old kernel, or a container's filter: said, and served under what is there."""
    s = closed_server(new_server, ca)
    s.preexec = lambda: forbid(444)
    a = ca.leaf("a.test")
    file_closed(s, a, "a.test")
    with s:
        assert serial(s, "a.test") == a.serial
        s.wait_error("MSSL0151: broker .* no Landlock")


def test_closed_store_of_a_customer(new_server, ca):
    """Files that belong to somebody else, closed to all others, as before the broker had a user."""
    s = closed_server(new_server, ca)
    a = ca.leaf("a.test")
    file_pair(a, s.path("store"), "a.test")
    close(s.path("store"))
    for base, _, files in os.walk(s.path("store")):
        for path in [base] + [os.path.join(base, f) for f in files]:
            os.chown(path, uid("games"), -1)
    with s:
        wait_until(lambda: serial(s, "a.test") == a.serial, "a customer's store")


@pytest.mark.skipif(not IS_ROOT, reason="root only: nobody else has rights to give up")
def test_the_parent_parses_no_pair_of_the_configuration(new_server, ca):
    """MSSLCertificate's files are judged by a process that has given its rights up before it opens them."""
    s = new_server("MSSLCertificate a.test {dir}/named/a.pem\n<VirtualHost 127.0.0.1:{p0}>\nServerName x.test\n"
                   "SSLEngine on\nMSSLEngine on\n</VirtualHost>\n")
    ca.leaf("a.test").write_joined(s.path("named", "a.pem"))
    s.write_conf()
    out = s.path("strace.out")
    p = subprocess.run(["strace", "-f", "-o", out, "-e", "trace=openat,open,setresuid,seccomp,capset",
                        HTTPD, "-t", "-f", s.conf_path], env=s._environ(), timeout=60)
    assert p.returncode == 0
    with open(out) as f:
        lines = f.read().splitlines()
    opened = [i for i, line in enumerate(lines) if "/named/a.pem" in line]
    pids = {lines[i].split()[0] for i in opened}
    assert opened and lines[0].split()[0] not in pids, "the parent opens it"
    for i in opened:
        before = "".join(x for x in lines[:i] if x.split()[0] == lines[i].split()[0])
        assert "setresuid" in before and "capset" in before, before
