"""What corporate actions do to lots, drawn as tables; and that no share, cent or day is lost on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.corporate_actions import effects
from clients.corporate_actions.effects import Effect, Held, Holding
from clients.registers.corporate_action_terms import Kind, Terms
from tests.examples import many
from tests.spec.drawn import rows

ON = date(2026, 12, 1)
OLD, YOUNG = date(2020, 3, 2), date(2026, 6, 1)
CENT = D("0.01")


def of(kind: Kind, lots: list[Held], **said: object) -> tuple[Effect, ...]:
    return effects.of(replace(Terms(kind, ON), **said), lots)  # type: ignore[arg-type]


def terms_of(row: dict[str, str]) -> Terms:
    new, _, old = row.get("ratio", "").partition(":")

    def figure(text: str | None) -> D | None:
        return D(text) if text else None

    return Terms(
        Kind(row["kind"]),
        ON,
        figure(new),
        figure(old),
        cash=figure(row.get("cash")),
        basis_share=figure(row.get("part")),
        value=figure(row.get("value")),
        lieu_price=figure(row.get("lieu")),
        is_taxable=row.get("taxable") == "yes",
    )


def drawn(effect: Effect) -> dict[str, str]:
    def shown(one: Holding | None, name: str) -> str:
        value = getattr(one, name) if one else None
        return (
            ""
            if value is None
            else f"{value:f}".rstrip("0").rstrip(".")
            if "." in f"{value:f}"
            else f"{value:f}"
        )

    return {
        "kept": shown(effect.kept, "shares"),
        "kept_basis": shown(effect.kept, "basis"),
        "got": shown(effect.received, "shares"),
        "got_basis": shown(effect.received, "basis"),
        "paid": f"{effect.cash:.2f}" if effect.cash else "",
        "gain": "?" if effect.gain is None else f"{effect.gain:.2f}" if effect.gain else "",
        "term": str(effect.term or ""),
    }


@pytest.mark.parametrize(
    "row",
    rows(
        """
        kind              | ratio | cash | part  | value | lieu | taxable | shares | basis | kept  | kept_basis | got    | got_basis | paid     | gain     | term
        split             | 4:1   |      |       |       |      |         | 30     | 6000  | 120   | 6000       |        |           |          |          |
        split             | 3:2   |      |       |       | 40   |         | 25     | 1000  | 37    | 986.67     |        |           | 20.00    | 6.67     | long
        split             | 3:2   |      |       |       |      |         | 25     | 1000  | 37.5  | 1000       |        |           |          |          |
        reverse_split     | 1:10  |      |       |       | 50   |         | 105    | 1050  | 10    | 1000       |        |           | 25.00    | -25.00   | long
        reverse_split     | 1:10  |      |       |       | 50   |         | 5      | 60    |       |            |        |           | 25.00    | -35.00   | long
        stock_dividend    | 105:100 |    |       |       |      |         | 200    | 4200  | 210   | 4200       |        |           |          |          |
        cash_merger       |       | 55   |       |       |      |         | 40     | 1500  |       |            |        |           | 2200.00  | 700.00   | long
        cash_merger       |       | 30   |       |       |      |         | 40     | 1500  |       |            |        |           | 1200.00  | -300.00  | long
        stock_merger      | 1:2   |      |       |       |      |         | 100    | 3000  |       |            | 50     | 3000      |          |          |
        stock_merger      | 1:3   |      |       |       | 90   |         | 100    | 3000  |       |            | 33     | 2970      | 30.00    |          | long
        stock_merger      | 1:2   |      |       | 80    |      | yes     | 100    | 3000  |       |            | 50     | 4000      |          | 1000.00  | long
        mixed_merger      | 1:2   | 10   |       | 80    |      |         | 100    | 3000  |       |            | 50     | 3000      | 1000.00  | 1000.00  | long
        mixed_merger      | 1:2   | 10   |       | 80    |      |         | 100    | 4600  |       |            | 50     | 4000      | 1000.00  | 400.00   | long
        mixed_merger      | 1:2   | 10   |       | 80    |      |         | 100    | 9000  |       |            | 50     | 8000      | 1000.00  |          |
        mixed_merger      | 1:2   | 10   |       | 80    |      | yes     | 100    | 9000  |       |            | 50     | 4000      | 1000.00  | -4000.00 | long
        spin_off          | 1:10  |      | 0.125 |       |      |         | 100    | 4000  | 100   | 3500       | 10     | 500       |          |          |
        spin_off          | 1:8   |      | 0.2   |       | 30   |         | 100    | 4000  | 100   | 3200       | 12     | 768       | 15.00    | -17.00   | long
        spin_off          | 1:10  |      |       | 25    |      | yes     | 100    | 4000  | 100   | 4000       | 10     | 250       |          |          |
        return_of_capital |       | 2.5  |       |       |      |         | 100    | 4000  | 100   | 3750       |        |           | 250.00   |          |
        return_of_capital |       | 2.5  |       |       |      |         | 100    | 200   | 100   | 0          |        |           | 250.00   | 50.00    | long
        cash_in_lieu      |       |      |       |       | 12   |         | 10.5   | 105   | 10    | 100        |        |           | 6.00     | 1.00     | long
        liquidation       |       | 7    |       |       |      |         | 100    | 500   |       |            |        |           | 700.00   | 200.00   | long
        tender            |       | 7    |       |       |      |         | 100    | 500   |       |            |        |           | 700.00   | 200.00   | long
        delisting         |       |      |       |       |      |         | 100    | 500   | 100   | 500        |        |           |          |          |
        symbol_change     |       |      |       |       |      |         | 100    | 500   | 100   | 500        |        |           |          |          |
        cash_merger       |       | 55   |       |       |      |         | 40     |       |       |            |        |           | 2200.00  | ?        | long
        return_of_capital |       | 2.5  |       |       |      |         | 100    |       | 100   |            |        |           | 250.00   | ?        |
        mixed_merger      | 1:2   | 10   |       | 80    |      |         | 100    |       |       |            | 50     |           | 1000.00  | ?        | long
        spin_off          | 1:10  |      | 0.125 |       |      |         | 100    |       | 100   |            | 10     |           |          |          |
        """
    ),
)
def test_one_lot(row: dict[str, str]) -> None:
    lot = Held("a", D(row["shares"]), D(row["basis"]) if row["basis"] else None, OLD)

    (found,) = effects.of(terms_of(row), [lot])

    assert drawn(found) == {name: row[name] for name in drawn(found)}


@pytest.mark.parametrize(
    ("kind", "said", "begins"),
    [
        (Kind.SPLIT, {"shares_new": D(2), "shares_old": D(1)}, YOUNG),
        (Kind.SPIN_OFF, {"shares_new": D(1), "shares_old": D(10), "basis_share": D("0.1")}, YOUNG),
        (Kind.STOCK_MERGER, {"shares_new": D(1), "shares_old": D(2)}, YOUNG),
        (Kind.STOCK_MERGER, {"shares_new": D(1), "shares_old": D(2), "value": D(9), "is_taxable": True}, ON),
        (Kind.SPIN_OFF, {"shares_new": D(1), "shares_old": D(10), "value": D(9), "is_taxable": True}, ON),
    ],
)
def test_a_holding_period_carries_over_or_begins(kind: Kind, said: dict[str, object], begins: date) -> None:
    (found,) = of(kind, [Held("a", D(100), D(1000), YOUNG, OLD)], **said)
    after = found.received or found.kept

    assert after is not None
    assert (after.acquired_on, after.held_since) == (begins, OLD if begins == YOUNG else None)


def test_what_became_worthless_counts_as_sold_on_the_last_day_of_the_year() -> None:
    lot = Held("a", D(100), D(500), date(2025, 12, 15))

    (worthless,) = of(Kind.LIQUIDATION, [lot], cash=D(0))
    (paid,) = of(Kind.LIQUIDATION, [lot], cash=D(1))

    assert (worthless.gain, worthless.term, paid.gain, paid.term) == (D(-500), "long", D(-400), "short")


def test_the_fraction_is_the_accounts_and_comes_from_the_first_lot() -> None:
    lots = [Held("young", D(5), D(500), YOUNG), Held("old", D(5), D(100), OLD)]

    young, old = of(Kind.SPLIT, lots, shares_new=D(3), shares_old=D(2), lieu_price=D(50))
    first, second = of(
        Kind.SPLIT,
        [replace(lots[0], shares=D(3)), lots[1]],
        shares_new=D(3),
        shares_old=D(2),
        lieu_price=D(50),
    )

    assert [one.kept and one.kept.shares for one in (young, old)] == [D("7.5"), D("7.5")]
    assert (young.cash, old.cash) == (D(0), D(0)), "half a share each make a whole one together"
    assert [one.kept and one.kept.shares for one in (first, second)] == [D("4.5"), D("7.5")]
    _, old = of(
        Kind.SPLIT,
        [Held("young", D(4), D(400), YOUNG), lots[1]],
        shares_new=D(3),
        shares_old=D(2),
        lieu_price=D(50),
    )
    assert (old.kept and old.kept.shares, old.cash, old.term) == (D(7), D("25.00"), "long")


# ── Properties ───────────────────────────────────────────────────────────────────────────────────

amounts = st.decimals(0, 50_000, places=2)
KNOWN: dict[Kind, dict[str, object]] = {
    Kind.SPLIT: {"lieu_price": D("31.07")},
    Kind.REVERSE_SPLIT: {"lieu_price": D("31.07")},
    Kind.STOCK_DIVIDEND: {},
    Kind.CASH_MERGER: {},
    Kind.LIQUIDATION: {},
    Kind.TENDER: {},
    Kind.STOCK_MERGER: {"lieu_price": D("12.345678"), "value": D("12.34")},
    Kind.MIXED_MERGER: {"lieu_price": D("12.345678"), "value": D("12.34")},
    Kind.SPIN_OFF: {"lieu_price": D("12.345678"), "value": D("12.34"), "basis_share": D("0.1234567891")},
    Kind.RETURN_OF_CAPITAL: {},
    Kind.CASH_IN_LIEU: {"lieu_price": D("9.99")},
    Kind.DELISTING: {},
    Kind.SYMBOL_CHANGE: {},
    Kind.CUSIP_CHANGE: {},
}
PAYS = {Kind.CASH_MERGER, Kind.LIQUIDATION, Kind.TENDER, Kind.MIXED_MERGER, Kind.RETURN_OF_CAPITAL}
RATIOS = {*KNOWN} - PAYS - {Kind.CASH_IN_LIEU, Kind.DELISTING, Kind.SYMBOL_CHANGE, Kind.CUSIP_CHANGE}


@st.composite
def an_account(draw: st.DrawFn) -> list[Held]:
    return [
        Held(
            f"l{place}",
            draw(st.decimals("0.000001", 5000, places=6)),
            draw(amounts),
            draw(st.dates(date(2010, 1, 1), date(2026, 11, 1))),
        )
        for place in range(draw(st.integers(1, 6)))
    ]


@st.composite
def an_action(draw: st.DrawFn) -> Terms:
    kind = draw(st.sampled_from(sorted(KNOWN)))
    said = dict(KNOWN[kind])
    if kind in RATIOS or kind is Kind.MIXED_MERGER:
        new, old = draw(st.integers(1, 50)), draw(st.integers(1, 50))
        said |= {"shares_new": D(new), "shares_old": D(old)}
    if kind in PAYS:
        said["cash"] = draw(st.decimals(0, 500, places=4))
    if "value" in said:
        said["is_taxable"] = draw(st.booleans())
    if not draw(st.booleans()) and kind is not Kind.CASH_IN_LIEU:
        said.pop("lieu_price", None)
    return replace(Terms(kind, ON), **said)  # type: ignore[arg-type]


def total(effects_: tuple[Effect, ...], name: str, of_what: str) -> D:
    found = [getattr(one, of_what) for one in effects_]
    return sum((getattr(one, name) for one in found if one is not None), D(0))


@many
@given(lots=an_account(), terms=an_action())
def test_no_cent_is_lost(lots: list[Held], terms: Terms) -> None:
    for one in effects.of(terms, lots):
        assert one.lot.basis is not None
        assert one.gain is not None
        kept = one.kept.basis if one.kept else D(0)
        received = one.received.basis if one.received else D(0)
        assert kept is not None
        assert received is not None
        assert one.lot.basis + one.gain + one.income == kept + received + one.cash
        assert all(figure == figure.quantize(CENT) for figure in (kept, received, one.cash, one.gain))
        assert min(kept, received, one.cash) >= 0


@many
@given(lots=an_account(), terms=an_action())
def test_shares_are_conserved_by_the_ratio_up_to_the_fraction_paid(lots: list[Held], terms: Terms) -> None:
    found = effects.of(terms, lots)
    before = sum((one.shares for one in lots), D(0))
    old, new = effects.shares_after(terms, before)

    if terms.kind is not Kind.TENDER:
        assert (total(found, "shares", "kept"), total(found, "shares", "received")) == (old, new)
    if terms.lieu_price is not None:
        after = new if terms.kind in (Kind.STOCK_MERGER, Kind.MIXED_MERGER, Kind.SPIN_OFF) else old
        assert after == after.to_integral_value()


@many
@given(lots=an_account(), terms=an_action())
def test_a_deferred_action_recognizes_no_more_than_its_cash_and_no_loss_in_a_merger(
    lots: list[Held], terms: Terms
) -> None:
    if terms.is_taxable or terms.kind in (Kind.CASH_MERGER, Kind.LIQUIDATION, Kind.TENDER):
        return
    for one in effects.of(terms, lots):
        assert one.gain is not None
        assert one.gain <= one.cash
        if terms.lieu_price is None:
            assert one.gain >= 0


@many
@given(lots=an_account(), terms=an_action())
def test_days_stay_where_the_law_defers(lots: list[Held], terms: Terms) -> None:
    for one in effects.of(terms, lots):
        if one.kept is not None:
            assert (one.kept.acquired_on, one.kept.held_since) == (one.lot.acquired_on, one.lot.held_since)
        if one.received is not None:
            assert one.received.acquired_on == (ON if terms.is_taxable else one.lot.acquired_on)
