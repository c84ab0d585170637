"""Returns, what rebalancing did, and the diversification return. Returns are fractions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebalancing.engine.portfolio import attribution, performance, rebalancing_premium
from rebalancing.engine.portfolio.attribution import AttributionError, Period
from rebalancing.engine.portfolio.performance import (
    Dietz,
    FeeCharge,
    Flow,
    FlowTiming,
    PerformanceError,
    SubPeriod,
)
from rebalancing.engine.portfolio.rebalancing_premium import PremiumError
from tests.examples import many
from tests.spec.drawn import refused, rows


@pytest.mark.parametrize(
    "row",
    rows(
        """
        begin  | end    | flow  | day | timing       | gain | capital     | rate
        100000 | 112000 | 5000  | 10  | end_of_day   | 7000 | 103333.3333 | 0.067742
        100000 | 112000 | 5000  | 10  | start_of_day | 7000 | 103500      | 0.067633
        100000 | 92000  | -5000 | 15  | end_of_day   | -3000 | 97500      | -0.030769
        100000 | 105000 | 0     | 30  | end_of_day   | 5000 | 100000      | 0.05
        0      | 5100   | 5000  | 0   | end_of_day   | 100  | 5000        | 0.02
        100000 | 100    | -99950 | 0  | end_of_day   | 50   | 50          |
        1000   | 0      | -5000 | 10  | end_of_day   | 4000 | -2333.3333  |
        """
    ),
    ids=lambda row: " ".join(row.values()),
)
def test_modified_dietz(row: dict[str, str]) -> None:
    dietz = performance.modified_dietz(
        D(row["begin"]),
        D(row["end"]),
        days=30,
        flows=[Flow(int(row["day"]), D(row["flow"]))],
        timing=FlowTiming(row["timing"]),
    )

    rounded = Dietz(
        dietz.gain,
        round(dietz.average_capital, 4),
        None if dietz.rate is None else round(dietz.rate, 6),
    )
    assert rounded == Dietz(D(row["gain"]), D(row["capital"]), D(row["rate"]) if row["rate"] else None)


def test_modified_dietz_weighs_every_flow_by_the_days_it_was_there() -> None:
    flows = [Flow(10, D(3000)), Flow(20, D(-1500))]

    assert performance.modified_dietz(D(1000), D(2700), days=30, flows=flows) == Dietz(
        gain=D(200), average_capital=D(2500), rate=D("0.08")
    )


def test_a_single_day_has_a_return() -> None:
    assert performance.modified_dietz(D(100), D(101), days=1) == Dietz(D(1), D(100), D("0.01"))


def test_modified_dietz_needs_one_percent_of_the_money_involved_at_work() -> None:
    at_work = performance.modified_dietz(D(101), D(3), days=1, flows=[Flow(0, D(-99))])
    too_little = performance.modified_dietz(D(100), D(3), days=1, flows=[Flow(0, D(-99)), Flow(1, D(1))])
    nothing = performance.modified_dietz(D(0), D(0), days=1)

    assert (at_work.average_capital, at_work.rate) == (2, D("0.5"))
    assert (too_little.average_capital, too_little.rate) == (1, None)
    assert (nothing.average_capital, nothing.rate) == (0, None)


def test_time_weighted_returns_link_what_lies_between_flows() -> None:
    returned = performance.time_weighted([SubPeriod(D(100), D(104)), SubPeriod(D(124), D(118))])

    assert round(returned, 8) == D("-0.01032258")


def test_without_a_fee_net_is_gross() -> None:
    assert performance.net_of_fees([D("0.02")], yearly_fee=D(0), periods_per_year=4) == D("0.02")


def test_net_stands_beside_gross() -> None:
    quarters = [D("0.02"), D("-0.01"), D("0.03"), D("0.015")]

    assert round(performance.linked(quarters), 8) == D("0.05569541")
    for charge in FeeCharge:
        net = performance.net_of_fees(quarters, yearly_fee=D("0.01"), periods_per_year=4, charge=charge)
        assert round(net, 8) == D("0.04517798")


@pytest.mark.parametrize(
    ("months", "cumulative", "yearly"),
    [(5, "0.06", None), (11, "0.06", None), (12, "0.06", "0.06"), (24, "0.21", "0.1"), (36, "-1", "-1")],
)
def test_less_than_a_year_is_not_annualized(months: int, cumulative: str, yearly: str | None) -> None:
    answer = performance.annualized_over_months(D(cumulative), months)

    assert (None if answer is None else round(answer, 12)) == (None if yearly is None else D(yearly))


def test_a_year_is_a_calendar_year() -> None:
    first = date(2024, 3, 1)

    assert performance.annualized(D("0.05"), first=first, last=date(2025, 2, 28)) is None
    assert performance.annualized(D("0.05"), first=first, last=date(2025, 3, 1)) == D("0.05")
    two_years = performance.annualized(D("0.21"), first=first, last=date(2026, 3, 1))
    assert two_years is not None
    assert round(two_years, 6) == D("0.1")


@pytest.mark.parametrize(("flow", "is_large"), [("100", True), ("99.99", False), ("-100", True)])
def test_large_flows_call_for_a_valuation(flow: str, is_large: bool) -> None:
    assert performance.is_large_flow(D(flow), value=D(1000)) is is_large


def test_risk_is_volatility_and_drawdown() -> None:
    returns = [D("0.10"), D("-0.20"), D("0.05"), D("-0.10"), D("0.5")]

    assert performance.drawdown_max(returns) == D("0.244")
    assert performance.drawdown_max([D("0.1")]) == 0
    assert performance.volatility([D("0.1")], periods_per_year=12) is None
    yearly = performance.volatility([D("0.01"), D("0.03")], periods_per_year=12)
    assert yearly is not None
    assert round(yearly, 6) == D("0.048990")
    assert performance.volatility([D("0.01"), D("0.02"), D("0.03")], periods_per_year=1) == D("0.01")


OF_ONE_LENGTH = "Weights, volatilities and correlations must be of one length."
A_RETURN_FOR_EVERY_CLASS = "Weights must add up to one and every period needs a return for every class."


def test_realized_volatility_takes_the_mean_as_zero() -> None:
    days = ["-0.031", "0.024", "-0.045", "0.038", "-0.012", "0.029", "-0.036", "0.018", "-0.027", "0.033"]

    yearly = performance.realized_volatility([D(day) for day in days])

    assert yearly is not None
    assert round(yearly, 5) == D("0.48913")
    assert performance.realized_volatility([]) is None


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda: performance.modified_dietz(D(1), D(1), days=0), "A period of 0 days has no return."),
        (
            lambda: performance.modified_dietz(D(1), D(1), days=5, flows=[Flow(6, D(1))]),
            "A flow on day 6 lies outside a period of 5 days.",
        ),
        (
            lambda: performance.modified_dietz(
                D(1), D(1), days=5, flows=[Flow(0, D(1))], timing=FlowTiming.START_OF_DAY
            ),
            "A flow on day 0 lies outside a period of 5 days.",
        ),
        (
            lambda: performance.time_weighted([SubPeriod(D(0), D(1))]),
            "A sub-period starting at 0 has no return.",
        ),
        (
            lambda: performance.net_of_fees([], yearly_fee=D(4), periods_per_year=4),
            "A fee of 1 a period cannot be charged.",
        ),
        (
            lambda: performance.annualized_over_months(D("-1.1"), 12),
            "A cumulative return of -1.1 loses more than everything.",
        ),
        (lambda: rebalancing_premium.premium([D(1)], [], [[D(1)]]), OF_ONE_LENGTH),
        (lambda: rebalancing_premium.premium([D(1)], [D(1)], []), OF_ONE_LENGTH),
        (
            lambda: rebalancing_premium.premium([D("0.9")], [D(1)], [[D(1)]]),
            "Weights must add up to one, not 0.9.",
        ),
        (lambda: rebalancing_premium.growth([D(1)], [[D(1), D(2)]]), A_RETURN_FOR_EVERY_CLASS),
        (lambda: rebalancing_premium.growth([D("0.9")], [[D(1)]]), A_RETURN_FOR_EVERY_CLASS),
        (
            lambda: attribution.shadow({"A": D(1), "B": D(1)}, [Period({})]),
            "Period 1 has no return for A, B.",
        ),
        (
            lambda: attribution.shadow({"A": D(0)}, [Period({"A": D(0)})]),
            "The portfolio is worth 0 at the start of period 1.",
        ),
        (
            lambda: attribution.shadow({"A": D(1)}, [Period({"A": D(0)}, D(-2))]),
            "Period 1 ends with a withdrawal of more than 1.",
        ),
        (
            lambda: attribution.rebalanced({"A": D(1)}, {"A": D("0.9")}, []),
            "Targets must add up to one: {'A': Decimal('0.9')}.",
        ),
        (
            lambda: attribution.effect(
                attribution.shadow({"A": D(1)}, [Period({"A": D(0)})]), attribution.shadow({"A": D(1)}, [])
            ),
            "Both portfolios must be measured over the same periods.",
        ),
    ],
)
def test_what_has_no_return_says_why(ask: object, sentence: str) -> None:
    with refused(sentence, (PerformanceError, PremiumError, AttributionError)):
        ask()  # type: ignore[operator]


# ── Attribution ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "row",
    rows(
        """
        start  | stock 1 | bond 1 | flow  | stock 2 | bond 2 | actual   | shadow    | effect  | points
        100000 | 0.20    | 0      | 0     | -0.10   | 0.05   | 107520   | 106800    | 720     | 0.72
        500000 | -0.25   | 0.04   | 0     | 0.30    | 0.01   | 512672   | 502580    | 10092   | 2.0184
        100000 | 0.10    | 0.02   | 10000 | -0.08   | 0.01   | 111660.8 | 111471.82 | 188.98  | 0.1728
        100000 | 0.10    | 0.02   | 0     | 0.20    | 0.01   | 120043.2 | 120408    | -364.8  | -0.3648
        """
    ),
    ids=["reversal", "a fall and a recovery", "a contribution", "a trend goes against it"],
)
def test_rebalancing_beside_letting_it_run(row: dict[str, str]) -> None:
    targets = {"STOCK": D("0.6"), "BOND": D("0.4")}
    start = {name: target * D(row["start"]) for name, target in targets.items()}
    periods = [
        Period({"STOCK": D(row["stock 1"]), "BOND": D(row["bond 1"])}, D(row["flow"])),
        Period({"STOCK": D(row["stock 2"]), "BOND": D(row["bond 2"])}),
    ]

    effect = attribution.effect(
        attribution.rebalanced(start, targets, periods),
        attribution.shadow(start, periods),
        tax=D(450),
        cost=D(60),
    )

    assert round(effect.actual.end, 2) == D(row["actual"])
    assert round(effect.shadow.end, 2) == D(row["shadow"])
    assert round(effect.effect, 2) == D(row["effect"])
    assert round(effect.effect_return * 100, 4) == D(row["points"])
    assert round(effect.effect_after_tax_and_cost, 2) == D(row["effect"]) - 510


def test_a_shadow_takes_on_risk_as_stocks_rise() -> None:
    periods = [Period({"STOCK": D("0.5"), "BOND": D(0)})] * 2
    start = {"STOCK": D(60), "BOND": D(40)}

    shadow = attribution.shadow(start, periods)
    rebalanced = attribution.rebalanced(
        start, {"STOCK": D("0.6"), "BOND": D("0.4")}, periods, after_last=True
    )

    assert round(shadow.weight_at_end("STOCK"), 4) == D("0.7714")
    assert rebalanced.weight_at_end("STOCK") == D("0.6")
    untouched_at_last = attribution.rebalanced(start, {"STOCK": D("0.6"), "BOND": D("0.4")}, periods)
    assert round(untouched_at_last.weight_at_end("STOCK"), 4) == D("0.6923")
    assert untouched_at_last.end == rebalanced.end
    assert rebalanced.weight_at_end("GOLD") == 0


def test_the_way_is_shown_beside_the_effect() -> None:
    path = attribution.shadow({"A": D(100)}, [Period({"A": D("0.1")}), Period({"A": D("-0.1")})])

    assert attribution.risk(path, periods_per_year=50) == attribution.Risk(D(1), D("0.1"))


def test_a_class_held_at_nothing_needs_no_return_and_a_portfolio_may_be_emptied_at_the_end() -> None:
    path = attribution.shadow({"A": D(100), "B": D(0)}, [Period({"A": D("0.1")}, D(-110))])

    assert (path.returns, path.end) == ((D("0.1"),), 0)


returns = st.decimals("-0.5", "0.5", places=4)
periods = st.lists(
    st.builds(
        Period, st.fixed_dictionaries({"A": returns, "B": returns}), st.decimals("-1", "1000", places=2)
    ),
    min_size=1,
    max_size=6,
)


@many
@given(periods)
def test_without_rebalancing_there_is_no_effect(periods: list[Period]) -> None:
    path = attribution.shadow({"A": D(600), "B": D(400)}, periods)

    effect = attribution.effect(path, path)

    assert (effect.effect, effect.effect_return) == (0, 0)


@many
@given(st.lists(returns, min_size=1, max_size=6))
def test_classes_that_move_together_leave_nothing_to_rebalance(returns: list[D]) -> None:
    periods = [Period({"A": each, "B": each}, D(10)) for each in returns]
    start = {"A": D(600), "B": D(400)}

    effect = attribution.effect(
        attribution.rebalanced(start, {"A": D("0.6"), "B": D("0.4")}, periods),
        attribution.shadow(start, periods),
    )

    assert abs(effect.effect) < D("1e-20")


@many
@given(periods, st.decimals("1", "1000", places=2))
def test_a_flow_changes_no_time_weighted_return_of_the_shadow(periods: list[Period], flow: D) -> None:
    with_flows = attribution.shadow({"A": D(600), "B": D(400)}, periods)
    without = attribution.shadow({"A": D(600), "B": D(400)}, [Period(each.returns) for each in periods])

    assert abs(with_flows.time_weighted_return - without.time_weighted_return) < D("1e-18")


# ── The diversification return ───────────────────────────────────────────────────────────────────


def test_the_diversification_return_of_sixty_forty() -> None:
    answer = rebalancing_premium.premium(
        [D("0.6"), D("0.4")], [D("0.16"), D("0.05")], [[D(1), D("0.1")], [D("0.1"), D(1)]]
    )

    assert answer == rebalancing_premium.Premium(D("0.01"), D("0.01636"), D("0.00318"))


@pytest.mark.parametrize(
    ("why", "risky", "rebalanced", "held"),
    [("reversal", ("0.25", "-0.2"), "1.0125", "1"), ("trend", ("0.25", "0.25"), "1.265625", "1.28125")],
)
def test_fixed_weights_gain_from_reversal_and_lose_in_trends(
    why: str, risky: tuple[str, str], rebalanced: str, held: str
) -> None:
    growth = rebalancing_premium.growth([D("0.5"), D("0.5")], [[D(each), D(0)] for each in risky])

    assert (growth.rebalanced, growth.buy_and_hold) == (D(rebalanced), D(held)), why
    assert growth.difference == D(rebalanced) - D(held)


@many
@given(
    st.decimals("0.01", "0.99", places=2),
    st.decimals("0.01", "0.5", places=3),
    st.decimals("0.01", "0.5", places=3),
    st.decimals("-1", "1", places=2),
)
def test_two_assets_earn_half_of_their_relative_variance(weight: D, one: D, other: D, correlation: D) -> None:
    answer = rebalancing_premium.premium(
        [weight, 1 - weight], [one, other], [[D(1), correlation], [correlation, D(1)]]
    )

    relative = one * one + other * other - 2 * correlation * one * other
    assert abs(answer.diversification_return - weight * (1 - weight) * relative / 2) < D("1e-20")
    assert answer.diversification_return >= 0
