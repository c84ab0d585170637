"""The advisor's part of the home page: what only the household's advisor can do, then the book by status."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from advisory.desk import moving, restated, waiting, watched, work
from advisory.desk.work import Work
from clients import access as record
from clients import figures
from clients.households import tax_profiles
from clients.models import Policy
from clients.policies import drafts
from compliance.firm import firm_settings
from compliance.firm.firm_settings import InForce
from rebalancing import market_days
from rebalancing.distributions.distributions import State
from rebalancing.pages.lists import distributions, obstacles, standings
from rebalancing.pages.lists.households import COMING, coming
from rebalancing.pages.lists.standing_query import RANKED, Book, Narrowed
from rebalancing.pages.lists.standings import KIND_BY_KEY, Standing, Standings

RANKED_MAX = 12
LOUD = tuple(state for state in RANKED if state not in standings.QUIET)
DECEMBER = 12
ELSEWHERE = frozenset({"not_tradable", "life_event", "corporate_action", "restated"})
"""What keeps a household from being traded and has a line of its own, or is somebody else's."""
SOON = timedelta(days=14)
REVIEW_AHEAD = timedelta(days=30)

ACTS = {
    "returned": ("A reviewer asked for changes", "Revise the proposal", "attention"),
    "blocked": ("A check blocks the proposal", "See what blocks it", "breach"),
    "answer": ("A finding needs an answer", "See the finding", "attention"),
    "consent": ("The client has to agree", "See the request", "attention"),
    "failed": ("The scan could not read it", "See what failed", "breach"),
    "impossible": ("No plan found keeps every rule", "See which rule", "breach"),
}
"""What an advisor does about a household, by its state. Data and policies are told by what exactly is missing."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A count that is a link to what it counts."""

    count: int
    label: str
    url: str
    tone: str = ""
    is_on: bool = False


@dataclass(frozen=True, slots=True)
class BookSection:
    """What is to do for the households in a person's book today, and the book by status."""

    work: tuple[Work, ...]
    tiles: tuple[Tile, ...]
    ranked: tuple[Standing, ...]
    total: int
    quiet: int
    list_url: str


def show(user: Any, *, at: datetime) -> BookSection:
    """The section. Every household has one status, and the counts add up to the book."""
    book, loud = Book(user, at), Narrowed(states=LOUD)
    held, first = book.looked(loud, first=0, count=RANKED_MAX)
    total = sum(count for count, _ in held.values())
    quiet = sum(held[state][0] for state in standings.QUIET)
    today = market_days.new_york_date(at)
    listed = reverse("clients:household_list")
    settings = firm_settings.in_force(on=today)
    to_do = (
        *_states(Standings(book, Narrowed(states=tuple(ACTS)))),
        *_missing(user, at=at),
        *_policies(user, today=today),
        *_money(user, today=today),
        *_holds(user, today=today),
        *waiting.reviews_after_events(user, today=today, settings=settings),
        *waiting.held(user),
        *restated.work_of(user),
        *moving.work_of(user, today=today),
        *watched.work_of(user),
        *_next_year(user, today=today),
        *_distributions(user, today=today, settings=settings),
    )
    return BookSection(
        work=work.listed(to_do, at=at),
        tiles=(*_statuses(held, listed), *_dates(user, today=today)),
        ranked=tuple(Standings(book, loud, count=total - quiet, known=(0, first))[:RANKED_MAX]),
        total=total,
        quiet=quiet,
        list_url=listed,
    )


def _states(rows: Iterable[Standing]) -> Iterator[Work]:
    for row in rows:
        if row.kind.key in ACTS:
            what, link, tone = ACTS[row.kind.key]
            yield Work(
                what=what,
                whom=row.name,
                link=link,
                url=row.proposal_url or row.url,
                why=row.reason,
                since=row.since,
                due=row.due_at,
                tone=tone,
            )


def _missing(user: Any, *, at: datetime) -> Iterator[Work]:
    """What keeps a household from being measured or traded and this person can cure. A hold is somebody's decision,
    and what a file left open is the trading desk's.
    """
    for row in obstacles.book_of(user, at=at).missing:
        for reason in row.reasons:
            if not reason.who and reason.kind.code not in ELSEWHERE:
                yield Work(
                    what=reason.kind.label,
                    whom=row.name,
                    link=reason.link,
                    url=reason.url,
                    why=reason.sentence,
                    tone="breach" if reason.kind.stops == obstacles.Stops.MEASURING else "attention",
                )


def _policies(user: Any, *, today: date) -> Iterator[Work]:
    """Policies that the advisor has to sign, and those whose review is due."""
    is_due = Q(state=Policy.State.ADOPTED, next_review_on__lte=today + REVIEW_AHEAD)
    found = list(
        record.policies_for(user)
        .select_related("household")
        .filter(Q(state__in=drafts.UNDER_WAY) | is_due, household__closed_on=None)
        .order_by("next_review_on", "pk")
    )
    begun = {one.household_id for one in found if one.state in drafts.UNDER_WAY}
    for one in sorted(found, key=lambda each: each.pk):
        if one.state == Policy.State.APPROVED and one.signed_by_advisor_on is None:
            url = reverse("clients:policy_sign", args=[one.public_id])
            yield Work(f"Policy {one.version} waits for your signature", one.household.name, "Sign it", url)
    for one in found:
        if one.state == Policy.State.ADOPTED and one.household_id not in begun:
            yield Work(
                what="Its policy is to be reviewed",
                whom=one.household.name,
                link="Begin the next version",
                url=reverse("clients:policy_begin", args=[one.household.public_id]),
                since=one.reviewed_on or one.effective_on,
                due=one.next_review_on,
            )


def _money(user: Any, *, today: date) -> tuple[Work, ...]:
    """Money whose day has come and that nobody has called done."""
    flows = record.cash_flows_for(user).filter(done_on=None, cancelled_at=None, due_on__lte=today)
    rows = [
        Work(
            what=f"{one.get_kind_display()} was due",
            whom=one.account.household.name,
            link="Say that it is done",
            url=reverse("clients:cash_need_done", args=[one.public_id]),
            why=one.note,
            due=one.due_on,
        )
        for one in flows.select_related("account__household").order_by("due_on", "pk")
    ]
    return work.at_most(rows, "amounts of money due", reverse("clients:cash_need_list"))


def _holds(user: Any, *, today: date) -> Iterator[Work]:
    """Holds that end by themselves soon: renewed, or left to end."""
    ending = record.holds_for(user).filter(lifted_at=None, expires_on__range=(today, today + SOON))
    for one in ending.select_related("household").order_by("expires_on", "pk")[: work.OF_A_KIND_MAX]:
        yield Work(
            what="A hold is about to end",
            whom=one.household.name,
            link="Renew it, or let it end",
            url=reverse("clients:hold", args=[one.public_id]),
            why=one.reason,
            since=one.starts_on,
            due=one.expires_on,
        )


def _distributions(user: Any, *, today: date, settings: InForce) -> tuple[Work, ...]:
    """Distributions that are missed or have to be taken now, and balances without which none can be computed."""
    rows = []
    for row in distributions.of_book(user, year=today.year, on=today, settings=settings):
        is_late = row.state in {State.MISSED, State.PRESSING}
        if is_late or (row.state == State.MISSING and row.asks_balance):
            rows.append(
                Work(
                    what="A required distribution was missed"
                    if row.state == State.MISSED
                    else "A required distribution is to be taken"
                    if is_late
                    else "A balance of December 31 is asked for",
                    whom=row.household,
                    link="See what is open" if is_late else "Enter the balance",
                    url=row.url,
                    why=row.missing[0]
                    if row.missing
                    else f"{row.owner}, {row.pool}: {figures.money(row.remaining)} for {row.year}.",
                    due=row.deadline if is_late else None,
                    tone="breach" if is_late else "attention",
                )
            )
    return work.at_most(rows, "required distributions", reverse("rebalancing:distribution_list"))


def _next_year(user: Any, *, today: date) -> Iterator[Work]:
    """In December the tax profiles of the year to come; those of this year are among what is missing."""
    if today.month != DECEMBER:
        return
    year = today.year + 1
    if count := len(tax_profiles.unconfirmed(record.tax_units_for(user), year=year)):
        yield Work(
            what=work.counted(
                count, f"tax profile of {year} to confirm", f"tax profiles of {year} to confirm"
            ),
            whom="",
            link="Confirm them",
            url=f"{reverse('clients:tax_profile_list')}?{urlencode({'year': year})}",
            why="Without them the accounts are measured and not traded from January 1.",
            due=date(year, 1, 1),
        )


def _statuses(held: Mapping[str, tuple[int, int]], listed: str) -> Iterator[Tile]:
    for key, (count, _) in held.items():
        kind = KIND_BY_KEY[key]
        if count:
            tone = kind.tone if kind.tone in {"attention", "breach"} else ""
            yield Tile(count, kind.tile, f"{listed}?{urlencode({'state': key})}", tone)


def _dates(user: Any, *, today: date) -> Iterator[Tile]:
    """What is due within two weeks; these overlap the statuses and are not part of their sum."""
    listed = reverse("clients:household_list")
    for key, label in COMING.items():
        if count := coming(user, key, on=today).count():
            yield Tile(count, label, f"{listed}?{urlencode({'coming': key})}")
