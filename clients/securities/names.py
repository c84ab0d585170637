"""What a security is and was called: facts that were written under a former symbol are about the same security."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from clients.models import FormerSymbol, Security


def former(security: Security) -> frozenset[str]:
    """The symbols that it had before."""
    rows = FormerSymbol.objects.filter(security=security)
    return frozenset(rows.values_list("symbol", flat=True)) - {security.symbol}


def now_called(security: Security) -> dict[str, str]:
    """Its symbol by each of its former ones."""
    return dict.fromkeys(former(security), security.symbol)


def renamed(symbols: Collection[str]) -> dict[str, str]:
    """Of these symbols those that nobody has any more and that one security had, with what it is called now."""
    strangers = set(symbols) - set(
        Security.objects.filter(symbol__in=symbols).values_list("symbol", flat=True)
    )
    if not strangers:
        return {}
    found: dict[str, set[str]] = defaultdict(set)
    rows = FormerSymbol.objects.filter(symbol__in=strangers)
    for symbol, now in rows.values_list("symbol", "security__symbol"):
        found[symbol].add(now)
    return {symbol: names.pop() for symbol, names in found.items() if len(names) == 1}
