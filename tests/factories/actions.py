"""Corporate actions made through the product's own verbs."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from clients.corporate_actions import agreeing
from clients.models import CorporateAction, Security
from clients.registers import register
from clients.registers.corporate_actions import REGISTER
from compliance.people.actors import Actor
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.households import SET_UP

TOMORROW = date(2026, 11, 23)


def announced(
    symbol: str = "ZUS",
    kind: str = "split",
    on: date = TOMORROW,
    *,
    at: datetime = SUNDAY_NOON,
    **said: Any,
) -> CorporateAction:
    """An action that is announced; a split of 4 for 1 where nothing else is said."""
    values: dict[str, Any] = {
        **dict.fromkeys(REGISTER.columns),
        "security": Security.objects.get(symbol=symbol),
        "kind": kind,
        "effective_on": on,
        "new_symbol": "",
        "new_cusip": "",
        "is_taxable": False,
        "source": "The issuer's notice",
        "document": "",
        **({"shares_new": Decimal(4), "shares_old": Decimal(1)} if kind == "split" else {}),
        **said,
    }
    row: CorporateAction = register.enter(REGISTER, values, user_id=None, by=SET_UP, at=at)
    return row


def agreed(
    symbol: str = "ZUS",
    kind: str = "split",
    on: date = TOMORROW,
    *,
    at: datetime = SUNDAY_NOON,
    **said: Any,
) -> CorporateAction:
    """An action that Tom asked two people to agree to, and Cora did."""
    row = announced(symbol, kind, on, at=at, **said)
    agree(row, at=at)
    return CorporateAction.objects.get(pk=row.pk)


def agree(row: CorporateAction, *, at: datetime = SUNDAY_NOON) -> None:
    """Cora agrees to what Tom asked for."""
    agreeing.agree(
        row, evidence="The issuer's notice.", asked_by_id=cast.tom().pk, by=Actor.person(cast.cora()), at=at
    )
