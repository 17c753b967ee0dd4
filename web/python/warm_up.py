"""Run once while the page is built: what is imported and made here is in the page's memory from its start."""

import gc
import json

from page_driver import PARTS, answer

NEURON = {"formula": "1/(1+exp(-(w0*x0+w1*x1+w2)))", "point": "w0=2,x0=-1,w1=-3,x1=-2,w2=-3"}
for error, fields in (
    ("", {**NEURON, "command": "draw", "more": [PARTS]}),
    ("", {**NEURON, "command": "eval"}),
    ("", {"formula": r"\frac{1}{x}", "point": "x=2"}),
    ("", {"formula": "lambda x: x**2", "point": "x=2"}),
    ("exo", {"formula": "1/(1+exo(x))", "point": "x=1"}),
    ("expected", {"formula": "x +", "point": "x=1", "command": "draw", "more": [PARTS]}),
):
    reply = json.loads(answer(json.dumps(fields)))
    is_wrong = error not in reply["error"] or bool(error) != bool(reply["error"])
    if is_wrong or (not error and reply.get("report", {"status": 0})["status"] != 0):
        raise SystemExit(f"{fields}: {reply}")
gc.collect()
