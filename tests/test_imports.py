"""The imports between packages (docs/architecture.md), and the imports at start-up."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from graphdiff.language.tables import load

PACKAGE = Path(__file__).parent.parent / "graphdiff"

ROOMS = [
    *("errors", "source", "operations", "graph", "writing", "language", "algebra", "passes", "targets", "compiled"),
    *("checking", "batch", "report", "drawing", "page", "notebook", "cli", "__main__"),
]
"""In the order of the listing, text → graph → passes → report: each imports only those before it."""
PRINTING = {("graph/graph.py", "writing"), ("graph/shapes.py", "writing")}
"""A graph prints itself, and errors of its nodes, through a later room: the one exception, lazily."""
ARRAYS = {
    "passes/arrays.py",  # the one interpreter of arrays
    "checking/arrays.py",  # arrays with other roundings, and of numbers of many digits
    "cli/files.py",  # the reader of .npy
    "compiled/batch.py",  # the code that runs on blocks of columns
    "targets/scalarize.py",  # what takes arrays apart
    "batch/table.py",
    "batch/csv_rows.py",
    "batch/json_lines.py",
    "batch/evaluate.py",
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def path_of(module: Path) -> str:
    return module.relative_to(PACKAGE).as_posix()


def room_of(path: str) -> str:
    return path.partition("/")[0].removesuffix(".py")


def imported(nodes: Iterable[ast.AST]) -> set[str]:
    """The names of all modules that these nodes import, but for those for type checkers alone."""
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def parsed(module: Path) -> ast.Module:
    """A file's syntax tree, without what is for type checkers alone."""
    tree = ast.parse(module.read_text("utf-8"))
    tree.body = [
        node for node in tree.body if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    ]
    return tree


def files_of(names: Iterable[str]) -> set[str]:
    """The files of graphdiff among modules."""
    paths = {f"{name.removeprefix('graphdiff.').replace('.', '/')}.py" for name in names if "graphdiff." in name}
    return {path for path in paths if (PACKAGE / path).is_file()}


@pytest.mark.parametrize("module", MODULES, ids=path_of)
def test_rooms(module: Path) -> None:
    """Each room imports only rooms before it, inside functions too."""
    path, tree = path_of(module), parsed(module)
    room = room_of(path)
    if room == "__init__":
        return
    first = imported(tree.body)
    for name in imported(ast.walk(tree)):
        other = name.removeprefix("graphdiff.").partition(".")[0]
        if name == other or not ((PACKAGE / other).is_dir() or (PACKAGE / f"{other}.py").is_file()):
            continue
        is_printing = (path, other) in PRINTING and name not in first
        assert ROOMS.index(other) <= ROOMS.index(room) or is_printing, f"{path} imports {name}"


def test_no_circles() -> None:
    """No files import each other in a circle, lazy imports included; but for the printing of graphs."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for module in MODULES:
        path = path_of(module)
        others = files_of(imported(ast.walk(parsed(module))))
        sorter.add(path, *[other for other in others - {path} if (path, room_of(other)) not in PRINTING])
    try:
        sorter.prepare()
    except CycleError as error:
        pytest.fail(f"these import each other: {' → '.join(reversed(error.args[1]))}")


@pytest.mark.parametrize("module", MODULES, ids=path_of)
def test_libraries(module: Path) -> None:
    """Each library has its rooms or files, and only the command line prints."""
    path, tree = path_of(module), parsed(module)
    room = room_of(path)
    names = imported(ast.walk(tree))
    calls = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert "print" not in calls or room == "cli"
    assert not {"eval", "exec"} & calls or path == "targets/definitions.py"
    outside = {name.split(".")[0] for name in names}
    assert "lark" not in outside or room == "language"
    assert "click" not in outside or room == "cli"
    assert "rich" not in outside or (room == "report" and module.stem in ("table", "diagnostic")) or room == "cli"
    is_text = module.stem.endswith("_definitions")  # of generated code; nothing imports it
    assert not {"numpy", "array_api_compat"} & outside or path in ARRAYS or is_text
    assert not any(name.endswith("_definitions") for name in names)
    assert "mpmath" not in outside or path == "checking/precise.py"
    assert "pyarrow" not in outside or path == "batch/parquet.py"
    assert "fast_sugiyama" not in outside or path == "drawing/layers.py"
    assert "typst" not in outside or path == "drawing/raster.py"
    assert not {"dask", "distributed"} & outside or path == "batch/cluster.py"


@pytest.mark.parametrize("words", [["--json"], ["--format", "csv"]])
def test_a_scalar_evaluation_imports_no_heavy_library(words: list[str]) -> None:
    code = (
        "import sys; from graphdiff.cli.main import run;"
        f"status = run(['eval', '(x+y)*z', '--at', 'x=-2,y=5,z=-4', *{words}]);"
        "heavy = {'numpy', 'array_api_compat', 'rich', 'lark'} & {name.split('.')[0] for name in sys.modules};"
        "sys.exit(status or ' '.join(heavy) or 0)"
    )
    load()  # now the tables are there, and no start has to make them
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_public_names() -> None:
    import graphdiff

    for name in graphdiff.__all__:
        assert getattr(graphdiff, name).__name__ == name
    assert graphdiff.__version__.count(".") == 2
    with pytest.raises(AttributeError):
        graphdiff.no_such_name  # noqa: B018
