"""Build hook that adds the parser's tables to the wheel, so that graphdiff starts without building them.

An editable installation builds them when they are needed, and keeps them in the user's cache until the grammar changes.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class TablesHook(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from graphdiff.language import tables
        from graphdiff.language.resources import read_grammar_file

        self.folder = TemporaryDirectory()
        path = Path(self.folder.name) / tables.TABLES
        path.write_text(tables.to_json(tables.make(read_grammar_file(tables.GRAMMAR))), encoding="utf-8")
        build_data["force_include"][str(path)] = f"graphdiff/grammar/{tables.TABLES}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version != "editable":
            self.folder.cleanup()
