"""Scalars of YAML as go.yaml.in/yaml/v3 writes them, which is what sops has since 3.6.

Quotes are given wherever yaml.v3 gives them, and in a few rare cases more: they never change a value.
"""

from __future__ import annotations

import re
from functools import lru_cache

# Texts that YAML 1.1 or 1.2 takes for something else: encode.go and resolve.go of yaml.v3.
_WORDS = frozenset({"null", "true", "false", "y", "yes", "n", "no", "on", "off"})
_OTHER_TYPE = r"""
    |~|<<|=
    |[-+]?(?:0x[0-9a-f_]+|0o?[0-7_]+|0b[01_]+|[0-9][0-9_]*)
    |[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:e[-+]?[0-9]+)?
    |[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?
    |[-+]?\.inf|\.nan
    |[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:t|\s+)[0-9:.]+(?:z|\s*[-+][0-9:]+)?)?
    """
_PLAIN = re.compile(r"(?![\s#,\[\]{}&*!|>'\"%@`?:-]).+(?<!\s)")
_LITERAL = re.compile(r"[\x21-\x7e][\x20-\x7e\n]*")


def scalar(value: object) -> str:
    """A value on one line: plain where YAML reads that as the same text, else in yaml.v3's quotes."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return _text(str(value))


@lru_cache(maxsize=4096)  # names of fields, and of recipients, which many files share
def _text(text: str) -> str:
    if _is_other_type(text) or not text.isprintable():
        import json

        return json.dumps(text, ensure_ascii=not text.isprintable())
    if (
        not _PLAIN.fullmatch(text)
        or max(text) > "\ud7ff"
        or ": " in text
        or " #" in text
        or text.endswith(":")
    ):
        return "'" + text.replace("'", "''") + "'"
    return text


def _is_other_type(text: str) -> bool:
    if text[:1].isalpha():
        return text.lower() in _WORDS
    return _other_type().fullmatch(text) is not None


@lru_cache(maxsize=1)
def _other_type() -> re.Pattern[str]:
    """Compiled when it is needed: it takes 3 ms."""
    return re.compile(_OTHER_TYPE, re.VERBOSE | re.IGNORECASE)


def literal(text: str) -> list[str] | None:
    """A text of several lines as a literal block: its header and lines; None where it must be quoted."""
    if "\n" not in text or not _LITERAL.fullmatch(text) or " \n" in text or text.endswith("\n\n"):
        return None
    header = "|" if text.endswith("\n") else "|-"
    return [header, *text.removesuffix("\n").split("\n")]
