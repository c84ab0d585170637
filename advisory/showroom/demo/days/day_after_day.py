"""The demonstration from day to day: which market days are still to be made, and making one.

A day is drawn from the seed by replaying every day before it, so that two machines get the same ones; what people released
in between is read from the record. A day that was made is on the trail (`demo.day`) with its trouble; one that was
interrupted is made again, and files that came already are recognized.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from advisory.models import User
from advisory.showroom.demo import families, files, firm, markets
from advisory.showroom.demo.days import account_days, coming_prices, day_files, executions, troubles
from advisory.showroom.demo.days.troubles import Trouble
from advisory.showroom.demo.files import WrittenFile
from advisory.showroom.demo.holdings import Contents
from advisory.showroom.demo.people import DOMAIN
from clients.imports import custodian_files
from clients.models import Account, CustodianFile, FileAccount
from compliance.audit_trail import audit
from compliance.audit_trail.audit import Action
from compliance.models import AuditEvent
from compliance.people.actors import Actor
from compliance.refusals import Refusal
from rebalancing import market_days
from rebalancing.engine.market.calendars import new_york
from rebalancing.models import ScanRun
from rebalancing.monitors import alarms
from rebalancing.proposals import proposals
from rebalancing.scans import readings, scans

LOCK = 7_251_126
AFTER_CLOSE = timedelta(minutes=45)
LOADS = "alma"
HOUSEHOLDS_MAX = 10_000
BY = Actor.system("demo")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Built:
    """From what the firm on record was drawn."""

    seed: int
    count: int
    as_of: date


@dataclass(frozen=True, slots=True)
class Made:
    """A day that was made: its files, and those that were not taken in, with the reason."""

    day: date
    trouble: Trouble
    files: int
    refused: tuple[str, ...]


def note_built(file: CustodianFile, *, seed: int, count: int, as_of: date, at: datetime) -> None:
    """Put on the trail from what the firm was drawn; without it no day is ever added."""
    with transaction.atomic():
        audit.record(Action.DEMO_BUILT, about=file, by=BY, at=at, seed=seed, count=count, as_of=as_of)


def built() -> Built | None:
    """From what the firm on record was drawn; None where it is no demonstration, and in production always."""
    if settings.ENVIRONMENT == "production":
        return None
    event = AuditEvent.objects.filter(action=Action.DEMO_BUILT).order_by("seq").first()
    if event is None:
        return None
    facts = json.loads(event.facts)
    return Built(int(facts["seed"]), int(facts["count"]), date.fromisoformat(facts["as_of"]))


def made(of: Built) -> dict[date, Trouble]:
    """The days that were added so far, with their trouble, in order."""
    found = AuditEvent.objects.filter(action=Action.DEMO_DAY).order_by("seq")
    told = (json.loads(facts) for facts in found.values_list("facts", flat=True))
    days = {date.fromisoformat(one["day"]): _trouble(one["trouble"]) for one in told}
    return dict(sorted((day, trouble) for day, trouble in days.items() if day > of.as_of))


def due(of: Built, *, at: datetime) -> tuple[date, ...]:
    """The market days up to the last close that are not made yet."""
    known = made(of)
    last = max(known, default=of.as_of)
    until = market_days.last_close(at)
    return new_york().sessions_between(new_york().session_after(last), until) if until > last else ()


def make(of: Built, day: date, *, has_trouble: bool, scan: bool, say: Say, at: datetime) -> Made:
    """Make one day: prices, custodians' files, and the scan, as of its evening."""
    evening = min(at, market_days.closed_at(day) + AFTER_CLOSE)
    before = made(of)
    market, filled = _as_built(of)
    contents = [account_days.named(held) for held in filled]
    trouble = troubles.NONE
    if has_trouble:
        trouble = troubles.of(
            day,
            seed=of.seed,
            advisors=tuple({held.family.advisor for held in contents}),
            symbols=tuple(market.closes),
        )
    told: dict[str, account_days.Told] = {}
    for one, with_trouble in (*before.items(), (day, trouble)):
        market = coming_prices.next_day(market, one, seed=of.seed, trouble=with_trouble)
        carried_out = executions.of(one, seed=of.seed, trouble=with_trouble)
        told = {
            held.account.number: account_days.live(
                held,
                market,
                seed=of.seed,
                executions=carried_out.get(held.account.number, ()),
                trouble=with_trouble,
            )
            for held in contents
        }
    written = [
        day_files.prices(market, trouble=trouble),
        *day_files.write(contents, told, market, trouble=trouble),
    ]
    files.keep(written, Path(settings.MEDIA_ROOT) / "demo")
    user = User.objects.get(email=f"{LOADS}@{DOMAIN}")
    received = [_hand_in(one, user=user, at=evening) for one in written]
    refused = tuple(why for _, why in received if why)
    if scan:
        _scan(day, at=evening)
    with transaction.atomic():
        audit.record(
            Action.DEMO_DAY,
            about=received[0][0],
            by=BY,
            at=evening,
            day=day,
            trouble={name: str(value) for name, value in asdict(trouble).items()},
            files=len(written),
            refused=list(refused),
        )
    words = "; ".join(trouble.words) or "a quiet day"
    say(
        f"{day}: {len(written)} files, {words}" + (f"; not taken in: {'; '.join(refused)}" if refused else "")
    )
    return Made(day, trouble, len(written), refused)


@lru_cache(maxsize=1)
def _as_built(of: Built) -> tuple[markets.Market, tuple[Contents, ...]]:
    """The market and every account on the day the firm was built; kept, because several days are often made in a row."""
    market = markets.draw(seed=of.seed, as_of=of.as_of)
    drawn = families.draw(seed=of.seed, count=of.count, as_of=of.as_of)
    return market, tuple(firm.fill(drawn, market, seed=of.seed))


@contextmanager
def alone() -> Iterator[bool]:
    """Whether nobody else makes days at this moment; held until the block ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        (is_ours,) = cursor.fetchone()
        try:
            yield bool(is_ours)
        finally:
            if is_ours:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _hand_in(one: WrittenFile, *, user: User, at: datetime) -> tuple[CustodianFile, str]:
    """The file as it came in, and why part of it was not taken in. What people changed since may well refuse a part."""
    by = Actor.person(user)
    receipt = custodian_files.receive(
        one.content, name=one.name, channel=CustodianFile.Channel.COMMAND, user_id=user.pk, by=by, at=at
    )
    file = receipt.file
    if file.state == CustodianFile.State.LOADED:
        return file, ""
    try:
        for seen in list(file.accounts.filter(state=FileAccount.State.UNBOUND)):
            account = Account.objects.get(custodian=file.custodian, number_last4=one.means)
            custodian_files.bind(seen, account=account, user_id=user.pk, by=by, at=at)
        file.refresh_from_db(fields=["preview"])
        file = custodian_files.load(
            file,
            parsed=receipt.parsed,
            confirmed=file.preview.get("confirm", ""),
            user_id=user.pk,
            by=by,
            at=at,
        )
    except (Refusal, Account.DoesNotExist) as refusal:
        return file, f"{one.name}: {refusal}"
    left_out = file.accounts.exclude(state=FileAccount.State.LOADED).count()
    return file, f"{one.name}: {left_out} accounts were left out" if left_out else ""


def _scan(day: date, *, at: datetime) -> None:
    """The evening: what has ended expires, the day's scan reads every household, the monitors are asked.

    The timetable may have started the day's scan as soon as the first file brought a price; it is then finished, and another
    one reads what the other files brought.
    """
    proposals.expire_due(by=Actor.system("sweep"), at=at)
    early = ScanRun.objects.filter(scan=ScanRun.Scan.DAILY, market_on=day, sequence=0).first()
    if early is not None:
        _read(early, at=at)
    run = scans.start(
        scan=ScanRun.Scan.DAILY if early is None else ScanRun.Scan.REQUESTED,
        market_on=day,
        code_version=settings.VERSION,
        user_id=None,
        by=Actor.system("timetable"),
        at=at,
    )
    _read(run, at=at)
    alarms.watch(by=Actor.system("monitors"), at=at)


def _read(run: ScanRun, *, at: datetime) -> None:
    read = readings.reader_for_turn()
    scans.work(worker="demo", now=lambda: at, do=read, run=run, households_max=HOUSEHOLDS_MAX)


def _trouble(told: dict[str, Any]) -> Trouble:
    return Trouble(
        missing=told["missing"],
        stale=told["stale"],
        split=told["split"],
        restated=told["restated"] == "True",
        late_basis=told["late_basis"] == "True",
        fails=Decimal(told["fails"]),
    )
