"""What the process that reads a file hands over is the file as it was read, to the last digit."""

from __future__ import annotations

from decimal import Decimal

import pytest

from clients.custodians import carrying
from clients.custodians.kinds import RowKind
from clients.custodians.rows import ParsedFile, PriceRow
from tests.clients.custodians.reading import SAMPLES, sample


def told(parsed: ParsedFile) -> list[str]:
    """Each row in words, with the place it is from, which is no part of what makes two rows equal."""
    return [f"{row!r} {row.origin}" for kind in RowKind for row in getattr(parsed, kind.value)]


@pytest.mark.parametrize(
    "name", sorted(path.relative_to(SAMPLES).as_posix() for path in SAMPLES.rglob("*.*"))
)
def test_every_sample_arrives_as_it_was_read(name: str) -> None:
    parsed = sample(name)

    arrived = carrying.unpacked(carrying.packed(parsed))

    assert arrived == parsed
    assert told(arrived) == told(parsed)


def test_numbers_keep_their_digits_and_nothing_stays_nothing() -> None:
    prices = [Decimal(one) for one in ("1", "1.0", "1.00", "-0", "1E+2", "0.000000000001")]
    parsed = ParsedFile(
        layout="house",
        custodian=None,
        name="prices.csv",
        as_of=None,
        prices=tuple(PriceRow("ZUS", None, price, None) for price in prices),  # type: ignore[arg-type]
    )

    arrived = carrying.unpacked(carrying.packed(parsed))

    assert [str(row.price) for row in arrived.prices] == [str(price) for price in prices]
    assert {(row.on, row.source) for row in arrived.prices} == {(None, None)}
    assert arrived.lots == ()
