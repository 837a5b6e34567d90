"""How much there is of something. Imports nothing: hooks wait for this."""

from __future__ import annotations


def count(number: int, noun: str) -> str:
    """`1 file`, `2 files`, `no files`."""
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def read(size: int) -> str:
    """How many bytes were read: `12.3 MB read`."""
    return f"{size / 1e6:.1f} MB read"


def clean_scan(files: int, size: int) -> str:
    """What a scan says at its end that has found nothing in some files."""
    return f"{count(0, 'finding')} in {count(files, 'file')}; {read(size)}"
