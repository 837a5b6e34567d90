"""Every command on examples/homelab: the right exit code and output, and `check` is clean afterwards."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from examples.homelab.build import MACHINES, REPOSITORY, Homelab, build
from sopskit.cli.main import COMMANDS
from sopskit.keys import ssh
from tests.commands.workbench import Workbench, age_key, sopskit
from tests.docs.schemas import validate
from tests.programs import program
from tests.scanner.built_in import CACHE

if TYPE_CHECKING:
    from collections.abc import Iterator

CEDAR, MAPLE = "secrets/cedar/secrets.sops.yaml", "secrets/maple/secrets.sops.yaml"
MINIO, USERS = "secrets/cedar/minio.sops.env", "secrets/shared/users.sops.yaml"
PAPERLESS = "k3s/fluxcd/apps/base/paperless/app/secret.sops.yaml"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Homelab:
    program("gpg")
    return build(tmp_path_factory.mktemp("homelab"))


@pytest.fixture(scope="module")
def keyring(built: Homelab) -> Iterator[str]:
    """A GNUPGHOME with the public half of Anna's key, and one with both halves behind a `+`."""
    with tempfile.TemporaryDirectory(prefix="gpg", dir="/tmp") as folder:
        gpg = [program("gpg"), "--batch", "--quiet", "--no-tty"]
        asc = str(built.keys / "anna.asc")
        public, whole = Path(folder, "public"), Path(folder, "whole")
        for path in (public, whole):
            path.mkdir(mode=0o700)
        subprocess.run([*gpg, "--homedir", str(whole), "--import", asc], check=True)
        exported = subprocess.run(
            [*gpg, "--homedir", str(whole), "--export"], check=True, capture_output=True
        ).stdout
        subprocess.run([*gpg, "--homedir", str(public), "--import"], input=exported, check=True)
        yield folder
        for path in (public, whole):
            subprocess.run([program("gpgconf"), "--homedir", str(path), "--kill", "all"], check=False)


@pytest.fixture
def home(
    home: Path, built: Homelab, keyring: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Workbench:
    """A clone in which Anna works, with her age key."""
    del home
    root = tmp_path / "home server"
    shutil.copytree(built.root, root, symlinks=True)
    monkeypatch.chdir(root)
    monkeypatch.setenv("GNUPGHOME", f"{keyring}/public")
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(built.keys / "anna.agekey"))
    monkeypatch.setenv("XDG_CACHE_HOME", CACHE)  # the scanner's rules, compiled
    return Workbench(root)


def identity(path: Path) -> str:
    return path.read_text().splitlines()[-1]


def is_consistent(bench: Workbench) -> bool:
    """Whether there is no drift and no finding, in the work tree and, once committed, in git."""
    bench.commit_all()
    plan, check = sopskit("plan"), sopskit("check")
    assert (plan.code, check.code) == (0, 0), plan.out + check.out + check.err
    return check.out.startswith("no findings")


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("plan",), "10 secret files: 10 in-sync"),
        (("check",), "no findings in"),
        (("check", "--history"), "no findings in"),
        (("check", "--staged"), "no findings in"),
        (("hosts",), "cedar     machine  3"),
        (("access", "cedar"), CEDAR),
        (("access", "--by", "consumer"), "flux  flux-system/paperless       home   yes"),
        (("access", "--diff", "HEAD"), "changes nobody's access"),
        (("exposure",), "nothing is exposed"),
        (("scan",), "no findings in"),
        (("scan", "--history"), "no findings in"),
        (("scan", "--known"), "no findings in"),
        (("rules", "test"), ""),
        (("flux", "check"), "no findings in"),
        (("flux", "diff"), ""),
        (("nix", "check"), "no findings in"),
        (("nix", "manifest", "cedar"), '"name": "restic/password"'),
        (("nix", "snippet", "gate"), '"wireguard_private_key" = {'),
        (("sync",), ""),
        (("report", "-o", "../report.html"), ""),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "",
)
def test_the_right_repository_is_clean(home: Workbench, command: tuple[str, ...], says: str) -> None:
    result = sopskit(*command)
    assert (result.code, says in result.out) == (0, True), result.out + result.err
    assert home.changed() == []


def test_every_consumer_reads_its_files(home: Workbench) -> None:
    del home
    document = json.loads(sopskit("access", "--format", "json").out)
    validate("access", document)
    consumers = document["consumers"]
    assert {(each["kind"], each["name"], each["host"]) for each in consumers} == {
        *(("nix", name, name) for name in MACHINES),
        *(("flux", name, "home") for name in ("infrastructure", "minio", "immich", "nextcloud", "paperless")),
    }
    assert [each for each in consumers if each["readable"] is not True] == []
    read = {path for each in consumers for path in each["paths"]}
    assert read == {each["path"] for each in document["files"]}


@pytest.mark.parametrize("name", MACHINES)
def test_a_machine_opens_its_files_with_its_ssh_host_key(
    home: Workbench, built: Homelab, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    del home
    monkeypatch.delenv("SOPS_AGE_KEY_FILE")
    key = (built.keys / f"{name}_ssh_host_ed25519_key").read_bytes()
    monkeypatch.setenv("SOPS_AGE_KEY", ssh.private_to_age(key))  # as sops-nix does on the machine
    assert "anna_password_hash: $y$" in sopskit("decrypt", USERS).out
    codes = {other: sopskit("decrypt", f"secrets/{other}/secrets.sops.yaml").code for other in MACHINES}
    assert codes == {other: 0 if other == name else 5 for other in MACHINES}


def test_the_cluster_opens_its_files_with_its_age_key(
    home: Workbench, built: Homelab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(built.keys / "home.agekey"))
    ours = sopskit("decrypt", PAPERLESS).out
    assert ours == home.decrypts(PAPERLESS, identity(built.keys / "home.agekey"))
    assert sopskit("decrypt", CEDAR).code == 5


def test_anna_opens_all_with_her_pgp_key(
    home: Workbench, keyring: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    del home
    monkeypatch.delenv("SOPS_AGE_KEY_FILE")
    monkeypatch.setenv("GNUPGHOME", f"{keyring}/whole")
    for path in (CEDAR, MINIO, PAPERLESS):
        assert sopskit("decrypt", path).code == 0


def test_a_fourth_machine_comes_gets_a_key_and_a_name_and_goes(home: Workbench, built: Homelab) -> None:
    before = (home.root / ".sops.yaml").read_bytes()
    first, second = age_key(), age_key()
    added = sopskit(
        *("add-host", "birch", "--role", "machine", "--key", first.recipient, "--yes"),
        *("--rule", r"^secrets/shared/[^/]+\.sops\.yaml$"),
    )
    assert (added.code, home.changed()) == (0, [".sops.yaml", USERS]), added.err
    assert home.decrypts(USERS, first.identity) is not None
    assert is_consistent(home)

    replaced = sopskit("replace-key", "birch", "--key", second.recipient, "--yes")
    assert (replaced.code, home.changed()) == (0, [".sops.yaml", USERS]), replaced.err
    assert (home.decrypts(USERS, first.identity), home.decrypts(USERS, second.identity) is None) == (
        None,
        False,
    )
    assert is_consistent(home)

    assert sopskit("add-key", "birch", "--key", first.recipient, "--yes").code == 0
    assert is_consistent(home)
    assert sopskit("remove-key", "birch", first.recipient, "--yes").code == 0
    assert is_consistent(home)

    assert sopskit("rename-host", "birch", "alder", "--yes").code == 0
    assert home.changed() == [".sops.yaml"]
    assert is_consistent(home)

    removed = sopskit("remove-host", "alder", "--yes")
    assert (removed.code, home.changed()) == (0, [".sops.yaml", USERS]), removed.err
    assert "anna_password_hash" in removed.out
    assert (home.root / ".sops.yaml").read_bytes() == before
    assert home.decrypts(USERS, second.identity) is None
    assert home.decrypts(USERS, identity(built.keys / "anna.agekey")) is not None
    assert is_consistent(home)


def test_a_machine_that_is_not_installed_yet(home: Workbench) -> None:
    key, path = age_key(), "secrets/birch/secrets.sops.yaml"
    result = sopskit(
        *("nix", "bootstrap", "birch", "--key", key.recipient, "--file", path),
        *("--with", "anna", "--with", "recovery", "--yes"),
    )
    assert (result.code, set(home.changed())) == (0, {".sops.yaml", path}), result.err
    assert home.decrypts(path, key.identity) is not None
    assert is_consistent(home)


def test_removing_a_machine_tells_what_it_read_and_what_to_do(home: Workbench) -> None:
    result = sopskit("remove-host", "maple", "--yes", "--dry-run")
    assert result.code == 1
    assert f"nix maple can no longer read {MAPLE} and 1 more" in result.err
    assert home.changed() == []


def test_what_cannot_just_be_replaced_in_what_a_machine_read(home: Workbench) -> None:
    del home
    exposed = sopskit("exposure", "cedar", "--no-identity")
    first = [line for line in exposed.out.splitlines() if line.startswith("first, ")]
    assert exposed.code == 1
    for kind in (f"{MINIO}: MINIO_ROOT_", f"{CEDAR}: k3s_token", f"{CEDAR}: restic.password"):
        assert [line for line in first if kind in line], exposed.out
    cluster = sopskit("exposure", "home", "--no-identity").out
    assert re.search(r"first, for .*RESTIC_PASSWORD: `restic key add`", cluster)


def test_a_value_is_set_taken_and_edited(home: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    given = sopskit("set", "--value-stdin", CEDAR, '["restic"]["password"]', stdin=b'"new-password"')
    assert (given.code, home.changed()) == (0, [CEDAR]), given.err
    assert sopskit("decrypt", "--extract", '["restic"]["password"]', CEDAR).out.strip() == "new-password"
    assert is_consistent(home)
    assert sopskit("unset", CEDAR, '["restic"]["repository"]').code == 0
    assert "repository" not in sopskit("decrypt", CEDAR).out
    home.commit_all()
    monkeypatch.setenv("EDITOR", "sed -i s/new-password/another_password/")
    assert sopskit("edit", CEDAR).code == 0
    assert "another_password" in sopskit("decrypt", CEDAR).out
    assert sopskit("plan").code == 0


def test_rotate_and_sync(home: Workbench) -> None:
    before = sopskit("decrypt", PAPERLESS).out
    assert sopskit("rotate", "-i", PAPERLESS).code == 0
    assert (home.changed(), sopskit("decrypt", PAPERLESS).out) == ([PAPERLESS], before)
    assert is_consistent(home)
    rules = home.root / ".sops.yaml"
    rules.write_text(rules.read_text().replace("*recovery_age, *maple]", "*recovery_age, *maple, *cedar]"))
    assert sopskit("plan").code == 1
    assert sopskit("sync", "--yes").code == 0
    assert home.changed() == [".sops.yaml", MAPLE]
    assert is_consistent(home)


def test_a_new_secret_is_encrypted(home: Workbench) -> None:
    path = home.root / "secrets/gate/mail.sops.yaml"
    path.write_text("smtp_password: example\n")
    assert sopskit("plan").code == 1
    assert sopskit("check").code == 1
    assert sopskit("encrypt", "-i", "secrets/gate/mail.sops.yaml").code == 0
    assert home.up_to_date("secrets/gate/mail.sops.yaml")
    assert sopskit("plan").code == 0


def test_programs_get_the_values(home: Workbench) -> None:
    """They take the place of sopskit, so that a process of its own is needed."""
    user = "import os, sys; sys.exit(os.environ['MINIO_ROOT_USER'] != 'admin')"
    token = "import sys; sys.exit('k3s_token: K10' not in open(sys.argv[1]).read())"
    here = [sys.executable, "-c"]
    for command in (("exec-env", MINIO, "--", *here, user), ("exec-file", CEDAR, "--", *here, token, "{}")):
        path = {"PYTHONPATH": str(Path(__file__).parents[2])}
        argv = [sys.executable, "-m", "sopskit", *command]
        assert subprocess.run(argv, env=os.environ | path, check=False).returncode == 0
    assert home.changed() == []


def test_a_leak_is_found(home: Workbench) -> None:
    webhook = sopskit("decrypt", "k3s/fluxcd/infrastructure/notifications/secret.sops.yaml").out
    address = re.search(r"https://\S+", webhook)
    assert address is not None
    (home.root / "notify.sh").write_text(f"curl -d @- {address[0]}\n")
    result = sopskit("scan")
    assert (result.code, "notify.sh:1" in result.out) == (1, True)
    assert address[0] not in result.out + result.err


def test_git_merges_and_shows_what_is_encrypted(home: Workbench) -> None:
    assert "k3s_token: K10" in sopskit("textconv", CEDAR).out
    base = (home.root / CEDAR).read_bytes()
    for name, value in (("ours", b'"one"'), ("theirs", b'"two"')):
        (home.root / CEDAR).write_bytes(base)
        key = "password" if name == "ours" else "repository"
        sopskit("set", "--value-stdin", CEDAR, f'["restic"]["{key}"]', stdin=value)
        shutil.copy(home.root / CEDAR, home.root.parent / name)
    (home.root.parent / "base").write_bytes(base)
    files = [str(home.root.parent / name) for name in ("base", "ours", "theirs")]
    assert sopskit("merge-driver", *files, CEDAR).code == 0
    shutil.copy(files[1], home.root / CEDAR)
    plaintext = sopskit("decrypt", CEDAR).out
    assert "password: one" in plaintext
    assert "repository: two" in plaintext
    assert is_consistent(home)
    assert sopskit("reseal", CEDAR).code == 0
    assert is_consistent(home)


def test_the_machine_and_a_repository_that_is_there(home: Workbench) -> None:
    assert "10 of 10 have a stanza" in sopskit("doctor").out
    init = sopskit("init", "--yes")
    assert (init.code, ".sops.yaml: exists already" in init.err) == (3, True), init.err
    assert home.changed() == []


def test_every_command_is_run_here() -> None:
    text = Path(__file__).read_text()
    assert [name for name in COMMANDS if f'("{name}"' not in text] == []


def test_no_secret_is_published() -> None:
    """The example holds placeholders, and no value."""
    for path in REPOSITORY.rglob("*.sops.*"):
        if path.name != ".sops.yaml":
            assert "@" in path.read_text(), path


def test_its_workflow_and_hooks_run_commands_that_exist(home: Workbench) -> None:
    lines = []
    for name in (".github/workflows/secrets.yaml", ".pre-commit-config.yaml", "Taskfile.yaml"):
        lines += re.findall(
            r"(?:run: |entry: |- )(sopskit (?!add-host)[^\n>#]*)", (home.root / name).read_text()
        )
    commands = {line.replace('"$BASE"', "HEAD").replace("{{.CLI_ARGS}}", "").strip() for line in lines}
    assert len(commands) > 6
    for command in commands - {"sopskit"}:
        result = sopskit(*command.split()[1:])
        assert result.code == 0, (command, result.out, result.err)
