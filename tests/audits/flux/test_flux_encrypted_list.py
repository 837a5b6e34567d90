"""An encrypted list."""

from __future__ import annotations

from tests.audits.flux.repositories import effects, manifest, repository

ID = "flux-encrypted-list"


def test_a_list_and_its_items_as_documents() -> None:
    one = manifest("List", field="items")
    assert effects(ID, repository(a__yaml=one)) == [("apps/a.yaml", 1, "ciphertext")]
    assert effects(ID, repository(a__yaml=f"{manifest()}---\n{manifest(name='b')}")) == []
