"""Scripts, styles and data inside an HTML file whose Content-Security-Policy allows nothing else."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from typing import Any

_UNSAFE = {ord(each): f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"}


def source_hash(text: str) -> str:
    """The source expression by which a Content-Security-Policy allows an element with this text."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def embedded_json(data: Any) -> str:
    """JSON that cannot close its script element or break a line of it."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False).translate(_UNSAFE)
