"""Corporate actions that are pending: their securities are not traded, and the accounts that hold them wait (WNR-08).

An action is pending from some days before it until the record of an account shows it and a price of its day or later is
known. Where it pays cash, it is pending until the custodian's file shows that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from clients.corporate_actions import applying
from clients.models import ActionAccount, CorporateAction, Price
from clients.registers.corporate_action_terms import CHOSEN, FOR_CASH, MERGERS, Kind
from clients.registers.corporate_actions import REGISTER, words
from compliance import clock
from compliance.firm import firm_settings
from compliance.firm.corporate_action_figures import HOLD_DAYS
from compliance.firm.firm_settings import InForce
from compliance.statements.reads import prepared
from rebalancing.engine.documents import household as document
from rebalancing.models import Block
from rebalancing.portfolios.record_rows import Rows

NAMED = timedelta(days=10)
"""So long a change of symbol waits for the file that brings it."""
State = ActionAccount.State
PAYS = FOR_CASH | {Kind.MIXED_MERGER, Kind.RETURN_OF_CAPITAL, Kind.CASH_IN_LIEU}


@dataclass(frozen=True, slots=True)
class Pending:
    """What waits for an action, by key: why an account is not traded, and what is pending on a security."""

    accounts: dict[int, str] = field(default_factory=dict)
    securities: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Day:
    """What tells whether an action is over: the trade day, and the latest prices by security."""

    trade_on: date
    prices: Mapping[int, Price]


def in_window(*, on: date, figures: InForce) -> list[CorporateAction]:
    """The standing actions that may be pending on a day."""
    days = figures.of(HOLD_DAYS)
    return standing.rows(on - applying.BEHIND, on + timedelta(days=days))


@prepared
def standing(since: date, until: date) -> QuerySet[CorporateAction]:
    """The standing actions of some days, the earliest first."""
    rows = REGISTER.standing().filter(effective_on__gte=since, effective_on__lte=until)
    rows = rows.select_related("security", "new_security", "agreement", "source_file")
    return rows.defer("source_file__content").order_by("effective_on", "pk")


def of(rows: Rows) -> Pending:
    """What is pending for a household on its trade day."""
    on = rows.trade_on
    every: list[CorporateAction] = rows.market.shared(
        "corporate_actions", on, lambda: in_window(on=on, figures=rows.figures)
    )
    reached = [one for one in every if rows.securities.keys() & {one.security_id, one.new_security_id}]
    if not reached:
        return Pending()
    here = [account.pk for account in rows.accounts]
    known = {
        (row.action_id, row.account_id): row
        for row in ActionAccount.objects.filter(action__in=reached, account__in=here)
    }
    held = {(lot.account_id, lot.security_id) for lot in rows.lots}
    held |= {
        (row.account_id, row.security_id) for account in rows.accounts for row in account.positions.all()
    }
    day, found = Day(on, rows.prices), Pending()
    for action in reached:
        is_held_up = False
        for account in here:
            row = known.get((action.pk, account))
            if is_pending(action, row, day, is_held=(account, action.security_id) in held):
                found.accounts.setdefault(account, sentence(action, row))
                is_held_up = True
        if is_held_up or _keeps_out(action, day):
            found.securities.setdefault(action.security_id, words(action))
    return found


def is_pending(action: CorporateAction, row: ActionAccount | None, day: Day, *, is_held: bool) -> bool:
    """Whether an account waits for an action: `row` is what is known of it there, `is_held` whether it holds the security."""
    return (row is not None or is_held) and not _is_over(action, row, day)


def sentence(action: CorporateAction, row: ActionAccount | None) -> str:
    """Why an account waits."""
    more = f" {row.sentence}" if row is not None and row.sentence else ""
    return f"A corporate action is pending: {words(action)}.{more}"


def _is_over(action: CorporateAction, row: ActionAccount | None, day: Day) -> bool:
    """Whether an account need not wait for an action any more."""
    kind = Kind(action.kind)
    if row is not None and row.state in (State.SHOWN, State.TAKEN_BACK):
        return True
    if kind in (Kind.SYMBOL_CHANGE, Kind.CUSIP_CHANGE):
        return _is_named(action) or day.trade_on > action.effective_on + NAMED
    if kind in CHOSEN or kind is Kind.DELISTING:
        return day.trade_on > action.effective_on
    return (
        row is not None
        and row.state == State.APPLIED
        and not (kind in PAYS or action.lieu_price is not None)
        and _is_priced(action, day)
    )


def _is_named(action: CorporateAction) -> bool:
    if action.kind == Kind.SYMBOL_CHANGE:
        return action.security.symbol == action.new_symbol
    return action.security.cusip == action.new_cusip


def _is_priced(action: CorporateAction, day: Day) -> bool:
    """Whether what is held after the action has a price of its day or later."""
    key = action.new_security_id if action.kind in MERGERS else action.security_id
    price = day.prices.get(key) if key is not None else None
    return price is not None and price.as_of_on >= action.effective_on


def _keeps_out(action: CorporateAction, day: Day) -> bool:
    """Whether nobody buys the security, whoever holds it."""
    kind = Kind(action.kind)
    if kind in (Kind.SYMBOL_CHANGE, Kind.CUSIP_CHANGE):
        return not _is_over(action, None, day)
    if kind in FOR_CASH | MERGERS | {Kind.DELISTING}:
        return True
    if kind in CHOSEN:
        return not _is_over(action, None, day)
    return day.trade_on < action.effective_on or not _is_priced(action, day)


def kept_out(row: document.Security, key: int, pending: Pending) -> document.Security:
    """A security on which an action is pending is frozen."""
    return replace(row, status=document.SecurityStatus.FROZEN) if key in pending.securities else row


def of_block(block: Block, *, at: datetime) -> str:
    """Why a block must not leave: it was made in the shares of before an action. Empty where it may."""
    return of_blocks([block.reference], at=at).get(block.reference, "")


def of_blocks(references: Collection[str], *, at: datetime) -> dict[str, str]:
    """Why some of these blocks must not leave, by their references."""
    by_security: dict[int, list[CorporateAction]] = {}
    on = at.astimezone(clock.EASTERN).date()
    for action in in_window(on=on, figures=firm_settings.in_force(on=on)) if references else ():
        by_security.setdefault(action.security_id, []).append(action)
    if not by_security:
        return {}
    blocks = Block.objects.filter(reference__in=references, security__in=by_security)
    return {
        reference: f"A corporate action is pending: {words(action)}. The block is in the shares of before it."
        for reference, security, trade_on in blocks.values_list("reference", "security", "trade_on")
        for action in by_security[security]
        if trade_on <= action.effective_on
    }
