"""Flux: Kustomizations, the secret files that they apply, and the keys that they decrypt with.

Source: https://fluxcd.io/flux/components/kustomize/kustomizations/ and the code of the controller; what each
defect does was run against kustomize-controller 1.9.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sopskit.consumers.flux import decryption
from sopskit.consumers.flux.model import Flux, read_flux
from sopskit.consumers.interface import CannotTell, Consumer
from sopskit.findings import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.consumers.flux.build import Problem
    from sopskit.consumers.flux.kustomizations import Kustomization
    from sopskit.consumers.interface import Source


def flux_of(source: Source) -> Flux:
    """What Flux makes of a repository, read once."""
    if "flux" not in source.memo:
        source.memo["flux"] = read_flux(source)
    return cast("Flux", source.memo["flux"])


def read(source: Source) -> Iterator[Consumer | CannotTell]:
    """Every Kustomization that decrypts, in every cluster, and what is not clear about one."""
    flux = flux_of(source)
    for path, line in flux.unreadable:
        yield CannotTell("flux", place_of(source, path, line), "is no plain YAML")
    given: set[Consumer | CannotTell] = set()
    for each in flux.kustomizations:
        if each.decrypts and not each.source:
            for found in _consumer(source, flux, each):
                if found not in given:
                    given.add(found)
                    yield found


def _consumer(source: Source, flux: Flux, each: Kustomization) -> Iterator[Consumer | CannotTell]:
    place = place_of(source, each.path, each.line())
    for message in unclear(each):
        yield CannotTell("flux", place, message)
    secret = decryption.secret_of(each, flux.controller)
    hosts = decryption.bound_hosts(secret, each.clusters, source.bindings) if secret is not None else ()
    paths = tuple(sorted(flux.secret_paths(each)))
    yield Consumer("flux", each.name, each.namespace, paths, hosts[0] if hosts else None, place)


def unclear(each: Kustomization) -> Iterator[str]:
    """What is not known of what a Kustomization builds."""
    if each.unclear:
        yield each.unclear
    if each.build is not None:
        for problem in each.build.problems:
            yield f"{problem.path} {problem.message}" if problem.path else problem.message


def place_of(source: Source, path: str, line: int) -> Place:
    """A line of a file."""
    return Place.of_line(path, source.text(path) or "", line) if line else Place(path)


def is_abandoned(each: Kustomization, problem: Problem) -> bool:
    """Whether a problem only shows that nobody applies a Kustomization: an example, or an old one."""
    return each.is_entry and each.name != "flux-system" and not problem.path
