"""Facts of required distributions in a workbook: what is on record, what a row would do, and doing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from clients.households import distribution_facts
from clients.households.distribution_facts import Figure, Terms
from clients.models import Account, DistributionFigure, Household, Person
from clients.workbooks.columns import written
from clients.workbooks.distribution_layout import DISTRIBUTION_FIGURES, DISTRIBUTION_TERMS
from clients.workbooks.distribution_rows import key_of
from clients.workbooks.plans import HouseholdPlan, Step, account_named, compare_fact
from compliance.clock import EASTERN
from compliance.people.actors import Actor
from compliance.refusals import BadInput

if TYPE_CHECKING:
    from clients.workbooks.firm_facts import FirmFacts
    from clients.workbooks.records import Values

Kind = DistributionFigure.Kind


def plan(made: HouseholdPlan, firm: FirmFacts) -> None:
    """Compare a household's rows with the facts on record."""
    for line in made.of(DISTRIBUTION_TERMS):
        account = account_named(made, line, "account", firm)
        if account is not None:
            compare_fact(
                made, line, (made.code, account), "terms of required distributions", changing="Correct"
            )
    for line in made.of(DISTRIBUTION_FIGURES):
        found: str | None = ""
        if line.text("account"):
            found = account_named(made, line, "account", firm)
        elif not line.text("owner"):
            made.refuse(line, "owner", "Neither an account nor an owner is named.", "Fill in one of them.")
            continue
        else:
            made.refuse_stranger(line, "owner", [line.text("owner")])
        if found is not None:
            key = key_of({**line.values, "account": found or None})
            compare_fact(
                made,
                line,
                key,
                f"{line.text('figure').replace('_', ' ')} of {line.text('year')}",
                changing="Correct",
            )


def make(
    household: Household, accounts: Mapping[str, Account], step: Step, *, by: Actor, at: datetime
) -> None:
    """Record or correct one fact. Raises Refusal."""
    facts: dict[str, Any] = {
        "on": at.astimezone(EASTERN).date(),
        "user_id": int(by.person_ref) if by.is_person else None,
        "by": by,
        "at": at,
    }
    if step.sheet is DISTRIBUTION_TERMS:
        _make_terms(_account(accounts, step.values), step, facts)
    else:
        _make_figure(household, accounts, step, facts)


def _make_terms(account: Account | None, step: Step, facts: dict[str, Any]) -> None:
    if account is None:
        raise BadInput(f"{step.sentence}: the account is not on record.", "Compare the workbook again.")
    terms = Terms(**{one.name: _said(step.values.get(one.name), one.name) for one in fields(Terms)})
    standing = account.distribution_terms.filter(ended_at=None).first()
    if standing is None:
        distribution_facts.record_terms(account, terms, **facts)
    else:
        distribution_facts.correct_terms(standing, terms, **facts)


def _said(value: Any, name: str) -> Any:
    if name in {"still_working", "owns_five_percent"}:
        return bool(value)
    return value if isinstance(value, date) or name.endswith("_on") else written(value)


def _make_figure(
    household: Household, accounts: Mapping[str, Account], step: Step, facts: dict[str, Any]
) -> None:
    figure = _figure(household, accounts, step.values)
    if step.before is None:
        distribution_facts.record_figure(figure, **facts)
        return
    before = _figure(household, accounts, step.before)
    for row in DistributionFigure.objects.filter(person=before.person, kind=before.kind, ended_at=None):
        if Figure.of(row) == before:
            distribution_facts.correct_figure(row, figure, **facts)
            return
    raise BadInput(f"{step.sentence}: it is no longer on record as it was.", "Compare the workbook again.")


def _figure(household: Household, accounts: Mapping[str, Account], values: Values) -> Figure:
    account = _account(accounts, values)
    owner: Person | None = account.owner if account else None
    if owner is None:
        named = written(values.get("owner"))
        owner = next((one for one in household.people.order_by("pk") if str(one) == named), None)
    if owner is None:
        raise BadInput("The owner is not on record.", "Compare the workbook again.")
    given: Any = values
    kind, number = written(given["figure"]), given.get("amount")
    is_divisor = kind == Kind.DIVISOR
    return Figure(
        person=owner,
        account=account,
        kind=kind,
        year=int(given["year"]),
        plan=written(given.get("plan")),
        place=written(given.get("place")),
        taken_on=given.get("taken_on"),
        amount=None if is_divisor or number is None else Decimal(number),
        divisor=Decimal(number) if is_divisor and number is not None else None,
        source=written(given["source"]),
    )


def _account(accounts: Mapping[str, Account], values: Values) -> Account | None:
    given = written(values.get("account"))
    if not given:
        return None
    return accounts.get(given) or next((one for one in accounts.values() if one.number == given), None)
