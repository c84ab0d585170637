"""A change of the record brings a look at the households it concerns, at the next scan, due or not, and once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from clients.models import Household, ModelVersion, Policy, Security, WashGroup
from clients.policies import client_restrictions, model_portfolios, policies
from clients.policies.model_trees import ClassSpec, MemberSpec, SleeveSpec
from clients.policies.restriction_terms import Terms
from clients.policies.targets import TargetSpec
from clients.securities import decisions, security_facts
from compliance import restrictions
from compliance.models import ListKind
from compliance.models.reviews import SubjectKind
from compliance.people.actors import Actor
from rebalancing.models import Reading
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY, MONDAY_NOON, SUNDAY_NOON
from tests.factories.days import scan_of
from tests.factories.households import SET_UP, a_managed_household, approved

pytestmark = pytest.mark.django_db

TUESDAY, WEDNESDAY = date(2026, 11, 24), date(2026, 11, 25)
WIDE: Any = (
    TargetSpec(asset_class="us_stock", target=D("0.76"), points=D("0.10")),
    TargetSpec(asset_class="us_bond", target=D("0.22"), points=D("0.10")),
    TargetSpec(asset_class="cash", target=D("0.02"), band="asymmetric", lower=D(0), upper=D("0.04")),
)


@pytest.fixture
def millers() -> Household:
    """Inside their bands, looked at once a year, and looked at on Sunday."""
    household = a_managed_household(
        advisor=cast.ana(), reviewer=cast.rui(), look="annual", follows="model", targets=WIDE
    )
    first = scan_of(LAST_FRIDAY, SUNDAY_NOON)
    assert (first.outcome, first.triggers) == ("in_band", [])
    return household


def cora() -> dict[str, Any]:
    return {"by": Actor.person(cast.cora()), "at": MONDAY_NOON}


def another_policy(household: Household) -> None:
    policy = Policy.objects.get(household=household)
    draft = policies.draft(
        household,
        model=policy.model,
        targets=WIDE,
        by=SET_UP,
        at=MONDAY_NOON,
        look="annual",
        follows="model",
        objectives="Income.",
        risk="Moderate",
        horizon_years=9,
        reviewed_on=MONDAY,
        signed_by_client_on=MONDAY,
        signed_by_advisor_on=MONDAY,
    )
    digest = policies.fingerprint_of(draft)
    policies.adopt(
        draft,
        approval=approved(SubjectKind.POLICY, draft.public_id, digest, reviewer=cast.rui()),
        effective_on=MONDAY,
        user_id=cast.rui().pk,
        by=Actor.person(cast.rui()),
        at=MONDAY_NOON,
    )


def another_model(_household: Household, *, effective_on: date = TUESDAY) -> ModelVersion:
    rui = cast.rui()
    version = model_portfolios.draft(
        code="60-40", name="", description="",
        classes=[
            ClassSpec("us_stock", D("0.58"), (SleeveSpec("total", (MemberSpec("ZUS"),)),)),
            ClassSpec("us_bond", D("0.40"), (SleeveSpec("core", (MemberSpec("ZBD"),)),)),
            ClassSpec("cash", D("0.02"), ()),
        ],
        by=SET_UP, at=MONDAY_NOON,
    )  # fmt: skip
    digest = model_portfolios.fingerprint_of(version)
    return model_portfolios.publish(
        version,
        approval=approved(SubjectKind.MODEL, f"v{version.pk}", digest, reviewer=rui),
        effective_on=effective_on,
        user_id=rui.pk,
        by=Actor.person(rui),
        at=MONDAY_NOON,
    )


def a_restriction(household: Household) -> None:
    terms = Terms(
        kind="do_not_buy",
        security=Security.objects.get(symbol="ZUB"),
        reason="Faith.",
        starts_on=MONDAY,
        asked_by="Mia Miller",
        asked_on=MONDAY,
    )
    client_restrictions.record(household, terms, on=MONDAY, user_id=None, by=SET_UP, at=MONDAY_NOON)


def another_class(_household: Household) -> None:
    stock = Security.objects.get(symbol="ZUS")
    weights = {one: D(1) for one in security_facts.weights_of(stock)}
    security_facts.decide(
        stock, facts={"trading": "sell_only"}, weights=weights, reason="It closes.", **cora()
    )


def another_group(_household: Household) -> None:
    decisions.decide_wash_group(
        Security.objects.get(symbol="ZUS"), code="us-broad", reason="The same index.", **cora()
    )


def a_listing(_household: Household) -> None:
    Security.objects.filter(symbol="ZUS").update(issuer="Invented Co.")
    restrictions.place(
        "Invented Co.",
        on_record=["Invented Co."],
        kind=ListKind.RESTRICTED,
        starts_on=MONDAY,
        reason="We know more.",
        **cora(),
    )


@pytest.mark.parametrize(
    ("change", "kind", "says"),
    [
        (another_policy, "policy", "Version 2 of the policy took effect on Nov 23, 2026."),
        (another_model, "model", "Version 2 of the model Balanced took effect on Nov 24, 2026."),
        (a_restriction, "restriction", "“Never buy: ZUB” counts from Nov 23, 2026."),
        (another_class, "security", "ZUS: whether it is traded changed."),
        (another_group, "security", "ZUS: its wash-sale group changed."),
        (a_listing, "issuer listing", "Invented Co. is on the firm's restricted list from Nov 23, 2026."),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_each_change_calls_for_one_look_and_says_so(
    millers: Household, change: Callable[[Household], object], kind: str, says: str
) -> None:
    change(millers)

    looked, after = scan_of(MONDAY), scan_of(TUESDAY)

    assert looked.outcome in {"in_band", "proposed", "no_benefit"}, looked.reason
    told = [one for one in looked.triggers if one["code"] == "record_changed"]
    assert [(one["figures"]["kind"], one["sentence"]) for one in told] == [(kind, says)]
    assert says in looked.reason
    assert after.outcome == ("pending" if looked.outcome == "proposed" else "not_due")
    assert after.triggers == []


def test_without_a_change_nobody_looks(millers: Household) -> None:
    reading = scan_of(MONDAY)

    assert (reading.outcome, reading.triggers) == ("not_due", [])


def test_a_model_that_takes_effect_later_calls_on_its_own_day(millers: Household) -> None:
    another_model(millers, effective_on=WEDNESDAY)

    codes = [[one["code"] for one in scan_of(day).triggers] for day in (MONDAY, TUESDAY, WEDNESDAY)]

    # Tuesday evening's scan is for Wednesday's trades.
    assert codes == [[], ["record_changed"], []]


def test_a_restriction_that_ends_calls_on_the_day_after(millers: Household) -> None:
    terms = Terms(
        kind="keep",
        security=Security.objects.get(symbol="ZUS"),
        reason="A gift.",
        starts_on=date(2026, 11, 22),
        ends_on=TUESDAY,
        asked_by="Mia Miller",
        asked_on=date(2026, 11, 22),
    )
    client_restrictions.record(
        millers, terms, on=date(2026, 11, 22), user_id=None, by=SET_UP, at=SUNDAY_NOON - timedelta(hours=1)
    )

    found = [scan_of(day) for day in (MONDAY, TUESDAY, WEDNESDAY)]

    assert [[one["sentence"] for one in reading.triggers] for reading in found] == [
        [],
        ["“Keep until a day: ZUS” ended with Nov 24, 2026."],
        [],
    ]


def test_what_concerns_others_calls_for_nothing_here(millers: Household) -> None:
    """A security that nobody here holds or buys; a restriction of another issuer; a fact that decides nothing."""
    other = Security.objects.create(symbol="ZZZ", name="Elsewhere", kind="stock", issuer="Elsewhere Inc.")
    WashGroup.objects.get_or_create(code="elsewhere")
    decisions.decide_wash_group(other, code="elsewhere", reason="Alike.", **cora())
    restrictions.place(
        "Elsewhere Inc.", on_record=["Elsewhere Inc."], kind=ListKind.RESTRICTED, starts_on=MONDAY,
        reason="We know more.", **cora(),
    )  # fmt: skip
    security_facts.decide(
        Security.objects.get(symbol="ZUS"), facts={"name": "Another name"}, reason="Renamed.", **cora()
    )

    assert (scan_of(MONDAY).outcome, Reading.objects.latest("pk").triggers) == ("not_due", [])


def test_a_change_waits_while_the_household_cannot_be_read(millers: Household) -> None:
    a_restriction(millers)
    millers.accounts.update(reconciliation="never")
    failed = scan_of(MONDAY)
    millers.accounts.update(reconciliation="reconciled")

    assert failed.outcome == "data"
    assert [one["code"] for one in scan_of(TUESDAY).triggers] == ["record_changed"]
