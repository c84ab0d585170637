"""Realized gains: the only writer of the table. A sale repeated by any file is recognized."""

from __future__ import annotations

import copy
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clients.custodians.rows import ClosedLotRow
from clients.holdings import bulk, lot_matching
from clients.holdings.account_changes import SaleChange
from clients.models import Account, CustodianFile, RealizedGain, Security
from clients.securities import securities as naming
from rebalancing.engine.money import cents
from rebalancing.engine.tax import holding_periods

ZERO = Decimal(0)

# What a later file may restate about the same sale, because a later purchase can disallow its loss.
_RESTATED = ("acquired_on", "basis", "disallowed", "term")
_WRITTEN = ("key", *_RESTATED)
_WHERE_FROM = ("source_file", "source_line")


@dataclass(frozen=True, slots=True)
class Changes:
    """What a file's closed lots would change on record: sales to add and to restate. None are removed."""

    new: tuple[RealizedGain, ...]
    changed: tuple[RealizedGain, ...]
    unchanged: int
    before: tuple[RealizedGain, ...] = ()
    """The changed ones as the record had them."""

    @property
    def told(self) -> tuple[SaleChange, ...]:
        """What is stated anew, for those who follow files."""
        return tuple(SaleChange(*one) for one in zip(self.before, self.changed, strict=True))

    @property
    def counts(self) -> dict[str, int]:
        return {"new": len(self.new), "changed": len(self.changed), "unchanged": self.unchanged}


def reason_left_out(row: ClosedLotRow) -> str | None:
    """Why a closed lot cannot become a realized gain, as a sentence; None when it can."""
    facts = {"sale day": row.closed_on, "proceeds": row.proceeds}
    missing = [name for name, fact in facts.items() if fact is None]
    if not missing:
        return None
    return f"The sale of {row.symbol} names no {' and no '.join(missing)}, so it is not imported."


def on_record(accounts: Sequence[Account]) -> dict[int, list[RealizedGain]]:
    """The sales on record of many accounts, by account."""
    found: dict[int, list[RealizedGain]] = {one.pk: [] for one in accounts}
    sales = RealizedGain.objects.filter(account__in=found).select_related("source_file", "security")
    for gain in sales.defer("source_file__content"):
        found[gain.account_id].append(gain)
    return found


def changes(
    account: Account,
    rows: Sequence[ClosedLotRow],
    on_record_before: Iterable[RealizedGain],
    *,
    securities: Mapping[str, Security],
    as_of_on: date,
    source_file: CustodianFile | None = None,
) -> Changes:
    """Compare a file's closed lots with the sales on record (`on_record_before`), without writing anything.

    A file older than the one that a sale came from does not restate it.
    """
    on_record = {(gain.security_id, gain.key): gain for gain in on_record_before}
    new, changed, before, unchanged = [], [], [], 0
    met: Counter[tuple[int, str]] = Counter()
    listed = []
    for row in rows:
        if reason_left_out(row):
            continue
        security = securities[naming.symbol_named_by(row)]
        fresh = _gain(account, row, security, source_file=source_file)
        met[security.pk, fresh.key] += 1
        fresh.key += f"#{met[security.pk, fresh.key]}"
        listed.append(fresh)
    elsewhere = _under_another_day(listed, on_record)
    for fresh in listed:
        place = (fresh.security_id, fresh.key)
        known = on_record.get(place) or elsewhere.get(place)
        if known is None:
            new.append(fresh)
            continue
        is_same = all(getattr(known, name) == getattr(fresh, name) for name in _WRITTEN)
        if is_same or _is_newer(known.source_file, than=as_of_on):
            unchanged += 1
            continue
        before.append(copy.copy(known))
        for name in (*_WRITTEN, *_WHERE_FROM):
            setattr(known, name, getattr(fresh, name))
        changed.append(known)
    return Changes(tuple(new), tuple(changed), unchanged, tuple(before))


def add_from_file(found: Iterable[Changes]) -> None:
    """Write what `changes` found in many accounts. A sale that a file no longer lists stays on record."""
    found = list(found)
    bulk.insert(RealizedGain, [gain for one in found for gain in one.new])
    names = [RealizedGain._meta.get_field(name).attname for name in (*_WRITTEN, *_WHERE_FROM)]  # type: ignore[union-attr]
    bulk.update(
        RealizedGain,
        (*_WRITTEN, *_WHERE_FROM),
        [(gain.pk, *(getattr(gain, name) for name in names)) for one in found for gain in one.changed],
    )


def _under_another_day(
    listed: Sequence[RealizedGain], on_record: Mapping[tuple[int, str], RealizedGain]
) -> dict[tuple[int, str], RealizedGain]:
    """Sales on record that a file lists with another day of acquisition, by the place of the file's row.

    A basis that comes late, or a corrected day, is no further sale. Shares, proceeds and the day of the sale say that it is
    the same one; where the file lists fewer or more of them than the record holds, none is taken for another.
    """
    keys = {(one.security_id, one.key) for one in listed}
    fresh: dict[tuple[object, ...], list[RealizedGain]] = defaultdict(list)
    left: dict[tuple[object, ...], list[RealizedGain]] = defaultdict(list)
    for one in listed:
        if (one.security_id, one.key) not in on_record:
            fresh[_place(one)].append(one)
    if not fresh:
        return {}
    for where, one in on_record.items():
        if where not in keys:
            left[_place(one)].append(one)
    found: dict[tuple[int, str], RealizedGain] = {}
    for place, here in fresh.items():
        there = left[place]
        if len(there) == len(here):
            by_day = sorted(there, key=_by_day), sorted(here, key=_by_day)
            found |= {(one.security_id, one.key): known for known, one in zip(*by_day, strict=True)}
    return found


def _place(one: RealizedGain) -> tuple[object, ...]:
    return one.security_id, one.sold_on, one.quantity.quantize(lot_matching.MILLIONTH), one.proceeds


def _by_day(one: RealizedGain) -> tuple[date, str]:
    return one.acquired_on or date.min, one.key


def _gain(
    account: Account, row: ClosedLotRow, security: Security, *, source_file: CustodianFile | None
) -> RealizedGain:
    assert row.closed_on is not None, "reason_left_out was asked first"
    assert row.proceeds is not None, "reason_left_out was asked first"
    acquired_on, sold_on = row.opened_on, row.closed_on
    if acquired_on is not None and acquired_on > sold_on:
        # Sold short: the gain is realized on the day the shares were bought back (Reg. 1.1233-1(a)).
        sold_on, acquired_on = acquired_on, None
    proceeds = cents(row.proceeds)
    opened = row.opened_on or "unknown"
    return RealizedGain(
        account=account,
        security=security,
        key=f"{opened}>{row.closed_on}:{row.quantity.normalize():f}@{proceeds}",
        acquired_on=acquired_on,
        sold_on=sold_on,
        quantity=row.quantity,
        proceeds=proceeds,
        basis=None if row.basis_total is None else cents(row.basis_total),
        disallowed=cents(row.loss_disallowed or ZERO),
        term=_term(row),
        source_file=source_file,
        source_line=row.origin.line or None,
    )


def _term(row: ClosedLotRow) -> str:
    """As the file states it, otherwise from the dates (IRC 1222); empty where neither is known."""
    if row.gain_long and not row.gain_short:
        return str(RealizedGain.Term.LONG)
    if row.gain_short and not row.gain_long:
        return str(RealizedGain.Term.SHORT)
    if row.term:
        return str(RealizedGain.Term.LONG if row.term == "long" else RealizedGain.Term.SHORT)
    if row.opened_on is None or row.closed_on is None:
        return ""
    if row.opened_on > row.closed_on:
        return str(RealizedGain.Term.SHORT)
    is_long = holding_periods.term(row.opened_on, row.closed_on) is holding_periods.Term.LONG
    return str(RealizedGain.Term.LONG if is_long else RealizedGain.Term.SHORT)


def _is_newer(file: CustodianFile | None, *, than: date) -> bool:
    return file is not None and file.as_of_on is not None and file.as_of_on > than
