"""Functions with jax.numpy and jax.nn, as its documentation and tutorials write them."""
# ruff: noqa

import jax
import jax.numpy as jnp
from jax import nn
from jax.scipy.special import expit, xlogy


def sum_logistic(x):
    return jnp.sum(1.0 / (1.0 + jnp.exp(-x)))


def selu(x, alpha=1.67, lmbda=1.05):
    return (lmbda * jnp.where(x > 0, x, alpha * jnp.exp(x) - alpha)).sum()


def predict(W, b, inputs):
    return expit(jnp.dot(inputs, W) + b)


def negative_log_likelihood(W, b, inputs, targets):
    preds = predict(W, b, inputs)
    label_probs = preds * targets + (1 - preds) * (1 - targets)
    return -jnp.sum(jnp.log(label_probs))


def gelu_sum(x):
    return jnp.sum(jax.nn.gelu(x))


def exact_gelu(x):
    return jnp.sum(nn.gelu(x, approximate=False))


def activations(x):
    return jnp.sum(nn.relu(x) + nn.silu(x) + nn.softplus(x) + nn.leaky_relu(x) + nn.elu(x) + nn.log_sigmoid(x))


def more_activations(x):
    return jnp.sum(jax.nn.selu(x) + jax.nn.celu(x, 1.3) + nn.soft_sign(x) + nn.hard_tanh(x) + nn.relu6(x) + nn.swish(x))


@jax.jit
def mlp(x, w1, b1, w2, b2):
    hidden = jax.nn.relu(x @ w1 + b1)
    logits = hidden @ w2 + b2
    return jnp.mean(jax.nn.logsumexp(logits, axis=-1))


def cross_entropy(logits, labels):
    one_hot = nn.one_hot(labels, 3)
    return -jnp.mean(jnp.sum(one_hot * nn.log_softmax(logits), axis=-1))


def scaled_attention(q, k, v):
    weights = jax.nn.softmax(jnp.einsum("qd,kd->qk", q, k) / jnp.sqrt(q.shape[-1]), axis=-1)
    return jnp.sum(jnp.einsum("qk,kd->qd", weights, v) ** 2)


def entropy(p):
    return -jnp.sum(xlogy(p, p))


def normalized(x):
    return jnp.sum(jnp.cumsum((x - x.mean()) / x.std()))


def trigonometry(x, y):
    return jnp.arctan2(y, x) * jnp.hypot(x, y) + jnp.sinc(x) + jnp.deg2rad(y)


def spread(x):
    return jnp.var(x, axis=0).sum() + jnp.ptp(x) + jnp.linalg.norm(x, axis=1).sum()


def swap(x):
    return jnp.sum(jnp.swapaxes(x, 0, 1)[0] * x[:, 0]) + jnp.sum(jnp.expand_dims(x, 1)[:, 0] * jnp.flip(x, 0))


def determinant(A):
    sign, logdet = jnp.linalg.slogdet(A)
    return logdet + jnp.trace(A)


def interpolation(x):
    grid = jnp.linspace(0.0, 1.0, 5)
    return jnp.sum(jnp.exp(-((x - grid) ** 2))) + jnp.sum(jnp.arange(3.0) * x)
