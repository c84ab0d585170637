"""Which version of a model a household follows, on which day, and what a new version does to what is open."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal as D
from typing import Any

import pytest

from clients.models import Household, ModelVersion, Policy, TaxLot
from clients.policies import model_portfolios, policies
from clients.policies.model_trees import ClassSpec, MemberSpec, SleeveSpec
from clients.policies.targets import TargetSpec
from compliance.firm import policy_defaults
from compliance.firm.waiting_figures import YEAR_END_FROM
from compliance.models.reviews import SubjectKind
from compliance.people.actors import Actor
from compliance.refusals import BadInput
from rebalancing.models import Proposal, Reading
from rebalancing.portfolios import portfolios
from rebalancing.portfolios.market import Market
from rebalancing.proposals import proposals, revisions, staleness
from rebalancing.scans import deciding
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY, SUNDAY_NOON, TUESDAY_NOON
from tests.factories.deciding import scan
from tests.factories.firm_settings import decided
from tests.factories.households import SET_UP, a_managed_household, approved

pytestmark = pytest.mark.django_db

TUESDAY = date(2026, 11, 24)


def the_millers_follow(what: str) -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), follows=what)


def version_two(*members: MemberSpec, effective_on: date = MONDAY) -> ModelVersion:
    """Balanced, with other members of its stock sleeve."""
    rui = cast.rui()
    version = model_portfolios.draft(
        code="60-40", name="", description="",
        classes=[
            ClassSpec("us_stock", D("0.58"), (SleeveSpec("total", members),)),
            ClassSpec("us_bond", D("0.40"), (SleeveSpec("core", (MemberSpec("ZBD"),)),)),
            ClassSpec("cash", D("0.02"), ()),
        ],
        by=SET_UP, at=SUNDAY_NOON,
    )  # fmt: skip
    digest = model_portfolios.fingerprint_of(version)
    return model_portfolios.publish(
        version,
        approval=approved(SubjectKind.MODEL, f"second-{version.pk}", digest, reviewer=rui),
        effective_on=effective_on,
        user_id=rui.pk,
        by=Actor.person(rui),
        at=SUNDAY_NOON,
    )


def followed(household: Household, *, trade_on: date) -> int:
    found = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=trade_on)
    assert isinstance(found, portfolios.Portfolio), found
    return found.model_version.version


ZUB_ONLY = MemberSpec("ZUB")
ZUS_REPLACED = (MemberSpec("ZUB"), MemberSpec("ZUS", use="legacy", rank=2))


@pytest.mark.parametrize(
    ("follows", "effective_on", "on_monday", "on_tuesday"),
    [
        # follows    version 2 from   Monday  Tuesday
        ("version", MONDAY, 1, 1),
        ("model", MONDAY, 2, 2),
        ("model", TUESDAY, 1, 2),
        ("version", TUESDAY, 1, 1),
    ],
)
def test_the_version_in_force_is_by_date(
    follows: str, effective_on: date, on_monday: int, on_tuesday: int
) -> None:
    household = the_millers_follow(follows)
    version_two(ZUB_ONLY, effective_on=effective_on)

    assert [followed(household, trade_on=day) for day in (MONDAY, TUESDAY)] == [on_monday, on_tuesday]


def test_a_version_that_is_replaced_before_its_day_never_takes_effect() -> None:
    household = the_millers_follow("model")
    version_two(ZUB_ONLY, effective_on=TUESDAY)
    version_two(MemberSpec("ZUS"), effective_on=MONDAY)

    assert [followed(household, trade_on=day) for day in (MONDAY, TUESDAY)] == [3, 3]


def test_a_proposal_is_stale_once_another_version_takes_effect_and_stays_as_it_was() -> None:
    household = the_millers_follow("model")
    scan()
    proposal = Proposal.objects.get(household=household)
    revision = proposals.current(proposal)
    document = revision.household_document
    version_two(ZUB_ONLY, effective_on=TUESDAY)

    def moved(at: datetime) -> list[str]:
        return [str(cause) for cause in staleness.causes(revision, at=at)[1] if cause.input == "model"]

    assert moved(SUNDAY_NOON) == []
    assert moved(TUESDAY_NOON) == ["model: shown Balanced, version 1, now Balanced, version 2"]
    revision.refresh_from_db()
    assert (revision.model_used.version, revision.household_document) == (1, document)
    assert revisions.fingerprint_of(revision) == revision.fingerprint


def test_a_later_version_may_not_leave_a_followers_target_without_a_security() -> None:
    the_millers_follow("model")
    draft = model_portfolios.draft(
        code="60-40", name="", description="",
        classes=[
            ClassSpec("us_stock", D("0.98"), (SleeveSpec("total", (MemberSpec("ZUS"),)),)),
            ClassSpec("cash", D("0.02"), ()),
        ],
        by=SET_UP, at=SUNDAY_NOON,
    )  # fmt: skip
    approval = approved(
        SubjectKind.MODEL, "second", model_portfolios.fingerprint_of(draft), reviewer=cast.rui()
    )

    with pytest.raises(BadInput, match="1 policy that follows this model holds a target in us_bond"):
        model_portfolios.publish(
            draft, approval=approval, effective_on=MONDAY, user_id=cast.rui().pk, by=SET_UP, at=SUNDAY_NOON
        )


def test_the_client_signs_the_models_name_or_one_version_of_it() -> None:
    household = the_millers_follow("model")
    policy = household.policies.get()

    assert policies.shown(policy)["model"] == "60-40"
    assert policies.shown(Policy(**{**_columns(policy), "follows": "version"}))["model"] == "60-40/1"


def _columns(policy: Policy) -> dict[str, Any]:
    return {field.attname: getattr(policy, field.attname) for field in Policy._meta.concrete_fields}


def test_what_the_model_has_replaced_is_sold_as_taxes_allow_even_inside_the_bands() -> None:
    """The IRA sells at no tax. Lot A1 stands 150% above its cost and stays; A2's tax is below two cents a dollar."""
    wide = {"targets": _wide()}
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), follows="model", **wide)
    scan()
    assert Reading.objects.get().outcome == "in_band"
    version_two(*ZUS_REPLACED)

    found = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)

    assert isinstance(found, portfolios.Portfolio)
    assert [(one.security, one.price_bps) for one in found.household.rules.wind_down] == [("ZUS", D(200))]
    result = deciding.decide_outcome(household, market=Market(LAST_FRIDAY), trade_on=MONDAY)
    assert [one.code for one in result.triggers] == ["replaced_securities"]
    assert result.plan is not None
    keys = dict(TaxLot.objects.values_list("public_id", "key"))
    assert {keys[lot.lot] for order in result.plan.orders for lot in order.lots} == {"A2", "B1"}


@pytest.mark.parametrize(
    ("setting", "sold"), [("0", ""), ("0.001", "B1"), ("0.02", "A2, B1"), ("0.25", "A1, A2, B1")]
)
def test_the_firm_says_what_keeping_a_replaced_security_costs(setting: str, sold: str) -> None:
    """At nothing nobody sells; the IRA's lot sells at no tax, A2 at little, and A1 at 150% above its cost only at 25%."""
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), follows="model", targets=_wide())
    version_two(*ZUS_REPLACED)
    decided(YEAR_END_FROM, (12, 31))  # Until then no gain waits for January.
    if D(setting) != policy_defaults.REPLACED_COST.default:
        decided(policy_defaults.REPLACED_COST, D(setting))

    result = deciding.decide_outcome(household, market=Market(LAST_FRIDAY), trade_on=MONDAY)

    lots = {lot.lot for order in (result.plan.orders if result.plan else ()) for lot in order.lots}
    keys = dict(TaxLot.objects.values_list("public_id", "key"))
    assert ", ".join(sorted(keys[one] for one in lots)) == sold


def _wide() -> Any:
    return (
        TargetSpec(asset_class="us_stock", target=D("0.76"), points=D("0.10")),
        TargetSpec(asset_class="us_bond", target=D("0.22"), points=D("0.10")),
        TargetSpec(asset_class="cash", target=D("0.02"), band="asymmetric", lower=D(0), upper=D("0.04")),
    )
