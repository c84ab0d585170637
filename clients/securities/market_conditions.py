"""Market conditions: what a market day was like, entered one by one or many at once, corrected, taken back."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from io import StringIO

from django.db import transaction

from clients.models import MarketCondition, Security
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from rebalancing.engine.market.calendars import new_york

Kind = MarketCondition.Kind
COLUMNS = ("day", "kind", "symbol", "value")
ROWS_MAX = 5_000


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact as it was typed. `value`: a spread as a fraction of the price, or the level of the volatility index."""

    market_on: date
    kind: str
    security: Security | None
    value: Decimal | None


def fault(fact: Fact, *, today: date) -> str | None:
    """Why a fact cannot be put on record, as a sentence."""
    if fact.market_on > today:
        return "That day is still to come."
    if not new_york().is_session(fact.market_on):
        return f"{fact.market_on} is no market day."
    if fact.kind == Kind.HALT and fact.value is not None:
        return "A halt has no figure."
    if fact.kind == Kind.SPREAD:
        if fact.security is None:
            return "A spread is of a security."
        if fact.value is None or not 0 < fact.value < 1:
            return "A spread is a fraction of the price, above 0 and below 1, such as 0.0005."
    if fact.kind == Kind.IMPLIED:
        if fact.security is not None:
            return "The volatility index is of the whole market."
        if fact.value is None or not 0 < fact.value < 1000:
            return "The index stands above 0 and below 1,000."
    return None


@transaction.atomic
def record(fact: Fact, *, source: str, user_id: int, by: Actor, at: datetime, today: date) -> MarketCondition:
    """Put one fact on record. Raises `BadInput` for one that cannot be, `Conflict` where the day has one already."""
    if why := fault(fact, today=today):
        raise BadInput(why, "Correct it.")
    if _standing(fact):
        raise Conflict("This is on record for that day already.", "Correct what is there.")
    return _enter(fact, source=source, replaces=None, user_id=user_id, by=by, at=at)


@transaction.atomic
def record_many(
    facts: Iterable[Fact], *, source: str, user_id: int, by: Actor, at: datetime, today: date
) -> int:
    """Put the facts of a file on record, all or none; how many were new. What stands already with the same figure is passed over.

    Raises `BadInput` naming the first that cannot be put on record, or that differs from what stands.
    """
    count = 0
    for number, fact in enumerate(facts, start=1):
        if why := fault(fact, today=today):
            raise BadInput(f"Row {number}: {why}", "Correct the row, and load all again.")
        standing = _standing(fact)
        if standing is None:
            _enter(fact, source=source, replaces=None, user_id=user_id, by=by, at=at)
            count += 1
        elif standing.value != fact.value:
            raise BadInput(
                f"Row {number}: {standing} is on record with another figure.",
                "Correct that one on its page, or take the row out.",
            )
    if not count:
        raise BadInput("Every row is on record already.", "There is nothing to load.")
    return count


@transaction.atomic
def correct(
    condition: MarketCondition,
    fact: Fact,
    *,
    source: str,
    user_id: int,
    by: Actor,
    at: datetime,
    today: date,
) -> MarketCondition:
    """Put another row in the place of one; the first stays as it was entered, taken back."""
    condition = _open(condition)
    if why := fault(fact, today=today):
        raise BadInput(why, "Correct it.")
    before = Fact(condition.market_on, condition.kind, condition.security, condition.value)
    if (before, condition.source) == (fact, source):
        raise BadInput("Nothing is changed.", "Change a field, or leave the page.")
    _take_back(condition, reason="Corrected", user_id=user_id, at=at)
    if _standing(fact):
        raise Conflict("This is on record for that day already.", "Correct what is there.")
    return _enter(fact, source=source, replaces=condition, user_id=user_id, by=by, at=at)


@transaction.atomic
def cancel(
    condition: MarketCondition, *, reason: str, user_id: int, by: Actor, at: datetime
) -> MarketCondition:
    """Take back what was entered wrongly. Raises `Conflict` for one that is taken back already."""
    condition = _open(condition)
    _take_back(condition, reason=reason, user_id=user_id, at=at)
    audit.record(
        audit.Action.MARKET_CONDITION_CANCELLED,
        about=condition,
        by=by,
        at=at,
        sealing=[("market_condition_cancelled", condition.pk)],
        kind=condition.kind,
        market_on=condition.market_on,
        reason=reason,
    )
    return condition


def parsed(text: str, *, securities: Mapping[str, Security]) -> Iterator[Fact]:
    """The facts of a CSV with the columns day, kind, symbol, value. Raises `BadInput` naming the first line that is none."""
    rows = csv.DictReader(StringIO(text.strip()))
    if tuple(rows.fieldnames or ()) != COLUMNS:
        raise BadInput(f"The first line has to be {','.join(COLUMNS)}.", "Add it.")
    for number, row in enumerate(rows, start=1):
        if number > ROWS_MAX:
            raise BadInput(f"At most {ROWS_MAX:,} rows are loaded at once.", "Divide the file.")
        yield _fact(number, row, securities)


def _fact(number: int, row: Mapping[str, str | None], securities: Mapping[str, Security]) -> Fact:
    cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
    cure = "Correct the row, and load all again."
    try:
        market_on = date.fromisoformat(cells["day"])
    except ValueError:
        raise BadInput(f"Row {number}: {cells['day']!r} is no day such as 2026-11-20.", cure) from None
    if cells["kind"] not in Kind.values:
        raise BadInput(f"Row {number}: {cells['kind']!r} is not {', '.join(Kind.values)}.", cure)
    if cells["symbol"] and cells["symbol"] not in securities:
        raise BadInput(f"Row {number}: {cells['symbol']} is not on record.", cure)
    try:
        value = Decimal(cells["value"]) if cells["value"] else None
    except InvalidOperation:
        raise BadInput(f"Row {number}: {cells['value']!r} is no number.", cure) from None
    return Fact(market_on, cells["kind"], securities.get(cells["symbol"]), value)


def halted(*, on: date) -> frozenset[int]:
    """Which securities are said to have been halted on a day, by key."""
    found = MarketCondition.objects.filter(kind=Kind.HALT, market_on=on, cancelled_at=None)
    return frozenset(key for key in found.values_list("security_id", flat=True) if key is not None)


def _standing(fact: Fact) -> MarketCondition | None:
    return MarketCondition.objects.filter(
        market_on=fact.market_on, kind=fact.kind, security=fact.security, cancelled_at=None
    ).first()


def _enter(
    fact: Fact,
    *,
    source: str,
    replaces: MarketCondition | None,
    user_id: int,
    by: Actor,
    at: datetime,
) -> MarketCondition:
    made = MarketCondition.objects.create(
        market_on=fact.market_on,
        kind=fact.kind,
        security=fact.security,
        value=fact.value,
        source=source,
        entered_by_id=user_id,
        entered_at=at,
        replaces=replaces,
    )
    sealing: list[tuple[str, object]] = [("market_condition", made.pk)]
    if replaces is not None:
        sealing.append(("market_condition_cancelled", replaces.pk))
    action = audit.Action.MARKET_CONDITION_CHANGED if replaces else audit.Action.MARKET_CONDITION_ADDED
    audit.record(
        action,
        about=made,
        by=by,
        at=at,
        sealing=sealing,
        kind=made.kind,
        market_on=made.market_on,
        security=made.security.symbol if made.security else "",
        **({"replaces": replaces.public_id} if replaces else {}),
    )
    return made


def _open(condition: MarketCondition) -> MarketCondition:
    locked: MarketCondition = (
        MarketCondition.objects.select_for_update(of=("self",))
        .select_related("security")
        .get(pk=condition.pk)
    )
    if locked.cancelled_at is not None:
        raise Conflict("This was taken back already.", "Enter it again if it is true.")
    return locked


def _take_back(condition: MarketCondition, *, reason: str, user_id: int, at: datetime) -> None:
    condition.cancelled_at, condition.cancelled_by_id, condition.cancel_reason = at, user_id, reason
    condition.save(update_fields=["cancelled_at", "cancelled_by", "cancel_reason"])
