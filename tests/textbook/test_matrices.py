"""Derivatives by vectors and matrices in the form of the Matrix Cookbook, equal to what is computed."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from graphdiff import derivative, parse, trace
from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.passes.jacobian import hessian, jacobian
from graphdiff.textbook.form import textbook_form
from graphdiff.textbook.matrices import form as matrices
from graphdiff.textbook.matrices.form import NO_FORM, TOO_LARGE, matrix_form
from graphdiff.textbook.matrices.jacobians import matrix_hessians, matrix_jacobian
from graphdiff.writing.text import graph_text

RELATIVE = 1e-12
LEAST_SQUARES = "A=4x3,x=3,b=4"

GRADIENTS = [
    # products and quadratic forms
    ("x.T@A@x", "x", "A=3x3,x=3", "(A + A.T) @ x"),
    ("x.T@A@x + 2*b@x", "x", "A=3x3,x=3,b=3", "(A + A.T) @ x + 2*b"),
    ("a@X@b", "X", "a=3,X=3x2,b=2", "outer(a, b)"),
    ("sum((A@x-b)^2)", "x", LEAST_SQUARES, "2*A.T @ (A @ x - b)"),
    ("sum((A@x-b)^2)", "A", LEAST_SQUARES, "2*outer(A @ x - b, x)"),
    ("norm(A@x-b)^2", "x", LEAST_SQUARES, "2*A.T @ (A @ x - b)"),
    ("norm(A@x-b)", "x", LEAST_SQUARES, "(A.T @ (A @ x - b))/norm(A @ x - b)"),
    ("(A@x-b)@W@(A@x-b)", "x", f"{LEAST_SQUARES},W=4x4", "A.T @ (W + W.T) @ (A @ x - b)"),
    ("0.5*sum((A-U@V)^2) + 0.5*sum(A^2)", "U", "A=3x4,U=3x2,V=2x4", "(U @ V - A) @ V.T"),
    ("sum(exp(A@x))", "x", "A=2x3,x=3", "A.T @ exp(A @ x)"),
    ("sum(A@x)", "A", "A=2x3,x=3", "outer(ones(2), x)"),
    ("sum(x)", "x", "x=3", "ones(3)"),
    # traces
    ("trace(F.T@F)", "F", "F=3x2", "2*F"),
    ("trace(A@X)", "X", "A=2x3,X=3x2", "A.T"),
    ("trace(A@X@B)", "X", "A=2x3,X=3x4,B=4x2", "A.T @ B.T"),
    ("trace(A@X@B@X.T)", "X", "A=3x3,X=3x2,B=2x2", "A.T @ X @ B.T + A @ X @ B"),
    ("trace(X@X@X)", "X", "X=3x3", "3*X.T @ X.T"),
    ("trace(X.T@B@X)", "X", "X=3x2,B=3x3", "(B + B.T) @ X"),
    ("trace(matrix_power(X, 3))", "X", "X=3x3", "3*X.T @ X.T"),
    ("trace(matrix_power(X, 6))", "X", "X=2x2", "6*matrix_power(X, 5).T"),
    ("einsum('ij,j,i->', M, b, a)", "a", "M=2x3,b=3,a=2", "M @ b"),
    ("einsum('ii->', A)", "A", "A=3x3", "eye(3)"),
    ("sum(einsum('ii->i', A)^2)", "A", "A=3x3", "2*diag(diag(A))"),
    ("kron(a, b) @ c", "a", "a=2,b=3,c=6", "reshape(c, 2, 3) @ b"),
    ("trace(B.T@X.T@C@X@B)", "X", "B=2x4,X=3x2,C=3x3", "(C + C.T) @ X @ B @ B.T"),
    # determinants and inverses
    ("log(det(X))", "X", "X=3x3", "inv(X).T"),
    ("det(X)", "X", "X=3x3", "det(X)*inv(X).T"),
    ("det(A@X@B)", "X", "A=3x3,X=3x3,B=3x3", "det(A @ X @ B)*inv(X).T"),
    ("det(inv(X))", "X", "X=3x3", "-det(inv(X))*inv(X).T"),
    ("logdet(X.T@X)", "X", "X=4x3", "2*X @ inv(X.T @ X)"),
    ("trace(A@inv(X)@B)", "X", "X=3x3,A=2x3,B=3x2", "-(inv(X) @ B @ A @ inv(X)).T"),
    ("a@inv(X)@b", "X", "X=3x3,a=3,b=3", "-outer(inv(X).T @ a, inv(X) @ b)"),
    ("a@solve(A,b)", "b", "a=3,A=3x3,b=3", "solve(A.T, a)"),
    # machine learning
    ("0-sum(y*log_softmax(z))", "z", "y=4,z=4", "sum(y)*softmax(z) - y"),
    ("logsumexp(z) - y@z", "z", "y=4,z=4", "softmax(z) - y"),
    ("mean((X@w-y)^2)", "w", "X=5x2,w=2,y=5", "2/5*X.T @ (X @ w - y)"),
    ("mean((X@w-y)^2) + k*w@w", "w", "X=5x2,w=2,y=5", "2/5*X.T @ (X @ w - y) + 2*k*w"),
    ("0.5*a@inv(S)@a + 0.5*log(det(S))", "S", "S=2x2,a=2", "0.5*(inv(S) - outer(inv(S) @ a, inv(S).T @ a)).T"),
    ("sum(softplus(X@w) - y*(X@w))", "w", "X=5x2,w=2,y=5", "X.T @ (sigmoid(X @ w) - y)"),
    ("s = sigmoid(X@w); 0-sum(y*log(s) + (1-y)*log(1-s))", "w", "X=5x2,w=2,y=5", "X.T @ (sigmoid(X @ w) - y)"),
    ("sum((X@w-y)^2) + l*sum(w^2)", "w", "X=5x2,w=2,y=5", "2*(X.T @ (X @ w - y) + l*w)"),
    ("sum(relu(W@x+b))", "W", "W=2x3,x=3,b=2", "outer(W @ x + b > 0, x)"),
    ("(x-m)@inv(S)@(x-m)/2 + logdet(S)/2", "m", "x=3,m=3,S=3x3", "-1/2*(inv(S) + inv(S).T) @ (x - m)"),
    ("x@A@x/sqrt(x@x)", "x", "A=3x3,x=3", "((A + A.T) @ x)/sqrt(x @ x) - (x @ A @ x)*x/(x @ x)^(3/2)"),
    # selections, and axes
    ("x[0]*x[1]", "x", "x=3", "[x[1], x[0], 0]"),
    ("sum(x[1:]*x[:-1])", "x", "x=4", "pad(x[:-1], (1, 0)) + pad(x[1:], (0, 1))"),
    ("max(x)", "x", "x=3", "x == max(x)"),
    ("var(x)", "x", "x=4", "(x - mean(x))/2"),
    ("sum((X - mean(X, axis=0))^2)", "X", "X=4x3", "2*(X - mean(X, axis=0))"),
    ("sum(log(1 + exp(-y*(X@w))))", "w", "X=5x3,w=3,y=5", "-X.T @ (y/(1 + exp(y*(X @ w))))"),
    ("norm([t, y])", "t", "", "t/norm([t, y])"),
    ("sum(sum(X, axis=0)*y)", "X", "X=2x3,y=3", "outer(ones(2), y)"),
    ("sum((X - Y[:, None])^2)", "Y", "X=2x3,Y=2", "-2*sum(X - Y[:, None], axis=1)"),
]
HESSIANS = [
    ("x.T@A@x", "x", "A=3x3,x=3", "A + A.T"),
    ("sum((A@x-b)^2)", "x", LEAST_SQUARES, "2*A.T @ A"),
    ("mean((X@w-y)^2)", "w", "X=5x2,w=2,y=5", "2/5*X.T @ X"),
    ("sum((X@w-y)^2) + l*sum(w^2)", "w", "X=5x2,w=2,y=5", "2*(X.T @ X + l*eye(2))"),
    ("sum(x^3)", "x", "x=3", "6*diag(x)"),
    ("norm(x)", "x", "x=3", "eye(3)/norm(x) - outer(x, x)/norm(x)^3"),
    ("logsumexp(z)", "z", "z=3", "diag(softmax(z)) - outer(softmax(z), softmax(z))"),
    ("sum(softplus(X@w))", "w", "X=5x2,w=2", "X.T @ diag(sigmoid(X @ w)*(1 - sigmoid(X @ w))) @ X"),
    ("x[0]*x[1] + x[1]^2", "x", "x=2", "[[0, 1], [1, 2]]"),
    ("exp(a@x)", "x", "a=3,x=3", "exp(a @ x)*outer(a, a)"),
]
JACOBIANS = [
    ("A@x + b", "x", "A=2x3,x=3,b=2", "A"),
    ("sin(x)", "x", "x=3", "diag(cos(x))"),
    ("softmax(z)", "z", "z=3", "diag(softmax(z)) - outer(softmax(z), softmax(z))"),
    ("tanh(W@x+b)", "x", "W=2x3,x=3,b=2", "diag(sech(W @ x + b)^2) @ W"),
    ("V@relu(W@x)", "x", "V=2x4,W=4x3,x=3", "V @ diag(W @ x > 0) @ W"),
    ("solve(A, b)", "b", "A=3x3,b=3", "inv(A)"),
    ("x/norm(x)", "x", "x=3", "eye(3)/norm(x) - outer(x, x)/norm(x)^3"),
    ("A.T@x", "x", "A=3x2,x=3", "A.T"),
    ("diag(x)@y", "x", "x=3,y=3", "diag(y)"),
    ("[x[0]^2*x[1], 5*x[0] + sin(x[1])]", "x", "x=2", "[[2*x[0]*x[1], x[0]^2], [5, cos(x[1])]]"),
    ("solve(A, B@b)", "b", "A=3x3,B=3x2,b=2", "inv(A) @ B"),
]


def shapes_of(text: str) -> dict[str, tuple[int, ...]]:
    return {
        name: tuple(map(int, sizes.split("x"))) for name, sizes in (each.split("=") for each in text.split(",") if each)
    }


def printed(graph: Graph, shapes: dict[str, tuple[int, ...]]) -> str:
    return graph_text(textbook_form([graph], shapes).graph, shares=False)


def assert_equal(text: str, computed: Graph, shapes: dict[str, tuple[int, ...]]) -> None:
    """The text reads back, with no name that only derivative rules use, and has the computed values."""
    graph = parse(text)
    helpers = {
        "identity_like",
        "count",
        "first",
        "place",
        "sum_to",
        "broadcast_to",
        "reshape_like",
        "others",
        "cofactor",
    }
    assert not helpers & set(re.findall(r"\w+", text))
    generator = np.random.default_rng(len(text))
    point: dict[str, Any] = {}
    for name in computed.input_names:
        shape = shapes.get(name, ())
        point[name] = generator.uniform(0.2, 0.9, shape) + (3 * np.eye(*shape) if len(shape) == 2 else 0)
    expected = value_of(computed, point)
    actual = value_of(graph, point)
    assert actual.shape == expected.shape
    assert np.max(np.abs(actual - expected)) <= RELATIVE * max(np.max(np.abs(expected)), 1.0)


def value_of(graph: Graph, point: dict[str, Any]) -> Any:
    own = {name: value for name, value in point.items() if name in graph.input_names}
    return np.asarray(trace(graph, own, wrt=[], upstream=1.0).value)


@pytest.mark.parametrize(("text", "by", "shapes", "person"), GRADIENTS, ids=[row[0] + row[1] for row in GRADIENTS])
def test_gradients(text: str, by: str, shapes: str, person: str) -> None:
    computed = derivative(text, by, shapes=shapes_of(shapes))
    assert printed(computed, shapes_of(shapes)) == person
    assert_equal(person, computed, shapes_of(shapes))


@pytest.mark.parametrize(("text", "by", "shapes", "person"), HESSIANS, ids=[row[0] for row in HESSIANS])
def test_hessians(text: str, by: str, shapes: str, person: str) -> None:
    known = shapes_of(shapes)
    (form,) = matrix_hessians(parse(text), [(by, by)], known)
    assert form is not None
    assert printed(form.graph, known) == person
    assert_equal(person, hessian(text, by, by, shapes=known), known)


@pytest.mark.parametrize(("text", "by", "shapes", "person"), JACOBIANS, ids=[row[0] for row in JACOBIANS])
def test_jacobians(text: str, by: str, shapes: str, person: str) -> None:
    known = shapes_of(shapes)
    form = matrix_jacobian(parse(text), by, known)
    assert form is not None
    assert printed(form.graph, known) == person
    assert_equal(person, jacobian(text, by, shapes=known), known)


def test_the_form_of_a_form_is_the_same() -> None:
    for text, by, shapes, person in GRADIENTS:
        known = shapes_of(shapes)
        if by in parse(person).input_names and person != "x == max(x)":
            (again,) = [printed(parse(person), {name: known[name] for name in known if name in person})]
            assert again == person, text


def test_more_axes_than_those_of_a_matrix() -> None:
    form = matrix_jacobian(parse("A@X@B"), "X", {"A": (2, 3), "X": (3, 4), "B": (4, 2)})
    assert form is not None
    assert str(form.graph) == "A @ v @ B"
    assert form.notes == ("is the derivative along v, an array of the shape of X",)


@pytest.mark.parametrize(
    ("text", "shapes", "notes"),
    [
        ("norm(x)", {"x": (3,)}, ("does not hold where norm(x) = 0",)),
        ("prod(x)", {"x": (3,)}, ("does not hold where an entry of x is 0",)),
        ("max(x)", {"x": (3,)}, ("does not hold where x has its largest entry more than once",)),
        ("min(x^2)", {"x": (3,)}, ("does not hold where x^2 has its smallest entry more than once",)),
        ("det(x)", {"x": (3, 3)}, ("does not hold where det(x) = 0",)),
        ("log(det(x))", {"x": (3, 3)}, ()),
        (
            "log(det(x)) + sum(max(x, axis=1))",
            {"x": (3, 3)},
            ("does not hold where x has its largest entry more than once along axis 1",),
        ),
        ("x@b/(norm(x)*norm(b))", {"x": (3,), "b": (3,)}, ()),
        (
            "norm(A@x - b) + log(x[0])",
            {"x": (3,), "A": (2, 3), "b": (2,)},
            ("does not hold where norm(A @ x - b) = 0",),
        ),
        ("sum(x^3)", {"x": (3,)}, ()),
        ("sum((x@x)^2)", {"x": (2, 3, 3)}, (NO_FORM,)),
    ],
)
def test_notes(text: str, shapes: dict[str, tuple[int, ...]], notes: tuple[str, ...]) -> None:
    """Only of points at which what is computed is finite."""
    assert textbook_form([derivative(text, "x", shapes=shapes)], shapes).notes == (notes,)


def test_long_formulas_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrices, "MOST_NODES", 3)
    computed = derivative("x@A@x", "x", shapes={"A": (3, 3), "x": (3,)})
    assert matrix_form(computed, {"A": (3, 3), "x": (3,)}).notes == (TOO_LARGE,)


def test_without_shapes_of_arrays_a_formula_stays() -> None:
    computed = derivative("sum((W@x)^2)", "x", shapes={"W": (2, 3), "x": (3,)})
    assert matrix_form(computed, {}).notes == (NO_FORM,)


def test_diag_takes_a_vector_or_a_square_matrix() -> None:
    assert value_of(parse("diag([1, 2])"), {}).tolist() == [[1, 0], [0, 2]]
    assert value_of(parse("diag([[1, 2], [3, 4]])"), {}).tolist() == [1, 4]
    with pytest.raises(GraphdiffError, match="a vector or a square matrix"):
        trace("sum(diag(x))", x=np.ones((2, 3)))
