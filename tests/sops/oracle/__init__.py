"""What sops makes of a text, asked of its own code without a process for each question; see main.go."""

from __future__ import annotations

import atexit
import json
import os
import struct
import subprocess
from base64 import b64decode, b64encode
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sopskit.sops.documents import Branch, Comment, Items
from sopskit.sops.values import Time
from tests.programs import program
from tests.sops.files import new_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sopskit.sops.documents import Node
    from sopskit.sops.formats import Format
    from sopskit.sops.metadata import Selector

KEY = new_key()
DATA_KEY = os.urandom(32)
STANZA = KEY.stanza(DATA_KEY)


class Answer(NamedTuple):
    """What sops says.

    Attributes:
        error: why it refuses; empty where it does not.
        data: the plaintext as it writes it, or the encrypted text.
        trees: the values in the clear, as `wire` has them.
        unopened: how many comments did not open ("possibly unencrypted").
    """

    error: str
    data: bytes
    trees: list[Any]
    unopened: int


class Oracle:
    """A version of sops whose data key for every file is `DATA_KEY`."""

    def __init__(self, version: str) -> None:
        self._command = [program(f"oracle-{version}"), DATA_KEY.hex(), KEY.public, STANZA.enc]
        self._start()
        atexit.register(self._stop)

    def load(self, data: bytes, format: Format) -> Answer:  # noqa: A002
        """What it reads in a plaintext, and how it would write that."""
        return self._ask(verb="load", data=data, format=format)

    def encrypt(
        self,
        data: bytes,
        format: Format,  # noqa: A002
        selector: Selector | None = None,
        *,
        mac_only_encrypted: bool = False,
    ) -> Answer:
        """The plaintext encrypted."""
        name, text = selector or ("unencrypted_suffix", "_unencrypted")
        fields: dict[str, object] = {"".join(map(str.capitalize, name.split("_"))): text}
        if mac_only_encrypted:
            fields["MACOnlyEncrypted"] = True
        return self._ask(verb="encrypt", data=data, format=format, selector=fields)

    def decrypt(self, data: bytes, format: Format) -> Answer:  # noqa: A002
        """What it reads in an encrypted text whose MAC it checks, and how it writes that."""
        return self._ask(verb="decrypt", data=data, format=format)

    def _ask(self, *, data: bytes, **request: object) -> Answer:
        line = json.dumps({"data": b64encode(data).decode(), **request})
        self._in.write(line.encode() + b"\n")
        self._in.flush()
        answered = self._out.readline()
        if not answered:  # sops has some texts that end it
            self._stop()
            self._start()
            return Answer("crash", b"", [], 0)
        answer = json.loads(answered)
        return Answer(**{**answer, "data": b64decode(answer["data"] or ""), "trees": answer["trees"] or []})

    def _start(self) -> None:
        environment = {**os.environ, "GOTRACEBACK": "none"}
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout

    def _stop(self) -> None:
        self._in.close()
        self._process.wait()
        self._out.close()


@cache
def oracle(version: str = "3.13.3") -> Oracle:
    """The oracle of a version, started once."""
    return Oracle(version)


def wires(trees: Sequence[Branch]) -> list[Any]:
    """Our trees as sops's are in an answer."""
    return [wire(tree) for tree in trees]


def wire(node: Node) -> Any:
    """A value with its type, as the oracle writes it."""
    if node is None:
        return None
    if isinstance(node, Branch):
        return ["branch", *(_wire_of_item(item) for item in node.items)]
    if isinstance(node, Items):
        return ["list", *map(wire, node.items)]
    if isinstance(node, Comment):
        return ["comment", _text(node.text), node.inline]
    if isinstance(node, bool):
        return ["bool", str(node).lower()]
    if isinstance(node, int):
        return ["int", str(node)]
    if isinstance(node, float):
        return ["float", "nan" if node != node else struct.pack(">d", node).hex()]
    if isinstance(node, Time):
        return ["time", node.text]
    if isinstance(node, bytes):
        return ["bytes", _text(node.decode("utf-8", "surrogateescape"))]
    return ["str", _text(node)]


def _wire_of_item(item: tuple[str, Node] | Comment) -> Any:
    return wire(item) if isinstance(item, Comment) else ["key", wire(item[0]), wire(item[1])]


def _text(text: str) -> Any:
    data = text.encode("utf-8", "surrogateescape")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return ["hex", data.hex()]
