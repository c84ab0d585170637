"""The home page: what needs this person's attention today, by role. Each part opens with a list of work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from advisory.desk import administration, advising, asked, notices, overseeing, reviewing, trading
from advisory.desk.administration import SystemSection
from advisory.desk.advising import BookSection
from advisory.desk.overseeing import ComplianceSection
from advisory.desk.reviewing import ReviewSection
from advisory.desk.trading import TradingSection
from advisory.desk.work import Work, counted
from advisory.health import freshness
from clients import access as record
from clients import figures
from clients.models import Household
from clients.securities import securities
from compliance.people.roles import Role
from rebalancing import market_days
from rebalancing.models import ScanRun
from rebalancing.pages.lists import overnight
from rebalancing.pages.lists.overnight import Overnight
from rebalancing.scans import scans


@dataclass(frozen=True, slots=True)
class LastScan:
    """The last scan. A scan older than the last market day is shown as stale."""

    sentence: str
    url: str
    is_stale: bool


@dataclass(frozen=True, slots=True)
class HomePage:
    """One section for each role the person holds; None where they do not hold it."""

    heading: str
    lead: str
    scan: LastScan | None
    prices_note: str  # Why the prices are not the last close's; empty where they are.
    overnight: (
        Overnight | None
    )  # What happened to proposals since the last close; for those who make or decide them.
    is_empty: bool  # Whether the firm has no household yet, so that the set-up path is what to do.
    notices: int  # How many notifications are new.
    asked: tuple[Work, ...]  # What colleagues ask of this person.
    desk: BookSection | None
    reviews: ReviewSection | None
    trading: TradingSection | None
    compliance: ComplianceSection | None
    system: SystemSection | None


def show(user: Any, *, at: datetime) -> HomePage:
    """The page."""
    is_staff = record.is_staff(user)
    desk = advising.show(user, at=at) if user.has_role(Role.ADVISOR) else None
    reviews = reviewing.show(user, at=at) if user.has_role(Role.REVIEWER) else None
    traded = trading.show(user, at=at) if user.has_role(Role.TRADER) else None
    compliance = overseeing.show(user, at=at) if user.has_role(Role.COMPLIANCE) else None
    system = administration.show(user, at=at) if user.has_role(Role.ADMINISTRATOR) else None
    return HomePage(
        heading=_heading(desk, reviews, traded, compliance, system),
        lead=_lead(desk),
        scan=_last_scan(at=at) if is_staff else None,
        prices_note=freshness.sentence(
            securities.latest_price_day(), at=at, is_demo=settings.ENVIRONMENT == "demo"
        )
        if is_staff
        else "",
        overnight=overnight.show(user, at=at) if desk is not None or reviews is not None else None,
        is_empty=not Household.objects.exists(),
        notices=notices.new_for(user, at=at),
        asked=asked.of(user, at=at),
        desk=desk,
        reviews=reviews,
        trading=traded,
        compliance=compliance,
        system=system,
    )


def _heading(
    desk: BookSection | None,
    reviews: ReviewSection | None,
    traded: TradingSection | None,
    compliance: ComplianceSection | None,
    system: SystemSection | None,
) -> str:
    """The page's heading: what needs this person's attention first."""
    if reviews is not None and reviews.settled:
        return f"{counted(reviews.settled, 'review needs', 'reviews need')} your decision"
    if reviews is not None and reviews.free:
        return f"{counted(reviews.free, 'review needs', 'reviews need')} something resolved before you can decide"
    if traded is not None and traded.to_release:
        ready = counted(traded.to_release, "approved proposal is", "approved proposals are")
        return f"{ready} ready to release"
    if desk is not None and (count := desk.total - desk.quiet):
        return f"{counted(count, 'household needs', 'households need')} attention today"
    if traded is not None and (count := _asking(traded.work)):
        return f"{counted(count, 'item needs', 'items need')} attention on the trading desk"
    if compliance is not None and (count := _asking(compliance.work)):
        return f"{counted(count, 'item needs', 'items need')} attention by compliance"
    if desk is not None and (count := _asking(desk.work)):
        return f"{counted(count, 'item needs', 'items need')} attention in your book"
    if desk is not None and desk.total:
        return f"All {desk.total} households are in order"
    if system is not None and not system.is_ready:
        return "The system needs attention"
    if system is not None and (count := _asking(system.work)):
        return f"{counted(count, 'item needs', 'items need')} attention in the firm"
    return "Nothing needs your attention"


def _asking(rows: tuple[Work, ...]) -> int:
    """How many of these are this person's to do, and do not only wait for somebody else."""
    return sum(1 for row in rows if row.tone)


def _lead(desk: BookSection | None) -> str:
    if desk is None or not desk.total:
        return ""
    if desk.total == 1:
        return f"Your book has one household; {desk.quiet} in order."
    return f"{desk.total} households in your book; {desk.quiet} in order."


def _last_scan(*, at: datetime) -> LastScan:
    run = ScanRun.objects.order_by("-market_on", "-started_at").first()
    listed = reverse("rebalancing:scan_list")
    if run is None:
        return LastScan("No scan has run yet.", listed, is_stale=True)
    is_stale = run.market_on < market_days.last_close(at)
    url = reverse("rebalancing:scan", args=[run.public_id])
    if run.state == ScanRun.State.RUNNING:
        state = "has stalled" if scans.is_stalled(run, at=at) else "is running"
        return LastScan(f"A scan of {figures.day(run.market_on)} {state}.", url, is_stale=is_stale)
    failed = scans.progress(run)["failed"]
    return LastScan(
        f"Last scan {figures.moment(run.finished_at)}, prices of {figures.day(run.market_on)}: "
        f"{run.households} household{'' if run.households == 1 else 's'}, {failed} failed.",
        url,
        is_stale=is_stale,
    )
