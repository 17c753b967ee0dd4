"""Functions in C as functions of Python that compute columns of points.

The points are computed in short pieces, whose numbers follow each other: so a compiler can compute several points at
once, with instructions on vectors, whatever the steps between the numbers of the columns.
"""

from __future__ import annotations

from collections.abc import Sequence

from graphdiff.operations.shapes import Shape
from graphdiff.targets.c.extension import count_entries, invocation, library, pointer, takes_workspace
from graphdiff.targets.registry import Signature
from graphdiff.targets.results import leaves

MOST_RESULTS = 8192
"""The most results of a batch for each point, which are local variables: 64 KB."""
LONGEST_PIECE = 256
"""The most points in a piece."""
MOST_COPIES = 16384
"""The most numbers in the copies of a piece: 128 KB, on the stack of a thread."""

COLUMNS = """
/* Read a float, as a column with a step of 0, or open a column of doubles; 0 if it is something else. */
static inline int read_column(PyObject *object, double *number, Py_buffer *views, int *count, const double **column,
                              ptrdiff_t *step)
{
    *column = number;
    *step = 0;
    if (read_number(object, number))
        return 1;
    if (!open_array(object, views, count, STRIDES) || views[*count - 1].ndim != 1)
        return 0;
    *column = (const double *)views[*count - 1].buf;
    *step = views[*count - 1].strides[0] / 8;
    return views[*count - 1].strides[0] % 8 == 0;
}

/* Open an array for each point, or with a step of 0 one for all points, of so many axes; 0 if it is something else. */
static inline int read_arrays(PyObject *object, int axes, Py_buffer *views, int *count, const double **column,
                              ptrdiff_t *step)
{
    if (!open_array(object, views, count, CONTIGUOUS))
        return 0;
    const Py_buffer *const view = views + *count - 1;
    *column = (const double *)view->buf;
    *step = view->ndim == axes ? 0 : view->strides[0] / 8;
    return view->ndim == axes || view->ndim == axes + 1;
}

/* The numbers of a piece of a column, one after the other: where they are, or in a copy. */
static inline const double *piece_of(const double *column, ptrdiff_t step, ptrdiff_t first, ptrdiff_t count,
                                     double *copy)
{
    if (step == 1)
        return column + first;
    for (ptrdiff_t point = 0; point < count; point++)
        copy[point] = column[step*(first + point)];
    return copy;
}
"""

INDEPENDENT = ("#if defined(__GNUC__) && !defined(__clang__)", "#pragma GCC ivdep", "#endif")
"""The lines that tell a compiler that no point depends on the results of another."""
PIECE = """
#if defined(__GNUC__)
__attribute__((flatten, noinline)) /* the function of a point is a part of the loop */
#endif
static void compute(ptrdiff_t points, ptrdiff_t first, const double *const *columns, const ptrdiff_t *steps,
                    const double *const *x, double *const *y, double *workspace)"""
"""The head of the function that computes a piece."""


def batch_extension(signature: Signature) -> str:
    """The source, to follow that of a function, of the Python function `call`.

    It takes the first point, the point after the last one, an array of doubles with a row for each entry of the results
    and a column for each point, and the operands: floats, and arrays of doubles, which have another axis for the points
    before their own if they are not the same at all; last the workspace, if the function has one. It fills these
    columns and returns 0. For other arguments it returns None. Other threads of Python run meanwhile.
    """
    shapes = [leaf.shape for tree in signature.parameters for leaf in leaves(tree)]
    rows = count_entries(signature)
    conditions = [
        f"size == {3 + len(shapes) + signature.has_workspace}",
        "open_array(arguments[2], views, &count, WRITABLE | STRIDES)",
        f"views[0].ndim == 2 && views[0].shape[0] == {rows}",
    ]
    for place, shape in enumerate(shapes):
        column = f"views, &count, columns + {place}, steps + {place}"
        reader = f"read_arrays(arguments[{3 + place}], {len(shape)}, {column})"
        conditions.append(reader if shape else f"read_column(arguments[{3 + place}], numbers + {place}, {column})")
    if signature.has_workspace:
        conditions.append(takes_workspace(signature, 3 + len(shapes)))
    count = len(shapes) or 1
    lines = [
        f"double numbers[{count}];",
        f"const double *columns[{count}];",
        f"ptrdiff_t steps[{count}];",
        f"Py_buffer views[{2 + count}];",
        "int count = 0;",
        "PyObject *answer = 0;",
        f"if ({' && '.join(conditions)}) {{",
        "    const ptrdiff_t start = PyLong_AsSsize_t(arguments[0]), stop = PyLong_AsSsize_t(arguments[1]);",
        "    void *const state = PyEval_SaveThread();",
        *(f"    {line}" for line in _pieces(signature, shapes, rows)),
        "    PyEval_RestoreThread(state);",
        "    answer = PyFloat_FromDouble(0.0);",
        "}",
        "return finish(views, count, answer);",
    ]
    return library(lines, COLUMNS + _piece(signature, shapes, rows))


def _piece(signature: Signature, shapes: Sequence[Shape], rows: int) -> str:
    """The source of a function that computes a piece of so many points from the first on: from the columns of arrays
    with their steps, and from x, the numbers of the other columns; y receives the results."""
    memory = ["workspace"] * signature.has_workspace
    columns: list[str] = []
    operands: list[str] = []
    for place, shape in enumerate(shapes):
        if shape:
            operands.append(pointer(f"columns[{place}] + steps[{place}]*(first + point)", shape, "const "))
        else:
            columns.append(f"const double *const x{len(columns)} = x[{len(columns)}];")
            operands.append(f"x{len(columns) - 1}[point]")
    body = [
        "(void)first, (void)columns, (void)steps, (void)x, (void)workspace;",
        *columns,
        *(f"double *const y{place} = y[{place}];" for place in range(rows)),
        *([] if signature.has_workspace else INDEPENDENT),  # points share a workspace
        "for (ptrdiff_t point = 0; point < points; point++) {",
        f"    double results[{rows}];",
        *(f"    {line}" for line in invocation(signature, [*operands, *memory])),
        *(f"    y{place}[point] = results[{place}];" for place in range(rows)),
        "}",
    ]
    return "\n".join([PIECE, "{", *(f"    {line}" for line in body), "}", ""])


def _pieces(signature: Signature, shapes: Sequence[Shape], rows: int) -> list[str]:
    """The loop over the pieces of the points from start to stop."""
    longest = min(LONGEST_PIECE, MOST_COPIES // (rows + len(shapes)) + 1)
    numbers = [place for place, shape in enumerate(shapes) if not shape]
    workspace = "(double *)views[count - 1].buf" if signature.has_workspace else "0"
    return [
        "double *const out = (double *)views[0].buf;",
        "const ptrdiff_t step = views[0].strides[1] / 8, row = views[0].strides[0] / 8;",
        f"double copies[{len(numbers) or 1}][{longest}], results[{rows}][{longest}], *y[{rows}];",
        f"const double *x[{len(numbers) or 1}];",
        f"for (ptrdiff_t first = start; first < stop; first += {longest}) {{",
        f"    const ptrdiff_t points = stop - first < {longest} ? stop - first : {longest};",
        *(
            f"    x[{each}] = piece_of(columns[{place}], steps[{place}], first, points, copies[{each}]);"
            for each, place in enumerate(numbers)
        ),
        f"    for (ptrdiff_t place = 0; place < {rows}; place++)",
        "        y[place] = step == 1 ? out + place*row + first : results[place];",
        f"    compute(points, first, columns, steps, x, y, {workspace});",
        f"    for (ptrdiff_t place = 0; step != 1 && place < {rows}; place++)",
        "        for (ptrdiff_t point = 0; point < points; point++)",
        "            out[place*row + step*(first + point)] = results[place][point];",
        "}",
    ]
