"""The edges of a year: which lie between two computations, and how far the next ones are."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D

import pytest

from rebalancing.engine.tax import federal_tax, tables, thresholds
from rebalancing.engine.tax.federal_tax import NO_GAINS, GainLedger, TaxProfile
from rebalancing.engine.tax.tables import FilingStatus
from rebalancing.engine.tax.thresholds import Crossing, Edge, EdgeKind, Room, SafeHarbor

SINGLE = TaxProfile(2026, FilingStatus.SINGLE, wages=D(60_000))


def crossed(profile: TaxProfile, before: GainLedger, after: GainLedger) -> tuple[Crossing, ...]:
    return thresholds.crossed(
        profile, federal_tax.compute(profile, before), federal_tax.compute(profile, after)
    )


def test_a_long_term_gain_crosses_the_zero_edge_and_no_bracket() -> None:
    edge = Edge(EdgeKind.ZERO_RATE_ENDS, D(49_450))

    assert crossed(SINGLE, NO_GAINS, GainLedger(long_term=D(10_000))) == (Crossing(edge, upward=True),)
    assert crossed(SINGLE, GainLedger(long_term=D(10_000)), NO_GAINS) == (Crossing(edge, upward=False),)
    assert crossed(SINGLE, NO_GAINS, GainLedger(long_term=D(5_550))) == ()
    assert len(crossed(SINGLE, NO_GAINS, GainLedger(long_term=D("5550.01")))) == 1


def test_a_short_term_gain_crosses_brackets() -> None:
    assert Crossing(Edge(EdgeKind.ORDINARY_BRACKET, D(50_400)), upward=True) in crossed(
        SINGLE, NO_GAINS, GainLedger(short_term=D(10_000))
    )


def test_a_large_gain_crosses_investment_income_tax_medicare_tiers_and_the_twenty_percent_edge() -> None:
    kinds = [c.edge.kind for c in crossed(SINGLE, NO_GAINS, GainLedger(long_term=D(600_000)))]

    assert kinds == [
        EdgeKind.ZERO_RATE_ENDS,
        EdgeKind.FIFTEEN_RATE_ENDS,
        EdgeKind.INVESTMENT_INCOME_TAX,
        EdgeKind.MINIMUM_TAX_PHASE_OUT,
        *[EdgeKind.MEDICARE_TIER] * 5,
    ]


def test_municipal_interest_counts_toward_the_medicare_tiers_only() -> None:
    profile = replace(SINGLE, wages=D(100_000), tax_exempt_interest=D(8_000))
    kinds = [c.edge.kind for c in crossed(profile, NO_GAINS, GainLedger(long_term=D(2_000)))]

    assert kinds == [EdgeKind.MEDICARE_TIER]


def test_the_room_is_measured_to_the_next_edge_of_each_kind() -> None:
    room = {r.edge.kind: r.dollars for r in thresholds.room(SINGLE, federal_tax.compute(SINGLE, NO_GAINS))}

    assert room == {
        EdgeKind.ZERO_RATE_ENDS: 5_550,
        EdgeKind.FIFTEEN_RATE_ENDS: 501_600,
        EdgeKind.ORDINARY_BRACKET: 6_500,
        EdgeKind.INVESTMENT_INCOME_TAX: 140_000,
        EdgeKind.MINIMUM_TAX_PHASE_OUT: 440_000,
        EdgeKind.MINIMUM_TAX_EXEMPTION_ENDS: 620_200,
        EdgeKind.MEDICARE_TIER: 49_000,
    }


@pytest.mark.parametrize(
    ("status", "now", "prior", "prior_agi", "by_current", "by_prior", "required"),
    [
        (FilingStatus.SINGLE, "20000", "15000", "150000", "18000", "15000", "15000"),
        (FilingStatus.SINGLE, "20000", "15000", "150001", "18000", "16500", "16500"),
        (FilingStatus.SINGLE, "10000", "15000", "150000", "9000", "15000", "9000"),
        (FilingStatus.MARRIED_SEPARATELY, "20000", "15000", "75001", "18000", "16500", "16500"),
        (FilingStatus.MARRIED_SEPARATELY, "20000", "15000", "75000", "18000", "15000", "15000"),
        (FilingStatus.SINGLE, "-50", "0.01", "1", "0", "0.01", "0"),
    ],
)
def test_estimated_payments_are_safe_at_the_lower_of_two_lines(
    status: FilingStatus, now: str, prior: str, prior_agi: str, by_current: str, by_prior: str, required: str
) -> None:
    assert thresholds.safe_harbor(
        replace(SINGLE, filing_status=status),
        tax_this_year=D(now),
        tax_prior_year=D(prior),
        agi_prior_year=D(prior_agi),
    ) == SafeHarbor(D(required), D(by_current), D(by_prior))


def test_without_last_year_only_this_year_counts() -> None:
    for prior, agi in ((None, None), (D(50), None), (None, D(50_000))):
        found = thresholds.safe_harbor(SINGLE, tax_this_year=D(100), tax_prior_year=prior, agi_prior_year=agi)
        assert found == SafeHarbor(D(90), D(90), None)


def test_a_child_is_taxed_at_the_parents_rate_above_the_threshold() -> None:
    figures = tables.table(2026, FilingStatus.SINGLE)

    assert not thresholds.is_above_kiddie_threshold(figures, D(2700))
    assert thresholds.is_above_kiddie_threshold(figures, D("2700.01"))


def test_income_that_stands_on_an_edge_has_not_crossed_it_yet() -> None:
    on_the_edge, above = GainLedger(long_term=D(5_550)), GainLedger(long_term=D(5_551))
    edge = Edge(EdgeKind.ZERO_RATE_ENDS, D(49_450))

    assert crossed(SINGLE, on_the_edge, above) == (Crossing(edge, upward=True),)
    assert crossed(SINGLE, above, on_the_edge) == (Crossing(edge, upward=False),)
    room = {r.edge.kind: r.edge.at for r in thresholds.room(SINGLE, federal_tax.compute(SINGLE, on_the_edge))}
    assert EdgeKind.ZERO_RATE_ENDS not in room
    a_dollar_below = federal_tax.compute(SINGLE, GainLedger(long_term=D(5_549)))
    assert thresholds.room(SINGLE, a_dollar_below)[0] == Room(edge, D(1))
    assert room[EdgeKind.FIFTEEN_RATE_ENDS] == 545_500
