"""Accounts by hand: opened, corrected, closed, reopened, moved to another custodian, given another number."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from clients.encryption import blind_index
from clients.households import accounts, bindings, cash_flows, holds, recurring_cash
from clients.models import Account, CashFlow, CashFlowRule, FormerNumber, Household, Person
from compliance.audit_trail import audit
from compliance.doors.before_after import changed
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict

NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{2,31}")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the firm says about an account. Its tax treatment and the return that reports it follow from these."""

    name: str
    registration: str
    owner: Person
    joint_owner: Person | None
    opened_on: date | None
    agreement_signed_on: date | None
    agreement_effective_on: date | None
    agreement_terminated_on: date | None
    discretion: str
    discretion_from_on: date | None
    discretion_until_on: date | None
    margin: str
    lot_method: str
    lot_method_since_on: date | None
    minimum_cash: Decimal


@transaction.atomic
def open_account(
    household: Household, *, facts: Facts, custodian: str, number: str, by: Actor, at: datetime
) -> Account:
    """Put an account on record before any file names it.

    Raises `BadInput` for facts that contradict each other, `Conflict` for a number that is on record.
    """
    index = free_number(custodian, number)
    account = Account.objects.create(
        household=household,
        custodian=custodian,
        number=number,
        number_index=index,
        number_last4=number[-4:],
        **_columns(household, facts),
    )
    audit.record(
        audit.Action.ACCOUNT_ADDED,
        about=account,
        by=by,
        at=at,
        registration=facts.registration,
        custodian=custodian,
        tax_treatment=str(account.tax_treatment),
    )
    return account


@transaction.atomic
def correct(account: Account, *, facts: Facts, by: Actor, at: datetime) -> Account:
    """Correct what the firm says about an account; its number and custodian have verbs of their own.

    Raises `BadInput` when nothing is changed or the facts contradict each other.
    """
    account = _locked(account)
    columns = _columns(account.household, facts)
    before = {name: getattr(account, name) for name in columns}
    told = changed(before, columns)
    if not told:
        raise BadInput("Nothing is changed.", "Change a field, or leave the page.")
    for name, value in columns.items():
        setattr(account, name, value)
    account.save(update_fields=list(columns))
    audit.record(audit.Action.ACCOUNT_CHANGED, about=account, by=by, at=at, changed=told)
    return account


@transaction.atomic
def close(
    account: Account, *, closed_on: date, reason: str, user_id: int, by: Actor, at: datetime
) -> Account:
    """Close an account from a day on: it is measured and traded no more.

    Its open cash needs are cancelled, its rules ended, its holds lifted and its bindings ended. What was held stays on
    record. Raises `Conflict` for a closed account, `BadInput` without a reason or for a day before it was opened.
    """
    account = _locked(account)
    if account.closed_on is not None:
        raise Conflict(f"{account} is closed since {account.closed_on}.", "There is nothing to do.")
    if not reason.strip():
        raise BadInput("Say why the account is closed.", "Give a reason.")
    if account.opened_on is not None and closed_on < account.opened_on:
        raise BadInput(f"The account was opened on {account.opened_on}.", "Choose a later day.")
    acts: dict[str, Any] = {"user_id": user_id, "by": by, "at": at}
    why = f"The account is closed: {reason.strip()}"[:200]
    for rule in CashFlowRule.objects.filter(account=account, ended_at=None).order_by("pk"):
        recurring_cash.end(rule, reason=why, since=closed_on, **acts)
    for flow in CashFlow.objects.filter(account=account, done_on=None, cancelled_at=None).order_by("pk"):
        cash_flows.cancel(flow, reason=why, **acts)
    for hold in account.holds.filter(lifted_at=None, expires_on__gte=closed_on).order_by("pk"):
        holds.lift(hold, reason=why, **acts)
    bindings.end_all(account, reason=why, **acts)
    account.closed_on = closed_on
    account.save(update_fields=["closed_on"])
    audit.record(
        audit.Action.ACCOUNT_CLOSED, about=account, by=by, at=at, closed_on=closed_on, reason=reason.strip()
    )
    return account


@transaction.atomic
def reopen(account: Account, *, reason: str, by: Actor, at: datetime) -> Account:
    """Take a closing back. What the closing ended is entered anew. Raises `Conflict` for an open account."""
    account = _locked(account)
    if account.closed_on is None:
        raise Conflict(f"{account} is open.", "There is nothing to do.")
    if not reason.strip():
        raise BadInput("Say why the account is reopened.", "Give a reason.")
    if account.household.closed_on is not None:
        raise BadInput("Its household is closed.", "Reopen the household first.")
    was = account.closed_on
    account.closed_on = None
    account.save(update_fields=["closed_on"])
    audit.record(
        audit.Action.ACCOUNT_REOPENED,
        about=account,
        by=by,
        at=at,
        reason=reason.strip(),
        changed={"closed_on": {"before": was.isoformat(), "after": ""}},
    )
    return account


@transaction.atomic
def move(
    account: Account, *, custodian: str, number: str, moved_on: date, user_id: int, by: Actor, at: datetime
) -> Account:
    """Record that the account is at another custodian under another number from a day on.

    The old number is kept, its bindings are ended, and nothing is traded until the new custodian's file reconciles.
    Raises `BadInput` for the same custodian, `Conflict` for a number that is on record.
    """
    account = _locked(account)
    if custodian == account.custodian:
        raise BadInput(
            f"{account} is at {account.get_custodian_display()} already.",
            "Change its number instead, or choose another custodian.",
        )
    before = account.get_custodian_display()
    old = _keep_number(account, why=FormerNumber.Why.MOVED, until_on=moved_on, user_id=user_id, at=at)
    bindings.end_all(account, reason="The account moved", user_id=user_id, by=by, at=at)
    account.number_index = free_number(custodian, number)
    account.custodian, account.number, account.number_last4 = custodian, number, number[-4:]
    account.reconciliation, account.reconciled_on = Account.Reconciliation.NEVER, None
    account.reconciliation_note = f"It moved from {before}; the new custodian's file has not come yet."
    account.save(
        update_fields=[
            *("custodian", "number", "number_index", "number_last4"),
            *("reconciliation", "reconciled_on", "reconciliation_note"),
        ]
    )
    audit.record(
        audit.Action.ACCOUNT_MOVED,
        about=account,
        by=by,
        at=at,
        sealing=[("former_number", old.pk)],
        moved_on=moved_on,
        changed={
            "custodian": {"before": str(old.custodian), "after": custodian},
            "number_last4": {"before": old.number_last4, "after": account.number_last4},
        },
    )
    return account


@transaction.atomic
def renumber(
    account: Account, *, number: str, why: str, on: date, user_id: int, by: Actor, at: datetime
) -> Account:
    """Give the account another number at the same custodian: one that was typed wrongly, or that the custodian changed.

    The old number is kept. Raises `BadInput` for the same number, `Conflict` for one that is on record.
    """
    account = _locked(account)
    if account.number == number:
        raise BadInput("That is its number already.", "Type the new number.")
    index = free_number(account.custodian, number)
    old = _keep_number(account, why=why, until_on=on, user_id=user_id, at=at)
    account.number, account.number_index, account.number_last4 = number, index, number[-4:]
    account.save(update_fields=["number", "number_index", "number_last4"])
    audit.record(
        audit.Action.ACCOUNT_RENUMBERED,
        about=account,
        by=by,
        at=at,
        sealing=[("former_number", old.pk)],
        reason=FormerNumber.Why(why).label,
        # The tails may be the same; whole numbers stay off the trail.
        changed={
            "number": "changed",
            "number_last4": {"before": old.number_last4, "after": account.number_last4},
        },
    )
    return account


def _columns(household: Household, facts: Facts) -> dict[str, Any]:
    """The columns that the facts mean, with what follows from them. Raises `BadInput`."""
    _refuse_contradictions(household, facts)
    columns: dict[str, Any] = {one.name: getattr(facts, one.name) for one in fields(facts)}
    registration = Account.Registration(facts.registration)
    treatment = accounts.TAX_TREATMENT[registration]
    unit = None
    if treatment == Account.TaxTreatment.TAXABLE:
        found = accounts.tax_unit_for(household, facts.owner, registration)
        if isinstance(found, accounts.Unusable):
            raise BadInput(found.rule, found.how_to_fix)
        unit = found
    return {
        **columns,
        "tax_treatment": treatment,
        "tax_unit": unit,
        "is_erisa": registration in accounts.ERISA,
    }


def _refuse_contradictions(household: Household, facts: Facts) -> None:
    for person in (facts.owner, facts.joint_owner):
        if person is not None and person.household_id != household.pk:
            raise BadInput(f"{person} is not of this household.", "Choose one of its people.")
    if facts.joint_owner == facts.owner:
        raise BadInput(f"{facts.owner} cannot own it twice.", "Choose another joint owner, or nobody.")
    joint = {Account.Registration.JOINT, Account.Registration.COMMUNITY}
    if facts.registration in joint and facts.joint_owner is None:
        raise BadInput("A joint account has a second owner.", "Choose the second owner.")
    for label, earlier, later in (
        ("The agreement", facts.agreement_effective_on, facts.agreement_terminated_on),
        ("The discretion", facts.discretion_from_on, facts.discretion_until_on),
    ):
        if earlier is not None and later is not None and later < earlier:
            raise BadInput(f"{label} would end before it begins.", "Correct one of the two days.")
    if facts.agreement_effective_on is not None and facts.agreement_signed_on is None:
        raise BadInput("An agreement is in force only once it is signed.", "Type the day of the signature.")
    is_discretionary = facts.discretion == Account.Discretion.DISCRETIONARY
    if is_discretionary and facts.agreement_effective_on is not None and facts.discretion_from_on is None:
        raise BadInput("Discretion begins on a day.", "Type the day from which the firm has discretion.")
    if not is_discretionary and (facts.discretion_from_on or facts.discretion_until_on):
        raise BadInput(
            "The client consents to each proposal, so discretion has no days.", "Leave both days empty."
        )


def free_number(custodian: str, number: str) -> str:
    """The digest of a number that nobody has at this custodian. Raises `BadInput` or `Conflict`."""
    if not NUMBER.fullmatch(number):
        raise BadInput(
            "An account number has 3 to 32 letters and digits.",
            "Type it as the custodian prints it, without spaces.",
        )
    index = blind_index(number, purpose=accounts.NUMBER)
    if Account.objects.filter(custodian=custodian, number_index=index).exists():
        raise Conflict(
            "An account with this number is on record at this custodian.",
            "Look for it in the list of accounts.",
        )
    return index


def _keep_number(account: Account, *, why: str, until_on: date, user_id: int, at: datetime) -> FormerNumber:
    return FormerNumber.objects.create(
        account=account,
        custodian=account.custodian,
        number=account.number,
        number_index=account.number_index,
        number_last4=account.number_last4,
        why=why,
        until_on=until_on,
        changed_by_id=user_id,
        changed_at=at,
    )


def _locked(account: Account) -> Account:
    locked: Account = (
        Account.objects.select_for_update(of=("self",))
        .select_related("household", "owner", "joint_owner", "tax_unit")
        .get(pk=account.pk)
    )
    return locked
