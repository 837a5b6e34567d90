"""What is encrypted is no leak: values of SOPS, age, PGP, SealedSecret, ansible-vault, git-crypt.

Asked of the few places where a rule matches, never of a whole text.
"""

from __future__ import annotations

import re

#: How far back an encrypted text may have begun.
_FAR = 1 << 16

#: A file that begins so is encrypted as a whole: git-crypt (its README, "file format"), age (its spec,
#: "Header"), ansible-vault (its user guide, "Format of files encrypted with Ansible Vault").
_FILES = (b"\0GITCRYPT\0", b"age-encryption.org/v1", b"$ANSIBLE_VAULT;")

#: What an encrypted text begins with, and what then may come before a byte that is still part of it. A line
#: break may be an escaped one, in a comment.
_BLOCKS = (
    (b"ENC[AES256_GCM,", re.compile(rb"[A-Za-z0-9+/=,:_]*")),  # a value of SOPS
    (b"-----BEGIN AGE ENCRYPTED FILE-----", re.compile(rb"[A-Za-z0-9+/=\\#;\s]*")),
    (b"$ANSIBLE_VAULT;", re.compile(rb"[0-9.;A-Za-z_-]*[\\n\s0-9a-f]*")),  # within YAML (`!vault |`)
    (b"-----BEGIN PGP MESSAGE-----", re.compile(rb"(?:[A-Za-z]+: [^\n]*\n|[A-Za-z0-9+/=\\#;\s])*")),
)

_BEGINNINGS = tuple(beginning for beginning, _ in _BLOCKS)

#: A value of a SealedSecret: its first two bytes are the size of an RSA block of 4096 bits (0x0200).
_SEALED = re.compile(rb"^[ \t\"']*[^\s:\"']{1,253}[\"']?[ \t]*:[ \t]*[\"']?Ag[A-Za-z0-9+/=]*$")

#: Places of `enc` that are tried: by chance it is part of a value, too.
_TRIES = 8

#: The key of a stanza in the metadata of SOPS: what a cloud or Vault has encrypted.
_STANZA = re.compile(rb"(?<![0-9A-Za-z-])enc[\"']?[ \t]*[:=][ \t]*[\"']?[^\s\"']*$")


def is_encrypted(content: bytes, start: int) -> bool:
    """Whether the byte at `start` is part of an encrypted text."""
    if content.startswith(_FILES) or content.startswith(_BEGINNINGS, start):
        return True
    if any(_is_within(content, start, *block) for block in _BLOCKS):
        return True
    line = content[max(content.rfind(b"\n", 0, start) + 1, start - (1 << 16)) : start + 2]
    return bool(_SEALED.match(line)) or _is_in_stanza(line[:-2])


def _is_within(content: bytes, start: int, begin: bytes, body: re.Pattern[bytes]) -> bool:
    begun = content.rfind(begin, max(0, start - _FAR), start)
    return begun >= 0 and body.fullmatch(content, begun + len(begin), start) is not None


def _is_in_stanza(before: bytes) -> bool:
    """Whether a line so far ends within the value of `enc`; looked for from its end, since it may be long."""
    place = before.rfind(b"enc")
    for _ in range(_TRIES):
        if place < 0:
            return False
        if _STANZA.match(before, place):
            return True
        place = before.rfind(b"enc", 0, place)
    return False
