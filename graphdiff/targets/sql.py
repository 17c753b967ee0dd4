"""Instructions → SQL: one query that computes the value and the derivatives for every row of a table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.operations.functions import ROWS
from graphdiff.operations.shapes import Shape
from graphdiff.targets import missing_functions
from graphdiff.targets.instructions import Code, Instruction
from graphdiff.targets.names import Names
from graphdiff.targets.recorder import Recorder, Value, float_of
from graphdiff.targets.registry import TARGETS
from graphdiff.targets.results import describe, join_entries, named_leaves
from graphdiff.targets.spelling import ATOM, BOTH, WIDTH, Spelling, Text, number
from graphdiff.targets.sql_dialects import DEFAULT, DIALECTS, TABLE, Dialect
from graphdiff.targets.writer import OF_SCIPY, ON_ARRAYS, Language, lines_of


class Sql(Language):
    """SQL on columns of doubles.

    Attributes:
        columns: The columns that are computed, in order: the name of each as an identifier, and its text.
    """

    target = TARGETS["sql"]
    lacks: Mapping[str, str] = {**ON_ARRAYS, **OF_SCIPY, "list": "", "counter": ""}

    def __init__(self, dialect: Dialect = DEFAULT) -> None:
        super().__init__()
        self.dialect = dialect
        self.columns: list[tuple[str, str]] = []
        self.spellings: Mapping[str, Spelling] = {
            **dialect.spellings,
            "where": lambda operands, options: self._where(operands[0], operands[1], operands[2]),
            "logical_and": lambda operands, options: Text(" AND ".join(map(self._condition, operands)), BOTH),
            "float_of": lambda operands, options: self._where(operands[0], self.constant(1.0), self.constant(0.0)),
        }
        if dialect.lists:
            self.spellings = {**self.spellings, "entry": self._entry}

    def has_definition(self, function: str) -> bool:
        return hasattr(missing_functions, function) or super().has_definition(function)

    def constant(self, value: Any) -> Text:
        dialect = self.dialect
        text = number(value, dialect.infinity, dialect.nan)
        is_finite = text.text.removeprefix("-") not in (dialect.infinity, dialect.nan)
        return text._replace(text=dialect.number(text.text)) if is_finite else text

    def _condition(self, operand: Text) -> str:
        """An operand as a condition; a constant is true where it is not 0."""
        return f"{operand.text} <> 0" if operand.is_number else operand.within(ATOM)

    def _where(self, condition: Text, x: Text, y: Text) -> Text:
        """A choice, which is NULL where its condition is."""
        text = self._condition(condition)
        return Text(f"CASE WHEN {text} THEN {x.text} WHEN NOT {text} THEN {y.text} END")

    def _entry(self, operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
        return Text(operands[0].text + "".join(f"[{place + self.dialect.first}]" for place in options["places"]))

    def list_of(self, entries: Sequence[str]) -> str:
        """A list of numbers or of lists."""
        return self.dialect.lists.format(", ".join(entries))

    def assignment(self, name: str, text: str, instruction: Instruction) -> str:
        self.columns.append((name, text))
        return name

    def repeats(self, instruction: Instruction) -> Sequence[int]:
        if instruction.function in ("where", "float_of"):
            return [2, *[1] * (len(instruction.operands) - 1)]
        return super().repeats(instruction)


class ColumnNames(Names):
    """Names of columns, which may have any characters, and differ in more than the case of letters."""

    def __init__(self, dialect: Dialect, function: str) -> None:
        super().__init__((), function)
        self._taken.clear()
        self._dialect = dialect

    @staticmethod
    def is_free(name: str) -> bool:
        return True

    def __call__(self, name: str) -> str:
        return self._dialect.quote(super().__call__(name))

    @staticmethod
    def _key(name: str) -> str:
        return name.lower()


class _DialectRecorder(Recorder):
    """Records the calls of functions that a dialect has; those of others as the calls of their definitions."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__()
        self._spellings = Sql(dialect).spellings

    def record(self, function: str, *operands: Any, **options: Any) -> Value:
        definition: Any = getattr(missing_functions, function, None) or ROWS[function].definition
        if function in self._spellings or definition is None:
            return super().record(function, *operands, **options)
        values = [self.constant(each) if isinstance(each, float) else self.as_number(each) for each in operands]
        value: Value = float_of(definition(self, *values))
        return value


def source(
    code: Code,
    name: str,
    dialect: str = DEFAULT.name,
    table: str = TABLE,
    keep: Sequence[str] = (),
) -> tuple[str, dict[str, str]]:
    """A query that returns columns to keep of a table, and the results for each of its rows; and the column of each
    input, which has its name. The name of the function is in a comment.

    NULL in an input is NULL in the results; so is what a dialect without NaN, or one that raises errors, does not have.
    Raises GraphdiffError("value") if the dialect lacks a function or arrays, or columns have names that are the same in
    SQL.
    """
    syntax = DIALECTS[dialect]
    language, names = Sql(syntax), ColumnNames(syntax, name)
    before = syntax.quote(table)
    columns = [each for result in code.results for each in named_leaves(result)]
    _check_arrays([*code.shapes.values(), *(leaf.shape for _, leaf in columns)], syntax)
    _check_names(dict.fromkeys([*code.inputs, *keep]), syntax)
    _check_names([*dict.fromkeys(keep), *(each for each, _ in columns)], syntax)
    inputs = {each: names(each) for each in code.inputs}
    kept = {each: names("") if each in inputs else names(each) for each in keep}
    for each in code.names.values():
        names(each)
    entries = iter(lines_of(_in_dialect(code, syntax), language, names)[1])
    read = [f"{syntax.quote(each)} AS {column}" if each in inputs else column for each, column in kept.items()]
    for each, column in inputs.items():
        text = syntax.column.format(column, syntax.type_of(code.shapes.get(each, ())))
        read.append(f"{text} AS {column}")
    read = read or [f"NULL AS {names('')}"]  # a query cannot select nothing
    results = [f"{column} AS {syntax.quote(each)}" if each in inputs else column for each, column in kept.items()]
    results += [f"{join_entries(leaf, entries, language.list_of)} AS {syntax.quote(each)}" for each, leaf in columns]
    summary = " and ".join([describe(each, inputs) for each in code.results])
    lines = [f"-- {name}: {_in_one_line(summary)} in each row of {_in_one_line(before)}, in the SQL of {syntax.title}."]
    word = "WITH"
    for place, step in enumerate([read, *_steps(language.columns, syntax)]):
        step_name = f"step{place}{'_' * table.lower().startswith('step')}"
        lines += [f"{word} {step_name} {syntax.common} ("]
        lines += [f"    {line}" for line in _select(["*", *step] if place else step, before)]
        before, word = step_name, "),"
    parameters = {each: column for each, column in inputs.items() if each not in code.parts}
    return "\n".join([*lines, ")", *_select(results, before)]) + ";\n", parameters


def _check_arrays(shapes: Iterable[Shape], dialect: Dialect) -> None:
    if any(shapes) and not dialect.lists:
        raise GraphdiffError("value", f"{dialect.title} has no arrays", hint=f"columns of arrays need {DEFAULT.name}")


def _check_names(names: Iterable[str], dialect: Dialect) -> None:
    """Raise GraphdiffError("value") if two names differ in the case of letters alone, or not at all."""
    known: dict[str, str] = {}
    for name in names:
        if name.lower() in known:
            first = known[name.lower()]
            if first == name:
                message, hint = (
                    f"the query would return two columns called '{shorten(name)}'",
                    "rename that of the table",
                )
            else:
                message = f"the columns '{shorten(first)}' and '{shorten(name)}' are the same in {dialect.title}"
                hint = "SQL ignores the case of letters: rename one of them"
            raise GraphdiffError("value", message, hint=hint)
        known[name.lower()] = name


def _in_dialect(code: Code, dialect: Dialect) -> Code:
    """The code without functions that a dialect lacks and that have a definition."""
    recorder = _DialectRecorder(dialect)
    values: dict[int, Value] = {}
    for place, (function, operands, options) in enumerate(code.instructions):
        if function == "constant":
            values[place] = recorder.constant(options[0][1])
        elif function == "input":
            values[place] = recorder.input(options[0][1])
        else:
            positional = [value for key, value in options if not key]
            named = {key: value for key, value in options if key}
            values[place] = recorder.record(function, *[values[each] for each in operands], *positional, **named)
    names: dict[int, str] = {}
    for place, name in code.names.items():
        if place in values and recorder.instructions[values[place].number].function not in ("input", "constant"):
            names.setdefault(values[place].number, name)
    return code._replace(
        instructions=recorder.instructions,
        inputs={name: values[place].number for name, place in code.inputs.items()},
        outputs=tuple([recorder.as_number(values[place]).number for place in code.outputs]),
        names=names,
    )


def _steps(columns: Sequence[tuple[str, str]], dialect: Dialect) -> list[list[str]]:
    """The columns by the step that computes them: a step reads those of the steps before it."""
    identifier = re.compile(f"{dialect.quotes}(?:[^{dialect.quotes}]|{dialect.quotes * 2})*{dialect.quotes}|'[^']*'")
    levels: dict[str, int] = {}
    steps: list[list[str]] = []
    for name, text in columns:
        level = max([levels.get(each, -1) for each in identifier.findall(text)], default=-1) + 1
        levels[name] = level
        steps += [[] for _ in range(level + 1 - len(steps))]
        steps[level].append(f"{text} AS {name}")
    return steps


def _select(columns: Sequence[str], table: str) -> list[str]:
    line = f"SELECT {', '.join(columns)}"
    if len(line) <= WIDTH:
        return [line, f"FROM {table}"]
    return ["SELECT", *(f"    {each}," for each in columns[:-1]), f"    {columns[-1]}", f"FROM {table}"]


def _in_one_line(text: str) -> str:
    """A text that no character of a name can end, as a comment."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
