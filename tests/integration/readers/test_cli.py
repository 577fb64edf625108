#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The command line `citycard` through a real pcscd. Usage: with-readers test_cli.py CITYCARD CITYCARD-VCARD [TEST…]

ISSUER in the environment is the program that holds the demonstration keys: issuer.c.
"""
import fcntl
import json
import os
import random
import resource
import select
import signal
import stat
import subprocess
import sys
import tempfile
import termios
import time

from harness import (COMMUNITY, PORT_0, READER_0, READER_1, Citycard, Pcsc, ScriptedCard, VirtualCards, Watch, await_slot, expect,
                     expect_equal, poll, run_tests, service, slot_state, slots, work_folder)

# What comes within a second comes later under a sanitizer on a machine with much else to do; what hangs does not come at all.
SOON_S = 20

folder = work_folder()
citycard = Citycard(sys.argv[1], os.path.join(folder.name, "state"))
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../vcard/data")
cards = VirtualCards(sys.argv[2], folder.name, "--cards", DATA)


def insert(key):
    cards.ask(f"insert {key}")
    await_slot(READER_0, Pcsc.PRESENT)


def insert_alone(key):
    """Into an empty slot, so that pcscd sees it come."""
    if slot_state(READER_0) & Pcsc.PRESENT:
        cards.ask("remove")
        await_slot(READER_0, Pcsc.EMPTY)
    insert(key)


def before():
    """Nothing armed, no card in, PSAM in, no payment open."""
    cards.ask("faults clear")
    cards.ask("remove")
    cards.ask("sam on")
    for path in citycard.recovery_files():
        os.unlink(path)
    await_slot(READER_0, Pcsc.EMPTY)
    await_slot(READER_1, Pcsc.PRESENT)
    return ()


class Charge:
    """What a card was charged since this was made."""

    def __init__(self, key):
        self.key, self.was = key, cards.card(key)

    def expect(self, amount_fen, times=1):
        now = cards.card(self.key)
        expect_equal(self.was["balance_fen"] - now["balance_fen"], amount_fen * times, "charged fen")
        expect_equal(now["offline_counter"] - self.was["offline_counter"], times, "purchases")


# ---- readers, info --------------------------------------------------------------------------------------------------


def test_readers():
    insert("adult")
    told = citycard("readers", "--json", code=0).json
    expect_equal((told["service"], told["full"]), ("ready", False))
    expect_equal([(r["name"], r["state"], r["holds"]) for r in told["readers"]],
                 [(READER_0, "card", "t-union"), (READER_1, "card", "sam")])
    expect_equal(told["readers"][0]["atr"], "3B8880014A544343009901008F")
    text = citycard("readers", code=0).out
    expect(READER_0 in text and "t-union" in text and "sam" in text, text)
    expect_equal(citycard("readers", "--reader", "No such", "--json", code=3).error, "NO_READER")


def test_info():
    insert("adult")
    citycard("pay", "100", code=0)
    citycard("pay", "250", code=0)
    card = cards.card("adult")
    told = citycard("info", "--json", code=0).json
    expect_equal(told["family"], "t-union")
    expect_equal(told["card_number"], card["card_number"])
    expect_equal(told["balance_fen"], card["balance_fen"])
    expect_equal((told["valid_from"], told["valid_to"]), ("2024-03-01", "2034-02-28"))
    holder = told["holder"]
    expect_equal((holder["present"], holder["masked"], holder["name"], holder["id_number"], holder["class"]),
                 (True, True, "李**", "**************1024", "ordinary"))
    expect_equal((told["issuer"], told["city"], told["community"], told["uid"]),
                 ("01019901FFFFFFFF", "9901", None, None))
    expect_equal([(purse["purse"], purse["balance_fen"]) for purse in told["purses"]], [("EP", card["balance_fen"])])
    expect_equal([(r["counter"], r["type"], r["type_name"], r["amount_fen"]) for r in told["records"][:2]],
                 [(card["offline_counter"], "06", "purchase", 250), (card["offline_counter"] - 1, "06", "purchase", 100)])
    record = told["records"][0]
    expect_equal((record["terminal"], record["log"], record["overdraft_fen"]), ("990100000001", "18", 0))
    expect_equal(record["date"], time.strftime("%Y-%m-%d"))
    expect(len(record["time"]) == 8 and record["time"][2] == ":", record)
    open_told = citycard("info", "--json", "--unmasked", code=0).json
    expect_equal((open_told["holder"]["name"], open_told["holder"]["id_number"]), ("李静安", "990102198506141024"))
    citycard.everything.clear()  # the unmasked name was asked for
    text = citycard("info", code=0).out
    expect(card["card_number"] in text and "李**" in text and "李静安" not in text, text)


def test_nothing_there():
    expect_equal(citycard("info", "--json", "--wait", "0.3", code=3).error, "NO_CARD")
    expect_equal(citycard("info", "--json", "--wait", "0", "--reader", "No such", code=3).error, "NO_READER")
    expect_equal(citycard("pay", "1", "--json", "--wait", "0.3", code=3).error, "NO_CARD")
    cards.ask("sam off")
    await_slot(READER_1, Pcsc.EMPTY)
    insert("adult")
    expect_equal(citycard("pay", "1", "--json", "--wait", "0", code=3).error, "SAM")
    expect_equal(citycard("pay", "1", "--json", "--wait", "0", "--sam", READER_0, code=3).error, "SAM")


def test_card_and_sam_never_mixed_up():
    insert("adult")
    expect_equal(citycard("info", "--json", "--reader", READER_1, code=4).error, "UNSUPPORTED")
    # Both devices behind names given the wrong way round: refused, and nothing charged.
    charge = Charge("adult")
    citycard("pay", "100", "--reader", READER_1, "--sam", READER_0, code=3)
    charge.expect(0, 0)
    citycard("pay", "100", "--reader", READER_0, "--sam", READER_1, code=0)
    charge.expect(100)


def test_two_cards_and_pay():
    """Never one of two by itself: somebody says which, or takes one away."""
    second_folder = os.path.join(folder.name, "second")
    os.makedirs(second_folder)
    slots(4)
    second = VirtualCards(sys.argv[2], second_folder, ports=(PORT_0 + 2, PORT_0 + 3))
    reader_b = "Virtual PCD B 00 00"
    try:
        await_slot("Virtual PCD B 00 01", Pcsc.PRESENT)
        insert("adult")
        second.ask("insert elder")
        await_slot(reader_b, Pcsc.PRESENT)
        charge = Charge("adult")
        was = second.card("elder")
        for words in (["info"], ["pay", "100"], ["resume"]):
            told = citycard(*words, "--json", "--wait", "0")
            if words != ["resume"]:  # nothing open: it may say so without looking
                expect_equal((told.code, told.error), (3, "TWO_CARDS"), words)
                expect("--reader" in told.json["error"]["next"], told.out)
        charge.expect(0, 0)
        expect_equal(second.card("elder"), was)
        expect_equal(citycard("info", "--json", "--reader", reader_b, code=0).json["holder"]["class"], "elder")
        citycard("pay", "100", "--reader", READER_0, "--sam", READER_1, code=0)
        charge.expect(100)
        second.ask("remove")
        await_slot(reader_b, Pcsc.EMPTY)
        expect_equal(citycard("info", "--json", code=0).json["holder"]["class"], "ordinary")
    finally:
        second.end()
        slots(2)


def test_more_readers_than_shown():
    try:
        slots(20)
        run = citycard("readers", code=0)
        expect_equal(len(run.out.splitlines()), 16)
        expect("there may be more" in run.err, run.err)
        told = citycard("readers", "--json", code=0).json
        expect_equal((len(told["readers"]), told["full"]), (16, True))
    finally:
        slots(2)


def test_waits_for_a_card():
    process = citycard.start("info", "--json", "--wait", "5")
    time.sleep(0.5)
    cards.ask("insert elder")
    run = citycard.finish(process)
    expect_equal((run.code, run.json["holder"]["class"]), (0, "elder"))


def test_chaining():
    insert("student")
    plain = citycard("info", "--json", code=0).json
    cards.ask("chaining on student")
    cards.ask("chaining on sam")
    try:
        chained = citycard("info", "--json", "--trace", code=0)
        expect("61" in chained.err and "00C00000" in chained.err, chained.err)
        expect("王浩宇" not in chained.err, "name in the trace")
        expect_equal(chained.json, plain)
        charge = Charge("student")
        expect_equal(citycard("pay", "120", "--json", code=0).json["result"], "confirmed")
        charge.expect(120)
    finally:
        cards.ask("chaining off student")
        cards.ask("chaining off sam")


# ---- Cards without a number, two cards ------------------------------------------------------------------------------


def test_no_identity():
    """A storage card says its UID and no more; a stranger says that it speaks ISO 7816-4. Both are told, none is used."""
    uid = bytes.fromhex("04A1B2C3D4E5F6")
    storage = ScriptedCard(lambda command: uid + b"\x90\x00" if command[:2] == b"\xFF\xCA" else b"\x6D\x00")
    try:
        await_slot(READER_0, Pcsc.PRESENT)
        told = citycard("info", "--json", code=0).json
        expect_equal((told["family"], told["card_number"], told["uid"], told["valid_today"], told["balance_fen"]),
                     ("storage", None, uid.hex().upper(), None, None))
        expect("04A1B2C3D4E5F6" in citycard("info", code=0).out, "UID in the text")
        expect_equal([r["holds"] for r in citycard("readers", "--json", code=0).json["readers"]], ["storage", "sam"])
        expect_equal(citycard("log", "--json", code=4).error, "NO_IDENTITY")
        expect_equal(citycard("pay", "100", "--json", code=4).error, "NO_IDENTITY")
    finally:
        storage.remove()
    await_slot(READER_0, Pcsc.EMPTY)
    stranger = ScriptedCard(lambda command: b"\x6A\x82", atr=bytes.fromhex("3B8580014142434445C1"))
    try:
        await_slot(READER_0, Pcsc.PRESENT)
        told = citycard("info", "--json", code=0).json
        expect_equal((told["family"], told["card_number"]), ("iso7816", None))
    finally:
        stranger.remove()


def expect_family(key, wanted):
    """info --json says what the card's data file says that it holds."""
    told = citycard("info", "--json", "--unmasked", code=0).json
    hidden = citycard("info", "--json", code=0)
    if wanted["family"] in ("storage", "unknown"):
        expect_equal((told["card_number"], told["uid"]), (None, wanted["uid"]), key)
        return
    expect_equal((told["family"], told["card_number"]), (wanted["family"], wanted["number"]), key)
    # A T-Union card names two places: the issuer's, and that of EF17, which the library prefers.
    if "city" in wanted:
        expect_equal(told["city"], wanted.get("region", wanted["city"]), f"{key} city")
    for name in ("balance_fen", "community"):
        if name in wanted:
            expect_equal(told[name], wanted[name], f"{key} {name}")
    for name in ("valid_from", "valid_to"):
        if name in wanted:
            expect_equal(told[name].replace("-", ""), str(wanted[name]), f"{key} {name}")
    for name in ("name", "id_number", "sex", "nation", "birth_place", "student_number", "volunteer_number"):
        if name in wanted:
            expect_equal(told["holder"][name], wanted[name], f"{key} {name}")
            expect(name == "sex" or str(wanted[name]) not in hidden.out or len(str(wanted[name])) < 6, key, "shows", name)
    if isinstance(wanted.get("card_class"), str):
        expect_equal((told["card_kind"], told["spec_version"]), (wanted["card_class"], wanted["version"]), key)
    if "birth_date" in wanted:
        expect_equal(told["holder"]["birth_date"].replace("-", ""), str(wanted["birth_date"]), key)
    unit_fen = 10 if key == "macau" else 1  # what its purse counts in
    for record, expected in zip(told["records"], wanted.get("log", []), strict=False):
        expect_equal((record["counter"], record["amount_fen"] // unit_fen, int(record["type"], 16), record["date"].replace("-", "")),
                     (expected["counter"], expected["amount_fen"], expected["type"], str(expected["date"])), key)
    expect(len(told["records"]) >= len(wanted.get("log", [])), key, "records", told["records"])
    second = wanted.get("second")
    expect_equal([(other["family"], other["card_number"], other["balance_fen"]) for other in told["others"]],
                 [(second["family"], second["number"], second["balance_fen"])] if second else [], key)


def test_families():
    """Every family there is."""
    seen = []
    for name in sorted(os.listdir(DATA)):
        with open(os.path.join(DATA, name), encoding="utf-8") as file:
            data = json.load(file)
        if data["type"] != "card":
            continue
        seen.append(name.removesuffix(".json"))
        insert_alone(seen[-1])
        expect_family(seen[-1], data["expect"])
        if seen[-1] in ("ssse", "cityunion"):  # contact cards fetch every answer with GET RESPONSE
            cards.ask("chaining on")
            expect_family(seen[-1], data["expect"])
            cards.ask("chaining off")
        # The same card from its recording, except for what stands in one file with its holder.
        path = os.path.join(folder.name, seen[-1] + ".rec")
        live = citycard("record", path, "--json", code=0).json
        again = citycard("replay", path, "--json", code=0).json
        for field in ("family", "card_number", "balance_fen", "purses", "records", "journeys", "others", "uid"):
            expect_equal(again[field], live[field], f"replay of {seen[-1]}, {field}")
    insert_alone("dual")
    text = citycard("info", code=0).out
    expect("Balance   157.50 yuan" in text and "9901000000003007 (city-union), balance 42.10 yuan" in text, text)
    insert_alone("macau")
    expect("Balance   561.00 patacas" in citycard("info", code=0).out, "Macau's money")
    expect(len(seen) >= 19, "cards of other families:", seen)
    return " ".join(seen)


def test_torn_load_of_another_family():
    """The file has the family in its name: serial numbers are unique within one only."""
    insert("community")
    cards.ask("fault card pull-before ins=52")
    process = citycard.start("load", "100", "--json", stdin=subprocess.PIPE)
    expect_equal(json.loads(process.stdout.readline())["request"]["family"], "community")
    process.stdin.write('{"date":"20260115","time":"093045","mac2":"00000000"}\n')
    process.stdin.flush()
    expect_equal(citycard.finish(process).error, "IN_DOUBT")
    expect(os.path.basename(citycard.recovery_files()[0]).startswith("load-community-"), citycard.recovery_files())
    await_slot(READER_0, Pcsc.EMPTY)
    insert("community")
    told = citycard("resume", "--json", code=0).json
    expect_equal((told["result"], told["kind"]), ("void", "load"))
    expect_equal(citycard.recovery_files(), [])


def test_two_cards():
    """Never one of two by chance: both readers are named, and nothing is charged."""
    cards.ask("sam off")
    await_slot(READER_1, Pcsc.EMPTY)
    insert("adult")
    with tempfile.TemporaryDirectory() as place:
        second = VirtualCards(sys.argv[2], place, "--sam", "off", ports=(PORT_0 + 1, 35999))
        try:
            second.ask("insert elder")
            await_slot(READER_1, Pcsc.PRESENT)
            for command in (["info"], ["log"], ["prove", "06", "1"], ["load", "100", "--terminal", "990100000001"]):
                run = citycard(*command, "--json", code=3)
                expect_equal(run.error, "TWO_CARDS", command)
                expect(READER_0 in run.err and READER_1 in run.err, run.err)
            told = citycard("info", "--json", "--reader", READER_1, code=0).json
            expect_equal(told["card_number"], second.card("elder")["card_number"])
        finally:
            second.end()


# ---- watch: every state ---------------------------------------------------------------------------------------------


def test_watch_cards():
    watch = Watch(citycard)
    watch.wait(SOON_S, service="ready")
    watch.wait(SOON_S, reader=READER_0, state="empty")
    watch.wait(SOON_S, reader=READER_1, state="sam")
    cards.ask("insert adult")
    event = watch.wait(SOON_S, reader=READER_0, state="card")
    expect_equal((event["family"], event["card_number"]), ("t-union", cards.card("adult")["card_number"]))
    cards.ask("remove")
    watch.wait(SOON_S, reader=READER_0, state="empty")

    storage = ScriptedCard(lambda command: b"\x6D\x00")
    event = watch.wait(SOON_S, reader=READER_0, state="unknown-card")
    expect_equal((event["atr"], event["family"], event["card_number"]),
                 (ScriptedCard.STORAGE_ATR.hex().upper(), "storage", None))
    storage.remove()
    watch.wait(SOON_S, reader=READER_0, state="empty")

    # An ATR longer than any may be: the driver cannot power this card.
    mute = ScriptedCard(lambda command: b"\x6D\x00", atr=bytes(40))
    watch.wait(SOON_S, reader=READER_0, state="mute")
    expect_equal(citycard("info", "--json", "--wait", "0", code=4).error, "UNRESPONSIVE")
    mute.remove()
    watch.wait(SOON_S, reader=READER_0, state="empty")

    cards.ask("set lost block 1")
    cards.ask("insert lost")
    watch.wait(SOON_S, reader=READER_0, state="blocked-card")
    cards.ask("set lost block 0")
    watch.end()


def test_watch_in_use():
    insert("adult")
    watch = Watch(citycard)
    watch.wait(SOON_S, reader=READER_0, state="card")
    with Pcsc() as other:
        other.connect(READER_0, Pcsc.EXCLUSIVE)
        watch.wait(SOON_S, reader=READER_0, state="in-use")
        start = time.monotonic()
        expect_equal(citycard("info", "--json", code=3).error, "IN_USE")
        expect(time.monotonic() - start < SOON_S, "waited too long for another program")
        other.disconnect()
        watch.wait(SOON_S, reader=READER_0, state="card")
    watch.end()


def test_transaction_elsewhere():
    """Another program's transaction blocks PC/SC calls without end; citycard must not hang in them."""
    insert("adult")
    with Pcsc() as other:
        other.connect(READER_0, Pcsc.SHARED)
        other.begin()
        start = time.monotonic()
        expect_equal(citycard("info", "--json", code=3).error, "IN_USE")
        took_s = time.monotonic() - start
        expect(took_s < SOON_S, "took", took_s)
        other.disconnect()
        citycard("info", "--json", code=0)
    return f"given up after {took_s:.1f} s"


def test_watch_service():
    insert("adult")
    watch = Watch(citycard)
    watch.wait(SOON_S, reader=READER_0, state="card")
    took = []
    for how in ("kill", "stop"):
        service(how)
        watch.wait(SOON_S, service="no-service")
        time.sleep(0.6)
        started = time.monotonic()
        service("start")
        watch.wait(SOON_S, service="ready")
        watch.wait(SOON_S, reader=READER_0, state="card")
        took.append(watch.at - started)
        expect(took[-1] < SOON_S, "recovery took", took[-1])
    service("kill")
    expect_equal(citycard("info", "--json", "--wait", "0.2", code=3).error, "NO_SERVICE")
    watch.wait(SOON_S, service="no-service")

    # A daemon without any reader.
    empty = os.path.join(folder.name, "empty")
    os.makedirs(empty, exist_ok=True)
    daemon = subprocess.Popen(["/usr/sbin/pcscd", "--foreground", "--config", empty],
                              env=dict(os.environ, PCSCLITE_HP_DROPDIR=empty), stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    try:
        watch.wait(SOON_S, service="no-reader")
        expect_equal(citycard("readers", "--json", "--wait", "0", code=3).error, "NO_READER")
        expect_equal(citycard("info", "--json", "--wait", "0", code=3).error, "NO_READER")
    finally:
        daemon.terminate()
        daemon.wait(timeout=SOON_S)
    watch.wait(SOON_S, service="no-service")
    service("start")
    watch.wait(SOON_S, reader=READER_0, state="card")
    watch.end()
    return "card back after " + ", ".join(f"{s:.2f} s" for s in took)


def test_watch_limits():
    insert("adult")
    run = citycard("watch", "--json", "--count", "2", code=0)
    expect_equal(len(run.out.splitlines()), 2)
    start = time.monotonic()
    citycard("watch", "--timeout", "0.5", code=0)
    expect(0.4 < time.monotonic() - start < SOON_S, "--timeout 0.5 took", time.monotonic() - start)
    process = citycard.start("watch")
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    expect_equal(citycard.finish(process).code, 0, "after SIGINT")
    # A closed pipe ends it as it ends any filter.
    process = citycard.start("watch", "--json")
    process.stdout.readline()
    process.stdout.close()
    cards.ask("remove")
    poll(lambda: process.poll() is not None, SOON_S, "watch with a closed pipe")
    expect_equal(process.returncode, -signal.SIGPIPE)
    process.stderr.close()


# ---- pay ------------------------------------------------------------------------------------------------------------


def test_pay():
    insert("adult")
    charge = Charge("adult")
    told = citycard("pay", "500", "--json", code=0).json
    charge.expect(500)
    card = cards.card("adult")
    expect_equal((told["result"], told["amount_fen"], told["evidence"]), ("confirmed", 500, "mac2"))
    expect_equal((told["balance_before_fen"], told["balance_after_fen"]),
                 (charge.was["balance_fen"], card["balance_fen"]))
    expect_equal((told["counter"], told["tac"]), (card["proof"]["counter"], card["proof"]["tac"]))
    expect_equal((told["terminal"], told["terminal_serial"]),
                 ("990100000001", cards.status()["sam"]["terminal_serial"]))
    expect_equal(citycard.recovery_files(), [])
    text = citycard("pay", "123", code=0).out
    expect("1.23 yuan" in text, text)


def test_pay_refused():
    insert_alone("poor")
    charge = Charge("poor")
    expect_equal(citycard("pay", "1000000", "--json", code=1).error, "BALANCE_LOW")
    charge.expect(0, 0)
    insert_alone("expired")
    expect_equal(citycard("pay", "1", "--json", code=1).error, "CARD_NOT_VALID")
    cards.ask("set lost block 1")
    insert_alone("lost")
    expect_equal(citycard("pay", "1", "--json", code=1).error, "CARD_BLOCKED")
    info = citycard("info", "--json", code=0).json
    expect_equal((info["blocked"], info["card_number"]), (True, cards.card("lost")["card_number"]))
    cards.ask("set lost block 0")
    # The PSAM does not take the card's word: MAC1 spoiled on its way, so the card refuses and says so.
    insert_alone("adult")
    charge = Charge("adult")
    cards.ask("fault sam flip byte=5 ins=70")
    expect_equal(citycard("pay", "100", "--json", code=1).error, "DECLINED")
    charge.expect(0, 0)
    expect_equal(citycard.recovery_files(), [])


def pin_pipe(text):
    read_end, write_end = os.pipe()
    os.write(write_end, text.encode() + b"\n")
    os.close(write_end)
    return read_end


def pay_with_pin(text, amount, **more):
    fd = pin_pipe(text)
    try:
        return citycard("pay", amount, "--json", "--trace", "--pin-fd", str(fd), pass_fds=[fd], **more)
    finally:
        os.close(fd)


def test_pin():
    insert("pin")
    charge = Charge("pin")
    # Its own session: no terminal to ask on.
    expect_equal(citycard("pay", "100", "--json", start_new_session=True, code=1).error, "PIN_NEEDED")
    wrong = pay_with_pin("654321", "100", code=1)
    expect_equal(wrong.error, "PIN_WRONG")
    expect("2 tries left" in wrong.err, wrong.err)
    for text in ("12", "12345a", "1234567890123", ""):
        run = pay_with_pin(text, "100", code=1)
        expect(run.error in ("PIN_FORMAT", "PIN_NEEDED"), run.out)
    expect_equal(cards.card("pin")["tries"], 2, "only the one PIN went to the card;")
    charge.expect(0, 0)
    # These readers have no keypad.
    expect_equal(citycard("pay", "100", "--pad", "--json", code=3).error, "NO_KEYPAD")
    good = pay_with_pin(pin_of("pin"), "100", code=0)
    expect_equal(good.json["result"], "confirmed")
    charge.expect(100)
    # The card was reset after it: the next purchase wants the PIN again.
    expect_equal(citycard("pay", "100", "--json", start_new_session=True, code=1).error, "PIN_NEEDED")
    for secret in (pin_of("pin"), "654321"):
        expect(all(secret not in text for text in citycard.everything), "a PIN was printed")


def test_pin_on_terminal():
    """Asked on the terminal, with echo off; Ctrl-C takes it back and leaves the terminal as it was."""
    insert("pin")
    for typed, code, charged in ((pin_of("pin") + "\n", 0, 1), ("12\x03", 1, 0)):
        charge = Charge("pin")
        master, slave = os.openpty()
        was = termios.tcgetattr(slave)
        process = citycard.start("pay", "60", "--json", start_new_session=True,
                                 preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0))
        shown = b""
        while b"cancel" not in shown:
            expect(select.select([master], [], [], 5)[0], "no prompt:", shown)
            shown += os.read(master, 1000)
        expect(not termios.tcgetattr(slave)[3] & termios.ECHO, "echo is on")
        os.write(master, typed.encode())
        run = citycard.finish(process)
        expect_equal(run.code, code, run.out + run.err)
        while select.select([master], [], [], 0.1)[0]:
            shown += os.read(master, 1000)
        expect(typed.strip().encode() not in shown, "the PIN was shown")
        expect_equal(termios.tcgetattr(slave)[3], was[3], "terminal flags")
        charge.expect(60, charged)
        os.close(master)
        os.close(slave)


def pin_of(key):
    with open(os.path.join(os.path.dirname(__file__), "../../../assets/community/personas.json"),
              encoding="utf-8") as file:
        return next(card["pin"] for card in json.load(file)["cards"] if card["key"] == key)


# ---- Torn payments ----------------------------------------------------------------------------------------------------


def torn(fault, amount):
    cards.ask(f"fault card {fault} ins=54")
    run = citycard("pay", str(amount), "--json", code=5)
    expect_equal(run.error, "IN_DOUBT")
    files = citycard.recovery_files()
    expect_equal(len(files), 1, "recovery files")
    expect_equal(stat.S_IMODE(os.stat(files[0]).st_mode), 0o600)
    return run


def test_torn_after_commit():
    insert("adult")
    charge = Charge("adult")
    torn("pull-after", 700)
    charge.expect(700)
    await_slot(READER_0, Pcsc.EMPTY)
    insert("elder")
    expect_equal(citycard("resume", "--json", code=1).error, "OTHER_CARD")
    insert_alone("adult")
    told = citycard("resume", "--json", code=0).json
    expect_equal((told["result"], told["recovered"], told["amount_fen"]), ("confirmed", True, 700))
    expect(told["evidence"] in ("tac", "mac2", "log"), told)
    expect_equal(told["tac"], cards.card("adult")["proof"]["tac"])
    charge.expect(700)
    expect_equal(citycard.recovery_files(), [])
    expect_equal(citycard("resume", "--json", code=0).json, {"result": "nothing-to-resume"})
    charge.expect(700)


def test_torn_before_commit():
    insert("adult")
    charge = Charge("adult")
    torn("pull-before", 700)
    await_slot(READER_0, Pcsc.EMPTY)
    insert("adult")
    expect_equal(citycard("resume", "--json", code=0).json["result"], "void")
    charge.expect(0, 0)
    expect_equal(citycard.recovery_files(), [])


def test_torn_then_pay_again():
    """The clerk simply repeats the command: one charge, whichever way it was torn."""
    for fault in ("pull-after", "pull-before"):
        insert_alone("adult")
        charge = Charge("adult")
        torn(fault, 300)
        await_slot(READER_0, Pcsc.EMPTY)
        insert("adult")
        told = citycard("pay", "300", "--json", code=0).json
        expect_equal((told["result"], told["recovered"]), ("confirmed", fault == "pull-after"))
        charge.expect(300)
    # Another amount is another payment: the old one is settled first, then this one is made.
    charge = Charge("adult")
    torn("pull-after", 300)
    await_slot(READER_0, Pcsc.EMPTY)
    insert("adult")
    first, second = [json.loads(line) for line in citycard("pay", "50", "--json", code=0).out.splitlines()]
    expect_equal((first["settled"]["amount_fen"], first["settled"]["result"]), (300, "confirmed"))
    expect_equal((second["amount_fen"], second["result"]), (50, "confirmed"))
    expect_equal(charge.was["balance_fen"] - cards.card("adult")["balance_fen"], 350)


def test_torn_without_sam():
    insert("adult")
    charge = Charge("adult")
    torn("pull-after", 410)
    cards.ask("sam off")
    await_slot(READER_1, Pcsc.EMPTY)
    insert("adult")
    told = citycard("resume", "--json", code=0).json
    expect_equal((told["result"], told["evidence"]), ("confirmed", "log"))
    charge.expect(410)


def test_torn_in_every_way():
    """Empty success, half answers, cut answers, garbage, wrong MAC2: always in doubt, then exactly what happened."""
    for number, fault in enumerate(("drop", "promise bytes=3", "empty", "cut bytes=1", "cut bytes=2",
                                    "cut bytes=9", "garbage bytes=2 seed=7", "garbage bytes=10 seed=8",
                                    "garbage bytes=300 seed=9", "mac2", "flip byte=0", "flip byte=7", "flip byte=8",
                                    "sw sw=6F00", "sw sw=6581", "sw sw=6281")):
        insert_alone("staff")
        charge = Charge("staff")
        amount = 10 + number
        cards.ask(f"fault card {fault} ins=54")
        run = citycard("pay", str(amount), "--json")
        charged = cards.card("staff")["offline_counter"] - charge.was["offline_counter"]
        expect(run.code in (0, 5), fault, run.out, run.err)
        if run.code == 0:
            # Only a TAC bit may go unseen: MAC2 is right, and the platform checks the TAC.
            expect(fault in ("flip byte=0", "flip byte=3") and charged == 1, fault, run.out)
            charge.expect(amount)
            continue
        cards.ask("faults clear")
        told = citycard("resume", "--json", code=0).json
        expect_equal(told["result"], "confirmed" if charged else "void", fault)
        charge.expect(amount if charged else 0, charged)
        expect_equal(citycard.recovery_files(), [], fault)


def test_silent_swap():
    """Another card within 400 ms, before INIT: told as such, and neither is charged."""
    for ins in ("5C", "50"):
        insert_alone("adult")
        adult, elder = Charge("adult"), Charge("elder")
        # The balance is read once by the reading and once by the payment: the second 5C is the payment's.
        at = 2 if ins == "5C" else 1
        cards.ask(f"fault card swap key=elder gap=50 when=before ins={ins} at={at}")
        run = citycard("pay", "900", "--json", code=1)
        expect_equal(run.error, "OTHER_CARD", ins)
        adult.expect(0, 0)
        elder.expect(0, 0)
        expect_equal(citycard.recovery_files(), [])
    # The same card lost for a moment is simply tried again.
    insert_alone("adult")
    charge = Charge("adult")
    cards.ask("fault card drop ins=50")
    citycard("pay", "900", code=0)
    charge.expect(900)


def test_swap_at_debit():
    """The other card never sees the debit; the first one settles it."""
    insert("adult")
    adult, elder = Charge("adult"), Charge("elder")
    cards.ask("fault card swap key=elder gap=50 when=before ins=54")
    expect_equal(citycard("pay", "900", "--json", code=5).error, "IN_DOUBT")
    adult.expect(0, 0)
    elder.expect(0, 0)
    expect_equal(citycard("resume", "--json", code=1).error, "OTHER_CARD")
    elder.expect(0, 0)
    insert_alone("adult")
    expect_equal(citycard("resume", "--json", code=0).json["result"], "void")
    adult.expect(0, 0)


def test_pulled_anywhere():
    """An empty success at each command of a payment: exit 0 after a retry, 4 before the debit, 5 after; never twice."""
    codes = []
    for at in range(1, 40):
        insert_alone("visitor")
        charge = Charge("visitor")
        cards.ask(f"fault card drop at={at}")
        run = citycard("pay", "10", "--json")
        codes.append(run.code)
        expect(run.code in (0, 3, 4, 5), at, run.code, run.out, run.err)
        if not cards.status()["card_slot"]["faults"][0]["fired"]:
            break
        if run.code == 5:
            cards.ask("faults clear")
            citycard("resume", "--json", code=0)
        paid = run.code == 0 or cards.card("visitor")["balance_fen"] != charge.was["balance_fen"]
        charge.expect(10 if paid else 0, 1 if paid else 0)
        expect_equal(citycard.recovery_files(), [])
        cards.ask("faults clear")
    expect(codes[-1] == 0 and 5 in codes, codes)
    return "exit codes by command: " + " ".join(str(code) for code in codes)


def test_killed_after_intent():
    """Power cut: the program dies while the card works on the debit."""
    insert("adult")
    charge = Charge("adult")
    cards.ask("fault card delay ms=2500 ins=54")
    process = citycard.start("pay", "640", "--json")
    poll(lambda: any(path.endswith(".json") for path in citycard.recovery_files()), SOON_S, "intent on disk")
    time.sleep(0.2)
    process.kill()
    process.communicate()
    poll(lambda: cards.card("adult")["balance_fen"] == charge.was["balance_fen"] - 640, SOON_S, "debit")
    # The service notices that its client has gone when the card has answered.
    poll(lambda: not slot_state(READER_0) & Pcsc.IN_USE, SOON_S, "reader free")
    told = citycard("resume", "--json", code=0).json
    expect_equal(told["result"], "confirmed")
    charge.expect(640)


def test_signals_and_pipes():
    insert("adult")
    charge = Charge("adult")
    cards.ask("fault card delay ms=600 ins=54")
    process = citycard.start("pay", "70", "--json")
    poll(lambda: any(path.endswith(".json") for path in citycard.recovery_files()), SOON_S, "intent on disk")
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    run = citycard.finish(process)
    expect_equal((run.code, run.json["result"]), (0, "confirmed"), "interrupted in the debit")
    charge.expect(70)

    # Nobody reads the receipt: it is kept, and resume writes it again.
    for words in (["pay", "80"], ["pay", "80", "--json"]):
        charge = Charge("adult")
        read_end, write_end = os.pipe()
        process = citycard.start(*words, stdout=write_end)
        os.close(write_end)
        os.close(read_end)
        expect_equal(citycard.finish(process).code, 5)
        charge.expect(80)
        told = citycard("resume", "--json", code=0).json
        expect_equal((told["result"], told["amount_fen"], told["evidence"]), ("confirmed", 80, "mac2"))
        charge.expect(80)


def test_state_directory():
    insert("adult")
    charge = Charge("adult")
    blocker = os.path.join(folder.name, "a-file")
    with open(blocker, "w", encoding="utf-8"):
        pass
    expect_equal(citycard("pay", "100", "--json", "--state", blocker + "/below", code=4).error, "STATE_DIR")
    charge.expect(0, 0)
    # A file that cannot be read blocks payments of its card, and is kept.
    torn("pull-before", 100)
    path = citycard.recovery_files()[0]
    with open(path, "rb") as file:
        good = file.read()
    await_slot(READER_0, Pcsc.EMPTY)
    insert("adult")
    for bad in (b"", b"{", good[:-20], good.replace(b'"counter"', b'"count"'), good + b" " * 5000,
                good.replace(b'"amount_fen": 100', b'"amount_fen": -1'), b"\xff" * 100):
        with open(path, "wb") as file:
            file.write(bad)
        for command in (["pay", "100"], ["resume"]):
            expect_equal(citycard(*command, "--json", code=5).error, "RECOVERY_FILE")
        with open(path, "rb") as file:
            expect_equal(file.read(), bad)
    charge.expect(0, 0)
    with open(path, "wb") as file:
        file.write(good)
    expect_equal(citycard("resume", "--json", code=0).json["result"], "void")


# ---- log, prove, load, pin ----------------------------------------------------------------------------------------------


class Issuer:
    """The holder of the keys. Calls citycard and answers what it asks for."""

    def __init__(self, *words):
        self.process = subprocess.Popen([os.environ["ISSUER"], os.path.join(COMMUNITY, "personas.json"),
                                         os.path.join(COMMUNITY, "demo-keys.json"), *words],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
        self.asked = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=SOON_S)
        self.process.stdout.close()

    def serve(self, *words, code, **more):
        """What citycard said besides its questions."""
        program = citycard.start(*words, "--json", stdin=self.process.stdout, **more)
        told = []
        for line in program.stdout:
            question = json.loads(line)
            if question.keys() & {"request", "mac", "encrypt"}:
                self.asked.append(question)
                self.process.stdin.write(line)
                self.process.stdin.flush()
            else:
                told.append(question)
        run = citycard.finish(program)
        expect_equal(run.code, code, f"exit code of {words}: {told} {run.err}")
        expect_equal(len(told), 1, f"answers to {words}: {told}")
        return told[0]


def test_log():
    insert("staff")
    citycard("pay", "130", code=0)
    told = citycard("log", "--json", code=0).json
    card = cards.card("staff")
    expect_equal((told["family"], told["card_number"]), ("t-union", card["card_number"]))
    expect_equal([(r["counter"], r["amount_fen"], r["type"]) for r in told["records"]],
                 [(r["counter"], r["amount_fen"], "06") for r in card["log"]])
    expect("1.30 yuan" in citycard("log", code=0).out, "log as text")


def test_prove():
    insert("adult")
    citycard("pay", "210", code=0)
    proof = cards.card("adult")["proof"]
    for name in ("06", "purchase"):
        told = citycard("prove", name, str(proof["counter"]), "--json", code=0).json
        expect_equal((told["tac"], told["counter"], told["type"]), (proof["tac"], proof["counter"], "06"))
    expect_equal(citycard("prove", "06", str(proof["counter"] - 1), "--json", code=1).error, "NO_PROOF")
    expect(proof["tac"] in citycard("prove", "06", str(proof["counter"]), code=0).out, "proof as text")


def loaded(key, charge, amount):
    now = cards.card(key)
    expect_equal(now["balance_fen"] - charge.was["balance_fen"], amount, "loaded fen")
    return now


def test_load():
    insert("adult")
    charge = Charge("adult")
    with Issuer() as issuer:
        told = issuer.serve("load", "5000", code=0)
        request = issuer.asked[0]["request"]
        expect_equal((request["amount_fen"], request["terminal"], request["card_number"], request["balance_fen"]),
                     (5000, "990100000001", charge.was["card_number"], charge.was["balance_fen"]))
        expect_equal((told["result"], told["kind"], told["amount_fen"], told["balance_after_fen"] - told["balance_before_fen"]),
                     ("confirmed", "load", 5000, 5000))
        card = loaded("adult", charge, 5000)
        expect_equal((told["counter"], told["tac"]), (card["proof"]["counter"], card["proof"]["tac"]))
        expect_equal((told["date"], told["time"]), ("2026-01-15", "09:30:45"))
        expect_equal(card["log"][0]["type"], 2)
        # Another terminal, and no PSAM at all.
        cards.ask("sam off")
        await_slot(READER_1, Pcsc.EMPTY)
        expect_equal(issuer.serve("load", "100", "--wait", "0", code=3)["error"]["code"], "SAM")
        told = issuer.serve("load", "100", "--terminal", "112233445566", code=0)
        expect_equal(told["terminal"], "112233445566")
        loaded("adult", charge, 5100)
    expect_equal(citycard.recovery_files(), [])


def test_load_refused():
    """Nothing is on the card, and nothing is open, when the platform says no, nonsense, a wrong code, or nothing."""
    insert("adult")
    charge = Charge("adult")
    with Issuer("wrong") as issuer:
        expect_equal(issuer.serve("load", "5000", code=1)["error"]["code"], "DECLINED")
    for answer, error, code in (('{"error":"no money"}', "LOAD_REFUSED", 1), ("rubbish", "ANSWER", 1),
                                ('{"date":"20260115","time":"093045","mac2":"12"}', "ANSWER", 1),
                                ('{"date":"20269915","time":"093045","mac2":"12345678"}', "ANSWER", 1),
                                ("x" * 3000, "NO_ANSWER", 3), (None, "NO_ANSWER", 3)):
        wait_s = "0.5" if answer is None else str(SOON_S)
        process = citycard.start("load", "5000", "--json", "--timeout", wait_s, stdin=subprocess.PIPE)
        question = json.loads(process.stdout.readline())
        expect_equal(question["request"]["amount_fen"], 5000)
        if answer is not None:
            process.stdin.write(answer + "\n")
        process.stdin.flush()
        run = citycard.finish(process)
        expect_equal((run.code, run.error), (code, error), answer)
        expect_equal(citycard.recovery_files(), [])
    loaded("adult", charge, 0)


def test_load_torn():
    """Exactly what happened, whichever way it was torn; a purchase meanwhile settles it first."""
    for fault, made in (("pull-after", True), ("pull-before", False)):
        for command in (["resume"], ["load", "700"], ["pay", "50"]):
            insert_alone("adult")
            charge = Charge("adult")
            cards.ask(f"fault card {fault} ins=52")
            with Issuer() as issuer:
                expect_equal(issuer.serve("load", "700", code=5)["error"]["code"], "IN_DOUBT")
                files = citycard.recovery_files()
                expect_equal([os.path.basename(file).split("-")[0] for file in files], ["load"])
                expect_equal(stat.S_IMODE(os.stat(files[0]).st_mode), 0o600)
                await_slot(READER_0, Pcsc.EMPTY)
                insert("adult")
                if command[0] == "load":
                    told = issuer.serve(*command, code=0)
                    expect_equal((told["result"], told["recovered"]), ("confirmed", made))
                    loaded("adult", charge, 700)
                elif command[0] == "pay":
                    lines = [json.loads(line) for line in citycard(*command, "--json", code=0).out.splitlines()]
                    expect_equal([line.get("settled", {}).get("kind") for line in lines], ["load", None] if made else [None])
                    loaded("adult", charge, (700 if made else 0) - 50)
                else:
                    told = citycard("resume", "--json", code=0).json
                    expect_equal((told["kind"], told["result"], told["recovered"]),
                                 ("load", "confirmed" if made else "void", True))
                    loaded("adult", charge, 700 if made else 0)
            expect_equal(citycard.recovery_files(), [], (fault, command))
    # And the other way round: a torn payment is settled before a load.
    insert_alone("adult")
    charge = Charge("adult")
    torn("pull-after", 30)
    await_slot(READER_0, Pcsc.EMPTY)
    insert("adult")
    with Issuer() as issuer:
        program = citycard.start("load", "100", "--json", stdin=issuer.process.stdout)
        settled = json.loads(program.stdout.readline())
        expect_equal((settled["settled"]["kind"], settled["settled"]["amount_fen"]), ("payment", 30))
        issuer.process.stdin.write(program.stdout.readline())
        issuer.process.stdin.flush()
        expect_equal(citycard.finish(program).json["result"], "confirmed")
    loaded("adult", charge, 70)


def pin_command(*words, lines, **more):
    fd = pin_pipe("\n".join(lines))
    try:
        return citycard("pin", *words, "--json", "--trace", "--pin-fd", str(fd), pass_fds=[fd], **more)
    finally:
        os.close(fd)


def test_pin_verify_and_change():
    cards.ask("set pin tries 3")
    insert("pin")
    good = pin_of("pin")
    expect_equal(pin_command("verify", lines=[good], code=0).json["result"], "verified")
    wrong = pin_command("verify", lines=["654321"], code=1)
    expect_equal(wrong.error, "PIN_WRONG")
    expect("2 tries left" in wrong.err, wrong.err)
    expect_equal(pin_command("change", lines=[good, "778899"], code=0).json["result"], "changed")
    expect_equal(pin_command("verify", lines=["778899"], code=0).json["result"], "verified")
    expect_equal(pin_command("change", lines=["778899", good], code=0).json["result"], "changed")
    expect_equal(pin_command("verify", lines=["12"], code=1).error, "PIN_FORMAT")
    # These readers have no keypad.
    expect_equal(citycard("pin", "verify", "--pad", "--json", code=3).error, "NO_KEYPAD")
    for secret in (good, "654321", "778899"):
        expect(all(secret not in text for text in citycard.everything), "a PIN was printed")


def test_pin_unblock():
    insert("pin")
    good = pin_of("pin")
    cards.ask("set pin tries 0")
    expect_equal(pin_command("verify", lines=[good], code=1).error, "PIN_BLOCKED")
    fd = pin_pipe(good)
    with Issuer() as issuer:
        told = issuer.serve("pin", "unblock", "--pin-fd", str(fd), code=0, pass_fds=[fd])
        expect_equal((told["result"], {key for line in issuer.asked for key in line}), ("unblocked", {"encrypt", "mac"}))
    os.close(fd)
    expect_equal(cards.card("pin")["tries"], 3)
    pin_command("verify", lines=[good], code=0)
    fd = pin_pipe(good)
    with Issuer("wrong") as issuer:
        issuer.serve("pin", "unblock", "--pin-fd", str(fd), code=4, pass_fds=[fd])
    os.close(fd)
    # The block to encrypt holds the PIN: never onto a screen.
    master, slave = os.openpty()
    run = citycard("pin", "unblock", stdout=slave, code=2)
    expect("terminal" in run.err, run.err)
    os.close(master)
    os.close(slave)


# ---- record, replay, apdu, selftest --------------------------------------------------------------------------------------


def test_record_and_replay():
    insert("student")
    path = os.path.join(folder.name, "student.rec")
    told = citycard("record", path, "--json", code=0).json
    with open(path, encoding="utf-8") as file:
        recorded = file.read()
    citycard.everything.append(recorded)
    expect(recorded.startswith("citycard-recording 1") and "00A404" in recorded, recorded[:300])
    expect_equal(stat.S_IMODE(os.stat(path).st_mode), 0o600)
    cards.ask("remove")
    again = citycard("replay", path, "--json", code=0).json
    for key in ("family", "card_number", "balance_fen", "records", "valid_from", "purses", "journeys"):
        expect_equal(again[key], told[key], key)
    expect(told["card_number"] in citycard("replay", path, code=0).out, "replay as text")
    # Without a card there is no recording, and no file is in the way of the next try.
    empty = os.path.join(folder.name, "empty.rec")
    expect_equal(citycard("record", empty, "--wait", "1", "--json", code=3).error, "NO_CARD")
    expect(not os.path.exists(empty), "a recording of nothing")
    # What exists is never overwritten, what is none is told.
    expect_equal(citycard("record", path, "--json", code=4).error, "FILE")
    expect_equal(citycard("replay", path + ".none", "--json", code=4).error, "FILE")
    with open(path, "w", encoding="utf-8") as file:
        file.write(recorded[:len(recorded) // 2].rsplit("\n", 1)[0] + "\n")
    expect_equal(citycard("replay", path, "--json", code=4).error, "RECORDING")
    with open(path, "w", encoding="utf-8") as file:
        file.write("rubbish\n")
    expect_equal(citycard("replay", path, "--json", code=4).error, "RECORDING")


def test_record_of_a_payment():
    """Card and PSAM, both from their first command on; with the PIN masked."""
    insert("pin")
    path = os.path.join(folder.name, "pay.rec")
    fd = pin_pipe(pin_of("pin"))
    expect_equal(citycard("pay", "90", "--json", "--record", path, "--pin-fd", str(fd), pass_fds=[fd], code=0).json["result"],
                 "confirmed")
    os.close(fd)
    with open(path, encoding="utf-8") as file:
        recorded = file.read()
    citycard.everything.append(recorded)
    lines = [line.split() for line in recorded.splitlines()]
    sent = {name: [line[2] for line in lines if line[0] == name and len(line) > 3] for name in ("card", "sam")}
    expect(any(command.startswith("805401") for command in sent["card"]), recorded)
    expect(any(command.startswith("8070") for command in sent["sam"]), recorded)
    expect(any(command.startswith("00B096") for command in sent["sam"]), "the PSAM's opening is missing", recorded)
    expect(any(command.startswith("00200000") and command.endswith("*") for command in sent["card"]), recorded)


def feed(*words, text, **more):
    read_end, write_end = os.pipe()
    os.write(write_end, text.encode())
    os.close(write_end)
    try:
        return citycard(*words, stdin=read_end, **more)
    finally:
        os.close(read_end)


def test_apdu():
    insert("pin")
    aid = "00A4040008A00000063201010500"
    run = citycard("apdu", aid, "805C000204", "--trace", code=0)
    answers = run.out.split()
    expect_equal(len(answers), 2)
    expect(answers[0].endswith("9000") and answers[1] == f"{cards.card('pin')['balance_fen']:08X}9000", run.out)
    expect("may change" not in run.err, run.err)
    told = citycard("apdu", "805C 0002 04", "--json", code=0).json
    expect_equal((told["command"], told["data"], told["sw"]), ("805C000204", answers[1][:-4], "9000"))
    # Unless the reader is named, looking for the card has selected its application; a named one is as it was left: reset.
    expect_equal(citycard("apdu", "805C000204", "--reader", READER_0, code=0).out.strip()[:2], "69")
    lines = feed("apdu", text=f"# balance\n{aid}\n\n80 5C 00 02 04\n", code=0).out.split()
    expect_equal(lines, answers)
    # A PIN neither on the command line nor by accident; and never in what is shown.
    tries = cards.card("pin")["tries"]
    verify = "0020000003" + "654321"
    expect_equal(citycard("apdu", verify, "--allow-secrets", "--json", code=2).error, "USAGE")
    expect_equal(feed("apdu", "--json", text=verify + "\n", code=2).error, "USAGE")
    expect_equal(cards.card("pin")["tries"], tries)
    run = feed("apdu", "--allow-secrets", "--json", "--trace", "--unmasked", text=f"{aid}\n{verify}\n", code=0)
    expect_equal([json.loads(line)["sw"] for line in run.out.splitlines()], ["9000", "63C2"])
    expect("654321" not in run.out + run.err and "may change" in run.err, run.err)
    expect_equal(json.loads(run.out.splitlines()[1])["command"], None)
    cards.ask("set pin tries 3")
    for bad in ("", "00", "00A4", "zz", "0" * 9000):
        expect_equal(citycard("apdu", bad, "--json", code=2).error, "USAGE")
    # The named slot, whatever is in it.
    run = citycard("apdu", "00A40000023F00", "00B0960006", "--reader", READER_1, code=0)
    expect_equal(run.out.split()[1], "9901000000019000")


def test_selftest():
    insert("adult")
    told = citycard("selftest", "--json", code=0).json
    checks = {check["name"]: check for check in told["checks"]}
    expect(told["ok"] and all(check["state"] == "ok" for check in told["checks"]), told)
    expect_equal([name for name in checks if name.startswith("vector")], [f"vector V{n}" for n in range(1, 7)])
    expect_equal((checks[READER_0]["detail"], checks[READER_1]["detail"]), ("t-union", "sam"))
    expect("990100000001" in checks["psam in " + READER_1]["detail"], told)
    expect("vector V6" in citycard("selftest", code=0).out, "selftest as text")
    cards.ask("sam off")
    await_slot(READER_1, Pcsc.EMPTY)
    told = citycard("selftest", "--json", code=3).json
    expect_equal([check["name"] for check in told["checks"] if check["state"] == "absent"], ["psam"])
    service("kill")
    told = citycard("selftest", "--json", "--wait", "0", code=3).json
    expect_equal([check["name"] for check in told["checks"] if check["state"] == "absent"], ["service"])
    service("start")
    cards.ask("sam on")
    await_slot(READER_1, Pcsc.PRESENT)


# ---- Hostile cards, arguments, secrets ----------------------------------------------------------------------------------


def test_garbage():
    """Random answers to everything: an error each time, never a payment, never a crash."""
    insert("adult")
    charge = Charge("adult")
    codes = set()
    for seed in range(1, 13):
        cards.ask("faults clear")
        # Never of length 0: vpcd would wait for ever.
        cards.ask(f"fault card garbage repeat=all seed={seed} bytes={(1, 2, 3, 32, 57, 258, 300, 65535)[seed % 8]}")
        for command in (["info"], ["pay", "100"]):
            run = citycard(*command, "--json", "--wait", "0")
            codes.add(run.code)
            # Whole answers with status words that say "no such file" may well come from a card of another kind.
            stranger = run.code == 0 and command[0] == "info" and run.json["card_number"] is None
            expect(run.code in (3, 4) or stranger, command, seed, run.code, run.out)
    charge.expect(0, 0)

    chance = random.Random(4711)
    lengths = (0, 1, 2, 3, 17, 258, 259, 4000, 65535)

    def answer(command):
        kind = chance.randrange(4)
        if kind == 0:
            return chance.randbytes(chance.choice(lengths[1:]))
        if kind == 1:
            return chance.randbytes(chance.randrange(300)) + b"\x90\x00"
        if kind == 2:
            return bytes([chance.choice((0x61, 0x6C)), chance.randrange(256)])
        # A true FCI with rubbish behind it.
        return bytes.fromhex("6F318408A000000632010105A5259F0801029F0C1E") + chance.randbytes(30) + b"\x90\x00"

    cards.ask("faults clear")
    cards.ask("remove")
    await_slot(READER_0, Pcsc.EMPTY)
    scripted = ScriptedCard(answer)
    await_slot(READER_0, Pcsc.PRESENT)
    for _ in range(25):
        run = citycard("info", "--json", "--wait", "0")
        expect(run.code in (0, 3, 4), run.code, run.out)
        run = citycard("pay", "100", "--json", "--wait", "0")
        expect(run.code in (1, 3, 4), run.code, run.out)
        expect_equal(citycard.recovery_files(), [])
    expect(scripted.commands > 50, "commands", scripted.commands)
    scripted.remove()


def test_usage():
    for words in ([], ["nothing"], ["pay"], ["pay", "0"], ["pay", "-1"], ["pay", "+5"], ["pay", " 5"], ["pay", "5 "],
                  ["pay", "1.50"], ["pay", "1000001"], ["pay", "0x10"], ["pay", "99999999999999999999"], ["pay", ""],
                  ["pay", "１"], ["pay", "5", "6"], ["info", "extra"], ["load"], ["load", "0"], ["load", "1", "--terminal", "12"],
                  ["load", "1", "--key-index", "256"], ["pin"], ["pin", "guess"], ["pin", "unblock", "--pad"], ["prove", "6", "1"],
                  ["prove", "06"], ["prove", "06", "65536"], ["record"], ["replay"], ["readers", "--record", "x"],
                  ["info", "--record", ""], ["info", "--nothing"], ["info", "--reader", ""], ["watch", "--count", "0"], ["watch", "--count", "x"],
                  ["watch", "--timeout", "0"], ["watch", "--timeout", "1.2345"], ["watch", "--timeout", "-1"],
                  ["pay", "5", "--pin-fd", "-1"], ["info", "--wait", "9999"]):
        run = citycard(*words, "--json", code=2)
        expect_equal(run.error, "USAGE", words)
        expect(run.err.startswith("citycard: ") and run.err.count("\n") == 1, run.err)
    expect_equal(citycard("info", "--json", "--reader", code=2).error, "USAGE")
    help_text = citycard("--help", code=0).out
    for word in ("readers", "info", "log", "watch", "pay", "load", "resume", "pin", "prove", "record", "replay", "apdu",
                 "selftest", "--json", "Exit codes"):
        expect(word in help_text, word)
    expect(citycard("--version", code=0).out.startswith("citycard "), "version")


def test_no_secrets_printed():
    """Over all that was printed in these tests: no PIN, no full name, no full ID number."""
    with open(os.path.join(os.path.dirname(__file__), "../../../assets/community/personas.json"),
              encoding="utf-8") as file:
        people = json.load(file)["cards"]
    printed = "".join(citycard.everything)
    expect(len(printed) > 10000, "too little was printed to tell:", len(printed))
    for person in people:
        for secret in (person["name"], person["id_number"], person["name"].encode("gb18030").hex().upper(),
                       person["id_number"].encode().hex().upper()):
            expect(secret not in printed, person["key"], "printed", secret)


def test_no_core_file():
    """A program that died with a PIN or a name in memory leaves none of it on disk."""
    usual = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (usual[1], usual[1]))
    watch = Watch(citycard)
    resource.setrlimit(resource.RLIMIT_CORE, usual)
    watch.wait(SOON_S, service="ready")
    with open(f"/proc/{watch.process.pid}/limits", encoding="ascii") as limits:
        core = [line.split()[4:6] for line in limits if line.startswith("Max core file size")]
    watch.end()
    expect_equal(core, [["0", "0"]])


TESTS = [test_readers, test_info, test_nothing_there, test_card_and_sam_never_mixed_up, test_waits_for_a_card,
         test_chaining, test_no_identity, test_families, test_two_cards, test_two_cards_and_pay,
         test_more_readers_than_shown, test_watch_cards, test_watch_in_use, test_transaction_elsewhere, test_watch_service,
         test_watch_limits, test_pay, test_pay_refused, test_pin, test_pin_on_terminal, test_torn_after_commit, test_torn_before_commit,
         test_torn_then_pay_again, test_torn_without_sam, test_torn_in_every_way, test_silent_swap,
         test_swap_at_debit, test_pulled_anywhere, test_killed_after_intent, test_signals_and_pipes,
         test_state_directory, test_log, test_prove, test_load, test_load_refused, test_load_torn, test_torn_load_of_another_family,
         test_pin_verify_and_change, test_pin_unblock, test_record_and_replay, test_record_of_a_payment, test_apdu,
         test_selftest, test_garbage, test_usage, test_no_secrets_printed, test_no_core_file]

try:
    await_slot(READER_1, Pcsc.PRESENT)
    failures = run_tests(TESTS, before)
finally:
    cards.end()
    folder.cleanup()
sys.exit(1 if failures else 0)
