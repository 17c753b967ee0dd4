"""Random array programs, of random shapes that broadcast."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
from hypothesis.extra.numpy import BroadcastableShapes, mutually_broadcastable_shapes

UNARY = ["sin({})", "tanh({})", "exp({}/3)", "sigmoid({})", "{}^2", "softplus({})", "-{}", "({})/2", "atan({})"]
BINARY = ["({}) + ({})", "({})*({})", "({}) - ({})", "({})/(3 + sin({}))", "hypot({}, 2 + ({})^2)", "logaddexp({}, {})"]
WHOLE = [
    "softmax({}, axis={axis})",
    "log_softmax({}, axis={axis})",
    "cumsum({}, axis={axis})",
    "sum({}, axis={axis}, keepdims=true)",
    "mean({}, axis={axis}, keepdims=true)",
    "logsumexp({}, axis={axis}, keepdims=true)",
    "var({}, axis={axis}, keepdims=true)",
    "norm(1 + ({})^2, axis={axis}, keepdims=true)",
    "roll({}, 1, axis={axis})",
    "concat({}, {}, axis={axis})[{slices}::2]",
    "transpose(transpose({}))",
    "moveaxis(moveaxis({}, {axis}, 0), 0, {axis})",
    "stack({}, {})[1]",
    "({})[..., ::-1]",
    "({})[None][0]",
]


@st.composite
def programs(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A program with a scalar value, and a point whose arrays broadcast to one shape with at least one axis."""
    shapes: BroadcastableShapes = draw(
        mutually_broadcastable_shapes(num_shapes=3, min_dims=0, max_dims=3, min_side=1, max_side=3).filter(
            lambda shapes: len(shapes.result_shape) > 0
        )
    )
    rank = len(shapes.result_shape)
    seed = draw(st.integers(0, 2**32 - 1))
    chance = np.random.default_rng(seed)
    point = {name: chance.uniform(-2, 2, shape) for name, shape in zip("xyz", shapes.input_shapes, strict=True)}
    full = "x + y*z"
    parts = ["x", "y", "z", full]
    for _ in range(draw(st.integers(1, 6))):
        first, second = draw(st.sampled_from(parts)), draw(st.sampled_from(parts))
        parts.append(draw(st.sampled_from(UNARY + BINARY)).format(first, second))
    axis = draw(st.integers(-rank, rank - 1))
    slices = ":, " * (axis % rank)
    whole = f"({parts[-1]}) + 0*({full})"  # as large as all that broadcasts
    reduction = draw(st.sampled_from(WHOLE)).format(whole, parts[-2], axis=axis, slices=slices)
    if "concat" in reduction or "stack" in reduction:
        reduction = draw(st.sampled_from(WHOLE)).format(whole, whole, axis=axis, slices=slices)
    return f"u = {reduction}\nsum(u*sin(u + {draw(st.integers(0, 5))}))", point
