"""Drift and bands, drawn as tables. Weights are fractions of one, shown here in percent."""

from __future__ import annotations

from decimal import Decimal as D
from decimal import localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebalancing.engine.portfolio import bands, drift
from rebalancing.engine.portfolio.bands import Band, BandError, Reach, Side
from rebalancing.engine.portfolio.drift import ClassDrift, DriftError
from tests.examples import many
from tests.spec.drawn import refused, rows


def pct(text: str) -> D:
    return D(text) / 100


def by_name(reading: drift.Reading) -> dict[str, ClassDrift]:
    return {each.name: each for each in reading.classes}


def breached(reading: drift.Reading) -> list[str]:
    return [each.name for each in reading.classes if each.is_breached]


@pytest.mark.parametrize(
    "row",
    rows(
        """
        kind     | target | width | lower | upper | actual | side
        absolute | 60     | 5     | 55    | 65    | 64.99  |
        absolute | 60     | 5     | 55    | 65    | 65     | over
        absolute | 60     | 5     | 55    | 65    | 55     | under
        absolute | 60     | 5     | 55    | 65    | 55.01  |
        relative | 10     | 25    | 7.5   | 12.5  | 12.2   |
        relative | 10     | 15    | 8.5   | 11.5  | 12.2   | over
        relative | 60     | 5     | 57    | 63    | 63.5   | over
        """
    ),
    ids=lambda row: " ".join(row.values()),
)
def test_a_class_leaves_its_band(row: dict[str, str]) -> None:
    build = bands.absolute if row["kind"] == "absolute" else bands.relative

    band = build(pct(row["target"]), pct(row["width"]))

    assert band == Band(pct(row["target"]), pct(row["lower"]), pct(row["upper"]))
    assert (band.side_breached(pct(row["actual"])) or "") == row["side"]


def test_the_edge_counts_as_inside_when_the_policy_says_so() -> None:
    band = bands.absolute(D("0.60"), D("0.05"))

    assert band.side_breached(D("0.65")) is Side.OVER
    assert band.side_breached(D("0.65"), edge_is_breach=False) is None
    assert band.side_breached(D("0.6500001"), edge_is_breach=False) is Side.OVER


def test_the_edge_is_decided_on_dollars_and_not_on_a_rounded_weight() -> None:
    a_third = bands.absolute(D("0.30"), D("0.03"))

    assert a_third.side_breached(D("329999.99"), of=D("999999.99")) is None
    assert a_third.side_breached(D(33), of=D(100)) is Side.OVER
    assert a_third.side_breached(D("32.999999999999999999999999999999"), of=D(100)) is None


@pytest.mark.parametrize(
    "row",
    rows(
        """
        target | narrower | wider
        60     | 5        | 15
        20     | 5        | 5
        10     | 2.5      | 5
        3      | 0.75     | 5
        """
    ),
)
def test_five_points_and_twenty_five_percent(row: dict[str, str]) -> None:
    width = {"points": D("0.05"), "fraction": D("0.25")}

    assert bands.narrower(pct(row["target"]), **width).width_on(Side.OVER) == pct(row["narrower"])
    assert bands.wider(pct(row["target"]), **width).width_on(Side.OVER) == pct(row["wider"])


def test_a_volatility_scaled_band() -> None:
    relative = bands.relative_volatility(D("0.16"), D("0.05"), D("0.1"))
    band = bands.volatility_scaled(D("0.6"), volatility=relative, multiple=D(2), years_per_look=D("0.25"))

    assert round(relative, 6) == D("0.162788")
    assert round(band.upper - band.target, 6) == D("0.039069")


def test_classes_that_move_in_step_do_not_drift_apart() -> None:
    assert bands.relative_volatility(D("0.1"), D("0.1"), D(1)) == 0
    assert bands.relative_volatility(D(0), D("0.05"), D(-1)) == D("0.05")
    assert bands.relative_volatility(D("0.1"), D(0), D(-1)) == D("0.1")


def test_a_volatile_class_gets_a_narrower_band_where_bands_limit_risk() -> None:
    calm, wild = (
        bands.risk_scaled(D("0.3"), volatility=D(volatility), risk=D("0.005"))
        for volatility in ("0.05", "0.20")
    )

    assert (calm.upper, wild.upper) == (D("0.4"), D("0.325"))
    with refused("A class with volatility 0 never adds risk; give it an absolute band.", BandError):
        bands.risk_scaled(D("0.3"), volatility=D(0), risk=D("0.005"))


def test_a_two_sigma_band_is_left_at_one_look_in_twenty_two() -> None:
    band = bands.volatility_scaled(D("0.6"), volatility=D("0.16"), multiple=D(2), years_per_look=D(1))

    chance = bands.breach_probability(band, volatility=D("0.16"), years=D(1))

    assert round(chance, 9) == D("0.045500264")


@pytest.mark.parametrize(
    ("deviations", "tail"), [("0", "0.5"), ("1", "0.158655253931"), ("5", "2.86652E-7"), ("13", "0")]
)
def test_the_normal_tail(deviations: str, tail: str) -> None:
    one_sided = bands.asymmetric(D("0.5"), below=None, above=max(D(deviations), D("1e-40")) / 4)

    chance = bands.breach_probability(one_sided, volatility=D(1), years=D(1))

    assert abs(chance - D(tail)) < D("1e-11")


def test_without_volatility_nothing_is_ever_breached() -> None:
    assert bands.breach_probability(bands.absolute(D("0.5"), D("0.1")), volatility=D(0), years=D(1)) == 0


def test_a_band_may_have_its_own_width_on_each_side_and_a_harder_edge_outside() -> None:
    soft = bands.asymmetric(D("0.6"), below=D("0.03"), above=D("0.05"))
    hard = bands.asymmetric(D("0.6"), below=D("0.08"), above=D("0.10"))

    both = bands.hard_and_soft(soft, hard)

    assert both == Band(D("0.6"), D("0.57"), D("0.65"), D("0.52"), D("0.70"))
    assert [both.reach(D(weight)) for weight in ("0.60", "0.57", "0.65", "0.52", "0.71")] == [
        Reach.INSIDE,
        Reach.SOFT,
        Reach.SOFT,
        Reach.HARD,
        Reach.HARD,
    ]


IS_NARROWER = "The hard band on target 0.5 is narrower than the soft band."


def stepped(soft: tuple[str | None, str | None], hard: tuple[str | None, str | None]) -> Band:
    """A two-step band on a target of a half from its widths below and above; None leaves a side open."""
    steps = [
        bands.asymmetric(D("0.5"), below=D(below) if below else None, above=D(above) if above else None)
        for below, above in (soft, hard)
    ]
    return bands.hard_and_soft(*steps)


@pytest.mark.parametrize(
    ("soft", "hard"),
    [
        (("0.1", "0.1"), ("0.1", "0.1")),
        (("0.1", None), ("0.2", "0.2")),
        ((None, "0.1"), ("0.2", "0.2")),
        (("0.1", "0.1"), (None, "0.2")),
        (("0.1", "0.1"), ("0.2", None)),
    ],
)
def test_the_hard_edge_may_lie_on_the_soft_one_and_either_side_may_be_open(
    soft: tuple[str | None, str | None], hard: tuple[str | None, str | None]
) -> None:
    both = stepped(soft, hard)

    assert (both.lower, both.upper) == tuple(
        None if width is None else D("0.5") + sign * D(width)
        for sign, width in zip((-1, 1), soft, strict=True)
    )
    assert (both.lower_hard, both.upper_hard) == tuple(
        None if width is None else D("0.5") + sign * D(width)
        for sign, width in zip((-1, 1), hard, strict=True)
    )


def test_cash_is_bounded_above_and_only_by_a_minimum_below() -> None:
    assert bands.cash(D("0.02"), above=D("0.02")) == Band(D("0.02"), None, D("0.04"))
    assert bands.cash(D("0.02"), above=D("0.02"), minimum=D("0.01")) == Band(D("0.02"), D("0.01"), D("0.04"))


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda: bands.absolute(D("1.2"), D("0.05")), "Target 1.2 is not a weight between 0 and 1."),
        (lambda: bands.absolute(D("0.5"), D(0)), "Band width 0 on target 0.5 must be above zero."),
        (
            lambda: bands.asymmetric(D("0.5"), below=None, above=None),
            "The band on target 0.5 has no edge at all; give at least one width.",
        ),
        (
            lambda: bands.cash(D("0.01"), above=D("0.01"), minimum=D("0.02")),
            "Minimum cash 0.02 is above the cash target 0.01.",
        ),
        (
            lambda: bands.relative_volatility(D("0.1"), D("0.1"), D("1.5")),
            "Volatilities 0.1 and 0.1 must not be negative and correlation 1.5 must lie between -1 and 1.",
        ),
        (
            lambda: bands.relative_volatility(D("-0.1"), D("0.1"), D(0)),
            "Volatilities -0.1 and 0.1 must not be negative and correlation 0 must lie between -1 and 1.",
        ),
        (
            lambda: bands.relative_volatility(D("0.1"), D("-0.1"), D(0)),
            "Volatilities 0.1 and -0.1 must not be negative and correlation 0 must lie between -1 and 1.",
        ),
        (lambda: bands.tracking_variance([D(1)], []), "A covariance of 1 by 1 classes is needed."),
        (lambda: bands.tracking_variance([D(1)], [[]]), "A covariance of 1 by 1 classes is needed."),
        (lambda: stepped(("0.1", "0.1"), ("0.05", "0.1")), IS_NARROWER),
        (lambda: stepped(("0.1", "0.1"), ("0.1", "0.05")), IS_NARROWER),
        (lambda: stepped(("0.1", None), ("0.05", None)), IS_NARROWER),
        (lambda: stepped((None, "0.1"), (None, "0.05")), IS_NARROWER),
        (
            lambda: bands.hard_and_soft(
                bands.absolute(D("0.5"), D("0.1")), bands.absolute(D("0.4"), D("0.2"))
            ),
            "Soft target 0.5 and hard target 0.4 differ.",
        ),
    ],
)
def test_a_band_that_makes_no_sense_is_refused(build: object, sentence: str) -> None:
    with refused(sentence, BandError):
        build()  # type: ignore[operator]


def test_a_configuration_says_what_is_wrong_with_it() -> None:
    assert bands.faults(bands.absolute(D("0.60"), D("0.05"))) == ()
    assert bands.faults(bands.absolute(D("0.10"), D("0.05"))) == ()
    assert bands.faults(bands.absolute(D("0.95"), D("0.05"))) == ()
    assert bands.faults(bands.absolute(D("0.03"), D("0.05"))) == (
        "The band is 5 points wide over a target of 3 percent; at most half of the target is sensible.",
        "The band is 5 points wide under a target of 3 percent; at most half of the target is sensible.",
        "The lower edge is -2 percent and can never be reached.",
    )
    assert bands.faults(bands.absolute(D("0.97"), D("0.05"))) == (
        "The upper edge is 102 percent and can never be reached.",
    )
    assert bands.faults(bands.cash(D(0), above=D("0.02"))) == ()
    assert bands.faults(bands.asymmetric(D("0.10"), below=D("0.04"), above=D("0.06"))) == (
        "The band is 6 points wide over a target of 10 percent; at most half of the target is sensible.",
    )
    assert bands.faults(Band(D("0.5"), D(0), None)) == ()
    assert bands.set_faults(
        {"A": bands.absolute(D("0.6"), D("0.05")), "B": bands.absolute(D("0.3"), D("0.05"))}
    ) == ("The targets add up to 90 percent instead of 100.",)


def test_tracking_error_is_one_limit_for_the_whole_portfolio() -> None:
    covariance = bands.covariance_from([D("0.16"), D("0.05")], [[D(1), D("0.1")], [D("0.1"), D(1)]])
    drifts = [D("0.05"), D("-0.05")]

    assert covariance == ((D("0.0256"), D("0.00080")), (D("0.00080"), D("0.0025")))
    assert round(bands.tracking_error(drifts, covariance), 6) == D("0.008139")


def test_a_class_may_have_all_of_the_portfolio_for_its_target() -> None:
    assert bands.absolute(D(1), D("0.05")) == Band(D(1), D("0.95"), D("1.05"))


def test_the_edge_of_a_large_portfolio_is_exact_to_the_last_digit() -> None:
    band = bands.Band(D("0.5"), None, D("0.666666666666666666666667"))
    total = D("98765432109.87")
    with localcontext(prec=60):
        edge = D("0.666666666666666666666667") * total
        just_below = edge - D("1e-26")

    assert band.side_breached(edge, of=total) is Side.OVER
    assert band.side_breached(just_below, of=total) is None


# ── Drift ────────────────────────────────────────────────────────────────────────────────────────


def read(table: str, band_points: str | None = None) -> drift.Reading:
    drawn = rows(table)
    targets = {row["class"]: pct(row["target"]) for row in drawn}
    return drift.measure(
        {row["class"]: D(row["value"]) for row in drawn if row["value"]},
        targets,
        {name: bands.absolute(target, pct(band_points)) for name, target in targets.items() if target}
        if band_points
        else None,
    )


def test_four_classes_against_their_targets() -> None:
    reading = read("""
        class | value  | target
        US    | 412000 | 36
        INTL  | 151000 | 18
        BOND  | 389000 | 42
        CASH  |  48000 | 4
    """)

    assert {each.name: each.drift * 100 for each in reading.classes} == {
        "BOND": D("-3.1"),
        "CASH": D("0.8"),
        "INTL": D("-2.9"),
        "US": D("5.2"),
    }
    assert round(by_name(reading)["US"].drift_relative, 6) == D("0.144444")
    assert (reading.turnover_to_target, reading.drift_max) == (D("0.06"), D("0.052"))
    assert not reading.is_breached


def test_a_class_held_at_nothing_is_still_measured_and_one_without_a_target_too() -> None:
    reading = read(
        """
        class | value | target
        US    | 900   | 80
        INTL  |       | 20
        GOLD  | 100   | 0
        """,
        band_points="5",
    )

    assert breached(reading) == ["INTL", "US"]
    assert by_name(reading)["US"] == ClassDrift(
        name="US",
        value=D(900),
        weight=D("0.9"),
        target=D("0.8"),
        drift=D("0.1"),
        drift_relative=D("0.125"),
        band=bands.absolute(D("0.8"), D("0.05")),
        side_breached=Side.OVER,
        reach=Reach.SOFT,
    )
    assert (by_name(reading)["GOLD"].side_breached, by_name(reading)["GOLD"].reach) == (None, Reach.INSIDE)
    assert by_name(reading)["INTL"].weight == 0
    assert by_name(reading)["GOLD"].drift_relative is None


@pytest.mark.parametrize(
    "row",
    rows(
        """
        dollars | reach  | when the edge counts as inside
        52000   | inside | inside
        55000   | soft   | inside
        45000   | soft   | inside
        55001   | soft   | soft
        60000   | hard   | soft
        39999   | hard   | hard
        """
    ),
    ids=lambda row: row["dollars"],
)
def test_a_class_reaches_the_soft_and_then_the_hard_edge(row: dict[str, str]) -> None:
    half = D("0.5")
    band = bands.hard_and_soft(bands.absolute(half, D("0.05")), bands.absolute(half, D("0.10")))
    values = {"A": D(row["dollars"]), "B": 100_000 - D(row["dollars"])}

    strict = drift.measure(values, {"A": half, "B": half}, {"A": band})
    lenient = drift.measure(values, {"A": half, "B": half}, {"A": band}, edge_is_breach=False)

    assert by_name(strict)["A"].reach is Reach(row["reach"])
    assert by_name(lenient)["A"].reach is Reach(row["when the edge counts as inside"])


def test_a_class_without_a_target_may_have_a_band_at_nothing() -> None:
    at_nothing = {"GOLD": bands.asymmetric(D(0), below=None, above=D("0.05"))}

    reading = drift.measure({"US": D(90), "GOLD": D(10)}, {"US": D(1)}, at_nothing)

    assert breached(reading) == ["GOLD"]


@pytest.mark.parametrize(
    ("start", "end", "needed"),
    [
        ("0.6", "0.65", "0.238095"),
        ("0.6", "0.7", "0.555556"),
        ("0.6", "0.6", "0"),
        ("0.6", "0", "-1"),
    ],
)
def test_stocks_must_beat_bonds_by_this_much(start: str, end: str, needed: str) -> None:
    outperformance = drift.outperformance_needed(D(start), D(end))

    assert round(outperformance, 6) == D(needed)
    assert abs(drift.drifted_weight(D(start), outperformance=outperformance) - D(end)) < D("1e-20")


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (
            lambda: drift.measure({"A": D(1)}, {"A": D("0.5"), "B": D("0.4")}),
            "The targets must add up to one: A 0.5, B 0.4.",
        ),
        (
            lambda: drift.measure({"A": D(0)}, {"A": D(1)}),
            "A portfolio worth 0 has no weights; it must be worth more than zero.",
        ),
        (
            lambda: drift.measure({"A": D(1)}, {"A": D(1)}, {"A": bands.absolute(D("0.5"), D("0.1"))}),
            "The band of A stands on target 0.5, the policy says 1.",
        ),
        (
            lambda: drift.measure({"A": D(1)}, {"A": D(1)}, {"B": bands.absolute(D("0.5"), D("0.1"))}),
            "The band of B stands on target 0.5, the policy says 0.",
        ),
        *(
            (
                lambda start=start, end=end: drift.outperformance_needed(D(start), D(end)),
                f"No finite return takes a weight from {start} to {end}.",
            )
            for start, end in (("0.6", "1"), ("0", "0.5"), ("1", "0.5"), ("0.6", "-0.1"))
        ),
    ],
)
def test_a_portfolio_that_cannot_be_weighed_says_why(ask: object, sentence: str) -> None:
    with refused(sentence, DriftError):
        ask()  # type: ignore[operator]


# ── Properties ───────────────────────────────────────────────────────────────────────────────────

dollars = st.decimals("0", "1e12", places=2)
portfolios = st.dictionaries(st.sampled_from("ABCDEFG"), dollars, min_size=1).filter(
    lambda held: sum(held.values()) > 0
)
weights = st.decimals("0", "1", places=6)


@many
@given(portfolios)
def test_weights_always_add_up_to_exactly_one(values: dict[str, D]) -> None:
    assert sum(drift.weigh(values).values()) == 1


@many
@given(portfolios)
def test_drifts_cancel_and_turnover_is_the_sum_of_the_overweights(values: dict[str, D]) -> None:
    targets = {"A": D("0.25"), "B": D("0.35"), "C": D("0.4")}

    reading = drift.measure(values, targets)

    assert sum(each.drift for each in reading.classes) == 0
    assert reading.turnover_to_target == sum(each.drift for each in reading.classes if each.drift > 0)


@many
@given(
    st.decimals("0.1", "0.9", places=4),
    st.decimals("0.001", "0.1", places=4),
    st.decimals("0.001", "0.1", places=4),
    weights,
)
def test_a_wider_band_never_finds_more_breaches(target: D, width: D, more: D, weight: D) -> None:
    narrow, wide = bands.absolute(target, width), bands.absolute(target, width + more)

    if wide.side_breached(weight):
        assert narrow.side_breached(weight) == wide.side_breached(weight)


@many
@given(st.decimals("0.1", "0.9", places=4), st.decimals("0.001", "0.1", places=4), dollars, dollars)
def test_dollars_and_weights_agree_on_a_breach(target: D, width: D, value: D, rest: D) -> None:
    band = bands.absolute(target, width)
    total = value + rest
    if total > 0 and (value / total) * total == value:
        assert band.side_breached(value, of=total) == band.side_breached(value / total)
