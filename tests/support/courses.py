"""Exercises as courses, lectures and documentation publish them, with the numbers that these print, and for each a
wrong solution of a student who makes one slip."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Exercise(NamedTuple):
    """An exercise.

    course     where it is published
    formula    the formula or program
    point      the values of the inputs
    printed    the answers as they are printed: values of nodes, and gradients as d_NAME
    wrong      what the student gives in place of some of them
    slip       the kind of the slip
    edge       the operand and the operation at which it was made; None for a value, and where several edges on a path
               give the same number
    upstream   the gradient that arrives at the output
    tolerance  the relative difference that a teacher allows where numbers of two digits are printed
    """

    course: str
    formula: str
    point: Mapping[str, Any]
    printed: Mapping[str, Any]
    wrong: Mapping[str, Any]
    slip: str
    edge: tuple[str, str] | None
    upstream: Any = None
    tolerance: float | None = None

    @property
    def name(self) -> str:
        """A short name for the case of a test."""
        return self.course.partition(":")[0]


TWO_DIGITS = 0.02
"""How far 0.20 is from 0.197."""

EXERCISES = (
    Exercise(
        "CS231n product: notes on backpropagation, f(x, y) = xy",
        "x*y",
        {"x": 4, "y": -3},
        {"value": "-12", "d_x": "-3", "d_y": "4"},
        {"d_x": "4"},
        "wrong operand",
        ("x", "v1"),
    ),
    Exercise(
        "CS231n compound: notes on backpropagation, f(x, y, z) = (x + y)z",
        "q = x + y; f = q*z; f",
        {"x": -2, "y": 5, "z": -4},
        {"q": "3", "value": "-12", "d_q": "-4", "d_z": "3", "d_x": "-4", "d_y": "-4"},
        {"d_x": "1"},
        "upstream",
        ("x", "q"),
    ),
    Exercise(
        "CS231n neuron: notes on backpropagation, the circuit of a sigmoid neuron",
        "1/(1+exp(-(w0*x0+w1*x1+w2)))",
        {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3},
        {
            **{"v1": "-2.00", "v2": "6.00", "v3": "4.00", "v4": "1.00", "v5": "-1.00", "v6": "0.37", "v7": "1.37"},
            **{"value": "0.73", "d_v7": "-0.53", "d_v6": "-0.53", "d_v5": "-0.20", "d_v4": "0.20", "d_v3": "0.20"},
            **{"d_w0": "-0.20", "d_x0": "0.39", "d_w1": "-0.39", "d_x1": "-0.59", "d_w2": "0.20"},
        },
        {"d_w1": "-0.59"},
        "wrong operand",
        ("w1", "v2"),
        tolerance=TWO_DIGITS,
    ),
    Exercise(
        "CS231n patterns: notes on backpropagation, add, max and multiply gates",
        "2*(x*y + max(z, w))",
        {"x": 3, "y": -4, "z": 2, "w": -1},
        {"value": "-20", "d_x": "-8", "d_y": "6", "d_z": "2", "d_w": "0"},
        {"d_w": "2"},
        "wrong operand",
        ("w", "v2"),
    ),
    Exercise(
        "CS231n vectors: lecture 4, the squared length of W x",
        "q = W@x; sum(q^2)",
        {"W": [[0.1, 0.5], [-0.3, 0.8]], "x": [0.2, 0.4]},
        {
            **{"q": "[0.22, 0.26]", "value": "0.116", "d_q": "[0.44, 0.52]", "d_x": "[-0.112, 0.636]"},
            "d_W": "[[0.088, 0.176], [0.104, 0.208]]",
        },
        {"d_q": "[0.22, 0.26]", "d_x": "[-0.056, 0.318]", "d_W": "[[0.044, 0.088], [0.052, 0.104]]"},
        "power rule",
        ("q", "v1"),
    ),
    Exercise(
        "CS231n hinge: notes on linear classification, scores 13, -7, 11 and a margin of 10",
        "max(0, s2 - s1 + 10) + max(0, s3 - s1 + 10)",
        {"s1": 13, "s2": -7, "s3": 11},
        {"v3": "0", "v6": "8", "value": "8"},
        {"v6": "34", "value": "34"},
        "sign",
        None,
    ),
    Exercise(
        "CS231n softmax: lecture 3, scores of a cat",
        "a = exp(s1); b = exp(s2); c = exp(s3); p = a/(a + b + c); -log(p)",
        {"s1": 3.2, "s2": 5.1, "s3": -1.7},
        {"a": "24.5", "b": "164.0", "c": "0.18", "p": "0.13", "value": "2.04"},
        {"value": "-2.04"},
        "sign",
        None,
        tolerance=TWO_DIGITS,
    ),
    Exercise(
        "CS224n: lecture on backpropagation, f = (x + y) max(y, z)",
        "a = x + y; b = max(y, z); a*b",
        {"x": 1, "y": 2, "z": 0},
        {"a": "3", "b": "2", "value": "6", "d_a": "2", "d_b": "3", "d_x": "2", "d_y": "5", "d_z": "0"},
        {"d_y": "2"},
        "missing path",
        ("y", "b"),
    ),
    Exercise(
        "Ng: Neural Networks and Deep Learning, J = 3(a + bc)",
        "u = b*c; v = a + u; J = 3*v; J",
        {"a": 5, "b": 3, "c": 2},
        {"u": "6", "v": "11", "value": "33", "d_v": "3", "d_u": "3", "d_a": "3", "d_b": "6", "d_c": "9"},
        {"d_c": "6"},
        "wrong operand",
        ("c", "u"),
    ),
    Exercise(
        "Olah: Calculus on Computational Graphs",
        "c = a + b; d = b + 1; e = c*d; e",
        {"a": 2, "b": 1},
        {"c": "3", "d": "2", "value": "6", "d_c": "2", "d_d": "3", "d_a": "2", "d_b": "5"},
        {"d_b": "3"},
        "missing path",
        ("b", "c"),
    ),
    Exercise(
        "Mazur: A Step by Step Backpropagation Example",
        """net_h1 = w1*i1 + w2*i2 + b1; out_h1 = sigmoid(net_h1)
        net_h2 = w3*i1 + w4*i2 + b1; out_h2 = sigmoid(net_h2)
        net_o1 = w5*out_h1 + w6*out_h2 + b2; out_o1 = sigmoid(net_o1)
        net_o2 = w7*out_h1 + w8*out_h2 + b2; out_o2 = sigmoid(net_o2)
        E_o1 = 1/2*(target_o1 - out_o1)^2; E_o2 = 1/2*(target_o2 - out_o2)^2
        E_total = E_o1 + E_o2; E_total""",
        {
            **{"i1": 0.05, "i2": 0.1, "b1": 0.35, "b2": 0.6, "target_o1": 0.01, "target_o2": 0.99},
            **{"w1": 0.15, "w2": 0.2, "w3": 0.25, "w4": 0.3, "w5": 0.4, "w6": 0.45, "w7": 0.5, "w8": 0.55},
        },
        {
            **{"net_h1": "0.3775", "out_h1": "0.593269992", "out_h2": "0.596884378", "net_o1": "1.105905967"},
            **{"out_o1": "0.75136507", "out_o2": "0.772928465", "E_o1": "0.274811083", "E_o2": "0.023560026"},
            **{"value": "0.298371109", "d_out_o1": "0.74136507", "d_net_o1": "0.138498562", "d_w5": "0.082167041"},
            **{"d_out_h1": "0.036350306", "d_w1": "0.000438568"},
        },
        {"d_out_h1": "0.055399425", "d_w1": "0.000668396"},
        "missing path",
        ("out_h1", "v10"),
    ),
    Exercise(
        "micrograd lecture: manual backpropagation through L = (a*b + c)*f",
        "e = a*b; d = e + c; L = d*f; L",
        {"a": 2, "b": -3, "c": 10, "f": -2},
        {
            **{"e": "-6", "d": "4", "value": "-8", "d_d": "-2", "d_f": "4", "d_c": "-2", "d_e": "-2"},
            **{"d_a": "6", "d_b": "-4"},
        },
        {"d_a": "-6"},
        "sign",
        ("a", "e"),
    ),
    Exercise(
        "micrograd neuron: manual backpropagation through a neuron with tanh",
        "n = x1*w1 + x2*w2 + b; o = tanh(n); o",
        {"x1": 2, "x2": 0, "w1": -3, "w2": 1, "b": 6.8813735870195432},
        {
            **{"n": "0.8814", "value": "0.7071", "d_n": "0.5", "d_x1": "-1.5", "d_w1": "1.0", "d_x2": "0.5"},
            **{"d_w2": "0.0", "d_b": "0.5"},
        },
        {"d_n": "0.2929", "d_b": "0.2929", "d_x1": "-0.8787", "d_w1": "0.5858", "d_x2": "0.2929"},
        "power rule",
        ("n", "o"),
    ),
    Exercise(
        "micrograd README: a larger expression",
        """c = a + b; d = a*b + b^3
        c2 = c + c + 1; c3 = c2 + 1 + c2 + (-a)
        d2 = d + d*2 + relu(b + a); d3 = d2 + 3*d2 + relu(b - a)
        e = c3 - d3; f = e^2; g = f/2.0 + 10.0/f; g""",
        {"a": -4, "b": 2},
        {"value": "24.7041", "d_a": "138.8338", "d_b": "645.5773"},
        {"d_a": "145.7755"},
        "missing path",
        None,
    ),
    Exercise(
        "Baydin: Automatic Differentiation in Machine Learning, a Survey",
        "log(x1) + x1*x2 - sin(x2)",
        {"x1": 2, "x2": 5},
        {"value": "11.652", "d_x1": "5.5", "d_x2": "1.716"},
        {"d_x2": "2.284"},
        "sign",
        ("v4", "v5"),
    ),
    Exercise(
        "d2l: Dive into Deep Learning, automatic differentiation of 2xᵀx",
        "2*dot(x, x)",
        {"x": [0, 1, 2, 3]},
        {"value": "28", "d_x": "[0, 4, 8, 12]"},
        {"d_x": "[0, 2, 4, 6]"},
        "missing path",
        ("x", "v1"),
    ),
    Exercise(
        "PyTorch: A Gentle Introduction to torch.autograd",
        "3*a^3 - b^2",
        {"a": [2, 3], "b": [6, 4]},
        {"d_a": "[36, 81]", "d_b": "[-12, -8]"},
        {"d_a": "[72, 243]"},
        "power rule",
        ("a", "v1"),
        upstream=[1, 1],
    ),
    Exercise(
        "PyTorch mean: the first tutorial on autograd",
        "y = x + 2; z = y*y*3; mean(z)",
        {"x": [[1, 1], [1, 1]]},
        {"value": "27", "d_x": "[[4.5, 4.5], [4.5, 4.5]]"},
        {"d_x": "[[18, 18], [18, 18]]"},
        "inner derivative",
        ("z", "v2"),
    ),
    Exercise(
        "TensorFlow: the documentation of GradientTape",
        "y = x*x; z = y*y; z",
        {"x": 3},
        {"d_x": "108"},
        {"d_x": "54"},
        "missing path",
        ("y", "z"),
    ),
    Exercise(
        "fan-out: lecture slides, z = (a + b)(b + c)",
        "x = a + b; y = b + c; z = x*y; z",
        {"a": -1, "b": 3, "c": 4},
        {"x": "2", "y": "7", "value": "14", "d_x": "7", "d_y": "2", "d_a": "7", "d_b": "9", "d_c": "2"},
        {"d_b": "7"},
        "missing path",
        ("b", "y"),
    ),
)
