"""Prints the size of the page of web/, and its times: python tests/web_page.py, after python web/build.py.

A start is the time until the first formula is shown; a key, that until the page shows what it has changed.
"""

from __future__ import annotations

import gzip
from statistics import median

from support.web import PAGE, PROGRAMS, visit

NEURON = "1/(1+exp(-(w0*x0+w1*x1+w2)))"
POINT = "w0=2,x0=-1,w1=-3,x1=-2,w2=-3"
PANES = "circuit", "tables", "JSON"


def main() -> None:
    print(f"size: {len(gzip.compress(PAGE.read_bytes(), 9)) / 1e6:.2f} MB with gzip")
    for browser in PROGRAMS:
        keys = [NEURON, *(f"{NEURON}+{number}" for number in range(1, 31))]
        for pane in PANES:
            steps = [{"formula": key, "point": POINT, "pane": pane} for key in keys]
            found = visit(browser, {"open": "?second"}, *steps)
            assert all(each["result"] for each in found.seen), found.seen
            first, second, _, *times = found.times
            print(f"{browser}, {pane}: first start {first} ms, second {second} ms, a key {median(times):.0f} ms")


if __name__ == "__main__":
    main()
