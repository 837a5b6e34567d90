"""How large what Flux applies is, without a key: an encrypted value is as long as its plaintext."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.errors import SopskitError

if TYPE_CHECKING:
    from sopskit.consumers.flux.files import Files

#: Above it Flux takes no file of a generator, and no patch (`maxEncryptedFileSize`).
LARGEST_FILE = 5 << 20

#: Above it Kubernetes takes no Secret: all its values together (k8s.io/api, `MaxSecretSize`).
LARGEST_SECRET = 1 << 20

_VALUE = re.compile(r"ENC\[AES256_GCM,data:([A-Za-z0-9+/]*)(=*),")


def size(files: Files, path: str) -> int:
    """The bytes of a file; 0 where it cannot be read."""
    try:
        return files.source.tree.read(path).identity.size
    except SopskitError:
        return 0


def plaintext_size(content: str) -> int:
    """The bytes of all encrypted values of a text, once they are decrypted."""
    return sum(len(match[1]) * 3 // 4 for match in _VALUE.finditer(content))
