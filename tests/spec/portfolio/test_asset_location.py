"""What an asset costs by where it is held."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from rebalancing.engine.portfolio import asset_location
from rebalancing.engine.portfolio.asset_location import (
    Bond,
    BondComparison,
    LocationError,
    Rates,
    Yields,
)
from tests.spec.drawn import rows

HIGH_BRACKET = Rates(ordinary=D("0.358"), qualified=D("0.188"), realized_gain=D("0.188"))


def test_what_an_asset_loses_to_tax_a_year() -> None:
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
