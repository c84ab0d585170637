"""The home page: what needs this person's attention today, by role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count
from django.urls import reverse

from advisory.desk import administration, navigation
from advisory.health import freshness
from clients import access as record
from clients import figures
from clients.households import tax_profiles
from clients.models import Account, CustodianFile
from clients.securities import securities
from clients.securities.securities import issuers_on_record
from compliance import access as review_desk
from compliance import pages as compliance_pages
from compliance.models import Review
from compliance.models.reviews import SubjectKind
from compliance.people.roles import Role
from compliance.review_desk import objections
from rebalancing import access, market_days
from rebalancing.models import OrderBatch, Proposal, ScanRun
from rebalancing.pages import promises
from rebalancing.pages.lists import standings
from rebalancing.pages.lists.households import COMING, coming
from rebalancing.pages.lists.proposals import ProposalRow, rows_of
from rebalancing.pages.lists.standings import KIND_BY_KEY, Standing
from rebalancing.pages.promises import BrokenRow
from rebalancing.scans import scans

RANKED_MAX = 25
DECEMBER = 12
PROMISES_MAX = 10


@dataclass(frozen=True, slots=True)
class Tile:
    """A count that is a link to what it counts."""

    count: int
    label: str
    url: str
    tone: str = ""
    is_on: bool = False


@dataclass(frozen=True, slots=True)
class LastScan:
    """The last scan. A scan older than the last market day is shown as stale."""

    sentence: str
    url: str
    is_stale: bool


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A pending review: its subject, its deadline, and why this person may not decide, if so."""

    title: str
    kind: str
    url: str
    makers: str
    expires_at: datetime
    is_late: bool
    refusal: str
    standing: Standing | None

    @property
    def can_be_settled(self) -> bool:
        """Whether this person could approve it now, or after giving a reason for a finding."""
        return not self.refusal and (self.standing is None or self.standing.kind.key in {"decide", "answer"})

    @property
    def needs_a_reason(self) -> bool:
        return self.standing is not None and self.standing.kind.key == "answer"


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account whose lots and positions differ."""

    household: str
    url: str
    account: str
    note: str


@dataclass(frozen=True, slots=True)
class BookSection:
    """The households in a person's book today."""

    tiles: tuple[Tile, ...]
    ranked: tuple[Standing, ...]
    total: int
    quiet: int
    list_url: str


@dataclass(frozen=True, slots=True)
class TradingSection:
    """What the trading desk has to do."""

    tiles: tuple[Tile, ...]
    to_release: tuple[ProposalRow, ...]
    broken: tuple[AccountRow, ...]


@dataclass(frozen=True, slots=True)
class ComplianceSection:
    """What compliance has to do, with the state of the audit chain."""

    tiles: tuple[Tile, ...]
    chain: compliance_pages.ChainState
    queue_url: str
    audit_url: str
    promises: tuple[BrokenRow, ...]
    promises_url: str


@dataclass(frozen=True, slots=True)
class HomePage:
    """One section for each role the person holds; None where they do not hold it."""

    heading: str
    lead: str
    scan: LastScan | None
    prices_note: str  # Why the prices are not the last close's; empty where they are.
    desk: BookSection | None
    reviews: tuple[ReviewRow, ...] | None
    trading: TradingSection | None
    compliance: ComplianceSection | None
    system: administration.SystemSection | None


def show(user: Any, *, at: datetime) -> HomePage:
    """The page. Households are read once, however many roles the person has."""
    is_staff = record.is_staff(user)
    desk = _desk(user, at=at) if user.has_role(Role.ADVISOR) else None
    reviews = tuple(_reviews(user, at=at)) if user.has_role(Role.REVIEWER) else None
    trading = _trading(user, at=at) if user.has_role(Role.TRADER) else None
    compliance = _compliance(user, at=at) if user.has_role(Role.COMPLIANCE) else None
    system = administration.show(user, at=at) if user.has_role(Role.ADMINISTRATOR) else None
    return HomePage(
        heading=_heading(desk, reviews, trading, compliance, system),
        lead=_lead(desk),
        scan=_last_scan(at=at) if is_staff else None,
        prices_note=freshness.sentence(
            securities.latest_price_day(), at=at, is_demo=settings.ENVIRONMENT == "demo"
        )
        if is_staff
        else "",
        desk=desk,
        reviews=reviews,
        trading=trading,
        compliance=compliance,
        system=system,
    )


def _heading(
    desk: BookSection | None,
    reviews: tuple[ReviewRow, ...] | None,
    trading: TradingSection | None,
    compliance: ComplianceSection | None,
    system: administration.SystemSection | None,
) -> str:
    """The page's heading: what needs this person's attention first."""
    if reviews is not None and (count := sum(1 for row in reviews if row.can_be_settled)):
        return f"{_count(count, 'review needs', 'reviews need')} your decision"
    if reviews is not None and (count := sum(1 for row in reviews if not row.refusal)):
        return f"{_count(count, 'review needs', 'reviews need')} something resolved before you can decide"
    if trading is not None and (count := len(trading.to_release)):
        return f"{_count(count, 'approved proposal is', 'approved proposals are')} ready to release"
    if desk is not None and (count := desk.total - desk.quiet):
        return f"{_count(count, 'household needs', 'households need')} attention today"
    if compliance is not None and (count := sum(tile.count for tile in compliance.tiles if tile.tone)):
        return f"{_count(count, 'item needs', 'items need')} attention by compliance"
    if desk is not None and desk.total:
        return f"All {desk.total} households are in order"
    if system is not None and not system.is_ready:
        return "The system needs attention"
    if system is not None and (count := sum(1 for row in system.work if row.tone)):
        return f"{_count(count, 'item needs', 'items need')} attention in the firm"
    return "Nothing needs your attention"


def _lead(desk: BookSection | None) -> str:
    if desk is None or not desk.total:
        return ""
    if desk.total == 1:
        return f"Your book has one household; {desk.quiet} in order."
    return f"{desk.total} households in your book; {desk.quiet} in order."


def _desk(user: Any, *, at: datetime) -> BookSection:
    rows = standings.of_book(user, at=at)
    counts = standings.counts(rows)
    today = market_days.new_york_date(at)
    listed = reverse("clients:household_list")
    tiles = [
        Tile(
            count=count,
            label=KIND_BY_KEY[key].tile,
            url=f"{listed}?{urlencode({'state': key})}",
            tone=KIND_BY_KEY[key].tone if KIND_BY_KEY[key].tone in {"attention", "breach"} else "",
        )
        for key, count in counts.items()
        if count
    ]
    asking = [row for row in rows if row.kind.key not in standings.QUIET]
    return BookSection(
        tiles=(*tiles, *_profiles(user, today=today), *_dates(user, today=today)),
        ranked=tuple(asking[:RANKED_MAX]),
        total=len(rows),
        quiet=len(rows) - len(asking),
        list_url=listed,
    )


def _profiles(user: Any, *, today: date) -> list[Tile]:
    """The tax profiles nobody has confirmed: their accounts are not traded. In December those of the next year."""
    year = today.year + (today.month == DECEMBER)
    count = len(tax_profiles.unconfirmed(record.tax_units_for(user), year=year))
    url = f"{reverse('clients:tax_profile_list')}?{urlencode({'year': year})}"
    return [Tile(count, f"tax profiles of {year} to confirm", url, tone="attention")] if count else []


def _dates(user: Any, *, today: date) -> list[Tile]:
    """What is due within two weeks; these overlap the statuses and are not part of their sum."""
    listed = reverse("clients:household_list")
    return [
        Tile(count, label, f"{listed}?{urlencode({'coming': key})}")
        for key, label in COMING.items()
        if (count := len(coming(user, key, on=today)))
    ]


def _reviews(user: Any, *, at: datetime) -> list[ReviewRow]:
    """Pending reviews: those this person can decide first, then those that expire soonest."""
    by_ref = {row.public_id: row for row in standings.of_book(user, at=at)}
    waiting = review_desk.reviews_for(user, household_refs=list(by_ref)).active()
    rows = [
        _review(user, review, by_ref.get(review.household_ref), at=at)
        for review in waiting.prefetch_related("makers__person").order_by("expires_at", "pk")
    ]
    return sorted(rows, key=lambda row: (not row.can_be_settled, row.needs_a_reason))


def _review(user: Any, review: Review, standing: Standing | None, *, at: datetime) -> ReviewRow:
    makers = [maker.person.get_full_name() for maker in review.makers.all() if maker.done_at is None]
    is_proposal = review.subject_kind == SubjectKind.PROPOSAL
    return ReviewRow(
        title=f"Proposal for {standing.name}" if standing and is_proposal else review.title,
        kind=review.get_subject_kind_display(),
        url=compliance_pages.subject_url(review),
        makers=", ".join(dict.fromkeys(makers)) or f"the {review.requested_by_label}",
        expires_at=review.expires_at,
        is_late=at >= review.expires_at,
        refusal=objections.refusal_to_decide(user, review, at=at) or "",
        standing=standing if is_proposal else None,
    )


def _trading(user: Any, *, at: datetime) -> TradingSection:
    approved = list(
        access.proposals_for(user)
        .filter(state=Proposal.State.APPROVED)
        .select_related("household", "reading")
        .order_by("drafted_at")
    )
    broken = record.accounts_for(user).filter(reconciliation=Account.Reconciliation.BROKEN, closed_on=None)
    files = dict(
        record.files_for(user)
        .filter(state__in=(CustodianFile.State.PREVIEWED, CustodianFile.State.REFUSED))
        .order_by()
        .values_list("state")
        .annotate(Count("pk"))
    )
    today = market_days.new_york_date(at)
    released = OrderBatch.objects.filter(released_at__date=today).count()
    imports = navigation.url_of("clients:import_list")
    rows = tuple(
        _broken(account) for account in broken.select_related("household").order_by("household__name")
    )
    return TradingSection(
        tiles=(
            Tile(
                len(approved),
                "approved, to release",
                f"{reverse('rebalancing:proposal_list')}?state=approved",
            ),
            Tile(released, "batches released today", navigation.url_of("rebalancing:blotter") or "#"),
            Tile(files.get("previewed", 0), "files to confirm", imports or "#", "attention"),
            Tile(files.get("refused", 0), "files refused", imports or "#", "breach"),
            Tile(len(rows), "accounts that do not reconcile", "#broken-title", "attention"),
        ),
        to_release=tuple(rows_of(approved, at=at)),
        broken=rows,
    )


def _broken(account: Account) -> AccountRow:
    return AccountRow(
        household=account.household.name,
        url=reverse("clients:household", args=[account.household.public_id]),
        account=f"{account.name} {figures.masked(account.number_last4)}",
        note=account.reconciliation_note,
    )


def _compliance(user: Any, *, at: datetime) -> ComplianceSection:
    queue = compliance_pages.queue(user, issuers=issuers_on_record(), at=at)
    url, promised = reverse("compliance:queue"), reverse("rebalancing:promises")
    broken = promises.rows(user, at=at)
    return ComplianceSection(
        tiles=(
            Tile(len(broken), "promises broken", promised, "breach"),
            Tile(len(queue.changes), "open requests for changes", url, "attention"),
            Tile(len(queue.refused), f"approval attempts refused, {queue.days} days", url, "breach"),
            Tile(len(queue.overrides), f"findings overridden, {queue.days} days", url),
            Tile(len(queue.waiting), "pending reviews", url),
            Tile(len(queue.restrictions), "issuers restricted or watched", url),
        ),
        chain=queue.chain,
        queue_url=url,
        audit_url=reverse("compliance:audit_list"),
        promises=broken[:PROMISES_MAX],
        promises_url=promised,
    )


def _last_scan(*, at: datetime) -> LastScan:
    run = ScanRun.objects.annotate(total=Count("items")).order_by("-market_on", "-started_at").first()
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
        f"{run.total} household{'' if run.total == 1 else 's'}, {failed} failed.",
        url,
        is_stale=is_stale,
    )


def _count(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
