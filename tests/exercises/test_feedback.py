"""The feedback on single boxes: what grade says of the same numbers, and numbers worked out by hand."""

from __future__ import annotations

from typing import Any

import graphdiff
from graphdiff.exercises.feedback import MOST_SLIPS, FeedbackTable


def sentences(text: str, point: dict[str, Any], box: str, *place: int) -> dict[float, str]:
    table = FeedbackTable(graphdiff.trace(text, point))
    return {round(each.number, 6): each.sentence for each in getattr(table, f"of_{box}")(*place)}


def test_gradients_are_those_of_grade() -> None:
    """Each sentence is one that grade has for its number, but for the name of the answer."""
    text, point = "q = x*y + sin(z); r = exp(q); r/(q + x)", {"x": 1.3, "y": -0.7, "z": 2.1}
    table = FeedbackTable(graphdiff.trace(text, point))
    for name in (*point, "q", "r"):
        index = table.graph.names.get(name, table.graph.input_indices.get(name))
        assert index is not None
        feedback = table.of_gradient(index)
        assert len(feedback) == MOST_SLIPS
        for each in feedback:
            (answer,) = graphdiff.grade(text, point, {f"d_{name}": each.number}).answers
            assert answer.verdict == "wrong"
            clauses = [slip.message.partition("; this slip")[0] for slip in answer.slips]
            edges = [edge for slip in answer.slips for edge in slip.equivalent_edges]
            is_equivalent = any(f"{node} = " in each.clause and operand in each.clause for operand, node in edges)
            is_own = each.clause.startswith(f"The gradient by {name} is")
            assert each.clause in clauses or is_equivalent or is_own, (each, clauses)


def test_boxes_by_hand() -> None:
    """(x + y)*z at -2, 5, -4 has v1 = x + y = 3, and v2 passes z = -4 back to it; sin(3*x) has 3*cos(3*x)."""
    text, point = "(x + y)*z", {"x": -2, "y": 5, "z": -4}
    assert sentences(text, point, "value", 2) == {
        -7: "v1 = x + y is a sum, in which y is added and not subtracted; this slip gives -7.",
        -3: "The value of v1 = x + y is 3, and -3 has the wrong sign; this slip gives -3.",
        -10: "v1 = x + y is a sum, and not a product; this slip gives -10.",
        30: "The value of v1 = x + y is 3: the decimal point of 30 is in the wrong place; this slip gives 30.",
        0.3: "The value of v1 = x + y is 3: the decimal point of 0.3 is in the wrong place; this slip gives 0.3.",
    }
    assert sentences(text, point, "downstream", 4, 0).keys() == {4, 0, 3, 1, -0.25, -3}
    assert sentences(text, point, "local", 2, 0)[-4].endswith(
        "is that of this operation alone, 1, and not yet multiplied by the gradient that arrives, -4; "
        "this slip gives -4."
    )
    numbers = sentences("sin(3*x)", {"x": 0.7}, "gradient", 1)
    assert (
        numbers[1.514538] == "The derivative of v1 = 3*x by x is 3, and -3 has the wrong sign; this slip gives 1.51454."
    )
    assert numbers[-0.504846] == "The derivative of v1 = 3*x by x, which is 3, was left out; this slip gives -0.504846."


def test_only_one_of_three_paths() -> None:
    clause = "Only what x receives through v1 = x*y, which is 5, was taken: the other paths add to it"
    (answer,) = graphdiff.grade("x*y + x^2 + sin(x)", {"x": 3, "y": 5}, {"d_x": 5}).answers
    assert answer.slips[0].message == f"{clause}; this slip gives d_x = 5."
    assert answer.slips[0].edge == ("x", "v1")


def test_arrays_have_none() -> None:
    """Numbers beside arrays have the slips at their own edges: 2*a*L at L = 2 and a = 0.1, in two terms."""
    table = FeedbackTable(
        graphdiff.trace("L = sum((W@x)^2); L*a + a*L", {"W": [[1, 2], [3, 4]], "x": [1, -1], "a": 0.1})
    )
    graph = table.graph
    assert not table.of_gradient(graph.input_indices["x"])
    assert not table.of_value(next(node.index for node in graph.nodes if graph.labels[node.index] == "v1"))
    numbers = {each.number for each in table.of_gradient(graph.input_indices["a"])}
    assert {2.0, 0.0, -4.0, 2.1, 3.0, 2.5} <= numbers


def test_closed_edges_have_none() -> None:
    table = FeedbackTable(graphdiff.trace("max(x*y, z)", {"x": 1, "y": 2, "z": 5}))
    graph = table.graph
    (product,) = (node for node in graph.nodes if node.operation is not None and node.operation.name == "mul")
    assert not table.of_downstream(product.index, 0)
    assert not table.of_local(product.index, 0)
