"""Python texts, at random and of pieces of real ones: a program, or an error at a place, and nothing is run."""

from __future__ import annotations

import ast
from functools import lru_cache
from pathlib import Path

from graphdiff.errors import GraphdiffError
from graphdiff.language.program import Program
from graphdiff.reading.python.read import read_python
from graphdiff.source import Source
from support.fuzz.choices import Choices, spoil
from support.fuzz.outcomes import assert_tells

FOLDER = Path(__file__).parent.parent / "python_functions"
NAMES = ["x", "y", "w", "A", "n", "i", "f", "g", "np", "math", "torch", "e", "pi", "self", "_", "print", "x_2", "list"]
CALLS = [
    *("f", "g", "np.exp", "np.sum", "math.sqrt", "max", "min", "sum", "len", "range", "zip", "enumerate", "abs", "int"),
    *("np.array", "np.where", "np.zeros", "np.dot", "torch.std", "F.mse_loss", "F.softmax", "round", "float", "list"),
    *("np.clip", "np.einsum", "np.linspace", "np.arange", "open", "np.std", "norm.cdf", "isinstance", "map", "divmod"),
]
METHODS = ["sum", "mean", "T", "shape", "dot", "append", "reshape", "std", "max", "item", "size", "backward", "pop"]
OPERATORS = ["+", "-", "*", "/", "**", "@", "%", "//", "<", ">=", "==", " and ", " or ", "&", "|", "^", " if x else "]
LITERALS = ["0", "1", "2", "3", "0.5", "-1", "1e3", "True", "None", "'a'", "3j", "1_0", "0x1f", "1e400", "10**9", "..."]
PIECES = [
    *(
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ":",
        ",",
        "=",
        "\n",
        "\n    ",
        "    ",
        "def f(x):\n    ",
        "return ",
        "lambda x: ",
        "if ",
    ),
    *(
        "else:",
        "for i in range(3):",
        "while ",
        ":=",
        "yield",
        "await ",
        "import ",
        "from ",
        "*",
        "**",
        "'",
        '"',
        "f'{x}'",
    ),
    *(
        "\\",
        "\t",
        "\r\n",
        "\0",
        "é",
        "𝑥",
        "·",
        "#",
        ".",
        "__class__",
        "global x",
        "del x",
        "try:",
        "class A:",
        "@jit\n",
        "+=",
    ),
    *NAMES,
    *CALLS,
    *OPERATORS,
    *LITERALS,
]
DEEPEST = 5


@lru_cache(maxsize=1)
def functions() -> list[str]:
    """The functions that people write, one by one, with the imports of their modules."""
    texts = []
    for path in sorted(FOLDER.glob("*.py")):
        text = path.read_text("utf-8")
        tree = ast.parse(text)
        imports = [ast.get_source_segment(text, node) for node in tree.body if isinstance(node, ast.Import)]
        parts = [ast.get_source_segment(text, node) for node in tree.body if isinstance(node, ast.FunctionDef)]
        texts += ["\n".join(filter(None, [*imports, part])) for part in parts]
    return texts


def expression(choices: Choices, depth: int = 0) -> str:
    def inner() -> str:
        return expression(choices, depth + 1)

    kind = choices.number(12) if depth < DEEPEST else choices.number(1)
    if kind == 0:
        return choices.one_of(NAMES)
    if kind == 1:
        return choices.one_of(LITERALS)
    if kind <= 4:
        return f"({inner()}{choices.one_of(OPERATORS)}{inner()})".replace(" if x else ", f" if {inner()} else ")
    if kind <= 6:
        arguments = ", ".join(inner() for _ in range(choices.number(3)))
        return f"{choices.one_of(CALLS)}({arguments})"
    if kind == 7:
        method = choices.one_of(METHODS)
        return f"{inner()}.{method}" + (f"({inner() if choices.number(1) else ''})" if choices.number(1) else "")
    if kind == 8:
        return f"{inner()}[{inner()}{choices.one_of(['', ':', ', 0', ':1', ', None'])}]"
    if kind == 9:
        return choices.one_of(["[{}, {}]", "({}, {})", "{{'a': {}, 'b': {}}}"]).format(inner(), inner())
    if kind == 10:
        return f"[{inner()} for {choices.one_of(NAMES)} in {inner()}]"
    if kind == 11:
        return choices.one_of([f"-{inner()}", f"not {inner()}", f"lambda x: {inner()}", f"~{inner()}", f"+{inner()}"])
    return f"sum({inner()} for i in range({choices.one_of(LITERALS)}))"


def block(choices: Choices, depth: int, indent: str) -> str:
    lines = []
    for _ in range(1 + choices.number(3)):
        value = expression(choices, 2)
        name = choices.one_of(NAMES)
        kind = choices.number(9) if depth < 3 else choices.number(4)
        deeper = indent + "    "
        if kind <= 1:
            lines.append(f"{indent}{name} = {value}")
        elif kind == 2:
            lines.append(f"{indent}{name} {choices.one_of(['+', '*', '-', '/', '**'])}= {value}")
        elif kind == 3:
            lines.append(f"{indent}return {value}")
        elif kind == 4:
            lines.append(
                f"{indent}{choices.one_of([value, f'x, y = {value}', f'x[0] = {value}', 'break', 'continue'])}"
            )
        elif kind <= 6:
            lines.append(f"{indent}if {value}:\n{block(choices, depth + 1, deeper)}")
            if choices.number(1):
                lines.append(f"{indent}else:\n{block(choices, depth + 1, deeper)}")
        elif kind == 7:
            lines.append(f"{indent}for {name} in {value}:\n{block(choices, depth + 1, deeper)}")
        elif kind == 8:
            lines.append(f"{indent}def {name}(x, y=1):\n{block(choices, depth + 1, deeper)}")
        else:
            lines.append(f"{indent}while {value}:\n{block(choices, depth + 1, deeper)}")
    return "\n".join(lines)


def text_of(choices: Choices) -> str:
    kind = choices.number(3)
    if kind == 0:
        return choices.rest().decode("utf-8", "replace")
    if kind == 1:
        return spoil(choices, spoil(choices, choices.one_of(functions()), PIECES), PIECES)
    if kind == 2:
        return block(choices, 0, "")
    text = f"import numpy as np\ndef g(x):\n    return {expression(choices, 2)}\ndef f(x, y=2, n=3):\n"
    return text + block(choices, 0, "    ") + f"\n    return {expression(choices)}"


def python(data: bytes) -> None:
    """A program, whose every node stands in the text; or an error at a place."""
    source = Source(text_of(Choices(data)))
    try:
        reading = read_python(source)
        graph = Program(source, reading.statements).graph()
    except GraphdiffError as error:
        assert_tells(error)
        return
    for node in graph.nodes:
        assert node.span is None or 0 <= node.span[0] <= node.span[1] <= len(source.text)
    assert set(reading.values) <= set(graph.input_names)
    assert all(isinstance(note, str) for note in reading.notes)
    from support.fuzz.surfaces import assert_reads_back

    assert_reads_back(graph)
