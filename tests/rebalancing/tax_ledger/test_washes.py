"""The household's losses under the wash-sale rule, drawn after Pub. 550, and what must hold whatever was traded."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebalancing.engine.tax.holding_periods import Term
from rebalancing.engine.tax.wash_sales import Effect, Owner
from rebalancing.tax_ledger import washes
from rebalancing.tax_ledger.pieces import Piece, Place, Purchase, Source
from tests.spec import drawn

OWN = Place("own", "Own", Owner.SELF_TAXABLE, "joint", "joint|max")
HERS = Place("hers", "Hers", Owner.SELF_TAXABLE, "joint", "joint|mia")
IRA = Place("ira", "IRA", Owner.IRA)
PLACES = {place.account: place for place in (OWN, HERS, IRA)}


def sold(
    key: str,
    on: str,
    shares: str,
    proceeds: str,
    basis: str,
    acquired: str,
    where: str = "own",
    disallowed: str = "0",
) -> Piece:
    return Piece(
        id=key,
        place=PLACES[where],
        symbol="ZUS",
        name="ZUS fund",
        sold_on=date.fromisoformat(on),
        shares=D(shares),
        proceeds=D(proceeds),
        basis=None if basis == "?" else D(basis),
        acquired_on=None if acquired == "?" else date.fromisoformat(acquired),
        source=Source.REPORTED,
        reported_disallowed=D(disallowed),
        wash_group="us",
    )


def bought(key: str, on: str, shares: str, basis: str, where: str = "own") -> Purchase:
    return Purchase(key, PLACES[where], "ZUS", date.fromisoformat(on), D(shares), D(basis), "us")


CASES = """
    case                      | sold       | shares | proceeds | basis | acquired   | told | bought     | in   | n   | cost | recognized | deferred | lost | recorded
    Pub. 550, basic           | 2026-03-02 | 100    | 750      | 1000  | 2025-05-05 | 0    | 2026-03-20 | own  | 100 | 800  | 0          | 250      | 0    | 0
    its custodian says so too | 2026-03-02 | 100    | 750      | 1000  | 2025-05-05 | 250  | 2026-03-20 | own  | 100 | 1050 | 0          | 0        | 0    | 0
    a part of it              | 2026-03-02 | 100    | 750      | 1000  | 2025-05-05 | 100  | 2026-03-20 | own  | 40  | 420  | -150       | 0        | 0    | 0
    fewer bought than sold    | 2026-03-02 | 100    | 4000     | 5000  | 2024-09-21 | 0    | 2026-03-10 | own  | 75  | 3900 | -250       | 750      | 0    | 0
    the IRA buys, 2008-5      | 2026-03-02 | 100    | 600      | 1000  | 2020-06-15 | 0    | 2026-03-03 | ira  | 100 | 600  | 0          | 0        | 400  | 0
    the spouse buys           | 2026-06-08 | 80     | 6240     | 8000  | 2024-03-04 | 0    | 2026-06-22 | hers | 80  | 6400 | 0          | 0        | 0    | 1760
    31 days later             | 2026-03-02 | 100    | 750      | 1000  | 2025-05-05 | 0    | 2026-04-02 | own  | 100 | 800  | -250       | 0        | 0    | 0
    30 days before            | 2026-03-02 | 100    | 750      | 1000  | 2025-05-05 | 0    | 2026-01-31 | own  | 100 | 800  | 0          | 250      | 0    | 0
    a gain is never touched   | 2026-03-02 | 100    | 1200     | 1000  | 2025-05-05 | 0    | 2026-03-03 | own  | 100 | 800  | 200        | 0        | 0    | 0
    the rest of the same lot  | 2026-03-20 | 100    | 4000     | 5000  | 2026-03-02 | 0    | 2026-03-02 | own  | 100 | 5000 | -1000      | 0        | 0    | 0
"""


@pytest.mark.parametrize("row", drawn.rows(CASES), ids=lambda row: row["case"])
def test_a_loss_and_what_becomes_of_it(row: dict[str, str]) -> None:
    piece = sold(
        "s",
        row["sold"],
        row["shares"],
        row["proceeds"],
        row["basis"],
        row["acquired"],
        disallowed=row["told"],
    )
    found = washes.corrected([piece], [bought("b", row["bought"], row["n"], row["cost"], row["in"])])

    (entry,) = found.entries
    assert (entry.recognized, entry.deferred, entry.lost, entry.recorded) == tuple(
        D(row[name]) for name in ("recognized", "deferred", "lost", "recorded")
    )


def test_a_replacement_that_is_sold_takes_the_loss_and_the_days_along() -> None:
    first = sold("a", "2026-01-20", "100", "6800", "9000", "2025-02-10")
    second = sold("b", "2026-02-20", "100", "9500", "7000", "2026-01-26")

    one, other = washes.corrected([first, second], []).entries

    assert (one.recognized, one.deferred, one.moved[0].adjusted_on) == (D(0), D(2200), date(2025, 2, 16))
    assert (other.added, other.recognized, other.term) == (D(2200), D(300), Term.LONG)


def test_a_replacement_with_more_shares_than_the_loss_is_sold_as_two_pieces() -> None:
    first = sold("a", "2026-01-20", "40", "2720", "3600", "2025-02-10")
    second = sold("b", "2026-02-20", "100", "9500", "7000", "2026-01-26")

    found = [one for one in washes.corrected([first, second], []).entries if one.piece.id == "b"]

    assert sorted((str(one.term), one.shares, one.added, one.recognized) for one in found) == [
        ("long", D(40), D(880), D(120)),
        ("short", D(60), D(0), D(1500)),
    ]


def test_an_unknown_basis_stays_unknown_and_takes_no_loss() -> None:
    (entry,) = washes.corrected([sold("a", "2026-03-02", "10", "750", "?", "2025-05-05")], []).entries

    assert (entry.basis, entry.gain, entry.recognized) == (None, None, None)


def test_two_losses_compete_for_one_purchase_and_the_earlier_one_is_matched_first() -> None:
    losses = [
        sold("a", "2026-01-05", "50", "4500", "5000", "2024-05-01"),
        sold("b", "2026-01-12", "50", "4500", "5500", "2024-06-03"),
    ]
    found = washes.corrected(losses, [bought("n", "2026-01-20", "60", "5100")])

    assert [one.recognized for one in found.entries] == [D(0), D(-800)]
    assert (found.pending, found.used) == ({"n": D(700)}, {"n": D(60)})


# ── What must always hold ────────────────────────────────────────────────────────────────────────

START = date(2026, 1, 2)
cents = st.integers(1, 900_000).map(lambda n: D(n) / 100)
days = st.integers(0, 120).map(lambda n: START + timedelta(days=n))
whole = st.integers(1, 300).map(D)
where = st.sampled_from([OWN, HERS, IRA])


@st.composite
def pieces(draw: st.DrawFn) -> list[Piece]:
    found = []
    for number in range(draw(st.integers(0, 6))):
        on = draw(days)
        place, proceeds = draw(st.sampled_from([OWN, OWN, HERS])), draw(cents)
        basis = draw(st.none() | cents)
        loss = max(D(0), (basis or D(0)) - proceeds)
        found.append(
            Piece(
                id=f"s{number}",
                place=place,
                symbol=draw(st.sampled_from(["ZUS", "ZUT"])),
                name="",
                sold_on=on,
                shares=draw(whole),
                proceeds=proceeds,
                basis=basis,
                acquired_on=draw(st.none() | st.dates(on - timedelta(days=400), on)),
                source=Source.REPORTED,
                reported_disallowed=draw(st.sampled_from([D(0), loss, (loss / 2).quantize(D("0.01"))])),
                wash_group=draw(st.sampled_from(["us", "us", None])),
            )
        )
    return found


@st.composite
def purchases(draw: st.DrawFn) -> list[Purchase]:
    return [
        Purchase(f"b{number}", draw(where), "ZUS", draw(days), draw(whole), draw(st.none() | cents), "us")
        for number in range(draw(st.integers(0, 5)))
    ]


@given(pieces(), purchases())
def test_what_is_disallowed_is_added_elsewhere_lost_or_recorded(
    sales: list[Piece], buys: list[Purchase]
) -> None:
    found = washes.corrected(sales, buys)

    disallowed = sum((one.deferred + one.lost + one.recorded for one in found.entries), D(0))
    added = sum((one.added for one in found.entries), D(0)) + sum(found.pending.values(), D(0))
    lost = sum((one.lost for one in found.entries), D(0))
    recorded = sum((one.recorded for one in found.entries), D(0))
    assert disallowed == added + lost + recorded
    moved = [one for entry in found.entries for one in entry.moved]
    assert sum((one.amount for one in moved), D(0)) == disallowed
    assert all(one.amount >= 0 for one in moved)


@given(pieces(), purchases())
def test_the_entries_are_the_pieces_to_the_cent(sales: list[Piece], buys: list[Purchase]) -> None:
    found = washes.corrected(sales, buys)

    for piece in sales:
        mine = [one for one in found.entries if one.piece is piece]
        assert sum((one.shares for one in mine), D(0)) == piece.shares
        assert sum((one.proceeds for one in mine), D(0)) == piece.proceeds
        assert sum((one.reported_disallowed for one in mine), D(0)) == piece.reported_disallowed
        known = [one.filed_basis for one in mine if one.filed_basis is not None]
        assert (sum(known, D(0)) if known else None) == piece.basis


@given(pieces(), purchases())
def test_no_share_disallows_two_losses(sales: list[Piece], buys: list[Purchase]) -> None:
    held = {one.id: one.shares for one in sales} | {one.id: one.shares for one in buys}

    assert all(shares <= held[key] for key, shares in washes.corrected(sales, buys).used.items())


@given(pieces(), purchases(), st.randoms())
def test_the_order_in_which_files_came_does_not_matter(
    sales: list[Piece], buys: list[Purchase], chance: random.Random
) -> None:
    before = washes.corrected(sales, buys)
    chance.shuffle(sales)
    chance.shuffle(buys)

    assert washes.corrected(sales, buys) == before


def test_what_is_lost_in_an_ira_is_named_with_its_replacement() -> None:
    found = washes.corrected(
        [sold("s", "2026-03-02", "10", "600", "1000", "2020-06-15")],
        [bought("b", "2026-03-03", "10", "600", "ira")],
    )

    (moved,) = found.entries[0].moved
    assert (moved.replacement, moved.amount, moved.effect, moved.adjusted_on) == (
        "b",
        D(400),
        Effect.LOST,
        None,
    )
