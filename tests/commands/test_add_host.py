"""add-host, end to end: flags in, a repository out, real sops as the judge."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from sopskit.keys import ssh
from tests.commands.workbench import DEMO, Workbench, age_key, sopskit, ssh_key
from tests.programs import program

CEDARS = ("hosts/cedar/", "shared/")


def test_the_new_host_opens_the_files_of_its_rules_and_no_others(sample: Workbench, tmp_path: Path) -> None:
    """All five formats, first written by sops 3.8.1, 3.9.4 and 3.13.3, opened with the new key alone."""
    key = ssh_key(tmp_path)
    result = sopskit("add-host", "willow", "--key-file", f"{key}.pub", "--like", "cedar", "--yes")
    assert result.code == 0, result.err
    identity = ssh.private_to_age(key.read_bytes())
    opened = {path for path in sample.secret_files() if sample.decrypts(path, identity) is not None}
    assert opened == {path for path in sample.secret_files() if path.startswith(CEDARS)}
    assert len(opened) == 20
    assert {Path(path).suffix for path in opened} == {".yaml", ".json", ".env", ".ini", ".key"}


def test_sops_then_finds_every_file_up_to_date(sample: Workbench) -> None:
    assert sopskit("add-host", "willow", "--key", age_key().recipient, "--all-rules", "--yes").code == 0
    assert [path for path in sample.secret_files() if not sample.up_to_date(path)] == []


def test_only_stanzas_and_lines_of_the_rules_are_added(sample: Workbench) -> None:
    recipient = age_key().recipient
    assert sopskit("add-host", "willow", "--key", recipient, "--rule", "^shared/.*", "--yes").code == 0
    changed = sample.changed()
    assert changed == [".sops.yaml", *(path for path in sample.secret_files() if path.startswith("shared/"))]
    for path in changed:
        # JSON needs a comma behind what was the last stanza; nothing else may go.
        allowed = ["\t\t\t}"] if path.endswith((".json", ".key")) else []
        assert sample.removed_lines(path) in ([], allowed), path
    added = sample.git("diff", "--unified=0", ".sops.yaml").splitlines()
    assert [line for line in added if line.startswith("+") and not line.startswith("+++")] == [
        f"+  - &willow {recipient}",
        "+          - *willow",
    ]


def test_everyone_else_still_reads_everything(sample: Workbench) -> None:
    admin = (DEMO / "admin.agekey").read_text().splitlines()[-1]
    before = {path: sample.decrypts(path, admin) for path in sample.secret_files()}
    assert sopskit("add-host", "willow", "--key", age_key().recipient, "--all-rules", "--yes").code == 0
    assert {path: sample.decrypts(path, admin) for path in sample.secret_files()} == before


def test_the_same_host_again_changes_nothing(sample: Workbench) -> None:
    command = ("add-host", "willow", "--key", age_key().recipient, "--like", "cedar", "--yes")
    assert sopskit(*command).code == 0
    sample.commit_all()
    again = sopskit(*command)
    assert (again.code, sample.changed()) == (0, [])
    assert "nothing to do" in again.err


def test_an_existing_host_joins_a_further_rule(sample: Workbench) -> None:
    key = age_key()
    assert sopskit("add-host", "willow", "--key", key.recipient, "--rule", "2", "--yes").code == 0
    sample.commit_all()
    assert sopskit("add-host", "willow", "--key", key.recipient, "--rule", "3", "--yes").code == 0
    assert sample.changed() == [
        ".sops.yaml",
        *(path for path in sample.secret_files() if path.startswith("hosts/maple/")),
    ]


def test_a_name_with_another_key_is_refused_and_the_ways_out_are_named(sample: Workbench) -> None:
    result = sopskit("add-host", "cedar", "--key", age_key().recipient, "--all-rules", "--yes")
    assert (result.code, sample.changed()) == (2, [])
    assert "replace-key" in result.err
    assert "add-key" in result.err


def test_a_key_that_another_host_has_is_refused(sample: Workbench) -> None:
    recipient = (sample.root / ".sops.yaml").read_text().split("&cedar")[1].split()[0]
    result = sopskit("add-host", "willow", "--key", recipient, "--all-rules", "--yes")
    assert (result.code, sample.changed()) == (2, [])
    assert "&cedar" in result.err


def test_a_machines_ssh_key_is_written_in_its_age_form_and_the_reason_is_said(
    sample: Workbench, tmp_path: Path
) -> None:
    public = Path(f"{ssh_key(tmp_path)}.pub").read_text()
    result = sopskit("add-host", "willow", "--key", public, "--rule", "2", "--yes")
    assert result.code == 0
    assert "sops-nix" in result.err
    assert "ssh-ed25519" not in (sample.root / ".sops.yaml").read_text()


@pytest.mark.parametrize(("flags", "kept"), [((), True), (("--convert-ssh",), False)])
def test_a_persons_ssh_key_is_kept_or_turned_as_asked(
    sample: Workbench, tmp_path: Path, flags: tuple[str, ...], kept: bool
) -> None:
    public = Path(f"{ssh_key(tmp_path)}.pub").read_text()
    command = ("add-host", "willow", "--role", "user", "--key", public, "--rule", "2", "--yes")
    assert sopskit(*command, *flags).code == 0
    assert ("ssh-ed25519 " in (sample.root / ".sops.yaml").read_text()) is kept
    assert sample.up_to_date("hosts/cedar/users.yaml")


def test_a_post_quantum_key_works_and_old_sops_is_warned_of(sample: Workbench) -> None:
    key = age_key(post_quantum=True)
    result = sopskit("add-host", "willow", "--key", key.recipient, "--rule", "2", "--yes")
    assert result.code == 0
    assert "sops before 3.9 refuses" in result.err
    assert sample.decrypts("hosts/cedar/users.yaml", key.identity) is not None
    assert sample.up_to_date("hosts/cedar/users.yaml")


def test_a_new_rule_goes_before_the_rules_it_shadows_and_keeps_their_people(sample: Workbench) -> None:
    key = age_key()
    command = ("add-host", "willow", "--key", key.recipient, "--new-rule", r"^shared/wifi\.yaml$", "--yes")
    refused = sopskit(*command)
    assert (refused.code, sample.changed()) == (2, [])
    assert "--allow-loss" in refused.err
    assert "shared/wifi.yaml would lose" in refused.err

    kept = sopskit(*command, "--with", "cedar", "--with", "maple")
    assert kept.code == 0, kept.err
    assert sample.changed() == [".sops.yaml", "shared/wifi.yaml"]
    assert sample.decrypts("shared/wifi.yaml", key.identity) is not None
    assert sample.up_to_date("shared/wifi.yaml")
    admin = (DEMO / "admin.agekey").read_text().splitlines()[-1]
    assert sample.decrypts("shared/wifi.yaml", admin) is not None


def test_a_file_that_loses_a_reader_by_a_new_rule_is_rotated(age_sample: Workbench) -> None:
    key = age_key()
    command = ("add-host", "willow", "--key", key.recipient, "--new-rule", r"^shared/wifi\.yaml$")
    before = (age_sample.root / "shared/wifi.yaml").read_text()
    result = sopskit(*command, "--allow-loss", "--yes")
    assert (result.code, age_sample.changed()) == (0, [".sops.yaml", "shared/wifi.yaml"]), result.err
    assert "rotated 1 file" in result.err
    after = (age_sample.root / "shared/wifi.yaml").read_text()
    assert before.count("iv:") == after.count("iv:")
    assert not set(re.findall(r"ENC\[[^]]+", before)) & set(re.findall(r"ENC\[[^]]+", after))
    assert age_sample.decrypts("shared/wifi.yaml", key.identity) is not None


def test_a_dry_run_shows_the_diff_and_writes_nothing(sample: Workbench, tmp_path: Path) -> None:
    target = tmp_path / "willow.agekey"
    result = sopskit("add-host", "willow", "--generate", str(target), "--like", "cedar", "--dry-run")
    assert (result.code, sample.changed(), target.exists()) == (1, [], False)
    assert "+          - *willow" in result.out
    assert "20 files to re-wrap" in result.out


def test_a_generated_key_is_private_and_outside_of_the_repository(sample: Workbench, tmp_path: Path) -> None:
    inside = sopskit("add-host", "willow", "--generate", "willow.agekey", "--like", "cedar", "--yes")
    assert (inside.code, sample.changed()) == (2, [])
    target = tmp_path / "willow.agekey"
    assert sopskit("add-host", "willow", "--generate", str(target), "--like", "cedar", "--yes").code == 0
    assert target.stat().st_mode & 0o777 == 0o600
    identity = target.read_text().splitlines()[-1]
    assert sample.decrypts("shared/wifi.yaml", identity) is not None
    again = sopskit("add-host", "elm", "--generate", str(target), "--like", "cedar", "--yes")
    assert again.code == 2
    assert target.read_text().splitlines()[-1] == identity


def test_a_generated_key_does_not_stay_when_the_repository_cannot_be_changed(
    sample: Workbench, tmp_path: Path
) -> None:
    (sample.root / "shared/wifi.yaml").chmod(0o444)
    target = tmp_path / "willow.agekey"
    result = sopskit("add-host", "willow", "--generate", str(target), "--like", "cedar", "--yes")
    assert (result.code, target.exists()) == (6, False)
    assert "shared/wifi.yaml" in result.err
    assert "read-only" in result.err


@pytest.mark.parametrize(
    ("arguments", "flag"),
    [
        ((), "NAME"),
        (("willow",), "--key"),
        (("willow", "--key", "KEY"), "--rule"),
        (("willow", "--key", "KEY", "--all-rules"), "--yes"),
    ],
)
def test_without_a_terminal_a_missing_answer_names_its_flag(
    sample: Workbench, arguments: tuple[str, ...], flag: str
) -> None:
    given = [age_key().recipient if argument == "KEY" else argument for argument in arguments]
    result = sopskit("add-host", *given)
    assert (result.code, sample.changed()) == (2, [])
    assert flag in result.err


def test_pgp_recipients_are_made_and_kept(sample: Workbench, gnupg_home: Path) -> None:
    fingerprint = pgp_key()
    assert (
        sopskit("add-host", "willow", "--role", "user", "--key", fingerprint, "--rule", "2", "--yes").code
        == 0
    )
    done = subprocess.run(
        [program("sops"), "--decrypt", "hosts/cedar/users.yaml"],
        capture_output=True,
        check=False,
        env={"GNUPGHOME": str(gnupg_home), "PATH": "/usr/bin:/bin", "HOME": str(gnupg_home)},
    )
    assert done.returncode == 0, done.stderr
    assert sample.up_to_date("hosts/cedar/users.yaml")


def pgp_key() -> str:
    """A new PGP key in the keyring: its fingerprint."""
    gpg = [program("gpg"), "--batch", "--passphrase", ""]
    subprocess.run(
        [*gpg, "--quick-generate-key", "w@example.org", "ed25519", "cert", "never"],
        check=True,
        capture_output=True,
    )
    listing = subprocess.run(
        [*gpg, "--list-keys", "--with-colons"], check=True, capture_output=True, text=True
    ).stdout
    fingerprint = next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr"))
    subprocess.run([*gpg, "--quick-add-key", fingerprint, "cv25519", "encr"], check=True, capture_output=True)
    return fingerprint


def test_shamir_groups_need_a_group_and_gain_a_stanza(
    empty: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [age_key() for _ in range(3)]
    rules = "creation_rules:\n  - path_regex: ^s/\n    shamir_threshold: 2\n    key_groups:\n"
    rules += "".join(f"      - age:\n          - {key.recipient}\n" for key in keys)
    (empty.root / ".sops.yaml").write_text(rules)
    empty.write_encrypted("s/one.yaml", "a: 1\n")
    empty.commit_all()
    monkeypatch.setenv("SOPS_AGE_KEY", f"{keys[0].identity} {keys[1].identity}")
    new = age_key()
    without = sopskit("add-host", "willow", "--key", new.recipient, "--all-rules", "--yes")
    assert (without.code, empty.changed()) == (2, [])
    assert "--group" in without.err
    # The third group is one we cannot open: its share is interpolated from the two that we can.
    assert (
        sopskit("add-host", "willow", "--key", new.recipient, "--all-rules", "--group", "3", "--yes").code
        == 0
    )
    assert empty.decrypts("s/one.yaml", f"{new.identity} {keys[0].identity}") == "a: 1\n"
    assert empty.decrypts("s/one.yaml", new.identity) is None
    assert empty.up_to_date("s/one.yaml")


def test_ssh_scan_takes_a_key_only_when_something_vouches_for_it(
    sample: Workbench, home: Path, tmp_path: Path, sshd: tuple[int, Path]
) -> None:
    port, host_key = sshd
    command = ("add-host", "willow", "--ssh-scan", f"127.0.0.1:{port}", "--like", "cedar", "--yes")
    unknown = sopskit(*command)
    assert (unknown.code, sample.changed()) == (2, [])
    fingerprint = ssh.fingerprint(ssh.public_half(host_key.read_bytes()))
    assert fingerprint in unknown.err

    wrong = sopskit(*command, "--fingerprint", "SHA256:" + "A" * 43)
    assert (wrong.code, sample.changed()) == (2, [])

    assert sopskit(*command, "--fingerprint", fingerprint).code == 0
    assert sample.decrypts("shared/wifi.yaml", ssh.private_to_age(host_key.read_bytes())) is not None

    (home / ".ssh").mkdir()
    algorithm, blob = Path(f"{host_key}.pub").read_text().split()[:2]
    (home / ".ssh/known_hosts").write_text(f"[127.0.0.1]:{port} {algorithm} {blob}\n")
    assert sopskit(*command).code == 0  # known, and the same host again


@pytest.fixture
def sshd(tmp_path: Path) -> object:
    """A real sshd on a free port: (port, path of its host key)."""
    import socket
    import time

    binary = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
    binary = binary or program("sshd")
    key = ssh_key(tmp_path)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    Path("/run/sshd").mkdir(exist_ok=True)
    config = tmp_path / "sshd_config"
    config.write_text(f"Port {port}\nListenAddress 127.0.0.1\nHostKey {key}\nPidFile none\n")
    server = subprocess.Popen([binary, "-D", "-f", str(config)], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port, key
    finally:
        server.terminate()
        server.wait()
