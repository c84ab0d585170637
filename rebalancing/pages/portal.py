"""What clients read: their portfolio, the summary of a change, and what they are asked to agree to.

Only fields listed here leave the house. A client who may see only their own accounts gets those accounts and
nothing that adds up the household.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse

from clients import access as record
from clients.drawings import BandBar
from clients.holdings import valuation
from clients.models import Account, BookEntry, CashBalance, Person, Position, Price, TaxLot
from clients.securities import securities
from compliance.doors import refused
from compliance.doors.refused import Known, Refused
from compliance.models import Consent
from compliance.refusals import Refusal, Stale, Step
from rebalancing import access, market_days
from rebalancing.client_reports import summaries
from rebalancing.engine.documents.parsing import read_plan
from rebalancing.models import Proposal, Reading, Revision
from rebalancing.pages import portal_days, portal_distributions, portal_policies, portal_summaries
from rebalancing.proposals import proposals

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account as its owner sees it. `value` None: a holding has no price, or nothing has come in yet."""

    name: str
    kind: str
    last4: str
    custodian: str
    value: Decimal | None
    as_of_on: date | None


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """A change that waits for the client's yes, or has had it."""

    url: str
    headline: str
    expires_at: datetime
    given_at: datetime | None


@dataclass(frozen=True, slots=True)
class PortalPage:
    heading: str
    lead: str
    name: str
    accounts: tuple[AccountRow, ...]
    value: Decimal | None
    shows_household: bool
    bars: tuple[BandBar, ...]
    bars_as_of_on: date | None
    policies: tuple[portal_policies.PolicyRow, ...]
    policy: portal_policies.InForce | None
    consents: tuple[ConsentRow, ...]
    summaries: tuple[portal_summaries.SummaryRow, ...]
    days: tuple[portal_days.DaysRow, ...]
    contact: str
    distributions: tuple[str, ...] = ()

    @property
    def news(self) -> tuple[portal_summaries.SummaryRow, ...]:
        """What this client has been told since and not read yet."""
        return tuple(row for row in self.summaries if row.news)


@dataclass(frozen=True, slots=True)
class ConsentPage:
    """What a client is asked to agree to, to the digit. `seen` is the digest of exactly this."""

    told: portal_summaries.Told
    headline: str
    name: str
    tax_caveat: str
    seen: str
    expires_at: datetime
    check_url: str
    consent_url: str
    portal_url: str
    refused: Refused | None


@dataclass(frozen=True, slots=True)
class ConfirmationPage:
    name: str
    reference: str
    given_at: datetime
    digest: str
    headline: str
    portal_url: str
    contact: str


def portal(user: Any, *, at: datetime) -> PortalPage:
    """A client's home, in a number of queries that does not grow with what they own."""
    person = person_of(user)
    shows_household = record.sees_whole_household(user)
    accounts = _accounts(user, at=at)
    values = [row.value for row in accounts]
    value = sum((one for one in values if one is not None), ZERO) if None not in values and values else None
    reading = _latest_reading(user) if shows_household else None
    bars = _bars(reading, user) if reading else ()
    changes = portal_summaries.rows(user)
    return PortalPage(
        heading=_heading(bars, has_accounts=bool(accounts)),
        lead=_lead(bars, reading, changes),
        name=person.given_name if person else "",
        accounts=accounts,
        value=value if shows_household else None,
        shows_household=shows_household and bool(accounts),
        bars=bars,
        bars_as_of_on=reading.prices_as_of_on if reading else None,
        policies=portal_policies.waiting_for(user, person),
        policy=portal_policies.in_force(user, person, on=market_days.new_york_date(at)),
        consents=_consents(user, at=at),
        summaries=changes,
        days=portal_days.rows(reading.household, at=at) if reading else (),
        contact=_contact(person),
        distributions=portal_distributions.sentences(user, person, on=market_days.new_york_date(at)),
    )


def consent(user: Any, proposal: Proposal, *, refusal: Refusal | None = None) -> ConsentPage:
    """What the client would agree to: the summary of the revision as it stands, built afresh."""
    revision = proposals.current(proposal)
    person = person_of(user)
    summary = summaries.build(revision, is_asked=True)
    return ConsentPage(
        told=portal_summaries.told(summary),
        headline=summary.headline,
        name=str(person),
        tax_caveat=summaries.tax_caveat(read_plan(revision.plan_document)),
        seen=revision.fingerprint,
        expires_at=revision.expires_at,
        check_url=reverse("rebalancing:portal_consent_check", args=[proposal.public_id]),
        consent_url=reverse("rebalancing:portal_consent", args=[proposal.public_id]),
        portal_url=reverse("rebalancing:portal"),
        refused=refused.told(refusal, known=Known((_to_read(refusal, proposal),))) if refusal else None,
    )


def _to_read(refusal: Refusal, proposal: Proposal) -> Step:
    """A client's next step: the version as it is now, which stands below, or from the beginning."""
    label = "Read the new version" if isinstance(refusal, Stale) else "Read it again from the beginning"
    return Step(label, reverse("rebalancing:portal_consent", args=[proposal.public_id]))


def confirmation(given: Consent, revision: Revision) -> ConfirmationPage:
    """The receipt of a consent; it can be opened again at any time."""
    value = summaries.build(revision, is_asked=True)
    return ConfirmationPage(
        name=given.given_by,
        reference=given.review.public_id,
        given_at=given.given_at,
        digest=given.fingerprint,
        headline=value.headline,
        portal_url=reverse("rebalancing:portal"),
        contact=value.contact,
    )


def person_of(user: Any) -> Person | None:
    """The living person of the record who signs in as this user."""
    return Person.objects.filter(user=user, deceased_on=None).select_related("household").first()


def _accounts(user: Any, *, at: datetime) -> tuple[AccountRow, ...]:
    accounts = list(record.accounts_for(user).filter(closed_on=None).order_by("name", "pk"))
    positions: dict[int, list[Position]] = defaultdict(list)
    for position in Position.objects.filter(account__in=accounts).select_related("security"):
        positions[position.account_id].append(position)
    lots: dict[int, list[TaxLot]] = defaultdict(list)
    for lot in TaxLot.objects.filter(account__in=accounts, closed_on=None).select_related("security"):
        lots[lot.account_id].append(lot)
    cash = {one.account_id: one for one in CashBalance.objects.filter(account__in=accounts)}
    held = {one.security_id for some in positions.values() for one in some}
    held |= {one.security_id for some in lots.values() for one in some}
    prices = securities.prices_on(market_days.last_close(at), securities=held)
    return tuple(_account(one, lots[one.pk], positions[one.pk], cash.get(one.pk), prices) for one in accounts)


def _account(
    account: Account,
    lots: list[TaxLot],
    positions: list[Position],
    cash: CashBalance | None,
    prices: dict[int, Price],
) -> AccountRow:
    days = [one.as_of_on for one in positions] + ([cash.as_of_on] if cash else [])
    return AccountRow(
        name=account.name,
        kind=account.get_registration_display(),
        last4=account.number_last4,
        custodian=account.get_custodian_display(),
        value=valuation.of_account(
            lots=lots,
            positions=positions,
            securities={lot.security_id: lot.security for lot in lots},
            cash=cash,
            prices=prices,
        )
        if days
        else None,
        as_of_on=max(days, default=None),
    )


def _latest_reading(user: Any) -> Reading | None:
    return (
        Reading.objects.filter(household__in=record.households_for(user))
        .exclude(measures=[])
        .select_related("household")
        .order_by("-run__market_on", "-run__sequence")
        .first()
    )


def _bars(reading: Reading, user: Any) -> tuple[BandBar, ...]:
    """The latest scan's weights. Where the policy goes by account, each bar says which."""
    names = dict(record.accounts_for(user).values_list("public_id", "name"))
    bars = []
    for one in reading.measures:
        weight, target = Decimal(one["weight"]), Decimal(one["target"])
        if not weight and not target:
            continue
        label = one["name"] if one["account"] is None else f"{one['name']} in {names.get(one['account'], '')}"
        bars.append(
            BandBar(
                label=label,
                target=target,
                lower=Decimal(one["lower"]),
                upper=Decimal(one["upper"]),
                before=weight,
                measured_before=one.get("is_breached"),
            )
        )
    return tuple(bars)


def _consents(user: Any, *, at: datetime) -> tuple[ConsentRow, ...]:
    rows = []
    for proposal in access.proposals_to_consent_for(user):
        revision = proposals.current(proposal)
        given = (
            revision.review.consents.filter(fingerprint=revision.fingerprint).last()
            if revision.review
            else None
        )
        if revision.expires_at <= at:
            continue
        name = "portal_consent_done" if given else "portal_consent"
        rows.append(
            ConsentRow(
                url=reverse(f"rebalancing:{name}", args=[proposal.public_id]),
                headline=summaries.build(revision, is_asked=True).headline,
                expires_at=revision.expires_at,
                given_at=given.given_at if given else None,
            )
        )
    return tuple(rows)


def _contact(person: Person | None) -> str:
    if person is None:
        return ""
    entry = (
        record.book_entries_today().filter(household=person.household_id, part=BookEntry.Part.ADVISOR).first()
    )
    return str(entry.user) if entry else ""


def _heading(bars: tuple[BandBar, ...], *, has_accounts: bool) -> str:
    if not has_accounts:
        return "Your portfolio"
    outside = sum(1 for bar in bars if bar.is_outside_before)
    if not bars:
        return "Your accounts"
    if not outside:
        return "Your portfolio is inside its ranges"
    return (
        "One part of your portfolio is outside its range"
        if outside == 1
        else f"{outside} parts of your portfolio are outside their ranges"
    )


def _lead(
    bars: tuple[BandBar, ...], reading: Reading | None, changes: tuple[portal_summaries.SummaryRow, ...]
) -> str:
    if not bars or reading is None:
        return ""
    is_outside = any(bar.is_outside_before for bar in bars)
    measured_on = reading.prices_as_of_on
    under_way = any(one.is_under_way and measured_on and one.published_on >= measured_on for one in changes)
    if is_outside and under_way:
        return "A change that brings it back is under way. Below you can read what we do and why."
    return "The ranges are the ones you agreed to in your investment policy."
