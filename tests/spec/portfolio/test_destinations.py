"""How far a class is brought back, and who pays for it. Weights in percent of the portfolio."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebalancing.engine.documents.household import Destination
from rebalancing.engine.portfolio import bands, destinations, drift
from rebalancing.engine.portfolio.destinations import DestinationError
from tests.examples import many
from tests.spec.drawn import refused, rows


def pct(text: str) -> D:
    return D(text) / 100


@pytest.mark.parametrize(
    "row",
    rows(
        """
        actual | target | edge | halfway
        66.5   | 60     | 65   | 62.5
        65     | 60     | 65   | 62.5
        64.99  | 64.99  | 64.99 | 64.99
        55     | 60     | 55   | 57.5
        41     | 60     | 55   | 57.5
        """
    ),
    ids=lambda row: row["actual"],
)
def test_five_points_round_sixty_are_left_for(row: dict[str, str]) -> None:
    band = bands.absolute(D("0.60"), D("0.05"))

    for destination in Destination:
        after = destinations.weight_after(pct(row["actual"]), band, destination)
        assert after == pct(row[destination.value]), destination


@pytest.mark.parametrize(
    "row",
    rows(
        """
        policy        | actual | after
        opportunistic | 73     | 66
        opportunistic | 71.9   | 71.9
        opportunistic | 48     | 54
        200/175       | 62.4   | 61.75
        200/175       | 62     | 61.75
        200/175       | 61.99  | 61.99
        200/175       | 57     | 58.25
        """
    ),
    ids=lambda row: f"{row['policy']} {row['actual']}",
)
def test_policies_that_stop_short_of_the_target(row: dict[str, str]) -> None:
    outer, inner = (
        destinations.opportunistic(D("0.60"), fraction=D("0.20"))
        if row["policy"] == "opportunistic"
        else destinations.threshold_and_destination(D("0.60"), threshold=D("0.0200"), destination=D("0.0175"))
    )

    assert destinations.weight_after_inner(pct(row["actual"]), outer, inner) == pct(row["after"])


def test_a_destination_beyond_the_threshold_is_refused() -> None:
    with refused("Destination 0.02 is further out than the threshold 0.01.", DestinationError):
        destinations.threshold_and_destination(D("0.6"), threshold=D("0.01"), destination=D("0.02"))
    outer, inner = destinations.threshold_and_destination(
        D("0.6"), threshold=D("0.02"), destination=D("0.02")
    )
    assert outer == inner


def test_a_class_on_the_edge_stays_where_the_policy_counts_the_edge_as_inside() -> None:
    band, inner = bands.absolute(D("0.60"), D("0.05")), bands.absolute(D("0.60"), D("0.03"))
    edge, targets = D("0.65"), {"A": D("0.6"), "B": D("0.4")}
    on_the_edge, by_class = {"A": edge, "B": D("0.35")}, {"A": band}

    assert destinations.weight_after(edge, band, Destination.TARGET) == D("0.6")
    assert destinations.weight_after(edge, band, Destination.TARGET, edge_is_breach=False) == edge
    assert destinations.weight_after_inner(edge, band, inner) == D("0.63")
    assert destinations.weight_after_inner(edge, band, inner, edge_is_breach=False) == edge
    assert destinations.moves(on_the_edge, targets, by_class, Destination.TARGET) == {
        "A": D("-0.05"),
        "B": D("0.05"),
    }
    for only_breached in (True, False):
        assert destinations.moves(
            on_the_edge,
            targets,
            by_class,
            Destination.TARGET,
            only_breached=only_breached,
            edge_is_breach=False,
        ) == {"A": 0, "B": 0}


def test_classes_inside_their_bands_stay_unless_the_policy_says_otherwise() -> None:
    weights = {"A": D("0.46"), "B": D("0.23"), "C": D("0.31")}
    targets = {"A": D("0.40"), "B": D("0.20"), "C": D("0.40")}
    by_class = {name: bands.absolute(target, D("0.05")) for name, target in targets.items()}

    usual = destinations.moves(weights, targets, by_class, Destination.EDGE)

    assert usual == {"A": D("-0.02875"), "B": D("-0.01125"), "C": D("0.04")}


@pytest.mark.parametrize(
    ("destination", "only_breached", "table"),
    [
        (
            "target",
            True,
            """
            class | target | actual | move
            A     | 40     | 46     | -6
            B     | 20     | 19     | 1
            C     | 30     | 27     | 3
            D     | 10     | 8      | 2
            """,
        ),
        (
            "edge",
            True,
            """
            class | target | actual | move
            A     | 40     | 46     | -1
            B     | 20     | 20     | 0
            C     | 30     | 24     | 1
            D     | 10     | 10     | 0
            """,
        ),
        (
            "edge",
            True,
            """
            class | target | actual | move
            A     | 40     | 48     | -3
            B     | 20     | 20     | 0
            C     | 30     | 27     | 1.125
            D     | 10     | 5      | 1.875
            """,
        ),
        (
            "target",
            True,
            """
            class | target | actual | move
            A     | 40     | 33     | 7
            B     | 20     | 24     | -4
            C     | 30     | 31.5   | -1.5
            D     | 10     | 11.5   | -1.5
            """,
        ),
        (
            "target",
            True,
            """
            class | target | actual | move
            A     | 40     | 44.9   | 0
            B     | 60     | 55.1   | 0
            """,
        ),
        (
            "target",
            False,
            """
            class | target | actual | move
            A     | 40     | 44     | 0
            B     | 60     | 56     | 0
            """,
        ),
        (
            "target",
            False,
            """
            class | target | actual | move
            A     | 40     | 46     | -6
            B     | 20     | 22     | -2
            C     | 40     | 32     | 8
            """,
        ),
        (
            "target",
            True,
            """
            class | target | actual | move
            A     | 50     | 56     | -6
            B     | 50     | 41     | 9
            GOLD  | 0      | 3      | -3
            """,
        ),
    ],
)
def test_only_classes_outside_their_band_trigger_and_the_others_pay(
    destination: str, only_breached: bool, table: str
) -> None:
    drawn = rows(table)
    targets = {row["class"]: pct(row["target"]) for row in drawn}

    moved = destinations.moves(
        {row["class"]: pct(row["actual"]) for row in drawn},
        targets,
        {name: bands.absolute(target, D("0.05")) for name, target in targets.items() if target},
        Destination(destination),
        only_breached=only_breached,
    )

    assert moved == {row["class"]: pct(row["move"]) for row in drawn}


def test_weights_must_describe_a_whole_portfolio() -> None:
    for weight, target in (("0.9", "1"), ("1", "0.9")):
        with refused(
            "Weights and targets must each add up to one; weigh the values first.", DestinationError
        ):
            destinations.moves({"A": D(weight)}, {"A": D(target)}, {}, Destination.TARGET)


def test_a_class_that_is_new_in_the_policy_is_bought_and_one_that_left_it_is_sold() -> None:
    by_class = {name: bands.absolute(D("0.5"), D("0.05")) for name in "AB"}

    assert destinations.moves(
        {"A": D("0.5"), "OLD": D("0.5")}, {"A": D("0.5"), "B": D("0.5")}, by_class, Destination.TARGET
    ) == {"A": 0, "B": D("0.5"), "OLD": D("-0.5")}


# ── Properties ───────────────────────────────────────────────────────────────────────────────────

portfolios = st.lists(st.integers(1, 1000), min_size=4, max_size=4).map(
    lambda parts: drift.weigh(dict(zip("ABCD", map(D, parts), strict=True)))
)
targets = st.sampled_from(
    [
        {"A": D("0.4"), "B": D("0.2"), "C": D("0.3"), "D": D("0.1")},
        {"A": D("0.25"), "B": D("0.25"), "C": D("0.25"), "D": D("0.25")},
        {"A": D("0.97"), "B": D("0.01"), "C": D("0.01"), "D": D("0.01")},
    ]
)


@many
@given(portfolios, targets, st.decimals("0.001", "0.2", places=4), st.sampled_from(Destination))
def test_moves_cancel_and_take_nobody_through_its_target(
    weights: dict[str, D], targets: dict[str, D], width: D, destination: Destination
) -> None:
    by_class = {name: bands.absolute(target, width) for name, target in targets.items()}

    moved = destinations.moves(weights, targets, by_class, destination)

    assert sum(moved.values()) == 0
    for name, move in moved.items():
        distance = targets[name] - weights[name]
        assert move * distance >= 0, "nobody moves away from target"
        assert abs(move) <= abs(distance), "nobody moves through it"


@many
@given(portfolios, targets, st.decimals("0.001", "0.2", places=4))
def test_after_trading_to_target_a_breached_class_is_inside_its_band(
    weights: dict[str, D], targets: dict[str, D], width: D
) -> None:
    by_class = {name: bands.absolute(target, width) for name, target in targets.items()}

    moved = destinations.moves(weights, targets, by_class, Destination.TARGET)

    assert not any(by_class[name].side_breached(weights[name] + moved[name]) for name in weights)
