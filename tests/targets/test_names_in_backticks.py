"""Names of any characters are text in every language and picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.dom.minidom import parseString

import pytest

import graphdiff
from graphdiff.targets.generate import source_of
from graphdiff.targets.registry import TARGETS

Command = Callable[..., Any]
NAMES = ["Pressure (kPa)", '*/ "]]> <b> \\ $x$', '"""', "a = b, c", "// #{x} --> ${y}", "é λ; rm"]
FORMULA = " + ".join(f"{place}*`{name}`^2" for place, name in enumerate(NAMES, 1))
POINT = {name: float(place) for place, name in enumerate(NAMES, 1)}


def test_python() -> None:
    function = graphdiff.compile(FORMULA)
    assert function.inputs == tuple(NAMES)
    assert function(**dict(zip(function.parameters.values(), POINT.values(), strict=True))) == function(*POINT.values())
    assert graphdiff.value_and_gradient(FORMULA, POINT)[1] == {name: 2 * each**2 for name, each in POINT.items()}


@pytest.mark.parametrize("target", TARGETS)
def test_no_name_leaves_its_place(target: str) -> None:
    """A name stands in comments as identifiers or escaped, and nowhere else; in SQL it is an identifier itself."""
    text = source_of(FORMULA, target)
    if target == "sql":
        assert not any(line.startswith("--") for line in text.splitlines()[1:])
        return
    assert '*/ "' not in text
    if target not in ("python", "numpy", "jax", "torch", "latex"):
        assert not any(name in text for name in NAMES)
    if target in ("python", "numpy", "jax", "torch"):
        compile(text, target, "exec")


@pytest.mark.parametrize("target", [target for target in TARGETS if target not in ("sql", "latex")])
def test_no_name_of_an_output_ends_a_comment(target: str) -> None:
    program = "\n".join([f"`{name}` = {place}*x^2" for place, name in enumerate(NAMES, 1)] + ["x"])
    text = source_of(program, target, want="jacobian", outputs=NAMES)
    assert not any(name in text for name in NAMES if name != '"""')
    if target in ("python", "numpy", "jax", "torch"):
        compile(text, target, "exec")


@pytest.mark.parametrize("form", ["svg", "html", "dot", "mmd", "tex"])
def test_pictures(form: str, command: Command) -> None:
    at = ",".join(f"`{name}`={each}" for name, each in POINT.items())
    picture = command("draw", FORMULA, "--at", at, "--format", form)
    assert picture.status == 0
    if form == "svg":
        assert '*/ "]]> <b>' in "".join(node.data for node in _texts(parseString(picture.out)))
    elif form in ("html", "mmd"):
        assert "]]> <b>" not in picture.out


def _texts(node: Any) -> list[Any]:
    return [node] if node.nodeType == node.TEXT_NODE else [each for child in node.childNodes for each in _texts(child)]
