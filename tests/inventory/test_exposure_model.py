"""Exposures of generated histories, held against a model that knows the plaintexts."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from sopskit.repo.discovery import Repository
from sopskit.workflows import exposure
from tests.inventory.exposure_model import EVERYONE, HOSTS, World, paths
from tests.inventory.test_history_kept import as_data

_PATHS = list(paths())
_KEYS = ["k0", "k1", "k2", "k3"]
_PATH, _KEY = st.sampled_from(_PATHS), st.sampled_from(_KEYS)
_HOST = st.sampled_from([name for name in HOSTS if name != "admin"])
_OPERATIONS = st.one_of(
    st.tuples(st.just("new"), _PATH),
    st.tuples(st.sampled_from(["rotate", "updatekeys", "squash", "anew", "decrypt", "delete"]), _PATH),
    st.tuples(st.sampled_from(["edit", "add", "remove"]), _PATH, _KEY),
    st.tuples(st.just("rename_key"), _PATH, _KEY, _KEY),
    st.tuples(st.sampled_from(["move", "copy"]), _PATH, _PATH),
    st.tuples(st.sampled_from(["leave", "join"]), _HOST),
)


@settings(max_examples=40)
@given(operations=st.lists(_OPERATIONS, max_size=25), seed=st.integers(0, 1000))
def test_every_exposure_is_listed_and_what_is_certain_is_one(
    operations: list[tuple[str, ...]], seed: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder) / "repository", seed)
        world.new(_PATHS[0])
        world.commit()
        for name, *arguments in operations:
            if name in ("leave", "join", "new") or arguments[0] in world.files:
                getattr(world, name)(*arguments)
                world.commit()
        world.write()
        _compare(world)


def _compare(world: World) -> None:
    repository = Repository.open(world.root)
    history = exposure.history_of(repository, jobs=1)
    assert as_data(exposure.history_of(repository, jobs=1)) == as_data(history)  # as it was kept
    inventory = exposure.rules_of(repository, world.root)
    listed: dict[tuple[str | None, str, str], tuple[str, str | None]] = {}
    for each in exposure.find_exposures(inventory, history).exposures:
        for key in each.keys:
            listed[each.host, each.path, key] = (each.certainty, each.commit)
    first = world.readable()
    commits = [point.id for point in history.points]
    for path, file in world.files.items():
        for key, value in file.values.items():
            for host in (*HOSTS, EVERYONE):
                found = listed.pop((host, path, key), None)
                could = first.get((host, value.instance))
                if file.data_key is None or host in world.members:
                    assert found is None, (host, path, key)
                elif could is not None:
                    assert found is not None, (host, path, key)
                if found is not None and found[0] == "value":
                    assert could is not None, (host, path, key)
                    # Under another key it may have been readable before, which no nonce proves.
                    assert commits.index(found[1]) >= could, (host, path, key)
    assert not listed
