"""Physics."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from support.array_programs.collection import as_int, normal, program, uniform


@program(
    "-G * sum(m[i]*m[j] / norm(x[i] - x[j]) for i in range(4) for j in range(4) if i < j)",
    x=normal(4, 3),
    m=uniform(0.5, 2, 4),
    G=1.5,
)
def n_body_potential(x: Array, m: Array, G: Array) -> Array:
    i, j = np.triu_indices(4, 1)
    return -G * jnp.sum(m[i] * m[j] / jnp.linalg.norm(x[i] - x[j], axis=1))


@program(
    """
    D = r[:, None, :] - r[None, :, :]
    R = sqrt(sum(D^2, axis=2) + soft^2)          # softened
    sum(outer(q, q) / R * (1 - eye(5))) / 2
    """,
    r=normal(5, 3),
    q=normal(5),
    soft=0.3,
)
def coulomb_energy_softened(r: Array, q: Array, soft: Array) -> Array:
    total = jnp.zeros(())
    for i in range(5):
        for j in range(i):
            total += q[i] * q[j] / jnp.hypot(jnp.linalg.norm(r[i] - r[j]), soft)
    return total


@program(
    """
    lj(r) = 4*eps*((sig/r)^12 - (sig/r)^6)
    sum(lj(norm(p[i] - p[j])) for i in range(4) for j in range(i))
    """,
    p=np.array([[0.0, 0.0], [1.2, 0.1], [0.3, 1.1], [1.4, 1.3]]),
    eps=0.9,
    sig=1.05,
)
def lennard_jones_cluster(p: Array, eps: Array, sig: Array) -> Array:
    i, j = np.tril_indices(4, -1)
    s6 = (sig**2 / jnp.sum((p[i] - p[j]) ** 2, axis=1)) ** 3
    return jnp.sum(4 * eps * s6 * (s6 - 1))


@program(
    """
    d = P[src] - P[dst]
    len = norm(d, axis=1)
    0.5*sum(k*(len - rest)^2) + g*sum(mass*P[:, 1])
    """,
    P=normal(4, 2),
    src=np.array([0.0, 1.0, 2.0, 3.0, 0.0]),
    dst=np.array([1.0, 2.0, 3.0, 0.0, 2.0]),
    k=uniform(1, 3, 5),
    rest=uniform(0.5, 1.5, 5),
    g=9.81,
    mass=uniform(0.1, 0.5, 4),
    fixed=("src", "dst"),
)
def spring_network(P: Array, src: Array, dst: Array, k: Array, rest: Array, g: Array, mass: Array) -> Array:
    incidence = jax.nn.one_hot(as_int(src), 4) - jax.nn.one_hot(as_int(dst), 4)
    stretch = jnp.sqrt(jnp.sum((incidence @ P) ** 2, axis=1)) - rest
    return jnp.sum(k * stretch**2) / 2 + g * mass @ P @ jnp.array([0.0, 1.0])


@program(
    """
    E = -J*sum(s*roll(s, 1, axis=0) + s*roll(s, 1, axis=1)) - h*sum(s)
    E / 12
    """,
    s=normal(3, 4),
    J=1.1,
    h=0.3,
)
def ising_energy_on_a_torus(s: Array, J: Array, h: Array) -> Array:
    down = jnp.concatenate([s[-1:], s[:-1]])
    right = jnp.concatenate([s[:, -1:], s[:, :-1]], axis=1)
    return -J * jnp.mean(s * (down + right)) - h * s.mean()


@program(
    """
    lap(u) = roll(u, 1, axis=0) + roll(u, -1, axis=0) + roll(u, 1, axis=1) + roll(u, -1, axis=1) - 4u
    u1 = u0 + c*lap(u0)
    u2 = u1 + c*lap(u1)
    sum((u2 - goal)^2)
    """,
    u0=normal(4, 5),
    goal=normal(4, 5),
    c=0.12,
)
def heat_equation_two_steps(u0: Array, goal: Array, c: Array) -> Array:
    def ring(n: int) -> Array:
        one = jnp.eye(n)
        return jnp.roll(one, 1, axis=0) + jnp.roll(one, 1, axis=1) - 2 * one

    u = u0
    for _ in range(2):
        u = u + c * (ring(4) @ u + u @ ring(5))
    return jnp.vdot(u - goal, u - goal)


@program(
    """
    f(v) = [v[1], mu*(1 - v[0]^2)*v[1] - v[0]]      # van der Pol
    k1 = f(v0)
    k2 = f(v0 + dt/2*k1)
    k3 = f(v0 + dt/2*k2)
    k4 = f(v0 + dt*k3)
    v1 = v0 + dt/6*(k1 + 2k2 + 2k3 + k4)
    v1[0]^2 + 3 v1[1]
    """,
    v0=normal(2),
    mu=1.4,
    dt=0.2,
)
def runge_kutta_step(v0: Array, mu: Array, dt: Array) -> Array:
    def slope(x: Array, y: Array) -> tuple[Array, Array]:
        return y, mu * (1 - x * x) * y - x

    x, y = v0
    a1, b1 = slope(x, y)
    a2, b2 = slope(x + dt * a1 / 2, y + dt * b1 / 2)
    a3, b3 = slope(x + dt * a2 / 2, y + dt * b2 / 2)
    a4, b4 = slope(x + dt * a3, y + dt * b3)
    return (x + dt * (a1 + 2 * a2 + 2 * a3 + a4) / 6) ** 2 + 3 * (y + dt * (b1 + 2 * b2 + 2 * b3 + b4) / 6)


@program(
    """
    th1 = q[0]; th2 = q[1]
    tip = [l[0]*cos(th1) + l[1]*cos(th1 + th2), l[0]*sin(th1) + l[1]*sin(th1 + th2)]
    norm(tip - goal)
    """,
    q=normal(2),
    l=uniform(0.5, 1.5, 2),
    goal=normal(2),
)
def robot_arm(q: Array, l: Array, goal: Array) -> Array:  # noqa: E741
    angles = jnp.cumsum(q)
    tip = jnp.array([l @ jnp.cos(angles), l @ jnp.sin(angles)])
    return jnp.hypot(*(tip - goal))


@program(
    """
    Rz = [[cos(a), -sin(a), 0], [sin(a), cos(a), 0], [0, 0, 1]]
    sum((P @ Rz.T + t - Q)^2)
    """,
    a=0.7,
    P=normal(5, 3),
    t=normal(3),
    Q=normal(5, 3),
)
def rigid_registration(a: Array, P: Array, t: Array, Q: Array) -> Array:
    z = (P[:, 0] + 1j * P[:, 1]) * jnp.exp(1j * a)
    moved = jnp.stack([z.real, z.imag, P[:, 2]], axis=1) + t
    return jnp.sum((moved - Q) ** 2)
