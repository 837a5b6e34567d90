"""Many small contents that lie in one buffer: one search for triggers in all of them.

Between two contents stands what no trigger reaches over. So a trigger that ends in a content began in it, or
before it is told to be none when it is confirmed.
"""

from __future__ import annotations

from bisect import bisect_right
from operator import itemgetter
from typing import TYPE_CHECKING

from sopskit.scanner.contents import may_hold_more

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sopskit.scanner.detector import Detector
    from sopskit.scanner.sources.blocks import Block

_end_of = itemgetter(1)


def blocks_to_look_at(
    detector: Detector, view: memoryview, places: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, Block]]:
    """The contents in which something may be found, and their numbers.

    Args:
        detector: what finds secrets.
        view: of the buffer; a line break stands before and behind each content.
        places: start and end of each content, in order.
    """
    from sopskit.scanner.sources.blocks import Block

    ends = detector.trigger_ends(view[: places[-1][1] + 1]) if places else None
    if ends is not None:
        ends.sort(key=_end_of)
    for number, (start, end) in enumerate(places):
        content, size = view[start:end], end - start
        if not size:
            continue
        if ends is None or may_hold_more(content):
            yield number, Block(content, 0, size, 0, size)
            continue
        # The line break behind a content stands for its end.
        low = bisect_right(ends, start, key=_end_of)
        high = bisect_right(ends, end + 1, low, key=_end_of)
        if low < high:
            own = [(trigger, min(place - start, size)) for trigger, place in ends[low:high]]
            yield number, Block(content, 0, size, 0, size, detector.spans_of(own))
