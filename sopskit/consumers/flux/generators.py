"""What becomes of an encrypted file that a generator reads.

Flux decrypts some of these before kustomize runs (`DecryptSources`), and values of Secrets after
(`DecryptResource`); each looks for bytes that tell the format (fluxcd/kustomize-controller,
internal/decryptor/decryptor.go).
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from sopskit.consumers.flux.encrypted import MARKERS, detected, format_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from sopskit.consumers.flux.build import Build, GeneratedRead
    from sopskit.consumers.flux.files import Files
    from sopskit.consumers.flux.overlays import Generated


class Outcome(Enum):
    """What becomes of a file, where its key is at hand."""

    DECRYPTED = auto()
    CONFIG_MAP = auto()  # of ConfigMaps nothing is decrypted
    ENV = auto()  # a field that Flux does not know
    BASES = auto()  # environment files that are reached by a field that Flux does not follow
    MAC = auto()  # the bytes that tell the format are not there
    FORMAT = auto()  # the name of the key tells another format


def decrypted_before(files: Files, build: Build) -> set[str]:
    """The files that Flux has decrypted in its copy of the source before kustomize runs."""
    formats = [(read.path, _format(read.what)) for read in build.generated if read.layer.decrypts]
    formats += [
        (read.path, format_of(read.path))
        for read in build.patches
        if read.layer.decrypts and read.what.field == "patches"
    ]
    return {path for path, format_ in formats if format_ and MARKERS[format_] in (files.text(path) or "")}


def _format(what: Generated) -> str:
    """The format that Flux takes a file of a generator for; "" where it does not look at it."""
    if what.kind != "Secret" or what.field == "env":
        return ""
    format_ = format_of(what.key or what.source.name)
    return "dotenv" if what.field == "envs" and format_ == "binary" else format_


def outcome(files: Files, read: GeneratedRead, before: Collection[str]) -> Outcome:
    """What becomes of a file that a generator reads.

    Args:
        files: of the source.
        read: the file, which is encrypted.
        before: what is decrypted before kustomize runs.
    """
    what = read.what
    if what.kind == "ConfigMap":
        return Outcome.DECRYPTED if read.path in before else Outcome.CONFIG_MAP
    if what.field == "files" and _is_of_another_format(files, read):
        return Outcome.FORMAT
    if read.path in before:
        return Outcome.DECRYPTED
    if what.field == "env":
        return Outcome.ENV
    if what.field == "envs":
        return Outcome.MAC if read.layer.decrypts else Outcome.BASES
    return Outcome.DECRYPTED if detected(files.text(read.path) or "") else Outcome.MAC


def _is_of_another_format(files: Files, read: GeneratedRead) -> bool:
    """Whether a key whose name stands for a whole file is given one with values of its own."""
    if format_of(read.what.key) != "binary":
        return False
    content = files.text(read.path) or ""
    formats = detected(content)
    return bool(formats) and ("binary" not in formats or format_of(read.path) == "json")
