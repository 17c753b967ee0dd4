"""Array programs as people write them, each with a handwritten reference in JAX.

Those named tie_… are at a tie or a kink on purpose, and their references spell out the rule; the others avoid both.
"""

from __future__ import annotations

from importlib import import_module

from support.array_programs.collection import PROGRAMS, Program

__all__ = ["PROGRAMS", "Program"]

SUBJECTS = (
    "quadratic_forms",
    "linear_regression",
    "logistic_regression",
    "softmax_regression",
    "hinge_losses",
    "perceptrons",
    "normalisation",
    "attention",
    "recurrent_networks",
    "densities",
    "kernels",
    "neural_turing_machine",
    "convolution",
    "signals_and_finance",
    "matrices",
    "metric_learning",
    "physics",
    "polynomials",
    "shapes_and_reductions",
    "chains",
    "ties_and_kinks",
    "order_and_products",
)
"""The modules of this package, in the order in which they draw their points from one generator: add new ones last."""

for subject in SUBJECTS:
    import_module(f"{__name__}.{subject}")
