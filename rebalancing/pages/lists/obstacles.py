"""What still keeps each household from being measured and from being traded, with where each reason is cured.

For a firm that changes its tool, and for any household that is new. Read in a fixed number of queries from the record as
it is now; what the scan says is the same, household by household, once it has run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
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
from clients.pages.lists import by_book
from compliance.people.roles import Role
from rebalancing import market_days
from rebalancing.pages.lists import lacking, not_bought, pending_facts, suspects
from rebalancing.pages.lists.cures import Cure, Cures
from rebalancing.portfolios import offered, record_rows, unreconciled
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


@dataclass(frozen=True, slots=True)
class Book:
    """The open households a person may see: those that lack something, ranked, and the rest, which are ready."""

    households: QuerySet[Household]
    missing: list[Row]

    @property
    def ready(self) -> QuerySet[Household]:
        """The households that lack nothing at all, by name."""
        lacking_some = [row.public_id for row in self.missing]
        return by_book.in_order(self.households.exclude(public_id__in=lacking_some))


def of_book(user: Any, *, at: datetime, only: Household | None = None) -> list[Row]:
    """Every open household this person may see, or `only` one of them, with everything that is missing."""
    if only is None:
        book = book_of(user, at=at)
        return [*book.missing, *map(ready_row, book.ready)]
    seen = record.households_for(user).filter(pk=only.pk)
    return _read(seen, user, Market(market_days.last_close(at)), None, at=at)


def book_of(user: Any, *, at: datetime) -> Book:
    """The same for a list: only what may lack something is read whole. A fixed number of queries."""
    trade_on, market = market_days.trade_day(at), Market(market_days.last_close(at))
    households = record.households_for(user).filter(Q(closed_on=None) | Q(closed_on__gt=trade_on))
    shared = suspects.Shared.of(market, trade_on=trade_on)
    # A book is a few hundred households and named by their keys; who reads them all is not narrowed down.
    mine: list[int] | None = None
    if not by_book.sees_all(user):
        mine = list(households.order_by().values_list("pk", flat=True))
        households = Household.objects.filter(pk__in=list(mine))
    keys = suspects.of(households, mine, shared, market, trade_on=trade_on)
    rows = _read(households.filter(pk__in=keys), user, market, shared, at=at)
    missing = [row for row in rows if row.reasons]
    return Book(households, missing)


def ready_row(household: Household) -> Row:
    """The row of a household that lacks nothing."""
    return _row(household, ())


def _read(
    found: QuerySet[Household], user: Any, market: Market, shared: suspects.Shared | None, *, at: datetime
) -> list[Row]:
    """These households with everything that is missing, ranked. With what is `shared`, only holdings that matter are read."""
    trade_on, last_close = market_days.trade_day(at), market.on
    households = _fetched(found, shared, trade_on=trade_on)
    held = _held(households, shared)
    cures = Cures(user, on=trade_on)
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
            *(_reason(*told) for told in lacking.of_household(household, cures, trade_on=trade_on)),
            *(_reason(*told) for told in lacking.of_taxes(household, cures, trade_on=trade_on)),
            *(_reason(*told) for told in lacking.of_accounts(household, cures, trade_on=trade_on)),
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


def _sleeves(household: Any, market: Market, *, on: date) -> list[Sleeve]:
    """What the model of the policy in force buys; nothing without one."""
    policy = lacking.policy_now(household, on=on)
    version = market.model_version(policy, on=on) if policy else None
    return market.sleeves(version.pk) if version else []


def _unpriced(household: Any, sleeves: Sequence[Sleeve], *, priced: Collection[int], on: date) -> set[int]:
    policy = lacking.policy_now(household, on=on)
    return offered.needed(sleeves, policy, priced=priced) if policy else set()


def _fetched(
    households: QuerySet[Household], shared: suspects.Shared | None, *, trade_on: date
) -> list[Household]:
    positions = Position.objects.select_related("security")
    if shared is not None:
        matters = Q(account__cash=None) | ~Q(held_out="") | Q(security__in=shared.acted)
        positions = positions.filter(matters)
    accounts = (
        Account.objects.filter(Q(closed_on=None) | Q(closed_on__gt=trade_on))
        .select_related("cash", "tax_unit")
        .defer("number")
        .prefetch_related(Prefetch("positions", positions), unreconciled.prefetch())
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


def _held(households: Sequence[Household], shared: suspects.Shared | None) -> dict[int, dict[int, _Lots]]:
    """The securities that each household holds in lots; with what is `shared`, only those of which something is missing."""
    lots = TaxLot.objects.filter(account__household__in=households, account__closed_on=None, closed_on=None)
    if shared is not None:
        no_basis = Q(basis=None, account__tax_treatment=Account.TaxTreatment.TAXABLE)
        lots = lots.filter(no_basis | Q(security__in=shared.doubtful))
    found: dict[int, dict[int, _Lots]] = defaultdict(lambda: defaultdict(_Lots))
    columns = ("account__household", "security", "basis", "public_id", "account__tax_treatment")
    for household, security, basis, public_id, treatment in (
        lots.order_by("pk").values_list(*columns).iterator()
    ):
        of_security = found[household][security]
        if basis is None and treatment == Account.TaxTreatment.TAXABLE:
            of_security.without_basis.append(public_id)
    return found


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
