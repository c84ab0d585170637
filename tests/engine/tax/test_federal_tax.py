"""The federal computation against an integral in Fractions, and what must hold whatever the figures."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from rebalancing.engine.tax import federal_tax, flat_rates, tables
from rebalancing.engine.tax.federal_tax import GainLedger, TaxProfile
from rebalancing.engine.tax.flat_rates import FlatRates
from rebalancing.engine.tax.holding_periods import Term
from rebalancing.engine.tax.tables import FilingStatus
from tests.engine.oracles import schedule_d, slow_tax
from tests.examples import many

dollars = st.decimals(0, 900_000, places=2) | st.integers(0, 120_000).map(Decimal)
gains = st.decimals(-400_000, 700_000, places=2) | st.integers(-12_000, 90_000).map(Decimal)
losses = st.just(Decimal(0)) | st.decimals(0, 60_000, places=2)
terms = st.sampled_from(list(Term))


@st.composite
def profiles(draw: st.DrawFn) -> TaxProfile:
    return TaxProfile(
        tax_year=draw(st.sampled_from(tables.known_years())),
        filing_status=draw(st.sampled_from(list(FilingStatus))),
        wages=draw(dollars),
        taxable_interest=draw(st.just(Decimal(0)) | dollars),
        qualified_dividends=draw(st.just(Decimal(0)) | dollars),
        deduction=draw(st.none() | st.integers(0, 60_000).map(Decimal)),
        state_rate=draw(st.sampled_from([Decimal(0), Decimal("0.05"), Decimal("0.093")])),
    )


@st.composite
def ledgers(draw: st.DrawFn) -> GainLedger:
    return GainLedger(
        short_term=draw(gains),
        long_term=draw(gains),
        short_term_carryover=draw(losses),
        long_term_carryover=draw(losses),
        distributions=draw(losses),
    )


def with_gain(ledger: GainLedger, gain: Decimal, term: Term) -> GainLedger:
    """The ledger after one more realized gain of this character."""
    if term is Term.SHORT:
        return replace(ledger, short_term=ledger.short_term + gain)
    return replace(ledger, long_term=ledger.long_term + gain)


def figures_of(profile: TaxProfile) -> slow_tax.Figures:
    table = tables.table(profile.tax_year, profile.filing_status)
    deduction = table.deduction if profile.deduction is None else profile.deduction
    return slow_tax.Figures(
        brackets=tuple(
            (Fraction(b.rate), None if b.up_to is None else Fraction(b.up_to)) for b in table.brackets
        ),
        zero_up_to=Fraction(table.zero_rate_up_to),
        fifteen_up_to=Fraction(table.fifteen_rate_up_to),
        deduction=Fraction(deduction),
        loss_limit=Fraction(1500 if profile.filing_status is FilingStatus.MARRIED_SEPARATELY else 3000),
        niit_above=Fraction(table.niit_above),
        is_fiduciary=profile.filing_status.is_fiduciary,
        minimum=slow_tax.minimum_of(table, profile.deduction),
    )


@many
@given(profile=profiles(), ledger=ledgers())
def test_the_formula_agrees_with_walking_along_the_income(profile: TaxProfile, ledger: GainLedger) -> None:
    found = federal_tax.compute(profile, ledger)
    year = slow_tax.Year(
        wages=Fraction(profile.wages),
        interest=Fraction(profile.taxable_interest),
        qualified_dividends=Fraction(profile.qualified_dividends),
        short_term=Fraction(ledger.short_term) - Fraction(ledger.short_term_carryover),
        long_term=Fraction(ledger.long_term + ledger.distributions) - Fraction(ledger.long_term_carryover),
    )

    assert slow_tax.Answer(
        income_tax=Fraction(found.income_tax),
        minimum_tax=Fraction(found.minimum_tax),
        niit=Fraction(found.niit),
        carry_short=Fraction(found.short_term_carryover),
        carry_long=Fraction(found.long_term_carryover),
    ) == slow_tax.tax(figures_of(profile), year)


@many
@given(profile=profiles(), ledger=ledgers())
def test_income_is_split_without_a_remainder(profile: TaxProfile, ledger: GainLedger) -> None:
    found = federal_tax.compute(profile, ledger)
    parts = (found.ordinary_taxable, found.amount_at_0, found.amount_at_15, found.amount_at_20)

    assert sum(parts) == found.taxable_income
    assert min(parts) >= 0
    assert (found.amount_at_25, found.amount_at_28) == (0, 0)


@many
@given(profile=profiles(), ledger=ledgers(), more=st.decimals(0, 200_000, places=2), term=terms)
def test_more_gain_never_lowers_this_years_tax(
    profile: TaxProfile, ledger: GainLedger, more: Decimal, term: Term
) -> None:
    assert (
        federal_tax.compute(profile, with_gain(ledger, more, term)).total
        >= federal_tax.compute(profile, ledger).total
    )


@many
@given(profile=profiles(), ledger=ledgers(), gain=st.decimals(0, 200_000, places=2))
def test_a_long_term_gain_costs_more_than_a_short_term_one_only_where_the_law_says_so(
    profile: TaxProfile, ledger: GainLedger, gain: Decimal
) -> None:
    long = federal_tax.compute(profile, with_gain(ledger, gain, Term.LONG)).total
    short = federal_tax.compute(profile, with_gain(ledger, gain, Term.SHORT)).total
    # The 15% rate on gains begins below the end of the 12% bracket (2026, single: 49,450 and 50,400): in
    # that sliver, and nowhere else, a dollar of long-term gain costs three cents more.
    figures = tables.table(profile.tax_year, profile.filing_status)
    twelve_up_to = next((row.up_to for row in figures.brackets if row.rate == Decimal("0.12")), None)
    sliver = max(Decimal(0), (twelve_up_to or Decimal(0)) - figures.zero_rate_up_to)
    assert long <= short + min(gain, sliver) * Decimal("0.03")


@many
@given(profile=profiles(), ledger=ledgers())
def test_no_loss_is_created_or_forgotten(profile: TaxProfile, ledger: GainLedger) -> None:
    found = federal_tax.compute(profile, ledger)
    carried = found.short_term_carryover + found.long_term_carryover
    net_loss = max(Decimal(0), -(found.net_short_term + found.net_long_term))

    assert net_loss - found.capital_loss_deduction <= carried <= net_loss


@many
@given(
    ledger=ledgers(), collectibles=st.decimals(0, 90_000, places=2), estate=st.decimals(0, 90_000, places=2)
)
def test_capped_groups_lie_between_the_preferential_and_the_ordinary_tax(
    ledger: GainLedger, collectibles: Decimal, estate: Decimal
) -> None:
    profile = TaxProfile(2026, FilingStatus.SINGLE, wages=Decimal(300_000))
    plain = GainLedger(ledger.short_term, abs(ledger.long_term) + collectibles + estate)
    capped = GainLedger(
        plain.short_term, plain.long_term, collectibles=collectibles, unrecaptured_1250=estate
    )
    ordinary = GainLedger(plain.short_term + plain.long_term)
    low, middle, high = (federal_tax.compute(profile, each).income_tax for each in (plain, capped, ordinary))

    assert low <= middle <= high


@many
@given(
    profile=profiles(),
    ledger=ledgers(),
    long=st.decimals(0, 300_000, places=2),
    collectibles=st.decimals(-20_000, 90_000, places=2),
    estate=st.decimals(0, 90_000, places=2),
)
def test_capped_groups_follow_the_schedule_d_tax_worksheet(
    profile: TaxProfile, ledger: GainLedger, long: Decimal, collectibles: Decimal, estate: Decimal
) -> None:
    mixed = replace(
        ledger, long_term=long + collectibles + estate, collectibles=collectibles, unrecaptured_1250=estate
    )
    found, figures = federal_tax.compute(profile, mixed), figures_of(profile)
    # Lines 18 and 19 of Schedule D by their own worksheets.
    rest = (
        Fraction(collectibles)
        - Fraction(mixed.long_term_carryover)
        - max(Fraction(0), -Fraction(mixed.net_short_term))
    )
    net_gain = Fraction(found.net_capital_gain)
    line_18 = min(max(Fraction(0), rest), net_gain)
    line_19 = min(max(Fraction(0), Fraction(estate) + min(Fraction(0), rest)), net_gain - line_18)

    assert Fraction(found.income_tax) == schedule_d.worksheet(
        taxable=Fraction(found.taxable_income),
        qualified_dividends=Fraction(profile.qualified_dividends),
        net_capital_gain=net_gain,
        gain_28=line_18,
        gain_1250=line_19,
        zero_up_to=figures.zero_up_to,
        fifteen_up_to=figures.fifteen_up_to,
        below_25_up_to=max(
            edge for rate, edge in figures.brackets if edge is not None and rate < Fraction(1, 4)
        ),
        ordinary=lambda income: slow_tax.area(figures, Fraction(0), income, preferential=False),
    )


@many
@given(ledger=ledgers(), short=st.integers(1, 50), part=st.integers(0, 100))
def test_flat_rates_net_and_carry_as_the_law_does(ledger: GainLedger, short: int, part: int) -> None:
    rates = FlatRates(short=Decimal(short) / 100, long=Decimal(short) * part / 10_000)
    flat = flat_rates.compute(rates, ledger)
    law = federal_tax.compute(TaxProfile(2026, FilingStatus.SINGLE, wages=Decimal(10**7)), ledger)

    assert (flat.taxed_long, flat.loss_deducted) == (law.net_capital_gain, law.capital_loss_deduction)
    assert flat.taxed_short + flat.taxed_long == max(Decimal(0), law.net_short_term + law.net_long_term)
    assert (flat.short_term_carryover, flat.long_term_carryover) == (
        law.short_term_carryover,
        law.long_term_carryover,
    )
