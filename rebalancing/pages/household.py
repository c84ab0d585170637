"""A household's page: the record, where it stands against its bands, and what the desk has done about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from clients import access as record_access
from clients import figures
from clients.drawings import BandBar
from clients.holdings import valuation
from clients.models import Household
from clients.pages import record
from clients.pages.record import Record
from compliance.audit_trail import audit
from compliance.firm import firm_settings
from compliance.models import AuditEvent
from compliance.statements import reads
from rebalancing import market_days
from rebalancing.distributions import distributions
from rebalancing.distributions.distributions import Required
from rebalancing.models import Proposal, Reading
from rebalancing.pages import deposits, drift_history, waiting_lines
from rebalancing.pages.lists import obstacles
from rebalancing.pages.lists.distributions import Row, row_of
from rebalancing.pages.lists.proposals import ProposalRow, rows_of
from rebalancing.pages.proposal.outcome import SLEEVES, Allocation, KeyFigure
from rebalancing.pages.waiting_lines import OverrideLine, Waiting
from rebalancing.portfolios import foreseen, own_sales, portfolios
from rebalancing.triggers import measures

EVENTS_MAX = 40
OVERVIEW = "overview"
TABS = {
    OVERVIEW: "Overview",
    "accounts": "Accounts",
    "people": "People and taxes",
    "policy": "Policy",
    "cash": "Cash and holds",
    "history": "History",
}
LOOKED = (
    audit.Action.HOUSEHOLD_VIEWED,
    audit.Action.PROPOSAL_VIEWED,
    audit.Action.TRADES_TICKED,
    audit.Action.TRADES_UNTICKED,
    audit.Action.EVENT_VIEWED,
    audit.Action.ACCOUNT_VIEWED,
    audit.Action.SUMMARY_VIEWED,
)


@dataclass(frozen=True, slots=True)
class Why:
    """What the last scan made of the household, and what would end its waiting."""

    outcome: str
    outcome_label: str
    reason: str
    triggers: tuple[str, ...]
    holds: tuple[Waiting, ...]
    read_at: datetime
    scan_url: str
    became: str = ""
    """What has become of the proposal that it drafted, once that is closed."""

    @property
    def told_once(self) -> bool:
        """Whether the reason stands among the reasons to wait below it, word for word."""
        return any(one.sentence == self.reason for one in self.holds)


@dataclass(frozen=True, slots=True)
class Event:
    at: datetime
    sentence: str
    by: str


@dataclass(frozen=True, slots=True)
class Tab:
    """One part of the page, as a link that works without a script."""

    key: str
    label: str
    url: str
    is_on: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Kin:
    """Another household that this one became a part of, was made of, or was split from. No address out of scope."""

    sentence: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class HouseholdPage:
    tab: str
    tabs: tuple[Tab, ...]
    record: Record
    heading: str
    figures: tuple[KeyFigure, ...]
    allocations: tuple[Allocation, ...]
    not_fit: tuple[str, ...]
    not_traded: tuple[tuple[str, str], ...]
    missing: tuple[obstacles.Reason, ...]
    prices_as_of_on: date | None
    why: Why | None
    proposals: tuple[ProposalRow, ...]
    open_proposal: ProposalRow | None
    drift: drift_history.History
    events: tuple[Event, ...]
    kin: tuple[Kin, ...]
    distributions: tuple[Row, ...]
    overrides: tuple[OverrideLine, ...] = ()
    deposits: deposits.Deposits | None = None

    @property
    def why_title(self) -> str:
        """What the last reading answers."""
        if self.open_proposal is not None:
            return "Why there is a proposal"
        if self.why is not None and self.why.became:
            return "What the last scan found"
        return "Why no proposal?"


@reads.once()
def show(
    user: Any,
    household: Household,
    *,
    at: datetime,
    tab: str = "",
    asked: Mapping[str, str] = MappingProxyType({}),
) -> HouseholdPage:
    """The page for one person. Weights are measured now, from the record, as the next scan will measure them."""
    today = market_days.new_york_date(at)
    last_close = market_days.last_close(at)
    _read_ahead(household, at=at)
    portfolio = portfolios.load(household, as_of_on=last_close, trade_on=market_days.trade_day(at))
    on_record = record.of(
        user,
        household,
        on=today,
        prices_on=last_close,
        own_sales=own_sales.in_year(household, on=today),
    )
    is_fit = isinstance(portfolio, portfolios.Portfolio)
    measured = measures.measure(portfolio) if isinstance(portfolio, portfolios.Portfolio) else None
    rows = tuple(rows_of(_proposals.rows(household.pk), at=at))
    (reading,) = _readings.rows(household.pk) or (None,)
    not_traded = _not_traded(portfolio) if isinstance(portfolio, portfolios.Portfolio) else ()
    is_stopped = household.closed_on is None and bool(not is_fit or not_traded)
    return HouseholdPage(
        tab=tab if tab in TABS else OVERVIEW,
        tabs=_tabs(on_record, on=tab if tab in TABS else OVERVIEW),
        record=on_record,
        heading=_heading(household, rows, measured),
        figures=_figures(on_record, measured),
        allocations=_allocations(measured, on_record),
        not_fit=() if is_fit or household.closed_on else portfolio.reasons,  # type: ignore[union-attr]  # What is not fit says why.
        not_traded=not_traded,
        missing=_missing(user, household, at=at) if is_stopped else (),
        prices_as_of_on=portfolio.prices_as_of_on if isinstance(portfolio, portfolios.Portfolio) else None,
        why=_why(reading, household, rows) if reading else None,
        proposals=rows,
        open_proposal=next((row for row in rows if row.is_open), None),
        drift=drift_history.of(household),
        events=_events(household) if tab == "history" else (),
        kin=tuple(_kin(user, household)),
        overrides=waiting_lines.overridden(user, household, on=today),
        distributions=tuple(row_of(one) for one in _distributions(household, portfolio, on=today)),
        deposits=deposits.of(portfolio, asked)
        if tab == "cash" and isinstance(portfolio, portfolios.Portfolio) and not household.closed_on
        else None,
    )


def _read_ahead(household: Household, *, at: datetime) -> None:
    """Ask together what the blocks of the page are known to ask."""
    today, key = market_days.new_york_date(at), household.pk
    reads.together(
        *foreseen.asked(household, trade_on=market_days.trade_day(at)),
        *record.asked(household, on=today),
        *(_proposals.asked(key), _readings.asked(key), _relatives.asked(key)),
        *(drift_history.measured.asked(key), waiting_lines.standing.asked(key, today)),
    )


@reads.prepared
def _readings(household: int) -> QuerySet[Reading]:
    return Reading.objects.filter(household=household).select_related("run").order_by("-read_at")[:1]


def _distributions(
    household: Household, portfolio: portfolios.Portfolio | portfolios.NotMeasurable, *, on: date
) -> Iterable[Required]:
    """What must be taken from the household's accounts, also where it cannot be measured."""
    if isinstance(portfolio, portfolios.Portfolio):
        return portfolio.rows.open_distributions
    return distributions.of([household], year=on.year, on=on, figures=firm_settings.in_force(on=on))


@reads.prepared
def _relatives(household: int) -> QuerySet[Household]:
    """The households that one became a part of, was split from, includes or gave something to."""
    related = Q(merged_into=household) | Q(split_from=household)
    related |= Q(merged=household) | Q(split=household)
    return Household.objects.filter(related).distinct().order_by("closed_on", "opened_on", "pk")


def _kin(user: Any, household: Household) -> Iterator[Kin]:
    found = _relatives.rows(household.pk)
    seen = (
        set(
            record_access.households_for(user)
            .filter(pk__in=[one.pk for one in found])
            .values_list("pk", flat=True)
        )
        if found
        else ()
    )
    for one in found:
        if one.pk == household.merged_into_id:
            told = f"On {figures.day(household.closed_on)} it became part of"
        elif one.merged_into_id == household.pk:
            told = f"Since {figures.day(one.closed_on)} it includes"
        elif one.pk == household.split_from_id:
            told = f"On {figures.day(household.opened_on)} it was split from"
        else:
            told = f"On {figures.day(one.opened_on)} people and accounts went to"
        yield Kin(
            told, one.name, reverse("clients:household", args=[one.public_id]) if one.pk in seen else ""
        )


def _missing(user: Any, household: Household, *, at: datetime) -> tuple[obstacles.Reason, ...]:
    """What keeps it from being measured or traded, each with the form that cures it."""
    return tuple(reason for row in obstacles.of_book(user, at=at, only=household) for reason in row.reasons)


def _not_traded(portfolio: portfolios.Portfolio) -> tuple[tuple[str, str], ...]:
    """The accounts that are measured and not traded, each with what stands in the way."""
    return tuple(
        (account.name, account.not_tradable_reason)
        for account in portfolio.household.accounts
        if not account.tradable
    )


def _tabs(on_record: Record, *, on: str) -> tuple[Tab, ...]:
    counts = {
        "accounts": len(on_record.accounts),
        "people": len([row for row in on_record.people if row.person.left_on is None]),
        "cash": len(on_record.holds)
        + len(on_record.flows)
        + sum(1 for row in on_record.events if row.event.resolved_on is None),
    }
    address = reverse("clients:household", args=[on_record.household.public_id])
    return tuple(
        Tab(key, label, address if key == OVERVIEW else f"{address}?tab={key}", key == on, counts.get(key))
        for key, label in TABS.items()
    )


@reads.prepared
def _proposals(household: int) -> QuerySet[Proposal]:
    """The newest of a household that was looked up."""
    found = Proposal.objects.filter(household=household).select_related("household", "reading")
    return found.order_by("-drafted_at")[:20]


def _heading(household: Household, rows: Sequence[ProposalRow], measured: measures.Measured | None) -> str:
    if household.merged_into is not None:
        return f"{household.name} is part of {household.merged_into.name} now"
    if household.closed_on is not None:
        return f"{household.name} is closed"
    if any(row.is_open and row.state == Proposal.State.APPROVED for row in rows):
        return f"{household.name}: approved trades are ready to release"
    if any(row.is_open for row in rows):
        return f"{household.name} has a proposal in review"
    if measured is None:
        return f"{household.name} cannot be measured until its record is corrected"
    if out := len(measured.breached):
        return f"{household.name} has {out} class{'' if out == 1 else 'es'} outside {'its band' if out == 1 else 'their bands'}"
    return f"{household.name} is inside its bands"


def _figures(on_record: Record, measured: measures.Measured | None) -> tuple[KeyFigure, ...]:
    worst = measured.worst if measured else None
    unit_net = valuation.total(unit.net for unit in on_record.tax_units)
    budgets = [unit.budget for unit in on_record.tax_units if unit.budget is not None]
    if on_record.policy is not None and on_record.policy.gain_budget is not None:
        budgets = [on_record.policy.gain_budget]
    carried = valuation.total(unit.carryover for unit in on_record.tax_units)
    budget_note = (
        f"budget {figures.money(sum(budgets, Decimal(0)), cents=False)}" if budgets else "no budget agreed"
    )
    return (
        KeyFigure(
            "Value",
            figures.money(on_record.value, cents=False),
            note=f"in {len(on_record.accounts)} account{'' if len(on_record.accounts) == 1 else 's'}",
        ),
        KeyFigure(
            "Worst drift",
            figures.points(worst.drift) if worst else figures.UNKNOWN,
            note=worst.name if worst else "not measured",
            tone="breach" if worst and worst.is_breached else "order" if worst else "attention",
        ),
        KeyFigure("Cash", figures.money(on_record.cash, cents=False), note="settled and pending"),
        KeyFigure(
            "Unrealized gain",
            figures.money(on_record.gain, cents=False, signed=True)
            if on_record.gain is not None
            else "tax unknown",
            note="in taxable accounts",
            tone="" if on_record.gain is not None else "attention",
        ),
        KeyFigure("Net gains this year", figures.money(unit_net, cents=False), note=budget_note),
        KeyFigure("Losses carried in", figures.money(carried, cents=False), note="from earlier years"),
    )


def _allocations(measured: measures.Measured | None, on_record: Record) -> tuple[Allocation, ...]:
    if measured is None:
        return ()
    names = {row.account.public_id: row.account.name for row in on_record.accounts}
    classes, sleeves = _bars(measured.measures), _bars(measured.sleeves)
    captions = {key: "Household" if key is None else names.get(key, key) for key in classes}
    return (
        *(Allocation(captions[key], tuple(bars)) for key, bars in classes.items()),
        *(Allocation(f"{captions[key]}: {SLEEVES}", tuple(bars)) for key, bars in sleeves.items()),
    )


def _bars(measured: Iterable[measures.Measure]) -> dict[str | None, list[BandBar]]:
    """Bars by account, the largest targets first."""
    groups: dict[str | None, list[BandBar]] = {}
    for one in sorted(measured, key=lambda each: -each.target):
        bar = BandBar(
            label=one.name,
            target=one.target,
            lower=one.lower,
            upper=one.upper,
            before=one.weight,
            measured_before=one.is_breached,
        )
        groups.setdefault(one.account, []).append(bar)
    return groups


BECAME = {
    Proposal.State.RELEASED: "Its orders were released; the custodian's next file will show them.",
    Proposal.State.FILLED: "Its orders were filled; the custodian's next file will show them.",
    Proposal.State.PART_FILLED: "Its orders were filled in part; the next scan looks at what is left.",
    Proposal.State.NOT_TRADED: "Nothing of its orders traded; the next scan looks again.",
    Proposal.State.REJECTED: "The proposal was rejected; the next scan looks again.",
    Proposal.State.WITHDRAWN: "The proposal was withdrawn; the next scan looks again.",
    Proposal.State.EXPIRED: "The proposal ran out of time; the next scan looks again.",
}
"""What has become of the last reading's proposal, by its state."""


def _why(reading: Reading, household: Household, rows: Sequence[ProposalRow]) -> Why:
    reading.household = household
    drafted = reading.outcome == Reading.Outcome.PROPOSED and bool(rows)
    return Why(
        became=BECAME.get(Proposal.State(rows[0].state), "") if drafted else "",
        outcome=reading.outcome,
        outcome_label=reading.get_outcome_display(),
        reason=reading.reason,
        triggers=tuple(one["sentence"] for one in reading.triggers),
        holds=waiting_lines.of(reading),
        read_at=reading.read_at,
        scan_url=f"{reverse('rebalancing:scan', args=[reading.run.public_id])}#{reading.public_id}",
    )


def _events(household: Household) -> tuple[Event, ...]:
    """The trail of everything that is this household's, newest first, without who merely looked."""
    trail = AuditEvent.objects.filter(household_ref=household.public_id).exclude(action__in=LOOKED)
    return tuple(
        Event(at=event.occurred_at, sentence=event.get_action_display(), by=event.actor_label)
        for event in trail.order_by("-seq")[:EVENTS_MAX]
    )
