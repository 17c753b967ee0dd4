"""Build hook: puts into the wheel the parser's tables, so that no start has to make them, and the manual page.

An editable installation has neither: it keeps the tables in the user's cache, anew whenever the grammar changes.
"""

import runpy
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class GeneratedFilesHook(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from graphdiff.language import tables
        from graphdiff.language.resources import read_grammar_file

        self.folder = TemporaryDirectory()
        for grammar, file in tables.FILES.items():
            path = Path(self.folder.name) / file
            path.write_text(tables.to_json(tables.make(read_grammar_file(grammar))), encoding="utf-8")
            build_data["force_include"][str(path)] = f"graphdiff/grammar/{file}"
        path = Path(self.folder.name) / "graphdiff.1"
        manual_page = runpy.run_path(str(Path(self.root) / "docs" / "manual_page.py"))["manual_page"]
        path.write_text(manual_page(self.metadata.version), encoding="utf-8")
        build_data["shared_data"][str(path)] = "share/man/man1/graphdiff.1"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version != "editable":
            self.folder.cleanup()
