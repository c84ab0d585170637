"""The policy, the model, a restriction or a security has changed since the household was last evaluated: its next scan is
a look, due or not. Only households that it concerns are looked at, and the record says which change called.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from clients import figures
from clients.models import ClientRestriction
from clients.securities import securities
from rebalancing import market_days
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers import columns
from rebalancing.triggers.columns import Columns, Truth
from rebalancing.triggers.history import History
from rebalancing.triggers.trigger import Trigger

CODE = "record_changed"
NEEDS = ("made_at", "from_on", "trade_on", "evaluated_at", "evaluated_for")
"""Of one change: when it was made (microseconds) and from which day it counts; the trade day of this scan; when the
household was last evaluated, and for which trade day.
"""


def fires(facts: Columns) -> Truth:
    """It counts now, and did not when the household was last evaluated. Without an evaluation every look is due anyway."""
    return columns.at_least(facts["trade_on"], facts["from_on"]) & (
        columns.more_than(facts["made_at"], facts["evaluated_at"])
        | columns.more_than(facts["from_on"], facts["evaluated_for"])
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change that concerns a household: its kind, what changed, when it was made and from which day it counts."""

    kind: str
    sentence: str
    made_at: datetime
    from_on: date


def find(portfolio: Portfolio, history: History, *, trade_on: date) -> list[Trigger]:
    """A trigger for each change since the last evaluation."""
    if history.evaluated_at is None:
        return []
    return [
        Trigger(
            code=CODE,
            sentence=one.sentence,
            figures={
                "kind": one.kind,
                "made_at": one.made_at.isoformat(),
                "from_on": one.from_on.isoformat(),
            },
        )
        for one in changes(portfolio, since=history.evaluated_at)
        if fires(facts(one, evaluated_at=history.evaluated_at, trade_on=trade_on)).yes[0]
    ]


def facts(change: Change, *, evaluated_at: datetime | None, trade_on: date) -> Columns:
    """The exact facts of one change."""
    return columns.one(
        made_at=_moment(change.made_at),
        from_on=change.from_on,
        trade_on=trade_on,
        evaluated_at=_moment(evaluated_at) if evaluated_at is not None else None,
        evaluated_for=market_days.trade_day(evaluated_at) if evaluated_at is not None else None,
    )


def _moment(at: datetime) -> int:
    """Microseconds since 1970, which floats hold exactly."""
    return round(at.timestamp() * 1_000_000)


def changes(portfolio: Portfolio, *, since: datetime) -> Iterator[Change]:
    """What has changed for a household, from the record: whatever could have been made or begun to count since then."""
    yield from _policy(portfolio)
    yield from _model(portfolio)
    yield from _wishes(portfolio, since=since)
    yield from _firm_list(portfolio)
    yield from _securities(portfolio, since=since)


def _policy(portfolio: Portfolio) -> Iterator[Change]:
    policy = portfolio.policy
    if policy.adopted_at is not None and policy.effective_on is not None:
        yield Change(
            kind="policy",
            sentence=f"Version {policy.version} of the policy took effect on {figures.day(policy.effective_on)}.",
            made_at=policy.adopted_at,
            from_on=policy.effective_on,
        )
    for wish in policy.restrictions.all():
        if wish.until_on is not None and policy.adopted_at is not None:
            yield Change(
                kind="restriction",
                sentence=f"A restriction of the policy ended with {figures.day(wish.until_on)}: {wish.reason}",
                made_at=policy.adopted_at,
                from_on=wish.until_on + timedelta(days=1),
            )


def _model(portfolio: Portfolio) -> Iterator[Change]:
    version = portfolio.model_version
    if not portfolio.policy.follows_model or version.published_at is None or version.effective_on is None:
        return  # A policy that names one version of a model changes with the policy.
    yield Change(
        kind="model",
        sentence=f"Version {version.version} of the model {version.model.name} took effect on {figures.day(version.effective_on)}.",
        made_at=version.published_at,
        from_on=version.effective_on,
    )


def _wishes(portfolio: Portfolio, *, since: datetime) -> Iterator[Change]:
    household, day = portfolio.rows.household, market_days.trade_day(since)

    def fetch(keys: Collection[int]) -> Iterable[tuple[int, ClientRestriction]]:
        found = ClientRestriction.objects.filter(household__in=keys)
        told = found.select_related("lot__security", "security", "asset_class").order_by("pk")
        return ((one.household_id, one) for one in told)

    def may_have_changed(wish: ClientRestriction) -> bool:
        is_decided = wish.made_at > since or (wish.cancelled_at is not None and wish.cancelled_at > since)
        return is_decided or wish.starts_on > day or (wish.ends_on is not None and wish.ends_on >= day)

    for wish in portfolio.rows.market.rows_of(household.pk, ("wishes of all times",), fetch):
        if not may_have_changed(wish):
            continue
        yield _wish(f"“{wish}” counts from {figures.day(wish.starts_on)}.", wish.made_at, wish.starts_on)
        if wish.cancelled_at is not None:
            day = market_days.new_york_date(wish.cancelled_at)
            yield _wish(f"“{wish}” was ended on {figures.day(day)}.", wish.cancelled_at, day)
        elif wish.ends_on is not None:
            told = f"“{wish}” ended with {figures.day(wish.ends_on)}."
            yield _wish(told, wish.made_at, wish.ends_on + timedelta(days=1))


def _wish(sentence: str, made_at: datetime, from_on: date) -> Change:
    return Change(kind="restriction", sentence=sentence, made_at=made_at, from_on=from_on)


def _firm_list(portfolio: Portfolio) -> Iterator[Change]:
    """The firm's restricted list, for issuers of what the household holds or may buy. Why, compliance keeps to itself."""
    named = (securities.issuer_of(security) for security in portfolio.rows.securities.values())
    issuers = {issuer for issuer in named if issuer}
    for entry in portfolio.rows.market.listings:
        if entry.issuer not in issuers:
            continue
        if entry.lifted_at is not None:
            day = market_days.new_york_date(entry.lifted_at)
            yield _listing(f"{entry.issuer} left the firm's restricted list.", entry.lifted_at, day)
            continue
        told = f"{entry.issuer} is on the firm's restricted list from {figures.day(entry.starts_on)}."
        yield _listing(told, entry.placed_at, entry.starts_on)
        if entry.ends_on is not None:
            told = f"{entry.issuer} left the firm's restricted list with {figures.day(entry.ends_on)}."
            yield _listing(told, entry.placed_at, entry.ends_on + timedelta(days=1))


def _listing(sentence: str, made_at: datetime, from_on: date) -> Change:
    return Change(kind="issuer listing", sentence=sentence, made_at=made_at, from_on=from_on)


def _securities(portfolio: Portfolio, *, since: datetime) -> Iterator[Change]:
    """Facts about securities that the household holds or its model buys, decided by a person since then."""
    rows = portfolio.rows
    for decided in rows.market.decided_facts(rows.securities, since=since):
        yield Change(
            kind="security",
            sentence=f"{decided.symbol}: {decided.what} changed.",
            made_at=decided.at,
            from_on=market_days.new_york_date(decided.at),
        )
