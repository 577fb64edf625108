# SPDX-License-Identifier: Apache-2.0
"""What the command line's tests need: the program, virtual and scripted cards, and another program on the reader.

Standard library only. Run inside tests/with-readers.
"""
import ctypes
import json
import os
import queue
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback

READER_0 = "Virtual PCD 00 00"
READER_1 = "Virtual PCD 00 01"
PORT_0 = 35963

HERE = os.path.dirname(os.path.abspath(__file__))
COMMUNITY = os.path.join(HERE, "..", "..", "..", "assets", "community")


class Failed(Exception):
    pass


def expect(condition, *what):
    if not condition:
        raise Failed(" ".join(str(w) for w in what))


def expect_equal(got, wanted, what=""):
    expect(got == wanted, what, "got", repr(got), "instead of", repr(wanted))


def poll(condition, timeout_s, what, step_s=0.02):
    """Wait for a condition; gives the seconds it took."""
    start = time.monotonic()
    while time.monotonic() - start < timeout_s:
        if condition():
            return time.monotonic() - start
        time.sleep(step_s)
    raise Failed(f"{what}: not within {timeout_s} s")


# ---- The program under test -----------------------------------------------------------------------------------------


class Run:
    """One finished call of citycard."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        lines = [line for line in self.out.splitlines() if line.strip()]
        expect_equal(len(lines), 1, "JSON objects on stdout:" + self.out)
        return json.loads(lines[0])

    @property
    def error(self):
        return self.json["error"]["code"]


def stacks(pid):
    """Where a program hangs: what each of its threads waits in, and with gdb the calls that led there."""
    lines = []
    for task in sorted(os.listdir(f"/proc/{pid}/task")):
        told = []
        for name in ("comm", "wchan", "syscall"):
            try:
                with open(f"/proc/{pid}/task/{task}/{name}", encoding="ascii", errors="replace") as file:
                    told.append(file.read().strip())
            except OSError as problem:
                told.append(problem.strerror)
        lines.append(f"thread {task}: " + ", ".join(told))
    try:
        gdb = subprocess.run(["gdb", "-p", str(pid), "-batch", "-ex", "thread apply all bt 12"], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, encoding="utf-8", errors="replace", timeout=60)
        lines += [line for line in gdb.stdout.splitlines() if line.startswith(("#", "Thread"))]
    except (OSError, subprocess.TimeoutExpired):
        pass
    return "\n".join(lines)


class Citycard:
    def __init__(self, program, state):
        self.program, self.state = program, state
        self.everything = []  # all that was ever printed, for the search for secrets

    def start(self, *words, **more):
        environment = dict(os.environ, XDG_STATE_HOME=self.state, LC_ALL="C.UTF-8")
        return subprocess.Popen([self.program, *words], stdin=more.pop("stdin", subprocess.DEVNULL),
                                stdout=more.pop("stdout", subprocess.PIPE), stderr=subprocess.PIPE,
                                env=environment, encoding="utf-8", errors="surrogateescape", **more)

    def finish(self, process, timeout_s=60):
        try:
            out, err = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            where = stacks(process.pid)
            process.kill()
            said = "".join((text or "")[-500:] for text in process.communicate())
            raise Failed(f"{where}\n{said}\ncitycard hangs: {process.args}")
        self.everything += [out or "", err]
        expect(process.returncode >= 0, "ended by signal", -process.returncode, process.args, err)
        expect("Sanitizer" not in err and "runtime error" not in err, err)
        return Run(process.returncode, out, err)

    def __call__(self, *words, code=None, **more):
        timeout_s = more.pop("timeout_s", 60)
        run = self.finish(self.start(*words, **more), timeout_s)
        if code is not None:
            expect_equal(run.code, code, f"exit code of {words}: {run.out}{run.err}")
        return run

    def recovery_files(self):
        folder = os.path.join(self.state, "citycard")
        return sorted(os.path.join(folder, name) for name in os.listdir(folder)) if os.path.isdir(folder) else []


class Watch:
    """citycard watch --json in the background."""

    def __init__(self, citycard, *words):
        self.citycard = citycard
        self.process = citycard.start("watch", "--json", *words)
        self.lines = queue.Queue()
        self.seen = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put((time.monotonic(), line))

    def wait(self, timeout_s, **wanted):
        """The next line that has these values; gives it, and remembers when it came."""
        until = time.monotonic() + timeout_s
        while True:
            try:
                self.at, line = self.lines.get(timeout=max(0.01, until - time.monotonic()))
            except queue.Empty:
                raise Failed(f"watch did not say {wanted} within {timeout_s} s, only {self.seen}")
            event = json.loads(line)
            self.seen.append(event)
            if all(event.get(key) == value for key, value in wanted.items()):
                return event

    def end(self):
        self.process.terminate()
        code = self.process.wait(timeout=30)
        err = self.process.stderr.read()
        self.citycard.everything += [json.dumps(self.seen, ensure_ascii=False), err]
        expect_equal(code, 0, "exit code of watch: " + err)


# ---- Cards ------------------------------------------------------------------------------------------------------------


class VirtualCards:
    """citycard-vcard and its control socket."""

    def __init__(self, program, folder, *more, ports=(PORT_0, PORT_0 + 1)):
        self.path = os.path.join(folder, "control")
        self.log = open(os.path.join(folder, "vcard.log"), "w")
        self.process = subprocess.Popen(
            [program, "--personas", os.path.join(COMMUNITY, "personas.json"), "--keys",
             os.path.join(COMMUNITY, "demo-keys.json"), "--state", os.path.join(folder, "cards"), "--control",
             self.path, "--card", "none", "--card-port", str(ports[0]), "--sam-port", str(ports[1]), *more],
            stdout=self.log, stderr=self.log)
        poll(lambda: os.path.exists(self.path), 30, "control socket")

    def ask(self, line):
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(self.path)
            control.sendall(line.encode() + b"\n")
            answer = control.makefile().readline().rstrip("\n")
        expect(answer.startswith("ok"), line, "->", answer)
        return answer[3:]

    def card(self, key):
        return json.loads(self.ask(f"card {key}"))

    def status(self):
        return json.loads(self.ask("status"))

    def end(self):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.log.close()


class ScriptedCard:
    """A card that answers as the test says: `answer(command)` gives bytes, or None to be pulled."""

    STORAGE_ATR = bytes.fromhex("3B8F8001804F0CA000000306030001000000006A")

    def __init__(self, answer, atr=STORAGE_ATR, port=PORT_0):
        self.answer, self.atr, self.commands = answer, atr, 0
        self.link = socket.create_connection(("127.0.0.1", port))
        self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _exactly(self, count):
        data = self.link.recv(count, socket.MSG_WAITALL)
        self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        if len(data) != count:
            raise ConnectionError
        return data

    def _serve(self):
        try:
            while True:
                message = self._exactly(struct.unpack(">H", self._exactly(2))[0])
                if len(message) == 1:
                    if message == b"\x04":
                        self.link.sendall(struct.pack(">H", len(self.atr)) + self.atr)
                    continue
                self.commands += 1
                answer = self.answer(message)
                if answer is None:
                    raise ConnectionError
                self.link.sendall(struct.pack(">H", len(answer)) + answer)
        except OSError:
            pass
        finally:
            self.link.close()

    def remove(self):
        try:
            self.link.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.thread.join()


# ---- PC/SC, as another program ------------------------------------------------------------------------------------------


class ReaderState(ctypes.Structure):
    _fields_ = [("reader", ctypes.c_char_p), ("user", ctypes.c_void_p), ("current", ctypes.c_ulong),
                ("event", ctypes.c_ulong), ("atr_len", ctypes.c_ulong), ("atr", ctypes.c_ubyte * 33)]


class Pcsc:
    EMPTY, PRESENT, IN_USE = 0x10, 0x20, 0x180
    SHARED, EXCLUSIVE = 2, 1

    def __init__(self):
        self.lib = ctypes.CDLL("libpcsclite.so.1")
        self.context = ctypes.c_long()
        self.card = ctypes.c_long()
        for name in ("SCardEstablishContext", "SCardConnect", "SCardGetStatusChange", "SCardBeginTransaction",
                     "SCardEndTransaction", "SCardDisconnect", "SCardReleaseContext"):
            getattr(self.lib, name).restype = ctypes.c_long
        self._call("SCardEstablishContext", ctypes.c_ulong(2), None, None, ctypes.byref(self.context))

    def _call(self, name, *arguments):
        code = getattr(self.lib, name)(*arguments)
        expect(code == 0, name, hex(code))

    def state(self, reader):
        state = ReaderState(reader=reader.encode())
        self.lib.SCardGetStatusChange(self.context, ctypes.c_ulong(1), ctypes.byref(state), ctypes.c_ulong(1))
        return state.event

    def connect(self, reader, share):
        protocol = ctypes.c_ulong()
        self._call("SCardConnect", self.context, reader.encode(), ctypes.c_ulong(share), ctypes.c_ulong(3),
                   ctypes.byref(self.card), ctypes.byref(protocol))

    def begin(self):
        self._call("SCardBeginTransaction", self.card)

    def disconnect(self):
        self.lib.SCardDisconnect(self.card, ctypes.c_ulong(0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lib.SCardReleaseContext(self.context)


def slot_state(reader):
    with Pcsc() as pcsc:
        return pcsc.state(reader)


def await_slot(reader, flag, timeout_s=30):
    return poll(lambda: slot_state(reader) & flag, timeout_s, f"{reader} state {flag:#x}")


def service(*words):
    subprocess.run([os.environ["WITH_READERS_RESTART"], *words], check=True)


def slots(count):
    """Restart the service with so many virtual slots."""
    service("stop")
    service("slots", str(count))
    service("start")


# ---- TAP ----------------------------------------------------------------------------------------------------------------


def run_tests(tests, before):
    """Run them in turn; each gets a fresh `before()`. Gives the number that failed."""
    failed = 0
    wanted = sys.argv[3:]
    chosen = [test for test in tests if not wanted or test.__name__ in wanted]
    print(f"TAP version 13\n1..{len(chosen)}", flush=True)
    for number, test in enumerate(chosen, 1):
        start = time.monotonic()
        try:
            note = test(*before())
            good = True
        except Exception:  # whatever it was, it is this test's failure
            note, good = traceback.format_exc(), False
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {test.__name__} # {time.monotonic() - start:.1f} s")
        for line in (note or "").splitlines():
            print("# " + line)
        sys.stdout.flush()
    return failed


def work_folder():
    return tempfile.TemporaryDirectory(prefix="citycard-test-")
