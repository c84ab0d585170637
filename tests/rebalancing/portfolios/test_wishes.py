"""What a client asks for outside the policy, and a plan's menu, in the document, the plan's words, and what goes stale."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.households import employer_plans
from clients.models import Account, AssetClass, Household, Security, TaxLot
from clients.policies import client_restrictions
from clients.policies.restriction_terms import Terms
from clients.policies.restrictions import RestrictionSpec
from rebalancing.engine import proposing
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents import parsing
from rebalancing.engine.documents.plan import Plan, Side, SkipReason
from rebalancing.models import Proposal
from rebalancing.portfolios import portfolios
from rebalancing.proposals import proposals, staleness
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY, SUNDAY_NOON
from tests.examples import PLANS
from tests.factories.deciding import scan
from tests.factories.desk import a_desk
from tests.factories.households import SET_UP, a_managed_household

pytestmark = pytest.mark.django_db

ACTS: dict[str, Any] = {"user_id": None, "by": SET_UP, "at": SUNDAY_NOON}
SINCE = date(2026, 11, 2)
WORDS = "From my mother (the client's instruction of 2026-11-02)"


@pytest.fixture
def millers() -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui())


def asked(household: Household, **wish: Any) -> None:
    facts = {"kind": "do_not_sell", "reason": "From my mother.", "starts_on": SINCE, **wish}
    terms = Terms(asked_by="Mia Miller", asked_on=SINCE, **facts)
    client_restrictions.record(household, terms, on=SINCE, **ACTS)


def the(symbol: str) -> Security:
    return Security.objects.get(symbol=symbol)


def read(household: Household, *, trade_on: date = MONDAY) -> document.Household:
    portfolio = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=trade_on)
    assert isinstance(portfolio, portfolios.Portfolio), portfolio
    return portfolio.household


def test_a_skipped_sale_says_the_clients_words_with_their_day(millers: Household) -> None:
    asked(millers, security=the("ZUS"))

    plan = proposing.propose(read(millers))

    left = [one.explanation for one in plan.skipped if one.reason is SkipReason.CLIENT_RESTRICTION]
    assert left
    assert all(f"Not sold: do not sell: {WORDS}." in one for one in left), left


def test_the_proposals_document_stores_what_was_forbidden(millers: Household) -> None:
    asked(millers, security=the("ZUS"), account=Account.objects.order_by("pk")[0])

    scan()

    revision = proposals.current(Proposal.objects.get())
    stored = parsing.read_household(revision.household_document)
    account = Account.objects.order_by("pk")[0].public_id
    assert stored.rules.do_not_sell == (document.Restriction(security="ZUS", account=account, reason=WORDS),)


@pytest.mark.parametrize(
    ("trade_on", "is_there"),
    [(date(2026, 11, 23), True), (date(2026, 11, 24), True), (date(2026, 11, 25), False)],
)
def test_it_counts_through_its_last_day(millers: Household, trade_on: date, is_there: bool) -> None:
    asked(millers, kind="keep", security=the("ZUS"), ends_on=date(2026, 11, 24))

    assert bool(read(millers, trade_on=trade_on).rules.do_not_sell) is is_there


def test_a_kept_lot_is_locked_with_the_words_until_the_day_after(millers: Household) -> None:
    lot = TaxLot.objects.get(key="A1")
    asked(millers, kind="keep", lot=lot, ends_on=date(2026, 12, 31))

    (kept,) = [one for one in read(millers).lots if one.lock_reason]

    assert (kept.id, kept.lock_reason, kept.locked_until) == (lot.public_id, WORDS, date(2027, 1, 1))
    lot.refresh_from_db()
    assert lot.lock == ""


def test_a_kept_lot_that_comes_under_another_id_stays_kept(millers: Household) -> None:
    lot = TaxLot.objects.get(key="A1")
    asked(millers, lot=lot)
    TaxLot.objects.filter(pk=lot.pk).update(closed_on=LAST_FRIDAY)
    lot.pk, lot.public_id, lot.key = None, "lo_another", "X9"
    lot._state.adding = True
    lot.save()

    assert [one.id for one in read(millers).lots if one.lock_reason] == ["lo_another"]


def test_an_exclusion_list_caps_and_a_class_reach_the_document(millers: Household) -> None:
    Security.objects.filter(symbol="ZUS").update(issuer="Zed Corp")
    Security.objects.filter(symbol="ZUB").update(issuer="Beta Corp")
    asked(millers, kind="do_not_buy", issuers=("Beta Corp", "Zed Corp"))
    asked(millers, kind="do_not_buy", asset_class=AssetClass.objects.get(code="us_bond"))
    asked(millers, kind="cap", issuers=("Beta Corp", "Zed Corp"), weight_cap=D("0.05"))

    rules = read(millers).rules

    assert [one.security for one in rules.do_not_buy] == ["ZUB", "ZUS", "ZBD"]
    assert {(one.kind.value, one.id, one.weight_max) for one in rules.caps} == {
        ("issuer", "Beta Corp", D("0.05")),
        ("issuer", "Zed Corp", D("0.05")),
    }


def test_the_stricter_of_a_cap_in_the_policy_and_one_beside_it_holds() -> None:
    own = RestrictionSpec(kind="cap", symbol="ZUS", weight_cap=D("0.10"), reason="Agreed.")
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), restrictions=[own])
    asked(household, kind="cap", security=the("ZUS"), weight_cap=D("0.04"))

    (cap,) = read(household).rules.caps

    assert cap.weight_max == D("0.04")


def a_menu(*symbols: str) -> None:
    plan = employer_plans.add(code="acme", name="Acme 401(k)", source="Lineup", **ACTS)
    for symbol in symbols:
        employer_plans.add_fund(plan, the(symbol), employer_plans.Terms(starts_on=SINCE), **ACTS)
    for account in Account.objects.all():
        employer_plans.choose(account, plan, reason="", **ACTS)


def test_a_plan_says_what_its_accounts_may_buy(millers: Household) -> None:
    a_menu("ZUS")

    plan = proposing.propose(read(millers))

    assert {one.security for one in plan.orders if one.side is Side.BUY} <= {"ZUS"}
    assert any("only what its plan lists may be bought in it: ZUS" in one for one in plan.warnings)


def test_an_account_of_an_employer_without_a_plan_buys_nothing(millers: Household) -> None:
    Account.objects.filter(number_last4="0002").update(registration="plan_401k")
    account = Account.objects.get(number_last4="0002")

    plan = proposing.propose(read(millers))

    bought_in = {one.account for one in plan.orders if one.side is Side.BUY}
    assert account.public_id not in bought_in
    assert any("nothing may be bought in it" in one for one in plan.warnings)


def test_what_is_forbidden_since_makes_a_proposal_stale_and_what_is_allowed_since_does_not() -> None:
    desk = a_desk()
    asked(desk.household, kind="do_not_buy", security=the("ZUB"))
    desk.propose()
    revision = proposals.current(desk.proposal)
    order = revision.orders.order_by("pk")[0]

    client_restrictions.cancel(desk.household.client_restrictions.get(), reason="Over.", **ACTS)
    assert staleness.causes(revision, at=SUNDAY_NOON)[1] == ()

    kind = "do_not_buy" if order.side == "buy" else "do_not_sell"
    asked(desk.household, kind=kind, security=order.security)
    told = [cause.input for cause in staleness.causes(revision, at=SUNDAY_NOON)[1]]
    assert told == [f"restriction on {order.security.symbol}"]


@settings(
    max_examples=PLANS,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    unbought=st.sets(st.sampled_from(["ZUS", "ZUB", "ZBD"])),
    kept=st.sets(st.sampled_from(["ZUS", "ZBD"])),
    menu=st.none() | st.sets(st.sampled_from(["ZUS", "ZUB", "ZBD"])),
    kept_lots=st.sets(st.sampled_from(["A1", "A2", "B1", "B2"])),
)
def test_no_plan_trades_what_the_client_or_the_plan_forbids(
    millers: Household, unbought: set[str], kept: set[str], menu: set[str] | None, kept_lots: set[str]
) -> None:
    point = transaction.savepoint()
    try:
        for kind, symbols in (("do_not_buy", unbought), ("do_not_sell", kept)):
            for symbol in sorted(symbols):
                asked(millers, kind=kind, security=the(symbol))
        lots = list(TaxLot.objects.filter(key__in=kept_lots).order_by("pk"))
        for lot in lots:
            asked(millers, lot=lot)
        if menu is not None:
            a_menu(*sorted(menu))
        plan: Plan = proposing.propose(read(millers))
    finally:
        transaction.savepoint_rollback(point)
    bought = {one.security for one in plan.orders if one.side is Side.BUY}
    sold = {one.security for one in plan.orders if one.side is Side.SELL}
    assert not bought & unbought
    assert not sold & kept
    assert menu is None or bought <= menu
    taken = {sale.lot for one in plan.orders for sale in one.lots}
    assert not taken & {lot.public_id for lot in lots}
