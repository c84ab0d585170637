"""Whether a custodian reports the basis of a sale to the IRS: by the kind of security and the day it was acquired.

IRC 6045(g)(3)(C); Treas. Reg. 1.6045-1(a)(15). The 1099-B itself rules; this only says which box of Form 8949 to expect.
"""

from __future__ import annotations

from datetime import date

from clients.models import Security

FROM = {
    Security.Kind.STOCK: date(2011, 1, 1),
    Security.Kind.ETF: date(2011, 1, 1),
    Security.Kind.MUTUAL_FUND: date(2012, 1, 1),
    Security.Kind.BOND: date(2014, 1, 1),
}


def is_covered(kind: str, acquired_on: date | None) -> bool | None:
    """Whether it is a covered security; None where its kind or its day does not say."""
    first = next((day for one, day in FROM.items() if one == kind), None)
    if first is None or acquired_on is None:
        return None
    return acquired_on >= first
