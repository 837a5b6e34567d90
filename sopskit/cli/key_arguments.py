"""The options that say where a host's key comes from, and the questions that stand in for them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import InvalidRecipientError, UsageError

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal
    from sopskit.inventory.inventory import Inventory
    from sopskit.keys.recipients import Recipient
    from sopskit.sops_yaml.model import Role
    from sopskit.workflows.new_key import NewKey

_FLAGS = "--key, --key-file, --ssh-scan or --generate"


def add_key_arguments(parser: argparse.ArgumentParser, *, several: bool) -> None:
    """Declare the options; `several` allows --key more than once."""
    group = parser.add_argument_group("its key")
    group.add_argument(
        "--key",
        metavar="RECIPIENT",
        action="append",
        default=[],
        help="age1..., ssh-ed25519 ..., ssh-rsa ..., or a PGP fingerprint"
        + (" (repeatable)" if several else ""),
    )
    group.add_argument(
        "--key-file", metavar="FILE", type=Path, help="age, SSH, known_hosts or armored PGP file"
    )
    group.add_argument(
        "--ssh-scan", metavar="HOST[:PORT]", help="ask the host's SSH server, with ssh-keyscan"
    )
    group.add_argument(
        "--fingerprint", metavar="SHA256:...", help="with --ssh-scan: the key that is expected"
    )
    group.add_argument(
        "--generate", metavar="FILE", type=Path, help="make a new age key; its private half goes to FILE"
    )
    form = group.add_mutually_exclusive_group()
    form.add_argument(
        "--convert-ssh",
        dest="convert_ssh",
        action="store_true",
        default=None,
        help="write an Ed25519 SSH key in its age form (the default, but for --role user)",
    )
    form.add_argument(
        "--keep-ssh", dest="convert_ssh", action="store_false", help="write an Ed25519 SSH key as it is"
    )


class HostKeys(NamedTuple):
    """The keys that were given or chosen.

    Attributes:
        recipients: in the form that is to be written.
        notes: what there is to say about them.
        new_key: the one that was made just now; its private half is not written yet.
    """

    recipients: tuple[Recipient, ...]
    notes: tuple[str, ...]
    new_key: NewKey | None


def collect_keys(
    arguments: argparse.Namespace, terminal: Terminal, inventory: Inventory, role: Role | None
) -> HostKeys:
    """The keys that the options give, or else the answers."""
    from sopskit.keys.recipients import KeyKind
    from sopskit.workflows import host_key_sources as sources
    from sopskit.workflows import opening

    found, new_key = _given(arguments, terminal), None
    if arguments.generate is None and not found:
        found = _ask_source(arguments, terminal)
        undecided = role == "user" and arguments.convert_ssh is None
        if undecided and found and found[0].kind is KeyKind.SSH_ED25519:
            arguments.convert_ssh = _ask_convert(terminal)
    if arguments.generate is not None:
        from sopskit.workflows.new_key import generate

        new_key = generate(arguments.generate, inventory.repository)
        found = [*found, new_key.recipient]
    if any(recipient.kind is KeyKind.PGP for recipient in found):
        sources.check_pgp(found, opening.find_keys(terminal.passphrase).keyring)
    forms = [sources.form_for(recipient, role, convert=arguments.convert_ssh) for recipient in found]
    recipients = tuple(dict.fromkeys(form for form, _ in forms))
    return HostKeys(recipients, tuple(note for _, note in forms if note is not None), new_key)


def _given(arguments: argparse.Namespace, terminal: Terminal) -> list[Recipient]:
    from sopskit.workflows import host_key_sources as sources

    if arguments.fingerprint is not None and arguments.ssh_scan is None:
        raise UsageError("--fingerprint goes with --ssh-scan")
    found = [parsed_key(text, "--key") for text in arguments.key]
    if arguments.key_file is not None:
        found.append(sources.preferred(sources.from_file(arguments.key_file), str(arguments.key_file)))
    if arguments.ssh_scan is not None:
        found.append(_scan(arguments, terminal, arguments.ssh_scan))
    return found


def parsed_key(text: str, flag: str) -> Recipient:
    """A public key given on the command line.

    Raises:
        UsageError: it is none; its text is not repeated.
    """
    from sopskit.keys import recipients

    try:
        return recipients.parse(text)
    except InvalidRecipientError as error:
        raise UsageError(f"{flag}: {error.message}", hint=error.hint) from None


def _scan(arguments: argparse.Namespace, terminal: Terminal, target: str) -> Recipient:
    """Scan, and let the key through only if something vouches for it: anyone may answer on a network."""
    from sopskit.workflows import host_key_sources as sources

    known_hosts = [Path.home() / ".ssh" / "known_hosts", Path("/etc/ssh/ssh_known_hosts")]
    scanned = sources.scan(target, known_hosts)
    terminal.say(f"{target} shows {scanned.recipient.kind} {scanned.fingerprint}")
    if sources.vouched(scanned, arguments.fingerprint):
        if arguments.fingerprint is None:
            terminal.say("known_hosts has this key")
    elif arguments.yes or not terminal.interactive:
        raise UsageError(
            "nothing vouches for the scanned key; --yes does not",
            hint=f"--fingerprint {scanned.fingerprint}, once you have compared it",
        )
    else:
        terminal.confirm("Compare it with ssh-keygen -lf on the host. Is it the same?", "--fingerprint")
    return scanned.recipient


def _ask_source(arguments: argparse.Namespace, terminal: Terminal) -> list[Recipient]:
    """Ask where the key comes from; for a key that is to be made, only where it goes."""
    import questionary

    from sopskit.workflows import host_key_sources as sources

    choices = [
        questionary.Choice("paste a public key", "paste"),
        questionary.Choice("read it from a file", "file"),
        questionary.Choice("ask the host's SSH server", "scan"),
        questionary.Choice("make a new age key", "generate"),
        questionary.Choice("choose from the GPG keyring", "gpg"),
    ]
    source = terminal.choose("Where does its key come from?", choices, _FLAGS)
    if source == "paste":
        return [sources.from_text(terminal.ask("Public key", "--key", _key_problem))]
    if source == "file":
        path = Path(terminal.ask("File", "--key-file", _file_problem)).expanduser()
        return [sources.preferred(sources.from_file(path), str(path))]
    if source == "scan":
        return [_scan(arguments, terminal, terminal.ask("Host (HOST or HOST:PORT)", "--ssh-scan", _anything))]
    if source == "generate":
        answer = terminal.ask(
            "Where does its private key go? (outside the repository)", "--generate", _anything
        )
        arguments.generate = Path(answer).expanduser()
        return []
    return [_ask_keyring(terminal)]


def _ask_keyring(terminal: Terminal) -> Recipient:
    import questionary

    from sopskit.workflows import host_key_sources as sources
    from sopskit.workflows import opening

    known = opening.find_keys(terminal.passphrase).keyring.keys()
    usable = [key for key in known if key.can_encrypt and not (key.expired or key.revoked)]
    if not usable:
        raise UsageError(
            "the GPG keyring has no key to encrypt to", hint="gpg --import, or give the key with --key"
        )
    choices = [
        questionary.Choice(f"{key.fingerprint[-16:]}  {', '.join(key.user_ids[:1])}", key.fingerprint)
        for key in usable
    ]
    return sources.from_text(terminal.choose("Which key?", choices, "--key"))


def _ask_convert(terminal: Terminal) -> bool:
    import questionary

    choices = [
        questionary.Choice("keep it: sops opens it with ~/.ssh/id_ed25519", "keep"),
        questionary.Choice("turn it into its age form, as ssh-to-age does", "convert"),
    ]
    return terminal.choose("The SSH key of a person:", choices, "--convert-ssh or --keep-ssh") == "convert"


def _anything(answer: str) -> str | None:
    return None if answer.strip() else "an answer is needed"


def _key_problem(answer: str) -> str | None:
    from sopskit.workflows import host_key_sources as sources

    try:
        sources.from_text(answer)
    except InvalidRecipientError as error:
        return error.message
    return None


def _file_problem(answer: str) -> str | None:
    return None if Path(answer).expanduser().is_file() else "there is no such file"
