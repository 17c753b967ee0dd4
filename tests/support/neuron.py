"""The neuron with five inputs and all its derivatives: in graphdiff, handwritten, and in other libraries."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import exp
from typing import Any

from support.libraries import library

TEXT = "1/(1+exp(-(w0*x0+w1*x1+w2)))"
INPUTS = ["w0", "x0", "w1", "x1", "w2"]
POINT = (2.0, -1.0, -3.0, -2.0, -3.0)


def neuron(exp: Callable[[Any], Any], w0: Any, x0: Any, w1: Any, x1: Any, w2: Any) -> Any:
    """The same formula for any library, given its exp."""
    return 1 / (1 + exp(-(w0 * x0 + w1 * x1 + w2)))


def by_hand(w0: float, x0: float, w1: float, x1: float, w2: float) -> tuple[float, tuple[float, ...]]:
    """What one writes at a point, once it is right."""
    y = 1 / (1 + exp(-(w0 * x0 + w1 * x1 + w2)))
    g = y * (1 - y)
    return y, (g * x0, g * w0, g * x1, g * w1, g)


def in_sympy() -> Callable[..., Any]:
    sympy = library("sympy")
    symbols = sympy.symbols(INPUTS)
    formula = neuron(sympy.exp, *symbols)
    results = [formula, *(sympy.diff(formula, symbol) for symbol in symbols)]
    return sympy.lambdify(symbols, results, modules="math", cse=True)


def in_casadi() -> Callable[..., Any]:
    """Of one vector, which is its fastest way: a number at a time takes thrice as long."""
    casadi = library("casadi")
    inputs = casadi.SX.sym("inputs", len(INPUTS))
    formula = neuron(casadi.exp, *casadi.vertsplit(inputs))
    return casadi.Function("neuron", [inputs], [formula, casadi.gradient(formula, inputs)])


def in_jax() -> Callable[..., Any]:
    """Not compiled: `jax.jit` is left to the caller, who may map it over points first."""
    jax = library("jax")
    return jax.value_and_grad(partial(neuron, jax.numpy.exp), argnums=tuple(range(len(INPUTS))))


def in_torch(*tensors: Any) -> Any:
    """At a point, or at each of many: a sum's gradient is every term's own."""
    torch = library("torch")
    value = neuron(torch.exp, *tensors)
    return value.detach(), torch.autograd.grad(value.sum(), tensors)


def in_autograd() -> Callable[..., Any]:
    autograd = library("autograd")
    numpy = library("autograd.numpy")
    return autograd.value_and_grad(partial(neuron, numpy.exp), argnum=tuple(range(len(INPUTS))))
