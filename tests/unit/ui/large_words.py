# SPDX-License-Identifier: Apache-2.0
"""Where the screen says a wording of large-words.tsv (first column), large text has the shorter one beside it (second column)."""
import pathlib
import re
import subprocess
import sys

USED_MIN = 25  # fewer: the list or the catalogue is not read as it should be


def field(entry, key):
    found = re.search(rf'^{key} "(.*)"$', entry, re.M)
    return found and found.group(1)


def main():
    here = pathlib.Path(__file__).parent
    text = subprocess.run(["msgcat", "--no-wrap", here.parents[2] / "assets/po/zh_CN.po"], capture_output=True, text=True, check=True).stdout
    entries = [(field(entry, "msgctxt"), field(entry, "msgstr")) for entry in text.split("\n\n")]
    plain = {words for context, words in entries if context is None}
    large = {words for context, words in entries if context == "large"}
    rows = [line.split("\t") for line in (here / "large-words.tsv").read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    used = [(words, shorter) for words, shorter in rows if words in plain]
    missing = [f"{words}: large text needs {shorter}" for words, shorter in used if shorter not in large]
    print("\n".join(missing) or f"{len(used)} wordings")
    return 1 if missing or len(used) < USED_MIN else 0


sys.exit(main())
