# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""The demo runs, judges itself, keeps the server on demand, and leaves nothing behind."""

import glob
import json
import os
import re
import shutil
import subprocess

import pytest
from lib.pebble import MISSING, can_trust
from lib.server import ASAN, BUILD, IS_ROOT, ROOT, WWW, WWW_GROUP, wait_until

# The demo wants a build without sanitizers.
BUILD = os.path.dirname(BUILD) if ASAN else BUILD


def as_user(user, command):
    return ["setpriv", "--reuid", user, "--regid", WWW_GROUP, "--clear-groups", *command]


def users():
    """Root runs the demo as a normal user, too, where that one can enter the tree."""
    command = as_user(WWW, ["test", "-x", os.path.join(ROOT, "conf-examples", "demo")])
    return [None, WWW] if IS_ROOT and subprocess.run(command).returncode == 0 else [None]


@pytest.fixture
def tmp(workdir):
    path = os.path.join(workdir, "demo")
    os.mkdir(path)
    os.chmod(path, 0o777)
    yield path
    shutil.rmtree(path)


def run(tmp, *args, user=None, **environ):
    command = ["sh", "conf-examples/demo/run", *args]
    command = as_user(user, command) if user else command
    env = dict(os.environ, BUILD=BUILD, TMPDIR=tmp, **environ)
    p = subprocess.run(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, timeout=300)
    return p.returncode, p.stdout


def check_tour(out):
    lines = out.splitlines()
    assert "All 12 answers are as they should be." in lines, out
    assert len([line for line in lines if line.startswith("ok ")]) == 12, out
    assert "\033" not in out, "colours without a terminal"
    shown = [i for i, line in enumerate(lines) if line.startswith("msslctl explain ")]
    assert len(shown) == 1 and shown[0] <= 30 and len(lines) <= 70, "more than a screen, and one for explain"
    check_explain(lines)
    assert len([line for line in lines if line.startswith("Status page of all certificates: "
                                                          "https://switch.localhost:")]) == 1, out
    check_width(lines)


def check_explain(lines):
    """What was promised was seen, with and without SNI, and so explain's exit code was 0."""
    assert "  pear.localhost: fine. Visitors get the site with a valid certificate." in lines
    text = " ".join(" ".join(lines).split())
    browsers, old = text.split("Current browsers ")[1].split(" http:// ")[0].split("Old programs")
    assert "that certificate, then the site; seen: 200" in browsers, text
    assert "302 to the switch, and back with its own, remembered for 5 min; seen: 200" in old, text


def check_width(lines):
    """80 columns, but for a path that is longer by itself."""
    wide = [line for line in lines if len(line) > 80 and "/mssl-demo." not in line and ROOT not in line]
    assert not wide, wide


@pytest.mark.parametrize("user", users())
def test_demo(tmp, user):
    code, out = run(tmp, user=user)
    assert code == 0, out
    check_tour(out)
    assert os.listdir(tmp) == []


def check_status(out, curl):
    """The address that is told to be opened answers, and knows the demo's names."""
    told = re.search(r"the status page, in a browser too.*\n +(https://\S+/mssl-status)$", out, re.M)
    assert told, out
    command = curl[:-1] + ["-s", "-f", "--noproxy", "*"]
    page = subprocess.run(command + [told.group(1)], stdout=subprocess.PIPE, text=True, timeout=60)
    assert page.returncode == 0 and "<title>Certificates</title>" in page.stdout, page
    url = told.group(1) + "?format=json&host=pear.localhost"
    answer = subprocess.run(command + [url], stdout=subprocess.PIPE, text=True, timeout=60)
    assert answer.returncode == 0 and json.loads(answer.stdout)["name"] == "pear.localhost", answer


def test_keep(tmp):
    code, out = run(tmp, "--keep")
    stop = re.search(r"Stop it and remove everything: sh (\S+)$", out, re.M)
    assert code == 0 and stop, out
    try:
        folder, = glob.glob(os.path.join(tmp, "mssl-demo.*"))
        curl = re.search(r"^ +(curl .*)$", out, re.M).group(1).split()
        # Those names lead to this machine by themselves.
        page = subprocess.run(curl + ["-s", "--noproxy", "*"], stdout=subprocess.PIPE, text=True,
                              timeout=60)
        assert page.returncode == 0, (curl, page)
        assert "<b>apple.localhost</b>" in page.stdout and "<b>sni</b>" in page.stdout
        links = re.findall(r'href="([^"]+)"', page.stdout)
        assert len(links) == 2 and links[1].endswith("/?" + links[0]), links
        with open(os.path.join(folder, "access.log")) as f:
            assert "by=sni certificate=apple.localhost" in f.read()
        check_tour(out)
        check_status(out, curl)
        with open(os.path.join(folder, "run", "httpd.pid")) as f:
            pid = int(f.read())
    finally:
        subprocess.run(["sh", stop.group(1)], check=True, timeout=60)
    assert os.listdir(tmp) == []
    wait_until(lambda: not os.path.exists("/proc/%d" % pid), "the server to end")


@pytest.mark.skipif(not can_trust() or MISSING or not shutil.which("uacme"), reason="needs root, pebble and uacme")
def test_issue(tmp):
    """A virtual host is added, and its site has HTTPS. Not below a folder of everybody's, where no challenge is answered."""
    os.chmod(tmp, 0o755)
    code, out = run(tmp, "--issue")
    assert code == 0, out
    lines = out.splitlines()
    assert "All 4 answers are as they should be." in lines, out
    for name in ("plum.example.com", "fig.example.org"):
        assert re.search(r"(?m)^ok +%s +by Pebble +200 page of %s$" % (name, name), out), out
        assert re.search(r"(?m)^ +%s +installed " % name, out), out
    assert len(lines) <= 30, out
    check_width(lines)
    assert os.listdir(tmp) == []


def test_unknown_argument(tmp):
    code, out = run(tmp, "--forever")
    assert code == 2 and "--keep" in out


def test_a_wrong_answer_is_told(tmp):
    """The demo judges: a client that never hears of one site."""
    shim = os.path.join(tmp, "curl")
    with open(shim, "w") as f:
        f.write("#!/bin/sh\ncase $* in *https://pear*) exit 0 ;; esac\nexec %s \"$@\"\n"
                % shutil.which("curl"))
    os.chmod(shim, 0o755)
    code, out = run(tmp, PATH=tmp + ":" + os.environ["PATH"])
    assert code == 1 and "WRONG pear.localhost" in out, out
    assert "1 of 12 answers are not as they should be." in out, out
    assert os.listdir(tmp) == ["curl"]


@pytest.fixture
def no_dpkg(tmp):
    """A PATH to everything but Debian's package tools."""
    path = os.path.join(tmp, "bin")
    os.mkdir(path)
    for folder in ("/usr/bin", "/usr/sbin"):
        for name in os.listdir(folder):
            if not name.startswith(("dpkg", "apt")) and not os.path.lexists(os.path.join(path, name)):
                os.symlink(os.path.join(folder, name), os.path.join(path, name))
    return path


def test_where_there_is_no_dpkg(tmp, no_dpkg):
    """What is there is used, wherever it came from; what is not is named, and nothing is installed."""
    code, out = run(tmp, PATH=no_dpkg)
    assert code == 0, out
    check_tour(out)
    command = ["/bin/sh", "tests/run", "nothing"]
    p = subprocess.run(command, cwd=ROOT, env=dict(os.environ, PATH=no_dpkg), stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, timeout=60)
    assert "unknown argument 'nothing'" in p.stdout, p.stdout
    os.unlink(os.path.join(no_dpkg, "apxs"))
    os.unlink(os.path.join(no_dpkg, "curl"))
    code, out = run(tmp, PATH=no_dpkg)
    assert code == 1 and "demo: missing: libtool apache2-bin apache2-dev apache2-ssl-dev curl (" in out, out
