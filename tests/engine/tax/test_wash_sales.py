"""Wash sales against a share-by-share second opinion, and the law of conservation."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from rebalancing.engine.tax import wash_sales
from rebalancing.engine.tax.wash_sales import Acquisition, Effect, Outcome, Owner, Sale, Settings
from tests.engine.oracles import shares_one_by_one
from tests.examples import many

NEW_YEAR = date(2026, 1, 1)
NEARLY_NOTHING = Fraction(1, 10**12)

owners = st.sampled_from(["self_taxable"] * 5 + ["spouse_taxable", "ira", "spouse_ira", "roth_ira", "hsa"])
Story = tuple[list[tuple[str, date, int, int, str]], list[tuple[str, date, str, int, int]]]


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """A few lots around one season, sold in parts at prices that make losses likely."""
    lots, sales = [], []
    for number in range(draw(st.integers(1, 6))):
        bought_on = NEW_YEAR + timedelta(days=draw(st.integers(0, 100)))
        if draw(st.booleans()) and number < 3:
            bought_on -= timedelta(days=draw(st.integers(200, 900)))
        shares = draw(st.integers(1, 9))
        lots.append((f"L{number}", bought_on, shares, draw(st.integers(50, 150)) * shares, draw(owners)))
        left = shares
        for _ in range(draw(st.integers(0, 3))):
            sold_on = max(bought_on, NEW_YEAR) + timedelta(days=draw(st.integers(0, 90)))
            count = draw(st.integers(0, left))
            if count:
                price = draw(st.integers(40, 120))
                sales.append((f"S{number}{len(sales)}", sold_on, f"L{number}", count, price * count))
                left -= count
    return draw(st.permutations(lots)), draw(st.permutations(sales))


def processed(story: Story, *, earlier: bool = True) -> wash_sales.Ledger:
    lots, sales = story
    return wash_sales.process(
        [Acquisition(lot, on, Decimal(n), Decimal(cost), Owner(owner)) for lot, on, n, cost, owner in lots],
        [Sale(sale, on, lot, Decimal(n), Decimal(proceeds)) for sale, on, lot, n, proceeds in sales],
        Settings(earlier_lots_replace=earlier),
    )


def near(exact: Fraction, found: Decimal) -> bool:
    return abs(exact - Fraction(found)) < NEARLY_NOTHING


def went(outcomes: Iterable[Outcome], where: Effect) -> Decimal:
    """What of the disallowed losses went there."""
    return sum(
        (one.disallowed for outcome in outcomes for one in outcome.matches if one.effect is where), Decimal(0)
    )


@many
@given(story=stories(), earlier=st.booleans())
def test_pieces_agree_with_single_shares(story: Story, earlier: bool) -> None:
    ledger = processed(story, earlier=earlier)
    tallies, shelf = shares_one_by_one.wash(*story, earlier)

    for sale, tally in tallies.items():
        outcomes = [outcome for outcome in ledger.outcomes if outcome.sale == sale]
        assert near(tally.realized, sum(outcome.realized for outcome in outcomes))
        assert near(tally.disallowed, sum(outcome.disallowed for outcome in outcomes))
        assert near(tally.lost, went(outcomes, Effect.LOST))
        assert near(tally.recorded, went(outcomes, Effect.RECORDED))
    for lot, shares in shelf.items():
        pieces = [piece for open_lot in ledger.open_lots if open_lot.id == lot for piece in open_lot.pieces]
        singles = [piece for piece in pieces for _ in range(int(piece.shares))]
        assert [share.held_since for share in shares] == [piece.held_since for piece in singles]
        assert all(
            near(share.basis, piece.basis / piece.shares)
            for share, piece in zip(shares, singles, strict=True)
        )


@many
@given(story=stories())
def test_what_is_recognized_less_open_basis_changes_only_by_what_is_lost_or_recorded(story: Story) -> None:
    ledger = processed(story)
    taxed = {lot for lot, *_, owner in story[0] if Owner(owner).is_taxed}
    cost = sum(cost for lot, _, _, cost, _ in story[0] if lot in taxed)
    proceeds = sum(proceeds for _, _, lot, _, proceeds in story[1] if lot in taxed)
    open_basis = sum((lot.basis for lot in ledger.open_lots if lot.id in taxed), Decimal(0))
    recognized = sum((outcome.recognized for outcome in ledger.outcomes), Decimal(0))
    gone = went(ledger.outcomes, Effect.LOST) + went(ledger.outcomes, Effect.RECORDED)

    assert near(Fraction(proceeds - cost), recognized - open_basis - gone)


@many
@given(story=stories())
def test_no_share_replaces_twice_and_gains_stay_untouched(story: Story) -> None:
    ledger = processed(story)
    bought = {lot: shares for lot, _, shares, _, _ in story[0]}
    for lot, shares in bought.items():
        used = sum(m.shares for o in ledger.outcomes for m in o.matches if m.replacement == lot)
        assert used <= shares
    for outcome in ledger.outcomes:
        assert all(match.replacement != outcome.lot for match in outcome.matches)
        assert 0 <= outcome.disallowed <= max(Decimal(0), -outcome.realized)


@many
@given(story=stories())
def test_the_order_of_the_rows_does_not_matter(story: Story) -> None:
    lots, sales = story
    assert processed((sorted(lots), sorted(sales))) == processed((lots, sales))


def test_a_lot_split_by_endless_fractions_can_still_be_sold_whole():
    """Losses of odd parts of shares are each matched to shares of one purchase, which is then sold to the last share."""
    sold = [Decimal(65) / 76, Decimal(25) / 44, Decimal(37) / 68, Decimal(16) / 17, Decimal("0.75")]
    today = date(2026, 11, 20)

    def lot(name: str, on: date, shares: int, cost: int) -> Acquisition:
        return Acquisition(name, on, Decimal(shares), Decimal(cost), Owner.SELF_TAXABLE, "g")

    lots = [lot(f"L{number}", date(2020, 1, number + 1), 100, 20_000) for number in range(len(sold))]
    sales = [Sale(f"L{n}", today, f"L{n}", shares, shares * 100) for n, shares in enumerate(sold)]

    ledger = wash_sales.process(
        [*lots, lot("R", date(2026, 11, 10), 14, 1400)],
        [*sales, Sale("R", today, "R", Decimal(14), Decimal(1400))],
    )

    assert sum(one.shares for one in ledger.outcomes if one.lot == "R") == 14
