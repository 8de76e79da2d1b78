# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
"""Pages as Chromium lays them out: whether they fit a screen of some width, and are sane to who does not see them."""

import html
import json
import os
import re
import shutil
import subprocess
import tempfile

CHROMIUM = shutil.which("chromium")

# Each page in a frame of each width, one after the other.
MEASURE = """<!DOCTYPE html><meta charset=utf-8><body><script>
const out = [];
function measure(page, width) {
    return new Promise(done => {
        const frame = document.createElement('iframe');
        frame.width = width; frame.height = 800; frame.style.border = 0; frame.src = page;
        frame.onload = () => {
            const doc = frame.contentDocument, faults = [];
            const say = (what, of) => faults.push(what + ': ' + of.slice(0, 60));
            if (doc.documentElement.scrollWidth > width) say('wider', '' + doc.documentElement.scrollWidth);
            if (!doc.documentElement.lang || !doc.title) say('no language or title', '');
            if (doc.querySelectorAll('main').length != 1) say('not one main', '');
            const heads = [...doc.querySelectorAll('h1,h2,h3')].map(h => h.tagName).join(' ');
            if (!/^H1( H2)*$/.test(heads)) say('headings', heads);
            for (const e of doc.querySelectorAll('body *')) {
                const text = e.firstChild;
                if (!text || text.nodeType != 3) continue;
                if (parseFloat(frame.contentWindow.getComputedStyle(e).fontSize) < 13) say('small', text.data);
                for (const word of text.data.matchAll(/[A-Za-z]{2,14}(?![^ ,.])/g)) {
                    const range = doc.createRange();
                    if (word.index > 0 && text.data[word.index - 1] != ' ') continue;
                    range.setStart(text, word.index); range.setEnd(text, word.index + word[0].length);
                    if (range.getClientRects().length > 1) say('a word in pieces', word[0]);
                }
            }
            out.push([page, width, faults]); frame.remove(); done();
        };
        document.body.append(frame);
    });
}
(async () => {
    for (const page of PAGES) for (const width of WIDTHS) await measure(page, width);
    const pre = document.createElement('pre');
    pre.id = 'out'; pre.textContent = JSON.stringify(out); document.body.append(pre);
})();
</script>"""


def find_faults(folder, pages, widths=(320, 390, 1280)):
    """Of HTML files in a folder. @return [(page, width, [fault])] of those that have any"""
    text = MEASURE.replace("PAGES", json.dumps(pages)).replace("WIDTHS", json.dumps(widths))
    with open(os.path.join(folder, "measure.html"), "w") as f:
        f.write(text)
    with tempfile.TemporaryDirectory() as profile:
        r = subprocess.run([CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
                            "--disable-background-networking", "--allow-file-access-from-files",
                            "--user-data-dir=" + profile, "--virtual-time-budget=600000", "--dump-dom",
                            "file://%s/measure.html" % folder],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", timeout=300)
    found = re.search(r'<pre id="out">(.*?)</pre>', r.stdout, re.S)
    assert found, (r.stdout[-500:], r.stderr[-2000:])
    rows = json.loads(html.unescape(found.group(1)))
    assert len(rows) == len(pages) * len(widths), len(rows)
    return [tuple(row) for row in rows if row[2]]
