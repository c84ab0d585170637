"""What still keeps each household from being measured and from being traded, with where each reason is cured.

For a firm that changes its tool, and for any household that is new. Read in a fixed number of queries from the record as
it is now; what the scan says is the same, household by household, once it has run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.urls import reverse

from clients import access as record
from clients import figures
from clients.households import employer_plans
from clients.models import (
    Account,
    BookEntry,
    Household,
    LifeEvent,
    Policy,
    Position,
    Sleeve,
    TaxLot,
    TaxProfile,
)
from compliance.people.roles import Role
from rebalancing import market_days
from rebalancing.pages.lists import not_bought, pending_facts
from rebalancing.pages.lists.cures import Cure, Cures
from rebalancing.portfolios import offered, portfolios, record_rows, unreconciled
from rebalancing.portfolios.market import Market


class Stops(StrEnum):
    """What a reason stands in the way of. What cannot be measured cannot be traded either; some only wait for a word."""

    MEASURING = "measuring"
    TRADING = "trading"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class ReasonKind:
    """A kind of reason: its code, its label in filters, and what it stops."""

    code: str
    label: str
    stops: Stops


_M, _T, _N = Stops
KINDS = (
    ReasonKind("no_policy", "No policy in force", _M),
    ReasonKind("no_account", "No open account", _M),
    ReasonKind("no_price", "A holding without a price", _M),
    ReasonKind("disputed_price", "A price in dispute", _M),
    ReasonKind("unclassified", "A holding without an asset class", _M),
    ReasonKind("no_advisor", "No advisor", _T),
    ReasonKind("no_reviewer", "No reviewer", _T),
    ReasonKind("no_profile", "No tax profile for the year", _T),
    ReasonKind("unconfirmed_profile", "Tax profile not confirmed", _T),
    ReasonKind("no_file", "No custodian file yet", _T),
    ReasonKind("not_tradable", "An account that cannot be traded", _T),
    ReasonKind("no_agreement", "No advisory agreement", _T),
    ReasonKind("no_menu", "An employer's plan without a menu", _T),
    ReasonKind("unmarked_product", "A product that nobody has marked", _T),
    ReasonKind("no_basis", "Lots without basis", _T),
    ReasonKind("life_event", "An open life event", _T),
    ReasonKind("corporate_action", "A corporate action is pending", _T),
    ReasonKind("restated", "A restatement that nobody has explained", _N),
)
KIND_BY_CODE = {one.code: one for one in KINDS}
PRICERS = (Role.TRADER, Role.COMPLIANCE)
READY = "ready"
STANDINGS = (
    (Stops.MEASURING.value, "Cannot be measured"),
    (Stops.TRADING.value, "Cannot be traded"),
    (READY, "Ready"),
)


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that is missing: a sentence, and the form that cures it; `who` can, where this person cannot."""

    kind: ReasonKind
    sentence: str
    url: str
    link: str
    who: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One household with everything that is missing; ready where nothing is."""

    public_id: str
    code: str
    name: str
    url: str
    standing: str
    standing_label: str
    reasons: tuple[Reason, ...]


def of_book(user: Any, *, at: datetime, only: Household | None = None) -> list[Row]:
    """Every open household this person may see, or `only` one of them, with everything that is missing."""
    trade_on, last_close = market_days.trade_day(at), market_days.last_close(at)
    seen = record.households_for(user)
    households = _fetched(seen if only is None else seen.filter(pk=only.pk), trade_on=trade_on)
    held = _held(households)
    cures = Cures(user, on=trade_on)
    market = Market(last_close)
    followed = {one.pk: _sleeves(one, market, on=trade_on) for one in households}
    offered_keys = {
        member.security_id for sleeves in followed.values() for one in sleeves for member in one.members.all()
    }
    keys = {key for some in held.values() for key in some} | offered_keys
    securities = market.securities(keys) if keys else {}
    menus = employer_plans.menus(
        [one for household in households for one in household.open_accounts],  # type: ignore[attr-defined]
        on=trade_on,
    )
    prices, disputed = market.prices(keys), market.disputed(keys)
    usable = prices.keys() - disputed.keys()
    facts = pending_facts.gathered(households, market, trade_on=trade_on)
    rows = []
    for household in households:
        listed = {
            securities[one.security_id] for some in followed[household.pk] for one in some.members.all()
        }
        reasons = [
            *_of_household(household, cures, trade_on=trade_on),
            *_of_taxes(household, cures, trade_on=trade_on),
            *_of_accounts(household, cures, trade_on=trade_on),
            *(_reason(*told) for told in not_bought.of_menus(household, cures, menus)),
            *(_reason(*told) for told in not_bought.of_products(household, cures, listed)),
            *(_reason(*told) for told in pending_facts.of_household(household, cures, facts)),
        ]
        for key, lots in sorted(
            held.get(household.pk, {}).items(), key=lambda one: securities[one[0]].symbol
        ):
            security = securities[key]
            if key in disputed:
                cure = cures.on(
                    "clients:prices_disputed", "Decide about the price", roles=PRICERS, household=household
                )
                reasons.append(_reason("disputed_price", f"The price of {security} is in dispute.", cure))
            elif key not in prices:
                given = {"priced_on": str(last_close)}
                cure = cures.at(
                    "clients:price_enter",
                    "Enter its price",
                    household=household,
                    given=given,
                    security=key,
                )
                reasons.append(
                    _reason(
                        "no_price", f"There is no price of {security} up to {figures.day(last_close)}.", cure
                    )
                )
            if not record_rows.is_classified(security):
                cure = cures.at("clients:security_edit", "Give it a class", household=household, security=key)
                reasons.append(_reason("unclassified", f"{security} has no asset class.", cure))
            if count := len(lots.without_basis):
                first = "Correct its basis" if count == 1 else "Correct the basis of the first"
                sentence = f"{count} {'lot' if count == 1 else 'lots'} of {security} without basis."
                cure = cures.at(
                    "clients:lot_correct", first, household=household, public_id=lots.without_basis[0]
                )
                reasons.append(_reason("no_basis", sentence, cure))
        for key in sorted(_unpriced(household, followed[household.pk], priced=usable, on=trade_on)):
            if key not in held.get(household.pk, {}):
                sentence = f"Nothing that its model buys in the class of {securities[key]} has a price."
                cure = cures.at(
                    "clients:price_enter",
                    "Enter its price",
                    household=household,
                    given={"priced_on": str(last_close)},
                    security=key,
                )
                reasons.append(_reason("no_price", sentence, cure))
        rows.append(_row(household, reasons))
    rank = {key: place for place, (key, _) in enumerate(STANDINGS)}
    return sorted(rows, key=lambda row: (rank[row.standing], -len(row.reasons), row.name, row.code))


def _policy_now(household: Any, *, on: date) -> Policy | None:
    """The policy in force, among the versions that were fetched with the household."""
    adopted = (one for one in household.policies_now if one.state == Policy.State.ADOPTED)
    return next((one for one in adopted if one.effective_on and one.effective_on <= on), None)


def _sleeves(household: Any, market: Market, *, on: date) -> list[Sleeve]:
    """What the model of the policy in force buys; nothing without one."""
    policy = _policy_now(household, on=on)
    version = market.model_version(policy, on=on) if policy else None
    return market.sleeves(version.pk) if version else []


def _unpriced(household: Any, sleeves: Sequence[Sleeve], *, priced: Collection[int], on: date) -> set[int]:
    policy = _policy_now(household, on=on)
    return offered.needed(sleeves, policy, priced=priced) if policy else set()


def _fetched(households: QuerySet[Household], *, trade_on: date) -> list[Household]:
    accounts = (
        Account.objects.filter(Q(closed_on=None) | Q(closed_on__gt=trade_on))
        .select_related("cash", "tax_unit")
        .defer("number")
        .prefetch_related(
            Prefetch("positions", Position.objects.select_related("security")), unreconciled.prefetch()
        )
        .order_by("pk")
    )
    entries = BookEntry.objects.filter(starts_on__lte=trade_on).filter(
        Q(ends_on=None) | Q(ends_on__gte=trade_on)
    )
    return list(
        households.filter(Q(closed_on=None) | Q(closed_on__gt=trade_on))
        .prefetch_related(
            Prefetch("accounts", accounts, to_attr="open_accounts"),
            Prefetch("book_entries", entries, to_attr="book_now"),
            Prefetch(
                "policies",
                Policy.objects.exclude(state__in=(Policy.State.SUPERSEDED, Policy.State.DISCARDED))
                .select_related("model__model")
                .prefetch_related("targets"),
                to_attr="policies_now",
            ),
            Prefetch(
                "tax_units__profiles", TaxProfile.objects.filter(tax_year=trade_on.year), to_attr="this_year"
            ),
            Prefetch(
                "life_events",
                LifeEvent.objects.filter(resolved_on=None, cancelled_at=None),
                to_attr="open_events",
            ),
            "holds",
        )
        .order_by("name", "code")
    )


@dataclass(slots=True)
class _Lots:
    """The lots of one security in one household: the taxable ones without a basis, by public id, the oldest first."""

    without_basis: list[str] = field(default_factory=list)


def _held(households: Sequence[Household]) -> dict[int, dict[int, _Lots]]:
    """The securities that each household holds in lots."""
    lots = TaxLot.objects.filter(account__household__in=households, account__closed_on=None, closed_on=None)
    found: dict[int, dict[int, _Lots]] = defaultdict(lambda: defaultdict(_Lots))
    columns = ("account__household", "security", "basis", "public_id", "account__tax_treatment")
    for household, security, basis, public_id, treatment in (
        lots.order_by("pk").values_list(*columns).iterator()
    ):
        of_security = found[household][security]
        if basis is None and treatment == Account.TaxTreatment.TAXABLE:
            of_security.without_basis.append(public_id)
    return found


_UNDER_WAY = {
    Policy.State.DRAFT: ("Its policy is a draft.", "Finish the draft"),
    Policy.State.REVIEW: ("Its policy waits for a reviewer.", "Open the policy"),
    Policy.State.APPROVED: ("Its policy is approved and waits for signatures or its day.", "Open the policy"),
    Policy.State.ADOPTED: ("Its policy takes effect on a later day.", "Open the policy"),
}
"""What stands between a household without a policy in force and one, by the state of its newest version."""


def _of_household(household: Any, cures: Cures, *, trade_on: date) -> Iterator[Reason]:
    where = {"household": household, "public_id": household.public_id}
    if _policy_now(household, on=trade_on) is None:
        draft = next(iter(household.policies_now), None)
        if draft is None:
            cure = cures.at("clients:policy_begin", "Begin one", **where)
            yield _reason("no_policy", "It has no investment policy.", cure)
        else:
            sentence, link = _UNDER_WAY[Policy.State(draft.state)]
            cure = Cure(reverse("clients:policy", args=[draft.public_id]), link)
            yield _reason("no_policy", sentence, cure)
    if not household.open_accounts:
        yield _reason(
            "no_account", "It has no open account.", cures.at("clients:account_open", "Open one", **where)
        )
    parts = {one.part for one in household.book_now}
    for part, code, sentence in (
        (BookEntry.Part.ADVISOR, "no_advisor", "Nobody advises it."),
        (BookEntry.Part.REVIEWER, "no_reviewer", "Nobody reviews it."),
    ):
        if part not in parts:
            label = f"Assign {'an' if part == BookEntry.Part.ADVISOR else 'a'} {part.label.lower()}"
            cure = cures.at("clients:book_assign", label, given={"part": part.value}, **where)
            yield _reason(code, sentence, cure)
    for event in household.open_events:
        sentence = f"{event.get_kind_display()} of {figures.day(event.opened_on)} is open until the policy is renewed."
        cure = cures.at(
            "clients:life_event_resolve", "Resolve it", household=household, public_id=event.public_id
        )
        yield _reason("life_event", sentence, cure)


def _of_taxes(household: Any, cures: Cures, *, trade_on: date) -> Iterator[Reason]:
    used = {one.tax_unit_id for one in household.open_accounts if one.tax_unit_id}
    for unit in household.tax_units.all():
        if unit.pk not in used:
            continue
        confirmed = unit.this_year and unit.this_year[0].confirmed_on is not None
        if confirmed:
            continue
        cure = cures.at(
            "rebalancing:tax_profile_confirm",
            "Confirm the year's figures",
            household=household,
            public_id=unit.public_id,
            year=trade_on.year,
        )
        if not unit.this_year:
            yield _reason("no_profile", f"{unit.name} has no tax profile for {trade_on.year}.", cure)
        else:
            sentence = f"The {trade_on.year} tax profile of {unit.name} is not confirmed."
            yield _reason("unconfirmed_profile", sentence, cure)


def _of_accounts(household: Any, cures: Cures, *, trade_on: date) -> Iterator[Reason]:
    holds = household.holds.all()
    for account in household.open_accounts:
        is_empty = getattr(account, "cash", None) is None and not account.positions.all()
        if is_empty:
            cure = cures.on(
                "clients:import_upload", "Load its file", roles=(Role.TRADER,), household=household
            )
            yield _reason("no_file", f"No custodian file has brought {account}.", cure)
        if not account.agreement_in_force(on=trade_on):
            sentence = f"No advisory agreement is in force for {account}."
            cure = cures.at(
                "clients:account_correct",
                "Record the agreement",
                household=household,
                public_id=account.public_id,
            )
            yield _reason("no_agreement", sentence, cure)
        why = portfolios.refusal_to_trade(account, holds=holds, on=trade_on)
        if why and not is_empty and account.agreement_in_force(on=trade_on):
            hold = next((one for one in holds if _holds_back(one, account, on=trade_on)), None)
            cure = (
                Cure(reverse("clients:hold", args=[hold.public_id]), "Look at the hold")
                if hold is not None
                else cures.account(account, "Look at the account")
            )
            yield _reason("not_tradable", f"{account}: {why}", cure)


def _holds_back(hold: Any, account: Account, *, on: date) -> bool:
    return (
        hold.security_id is None and hold.account_id in {None, account.pk} and bool(hold.is_in_force(on=on))
    )


def _row(household: Household, reasons: Sequence[Reason]) -> Row:
    stopped = {one.kind.stops for one in reasons}
    standing = next((one.value for one in (_M, _T) if one in stopped), READY)
    order = {one.code: place for place, one in enumerate(KINDS)}
    return Row(
        public_id=household.public_id,
        code=household.code,
        name=household.name,
        url=reverse("clients:household", args=[household.public_id]),
        standing=standing,
        standing_label=dict(STANDINGS)[standing],
        reasons=tuple(sorted(reasons, key=lambda one: order[one.kind.code])),
    )


def _reason(code: str, sentence: str, cure: Cure) -> Reason:
    return Reason(KIND_BY_CODE[code], sentence, cure.url, cure.link, cure.who)
