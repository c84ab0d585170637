"""How old the record's prices are, said on any day of any year."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from advisory.health import freshness
from tests.clock import LAST_FRIDAY, SUNDAY_NOON

FRESH = "`./evenkeel demo --fresh` rebuilds the firm as of the last close instead."
ALONE = "The demonstration adds the market days since by itself while it runs; `./evenkeel manage demo_day` does so at once."


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (SUNDAY_NOON, ""),
        (datetime(2026, 11, 23, 17, tzinfo=UTC), ""),
        (
            datetime(2026, 11, 24, 17, tzinfo=UTC),
            "The latest prices on record are of Nov 20, 2026, 1 market day before the last close (Nov 23, 2026). "
            f"{ALONE} {FRESH}",
        ),
        (
            # The Saturday after Thanksgiving: three sessions and half of one.
            datetime(2026, 11, 28, 17, tzinfo=UTC),
            "The latest prices on record are of Nov 20, 2026, 4 market days before the last close (Nov 27, 2026). "
            f"{ALONE} {FRESH}",
        ),
        (
            datetime(2027, 1, 2, 17, tzinfo=UTC),
            "The latest prices on record are of Nov 20, 2026, 27 market days before the last close (Dec 31, 2026). "
            f"{ALONE} Tax figures for 2027 are not on record, so no taxable household gets a new one. {FRESH}",
        ),
    ],
)
def test_a_demonstration_says_what_it_lacks(at: datetime, said: str) -> None:
    assert freshness.sentence(LAST_FRIDAY, at=at, is_demo=True) == said


def test_a_firm_is_told_to_load_prices_and_nothing_of_a_demonstration() -> None:
    said = freshness.sentence(LAST_FRIDAY, at=datetime(2026, 11, 24, 17, tzinfo=UTC), is_demo=False)

    assert said.endswith("Load that day's closing prices; until then no new scan starts.")
    assert "demo" not in said


def test_an_empty_record_is_not_old() -> None:
    assert freshness.sentence(None, at=SUNDAY_NOON, is_demo=True) == ""
    assert freshness.sentence(date(2026, 12, 1), at=SUNDAY_NOON, is_demo=True) == ""
