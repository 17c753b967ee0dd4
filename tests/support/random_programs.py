"""Random programs, each with its meaning in JAX.

JAX compiles for each shape one function that runs any program: instructions on registers, all of that shape.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy.special import erf, logsumexp

from graphdiff import compile, derivative, parse, trace
from graphdiff.operations.shapes import Shape
from graphdiff.passes.trace import value as value_of
from support.same_graph import canonical

jax.config.update("jax_enable_x64", True)

FAR = 1e-6
"""How far from a kink, relative to 1, every choice of a program must be: there the two may choose otherwise."""
RELATIVE = 1e-10
"""What results may be apart by, beside MOST_MOVED times what they move by where the point moves by MOVED."""
MOVED = 1e-7
MOST_MOVED = 1e-3
LARGEST = 1e9
NAMES = "xyz"
MOST_LINES = 9
SHAPES: Sequence[Shape] = [(3,), (2, 3), (2, 2)]
DEFINITIONS = ["f(u) = u*exp(-u^2)", "g(u, w) = u*tanh(w) + w", "gate h(u) = 1/(1 + exp(-u)) with y*(1 - y)"]


class Operation(NamedTuple):
    """A line of the language, with {0} and {1} for its operands, what it means, and how near to a kink it is."""

    text: str
    meaning: Callable[[Any, Any], Any]
    gap: Callable[[Any, Any], Any] = lambda u, v: jnp.inf
    is_whole: bool = False

    @property
    def operands(self) -> int:
        return 2 if "{1}" in self.text else 1


def apart(u: Any, v: Any = 0.0) -> Any:
    return jnp.min(jnp.abs(u - v))


ELEMENTWISE = [
    Operation("sin({0})", lambda u, v: jnp.sin(u)),
    Operation("cos({0})", lambda u, v: jnp.cos(u)),
    Operation("tanh({0})", lambda u, v: jnp.tanh(u)),
    Operation("atan({0})", lambda u, v: jnp.arctan(u)),
    Operation("exp({0}/4)", lambda u, v: jnp.exp(u / 4)),
    Operation("sinh({0}/5)", lambda u, v: jnp.sinh(u / 5)),
    Operation("expm1({0}/4)", lambda u, v: jnp.expm1(u / 4)),
    Operation("sigmoid({0})", lambda u, v: jax.nn.sigmoid(u)),
    Operation("softplus({0})", lambda u, v: jax.nn.softplus(u)),
    Operation("erf({0})", lambda u, v: erf(u)),
    Operation("log(1 + ({0})^2)", lambda u, v: jnp.log(1 + u**2)),
    Operation("log1p(abs({0}))", lambda u, v: jnp.log1p(jnp.abs(u)), lambda u, v: apart(u)),
    Operation("√(1 + {0}²)", lambda u, v: jnp.sqrt(1 + u**2)),
    Operation("cbrt(2 + cos({0}))", lambda u, v: jnp.cbrt(2 + jnp.cos(u))),
    Operation("asin(0.9sin({0}))", lambda u, v: jnp.arcsin(0.9 * jnp.sin(u))),
    Operation("acosh(2 + {0}^2)", lambda u, v: jnp.arccosh(2 + u**2)),
    Operation("gelu({0})", lambda u, v: jax.nn.gelu(u, approximate=False)),
    Operation("silu({0})", lambda u, v: jax.nn.silu(u)),
    Operation("relu({0})", lambda u, v: jnp.where(u > 0, u, 0.0), lambda u, v: apart(u)),
    Operation("clip({0}, -1, 1)", lambda u, v: jnp.clip(u, -1, 1), lambda u, v: apart(jnp.abs(u), 1.0)),
    Operation("-{0}", lambda u, v: -u),
    Operation("{0}^3/9", lambda u, v: u**3 / 9),
    Operation("2^({0}/3)", lambda u, v: 2 ** (u / 3)),
    Operation("{0}⁻²", lambda u, v: u**-2.0, lambda u, v: apart(u) / 100),
    Operation("f({0})", lambda u, v: u * jnp.exp(-(u**2))),
    Operation("h({0})", lambda u, v: jax.nn.sigmoid(u)),
    Operation("{0}*pi - 1", lambda u, v: u * np.pi - 1),
    Operation("1/(1 + exp(-{0}))", lambda u, v: jax.nn.sigmoid(u)),
    Operation("sum({0}^k/(1 + k) for k in range(1, 4) if k != 2)", lambda u, v: u / 2 + u**3 / 4),
    Operation("{0} + {1}", lambda u, v: u + v),
    Operation("{0} - {1}", lambda u, v: u - v),
    Operation("{0}*{1}", lambda u, v: u * v),
    Operation("{0}/(3 + sin({1}))", lambda u, v: u / (3 + jnp.sin(v))),
    Operation("{0}/{1}", lambda u, v: u / v, lambda u, v: apart(v) / 100),
    Operation("max({0}, {1})", lambda u, v: jnp.where(u >= v, u, v), apart),
    Operation("min({0}, {1})", lambda u, v: jnp.where(u <= v, u, v), apart),
    Operation("where({0} > {1}, {0}*{1}, {1})", lambda u, v: jnp.where(u > v, u * v, v), apart),
    Operation("({0} < {1})*{0} + {1}", lambda u, v: (u < v) * u + v, apart),
    Operation("hypot({0}, 1 + {1}^2)", lambda u, v: jnp.hypot(u, 1 + v**2)),
    Operation("atan2({0}, 2 + cos({1}))", lambda u, v: jnp.arctan2(u, 2 + jnp.cos(v))),
    Operation("(1 + {0}^2)^({1}/4)", lambda u, v: (1 + u**2) ** (v / 4)),
    Operation("logaddexp({0}, {1})", lambda u, v: jnp.logaddexp(u, v)),
    Operation("g({0}, {1})", lambda u, v: u * jnp.tanh(v) + v),
]


def along(axis: int, rank: int) -> Iterator[Operation]:
    """Operations along an axis that leave an array its shape."""
    own = f"axis={axis}"
    keepdims = f"{own}, keepdims=true"
    before = ":, " * (axis % rank)
    over = partial(jnp.sum, axis=axis, keepdims=True)

    def odd(u: Any) -> Any:
        joined = jnp.concatenate([u, u**2], axis)
        return lax.slice_in_dim(joined, 0, joined.shape[axis], 2, axis % rank)

    yield Operation(f"softmax({{0}}, {own})", lambda u, v: jax.nn.softmax(u, axis=axis))
    yield Operation(f"log_softmax({{0}}, {own})", lambda u, v: jax.nn.log_softmax(u, axis=axis))
    yield Operation(f"cumsum({{0}}, {own})", lambda u, v: jnp.cumsum(u, axis=axis))
    yield Operation(f"roll({{0}}, 1, {own})", lambda u, v: jnp.roll(u, 1, axis=axis))
    yield Operation(f"{{0}} - mean({{1}}, {keepdims})", lambda u, v: u - jnp.mean(v, axis=axis, keepdims=True))
    yield Operation(f"sum({{0}}, {keepdims})*{{1}}", lambda u, v: over(u) * v)
    yield Operation(f"{{1}} + logsumexp({{0}}, {keepdims})", lambda u, v: v + logsumexp(u, axis=axis, keepdims=True))
    yield Operation(f"{{1}}/norm(2 + {{0}}^2, {keepdims})", lambda u, v: v / jnp.sqrt(over((2 + u**2) ** 2)))
    yield Operation(f"{{1}}*var({{0}}, {keepdims})", lambda u, v: v * jnp.var(u, axis=axis, keepdims=True))
    yield Operation(f"{{1}} + prod({{0}}, {keepdims})", lambda u, v: v + jnp.prod(u, axis=axis, keepdims=True))
    yield Operation(f"{{1}}*max({{0}}, {keepdims})", lambda u, v: v * jnp.max(u, axis=axis, keepdims=True), spread)
    yield Operation(f"concat({{0}}, {{0}}^2, {own})[{before}::2]", lambda u, v: odd(u))
    yield Operation(f"moveaxis(moveaxis({{0}}, {axis}, 0), 0, {axis})*{{1}}", lambda u, v: u * v)


def spread(u: Any, v: Any) -> Any:
    """How far apart the entries of an array are."""
    return jnp.min(jnp.diff(jnp.sort(jnp.ravel(u))))


def of_arrays(shape: Shape) -> Iterator[Operation]:
    """Operations on whole arrays that leave them their shape."""
    for axis in range(-1, len(shape) - 1):
        yield from along(axis, len(shape))
    sizes = ", ".join(map(str, shape))
    yield Operation("{0}[..., ::-1]", lambda u, v: u[..., ::-1])
    yield Operation("stack({0}, sin({1}))[1]", lambda u, v: jnp.sin(v))
    yield Operation("broadcast_to(sum({0}), {1}) - {1}", lambda u, v: jnp.sum(u) - v)
    yield Operation(f"reshape(reshape({{0}}, -1)[::-1], {sizes})", lambda u, v: jnp.ravel(u)[::-1].reshape(shape))
    if len(shape) == 2:
        yield Operation("({0} @ {1}.T) @ {0}", lambda u, v: u @ v.T @ u)
        yield Operation("outer({0}[:, 0], {1}[0])", lambda u, v: jnp.outer(u[:, 0], v[0]))
        yield Operation("({0} @ {1}[-1])[:, None] + {1}", lambda u, v: (u @ v[-1])[:, None] + v)
    if len(set(shape)) == 1 and len(shape) == 2:
        n = shape[0]
        regular = f"9*eye({n}) + tanh({{0}})"

        def full(u: Any) -> Any:
            return 9 * jnp.eye(n) + jnp.tanh(u)

        yield Operation("{0} @ {1}", lambda u, v: u @ v)
        yield Operation(f"inv({regular}) @ {{1}}", lambda u, v: jnp.linalg.inv(full(u)) @ v)
        yield Operation(f"solve({regular}, {{1}})", lambda u, v: jnp.linalg.solve(full(u), v))
        yield Operation(f"det({regular})*{{1}}/99", lambda u, v: jnp.linalg.det(full(u)) * v / 99)
        yield Operation(f"logdet({regular})*{{1}}", lambda u, v: jnp.linalg.slogdet(full(u))[1] * v)
        yield Operation("trace({0})*{1}", lambda u, v: jnp.trace(u) * v)


@cache
def operations_on(shape: Shape) -> list[Operation]:
    return [*ELEMENTWISE, *(each._replace(is_whole=True) for each in (of_arrays(shape) if shape else ()))]


class Program(NamedTuple):
    """A program, its point, and what it is to JAX: for each line its operation and registers, for each register how
    much of its cosine is added up."""

    text: str
    point: Mapping[str, Any]
    shape: Shape
    codes: Any
    weights: Any


def random_program(seed: int, shape: Shape) -> Program:
    """Of arrays of a shape, and of numbers among them."""
    draws, chance = random.Random(seed), np.random.default_rng(seed)
    operations = operations_on(shape)
    is_full = [bool(shape), *(draws.random() < 0.6 for _ in NAMES[1:])]
    point = {name: chance.uniform(-2, 2, shape if full else ())[()] for name, full in zip(NAMES, is_full, strict=True)}
    names = [*NAMES]
    codes = np.full((MOST_LINES, 4), [0, 0, 0, len(NAMES) + MOST_LINES])  # the last register is not looked at
    lines = []
    loose = set(range(len(NAMES)))
    for number in range(draws.randint(2, MOST_LINES)):
        operation = draws.choice(operations)
        known = [place for place, full in enumerate(is_full) if full or not operation.is_whole]
        operands = draws.sample(known, 2) if len(known) > 1 else known * 2
        codes[number] = operations.index(operation), *operands, len(names)
        lines.append(f"q{number} = {operation.text.format(*(names[each] for each in operands))}")
        used = operands[: operation.operands]
        loose -= {*used}
        loose.add(len(names))
        names.append(f"q{number}")
        is_full.append(any(is_full[each] for each in used))
    weights = np.zeros(len(NAMES) + MOST_LINES + 1)
    for place in loose:  # in its register a number stands as often as an array has entries
        weights[place] = 1.0 if is_full[place] else 1 / np.prod(shape)
    term = "sum(cos({} + {}))" if shape else "cos({} + {})"
    total = " + ".join(term.format(names[place], place) for place in sorted(loose))
    return Program("\n".join([*DEFINITIONS, *lines, total]), point, shape, codes, weights)


@cache
def _interpreter(shape: Shape) -> Any:
    operations = operations_on(shape)
    meanings = [operation.meaning for operation in operations]
    gaps = [lambda u, v, gap=operation.gap: jnp.asarray(gap(u, v)) for operation in operations]

    def step(state: Any, code: Any) -> Any:
        registers, gap = state
        operands = registers[code[1]], registers[code[2]]
        result = lax.switch(code[0], meanings, *operands)
        near = lax.switch(code[0], gaps, *map(lax.stop_gradient, operands))
        return (registers.at[code[3]].set(result), jnp.minimum(gap, near)), None

    def value(inputs: Any, codes: Any, weights: Any) -> Any:
        registers = jnp.zeros((len(weights), *shape)).at[: len(NAMES)].set(inputs)
        (registers, gap), _ = lax.scan(step, (registers, jnp.inf), codes)
        axes = (-1, *[1] * len(shape))
        counted = jnp.where((weights > 0).reshape(axes), registers, 0.0)
        places = jnp.arange(len(weights)).reshape(axes)
        return jnp.sum(weights.reshape(axes) * jnp.cos(counted + places)), gap

    return jax.jit(jax.value_and_grad(value, has_aux=True))


def evaluate_by_jax(program: Program, point: Mapping[str, Any]) -> tuple[list[Any], float]:
    """The value and the gradients by JAX, and how near to a kink the point is."""
    inputs = np.stack([np.broadcast_to(point[name], program.shape) for name in NAMES])
    (value, gap), gradients = _interpreter(program.shape)(inputs, program.codes, program.weights)
    by_name = dict(zip(NAMES, np.asarray(gradients), strict=True))
    summed = [by_name[name] if np.ndim(point[name]) else by_name[name].sum() for name in NAMES]
    return [float(value), *summed], float(gap)


def all_agree(program: Program) -> bool:
    """Whether trace, compiled code of every kind, the derivative as a graph and the graph's own text find what JAX
    does. False where the point is too near to a kink, or numbers are too large, for that to be asked.

    Raises AssertionError where one does not.
    """
    text, point, shape, *_ = program
    expected, gap = evaluate_by_jax(program, point)
    steps = zip((1.0, -0.6, 0.3), point.items(), strict=True)  # of which none takes back another, as in x/y
    nearby, gap_beside = evaluate_by_jax(program, {name: x * (1 + MOVED * step) for step, (name, x) in steps})
    if not min(gap, gap_beside) > FAR or not all(np.max(np.abs(each)) < LARGEST for each in (*expected, *nearby)):
        return False
    largest = max(np.max(np.abs(each)) for each in expected)
    allowed = [
        RELATIVE * (1 + largest) + MOST_MOVED * np.max(np.abs(beside - each))
        for beside, each in zip(nearby, expected, strict=True)
    ]

    def check(what: str, value: Any, gradients: Sequence[Any]) -> None:
        for name, actual, wanted, most in zip(["value", *NAMES], [value, *gradients], expected, allowed, strict=True):
            assert np.shape(actual) == np.shape(wanted), f"{what}: {name} is of shape {np.shape(actual)}:\n{text}"
            error = np.max(np.abs(np.asarray(actual) - wanted))
            assert error <= most, f"{what}: {name} is {actual}, not {wanted}, at {dict(point)}:\n{text}"

    graph = parse(text)
    again = parse(str(graph))
    assert canonical(again) == canonical(graph), text
    shapes = {name: np.shape(each) for name, each in point.items()}
    wrt = [*NAMES]
    traced = trace(graph, point, wrt=wrt)
    check("the trace", traced.value, [traced.gradients[name] for name in wrt])
    value, gradients = compile(graph, wrt, backend="numpy", shapes=shapes)(**point)
    check("NumPy code", value, gradients)
    derived = [derivative(graph, name, shapes=shapes) for name in wrt]
    check("the derivative", traced.value, [value_of(each, point) for each in derived])
    parsed_texts = [parse(str(each)) for each in derived]
    points = [{name: point[name] for name in each.input_names if name in point} for each in parsed_texts]
    check("the derivative's text", traced.value, [value_of(*each) for each in zip(parsed_texts, points, strict=True)])
    if not shape:
        numbers = {name: float(each) for name, each in point.items()}
        value, gradients = compile(graph, wrt)(**numbers)
        check("Python code", value, gradients)
        columns = {name: np.array([1.0, each, 0.5]) for name, each in point.items()}
        value, gradients = compile(graph, wrt, backend="numpy", batch=True)(**columns)
        check("code for columns", value[1], [each[1] for each in gradients])
    return True
