"""Transfers in kind as people enter them: expected, corrected, ended without."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum

from clients import figures
from clients.households import distribution_facts, holds
from clients.models import Account, Hold, Security, Transaction, Transfer
from clients.registers.sealed_record import of_transfer
from clients.transfers import movements, shown
from clients.transfers.movements import ZERO
from compliance.audit_trail import audit
from compliance.clock import EASTERN
from compliance.doors.before_after import changed
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict

TERMS = (
    *(
        "kind",
        "from_account",
        "to_account",
        "elsewhere",
        "security",
        "shares",
        "value",
        "expected_on",
        "document",
    ),
)
TAXABLE = Account.TaxTreatment.TAXABLE
OF_IRAS = distribution_facts.OF_IRAS | distribution_facts.INHERITED | {Account.Registration.ROTH_IRA}
LATEST, AHEAD = timedelta(days=366), timedelta(days=731)
"""How far from today the day of a transfer may be."""
HELD_AFTER = timedelta(days=14)
"""How long the hold of what is to leave lasts after its day."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is expected: of two accounts at least one is ours; `elsewhere` names the other firm."""

    from_account: Account | None
    to_account: Account | None
    elsewhere: str
    security: Security
    shares: Decimal
    expected_on: date
    document: str = ""
    kind: str = Transfer.Kind.TRANSFER
    value: Decimal | None = None
    """Of a distribution: dollars a share on its day, where it is known."""


@transaction.atomic
@audit.lines_last()
def expect(terms: Terms, *, user_id: int, by: Actor, at: datetime) -> Transfer:
    """Put an expected transfer on record. Raises `BadInput` for one that cannot be, `Conflict` for the same twice."""
    _refuse(terms, on=at.astimezone(EASTERN).date())
    ours = terms.to_account or terms.from_account
    assert ours is not None, "refused above"
    same = Transfer.objects.filter(
        from_account=terms.from_account,
        to_account=terms.to_account,
        security=terms.security,
        ended_at=None,
        left_on=None,
        arrived_on=None,
    )
    if same.filter(shares=terms.shares).exists():
        raise Conflict("The same transfer is expected already.", "Change that one instead.")
    row = Transfer.objects.create(
        household=ours.household,
        entered_by_id=user_id,
        entered_at=at,
        hold=_hold(terms, user_id=user_id, by=by, at=at),
        **_columns(terms),
    )
    audit.record(
        audit.Action.TRANSFER_EXPECTED,
        about=row,
        by=by,
        at=at,
        sealing=of_transfer(row),
        reason=str(row),
        document=row.document,
    )
    shown.take_up(row, by=by, at=at)
    return row


@transaction.atomic
@audit.lines_last()
def correct(row: Transfer, terms: Terms, *, user_id: int, by: Actor, at: datetime) -> Transfer:
    """Correct an expected transfer of which no file has shown anything. Raises `Conflict` for another, `BadInput`."""
    row = _locked(row)
    if row.state != Transfer.State.EXPECTED or row.movements.exists():
        raise Conflict("Files have shown this transfer, or it has ended.", "End it, and enter the right one.")
    _refuse(terms, on=at.astimezone(EASTERN).date())
    before, after = {name: getattr(row, name) for name in TERMS}, _columns(terms)
    told = changed(before, after)
    if not told:
        raise BadInput("Nothing is changed.", "Change a value, or leave the page.")
    for name, value in after.items():
        setattr(row, name, value)
    _lift(row, reason="The transfer was corrected", user_id=user_id, by=by, at=at)
    row.hold = _hold(terms, user_id=user_id, by=by, at=at)
    row.save(update_fields=[*TERMS, "hold"])
    audit.record(
        audit.Action.TRANSFER_CHANGED, about=row, by=by, at=at, sealing=of_transfer(row), changed=told
    )
    shown.take_up(row, by=by, at=at)
    return row


@transaction.atomic
@audit.lines_last()
def end(row: Transfer, *, reason: str, user_id: int, by: Actor, at: datetime) -> Transfer:
    """End a transfer that does not come, or whose basis does not. What files have shown stays on record.

    Raises `BadInput` without a reason, `Conflict` for one that is over.
    """
    row = _locked(row)
    if row.state in (Transfer.State.ENDED, Transfer.State.COMPLETE):
        raise Conflict("This transfer is over.", "There is nothing to end.")
    if not reason.strip():
        raise BadInput("Say why it ends.", "Give a reason.")
    _lift(row, reason="The transfer has ended", user_id=user_id, by=by, at=at)
    row.ended_at, row.ended_by_id, row.end_reason = at, user_id, reason.strip()[:200]
    row.save(update_fields=["ended_at", "ended_by", "end_reason"])
    audit.record(
        audit.Action.TRANSFER_ENDED, about=row, by=by, at=at, sealing=of_transfer(row), reason=row.end_reason
    )
    return row


def _hold(terms: Terms, *, user_id: int, by: Actor, at: datetime) -> Hold | None:
    """What is to leave is not sold meanwhile."""
    if terms.from_account is None:
        return None
    target = terms.to_account.name if terms.to_account else terms.elsewhere
    today = at.astimezone(EASTERN).date()
    return holds.place(
        terms.from_account.household,
        account=terms.from_account,
        security=terms.security,
        kind=Hold.Kind.TRANSFER,
        reason=f"{figures.quantity(terms.shares)} {terms.security.symbol} leave for {target}.",
        starts_on=today,
        expires_on=max(terms.expected_on, today) + HELD_AFTER,
        user_id=user_id,
        by=by,
        at=at,
    )


def _lift(row: Transfer, *, reason: str, user_id: int, by: Actor, at: datetime) -> None:
    today = at.astimezone(EASTERN).date()
    if row.hold is not None and row.hold.is_in_force(on=today):
        holds.lift(row.hold, reason=reason, user_id=user_id, by=by, at=at)


def _columns(terms: Terms) -> dict[str, Any]:
    return {name: getattr(terms, name) for name in TERMS}


def _refuse(terms: Terms, *, on: date) -> None:
    """Raise `BadInput` for a transfer that cannot be."""
    sides = (terms.from_account, terms.to_account)
    if not any(sides):
        raise BadInput("One side is an account of ours.", "Choose the account.")
    if terms.from_account is not None and terms.from_account == terms.to_account:
        raise BadInput("Shares do not move from an account to itself.", "Choose another account.")
    if all(sides) == bool(terms.elsewhere.strip()):
        raise BadInput(
            "The other side is either an account of ours or another firm.",
            "Choose the account, or name the firm.",
        )
    if terms.shares <= ZERO:
        raise BadInput("A transfer has shares.", "Type how many shares move.")
    if not on - LATEST <= terms.expected_on <= on + AHEAD:
        raise BadInput(
            f"{figures.day(terms.expected_on)} is not about now.",
            "Give a day between a year ago and two years ahead.",
        )
    if terms.from_account is not None and terms.to_account is not None:
        one, other = terms.from_account, terms.to_account
        if one.household_id != other.household_id:
            raise BadInput(
                "The accounts belong to two households.",
                "Enter a transfer out of one, and one into the other.",
            )
        if terms.kind == Transfer.Kind.TRANSFER and one.tax_treatment != other.tax_treatment:
            _refuse_between(one, other)
    if terms.kind == Transfer.Kind.DISTRIBUTION:
        _refuse_distribution(terms)
    if terms.kind == Transfer.Kind.GIFT:
        _refuse_gift(terms)
    if terms.from_account is not None:
        _refuse_what_is_not_there(terms, terms.from_account)


def _refuse_what_is_not_there(terms: Terms, account: Account) -> None:
    """No more shares leave than files show: what is held, and what left already without a transfer that says why."""
    held = account.positions.filter(security=terms.security).aggregate(all=Sum("quantity"))["all"] or ZERO
    moved = movements.in_kind(
        Transaction.objects.filter(account=account, security=terms.security, quantity__lt=0)
    )
    left = sum((-one.quantity for one in moved if one.quantity is not None), ZERO)
    if terms.shares > max(held, ZERO) + left + movements.TOLERANCE:
        raise BadInput(
            f"{account} holds {figures.quantity(max(held, ZERO))} shares of {terms.security.symbol}.",
            "Type at most that, or wait for the file that shows more.",
        )


def _refuse_between(one: Account, other: Account) -> None:
    if one.registration in OF_IRAS and other.tax_treatment == TAXABLE:
        raise BadInput(
            "What leaves an IRA for a taxable account is distributed, at the value of that day.",
            "Enter a distribution in kind on the IRA's page.",
        )
    if one.tax_treatment == TAXABLE:
        raise BadInput(
            "Shares are not contributed to an untaxed account: contributions are cash (IRC 408(a)(1)).",
            "Sell them, and contribute the cash.",
        )
    raise BadInput(
        "Between these accounts shares are distributed or converted, at the value of that day.",
        "The lots come with the custodian's files; correct their basis there.",
    )


def _refuse_distribution(terms: Terms) -> None:
    """Only what an IRA distributes has a basis that is known by law; an employer's stock may keep its own."""
    if terms.from_account is None or terms.from_account.registration not in OF_IRAS:
        raise BadInput(
            "Distributions in kind are of IRAs.",
            "An employer's plan states its own basis (IRC 402(e)(4)): correct the lots once they have come.",
        )
    if terms.to_account is not None and terms.to_account.tax_treatment != TAXABLE:
        raise BadInput(
            "What is distributed goes to a taxable account.", "Between untaxed accounts, enter a transfer."
        )


def _refuse_gift(terms: Terms) -> None:
    if terms.from_account is None or terms.to_account is not None:
        raise BadInput("A gift leaves an account of ours for a charity.", "Name the charity.")
    if terms.from_account.tax_treatment != TAXABLE:
        raise BadInput(
            "What an untaxed account gives is a distribution.",
            "Enter a distribution in kind, with the charity as the other side.",
        )


def _locked(row: Transfer) -> Transfer:
    locked: Transfer = (
        Transfer.objects.select_for_update(of=("self",))
        .select_related("household", "security", "to_account", "from_account", "hold")
        .get(pk=row.pk)
    )
    return locked
