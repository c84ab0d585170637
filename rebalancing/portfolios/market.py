"""What households share: securities, their prices of one day, the models' sleeves, the firm's restricted list and
its settings.

A worker's turn reads many households that hold the same few hundred securities. A `Market` fetches each of
them once, when the first household asks, and keeps it until the turn ends, in less than a minute. Code that
decides about a stored proposal creates a new `Market` and so compares with the record of that moment.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar

from django.db.models import Prefetch, Q, QuerySet

from clients.models import (
    AssetClass,
    ClassWeight,
    ModelVersion,
    Policy,
    Price,
    Replacement,
    Security,
    Sleeve,
    SleeveMember,
)
from clients.policies import model_versions
from clients.securities import securities
from compliance import restrictions
from compliance.firm import firm_settings
from compliance.firm.firm_settings import InForce
from compliance.models import ListKind, RestrictedIssuer, SettingVersion
from compliance.statements.reads import joined, prepared, together
from rebalancing.portfolios import decided_facts
from rebalancing.portfolios.decided_facts import DecidedFact
from rebalancing.portfolios.gathered import Fetch, Gathered, M, Table, What

T = TypeVar("T")


@prepared
def every_class() -> QuerySet[AssetClass]:
    """Every asset class."""
    return AssetClass.objects.all()


def _and_replacements(keys: list[int]) -> Q:
    replacing = Replacement.objects.filter(security__in=keys).order_by().values("replacement")
    return Q(pk__in=keys) | Q(pk__in=replacing)


@prepared
def _followed(keys: list[int]) -> QuerySet[Security]:
    return Security.objects.filter(_and_replacements(keys)).select_related("wash_group").order_by()


@prepared
def _classes_of(keys: list[int]) -> QuerySet[ClassWeight]:
    of_them = Security.objects.filter(_and_replacements(keys)).order_by().values("pk")
    found = ClassWeight.objects.filter(security__in=of_them).select_related("asset_class")
    return found.order_by("security", "asset_class")


@prepared
def _replacements_of(keys: list[int]) -> QuerySet[Replacement]:
    of_them = Security.objects.filter(_and_replacements(keys)).order_by().values("pk")
    return Replacement.objects.filter(security__in=of_them).order_by("security", "rank")


@prepared
def _sleeves(version: int) -> QuerySet[Sleeve]:
    found = Sleeve.objects.filter(model_class__version=version).select_related("model_class__asset_class")
    return found.order_by("model_class__asset_class__position", "model_class__asset_class__code", "pk")


@prepared
def _members(version: int) -> QuerySet[SleeveMember]:
    return SleeveMember.objects.filter(sleeve__model_class__version=version)


class Market:
    """Securities by key with their closing prices of one day, loaded on demand."""

    def __init__(self, on: date) -> None:
        self.on = on
        self._securities: dict[int, Security] = {}
        self._followed: set[int] = set()
        self._prices: dict[int, Price] = {}
        self._priced: set[int] = set()
        self._sleeves: dict[int, list[Sleeve]] = {}
        self._followed_versions: dict[tuple[int, date], ModelVersion | None] = {}
        self._restricted: dict[date, frozenset[str]] = {}
        self._settings: dict[date, InForce] = {}
        self._shared: dict[tuple[str, date], Any] = {}
        self._closes: dict[tuple[str, date, date], dict[date, Decimal]] = {}
        self._disputed: dict[int, Price] = {}
        self._asked_for_disputes: set[int] = set()
        self._gathered = Gathered()
        self._decided: list[DecidedFact] | None = None
        self._decided_since: datetime | None = None

    def securities(self, keys: Collection[int]) -> dict[int, Security]:
        """These securities and their replacements, by symbol, with classes, wash group and replacements."""
        if unknown := set(keys) - self._followed:
            keys_of_them = sorted(unknown)
            found, classes, replacements = together(
                _followed.asked(keys_of_them),
                _classes_of.asked(keys_of_them),
                _replacements_of.asked(keys_of_them),
            )
            joined(found, "class_weights", classes, by="security")
            joined(found, "replacements", replacements, by="security")
            for one in found:
                self._securities.setdefault(one.pk, one)
            self._followed |= unknown
        replacing_keys = {
            one.replacement_id for key in keys for one in self._securities[key].replacements.all()
        }
        found = [self._securities[key] for key in {*keys, *replacing_keys}]
        return {one.pk: one for one in sorted(found, key=lambda one: one.symbol)}

    def by_symbol(self, symbols: Iterable[str]) -> dict[str, Security]:
        """The securities of these symbols. Raises KeyError for a symbol that is not on record."""
        wanted = set(symbols)
        known = {one.symbol: one for one in self._securities.values()}
        if unknown := wanted - known.keys():
            self._keep(Q(symbol__in=unknown))
            known = {one.symbol: one for one in self._securities.values()}
        return {symbol: known[symbol] for symbol in wanted}

    def prices(self, keys: Collection[int]) -> dict[int, Price]:
        """The closing prices of the day or shortly before; a security without one is left out."""
        if unknown := set(keys) - self._priced:
            self._prices |= securities.prices_on(
                self.on, securities=unknown, figures=self.settings_on(self.on)
            )
            self._priced |= unknown
        return {key: self._prices[key] for key in keys if key in self._prices}

    def disputed(self, keys: Collection[int]) -> dict[int, Price]:
        """Of these securities, the newest price where it is in dispute and no other source has a price for
        that day.
        """
        if unknown := set(keys) - self._asked_for_disputes:
            self._disputed |= securities.disputed_on(
                self.on, securities=unknown, figures=self.settings_on(self.on)
            )
            self._asked_for_disputes |= unknown
        return {key: self._disputed[key] for key in keys if key in self._disputed}

    def model_version(self, policy: Policy, *, on: date) -> ModelVersion | None:
        """The version that a policy follows on a day; None where its model has none in force."""
        if not policy.follows_model:
            return policy.model
        key = (policy.model.model_id, on)
        if key not in self._followed_versions:
            self._followed_versions[key] = model_versions.in_force(policy.model.model, on=on)
        return self._followed_versions[key]

    def sleeves(self, version_id: int) -> list[Sleeve]:
        """The sleeves of a model's version with their classes and members, in the model's order."""
        if version_id not in self._sleeves:
            found, members = together(_sleeves.asked(version_id), _members.asked(version_id))
            joined(found, "members", members, by="sleeve")
            self._sleeves[version_id] = found
        return self._sleeves[version_id]

    def restricted_issuers(self, on: date) -> frozenset[str]:
        """The issuers that the firm may not trade for any client on a day."""
        if on not in self._restricted:
            found = restrictions.in_force(on=on)
            self._restricted[on] = frozenset(one.issuer for one in found if one.kind == ListKind.RESTRICTED)
        return self._restricted[on]

    def gather(self, households: Collection[int]) -> None:
        """Name the households, by key, that are read next: the rows of each table are then fetched for all of them at once."""
        self._gathered = Gathered(households)

    def rows_of(self, household: int, what: What, fetch: Fetch[T]) -> list[T]:
        """One household's own rows of a table; those of the others that were named with it are fetched along."""
        return self._gathered.rows(household, what, fetch)

    def table(self, household: int, table: Table[M], *days: Any) -> list[M]:
        """One household's rows of a table for some days."""
        return self.rows_of(household, table.what(*days), lambda keys: table.fetch(keys, *days))

    def shared(self, name: str, on: date, fetch: Callable[[], T]) -> T:
        """What is the same for every household on a day, fetched when the first one asks."""
        if (name, on) not in self._shared:
            self._shared[name, on] = fetch()
        found: T = self._shared[name, on]
        return found

    def settings_on(self, day: date) -> InForce:
        """The firm's settings in force on a day."""
        if day not in self._settings:
            self._settings[day] = firm_settings.folded(self.setting_versions, on=day)
        return self._settings[day]

    def closes(self, symbol: str, first: date, last: date) -> dict[date, Decimal]:
        """The closing prices of a security on the days of a span, by day."""
        key = (symbol, first, last)
        if key not in self._closes:
            self._closes[key] = decided_facts.closes(symbol, first, last, figures=self.settings_on(last))
        return self._closes[key]

    def decided_facts(self, among: Collection[int], *, since: datetime) -> list[DecidedFact]:
        """What people decided about these securities after a moment, the oldest first."""
        if self._decided is None or self._decided_since is None or since < self._decided_since:
            self._decided, self._decided_since = decided_facts.since(since), since
        return [one for one in self._decided if one.at > since and one.security_id in among]

    @cached_property
    def setting_versions(self) -> list[SettingVersion]:
        """Every version of the firm's settings, for the days that households ask about."""
        return firm_settings.versions.rows()

    @cached_property
    def listings(self) -> list[RestrictedIssuer]:
        """Every entry of the firm's restricted list, those of the past too."""
        return list(RestrictedIssuer.objects.filter(kind=ListKind.RESTRICTED).order_by("placed_at", "pk"))

    @cached_property
    def counts_as_stocks(self) -> dict[str, bool | None]:
        """Of each class by its code, whether it counts as stocks for a client's risk cap; None where this has
        not been decided.
        """
        return {code: one.is_equity for code, one in self.classes.items()}

    @cached_property
    def classes(self) -> dict[str, AssetClass]:
        """Every asset class by its code, with what the firm assumes of it."""
        return {one.code: one for one in every_class.rows()}

    @cached_property
    def listed_issuers(self) -> list[RestrictedIssuer]:
        """Every standing entry of the firm's restricted and watch lists."""
        return list(RestrictedIssuer.objects.filter(lifted_at=None))

    def sessions(self, keys: Collection[int], days: Sequence[date]) -> dict[int, dict[date, Decimal]]:
        """The usable prices of these securities on the sessions from the first of these days to the last, by security."""
        known: dict[int, dict[date, Decimal]] = self.shared(f"sessions since {days[0]}", days[-1], dict)
        if unknown := set(keys) - known.keys():
            known.update((key, {}) for key in unknown)
            told = Price.objects.filter(
                security__in=unknown,
                as_of_on__gte=days[0],
                as_of_on__lte=days[-1],
                standing__in=securities.USABLE,
            )
            for key, day, price in told.order_by("received_at").values_list("security", "as_of_on", "price"):
                known[key][day] = price
        return {key: known[key] for key in keys}

    def _keep(self, which: Q) -> None:
        found = Security.objects.filter(which).select_related("wash_group").order_by()
        classes = ClassWeight.objects.select_related("asset_class").order_by("security", "asset_class")
        replacements = Replacement.objects.order_by("security", "rank")
        for one in found.prefetch_related(
            Prefetch("class_weights", classes), Prefetch("replacements", replacements)
        ):
            self._securities.setdefault(one.pk, one)
