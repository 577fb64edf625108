# SPDX-License-Identifier: Apache-2.0
"""Turn drawings into pictures and list them as a resource: render.py OUT.xml FOLDER CSS SVG… .

The screen then needs no SVG loader and scales nothing: both would cost a good part of its start. Each drawing comes in the
widths that ui/kit/icon.c knows; it shows the largest that fits.
"""
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

WIDTHS = {
    "icons": (24, 28, 32, 36, 40, 44, 48, 56, 64, 72, 80, 96, 112, 128, 160, 192),
    "pictures": (320, 400, 480, 560, 616, 720, 860, 1000),
}


def draw(job):
    drawing, width, png = job
    subprocess.run(["rsvg-convert", "--width", str(width), "--keep-aspect-ratio", "--output", png, drawing], check=True)


def main():
    out, folder, css, *drawings = sys.argv[1:]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<gresources>", '  <gresource prefix="/org/citycard/Kiosk">',
             f'    <file alias="css/kiosk.css">{os.path.abspath(css)}</file>']
    jobs = []
    for drawing in sorted(drawings):
        kind = os.path.basename(os.path.dirname(drawing))
        name = os.path.splitext(os.path.basename(drawing))[0]
        for width in WIDTHS[kind]:
            png = os.path.abspath(os.path.join(folder, f"{kind}-{name}-{width}.png"))
            jobs.append((drawing, width, png))
            lines.append(f'    <file alias="{kind}/{name}-{width}.png">{png}</file>')
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(draw, jobs))
    lines += ["  </gresource>", "</gresources>", ""]
    with open(out, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))


main()
