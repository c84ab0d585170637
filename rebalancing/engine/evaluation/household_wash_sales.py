"""The wash-sale rule (``wash_sales.process``) applied to a household's sales and every purchase around them.

What is disallowed moves into the basis of the shares that replace (IRC 1091(d)). Where those are sold in the same plan
it comes out again with them; where they stay, it is deferred; in a retirement account it is lost for good
(Rev. Rul. 2008-5). In another taxpayer's account, a held-away one, or shares of which no lot is known, it is treated
as lost too, since its later effect is unknown here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from rebalancing.engine.documents.household import Account, Household, Lot
from rebalancing.engine.documents.recent_trades import RecentTradeKind
from rebalancing.engine.evaluation.situations import Position, Situation
from rebalancing.engine.money import ZERO, cents, cents_up, share_of
from rebalancing.engine.tax import wash_sales
from rebalancing.engine.tax.holding_periods import Term, term

LONG_AGO = date(1900, 1, 1)  # A lot whose purchase date is not known replaces nothing.
DUST = Decimal("0.000001")  # Dollars; smaller amounts are division remainders.
BETWEEN = "\n"  # The return and the owner.


@dataclass(frozen=True, slots=True)
class LotWash:
    """What the rule does to the sale of one lot, in dollars to the cent.

    ``disallowed``: the part of its loss that is not deducted now. ``added``: losses of other lots sold in the same plan
    that came into the basis of the shares sold. ``is_long``: those losses brought their holding period
    along, so that all of a short-term lot's shares count as long-term; where it is only some, ``tacked`` is what of the
    gain recognized does.
    """

    disallowed: Decimal = ZERO
    added: Decimal = ZERO
    is_long: bool = False
    tacked: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Washed:
    """By lot sold what the rule does, and by tax unit the losses deferred into shares that are still held."""

    lots: Mapping[str, LotWash]
    deferred: Mapping[str, Decimal]


def wash(
    situation: Situation, sold: Mapping[str, tuple[Decimal, Decimal]], bought: Mapping[Position, Decimal]
) -> Washed:
    """What becomes of the losses when ``sold`` lots (shares, proceeds) go and ``bought`` positions come on the trade
    day."""
    groups = {_group(situation, situation.lots[lot].security) for lot in sold} - {None}
    acquired = acquisitions(situation, _that_matter(situation, groups, sold))
    acquired = [a for a in acquired if a.wash_group in groups]
    acquired += [a for a in _own(situation, bought) if a.wash_group in groups]
    known = {acquisition.id: acquisition for acquisition in acquired}
    sales = [
        wash_sales.Sale(lot, situation.household.trade_on, lot, shares, proceeds)
        for lot, (shares, proceeds) in sold.items()
        if lot in known
    ]
    ledger = wash_sales.process(acquired, sales)
    pieces: dict[str, list[wash_sales.Outcome]] = {}
    for outcome in ledger.outcomes:
        pieces.setdefault(outcome.lot, []).append(outcome)
    lots = {lot: _lot_wash(known[lot], found) for lot, found in pieces.items()}
    deferred: dict[str, Decimal] = {}
    for left in ledger.open_lots:
        origin = known[left.id]
        unit = origin.holder.partition(BETWEEN)[0]
        if unit:
            own = share_of(origin.cost, left.shares, origin.shares)
            deferred[unit] = deferred.get(unit, ZERO) + left.basis - own
    return Washed(
        {lot: found for lot, found in lots.items() if found != LotWash()},
        {unit: _cents(amount) for unit, amount in deferred.items() if amount > DUST},
    )


def _lot_wash(lot: wash_sales.Acquisition, pieces: list[wash_sales.Outcome]) -> LotWash:
    shares = sum((piece.shares for piece in pieces), ZERO)
    basis = sum((piece.basis for piece in pieces), ZERO)
    added = basis - share_of(lot.cost, shares, lot.shares)
    is_short = term(lot.held_since or lot.on, pieces[0].on) is Term.SHORT
    tacked = [piece for piece in pieces if is_short and piece.term is Term.LONG]
    is_long = len(tacked) == len(pieces)
    return LotWash(
        disallowed=_cents(sum((piece.disallowed for piece in pieces), ZERO)),
        added=_cents(added),
        is_long=is_long,
        tacked=ZERO if is_long else cents(sum((piece.recognized for piece in tacked), ZERO)),
    )


def _cents(amount: Decimal) -> Decimal:
    """To the cent upward, and the same for what is disallowed and for what comes out again, so that they tie out."""
    return cents_up(amount - DUST) if amount > DUST else ZERO


def replacements(situation: Situation) -> dict[str, tuple[wash_sales.Acquisition, ...]]:
    """By wash group, what was or will be bought within 30 days of the trade day and has shares left that would
    disallow a loss; in the law's order."""
    on = situation.household.trade_on
    found: dict[str, list[wash_sales.Acquisition]] = {}
    for acquired in sorted(acquisitions(situation), key=lambda a: (a.on, a.id)):
        near = wash_sales.is_inside_window(acquired.on, on)
        if near and acquired.wash_group is not None and acquired.shares > acquired.shares_used:
            found.setdefault(acquired.wash_group, []).append(acquired)
    return {group: tuple(rows) for group, rows in found.items()}


def _that_matter(situation: Situation, groups: Collection[str | None], sold: Collection[str]) -> list[Lot]:
    """The lots of ``groups`` that are sold, or were bought near enough to replace what is."""
    on = situation.household.trade_on
    named = {security for security in situation.securities if _group(situation, security) in groups}
    return [
        lot
        for lot in situation.household.lots
        if lot.security in named
        and (lot.id in sold or wash_sales.is_inside_window(lot.acquired or LONG_AGO, on))
    ]


def acquisitions(situation: Situation, lots: Iterable[Lot] | None = None) -> list[wash_sales.Acquisition]:
    """Every lot held (or only ``lots``), and every known purchase that has no lot here."""
    household = situation.household
    used = used_shares(household)
    acquired = [
        wash_sales.Acquisition(
            id=lot.id,
            on=lot.acquired or LONG_AGO,
            shares=lot.quantity,
            cost=lot.basis or ZERO,
            owner=_owner(situation, lot.account),
            wash_group=_group(situation, lot.security),
            held_since=lot.held_since,
            shares_used=min(used.get(lot.id, ZERO), lot.quantity),
            holder=holder(situation.accounts[lot.account]),
        )
        for lot in (household.lots if lots is None else lots)
    ]
    for recent in household.recent_trades:
        if recent.kind is not RecentTradeKind.LOSS_SALE and recent.lot is None:
            account = situation.accounts.get(recent.account)
            # Bought already and without a lot here: no basis is known that the loss could move into.
            is_expected = account is not None and recent.on >= household.trade_on
            acquired.append(
                wash_sales.Acquisition(
                    id=f"recent {recent.id}",
                    on=recent.on,
                    shares=recent.shares,
                    cost=ZERO,
                    owner=_owner(situation, recent.account),
                    wash_group=_group(situation, recent.security),
                    shares_used=recent.shares_used,
                    holder=holder(account) if account is not None and is_expected else "",
                )
            )
    return acquired


def used_shares(household: Household) -> dict[str, Decimal]:
    """Shares of lots that have disallowed a loss before (Treas. Reg. 1.1091-1(e))."""
    used: dict[str, Decimal] = {}
    for recent in household.recent_trades:
        if recent.lot is not None:
            used[recent.lot] = used.get(recent.lot, ZERO) + recent.shares_used
    return used


def _own(situation: Situation, bought: Mapping[Position, Decimal]) -> list[wash_sales.Acquisition]:
    return [
        wash_sales.Acquisition(
            id=f"bought {account} {security}",
            on=situation.household.trade_on,
            shares=shares,
            cost=ZERO,
            owner=_owner(situation, account),
            wash_group=_group(situation, security),
            holder=holder(situation.accounts[account]),
        )
        for (account, security), shares in bought.items()
    ]


def holder(account: Account) -> str:
    """In whose hands the account is: its return and its owner; empty where trades are not taxed."""
    return f"{account.tax_unit}{BETWEEN}{account.owner}" if account.is_taxed and account.tax_unit else ""


def _owner(situation: Situation, account: str) -> wash_sales.Owner:
    """Whether gains are taxed there; ``holder`` says whose they are. Held-away accounts count as taxed."""
    found = situation.accounts.get(account)
    return wash_sales.Owner.IRA if found is not None and not found.is_taxed else wash_sales.Owner.SELF_TAXABLE


def _group(situation: Situation, security: str) -> str | None:
    found = situation.securities[security]
    return found.group if found.wash_applies else None
