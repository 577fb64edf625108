# SPDX-License-Identifier: Apache-2.0
"""A day at the kiosk, played on the real program: virtual cards on real readers, a real platform at the end of a real cable.

Runs inside the readers and a virtual screen (packaging/demo --headless starts it). It presses what a resident would press,
by the names that the controls have for a screen reader, and leaves pictures, transcript.json and ledger.json in $LAB. It
ends with 1 when a step does not show what it must.
"""
import gettext
import json
import os
import subprocess
import sys
import time

import pyatspi

LAB, BUILD, TOP = (os.environ[name] for name in ("LAB", "BUILD", "TOP"))
KIOSK = f"{BUILD}/ui/citycard-kiosk"
started = time.monotonic()
steps = []
pictures = 0


class Failed(Exception):
    """A step that did not show what it must."""


def step(what, **facts):
    """One line of the transcript."""
    steps.append({"at_s": round(time.monotonic() - started, 2), "step": what, **facts})
    print(f"{steps[-1]['at_s']:7.2f} s  {what}", flush=True)


def until(seconds, what, probe):
    """What probe() gives once it gives something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = probe()
        if found:
            return found
        time.sleep(0.1)
    raise Failed(f"waited {seconds} s for {what}")


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def cards(*words):
    return run(f"{BUILD}/tests/vcard/citycard-vcard", "ctl", f"{LAB}/cards.sock", *words)


def cable(state):
    run("ip", "link", "set", "cable", state)


def ledger():
    return json.loads(run(f"{BUILD}/kiosk/platform/citycard-platform", "ledger", "--data", f"{LAB}/platform", "--json"))


# ---- The screen -----------------------------------------------------------------------------------------------------


class Words:
    """The kiosk's own catalogue, plain and large wordings."""

    def __init__(self, language):
        self.catalogue = gettext.translation(
            f"citycard-{language}", f"{BUILD}/assets/po", languages=[language])

    def of(self, plain, large=None):
        both = {self.catalogue.gettext(plain)}
        if large:
            both.add(self.catalogue.pgettext("large", large))
        return both


def desktop_nodes():
    """Every object of the kiosk that is on the screen now."""
    desktop = pyatspi.Registry.getDesktop(0)
    stack = [desktop[i] for i in range(desktop.childCount)]
    while stack:
        node = stack.pop()
        if node is None:
            continue
        yield node
        try:
            if node.getState().contains(pyatspi.STATE_VISIBLE) or node.getRoleName() in ("application", "frame"):
                stack.extend(node[i] for i in range(node.childCount))
        except (LookupError, RuntimeError):
            continue


def shown():
    """Names and texts on the screen."""
    found = []
    for node in desktop_nodes():
        try:
            if node.name and node.getState().contains(pyatspi.STATE_VISIBLE):
                found.append(node.name)
        except (LookupError, RuntimeError):
            continue
    return found


def button(names):
    for node in desktop_nodes():
        try:
            if node.getRoleName() in ("push button", "toggle button", "check box") and \
                    any(node.name == name or node.name.startswith(name) for name in names):
                return node
        except (LookupError, RuntimeError):
            continue
    return None


def press(names):
    node = until(10, f"a button {sorted(names)}", lambda: button(names))
    node.queryAction().doAction(0)


def wait_text(seconds, names):
    return until(seconds, f"text {sorted(names)}",
                 lambda: next((text for text in shown() if any(name in text for name in names)), None))


def picture(name):
    global pictures
    time.sleep(0.6)
    pictures += 1
    path = f"{LAB}/{pictures:02d}-{name}.png"
    run("import", "-window", "root", path)
    return os.path.basename(path)


# ---- The day --------------------------------------------------------------------------------------------------------


def pay_first_bills(words):
    """From home to the result; gives what the result page says."""
    press(words.of("Pay bills", "Pay bills"))
    wait_text(10, words.of("Which bills shall be paid?", "Pay which?"))
    step("bills listed", picture=picture("bills"), shown=shown())
    press(words.of("Next", "Next"))
    wait_text(10, words.of("Check the name and address", "Is this your home?"))
    step("total read back in words", picture=picture("confirm"), shown=shown())
    press(words.of("Pay now", "Pay now"))


def offline_payment(words):
    cable("down")
    wait_text(20, words.of("Offline. Some tasks finish later", "Offline, noted for later"))
    step("cable out: the kiosk says so", picture=picture("offline"))
    before = json.loads(cards("card", "elder"))["balance_fen"]
    cards("insert", "elder")
    wait_text(10, words.of("What would you like to do?", "What would you like?"))
    identity = [text for text in shown() if "张" in text or "1025" in text]
    step("card tapped: a resident of 82 is known, large text by itself", identity=identity, picture=picture("home"))
    pay_first_bills(words)
    wait_text(20, words.of("Paid", "Paid"))
    after = json.loads(cards("card", "elder"))["balance_fen"]
    step("paid from the card with the cable out", charged_fen=before - after, balance_fen=after,
         picture=picture("paid"), shown=shown())
    if before == after:
        raise Failed("the card was not charged")
    if ledger()["payments"]:
        raise Failed("the platform knows the payment though the cable is out")
    return before - after


def receipt(words):
    press(words.of("Print slip", "Print"))
    folder = f"{LAB}/kiosk/receipts"
    name = until(10, "the receipt", lambda: next(
        (entry for entry in sorted(os.listdir(folder)) if entry.endswith(".pdf")), None) if os.path.isdir(folder) else None)
    run("pdftoppm", "-r", "150", "-png", "-singlefile", f"{folder}/{name}", f"{LAB}/receipt")
    step("receipt printed", file=f"kiosk/receipts/{name}", picture="receipt.png",
         text=run("pdftotext", "-layout", f"{folder}/{name}", "-").split("\n"))


def synced_once(charged_fen):
    cable("up")
    rows = until(30, "the payment on the platform", lambda: ledger()["payments"])
    time.sleep(6)  # one more round of sync: nothing may come twice
    rows = ledger()["payments"]
    step("cable in: the platform has the payment", payments=rows)
    if len(rows) != 1 or rows[0]["tac"] != "OK" or rows[0]["amount_fen"] != charged_fen:
        raise Failed(f"the platform's ledger is not what the card did: {rows}")


def torn_payment(words):
    """The card pulled after it was charged and before anybody heard of it."""
    cards("insert", "adult")
    wait_text(10, words.of("What would you like to do?", "What would you like?"))
    before = json.loads(cards("card", "adult"))["balance_fen"]
    cards("fault", "card", "pull-after", "ins=54")
    pay_first_bills(words)
    wait_text(20, words.of("Do not pay again yet", "Do not pay again"))
    step("card pulled in the middle: in doubt, and the page says what to do", picture=picture("in-doubt"), shown=shown())
    cards("insert", "adult")
    wait_text(20, words.of("Paid", "Paid"))
    after = json.loads(cards("card", "adult"))["balance_fen"]
    rows = until(30, "the second payment on the platform",
                 lambda: [row for row in ledger()["payments"] if row["amount_fen"] == before - after])
    step("same card back: settled, one charge", charged_fen=before - after, payments=rows, picture=picture("settled"))
    if len(rows) != 1 or rows[0]["tac"] != "OK":
        raise Failed(f"not exactly one charge: {rows}")


def end_session(words):
    def finished():
        """A page that was just drawn anew may not have heard the first touch."""
        finish = button(words.of("Finish", "Finish"))
        if finish:
            finish.queryAction().doAction(0)
            time.sleep(0.5)
        return not finish

    until(10, "the end of the session", finished)
    cards("remove")
    wait_text(30, words.of("Place your card on the reader", "Place your card here"))


def day():
    words = Words("zh_CN")
    wait_text(20, words.of("Place your card on the reader", "Place your card here"))
    time.sleep(3)  # the first exchange with the platform
    step("idle", picture=picture("idle"))
    charged_fen = offline_payment(words)
    receipt(words)
    end_session(words)
    synced_once(charged_fen)
    torn_payment(words)
    end_session(words)
    press({"English"})
    english = Words("en")
    wait_text(10, english.of("Place your card on the reader", "Place your card here"))
    step("the same in English", picture=picture("english"))
    cards("insert", "lost")
    wait_text(10, english.of("This card is reported lost. Please see the desk", "Please see the desk"))
    step("a lost card is told to see the desk", picture=picture("lost"))
    cards("remove")


def main():
    environment = {**os.environ, "GTK_A11Y": "atspi"}
    with open(f"{LAB}/kiosk.log", "w", encoding="utf-8") as log:
        kiosk = subprocess.Popen([KIOSK, "--data", f"{LAB}/kiosk", "--lang", "zh_CN"],
                                 stdout=log, stderr=log, env=environment)
    failed = None
    try:
        day()
    except (Failed, subprocess.CalledProcessError) as error:
        failed = str(error)
        step("FAILED", why=failed, picture=picture("failed"), shown=shown())
    finally:
        kiosk.terminate()
        kiosk.wait(20)
    with open(f"{LAB}/ledger.json", "w", encoding="utf-8") as out:
        json.dump(ledger(), out, ensure_ascii=False, indent=2)
    with open(f"{LAB}/transcript.json", "w", encoding="utf-8") as out:
        json.dump({"passed": failed is None, "steps": steps}, out, ensure_ascii=False, indent=2)
    return 1 if failed else 0


sys.exit(main())
