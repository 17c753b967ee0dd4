"""Run in Pyodide while the page is built: compiles the Python files of /sources for the place they have in the page."""

import os
import re
import shutil
from importlib._bootstrap_external import _code_to_hash_pyc
from importlib.util import source_hash
from pathlib import Path
from types import CodeType

LIBRARY = "/lib/python3.14"
PLACES = {"stdlib": LIBRARY, "site": f"{LIBRARY}/site-packages"}
UNUSED = [
    *("_pyrepl", "bdb", "ctypes", "curses", "dbm", "doctest", "email", "ensurepip", "ftplib", "http", "idlelib"),
    *("imaplib", "ipaddress", "lib2to3", "mailbox", "multiprocessing", "optparse", "pdb", "pickletools", "plistlib"),
    *("poplib", "profiling", "pstats", "pydoc", "pydoc_data", "smtplib", "sqlite3", "tarfile", "tkinter"),
    *("turtle", "turtledemo", "unittest", "venv", "wsgiref", "xml", "xmlrpc", "_pyio", "_pydatetime", "_pydecimal"),
    "_sysconfigdata__emscripten_wasm32-emscripten",
    *("mpmath/tests", "rich/progress", "rich/traceback", "rich/syntax"),
]
"""Parts of the standard library and of packages that the page does not need: modules, and packages with all in them."""
READ_AS_TEXT = r"graphdiff/(targets/\w+_definitions|operations/ieee)\.py"
"""Python files from which graphdiff copies functions into generated code."""
ENCODINGS = (
    "__init__",
    "aliases",
    "ascii",
    "cp437",
    "idna",
    "latin_1",
    "raw_unicode_escape",
    "unicode_escape",
    "utf_8",
    "utf_16",
)


def is_needed(name: str) -> bool:
    """Whether the page has a module, named as a file without its suffix."""
    folder, _, module = name.rpartition("/")
    if folder == "encodings":
        return module in ENCODINGS
    return not any(name == each or name.startswith(f"{each}/") for each in UNUSED)


def without_lines(code: CodeType) -> CodeType:
    """A code without line numbers: a tenth of the page."""
    constants = [without_lines(each) if isinstance(each, CodeType) else each for each in code.co_consts]
    return code.replace(co_linetable=b"", co_consts=tuple(constants))


for kind, place in PLACES.items():
    for folder, _, files in os.walk(f"/sources/{kind}"):
        for file in files:
            path = os.path.join(folder, file)
            name = os.path.relpath(path, f"/sources/{kind}")
            if ".dist-info/" in name or not is_needed(os.path.splitext(name)[0]):
                continue
            target = f"/sources/compiled{place}/{name}"
            os.makedirs(os.path.dirname(target), exist_ok=True)
            if file.endswith(".py"):
                source = Path(path).read_bytes()
                code = without_lines(compile(source, f"{place}/{name}", "exec", optimize=2, dont_inherit=True))
                with open(f"{target}c", "wb") as compiled:
                    compiled.write(_code_to_hash_pyc(code, source_hash(source), False))
            if not file.endswith((".py", ".pyc", ".pyi")) or re.fullmatch(READ_AS_TEXT, name):
                shutil.copy(path, target)
