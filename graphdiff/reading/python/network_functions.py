"""Functions of neural networks, of PyTorch and JAX, with their defaults."""

from __future__ import annotations

from typing import Any

from graphdiff.language.tree import Index
from graphdiff.reading.python.library_call import LibraryCall
from graphdiff.reading.python.registration import function
from graphdiff.reading.python.values import Items, Library, Partial, Value

MODULES = {
    "MSELoss": "mse_loss",
    "L1Loss": "l1_loss",
    "SmoothL1Loss": "smooth_l1_loss",
    "HuberLoss": "huber_loss",
    "BCELoss": "binary_cross_entropy",
    "BCEWithLogitsLoss": "binary_cross_entropy_with_logits",
    "CrossEntropyLoss": "cross_entropy",
    "NLLLoss": "nll_loss",
    "KLDivLoss": "kl_div",
    "SoftMarginLoss": "soft_margin_loss",
    "PoissonNLLLoss": "poisson_nll_loss",
    "ReLU": "relu",
    "ReLU6": "relu6",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "GELU": "gelu",
    "SiLU": "silu",
    "Mish": "mish",
    "SELU": "selu",
    "Softsign": "softsign",
    "Hardswish": "hardswish",
    "Hardsigmoid": "hardsigmoid",
    "LogSigmoid": "logsigmoid",
    "Tanhshrink": "tanhshrink",
}
"""Modules of torch.nn without weights, and the functions that they are; their arguments have names."""
WITH_ARGUMENT = {
    "LeakyReLU": ("leaky_relu", "negative_slope"),
    "ELU": ("elu", "alpha"),
    "CELU": ("celu", "alpha"),
    "Softplus": ("softplus", "beta"),
    "Softmax": ("softmax", "dim"),
    "LogSoftmax": ("log_softmax", "dim"),
    "Softmin": ("softmin", "dim"),
    "Softshrink": ("softshrink", "lambd"),
    "Hardshrink": ("hardshrink", "lambd"),
}
"""The same, with the name of the argument that may stand by position."""


def _path(name: str) -> Library:
    return Library(f"torch.nn.functional.{name}")


@function(*(f"torch.nn.{name}(reduction=None, approximate=None, inplace=None)" for name in MODULES))
def module(c: LibraryCall, reduction: Any, approximate: Any, _inplace: Any) -> Partial:
    given = {"reduction": reduction, "approximate": approximate}
    keywords = {name: value for name, value in given.items() if value is not None}
    return Partial(_path(MODULES[c.path.rpartition(".")[2]]), keywords)


@function(*(f"torch.nn.{name}({argument}=None)" for name, (_, argument) in WITH_ARGUMENT.items()))
def module_with_argument(c: LibraryCall, value: Any) -> Partial:
    name, argument = WITH_ARGUMENT[c.path.rpartition(".")[2]]
    return Partial(_path(name), {} if value is None else {argument: value})


@function("torch.nn.functional.gelu(input, approximate='none')")
def gelu(c: LibraryCall, x: Any, approximate: Any) -> Value:
    if approximate not in ("none", "tanh"):
        raise c.error("approximate must be 'none' or 'tanh'")
    return _gelu(c, x, approximate == "tanh")


@function("jax.nn.gelu(x, approximate=True)")
def gelu_of_jax(c: LibraryCall, x: Any, approximate: Any) -> Value:
    return _gelu(c, x, c.flag(approximate, "approximate"))


def _gelu(c: LibraryCall, x: Any, is_approximate: bool) -> Value:
    if not is_approximate:
        return c.apply("gelu", x)
    return c.library("graphdiff.gelu_tanh", x)  # type: ignore[no-any-return]


@function("torch.nn.functional.linear(input, weight, bias=None)")
def linear(c: LibraryCall, x: Any, weight: Any, bias: Any) -> Value:
    product = c.binary("@", x, c.apply("transpose", weight))
    return product if bias is None else c.binary("+", product, bias)


@function("torch.nn.functional.conv2d(input, weight, bias=None, stride=1, padding=0)")
def conv2d(c: LibraryCall, x: Any, weight: Any, bias: Any, stride: Any, padding: Any) -> Value:
    maps = c.apply("conv2d", x, weight, stride=stride, padding=padding)
    if bias is None:
        return maps
    return c.binary("+", maps, c.apply("reshape", bias, c.constant(-1), c.constant(1), c.constant(1)))


@function("torch.nn.functional.max_pool2d(input, kernel_size, stride=None)")
def max_pool2d(c: LibraryCall, x: Any, size: Any, stride: Any) -> Value:
    c.integer(size, "kernel_size")
    return c.apply("maxpool2d", x, size=size, stride=size if stride is None else stride)


@function("torch.nn.functional.layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-05)")
def layer_norm(c: LibraryCall, x: Any, shape: Any, weight: Any, bias: Any, eps: Any) -> Value:
    count = len(shape.entries) if isinstance(shape, Items) else 1
    axes = tuple(range(-count, 0)) if count > 1 else -1
    value = c.reader.share(c.value(x))
    centred = c.reader.share(c.binary("-", value, c.apply("mean", value, axis=axes, keepdims=True)))
    variance = c.apply("var", value, axis=axes, keepdims=True)
    result = c.binary("/", centred, c.apply("sqrt", c.binary("+", variance, eps)))
    if weight is not None:
        result = c.binary("*", result, weight)
    return result if bias is None else c.binary("+", result, bias)


@function("torch.nn.functional.normalize(input, p=2.0, dim=1, eps=1e-12)")
def normalize(c: LibraryCall, x: Any, p: Any, dim: Any, eps: Any) -> Value:
    value = c.reader.share(c.value(x))
    length = c.library("torch.linalg.vector_norm", value, p, dim, c.constant(True))
    return c.binary("/", value, c.apply("max", length, eps))


@function("torch.nn.functional.embedding(input, weight)")
def embedding(c: LibraryCall, index: Any, weight: Any) -> Value:
    return Value(Index(c.tree(weight), (c.tree(index),), c.span))


@function("torch.nn.functional.dropout(input, p=0.5, training=True)")
def dropout(c: LibraryCall, x: Any, p: Any, training: Any) -> Value:
    is_training = training if isinstance(training, bool) else c.flag(training, "training")
    if is_training and c.value(p).constant != 0:
        raise c.error("dropout is random", "leave it out, as at inference")
    return c.value(x)
