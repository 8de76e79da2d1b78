# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Visitors' pages (docs/pages.md): language, headers, contact, template, and that they are sound HTML."""

import html.parser
import os
import re
import socket
import subprocess
import time

import pytest
from lib import http
from lib.server import BUILD, MAKE, ROOT
from lib.switch import url
from lib.world import GROUPS, VHOSTS, ask, check_own, check_page

LANGS = ("en", "de", "es", "fr", "it", "nl", "pl", "pt")
VOID = {"meta", "br", "path", "circle"}
POLICY = ("default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; "
          "base-uri 'none'")


class Sound(html.parser.HTMLParser):
    """HTML whose tags are balanced; its text, and what it links to."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.all, self.links, self.text, self.lang = [], [], [], "", None
        self.feed(text)
        self.close()
        assert self.open == [], self.open

    def handle_starttag(self, tag, attrs):
        self.all.append(tag)
        attrs = dict(attrs)
        assert not {"src", "style", "srcset"} & set(attrs) and not any(a.startswith("on") for a in attrs), attrs
        if tag == "html":
            self.lang = attrs["lang"]
        if tag == "a":
            self.links.append(attrs["href"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.all.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, (tag, self.open)

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data


@pytest.fixture(scope="module")
def world(module_world):
    # One vhost names a switch where there is none.
    w = module_world("light", extra="<VirtualHost 127.0.0.1:{p0}>\nServerName extra.test\n"
                     "MSSLSwitchURL https://extra.test:{p0}/none\nDocumentRoot {dir}/www/extra.test\n"
                     "</VirtualHost>\n")
    with w.server:
        yield w


# Every page in every language

@pytest.fixture(scope="module")
def rendered(workdir):
    subprocess.run(MAKE + [os.path.join(BUILD, "look/render")], check=True)
    found = {}
    for name, arguments in (("own", []), ("template", [os.path.join(ROOT, "conf-examples/page.html")])):
        folder = os.path.join(workdir, "pages-" + name)
        os.makedirs(folder)
        subprocess.run([os.path.join(BUILD, "look/render"), folder] + arguments, check=True)
        for file in os.listdir(folder):
            with open(os.path.join(folder, file), encoding="utf-8", newline="") as f:
                found[name, file] = f.read()
    return found


def test_every_page_is_sound_html(request):
    rendered = request.getfixturevalue("rendered")
    assert len(rendered) == 2 * 2 * 17 * len(LANGS)
    for (kind, file), text in rendered.items():
        page = Sound(text)
        lang, number = re.match(r"(\w\w)-(\d\d)", file).groups()
        assert page.lang == lang, file
        assert "MSSL-P" + number in page.text, file
        assert page.all.count("h1") == page.all.count("title") == page.all.count("html") == 1
        assert not {"script", "link", "img", "iframe", "base", "object"} & set(page.all), file
        assert not re.search(r"\{\w+\}|url\(|@import", text), file
        if kind == "own":
            assert page.all.count("main") == page.all.count("footer") == 1
            assert "2026-11-25 18:03:09 UTC" in page.text
            assert (page.links == []) == file.endswith("-bare.html"), file


# Over the wire

def no_name(w):
    return w.client("a.test"), "127.0.0.1", "GET", "/"


PAGES = {  # code: what to ask, and the status
    "MSSL-P01": (lambda w: (w.client("a.test"), "b.test:%d" % w.server.port, "GET", "/x?y=z"), 421),
    "MSSL-P02": (lambda w: (w.client(None), "b.test", "POST", "/form"), 421),
    "MSSL-P03": (lambda w: (w.client("nope.test"), "nope.test", "GET", "/"), 421),
    "MSSL-P04": (no_name, 421),
    "MSSL-P07": (lambda w: (w.client("a.test"), "a.test", "GET", "http://b.test/"), 421),
    "MSSL-P08": (lambda w: (w.client("a.test"), "extra.test:%d" % w.server.port, "GET", "/none"), 421),
    "MSSL-P09": (lambda w: (w.client("switch.test", 2), "switch.test:%d" % w.server.ports[2], "GET", "/go"), 200),
    "MSSL-P10": (lambda w: (w.client("switch.test", 2), "switch.test:%d" % w.server.ports[2], "GET",
                            "/go?http://a.test/"), 400),
    "MSSL-P11": (lambda w: (w.client("switch.test", 2), "switch.test:%d" % w.server.ports[2], "GET",
                            "/go?https://nope.test/"), 404),
    "MSSL-P12": (lambda w: (w.client("switch.test", 2), "switch.test:%d" % w.server.ports[2], "POST", "/go"), 405),
    "MSSL-P14": (lambda w: (w.client("switch.test", 2), "switch.test:%d" % w.server.ports[2], "GET",
                            "/go?" + url(w, "a.test")), 302),
}


def fetch(w, code, alpn=None, method=None, headers=()):
    client, host, usual, path = PAGES[code][0](w)
    client = client.but(alpn=alpn)
    with client.connect() as conn:
        answer = ask(w.server, conn, host, path, method or usual, headers=headers)
    check_own(answer, PAGES[code][1])
    answer.source = client.source
    return answer


def shown_headers(answer):
    """What is said of a page. The time of the request is in it, and so in no header but Date."""
    return {n.lower(): v for n, v in answer.r.headers if n.lower() not in ("date", "connection")}


# HTTP/2 has no target with a host in it.
@pytest.mark.parametrize("code,alpn", [(code, None) for code in PAGES]
                         + [(code, ["h2"]) for code in PAGES if code != "MSSL-P07"],
                         ids=lambda value: value if isinstance(value, str) else "h2" if value else "http/1.1")
def test_headers(world, code, alpn):
    before = time.time() - 1
    answer = fetch(world, code, alpn, headers=[("Accept-Language", "fr-CH, fr;q=0.9, en;q=0.8")])
    headers = shown_headers(answer)
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["content-language"] == "fr"
    assert headers["vary"] == "Accept-Language"
    assert headers["content-security-policy"] == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert int(headers["content-length"]) == len(answer.r.body)
    page = Sound(answer.r.body.decode("utf-8"))
    assert page.lang == "fr"
    assert code in page.text
    assert answer.source not in answer.body
    shown = re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", page.text).group()
    stamps = {time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(t)) for t in range(int(before), int(time.time()) + 2)}
    assert shown in stamps
    _, host, method, path = PAGES[code][0](world)
    if method == "GET":
        head = fetch(world, code, alpn, "HEAD", headers=[("Accept-Language", "fr-CH, fr;q=0.9, en;q=0.8")])
        assert head.r.body == b"" and shown_headers(head) == headers
    for name in set(VHOSTS) | set(GROUPS) | {"dummy.invalid", "notice.test"}:
        named = re.search(r"(?<![\w.-])%s(?![\w-])" % re.escape(name), answer.body)
        assert name == host.split(":")[0] or name in path or not named, name


@pytest.mark.parametrize("accept,lang", [(lang + "-XX,en;q=0.1", lang) for lang in LANGS] + [
    (None, "en"), ("ja", "en"), ("*;q=0", "en"), ("de;q=0.1, pl", "pl"), ("x" * 7000, "en"),
    ("de" + ", q" * 2000, "de"), (", " * 2000 + "de", "en"), ("\xff;q=1, \"<b>\", nl", "nl"),
    ("de;q=9, it;q=0.5", "it")], ids=lambda value: str(value)[:20])
def test_language(world, accept, lang):
    answer = fetch(world, "MSSL-P03", headers=[("Accept-Language", accept)] if accept is not None else [])
    assert answer.r.get("Content-Language") == lang
    page = Sound(answer.r.body.decode("utf-8"))
    assert page.lang == lang
    assert ("There is no certificate for this name" in page.text) == (lang == "en")
    assert page.links == []


def test_link_is_the_next_step(world):
    w = world
    assert Sound(fetch(w, "MSSL-P01").body).links == ["https://b.test:%d/x?y=z" % w.server.port]
    assert Sound(fetch(w, "MSSL-P02").body).links == [
        "https://switch.test:%d/go?https://b.test/form" % w.server.ports[2]]
    assert Sound(fetch(w, "MSSL-P14").body).links == [url(w, "a.test")]


def test_reason_for_support(world):
    assert "MSSL-P10 (the target is a http URL, use https://)" in Sound(fetch(world, "MSSL-P10").body).text


@pytest.mark.parametrize("lang", ["en", "de"])
def test_early_error(world, lang):
    """400 before there is a request: the same page, in the language as far as it was read."""
    with world.client("nope.test").connect() as conn:
        talk = http.Http1(conn)
        talk.send(("GET / HTTP/1.1\r\nHost: nope.test\r\nAccept-Language: %s\r\nbad header\r\n\r\n" % lang).encode())
        r = talk.read()
    assert r.status == 400
    assert (r.get("Content-Language"), r.get("Content-Security-Policy")) == (lang, POLICY)
    page = Sound(r.text)
    assert (page.lang, "MSSL-P15 (400 Bad Request)" in page.text) == (lang, True)


# Contact and template

def page_of(w, sni, host, headers=()):
    answer = w.get(w.client(sni), host, headers=headers)
    check_own(answer, 421)
    return answer


def test_contact(new_world):
    """The vhost that the request is for, else the server's."""
    w = new_world("light", directives="MSSLContact \"Example & Co, +49 30 1\"\n",
                  extra="<VirtualHost 127.0.0.1:{p0}>\nServerName r.test\nMSSLContact help@r.example\n"
                        "DocumentRoot {dir}/www/nope.test\n</VirtualHost>\n")
    with w.server:
        assert "Contact: Example & Co, +49 30 1" in Sound(page_of(w, "nope.test", "nope.test").body).text
        page = Sound(page_of(w, "a.test", "r.test").body)
        assert page.links == ["mailto:help@r.example"] and "Contact: help@r.example" in page.text
        # Not the one of the vhost that the handshake was for.
        assert "r.example" not in page_of(w, "r.test", "nope.test").body


TEMPLATE = """<!DOCTYPE html>
<html lang="{{lang}}"><title>{{title}}</title>
<p id=text>{{text}}</p><p title='{{host}}'>{{host}}</p>
<a href="{{link}}">{{code}}</a> <a href="{{contact}}">{{contact}}</a>
</html>
"""


def write_template(w, text=TEMPLATE, name="page.html"):
    with open(w.server.path(name), "w") as f:
        f.write(text)


def test_template(new_world):
    w = new_world("light", directives="MSSLContact help@host.example\nMSSLPageTemplate {dir}/page.html\n",
                  extra="<VirtualHost 127.0.0.1:{p0}>\nServerName r.test\nMSSLPageTemplate {dir}/other.html\n"
                        "DocumentRoot {dir}/www/nope.test\n</VirtualHost>\n")
    write_template(w)
    write_template(w, "<html lang='{{lang}}'>other {{code}}</html>", "other.html")
    with w.server:
        answer = page_of(w, "a.test", "b.test:%d" % w.server.port, [("Accept-Language", "de")])
        page = Sound(answer.r.body.decode())
        assert page.lang == answer.r.get("Content-Language") == "de"
        assert answer.r.get("Content-Security-Policy") == POLICY
        assert page.links == ["https://b.test:%d/" % w.server.port, "mailto:help@host.example"]
        assert "MSSL-P01" in page.text and "b.test" in page.text and "Zu Ihrer Sicherheit" in page.text
        assert page_of(w, "a.test", "r.test").body == "<html lang='en'>other MSSL-P01</html>"
        with w.client("switch.test", 2).connect() as conn:
            answer = ask(w.server, conn, "switch.test:%d" % w.server.ports[2], "/go")
        assert answer.status == 200 and Sound(answer.body).links == ["", "mailto:help@host.example"]


@pytest.mark.parametrize("host", ["a\"b.test", "<b>.test", "'x'.test", "a&b.test", "x\xff.test", "{{link}}.test"])
@pytest.mark.parametrize("template", [False, True])
def test_hostile_host(new_world, host, template):
    """Under HttpProtocolOptions Unsafe httpd takes such hosts."""
    w = new_world("light", directives="HttpProtocolOptions Unsafe\n"
                  + ("MSSLPageTemplate {dir}/page.html\n" if template else ""))
    write_template(w)
    with w.server:
        with w.client("nope.test").connect() as conn:
            r = http.Http1(conn).request(host)
        assert r.status in (400, 421)
        page = Sound(r.body.decode("utf-8"))
        assert not {"b", "script"} & set(page.all)
        assert r.get("Content-Language") == "en"


def test_template_is_checked(new_world):
    w = new_world("light", directives="MSSLPageTemplate {dir}/page.html\n")
    write_template(w, "<p>\n<p class={{lang}}>")
    code, out = w.server.configtest()
    assert code != 0
    assert re.search(r"MSSLPageTemplate: \S+/page\.html: line 2: a placeholder in an attribute needs quotes", out), out


def test_what_browsers_pass_over_is_told_once(new_world):
    w = new_world("light", directives="MSSLPageTemplate {dir}/page.html\n")
    write_template(w, TEMPLATE + "<img alt='' src='logo.png'>")
    w.server.expect("MSSL0194")
    assert w.server.configtest()[0] == 0
    with w.server:
        assert w.server.count_error(r"\[mssl:warn\].*MSSL0194: .*line 6: nothing is loaded") == 1


def test_template_that_is_gone_ends_no_server(new_world):
    """Seen with the server's own, and after the next restart with the template that is mended."""
    w = new_world("light", directives="MSSLPageTemplate {dir}/page.html\n")
    write_template(w)
    with w.server:
        assert "<p id=text>" in page_of(w, "nope.test", "nope.test").body
        os.unlink(w.server.path("page.html"))
        w.server.expect("MSSL0195")
        w.server.graceful()
        assert w.server.count_error(r"\[mssl:error\].*MSSL0195: .*page\.html: does not exist") == 1
        check_page(page_of(w, "nope.test", "nope.test").body)
        assert "<main>" in page_of(w, "nope.test", "nope.test").body
        write_template(w)
        w.server.graceful()
        assert "<p id=text>" in page_of(w, "nope.test", "nope.test").body


def test_plain_http(world):
    """A switch over plain HTTP has the same pages."""
    with socket.create_connection(("127.0.0.1", world.server.ports[3])) as sock:
        sock.sendall(http.build("plain.test", "/go", headers=[("Accept-Language", "it"), ("Connection", "close")]))
        head, _, body = sock.makefile("rb").read().partition(b"\r\n\r\n")
    assert b" 200 " in head.split(b"\r\n")[0] and b"\r\nContent-Language: it\r\n" in head
    assert Sound(body.decode()).lang == "it"
