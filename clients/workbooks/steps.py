"""Makes what was planned, through the verbs of the record. Each function belongs in its caller's transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model

from clients.custodians.kinds import Discretion, LotMethod, Registration
from clients.custodians.rows import AccountRow
from clients.households import (
    accounts,
    books,
    cash_flows,
    households,
    life_events,
    people,
    tax_profiles,
    tax_units,
)
from clients.models import Account, Household, ModelVersion, Person, Policy, TaxUnit
from clients.policies import drafts, policies, templates
from clients.policies.restrictions import RestrictionSpec
from clients.workbooks import menu_plans, restriction_plans, standing_steps
from clients.workbooks.columns import written
from clients.workbooks.fact_sheets import FACTS
from clients.workbooks.layout import (
    ACCOUNTS,
    BOOKS,
    CASH_FLOWS,
    HOUSEHOLDS,
    LIFE_EVENTS,
    PEOPLE,
    TAX_PROFILES,
    TAX_UNITS,
)
from clients.workbooks.plans import HouseholdPlan, PolicyPlan, Step
from clients.workbooks.records import PROFILE_FIGURES, Values
from clients.workbooks.standing_layout import CLIENT_RESTRICTIONS, HOLDS, RECURRING_CASH
from compliance.people.actors import Actor
from compliance.refusals import BadInput
from rebalancing.engine.market.calendars import wall_clock

REASON = "Loaded by workbook."
OPEN_FOR = timedelta(days=30)
"""How long a model of a workbook waits for its reviewer."""


@dataclass(slots=True)
class Made:
    """A household while it is loaded: the rows of the database by the names the workbook uses."""

    household: Household
    people: dict[str, Person] = field(default_factory=dict)
    units: dict[str, TaxUnit] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    policy: Policy | None = None


def make_household(plan: HouseholdPlan, *, by: Actor, at: datetime) -> Made:
    """Do every step of a household. Raises Refusal, and then nothing of it may be kept."""
    made = _opened(plan, by=by, at=at)
    by_sheet: dict[str, list[Step]] = {}
    for step in plan.steps:
        by_sheet.setdefault(step.sheet.name, []).append(step)
    for sheet, maker in _MAKERS.items():
        for step in by_sheet.get(sheet, ()):
            maker(made, step, by, at)
    _marry(made, by_sheet.get(PEOPLE.name, ()), by=by, at=at)
    if by_sheet.get(ACCOUNTS.name):
        _accounts(made, by_sheet[ACCOUNTS.name], by=by, at=at)
    if plan.policy is not None:
        made.policy = _policy(made, plan.policy, by=by, at=at)
    for step in by_sheet.get(CLIENT_RESTRICTIONS.name, ()):
        restriction_plans.make(made.household, made.accounts, step, by=by, at=at)
    for step in by_sheet.get(CASH_FLOWS.name, ()):
        _cash_flow(made, step, by, at)
    for step in by_sheet.get(RECURRING_CASH.name, ()):
        account = _named(made, step.values)
        rules = plan.record.rules.get(_key(step, account), []) if plan.record and step.before else []
        standing_steps.recurring(account, next(iter(rules), None), step, on=plan.on, by=by, at=at)
    for step in by_sheet.get(HOLDS.name, ()):
        held = _named(made, step.values) if step.values.get("account") else None
        there = plan.record.holds[_key(step, held)] if plan.record and step.before else None
        standing_steps.hold(made.household, held, there, step, by=by, at=at)
    for step in by_sheet.get(LIFE_EVENTS.name, ()):
        _life_event(made, step, by, at)
    for sheets, facts in FACTS:
        for step in (one for sheet in sheets for one in by_sheet.get(sheet.name, ())):
            facts.make(made.household, made.accounts, step, by=by, at=at)
    return made


def _opened(plan: HouseholdPlan, *, by: Actor, at: datetime) -> Made:
    if plan.record is not None:
        record = plan.record
        return Made(record.household, dict(record.people), dict(record.units), dict(record.accounts))
    step = next(one for one in plan.steps if one.sheet is HOUSEHOLDS)
    return Made(
        households.open_household(
            code=plan.code,
            name=written(step.values["name"]),
            opened_on=step.values["opened_on"],  # type: ignore[arg-type]
            profile_confirmed_on=step.values.get("profile_confirmed_on"),  # type: ignore[arg-type]
            by=by,
            at=at,
        )
    )


def _household(made: Made, step: Step, by: Actor, at: datetime) -> None:
    values = step.values
    if step.before is None:
        return
    columns = {one.column for one in step.differences}
    if columns & {"name", "opened_on"}:
        made.household = households.correct(
            made.household,
            code=made.household.code,
            name=written(values["name"]),
            opened_on=values["opened_on"],  # type: ignore[arg-type]
            reason=REASON,
            by=by,
            at=at,
        )
    if "profile_confirmed_on" in columns:
        made.household = households.confirm_profile(
            made.household,
            confirmed_on=values["profile_confirmed_on"],  # type: ignore[arg-type]
            by=by,
            at=at,
        )


def _person(made: Made, step: Step, by: Actor, at: datetime) -> None:
    values = step.values
    if step.before is not None:
        if {one.column for one in step.differences} - {"spouse"}:
            _correct_person(made, step, by, at)
        return
    person = people.add(
        made.household,
        kind=written(values.get("kind")) or Person.Kind.PERSON,
        given_name=written(values.get("given_name")),
        family_name=written(values["family_name"]),
        part=written(values["part"]),
        born_on=values.get("born_on"),  # type: ignore[arg-type]
        tax_number=written(values.get("tax_number")) or None,
        parties=written(values.get("parties")),
        by=by,
        at=at,
    )
    made.people[str(person)] = person


def _correct_person(made: Made, step: Step, by: Actor, at: datetime) -> None:
    values = step.values
    person = made.people[_name(values)]
    made.people[_name(values)] = people.correct(
        person,
        kind=written(values.get("kind")) or person.kind,
        given_name=person.given_name,
        family_name=person.family_name,
        part=written(values["part"]),
        parties=written(values.get("parties")),
        born_on=values.get("born_on"),  # type: ignore[arg-type]
        tax_number=written(values.get("tax_number")) or None,
        reason=REASON,
        by=by,
        at=at,
    )


def _marry(made: Made, steps: Any, *, by: Actor, at: datetime) -> None:
    """Both rows of a couple may name the other; they are married once."""
    couples = {
        frozenset((_name(step.values), spouse))
        for step in steps
        if (spouse := written(step.values.get("spouse")))
    }
    for couple in couples:
        one, other = (made.people[name] for name in sorted(couple))
        if one.spouse_id != other.pk:
            people.marry(one, other, by=by, at=at)


def _name(values: Values) -> str:
    return f"{written(values.get('given_name'))} {written(values['family_name'])}".strip()


def _unit(made: Made, step: Step, by: Actor, at: datetime) -> None:
    values = step.values
    code = written(values["tax_unit"])
    if step.before is not None:
        made.units[code] = tax_units.correct(
            made.units[code],
            code=code,
            name=written(values["name"]),
            filing_status=written(values["filing_status"]),
            state=written(values.get("state")),
            members=[made.people[str(name)] for name in values.get("members") or ()],  # type: ignore[union-attr]
            reason=REASON,
            by=by,
            at=at,
        )
        return
    made.units[code] = tax_units.add(
        made.household,
        code=code,
        name=written(values["name"]),
        filing_status=written(values["filing_status"]),
        state=written(values.get("state")),
        members=[made.people[str(name)] for name in values.get("members") or ()],  # type: ignore[union-attr]
        by=by,
        at=at,
    )


def _profile(made: Made, step: Step, by: Actor, at: datetime) -> None:
    values = step.values
    figures: dict[str, Any] = {name: values[name] for name in PROFILE_FIGURES if values.get(name) is not None}
    tax_profiles.confirm(
        made.units[written(values["tax_unit"])],
        tax_year=int(written(values["tax_year"])),
        confirmed_on=values["confirmed_on"],  # type: ignore[arg-type]
        by=by,
        at=at,
        **figures,
    )


def _book(made: Made, step: Step, by: Actor, at: datetime) -> None:
    values = step.values
    colleague = get_user_model()._default_manager.get(email__iexact=written(values["colleague"]))
    books.assign(
        made.household,
        user=colleague,
        part=written(values["part"]),
        starts_on=values["starts_on"],  # type: ignore[arg-type]
        by=by,
        at=at,
    )


_MAKERS: dict[str, Callable[[Made, Step, Actor, datetime], None]] = {
    HOUSEHOLDS.name: _household,
    PEOPLE.name: _person,
    TAX_UNITS.name: _unit,
    TAX_PROFILES.name: _profile,
    BOOKS.name: _book,
}
"""In the order in which facts rest on each other. Spouses, accounts and what follows come after all of them."""


def _accounts(made: Made, steps: list[Step], *, by: Actor, at: datetime) -> None:
    rows = [(step, _account_row(made, step.values)) for step in steps]
    on_record = accounts.OnRecord.of([row for _, row in rows])
    for step, row in rows:
        found = accounts.open_or_restate(row, on_record=on_record, by=by, at=at)
        if isinstance(found, accounts.Unusable):
            raise BadInput(f"{step.sentence}: {found.rule}", found.how_to_fix)
        made.accounts[written(step.values["account"])] = found.account
        menu_plans.put_in_plan(
            found.account, written(step.values.get("employer_plan")), reason=REASON, by=by, at=at
        )


def _account_row(made: Made, values: Values) -> AccountRow:
    given = written(values["account"])
    known = made.accounts.get(given)
    method = written(values.get("lot_method"))
    return AccountRow(
        number=str(known.number) if known else given,
        label=written(values.get("label")) or None,
        household=made.household.code,
        household_name=None,
        owner=written(values["owner"]),
        owner_second=written(values.get("joint_owner")) or None,
        registration=Registration(written(values["registration"])),
        tax_unit=written(values.get("tax_unit")) or None,
        custodian=written(values["custodian"]),
        discretion=Discretion(written(values["discretion"])),
        agreement_on=values.get("agreement_on"),  # type: ignore[arg-type]
        agreement_ends_on=values.get("agreement_ends_on"),  # type: ignore[arg-type]
        margin=bool(values["margin"]),
        lot_method=LotMethod(method) if method else None,
        lot_method_since_on=values.get("lot_method_since_on"),  # type: ignore[arg-type]
        cash_minimum=values.get("minimum_cash"),  # type: ignore[arg-type]
        opened_on=values.get("opened_on"),  # type: ignore[arg-type]
        closed_on=known.closed_on if known else None,
    )


def _policy(made: Made, plan: PolicyPlan, *, by: Actor, at: datetime) -> Policy:
    """Draft the version; signed by both parties, it is put before a reviewer at once. Its words are the template's, or
    those of the version on record. A version under way makes room for it.
    """
    sections = _words(made, plan, by=by, at=at)
    terms: dict[str, Any] = dict(plan.terms)
    drafts.make_room(made.household, reason=REASON, by=by, at=at)
    draft = policies.draft(
        made.household,
        model=_version(plan.model),
        targets=plan.targets,
        restrictions=[_restriction(made, wish) for wish in plan.wishes],
        sections=sections,
        by=by,
        at=at,
        **terms,
    )
    if plan.is_signed:
        drafts.submit_signed(draft, by=by, at=at)
    return draft


def _words(made: Made, plan: PolicyPlan, *, by: Actor, at: datetime) -> dict[str, str]:
    if plan.words_template:
        template = next(one for one in templates.in_use() if one.code == plan.words_template)
        words = templates.words_for(made.household, advisor=by.label, on=wall_clock(at).date())
        return dict(templates.filled(template.content, model=_version(plan.model), words=words).sections)
    standing = (
        Policy.objects.filter(household=made.household)
        .exclude(state__in=(Policy.State.SUPERSEDED, Policy.State.DISCARDED))
        .order_by("-version")
        .first()
    )
    return {one.code: one.text for one in standing.sections.all()} if standing is not None else {}


def _version(code: str) -> ModelVersion:
    """The published version of a model, or the newest draft while none is published."""
    versions = ModelVersion.objects.filter(model__code=code).order_by("-version")
    found = versions.filter(state=ModelVersion.State.PUBLISHED).first() or versions.first()
    if found is None:
        raise BadInput(f"There is no model {code} on record.", "Draft it first.")
    return found


def _restriction(made: Made, wish: Values) -> RestrictionSpec:
    account = written(wish.get("account"))
    return RestrictionSpec(
        kind=written(wish["restriction"]),
        reason=written(wish["reason"]),
        symbol=written(wish.get("symbol")),
        issuer=written(wish.get("issuer")),
        sector=written(wish.get("sector")),
        account=made.accounts[account] if account else None,
        weight_cap=wish.get("weight_cap"),  # type: ignore[arg-type]
        until_on=wish.get("until_on"),  # type: ignore[arg-type]
    )


def _cash_flow(made: Made, step: Step, by: Actor, at: datetime) -> None:
    values = step.values
    amount, due_on = values["amount"], values["due_on"]
    assert isinstance(amount, Decimal), "an amount is required"
    assert isinstance(due_on, date), "a day is required"
    cash_flows.expect(
        _named(made, values),
        kind=written(values["flow"]),
        amount=amount,
        due_on=due_on,
        note=written(values.get("note")),
        user_id=int(by.person_ref) if by.is_person else None,
        by=by,
        at=at,
    )


def _named(made: Made, values: Values) -> Account:
    given = written(values["account"])
    if given in made.accounts:
        return made.accounts[given]
    return next(one for one in made.accounts.values() if one.number == given)


def _key(step: Step, account: Account | None) -> tuple[str, ...]:
    """The key of the fact on record that a step changes."""
    given = {**step.values, "account": account.public_id if account else ""}
    return tuple(written(given.get(name)) for name in step.sheet.key)


def _life_event(made: Made, step: Step, by: Actor, at: datetime) -> None:
    values = step.values
    person = written(values.get("person"))
    life_events.record(
        made.household,
        kind=written(values["event"]),
        opened_on=values["opened_on"],  # type: ignore[arg-type]
        person=made.people[person] if person else None,
        note=written(values.get("note")),
        by=by,
        at=at,
    )
