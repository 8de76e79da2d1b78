# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""msslctl: its command line, and what it knows of the server."""

import os
import re
import shutil
import subprocess

import pytest

from lib.ctl import Ctl, environment, msslctl
from lib.server import BUILD, HTTPD, ROOT

SITE = """MSSLCertStore dir:{dir}/store
<VirtualHost 127.0.0.1:{p0}>
ServerName a.test
SSLEngine on
MSSLEngine on
</VirtualHost>
"""


def commands():
    return re.findall(r"^  ([a-z]+) +\S", msslctl("--help").out.partition("Options")[0], re.M)


def options(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))


def usage(command):
    return options(msslctl(command, "--help").out.partition("Options:")[2])


def test_help():
    r = msslctl("--help")
    assert r.code == 0 and r.err == "" and all(len(line) <= 80 for line in r.out.splitlines()), r
    for command in commands():
        r = msslctl(command, "--help")
        assert r.code == 0 and r.out.startswith("msslctl " + command), r
        assert all(len(line) <= 80 for line in r.out.splitlines()), r
        assert msslctl("help", command).out == r.out
    r = msslctl()
    assert r.code == 64 and r.out == "" and "Commands:" in r.err
    with open(os.path.join(ROOT, "mod_mssl.h")) as f:
        version = re.search(r'MSSL_VERSION "(.+)"', f.read()).group(1)
    assert msslctl("--version").out == "msslctl %s\n" % version


def test_manual_and_completions_are_usages_own():
    with open(os.path.join(BUILD, "msslctl.8")) as f:
        manual = f.read().replace("\\-", "-")
    everything = set().union(*(usage(c) for c in commands()))
    assert len(everything) >= 8
    assert options(manual.partition(".SH COMMANDS")[2].partition(".SH EXIT")[0]) == everything
    for shell in ("bash", "zsh", "fish"):
        with open(os.path.join(BUILD, "completion", shell)) as f:
            text = f.read()
        assert msslctl("completion", shell).out == text
        for command in commands():
            assert re.search(r"\b%s\b" % command, text)
        found = {"--" + o for o in re.findall(r" -l ([a-z-]+)", text)} if shell == "fish" else options(text)
        assert found == everything, shell


@pytest.mark.skipif(not shutil.which("groff"), reason="there is no groff here")
def test_manual_as_it_is_shown():
    """What belongs to a command stands below it, indented; 80 columns."""
    text = subprocess.run(["groff", "-man", "-rLL=78n", "-rHY=0", "-Tascii", "-P-cbou", os.path.join(BUILD, "msslctl.8")],
                          check=True, stdout=subprocess.PIPE, text=True, env=environment(LC_ALL="C")).stdout
    assert max(map(len, text.splitlines())) <= 80
    shown = text.partition("\nCOMMANDS\n")[2].partition("\nOPTIONS\n")[0]
    heads = [line.split()[0] for line in shown.splitlines() if re.match(r" {7}\S", line)]
    assert heads == commands()


@pytest.mark.skipif(not shutil.which("groff"), reason="there is no groff here")
def test_manual_of_directives():
    """Each directive with its context and default, and what it says; nothing that troff stumbles over."""
    done = subprocess.run(["groff", "-man", "-ww", "-rLL=78n", "-rHY=0", "-Tascii", "-P-cbou", os.path.join(BUILD, "mod_mssl.5")],
                          check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(LC_ALL="C"))
    assert done.stderr == "", done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80, "it is wider than a terminal"
    parts = re.split(r"(?m)^   (?=MSSL[A-Z])", done.stdout.partition("\nDIRECTIVES\n")[2])[1:]
    with open(os.path.join(ROOT, "conf-examples", "reference.conf")) as f:
        reference = f.read()
    assert [part.split()[0] for part in parts] == re.findall(r"(?m)^# (MSSL[A-Z]\w+)", reference)
    assert len(parts) > 30
    for part in parts:
        assert "Context: " in part and "Default: " in part and len(part.split()) > 12, part
    words = " ".join(done.stdout.split())
    for text in ('4096. From 1 to 10000000.', 'NAME/fullchain.pem and NAME/privkey.pem: certbot\'s live/, dehydrated',
                 '"!*.parent" take names out of every source'):
        assert text in words, text


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_parses(shell):
    subprocess.run([shell, "-n", os.path.join(BUILD, "completion", shell)], check=True)


def test_bash_completes():
    script = 'source %s/completion/bash; COMP_WORDS=(msslctl %s); COMP_CWORD=%d; _msslctl; echo "${COMPREPLY[@]}"'

    def complete(*words):
        out = subprocess.run(["bash", "-c", script % (BUILD, " ".join(words) or '""', max(len(words), 1))], check=True,
                             stdout=subprocess.PIPE, text=True).stdout
        return out.split()

    assert complete("sta") == ["state"]
    assert complete("completion", "z") == ["zsh"]
    assert complete("state", "--js") == ["--json"]


@pytest.mark.parametrize("args, says", [
    (["stat"], r"unknown command 'stat', did you mean 'state'\?; accepted: .*\bhelp\b"),
    (["state", "--jsn"], r"msslctl state: unknown option '--jsn', did you mean '--json'\?; accepted: .*--plain"),
    (["--jsn", "state"], r"did you mean '--json'"),
    (["state", "-x"], r"unknown option '-x'; accepted:"),
    (["state", "--json=1"], r"--json takes no value"),
    (["state", "--state-dir"], r"--state-dir needs a value: --state-dir PATH"),
    (["state", "x"], r"too many arguments, use: msslctl state"),
    (["completion"], r"too few arguments, use: msslctl completion SHELL"),
    (["completion", "csh"], r"bash, zsh and fish"),
    (["state", "--man"], r"unknown option '--man'"),
    (["help", "stte"], r"did you mean 'state'"),
    (["a\x1b[31mb\u202e"], r"unknown command 'a\\x1b\[31mb\\xe2\\x80\\xae'"),
])
def test_wrong_arguments(args, says):
    r = msslctl(*args)
    assert r.code == 64 and r.out == "" and re.search(says, r.err), r


def test_options_stand_anywhere(new_server):
    with new_server(SITE) as s:
        home = s.path("run", "mssl")
        results = [msslctl(*args).out for args in (
            ["--state-dir", home, "--json", "state"], ["state", "--json", "--state-dir=" + home],
            ["--json", "state", "--state-dir", home])]
    assert results[0] and results == [results[0]] * 3


def test_state(new_server):
    s = new_server(SITE)
    ctl = Ctl(s)
    with s:
        d = ctl("state", "--json").json
        assert d["running"] is True and d["origin"] == s.path("run", "mssl", "server.json")
        assert d["stores"] == ["dir:" + s.path("store")]
        assert d["addresses"] == [{"address": "127.0.0.1", "port": s.port}]
        text = ctl("state").out
        assert "httpd runs" in text and "dir:" + s.path("store") in text
    assert ctl("state", "--json").json["running"] is False
    plain = ctl("state", "--plain").out
    assert all(len(line.split("\t")) == 2 for line in plain.splitlines())


def test_by_dump_where_nothing_was_written(new_server, tmp_path):
    s = new_server(SITE.replace("MSSLCertStore", "MSSLStateDir {dir}/run/other\nMSSLCertStore"))
    s.write_conf()
    program = tmp_path / "apachectl"
    preload = s._environ().get("LD_PRELOAD", "")
    program.write_text('#!/bin/sh\nLD_PRELOAD=%s exec %s -f %s "$@"\n' % (preload, HTTPD, s.conf_path))
    program.chmod(0o755)
    r = msslctl("state", "--json", env={"PATH": "%s:%s" % (tmp_path, os.environ["PATH"])})
    if os.path.exists("/var/lib/mssl/server.json"):
        pytest.skip("this machine has a server of its own")
    assert r.json["origin"] == "apachectl -t -D DUMP_MSSL" and r.json["state_dir"] == s.path("run", "other")


def test_nothing_known(tmp_path):
    r = msslctl("state", "--state-dir", str(tmp_path))
    assert r.code == 3 and "server.json: No such file" in r.err and "--state-dir" in r.err, r


def test_another_ones_file_is_not_believed(new_server):
    s = new_server(SITE)
    ctl, path = Ctl(s), s.path("run", "mssl", "server.json")
    with s:
        os.chmod(path, 0o666)
        r = ctl("state")
        assert r.code == 3 and "is not root's alone to write" in r.err, r
        os.rename(path, path + ".real")
        os.symlink(path + ".real", path)
        assert ctl("state").code == 3
        os.unlink(path)
        with open(path, "w") as f:
            f.write('{"schema": "mssl-server/9"}')
        r = ctl("state")
        assert r.code == 3 and "another version" in r.err, r
