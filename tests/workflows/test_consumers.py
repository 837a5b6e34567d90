"""What a host that is taken away was read with."""

from __future__ import annotations

from sopskit.consumers.interface import Consumer, Consumers
from sopskit.findings import Place
from sopskit.workflows.consumers import losing_consumers


def consumer(kind: str, name: str, host: str | None, *paths: str, namespace: str = "") -> Consumer:
    return Consumer(kind, name, namespace, paths, host, Place("a"))


def lines(*found: Consumer) -> list[str]:
    return list(losing_consumers(Consumers(found), "nova", {"a.yaml", "b.yaml"}))


def test_a_consumer_with_the_host_s_key_or_perhaps_with_it() -> None:
    assert lines(
        consumer("compose", "compose.yaml", None, "a.yaml"),
        consumer("nix", "nova", "nova", "a.yaml"),
        consumer("nix", "nova", "nova", "b.yaml", "c.yaml"),
        consumer("argocd", "web", "nova", "b.yaml", namespace="argocd"),
    ) == [
        "nix nova can no longer read a.yaml and 1 more: it reads with the key of nova",
        "argocd argocd/web can no longer read b.yaml: it reads with the key of nova",
        "compose compose.yaml reads a.yaml, and no longer can if with the key of nova",
    ]


def test_others_are_not_named() -> None:
    assert (
        lines(consumer("nix", "cedar", "cedar", "a.yaml"), consumer("command", "Makefile", None, "c.yaml"))
        == []
    )


def test_many_are_counted() -> None:
    found = lines(*(consumer("flux", f"app-{n}", "nova", "a.yaml") for n in range(50)))
    assert len(found) == 11
    assert found[-1] == "40 more consumers of these files: sopskit access --by consumer"


def test_names_that_no_terminal_should_see() -> None:
    assert "\x1b" not in "".join(lines(consumer("nix", "\x1b[2J", "nova", "a.yaml")))
