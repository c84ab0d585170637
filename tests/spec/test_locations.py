"""Where an asset belongs, and from which account an overweight is sold."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebalancing.engine.portfolio import asset_location
from rebalancing.engine.portfolio.asset_location import (
    Bond,
    BondComparison,
    LocationError,
    Rates,
    Source,
    Swap,
    Yields,
)
from tests.engine.examples import many
from tests.spec.drawn import rows

HIGH_BRACKET = Rates(ordinary=D("0.358"), qualified=D("0.188"), realized_gain=D("0.188"))


def test_the_highest_drag_goes_into_the_deferred_account_first() -> None:
    drawn = rows("""
        asset  | ordinary | qualified | gain  | drag
        BOND   | 0.045    | 0         | 0     | 0.01611
        REIT   | 0.03     | 0.002     | 0.004 | 0.011868
        ACTIVE | 0.002    | 0.009     | 0.05  | 0.011808
        INDEX  | 0.0005   | 0.0125    | 0     | 0.002529
        TWIN   | 0.0005   | 0.0125    | 0     | 0.002529
    """)
    yields = {row["asset"]: Yields(D(row["ordinary"]), D(row["qualified"]), D(row["gain"])) for row in drawn}

    assert {name: asset_location.tax_drag(each, HIGH_BRACKET) for name, each in yields.items()} == {
        row["asset"]: D(row["drag"]) for row in drawn
    }
    assert asset_location.order_into_deferred(yields, HIGH_BRACKET) == tuple(row["asset"] for row in drawn)


def test_the_fastest_grower_goes_into_the_roth_account_first() -> None:
    growth = {"BOND": D("0.04"), "SMALL": D("0.09"), "EMERGING": D("0.09")}

    assert asset_location.order_into_roth(growth) == ("EMERGING", "SMALL", "BOND")


def test_bonds_in_the_ira_or_in_the_taxable_account() -> None:
    swap = asset_location.bond_swap(
        amount_each=D(100000),
        bonds=Yields(ordinary=D("0.045")),
        stocks=Yields(qualified=D("0.013")),
        rates=HIGH_BRACKET,
    )

    assert swap == Swap(D("244.4"), D("1611"), D("1366.6"), D("0.006833"))


def test_when_bonds_pay_next_to_nothing_the_saving_turns_round() -> None:
    swap = asset_location.bond_swap(
        amount_each=D(100000),
        bonds=Yields(ordinary=D("0.005")),
        stocks=Yields(qualified=D("0.02")),
        rates=HIGH_BRACKET,
    )

    assert swap.saving == D(-197)


@pytest.mark.parametrize(
    "row",
    rows(
        """
        muni  | taxable | rate     | after tax | break even | better
        0.031 | 0.045   | 0.408    | 0.02664   | 0.311111   | MUNI
        0.031 | 0.045   | 0.22     | 0.0351    | 0.311111   | TAXABLE
        0.03  | 0.05    | 0.4      | 0.03      | 0.4        | TIE
        """
    ),
)
def test_municipal_or_taxable(row: dict[str, str]) -> None:
    compared = asset_location.compare_bonds(
        municipal_yield=D(row["muni"]), taxable_yield=D(row["taxable"]), rate=D(row["rate"])
    )

    assert compared == BondComparison(D(row["after tax"]), compared.break_even_rate, Bond(row["better"]))
    assert round(compared.break_even_rate, 6) == D(row["break even"])


def test_a_dollar_in_the_ira_is_partly_the_treasurys() -> None:
    accounts = [({"STOCK": D(100000)}, D(0)), ({"BOND": D(100000)}, D("0.22")), ({}, D(0))]

    assert asset_location.pre_tax_weights(accounts) == {"STOCK": D("0.5"), "BOND": D("0.5")}
    assert round(asset_location.after_tax_weights(accounts)["STOCK"], 6) == D("0.561798")
    both = [({"BOND": D(100), "STOCK": D(450)}, D(0)), ({"BOND": D(100)}, D("0.5"))]
    assert asset_location.after_tax_weights(both) == {"BOND": D("0.25"), "STOCK": D("0.75")}


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda: asset_location.bond_swap(
                amount_each=D(0), bonds=Yields(), stocks=Yields(), rates=HIGH_BRACKET
            ),
            "nothing to place",
        ),
        (
            lambda: asset_location.compare_bonds(
                municipal_yield=D("0.03"), taxable_yield=D(0), rate=D("0.3")
            ),
            "above zero",
        ),
    ],
)
def test_figures_without_a_location_are_refused(ask: object, message: str) -> None:
    with pytest.raises(LocationError, match=message):
        ask()  # type: ignore[operator]


SOURCES = (
    Source("SHORT", D(1000), tax_per_dollar=D("0.01"), is_short_term=True),
    Source("LONG_DEAR", D(1000), tax_per_dollar=D("0.09")),
    Source("LONG_CHEAP", D(1000), tax_per_dollar=D("0.02")),
    Source("FREE", D(1000)),
    Source("LOSS", D(1000), tax_per_dollar=D("-0.05")),
    Source("IRA", D(1000), is_sheltered=True),
)


@pytest.mark.parametrize(
    ("amount", "sold"),
    [
        ("500", {"IRA": D(500)}),
        ("1500", {"IRA": D(1000), "LOSS": D(500)}),
        (
            "5200",
            {
                "IRA": D(1000),
                "LOSS": D(1000),
                "FREE": D(1000),
                "LONG_CHEAP": D(1000),
                "LONG_DEAR": D(1000),
                "SHORT": D(200),
            },
        ),
        ("9999", {source.account: D(1000) for source in SOURCES}),
    ],
)
def test_an_overweight_is_sold_where_it_is_cheapest(amount: str, sold: dict[str, D]) -> None:
    reductions = asset_location.reduce(D(amount), SOURCES)

    assert {each.source.account: each.amount for each in reductions} == sold


def test_a_short_term_lot_that_costs_nothing_goes_before_long_term_ones_that_do() -> None:
    free = Source("FREE", D(1000), is_short_term=True)
    loss = Source("LOSS", D(1000), tax_per_dollar=D("-0.01"), is_short_term=True)
    dear = Source("DEAR", D(1000), tax_per_dollar=D("0.01"))

    reductions = asset_location.reduce(D(3000), [dear, free, loss])

    assert [each.source.account for each in reductions] == ["LOSS", "FREE", "DEAR"]


def test_a_reduction_knows_its_tax() -> None:
    (only,) = asset_location.reduce(D(20000), [Source("TAXABLE", D(400000), tax_per_dollar=D("0.094"))])

    assert only.tax == D(1880)


@many
@given(st.permutations(SOURCES), st.decimals("0", "8000", places=2))
def test_the_order_in_which_sources_are_read_changes_nothing(sources: list[Source], amount: D) -> None:
    assert asset_location.reduce(amount, sources) == asset_location.reduce(amount, SOURCES)
