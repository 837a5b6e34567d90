"""CSV and Markdown of names that may be hostile."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sopskit.output import csv as csv_output
from sopskit.output import markdown

HOSTILE = st.text(alphabet="ab =+-@'\"`|<>\\\n\t\r,\u202e\uff1dé", max_size=12)


@pytest.mark.property
@given(st.lists(st.tuples(HOSTILE, HOSTILE), max_size=4))
def test_csv_is_read_as_it_was_written_and_no_cell_is_a_formula(rows: list[tuple[str, str]]) -> None:
    text = csv_output.document(("one", "two"), rows)
    table = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert [len(row) for row in table] == [2] * (len(rows) + 1)
    for row, cells in zip(rows, table[1:], strict=True):
        for given_, cell in zip(row, cells, strict=True):
            assert not re.match(r" *[=+\-@\t\r\uff0b\uff0d\uff1d\uff20]", cell)
            assert cell.removeprefix("'").isprintable()
            assert len(cell) >= len(given_)


@pytest.mark.property
@given(HOSTILE)
def test_a_code_span_ends_where_it_should(text: str) -> None:
    """As CommonMark reads it: the first run of backticks that is as long as the fence closes the span."""
    span = markdown.code(text)
    fence = re.match("`+", span)
    assert fence is not None
    runs = [match for match in re.finditer("`+", span[fence.end() :]) if match[0] == fence[0]]
    assert [fence.end() + match.end() for match in runs] == [len(span)]
    assert not {"|", "\n", "\r"} & set(span)
