"""The lots that our own orders sold: as estimated when they were released, as executed once they have ended."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db.models import F, QuerySet

from clients.corporate_actions import recognized
from clients.holdings import year_to_date
from clients.models import Account, Household
from compliance.statements.reads import prepared
from rebalancing import market_days
from rebalancing.models import ProposedLot
from rebalancing.portfolios import executed, sent_lots
from rebalancing.portfolios.gathered import Table
from rebalancing.portfolios.market import Market

RELEASED_BEFORE_DAYS = 7
"""The longest time between release and execution, over a long weekend."""
OF_A_SENT_LOT = (
    *("lot", "quantity", "basis", "gain", "disallowed", "term", "order__account__tax_unit"),
    "order__security__symbol",
)


@prepared
def _sent(keys: list[int], released_since: datetime) -> QuerySet[ProposedLot]:
    found = sent_lots.sent(
        ProposedLot.objects.filter(
            order__account__household__in=keys,
            order__account__tax_treatment=Account.TaxTreatment.TAXABLE,
            order__order__batch__released_at__gte=released_since,
        )
        .select_related("order__account", "order__security")
        .only(*OF_A_SENT_LOT)
    )
    return found.annotate(of_household=F("order__account__household"))


SENT = Table("sent lots", _sent)


def released_since(day: date) -> datetime:
    """Since when what is executed on a day or later may have been released."""
    return market_days.opened_at(day - timedelta(days=RELEASED_BEFORE_DAYS))


def sent(
    household: Household,
    *,
    since: date,
    trade_on: date,
    but: Collection[int] = (),
    market: Market | None = None,
) -> list[ProposedLot]:
    """The lots of taxed accounts that our own orders sold from `since` to the trade day. `but` are orders, by key, that are
    not counted because they have yet to leave.

    Most custodians report realized gains late or never; the desk knows what it sent.
    """

    found = (market or Market(trade_on)).table(household.pk, SENT, released_since(since))
    return executed.in_place_of_estimates(
        use
        for use in found
        if since <= sold_on(use) <= trade_on and use.sent_order not in but  # type: ignore[attr-defined]
    )


def in_year(household: Household, *, on: date) -> list[year_to_date.OwnSale]:
    """Sales by our own orders, and what corporate actions recognized, in taxable accounts this year up to a day."""
    orders = of(sent(household, since=date(on.year, 1, 1), trade_on=on), year=on.year)
    return orders + recognized.in_year([household], until=on)


def of(sent: list[ProposedLot], *, year: int) -> list[year_to_date.OwnSale]:
    """This year's own sales with the gain estimated for each when the orders were released."""
    return [
        year_to_date.OwnSale(
            tax_unit_id=use.order.account.tax_unit_id,
            account_id=use.order.account_id,
            security_id=use.order.security_id,
            symbol=use.order.security.symbol,
            sold_on=day,
            gain=None if use.gain is None else use.gain + use.disallowed,
            term=use.term,
        )
        for use in sent
        if (day := sold_on(use)).year == year and use.order.account.tax_unit_id is not None
    ]


def sold_on(use: ProposedLot) -> date:
    """The session in which a released sale was executed."""
    return sent_lots.sold_on(use)
