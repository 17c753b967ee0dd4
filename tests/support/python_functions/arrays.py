"""Functions of arrays with NumPy, as courses and papers write them: losses, layers, kernels, statistics."""
# ruff: noqa

import numpy as np
from scipy.special import expit, logsumexp


def mse(y_true, y_pred):
    return np.mean((y_true - y_pred) ** 2)


def mae(y_true, y_pred):
    return np.mean(np.abs(y_true - y_pred))


def rmse(y_true, y_pred):
    return np.sqrt(((y_true - y_pred) ** 2).mean())


def sigmoid(z):
    s = 1 / (1 + np.exp(-z))
    return s


def compute_cost(theta, X, y, lam=0.1):
    """Regularized logistic regression, the second week's assignment."""
    m = len(y)
    h = sigmoid(X.dot(theta))
    J = (-1 / m) * (y.T @ np.log(h) + (1 - y).T @ np.log(1 - h))
    reg = (lam / (2 * m)) * np.sum(theta[1:] ** 2)
    return J + reg


def propagate_cost(w, b, X, Y):
    m = X.shape[1]
    A = sigmoid(np.dot(w.T, X) + b)
    cost = -1 / m * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    return cost


def linear_regression(w, b, X, y):
    n, d = X.shape
    predictions = X @ w + b
    return np.sum((predictions - y) ** 2) / (2 * n)


def ridge(w, X, y, alpha=0.5):
    residual = y - X.dot(w)
    return 0.5 * np.dot(residual, residual) + 0.5 * alpha * np.linalg.norm(w) ** 2


def lasso(w, X, y, alpha=0.5):
    return ((X @ w - y) ** 2).sum() / (2 * len(y)) + alpha * np.linalg.norm(w, 1)


def hinge_loss(w, X, y, C=1.0):
    margins = 1 - y * (X @ w)
    return 0.5 * np.dot(w, w) + C * np.sum(np.maximum(0, margins))


def softmax(z):
    e = np.exp(z - np.max(z))
    return e / e.sum()


def softmax_component(z):
    return softmax(z)[0]


def softmax_cross_entropy(scores, y_onehot):
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_probs = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return -np.sum(y_onehot * log_probs) / scores.shape[0]


def focal_loss(p, y, gamma=2.0, alpha=0.25):
    pt = np.where(y == 1, p, 1 - p)
    weight = np.where(y == 1, alpha, 1 - alpha)
    return np.mean(-weight * (1 - pt) ** gamma * np.log(pt))


def dice_loss(p, g, eps=1e-6):
    intersection = np.sum(p * g)
    return 1 - (2 * intersection + eps) / (np.sum(p) + np.sum(g) + eps)


def kl_divergence(p, q):
    return np.sum(p * np.log(p / q))


def gaussian_kl(mu, logvar):
    """The regularizer of a variational autoencoder."""
    return -0.5 * np.sum(1 + logvar - mu**2 - np.exp(logvar))


def contrastive_loss(x1, x2, label, margin=1.0):
    d = np.sqrt(np.sum((x1 - x2) ** 2, axis=-1) + 1e-9)
    return np.mean(label * d**2 + (1 - label) * np.clip(margin - d, 0, None) ** 2)


def triplet_loss(anchor, positive, negative, alpha=0.2):
    pos_dist = np.sum(np.square(anchor - positive), axis=-1)
    neg_dist = np.sum(np.square(anchor - negative), axis=-1)
    basic_loss = pos_dist - neg_dist + alpha
    return np.sum(np.maximum(basic_loss, 0.0))


def cosine_similarity(u, v):
    dot = np.dot(u, v)
    norm_u = np.sqrt(np.sum(u**2))
    norm_v = np.linalg.norm(v)
    return dot / (norm_u * norm_v)


def two_layer_network(X, W1, b1, W2, b2):
    h = np.tanh(X.dot(W1) + b1)
    return (h.dot(W2) + b2).sum()


def relu_network(x, W1, b1, W2, b2):
    hidden = np.maximum(0, W1 @ x + b1)
    out = W2 @ hidden + b2
    return np.sum(out**2)


def deep_linear(x, W, n_layers=3):
    h = x
    for layer in range(n_layers):
        h = np.tanh(W @ h)
    return h.sum()


def recurrent(h, U, W, xs):
    for t in range(3):
        h = np.tanh(W @ h + U @ xs[t])
    return np.sum(h * h)


def lstm_cell(x, h, c, Wi, Wf, Wo, Wg):
    z = np.concatenate([h, x])
    i, f, o = expit(Wi @ z), expit(Wf @ z), expit(Wo @ z)
    g = np.tanh(Wg @ z)
    c_next = f * c + i * g
    h_next = o * np.tanh(c_next)
    return np.sum(h_next) + np.sum(c_next)


def attention(Q, K, V):
    d_k = Q.shape[-1]
    scores = Q @ K.T / np.sqrt(d_k)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = weights / weights.sum(axis=-1, keepdims=True)
    return np.sum((weights @ V) ** 2)


def batch_norm(x, gamma, beta, eps=1e-5):
    mu = x.mean(axis=0)
    var = np.var(x, axis=0)
    x_hat = (x - mu) / np.sqrt(var + eps)
    out = gamma * x_hat + beta
    return np.sum(np.sin(out))


def layer_norm(x, g, b):
    mean = np.mean(x, axis=-1, keepdims=True)
    std = np.std(x, axis=-1, keepdims=True)
    return np.sum((g * (x - mean) / (std + 1e-6) + b) ** 3)


def sample_std(x):
    return np.std(x, ddof=1) + np.var(x, ddof=1)


def log_likelihood(x, mu, log_sigma):
    sigma = np.exp(log_sigma)
    n = x.size
    return -0.5 * n * np.log(2 * np.pi) - n * log_sigma - np.sum((x - mu) ** 2) / (2 * sigma**2)


def mixture(x, logits, mu):
    log_w = logits - logsumexp(logits)
    return logsumexp(log_w - 0.5 * (x - mu) ** 2)


def multivariate_normal(x, mu, Sigma):
    d = x - mu
    return -0.5 * (d @ np.linalg.inv(Sigma) @ d + np.log(np.linalg.det(Sigma)) + 3 * np.log(2 * np.pi))


def mahalanobis(x, mu, S):
    delta = x - mu
    return np.sqrt(delta.T @ np.linalg.solve(S, delta))


def rbf_kernel(x, y, gamma=0.7):
    return np.exp(-gamma * np.sum((x[:, None, :] - y[None, :, :]) ** 2, axis=-1)).sum()


def rosenbrock_n(x):
    return sum(100.0 * (x[1:] - x[:-1] ** 2.0) ** 2.0 + (1 - x[:-1]) ** 2.0)


def rastrigin(x, A=10):
    n = x.shape[0]
    return A * n + np.sum(x**2 - A * np.cos(2 * np.pi * x))


def total_variation(u):
    return np.sum(np.abs(np.diff(u))) + np.sum(np.diff(u) ** 2)


def trapezoid(y):
    h = 0.1
    return h * (0.5 * y[0] + np.sum(y[1:-1]) + 0.5 * y[-1])


def polynomial(c, x):
    return np.polyval([c[0], c[1], c[2]], x).sum()


def quadratic_form(A, x, b):
    return 0.5 * x.T.dot(A).dot(x) - b.T.dot(x)


def trace_of_product(A, B):
    return np.trace(A @ B.T) + np.einsum("ij,ij->", A, B) + np.einsum("ij,kj->ik", A, B).sum()


def portfolio_variance(w, cov):
    return np.sqrt(w @ cov @ w)


def sharpe_ratio(w, mu, cov, rf=0.02):
    ret = w @ mu
    vol = np.sqrt(np.dot(w.T, np.dot(cov, w)))
    return (ret - rf) / vol


def page_of_matrix(A):
    return np.sum(A.reshape(3, 2) @ A) + A.T[1, 0] * A[0, -1] + A.ravel()[3]


def unrolled_convolution(x, k):
    out = np.zeros(4)
    for i in range(4):
        for j in range(3):
            out[i] += x[i + j] * k[j]
    return np.sum(out**2)


def cross_product(a, b):
    c = np.cross(a, b)
    return c[0] + 2 * c[1] + 3 * c[2]


def stacked(a, b):
    m = np.stack([a, b])
    r = np.concatenate((a, b[:2]))
    return (m @ a).sum() + np.sum(r**2)


def elu_layer(x, W, alpha=1.0):
    z = np.dot(W, x)
    a = np.where(z > 0, z, alpha * (np.exp(z) - 1))
    return a.sum()


def masked_mean(x):
    return np.sum(np.where(x > 0, x, 0)) / np.sum(x > 0)


def logits_loss(z, t):
    return np.mean(np.logaddexp(0, z) - t * z)


def cart_pole_energy(q, m=1.0, g=9.8, l=0.5):
    x, theta, dx, dtheta = q
    kinetic = 0.5 * m * (dx**2 + 2 * dx * l * dtheta * np.cos(theta) + l**2 * dtheta**2)
    return kinetic + m * g * l * np.cos(theta)
