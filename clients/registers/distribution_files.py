"""Reading a file of distributions: what each line would do, and doing it. A line is a fund and its ex-day."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from clients.models import FundDistribution, Security
from clients.models.columns import PRICE_MAX
from clients.models.market_facts import CHARACTERS
from clients.registers import fund_distributions
from clients.registers import register as verbs
from clients.registers.fund_distributions import REGISTER
from compliance.audit_trail import audit
from compliance.people.actors import Actor

DAYS = ("ex_on", "record_on", "pay_on")
COLUMNS = ("symbol", *DAYS, *CHARACTERS, "share_of_price", "final")
REQUIRED = ("symbol", "ex_on")
EXAMPLE = "symbol,ex_on,record_on,pay_on,long_gain,final\nVTSAX,2026-12-15,2026-12-14,2026-12-16,1.25,no\n"
LINES_MAX = 2_000
FINAL = {"yes": True, "no": False, "": False}


@dataclass(frozen=True, slots=True)
class Step:
    """What one line does. `row` is the distribution that it changes; None where it is new."""

    label: str
    before: str
    after: str
    values: dict[str, Any]
    row: FundDistribution | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A file, read: what it would do, and every fault as a sentence with its line."""

    steps: tuple[Step, ...]
    unchanged: int
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    new: int
    changed: int
    unchanged: int


def plan(text: str, *, source: str, on: date) -> Plan:
    """What the lines would do to the record as it is."""
    reader = csv.reader(io.StringIO(text))
    header = [cell.strip().casefold() for cell in next(reader, [])]
    strangers = [name for name in header if name not in COLUMNS]
    missing = [name for name in REQUIRED if name not in header]
    if missing or strangers or len(set(header)) != len(header):
        wrong = (
            f"It has no column {missing[0]}." if missing else f"There is no column {', '.join(strangers)}."
        )
        return Plan((), 0, (f"{wrong} The columns are {', '.join(COLUMNS)}, each once.",))
    steps: list[Step] = []
    faults: list[str] = []
    unchanged = 0
    seen: set[tuple[str, str]] = set()
    for number, cells in enumerate(reader, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if number > LINES_MAX:
            faults.append(f"It has more than {LINES_MAX} lines. Split it.")
            break
        if len(cells) != len(header):
            faults.append(f"Line {number} has {len(cells)} cells, but the captions are {len(header)}.")
            continue
        line = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
        key = (line["symbol"].upper(), line["ex_on"])
        if key in seen:
            faults.append(f"Line {number} repeats {key[0]} on {key[1]}. Remove one of the two.")
            continue
        seen.add(key)
        found = _step(line, header, source=source, on=on)
        if isinstance(found, str):
            faults.append(f"Line {number}: {found}")
        elif found is None:
            unchanged += 1
        else:
            steps.append(found)
    return Plan(tuple(steps), unchanged, tuple(faults))


def load(planned: Plan, *, user_id: int | None, by: Actor, at: datetime) -> Counts:
    """Do what a plan without faults says, all of it or nothing."""
    assert not planned.faults, "a form with faults is not valid"
    acts: dict[str, Any] = {"user_id": user_id, "by": by, "at": at}
    with transaction.atomic(), audit.lines_last():
        for one in planned.steps:
            if one.row is None:
                verbs.enter(REGISTER, one.values, **acts)
            else:
                verbs.change(REGISTER, one.row, one.values, **acts)
    new = sum(one.row is None for one in planned.steps)
    return Counts(new, len(planned.steps) - new, planned.unchanged)


def _step(line: dict[str, str], header: list[str], *, source: str, on: date) -> Step | str | None:
    security = Security.objects.filter(symbol__iexact=line["symbol"]).first()
    if security is None:
        return f"there is no security {line['symbol'] or '(empty)'} on record. Add it first."
    values: dict[str, Any] = {}
    for name in header:
        try:
            if name in DAYS:
                values[name] = date.fromisoformat(line[name]) if line[name] else None
            elif name in CHARACTERS or name == "share_of_price":
                values[name] = _amount(line[name])
            elif name == "final":
                values["is_final"] = FINAL[line[name].casefold()]
        except (ValueError, InvalidOperation, KeyError):
            return f"{name} {line[name]!r} cannot be read: days as 2026-12-15, amounts as 1.25, final as yes or no."
    if values["ex_on"] is None:
        return "it has no ex-day."
    row = fund_distributions.of_day(security, values["ex_on"])
    before = REGISTER.values_of(row) if row else dict.fromkeys(REGISTER.columns)
    after = {**before, "security": security, "is_final": bool(before["is_final"]), **values}
    if row is not None and all(after[name] == before[name] for name in values):
        return None
    after["source"] = source
    if refusal := fund_distributions.refusal(after, on):
        return refusal
    return Step(
        label=f"{security.symbol}, ex-day {values['ex_on']}",
        before=fund_distributions.words(row) if row else "",
        after=fund_distributions.told(after),
        values=after,
        row=row,
    )


def _amount(text: str) -> Decimal | None:
    if not text:
        return None
    amount = Decimal(text)
    if not amount.is_finite() or not 0 <= amount <= PRICE_MAX or -int(amount.as_tuple().exponent) > 6:
        raise ValueError(text)
    return amount
