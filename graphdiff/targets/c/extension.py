"""Functions in C as functions of Python: the source of a library that converts arguments and results.

It declares what it needs of Python's stable interface, so that Python's headers need not be installed. A call takes
about as long as one of a built-in function, a tenth of a call by ctypes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from graphdiff.operations.shapes import Shape, size_of
from graphdiff.targets.c.parameters import outputs_of, sizes_text
from graphdiff.targets.registry import Signature
from graphdiff.targets.results import Leaf, Tree, leaves

MOST_RETURNED = 1000
"""The most numbers that a call returns by themselves; more are written to an array."""
MAKER = "graphdiff_function"
"""The function of the library that returns the Python function."""

PYTHON = """
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Of Python's stable interface. */
typedef struct _object PyObject;
typedef struct {
    void *buf;
    PyObject *obj;
    ptrdiff_t len, itemsize;
    int readonly, ndim;
    char *format;
    ptrdiff_t *shape, *strides, *suboffsets;
    void *internal;
} Py_buffer;
typedef PyObject *(*Call)(PyObject *, PyObject *const *, ptrdiff_t);
typedef struct {
    const char *name;
    Call function;
    int flags;
    const char *documentation;
} PyMethodDef;
enum { WRITABLE = 0x1, FORMAT = 0x4, STRIDES = 0x18, CONTIGUOUS = 0x38, FAST_CALL = 0x80 };
extern char PyFloat_Type[], _Py_NoneStruct[];
extern PyObject *PyObject_Type(PyObject *);
extern int PyType_IsSubtype(PyObject *, PyObject *);
extern void Py_IncRef(PyObject *);
extern void Py_DecRef(PyObject *);
extern double PyFloat_AsDouble(PyObject *);
extern ptrdiff_t PyLong_AsSsize_t(PyObject *);
extern int PyObject_GetBuffer(PyObject *, Py_buffer *, int);
extern void PyBuffer_Release(Py_buffer *);
extern PyObject *PyFloat_FromDouble(double);
extern PyObject *PyTuple_New(ptrdiff_t);
extern int PyTuple_SetItem(PyObject *, ptrdiff_t, PyObject *);
extern PyObject *PyErr_Occurred(void);
extern void PyErr_Clear(void);
extern void *PyEval_SaveThread(void);
extern void PyEval_RestoreThread(void *);
extern PyObject *PyCFunction_NewEx(PyMethodDef *, PyObject *, PyObject *);

/* Read a float; 0 if it is something else. */
static inline int read_number(PyObject *object, double *number)
{
    PyObject *type = PyObject_Type(object);
    const int is_float = (char *)type == PyFloat_Type || PyType_IsSubtype(type, (PyObject *)PyFloat_Type);
    Py_DecRef(type);
    if (is_float)
        *number = PyFloat_AsDouble(object);
    return is_float;
}

/* Open the next array of doubles; 0 if it is something else. */
static inline int open_array(PyObject *object, Py_buffer *views, int *count, int flags)
{
    Py_buffer *const view = views + *count;
    if (PyObject_GetBuffer(object, view, flags | FORMAT) != 0) {
        PyErr_Clear();
        return 0;
    }
    ++*count;
    return view->format && strcmp(view->format, "d") == 0 && (uintptr_t)view->buf % 8 == 0;
}

/* Open the next array, whose entries are one after the other; 0 if it does not have this shape. */
static inline int open_shape(PyObject *object, Py_buffer *views, int *count, int flags, int axes,
                             const ptrdiff_t *shape)
{
    if (!open_array(object, views, count, flags | CONTIGUOUS) || views[*count - 1].ndim != axes)
        return 0;
    return memcmp(views[*count - 1].shape, shape, axes * sizeof *shape) == 0;
}

/* A tuple with the next object, of which it is the owner from now on; 0 if there is none. */
static inline PyObject *with_item(PyObject *tuple, ptrdiff_t place, PyObject *item)
{
    if (tuple && item && PyTuple_SetItem(tuple, place, item) == 0)
        return tuple;
    if (tuple)
        Py_DecRef(tuple);
    return 0;
}

/* Release arrays; the answer, or None if there is none and no error. */
static inline PyObject *finish(Py_buffer *views, int count, PyObject *answer)
{
    for (int i = 0; i < count; i++)
        PyBuffer_Release(views + i);
    if (!answer && !PyErr_Occurred()) {
        answer = (PyObject *)_Py_NoneStruct;
        Py_IncRef(answer);
    }
    return answer;
}
"""

EXPORT = f"""
#if defined(_WIN32)
__declspec(dllexport)
#elif defined(__GNUC__)
__attribute__((visibility("default")))
#endif
PyObject *{MAKER}(void)
{{
    static PyMethodDef definition = {{"call", call, FAST_CALL, 0}};
    return PyCFunction_NewEx(&definition, 0, 0);
}}
"""


def extension(signature: Signature, releases_lock: bool) -> str:
    """The source, to follow that of a function, of the Python function `call`.

    It takes the function's operands: floats, and contiguous arrays of doubles in the shapes of the signature. If
    returns_numbers it returns the results; otherwise the next argument is an array of doubles that receives the entries
    of all results, and it returns 0.0. The last argument is an array of doubles for the workspace, if the function has
    one. For other arguments it returns None. With releases_lock other threads of Python run meanwhile.
    """
    shapes = [leaf.shape for tree in signature.parameters for leaf in leaves(tree)]
    conditions: list[str] = []
    operands: list[str] = []
    views = numbers = 0
    for place, shape in enumerate(shapes):
        if shape:
            sizes = f"(const ptrdiff_t[]){{{', '.join(map(str, shape))}}}"
            conditions.append(f"open_shape(arguments[{place}], views, &count, 0, {len(shape)}, {sizes})")
            operands.append(pointer(f"views[{views}].buf", shape, "const "))
            views += 1
        else:
            conditions.append(f"read_number(arguments[{place}], numbers + {numbers})")
            operands.append(f"numbers[{numbers}]")
            numbers += 1
    size = count_entries(signature)
    declarations = [f"double results[{size}];"]
    if not returns_numbers(signature):
        declarations = [f"double *const results = (double *)views[{views}].buf;"]
        sizes = f"(const ptrdiff_t[]){{{size}}}"
        conditions.append(f"open_shape(arguments[{len(conditions)}], views, &count, WRITABLE, 1, {sizes})")
        views += 1
    if signature.has_workspace:
        conditions.append(takes_workspace(signature, len(conditions)))
        operands.append("(double *)views[count - 1].buf")
        views += 1
    answer = ["answer = PyFloat_FromDouble(0.0);"]
    if returns_numbers(signature):
        trees = [result.tree for result in signature.results]
        answer = _answer("answer", tuple(trees) if trees[1:] else trees[0], count())
    body = [*declarations, *invocation(signature, operands)]
    if releases_lock:
        body[1:] = ["void *const state = PyEval_SaveThread();", *body[1:], "PyEval_RestoreThread(state);"]
    lines = [
        *(f"double numbers[{numbers}];" for _ in range(bool(numbers))),
        f"Py_buffer views[{views or 1}];",
        "int count = 0;",
        "PyObject *answer = 0;",
        f"if ({' && '.join([f'size == {len(conditions)}', *conditions])}) {{",
        *(f"    {line}" for line in body),
        *(f"    {line}" for line in answer),
        "}",
        "return finish(views, count, answer);",
    ]
    return library(lines)


def takes_workspace(signature: Signature, place: int) -> str:
    """The condition that an argument is a workspace."""
    size = f"(const ptrdiff_t[]){{{signature.name}_WORKSPACE}}"
    return f"open_shape(arguments[{place}], views, &count, WRITABLE, 1, {size})"


def workspace_size(source: str, signature: Signature) -> int:
    """The numbers in the workspace of a function, from its source; 0 if it has none."""
    return int(source.partition(f"#define {signature.name}_WORKSPACE ")[2].partition("\n")[0] or 0)


def returns_numbers(signature: Signature) -> bool:
    """Whether `call` returns the results: they are numbers, and not too many for local variables."""
    has_arrays = any([leaf.shape for result in signature.results for leaf in leaves(result.tree)])
    return not has_arrays and count_entries(signature) <= MOST_RETURNED


def count_entries(signature: Signature) -> int:
    """How many entries the results have."""
    return sum([size_of(leaf.shape) for result in signature.results for leaf in leaves(result.tree)])


def library(lines: Sequence[str], functions: str = "") -> str:
    """The source of `call`, of which there are the statements, after functions that it calls."""
    head = "static PyObject *call(PyObject *self, PyObject *const *arguments, ptrdiff_t size)"
    body = "".join([f"    {line}\n" for line in ["(void)self;", *lines]])
    return f"{PYTHON}{functions}\n{head}\n{{\n{body}}}\n{EXPORT}"


def invocation(signature: Signature, operands: Sequence[str]) -> list[str]:
    """The statement that calls the function, which writes all results to `results`; the last operand is the workspace
    if it has one."""
    first = [] if outputs_of(signature.results[:1]) else ["results[0] = "]
    start = len(first)
    arrays: list[str] = []
    for output in outputs_of(signature.results):
        arrays.append(pointer(f"results + {start}", output.shape))
        start += size_of(output.shape)
    place = len(operands) - signature.has_workspace
    arguments = [*operands[:place], *arrays, *operands[place:]]
    return [f"{''.join(first)}{signature.name}({', '.join(arguments)});"]


def pointer(memory: str, shape: Shape, qualifier: str = "") -> str:
    """Memory as an array of a shape."""
    rows = sizes_text(shape[1:])
    return f"({qualifier}double {f'(*){rows}' if rows else '*'})({memory})"


def _answer(name: str, tree: Tree, places: Iterator[int]) -> list[str]:
    """The statements that set a variable to the numbers of a tree, whose places among the results are the next ones."""
    if isinstance(tree, Leaf):
        return [f"{name} = PyFloat_FromDouble(results[{next(places)}]);"]
    lines = [f"{name} = PyTuple_New({len(tree)});"]
    for place, part in enumerate(tree):
        item = f"{name}_{place}"
        lines += ["{", f"    PyObject *{item};", *(f"    {line}" for line in _answer(item, part, places))]
        lines += [f"    {name} = with_item({name}, {place}, {item});", "}"]
    return lines
