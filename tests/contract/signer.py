# SPDX-License-Identifier: Apache-2.0
"""One key signs what the examples of the document hold. It is that of RFC 8032, 7.1, TEST 2: whoever writes the other end can make
each of these signatures as well as check it. By openssl(1), which knows Ed25519."""
import base64
import hashlib
import os
import subprocess
import tempfile

SECRET = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
PUBLIC = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
PRIVATE_DER, PUBLIC_DER = "302e020100300506032b657004220420", "302a300506032b6570032100"  # RFC 8410, before the 32 bytes


def key_id(public):
    return hashlib.sha256(bytes.fromhex(public)).hexdigest()[:16]


def envelopes(value, path="#"):
    """(place, envelope) of everything that is signed."""
    if isinstance(value, dict) and {"payload", "signature", "key_id"} <= set(value) and isinstance(value["payload"], str):
        yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in items:
        yield from envelopes(one, f"{path}/{key}")


def openssl(folder, key, text, *arguments):
    files = {"key.der": bytes.fromhex(key), "text": text.encode()}
    for name, content in files.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)
    return subprocess.run(["openssl", "pkeyutl", "-rawin", "-in", "text", "-inkey", "key.der", "-keyform", "DER", *arguments], cwd=folder,
                          check=False, capture_output=True)


def sign(text):
    with tempfile.TemporaryDirectory() as folder:
        done = openssl(folder, PRIVATE_DER + SECRET, text, "-sign")
        done.check_returncode()
        return base64.b64encode(done.stdout).decode()


def is_signed(public, envelope):
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "signature"), "wb") as file:
            file.write(base64.b64decode(envelope["signature"]))
        done = openssl(folder, PUBLIC_DER + public, envelope["payload"], "-pubin", "-verify", "-sigfile", "signature")
        return done.returncode == 0 and envelope["key_id"] == key_id(public)


def enrolled(document):
    """What a kiosk is told at its enrolment: `signing_key` is in it."""
    return document["paths"]["/v1/enrol"]["post"]["responses"]["200"]["content"]["application/json"]["example"]


def sign_all(document):
    enrolled(document)["signing_key"] = PUBLIC
    for _, envelope in envelopes(document):
        envelope.update(signature=sign(envelope["payload"]), key_id=key_id(PUBLIC))
