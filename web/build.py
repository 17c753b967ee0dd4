"""Makes dist/graphdiff.html: the page that holds all of graphdiff, with Python, in one file.

    python web/build.py

`pip install -e ".[page]"` installs what it needs, Node included. What it downloads is pinned, with checksums, in
package-lock.json and requirements.txt.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from string import Template
from zipfile import ZipFile

import zstandard

HERE = Path(__file__).parent
BUILD = HERE / "build"
PAGE = HERE / "dist" / "graphdiff.html"
MODULES = HERE / "node_modules"
WINDOW_LOG = 26
"""The compressor looks back over 64 MiB: the data of the program stands in its memory again."""


def main() -> None:
    install_node_modules()
    if "--scripts" not in sys.argv:  # while the page's own scripts are being written, its Python stays as it is
        shutil.rmtree(BUILD, ignore_errors=True)
        gather_python()
        run("node", "snapshot.mjs", str(BUILD), str(BUILD))
        compress()
    bundle()
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), "utf-8")
    print(f"{PAGE}: {PAGE.stat().st_size / 1e6:.1f} MB")


def run(*command: str) -> None:
    """Run a program in this folder."""
    folder = os.pathsep.join([os.environ.get("PATH", ""), str(Path(sys.executable).parent)])
    program = shutil.which(command[0], path=folder)
    if program is None:
        raise SystemExit(f"error: {command[0]} is missing; pip install -e '.[page]' installs it")
    subprocess.run([program, *command[1:]], cwd=HERE, check=True, env={**os.environ, "PATH": folder})


def install_node_modules() -> None:
    """Install what package-lock.json names, unless it is there."""
    lock = (HERE / "package-lock.json").read_bytes()
    mark = MODULES / ".lock"
    if not mark.exists() or mark.read_text() != sha256(lock).hexdigest():
        run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")
        mark.write_text(sha256(lock).hexdigest())


def gather_python() -> None:
    """Put Python's library, graphdiff and the packages that it needs into folders for Pyodide to compile."""
    wheels, site = BUILD / "wheels", BUILD / "site"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    required = ["--require-hashes", "--no-deps", "--only-binary=:all:", "-r", str(HERE / "requirements.txt")]
    subprocess.run([*pip, "download", *required, "-d", str(wheels)], check=True)
    subprocess.run([*pip, "wheel", "--no-deps", "-w", str(wheels), str(HERE.parent)], check=True)
    for wheel in wheels.glob("*.whl"):
        ZipFile(wheel).extractall(site)
    for file in ("page_driver.py", "warm_up.py"):
        shutil.copy(HERE / "python" / file, site)
    ZipFile(MODULES / "pyodide" / "python_stdlib.zip").extractall(BUILD / "stdlib")


def bundle() -> None:
    """Make one script of the page's modules, and one of the worker's."""
    stepping = (HERE.parent / "graphdiff" / "page" / "page.js").read_text("utf-8")
    ends = "return { pause, step: () => until, isLast: () => until === WHOLE };"
    (BUILD / "stepping.js").write_text(f"export function run(root, data) {{\n{stepping}\n{ends}\n}}\n", "utf-8")
    common = ["--bundle", "--minify", "--charset=utf8", "--log-level=warning", "--external:node:*", "--external:ws"]
    esbuild = str(MODULES / ".bin" / "esbuild")
    own = ["--format=iife", f"--alias:stepping={BUILD}/stepping.js", f"--outfile={BUILD}/main.js"]
    run(esbuild, "page/main.js", *common, *own)
    # Pyodide refuses workers that could import scripts; those that are modules do not start from a file in Chromium.
    banner = "--banner:js=self.importScripts = undefined;"
    run(esbuild, "page/worker.js", *common, "--format=iife", banner, f"--outfile={BUILD}/worker.js")


def compress() -> None:
    """Put Python's program, its memory and its files into one compressed image, with the sizes of the three."""
    paths = MODULES / "pyodide" / "pyodide.asm.wasm", BUILD / "snapshot.bin", BUILD / "files.bin"
    parts = [path.read_bytes() for path in paths]
    level = zstandard.ZstdCompressionParameters.from_level(22, window_log=WINDOW_LOG, enable_ldm=True)
    image = zstandard.ZstdCompressor(compression_params=level).compress(b"".join(parts))
    (BUILD / "image.zst").write_bytes(image)
    (BUILD / "sizes.json").write_text(json.dumps([len(part) for part in parts]))


def page() -> str:
    """The whole document."""
    style = (HERE.parent / "graphdiff" / "page" / "page.css").read_text("utf-8")
    script = (BUILD / "main.js").read_text("utf-8")
    return Template((HERE / "page" / "index.html").read_text("utf-8")).substitute(
        style=style + (HERE / "page" / "page.css").read_text("utf-8"),
        script=_inert(script),
        script_hash=f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'",
        worker=_inert((BUILD / "worker.js").read_text("utf-8")),
        licences=_inert(licences()),
        sizes=(BUILD / "sizes.json").read_text(),
        image=b64encode((BUILD / "image.zst").read_bytes()).decode(),
    )


def licences() -> str:
    """The notices of all programs in the page, and the licences of the packages."""
    files = [*sorted((BUILD / "site").glob("*.dist-info/licenses/LICENSE*")), MODULES / "fzstd" / "LICENSE"]
    texts = [(HERE / "licences.txt").read_text("utf-8")]
    for file in files:
        package = next(part.partition("-")[0] for part in reversed(file.parts[:-1]) if part != "licenses")
        texts.append(f"{package}\n\n{file.read_text('utf-8')}")
    return "\n\n".join(texts)


def _inert(text: str) -> str:
    """A text that cannot end the element that holds it."""
    if "</script" in text.lower() or "<!--" in text:
        raise SystemExit("error: the text of a script holds the end of its element")
    return text


if __name__ == "__main__":
    main()
