"""What a page quotes from an example stands in the example."""

from __future__ import annotations

from tests.docs import pages


def test_every_quote_stands_in_its_file() -> None:
    quotes = [(page, quote) for page in pages.pages() for quote in pages.quotes(page)]
    assert len(quotes) > 10
    for page, quote in quotes:
        text = (pages.ROOT / quote.path).read_text()
        position = 0
        for part in quote.parts:
            found = text.find(part, position)
            assert found >= 0, f"{pages.name(page)}: {quote.path} has no such lines:\n{part}"
            assert found == 0 or text[found - 1] == "\n", f"{quote.path}: not whole lines:\n{part}"
            position = found + len(part)


def test_every_mark_has_its_block() -> None:
    for page in pages.pages():
        assert page.read_text().count("<!-- from: ") == len(pages.quotes(page)), pages.name(page)
