"""Impact previews of a model's version, and a version followed to done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse

from clients import access as record
from clients import figures
from clients.models import ModelVersion
from clients.policies import model_portfolios, model_versions
from rebalancing import access, market_days
from rebalancing.model_changes import impacts, rollouts
from rebalancing.model_changes.rollouts import Stage
from rebalancing.models import ImpactItem, ImpactRun, Reading

ZERO = Decimal(0)
RUNS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class ImpactRow:
    """One household: what it would do with the version. Dollars."""

    household: str
    url: str
    outcome: str
    outcome_label: str
    is_new: bool
    outside_before: Decimal | None
    outside_after: Decimal | None
    traded: Decimal | None
    tax: Decimal | None
    orders: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Totals:
    """The whole firm's households that follow the model. `new` trade only because of the version."""

    touched: int
    newly_outside: int
    new: int
    proposed: int
    unmeasured: int
    traded: Decimal
    traded_more: Decimal
    turnover: Decimal | None
    tax: Decimal
    tax_more: Decimal


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a preview is. `announce` changes at quarters only."""

    url: str
    cancel_url: str
    state: str
    state_label: str
    sentence: str
    done: int
    total: int
    announce: str
    is_running: bool
    is_stalled: bool


@dataclass(frozen=True, slots=True)
class RunLink:
    url: str
    started_at: datetime
    by: str
    state: str
    state_label: str


@dataclass(frozen=True, slots=True)
class ImpactPage:
    """A version's previews: the one shown, and the earlier ones."""

    version: ModelVersion
    heading: str
    model_url: str
    start_url: str
    followers: int
    run: ImpactRun | None
    is_old: bool
    progress: Progress | None
    totals: Totals | None
    rows: tuple[ImpactRow, ...]
    hidden: int
    runs: tuple[RunLink, ...]


@dataclass(frozen=True, slots=True)
class StandingRow:
    household: str
    url: str
    stage: str
    label: str
    reason: str
    proposal_url: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class StageCount:
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class RolloutPage:
    """A version on its way through the households of this person's scope."""

    version: ModelVersion
    heading: str
    model_url: str
    effective_on: date | None
    notice: str
    is_in_force: bool
    rows: tuple[StandingRow, ...]
    stages: tuple[StageCount, ...]
    done: int
    hidden: int
    scan_url: str
    withdraw_url: str
    earlier: int


def show_impact(user: Any, version: ModelVersion, run: ImpactRun | None, *, at: datetime) -> ImpactPage:
    """The newest preview of a version unless another is given."""
    runs = list(access.impacts_for(user).filter(version=version)[:RUNS_SHOWN])
    chosen = run or next(iter(runs), None)
    may = record.refusal_to_change_models(user) is None
    items = list(chosen.items.select_related("household").order_by("pk")) if chosen else []
    visible = set(record.households_for(user).values_list("pk", flat=True))
    rows = tuple(_impact_row(one) for one in items if one.household_id in visible)
    return ImpactPage(
        version=version,
        heading=f"What version {version.version} of {version.model.name} would do",
        model_url=_model_url(version),
        start_url=reverse("rebalancing:model_impact_start", args=_address(version)) if may else "",
        followers=model_versions.following(version.model).count(),
        run=chosen,
        is_old=chosen is not None and chosen.fingerprint != _digest(version),
        progress=progress(chosen, may_cancel=may, at=at) if chosen else None,
        totals=totals(items) if items else None,
        rows=tuple(sorted(rows, key=lambda row: -(row.traded or ZERO))),
        hidden=len(items) - len(rows),
        runs=tuple(
            RunLink(
                reverse("rebalancing:model_impact", args=[one.public_id]),
                one.started_at,
                one.started_by.get_full_name(),
                one.state,
                one.get_state_display(),
            )
            for one in runs
        ),
    )


def progress(run: ImpactRun, *, may_cancel: bool, at: datetime) -> Progress:
    """How far the run is, straight from the queue of record: the same truth on every reload."""
    counts = impacts.progress(run)
    total = sum(counts.values())
    ended = counts["done"] + counts["failed"] + counts["skipped"]
    is_running = run.state == ImpactRun.State.RUNNING
    is_stalled = impacts.is_stalled(run, at=at)
    state, label = ("stalled", "Stalled") if is_stalled else (run.state, run.get_state_display())
    address = [run.public_id]
    return Progress(
        url=reverse("rebalancing:model_impact_progress", args=address),
        cancel_url=reverse("rebalancing:model_impact_cancel", args=address)
        if may_cancel and is_running
        else "",
        state=state,
        state_label=label,
        sentence=f"{ended} of {total} households, {counts['skipped']} skipped, {counts['failed']} failed.",
        done=ended,
        total=total,
        announce=f"{ended * 4 // total * 25 if total else 100}% of the households are worked out.",
        is_running=is_running,
        is_stalled=is_stalled,
    )


def totals(items: Iterable[ImpactItem]) -> Totals:
    """The sums over every household that is worked out."""
    done = [one for one in items if one.state == ImpactItem.State.DONE]
    value = sum((one.value or ZERO for one in done), ZERO)
    traded = sum((one.traded_after or ZERO for one in done), ZERO)
    tax = sum((one.tax_after or ZERO for one in done), ZERO)
    unmeasured = {Reading.Outcome.DATA.value, Reading.Outcome.NO_POLICY.value}
    return Totals(
        touched=len(done),
        newly_outside=sum(1 for one in done if not one.outside_before and (one.outside_after or ZERO) > ZERO),
        new=sum(1 for one in done if is_new(one)),
        proposed=sum(1 for one in done if one.outcome_after == Reading.Outcome.PROPOSED),
        unmeasured=sum(1 for one in done if one.outcome_after in unmeasured),
        traded=traded,
        traded_more=traded - sum((one.traded_before or ZERO for one in done), ZERO),
        # One way: half of what is bought and sold.
        turnover=traded / 2 / value if value else None,
        tax=tax,
        tax_more=tax - sum((one.tax_before or ZERO for one in done), ZERO),
    )


def is_new(item: ImpactItem) -> bool:
    """Whether the household trades with the version and would not without it."""
    proposed = Reading.Outcome.PROPOSED
    return item.outcome_after == proposed and item.outcome_before != proposed


def show_rollout(user: Any, version: ModelVersion, *, at: datetime) -> RolloutPage:
    """Where every household of this person's scope stands with a version."""
    on = market_days.new_york_date(at)
    households = rollouts.followers(version, user, at=at)
    found = rollouts.standings(version, households, at=at)
    rows = tuple(_standing_row(one) for one in found)
    counts = Counter(one.stage for one in found)
    # As a scan does: what is traded next is planned with the version in force on that day.
    trade_on = market_days.trade_day(at)
    all_of_them = rollouts.policies_of(version, on=trade_on).count()
    in_force = model_versions.in_force(version.model, on=trade_on)
    is_in_force = in_force is not None and in_force.pk == version.pk
    may_scan = is_in_force and bool(found) and access.refusal_to_scan(user) is None
    advises = any(record.advises(user, one.household, on=on) for one in found if one.stage is Stage.EARLIER)
    return RolloutPage(
        version=version,
        heading=f"{version.model.name}, version {version.version}: followed to done",
        model_url=_model_url(version),
        effective_on=None if rollouts.is_called_off(version) else version.effective_on,
        notice="" if is_in_force else _notice(version, in_force, on=trade_on),
        is_in_force=is_in_force,
        rows=rows,
        stages=tuple(StageCount(rollouts.LABELS[stage], counts[stage]) for stage in Stage if counts[stage]),
        done=sum(1 for row in rows if row.is_done),
        hidden=all_of_them - len(rows),
        scan_url=reverse("rebalancing:model_rollout_scan", args=_address(version)) if may_scan else "",
        withdraw_url=reverse("rebalancing:model_rollout_withdraw", args=_address(version)) if advises else "",
        earlier=counts[Stage.EARLIER],
    )


def _notice(version: ModelVersion, in_force: ModelVersion | None, *, on: date) -> str:
    """Why nobody is measured with a version on the next trade day."""
    stays = (
        f"Whoever follows the model has version {in_force.version}."
        if in_force
        else "No version of the model is in force."
    )
    if rollouts.is_called_off(version) and version.called_off_at is not None:
        who = version.called_off_by.get_full_name() if version.called_off_by else ""
        return (
            f"{who} called this version off on {figures.day(version.called_off_at.date())}, before its day: "
            f"{version.called_off_reason} {stays}"
        )
    if rollouts.is_scheduled(version, on=on):
        moved = " It was given another day after it was approved." if version.rescheduled_at else ""
        return f"This version waits for its day, {figures.day(version.effective_on)}.{moved} {stays}"
    return f"This version is not in force on the next trade day. {stays}"


def _standing_row(one: rollouts.Standing) -> StandingRow:
    return StandingRow(
        household=one.household.name,
        url=reverse("clients:household", args=[one.household.public_id]),
        stage=one.stage,
        label=rollouts.LABELS[one.stage],
        reason=one.reason,
        proposal_url=reverse("rebalancing:proposal", args=[one.proposal.public_id]) if one.proposal else "",
        is_done=one.stage in rollouts.DONE,
    )


def _impact_row(one: ImpactItem) -> ImpactRow:
    return ImpactRow(
        household=one.household.name,
        url=reverse("clients:household", args=[one.household.public_id]),
        outcome=one.outcome_after or one.state,
        outcome_label=one.get_outcome_after_display() if one.outcome_after else one.get_state_display(),
        is_new=is_new(one),
        outside_before=one.outside_before,
        outside_after=one.outside_after,
        traded=one.traded_after,
        tax=one.tax_after,
        orders=one.orders,
        reason=one.reason or one.error,
    )


def _digest(version: ModelVersion) -> str:
    if version.state == ModelVersion.State.DRAFT:
        return model_portfolios.fingerprint_of(version)
    return version.fingerprint


def _address(version: ModelVersion) -> list[Any]:
    return [version.model.public_id, version.version]


def _model_url(version: ModelVersion) -> str:
    return f"{reverse('clients:model', args=[version.model.public_id])}?version={version.version}"
