"""Queries in SQL, run by DuckDB and SQLite: each row has what the formula has at its point."""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Sequence
from typing import Any

import pytest

import graphdiff
from graphdiff.errors import GraphdiffError
from graphdiff.targets.generate import source_of
from graphdiff.targets.sql_dialects import DIALECTS

FORMULAS = (
    "1/(1 + exp(-(w*x + b)))",
    "log(p*exp(-(x - m)^2/2) + (1 - p)*exp(-(x + m)^2/2))",
    "x/2 + 1/2",
    "max(x, y)*min(x, 2)*abs(y) + relu(x) + sign(y)",
    "where(x > y, x^3, y^2)*(x < 1)",
    "gelu(x) + erf(y) + erfc(x) + normcdf(y)",
    "expm1(x/1e9) + log1p(y/1e9) + hypot(x, y) + cbrt(x) + log2(abs(x)) + log10(abs(x))",
    "floor(x) + ceil(y) + round(2*x) + mod(x, y)",
    "tan(x) + atan(x*y) + atan2(x, y) + tanh(x) + sinh(y) + asinh(x)",
    "lgamma(abs(x)) + digamma(abs(y)) + gamma(abs(x))",
    "sum([x, 2*y]@[[1, 2], [3, x]])",
    "fold(h*x + y for t in range(3), h=0)",
    "sqrt(abs(x)) + abs(x)^1.5 + 2^y",
    "asin(x/9) + acos(y/9) + acosh(1 + abs(x)) + atanh(y/9)",
)
ROWS = [(-2.5, 3.0), (0.75, -1.5), (4.0, 0.5)]


def inputs_of(formula: str) -> list[str]:
    return list(graphdiff.parse(formula).input_names)


def points_of(formula: str) -> list[dict[str, float]]:
    """Points for the inputs of a formula; p is a probability."""
    return [
        {name: 0.3 if name == "p" else row[place % 2] for place, name in enumerate(inputs_of(formula))} for row in ROWS
    ]


def run_duckdb(query: str, columns: dict[str, Sequence[Any]], table: str = "points") -> list[tuple[Any, ...]]:
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as connection:
        quoted = [DIALECTS["duckdb"].quote(each) for each in columns]
        for place, row in enumerate(zip(*columns.values(), strict=True)):
            select = f"SELECT {', '.join(f'? AS {each}' for each in quoted)}"
            begin = f'INSERT INTO "{table}" ' if place else f'CREATE TABLE "{table}" AS '
            connection.execute(begin + select, list(row))
        rows: list[tuple[Any, ...]] = connection.execute(query).fetchall()
    return rows


def run_sqlite(query: str, columns: dict[str, Sequence[Any]], table: str = "points") -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(":memory:")
    options = {option for (option,) in connection.execute("PRAGMA compile_options")}
    if "ENABLE_MATH_FUNCTIONS" not in options:
        pytest.skip("this SQLite has no mathematical functions")
    quoted = [DIALECTS["sqlite"].quote(each) for each in columns]
    connection.execute(f'CREATE TABLE "{table}" ({", ".join(quoted)})')
    marks = ", ".join("?" * len(quoted))
    connection.executemany(f'INSERT INTO "{table}" VALUES ({marks})', list(zip(*columns.values(), strict=True)))
    return connection.execute(query).fetchall()


RUNS = pytest.mark.parametrize(("dialect", "run"), [("duckdb", run_duckdb), ("sqlite", run_sqlite)])


@pytest.mark.sampled(3)
@RUNS
@pytest.mark.parametrize("formula", FORMULAS)
def test_each_row_has_the_value_and_the_gradient(dialect: str, run: Any, formula: str) -> None:
    points = points_of(formula)
    columns = {name: [point[name] for point in points] for name in inputs_of(formula)}
    rows = run(source_of(formula, "sql", dialect=dialect), columns)
    for point, row in zip(points, rows, strict=True):
        expected = graphdiff.trace(formula, point)
        numbers = [expected.value, *(float(expected.gradients[name]) for name in columns)]
        assert list(row) == pytest.approx([number if math.isfinite(number) else None for number in numbers], rel=1e-12)


@RUNS
def test_columns_are_named_and_kept(dialect: str, run: Any) -> None:
    query = source_of("x*y", "sql", wrt="y", dialect=dialect, table='the "points"', keep=["id", "x"])
    assert '"id"' in query
    assert query.rstrip().endswith(";")
    rows = run(query, {"id": ["a", "b"], "x": [2, 3], "y": [5, 7], "v1": [0, 0]}, 'the ""points""')
    assert rows == [("a", 2.0, 10.0, 2.0), ("b", 3.0, 21.0, 3.0)]


@RUNS
def test_formula_without_inputs(dialect: str, run: Any) -> None:
    assert run(source_of("2^10 + sin(0)", "sql", dialect=dialect), {"x": [1, 2]}) == [(1024.0,)] * 2


@RUNS
def test_whole_numbers_are_divided_as_doubles(dialect: str, run: Any) -> None:
    assert run(source_of("x/y + 1/2", "sql", dialect=dialect), {"x": [1], "y": [2]}) == [(1.0, 0.5, -0.25)]


@RUNS
@pytest.mark.parametrize(
    "formula", ["x + y", "where(x > 0, 1, 2)*y", "max(x, y)", "min(x, y)", "relu(x)*y", "sign(x)*y"]
)
def test_null_in_an_input_is_null_in_the_results(dialect: str, run: Any, formula: str) -> None:
    ((value, *_),) = run(source_of(formula, "sql", dialect=dialect), {"x": [None], "y": [1.0]})
    assert value is None


def test_text_in_sqlite_is_a_number_only_if_it_looks_like_one() -> None:
    rows = run_sqlite(source_of("2*x", "sql", dialect="sqlite"), {"x": ["1.5", "abc", 3, "", "1e2"]})
    assert [value for value, _ in rows] == [3.0, None, 6.0, None, 200.0]


def test_arrays_are_lists_in_duckdb() -> None:
    query = source_of("sum((W@x)^2)", "sql", shapes={"W": (2, 3), "x": (3,)})
    ((value, by_w, by_x),) = run_duckdb(query, {"W": [[[1.0, 2.0, 3.0], [0.0, 1.0, -1.0]]], "x": [[1.0, -1.0, 2.0]]})
    assert (value, by_w, by_x) == (34.0, [[10.0, -10.0, 20.0], [-6.0, 6.0, -12.0]], [10.0, 14.0, 36.0])


def test_hostile_names() -> None:
    columns: dict[str, Sequence[Any]] = {'a"; DROP TABLE points; --': [3.0], "select": [4.0]}
    query = source_of('`a"; DROP TABLE points; --`*select', "sql")
    assert run_duckdb(query, columns) == [(12.0, 4.0, 3.0)]
    assert run_sqlite(source_of('`a"; DROP TABLE points; --`*select', "sql", dialect="sqlite"), columns) == [
        (12.0, 4.0, 3.0)
    ]


def test_each_subexpression_is_computed_once() -> None:
    assert source_of("exp(x*y)/(1 + exp(x*y))", "sql").count("exp(") == 1


@pytest.mark.parametrize(
    ("formula", "options", "message"),
    [
        ("x*X", {}, "the columns 'x' and 'X' are the same in DuckDB"),
        ("x*y", {"keep": ["D_X"]}, "the columns 'D_X' and 'd_x' are the same in DuckDB"),
        ("x*value", {"keep": ["value"]}, "the query would return two columns called 'value'"),
        ("mod(x, y)", {"dialect": "postgresql"}, "the SQL target does not support remainder"),
        ("gammainc(2, x)", {}, "the SQL target does not support gammainc"),
        ("x", {"dialect": "oracle"}, "unknown dialect 'oracle'"),
        ("x", {"keep": "id"}, "keep is not a list of texts"),
    ],
)
def test_errors(formula: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(GraphdiffError, match=f"^{message}"):
        source_of(formula, "sql", **options)


def test_sqlite_has_no_arrays() -> None:
    with pytest.raises(GraphdiffError, match="SQLite has no arrays"):
        source_of("sum(x)", "sql", shapes={"x": (3,)}, dialect="sqlite")


@pytest.mark.parametrize(
    ("want", "wrt", "columns"),
    [
        ("gradient", "x", "d_x"),
        ("hessian", None, "d_x_x d_x_y d_y_x d_y_y"),
        ("hessian", "x", "d_x_x"),
        ("jvp", None, "tangent"),
        ("hvp", None, "product_x product_y"),
    ],
)
def test_columns_of_other_derivatives(want: str, wrt: str | None, columns: str) -> None:
    query = source_of("x*y^2", "sql", wrt, want=want)
    assert re.findall(r'AS "(\w+)"', query.rpartition("SELECT")[2]) == ["value", *columns.split()]
    point = {"x": [2.0], "y": [3.0], "direction_x": [1.0], "direction_y": [0.5], "direction": [1.0]}
    (row,) = run_duckdb(query, {name: values for name, values in point.items() if f'"{name}"' in query})
    expected = {"d_x": 9, "d_x_x": 0, "d_x_y": 6, "d_y_x": 6, "d_y_y": 4, "tangent": 15, "product_x": 3, "product_y": 8}
    assert list(row) == [18.0, *(expected[name] for name in columns.split())]
