"""The points of the functions: numbers, and the shapes of arrays, whose entries come from the function's name."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

NUMBERS: Mapping[str, Mapping[str, float]] = {
    "lecture": {"x": -2, "y": 5, "z": -4},
    "logistic_neuron": {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3},
    "sigmoid_circuit": {"x": 3, "y": -4},
    "rosenbrock": {"x": -1.2, "y": 1},
    "himmelblau": {"x": 2.5, "y": -1},
    "ackley": {"x": 0.7, "y": -0.4},
    "beale": {"x": 1.1, "y": 0.3},
    "projectile_range": {"v0": 20, "theta": 0.7},
    "projectile_height": {"v0": 30, "angle": 40, "t": 1.5},
    "pendulum_period": {"length": 1.2, "theta0": 0.4},
    "lens": {"f": 0.05, "d_o": 0.3},
    "relativistic_energy": {"m": 2, "v": 1.2e8},
    "planck": {"wavelength": 5e-7, "T": 5800},
    "van_der_waals": {"n": 1.5, "V": 0.02, "T": 310},
    "lennard_jones": {"r": 3.9},
    "compound_interest": {"principal": 1000, "rate": 0.05, "years": 10},
    "loan_payment": {"loan": 200000, "annual_rate": 0.04, "years": 30},
    "bond_price": {"coupon": 5, "face": 100, "ytm": 0.04},
    "net_present_value": {"rate": 0.08, "c0": -100, "c1": 30, "c2": 50, "c3": 60},
    "norm_cdf": {"x": 0.6},
    "black_scholes_call": {"S": 100, "K": 95, "T": 0.5, "r": 0.03, "sigma": 0.25},
    "gaussian": {"x": 0.8},
    "binary_entropy": {"p": 0.3},
    "poisson_log_likelihood": {"lam": 3.2, "k": 4},
    "huber": {"residual": 2.1},
    "leaky_relu": {"x": -0.7},
    "tax": {"income": 25000},
    "bump": {"x": 0.4},
    "clamp": {"x": 0.3, "low": -0.5, "high": 1},
    "smoothstep": {"edge0": 0.2, "edge1": 1.1, "x": 0.6},
    "newton_sqrt": {"a": 2.3},
    "horner": {"x": 0.7, "a0": 1, "a1": -2, "a2": 0.5, "a3": 3},
    "fifth_power": {"x": 1.3},
    "taylor_sine": {"x": 0.9},
    "euler_method": {"k": 1.4, "y0": 2},
    "runge_kutta": {"a": 0.9, "y0": 0.3},
    "simpson": {"a": -0.4, "b": 1.1},
    "heron": {"a": 3, "b": 4, "c": 4.5},
    "haversine": {"lat1": 52.5, "lon1": 13.4, "lat2": 48.1, "lon2": 11.6},
    "remainder": {"x": -7.3, "y": 2.1},
    "spherical_to_z": {"r": 1.5, "theta": 0.6, "phi": 2.1},
    "arrhenius": {"A": 1e5, "Ea": 5e4, "T": 350},
    "checked_ratio": {"a": 3, "b": -2},
    "softplus": {"x": 0.4},
    "logistic_growth": {"t": 2, "K": 100, "P0": 7, "r": 0.5},
    "atan2_angle": {"y": -0.6, "x": -1.1},
    "alternating": {"x": 1.4},
    "remainders": {"x": -7.3, "y": 2.1},
    "trigonometry": {"x": 0.4, "y": -1.2},
}
SHAPES: Mapping[str, Mapping[str, Any]] = {
    "mse": {"y_true": (4,), "y_pred": (4,)},
    "mae": {"y_true": (4,), "y_pred": (4,)},
    "rmse": {"y_true": (4,), "y_pred": (4,)},
    "sigmoid": {"z": ()},
    "compute_cost": {"theta": (3,), "X": (5, 3), "y": (5,)},
    "propagate_cost": {"w": (3, 1), "b": (), "X": (3, 4), "Y": (1, 4)},
    "linear_regression": {"w": (3,), "b": (), "X": (5, 3), "y": (5,)},
    "ridge": {"w": (3,), "X": (5, 3), "y": (5,)},
    "lasso": {"w": (3,), "X": (5, 3), "y": (5,)},
    "hinge_loss": {"w": (3,), "X": (5, 3), "y": (5,)},
    "softmax_component": {"z": (4,)},
    "softmax_cross_entropy": {"scores": (3, 4), "y_onehot": (3, 4)},
    "dice_loss": {"p": (5,), "g": (5,)},
    "kl_divergence": {"p": (4,), "q": (4,)},
    "focal_loss": {"p": (4,), "y": [1.0, 0.0, 1.0, 0.0]},
    "gaussian_kl": {"mu": (3,), "logvar": (3,)},
    "contrastive_loss": {"x1": (3, 2), "x2": (3, 2), "label": [1.0, 0.0, 0.0]},
    "triplet_loss": {"anchor": (3, 4), "positive": (3, 4), "negative": (3, 4)},
    "cosine_similarity": {"u": (4,), "v": (4,)},
    "two_layer_network": {"X": (2, 3), "W1": (3, 4), "b1": (4,), "W2": (4, 2), "b2": (2,)},
    "relu_network": {"x": (3,), "W1": (4, 3), "b1": (4,), "W2": (2, 4), "b2": (2,)},
    "deep_linear": {"x": (3,), "W": (3, 3)},
    "recurrent": {"h": (2,), "U": (2, 3), "W": (2, 2), "xs": (3, 3)},
    "lstm_cell": {"x": (2,), "h": (3,), "c": (3,), **dict.fromkeys(["Wi", "Wf", "Wo", "Wg"], (3, 5))},
    "attention": {"Q": (3, 4), "K": (2, 4), "V": (2, 3)},
    "batch_norm": {"x": (4, 3), "gamma": (3,), "beta": (3,)},
    "layer_norm": {"x": (2, 5), "g": (5,), "b": (5,)},
    "sample_std": {"x": (5,)},
    "log_likelihood": {"x": (4,), "mu": (), "log_sigma": ()},
    "mixture": {"x": (), "logits": (3,), "mu": (3,)},
    "multivariate_normal": {"x": (3,), "mu": (3,), "Sigma": "positive"},
    "mahalanobis": {"x": (3,), "mu": (3,), "S": "positive"},
    "rbf_kernel": {"x": (3, 2), "y": (2, 2)},
    "rosenbrock_n": {"x": (4,)},
    "rastrigin": {"x": (3,)},
    "total_variation": {"u": (5,)},
    "trapezoid": {"y": (5,)},
    "polynomial": {"c": (3,), "x": (2,)},
    "quadratic_form": {"A": (3, 3), "x": (3,), "b": (3,)},
    "trace_of_product": {"A": (2, 3), "B": (2, 3)},
    "portfolio_variance": {"w": (3,), "cov": "positive"},
    "sharpe_ratio": {"w": (3,), "mu": (3,), "cov": "positive"},
    "page_of_matrix": {"A": (2, 3)},
    "unrolled_convolution": {"x": (6,), "k": (3,)},
    "cross_product": {"a": (3,), "b": (3,)},
    "stacked": {"a": (3,), "b": (3,)},
    "elu_layer": {"x": (3,), "W": (2, 3)},
    "masked_mean": {"x": (5,)},
    "logits_loss": {"z": (4,), "t": (4,)},
    "cart_pole_energy": {"q": (4,)},
    "sum_logistic": {"x": (3,)},
    "selu": {"x": (4,)},
    "predict": {"W": (3,), "b": (), "inputs": (3,)},
    "negative_log_likelihood": {"W": (3,), "b": (), "inputs": (4, 3), "targets": [1.0, 1.0, 0.0, 1.0]},
    "gelu_sum": {"x": (4,)},
    "exact_gelu": {"x": (4,)},
    "activations": {"x": (5,)},
    "more_activations": {"x": (5,)},
    "mlp": {"x": (2, 3), "w1": (3, 4), "b1": (4,), "w2": (4, 3), "b2": (3,)},
    "cross_entropy": {"logits": (2, 3), "labels": [2, 0]},
    "scaled_attention": {"q": (2, 3), "k": (4, 3), "v": (4, 2)},
    "entropy": {"p": (4,)},
    "normalized": {"x": (4,)},
    "spread": {"x": (3, 2)},
    "swap": {"x": (3, 3)},
    "determinant": {"A": "positive"},
    "interpolation": {"x": ()},
    "standardized": {"x": (5,)},
    "biased": {"x": (3, 2)},
    "classifier": {"x": (2, 3), "W": (4, 3), "b": (4,), "target": [3, 1]},
    "regression_losses": {"a": (4,), "b": (4,)},
    "binary": {"z": (4,), "t": (4,)},
    "divergence": {"a": (2, 3), "b": (2, 3)},
    "largest": {"x": (3, 4)},
    "shapes": {"x": (2, 3)},
    "clamped": {"x": (5,)},
    "scaled_dot_product_attention": {"query": (2, 3), "key": (4, 3), "value": (4, 2)},
    "layer_normalized": {"x": (2, 3), "w": (3,), "b": (3,)},
    "convolution": {"image": (1, 2, 4, 4), "kernel": (3, 2, 3, 3)},
}
POSITIVE = frozenset(["p", "g", "q", "y_onehot", "t", "targets"])
"""Inputs that are probabilities."""


def point_of(module: str, function: str) -> dict[str, Any]:
    """The point at which a function is tried."""
    if function in NUMBERS:
        return {name: float(value) for name, value in NUMBERS[function].items()}
    if module == "torch_functions" and function == "log_likelihood":
        shapes: Mapping[str, Any] = {"scores": (2, 3), "target": [2, 0]}
    else:
        shapes = SHAPES[function]
    draws = np.random.default_rng(zlib.crc32(function.encode()))
    point: dict[str, Any] = {}
    for name, shape in shapes.items():
        if isinstance(shape, list):
            point[name] = np.array(shape)
        elif shape == "positive":
            root = draws.normal(size=(3, 3))
            point[name] = root @ root.T + np.eye(3)
        elif name in POSITIVE and function not in ("cart_pole_energy", "scaled_attention"):
            point[name] = draws.uniform(0.1, 0.9, shape)
        else:
            point[name] = draws.normal(size=shape)
    return point
