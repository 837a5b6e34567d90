"""One Flux for all tests of this folder: starting it takes longer than all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.flux_controller.flux import flux

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


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flux]:
    """A cluster on which Flux watches every namespace."""
    with flux(tmp_path_factory.mktemp("flux")) as started:
        for kind, group, version in FOREIGN:
            started.server.permit(kind, group, version)
        yield started
