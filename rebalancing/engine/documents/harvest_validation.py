"""What must hold of the lots that are to be harvested: losses of taxed accounts, and what may stand in for them."""

from __future__ import annotations

from collections.abc import Iterator

from rebalancing.engine.documents.faults import Dangling, Fault, duplicates, fraction
from rebalancing.engine.documents.household import Household, Lot, Security
from rebalancing.engine.documents.objective import EditKind, Harvest, Mode


def harvest_faults(household: Household) -> Iterator[Fault]:
    rows, at = household.objective.harvest, "/objective/harvest"
    if household.objective.mode is not Mode.HARVEST:
        if rows:
            yield Fault(at, "belongs to the mode harvest only")
        return
    if not any(row.replacements for row in rows):
        yield Fault(at, "names no lot that may be replaced")
    for index, edit in enumerate(household.edits):
        if edit.kind is not EditKind.NO_TRADE:
            yield Fault(f"/edits/{index}/kind", "a harvest trades nothing else; only no_trade goes with it")
    yield from duplicates(at, [row.lot for row in rows])
    lots = {lot.id: lot for lot in household.lots}
    taxed = {account.id for account in household.accounts if account.is_taxed}
    chosen: dict[tuple[str, str], tuple[str, ...]] = {}
    for index, row in enumerate(rows):
        yield from fraction(f"{at}/{index}/later", row.later)
        lot = lots.get(row.lot)
        if lot is None:
            yield Dangling(f"{at}/{index}/lot", f"{row.lot!r} is no lot of this household")
            continue
        if lot.account not in taxed:
            yield Fault(f"{at}/{index}/lot", "stands in an account where no loss is recognized")
        if bool(row.replacements) == bool(row.left_because):
            yield Fault(f"{at}/{index}", "needs either replacements or the reason why it is left alone")
        yield from _replacements(household, f"{at}/{index}/replacements", row, lot)
        position = lot.account, lot.security
        if row.replacements and chosen.setdefault(position, row.replacements) != row.replacements:
            yield Fault(f"{at}/{index}/replacements", "are others than those of another lot of the position")


def _replacements(household: Household, at: str, row: Harvest, lot: Lot) -> Iterator[Fault]:
    securities = {security.id: security for security in household.securities}
    sold = securities.get(lot.security)
    for index, name in enumerate(row.replacements):
        bought = securities.get(name)
        if bought is None or sold is None:
            yield Dangling(f"{at}/{index}", f"{name!r} is no security of this household")
        elif name not in sold.replacements:
            yield Fault(f"{at}/{index}", f"{name!r} is no replacement of {sold.id!r}")
        elif bought.group == sold.group:
            yield Fault(f"{at}/{index}", f"{name!r} is substantially identical to {sold.id!r}")
        elif kept_part(bought) != kept_part(sold):
            yield Fault(f"{at}/{index}", f"{name!r} belongs to another class or sleeve than {sold.id!r}")


def kept_part(security: Security) -> tuple[str, str]:
    """The class and the sleeve (empty without one) that hold most of the security; the last by name among equals."""
    asset_class = max(((part.weight, part.asset_class) for part in security.weights), default=(None, ""))[1]
    return asset_class, max(((part.weight, part.sleeve) for part in security.sleeves), default=(None, ""))[1]
