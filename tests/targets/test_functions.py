"""The rows of the elementary functions: kernels call no others, and every language has, or lacks, each of them."""

from __future__ import annotations

import ast
import ctypes
import inspect
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphdiff.operations
from graphdiff import GraphdiffError, trace
from graphdiff.graph.graph import Graph
from graphdiff.graph.shapes import infer_shapes
from graphdiff.operations import ieee, sinc
from graphdiff.operations.functions import ROWS, ElementaryFunction
from graphdiff.operations.primitive import SCALER, Primitive, Sample
from graphdiff.passes.arrays import Arrays
from graphdiff.precise.functions import Precise
from graphdiff.targets.entries import all_entries_of
from graphdiff.targets.generate import source_of
from graphdiff.targets.instructions import Instruction
from graphdiff.targets.numpy import Numpy
from graphdiff.targets.recorder import Recorder, record_definition, recording_method
from graphdiff.targets.registry import TARGETS
from graphdiff.targets.spelling import Text
from graphdiff.targets.vectorize import instructions_of
from graphdiff.targets.writer import Language
from support.engine import Engine
from support.native import library, needs_compiler
from support.samples import CASES, ELEMENTWISE, draw_operands, graph_of

CODE = [name for name, target in TARGETS.items() if target.writes != "formulas"]
"""The languages of code."""
IN_CODE = [row for row in ROWS.values() if row.in_code]


def language(target: str) -> Language:
    """The language of a target, as its code begins."""
    module = import_module(f"graphdiff.targets.{target}")
    if hasattr(module, "language"):  # a folder
        module = module.language
    (kind, *_) = [
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Language) and each.__module__ == module.__name__
    ]
    required = [each for each in inspect.signature(kind).parameters.values() if each.default is each.empty]
    made: Language = kind(*["x"] * len(required))
    return made


@pytest.mark.parametrize("target", CODE)
def test_every_language_has_or_lacks_each_function(target: str) -> None:
    """Never both; what it lacks is an error, and what it has is text."""
    writer = language(target)
    for row in IN_CODE:
        has = row.name in writer.spellings or writer.can_call(row.name)
        assert has != (row.name in writer.lacks), row.name
        instruction = Instruction(row.name, tuple(range(row.inputs or 1)))
        if not has:
            with pytest.raises(GraphdiffError, match=f"^the {writer.target.title} target does not support {row.name}"):
                writer.write(instruction, [Text("x")] * len(instruction.operands))
        elif row.is_elementwise:
            assert "x" in writer.write(instruction, [Text("x")] * len(instruction.operands)).text, row.name
        elif isinstance(writer, Numpy) and row.name not in writer.spellings:
            assert writer.library_name(row.name), row.name


@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
def test_libraries_have_what_code_calls(target: str) -> None:
    writer = language(target)
    assert isinstance(writer, Numpy)
    for line in writer.imports.values():
        pytest.importorskip(line.split()[1])
    scope: dict[str, Any] = {}
    exec("\n".join(writer.imports.values()), scope)
    for row in IN_CODE:
        if row.name not in writer.spellings and row.name not in writer.lacks:
            name = writer.library_name(row.name)
            if "." in name:
                assert callable(eval(name, scope)), name


@pytest.mark.parametrize("row", [row for row in ROWS.values() if row.is_elementwise], ids=lambda row: row.name)
def test_elementwise_functions_work_on_floats(row: ElementaryFunction) -> None:
    assert isinstance(getattr(ieee, row.name)(*[1.0] * (row.inputs or 0)), float)


@pytest.mark.parametrize("primitive", ELEMENTWISE.values(), ids=list(ELEMENTWISE))
def test_kernels_of_numbers_call_functions_with_rows(primitive: Primitive) -> None:
    instructions_of(graph_of(primitive), {})


@pytest.mark.sampled(4)
@pytest.mark.parametrize(("primitive", "sample"), CASES)
def test_kernels_of_arrays_call_functions_with_rows(primitive: Primitive, sample: Sample) -> None:
    """When they run, when they are recorded, and when they are taken apart."""
    graph = graph_of(primitive, sample)
    operands = draw_operands(primitive, sample)
    Arrays(operands).apply(primitive, *operands, **sample.parameters)
    known = {index: shape for index, shape in enumerate(infer_shapes(graph, sample.shapes)) if shape is not None}
    instructions_of(graph, known)
    has_singular_values = sample.parameters.get("ord") in (2, "nuc") and len(sample.shapes[0]) > 1
    is_decomposed = primitive.by_elimination or has_singular_values or sample.parameters.get("n", 0) < 0
    if not is_decomposed and not any(map(primitive.is_index, range(len(sample.shapes)))):
        all_entries_of(graph, known, "C")


def test_every_row_is_called() -> None:
    """By a kernel, a definition, or what stands in for a kernel."""
    folder = Path(graphdiff.operations.__file__).parent
    files = [*folder.glob("*.py"), *(folder.parent / "targets").glob("*.py")]
    trees = [ast.parse(path.read_text("utf-8")) for path in files]
    called = {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    recorded = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert [name for name in ROWS if name.rpartition(".")[2] not in called | recorded] == []


@pytest.mark.parametrize("row", [row for row in ROWS.values() if row.module], ids=lambda row: row.name)
def test_definitions_call_functions_with_rows(row: ElementaryFunction) -> None:
    assert row.definition is not None
    assert len(record_definition(row.definition).inputs) == row.inputs


def made_up(kernel: Any) -> Graph:
    """A formula of one operation."""
    primitive = Primitive(
        name="made_up",
        inputs=("x",),
        doc="a function of a test",
        backward_pattern=SCALER,
        kernel=kernel,
        partials=(lambda op, y, x: 1.0,),
        sample=((-1.0, 1.0),),
    )
    return graph_of(primitive)


def test_a_function_without_a_row_is_an_error_of_its_record() -> None:
    with pytest.raises(
        AttributeError, match=r"calls 'made_up', which has no row: add one to graphdiff/operations/functions\.py"
    ):
        made_up(lambda xp, x: xp.made_up(x))


@pytest.mark.parametrize(
    ("kernel", "message"),
    [
        (lambda xp, x: xp.exp(x, base=2), "'exp' with the option 'base', which its row lacks"),
        (lambda xp, x: xp.hypot(x), "'hypot' with 1 operands, but its row has 2"),
    ],
)
def test_a_call_that_is_not_as_its_row_is_an_error_of_its_record(kernel: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        made_up(kernel)


def test_a_function_for_numbers_is_not_recorded() -> None:
    with pytest.raises(AttributeError, match="'isfinite' is for kernels that run on numbers"):
        instructions_of(made_up(lambda xp, x: xp.isfinite(x)), {})


def add_row(row: ElementaryFunction, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ROWS, row.name, row)
    monkeypatch.setattr(Recorder, row.name, recording_method(row.name), raising=False)


@pytest.fixture
def row_alone(monkeypatch: pytest.MonkeyPatch) -> Graph:
    """A formula of a function that has a row and no more."""
    add_row(ElementaryFunction("made_up", is_elementwise=True, is_standard=False), monkeypatch)
    return made_up(lambda xp, x: xp.made_up(x))


@pytest.mark.parametrize("target", CODE)
def test_a_row_alone_is_an_error_of_each_language(target: str, row_alone: Graph) -> None:
    with pytest.raises(GraphdiffError, match=f"^the {TARGETS[target].title} target does not support made_up$"):
        source_of(row_alone, target)


def test_a_row_alone_is_an_error_where_it_runs(row_alone: Graph) -> None:
    with pytest.raises(AttributeError, match="'made_up' is not a function of numbers"):
        trace(row_alone, x0=1.0)
    with pytest.raises(GraphdiffError, match="numpy does not support made_up"):
        trace(row_alone, x0=np.ones(2), upstream=1.0)
    with pytest.raises(GraphdiffError, match="mpmath does not support made_up"):
        Precise(20).made_up(1.0)


@pytest.fixture
def defined(monkeypatch: pytest.MonkeyPatch) -> Graph:
    """A formula of a function that has a row with a definition."""

    def made_up_value(xp: Any, x: Any) -> Any:
        return xp.where(xp.less(x, 0.0), xp.exp(x), 1.0 + x * xp.round(x))

    monkeypatch.setattr(sinc, "made_up", made_up_value, raising=False)
    add_row(ElementaryFunction("made_up", is_elementwise=True, is_standard=False, module="sinc"), monkeypatch)
    monkeypatch.delitem(vars(ieee), "made_up", raising=False)
    return made_up(lambda xp, x: xp.made_up(x))


POINTS = {-1.0: np.exp(-1.0), 2.25: 5.5, 2.5: 6.0, float("inf"): float("inf")}


def test_a_definition_serves_every_interpreter(defined: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    for x, value in POINTS.items():
        assert trace(defined, x0=x).value == pytest.approx(value, rel=1e-15)
    values = trace(defined, x0=np.array([*POINTS]), upstream=1.0).value
    assert np.allclose(values, [*POINTS.values()], rtol=1e-15, atol=0)
    monkeypatch.delitem(vars(ieee), "made_up", raising=False)


@pytest.mark.parametrize("target", ["python", "numpy", "jax"])
def test_a_definition_serves_languages_in_python(target: str, defined: Graph) -> None:
    if target == "jax":
        pytest.importorskip("jax").config.update("jax_enable_x64", True)
    scope: dict[str, Any] = {}
    exec(source_of(defined, target), scope)
    for x, value in POINTS.items():
        assert float(scope["f"](x)[0]) == pytest.approx(value, rel=1e-15)


@needs_compiler
def test_a_definition_serves_c(defined: Graph, tmp_path: Path) -> None:
    function = library(tmp_path, source_of(defined, "c", wrt=[])).f
    function.restype = ctypes.c_double
    for x, value in POINTS.items():
        assert function(ctypes.c_double(x)) == pytest.approx(value, rel=1e-15)


def test_a_definition_serves_javascript(defined: Graph, engine: Engine) -> None:
    found = engine.call(source_of(defined, "javascript", wrt=[]), "f", [[x] for x in POINTS if x < 100])
    assert [value for value, _ in found] == pytest.approx([value for x, value in POINTS.items() if x < 100], rel=1e-15)


def test_options_that_a_row_has_by_default_are_not_written() -> None:
    writer = language("numpy")
    options = (("axis", None), ("keepdims", True))
    assert writer.write(Instruction("sum", (0,), options), [Text("x")]).text == "np.sum(x, keepdims=True)"
