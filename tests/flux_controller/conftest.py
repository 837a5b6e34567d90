"""One Flux for all tests of this folder: starting it takes longer than all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.flux_controller.flux import SHARD, WIDGETS, flux, running_controller
from tests.flux_controller.key_pairs import CLUSTER
from tests.flux_controller.samples import GLOBAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.flux_controller.flux import Flux

#: Kinds that repositories of the tests apply, and whose controllers are not there.
FOREIGN = (
    ("HelmRelease", "helm.toolkit.fluxcd.io", "v2"),
    ("Provider", "notification.toolkit.fluxcd.io", "v1beta3"),
    ("Alert", "notification.toolkit.fluxcd.io", "v1beta3"),
    ("Cluster", "postgresql.cnpg.io", "v1"),
    ("MariaDB", "k8s.mariadb.com", "v1alpha1"),
    ("ReplicationSource", "volsync.backube", "v1alpha1"),
)
#: The definition of a kind of which the API server knows every field.
WIDGET = {
    "metadata": {"name": f"widgets.{WIDGETS}"},
    "spec": {
        "group": WIDGETS,
        "names": {"kind": "Widget", "plural": "widgets", "singular": "widget"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {"type": "object", "properties": {"password": {"type": "string"}}}
                        },
                    }
                },
            }
        ],
    },
}


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flux]:
    """A cluster on which Flux watches every namespace; those of a shard have a controller with a key."""
    folder = tmp_path_factory.mktemp("flux")
    with flux(folder) as started:
        for kind, group, version in FOREIGN:
            started.server.permit(kind, group, version)
        started.server.define(WIDGET)
        started.secret("flux-system", GLOBAL, {"cluster.agekey": CLUSTER.identity})
        options = (f"--watch-label-selector={SHARD}=global", f"--sops-age-secret={GLOBAL}")
        with running_controller(folder, started.server, name="global", options=options):
            yield started
