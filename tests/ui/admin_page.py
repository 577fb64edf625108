#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The page for operators as a browser shows it: over TLS with a certificate out of its own store, in both languages, light, dark, high contrast
and narrow. Says TAP. Screenshots go to OUT."""
import base64
import fcntl
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

PROGRAM, OUT = sys.argv[1:3]
HOSTILE = "<script>alert(1)</script>"


class Browser:
    """Chromium, spoken to through a pipe in the DevTools protocol."""

    def __init__(self, home):
        self.home, self.next, self.session = home, 0, None
        # The protocol is on 3 and 4: what goes there comes from beyond them.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (*os.pipe(), *os.pipe())]
        their_in, self.writing, self.reading, their_out = ends
        words = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                 "--disable-background-networking", "--hide-scrollbars", f"--user-data-dir={home}/profile", "--remote-debugging-pipe",
                 "about:blank"]
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{their_in} 4>&{their_out} {their_in}<&- {their_out}>&-', "chromium", *words],
            pass_fds=(their_in, their_out), env=os.environ | {"HOME": home, "XDG_CONFIG_HOME": f"{home}/config"},
            stdout=subprocess.DEVNULL, stderr=open(f"{home}/chromium.log", "wb"))
        os.close(their_in)
        os.close(their_out)
        self.rest, self.events = b"", []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")
        self.call("Log.enable")

    def message(self):
        while b"\0" not in self.rest:
            more = os.read(self.reading, 1 << 20)
            if not more:
                raise EOFError("chromium has ended")
            self.rest += more
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **params):
        self.next += 1
        ask = {"id": self.next, "method": method, "params": params}
        if self.session is not None:
            ask["sessionId"] = self.session
        os.write(self.writing, json.dumps(ask).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == self.next:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def go(self, url):
        self.events.clear()
        error = self.call("Page.navigate", url=url).get("errorText")
        while not any(e["method"] == "Page.loadEventFired" for e in self.events):
            self.events.append(self.message())
        return error

    def ask(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(str(result["exceptionDetails"])[:500])
        return result["result"].get("value")

    def look(self, name, scheme="light", contrast="no-preference", width=1280, height=900):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme},
                                                          {"name": "prefers-contrast", "value": contrast}])
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        image = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
        with open(os.path.join(OUT, f"admin-{name}.png"), "wb") as file:
            file.write(base64.b64decode(image))

    def end(self):
        self.process.terminate()
        self.process.wait(20)


# Contrast of every text with what is behind it, and of bars; by WCAG 2.2. What is out of sight is not asked.
CONTRAST = """(() => {
  const parse = c => (c.match(/[\\d.]+/g) || []).map(Number);
  const lum = c => { const [r, g, b] = c.slice(0, 3).map(v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ratio = (a, b) => { const [x, y] = [lum(a), lum(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  const behind = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] > 0) return c; } return [255, 255, 255]; };
  let least = 99, what = '', texts = 0, marks = 99;
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || e.closest('title, desc') || e.getClientRects().length === 0) continue;
    const style = getComputedStyle(e), svg = e.closest('svg');
    const r = ratio(parse(svg ? style.fill : style.color), behind(svg && e !== svg ? svg.parentElement : e));
    texts++;
    if (r < least) { least = r; what = e.tagName + ' ' + e.className + ' ' + e.textContent.slice(0, 30); }
  }
  for (const e of document.querySelectorAll('svg rect'))
    marks = Math.min(marks, ratio(parse(getComputedStyle(e).fill), behind(e.closest('figure'))));
  return {least, what, texts, marks};
})()"""

STRUCTURE = """(() => { const all = s => [...document.querySelectorAll(s)]; return {
  lang: document.documentElement.lang, title: document.title, scripts: all('script').length, images: all('img').length,
  landmarks: ['header', 'nav', 'main', 'footer'].map(n => all(n).length), h1: all('h1').length,
  levels: all('h1, h2, h3').map(e => Number(e.tagName[1])), tables: all('table').length,
  captions: all('table').filter(t => t.caption && t.caption.textContent.trim()).length,
  scopes: all('th').filter(e => !['row', 'col'].includes(e.scope)).length,
  plots: all('svg').map(s => [s.getAttribute('role'), s.querySelector('title')?.textContent, s.querySelector('desc')?.textContent,
    s.getAttribute('aria-labelledby').split(' ').every(i => document.getElementById(i)), s.querySelectorAll('rect').length]),
  labels: all('select').filter(s => s.labels.length === 1).length, ids: all('[id]').length - new Set(all('[id]').map(e => e.id)).size,
  named: all('section').filter(s => document.getElementById(s.getAttribute('aria-labelledby'))).length === all('section').length,
  targets: all('select, button, nav a').filter(e => e.getBoundingClientRect().height < 44).length,
  foreign: all('[lang]').map(e => e.lang), wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  text: document.body.innerText }; })()"""

CASES = 0
FAILED = 0


def check(what, good, seen=""):
    global CASES, FAILED
    CASES += 1
    FAILED += not good
    print(f"{'ok' if good else 'not ok'} {CASES} {what}" + ("" if good else f" # {str(seen)[:400]}"), flush=True)


def run(*words, **more):
    return subprocess.run(words, check=True, capture_output=True, text=True, **more).stdout


def town(data):
    """A month of figures, and a kiosk whose name is not a name."""
    db = sqlite3.connect(os.path.join(data, "platform.db"))
    today = (int(time.time()) + 28800) // 86400
    community = db.execute("SELECT community FROM kiosk LIMIT 1").fetchone()[0]
    for back in range(1, 31):
        for kiosk, n in (("K0001", 14 + back * 7 % 23), ("K0002", 11 + back * 5 % 19)):
            db.execute("INSERT INTO day_total VALUES(?,'paid',?,?,?,?)", (community, today - back, kiosk, n, n * 4321))
        hours = 4 if back % 9 == 0 else 10 + back * 3 % 17
        db.execute("INSERT INTO day_total VALUES(?,'hours',?,'',?,?)", (community, today - back, hours, hours * 95))
    for month in range(1, 6):
        for grade, n in ((5, 150), (4, 62), (3, 21), (2, 12), (1, 3 * month)):
            db.execute("INSERT INTO day_total VALUES(?,?,?,'K0001',?,0)", (community, f"rating:{grade}", today - 31 * month, n))
    db.execute("UPDATE kiosk SET state='ENROLLED', seen_ms=? WHERE id='K0001'", (int(time.time() * 1000),))
    db.execute("UPDATE kiosk SET state='ENROLLED', seen_ms=1, alarm='SEQ_FORK' WHERE id='K0002'")
    db.execute("UPDATE kiosk SET place_zh=?, place_en=? WHERE id='K0002'", (HOSTILE, HOSTILE))
    db.commit()
    db.close()


def certificates(data, home):
    store = f"sql:{home}/.pki/nssdb"
    os.makedirs(f"{home}/.pki/nssdb")
    with open(f"{home}/pass", "w", encoding="ascii") as file:
        file.write("of the tests alone\n")
    run(PROGRAM, "admin", "operator", "add", "--data", data, "--id", "wang", "--role", "operator", "--passphrase-file", f"{home}/pass",
        "--out", f"{home}/wang.p12")
    run("certutil", "-N", "-d", store, "--empty-password")
    run("certutil", "-A", "-d", store, "-n", "citycard", "-t", "C,,", "-i", f"{data}/ca.pem")
    run("pk12util", "-d", store, "-i", f"{home}/wang.p12", "-w", f"{home}/pass")


def structure(browser, code, heading):
    seen = browser.ask(STRUCTURE)
    check(f"{code}: lang and title", seen["lang"] == code and heading in seen["title"], seen["title"])
    check(f"{code}: no script, no picture from elsewhere", seen["scripts"] == 0 and seen["images"] == 0)
    check(f"{code}: landmarks, one h1, no level left out", seen["landmarks"] == [1, 1, 1, 1] and seen["levels"][0] == 1 and seen["h1"] == 1 and
          all(b - a <= 1 for a, b in zip(seen["levels"], seen["levels"][1:])), seen["levels"])
    check(f"{code}: each table has a caption, each th a scope, each section its name", seen["tables"] == 5 == seen["captions"] and
          seen["scopes"] == 0 and seen["named"] and seen["ids"] == 0, seen)
    check(f"{code}: each plot says what it is", len(seen["plots"]) == 2 and all(
        role == "img" and title and len(desc) > 20 and named and bars == 30 for role, title, desc, named, bars in seen["plots"]), seen["plots"])
    check(f"{code}: fields have labels and are large enough", seen["labels"] == 2 and seen["targets"] == 0, seen["targets"])
    check(f"{code}: the hostile name is text", HOSTILE in seen["text"])
    check(f"{code}: nothing was reported", not [e for e in browser.events if e["method"] == "Log.entryAdded"], browser.events)


def contrast(browser, name, text, **media):
    browser.look(name, **media)
    seen = browser.ask(CONTRAST)
    check(f"{name}: text {seen['least']:.1f}:1 or more, bars and marks {seen['marks']:.1f}:1", seen["least"] >= text and seen["marks"] >= 3 and
          seen["texts"] > 100, seen)


def pages(browser, url):
    browser.go(f"{url}/admin?lang=zh")
    structure(browser, "zh-CN", "设备与统计")
    contrast(browser, "zh", 7)
    browser.go(f"{url}/admin?lang=en")
    structure(browser, "en", "Fleet and figures")
    contrast(browser, "en", 7)
    contrast(browser, "dark", 7, scheme="dark")
    contrast(browser, "contrast", 7, contrast="more")
    browser.look("narrow", width=320, height=700)
    check("320 pixels wide: nothing runs out of the page", browser.ask(STRUCTURE)["wide"] == 0, browser.ask(STRUCTURE)["wide"])
    browser.call("Emulation.clearDeviceMetricsOverride")
    with open(os.path.join(OUT, "admin-print.pdf"), "wb") as file:
        file.write(base64.b64decode(browser.call("Page.printToPDF", printBackground=False)["data"]))
    for _ in range(2):  # past the link that skips to the content
        browser.call("Input.dispatchKeyEvent", type="keyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9)
    outline = browser.ask("getComputedStyle(document.activeElement).outlineWidth + ' ' + document.activeElement.tagName")
    check("the keyboard's focus is seen", outline == "3px A", outline)


def main():
    home = tempfile.mkdtemp(prefix="citycard-admin-")
    data = f"{home}/data"
    os.makedirs(OUT, exist_ok=True)
    run(PROGRAM, "init", "--data", data, "--residents", "40")
    town(data)
    certificates(data, home)
    server = subprocess.Popen([PROGRAM, "serve", "--data", data, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
    browser = None
    try:
        url = f"https://localhost:{server.stdout.readline().strip().rsplit(':', 1)[1]}"
        browser = Browser(home)
        pages(browser, url)
        run(PROGRAM, "admin", "operator", "revoke", "--data", data, "wang")
        browser.go(f"{url}/admin")
        check("revoked: the page is gone", "OPERATOR_NEEDED" in browser.ask("document.body.innerText"))
    finally:
        if browser is not None:
            browser.end()
        server.terminate()
        server.wait(20)
        shutil.rmtree(home)
    print(f"1..{CASES}")
    return FAILED != 0


sys.exit(main())
