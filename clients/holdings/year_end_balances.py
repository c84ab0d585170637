"""Balances of December 31 from what is on record that day: the value of a retirement account, where all of it is known.

Holdings are replaced by the custodian's next file, so the value is written down while they are those of the year's end.
A balance that a person has entered stays.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from clients.holdings import listings, valuation
from clients.households import distribution_facts
from clients.households.distribution_facts import CONCERNED, Figure
from clients.models import Account, DistributionFigure, Position, TaxLot
from clients.securities import securities
from compliance.people.actors import Actor
from rebalancing.engine.market.calendars import new_york

DECEMBER_31 = (12, 31)


def note(*, on: date, by: Actor, at: datetime) -> int:
    """Write down the balances of the last December 31 that are on record now. Returns how many."""
    year_end = date(on.year - 1, *DECEMBER_31) if (on.month, on.day) != DECEMBER_31 else on
    last_session = new_york().session_on_or_before(year_end)
    known = DistributionFigure.objects.filter(
        account=OuterRef("pk"), kind=DistributionFigure.Kind.BALANCE, year=year_end.year + 1
    )
    # Also a balance that was taken back stays so: whoever did it had a reason.
    wanted = Account.objects.filter(
        ~Exists(known),
        registration__in=sorted(CONCERNED),
        closed_on=None,
        cash__as_of_on__range=(last_session, year_end),
    )
    found = wanted.select_related("owner__household", "cash").prefetch_related("positions__security")
    if on <= year_end:
        return 0
    return sum(_note(one, year_end=year_end, by=by, at=at) for one in found.order_by("pk"))


@transaction.atomic
def _note(account: Account, *, year_end: date, by: Actor, at: datetime) -> int:
    positions = list(account.positions.all())
    lots = list(listings.with_days(account.lots.filter(closed_on=None).select_related("security")))
    held_rows: list[Position | TaxLot] = [*positions, *lots]
    first = new_york().session_on_or_before(year_end)
    days = [*(one.as_of_on for one in positions), *map(listings.day_of, lots)]
    if any(not first <= day <= year_end for day in days):
        return 0
    held = {one.security_id: one.security for one in held_rows}
    prices = securities.prices_on(first, securities=held)
    if any(one.as_of_on != first for one in prices.values()):
        return 0
    value = valuation.of_account(
        lots=lots, positions=positions, securities=held, cash=account.cash, prices=prices
    )
    if value is None or value < 0:
        return 0
    figure = Figure(
        person=account.owner,
        account=account,
        kind=DistributionFigure.Kind.BALANCE,
        year=year_end.year + 1,
        amount=value,
        source=f"Holdings and cash on record of {first:%m/%d/%Y}, at that day’s closing prices",
    )
    distribution_facts.record_figure(
        figure, on=year_end.replace(year=year_end.year + 1), user_id=None, by=by, at=at
    )
    return 1
