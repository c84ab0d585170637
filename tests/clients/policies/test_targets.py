"""The edges of every kind of band, drawn as tables an advisor can check with a pencil."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from clients.models import AssetClass
from clients.policies import targets
from clients.policies.targets import TargetSpec, Widths
from compliance.refusals import BadInput
from tests.spec.drawn import rows


def pct(text: str) -> D | None:
    return D(text) / 100 if text else None


def spec_of(row: dict[str, str]) -> TargetSpec:
    return TargetSpec(
        asset_class="bonds",
        target=D(row["target"]) / 100,
        band=row["kind"],
        points=pct(row.get("points", "")),
        share=pct(row.get("share", "")),
        multiple=D(row["multiple"]) if row.get("multiple") else None,
        risk=pct(row.get("risk", "")),
        lower=pct(row.get("lower", "")),
        upper=pct(row.get("upper", "")),
    )


KINDS = """
    kind       | target | points | share | lower | upper | low   | high
    absolute   |     60 |      5 |       |       |       | 55    | 65
    relative   |     10 |        |    25 |       |       | 7.5   | 12.5
    relative   |     10 |        |    15 |       |       | 8.5   | 11.5
    relative   |     60 |        |     5 |       |       | 57    | 63
    narrower   |     60 |      5 |    25 |       |       | 55    | 65
    narrower   |     20 |      5 |    25 |       |       | 15    | 25
    narrower   |     10 |      5 |    25 |       |       | 7.5   | 12.5
    narrower   |      3 |      5 |    25 |       |       | 2.25  | 3.75
    wider      |     60 |      5 |    25 |       |       | 45    | 75
    wider      |     20 |      2 |    25 |       |       | 15    | 25
    asymmetric |      2 |        |       |     0 |     4 | 0     | 4
    asymmetric |      0 |        |       |     0 |     0 | 0     | 0
    cash       |      2 |      3 |       |     1 |       | 1     | 5
    cash       |      2 |      3 |       |       |       | 0     | 5
"""


@pytest.mark.parametrize("row", rows(KINDS), ids=lambda row: f"{row['kind']} {row['target']}")
def test_a_quarter_of_ten_percent_is_seven_and_a_half_to_twelve_and_a_half(row: dict[str, str]) -> None:
    found = targets.edges(spec_of(row))

    assert (found.lower * 100, found.upper * 100) == (D(row["low"]), D(row["high"]))


PREFERENCES = """
    preference | kind       | target | points | share | lower | upper | low   | high
    tight      | absolute   |     60 |      4 |       |       |       | 57    | 63
    usual      | absolute   |     60 |      4 |       |       |       | 56    | 64
    loose      | absolute   |     60 |      4 |       |       |       | 54    | 66
    loose      | relative   |     10 |        |    40 |       |       | 5     | 15
    tight      | asymmetric |     10 |        |       |     8 |    14 | 8     | 14
    loose      | cash       |      2 |      3 |       |     1 |       | 1     | 5
"""


@pytest.mark.parametrize("row", rows(PREFERENCES), ids=lambda row: f"{row['preference']} {row['kind']}")
def test_a_preference_widens_and_narrows_what_is_not_stated_edge_by_edge(row: dict[str, str]) -> None:
    found = targets.edges(spec_of(row), widths=Widths(preference=row["preference"]))

    assert (found.lower * 100, found.upper * 100) == (D(row["low"]), D(row["high"]))


def test_where_nothing_is_taxed_the_band_may_be_narrower() -> None:
    spec = TargetSpec(asset_class="bonds", target=D("0.6"), points=D("0.06"))

    assert targets.edges(spec, widths=Widths(sheltered_share=D("0.5"))) == targets.Edges(
        lower=D("0.54"), upper=D("0.66"), sheltered=(D("0.57"), D("0.63"))
    )
    assert targets.edges(spec).sheltered is None


REFUSED = """
    kind       | target | points | share | lower | upper | multiple | says
    absolute   |     10 |      6 |       |       |       |          | wider than half the target
    relative   |     10 |        |       |       |       |          | has no width
    narrower   |     10 |      5 |       |       |       |          | has no width
    relative   |      0 |        |    25 |       |       |          | has no width
    asymmetric |     10 |        |       |    12 |    14 |          | does not contain its target
    asymmetric |     10 |        |       |     8 |       |          | needs both its edges
    cash       |      2 |        |       |       |       |          | needs points above
    cash       |      2 |      3 |       |     4 |       |          | a minimum at or below
    volatility |     60 |        |       |       |       |        2 | no assumption
    volatility |     60 |        |       |       |       |          | has no width
"""


@pytest.mark.parametrize("row", rows(REFUSED), ids=lambda row: f"{row['kind']} {row['says']}")
def test_a_band_that_makes_no_sense_is_refused(row: dict[str, str]) -> None:
    with pytest.raises(BadInput, match=row["says"]):
        targets.edges(spec_of(row))


def test_a_hard_range_holds_its_band() -> None:
    with pytest.raises(BadInput, match="must hold its band"):
        targets.edges(
            TargetSpec(asset_class="bonds", target=D("0.4"), points=D("0.05"), hard_lower=D("0.36"))
        )


def a_class(code: str, volatility: str | None = None, correlation: str | None = None) -> AssetClass:
    return AssetClass(
        code=code,
        volatility=D(volatility) if volatility else None,
        market_correlation=D(correlation) if correlation else None,
    )


CLASSES = {
    "stocks": a_class("stocks", "0.16", "1"),
    "bonds": a_class("bonds", "0.05", "0.1"),
    "cash": a_class("cash"),
}


def test_a_class_moves_against_the_rest_as_the_firm_assumes() -> None:
    # sqrt(0.16² + 0.05² - 2 x 0.1 x 0.16 x 0.05) = 0.162788: two classes move alike against each other.
    weights = {"stocks": D("0.6"), "bonds": D("0.4")}

    found = targets.relative_volatilities(weights, CLASSES)

    assert found == {"stocks": D("0.162788"), "bonds": D("0.162788")}


def test_bands_scaled_by_volatility_are_as_wide_as_the_class_drifts_between_two_looks() -> None:
    # 2 x 0.6 x 0.4 x 0.162788 x sqrt(1/4) = 3.9069 points.
    spec = TargetSpec(asset_class="stocks", target=D("0.6"), band="volatility", multiple=D(2))

    quarterly = targets.edges(spec, widths=Widths(look="quarterly"), relative_volatility=D("0.162788"))
    yearly = targets.edges(spec, widths=Widths(look="annual"), relative_volatility=D("0.162788"))

    assert (quarterly.lower, quarterly.upper) == (D("0.560931"), D("0.639069"))
    assert yearly.upper - D("0.6") == pytest.approx(2 * (quarterly.upper - D("0.6")), abs=D("0.000002"))


def test_bands_scaled_by_risk_are_narrower_for_what_moves_more() -> None:
    spec = TargetSpec(asset_class="stocks", target=D("0.6"), band="risk", risk=D("0.01"))

    calm, lively = (targets.edges(spec, relative_volatility=D(moves)) for moves in ("0.10", "0.20"))

    assert (calm.upper, lively.upper) == (D("0.7"), D("0.65"))


def test_without_an_assumption_for_every_class_nothing_is_scaled() -> None:
    unknown: dict[str, Any] = {**CLASSES, "gold": a_class("gold")}

    assert targets.relative_volatilities({"stocks": D("0.6"), "gold": D("0.4")}, unknown) == {}


def test_the_chance_of_leaving_the_band_is_shown_where_it_is_known() -> None:
    # A band of one standard deviation of a year's drift: 0.6 x 0.4 x 0.162788 = 3.9069 points, 31.7% outside.
    chance = targets.breach_probability(D("0.6"), D("0.560931"), D("0.639069"), D("0.162788"))

    assert chance is not None
    assert chance == pytest.approx(D("0.3173"), abs=D("0.0001"))
    assert targets.breach_probability(D("0.6"), D("0.5"), D("0.7"), None) is None


def test_targets_that_do_not_add_up_are_named() -> None:
    edges = targets.edges(TargetSpec(asset_class="bonds", target=D("0.4"), points=D("0.05")))

    assert "80" in targets.faults_of_total({"A": (D("0.4"), edges), "B": (D("0.4"), edges)})
    assert targets.faults_of_total({"A": (D("0.4"), edges), "B": (D("0.6"), edges)}) == ""
