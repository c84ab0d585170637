"""The mode that harvests: loss lots give way to their replacements, and nothing else is touched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rebalancing.engine import proposing
from rebalancing.engine.documents import parsing, serializing
from rebalancing.engine.documents.faults import BadHousehold
from rebalancing.engine.documents.harvest_validation import kept_part
from rebalancing.engine.documents.household import (
    Account,
    ClassPolicy,
    ClassWeight,
    Household,
    Lot,
    Member,
    Policy,
    Security,
    Sleeve,
    TaxTreatment,
)
from rebalancing.engine.documents.objective import Edit, EditKind, Harvest, Mode, Objective
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.documents.plan import Order, Plan, Side, SkipReason, State
from rebalancing.engine.documents.recent_trades import RecentTrade, RecentTradeKind
from rebalancing.engine.documents.tax_units import FlatRates, TaxUnit
from rebalancing.engine.verifier import verification
from tests.engine import harvests

TODAY = date(2026, 11, 20)
ZERO = Decimal(0)


def fund(
    name: str, price: int, *, asset_class: str = "STOCK", replacements: tuple[str, ...] = ()
) -> Security:
    return Security(
        id=name,
        symbol=name,
        price=Decimal(price),
        price_on=TODAY - timedelta(days=1),
        weights=(ClassWeight(asset_class=asset_class, weight=Decimal(1)),),
        replacements=replacements,
    )


def grace(**changes: object) -> Household:
    """Grace: $10,000 of gains this year, a fund 20% below its cost and its replacement, all classes inside their bands."""
    made = Household(
        id="grace",
        as_of=TODAY - timedelta(days=1),
        trade_on=TODAY,
        tax_units=(
            TaxUnit(
                id="grace",
                flat=FlatRates(short=Decimal("0.32"), long=Decimal("0.15"), loss_value=Decimal("0.1")),
                realized_long=Decimal(10_000),
            ),
        ),
        accounts=(
            Account(
                id="brokerage",
                tax_treatment=TaxTreatment.TAXABLE,
                tax_unit="grace",
                owner="grace",
                cash_settled=Decimal(5_000),
            ),
            Account(id="ira", tax_treatment=TaxTreatment.TAX_DEFERRED, owner="grace", cash_settled=Decimal(9_000)),
        ),
        securities=(
            fund("USTM", 80, replacements=("US1K",)),
            fund("US1K", 150),
            fund("BOND", 50, asset_class="BOND"),
        ),
        lots=(
            Lot(id="old", account="brokerage", security="USTM", quantity=Decimal(100), basis=Decimal(5_000),
                acquired=date(2020, 1, 2)),
            Lot(id="loss", account="brokerage", security="USTM", quantity=Decimal(200), basis=Decimal(20_000),
                acquired=date(2025, 1, 2)),
            Lot(id="bonds", account="ira", security="BOND", quantity=Decimal(400), basis=None),
        ),
        policy=Policy(
            classes=(
                ClassPolicy(id="STOCK", target=Decimal("0.5"), lower=Decimal("0.3"), upper=Decimal("0.7")),
                ClassPolicy(id="BOND", target=Decimal("0.4"), lower=Decimal("0.2"), upper=Decimal("0.6")),
                ClassPolicy(id="CASH", target=Decimal("0.1"), lower=Decimal(0), upper=Decimal("0.4")),
            ),
            sleeves=(
                Sleeve(id="stocks", asset_class="STOCK", members=(Member(security="USTM"),)),
                Sleeve(id="bonds", asset_class="BOND", members=(Member(security="BOND"),)),
            ),
            cash_class="CASH",
        ),
        objective=Objective(
            mode=Mode.HARVEST, harvest=(Harvest(lot="loss", replacements=("US1K",), later=Decimal("0.12")),)
        ),
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def told(plan: Plan) -> list[tuple[str, str, str, Decimal]]:
    return [(order.account, order.side.value, order.security, order.shares) for order in plan.orders]


def test_the_loss_is_swapped_for_its_replacement_and_nothing_else_is_traded() -> None:
    plan = proposing.propose(grace())
    assert told(plan) == [
        ("brokerage", "sell", "USTM", Decimal(200)),
        ("brokerage", "buy", "US1K", Decimal(106)),
    ]
    assert plan.orders[0].lots[0].lot == "loss"
    assert plan.tax_change == Decimal("-600.00")
    assert plan.summary == (
        "2 orders: a loss of $4,000 is taken and replaced, and nothing else is traded. It saves $600 of tax this year."
    )
    assert plan.orders[0].explanation == (
        "A loss of $4,000, long-term, worth about $600 of tax; US1K takes its place. USTM may be bought again from December "
        "21, 2026; until then nobody in the household should buy it."
    )
    assert verification.verify(grace(), plan).signed


def test_what_the_lower_basis_costs_later_is_in_the_objective() -> None:
    terms = {term.name.value: term.plan for term in proposing.propose(grace()).terms}
    assert (terms["tax"], terms["lower_basis"]) == (Decimal("-600.00"), Decimal("480.00"))


def test_a_loss_that_costs_more_later_than_it_saves_now_is_left_alone() -> None:
    rows = (Harvest(lot="loss", replacements=("US1K",), later=Decimal("0.16")),)
    plan = proposing.propose(grace(objective=Objective(mode=Mode.HARVEST, harvest=rows)))
    assert (plan.state, plan.orders) == (State.HOLD, ())


def test_a_loss_beyond_what_can_be_used_is_said_to_be_carried() -> None:
    unit = replace(grace().tax_units[0], realized_long=Decimal(-2_000))
    plan = proposing.propose(grace(tax_units=(unit,)))
    rows = (Harvest(lot="loss", replacements=("US1K",), later=Decimal("0.05")),)
    plan = proposing.propose(grace(tax_units=(unit,), objective=Objective(mode=Mode.HARVEST, harvest=rows)))
    assert plan.summary == (
        "2 orders: a loss of $4,000 is taken and replaced, and nothing else is traded. It saves $320 of tax this year. "
        "$3,000 of it cannot be used this year and is carried into later ones, where it counts as $300 of tax."
    )


BOUGHT = RecentTrade(
    id="dividend",
    kind=RecentTradeKind.REINVESTMENT,
    account="ira",
    security="USTM",
    on=TODAY - timedelta(days=20),
    shares=Decimal(1),
)


@pytest.mark.parametrize(
    ("recent", "is_taken"),
    [
        (BOUGHT, False),
        (replace(BOUGHT, on=TODAY - timedelta(days=30)), False),
        (replace(BOUGHT, on=TODAY + timedelta(days=12), kind=RecentTradeKind.OPEN_ORDER), False),
        (replace(BOUGHT, account="held away"), False),
        (replace(BOUGHT, shares_used=Decimal(1)), True),
        (replace(BOUGHT, security="US1K"), True),
        # The replacement itself was sold at a loss: buying it would disallow that one.
        (replace(BOUGHT, security="US1K", kind=RecentTradeKind.LOSS_SALE, loss_per_share=Decimal(2)), False),
    ],
)  # fmt: skip
def test_only_a_loss_that_no_purchase_touches_is_taken(recent: RecentTrade, is_taken: bool) -> None:
    plan = proposing.propose(grace(recent_trades=(recent,)))
    assert bool(plan.orders) is is_taken


def test_why_a_loss_lot_is_left_alone_stands_in_the_plan() -> None:
    rows = (
        *grace().objective.harvest,
        Harvest(lot="small", left_because="its loss of $40 is below the firm's $250 a lot"),
    )
    small = replace(grace().lots[1], id="small", quantity=Decimal(10), basis=Decimal(840))
    asked = grace(lots=(*grace().lots, small), objective=Objective(mode=Mode.HARVEST, harvest=rows))
    plan = proposing.propose(asked)
    assert [(one.lot, one.reason, one.explanation) for one in plan.skipped] == [
        ("small", SkipReason.NOT_HARVESTED, "Not sold: its loss of $40 is below the firm's $250 a lot.")
    ]
    assert verification.verify(asked, plan).signed


@pytest.mark.parametrize(
    ("changes", "pointer", "sentence"),
    [
        ({"objective": Objective(mode=Mode.HARVEST)}, "/objective/harvest", "names no lot that may be replaced"),
        ({"objective": Objective(harvest=(Harvest(lot="loss", replacements=("US1K",)),))},
         "/objective/harvest", "belongs to the mode harvest only"),
        ({"objective": Objective(mode=Mode.HARVEST, harvest=(Harvest(lot="loss", replacements=("BOND",)),))},
         "/objective/harvest/0/replacements/0", "'BOND' is no replacement of 'USTM'"),
        ({"objective": Objective(mode=Mode.HARVEST, harvest=(Harvest(lot="bonds", left_because="-"),))},
         "/objective/harvest/0/lot", "stands in an account where no loss is recognized"),
        ({"objective": Objective(mode=Mode.HARVEST, harvest=(Harvest(lot="loss"),))},
         "/objective/harvest/0", "needs either replacements or the reason why it is left alone"),
        ({"edits": (Edit(id="e", kind=EditKind.SELL, account="ira", security="BOND", shares=Decimal(1)),)},
         "/edits/0/kind", "a harvest trades nothing else; only no_trade goes with it"),
    ],
)  # fmt: skip
def test_a_harvest_that_makes_no_sense_is_refused(
    changes: dict[str, object], pointer: str, sentence: str
) -> None:
    with pytest.raises(BadHousehold) as refused:
        proposing.propose(grace(**changes))
    assert (pointer, sentence) in [(fault.pointer, fault.sentence) for fault in refused.value.faults]


def test_documents_that_ask_for_no_harvest_keep_their_bytes() -> None:
    usual = serializing.text(grace(objective=Objective()))
    assert 'harvest"' not in usual.replace("harvest_losses", "")
    asked = grace()
    assert parsing.read_household(serializing.text(asked)) == ordered(asked)


# ── For any household ────────────────────────────────────────────────────────────────────────────


def planned(seed: int) -> tuple[Household, Plan]:
    asked = harvests.harvest(seed)
    assume(asked is not None)
    assert asked is not None
    return asked, proposing.propose(asked)


@given(st.integers(0, 10**6))
def test_a_harvest_touches_nothing_but_losses_and_their_replacements(seed: int) -> None:
    asked, plan = planned(seed)
    rows = {row.lot: row for row in asked.objective.harvest}
    by_id = {security.id: security for security in asked.securities}
    taxed = {account.id for account in asked.accounts if account.is_taxed}
    money: dict[tuple[str, tuple[str, str]], Decimal] = defaultdict(lambda: ZERO)
    may_buy: set[tuple[str, str]] = set()
    for order in plan.orders:
        assert order.account in taxed
        signed = order.amount if order.side is Side.SELL else -order.amount
        money[order.account, kept_part(by_id[order.security])] += signed
        for sale in order.lots:
            assert sale.gain is not None
            assert sale.gain < 0
            assert sale.disallowed == 0
            may_buy |= {(order.account, other) for other in rows[sale.lot].replacements}
    for order in plan.orders:
        assert order.side is Side.SELL or (order.account, order.security) in may_buy
    assert all(left >= 0 for left in money.values())
    sold_groups = {by_id[o.security].group for o in plan.orders if o.side is Side.SELL}
    assert not sold_groups & {
        by_id[o.security].group for o in plan.orders if o.side is Side.BUY and by_id[o.security].wash_applies
    }
    assert plan.tax_change <= 0
    assert verification.verify(asked, plan).faults == ()
    assert plan.bound <= plan.objective


Forge = Callable[[Household, Plan], Plan | None]


def _without_purchases(_: Household, plan: Plan) -> Plan:
    return replace(plan, orders=tuple(order for order in plan.orders if order.side is Side.SELL))


def _fewer_shares_bought(_: Household, plan: Plan) -> Plan | None:
    def halved(order: Order) -> Order:
        half = (order.shares / 2).quantize(Decimal(1))
        return replace(order, shares=half, amount=half * order.price, cost=ZERO) if half else order

    orders = tuple(halved(o) if o.side is Side.BUY else o for o in plan.orders)
    return None if orders == plan.orders else replace(plan, orders=orders)


FORGED_QUESTIONS: dict[str, Callable[[Household, Plan], Household | None]] = {
    "a lot that is not to be harvested": lambda asked, plan: _asked(
        asked, tuple(row for row in asked.objective.harvest if row.lot != plan.orders[0].lots[0].lot)
    ),
    "a lot that is left alone": lambda asked, plan: _asked(
        asked,
        tuple(
            replace(row, replacements=(), left_because="small")
            if row.lot == plan.orders[0].lots[0].lot
            else row
            for row in asked.objective.harvest
        ),
    ),
    "another later cost": lambda asked, plan: _asked(
        asked, tuple(replace(row, later=row.later + Decimal("0.3")) for row in asked.objective.harvest)
    ),
}


def _asked(asked: Household, rows: tuple[Harvest, ...]) -> Household:
    return replace(asked, objective=replace(asked.objective, harvest=rows))


@pytest.mark.parametrize("name", FORGED_QUESTIONS)
def test_the_verifier_refuses_a_harvest_of_what_was_not_asked_for(name: str) -> None:
    tried = 0
    for seed in range(160):
        asked = harvests.harvest(seed)
        plan = proposing.propose(asked) if asked else None
        if asked is None or plan is None or not plan.orders:
            continue
        other = FORGED_QUESTIONS[name](asked, plan)
        if other is None:
            continue
        tried += 1
        again = replace(plan, input_digest=serializing.digest(other))
        faults = verification.verify(other, again).faults
        assert any(not fault.pointer.startswith("/input") for fault in faults), seed
    assert tried > 10


@pytest.mark.parametrize("forge", [_without_purchases, _fewer_shares_bought])
def test_the_verifier_refuses_a_harvest_that_is_not_placed_again(forge: Forge) -> None:
    asked = grace()
    forged = forge(asked, proposing.propose(asked))
    assert forged is not None
    faults = verification.verify(asked, forged).faults
    assert any("not replaced" in f.sentence or "not invested again" in f.sentence for f in faults), faults
