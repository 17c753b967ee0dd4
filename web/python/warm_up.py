"""Run once while the page is built: what is imported and made here is in the page's memory from its start."""

import gc
import json

from page_driver import answer

NEURON = "1/(1+exp(-(w0*x0+w1*x1+w2)))"
POINT = "--at=w0=2,x0=-1,w1=-3,x1=-2,w2=-3"
for status, *words in (
    [0, "eval", POINT, "--json", "--", NEURON],
    [2, "eval", "--at=x=1", "--json", "--", "1/(1+exo(x))"],
    [2, "eval", "--at=x=1", "--", "x +"],
    [0, "eval", "--at=x=2", "--json", "--", r"\frac{1}{x}"],
    [0, "eval", "--at=x=2", "--json", "--", "lambda x: x**2"],
):
    reply = json.loads(answer(json.dumps({"words": words})))
    if reply["status"] != status:
        raise SystemExit(f"{words}: {reply['err']}")
assert "body" in json.loads(answer(json.dumps({"circuit": ["draw", POINT, "--", NEURON]})))
gc.collect()
