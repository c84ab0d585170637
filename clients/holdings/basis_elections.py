"""Elections of the average basis for funds, account by account: recorded, corrected, revoked or changed for the future.

Allowed for fund shares (IRC 1012(d); Treas. Reg. 1.1012-1(e)(1)): exchange-traded funds are stock to custodians, so they
are refused. An election may be revoked within a year of it or until the first sale after it, whichever is earlier
(Treas. Reg. 1.1012-1(e)(9)(iii)); later it can only be changed for the future.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.db import transaction

from clients.custodians.kinds import DISPOSITIONS
from clients.models import Account, BasisElection, Security, TaxLot, Transaction
from clients.registers import register
from clients.registers.register import Register
from compliance.actions import Action
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from rebalancing.engine.tax.holding_periods import same_day_next_year

REGISTER = Register(
    name="basis_election",
    model=BasisElection,
    columns=("account", "security", "elected_on", "document"),
    about=lambda row: row,
    words=str,
    entered=Action.BASIS_ELECTED,
    changed=Action.BASIS_ELECTION_CHANGED,
    ended=Action.BASIS_ELECTION_ENDED,
    kept=("account", "security"),
    told=lambda row: {"account": row.account.public_id, "symbol": row.security.symbol},
)


def in_force(accounts: Iterable[Account], *, on: date) -> set[tuple[int, int]]:
    """The accounts and securities, by their keys, for which an election counts on a day."""
    rows = BasisElection.objects.filter(account__in=list(accounts), ended_at=None, elected_on__lte=on)
    return set(rows.values_list("account_id", "security_id"))


def mark(lots: Iterable[TaxLot], *, elected: Collection[tuple[int, int]]) -> None:
    """Mark lots, in memory only, whose basis is an average by election; `elected` are accounts and securities by key."""
    for lot in lots:
        if (lot.account_id, lot.security_id) in elected:
            lot.is_average_cost = True


@transaction.atomic
def elect(
    account: Account,
    security: Security,
    *,
    elected_on: date,
    document: str,
    user_id: int | None,
    by: Actor,
    at: datetime,
) -> BasisElection:
    """Put an election on record. Raises `BadInput` where the law allows none, `Conflict` where there is one."""
    account = Account.objects.select_for_update(of=("self",)).get(pk=account.pk)
    if why := refusal(account, security):
        raise BadInput(why, "Choose a mutual fund in a taxable account.")
    if not document.strip():
        raise BadInput("An election is made in writing.", "Say where the document is kept.")
    if BasisElection.objects.filter(account=account, security=security, ended_at=None).exists():
        raise Conflict("The average basis is elected already.", "There is nothing to do.")
    values = {
        "account": account,
        "security": security,
        "elected_on": elected_on,
        "document": document.strip(),
    }
    row: BasisElection = register.enter(REGISTER, values, user_id=user_id, by=by, at=at)
    return row


def correct(
    row: BasisElection,
    *,
    elected_on: date,
    document: str,
    user_id: int | None,
    by: Actor,
    at: datetime,
) -> BasisElection:
    """Correct the day or the document of an election. Raises `BadInput` when nothing is changed."""
    values = {"elected_on": elected_on, "document": document.strip()}
    fresh: BasisElection = register.change(REGISTER, row, values, user_id=user_id, by=by, at=at)
    return fresh


def end(
    row: BasisElection, *, ends_on: date, reason: str, user_id: int | None, by: Actor, at: datetime
) -> BasisElection:
    """Revoke an election while the law allows it, else change it for the future.

    Raises `BadInput` for a day before the election.
    """
    if ends_on < row.elected_on:
        raise BadInput("It would end before it was made.", "Choose a later day.")
    values = {"ends_on": ends_on, "is_revoked": may_be_revoked(row, on=ends_on)}
    ended: BasisElection = register.end(
        REGISTER, row, reason=reason, user_id=user_id, by=by, at=at, values=values
    )
    return ended


def may_be_revoked(row: BasisElection, *, on: date) -> bool:
    """Whether it can be undone as if never made: within a year, and before the first sale after it."""
    sold = Transaction.objects.filter(
        account=row.account,
        security=row.security,
        kind__in=sorted(DISPOSITIONS),
        traded_on__gte=row.elected_on,
        traded_on__lte=on,
    )
    return on <= same_day_next_year(row.elected_on) and not sold.exists()


def refusal(account: Account, security: Security) -> str | None:
    """Why no average basis can be elected, as a sentence; None where it can."""
    if account.tax_treatment != Account.TaxTreatment.TAXABLE:
        return f"Sales in {account.name} are not taxed, so a basis does not matter there."
    if security.kind != Security.Kind.MUTUAL_FUND:
        return f"{security.symbol} is no mutual fund; the average basis is for those (IRC 1012(d))."
    return None
