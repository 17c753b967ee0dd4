"""Who may import whom (design, section 2), and what a start pays for."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from graphdiff.expression.tables import load

PACKAGE = Path(__file__).parent.parent / "graphdiff"

MAY_IMPORT = {
    "errors": set(),
    "expression": {"errors"},
    "operations": {"errors"},
    "notebook": {"errors", "graph", "passes", "report", "drawing"},
    "graph": {"errors", "expression", "operations", "notebook"},
    "passes": {"errors", "expression", "graph", "operations", "notebook"},
    "targets": {"errors", "expression", "graph", "operations", "passes"},
    "checking": {"errors", "expression", "graph", "operations", "passes", "targets"},
    "batch": {"errors", "expression", "graph", "operations", "passes", "targets"},
    "report": {"errors", "expression", "graph", "operations", "passes", "checking"},
    "drawing": {"errors", "graph", "operations", "passes", "report"},
    "page": {"errors", "graph", "operations", "passes", "report", "drawing", "targets"},
}
ARRAYS = {
    "passes/arrays.py",  # the one interpreter of arrays
    "checking/arrays.py",  # arrays with other roundings, and of numbers of many digits
    "cli/files.py",  # the reader of .npy
    "targets/batch.py",  # the code that runs on blocks of columns
    "targets/entries.py",  # what takes arrays apart
    "batch/table.py",
    "batch/csv_rows.py",
    "batch/json_lines.py",
    "batch/evaluate.py",
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def imported(module: Path) -> set[str]:
    """The names of all modules that a file imports, inside functions too; not those for type checkers alone."""
    tree = ast.parse(module.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_layers(module: Path) -> None:
    room = module.relative_to(PACKAGE).parts[0].removesuffix(".py")
    names = imported(module)
    rooms = {name.split(".")[1] for name in names if name.startswith("graphdiff.")}
    if room in MAY_IMPORT:
        assert rooms - {room} <= MAY_IMPORT[room]
    if room not in ("cli", "__main__"):
        assert "cli" not in rooms
        assert "print(" not in module.read_text("utf-8")
    outside = {name.split(".")[0] for name in names}
    assert "lark" not in outside or room == "expression"
    assert "click" not in outside or room == "cli"
    assert "rich" not in outside or (room == "report" and module.stem in ("table", "diagnostic")) or room == "cli"
    path = module.relative_to(PACKAGE).as_posix()
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
