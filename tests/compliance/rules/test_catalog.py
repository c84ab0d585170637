"""docs/rules.md says what is in the book and what is not."""

from __future__ import annotations

from pathlib import Path

from compliance.rules import book, catalog

PAGE = Path(__file__).parents[3] / "docs" / "rules.md"


def test_every_rule_of_the_catalog_is_in_the_book_or_pending() -> None:
    ids = sorted([*book.RULES_BY_ID, *(rule.id for rule in book.PENDING)])

    assert ids == [f"PTC-{number:02}" for number in range(1, len(ids) + 1)]


def test_the_page_of_the_rules_is_true() -> None:
    assert PAGE.read_text(encoding="utf-8") == catalog.as_markdown(), (
        "docs/rules.md is out of date; write compliance.rules.catalog.as_markdown() into it."
    )
