"""Convolution."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.scipy import special

from support.array_programs.collection import as_int, labels, normal, program


@program("y = windows(x, w) @ w + b; sum(y^2)", x=normal(10), w=normal(3), b=0.2)
def convolution_1d(x: Array, w: Array, b: Array) -> Array:
    return jnp.sum((jnp.correlate(x, w, mode="valid") + b) ** 2)


@program(
    """
    p = windows(pad(x, ((0, 0), (1, 1))), w[0, 0], stride=2)        # (C, T', k)
    y = tensordot(w, p, axes=((1, 2), (0, 2))) + b[:, None]         # (O, T')
    mean(tanh(y) * r)
    """,
    x=normal(2, 9),
    w=normal(3, 2, 3),
    b=normal(3),
    r=normal(3, 5),
)
def convolution_1d_of_channels(x: Array, w: Array, b: Array, r: Array) -> Array:
    y = lax.conv_general_dilated(x[None], w, (2,), [(1, 1)])[0] + b[:, None]
    return jnp.mean(jnp.tanh(y) * r)


@program("sum(conv2d(x, w, stride=2, padding=1)^2)", x=normal(2, 3, 5, 6), w=normal(4, 3, 3, 3))
def convolution_2d_stride_and_padding(x: Array, w: Array) -> Array:
    return jnp.sum(lax.conv_general_dilated(x, w, (2, 2), [(1, 1), (1, 1)]) ** 2)


@program(
    """
    c = relu(conv2d(x, w, padding=1) + b[:, None, None])
    p = maxpool2d(c)
    f = reshape(p, 2, -1)
    cross_entropy(f @ V + d, y)
    """,
    x=normal(2, 1, 6, 6),
    w=normal(3, 1, 3, 3),
    b=normal(3) + 1,
    V=normal(27, 4, scale=0.3),
    d=normal(4),
    y=labels(2, 4),
    fixed=("y",),
)
def convolutional_network(x: Array, w: Array, b: Array, V: Array, d: Array, y: Array) -> Array:
    c = jax.nn.relu(lax.conv_general_dilated(x, w, (1, 1), "SAME") + b[None, :, None, None])
    pooled = c.reshape(2, 3, 3, 2, 3, 2).max(axis=(3, 5)).reshape(2, 27)
    logp = jax.nn.log_softmax(pooled @ V + d, axis=1)
    return -jnp.mean(logp[jnp.arange(2), as_int(y)])


@program(
    """
    h1 = maxpool2d(tanh(conv2d(x, w1, padding=2)), size=3, stride=2)
    h2 = tanh(conv2d(h1, w2))
    s = mean(h2, axis=(2, 3)) @ V           # global average pooling
    -mean(log_softmax(s)[:, 0])
    """,
    x=normal(2, 2, 7, 6),
    w1=normal(3, 2, 3, 3, scale=0.5),
    w2=normal(4, 3, 2, 2, scale=0.5),
    V=normal(4, 3),
)
def convolutional_network_with_overlapping_pools(x: Array, w1: Array, w2: Array, V: Array) -> Array:
    h = jnp.tanh(lax.conv_general_dilated(x, w1, (1, 1), [(2, 2), (2, 2)]))
    h = lax.reduce_window(h, -jnp.inf, lax.max, (1, 1, 3, 3), (1, 1, 2, 2), "VALID")
    h = jnp.tanh(lax.conv_general_dilated(h, w2, (1, 1), "VALID"))
    s = h.mean((2, 3)) @ V
    return jnp.mean(special.logsumexp(s, axis=1) - s[:, 0])


@program(
    """
    P = windows(pad(img, 1), k)                 # (H, W, 3, 3)
    out = sum(P * k, axis=(2, 3))
    mean((out - img)^2)
    """,
    img=normal(4, 5),
    k=normal(3, 3, scale=0.4),
)
def image_filter_by_windows(img: Array, k: Array) -> Array:
    return jnp.mean((jax.scipy.signal.correlate2d(img, k, mode="same") - img) ** 2)


@program(
    "sum(abs(I[1:, :] - I[:-1, :])) + sum(abs(I[:, 1:] - I[:, :-1])) + mu/2 * sum((I - J)^2)",
    I=normal(4, 5),
    J=normal(4, 5),
    mu=0.9,
)
def total_variation(I: Array, J: Array, mu: Array) -> Array:  # noqa: E741
    return jnp.abs(jnp.diff(I, axis=0)).sum() + jnp.abs(jnp.diff(I, axis=1)).sum() + mu * jnp.vdot(I - J, I - J) / 2
