"""Generated functions, run at any number of points: in this process, or as a program that calls them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from importlib import import_module
from itertools import accumulate, groupby, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from graphdiff.checking.directions import entries
from graphdiff.operations.shapes import nested_entries, size_of
from graphdiff.passes.values import strict, to_list
from graphdiff.targets.commands import output_of
from graphdiff.targets.definitions import execute
from graphdiff.targets.registry import InProcess, Program, Query, Signature, Target, library_error
from graphdiff.targets.results import Leaf, leaves, values_at_leaves
from graphdiff.targets.sql_dialects import DIALECTS, TABLE


class Function(NamedTuple):
    """A generated function: its source and its signature."""

    text: str
    signature: Signature


Call = tuple[int, Sequence[Any]]
"""The position of a function, and its operands: numbers, nested lists or arrays, or tuples of these."""
Entries = list[list[float]]
"""The entries of each number and array of the results, row by row."""


def run(target: Target, functions: Sequence[Function], calls: Sequence[Call]) -> list[Entries]:
    """The results of calls of functions in a language.

    Raises GraphdiffError: "usage" if a compiler, an interpreter or a library is not installed, "value" if a program
    fails, "limit" if it takes too long.
    """
    if isinstance(target.runs, InProcess):
        return list(_in_process(target.runs, functions, calls))
    if isinstance(target.runs, Query):
        return list(_as_queries(target.runs, functions, calls))
    assert target.runs is not None, f"nothing runs {target.name}"
    return list(_as_program(target, target.runs, functions, calls))


def _in_process(how: InProcess, functions: Sequence[Function], calls: Sequence[Call]) -> Iterator[Entries]:
    library = how.load() if how.library else None
    callables = [execute(text)[signature.name] for text, signature in functions]
    precision: Any = nullcontext()
    if how.library == "jax.numpy":
        jax = import_module("jax")
        # Compiling each operation for each shape takes longer than compiling all of them at once.
        has_arrays = [any(each != Leaf() for each in function.signature.parameters) for function in functions]
        callables = [jax.jit(each) if arrays else each for each, arrays in zip(callables, has_arrays, strict=True)]
        # Its floats have 32 bits unless it is asked for 64.
        before_0_8 = not hasattr(jax, "enable_x64")
        precision = (import_module("jax.experimental") if before_0_8 else jax).enable_x64(True)
    with precision:
        for position, operands in calls:
            try:
                values = [_value_for(library, operand) for operand in operands]
            except RuntimeError as error:  # JAX only starts now
                raise library_error(how.library.partition(".")[0], error) from error
            value = callables[position](*values)
            trees = [result.tree for result in functions[position].signature.results]
            tree = tuple(trees) if trees[1:] else trees[0]
            yield [_entries(each) for each in values_at_leaves(tree, value)]


def _value_for(library: Any, operand: Any) -> Any:
    """An operand as nested lists, or as arrays of a library; tuples as tuples of these."""
    if isinstance(operand, tuple):
        return tuple([_value_for(library, part) for part in operand])
    value = to_list(operand)
    return value if library is None else library.asarray(value, dtype=library.float64)[()]


def _entries(value: Any) -> list[float]:
    """A number, nested tuples of them or an array as floats, row by row."""
    if isinstance(value, tuple):
        return [entry for part in value for entry in _entries(part)]
    return entries(value) if len(getattr(value, "shape", ())) else [float(value)]


def _as_queries(how: Query, functions: Sequence[Function], calls: Sequence[Call]) -> Iterator[Entries]:
    """Each function is a query of a table, which has the operands of its calls in a row: DuckDB keeps their order."""
    quote = DIALECTS[how.library].quote
    with how.load().connect() as connection:
        for position, same in groupby(calls, lambda call: call[0]):
            text, signature = functions[position]
            rows = [[to_list(part) for part in _parts(operands)] for _, operands in same]
            columns = ", ".join(f"? AS {quote(name)}" for name in signature.names) or "NULL"
            connection.execute(f"CREATE OR REPLACE TABLE {TABLE} AS SELECT {columns}", rows[0])
            if rows[1:]:
                marks = ", ".join("?" * len(signature.names)) or "NULL"
                connection.executemany(f"INSERT INTO {TABLE} VALUES ({marks})", rows[1:])
            for row in connection.execute(text).fetchall():
                yield [[math.nan if entry is None else entry for entry in nested_entries(column)] for column in row]


def _as_program(
    target: Target, how: Program, functions: Sequence[Function], calls: Sequence[Call]
) -> Iterator[Entries]:
    signatures = [function.signature for function in functions]
    text = "\n".join([*(function.text for function in functions), target.module.program(signatures)])
    program_input = "\n".join([_lines(call) for call in calls])
    with _prepare(target, how, text) as command:
        lines = output_of(command, program_input).splitlines()
    for (position, _), line in zip(calls, lines, strict=True):
        numbers = [*map(float, line.split())]
        sizes = [size_of(leaf.shape) for result in signatures[position].results for leaf in leaves(result.tree)]
        yield [numbers[start:end] for start, end in pairwise(accumulate(sizes, initial=0))]


def _lines(call: Call) -> str:
    """A call for a program, with a number on each line; numbers that are not finite are NaN, Infinity and -Infinity."""
    position, operands = call
    numbers = [strict(number) for part in _parts(operands) for number in entries(part)]
    return "\n".join(map(str, [position, *numbers]))


def _parts(operands: Sequence[Any]) -> list[Any]:
    """The operands, with the parts of tuples in their place."""
    return [part for operand in operands for part in (operand if isinstance(operand, tuple) else [operand])]


@contextmanager
def _prepare(target: Target, how: Program, text: str) -> Iterator[Sequence[str]]:
    """The command that runs a program with this source; it is compiled first if the language is a compiled one."""
    tool = how.find_tool(target.title)
    with TemporaryDirectory() as folder:
        source, program = Path(folder, f"formula{target.suffix}"), Path(folder, "formula.exe")
        source.write_text(text, "utf-8")
        command = [*tool, *(each.format(source=source, program=program) for each in how.arguments)]
        if how.is_compiled:
            output_of(command, "")
            command = [str(program)]
        yield command
