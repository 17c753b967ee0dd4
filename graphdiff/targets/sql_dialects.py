"""DIALECTS: one record for each dialect of SQL that a query can be written in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from graphdiff.operations.shapes import Shape
from graphdiff.targets.spelling import ATOM, COMPARISON, OPERATORS, PRODUCT, SIGN, Spelling, Template, infix


def _calls(names: str) -> dict[str, Spelling]:
    """Functions of one operand that the dialect calls as operations/functions.py does."""
    return {name: Template(f"{name}({{0}})") for name in names.split()}


COMMON: Mapping[str, Spelling] = {
    **OPERATORS,
    "equal": infix("=", COMPARISON),
    "not_equal": infix("<>", COMPARISON),
    # A comparison with NULL is neither true nor false; and NaN, the greatest number of some dialects, must not be lost.
    "maximum": Template("CASE WHEN {0} >= {1} THEN {0} WHEN {0} < {1} THEN {1} END"),
    "minimum": Template("CASE WHEN -{0} >= -{1} THEN {0} WHEN -{0} < -{1} THEN {1} END", ATOM, (ATOM, ATOM)),
    **_calls("abs exp floor ceil sin cos tan atan sinh cosh tanh asinh"),
    "log": Template("ln({0})"),
    "atan2": Template("atan2({0}, {1})"),
}
"""What all dialects write in the same way."""
TOTAL: Mapping[str, Spelling] = {
    **COMMON,
    **_calls("sqrt log2 log10 asin acos acosh atanh"),
    "pow": Template("pow({0}, {1})"),
}
"""The same with functions that raise no error outside their domain."""


class Dialect(NamedTuple):
    """A dialect of SQL.

    name       its name on the command line
    title      its name in sentences
    spellings  how it writes the elementary functions that it has; the others are written out, or it lacks them
    column     the template of an input as a double, from a column and its type
    number     the template of a finite number
    infinity   the text of infinity, without its sign
    nan        the text of NaN
    common     what begins a common table expression whose columns are computed once
    double     its type of numbers with 64 bits
    quotes     what an identifier is between
    lists      the template of a list, from its entries; "" if it has none
    first      the index of the first entry of a list
    """

    name: str
    title: str
    spellings: Mapping[str, Spelling]
    column: str
    number: Callable[[str], str]
    infinity: str
    nan: str
    common: str
    double: str
    quotes: str = '"'
    lists: str = ""
    first: int = 1

    def quote(self, name: str) -> str:
        """A name as an identifier, whatever characters it has."""
        return f"{self.quotes}{name.replace(self.quotes, 2 * self.quotes)}{self.quotes}"

    def type_of(self, shape: Shape) -> str:
        """The type of arrays of a shape."""
        return self.double + "[]" * len(shape)


def _with_exponent(text: str) -> str:
    """A number with an exponent: without one it would be a decimal number."""
    return text if "e" in text else f"{text.removesuffix('.0')}e0"


def _guarded(names: str, condition: str) -> dict[str, Spelling]:
    """Functions that raise an error outside their domain, where they are NULL instead."""
    return {name: Template(f"CASE WHEN {condition} THEN {name}({{0}}) END", ATOM, (ATOM,)) for name in names.split()}


def _sign(infinity: str) -> Template:
    """The sign of a number where NaN is greater than all numbers."""
    return Template(f"CASE WHEN {{0}} < 0 THEN -1.0 WHEN {{0}} > 0 AND {{0}} <= {infinity} THEN 1.0 ELSE {{0}} END")


_ALL = [
    Dialect(
        "duckdb",
        "DuckDB",
        {
            **TOTAL,
            **_calls("cbrt gamma lgamma"),
            "round": Template("round_even({0}, 0)"),
            "remainder": Template("fmod({0}, {1})"),
            "sign": _sign("CAST('inf' AS DOUBLE)"),
        },
        "CAST({0} AS {1})",
        _with_exponent,
        "CAST('inf' AS DOUBLE)",
        "CAST('nan' AS DOUBLE)",
        "AS",
        "DOUBLE",
        lists="[{}]",
    ),
    Dialect(
        "sqlite",
        "SQLite",
        {
            **TOTAL,
            "sign": Template("CASE WHEN {0} > 0 THEN 1.0 WHEN {0} < 0 THEN -1.0 ELSE {0} END"),
            "remainder": Template(
                "CASE WHEN mod({0}, {1})*{1} < 0 THEN mod({0}, {1}) + {1} ELSE mod({0}, {1}) END", ATOM, (ATOM, ATOM)
            ),
        },
        # Text that is not a number would be 0.
        "CASE WHEN typeof({0}) IN ('integer', 'real') OR CAST({0} AS {1}) = {0} THEN CAST({0} AS {1}) END",
        str,
        "9e999",
        "NULL",
        "AS MATERIALIZED",
        "REAL",
    ),
    Dialect(
        "postgresql",
        "PostgreSQL",
        {
            **COMMON,
            **_calls("cbrt"),
            "exp": Template(
                "CASE WHEN {0} > 709.78 THEN 'Infinity' WHEN {0} < -745.13 THEN 0 ELSE exp({0}) END", ATOM, (ATOM,)
            ),
            **_guarded("sqrt", "{0} >= 0"),
            **_guarded("log10", "{0} > 0"),
            **_guarded("asin acos", "{0} BETWEEN -1 AND 1"),
            **_guarded("acosh", "{0} >= 1"),
            **_guarded("atanh", "{0} > -1 AND {0} < 1"),
            "log": Template("CASE WHEN {0} > 0 THEN ln({0}) END", ATOM, (ATOM,)),
            "divide": Template("{0}/NULLIF({1}, 0)", PRODUCT, (PRODUCT, SIGN)),
            "pow": Template(
                "CASE WHEN {0} > 0 OR {0} = 0 AND {1} >= 0 OR {0} < 0 AND {1} = floor({1}) THEN power({0}, {1}) END",
                ATOM,
                (ATOM, ATOM),
            ),
            "round": Template("round({0})"),
            "sign": _sign("'Infinity'"),
        },
        "CAST({0} AS {1})",
        lambda text: f"{text}::double precision",
        "'Infinity'::double precision",
        "'NaN'::double precision",
        "AS MATERIALIZED",
        "double precision",
        lists="ARRAY[{}]",
    ),
    Dialect(
        "spark",
        "Spark",
        {
            **TOTAL,
            **_calls("cbrt expm1 log1p"),
            "hypot": Template("hypot({0}, {1})"),
            "divide": Template("{0}/NULLIF({1}, 0)", PRODUCT, (PRODUCT, SIGN)),
            "round": Template("rint({0})"),
            "sign": Template("sign({0})"),
            "remainder": Template(
                "CASE WHEN {0} % NULLIF({1}, 0)*{1} < 0 THEN {0} % {1} + {1} ELSE {0} % NULLIF({1}, 0) END",
                ATOM,
                (ATOM, ATOM),
            ),
        },
        "CAST({0} AS {1})",
        _with_exponent,
        "CAST('Infinity' AS DOUBLE)",
        "CAST('NaN' AS DOUBLE)",
        "AS",
        "DOUBLE",
        quotes="`",
        lists="array({})",
        first=0,
    ),
]

DIALECTS: Mapping[str, Dialect] = {dialect.name: dialect for dialect in _ALL}
"""The dialects by name."""
DEFAULT = _ALL[0]
"""The dialect of queries unless another is asked for."""
TABLE = "points"
"""The table that a query reads unless it is named."""
