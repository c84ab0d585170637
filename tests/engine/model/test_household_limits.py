"""Limits over the whole household: one gain budget for all its returns, caps on sectors, and how a reader is told of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from rebalancing.engine import proposing
from rebalancing.engine.documents import serializing
from rebalancing.engine.documents.faults import BadHousehold
from rebalancing.engine.documents.household import (
    Account,
    Cap,
    CapKind,
    ClassPolicy,
    ClassWeight,
    Destination,
    Household,
    Lot,
    Member,
    Policy,
    Rules,
    Security,
    Sleeve,
    TaxTreatment,
)
from rebalancing.engine.documents.objective import Edit, EditKind
from rebalancing.engine.documents.plan import BudgetUse, Plan, Side
from rebalancing.engine.documents.recent_trades import RecentTrade, RecentTradeKind
from rebalancing.engine.documents.tax_units import BudgetKind, FlatRates, GainBudget, TaxUnit
from rebalancing.engine.explanations import plain_text
from rebalancing.engine.verifier import verification

D = Decimal
TODAY = date(2026, 11, 23)
RATES = FlatRates(short=D("0.37"), long=D("0.20"), loss_value=D("0.1"))


def security(id_: str, symbol: str, asset_class: str, price: int, **more: object) -> Security:
    weights = (ClassWeight(asset_class=asset_class, weight=D(1)),)
    return Security(id=id_, symbol=symbol, price=D(price), price_on=TODAY, weights=weights, **more)


def the_couple(**rules: object) -> Household:
    """Ana and Ben file apart; both hold far too much stock, bought at 60 and worth 100."""
    return Household(
        id="couple",
        as_of=TODAY,
        trade_on=TODAY,
        tax_units=(
            TaxUnit(id="u1", name="Ana", flat=RATES),
            TaxUnit(id="u2", name="Ben", flat=RATES),
        ),
        accounts=tuple(
            Account(
                id=f"a{n}", name=f"{who}'s account", tax_treatment=TaxTreatment.TAXABLE, tax_unit=f"u{n}"
            )
            for n, who in ((1, "Ana"), (2, "Ben"))
        ),
        securities=(
            security("s1", "OILX", "stock", 100, sector="Energy"),
            security("s2", "GRID", "stock", 50, sector="Energy"),
            security("s3", "BANK", "stock", 25, sector="Financials"),
            security("s4", "BNDS", "bond", 50),
        ),
        lots=tuple(
            Lot(
                id=f"a{n}-{id_}",
                account=f"a{n}",
                security=id_,
                quantity=D(shares),
                basis=D(shares * basis),
                acquired=date(2020, 1, 6),
            )
            for n in (1, 2)
            for id_, shares, basis in (("s1", 4500, 60), ("s4", 1000, 50))
        ),
        policy=Policy(
            classes=(
                ClassPolicy(id="stock", name="Stocks", target=D("0.6"), lower=D("0.55"), upper=D("0.65"),
                            destination=Destination.TARGET),
                ClassPolicy(id="bond", name="Bonds", target=D("0.4"), lower=D("0.35"), upper=D("0.45"),
                            destination=Destination.TARGET),
            ),
            sleeves=(
                Sleeve(id="stock", asset_class="stock", members=(Member(security="s1"), Member(security="s2", rank=2),
                                                                 Member(security="s3", rank=3))),
                Sleeve(id="bond", asset_class="bond", members=(Member(security="s4"),)),
            ),
        ),
        rules=Rules(**rules),
    )  # fmt: skip


def signed(household: Household) -> Plan:
    plan = proposing.propose(household)
    assert verification.verify(household, plan).faults == ()
    return plan


def budgeted(limit: int, **more: object) -> Household:
    return the_couple(gain_budget=GainBudget(limit=D(limit), **more))


def with_unit(household: Household, id_: str, **changes: object) -> Household:
    units = tuple(replace(u, **changes) if u.id == id_ else u for u in household.tax_units)
    return replace(household, tax_units=units)


def net_gains(plan: Plan) -> dict[str, Decimal]:
    return {row.tax_unit: row.net_short + row.net_long for row in plan.tax}


# One budget over all returns.


def test_two_returns_realize_a_household_budget_once_and_not_twice():
    one = signed(budgeted(20_000))
    limit = GainBudget(limit=D(20_000))
    each = signed(with_unit(with_unit(the_couple(), "u1", gain_budget=limit), "u2", gain_budget=limit))

    assert D(19_900) < sum(net_gains(one).values()) <= D(20_000)
    assert D(39_800) < sum(net_gains(each).values()) <= D(40_000)
    assert one.gain_budget == BudgetUse(limit=D(20_000), used_before=D(0), used=sum(net_gains(one).values()))
    assert each.gain_budget is None


def test_a_loss_carried_into_one_return_makes_no_room_in_the_other():
    household = with_unit(budgeted(20_000), "u2", carryforward_long=D(50_000))

    plan = signed(household)

    # Ben takes gains against his own loss for nothing; Ana has the budget.
    gains = net_gains(plan)
    assert gains["u1"] <= D(20_000)
    assert plan.gain_budget.used == max(D(0), gains["u1"]) + max(D(0), gains["u2"]) <= D(20_000)
    assert next(row.long for row in plan.tax if row.tax_unit == "u2") > D(49_000)


def test_what_is_used_up_already_is_not_used_up_further():
    household = with_unit(budgeted(20_000), "u1", realized_long=D(30_000))

    plan = signed(household)

    assert plan.gain_budget.used_before == D(30_000)
    assert plan.gain_budget.used <= D(30_000)
    assert not [slack for slack in plan.slack if slack.rule == "gain_budget"]


def test_a_priced_budget_is_exceeded_where_that_is_worth_its_price():
    cheap = signed(budgeted(20_000, kind=BudgetKind.PRICED, price=D("0.001")))
    dear = signed(budgeted(20_000, kind=BudgetKind.PRICED, price=D(2)))

    assert cheap.gain_budget.used > D(50_000)
    assert [(s.rule, s.subject) for s in cheap.slack] == [("gain_budget", "")]
    assert dear.gain_budget.used <= D(20_000)


def test_a_returns_own_budget_stands_beside_the_households():
    household = with_unit(budgeted(20_000), "u1", gain_budget=GainBudget(limit=D(5000)))

    gains = net_gains(signed(household))

    assert gains["u1"] <= D(5000)
    assert D(14_900) < gains["u2"]
    assert sum(gains.values()) <= D(20_000)


@pytest.mark.parametrize("limit", [0, 1, 250, 3333, 20_000, 77_777])
def test_the_budget_is_kept_to_the_cent_in_whole_shares(limit):
    plan = signed(budgeted(limit))

    assert plan.gain_budget.used <= limit
    assert plan.slack == ()


def test_a_verifier_does_not_sign_another_use_of_the_budget():
    household = budgeted(20_000)
    plan = proposing.propose(household)
    use = plan.gain_budget
    forged = [
        None,
        replace(use, used=use.used + D("0.01")),
        replace(use, limit=D(1)),
        replace(use, used_before=D(5)),
    ]

    assert [verification.verify(household, replace(plan, gain_budget=one)).signed for one in forged] == [
        False
    ] * 4


@pytest.mark.parametrize(
    ("budget", "pointer"),
    [
        (GainBudget(limit=D(-1)), "/rules/gain_budget/limit"),
        (GainBudget(limit=D(1), kind=BudgetKind.PRICED), "/rules/gain_budget/price"),
    ],
)
def test_a_budget_without_sense_is_refused_with_its_pointer(budget, pointer):
    with pytest.raises(BadHousehold) as refused:
        proposing.propose(the_couple(gain_budget=budget))

    assert [fault.pointer for fault in refused.value.faults] == [pointer]


# Caps on sectors.


def held_in(household: Household, plan: Plan, sector: str) -> Decimal:
    rows = {s.id: s for s in household.securities}
    held = sum(
        x.quantity * rows[x.security].price for x in household.lots if rows[x.security].sector == sector
    )
    for order in plan.orders:
        if rows[order.security].sector == sector:
            held += order.shares * order.price * (1 if order.side is Side.BUY else -1)
    return held / plan.before.investable


def test_a_cap_on_a_sector_holds_for_all_its_securities_together():
    household = the_couple(caps=(Cap(kind=CapKind.SECTOR, id="Energy", weight_max=D("0.20")),))

    plan = signed(household)

    assert held_in(household, plan, "Energy") <= D("0.20")
    bought = {order.security for order in plan.orders if order.side is Side.BUY}
    assert "s2" not in bought
    assert "s3" in bought


def test_a_sector_that_cannot_be_brought_down_is_named_with_the_amount():
    lots = tuple(replace(lot, lock_reason="Pledged") for lot in the_couple().lots)
    cap = Cap(kind=CapKind.SECTOR, id="Energy", weight_max=D("0.20"))
    household = replace(the_couple(caps=(cap,)), lots=lots)

    plan = signed(household)

    (slack,) = plan.slack
    assert (slack.rule, slack.subject, slack.amount) == ("sector_cap", "Energy", D(700_000))
    assert slack.explanation == ("$700,000 more is held of the sector Energy than the limit of 20.0% allows")


def test_a_cap_on_a_group_of_classes_looks_through_funds():
    """All stocks together at most 58%: without the cap the plan stops at the band's upper edge or the target."""
    mixed = tuple(
        replace(
            one,
            weights=(
                ClassWeight(asset_class="stock", weight=D("0.5")),
                ClassWeight(asset_class="bond", weight=D("0.5")),
            ),
        )
        if one.id == "s2"
        else one
        for one in the_couple().securities
    )
    cap = Cap(kind=CapKind.CLASSES, id="stocks", weight_max=D("0.58"), classes=("stock",))

    plan = signed(replace(the_couple(caps=(cap,)), securities=mixed))

    (stocks,) = [row for row in plan.after.classes if row.asset_class == "stock"]
    assert plan.slack == ()
    assert stocks.value <= D("0.58") * plan.before.investable


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"kind": CapKind.CLASSES}, "/rules/caps/0/classes"),
        ({"kind": CapKind.SECTOR, "classes": ("stock",)}, "/rules/caps/0/classes"),
        ({"kind": CapKind.CLASSES, "classes": ("gold",)}, "/rules/caps/0/classes/0"),
    ],
)
def test_a_cap_on_classes_names_classes_of_the_policy(changes, pointer):
    cap = Cap(**{"id": "stocks", "weight_max": D("0.5"), **changes})

    with pytest.raises(BadHousehold) as refused:
        proposing.propose(the_couple(caps=(cap,)))

    assert [fault.pointer for fault in refused.value.faults] == [pointer]


# Losses that would be gone for good.


def with_a_loss(**rules: object) -> Household:
    """Ana's OILX stands at a loss, and her IRA bought some of it nine days ago."""
    couple = the_couple(**rules)
    lots = tuple(replace(x, basis=x.quantity * 130) if x.id == "a1-s1" else x for x in couple.lots)
    ira = Account(id="ira", name="Ana's IRA", tax_treatment=TaxTreatment.TAX_DEFERRED)
    bought = RecentTrade(
        id="r1",
        kind=RecentTradeKind.PURCHASE,
        account="ira",
        security="s1",
        on=date(2026, 11, 14),
        shares=D(10),
    )
    return replace(couple, lots=lots, accounts=(*couple.accounts, ira), recent_trades=(bought,))


def losses(plan: Plan) -> list[str]:
    return [
        sale.lot for order in plan.orders for sale in order.lots if sale.gain is not None and sale.gain < 0
    ]


def test_no_loss_is_taken_that_a_purchase_in_an_ira_takes_for_good_where_that_is_forbidden():
    assert losses(signed(with_a_loss())) == ["a1-s1"]
    forbidden = signed(with_a_loss(permanent_disallowance_allowed=False))

    assert losses(forbidden) == []
    (why,) = {one.explanation for one in forbidden.skipped if one.lot == "a1-s1"}
    assert "the same security was bought in Ana's IRA on 2026-11-14" in why
    assert "through 2026-12-14 would be permanently disallowed" in why


def test_the_verifier_knows_it_by_itself():
    plan = signed(with_a_loss())

    other = with_a_loss(permanent_disallowance_allowed=False)
    faults = verification.verify(other, replace(plan, input_digest=serializing.digest(other))).faults

    assert [one.sentence for one in faults if "lost for good" in one.sentence]


def test_a_security_without_a_sector_belongs_to_none():
    plan = signed(the_couple(caps=(Cap(kind=CapKind.SECTOR, id="Utilities", weight_max=D(0)),)))

    assert plan.slack == ()


def test_two_caps_on_the_same_thing_are_one_too_many():
    caps = tuple(Cap(kind=CapKind.SECTOR, id="Energy", weight_max=D(most)) for most in ("0.2", "0.3"))

    with pytest.raises(BadHousehold) as refused:
        proposing.propose(the_couple(caps=caps))

    assert [fault.pointer for fault in refused.value.faults] == ["/rules/caps/1/id"]


# What a reader is told.

CAPS = (
    Cap(kind=CapKind.SECTOR, id="Energy", weight_max=D("0.20")),
    Cap(kind=CapKind.SECURITY, id="s3", weight_max=D("0.125")),
)
IDS = {"couple", "a1", "a2", "u1", "u2", "s1", "s2", "s3", "s4", "stock", "bond", "a1-s1", "edit-7"}


def words(text: str) -> set[str]:
    return {word.strip(".,:;()'") for word in text.replace("\n", " ").split(" ")}


@pytest.mark.parametrize(
    "household",
    [
        budgeted(20_000),
        with_unit(the_couple(), "u1", gain_budget=GainBudget(limit=D(5000))),
        the_couple(caps=CAPS),
        replace(the_couple(caps=CAPS), lots=tuple(replace(x, lock_reason="Pledged") for x in the_couple().lots)),
        replace(the_couple(), lots=tuple(replace(x, basis=None) for x in the_couple().lots)),
        replace(
            the_couple(caps=CAPS),
            edits=(
                Edit(id="edit-7", kind=EditKind.BUY, account="a1", security="s4", shares=D(900_000)),
            ),
        ),
    ],
    ids=["budget", "a return's budget", "caps", "locked", "unknown basis", "an edit too large"],
)  # fmt: skip
def test_no_identity_of_the_document_stands_in_a_sentence(household):
    plan = signed(household)

    told = plain_text.page(plan, household)
    sentences = [one.explanation for one in (*plan.binding, *plan.slack, *plan.orders)]
    assert words(told) & IDS == set()
    assert words(" ".join([plan.summary, *sentences, *plan.warnings])) & IDS == set()


def test_binding_rules_are_told_with_what_more_room_would_be_worth():
    budget = {b.rule: b.explanation for b in signed(budgeted(20_000)).binding}
    limit = GainBudget(limit=D(5000))
    own = signed(with_unit(with_unit(the_couple(), "u1", gain_budget=limit), "u2", gain_budget=limit))
    caps = [b.explanation for b in signed(the_couple(caps=CAPS)).binding]

    assert budget["gain_budget"].startswith("The gain budget of the household limits this plan. $1,000 of")
    assert next(b.explanation for b in own.binding).startswith("The gain budget of Ana limits this plan.")
    assert any(told.startswith("The limit of 20.0% on the sector Energy limits") for told in caps)


def test_an_edit_that_cannot_be_carried_out_is_told_in_words():
    edit = Edit(id="edit-7", kind=EditKind.BUY, account="a1", security="s4", shares=D(900_000))

    plan = signed(replace(the_couple(), edits=(edit,)))

    told = next(slack.explanation for slack in plan.slack if slack.rule == "edit")
    assert told.startswith("the purchase of 900000 BNDS in Ana's account, asked for by the advisor, falls $")
