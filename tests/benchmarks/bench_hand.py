"""The Jacobian of the residuals of hand tracking by 26 pose parameters, as in ADBench, against JAX (jit, jacfwd).

The mesh is made here: a palm, and five fingers of four bones whose vertices follow two bones each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphdiff
from support.libraries import library

FINGERS, BONES = 5, 21
VERTICES_OF_A_BONE = 25
ROTATIONS = """
bend(a, c) = [[cos(c), -sin(c)*cos(a), sin(c)*sin(a), 0], [sin(c), cos(c)*cos(a), -cos(c)*sin(a), 0],
    [0, sin(a), cos(a), 0], [0, 0, 0, 1]]
"""
SKIN = """
T = stack({transforms})
moved = (reshape(w @ reshape(T, {bones}, 16), len(w), 4, 4) @ P[..., None])[:, :3, 0]
angle = norm(theta[:3]); n = theta[:3]/angle
K = [[0, -n[2], n[1]], [n[2], 0, -n[0]], [-n[1], n[0], 0]]
R = eye(3) + sin(angle)*K + (1 - cos(angle))*(K @ K)
seen - ((moved @ R.T)[at] + theta[3:6])
"""
"""Vertices by their bones, then the hand as a whole, and what is seen of it less where it is."""


def program() -> str:
    lines = ["A0 = G[0]"]
    for finger in range(FINGERS):
        first, angle = 1 + 4 * finger, 6 + 4 * finger
        lines.append(f"A{first} = A0 @ G[{first}]")
        for bone, angles in enumerate(
            (f"theta[{angle}], theta[{angle + 1}]", f"theta[{angle + 2}], 0", f"theta[{angle + 3}], 0")
        ):
            lines.append(f"A{first + bone + 1} = A{first + bone} @ G[{first + bone + 1}] @ bend({angles})")
    transforms = ", ".join(f"A{bone} @ B[{bone}]" for bone in range(BONES))
    return ROTATIONS + "\n".join(lines) + SKIN.format(transforms=transforms, bones=BONES)


def parent_of(bone: int) -> int:
    return 0 if bone % 4 == 1 else bone - 1


def point_of(count: int) -> dict[str, Any]:
    """A hand at rest, a pose, and where so many of its vertices were seen."""
    chance = np.random.default_rng(4)
    relatives = np.tile(np.eye(4), (BONES, 1, 1))
    relatives[:, :3, 3] = chance.uniform([-0.1, 0.2, -0.1], [0.1, 0.4, 0.1], (BONES, 3))
    absolutes = [relatives[0]]
    for bone in range(1, BONES):
        absolutes.append(absolutes[parent_of(bone)] @ relatives[bone])
    vertices, weights = [], []
    for bone in range(BONES):
        for _ in range(VERTICES_OF_A_BONE):
            vertices.append(absolutes[bone] @ [*chance.normal(0, 0.05, 3), 1.0])
            weights.append(np.zeros(BONES))
            share = chance.uniform(0.5, 1.0)
            weights[-1][bone] += share
            weights[-1][parent_of(bone) if bone else 0] += 1 - share
    at = chance.integers(0, len(vertices), count)
    return {
        "theta": chance.normal(0, 0.3, 26),
        "G": relatives,
        "B": np.linalg.inv(absolutes),
        "P": np.array(vertices),
        "w": np.array(weights),
        "at": at,
        "seen": np.array(vertices)[at, :3] + chance.normal(0, 0.01, (count, 3)),
    }


def in_jax(jnp: Any) -> Callable[..., Any]:
    def bend(a: Any, c: Any) -> Any:
        ca, sa, cc, sc = jnp.cos(a), jnp.sin(a), jnp.cos(c), jnp.sin(c)
        rows = [[cc, -sc * ca, sc * sa, 0.0], [sc, cc * ca, -cc * sa, 0.0], [0.0, sa, ca, 0.0], [0.0, 0.0, 0.0, 1.0]]
        return jnp.array(rows)

    def residuals(theta: Any, G: Any, B: Any, P: Any, w: Any, at: Any, seen: Any) -> Any:  # noqa: N803
        absolutes = [G[0]]
        for finger in range(FINGERS):
            first, angle = 1 + 4 * finger, 6 + 4 * finger
            absolutes.append(absolutes[0] @ G[first])
            for bone, (a, c) in enumerate(
                ((theta[angle], theta[angle + 1]), (theta[angle + 2], 0.0), (theta[angle + 3], 0.0))
            ):
                absolutes.append(absolutes[-1] @ G[first + bone + 1] @ bend(a, c))
        transforms = jnp.stack(absolutes) @ B
        moved = jnp.einsum("vb,bij,vj->vi", w, transforms, P)[:, :3]
        angle = jnp.sqrt(theta[:3] @ theta[:3])
        n = theta[:3] / angle
        cross = jnp.array([[0.0, -n[2], n[1]], [n[2], 0.0, -n[0]], [-n[1], n[0], 0.0]])
        rotation = jnp.eye(3) + jnp.sin(angle) * cross + (1 - jnp.cos(angle)) * (cross @ cross)
        return seen - ((moved @ rotation.T)[at] + theta[3:6])

    return residuals


@pytest.mark.parametrize("count", [100, 1000])
def test_jacobian_of_a_hand(compare: Callable[..., None], count: int) -> None:
    jax = library("jax")
    jax.config.update("jax_enable_x64", True)
    point = point_of(count)
    shapes = {name: np.shape(value) for name, value in point.items()}
    ours: Any = graphdiff.compile(
        program(), "theta", want="jacobian", backend="numpy", shapes=shapes, inputs=list(point)
    )
    residuals = in_jax(jax.numpy)
    compiled = jax.jit(lambda *at: (residuals(*at), jax.jacfwd(residuals)(*at)))
    arrays = [jax.numpy.asarray(value) for value in point.values()]
    values = list(point.values())
    for one, other in zip(ours(*values), compiled(*arrays), strict=True):
        assert np.asarray(one) == pytest.approx(np.asarray(other), rel=1e-9, abs=1e-11)
    compare(
        f"Jacobian of a hand, {count} correspondences, NumPy / JAX",
        1.5,
        lambda: ours(*values),
        lambda: jax.block_until_ready(compiled(*arrays)),
        rounds=30,
    )
