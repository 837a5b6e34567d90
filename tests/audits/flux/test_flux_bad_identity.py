"""A line that is no age identity."""

from __future__ import annotations

from tests.audits.flux.repositories import effects, manifest, repository
from tests.commands.workbench import age_key

ID = "flux-bad-identity"
SECRET = (
    "kind: Secret\napiVersion: v1\nmetadata:\n  name: sops-age\n  namespace: flux-system\nstringData:\n  "
)


def test_an_ssh_key_and_a_bad_line() -> None:
    pair = age_key()
    files = repository(a__yaml=manifest())
    ssh = "x.agekey: |\n    -----BEGIN OPENSSH PRIVATE KEY-----\n    xx\n"
    for entry in (ssh, f"x.agekey: |\n    {pair.identity}\n    junk\n"):
        assert effects(ID, files | {"key.yaml": f"{SECRET}{entry}"}) == [("key.yaml", 7, "fails")]
    good = f"x.agekey: |\n    # made today\n\n    {pair.identity}\n  age.key: junk\n"
    assert effects(ID, files | {"key.yaml": f"{SECRET}{good}"}) == []
