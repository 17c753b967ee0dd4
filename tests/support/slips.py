"""Wrong answers by known slips: random formulas with a backward pass of their own, in which one rule or two go wrong.

Nothing here calls graphdiff. A formula is a program of one operation a line, so that every edge has names. Derivative
rules are those of a textbook, and the wrong ones are what teachers report.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import NamedTuple

Rule = Callable[..., float]


class Operation(NamedTuple):
    """How an operation is written, its value, and its derivative by each operand."""

    text: str
    value: Rule
    partials: tuple[Rule, ...]


OPERATIONS: Mapping[str, Operation] = {
    "add": Operation("{} + {}", lambda u, v: u + v, (lambda u, v: 1.0, lambda u, v: 1.0)),
    "sub": Operation("{} - {}", lambda u, v: u - v, (lambda u, v: 1.0, lambda u, v: -1.0)),
    "mul": Operation("{} * {}", lambda u, v: u * v, (lambda u, v: v, lambda u, v: u)),
    "div": Operation("{} / {}", lambda u, v: u / v, (lambda u, v: 1 / v, lambda u, v: -u / v**2)),
    "square": Operation("{}^2", lambda u: u**2, (lambda u: 2 * u,)),
    "cube": Operation("{}^3", lambda u: u**3, (lambda u: 3 * u**2,)),
    "triple": Operation("3*{}", lambda u: 3 * u, (lambda u: 3.0,)),
    "half": Operation("{}/2", lambda u: u / 2, (lambda u: 0.5,)),
    "sqrt": Operation("sqrt({})", math.sqrt, (lambda u: 0.5 / math.sqrt(u),)),
    "exp": Operation("exp({})", math.exp, (math.exp,)),
    "log": Operation("log({})", math.log, (lambda u: 1 / u,)),
    "sin": Operation("sin({})", math.sin, (math.cos,)),
    "cos": Operation("cos({})", math.cos, (lambda u: -math.sin(u),)),
    "tanh": Operation("tanh({})", math.tanh, (lambda u: 1 - math.tanh(u) ** 2,)),
}
WRONG_RULES: Mapping[str, Mapping[tuple[str, int], tuple[Rule, ...]]] = {
    "wrong operand": {
        ("mul", 0): (lambda u, v: u,),
        ("mul", 1): (lambda u, v: v,),
        ("tanh", 0): (lambda u: 1 - u**2,),
    },
    "power rule": {
        ("square", 0): (lambda u: 2 * u**2, lambda u: u),
        ("cube", 0): (lambda u: 3 * u**3, lambda u: u**2),
        ("sqrt", 0): (lambda u: 1 / math.sqrt(u), lambda u: 0.5 * math.sqrt(u)),
        ("exp", 0): (lambda u: u * math.exp(u - 1),),
    },
    "quotient rule": {("div", 1): (lambda u, v: -u / v, lambda u, v: -1 / v**2)},
    "integrated": {
        ("square", 0): (lambda u: u**3 / 3,),
        ("cube", 0): (lambda u: u**4 / 4,),
        ("log", 0): (lambda u: u * math.log(u) - u,),
    },
}
"""Wrong derivatives by kind of slip, operation and operand, besides those that all operations have."""

FACTORS = ("sign", "inner derivative", "upstream", "missing path", "reciprocal")
"""The kinds that all operations have."""


class Step(NamedTuple):
    """A line of a program: its name, its operation, and the names of the operands."""

    name: str
    operation: str
    operands: tuple[str, ...]


class Formula(NamedTuple):
    """A program of one operation a line, at a point."""

    steps: Sequence[Step]
    point: Mapping[str, float]
    values: Mapping[str, float]

    @property
    def text(self) -> str:
        """The program; its last line is the output."""
        lines = [f"{step.name} = {OPERATIONS[step.operation].text.format(*step.operands)}" for step in self.steps]
        return "; ".join([*lines, self.steps[-1].name])


class TrueSlip(NamedTuple):
    """A slip on an edge: the operand in a slot of a step. variant chooses among wrong rules of the same kind."""

    kind: str
    step: int
    slot: int
    variant: int = 0


def random_formula(random: Random, operations: int) -> Formula:
    """A formula in which every input and every step is used, and all values and gradients are of a handy size."""
    while True:
        point = {name: round(random.uniform(0.3, 2.5), 1) for name in ("x", "y", "z")[: random.randint(1, 3)]}
        values, steps, unused = dict(point), [], list(point)
        for number in range(operations):
            name = random.choice(list(OPERATIONS))
            count = len(OPERATIONS[name].partials)
            if operations - number < len(unused):
                name, count = random.choice([("add", 2), ("mul", 2), ("sub", 2), ("div", 2)])
            operands = [unused.pop(random.randrange(len(unused)))]
            if count == 2:
                operands.append(unused.pop() if unused and random.random() < 0.6 else random.choice(list(values)))
                random.shuffle(operands)
            try:
                value = OPERATIONS[name].value(*(values[operand] for operand in operands))
            except (ValueError, OverflowError, ZeroDivisionError):
                break
            if not 0.05 < abs(value) < 50 or len(set(operands)) < count:
                break
            steps.append(Step("abcdefghijkl"[number], name, tuple(operands)))
            values[steps[-1].name] = value
            unused.append(steps[-1].name)
        else:
            formula = Formula(steps, point, values)
            if len(unused) == 1 and all(1e-3 < abs(each) < 1e4 for each in gradients(formula).values()):
                return formula


def gradients(formula: Formula, slips: Sequence[TrueSlip] = ()) -> dict[str, float]:
    """The gradient by every input and every step but the last, with these slips."""
    by_edge = {(slip.step, slip.slot): slip for slip in slips}
    upstreams = dict.fromkeys(formula.values, 0.0)
    upstreams[formula.steps[-1].name] = 1.0
    for number in reversed(range(len(formula.steps))):
        step = formula.steps[number]
        operation = OPERATIONS[step.operation]
        operands = [formula.values[operand] for operand in step.operands]
        g = upstreams[step.name]
        for slot, partial in enumerate(operation.partials):
            local = partial(*operands)
            slip = by_edge.get((number, slot))
            upstreams[step.operands[slot]] += (
                g * local if slip is None else wrong_downstream(slip, step, g, local, operands)
            )
    del upstreams[formula.steps[-1].name]
    return upstreams


def wrong_downstream(slip: TrueSlip, step: Step, g: float, local: float, operands: Sequence[float]) -> float:
    """What the operand receives by a slip."""
    if slip.kind in WRONG_RULES:
        return g * WRONG_RULES[slip.kind][step.operation, slip.slot][slip.variant](*operands)
    wrong = {"sign": -g * local, "inner derivative": g, "upstream": local, "missing path": 0.0}
    return g / local if slip.kind == "reciprocal" else wrong[slip.kind]


def possible_slips(formula: Formula) -> list[TrueSlip]:
    """All slips on edges that a student could make and that change an answer.

    To leave out a factor of -1 is a slip of the sign, whatever it is a derivative of; a factor of 1 cannot be left out.
    """
    right, upstreams = answers(formula), {**gradients(formula), formula.steps[-1].name: 1.0}
    uses = [operand for step in formula.steps for operand in step.operands]
    slips = []
    for number, step in enumerate(formula.steps):
        operands = [formula.values[operand] for operand in step.operands]
        for slot, partial in enumerate(OPERATIONS[step.operation].partials):
            local = partial(*operands)
            kinds = ["sign", *(["reciprocal"] if local else [])]
            if abs(upstreams[step.name]) != 1:
                kinds += ["upstream", *(["inner derivative"] if abs(local) != 1 else [])]
            kinds += ["missing path"] * (uses.count(step.operands[slot]) > 1)
            slips += [TrueSlip(kind, number, slot) for kind in kinds]
            for kind, rules in WRONG_RULES.items():
                count = len(rules.get((step.operation, slot), ()))
                slips += [TrueSlip(kind, number, slot, variant) for variant in range(count)]
    return [slip for slip in slips if answers(formula, [slip]) != right]


def answers(formula: Formula, slips: Sequence[TrueSlip] = (), digits: int = 4) -> dict[str, str]:
    """The answers of a student who makes these slips: the gradients by the inputs, rounded."""
    by_name = gradients(formula, slips)
    return {f"d_{name}": f"{by_name[name]:#.{digits}g}" for name in formula.point}


def edge_of(formula: Formula, slip: TrueSlip) -> tuple[str, str]:
    """The names of the operand and the step of a slip."""
    step = formula.steps[slip.step]
    return step.operands[slip.slot], step.name


def slip_at(formula: Formula, kind: str, edge: tuple[str, str]) -> TrueSlip:
    """The slip of a kind without variants at an edge, by the names of its operand and its step."""
    numbers = {step.name: number for number, step in enumerate(formula.steps)}
    return TrueSlip(kind, numbers[edge[1]], formula.steps[numbers[edge[1]]].operands.index(edge[0]))
