"""What an action would do to the lots on record, account by account: computed by the functions that apply it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from clients.corporate_actions import effects
from clients.corporate_actions.effects import Effect, Held
from clients.models import Account, CorporateAction, TaxLot
from clients.registers import corporate_action_terms as terms
from rebalancing.engine.money import ZERO


@dataclass(frozen=True, slots=True)
class Reached:
    """One lot that an action reaches, and what becomes of it."""

    account: Account
    lot: TaxLot
    effect: Effect


@dataclass(frozen=True, slots=True)
class Totals:
    """What an action does in all: None where a figure of a lot is not known."""

    lots: int
    accounts: int
    shares: Decimal
    kept: Decimal
    received: Decimal
    cash: Decimal
    gain: Decimal | None


def held(lot: TaxLot) -> Held:
    """A lot on record as the arithmetic reads it. A basis in dispute counts as it stands."""
    return Held(lot.public_id, lot.quantity, lot.basis, lot.acquired_on, lot.adjusted_acquired_on)


def reached(action: CorporateAction, lots: QuerySet[TaxLot]) -> tuple[Reached, ...]:
    """What an action would do to these open lots of its security, by account."""
    rows = (
        lots.filter(security=action.security, closed_on=None)
        .select_related("account__household", "security")
        .order_by("account__household__name", "account", "acquired_on", "key")
    )
    by_account: dict[int, list[TaxLot]] = {}
    for lot in rows:
        by_account.setdefault(lot.account_id, []).append(lot)
    return tuple(one for same in by_account.values() for one in of_account(action, same))


def of_account(action: CorporateAction, lots: Sequence[TaxLot]) -> list[Reached]:
    """What it would do to the lots that one account has of its security."""
    found = effects.of(terms.of(action), [held(lot) for lot in lots])
    by_id = {lot.public_id: lot for lot in lots}
    return [Reached(by_id[one.lot.id].account, by_id[one.lot.id], one) for one in found]


def totals(rows: Sequence[Reached]) -> Totals:
    """The sums of what an action does."""
    found = [one.effect for one in rows]
    gains = [one.gain for one in found]
    return Totals(
        lots=len(found),
        accounts=len({one.account.pk for one in rows}),
        shares=sum((one.lot.shares for one in found), ZERO),
        kept=sum((one.kept.shares for one in found if one.kept), ZERO),
        received=sum((one.received.shares for one in found if one.received), ZERO),
        cash=sum((one.cash for one in found), ZERO),
        gain=None if None in gains else sum((gain for gain in gains if gain is not None), ZERO),
    )
