"""What clients read about trades: what was told, version after version, and what they have not read yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse

from clients import access as record
from clients.drawings import BandBar
from compliance.audit_trail import audit
from rebalancing import access
from rebalancing.client_reports import letters, summaries
from rebalancing.client_reports.summaries import Change, LeftAlone, NotDone, Sold, Summary, TaxLine
from rebalancing.models import ClientSummary, Proposal

ZERO = Decimal(0)
CARRIED_OUT = frozenset({Proposal.State.APPROVED, *Proposal.SENT_STATES}) - {Proposal.State.NOT_TRADED}
UNDER_WAY = frozenset({Proposal.State.APPROVED, Proposal.State.RELEASED, Proposal.State.FILLED})
"""What is on its way to the portfolio, until the custodian shows it."""


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """What a change came to, in the newest version; `news` what it corrects, where this client has not read that yet."""

    url: str
    headline: str
    published_on: date
    is_carried_out: bool
    is_under_way: bool
    stage: str
    news: str


@dataclass(frozen=True, slots=True)
class Told:
    """A summary with its figures as numbers again, so that page and letter word them alike."""

    household: str
    reference: str
    revision: int
    headline: str
    why: tuple[str, ...]
    moved: BandBar | None
    bars: tuple[BandBar, ...]
    prices_as_of_on: date
    trade_on: date
    changes: tuple[tuple[Change, Decimal], ...]
    taxes: tuple[tuple[TaxLine, Decimal, Decimal, Decimal], ...]
    has_gains: bool
    left_alone: tuple[LeftAlone, ...]
    next_steps: tuple[str, ...]
    contact: str
    prices_are_generated: bool
    is_final: bool
    version: int
    difference: str
    not_done: tuple[NotDone, ...]
    sold: tuple[SoldRow, ...]


@dataclass(frozen=True, slots=True)
class SoldRow:
    """Shares of one purchase that were sold, with its figures as numbers."""

    sold: Sold
    acquired_on: date | None
    shares: Decimal
    proceeds: Decimal
    basis: Decimal | None
    gain: Decimal | None


@dataclass(frozen=True, slots=True)
class VersionLink:
    number: int
    stage: str
    published_at: datetime
    url: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class SummaryPage:
    """One version of a summary. `newer_url` leads to the version that counts, empty where this is it."""

    told: Told
    published_at: datetime
    reference: str
    is_carried_out: bool
    stage: str
    versions: tuple[VersionLink, ...]
    newer_url: str
    is_open_again: bool
    letter_url: str
    back_url: str
    back_label: str


def summary(user: Any, stored: ClientSummary) -> SummaryPage:
    """A published summary, from its frozen value."""
    proposal = stored.revision.proposal
    is_staff = record.is_staff(user)
    versions = _versions(stored)
    newest = versions[0]
    return SummaryPage(
        told=told(summaries.value_of(stored)),
        published_at=stored.published_at,
        reference=stored.public_id,
        is_carried_out=proposal.state in CARRIED_OUT,
        stage=stored.get_stage_display(),
        versions=versions,
        newer_url="" if newest.is_here else newest.url,
        is_open_again=stored.stage != ClientSummary.Stage.ESTIMATE
        and proposal.state == Proposal.State.RELEASED,
        letter_url=reverse("rebalancing:letter", args=[stored.public_id]),
        back_url=(
            reverse("rebalancing:proposal", args=[proposal.public_id])
            if is_staff
            else reverse("rebalancing:portal")
        ),
        back_label="The proposal" if is_staff else "My portfolio",
    )


def told(summary: Summary) -> Told:
    """A summary's texts with its figures read back into numbers."""
    bars = tuple(letters.bar_of(line) for line in summary.classes)
    return Told(
        household=summary.household,
        reference=summary.reference,
        revision=summary.revision,
        headline=summary.headline,
        why=summary.why,
        moved=max(bars, key=_move, default=None),
        bars=bars,
        prices_as_of_on=date.fromisoformat(summary.prices_as_of_on),
        trade_on=date.fromisoformat(summary.trade_on),
        changes=tuple((one, Decimal(one.amount)) for one in summary.changes),
        taxes=tuple(
            (one, Decimal(one.short_term), Decimal(one.long_term), Decimal(one.tax)) for one in summary.taxes
        ),
        has_gains=any(Decimal(one.short_term) or Decimal(one.long_term) for one in summary.taxes),
        left_alone=summary.left_alone,
        next_steps=summary.next_steps,
        contact=summary.contact,
        prices_are_generated=summary.prices_are_generated,
        is_final=summary.is_final,
        version=summary.version,
        difference=summary.difference,
        not_done=summary.not_done,
        sold=tuple(
            SoldRow(
                sold=one,
                acquired_on=date.fromisoformat(one.acquired_on) if one.acquired_on else None,
                shares=Decimal(one.shares),
                proceeds=Decimal(one.proceeds),
                basis=Decimal(one.basis) if one.basis else None,
                gain=Decimal(one.gain) if one.gain else None,
            )
            for one in summary.sold
        ),
    )


def _versions(stored: ClientSummary) -> tuple[VersionLink, ...]:
    """Every version of what was told about a revision, the newest first."""
    return tuple(
        VersionLink(
            number=one.number,
            stage=one.get_stage_display(),
            published_at=one.published_at,
            url=reverse("rebalancing:summary", args=[one.public_id]),
            is_here=one.pk == stored.pk,
        )
        for one in ClientSummary.objects.filter(revision=stored.revision_id)
        .only("public_id", "number", "stage", "published_at")
        .order_by("-number")
    )


def rows(user: Any) -> tuple[SummaryRow, ...]:
    """Every change in its newest version; what corrects an earlier one and was not read yet says so."""
    newer = ClientSummary.objects.filter(revision=OuterRef("revision"), number__gt=OuterRef("number"))
    found = list(access.summaries_for(user).filter(~Exists(newer)).select_related("revision__proposal")[:50])
    read = _read(user, [one for one in found if one.stage != ClientSummary.Stage.ESTIMATE])
    return tuple(
        SummaryRow(
            url=reverse("rebalancing:summary", args=[one.public_id]),
            headline=summaries.value_of(one).headline,
            published_on=summaries.published_on(one),
            is_carried_out=one.revision.proposal.state in CARRIED_OUT,
            is_under_way=one.revision.proposal.state in UNDER_WAY,
            stage=one.get_stage_display(),
            news="" if one.public_id in read else one.difference,
        )
        for one in found
    )


def _read(user: Any, found: list[ClientSummary]) -> set[str]:
    """Which of these summaries this person has opened, as page or as letter."""
    events = audit.trail(about=found).filter(action=audit.Action.SUMMARY_VIEWED, person_ref=str(user.pk))
    return set(events.values_list("about_id", flat=True)) if found else set()


def _move(bar: BandBar) -> Decimal:
    return abs((bar.after or ZERO) - (bar.before or ZERO))
