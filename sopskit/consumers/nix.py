"""NixOS with sops-nix: the files that a host's configuration names, read without running Nix.

Source: https://github.com/Mic92/sops-nix (`sops.defaultSopsFile`, `sops.secrets.<name>.sopsFile`). A file is
understood where it is written as a path, or as a text behind the root of the repository; all else is left
out, and said to be.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from sopskit.consumers.interface import CannotTell, Consumer
from sopskit.consumers.nix_tokens import Kind, tokens
from sopskit.findings import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sopskit.consumers.interface import Source
    from sopskit.consumers.nix_tokens import Token

_OPTIONS = ("defaultSopsFile", "sopsFile")
_CANDIDATE = re.compile("|".join(_OPTIONS))

# Where people keep a host's configuration: hosts/NAME/default.nix, hosts/NAME.nix, machines/NAME/.
_HOST = re.compile(
    r"(?:^|/)(?:hosts?|machines?|nodes?|servers?|systems?(?:/[a-z0-9_]+-(?:linux|darwin))?)"
    r"/(?P<name>[^/]+?)(?:\.nix|/)"
)
_NO_HOST = ("common", "shared", "modules", "default", "profiles", "lib", "optional", "global")
_PREFIX = re.compile(r"^(?:server|host|machine)[_-]")

#: Functions that put the root of the repository in front of a text, whatever set they are in.
_FROM_ROOT = re.compile(r"^(?:relativeToRoot|fromRoot|rootPath|relative_to_root)$")
_SELF = re.compile(r"^\$\{(?:inputs\.)?(?:self|root)(?:\.outPath)?\}")
_MOST_TOKENS = 12  # of an expression that is understood


class _Use(NamedTuple):
    """A file that a configuration names.

    Attributes:
        path: relative to the repository; None where the expression is not understood.
        place: where it is named.
    """

    path: str | None
    place: Place


def read(source: Source) -> Iterator[Consumer | CannotTell]:
    """The files of each host, and of modules whose hosts are not known."""
    by_host: dict[str, list[_Use]] = {}
    for path in source.paths:
        if path.endswith(".nix"):
            text = source.text(path)
            if text is not None and _CANDIDATE.search(text):
                by_host.setdefault(_host_in(path) or path, []).extend(_uses(path, text))
    for name, uses in by_host.items():
        yield from (
            CannotTell("nix", use.place, "the file is put together by code")
            for use in uses
            if use.path is None
        )
        yield from _consumers(source, name, [use for use in uses if use.path is not None])


def _host_in(path: str) -> str | None:
    """The name of the host whose folder a file lies in."""
    match = _HOST.search(path)
    return match["name"] if match and match["name"] not in _NO_HOST else None


def _consumers(source: Source, name: str, uses: Sequence[_Use]) -> Iterator[Consumer]:
    """One for each host that a name is bound to, and each place: an audit says which line is wrong."""
    for host in source.bindings.get(f"nix:{name}") or (matching_host(source, name),):
        for use in uses:
            yield Consumer("nix", name, "", (use.path or "",), host, use.place)


def matching_host(source: Source, name: str) -> str | None:
    """The host of that name, role prefix aside and `-` equal to `_`; None where there is none, or several."""
    wanted = _plain(name)
    found = [host for host in source.hosts if _plain(host) == wanted]
    return found[0] if len(found) == 1 else None


def _plain(name: str) -> str:
    return _PREFIX.sub("", name).replace("-", "_").lower()


def _uses(path: str, text: str) -> Iterator[_Use]:
    """Each `... = EXPRESSION;` whose attribute is one of the options."""
    found = list(tokens(text))
    for number, token in enumerate(found):
        if token.kind is not Kind.WORD or token.text not in _OPTIONS:
            continue
        if number + 1 < len(found) and found[number + 1].text == "=":
            expression = _until_semicolon(found, number + 2)
            end = expression[-1].end if expression else token.end
            yield _Use(_file(path, expression), Place.of_span(path, text, token.start, end))


def _until_semicolon(found: Sequence[Token], start: int) -> list[Token]:
    """The tokens of an expression; one more than is understood where it is longer."""
    expression = []
    for token in found[start : start + _MOST_TOKENS + 1]:
        if token.kind is Kind.SIGN and token.text == ";":
            break
        expression.append(token)
    return expression


def _file(path: str, expression: Sequence[Token]) -> str | None:
    """The file that an expression names, relative to the repository."""
    found = [token for token in expression if token.text not in ("(", ")")]
    if not found or len(expression) > _MOST_TOKENS:
        return None
    last, before = found[-1], found[:-1]
    words = "".join(token.text for token in before)
    folder = posixpath.dirname(path)
    if last.kind is Kind.PATH and not before and last.text.startswith("."):
        return _inside(folder, last.text)
    if last.kind is not Kind.STRING:
        return None
    text = _SELF.sub("", last.text)
    if "${" in text:
        return None
    if text != last.text:
        return _inside("", text.lstrip("/")) if not before else None
    if _FROM_ROOT.match(words.rpartition(".")[2]) and all(
        t.kind is Kind.WORD or t.text == "." for t in before
    ):
        return _inside("", text.lstrip("/"))
    if re.fullmatch(r"(?:inputs\.)?(?:self|root)\+", words) and text.startswith("/"):
        return _inside("", text.lstrip("/"))
    if re.fullmatch(r"\./?\.?\+|\.\./?\.?\+", words) and text.startswith("/"):
        return _inside(folder, words.rstrip("+") + text)
    return None


def _inside(folder: str, path: str) -> str | None:
    joined = posixpath.normpath(posixpath.join(folder, path))
    return None if joined.startswith(("../", "/")) or joined == ".." else joined
