"""What a scan looks for: the rules that come with sopskit, structure, own rules, and known values."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sopskit.scanner.loading import built_in_detector
from sopskit.workflows.scan_clear_values import clear_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sopskit.scanner.detector import Detector
    from sopskit.scanner.own_rules import OwnRule
    from sopskit.workflows.scan_known import Known


def detector_with(rules: Sequence[OwnRule], known: Known | None = None) -> Detector:
    """The detector of a scan.

    Args:
        rules: own rules.
        known: decrypted values; or None.

    Raises:
        ConfigurationError: a rule is not valid, or two have one id.
    """
    detector = built_in_detector(os.environ, clear_values)
    if rules:
        from sopskit.scanner.own_rules import require_unique
        from sopskit.scanner.own_search import OwnSearch
        from sopskit.scanner.structural import KINDS

        require_unique(rules, {*(each.id for each in detector.rules), *(kind.rule.id for kind in KINDS)})
        detector.add(OwnSearch([each.rule for each in rules]))
    if known is not None and known.secrets is not None:
        detector.add(known.secrets)
    return detector
