"""The real programs that tests drive: found on PATH or where tools/install-test-tools put them."""

from __future__ import annotations

import os
import shutil
from functools import cache
from pathlib import Path

import pytest

TOOLS = Path(
    os.environ.get("SOPSKIT_TEST_TOOLS")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "sopskit-test-tools")
)

_BUILT = {
    "sops": "sops-3.13.3/sops",
    **{f"sops-{version}": f"sops-{version}/sops" for version in ("3.12.2", "3.9.4", "3.8.1")},
    **{f"oracle-{version}": f"oracle-{version}/oracle" for version in ("3.13.3", "3.12.2", "3.9.4", "3.8.1")},
    "gitleaks": "gitleaks-8.30.1/gitleaks",
    "kube-apiserver": "kube-apiserver-1.34.4/kube-apiserver",
    "kustomize-controller": "kustomize-controller-1.9.4/kustomize-controller",
    "age": "age-1.3.2/age",
    "age-keygen": "age-1.3.2/age-keygen",
}


@cache
def program(name: str) -> str:
    """Absolute path of a program; skips the test where it is missing, fails it where `CI` is set."""
    built = _BUILT.get(name)
    if built is not None:
        path = TOOLS / built
        found = str(path) if path.is_file() else None
    else:
        found = shutil.which(name)
    if found is None:
        message = f"{name} is missing: tools/install-test-tools builds it, or install its Debian package"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return found
