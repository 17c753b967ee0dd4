"""Every function of grammar/python.gd, and every other that is read, against the library itself."""

from __future__ import annotations

import importlib
import inspect
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from graphdiff import trace
from graphdiff.language.program import Program
from graphdiff.reading.python import library
from graphdiff.reading.python.read import read_python
from graphdiff.reading.python.registration import IRREGULAR
from graphdiff.source import Source
from support.samples import inputs_with_derivatives

POINT: dict[str, Any] = {
    "x": [0.3, -0.6, 0.9, 0.5],
    "y": [0.7, 0.2, -0.4, 1.3],
    "p": [0.2, 0.5, 0.1, 0.9],
    "A": [[2.0, 0.3, -0.5], [0.1, 1.5, 0.4], [-0.2, 0.6, 3.0]],
    "B": [[1.0, -0.3, 0.5], [0.7, 0.2, -0.4]],
    "i": [2, 0],
    "s": 0.6,
}
MODULES = {
    "math": "math",
    "numpy": "numpy",
    "numpy.linalg": "numpy.linalg",
    "scipy.special": "scipy.special",
    **{f"scipy.stats.{name}": "scipy.stats" for name in library.DISTRIBUTIONS},
    "jax.nn": "jax.nn",
    "jax.lax": "jax.lax",
    "torch": "torch",
    "torch.linalg": "torch.linalg",
    "torch.nn.functional": "torch.nn.functional",
}
ARGUMENTS = {
    **dict.fromkeys(["det", "inv", "trace", "logdet", "inverse", "transpose", "t", "fliplr", "flipud", "slogdet"], "A"),
    **dict.fromkeys(["eye", "identity"], "3"),
    **dict.fromkeys(["zeros", "ones", "empty"], "(2, 3)"),
    **dict.fromkeys(
        ["sum", "mean", "prod", "max", "min", "amax", "amin", "ptp", "cumsum", "std", "var", "norm"], "B, 1"
    ),
    **dict.fromkeys(["softmax", "log_softmax", "logsumexp", "softmin"], "B, 1"),
    **dict.fromkeys(["matmul", "mm"], "B, A"),
    **dict.fromkeys(["concatenate", "concat", "cat", "stack", "multi_dot"], "[A, A]"),
    **dict.fromkeys(["append", "dot", "outer", "ger", "inner", "vdot"], "x, y"),
    **dict.fromkeys(["where"], "x > 0.4, x, y"),
    **dict.fromkeys(["logical_and", "logical_or"], "x > 0.4, y > 0"),
    **dict.fromkeys(["log", "entr", "sqrt", "logit", "log2", "log10", "lgamma", "gammaln", "digamma", "psi"], "p"),
    **dict.fromkeys(["acosh", "arccosh"], "1 + p"),
    **dict.fromkeys(["cross_entropy", "nll_loss"], "B, i"),
    **dict.fromkeys(["swapaxes", "moveaxis", "movedim"], "B, 0, 1"),
    **dict.fromkeys(["reshape"], "B, (3, 2)"),
    **dict.fromkeys(["hstack", "vstack", "column_stack"], "[[s, 1.0], [2*s, s]]"),
    **dict.fromkeys(["numpy.pow", "numpy.power", "numpy.float_power", "torch.pow"], "p, y"),
    **dict.fromkeys(["jax.lax.max", "jax.lax.min"], "x, y"),
    **dict.fromkeys(["numpy.linalg.norm", "torch.norm", "torch.linalg.norm", "torch.linalg.vector_norm"], "B, 2, 1"),
    **{"math.log": "s, 3.0", "math.acosh": "1 + s", "math.prod": "[s, 2.0]", "scipy.special.loggamma": "p"},
    **dict.fromkeys(["math.lgamma", "math.sqrt", "math.log2", "math.log10", "math.trunc"], "s"),
    "torch.transpose": "B, 0, 1",
    "normalize": "B",
    "logical_not": "x > 0.4",
    "solve": "A, A @ A",
    "clip": "x, -0.1, 0.4",
    "clamp": "x, -0.1, 0.4",
    "expand_dims": "x, 1",
    "unsqueeze": "x, 1",
    "squeeze": "B[:1], 0",
    "roll": "x, 1",
    "full": "(2, 3), 0.5",
    "full_like": "x, 0.5",
    "cross": "A[0], A[1]",
    **dict.fromkeys(["cumprod", "cummax", "cummin", "sort", "median"], "B, 1"),
    **dict.fromkeys(["quantile", "percentile"], "B, 0.3, 1"),
    **dict.fromkeys(["tril", "triu"], "A, 1"),
    **{"kron": "A, B", "matrix_power": "A, 3", "cholesky": "A @ A.T", "svdvals": "B", "torch.median": "B"},
    "einsum": "'ij,kj->ik', B, A",
    "tensordot": "B, A, axes=([1], [0])",
    "polyval": "[2, s, 1], x",
    "arange": "2, 8, 3",
    "linspace": "0, 1, 5",
    "flip": "x, 0",
    "pad": "x, 1",
    "trapezoid": "x, y",
    "addmm": "A, A, A",
    "addmv": "A[0], A, A[1]",
    "mv": "A, A[0]",
    "lerp": "x, y, 0.3",
    "average": "x, weights=p",
    "one_hot": "i, 3",
    "cosine_similarity": "B, B*B",
    "threshold": "x, 0.4, 2.0",
    "huber": "p, y",
    "pseudo_huber": "p, y",
    "kl_div": "p, x*x",
    "rel_entr": "p, x*x",
    "binary_cross_entropy": "p, p*p",
    "xlogy": "x, p",
    **dict.fromkeys(["beta", "betaln"], "p, p"),
    **dict.fromkeys(["ndtri", "erfinv"], "p/2"),
    **dict.fromkeys(["jv", "yv", "iv", "kv"], "2.5, p"),
    **dict.fromkeys(["jn", "yn", "kn"], "2, p"),
    **dict.fromkeys(["y0", "y1", "k0", "k1", "lambertw"], "p"),
    **dict.fromkeys(["bessel_y0", "bessel_y1", "modified_bessel_k0", "modified_bessel_k1"], "p"),
    **dict.fromkeys(["scipy.special.gammainc", "scipy.special.gammaincc"], "p, x*x"),
    "scipy.special.betainc": "1 + y, 2, p",
    **{f"scipy.stats.poisson.{name}": "4, p" for name in ("pmf", "logpmf", "cdf", "sf")},
    **{f"scipy.stats.{law}.{name}": "3, 5, p" for law in ("binom", "nbinom") for name in ("pmf", "logpmf")},
    **{f"scipy.stats.{law}.{name}": "p, 1 + p, 0, 2" for law in ("gamma", "weibull_min") for name in ("pdf", "logpdf")},
    **{f"scipy.stats.gamma.{name}": "p, 1 + y, 0, 2" for name in ("cdf", "sf")},
    **{f"scipy.stats.beta.{name}": "p, 1 + p, p" for name in ("pdf", "logpdf")},
    **{f"scipy.stats.beta.{name}": "p, 1 + y, 2" for name in ("cdf", "sf")},
    **{f"scipy.stats.vonmises.{name}": "x, 1 + p, y, 2" for name in ("pdf", "logpdf")},
    **{f"scipy.stats.t.{name}": "x, 1 + p, y, 2" for name in ("pdf", "logpdf")},
    **{f"scipy.stats.expon.{name}": "p, 0, 2" for name in ("pdf", "logpdf")},
    **{f"scipy.stats.norm.{name}": "p, 1, 2" for name in ("ppf", "isf")},
    "dist": "[s, 1.0], [2.0, s]",
    "sumprod": "[s, 1.0], [2.0, s]",
    "fma": "s, 2.0, s",
    "polygamma": "2, p",
    "comb": "5, 2",
    "perm": "5, 2",
    "binom": "5, 2",
    "factorial": "4",
    "gcd": "12, 18",
    "isqrt": "17",
    "round": "7*x",
    "around": "7*x",
    "layer_norm": "B, (3,)",
    "linear": "A, B",
    "embedding": "i, A",
    "dropout": "x, 0.5, False",
    "permute": "B, (1, 0)",
    "rsqrt": "p",
    "flatten": "B",
}
NUMBERS = {"hypot": "s, 1.7"}
"""Arguments of functions of numbers, where they are not s."""
LEFT_OUT = frozenset(
    (
        *("numpy.einsum", "numpy.vectorize", "numpy.divmod", "numpy.shape", "numpy.size", "numpy.trapz"),
        *("numpy.any", "numpy.all", "numpy.linalg.slogdet", "numpy.concat", "numpy.atleast_1d", "numpy.float32"),
        *("numpy.empty", "math.fma", "math.sumprod", "math.fsum", "torch.nn.functional.conv2d"),
        *("torch.nn.functional.max_pool2d", "torch.nn.functional.pad", "torch.from_numpy", "torch.FloatTensor"),
        *("torch.Tensor", "torch.compile", "torch.einsum", "torch.tensordot", "torch.slogdet", "torch.max"),
        *("torch.min", "torch.linalg.slogdet", "torch.trapezoid", "torch.flip", "torch.numel", "torch.eye"),
        *("jax.lax.select", "torch.bmm", "torch.sort", "torch.cummax", "torch.cummin"),
    )
)
"""Functions that return what is no array, or that other tests compare."""


def calls() -> Iterator[Any]:
    for family in MODULES:
        names = [*library.rows().get(family, {}), *library.rows().get(f"{family} losses", {})]
        names += [path.rpartition(".")[2] for path in IRREGULAR if path.rpartition(".")[0] == family]
        if family in ("numpy", "math", "scipy.special"):
            module = importlib.import_module(MODULES[family])
            names += [
                name for name in dir(module) if library.native(name) is not None and callable(getattr(module, name))
            ]
        for name in dict.fromkeys(names):
            if f"{family}.{name}" not in LEFT_OUT:
                marks = [pytest.mark.slow] if family[:3] in ("jax", "tor") else []
                yield pytest.param(family, name, id=f"{family}-{name}", marks=marks)


def arguments_of(family: str, name: str) -> str:
    if family == "math" and name not in ARGUMENTS:
        if name in NUMBERS:
            return NUMBERS[name]
        count = len(inspect.signature(getattr(math, name)).parameters)
        return ", ".join(["s", "1.7"][:count])
    if (arguments := ARGUMENTS.get(f"{family}.{name}") or ARGUMENTS.get(name)) is not None:
        return arguments
    found = library.row_of(family, name)
    count = len(found[0].parameters) if found is not None else library.native(name) or 1
    return ", ".join(["x", "y", "p"][:count])


@pytest.mark.sampled(24)
@pytest.mark.filterwarnings("ignore::UserWarning")  # PyTorch's, of copies of tensors and of the mean of kl_div
@pytest.mark.parametrize(("family", "name"), list(calls()))
def test_functions(family: str, name: str) -> None:
    module = MODULES[family]
    if module.startswith("torch"):
        torch = pytest.importorskip("torch", reason="the extra torch is not installed")
        if family == "torch" and not hasattr(torch, name):
            family = "torch.special"
    if module.startswith("jax"):
        importlib.import_module("jax").config.update("jax_enable_x64", True)
    text = (
        f"import numpy as np, {module}\nf = lambda x, y, p, A, B, i, s: {family}.{name}({arguments_of(family, name)})"
    )
    scope: dict[str, Any] = {}
    importlib.import_module(module)
    exec(text, scope)
    point = {key: np.array(value) if isinstance(value, list) else value for key, value in POINT.items()}
    if module.startswith("torch"):
        torch = importlib.import_module("torch")
        point = {key: torch.tensor(value) for key, value in point.items()}
    expected = np.asarray(np.real(scope["f"](**point)), float)  # lambertw has complex values
    source = Source(text)
    reading = read_python(source)
    graph = Program(source, reading.statements).graph()
    given = {key: value for key, value in {**reading.values, **POINT}.items() if key in graph.input_names}
    result = trace(graph, given, wrt=inputs_with_derivatives(graph), upstream=1.0)
    assert np.asarray(result.value, float) == pytest.approx(expected, rel=1e-11, abs=1e-13)
    assert np.shape(result.value) == expected.shape
