#!/usr/bin/env python3
# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""The words of the visitors' pages: each language has what English has, with the same placeholders and
nothing left in English, is plain text, begins without jargon, and stands in words.c, words.h and
docs/pages.md; each page has its code there."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "lib/pages"
SAME_ALLOWED = {"contact"}  # short words that some languages share
# In no first sentence: what only those know who run servers.
JARGON = re.compile(r"\b(TLS|SSL|SNI|HTTPS?|DNS|host|header|vhost|handshake|certifi\w*|zertifikat\w*|certyfikat\w*"
                    r"|switch|weiche|aiguillage|desv[ií]o|scambio|wissel|zwrotnic\w*)\b", re.I)
STRINGS = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'


def join(strings):
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', strings)).replace('\\"', '"')


def read(path):
    """{(page or "", field, number): text}"""
    text, found = path.read_text(encoding="utf-8"), {}
    common, pages = text.split(".pages = {", 1)
    blocks = {"": common}
    for match in re.finditer(r"\[(MSSL_PAGE_\w+)\] = \{\n(.*?)\n    \},\n", pages, re.S):
        if match.group(1) in blocks:
            found[match.group(1), "given twice", 0] = ""
        blocks[match.group(1)] = match.group(2)
    for page, block in blocks.items():
        for field, strings in re.findall(rf"\.(\w+) = {STRINGS}", block):
            found[page, field, 0] = join(strings)
        for field, items in re.findall(r"\.(\w+) = \{ (.*?) \}", block, re.S):
            for number, strings in enumerate(re.findall(STRINGS, items)):
                found[page, field, number] = join(strings)
    return found


def check_text(at, text):
    if re.search(r"[<>&\\]|\s\s|^\s|\s$", text) or not text:
        yield f"{at}: markup, a backslash, or spaces too many: {text!r}"
    if at.endswith(" title") and (len(text) > 64 or text[-1] in ".!"):
        yield f"{at}: a title is one short line: {text!r}"
    if "MSSL_PAGE" in at and at.endswith((" text", " owner", " todo")) and text[-1] != ".":
        yield f"{at}: a sentence ends with a full stop: {text!r}"
    first = re.split(r"(?<=[.?!])\s", text)[0]
    if at.endswith(" text") and JARGON.search(first):
        yield f"{at}: jargon ({JARGON.search(first).group()}) in the first sentence"


def check(lang, words, english):
    for page, field, number in english.keys() ^ words.keys():
        side = "only in English" if (page, field, number) in english else "not in English"
        yield f"{lang}: {page} {field} {number} is {side}"
    for key in sorted(english.keys() & words.keys()):
        page, field, _ = key
        at, text = f"{lang}: {page or 'common'} {field}", words[key]
        if sorted(re.findall(r"\{.*?\}", text)) != sorted(re.findall(r"\{.*?\}", english[key])):
            yield f"{at}: other placeholders than in English"
        if lang != "en" and text == english[key] and field not in SAME_ALLOWED:
            yield f"{at}: as in English"
        yield from check_text(f"{lang}: {page} {field}" if page else at, text)


def check_places(langs):
    table = (FOLDER / "words.c").read_text()
    header = (FOLDER / "words.h").read_text()
    doc = (ROOT / "docs/pages.md").read_text()
    for lang in langs:
        variable = "mssl_words_" + lang.replace("-", "_")
        for name, there in (("words.c", f"&{variable}," in table),
                            ("words.h", re.search(rf"\b{variable}\b", header)),
                            ("docs/pages.md", f"`{lang}`" in doc)):
            if not there:
                yield f"{name} does not have the language {lang}"
    for page, number in re.findall(r"(MSSL_PAGE_\w+) = (\d+)", (FOLDER / "kinds.h").read_text()):
        if not re.search(rf"^\| MSSL-P{int(number):02d} \|", doc, re.M):
            yield f"docs/pages.md has no row for MSSL-P{int(number):02d} ({page})"


def main():
    langs = {p.stem[len("words_"):]: read(p) for p in sorted(FOLDER.glob("words_*.c"))}
    pages = set(re.findall(r"(MSSL_PAGE_\w+) = \d+", (FOLDER / "kinds.h").read_text()))
    faults = [f"en: no words for {p}" for p in sorted(pages - {k[0] for k in langs["en"]})]
    for lang, words in langs.items():
        if words.get(("", "lang", 0)) != lang:
            faults.append(f"{lang}: .lang is not the name of the file")
        words.pop(("", "lang", 0), None)
    faults += [f for lang, words in langs.items() for f in check(lang, words, langs["en"])]
    faults += check_places(langs)
    print("\n".join(faults) or f"words: {len(langs['en'])} in {len(langs)} languages")
    return 1 if faults else 0


sys.exit(main())
