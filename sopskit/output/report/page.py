"""Putting the page together: template, style, scripts and data become one file.

Untrusted text reaches the page as JSON only, which the scripts write with `textContent`. The policy (CSP)
lets run what is hashed, and lets nothing be loaded: even what slipped through could not reach the network.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sopskit.text.shown import mask_private, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

_FOLDER = Path(__file__).parent

#: What ends a script, or begins a comment in it, and what JSON has but a script's text had not always.
_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}

_POLICY = "default-src 'none'; script-src {script}; style-src {style}; base-uri 'none'; form-action 'none'"


class Kind(NamedTuple):
    """What a page is about.

    Attributes:
        scripts: what draws it, in this order.
        kicker: stands above the title.
        first: the id of the first section.
        skip: the words of the link to it.
        instead: the command that shows the same without a browser.
    """

    scripts: tuple[str, ...]
    kicker: str
    first: str
    skip: str
    instead: str


ACCESS = Kind(
    ("elements.js", "model.js", "matrix.js", "moving.js", "lists.js", "sections.js", "main.js"),
    "Who can read which secret",
    "access",
    "Skip to the access matrix",
    "sopskit access",
)
SCAN = Kind(
    ("elements.js", "lists.js", "sections.js", "scan.js"),
    "Secrets that are not encrypted",
    "findings",
    "Skip to the findings",
    "sopskit scan",
)


def page(title: str, data: Mapping[str, Any], kind: Kind = ACCESS) -> str:
    """The page.

    Args:
        title: of the window; may be hostile.
        data: what the last of the scripts reads, as plain lists, dictionaries, texts and numbers.
        kind: what it is about.
    """
    style = _text("style.css")
    script = "\n".join(_text(name) for name in kind.scripts)
    words = {name: html.escape(text) for name, text in kind._asdict().items() if isinstance(text, str)}
    parts = words | {
        "policy": html.escape(_POLICY.format(script=_hash(script), style=_hash(style)), quote=False),
        "title": html.escape(shown(title)),
        "style": style,
        "script": script,
        "data": embedded(data),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], _text("page.html"))


def embedded(data: Mapping[str, Any]) -> str:
    """JSON that can stand in a `<script type="application/json">`: nothing in it ends the element."""
    return mask_private(json.dumps(data, separators=(",", ":"))).translate(_ESCAPES)


def _text(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
