"""What is found by structure instead of by format: each kind with its triggers, and what looks at a place.

These stand beside the rules: the triggers of both are searched for in one pass.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sopskit.findings import Confidence, Severity
from sopskit.scanner.rule import KEEP, Rule
from sopskit.scanner.triggers import Trigger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sopskit.scanner.confirm import Match
    from sopskit.scanner.triggers import Span


_NAMES = (
    r"(?i:passw|pass[_ -]?phrase|pwd|pass\b|psk\b|secret|token|credential|bearer|api[_. -]?key"
    r"|(?:access|account|admin|auth|app|application|client|consumer|crypt|encrypt|encryption|hmac|jwt|license|master|private|root|security"
    r"|service|session|shared|sign|signing|storage|webhook|write)[_. -]?key)"
)
_OPERATOR = r"[0-9A-Za-z_.-]{0,24}\\?[\"'\]]{0,3}[ \t]{0,8}"  # \" in a notebook


def _rule(
    id_: str, description: str, confidence: Confidence, reference: str, *, remedy: str, grounds: str
) -> Rule:
    """What findings of a kind say; no pattern finds them."""
    return Rule(
        id=id_,
        description=description,
        provider="where it is used",
        severity=Severity.ERROR,
        confidence=confidence,
        pattern="",
        keywords=("secret",),
        references=(reference,),
        remedy=remedy,
        grounds=grounds,
    )


GENERIC = _rule(
    "generic-secret",
    "Secret in a name's value",
    Confidence.MEDIUM,
    "https://cwe.mitre.org/data/definitions/798.html",
    remedy=f"if it is real, change it in what it opens{KEEP}",
    grounds="what it is given to is named like a secret, and it looks like one",
)
KUBERNETES = _rule(
    "kubernetes-secret",
    "Value of a Kubernetes Secret in clear",
    Confidence.HIGH,
    "https://kubernetes.io/docs/concepts/configuration/secret/",
    remedy=f"change the value in what it opens{KEEP}",
    grounds="the manifest says kind: Secret",
)
SOPS = _rule(
    "sops-value-in-clear",
    "Value in clear in a file that SOPS has encrypted",
    Confidence.HIGH,
    "https://getsops.io/docs/",
    remedy="change the value in what it opens; sopskit set puts the new one in encrypted",
    grounds="the metadata of the file say that such values are encrypted",
)


#: Of a line that is too long, so much at the end of what was read is read again, with what follows.
_AGAIN = 600


class Kind(NamedTuple):
    """A kind of finding.

    Attributes:
        rule: what a finding says.
        expressions: its triggers.
    """

    rule: Rule
    expressions: tuple[str, ...]


KINDS = (
    Kind(
        GENERIC,
        (
            # in quotes, perhaps behind a type, in a call, between tags
            _NAMES
            + _OPERATOR
            + r"(?:[?.+]?[:=(,][^\"'`\n;]{0,30}|[ \t](?:string[ \t]=[ \t])?|[\"'][ \t]value=)"
            + r"(?:[\"'`]|'')[^\s\"'`$<{(][^\s\"'`]{5}",
            # bare, with a digit: a word is no secret
            _NAMES + _OPERATOR + r"(?:[:=>][>=]?|[ \t]|>\r?\n)[ \t]{0,8}[^\s\"'`$<>{}()\[\],;]{0,60}[0-9]",
            # bare, in what programs are started with: a word too
            r"(?:PASSWORD|PASSWD|_PASS|_PWD|\.password)[=:] ?[a-z]{6}",
            # what stands in for a variable that is not set
            _NAMES + _OPERATOR + r"[:=][ \t]{0,4}[\"']?\$\{[A-Za-z_][\w.]{0,60}(?::|:?[-=])[^\s\"'`$<>{}]{4}",
            # bare words, in what holds a secret of its own
            (
                r"(?i:(?:secret|(?:encrypt(?:ion)?|signing)[_-]?key)(?:_key)?(?:_base)?)"
                r"[\"']?[ \t]?[:=][ \t]?[\"']?[a-z]{1,20}[_-][a-z]"
            ),
            # a service's key
            (
                r"(?:(?i:[a-z][_-]key)|[a-z]Key)[\"'\]]{0,3}[ \t]{0,8}[:=]{1,2}>?[ \t]{0,4}[\"']?"
                r"[0-9A-Za-z+/_-]{20}"
            ),
            # the value beside the name, or below it
            _NAMES
            + r"[0-9A-Za-z_.-]{0,24}[\"']?[ \t]{0,4},?[ \t\r]{0,4}\n?[ \t]{0,40}[\"']?value[\"']?[ \t]{0,4}:",
            _NAMES
            + r"[0-9A-Za-z_.-]{0,24}[\"']?[ \t]{0,4}:[ \t]{0,4}[|>][-+]?[ \t\r]{0,4}\n[ \t]{0,40}[^\s]",
            r"(?i:variable)[ \t]{1,4}\"[^\"\n]{0,60}"
            + _NAMES
            + r"[^\"\n]{0,40}\"[ \t]{0,4}\{[^{}]{0,300}default[ \t]{0,20}=[ \t]{0,8}\"",
        ),
    ),
    Kind(KUBERNETES, (r"kind[\"']?[ \t]{0,8}:[ \t\r\n]{0,8}[\"']?Secret[\"']?[ \t]{0,8}(?:[,\r\n}#]|$)",)),
    Kind(SOPS, (r"mac[\"']?[ \t]{0,40}[:=][ \t]{0,4}[\"']?ENC\[AES256_GCM",)),
)


def triggers(first: int) -> tuple[Trigger, ...]:
    """The triggers of all kinds, numbered from `first` on."""
    return tuple(
        Trigger(number, expression, 0, 0)
        for number, kind in enumerate(KINDS, start=first)
        for expression in kind.expressions
    )


def matches_of(
    spans: Iterable[Span],
    first: int,
    content: bytes,
    path: str,
    clear_values: Callable[[str, bytes], Iterable[tuple[int, int]]] | None = None,
) -> Iterator[Match]:
    """What is found at the places of triggers.

    Args:
        spans: places, by number; joined.
        first: the number of the first kind.
        content: the text.
        path: of the text.
        clear_values: finds values in clear; without it those are not looked for.
    """
    for number, kind in enumerate(KINDS, start=first):
        places = list(_ends(kind, [span for span in spans if span.rule == number], content))
        if not places:
            continue
        if kind.rule is GENERIC:
            yield from _generic(places, content, path)
        elif kind.rule is KUBERNETES:
            yield from _kubernetes(places, content, path)
        elif clear_values is not None:
            yield from (_match(SOPS, *span) for span in clear_values(path, content))


def _ends(kind: Kind, spans: Sequence[Span], content: bytes) -> Iterator[int]:
    """Where triggers end; from what only says that they occur somewhere, they are looked for."""
    for span in spans:
        if span.low == 0 and span.high == len(content):
            for expression in kind.expressions:
                yield from (found.end() for found in re.finditer(expression.encode(), content))
        else:
            yield from range(span.low, span.high + 1)


def _generic(places: Iterable[int], content: bytes, path: str) -> Iterator[Match]:
    from sopskit.scanner.generic import judge
    from sopskit.scanner.structure import assignments, line_at, syntax_of, with_default

    syntax = syntax_of(path, content)
    done = -1
    judged: set[int] = set()
    for place in sorted(places):
        if place <= done:
            continue
        line = line_at(content, place)
        done = line.end if content[line.end : line.end + 1] in b"\r\n" else line.end - _AGAIN
        for each in assignments(content, line, syntax):
            assignment = with_default(each, content)
            if assignment.start in judged:
                continue
            judged.add(assignment.start)
            verdict = judge(assignment, content, path)
            if verdict is not None:
                rule = GENERIC._replace(severity=verdict.severity, confidence=verdict.confidence)
                yield _match(rule, assignment.start, assignment.end)


def _kubernetes(places: Iterable[int], content: bytes, path: str) -> Iterator[Match]:
    from sopskit.scanner.file_kinds import FileKind, kind_of_file
    from sopskit.scanner.kubernetes import secrets

    rule = KUBERNETES
    if kind_of_file(path) is not FileKind.CODE:
        rule = rule._replace(severity=Severity.INFO, confidence=Confidence.LOW)
    yield from (_match(rule, start, end) for start, end in secrets(content, places))


def _match(rule: Rule, start: int, end: int) -> Match:
    from sopskit.scanner.confirm import Match

    return Match(rule, start, end, start, end)
