"""Explains to a client why a trade was made or was not made, from the plan's codes and figures.

The desk's sentences are not reused; each code has its own wording for clients.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from clients import figures
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents.plan import ClassPosition, Order, Plan, Reason, Side, Skipped, SkipReason
from rebalancing.engine.wording import places_between

ZERO = Decimal(0)

NOT_SOLD = {
    SkipReason.ACCOUNT_NOT_TRADED: "We do not trade this account at present.",
    SkipReason.FROZEN: "This holding cannot be traded at present.",
    SkipReason.CLIENT_RESTRICTION: "You asked us to keep it.",
    SkipReason.FIRM_RESTRICTION: "Our firm cannot trade it for any client at present.",
    SkipReason.ADVISOR_NO_TRADE: "Your advisor decided to leave it as it is this time.",
    SkipReason.ADVISOR_BUYS: "Your advisor decided to buy it this time.",
    SkipReason.LOCKED: "These shares are locked and may not be sold.",
    SkipReason.BASIS_UNKNOWN: "What these shares cost is not on record, so the tax of selling them is not known.",
    SkipReason.SHORT_TERM_GAIN: "Selling it now would be taxed as a short-term gain, which your policy avoids.",
    SkipReason.ALMOST_LONG_TERM: "Its gain soon counts as long-term, which is taxed less.",
    SkipReason.LOSSES_NOT_HARVESTED: "Your policy does not sell at a loss to save tax here.",
    SkipReason.PERMANENTLY_DISALLOWED: "Shares of the same security were bought in another account, so the loss would not count for your taxes.",
    SkipReason.LOT_ORDER: "Older shares would have to be sold first, and we are keeping those.",
    SkipReason.CASH_ONLY: "This time we are only investing cash or raising the cash that is needed.",
    SkipReason.WASH_SALE: "Shares of the same security were bought within 30 days, so the loss would not count for your taxes now.",
    SkipReason.BOUGHT_IN_PLAN: "We are buying the same security in another account for you, so a loss would not count for your taxes now.",
    SkipReason.TAX_TOO_HIGH: "The tax cost would be larger than the benefit.",
    SkipReason.OTHERS_COST_LESS: "Other sales have the same effect at a lower cost.",
    SkipReason.NOT_HARVESTED: "Taking this loss would not be worth its cost at present.",
    SkipReason.SETTLES_LATE: "The money from it would arrive too late to pay for what would be bought.",
    SkipReason.BELOW_MINIMUM: "The trade would be smaller than we make in this account.",
    SkipReason.NOT_WORTH_AN_ORDER: "The trade would change hardly anything.",
}
OF_THE_DESK = frozenset({SkipReason.BELOW_MINIMUM, SkipReason.NOT_WORTH_AN_ORDER})
"""Codes of orders that change hardly anything: the desk reads of them, and clients are not told."""
UNSAID = "We reviewed it and left it unchanged."
"""For plans made before these codes existed."""


def worth_telling(skipped: tuple[Skipped, ...]) -> tuple[Skipped, ...]:
    """What clients are told of what was left alone."""
    return tuple(one for one in skipped if one.reason not in OF_THE_DESK)


def why_not(skipped: Skipped) -> str:
    """Why something was left alone."""
    if skipped.reason is None:
        return UNSAID
    if skipped.reason is SkipReason.TAX_TOO_HIGH and skipped.gain is not None:
        return f"Selling it would realize a gain of {figures.money(skipped.gain)}; the tax cost would be larger than the benefit."
    return NOT_SOLD[skipped.reason]


def why(
    order: Order,
    *,
    plan: Plan,
    securities: Mapping[str, document.Security],
    names: Mapping[str, str],
    says_gain: bool = True,
) -> str:
    """Why an order is there; `names` are those of the classes. `says_gain` adds what it is estimated to realize."""
    told = {
        Reason.EDIT: "Your advisor asked for this trade.",
        Reason.RAISE_CASH: "It raises the cash that the account needs.",
        Reason.INVEST_CASH: "It invests the account's available cash.",
        Reason.FUND_PURCHASE: "It pays for purchases in the same account.",
        Reason.REDUCE_CAP: "It is above the limit in your policy.",
        Reason.WIND_DOWN: "We sell this earlier holding over time.",
        Reason.HARVEST_LOSS: "It realizes a loss that can be used against gains on your tax return.",
        Reason.REPLACE_HARVESTED: _replaces(order, plan, securities),
    }.get(order.reason, "")
    weights = (
        "" if order.reason in {Reason.EDIT, Reason.WIND_DOWN} else _weight(order, plan, securities, names)
    )
    parts = (told, weights, _gain(order) if says_gain else "")
    return (
        " ".join(part for part in parts if part) or "It brings your portfolio closer to what you agreed on."
    )


def _replaces(order: Order, plan: Plan, securities: Mapping[str, document.Security]) -> str:
    sold = [
        securities[other.security].name or securities[other.security].symbol
        for other in plan.orders
        if other.account == order.account and other.side is Side.SELL and other.reason is Reason.HARVEST_LOSS
    ]
    return f"It replaces {' and '.join(dict.fromkeys(sold))}, sold at a loss." if sold else ""


def _weight(
    order: Order, plan: Plan, securities: Mapping[str, document.Security], names: Mapping[str, str]
) -> str:
    """Where the security's main asset class stood relative to its range."""
    parts = securities[order.security].weights
    if not parts:
        return ""
    largest = max(parts, key=lambda part: (part.weight, part.asset_class)).asset_class
    scopes = {one.account: one for one in plan.before.classes if one.asset_class == largest}
    stood: ClassPosition | None = scopes.get(order.account) or scopes.get(None)
    if stood is None:
        return ""
    where = "your portfolio" if stood.account is None else "the account"
    position = "outside" if stood.out_of_band else "inside"
    places = places_between(stood.weight, stood.lower, stood.upper)
    weight, lower, upper, target = (
        figures.weight(one, places=places) for one in (stood.weight, stood.lower, stood.upper, stood.target)
    )
    return (
        f"{names[largest]} stood at {weight} of {where}, {position} the range of {lower} to {upper} in your policy, "
        f"which aims at {target}."
    )


def _gain(order: Order) -> str:
    """The gain or loss a taxable sale realizes."""
    known = [lot.gain for lot in order.lots if lot.gain is not None]
    if order.side is Side.BUY or not known:
        return ""
    gain = sum(known, ZERO)
    return f"It realizes {'a gain' if gain >= ZERO else 'a loss'} of {figures.money(abs(gain))}."
