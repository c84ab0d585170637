"""The average close by which the size of a round lot is set (Regulation NMS Rule 600(b)).

Listing markets set it twice a year: in May from the average close of March, in November from that of September.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db.models import Avg

from clients.models import Price

SPRING, AUTUMN = (5, 3), (11, 9)
"""The month from which a size holds, and the month whose closes it is made of."""


def average_close(security_id: int, *, on: date) -> Decimal | None:
    """The average close that sets the round lot of a security on a day; None without a price of that month."""
    year, month = measured_in(on)
    found = Price.objects.filter(security=security_id, as_of_on__year=year, as_of_on__month=month)
    average: Decimal | None = found.aggregate(average=Avg("price"))["average"]
    return average


def measured_in(on: date) -> tuple[int, int]:
    """The year and month whose closes set the size of a round lot on a day."""
    if on.month >= AUTUMN[0]:
        return on.year, AUTUMN[1]
    if on.month >= SPRING[0]:
        return on.year, SPRING[1]
    return on.year - 1, AUTUMN[1]
