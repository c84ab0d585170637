"""Contributions, withdrawals and cash to raise, in dollars."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebalancing.engine.documents.household import DatedAmount
from rebalancing.engine.portfolio import cash_flows, cash_needs, drift
from rebalancing.engine.portfolio.cash_flows import CashFlowError, Method
from rebalancing.engine.portfolio.cash_needs import CashNeed
from tests.examples import many
from tests.spec.drawn import refused, rows


@pytest.mark.parametrize(
    ("flow", "table"),
    [
        (
            "50000",
            """
            class | value  | target | pro rata | least squares
            STOCK | 325000 | 60     | 5000     | 5000
            BOND  | 175000 | 40     | 45000    | 45000
            """,
        ),
        (
            "-40000",
            """
            class | value  | target | pro rata  | least squares
            US    | 320000 | 50     | -38095.24 | -39000
            INTL  | 110000 | 20     | 0         | 0
            BOND  | 170000 | 30     | -1904.76  | -1000
            """,
        ),
        (
            "4000",
            """
            class | value | target | pro rata | least squares
            A     | 60000 | 50     | 0        | 0
            B     | 24000 | 30     | 1714.29  | 1000
            C     | 12000 | 20     | 2285.71  | 3000
            """,
        ),
        (
            "1000",
            """
            class | value | target | pro rata | least squares
            A     | 60000 | 50     | 0        | 0
            B     | 24000 | 30     | 408      | 0
            C     | 12000 | 20     | 592      | 1000
            """,
        ),
        (
            "-600",
            """
            class | value | target | pro rata | least squares
            A     | 300   | 50     | -300     | -300
            B     | 300   | 50     | -300     | -300
            """,
        ),
        (
            "0",
            """
            class | value | target | pro rata | least squares
            A     | 300   | 50     | 0        | 0
            B     | 200   | 50     | 0        | 0
            """,
        ),
    ],
)
def test_a_flow_goes_where_it_is_needed(flow: str, table: str) -> None:
    drawn = rows(table)
    values = {row["class"]: D(row["value"]) for row in drawn}
    targets = {row["class"]: D(row["target"]) / 100 for row in drawn}

    for column, method in (("pro rata", Method.PRO_RATA), ("least squares", Method.LEAST_SQUARES)):
        trades = cash_flows.trades(values, targets, D(flow), method)
        in_cents = cash_flows.to_cents(trades)
        assert in_cents == {row["class"]: D(row[column]) for row in drawn}, method
        # A page would show minus zero.
        assert not any(part.is_signed() for part in (*trades.values(), *in_cents.values()) if not part)


def test_weights_after_the_contribution_are_on_target() -> None:
    assert cash_flows.weights_after(
        {"STOCK": D(325000), "BOND": D(175000)}, {"STOCK": D(5000), "BOND": D(45000)}
    ) == {"STOCK": D("0.6"), "BOND": D("0.4")}
    assert cash_flows.weights_after({"STOCK": D(60)}, {"BOND": D(40)}) == {
        "STOCK": D("0.6"),
        "BOND": D("0.4"),
    }


def test_the_contribution_that_needs_no_sale() -> None:
    values = {"STOCK": D(325000), "BOND": D(175000)}
    targets = {"STOCK": D("0.6"), "BOND": D("0.4")}

    assert round(cash_flows.contribution_without_sale(values, targets), 2) == D("41666.67")
    assert cash_flows.contribution_without_sale({"STOCK": D(60), "BOND": D(40)}, targets) == 0
    assert cash_flows.contribution_without_sale({"STOCK": D(60), "GOLD": D(1)}, targets) is None
    assert cash_flows.contribution_without_sale({}, targets) == 0


@pytest.mark.parametrize(
    ("values", "targets", "flow", "message"),
    [
        ({"A": D(1)}, {"A": D("0.9")}, D(1), "add up to one"),
        ({"A": D(1)}, {"A": D("1.1"), "B": D("-0.1")}, D(1), "zero or more"),
        ({"A": D(-1)}, {"A": D(1)}, D(5), "less than nothing"),
        ({"A": D(1)}, {"A": D(1)}, D(-2), "Cannot withdraw 2 from 1"),
    ],
)
def test_a_flow_that_cannot_be_divided_says_why(
    values: dict[str, D], targets: dict[str, D], flow: D, message: str
) -> None:
    with pytest.raises(CashFlowError, match=message):
        cash_flows.trades(values, targets, flow, Method.PRO_RATA)


def test_an_emptied_portfolio_has_no_weights() -> None:
    with refused("Nothing is left after the withdrawal, so there are no weights.", CashFlowError):
        cash_flows.weights_after({"A": D(5)}, {"A": D(-5)})


@pytest.mark.parametrize(
    "row",
    rows(
        """
        outflows | cash | minimum | available | to raise
        14867.92 | 6000 | 1000    | 5000      | 9867.92
        3000     | 6000 | 1000    | 5000      | 0
        5000     | 6000 | 1000    | 5000      | 0
        1000     | 400  | 1000    | -600      | 1600
        """
    ),
)
def test_cash_to_raise(row: dict[str, str]) -> None:
    need = cash_needs.cash_need(D(row["outflows"]), cash=D(row["cash"]), minimum=D(row["minimum"]))

    assert need == CashNeed(D(row["outflows"]), D(row["available"]), D(row["to raise"]))


def test_only_what_leaves_within_the_horizon_is_provided_for() -> None:
    flows = [
        DatedAmount(on=date(2026, 11, 22), amount=D(-1)),
        DatedAmount(on=date(2026, 11, 23), amount=D(-100), label="fee"),
        DatedAmount(on=date(2026, 12, 1), amount=D(5000), label="salary"),
        DatedAmount(on=date(2026, 12, 28), amount=D(-2000), label="distribution"),
        DatedAmount(on=date(2026, 12, 29), amount=D(-40000), label="house"),
    ]

    assert cash_needs.outflows_within(flows, as_of=date(2026, 11, 23)) == D(2100)
    assert cash_needs.outflows_within(flows, as_of=date(2026, 11, 23), horizon_days=36) == D(42100)


@pytest.mark.parametrize(
    "row",
    rows(
        """
        stocks | bonds  | stock band | bond band | needed
        325000 | 175000 | 0.55-0.65  | 0.35-0.45 | 0.01
        340000 | 160000 | 0.55-0.65  | 0.35-0.45 | 23076.93
        325000 | 175000 | 0.60-0.60  | 0.40-0.40 | 41666.67
        300000 | 200000 | 0.55-0.65  | 0.35-0.45 | 0
        500000 | 0      | 0.55-0.65  | 0.35-0.45 | 269230.77
        """
    ),
)
def test_the_smallest_contribution_into_the_bands(row: dict[str, str]) -> None:
    """On an edge that counts as outside, a cent more is needed than up to it."""
    bands = {}
    for name, edges in (("S", row["stock band"]), ("B", row["bond band"])):
        lower, upper = edges.split("-")
        bands[name] = D(lower), D(upper)
    values = {"S": D(row["stocks"]), "B": D(row["bonds"])}

    found = cash_flows.contribution_into_bands(values, bands, edge_is_breach=True)

    assert found == D(row["needed"])


def test_no_contribution_makes_up_for_a_class_without_room() -> None:
    bands = {"S": (D("0.5"), D(1)), "B": (D(0), D("0.5"))}

    assert cash_flows.contribution_into_bands({"GOLD": D(1)}, bands, edge_is_breach=True) is None
    assert (
        cash_flows.contribution_into_bands(
            {"S": D(1), "GOLD": D(1)}, {**bands, "GOLD": (D(0), D(0))}, edge_is_breach=True
        )
        is None
    )
    assert (
        cash_flows.contribution_into_bands({"S": D(1)}, {"S": (D(0), D("0.9"))}, edge_is_breach=True) is None
    )


# ── Properties ───────────────────────────────────────────────────────────────────────────────────

dollars = st.decimals("0", "1e8", places=2)
NAMES = "ABCDE"
held = st.lists(dollars, min_size=5, max_size=5).map(lambda parts: dict(zip(NAMES, parts, strict=True)))
policies = (
    st.lists(st.integers(0, 100), min_size=5, max_size=5)
    .filter(any)
    .map(lambda parts: drift.weigh(dict(zip(NAMES, map(D, parts), strict=True))))
)
methods = st.sampled_from(Method)


@many
@given(held, policies, dollars, methods)
def test_a_contribution_never_sells_and_is_spent_to_the_cent(
    values: dict[str, D], targets: dict[str, D], flow: D, method: Method
) -> None:
    trades = cash_flows.trades(values, targets, flow, method)

    assert min(trades.values()) >= 0
    assert sum(trades.values()) == flow
    assert sum(cash_flows.to_cents(trades).values()) == flow


@many
@given(held, policies, st.integers(0, 100), methods)
def test_a_withdrawal_never_buys_and_takes_no_more_than_is_there(
    values: dict[str, D], targets: dict[str, D], percent: int, method: Method
) -> None:
    flow = -(sum(values.values()) * percent / 100).quantize(D("0.01"))
    if -flow > sum(values.values()):
        return

    trades = cash_flows.trades(values, targets, flow, method)

    assert max(trades.values()) <= 0
    assert sum(trades.values()) == flow
    assert all(values[name] + trades[name] >= -D("1e-12") for name in values)


@many
@given(held, policies, dollars, methods)
def test_a_contribution_takes_no_class_above_its_target(
    values: dict[str, D], targets: dict[str, D], flow: D, method: Method
) -> None:
    trades = cash_flows.trades(values, targets, flow, method)

    total = sum(values.values()) + flow
    for name, bought in trades.items():
        assert not bought or values[name] + bought <= targets[name] * total + D("1e-12")


@many
@given(
    held,
    policies,
    dollars,
    st.sampled_from(NAMES),
    st.sampled_from(NAMES),
    st.decimals("0.01", "1000", places=2),
)
def test_no_shift_of_dollars_improves_on_least_squares(
    values: dict[str, D], targets: dict[str, D], flow: D, giver: str, taker: str, dollars: D
) -> None:
    trades = cash_flows.trades(values, targets, flow, Method.LEAST_SQUARES)
    shifted = min(dollars, trades[giver])

    def squares(bought: dict[str, D]) -> D:
        total = sum(values.values()) + flow
        return sum(((targets[name] * total - values[name] - bought[name]) ** 2 for name in NAMES), D(0))

    other = dict(trades)
    other[giver] -= shifted
    other[taker] += shifted
    assert squares(trades) <= squares(other) + D("1e-6")


@given(
    values=held,
    edges=st.lists(st.tuples(st.integers(0, 20), st.integers(20, 100)), min_size=5, max_size=5).map(
        lambda drawn: {n: (D(low) / 100, D(high) / 100) for n, (low, high) in zip(NAMES, drawn, strict=True)}
    ),
)
def test_the_smallest_contribution_is_enough_and_a_cent_less_is_not(
    values: dict[str, D], edges: dict[str, tuple[D, D]]
) -> None:
    """Enough: every class fits under its upper edge, and the money reaches up to the lower ones."""
    found = cash_flows.contribution_into_bands(values, edges, edge_is_breach=False)

    def fits(contribution: D) -> bool:
        after = sum(values.values(), D(0)) + contribution
        needs = sum((max(D(0), low * after - values[n]) for n, (low, _) in edges.items()), D(0))
        return needs <= contribution and all(values[n] <= high * after for n, (_, high) in edges.items())

    assert found is not None
    assert fits(found)
    assert found == 0 or not fits(found - D("0.01"))
