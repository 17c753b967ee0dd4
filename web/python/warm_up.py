"""Run once while the page is built: what is imported and made here is in the page's memory from its start."""

import gc
import json

from page_driver import PARTS, answer

NEURON = {"formula": "1/(1+exp(-(w0*x0+w1*x1+w2)))", "point": "w0=2,x0=-1,w1=-3,x1=-2,w2=-3"}
REPORTS = (
    ("draw", PARTS),
    ("eval", "--json"),
    ("eval", "--digits=6"),
)
"""More would enlarge the memory that Pyodide starts with; other reports import what they need in prepare of main.js."""
for error, fields in (
    *(("", {**NEURON, "command": command, "more": [option]}) for command, option in REPORTS),
    ("", {"formula": r"\frac{1}{x}", "point": "x=2", "command": "draw", "more": [PARTS]}),
    ("", {"formula": "lambda x: x**2", "point": "x=2", "command": "draw", "more": [PARTS]}),
    ("exo", {"formula": "1/(1+exo(x))", "point": "x=1", "command": "draw", "more": [PARTS]}),
    ("expected", {"formula": "x +", "point": "x=1", "command": "draw", "more": [PARTS]}),
    ("no value", {"formula": "x*y", "point": "x=1", "command": "draw", "more": [PARTS]}),
):
    reply = json.loads(answer(json.dumps(fields)))
    is_wrong = error not in reply["error"] or bool(error) != bool(reply["error"])
    if is_wrong or (not error and reply["report"]["status"] not in (0, 1)):
        raise SystemExit(f"{fields}: {reply}")
gc.collect()
