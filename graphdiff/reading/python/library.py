"""The functions of Python's libraries in graphdiff's language: the one table of them.

A row is a definition in that language, under its library's name for the function and for its parameters. A parameter
with a default is optional; one whose name is in STATIC is a constant of the text. Functions that a row cannot describe
are in irregular.py. An elementwise function of graphdiff's language needs no row in a library where it has the same
name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from graphdiff.language.parser import parse
from graphdiff.language.program import prelude_program
from graphdiff.language.tree import Definition, Name, Number
from graphdiff.operations.registry import FUNCTIONS
from graphdiff.reading.python.values import Value
from graphdiff.source import Source, Span

MODULES = {
    **{name: name for name in ("math", "numpy", "torch", "jax", "scipy")},
    "np": "numpy",
    "jnp": "jax.numpy",
    "F": "torch.nn.functional",
    "nn": "torch.nn",
    "special": "scipy.special",
}
"""What names stand for that the text neither imports nor assigns."""
ALIASES = {
    "autograd.numpy": "numpy",
    "numpy.core": "numpy",
    "jax.scipy.special": "scipy.special",
    "jax.scipy.stats": "scipy.stats",
    "jax.scipy": "scipy",
}
"""Modules with the functions of another."""
FAMILIES: dict[str, tuple[str, ...]] = {
    "builtins": ("builtins",),
    "math": ("math",),
    "numpy": ("numpy",),
    "numpy.linalg": ("numpy.linalg",),
    "jax.numpy": ("numpy",),
    "jax.numpy.linalg": ("numpy.linalg",),
    "jax.nn": ("jax.nn",),
    "jax.lax": ("jax.lax",),
    "scipy.special": ("scipy.special",),
    "scipy.linalg": ("numpy.linalg",),
    "scipy.stats.norm": ("scipy.stats.norm",),
    "torch": ("torch",),
    "torch.special": ("torch", "scipy.special"),
    "torch.linalg": ("torch.linalg", "numpy.linalg"),
    "torch.nn.functional": ("torch.nn.functional", "torch"),
    "bare": ("bare",),
    "graphdiff": ("graphdiff",),
}
"""The parts of the table that a module's functions are in, in this order."""
STATIC = frozenset(
    ["axis", "dim", "keepdims", "keepdim", "shape", "size", "n", "num_classes", "source", "destination", "shift", "shifts", "axes", "dims", "normalized_shape"]
)
"""Parameters that are constants of the text."""
IGNORED = frozenset(["dtype", "device", "requires_grad", "out", "copy", "label", "name", "where", "size_average"])
"""Keyword arguments that change nothing if they are None, False or a type of floating-point numbers."""

_NUMPY = """
absolute(x) = abs(x)
fabs(x) = abs(x)
negative(x) = -x
positive(x) = x
reciprocal(x) = 1/x
fmod(x1, x2) = x1 - x2*sign(x1/x2)*floor(abs(x1/x2))
trunc(x) = sign(x)*floor(abs(x))
fix(x) = sign(x)*floor(abs(x))
rint(x) = round(x)
maximum(x1, x2) = max(x1, x2)
minimum(x1, x2) = min(x1, x2)
fmax(x1, x2) = max(x1, x2)
fmin(x1, x2) = min(x1, x2)
deg2rad(x) = x*pi/180
radians(x) = x*pi/180
rad2deg(x) = x*180/pi
degrees(x) = x*180/pi
logaddexp2(x1, x2) = logaddexp(x1*log(2), x2*log(2))/log(2)
heaviside(x1, x2) = where(x1 == 0, x2, x1 > 0)
copysign(x1, x2) = abs(x1)*where(x2 >= 0, 1, -1)
sinc(x) = where(x == 0, 1, sin(pi*x)/(pi*x))
dot(a, b) = dot(a, b)
cross(a, b) = stack(a[..., 1]*b[..., 2] - a[..., 2]*b[..., 1], a[..., 2]*b[..., 0] - a[..., 0]*b[..., 2], a[..., 0]*b[..., 1] - a[..., 1]*b[..., 0], axis=-1)
vdot(a, b) = sum(a*b)
inner(a, b) = tensordot(a, b, axes=((-1,), (-1,)))
outer(a, b) = outer(reshape(a, -1), reshape(b, -1))
trace(a) = trace(a)
transpose(a, axes=None) = transpose(a, axes)
moveaxis(a, source, destination) = moveaxis(a, source, destination)
expand_dims(a, axis) = expand_dims(a, axis)
ravel(a) = reshape(a, -1)
roll(a, shift, axis=None) = roll(a, shift, axis=axis)
diff(a) = a[..., 1:] - a[..., :-1]
sum(a, axis=None, keepdims=false) = sum(a, axis=axis, keepdims=keepdims)
mean(a, axis=None, keepdims=false) = mean(a, axis=axis, keepdims=keepdims)
prod(a, axis=None, keepdims=false) = prod(a, axis=axis, keepdims=keepdims)
max(a, axis=None, keepdims=false) = amax(a, axis=axis, keepdims=keepdims)
min(a, axis=None, keepdims=false) = amin(a, axis=axis, keepdims=keepdims)
amax(a, axis=None, keepdims=false) = amax(a, axis=axis, keepdims=keepdims)
amin(a, axis=None, keepdims=false) = amin(a, axis=axis, keepdims=keepdims)
ptp(a, axis=None, keepdims=false) = amax(a, axis=axis, keepdims=keepdims) - amin(a, axis=axis, keepdims=keepdims)
cumsum(a, axis=None) = cumsum(a, axis=axis)
size(a) = count(a)
zeros(shape) = zeros(shape)
ones(shape) = ones(shape)
eye(n) = eye(n)
identity(n) = eye(n)
zeros_like(a) = broadcast_to(0, a)
ones_like(a) = broadcast_to(1, a)
full_like(a, fill_value) = broadcast_to(fill_value, a)
"""
_LINALG = """
det(a) = det(a)
inv(a) = inv(a)
solve(a, b) = solve(a, b)
"""
_SPECIAL = """
expit(x) = sigmoid(x)
psi(x) = digamma(x)
loggamma(x) = lgamma(x)
log_expit(x) = log_sigmoid(x)
ndtr(x) = erfc(-x/sqrt(2))/2
xlogy(x, y) = where(x == 0, 0, x*log(y))
xlog1py(x, y) = where(x == 0, 0, x*log1p(y))
entr(x) = where(x == 0, 0, -x*log(x))
rel_entr(x, y) = where(x == 0, 0, x*log(x/y))
kl_div(x, y) = where(x == 0, y, x*log(x/y) - x + y)
exp10(x) = 10^x
huber(delta, r) = where(abs(r) <= delta, r^2/2, delta*(abs(r) - delta/2))
pseudo_huber(delta, r) = delta^2*(sqrt(1 + (r/delta)^2) - 1)
logsumexp(a, axis=None, keepdims=false) = logsumexp(a, axis=axis, keepdims=keepdims)
"""
_NORMAL = """
pdf(x, loc=0, scale=1) = exp(-((x - loc)/scale)^2/2)/(scale*sqrt(2*pi))
logpdf(x, loc=0, scale=1) = -((x - loc)/scale)^2/2 - log(scale) - log(2*pi)/2
cdf(x, loc=0, scale=1) = erfc((loc - x)/(scale*sqrt(2)))/2
sf(x, loc=0, scale=1) = erfc((x - loc)/(scale*sqrt(2)))/2
"""
_TORCH = """
absolute(input) = abs(input)
neg(input) = -input
negative(input) = -input
reciprocal(input) = 1/input
rsqrt(input) = 1/sqrt(input)
fmod(input, other) = input - other*sign(input/other)*floor(abs(input/other))
trunc(input) = sign(input)*floor(abs(input))
frac(input) = input - sign(input)*floor(abs(input))
maximum(input, other) = max(input, other)
minimum(input, other) = min(input, other)
deg2rad(input) = input*pi/180
rad2deg(input) = input*180/pi
heaviside(input, values) = where(input == 0, values, input > 0)
copysign(input, other) = abs(input)*where(other >= 0, 1, -1)
sinc(input) = where(input == 0, 1, sin(pi*input)/(pi*input))
lerp(input, end, weight) = input + weight*(end - input)
xlogy(input, other) = where(input == 0, 0, input*log(other))
mm(input, mat2) = input @ mat2
bmm(input, mat2) = input @ mat2
mv(input, vec) = input @ vec
dot(input, tensor) = dot(input, tensor)
outer(input, vec2) = outer(input, vec2)
ger(input, vec2) = outer(input, vec2)
addmm(input, mat1, mat2) = input + mat1 @ mat2
addmv(input, mat, vec) = input + mat @ vec
t(input) = transpose(input)
trace(input) = trace(input)
det(input) = det(input)
logdet(input) = logdet(input)
inverse(input) = inv(input)
moveaxis(input, source, destination) = moveaxis(input, source, destination)
movedim(input, source, destination) = moveaxis(input, source, destination)
unsqueeze(input, dim) = expand_dims(input, dim)
ravel(input) = reshape(input, -1)
roll(input, shifts, dims=None) = roll(input, shifts, axis=dims)
sum(input, dim=None, keepdim=false) = sum(input, axis=dim, keepdims=keepdim)
mean(input, dim=None, keepdim=false) = mean(input, axis=dim, keepdims=keepdim)
prod(input, dim=None, keepdim=false) = prod(input, axis=dim, keepdims=keepdim)
amax(input, dim=None, keepdim=false) = amax(input, axis=dim, keepdims=keepdim)
amin(input, dim=None, keepdim=false) = amin(input, axis=dim, keepdims=keepdim)
logsumexp(input, dim, keepdim=false) = logsumexp(input, axis=dim, keepdims=keepdim)
cumsum(input, dim) = cumsum(input, axis=dim)
numel(input) = count(input)
softmax(input, dim) = softmax(input, axis=dim)
log_softmax(input, dim) = log_softmax(input, axis=dim)
eye(n) = eye(n)
zeros_like(input) = broadcast_to(0, input)
ones_like(input) = broadcast_to(1, input)
full_like(input, fill_value) = broadcast_to(fill_value, input)
"""
_FUNCTIONAL = """
softmin(input, dim) = softmax(-input, axis=dim)
logsigmoid(input) = log_sigmoid(input)
relu6(input) = clip(input, 0, 6)
leaky_relu(input, negative_slope=0.01) = leaky_relu(input, negative_slope)
elu(input, alpha=1) = elu(input, alpha)
celu(input, alpha=1) = max(input, 0) + min(alpha*expm1(input/alpha), 0)
selu(input) = 1.0507009873554805*elu(input, 1.6732632423543772)
softplus(input, beta=1) = softplus(beta*input)/beta
softsign(input) = input/(1 + abs(input))
tanhshrink(input) = input - tanh(input)
hardtanh(input, min_val=-1, max_val=1) = clip(input, min_val, max_val)
hardsigmoid(input) = clip(input/6 + 1/2, 0, 1)
hardswish(input) = input*clip(input/6 + 1/2, 0, 1)
softshrink(input, lambd=0.5) = sign(input)*max(abs(input) - lambd, 0)
hardshrink(input, lambd=0.5) = where(abs(input) > lambd, input, 0)
threshold(input, threshold, value) = where(input > threshold, input, value)
one_hot(tensor, num_classes) = one_hot(tensor, num_classes)
cosine_similarity(x1, x2, dim=1, eps=1e-8) = sum(x1*x2, axis=dim)/(max(norm(x1, axis=dim), eps)*max(norm(x2, axis=dim), eps))
"""
_JAX_NN = """
relu6(x) = clip(x, 0, 6)
swish(x) = silu(x)
leaky_relu(x, negative_slope=0.01) = leaky_relu(x, negative_slope)
elu(x, alpha=1) = elu(x, alpha)
celu(x, alpha=1) = max(x, 0) + min(alpha*expm1(x/alpha), 0)
selu(x) = 1.0507009873554805*elu(x, 1.6732632423543772)
soft_sign(x) = x/(1 + abs(x))
hard_tanh(x) = clip(x, -1, 1)
hard_sigmoid(x) = clip(x/6 + 1/2, 0, 1)
hard_silu(x) = x*clip(x/6 + 1/2, 0, 1)
softmax(x, axis=-1) = softmax(x, axis=axis)
log_softmax(x, axis=-1) = log_softmax(x, axis=axis)
logsumexp(a, axis=None, keepdims=false) = logsumexp(a, axis=axis, keepdims=keepdims)
one_hot(x, num_classes) = one_hot(x, num_classes)
"""
ROWS: Mapping[str, str] = {
    "math": """
fabs(x) = abs(x)
fmod(x, y) = x - y*sign(x/y)*floor(abs(x/y))
remainder(x, y) = x - y*round(x/y)
trunc(x) = sign(x)*floor(abs(x))
radians(x) = x*pi/180
degrees(x) = x*180/pi
copysign(x, y) = abs(x)*where(y >= 0, 1, -1)
dist(p, q) = norm(p - q)
sumprod(p, q) = sum(p*q)
fma(x, y, z) = x*y + z
""",
    "numpy": _NUMPY,
    "numpy.linalg": _LINALG,
    "scipy.special": _SPECIAL,
    "scipy.stats.norm": _NORMAL,
    "torch": _TORCH,
    "torch.nn.functional": _FUNCTIONAL,
    "jax.nn": _JAX_NN,
    "jax.lax": """
rsqrt(x) = 1/sqrt(x)
neg(x) = -x
max(x, y) = max(x, y)
min(x, y) = min(x, y)
logistic(x) = sigmoid(x)
square(x) = x^2
""",
    "graphdiff": """
gelu_tanh(x) = x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x^3)))/2
""",
    "builtins": """
abs(x) = abs(x)
""",
}
LOSSES: Mapping[str, str] = {
    "torch.nn.functional": """
mse_loss(input, target) = (input - target)^2
l1_loss(input, target) = abs(input - target)
smooth_l1_loss(input, target, beta=1) = where(abs(input - target) < beta, (input - target)^2/(2*beta), abs(input - target) - beta/2)
huber_loss(input, target, delta=1) = where(abs(input - target) <= delta, (input - target)^2/2, delta*(abs(input - target) - delta/2))
binary_cross_entropy(input, target) = -(target*max(log(input), -100) + (1 - target)*max(log(1 - input), -100))
binary_cross_entropy_with_logits(input, target) = softplus(input) - input*target
soft_margin_loss(input, target) = softplus(-input*target)
kl_div(input, target) = where(target == 0, 0, target*log(target)) - target*input
nll_loss(input, target) = -pick(input, target)
cross_entropy(input, target) = -pick(log_softmax(input), target)
poisson_nll_loss(input, target) = exp(input) - target*input
""",
}
"""Losses for each entry, of which `reduction` makes the mean or the sum."""
OPERATORS = {
    **dict.fromkeys(("add",), "+"),
    **dict.fromkeys(("subtract", "sub"), "-"),
    **dict.fromkeys(("multiply", "mul"), "*"),
    **dict.fromkeys(("divide", "true_divide", "div", "truediv"), "/"),
    **dict.fromkeys(("floor_divide", "floordiv"), "//"),
    **dict.fromkeys(("mod", "remainder"), "%"),
    **dict.fromkeys(("power", "float_power", "pow"), "**"),
    **dict.fromkeys(("matmul", "mm", "bmm", "mv"), "@"),
    **dict.fromkeys(("greater", "gt"), ">"),
    **dict.fromkeys(("greater_equal", "ge"), ">="),
    **dict.fromkeys(("less", "lt"), "<"),
    **dict.fromkeys(("less_equal", "le"), "<="),
    **dict.fromkeys(("equal", "eq"), "=="),
    **dict.fromkeys(("not_equal", "ne"), "!="),
}
"""Functions that are operators, in every library that has them."""
WITH_OPERATORS = frozenset(["numpy", "torch", "operator", "jax.lax"])
"""The libraries that have these functions."""
DIFFERING = frozenset(["std", "var", "transpose", "median", "sort"])
"""Methods that are different functions in NumPy and in PyTorch."""
NATIVE = frozenset(["trunc", "sinc", "xlogy", "erfinv"])
"""Functions whose row gives way to graphdiff's own function of this name, where it has one."""
RANDOM = ("random", "rand", "randn", "randint", "normal", "bernoulli", "dropout", "shuffle", "permutation")


def _rows(text: str) -> dict[str, str]:
    return {line.partition("(")[0]: line for line in text.strip().splitlines()}


_ROWS = {family: _rows(text) for family, text in ROWS.items()}
_LOSSES = {family: _rows(text) for family, text in LOSSES.items()}


def is_known_module(path: str) -> bool:
    """Whether the table has functions of a module."""
    return ALIASES.get(path, path) in FAMILIES


def full_name(path: str) -> tuple[str, str]:
    """The module and the name of a function."""
    module, _, name = path.rpartition(".")
    return ALIASES.get(module, module), name


def families_of(module: str) -> Sequence[str]:
    """The parts of the table that a module's functions are in."""
    return FAMILIES.get(module, (module,))


def row_of(family: str, name: str) -> tuple[Definition, bool] | None:
    """The row of a function, and whether it is a loss for each entry; None if the table has none."""
    for table, is_loss in ((_LOSSES, True), (_ROWS, False)):
        line = table.get(family, {}).get(name)
        if line is not None and not (name in NATIVE and native(name) is not None):
            return _definition(line), is_loss
    return None


def has_function(name: str) -> bool:
    """Whether graphdiff's language has a function of this name."""
    return name in FUNCTIONS or name in prelude_program().definitions


def native(name: str) -> int | None:
    """How many operands graphdiff's own elementwise function of this name has; None if it has none."""
    primitive = FUNCTIONS.get(name)
    if primitive is not None:
        return len(primitive.inputs) if primitive.is_elementwise and not primitive.options else None
    definition = prelude_program().definitions.get(name)
    if definition is None or definition.options or name in NOT_ELEMENTWISE:
        return None
    return len(definition.parameters)


NOT_ELEMENTWISE = frozenset(["dot", "trace", "cross_entropy"])
"""Functions of the prelude that take whole arrays."""


def words_of(name: str) -> set[str]:
    """The functions of graphdiff's language that a library's function of this name may become."""
    words = {name}
    for table in (_ROWS, _LOSSES):
        for rows in table.values():
            words |= set(re.findall(r"\w+(?=\()", rows.get(name, "")))
    return words


def constant_of(path: str, span: Span, stored_names: set[str]) -> Value | None:
    """The number that a name of a library is: numpy.pi."""
    module, name = full_name(path)
    if module not in ("math", "numpy", "jax.numpy", "torch", "scipy.constants"):
        return None
    if name in ("pi", "e"):
        tree = Name(name, span) if name not in stored_names else Number(getattr(math, name), span)
        return Value(tree, getattr(math, name))
    if name in ("tau", "euler_gamma"):
        value = math.tau if name == "tau" else 0.5772156649015329
        return Value(Number(value, span), value)
    return None


@lru_cache(maxsize=1000)
def _definition(line: str) -> Definition:
    """The definition that a row is."""
    (statement,) = parse(Source(line))
    assert isinstance(statement, Definition)
    return statement
