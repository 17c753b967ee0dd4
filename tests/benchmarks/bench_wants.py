"""Jacobians, Hessians and products with Hessians, against JAX (jit, in 64 bits) and against the value alone."""

from __future__ import annotations

from collections.abc import Callable
from itertools import repeat
from time import perf_counter
from typing import Any

import numpy as np
import pytest

import graphdiff
from graphdiff.passes.request import Request
from graphdiff.targets.generate import code_of
from support.libraries import library
from support.native import needs_compiler

CALLS = 100  # a round: one call is shorter than what a clock can tell
CHANCE = np.random.default_rng(5)
ARM = """
s1 = sin(a); s2 = sin(a + b); s3 = sin(a + b + c)
x = p*cos(a) + q*cos(a + b) + r*cos(a + b + c)
y = p*s1 + q*s2 + r*s3
angle = a + b + c
x
"""
"""The place of the hand of a planar arm with three joints."""
ANGLES = (0.3, -0.4, 0.9)
LENGTHS = (1.2, 0.8, 0.5)
BUMP = "exp(-(x^2 + x*y + 2*y^2)/(1 + z^2))*sin(x*z) + log(1 + y^2*z^2)"
MATRIX, INPUT, BIAS = CHANCE.normal(size=(40, 30)), CHANCE.normal(size=30), CHANCE.normal(size=40)
EXAMPLES, SIGNS = CHANCE.normal(size=(200, 20)), np.sign(CHANCE.normal(size=200))
WEIGHTS = CHANCE.normal(size=20) / 5
LOSS = "mean(softplus(-t*(X@w))) + 0.01*sum(w^2)"
PROJECTION = """
theta2 = sum(k^2) + 1e-20; theta = sqrt(theta2); n = k/theta
d = v - o
turned = d*cos(theta) + cross(n, d)*sin(theta) + n*(sum(n*d)*(1 - cos(theta)))
p = [turned[0]/turned[2], turned[1]/turned[2]]
r2 = sum(p^2)
w*(f*(1 + q[0]*r2 + q[1]*r2^2)*p + c - m)
"""
"""The residual of bundle adjustment: the place of a point in a picture, weighted, less where it was seen."""
PROJECTED: dict[str, Any] = {"k": (3,), "o": (3,), "f": (), "c": (2,), "q": (2,), "v": (3,), "w": (), "m": (2,)}
OBSERVATIONS = 20_000


def jax_numpy() -> tuple[Any, Any]:
    jax = library("jax")
    jax.config.update("jax_enable_x64", True)
    return jax, jax.numpy


def many(function: Callable[..., Any], *arguments: Any) -> Callable[[], None]:
    def calls() -> None:
        for _ in repeat(None, CALLS):
            function(*arguments)

    return calls


def in_jax(function: Callable[..., Any], *arguments: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    jax, jnp = jax_numpy()
    compiled = jax.jit(function)
    return lambda *point: jax.block_until_ready(compiled(*point)), tuple(map(jnp.asarray, arguments))


def assert_equal(ours: Any, theirs: Any) -> None:
    leaves = library("jax").tree_util.tree_leaves
    for one, other in zip(leaves(ours), leaves(theirs), strict=True):
        assert np.asarray(one) == pytest.approx(np.asarray(other), rel=1e-8, abs=1e-10)


def test_jacobian_of_numbers(compare: Callable[..., None]) -> None:
    jax, jnp = jax_numpy()

    def arm(a: Any, b: Any, c: Any) -> Any:
        sums = (a, a + b, a + b + c)
        x = sum(each * jnp.cos(angle) for each, angle in zip(LENGTHS, sums, strict=True))
        return x, sum(each * jnp.sin(angle) for each, angle in zip(LENGTHS, sums, strict=True)), sums[2]

    f = graphdiff.compile(
        ARM, ["a", "b", "c"], want="jacobian", outputs=["x", "y", "angle"], inputs=["a", "b", "c", "p", "q", "r"]
    )
    theirs, point = in_jax(lambda *angles: (arm(*angles), jax.jacfwd(arm, (0, 1, 2))(*angles)), *ANGLES)
    assert_equal(f(*ANGLES, *LENGTHS), theirs(*point))
    compare("Jacobian of an arm", 0.4, many(f, *ANGLES, *LENGTHS), many(theirs, *point), rounds=20)


def test_hessian_of_numbers(compare: Callable[..., None]) -> None:
    jax, jnp = jax_numpy()

    def bump(x: Any, y: Any, z: Any) -> Any:
        return jnp.exp(-(x**2 + x * y + 2 * y**2) / (1 + z**2)) * jnp.sin(x * z) + jnp.log(1 + y**2 * z**2)

    f = graphdiff.compile(BUMP, want="hessian")
    theirs, point = in_jax(lambda *at: (bump(*at), jax.hessian(bump, (0, 1, 2))(*at)), 0.4, -0.3, 0.8)
    assert_equal(f(0.4, -0.3, 0.8), theirs(*point))
    compare("Hessian of three numbers", 0.4, many(f, 0.4, -0.3, 0.8), many(theirs, *point), rounds=20)


def test_jacobian_of_a_layer(compare: Callable[..., None]) -> None:
    jax, jnp = jax_numpy()
    f = graphdiff.compile("tanh(W@x + b)", "x", want="jacobian", backend="numpy", inputs=["W", "x", "b"])

    def layer(matrix: Any, x: Any, bias: Any) -> Any:
        return jnp.tanh(matrix @ x + bias)

    theirs, point = in_jax(lambda *at: (layer(*at), jax.jacfwd(layer, 1)(*at)), MATRIX, INPUT, BIAS)
    assert_equal(f(MATRIX, INPUT, BIAS), theirs(*point))
    compare("Jacobian of a layer, 30 to 40", 1.0, many(f, MATRIX, INPUT, BIAS), many(theirs, *point), rounds=20)


def loss_in_jax(jnp: Any) -> Callable[..., Any]:
    return lambda w: jnp.mean(jnp.logaddexp(0.0, -SIGNS * (EXAMPLES @ w))) + 0.01 * jnp.sum(w**2)


def test_hessian_of_a_loss(compare: Callable[..., None]) -> None:
    jax, jnp = jax_numpy()
    loss = loss_in_jax(jnp)
    f = graphdiff.compile(LOSS, "w", want="hessian", backend="numpy", inputs=["X", "t", "w"])
    theirs, point = in_jax(lambda w: (loss(w), jax.hessian(loss)(w)), WEIGHTS)
    assert_equal(f(EXAMPLES, SIGNS, WEIGHTS), theirs(*point))
    compare(
        "Hessian of a logistic loss, 20 weights",
        1.0,
        many(f, EXAMPLES, SIGNS, WEIGHTS),
        many(theirs, *point),
        rounds=20,
    )


def test_product_of_a_hessian_against_the_value(compare: Callable[..., None]) -> None:
    f = graphdiff.compile(LOSS, "w", want="hvp", backend="numpy", inputs=["X", "t", "w"])
    value = graphdiff.compile(LOSS, want="value", backend="numpy", inputs=["X", "t", "w"])
    points = CHANCE.normal(size=(20_000, 20)), np.sign(CHANCE.normal(size=20_000)), WEIGHTS
    compare(
        "Hessian of a logistic loss times a vector, against the value",
        4.0,
        lambda: f(*points, WEIGHTS),
        lambda: value(*points),
        rounds=20,
    )


def test_jacobians_of_bundle_adjustment(compare: Callable[..., None]) -> None:
    """The Jacobians of 20,000 residuals by the camera, the point and the weight."""
    jax, jnp = jax_numpy()

    def residual(k: Any, o: Any, f: Any, c: Any, q: Any, v: Any, w: Any, m: Any) -> Any:
        theta = jnp.sqrt(jnp.sum(k**2) + 1e-20)
        n, d = k / theta, v - o
        turned = d * jnp.cos(theta) + jnp.cross(n, d) * jnp.sin(theta) + n * (n @ d) * (1 - jnp.cos(theta))
        p = turned[:2] / turned[2]
        r2 = p @ p
        return w * (f * (1 + q[0] * r2 + q[1] * r2**2) * p + c - m)

    arrays = [CHANCE.uniform(0.2, 1.0, (OBSERVATIONS, *shape)) for shape in PROJECTED.values()]
    arrays[5] += [0.0, 0.0, 5.0]
    names = [*PROJECTED]
    ours: Any = graphdiff.compile(
        PROJECTION, names[:-1], want="jacobian", backend="numpy", batch=True, shapes=PROJECTED, inputs=names
    )
    every = tuple(range(len(names) - 1))
    theirs, points = in_jax(jax.vmap(lambda *at: (residual(*at), jax.jacrev(residual, every)(*at))), *arrays)
    assert_equal(ours(*arrays), theirs(*points))
    compare(
        f"Jacobians of bundle adjustment, {OBSERVATIONS} residuals",
        0.4,
        lambda: ours(*arrays),
        lambda: theirs(*points),
        rounds=5,
    )


@pytest.mark.parametrize("backend", ["numpy", pytest.param("c", marks=needs_compiler)])
def test_sparse_hessian_of_rosenbrock(compare: Callable[..., None], backend: str) -> None:
    """Of 1,000 variables, against CasADi with the same pattern; and no more operations."""
    casadi = library("casadi")
    pytest.importorskip("scipy")
    x = casadi.SX.sym("x", 1000)
    value = casadi.sum1(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)
    theirs = casadi.Function("h", [x], [value, casadi.hessian(value, x)[0]])
    point = CHANCE.uniform(0.5, 1.5, 1000)
    text = "sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)"
    start = perf_counter()
    ours: Any = graphdiff.compile(text, want="hessian", backend=backend, sparse=True, shapes={"x": (1000,)})
    print(f"from text to compiled, {backend}: {perf_counter() - start:.2f} s")
    assert ours(point)[1].toarray() == pytest.approx(np.asarray(theirs(point)[1].full()))
    code = code_of(graphdiff.parse(text), Request("hessian", ["x"], sparse=True), {"x": (1000,)}, by_entry="C")
    operations = sum([each.function not in ("input", "entry", "constant") for each in code.instructions])
    others = (casadi.OP_INPUT, casadi.OP_OUTPUT, casadi.OP_CONST)
    theirs_operations = sum([theirs.instruction_id(each) not in others for each in range(theirs.n_instructions())])
    assert operations <= theirs_operations
    print(f"operations: {operations:,}, CasADi's {theirs_operations:,}")
    group = f"sparse Hessian of Rosenbrock, {backend}, CasADi"
    compare(group, 2.0, many(ours, point), many(theirs, casadi.DM(point)), rounds=10)
