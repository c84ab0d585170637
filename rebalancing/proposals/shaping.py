"""Shaping a plan: what an advisor asks for, several wishes at once, worked out on today's facts before anything is stored.

A wish is about one trade: leave it alone, sell or buy exactly so much, sell this lot, trade another security instead, or in
another account. All of them are handed to the engine as edits and solved together; everything else is planned around them.
What each wish costs is the difference to the plan without it. `proposals.revise` makes the revision from the same
working out, so that what was looked at is what is stored, or the facts have moved and it says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

from compliance.refusals import BadInput, Blocked, Conflict
from rebalancing import market_days
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents import validation
from rebalancing.engine.documents.objective import Edit, EditKind, Objective
from rebalancing.engine.documents.plan import Order, Plan, Side, State
from rebalancing.engine.documents.serializing import digest
from rebalancing.engine.money import ZERO
from rebalancing.models import Proposal, Revision
from rebalancing.portfolios import portfolios
from rebalancing.proposals import harvests, revisions
from rebalancing.triggers import measures, triggers
from rebalancing.triggers.trigger import Trigger
from rebalancing.waiting import overrides, year_end

WISHES_MAX = 12
CORRECT = "Correct the record, then try again."
OTHERWISE = "Ask for something else, or for less of it."


class WishKind(StrEnum):
    LEAVE = "leave"
    SELL = "sell"
    BUY = "buy"
    LOT = "lot"
    SWAP = "swap"
    MOVE = "move"


class Unit(StrEnum):
    SHARES = "shares"
    DOLLARS = "dollars"


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing asked for. ``security`` empty: all of the account (leave only). ``amount`` in ``unit``; None takes the whole lot,
    or as much as the present plan trades. ``instead`` is the security of a swap, ``to_account`` the account of a move.
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


class Moved(Conflict):
    """The facts are others than those on which the plan was worked out that somebody looked at."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A plan on today's facts, with what was asked of it; nothing of it is stored. ``said`` says each wish in words."""

    portfolio: portfolios.Portfolio
    plan: Plan
    called_by: tuple[Trigger, ...]
    edits: tuple[tuple[Edit, ...], ...]
    said: tuple[str, ...]
    last: Revision

    @property
    def digest(self) -> str:
        """What somebody who keeps it has seen: the plan, which names the document that it answers."""
        return digest(self.plan)

    def without(self, number: int) -> Plan:
        """The plan with all wishes but one."""
        edits = tuple(edit for place, one in enumerate(self.edits) if place != number for edit in one)
        household = replace(self.portfolio.household, edits=edits)
        _, plan = _proposed(replace(self.portfolio, household=household), self.called_by, self.last)
        return plan


@dataclass(frozen=True, slots=True)
class WishCost:
    """What one wish adds: dollars of estimated tax, and distance from target as a fraction of one; None where the plan without
    it could not be worked out."""

    said: str
    tax: Decimal | None
    drift: Decimal | None


def try_out(
    proposal: Proposal,
    last: Revision,
    *,
    objective: Objective | None,
    wishes: Sequence[Wish] = (),
    edits: Sequence[Edit] = (),
    at: datetime,
) -> Tried:
    """Work a plan out on today's facts, with every wish; ``edits`` are asked as they are. Stores nothing.

    Raises `Unasked` for a wish that cannot be asked, `Blocked` where the household cannot be measured.
    """
    portfolio = portfolios.load(
        proposal.household,
        as_of_on=market_days.last_close(at),
        trade_on=market_days.trade_day(at),
        objective=objective,
        edits=edits,
    )
    if isinstance(portfolio, portfolios.NotMeasurable):
        raise Blocked(" ".join(portfolio.reasons), CORRECT)
    asked = edits_of(wishes, portfolio.household, revisions.plan_of(last))
    every = (*edits, *(edit for one in asked for edit in one))
    if wishes:
        portfolio = replace(portfolio, household=replace(portfolio.household, edits=every))
        if faults := validation.faults_in(portfolio.household):
            raise BadInput(" ".join(f"{fault}." for fault in faults), OTHERWISE)
    if year_end.CODE not in overrides.in_force(proposal.household, on=portfolio.household.trade_on):
        portfolio = year_end.kept_back(portfolio, revisions.household_of(last), edits=every)
    called_by = tuple(triggers.find(portfolio, measures.measure(portfolio)))
    portfolio, plan = _proposed(portfolio, called_by, last)
    said = tuple(in_words(wish, portfolio.household) for wish in wishes)
    return Tried(portfolio, plan, called_by, asked, said, last)


def keepable(tried: Tried, *, seen: str = "") -> Tried:
    """The same where it may become a revision. Raises `Moved` where somebody saw another plan, `Blocked` where nothing would be
    traded or a limit could not be met."""
    if seen and seen != tried.digest:
        raise Moved(
            "Prices, holdings or the policy changed since this was worked out, so the plan is another one now.",
            "It was worked out again below. Look at it, then keep it.",
        )
    if tried.plan.state is not State.READY:
        raise Blocked(tried.plan.summary, "Withdraw the proposal, or ask for something else.")
    return tried


def costs(tried: Tried) -> tuple[WishCost, ...]:
    """What each wish costs on top of the others: the plan with all of them, less the plan without it."""
    found = []
    for number, said in enumerate(tried.said):
        without = tried.without(number)
        if State.IMPOSSIBLE in (without.state, tried.plan.state):
            found.append(WishCost(said, None, None))
        else:
            tax = tried.plan.tax_change - without.tax_change
            found.append(WishCost(said, tax, tried.plan.after.drift - without.after.drift))
    return tuple(found)


def wishes_of(edits: Iterable[Edit]) -> tuple[Wish, ...]:
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
    if wish.kind is WishKind.SWAP:
        return f"In {where}, trade {symbols.get(wish.instead, wish.instead)} instead of {what}{f': {much}' if much else ''}."
    if wish.kind is WishKind.MOVE:
        there = names.get(wish.to_account, wish.to_account)
        return f"Trade {what} in {there} instead of {where}{f': {much}' if much else ''}."
    return f"{'Sell' if wish.kind is WishKind.SELL else 'Buy'} exactly {much} of {what} in {where}."


def _much(wish: Wish) -> str:
    if wish.amount is None:
        return ""
    if wish.unit is Unit.DOLLARS:
        return f"${wish.amount:,.2f}"
    shares = f"{wish.amount.normalize():,f}"
    return f"{shares} {'share' if wish.amount == 1 else 'shares'}"


def _proposed(
    portfolio: portfolios.Portfolio, called_by: Sequence[Trigger], last: Revision
) -> tuple[portfolios.Portfolio, Plan]:
    investable = measures.measure(portfolio).investable
    return harvests.proposer(called_by, investable, last=last)(portfolio)


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
) -> Edit:
    return Edit(
        id=f"wish-{number:02d}{f'-{part}' if part else ''}",
        kind=kind,
        account=account,
        security=security,
        lot=lot,
        shares=shares,
    )


_EDITS = {
    WishKind.LEAVE: _leave,
    WishKind.SELL: _exactly,
    WishKind.BUY: _exactly,
    WishKind.LOT: _lot,
    WishKind.SWAP: _swap,
    WishKind.MOVE: _move,
}
