"""Look for bytes that break something: `python tests/fuzz.py SURFACE --seconds 600`.

With --random the bytes are random, and each process is short-lived, so that memory cannot grow; otherwise atheris,
which must be installed, looks for bytes that reach new code. Finds are kept in a folder; its finds.txt lists what
each raised.
"""

from __future__ import annotations

import argparse
import faulthandler
import gc
import os
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
import zlib
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

LONGEST = 10
"""Seconds of work after which an input is a find as well."""
BATCH = 5000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("surface")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--random", action="store_true")
    parser.add_argument("--runs", type=int, default=10**9)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=Path("finds"), help="where the corpus and the finds are kept")
    asked = parser.parse_args()
    folder = asked.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(tempfile.mkdtemp())
    warnings.simplefilter("error")
    (random_bytes if asked.random else covering_bytes)(asked, folder)


def random_bytes(asked: Any, folder: Path) -> None:
    surface = import_module("support.fuzz.surfaces").SURFACES[asked.surface]
    for number in range(200):  # what is imported at first use, processes to come have
        with suppress(Exception):  # it is found again
            surface(random.Random(number).randbytes(100))
    begun, done, batch = time.monotonic(), 0, asked.seed
    while done < asked.runs and time.monotonic() - begun < asked.seconds:
        child = os.fork()
        if child == 0:
            _batch(surface, asked.surface, batch, folder)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            print(f"batch {batch} ended with status {status}", flush=True)
        done, batch = done + BATCH, batch + 1
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        if batch % 2 == 0:
            cpu = used.ru_utime + used.ru_stime
            print(f"{asked.surface}: {done:,} inputs, {cpu:.0f} s, {used.ru_maxrss >> 10} MB", flush=True)


def _batch(surface: Any, name: str, batch: int, folder: Path) -> None:
    faulthandler.enable()
    gc.freeze()
    gc.set_threshold(20_000)

    def too_long(number: int, frame: Any) -> None:
        raise TimeoutError(f"more than {LONGEST} s")

    signal.signal(signal.SIGVTALRM, too_long)
    draws = random.Random(batch)
    for number in range(BATCH):
        data = draws.randbytes(int(draws.paretovariate(0.8) * 16) % 300)
        signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST)
        try:
            surface(data)
        except BaseException as error:
            _keep(folder, f"{name}-{batch}-{number}", data, error)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _keep(folder: Path, name: str, data: bytes, error: BaseException) -> None:
    (folder / name).write_bytes(data)
    report = "".join(traceback.format_exception(error, limit=-6, chain=False))
    with open(folder / "finds.txt", "a") as finds:
        finds.write(f"=== {name}\n{report}\n")


def covering_bytes(asked: Any, folder: Path) -> None:
    atheris = import_module("atheris")
    with atheris.instrument_imports(include=["graphdiff"]):
        surface = import_module("support.fuzz.surfaces").SURFACES[asked.surface]
        for name in import_module("support.fuzz.outcomes").COMMANDS:
            import_module(f"graphdiff.cli.{name}")
    corpus = folder / asked.surface
    corpus.mkdir(exist_ok=True)
    for number, seed in enumerate(import_module("support.fuzz.seeds").seeds(asked.surface)):
        (corpus / f"seed-{number}").write_bytes(seed)
    words = Path("words")
    words.write_text("".join(f'"{word}"\n' for word in import_module("support.fuzz.seeds").words()))
    options = [f"-max_total_time={asked.seconds:.0f}", f"-dict={words}", f"-artifact_prefix={folder}/"]
    options += [f"-timeout={LONGEST}", "-rss_limit_mb=4000", "-max_len=400", "-print_final_stats=1"]

    def one(data: bytes) -> None:
        try:
            surface(data)
        except Exception as error:
            _keep(folder, f"{asked.surface}-{zlib.crc32(data)}", data, error)

    atheris.Setup([sys.argv[0], *options, str(corpus)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
