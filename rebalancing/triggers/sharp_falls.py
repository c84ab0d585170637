"""The market has fallen by what the firm calls sharp: a look between two dates, as far as the policy asks for one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, localcontext

from clients import figures
from clients.models import Policy
from compliance.firm.trigger_figures import FALL, FALL_SECURITY, FALL_SESSIONS
from rebalancing.engine.market.calendars import new_york
from rebalancing.engine.wording import dollars, percents
from rebalancing.portfolios.market import Market
from rebalancing.triggers import columns, losses, out_of_band, out_of_hard_range, sleeves_out_of_band
from rebalancing.triggers.columns import Columns, Truth
from rebalancing.triggers.history import SHARP_FALL, History
from rebalancing.triggers.trigger import Trigger

CODE = SHARP_FALL
NEEDS = ("high", "close", "least")
"""The highest close since the last look after a fall, within the firm's days; the last close; the firm's size of a fall."""
BANDS = frozenset({out_of_hard_range.CODE, out_of_band.CODE, sleeves_out_of_band.CODE})


def fires(facts: Columns) -> Truth:
    """A fall of at least that size. An unknown price is no fall."""
    with localcontext(prec=60):
        return columns.more_than(facts["high"], facts["close"]) & columns.at_least(
            facts["high"] - facts["close"], facts["least"] * facts["high"]
        )


def facts(closes: Mapping[date, Decimal], *, on: date, least: Decimal, since: date | None) -> Columns:
    """The exact facts of one household: closes of the firm's days, those before its last look after a fall left out, so
    that one fall calls once.
    """
    high = max((price for day, price in closes.items() if since is None or day >= since), default=None)
    return columns.one(high=high, close=closes.get(on), least=least)


def find(policy: Policy, history: History, *, market: Market, on: date) -> list[Trigger]:
    """The trigger of a policy that asks for a look after a fall; `on` is the market day."""
    if not policy.on_fall:
        return []
    firm = market.settings_on(on)
    symbol, least = firm.of(FALL_SECURITY), firm.of(FALL)
    closes = closes_of(market, symbol, sessions=firm.of(FALL_SESSIONS), on=on)
    if not fires(facts(closes, on=on, least=least, since=history.fall_on)).yes[0]:
        return []
    counted = {
        day: price for day, price in closes.items() if history.fall_on is None or day >= history.fall_on
    }
    high_on = max(counted, key=lambda day: (counted[day], day))
    high, close = counted[high_on], closes[on]
    fell, _ = percents(1 - close / high, least)
    return [
        Trigger(
            code=CODE,
            sentence=(
                f"{symbol}, which stands for the market, fell {fell} from {dollars(high, cents=True)} on "
                f"{figures.day(high_on)} to {dollars(close, cents=True)} on {figures.day(on)}; {_asks(policy)}."
            ),
            figures={
                "security": symbol,
                "from_on": high_on.isoformat(),
                "from_price": f"{high:f}",
                "to_on": on.isoformat(),
                "to_price": f"{close:f}",
                "least": f"{least:f}",
                "only": policy.on_fall,
            },
        )
    ]


def closes_of(market: Market, symbol: str, *, sessions: int, on: date) -> dict[date, Decimal]:
    """The closes on record of the last day and of that many market days before it."""
    if not symbol:
        return {}
    first = on
    for _ in range(sessions):
        first = new_york().session_before(first)
    return market.closes(symbol, first, on)


def _asks(policy: Policy) -> str:
    if policy.on_fall == Policy.OnFall.HARVEST:
        return "after that the policy asks for a look at losses, and at nothing else"
    return "after that the policy asks for a look at the classes it names, and at nothing else"


def of_interest(
    policy: Policy, found: tuple[Trigger, ...], *, classes: frozenset[str]
) -> tuple[Trigger, ...]:
    """Of what calls for action, what the policy lets a fall call for; `classes` with the names of their sleeves."""
    if policy.on_fall == Policy.OnFall.HARVEST:
        return tuple(one for one in found if one.code == losses.CODE)
    return tuple(
        one for one in found if one.code in BANDS and one.figures["asset_class"].split("/")[0] in classes
    )
