"""Enters the generated families: people, returns, books, policies. Only through the product's verbs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

from advisory.models import User
from advisory.showroom.demo import models
from advisory.showroom.demo.families import Family
from advisory.showroom.demo.shapes import HEAD, SPOUSE
from clients.households import books, households, people, tax_profiles, tax_units
from clients.models import BookEntry, Household, ModelVersion, Person, TaxUnit
from clients.models.policies import PolicyRestriction
from clients.policies import policies
from clients.policies.restrictions import RestrictionSpec
from compliance.models.reviews import SubjectKind
from compliance.people.actors import Actor

BY = Actor.system("demo")


@dataclass(slots=True)
class OnRecord:
    """A family that is on record: its household, people and returns by place and code."""

    family: Family
    household: Household
    people: dict[int, Person]
    units: dict[str, TaxUnit]

    def account(self, place: int) -> Any:
        """The account that the family's plan has at a place."""
        return self.household.accounts.get(number_last4=self.family.accounts[place].number[-4:])


def open_all(
    families: tuple[Family, ...], *, users: dict[str, User], year: int, at: datetime
) -> list[OnRecord]:
    """Open every household with its people, returns and books."""
    return [_open(family, users=users, year=year, at=at) for family in families]


def _open(family: Family, *, users: dict[str, User], year: int, at: datetime) -> OnRecord:
    household = households.open_household(
        code=family.code,
        name=family.name,
        opened_on=family.opened_on,
        profile_confirmed_on=family.confirmed_on,
        by=BY,
        at=at,
    )
    persons = {
        place: people.add(
            household,
            given_name=one.given,
            family_name=one.family,
            part=one.part,
            born_on=one.born_on,
            tax_number=one.tax_number,
            by=BY,
            at=at,
        )
        for place, one in family.people.items()
    }
    if SPOUSE in persons:
        people.marry(persons[HEAD], persons[SPOUSE], by=BY, at=at)
    units = {}
    for plan in family.units:
        units[plan.code] = tax_units.add(
            household,
            code=plan.code,
            name=plan.name,
            filing_status=plan.filing_status,
            state=family.state,
            members=[persons[place] for place in plan.members],
            by=BY,
            at=at,
        )
        if family.situation.code == "no_profile":
            continue
        figures: dict[str, Any] = {
            "wages": plan.wages,
            "state_rate": family.state_rate,
            **_figures(family, plan.code),
        }
        tax_profiles.confirm(
            units[plan.code], tax_year=year, confirmed_on=family.confirmed_on, by=BY, at=at, **figures
        )
    for short, part in ((family.advisor, BookEntry.Part.ADVISOR), (family.reviewer, BookEntry.Part.REVIEWER)):
        books.assign(household, user=users[short], part=part, starts_on=family.opened_on, by=BY, at=at)
    return OnRecord(family, household, persons, units)


def _figures(family: Family, unit: str) -> dict[str, D | None]:
    """What the situation adds to a return: gains of earlier sales, losses carried in, a budget."""
    if unit != family.units[0].code:
        return {}
    if family.situation.code == "gain_budget":
        return {"gain_budget": D(20_000)}
    if family.situation.code == "carryforward":
        return {"long_term_carryover": D(64_000), "short_term_carryover": D(11_500)}
    return {"taxable_interest": D(900), "qualified_dividends": D(4_200)}


def adopt_policies(
    on_record: list[OnRecord], *, versions: dict[str, ModelVersion], users: dict[str, User], as_of: date, at: datetime
) -> int:  # fmt: skip
    """Draft every household's policy as its advisor and adopt it on its reviewer's decision."""
    return sum(_adopt(one, versions=versions, users=users, as_of=as_of, at=at) for one in on_record)


def _adopt(
    one: OnRecord, *, versions: dict[str, ModelVersion], users: dict[str, User], as_of: date, at: datetime
) -> bool:
    family, situation = one.family, one.family.situation.code
    model = models.BY_CODE[family.model]
    advisor, reviewer = users[family.advisor], users[family.reviewer]
    reviewed_on = as_of - timedelta(days=760 if situation == "review_overdue" else 150 + family.place % 60)
    draft = policies.draft(
        one.household,
        model=versions[family.model],
        targets=model.targets(),
        restrictions=_restrictions(family),
        level="account" if situation == "account_level" else "household",
        pooling_allowed=situation != "account_level",
        objectives=model.description,
        risk=model.risk,
        horizon_years=model.horizon_years,
        harvests_losses=family.situation.style in {"losses", "wash_trap"},
        cash_reserve=D(0),
        minimum_trade=D(250),
        tax_guidance="Prefer long-term lots; no short-term gains without the client's consent.",
        reviewed_on=reviewed_on,
        next_review_on=reviewed_on + timedelta(days=365),
        signed_by_client_on=reviewed_on,
        signed_by_advisor_on=reviewed_on,
        by=Actor.person(advisor),
        at=at,
    )
    if situation == "no_policy":
        return False
    digest = policies.fingerprint_of(draft)
    approval = models.approve(
        SubjectKind.POLICY, draft.public_id, title=f"Policy of {family.name}", digest=digest,
        household_ref=one.household.public_id, drafter=advisor, approver=reviewer, at=at,
    )  # fmt: skip
    policies.adopt(
        draft,
        approval=approval,
        effective_on=reviewed_on + timedelta(days=1),
        user_id=reviewer.pk,
        by=Actor.person(reviewer),
        at=at,
    )
    return True


def _restrictions(family: Family) -> list[RestrictionSpec]:
    if family.situation.code != "restricted":
        return []
    kinds = PolicyRestriction.Kind
    return [
        RestrictionSpec(
            kind=kinds.DO_NOT_SELL,
            symbol="ZZNV",
            reason="The family founded the company and wants to keep its shares.",
        ),
        RestrictionSpec(
            kind=kinds.DO_NOT_BUY, sector="Tobacco", reason="The client wants no tobacco stocks."
        ),
    ]
