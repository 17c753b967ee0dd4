"""What is public: the names in __all__, for people, for type checkers, for editors."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jedi
import pytest

import graphdiff

ROOT = Path(__file__).parent.parent
PUBLIC: dict[str, Any] = {name: getattr(graphdiff, name) for name in graphdiff.__all__ if name != "__version__"}
FUNCTIONS = [name for name, value in PUBLIC.items() if inspect.isfunction(value)]
CLASSES = [name for name, value in PUBLIC.items() if inspect.isclass(value)]
with_jedi = pytest.mark.skipif(sys.version_info >= (3, 15), reason="platform: jedi reads Python up to 3.14")


@pytest.fixture(scope="module", autouse=True)
def _cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """jedi reads its cache of parsed files while another process may be writing it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jedi.settings, "cache_directory", tmp_path_factory.mktemp("jedi"))
        yield


USES = """
import graphdiff
from graphdiff import Graph, trace, value_and_gradient
from graphdiff import jacobean  # wrong
from graphdiff import Any  # wrong

graphdiff.trase("x", x=1)  # wrong
graphdiff.TYPE_CHECKING  # wrong
version: str = graphdiff.__version__

graph: Graph = graphdiff.parse("x*y")
graphdiff.parse(3)  # wrong
graphdiff.parse(graphdiff.Source("x*y", "model.gd"))
slope: Graph = graphdiff.derivative(graph, "x", order=2, shapes={"x": (2,)})
graphdiff.derivative(graph, "x", oder=2)  # wrong
node: graphdiff.Node = graph.nodes[graph.output]
use: graphdiff.Edge = next(graph.edges())
graph.node  # wrong

traced: graphdiff.Trace = trace(graph, {"x": 1}, y=2, wrt=["x"])
first: graphdiff.ForwardStep = traced.forward[0]
step: graphdiff.BackwardStep = traced.backward[0]
edge: graphdiff.BackwardEdge = step.edges[0]
local: graphdiff.LocalDerivative = edge.local
formula: str = local.formula
number: int = local.formula  # wrong
fan_out: graphdiff.Accumulation = traced.accumulations[0]
term: graphdiff.Term = fan_out.terms[0]
traced.gradents  # wrong
traced.value = 3  # wrong
trace(graph, {"x": 1}, wrt=3)  # wrong

value, gradients = value_and_gradient("x*y", x=1, y=2)
total: float = value
names: list[str] = gradients  # wrong

result: graphdiff.Check = graphdiff.check("x^2", x=1, precision=30)
row: graphdiff.CheckRow = result.rows[0]
error: float = row.error  # wrong
agrees: bool = result.agrees
row.verdict == "agrees"
row.verdict == "agree"  # wrong

function: graphdiff.Compiled = graphdiff.compile("x^2", backend="numpy", batch=True)
code: str = function.source
value, (slope_at,) = function(1.0)
function.code  # wrong

try:
    graphdiff.parse("x +")
except graphdiff.GraphdiffError as problem:
    kind: str = problem.kind
    problem.kind == "syntax"
    problem.kind == "sintax"  # wrong
    text: str = problem.hint  # wrong
graphdiff.GraphdiffError("sintax", "unexpected end")  # wrong
"""


def test_names() -> None:
    assert set(graphdiff.__all__) == {*graphdiff._MODULES, "__version__"} == set(dir(graphdiff))
    for name, value in PUBLIC.items():
        assert (value.__name__, value.__module__) == (name, graphdiff._MODULES[name])
    assert re.fullmatch(r"\d+\.\d+\.\d+", graphdiff.__version__)
    scope: dict[str, Any] = {}
    exec("from graphdiff import *", scope)
    assert set(graphdiff.__all__) <= set(scope)


def test_a_name_that_is_not_there() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import graphdiff; graphdiff.trase"], capture_output=True, text=True, check=False
    )
    message = "AttributeError: module 'graphdiff' has no attribute 'trase'. Did you mean: 'trace'?"
    assert done.stderr.splitlines()[-1] == message
    with pytest.raises(ImportError, match="jacobean"):
        exec("from graphdiff import jacobean")


def test_importing_it_imports_nothing_else() -> None:
    code = "import graphdiff, sys; print(*sorted(name for name in sys.modules if name.startswith('graphdiff')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "graphdiff\n"


@pytest.mark.slow
def test_types(tmp_path: Path) -> None:
    """mypy reports each wrong use, and no other. It runs where its cache of graphdiff's own types may be."""
    assert (ROOT / "graphdiff" / "py.typed").is_file()
    file = tmp_path / "uses.py"
    file.write_text(USES, "utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    reported = {int(number) for number in re.findall(r"^.*uses\.py:(\d+): error", done.stdout, re.MULTILINE)}
    expected = {number for number, line in enumerate(USES.splitlines(), 1) if line.endswith("# wrong")}
    assert reported == expected, done.stdout + done.stderr


def completions(code: str) -> set[str]:
    """What an editor offers behind the last dot."""
    return {completion.name for completion in jedi.Script(f"import graphdiff\n{code}").complete()}


@pytest.mark.slow
@with_jedi
def test_editors_complete_names() -> None:
    assert set(PUBLIC) <= completions("graphdiff.")
    scope = [{"graphdiff": graphdiff}]
    assert {each.name for each in jedi.Interpreter("graphdiff.", scope).complete()} == set(graphdiff.__all__)


@pytest.mark.sampled(8)
@with_jedi
@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("graphdiff.trace('x').", {"graph", "point", "value", "gradients", "forward", "backward", "accumulations"}),
        ("graphdiff.trace('x').backward[0].", {"label", "node", "upstream", "edges", "kink"}),
        ("graphdiff.trace('x').backward[0].edges[0].local.", {"formula", "values", "jacobian", "structure"}),
        ("graphdiff.trace('x').forward[0].", {"step", "label", "node", "value"}),
        ("graphdiff.check('x').rows[0].", {"input", "analytic", "numeric", "error", "bound", "verdict"}),
        ("graphdiff.compile('x').", {"inputs", "wrt", "parameters", "source"}),
        ("graphdiff.parse('x').nodes[0].", {"index", "operands", "name", "is_input"}),
        ("graphdiff.GraphdiffError('name', 'x').", {"kind", "message", "source", "span", "hint"}),
    ],
)
def test_editors_complete_attributes(code: str, names: set[str]) -> None:
    assert names <= completions(code)


@pytest.mark.sampled(2)
@with_jedi
@pytest.mark.parametrize("name", FUNCTIONS)
def test_editors_show_signatures(name: str) -> None:
    (signature,) = jedi.Script(f"import graphdiff\ngraphdiff.{name}(").get_signatures()
    assert [each.name for each in signature.params] == list(inspect.signature(PUBLIC[name]).parameters)
    assert (PUBLIC[name].__doc__ or "?").splitlines()[0] in signature.docstring()


def section(docstring: str, title: str) -> list[str]:
    """The names that a section of a docstring describes."""
    found = re.search(rf"^{title}:\n((?:    .*\n|\n)*)", f"{docstring}\n", re.MULTILINE)
    return re.findall(r"^    \**(\w+):", found[1], re.MULTILINE) if found else []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_docstrings_of_functions(name: str) -> None:
    """They describe each parameter, what is returned and what is raised."""
    docstring = inspect.getdoc(PUBLIC[name]) or ""
    assert re.match(r"[A-Z].*\.\n\n", docstring)
    assert section(docstring, "Args") == list(inspect.signature(PUBLIC[name]).parameters)
    assert "\nReturns:\n" in docstring
    assert section(docstring, "Raises") == ["GraphdiffError"]


@pytest.mark.sampled(12)
@with_jedi
@pytest.mark.parametrize("name", CLASSES)
def test_docstrings_of_classes(name: str) -> None:
    """They describe attributes that are there, and every property has a docstring of its own."""
    docstring = PUBLIC[name].__doc__ or ""
    assert re.match(r"[A-Z].*\.(\s|$)", docstring)
    known = set(completions(f"def f(x: graphdiff.{name}):\n    x."))
    assert set(section(inspect.cleandoc(docstring), "Attributes")) <= known
    for attribute, value in vars(PUBLIC[name]).items():
        if isinstance(value, property) and not attribute.startswith("_"):
            assert value.__doc__, attribute
