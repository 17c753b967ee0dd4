"""--expand-steps: single steps of loops, with the numbers that they have where all steps are written out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest

from graphdiff import GraphdiffError, parse, trace
from graphdiff.algebra.loop_steps import Step, expand_steps
from graphdiff.graph.graph import Graph
from graphdiff.graph.loop import Loop
from graphdiff.passes.trace import Trace

Command = Callable[..., Any]


class LoopCase(NamedTuple):
    """A program with a loop, and the same with all steps written by hand: how it starts, a step from m to n = m + 1
    where the counter is t, and the output."""

    text: str
    point: dict[str, Any]
    start: str
    step: str
    end: str
    counters: Sequence[int]
    size: int  # the number of operations of a step

    @property
    def written_out(self) -> str:
        steps = [self.step.format(m=m, n=m + 1, t=t) for m, t in enumerate(self.counters)]
        return "; ".join([self.start, *steps, self.end])


CASES = [
    LoopCase(
        "fold(h/2 + x/(2*h) for t in range(5), h=x)",
        {"x": 2.0},
        "h_0 = x",
        "h_{n} = h_{m}/2 + x/(2*h_{m})",
        "h_5",
        range(5),
        4,
    ),
    LoopCase(
        "p, v = fold((p + d*v, v - d*k*p) for t in range(6), p=1, v=k); p*v",
        {"k": 0.8, "d": 0.3},
        "p_0 = 1; v_0 = k",
        "p_{n} = p_{m} + d*v_{m}; v_{n} = v_{m} - d*k*p_{m}",
        "p_6*v_6",
        range(6),
        5,
    ),
    LoopCase(
        "sum(scan(tanh(w*h + r) for r in x, h=0.1)^2)",
        {"w": 0.7, "x": [0.3, -0.2, 0.9]},
        "h_0 = 0.1",
        "r_{n} = x[{m}]; h_{n} = tanh(w*h_{m} + r_{n})",
        "sum([h_1, h_2, h_3]^2)",
        range(3),
        4,
    ),
    LoopCase(
        "p, v = scan((p + t*v, v*k - p) for t in range(5, -1, -2), p=1, v=k); sum(p*v)",
        {"k": 0.8},
        "p_0 = 1; v_0 = k",
        "p_{n} = p_{m} + {t}*v_{m}; v_{n} = v_{m}*k - p_{m}",
        "sum([p_1, p_2, p_3]*[v_1, v_2, v_3])",
        range(5, -1, -2),
        4,
    ),
    LoopCase(
        "h = fold(tanh(W@h + x[t] - x[t + 1]) for t in range(3), h=b); sum(h)",
        {"W": [[0.2, -0.4], [0.7, 0.1]], "x": [[0.1, 0.2], [0.3, -0.4], [0.5, 0.6], [-0.2, 0.8]], "b": [0.3, -0.2]},
        "h_0 = b",
        "r_{n} = x[{m}]; s_{n} = x[{n}]; h_{n} = tanh(W@h_{m} + r_{n} - s_{n})",
        "sum(h_3)",
        range(3),
        6,
    ),
]


def numbers_of(trace: Trace, first: int, size: int) -> list[Any]:
    """The values, upstreams, local derivatives and downstreams of successive operations."""
    backward = {step.node.index: step for step in trace.backward}
    numbers: list[Any] = []
    for forward in trace.forward[first : first + size]:
        step = backward[forward.node.index]
        numbers += [forward.value, step.upstream]
        numbers += [number for edge in step.edges for number in (edge.local.values, edge.downstream)]
    return [float("nan") if number is None else number for number in numbers]


@pytest.mark.parametrize("case", CASES, ids=[case.text[:30] for case in CASES])
@pytest.mark.parametrize("place", ["first", "last", "middle"])
def test_numbers_of_a_step(case: LoopCase, place: str) -> None:
    shapes = {name: np.shape(value) for name, value in case.point.items()}
    graph = parse(case.text, shapes=shapes)
    number = {"first": 0, "last": len(case.counters) - 1, "middle": len(case.counters) // 2}[place]
    steps: list[Step] = ["first" if place == "first" else "last" if place == "last" else number]
    opened, whole = trace(expand_steps(graph, steps), case.point), trace(case.written_out, case.point)
    assert opened.value == pytest.approx(whole.value, rel=1e-13)
    for name, gradient in whole.gradients.items():
        np.testing.assert_allclose(opened.gradients[name], gradient, rtol=1e-12, atol=1e-15)
    are_loops = [isinstance(each.node.operation, Loop) for each in opened.forward]
    actual = numbers_of(opened, are_loops.index(False), case.size)
    expected = numbers_of(whole, number * case.size, case.size)
    for one, other in zip(actual, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-15)


def test_graphs() -> None:
    """The steps around those that are written out stay loops."""
    text = "fold(h*x + t for t in range(1, 20), h=a)"
    assert str(expand_steps(parse(text), [7])) == (
        "h_7 = fold(h*x + t for t in range(1, 8), h=a)\nh_8 = h_7*x + 8\nfold(h*x + t for t in range(9, 20), h=h_8)"
    )
    assert str(expand_steps(parse(text), ["first", 0, 1])) == (
        "h_1 = a*x + 1\nh_2 = h_1*x + 2\nfold(h*x + t for t in range(3, 20), h=h_2)"
    )
    assert str(expand_steps(parse("h_1 = 2*x; fold(h*h_1 for t in range(2), h=1)"), ["last"])) == (
        "h_1 = 2*x\nfold(h*h_1 for t in range(1), h=1)*h_1"
    )
    rows = parse("scan(h*r for r in x, h=1)", shapes={"x": (4,)})
    assert str(expand_steps(rows, [2])) == (
        "h_2 = fold(h*x[t] for t in range(2), h=1)\nh_3 = h_2*x[2]\n"
        "concat(scan(h*x[t] for t in range(2), h=1), [h_3], scan(h*x[t] for t in range(3, 4), h=h_3))"
    )


def test_loops_inside() -> None:
    """Steps of loops in the steps are written out too, and with the functions those in functions."""
    nested = parse("fold(fold(g*a for k in range(3), g=h) + t for t in range(3), h=x)")
    assert str(expand_steps(nested, ["last"])) == (
        "h_2 = fold(fold(g*a for k in range(3), g=h) + t for t in range(2), h=x)\n"
        "g_2 = fold(g*a for k in range(2), g=h_2)\ng_2*a + 2"
    )
    called = parse("f(u) = fold(relu(g)*u for t in range(3), g=u); f(x)")
    with pytest.raises(GraphdiffError, match="there is no loop whose steps can be expanded"):
        expand_steps(called, [0])
    assert str(expand_steps(called, ["first"], expands_functions=True)) == (
        "g_1 = max(0, x)*x\nfold(relu(g)*x for t in range(1, 3), g=g_1)"
    )


def test_the_size_of_the_graph() -> None:
    def graph(count: int) -> Graph:
        return expand_steps(parse(f"p, v = fold((p + v*x, v - p*x) for t in range({count}), p=1, v=x); p"), [3, "last"])

    assert len(graph(100_000).nodes) == len(graph(10).nodes)


@pytest.mark.parametrize(
    ("text", "steps", "message"),
    [
        ("x^2", "first", "there is no loop whose steps can be expanded"),
        ("fold(h*x for t in range(3), h=1)", "3", "no loop has a step 3"),
        ("fold(h*x for t in range(0), h=1)", "last", "no loop has a last step"),
        ("fold(h*x for t in range(3), h=1)", "1.5", "--expand-steps: '1.5' is not a step of a loop"),
    ],
)
def test_errors(command: Command, text: str, steps: str, message: str) -> None:
    result = command("eval", text, "--at", "x=2", "--expand-steps", steps)
    assert result.status == 2
    assert message in result.err


def test_command_line(command: Command) -> None:
    result = command("eval", "fold(h*x for t in range(9), h=1)", "--at", "x=2", "--expand-steps", "0, 4", "--json")
    assert '"node": "h_4"' in result.out
    assert "h_5" in command("draw", "fold(h*x for t in range(9), h=1)", "--names", "--expand-steps", "4").out
