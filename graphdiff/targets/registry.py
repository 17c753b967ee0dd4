"""TARGETS: one record for each language. A new language is one file in this folder and one row here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal, NamedTuple

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.operations.shapes import Shape


class InProcess(NamedTuple):
    """Code in Python, which runs in this process: on arrays that asarray of this library makes, or on nested lists
    where it needs no library."""

    library: str = ""

    def load(self) -> Any:
        """The library.

        Raises GraphdiffError("usage") where it is not installed.
        """
        package = self.library.partition(".")[0]
        if find_spec(package) is None:
            raise GraphdiffError("usage", f"this needs {package}, which is missing", hint=f"pip install {package}")
        return import_module(self.library)


class Program(NamedTuple):
    """Code that runs as a program of its own.

    tools are compilers or interpreters, of which the first that is installed is run; product is what to install for
    one of them. Among the arguments {source} and {program} stand for the paths of the source and of what a compiler
    makes of it; an interpreter has no {program}.
    """

    tools: Sequence[str]
    product: str
    arguments: Sequence[str]

    @property
    def is_compiled(self) -> bool:
        return "{program}" in self.arguments


class Signature(NamedTuple):
    """A generated function: its name, and the shapes of its parameters and of the derivatives that it returns."""

    name: str
    parameters: Sequence[Shape]
    derivatives: Sequence[Shape]


class Target(NamedTuple):
    """A language that source can be written in.

    name    what it is called on the command line and in Python; the module of this name in this folder writes it
    title   what it is called in sentences
    suffix  how the names of its files end
    writes  "entries": functions of numbers, arrays entry by entry; "arrays": functions of arrays; "formulas": no
            functions, but formulas of the value and the derivatives
    runs    how its code is run, if it can be

    Its module has source(code, name, wrt), which returns a function's source and the name of the parameter for each
    input, or formulas(graph, wrt, shapes). One whose code runs as a program has program(signatures): the source of a
    program that calls these functions. It reads from standard input, again and again, the number of a function and the
    entries of its arguments; for each it writes a line with the value and the entries of all derivatives.
    """

    name: str
    title: str
    suffix: str
    writes: Literal["entries", "arrays", "formulas"]
    runs: InProcess | Program | None = None

    @property
    def module(self) -> Any:
        """The module that writes it, imported when it is used."""
        return import_module(f"graphdiff.targets.{self.name}")


_ALL = [
    Target("python", "Python", ".py", "entries", InProcess()),
    Target("numpy", "NumPy", ".py", "arrays", InProcess("numpy")),
    Target(
        "c",
        "C",
        ".c",
        "entries",
        Program(("cc", "gcc", "clang"), "a C compiler", ("-std=c99", "-O2", "-o", "{program}", "{source}", "-lm")),
    ),
    Target("javascript", "JavaScript", ".js", "entries", Program(("node",), "Node.js", ("{source}",))),
    Target(
        "rust",
        "Rust",
        ".rs",
        "entries",
        Program(("rustc",), "Rust", ("--edition=2021", "-O", "-o", "{program}", "{source}")),
    ),
    Target("jax", "JAX", ".py", "arrays", InProcess("jax.numpy")),
    Target("torch", "PyTorch", ".py", "arrays", InProcess("torch")),
    Target("latex", "LaTeX", ".tex", "formulas"),
]

TARGETS: Mapping[str, Target] = {target.name: target for target in _ALL}
"""All languages by name, in the order in which they are listed."""
RUNNABLE: Mapping[str, Target] = {name: target for name, target in TARGETS.items() if target.runs is not None}
"""Those whose code can be run."""
BACKENDS: Mapping[str, InProcess] = {
    name: target.runs for name, target in TARGETS.items() if isinstance(target.runs, InProcess)
}
"""How those run whose code runs in this process."""


def find_target(name: str) -> Target:
    """The language of this name.

    Raises GraphdiffError("usage") where there is none.
    """
    if name not in TARGETS:
        raise GraphdiffError("usage", f"unknown language '{shorten(name)}'", hint=f"there are {', '.join(TARGETS)}")
    return TARGETS[name]
