# SPDX-License-Identifier: Apache-2.0
"""A real citycard-platform in a process of its own, and a client that checks each exchange against the contract."""
import hashlib
import http.client
import json
import os
import shutil
import sqlite3
import ssl
import struct
import subprocess
import tempfile
import time
import uuid

from contract import told


class Platform:
    def __init__(self, program, personas, keys):
        self.program = program
        self.folder = tempfile.mkdtemp(prefix="citycard-contract-")
        self.data = os.path.join(self.folder, "data")
        self.process = None
        self.run("init", "--residents", "60", "--seed", "1", "--today", "20261122", "--personas", personas, "--keys", keys)

    def run(self, command, *arguments):
        words = [command, *arguments, "--data", self.data]
        done = subprocess.run([self.program, *words], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def start(self, *options):
        self.process = subprocess.Popen([self.program, "serve", "--data", self.data, "--listen", "127.0.0.1:0", *options],
                                        stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().strip().rsplit(":", 1)[1])

    def stop(self):
        self.process.terminate()
        status = self.process.wait(20)
        self.process.stdout.close()
        self.process = None
        return status

    def remove(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder)

    def rows(self):
        """How many rows each table holds, but those that a look at the feed itself fills."""
        db = sqlite3.connect(f"file:{self.data}/platform.db?mode=ro", uri=True)
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        counts = {name: db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}
        db.close()
        return counts


def openssl(*arguments, text=None):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, input=text).stdout


class Kiosk:
    """A key, a certificate, and a pen that writes events as a kiosk does."""

    def __init__(self, platform, name):
        self.platform, self.name, self.seq = platform, name, 0
        self.key = os.path.join(platform.folder, f"{name}-{time.monotonic_ns()}.key")
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", self.key)
        self.csr = openssl("req", "-new", "-key", self.key, "-subj", f"/CN={name}").decode()
        self.certificate = None

    def enrolment(self):
        return {"kiosk": self.name, "code": self.platform.run("enrol-code", self.name), "csr": self.csr}

    def enrolled(self, answer):
        self.certificate = self.key + ".pem"
        with open(self.certificate, "w", encoding="ascii") as file:
            file.write(answer["certificate"])
        self.index_key = bytes.fromhex(answer["index_key"])
        self.epoch, self.prev, self.seq = answer["epoch"], bytes.fromhex(answer["chain_nonce"]), answer["head"]["seq"]

    def event(self, type_, data, raw=None, id_=None):
        id_ = id_ or str(uuid.UUID(int=(int(time.time() * 1000) << 80) | (7 << 76) | (2 << 62) | (int.from_bytes(os.urandom(7), "big"))))
        self.seq += 1
        body = raw if raw is not None else json.dumps(
            {"id": id_, "type": type_, "at": int(time.time() * 1000), "boot_id": "b", "boot_ms": 1, "kiosk": self.name,
             "seq": self.seq, "data": data}).encode()
        digest = hashlib.sha256(b"SCK1" + self.prev + struct.pack(">QQ", self.epoch, self.seq) + uuid.UUID(id_).bytes +
                                struct.pack(">Q", len(body)) + body).digest()
        event = {"seq": self.seq, "id": id_, "prev": self.prev.hex(), "hash": digest.hex()}
        self.prev = digest
        return event | {"body": body.decode() if raw is None else body}

    def sign(self, text):
        return openssl("dgst", "-sha256", "-sign", self.key, text=text.encode())


class Operator:
    """Somebody whose browser has imported what `admin operator add` made."""

    def __init__(self, platform, name, role="operator"):
        path = os.path.join(platform.folder, name)
        with open(path + ".pass", "w", encoding="ascii") as file:
            file.write("of the tests alone\n")
        platform.run("admin", "operator", "add", "--id", name, "--role", role, "--passphrase-file", path + ".pass", "--out", path + ".p12")
        self.certificate = self.key = path + ".pem"
        openssl("pkcs12", "-in", path + ".p12", "-passin", f"file:{path}.pass", "-nodes", "-out", self.key)


class Client:
    """One kept connection. `seen` gets (operation, status, code) of each exchange, and what it told of events and topics."""

    def __init__(self, platform, contract, kiosk, seen):
        self.contract, self.seen = contract, seen
        context = ssl.create_default_context(cafile=os.path.join(platform.data, "ca.pem"))
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        if kiosk is not None:
            context.load_cert_chain(kiosk.certificate, kiosk.key)
        self.http = http.client.HTTPSConnection("localhost", platform.port, context=context, timeout=20)

    def close(self):
        self.http.close()

    def send(self, method, path, body=None, **headers):
        text = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        if text is not None:
            names.setdefault("Content-Type", "application/json")
        self.http.request(method, path, body=text, headers=names)
        return self.take(method, path, text)

    def announce(self, method, path, length):
        """The headers of a request whose body never comes."""
        self.http.putrequest(method, path)
        self.http.putheader("Content-Type", "application/json")
        self.http.putheader("Content-Length", str(length))
        self.http.endheaders()

    def take(self, method, path, text=None):
        response = self.http.getresponse()
        body = response.read()
        headers = {name.lower(): value for name, value in response.getheaders()}
        if headers.get("content-encoding") == "zstd":
            body = subprocess.run(["zstd", "-dc"], input=body, check=True, capture_output=True).stdout
        faults = self.contract.answer_faults(method, path, response.status, headers, body)
        json_type = "json" in headers.get("content-type", "")
        answer = json.loads(body) if json_type else body
        if response.status < 400 and text:
            faults += self.contract.request_faults(method, path, text)
        if faults:
            raise AssertionError(f"{method} {path} {response.status}: {faults} {body[:500]}")
        name, _ = self.contract.response(method, path, response.status)
        code = answer.get("code") if response.status >= 400 else "-"
        self.seen.add((name, response.status, code))
        self.seen.update(told(method, path, response.status, text, answer))
        return response.status, answer, headers


def enrolled(platform, name, stranger):
    """A kiosk with a certificate of this platform, by a code; `stranger`, a client without one, is closed."""
    kiosk = Kiosk(platform, name)
    status, answer, _ = stranger.send("POST", "/v1/enrol", kiosk.enrolment())
    stranger.close()
    assert status == 200, answer
    kiosk.enrolled(answer)
    return kiosk
