"""Writes the gallery of the lecture systems, gallery.md with its pictures, anew:

python examples/gallery.py
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import NamedTuple

import graphdiff
from graphdiff.cli.main import run
from graphdiff.operations.shapes import size_of
from graphdiff.passes.values import shape_of
from graphdiff.report.numbers import format_value, one_line
from graphdiff.report.trace_tables import result_line

ROOT = Path(__file__).parent.parent
DIGITS, LARGEST = 6, 12
"""Digits of a number on the page, and entries of an array that is written out."""
INTRODUCTION = """# Gallery

The examples of a lecture on backpropagation, from a product to a convolutional network. Values stand above the wires in
green, gradients below them in red. Where a value fans out, at a dot, each branch shows the gradient that comes back
through it. Arrays with more than a few entries are drawn as their shapes.

Each picture is drawn by the command below it. This page and its pictures are written by `python examples/gallery.py`.
"""


class System(NamedTuple):
    """A lecture system: what it is called and teaches, the program in this folder, and how it is drawn."""

    title: str
    program: str
    teaches: str
    options: str = ""

    @property
    def picture(self) -> str:
        return "_".join([self.program, *re.findall("[a-z]+", self.options)]) + ".svg"

    @property
    def command(self) -> str:
        """As it is typed in the folder above."""
        words = f"graphdiff draw -f examples/{self.program}.gd --at @examples/{self.program}.json {self.options}"
        return f"{words.rstrip()} -o examples/gallery/{self.picture}"


SYSTEMS = [
    System(
        "1. A sum times a number",
        "product_named",
        "A sum hands its gradient to both operands as it is; a product hands each operand the gradient times the"
        " *other* one's value.",
    ),
    System(
        "2. A sigmoid neuron, gate by gate",
        "neuron",
        "Eight simple gates, each with a local derivative that fits on a line: the chain rule multiplies them from the"
        " right to the left.",
    ),
    System(
        "2b. The neuron with a sigmoid gate",
        "neuron",
        "The graph of a formula is not unique. The last four gates are one whose local derivative is (1 − σ)σ:"
        " (1 − 0.73) · 0.73 = 0.20.",
        "--fuse",
    ),
    System(
        "2b. The neuron with a gate of its own",
        "neuron_own_derivative",
        "The same gate, defined by the program together with its derivative. However the graph is cut into gates, the"
        " gradients are the same.",
    ),
    System(
        "3. The patterns of gates",
        "gates",
        "A sum distributes its gradient, a product swaps and multiplies, and a maximum routes all of it to the larger"
        " operand: `w` has no part in the value, so its gradient is 0.",
        "--patterns",
    ),
    System(
        "4. Fan-out",
        "fan_out",
        "`b` feeds both `x` and `y`. Going back, what the branches bring is added: 7 + 2 = 9.",
    ),
    System(
        "5. One input in two terms",
        "product_and_sine",
        "∂/∂x1 has a part through the product, x2 = 3, and a part through the sine, cos(2) = −0.42.",
    ),
    System(
        "6. A squared norm, with matrices",
        "squared_norm",
        "A gradient has the shape of what it is the gradient of: that of `W` is the outer product of 2q and x.",
    ),
    System(
        "7. Logistic regression",
        "logistic_regression_vector",
        "A cascade of score, probability and loss. What reaches the score is p − 1 = −0.27: the error.",
    ),
    System(
        "8. Linear regression with a penalty",
        "linear_regression",
        "The weights get one gradient from the data and one from the penalty, which are added.",
        "--collapse",
    ),
    System(
        "9. A multilayer perceptron",
        "perceptron",
        "Layers are the same gates again; going back, each layer needs but the gradient of the layer after it.",
        "--collapse",
    ),
    System(
        "10. A linear classifier with the hinge loss",
        "svm_loss",
        "Each class whose margin is violated gets a gradient of 1, and the true class minus their number: −2, 1, 1.",
        "--collapse",
    ),
    System(
        "11. The softmax loss",
        "softmax_loss",
        "The gradient by the scores is p − 1 at the true class and p elsewhere, though what passes through `p` is as"
        " steep as 10²³²: libraries take `log_softmax` for a reason.",
        "--collapse",
    ),
    System(
        "11b. The softmax loss of a batch, regularised",
        "softmax_loss_batch",
        "The full loss is a mean over samples and a penalty: again a fan-out, at `W`.",
        "--collapse",
    ),
    System(
        "12. A two-layer network",
        "two_layer_network",
        "`max(0, ·)` stops the gradient where its operand is not positive; each weight also feeds the penalty.",
        "--collapse",
    ),
    System(
        "13. A convolutional network",
        "convolutional_network",
        "Convolution, relu and pooling are gates as any other, each followed by the shape of what it passes on.",
        "--collapse",
    ),
    System(
        "14. A Neural Turing Machine's head",
        "turing_machine_head",
        "Addressing, reading and writing a memory are differentiable: the gradient by the key `k` comes through the"
        " weights `w`, from what was read and from what was written.",
        "--collapse",
    ),
    System(
        "15. The chain rule as a sum over successors",
        "chain_rule",
        "df/dt is the sum over the paths through g1, g2 and g3: 0.37 + 1.60 − 0.24 = 1.73.",
    ),
]


def write_gallery() -> None:
    """The page and its pictures, in the folder examples of the working one."""
    Path("examples/gallery").mkdir(exist_ok=True)
    for system in SYSTEMS:
        status = run(shlex.split(system.command)[1:])
        if status:
            raise SystemExit(status)
    sections = ["\n".join(_section(system)) for system in SYSTEMS]
    Path("examples/gallery.md").write_text("\n".join([INTRODUCTION, *sections]), "utf-8")


def _section(system: System) -> Iterator[str]:
    program = Path(f"examples/{system.program}.gd").read_text("utf-8")
    point = json.loads(Path(f"examples/{system.program}.json").read_text("utf-8"))
    trace = graphdiff.trace(program, point)
    gradients = []
    for name, gradient in trace.gradients.items():
        if gradient is not None:
            kind = "of shape " if size_of(shape_of(gradient)) > LARGEST else ""
            gradients.append(f"{name} {kind}{one_line(format_value(gradient, DIGITS, LARGEST))}")
    yield f"## {system.title}\n"
    yield f"{system.teaches}\n"
    yield f"![Circuit: {system.title.split(' ', 1)[1].lower()}]({Path('gallery', system.picture).as_posix()})\n"
    yield f"```text\n{program.strip()}\n```\n"
    yield f"{result_line(trace, DIGITS)}  \ngradients: {', '.join(gradients)}\n"
    yield f"```sh\n{system.command}\n```\n"


if __name__ == "__main__":
    with chdir(ROOT):
        write_gallery()
