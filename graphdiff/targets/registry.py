"""TARGETS: one record for each language that generated code can be in.

A new language is one file in this folder and one row here.
"""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal, NamedTuple

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.passes.request import check_sparse
from graphdiff.targets.results import Result, Tree
from graphdiff.targets.sql_dialects import DIALECTS, TABLE


class InProcess(NamedTuple):
    """Python code, which runs in this process: on the arrays of a library, or on nested lists if it needs no library.

    library is the module whose asarray makes these arrays.
    """

    library: str = ""

    def load(self) -> Any:
        """The library; raises GraphdiffError as load does."""
        return load(self.library)


class Query(NamedTuple):
    """A query, which a database runs in this process.

    library is the module whose connect() returns a connection as Python's database API has it.
    """

    library: str

    def load(self) -> Any:
        """The library; raises GraphdiffError as load does."""
        return load(self.library)


def load(library: str) -> Any:
    """A library, by the name of its module.

    Raises GraphdiffError("usage") if it is not installed, or cannot be imported, whatever it says of that.
    """
    package = library.partition(".")[0]
    if find_spec(package) is None:
        raise GraphdiffError("usage", f"{package} is required, but is not installed", hint=f"pip install {package}")
    try:
        return import_module(library)
    except Exception as error:  # an import can raise anything, such as for an environment variable
        raise library_error(package, error) from error


def library_error(package: str, error: Exception) -> GraphdiffError:
    """The error of a library that cannot be used as it is installed and configured."""
    return GraphdiffError(
        "usage",
        f"{package} cannot be used: {type(error).__name__}: {shorten(str(error), 200)}",
        hint=f"{package} is installed, but does not work with these settings or environment variables",
    )


class Program(NamedTuple):
    """Code that runs as a separate program.

    tools      compilers or interpreters: the first one that is installed is run
    product    what to install to have one of them
    arguments  its arguments, with {source} and {program} for the paths, as pathlib has them, of the source and of the
               compiled program; an interpreter has no {program}
    variable   the environment variable that names another tool, possibly with arguments, if there is one
    library    the arguments that compile a library, {program}, which this process can load; none if it cannot
    """

    tools: Sequence[str]
    product: str
    arguments: Sequence[str]
    variable: str = ""
    library: Sequence[str] = ()

    @property
    def is_compiled(self) -> bool:
        return "{program}" in self.arguments

    def find_tool(self, title: str) -> list[str]:
        """The path of the tool that runs code in a language with this title, and the arguments that its variable has.

        Raises GraphdiffError("usage") if it is not installed.
        """
        words = split_words(os.environ.get(self.variable, "")) if self.variable else []
        for name in words[:1] or self.tools:
            if path := shutil.which(name):
                return [path, *words[1:]]
        if words:
            problem = f"{self.variable} is '{shorten(words[0])}', which is not an installed program"
            raise GraphdiffError("usage", problem, hint=f"set {self.variable} to {self.product}, or unset it")
        tools = " or ".join(self.tools)
        problem = f"running {title} code requires {tools}, which is not installed"
        raise GraphdiffError("usage", problem, hint=f"install {self.product}")


def split_words(text: str) -> list[str]:
    """The words of a command as a shell reads them; a text with an open quote is one word."""
    try:
        return shlex.split(text)
    except ValueError:
        return [text]


class Signature(NamedTuple):
    """The name of a generated function, its parameters, each a number, an array or nested tuples, and its results.

    names are those of the code's inputs: of the parameters, and of the parts of a direction. has_workspace tells
    whether it needs memory from outside, float32 whether its floats have 32 bits.
    """

    name: str
    parameters: Sequence[Tree]
    results: Sequence[Result]
    names: Sequence[str]
    has_workspace: bool = False
    float32: bool = False


class LanguageOption(NamedTuple):
    """An option of some languages: of their `source` and of the command line.

    choices are the values that it takes, the first by default; without them it is a text, or true where it is a flag.
    """

    name: str
    metavar: str
    help: str
    default: str = ""
    choices: Sequence[str] = ()
    multiple: bool = False
    is_flag: bool = False

    @property
    def flag(self) -> str:
        """The option on the command line."""
        return f"--{self.name.replace('_', '-')}"

    def check(self, value: Any) -> None:
        """Raise GraphdiffError("usage") if it cannot have this value."""
        if self.choices and value not in self.choices:
            hint = f"use {' or '.join(self.choices)}"
            raise GraphdiffError("usage", f"unknown {self.name} '{shorten(str(value))}'", hint=hint)
        if self.multiple and isinstance(value, str):
            raise GraphdiffError(
                "usage", f"{self.name} is not a list of texts", hint=f"{self.name}=['{shorten(value)}']"
            )


FLOAT32 = LanguageOption("float32", "", "Compute with 32-bit floats", is_flag=True)


class Target(NamedTuple):
    """A language that source can be written in.

    name    its name on the command line and in Python, and of the module in this folder that writes it
    title   its name in sentences
    suffix  the suffix of its files
    writes  "entries": functions of numbers, with arrays entry by entry; "arrays": functions of arrays; "formulas": no
            functions, but formulas for the value and the derivatives
    runs    how its code is run; None if it cannot be run
    has_loops   whether it has loops; those of a formula are otherwise written step by step
    has_nests   whether larger arrays are computed in loops, and not entry by entry
    has_patterns  whether it can return the entries of sparse matrices, with their rows and columns
    options     what its source can be asked for

    The module has source(code, name, **options), which returns a Source or the first two of its fields, or
    formulas(graph, request, shapes). If the code runs as a program, the module also has program(signatures): the
    source of a program that calls these functions. In a loop, the program reads the number of a function and the
    entries of its arguments, each on a line of standard input, and writes a line with the entries of all results.
    """

    name: str
    title: str
    suffix: str
    writes: Literal["entries", "arrays", "formulas"]
    runs: InProcess | Program | Query | None = None
    has_loops: bool = True
    has_nests: bool = False
    has_patterns: bool = False
    options: Sequence[LanguageOption] = ()

    @property
    def module(self) -> Any:
        """The module that writes the language, imported on first use."""
        return import_module(f"graphdiff.targets.{self.name}")

    def check_options(self, options: Mapping[str, Any]) -> None:
        """Raise GraphdiffError("usage") if the language lacks one of these options, which another has, or the option
        cannot have this value."""
        for option in self.options:
            if option.name in options:
                option.check(options[option.name])
        for name in options.keys() - {option.name for option in self.options}:
            owners = {each.title: own for each in TARGETS.values() for own in each.options if own.name == name}
            flags = {own.flag for own in owners.values()}
            message = f"{self.title} code has no option {', '.join(flags) or name}"
            first = next((each.name for each in TARGETS.values() if each.title in owners), "")
            hint = f"{' and '.join(owners)} {'have' if len(owners) > 1 else 'has'} it: add --to {first}"
            raise GraphdiffError("usage", message, hint=hint)

    def check_sparse(self, want: str) -> None:
        """Raise GraphdiffError("usage") if its functions cannot return the entries of a sparse matrix, or there is no
        matrix."""
        if not self.has_patterns:
            titles = " and ".join([each.title for each in TARGETS.values() if each.has_patterns])
            raise GraphdiffError(
                "usage",
                f"{self.title} code has no sparse results",
                hint=f"{titles} have them; in Python use graphdiff.compile(…, sparse=True)",
            )
        check_sparse(want)


_ALL = [
    Target(
        "python",
        "Python",
        ".py",
        "entries",
        InProcess(),
        options=(
            LanguageOption(
                "no_fallback", "", "The function alone, as numba takes it: it raises where math does", is_flag=True
            ),
        ),
    ),
    Target("numpy", "NumPy", ".py", "arrays", InProcess("numpy")),
    Target(
        "c",
        "C",
        ".c",
        "entries",
        Program(
            ("cc", "gcc", "clang"),
            "a C compiler",
            ("-std=c99", "-O2", "-o", "{program}", "{source}", "-lm"),
            "CC",
            (
                *("-std=c99", "-O3", "-ffp-contract=off", "-fno-math-errno"),
                *("-shared", "-fPIC", "-fvisibility=hidden", "-o", "{program}", "{source}", "-lm"),
            ),
        ),
        has_nests=True,
        has_patterns=True,
        options=(FLOAT32,),
    ),
    Target("javascript", "JavaScript", ".js", "entries", Program(("node",), "Node.js", ("{source}",))),
    Target(
        "rust",
        "Rust",
        ".rs",
        "entries",
        Program(("rustc",), "Rust", ("--edition=2021", "-O", "-o", "{program}", "{source}")),
        has_nests=True,
        has_patterns=True,
        options=(FLOAT32,),
    ),
    Target(
        "matlab",
        "MATLAB",
        ".m",
        "entries",
        Program(
            ("octave-cli",),
            "GNU Octave",
            ("--norc", "--no-history", "--quiet", "--eval", "eval(fileread('{source}'))"),
        ),
    ),
    Target("r", "R", ".R", "entries", Program(("Rscript",), "R", ("--vanilla", "{source}"))),
    Target(
        "fortran",
        "Fortran",
        ".f90",
        "entries",
        Program(
            ("gfortran",),
            "a Fortran compiler",
            ("-std=f2008", "-O2", "-J", "{source.parent}", "-o", "{program}", "{source}"),
        ),
    ),
    Target("jax", "JAX", ".py", "arrays", InProcess("jax.numpy")),
    Target("torch", "PyTorch", ".py", "arrays", InProcess("torch")),
    Target(
        "sql",
        "SQL",
        ".sql",
        "entries",
        Query("duckdb"),
        has_loops=False,
        options=(
            LanguageOption("dialect", "", "The dialect", choices=tuple(DIALECTS)),
            LanguageOption("table", "NAME", "The table that the query reads", default=TABLE),
            LanguageOption("keep", "COLUMN", "A column of the table to return too. May be repeated", multiple=True),
        ),
    ),
    Target("latex", "LaTeX", ".tex", "formulas"),
]

TARGETS: Mapping[str, Target] = {target.name: target for target in _ALL}
"""All languages by name, in the order of lists."""
RUNNABLE: Mapping[str, Target] = {name: target for name, target in TARGETS.items() if target.runs is not None}
"""The languages whose code can be run."""
BACKENDS: Mapping[str, Target] = {
    name: target
    for name, target in RUNNABLE.items()
    if isinstance(target.runs, InProcess) or (isinstance(target.runs, Program) and target.runs.library)
}
"""The languages whose code runs in this process."""


def find_target(name: str) -> Target:
    """The language with this name.

    Raises GraphdiffError("usage") if there is none.
    """
    if name not in TARGETS:
        raise GraphdiffError(
            "usage", f"unknown language '{shorten(name)}'", hint=f"the languages are {', '.join(TARGETS)}"
        )
    return TARGETS[name]
