"""Python's built-in functions, the math module, and methods of lists."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from graphdiff.language.tree import Call
from graphdiff.reading.python.library_call import LibraryCall
from graphdiff.reading.python.reader import MOST_STEPS
from graphdiff.reading.python.registration import function
from graphdiff.reading.python.values import Arguments, Dictionary, Items, Places, Routine, Rows, Shape, Steps, Value

LARGEST_FACTORIAL = 170
"""That of 171 is too large for a float."""


@function("builtins.max(*values)")
def maximum(c: LibraryCall, values: Sequence[Any]) -> Value:
    return _extreme(c, "max", values)


@function("builtins.min(*values)")
def minimum(c: LibraryCall, values: Sequence[Any]) -> Value:
    return _extreme(c, "min", values)


def _extreme(c: LibraryCall, name: str, values: Sequence[Any]) -> Value:
    if len(values) == 1 and not isinstance(values[0], Items):
        return c.apply(name, values[0])
    entries = [c.value(value) for value in (c.items(values[0]) if len(values) == 1 else values)]
    if not entries:
        raise c.error(f"{name} needs at least one value")
    constants = [entry.constant for entry in entries]
    origins = frozenset().union(*(entry.origins for entry in entries))
    constant = None if None in constants else (max if name == "max" else min)(constants)  # type: ignore[type-var]
    if len(entries) == 1:
        return entries[0]
    if isinstance(constant, int) and not origins:
        return c.constant(constant)
    tree = Call(name, tuple(entry.tree for entry in entries), c.span, c.span)
    return Value(tree, constant, origins, all(entry.is_condition for entry in entries))


@function("builtins.sum(iterable, start=None)", "math.fsum(iterable, start=None)")
def total(c: LibraryCall, iterable: Any, start: Any) -> Any:
    if isinstance(iterable, Value):
        return c.apply("sum", iterable, axis=0)
    result = start
    for entry in c.items(iterable):
        value = c.value(entry)
        if value.is_condition:  # True + True is 2
            value = value._replace(is_condition=False)
        result = value if result is None else c.binary("+", result, value)
    return c.constant(0) if result is None else result


@function("math.prod(iterable, start=None)")
def product(c: LibraryCall, iterable: Any, start: Any) -> Any:
    if isinstance(iterable, Value):
        return c.apply("prod", iterable, axis=0)
    result = start
    for entry in c.items(iterable):
        result = c.value(entry) if result is None else c.binary("*", result, entry)
    return c.constant(1) if result is None else result


@function("builtins.len(x)")
def length(c: LibraryCall, x: Any) -> Value:
    if isinstance(x, (Items, Dictionary)):
        return c.constant(len(x.entries))
    if isinstance(x, Shape):
        raise c.error("the number of axes is not known", "write it as a number")
    return c.size(x, 0)


@function("builtins.range(*bounds)")
def numbers(c: LibraryCall, bounds: Sequence[Any]) -> Items | Places:
    if len(bounds) == 1 and isinstance(bounds[0], Value) and bounds[0].constant is None:
        return Places(bounds[0])
    whole = [c.integer(bound, "a bound of range") for bound in bounds]
    if not 1 <= len(whole) <= 3 or (len(whole) == 3 and whole[2] == 0):
        raise c.error("range takes 1 to 3 whole numbers, of which the step is not 0")
    places = range(*whole)
    if len(places) > MOST_STEPS:
        raise c.reader.error(f"a range of more than {MOST_STEPS:,} steps", c.node, kind="limit")
    return Items([c.constant(place) for place in places], "tuple", c.reader.branch)


@function("builtins.enumerate(iterable, start=None)")
def enumerated(c: LibraryCall, iterable: Any, start: Any) -> Items | Rows:
    first = 0 if start is None else c.integer(start, "start")
    rows = c.expressions.rows_of(iterable, c.span)
    if rows is not None and first == 0:
        return Rows(rows.length, lambda place: Items([place, rows.entry(place)], "tuple", c.reader.branch))
    pairs = enumerate(c.items(iterable), first)
    return c.list_of([Items([c.constant(place), entry], "tuple", c.reader.branch) for place, entry in pairs])


@function("builtins.zip(*iterables)")
def zipped(c: LibraryCall, iterables: Sequence[Any]) -> Items | Rows:
    parts = [c.expressions.rows_of(iterable, c.span) for iterable in iterables]
    rows = [part for part in parts if part is not None]
    if rows and len(rows) == len(parts):
        return Rows(rows[0].length, lambda place: Items([row.entry(place) for row in rows], "tuple", c.reader.branch))
    lists = [c.items(iterable) for iterable in iterables]
    if len({len(entries) for entries in lists}) > 1:
        c.reader.note(f"line {c.reader.places.line(c.node)}: zip ends with the shortest of its lists")
    return c.list_of([Items(list(row), "tuple", c.reader.branch) for row in zip(*lists, strict=False)])


@function("builtins.reversed(iterable)")
def backwards(c: LibraryCall, iterable: Any) -> Items:
    return c.list_of(c.items(iterable)[::-1])


@function("builtins.list(iterable=None)", "builtins.tuple(iterable=None)", "list.copy(items)", "method.tolist(x)")
def listed(c: LibraryCall, iterable: Any) -> Any:
    if isinstance(iterable, (Value, Places)):
        return iterable
    kind = "tuple" if c.path == "builtins.tuple" else "list"
    return Items(list(() if iterable is None else c.items(iterable)), kind, c.reader.branch)  # type: ignore[arg-type]


@function("builtins.map(function, *iterables)", "functools.map(function, *iterables)")
def mapped(c: LibraryCall, called: Any, iterables: Sequence[Any]) -> Steps:
    entries = []
    for row in zip(*[c.items(iterable) for iterable in iterables], strict=False):
        entries.append((yield c.expressions.calls.call(called, Arguments(list(row), {}), c.node)))
    return c.list_of(entries)


@function("functools.reduce(function, iterable, initial=None)")
def reduced(c: LibraryCall, called: Any, iterable: Any, initial: Any) -> Steps:
    entries = list(c.items(iterable))
    result = entries.pop(0) if initial is None and entries else initial
    for entry in entries:
        result = yield c.expressions.calls.call(called, Arguments([result, entry], {}), c.node)
    return result


@function("builtins.float(x)", "builtins.complex(x)")
def real(c: LibraryCall, x: Any) -> Value:
    if isinstance(x, str) or c.path == "builtins.complex":
        raise c.error("this is not a finite real number", "a very large number, such as 1e300, may do the same")
    value = c.value(x)
    return value._replace(is_condition=False, constant=None if value.constant is None else float(value.constant))


@function("builtins.int(x)")
def whole(c: LibraryCall, x: Any) -> Value:
    value = c.value(x)
    if isinstance(value.constant, (int, float)) and math.isfinite(value.constant):
        c.reader.fix(value)
        return c.constant(int(value.constant))
    return c.library("numpy.trunc", value)  # type: ignore[no-any-return]


@function("builtins.str(x)")
def text(c: LibraryCall, x: Any) -> str:
    return c.expressions.key_of(x, c.node)


@function("builtins.bool(x)")
def truth(c: LibraryCall, x: Any) -> Value:
    condition = c.expressions.truth_of(x, c.node)
    return c.constant(condition) if isinstance(condition, bool) else condition


@function(
    "builtins.round(x, digits=None)",
    "numpy.round(x, digits=None)",
    "numpy.around(x, decimals=None)",
    "torch.round(x, decimals=None)",
)
def rounded(c: LibraryCall, x: Any, digits: Any) -> Value:
    places = 0 if digits is None else c.integer(digits, "the number of digits")
    if places == 0:
        return c.apply("round", x)
    if not -300 <= places <= 300:
        raise c.error("so many digits cannot be read")
    if c.path == "builtins.round":
        c.reader.note("round(x, n) is read as round(x*10**n)/10**n")
    scale = c.constant(10.0 ** abs(places))
    scaled = c.binary("*" if places > 0 else "/", x, scale)
    return c.binary("/" if places > 0 else "*", c.apply("round", scaled), scale)


@function("builtins.divmod(x, y)", "numpy.divmod(x, y)")
def division(c: LibraryCall, x: Any, y: Any) -> Items:
    one, other = c.reader.share(c.value(x)), c.reader.share(c.value(y))
    return Items([c.binary("//", one, other), c.binary("%", one, other)], "tuple", c.reader.branch)


@function("builtins.pow(base, exp)", "math.pow(x, y)", "torch.pow(input, exponent)", "bare.pow(x, y)")
def power(c: LibraryCall, base: Any, exponent: Any) -> Value:
    return c.binary("**", base, exponent)


@function("builtins.any(iterable)", "builtins.all(iterable)", "numpy.any(a)", "numpy.all(a)")
def every(c: LibraryCall, iterable: Any) -> Value:
    is_all = c.path.endswith("all")
    if isinstance(iterable, Value):
        condition = c.condition(iterable)
        return c.apply("min" if is_all else "max", condition)._replace(is_condition=True)
    result = c.constant(is_all)
    for entry in c.items(iterable):
        combine = c.operators.both if is_all else c.operators.either
        result = combine(result, c.condition(entry), c.span) if result.constant is None else c.condition(entry)
    return result


# The math module


@function("math.log(x, base=None)", "bare.log(x, base=None)")
def logarithm(c: LibraryCall, x: Any, base: Any) -> Value:
    return c.apply("log", x) if base is None else c.binary("/", c.apply("log", x), c.apply("log", base))


@function("math.hypot(*coordinates)")
def distance(c: LibraryCall, coordinates: Sequence[Any]) -> Value:
    if not coordinates:
        raise c.error("hypot needs at least one value")
    return c.apply("hypot", *coordinates) if len(coordinates) > 1 else c.apply("abs", coordinates[0])


@function("math.factorial(n)", "scipy.special.factorial(n)")
def factorial(c: LibraryCall, n: Any) -> Any:
    value = c.value(n)
    if value.constant is None:
        return c.call("factorial", value.tree)
    number = c.integer(value, "n")
    if not 0 <= number <= LARGEST_FACTORIAL:
        raise c.error(f"the factorial is known from 0 to {LARGEST_FACTORIAL}")
    return c.constant(float(math.factorial(number)))


@function("math.comb(n, k)", "math.perm(n, k)", "scipy.special.comb(n, k)", "scipy.special.binom(n, k)")
def choices(c: LibraryCall, n: Any, k: Any) -> Value:
    count, size = c.integer(n, "n"), c.integer(k, "k")
    if not 0 <= count <= 1000 or size < 0:
        raise c.error("n must be a whole number from 0 to 1000, and k must not be negative")
    return c.constant(float(math.perm(count, size) if c.path.endswith("perm") else math.comb(count, size)))


@function("math.isqrt(n)", "math.gcd(n, m=None)")
def whole_root(c: LibraryCall, n: Any, m: Any = None) -> Value:
    number = c.integer(n, "n")
    if m is not None:
        return c.constant(math.gcd(number, c.integer(m, "m")))
    if number < 0:
        raise c.error("isqrt needs a number that is not negative")
    return c.constant(math.isqrt(number))


# Lists and dictionaries


@function("list.append(items, value)", "list.insert(items, place, value)")
def append(c: LibraryCall, items: Any, *arguments: Any) -> None:
    _check_change(c, items)
    place = len(items.entries) if len(arguments) == 1 else c.integer(arguments[0], "the place")
    items.entries.insert(place, arguments[-1])


@function("list.extend(items, values)")
def extend(c: LibraryCall, items: Any, values: Any) -> None:
    _check_change(c, items)
    items.entries.extend(c.items(values))


@function("list.pop(items, place=None)")
def pop(c: LibraryCall, items: Any, place: Any) -> Any:
    _check_change(c, items)
    number = -1 if place is None else c.integer(place, "the place")
    if not -len(items.entries) <= number < len(items.entries):
        raise c.error("the list has no such entry")
    return items.entries.pop(number)


@function("list.reverse(items)")
def reverse(c: LibraryCall, items: Any) -> None:
    _check_change(c, items)
    items.entries.reverse()


def _check_change(c: LibraryCall, items: Any) -> None:
    if not isinstance(items, Items):
        raise c.error("only a list has this method")
    c.expressions.calls.statements.check_change(items, c.node)
    items.tree = None


@function("list.get(items, key, default=None)")
def get(c: LibraryCall, items: Any, key: Any, default: Any) -> Any:
    if not isinstance(items, Dictionary) or not isinstance(key, str):
        raise c.error("only a dictionary has entries with a text as key")
    c.reader.share_entries(items)
    return items.entries.get(key, default)


@function("list.values(items)", "list.items(items)", "list.keys(items)")
def entries_of(c: LibraryCall, items: Any) -> Items:
    if not isinstance(items, Dictionary):
        raise c.error("only a dictionary has this method")
    c.reader.share_entries(items)
    if c.path.endswith("keys"):
        return c.list_of(list(items.entries))
    if c.path.endswith("values"):
        return c.list_of(list(items.entries.values()))
    return c.list_of([Items([key, value], "tuple", c.reader.branch) for key, value in items.entries.items()])


@function(
    "jax.jit(f)", "jax.checkpoint(f)", "torch.compile(f)", "torch.jit.script(f)", "numpy.vectorize(f)", "numba.njit(f)"
)
def unchanged(c: LibraryCall, called: Any) -> Any:
    if not isinstance(called, Routine):
        raise c.error("expected a function that the text defines")
    return called
