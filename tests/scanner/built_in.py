"""The detector of the built-in rules, compiled once, in the cache of the person who runs the tests."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sopskit.scanner.loading import built_in_detector

if TYPE_CHECKING:
    from sopskit.scanner.detector import Detector

#: Where the cache is; tests have a home of their own by the time that they run.
CACHE = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")


@cache
def detector() -> Detector:
    return built_in_detector({"XDG_CACHE_HOME": CACHE})
