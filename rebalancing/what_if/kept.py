"""The firm as it is, kept in this process between two questions: whoever tries widths asks the same firm ten times.

Every change of the record commits with its line on the audit trail, so that what was read stands until the trail has a newer
line. Lots and positions are let go: what they come to by class is kept.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from threading import Lock
from typing import Any

from django.db import connection

from compliance.models import AuditEvent
from rebalancing.firm_scan import facts as firm_facts
from rebalancing.firm_scan.facts import FirmFacts
from rebalancing.what_if.answers import Present

Key = tuple[str, date, date, str]

_lock = Lock()
_kept: dict[Key, Present] = {}


def present(*, market_on: date, trade_on: date) -> Present:
    """The firm on a market day, read now unless nothing has happened since it was read."""
    if connection.in_atomic_block:
        # What a transaction wrote and has not committed is nobody else's.
        return Present.of(firm_facts.read(market_on=market_on, trade_on=trade_on))
    # Asked for before anything is read: a line that comes meanwhile makes the next question read again.
    newest = AuditEvent.objects.newest_first().values_list("hash", flat=True).first() or ""
    key = (str(connection.settings_dict["NAME"]), market_on, trade_on, newest)
    with _lock:
        found = _kept.get(key)
    if found is None:
        found = lighter(Present.of(firm_facts.read(market_on=market_on, trade_on=trade_on)))
        with _lock:
            _kept.clear()
            _kept[key] = found
    return found


def lighter(whole: Present) -> Present:
    """The same without the firm's lots and positions, which are most of it."""
    facts = whole.facts
    light: FirmFacts = replace(
        facts,
        lots=_emptied(facts.lots),
        positions=_emptied(facts.positions),
        stated=_emptied(facts.stated, but="is_apart"),
    )
    return replace(whole, facts=replace(light, stated=replace(light.stated, without_lots=light.positions)))


def _emptied(arrays: Any, *, but: str = "") -> Any:
    kept = {
        one.name: value[:0]
        for one in fields(arrays)
        if one.name != but and hasattr(value := getattr(arrays, one.name), "dtype")
    }
    return replace(arrays, **kept)
