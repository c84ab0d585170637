"""Replacements of securities as files name them, behind those that a person approved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from clients.custodians.rows import SecurityRow
from clients.models import Replacement, Security


def restate(rows: Sequence[SecurityRow], by_symbol: Mapping[str, Security]) -> None:
    """Replacements approved by a person stay first in their order; the file's own follow in its order."""
    named = {symbol for row in rows for symbol in row.replacements}
    known = dict(by_symbol) | Security.objects.in_bulk(named - set(by_symbol), field_name="symbol")
    here = Replacement.objects.filter(security__in=by_symbol.values())
    here.filter(approved_by=None).delete()
    approved: dict[int, list[Replacement]] = defaultdict(list)
    for one in here.order_by("security", "rank"):
        approved[one.security_id].append(one)
    fresh = []
    for row in rows:
        security = by_symbol[row.symbol]
        kept = approved[security.pk]
        others = [
            known[symbol]
            for symbol in dict.fromkeys(row.replacements)
            if symbol in known and symbol != row.symbol
        ]
        taken, last = {one.replacement_id for one in kept}, max((one.rank for one in kept), default=0)
        others = [one for one in others if one.pk not in taken]
        fresh += [
            Replacement(security=security, replacement=one, rank=rank)
            for rank, one in enumerate(others, start=last + 1)
        ]
    Replacement.objects.bulk_create(fresh)
