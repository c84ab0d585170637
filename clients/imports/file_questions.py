"""Questions to confirm before a file is loaded: large changes of a figure, an account that moved to another
custodian.

A question does not decide anything. It is found when the file is compared with the record, shown with both
figures, and answered by confirming exactly the questions shown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from clients.custodians.rows import CashRow, PositionRow
from clients.holdings import positions as positions_of
from clients.holdings.positions import Held
from clients.models import Account, Security
from clients.securities import securities
from rebalancing.engine.money import cents

ZERO = Decimal(0)
HALF = Decimal("0.5")

FLOOR = Decimal(1_000)
"""Changes below this many dollars are not asked about."""


class Asked(StrEnum):
    CASH_JUMP = "cash_jump"
    VALUE_JUMP = "value_jump"
    CUSTODIAN_CHANGED = "custodian_changed"


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to confirm. `before` and `after` are dollars of a jump, or the names of two custodians."""

    kind: Asked
    account: str
    before: str
    after: str

    def as_json(self) -> dict[str, str]:
        return {**asdict(self), "kind": self.kind.value}


def digest(questions: Sequence[Question]) -> str:
    """The digest that confirms exactly these questions; empty where there are none."""
    if not questions:
        return ""
    text = json.dumps([one.as_json() for one in questions], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def sentence(one: Mapping[str, Any]) -> str:
    """A stored question in words."""
    kind, account = Asked(one["kind"]), one["account"]
    if kind is Asked.CUSTODIAN_CHANGED:
        labels = dict(Account.Custodian.choices)
        before, after = labels.get(one["before"], one["before"]), labels.get(one["after"], one["after"])
        return f"{account} is held at {before} on record; the file says {after}. It stays the same account."
    what = "Cash" if kind is Asked.CASH_JUMP else "The value"
    before, after = Decimal(one["before"]), Decimal(one["after"])
    return f"{what} of {account} goes from {_dollars(before)} to {_dollars(after)}."


def is_jump(before: Decimal, after: Decimal, *, factor: int) -> bool:
    """Whether a figure changes by this factor or more. From zero there is no factor."""
    if max(abs(before), abs(after)) < FLOOR or not before:
        return False
    smaller, larger = sorted((abs(before), abs(after)))
    return larger >= smaller * factor


def jumps(
    account: Account,
    *,
    before: Mapping[int, Held],
    positions: Sequence[PositionRow] | None,
    cash: Sequence[CashRow] | None,
    known: Mapping[str, Security],
    price_of: Callable[[int], Decimal | None],
    factor: int,
) -> list[Question]:
    """The questions about one account, found before anything of it is written. None: the file does not cover
    it. `before` are the positions on record.

    A change of cash is explained by an opposite change of positions in the same file.
    """
    name = str(account)
    cash_before = account.cash.settled + account.cash.unsettled if hasattr(account, "cash") else None
    cash_after = sum(positions_of.cash_of(cash), ZERO) if cash is not None else cash_before
    held_before = held_after = None
    if positions is not None:
        held_before, held_after = _values(before, positions, known, price_of)
    found = []
    if cash is not None and cash_before is not None and cash_after is not None:
        moved = cash_after - cash_before
        into_positions = ZERO if held_before is None or held_after is None else held_after - held_before
        if (
            is_jump(cash_before, cash_after, factor=factor)
            and abs(moved + into_positions) > abs(moved) * HALF
        ):
            found.append(Question(Asked.CASH_JUMP, name, str(cash_before), str(cash_after)))
    if held_before is not None and held_after is not None:
        before_all, after_all = held_before + (cash_before or ZERO), held_after + (cash_after or ZERO)
        if is_jump(before_all, after_all, factor=factor):
            found.append(Question(Asked.VALUE_JUMP, name, str(before_all), str(after_all)))
    return found


def _values(
    before: Mapping[int, Held],
    rows: Sequence[PositionRow],
    known: Mapping[str, Security],
    price_of: Callable[[int], Decimal | None],
) -> tuple[Decimal | None, Decimal | None]:
    """The value of positions on record and in the file, from the file's values or one price for both."""

    def worth(key: int | None, quantity: Decimal | None, value: Decimal | None) -> Decimal | None:
        if value is not None:
            return value
        price = price_of(key) if key is not None else None
        return None if price is None or quantity is None else quantity * price

    named = [(known.get(securities.symbol_named_by(row)), row.quantity, row.value) for row in rows]
    on_record = [worth(key, one.said.quantity, one.said.market_value) for key, one in before.items()]
    after = [worth(one.pk if one else None, quantity, value) for one, quantity, value in named]
    return _total(on_record), _total(after)


def _total(values: Sequence[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return cents(sum(known, ZERO)) if len(known) == len(values) else None


def _dollars(amount: Decimal) -> str:
    return f"-${-amount:,.2f}" if amount < 0 else f"${amount:,.2f}"
