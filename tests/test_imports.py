"""Which package may import which (docs/explanation/architecture.md), what tests import, and what a start imports."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

from graphdiff.language.tables import load

ROOT = Path(__file__).parent.parent
PACKAGE, TESTS = ROOT / "graphdiff", ROOT / "tests"

ROOMS = [
    *(
        "display",
        "ownership",
        "errors",
        "source",
        "operations",
        "graph",
        "writing",
        "language",
        "reading",
        "algebra",
        "passes",
        "textbook",
        "targets",
    ),
    *(
        "precise",
        "accuracy",
        "compiled",
        "checking",
        "batch",
        "fitting",
        "report",
        "drawing",
        "exercises",
        "page",
        "worksheet",
        "notebook",
        "live",
        "cli",
        "__main__",
    ),
]
"""In the order of the listing, text → graph → passes → report: each imports only those before it."""
PRINTING = {("graph/graph.py", "writing"), ("graph/shapes.py", "writing")}
"""A graph prints itself, and errors of its nodes, through a later room: the one exception, lazily."""
ARRAYS = {
    "passes/arrays.py",  # the one interpreter of arrays
    "passes/correlation.py",  # matrices of correlations and second derivatives
    "passes/nonlinearity.py",
    "passes/propagation.py",
    "passes/sparse/entries.py",  # the places of the entries of sparse matrices
    "passes/sparse/matrix.py",
    "passes/sparse/products.py",
    "passes/sparse/tangents.py",
    "passes/sparse/terms.py",
    "checking/matrix.py",  # unit directions
    "accuracy/draws.py",  # how far roundings move the entries of arrays
    "accuracy/rounded_arrays.py",  # arrays with other roundings
    "accuracy/rounded_precise_arrays.py",
    "precise/arrays.py",
    "precise/typed_arrays.py",  # arrays of numbers of many digits
    "cli/files.py",  # the reader of .npy
    "compiled/batch.py",  # the code that runs on blocks of columns
    "compiled/c_batch.py",
    "compiled/c_function.py",  # the memory of results in C
    "compiled/sparse_function.py",  # the arrays of sparse results
    "targets/entries.py",  # what takes arrays apart
    "targets/entry_order.py",
    "targets/scalarize.py",
    "targets/sparse/compression.py",  # directions
    "fitting/data.py",
    "fitting/fit.py",
    "fitting/fitted_rows.py",
    "fitting/least_squares.py",
    "fitting/model.py",
    "fitting/result.py",
    "fitting/statistics.py",
    "drawing/fit_plot.py",
    "batch/table.py",
    "batch/csv_rows.py",
    "batch/arrow_csv.py",
    "batch/arrow_decimals.py",
    "batch/arrow_numbers.py",
    "batch/csv_chunk.py",
    "fitting/rows.py",
    "batch/json_lines.py",
    "batch/evaluate.py",
    "batch/inputs.py",
    "batch/parquet.py",
    "batch/nonlinear_rows.py",
    "batch/uncertainty.py",
}
MODULES = sorted(PACKAGE.rglob("*.py"))
SUPPORT = TESTS / "support"
TEST_MODULES = sorted(TESTS.rglob("*.py"))
EXAMPLES = sorted((ROOT / "examples").rglob("*.py"))
HEAVY = {
    *("numpy", "array_api_compat", "rich", "lark", "mpmath", "random"),
    *("graphdiff.accuracy.assess", "graphdiff.algebra.fuse"),
}
"""What the evaluation of a formula of numbers does not import."""
NOT_SHARED = {"tests"} | {
    part
    for path in TEST_MODULES
    if not path.is_relative_to(SUPPORT)
    for part in path.relative_to(TESTS).with_suffix("").parts
}
"""What no module imports: tests, scripts and their folders."""


def path_of(module: Path) -> str:
    return module.relative_to(PACKAGE).as_posix()


def room_of(path: str) -> str:
    return path.partition("/")[0].removesuffix(".py")


def imports_of(nodes: Iterable[ast.AST]) -> set[str]:
    """The names of all modules that these nodes import, but for those for type checkers alone."""
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


class Content(NamedTuple):
    """What a module of graphdiff has, but for what is for type checkers alone.

    Attributes:
        first: The modules that it imports when it is imported itself.
        names: All modules that it imports, inside functions too.
        calls: The functions that it calls by a name.
    """

    first: set[str]
    names: set[str]
    calls: set[str]


@cache
def content_of(module: Path) -> Content:
    tree = ast.parse(module.read_text("utf-8"))
    tree.body = [
        node for node in tree.body if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    ]
    nodes = list(ast.walk(tree))
    calls = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    return Content(imports_of(tree.body), imports_of(nodes), calls)


def files_of(names: Iterable[str]) -> set[str]:
    """The files of graphdiff among modules."""
    paths = {f"{name.removeprefix('graphdiff.').replace('.', '/')}.py" for name in names if "graphdiff." in name}
    return {path for path in paths if (PACKAGE / path).is_file()}


def test_rooms() -> None:
    """Each room imports only rooms before it, inside functions too."""
    for module in MODULES:
        path, content = path_of(module), content_of(module)
        room = room_of(path)
        if room == "__init__":
            continue
        for name in content.names:
            other = name.removeprefix("graphdiff.").partition(".")[0]
            if name == other or not ((PACKAGE / other).is_dir() or (PACKAGE / f"{other}.py").is_file()):
                continue
            is_printing = (path, other) in PRINTING and name not in content.first
            assert ROOMS.index(other) <= ROOMS.index(room) or is_printing, f"{path} imports {name}"


def test_no_circles() -> None:
    """No files import each other in a circle, lazy imports included; but for the printing of graphs."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for module in MODULES:
        path = path_of(module)
        others = files_of(content_of(module).names)
        sorter.add(path, *[other for other in others - {path} if (path, room_of(other)) not in PRINTING])
    try:
        sorter.prepare()
    except CycleError as error:
        pytest.fail(f"these import each other: {' → '.join(reversed(error.args[1]))}")


def test_libraries() -> None:
    """Each library has its rooms or files, and only the command line prints."""
    for module in MODULES:
        path, (_, names, calls) = path_of(module), content_of(module)
        room = room_of(path)
        assert "print" not in calls or room == "cli", path
        assert not {"eval", "exec"} & calls or path == "targets/definitions.py", path
        outside = {name.split(".")[0] for name in names}
        assert "lark" not in outside or room == "language", path
        assert "click" not in outside or room == "cli", path
        assert (
            "rich" not in outside
            or (room == "report" and module.stem in ("rich_tables", "diagnostic"))
            or room == "cli"
            or path in ("live/app.py", "live/steps.py", "live/widgets.py")
        ), path
        assert "textual" not in outside or path in ("live/app.py", "live/completion.py", "live/widgets.py"), path
        is_text = module.stem.endswith("_definitions")  # of generated code; nothing imports it
        assert not {"numpy", "array_api_compat"} & outside or path in ARRAYS or is_text, path
        assert not any(name.endswith("_definitions") for name in names), path
        assert "mpmath" not in outside or path == "precise/context.py", path
        is_arrow = path == "batch/parquet.py" or path.startswith("batch/arrow")
        assert "pyarrow" not in outside or is_arrow, path
        assert "orjson" not in outside or path == "batch/arrow_decimals.py", path
        assert "openpyxl" not in outside or path == "batch/xlsx.py", path
        assert "fast_sugiyama" not in outside or path == "drawing/layers.py", path
        assert "typst" not in outside or path == "drawing/raster.py", path
        assert not {"pptx", "PIL"} & outside or path == "drawing/slides.py", path
        assert not {"dask", "distributed"} & outside or path == "batch/cluster.py", path


def changes_search_path(node: ast.AST) -> bool:
    """Whether a node changes where Python looks for modules."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return ast.unparse(node.func.value) == "sys.path" or node.func.attr in ("syspath_prepend", "addsitedir")
    if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
        return ast.unparse(node).startswith("sys.path")
    return isinstance(node, ast.ImportFrom) and node.module == "sys" and "path" in [each.name for each in node.names]


def test_tests_share_by_support_alone() -> None:
    """No test module or script is imported by another module, and Python looks for modules where it always does."""
    for module in (*TEST_MODULES, *EXAMPLES):
        nodes = list(ast.walk(ast.parse(module.read_text("utf-8"))))
        assert {name.partition(".")[0] for name in imports_of(nodes)} & NOT_SHARED == set(), module
        assert [ast.unparse(node) for node in nodes if changes_search_path(node)] == [], module


@pytest.mark.parametrize(
    "line",
    [
        *('sys.path.append("x")', 'sys.path.insert(0, "x")', 'sys.path[:0] = ["x"]', "sys.path[0] = x"),
        *("sys.path += x", "sys.path = x", "del sys.path[0]", "from sys import path, argv"),
        *("site.addsitedir(x)", "monkeypatch.syspath_prepend(x)"),
    ],
)
def test_changes_of_the_search_path_are_seen(line: str) -> None:
    assert any(map(changes_search_path, ast.walk(ast.parse(line))))


@pytest.mark.parametrize("words", [["--json"], ["--format", "csv"]])
def test_a_scalar_evaluation_imports_nothing_heavy(words: list[str]) -> None:
    """Neither a large library nor what works with many digits."""
    code = (
        "import graphdiff, sys; from graphdiff.cli.main import run; graphdiff.trace('x', x=1);"
        f"status = run(['eval', '(x+y)*z', '--at', 'x=-2,y=5,z=-4', *{words}]);"
        f"sys.exit(status or ' '.join({HEAVY} & sys.modules.keys()) or 0)"
    )
    load()  # now the tables are there, and no start has to make them
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
