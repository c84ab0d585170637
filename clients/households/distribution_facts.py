"""Facts of required distributions: an account's terms and a year's figures, recorded, corrected and taken back.

Rows never change: a correction ends one and makes another in its place.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from clients.models import Account, DistributionFigure, DistributionTerms, Person
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from rebalancing.engine.portfolio import required_distributions

Kind = DistributionFigure.Kind
Registration = Account.Registration

INHERITED = frozenset({Registration.INHERITED_IRA, Registration.INHERITED_ROTH_IRA})
OF_IRAS = frozenset(
    {
        Registration.TRADITIONAL_IRA,
        Registration.ROLLOVER_IRA,
        Registration.SEP_IRA,
        Registration.SIMPLE_IRA,
    }
)
OF_EMPLOYERS = frozenset({Registration.PLAN_401K, Registration.PLAN_403B, Registration.PLAN_457})
CONCERNED = OF_IRAS | OF_EMPLOYERS | INHERITED
"""Registrations from which somebody must take distributions sooner or later. Roth accounts only once inherited."""
CHARITABLE_FROM = OF_IRAS | INHERITED


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is said of an account."""

    inherited_from: str = ""
    decedent_born_on: date | None = None
    died_on: date | None = None
    beneficiary: str = ""
    spouse_choice: str = ""
    still_working: bool = False
    retired_on: date | None = None
    owns_five_percent: bool = False
    source: str

    @classmethod
    def of(cls, row: DistributionTerms) -> Terms:
        return cls(**{one.name: getattr(row, one.name) for one in fields(cls)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What is said of a year. `account` is None for what lies at another firm."""

    person: Person
    kind: str
    year: int
    source: str
    account: Account | None = None
    plan: str = ""
    place: str = ""
    taken_on: date | None = None
    amount: Decimal | None = None
    divisor: Decimal | None = None

    @classmethod
    def of(cls, row: DistributionFigure) -> Figure:
        return cls(**{one.name: getattr(row, one.name) for one in fields(cls)})


def terms_in_force() -> QuerySet[DistributionTerms]:
    """The terms that stand."""
    return DistributionTerms.objects.filter(ended_at=None)


def figures_in_force() -> QuerySet[DistributionFigure]:
    """The figures that stand."""
    return DistributionFigure.objects.filter(ended_at=None)


@transaction.atomic
def record_terms(
    account: Account, terms: Terms, *, on: date, user_id: int | None, by: Actor, at: datetime
) -> DistributionTerms:
    """Put on record what an account's plan type does not say.

    Raises `BadInput` for terms that cannot be, `Conflict` where the account has terms already.
    """
    account = Account.objects.select_for_update(of=("self",)).select_related("household").get(pk=account.pk)
    _check_terms(account, terms, on=on)
    if account.distribution_terms.filter(ended_at=None).exists():
        raise Conflict("This account has such terms on record.", "Correct those.")
    row = _made_terms(account, terms, replaces=None, user_id=user_id, at=at)
    _tell(audit.Action.DISTRIBUTION_TERMS_RECORDED, row, by=by, at=at, **_said(terms))
    return row


@transaction.atomic
def correct_terms(
    row: DistributionTerms, terms: Terms, *, on: date, user_id: int | None, by: Actor, at: datetime
) -> DistributionTerms:
    """Put other terms in the place of an account's. Raises `BadInput` when nothing is changed."""
    row = _standing(DistributionTerms, row.pk)
    before = Terms.of(row)
    if terms == before:
        raise BadInput("Nothing is changed.", "Change something, or leave the page.")
    _check_terms(row.account, terms, on=on)
    _end(row, reason="Corrected", user_id=user_id, at=at)
    fresh = _made_terms(row.account, terms, replaces=row, user_id=user_id, at=at)
    audit.record(
        audit.Action.DISTRIBUTION_TERMS_CHANGED,
        about=fresh,
        by=by,
        at=at,
        sealing=[("distribution_terms", fresh.pk), ("distribution_terms_ended", row.pk)],
        replaces=row.public_id,
        changed=_changed(_said(before), _said(terms)),
    )
    return fresh


@transaction.atomic
def retract_terms(
    row: DistributionTerms, *, reason: str, user_id: int | None, by: Actor, at: datetime
) -> DistributionTerms:
    """Take back an account's terms. Raises `Conflict` when they have ended, `BadInput` without a reason."""
    row = _standing(DistributionTerms, row.pk)
    _end(row, reason=_reason(reason), user_id=user_id, at=at)
    audit.record(
        audit.Action.DISTRIBUTION_TERMS_RETRACTED,
        about=row,
        by=by,
        at=at,
        sealing=[("distribution_terms_ended", row.pk)],
        reason=row.end_reason,
    )
    return row


@transaction.atomic
def record_figure(
    figure: Figure, *, on: date, user_id: int | None, by: Actor, at: datetime
) -> DistributionFigure:
    """Put a figure of a year on record.

    Raises `BadInput` for one that cannot be, `Conflict` where the year has it already.
    """
    Person.objects.select_for_update().get(pk=figure.person.pk)
    check_figure(figure, on=on)
    _refuse_second(figure)
    row = _made_figure(figure, replaces=None, user_id=user_id, at=at)
    _tell(audit.Action.DISTRIBUTION_FIGURE_RECORDED, row, by=by, at=at, **_figures(figure))
    return row


@transaction.atomic
def correct_figure(
    row: DistributionFigure, figure: Figure, *, on: date, user_id: int | None, by: Actor, at: datetime
) -> DistributionFigure:
    """Put another figure in the place of one. Raises `BadInput` when nothing is changed."""
    row = _standing(DistributionFigure, row.pk)
    before = Figure.of(row)
    if figure == before:
        raise BadInput("Nothing is changed.", "Change something, or leave the page.")
    if (figure.person, figure.kind) != (before.person, before.kind):
        raise BadInput("This would be another figure.", "Take this one back, and record the other.")
    check_figure(figure, on=on)
    _end(row, reason="Corrected", user_id=user_id, at=at)
    _refuse_second(figure)
    fresh = _made_figure(figure, replaces=row, user_id=user_id, at=at)
    audit.record(
        audit.Action.DISTRIBUTION_FIGURE_CHANGED,
        about=fresh,
        by=by,
        at=at,
        sealing=[("distribution_figure", fresh.pk), ("distribution_figure_ended", row.pk)],
        replaces=row.public_id,
        changed=_changed(_figures(before), _figures(figure)),
    )
    return fresh


@transaction.atomic
def retract_figure(
    row: DistributionFigure, *, reason: str, user_id: int | None, by: Actor, at: datetime
) -> DistributionFigure:
    """Take back a figure. Raises `Conflict` when it has ended, `BadInput` without a reason."""
    row = _standing(DistributionFigure, row.pk)
    _end(row, reason=_reason(reason), user_id=user_id, at=at)
    audit.record(
        audit.Action.DISTRIBUTION_FIGURE_RETRACTED,
        about=row,
        by=by,
        at=at,
        sealing=[("distribution_figure_ended", row.pk)],
        kind=row.kind,
        year=row.year,
        reason=row.end_reason,
    )
    return row


def check_terms(account: Account, terms: Terms, *, on: date) -> None:
    """Raise `BadInput` for terms that cannot be."""
    _check_terms(account, terms, on=on)


def _check_terms(account: Account, terms: Terms, *, on: date) -> None:
    if account.registration not in CONCERNED:
        raise BadInput(
            f"No distribution is ever required from a {account.get_registration_display()} account.",
            "Correct the account’s registration if it is another one.",
        )
    if not terms.source.strip():
        raise BadInput("Say where this is written.", "Name the letter, the form or the plan’s statement.")
    is_inherited = account.registration in INHERITED
    if is_inherited != bool(terms.beneficiary) and (is_inherited or account.registration in OF_IRAS):
        raise BadInput(
            "An inherited account has somebody who died and a beneficiary; no other account has."
            if is_inherited
            else "Only an inherited account has somebody who died.",
            "Correct the account’s registration, or fill in who died.",
        )
    if terms.beneficiary:
        if terms.decedent_born_on is None or terms.died_on is None or not terms.inherited_from.strip():
            raise BadInput("The name, the birth and the death are missing.", "Fill in all three.")
        if terms.died_on > on:
            raise BadInput("The day of death is in the future.", "Check the year.")
        if terms.decedent_born_on > terms.died_on:
            raise BadInput("The birth is after the death.", "Check both days.")
    if (terms.beneficiary == DistributionTerms.Beneficiary.SPOUSE) != bool(terms.spouse_choice):
        raise BadInput(
            "A spouse chooses: treat the account as their own, or keep it as a beneficiary. Nobody else does.",
            "Fill in the spouse’s choice where the spouse inherited, and leave it empty otherwise.",
        )
    works = terms.still_working or terms.retired_on is not None or terms.owns_five_percent
    if works and account.registration not in OF_EMPLOYERS:
        raise BadInput(
            "Working on defers the distributions of an employer’s plan only.",
            "Leave work, retirement and ownership empty for other accounts.",
        )
    if terms.still_working and terms.retired_on is not None:
        raise BadInput("Somebody who still works has not retired.", "Leave one of the two empty.")


def check_figure(figure: Figure, *, on: date) -> None:
    """Raise `BadInput` for a figure that cannot be."""
    is_outside = figure.kind in DistributionFigure.OUTSIDE
    if not figure.source.strip():
        raise BadInput("Say where the figure is taken from.", "Name the statement or the letter.")
    if is_outside:
        if not figure.place.strip() or not figure.plan:
            raise BadInput("What lies at another firm needs that firm and the kind of plan.", "Fill in both.")
    elif figure.account is None:
        raise BadInput("This figure belongs to an account.", "Choose the account.")
    elif figure.account.registration not in CONCERNED:
        raise BadInput(
            f"No distribution is ever required from a {figure.account.get_registration_display()} account.",
            "Choose a retirement account.",
        )
    elif figure.account.owner_id != figure.person.pk:
        raise BadInput(f"{figure.account} belongs to {figure.account.owner}.", "Choose the owner’s account.")
    if (figure.kind == Kind.DIVISOR) != (figure.divisor is not None):
        raise BadInput("A divisor is a number, everything else is dollars.", "Fill in the one that belongs.")
    if figure.kind != Kind.DIVISOR and (figure.amount is None or figure.amount < 0):
        raise BadInput("The amount is missing.", "Write it in dollars, zero or more.")
    if (figure.kind in DistributionFigure.ON_A_DAY) != (figure.taken_on is not None):
        raise BadInput("What was taken has its day, and nothing else has.", "Fill in the day it was paid.")
    if figure.taken_on is not None and (figure.taken_on > on or figure.taken_on.year != figure.year):
        raise BadInput(
            f"The day must be in {figure.year} and not in the future.", "Check the day and the year."
        )
    if figure.kind == Kind.CHARITABLE:
        _check_charitable(figure)
    if figure.year > on.year + 1:
        raise BadInput(f"{figure.year} is too far ahead.", "Choose this year, the next or an earlier one.")
    if figure.kind in (Kind.BALANCE, Kind.OUTSIDE_BALANCE) and figure.year > on.year:
        raise BadInput(
            f"December 31, {figure.year - 1} is still to come.", "Record the balance once the day is over."
        )


def _check_charitable(figure: Figure) -> None:
    """A gift counts from the day the owner is 70 1/2, out of an IRA (IRC 408(d)(8))."""
    if figure.account is None or figure.account.registration not in CHARITABLE_FROM:
        raise BadInput("Only an IRA pays a qualified charitable distribution.", "Choose an IRA.")
    born_on = figure.person.born_on
    if born_on is None or figure.taken_on is None:
        raise BadInput(
            f"The birth date of {figure.person} is not on record, and such a gift counts from age 70½.",
            "Enter the birth date first.",
        )
    if figure.taken_on < required_distributions.seventy_and_a_half(born_on):
        raise BadInput(
            f"{figure.person} was not yet 70½ on that day, so the gift counts for nothing.",
            "Record what was paid as a distribution that was taken.",
        )


def _refuse_second(figure: Figure) -> None:
    found = figures_in_force().filter(kind=figure.kind, year=figure.year)
    if figure.kind in (Kind.BALANCE, Kind.DIVISOR):
        found = found.filter(account=figure.account)
    elif figure.kind in DistributionFigure.OUTSIDE:
        found = found.filter(person=figure.person, plan=figure.plan, place=figure.place)
    else:
        found = found.filter(account=figure.account, taken_on=figure.taken_on, amount=figure.amount)
    if found.exists():
        raise Conflict("This figure is on record.", "Correct that one where something differs.")


def _standing(model: Any, key: int) -> Any:
    found = model.objects.select_for_update(of=("self",))
    row = found.select_related("account__household", "account__owner").get(pk=key)
    if row.ended_at is not None:
        raise Conflict("This was corrected or taken back already.", "There is nothing to do.")
    return row


def _made_terms(
    account: Account, terms: Terms, *, replaces: DistributionTerms | None, user_id: int | None, at: datetime
) -> DistributionTerms:
    return DistributionTerms.objects.create(
        account=account,
        replaces=replaces,
        entered_by_id=user_id,
        entered_at=at,
        **{one.name: getattr(terms, one.name) for one in fields(terms)},
    )


def _made_figure(
    figure: Figure, *, replaces: DistributionFigure | None, user_id: int | None, at: datetime
) -> DistributionFigure:
    return DistributionFigure.objects.create(
        replaces=replaces,
        entered_by_id=user_id,
        entered_at=at,
        **{one.name: getattr(figure, one.name) for one in fields(figure)},
    )


def _end(row: Any, *, reason: str, user_id: int | None, at: datetime) -> None:
    row.ended_at, row.ended_by_id, row.end_reason = at, user_id, reason
    row.save(update_fields=["ended_at", "ended_by", "end_reason"])


def _reason(reason: str) -> str:
    if not reason.strip():
        raise BadInput("Taking this back needs a reason.", "Say why it does not count.")
    return reason.strip()


def _tell(action: Any, row: Any, *, by: Actor, at: datetime, **facts: Any) -> None:
    kind = "distribution_terms" if isinstance(row, DistributionTerms) else "distribution_figure"
    audit.record(action, about=row, by=by, at=at, sealing=[(kind, row.pk)], **facts)


def _said(terms: Terms) -> dict[str, Any]:
    return {one.name: getattr(terms, one.name) for one in fields(terms) if getattr(terms, one.name)}


def _figures(figure: Figure) -> dict[str, Any]:
    return {
        "kind": figure.kind,
        "year": figure.year,
        "account": figure.account.public_id if figure.account else "",
        "place": figure.place,
        "taken_on": figure.taken_on,
        "amount": figure.amount,
        "divisor": figure.divisor,
        "source": figure.source,
    }


def _changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {
        name: {"before": _word(before.get(name)), "after": _word(after.get(name))}
        for name in {**before, **after}
        if before.get(name) != after.get(name)
    }


def _word(value: Any) -> str:
    return "" if value is None else str(value)
