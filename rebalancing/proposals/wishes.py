"""Wishes about single trades, and what the engine is asked for them.

A wish leaves a trade alone, sells or buys exactly so much, sells a lot, trades another security instead, or in another
account, or splits a trade: a part now, the rest later, elsewhere or in another security. Each becomes one or two of the engine's edits (`docs/engine.md`), at today's prices and in whole increments.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

from compliance.refusals import BadInput
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents.objective import Edit, EditKind
from rebalancing.engine.documents.plan import Order, Plan, Side
from rebalancing.engine.money import ZERO

WISHES_MAX = 12
PARTS_MAX = 20
LATER = "The rest waits for a later look."


class WishKind(StrEnum):
    LEAVE = "leave"
    SELL = "sell"
    BUY = "buy"
    LOT = "lot"
    SWAP = "swap"
    MOVE = "move"
    SPLIT = "split"


class Unit(StrEnum):
    SHARES = "shares"
    DOLLARS = "dollars"
    PARTS = "parts"
    """Equal parts of the planned trade, of a split alone."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing asked for. ``security`` empty: all of the account (leave only). ``amount`` in ``unit``; None takes the whole lot,
    or as much as the present plan trades; of a split it is the part of now, or how many parts. ``instead`` is the security of a
    swap, ``to_account`` the account of a move; of a split either says what becomes of the rest, which else waits.
    """

    kind: WishKind
    account: str
    security: str = ""
    lot: str = ""
    amount: Decimal | None = None
    unit: Unit = Unit.SHARES
    instead: str = ""
    to_account: str = ""


class Unasked(BadInput):
    """A wish that cannot be asked of this household; `number` is its place among the wishes, from one."""

    def __init__(self, number: int, sentence: str, remedy: str) -> None:
        super().__init__(sentence, remedy)
        self.number = number


def of_edits(edits: Iterable[Edit]) -> tuple[Wish, ...]:
    """The edits of a stored revision as wishes, to begin from."""
    kinds = {
        EditKind.NO_TRADE: WishKind.LEAVE,
        EditKind.SELL: WishKind.SELL,
        EditKind.BUY: WishKind.BUY,
        EditKind.SELL_LOT: WishKind.LOT,
    }
    return tuple(
        Wish(kinds[edit.kind], edit.account, edit.security or "", edit.lot or "", edit.shares)
        for edit in edits
    )


def edits_of(
    wishes: Sequence[Wish], household: document.Household, plan: Plan
) -> tuple[tuple[Edit, ...], ...]:
    """Each wish as the engine's edits; dollars become shares at today's prices, in whole increments, never more than asked.

    Raises `Unasked` for the first wish that this household cannot be asked.
    """
    facts = _Facts.of(household, plan)
    found, places = [], set()
    for number, wish in enumerate(wishes, start=1):
        edits = _EDITS[wish.kind](facts, wish, number)
        for edit in edits:
            place = (edit.kind is EditKind.NO_TRADE, edit.account, edit.security, edit.lot)
            if place in places:
                raise Unasked(
                    number,
                    f"Request {number} is about a trade that another request is about already.",
                    "Remove one of the two.",
                )
            places.add(place)
        found.append(edits)
    return tuple(found)


def in_words(wish: Wish, household: document.Household) -> str:
    """The wish as a sentence a reviewer reads."""
    names = {account.id: account.name for account in household.accounts}
    symbols = {security.id: security.symbol or security.id for security in household.securities}
    lots = {lot.id: lot for lot in household.lots}
    where, what = names.get(wish.account, wish.account), symbols.get(wish.security, wish.security)
    much = _much(wish)
    if wish.kind is WishKind.LEAVE:
        return f"Leave {what} in {where} alone." if what else f"Leave all of {where} alone."
    if wish.kind is WishKind.LOT:
        lot = lots.get(wish.lot)
        day = f" of {lot.acquired:%B} {lot.acquired.day}, {lot.acquired.year}" if lot and lot.acquired else ""
        held = symbols.get(lot.security, lot.security) if lot else what
        return f"Sell {much or 'all'} of the lot{day} of {held} in {where}."
    if wish.kind is WishKind.SPLIT:
        return f"Split the trade of {what} in {where}{_split_words(wish, names, symbols)}"
    if wish.kind is WishKind.SWAP:
        return f"In {where}, trade {symbols.get(wish.instead, wish.instead)} instead of {what}{f': {much}' if much else ''}."
    if wish.kind is WishKind.MOVE:
        there = names.get(wish.to_account, wish.to_account)
        return f"Trade {what} in {there} instead of {where}{f': {much}' if much else ''}."
    return f"{'Sell' if wish.kind is WishKind.SELL else 'Buy'} exactly {much} of {what} in {where}."


def _split_words(wish: Wish, names: dict[str, str], symbols: dict[str, str]) -> str:
    is_in_parts = wish.unit is Unit.PARTS and wish.amount is not None
    now = f" into {wish.amount:.0f} equal parts: one now" if is_in_parts else f": {_much(wish)} now"
    rest = "at a later look"
    if wish.instead:
        rest = f"in {symbols.get(wish.instead, wish.instead)}"
    elif wish.to_account:
        rest = f"in {names.get(wish.to_account, wish.to_account)}"
    return f"{now}, the rest {rest}."


def _much(wish: Wish) -> str:
    if wish.amount is None:
        return ""
    if wish.unit is Unit.DOLLARS:
        return f"${wish.amount:,.2f}"
    shares = f"{wish.amount.normalize():,f}"
    return f"{shares} {'share' if wish.amount == 1 else 'shares'}"


@dataclass(frozen=True, slots=True)
class _Facts:
    accounts: dict[str, document.Account]
    securities: dict[str, document.Security]
    by_symbol: dict[str, str]
    lots: dict[str, document.Lot]
    orders: dict[tuple[str, str], Order]

    @classmethod
    def of(cls, household: document.Household, plan: Plan) -> _Facts:
        return cls(
            accounts={one.id: one for one in household.accounts},
            securities={one.id: one for one in household.securities},
            by_symbol={(one.symbol or one.id).casefold(): one.id for one in household.securities},
            lots={one.id: one for one in household.lots},
            orders={(one.account, one.security): one for one in plan.orders},
        )

    def account(self, name: str, number: int) -> document.Account:
        if name not in self.accounts:
            raise Unasked(
                number, f"Request {number} names no account of this household.", "Choose the account again."
            )
        return self.accounts[name]

    def security(self, name: str, number: int) -> document.Security:
        found = name if name in self.securities else self.by_symbol.get(name.casefold(), "")
        if not found:
            raise Unasked(
                number,
                f"Request {number} names {name or 'no security'}, which is neither held here nor in the model.",
                "Choose a security from the list.",
            )
        return self.securities[found]

    def shares(
        self, wish: Wish, account: document.Account, security: document.Security, number: int
    ) -> Decimal:
        """Shares of a wish in whole increments."""
        if wish.amount is None or wish.amount <= 0:
            raise Unasked(number, f"Request {number} says no amount.", "Enter shares or dollars above zero.")
        if wish.unit is Unit.PARTS:
            raise Unasked(
                number, f"Request {number} is no split, so it has no parts.", "Enter shares or dollars."
            )
        step = security.increment_in(account)
        raw = wish.amount / security.price if wish.unit is Unit.DOLLARS else wish.amount
        shares = (raw / step).to_integral_value(ROUND_DOWN) * step
        if shares <= 0:
            raise Unasked(
                number,
                f"Request {number} is for less than the smallest amount of {security.symbol or security.id} that can be traded.",
                f"Ask for at least {step.normalize():f} at ${security.price.normalize():f} each.",
            )
        return shares

    def planned(self, wish: Wish, security: document.Security, number: int) -> Order:
        order = self.orders.get((wish.account, security.id))
        if order is None:
            raise Unasked(
                number,
                f"Request {number} is about a trade that the plan does not have.",
                "Choose one of the trades of this revision, or sell or buy an exact amount.",
            )
        return order


def _leave(facts: _Facts, wish: Wish, number: int) -> tuple[Edit, ...]:
    account = facts.account(wish.account, number)
    security = facts.security(wish.security, number).id if wish.security else None
    return (_edit(number, EditKind.NO_TRADE, account.id, security),)


def _exactly(facts: _Facts, wish: Wish, number: int) -> tuple[Edit, ...]:
    account, security = facts.account(wish.account, number), facts.security(wish.security, number)
    kind = EditKind.SELL if wish.kind is WishKind.SELL else EditKind.BUY
    shares = facts.shares(wish, account, security, number)
    if kind is EditKind.SELL:
        held = sum(
            (
                lot.quantity
                for lot in facts.lots.values()
                if (lot.account, lot.security) == (account.id, security.id)
            ),
            ZERO,
        )
        if shares > held:
            raise Unasked(
                number,
                f"Request {number} sells more of {security.symbol or security.id} than {account.name} holds.",
                f"Ask for {held.normalize():f} shares at most.",
            )
    return (_edit(number, kind, account.id, security.id, shares=shares),)


def _lot(facts: _Facts, wish: Wish, number: int) -> tuple[Edit, ...]:
    lot = facts.lots.get(wish.lot)
    if lot is None or (wish.account and lot.account != wish.account):
        raise Unasked(number, f"Request {number} names no lot that is held.", "Choose the lot again.")
    shares = None
    if wish.amount is not None:
        shares = facts.shares(wish, facts.accounts[lot.account], facts.securities[lot.security], number)
        if shares > lot.quantity:
            raise Unasked(
                number,
                f"Request {number} sells more than the lot has.",
                f"Ask for {lot.quantity.normalize():f} shares at most.",
            )
    return (_edit(number, EditKind.SELL_LOT, lot.account, lot.security, lot=lot.id, shares=shares),)


def _swap(facts: _Facts, wish: Wish, number: int) -> tuple[Edit, ...]:
    """The planned trade is left alone, and as many dollars of the other security are traded in its account."""
    account = facts.account(wish.account, number)
    security, instead = facts.security(wish.security, number), facts.security(wish.instead, number)
    if instead.id == security.id:
        raise Unasked(number, f"Request {number} names the same security twice.", "Choose another security.")
    order = facts.planned(wish, security, number)
    kind = EditKind.SELL if order.side is Side.SELL else EditKind.BUY
    shares = facts.shares(_as_planned(wish, order), account, instead, number)
    return (
        _edit(number, EditKind.NO_TRADE, account.id, security.id, part="left"),
        _edit(number, kind, account.id, instead.id, shares=shares),
    )


def _move(facts: _Facts, wish: Wish, number: int) -> tuple[Edit, ...]:
    """The planned trade is left alone, and as much of the security is traded in the other account."""
    account, there = facts.account(wish.account, number), facts.account(wish.to_account, number)
    security = facts.security(wish.security, number)
    if there.id == account.id:
        raise Unasked(number, f"Request {number} names the same account twice.", "Choose another account.")
    order = facts.planned(wish, security, number)
    kind = WishKind.SELL if order.side is Side.SELL else WishKind.BUY
    moved = replace(_as_planned(wish, order), kind=kind, account=there.id)
    return (
        _edit(number, EditKind.NO_TRADE, account.id, security.id, part="left"),
        *_exactly(facts, moved, number),
    )


def _split(facts: _Facts, wish: Wish, number: int) -> tuple[Edit, ...]:
    """A part of the planned trade now; the rest waits, or is traded in another account or security."""
    account, security = facts.account(wish.account, number), facts.security(wish.security, number)
    if wish.instead and wish.to_account:
        raise Unasked(
            number,
            f"Request {number} names another security and another account for the rest.",
            "Choose one of the two.",
        )
    order = facts.planned(wish, security, number)
    part = facts.shares(_first_part(wish, order, number), account, security, number)
    if part >= order.shares:
        raise Unasked(
            number,
            f"Request {number} leaves no rest: the plan trades {order.shares.normalize():f} shares of {security.symbol or security.id}.",
            "Ask for fewer now.",
        )
    is_sale = order.side is Side.SELL
    now = _edit(
        number,
        EditKind.SELL if is_sale else EditKind.BUY,
        account.id,
        security.id,
        shares=part,
        part="now",
        reason="" if wish.instead or wish.to_account else LATER,
    )
    if not (wish.instead or wish.to_account):
        return (now,)
    rest = Wish(
        WishKind.SELL if is_sale else WishKind.BUY,
        wish.to_account or account.id,
        wish.instead or security.id,
        amount=(order.shares - part) * order.price,
        unit=Unit.DOLLARS,
    )
    if (rest.account, facts.security(rest.security, number).id) == (account.id, security.id):
        raise Unasked(number, f"Request {number} names the same place twice.", "Choose another one.")
    return (now, *_exactly(facts, rest, number))


def _first_part(wish: Wish, order: Order, number: int) -> Wish:
    """The part of now in shares or dollars; of equal parts one."""
    if wish.unit is not Unit.PARTS:
        return wish
    if wish.amount is None or not 2 <= wish.amount <= PARTS_MAX or wish.amount % 1:
        raise Unasked(
            number,
            f"Request {number} does not say how many parts.",
            f"Enter a whole number from 2 to {PARTS_MAX}.",
        )
    return replace(wish, amount=order.shares / wish.amount, unit=Unit.SHARES)


def _as_planned(wish: Wish, order: Order) -> Wish:
    """The wish with the plan's own dollars where it says no amount."""
    if wish.amount is not None:
        return wish
    return replace(wish, amount=order.shares * order.price, unit=Unit.DOLLARS)


def _edit(
    number: int,
    kind: EditKind,
    account: str,
    security: str | None,
    *,
    lot: str | None = None,
    shares: Decimal | None = None,
    part: str = "",
    reason: str = "",
) -> Edit:
    return Edit(
        id=f"wish-{number:02d}{f'-{part}' if part else ''}",
        kind=kind,
        account=account,
        security=security,
        lot=lot,
        shares=shares,
        reason=reason,
    )


_EDITS = {
    WishKind.LEAVE: _leave,
    WishKind.SELL: _exactly,
    WishKind.BUY: _exactly,
    WishKind.LOT: _lot,
    WishKind.SWAP: _swap,
    WishKind.MOVE: _move,
    WishKind.SPLIT: _split,
}
