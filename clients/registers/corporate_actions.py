"""The register of corporate actions: what is announced of them, row by row.

Agreeing to one, applying it and taking it back are verbs of `clients.corporate_actions`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any

from clients.models import CorporateAction
from clients.registers import corporate_action_terms as terms
from clients.registers.register import Register
from compliance.actions import Action


def words(row: Any) -> str:
    """`Stock split of ZUS on Dec 1, 2026: 4 for 1`."""
    said = terms.told(REGISTER.values_of(row))
    return f"{row}: {said}" if said else str(row)


def splits(securities: Collection[int], *, since: date, until: date) -> dict[int, list[tuple[date, Decimal]]]:
    """The agreed splits and stock dividends of these securities with a day from `since` to `until`: day and ratio."""
    found: dict[int, list[tuple[date, Decimal]]] = {}
    rows = CorporateAction.objects.filter(
        security__in=securities,
        kind__in=[str(one) for one in terms.WHOLE_RATIO],
        effective_on__gte=since,
        effective_on__lte=until,
        ended_at=None,
        agreement__isnull=False,
    )
    for row in rows:
        found.setdefault(row.security_id, []).append((row.effective_on, terms.of(row).ratio))
    return found


REGISTER = Register(
    name="corporate_action",
    model=CorporateAction,
    columns=(
        *("security", "kind", "effective_on", "shares_new", "shares_old", "cash", "new_security"),
        *("new_symbol", "new_cusip", "basis_share", "value", "lieu_price", "is_taxable"),
        *("source", "document", "source_file"),
    ),
    about=lambda row: row.security,
    words=words,
    entered=Action.CORPORATE_ACTION_ENTERED,
    changed=Action.CORPORATE_ACTION_CHANGED,
    ended=Action.CORPORATE_ACTION_ENDED,
    refusal=terms.refusal,
    kept=("security", "kind", "source_file"),
)
