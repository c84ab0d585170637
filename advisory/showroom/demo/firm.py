"""Builds the demonstration firm in stages: people, market, models, households, files, facts, scan."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from advisory.models import User
from advisory.showroom.demo import (
    facts,
    families,
    files,
    firm_figures,
    holdings,
    households,
    markets,
    models,
    people,
    register_rows,
    retirement,
    taxes,
    wishes,
)
from advisory.showroom.demo.facts import ClientSignIn
from advisory.showroom.demo.families import Family
from advisory.showroom.demo.households import OnRecord
from clients.models import CustodianFile
from rebalancing import market_days

HOUSEHOLDS = 72

Say = Callable[[str], None]


@dataclass(slots=True)
class Firm:
    """What was built: people, sign-ins, households, and how long each stage took."""

    as_of: date
    users: dict[str, User]
    on_record: list[OnRecord]
    sign_ins: list[ClientSignIn]
    seconds: dict[str, float] = field(default_factory=dict)
    market_file: CustodianFile | None = None


def set_up(*, seed: int, count: int, as_of: date, folder: Path, say: Say, at: datetime) -> Firm:
    """Build the firm through the product's verbs and load its files through the importer."""
    firm = Firm(as_of, {}, [], [])
    with _stage(firm, "People", say):
        firm.users = people.join(at=at)
        firm_figures.set_up(asked_by=firm.users["alma"], approved_by=firm.users["cora"], at=at)
        models.name_classes(decider=firm.users["cora"], at=at)
    with _stage(firm, "Drawing ten years of prices", say):
        market = markets.draw(seed=seed, as_of=as_of)
        market_file = files.market(market)
    with _stage(firm, f"Loading {len(market.sessions) * len(market.closes):,} prices", say):
        files.keep([market_file], folder)
        firm.market_file = files.hand_in(market_file, user=firm.users["alma"], at=at)
    with _stage(firm, "Publishing six models", say):
        versions = models.publish(
            drafter=firm.users["ada"],
            approver=firm.users["rhea"],
            effective_on=market.sessions[-200],
            at=at,
        )
    drawn = families.draw(seed=seed, count=count, as_of=as_of)
    with _stage(firm, f"Opening {len(drawn)} households", say):
        year = market_days.trade_day(at).year
        firm.on_record = households.open_all(drawn, users=firm.users, year=year, at=at)
    with _stage(firm, "Writing the custodians' files", say):
        written = files.write(fill(drawn, market, seed=seed), market)
        files.keep(written, folder)
    with _stage(firm, f"Loading {len(written)} files", say):
        for one in written:
            files.hand_in(one, user=firm.users["alma"], at=at)
    with _stage(firm, "Adopting policies", say):
        households.adopt_policies(firm.on_record, versions=versions, users=firm.users, as_of=as_of, at=at)
    with _stage(firm, "Recording events, holds and sign-ins", say):
        firm.sign_ins = facts.record(firm.on_record, users=firm.users, as_of=as_of, at=at)
        wishes.record(firm.on_record, users=firm.users, as_of=as_of, at=at)
        taxes.record(firm.on_record, users=firm.users, as_of=as_of, at=at)
        retirement.record(firm.on_record, users=firm.users, as_of=as_of, at=at)
        register_rows.record(firm.on_record, users=firm.users, as_of=as_of, at=at)
    return firm


def fill(drawn: tuple[Family, ...], market: markets.Market, *, seed: int) -> list[holdings.Contents]:
    """What every account of every family holds."""
    return [held for family in drawn for held in holdings.fill(family, market, seed=seed)]


@contextmanager
def _stage(firm: Firm, name: str, say: Say) -> Iterator[None]:
    started = time.monotonic()
    yield
    firm.seconds[name] = time.monotonic() - started
    say(f"{name}: {firm.seconds[name]:.1f} s")
