"""Imports securities and looks up prices; decisions by people are kept (see `decisions`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Protocol

from django.db.models import Case, IntegerField, Max, QuerySet, When

from clients.custodians import symbols
from clients.custodians.kinds import SecurityKind, SecurityStatus
from clients.custodians.rows import SecurityRow
from clients.models import (
    AssetClass,
    ClassWeight,
    FormerSymbol,
    Price,
    Security,
    SecurityDecision,
    WashGroup,
)
from clients.models.securities import CASH_CLASS
from clients.securities import decided_facts, replacements
from compliance.firm import firm_settings, price_figures
from compliance.firm.firm_settings import InForce
from compliance.statements.reads import prepared

BPS = Decimal(10_000)
PER_HUNDRED = Decimal("0.01")

TRADING = {
    None: Security.Trading.OPEN,
    SecurityStatus.TRADABLE: Security.Trading.OPEN,
    SecurityStatus.SELL_ONLY: Security.Trading.SELL_ONLY,
    SecurityStatus.FROZEN: Security.Trading.FROZEN,
}

# Names of the classes most files use; any other code is converted to words.
CLASS_NAMES = {
    "us_stock": "US stocks",
    "us_small": "US small companies",
    "intl_stock": "International stocks",
    "emerging_stock": "Emerging-market stocks",
    "us_bond": "US bonds",
    "muni_bond": "Municipal bonds",
    "tips": "Inflation-protected bonds",
    "intl_bond": "International bonds",
    "real_estate": "Real estate",
    "commodities": "Commodities",
    "cash": "Cash",
}

# What a row may change on a security that is already on record.
_CHANGEABLE = (
    "name",
    "kind",
    "cusip",
    "issuer",
    "sector",
    "trading",
    "wash_group",
    "half_spread",
    "daily_volume",
    "increment",
    "is_fractional",
    "settlement_days",
    "expense_ratio",
    "ordinary_yield",
    "qualified_yield",
    "exempt_yield",
    "realized_gain_yield",
    "is_collectible",
    "is_generated",
)


_COMPARED = tuple("wash_group_id" if name == "wash_group" else name for name in _CHANGEABLE)

USABLE = (Price.Standing.SOUND, Price.Standing.ACCEPTED)

FUNDS = frozenset({Security.Kind.ETF, Security.Kind.MUTUAL_FUND, Security.Kind.MONEY_MARKET})


def issuer_of(security: Security) -> str | None:
    """The issuer of a security: on record for single names; a fund issues its own shares. None when unknown."""
    return security.issuer or (security.name if security.kind in FUNDS else None) or None


def symbols_on_record() -> frozenset[str]:
    return frozenset(Security.objects.values_list("symbol", flat=True))


def issuers_on_record() -> dict[str, int]:
    """The number of securities of each issuer, by name: single companies, and funds, which are their own
    issuer.
    """
    found: dict[str, int] = defaultdict(int)
    for security in Security.objects.only("issuer", "name", "kind"):
        if issuer := issuer_of(security):
            found[issuer] += 1
    return dict(found)


def sectors_on_record() -> frozenset[str]:
    return frozenset(Security.objects.exclude(sector="").values_list("sector", flat=True).distinct())


def add_or_update(rows: Sequence[SecurityRow], *, is_generated: bool = False) -> dict[str, Security]:
    """Add or update the securities of a file; returns them by symbol.

    Wash groups and asset classes that are not on record yet are added under the code the file uses. Where a
    file leaves a cell empty that rules depend on, the value on record stays. A person's decision always stays
    (see `decisions.kept`).
    """
    if not rows:
        return {}
    groups = _wash_groups({row.wash_group for row in rows if row.wash_group})
    classes = _asset_classes({code for row in rows for code, _ in row.asset_class_weights})
    on_record_before = Security.objects.select_related("wash_group")
    before = on_record_before.in_bulk({row.symbol for row in rows}, field_name="symbol")
    decided = decided_facts.in_force([one.pk for one in before.values()])
    by_people = {symbol: decided.get(one.pk, {}) for symbol, one in before.items()}
    fresh = [described(row, groups, is_generated=is_generated) for row in rows]
    for row, security in zip(rows, fresh, strict=True):
        if row.symbol in before:
            _keep_unsaid(row, security, before[row.symbol])
            for fact in by_people[row.symbol].keys() & set(_CHANGEABLE):
                setattr(security, fact, getattr(before[row.symbol], fact))
    Security.objects.bulk_create(
        fresh,
        update_conflicts=True,
        unique_fields=("symbol",),
        update_fields=_CHANGEABLE,
    )
    by_symbol = Security.objects.in_bulk({row.symbol for row in rows}, field_name="symbol")
    classified = [
        row
        for row in rows
        if row.asset_class_weights
        and SecurityDecision.Fact.CLASS_WEIGHTS not in by_people.get(row.symbol, {})
    ]
    ClassWeight.objects.filter(security__in=[by_symbol[row.symbol] for row in classified]).delete()
    ClassWeight.objects.bulk_create(
        ClassWeight(security=by_symbol[row.symbol], asset_class=classes[code], weight=weight)
        for row in classified
        for code, weight in row.asset_class_weights
    )
    replacements.restate(rows, by_symbol)
    return by_symbol


def facts_of(symbols_wanted: Collection[str]) -> dict[str, tuple[object, ...]]:
    """The present facts of these securities, so that a file can be compared with them."""
    found = Security.objects.filter(symbol__in=symbols_wanted).prefetch_related(
        "class_weights", "replacements"
    )
    return {
        one.symbol: (
            *(getattr(one, name) for name in _COMPARED),
            sorted((row.asset_class_id, row.weight) for row in one.class_weights.all()),
            [row.replacement_id for row in one.replacements.all()],
        )
        for one in found
    }


class NamesSecurity(Protocol):
    """A row that names a security: a position, a lot, a transaction or a closed lot."""

    @property
    def symbol(self) -> str | None: ...


def symbol_named_by(row: NamesSecurity) -> str:
    """Our symbol for a row's security: an option is a separate security, not its underlying stock."""
    terms = getattr(row, "option", None)
    return symbols.option_symbol(terms) if terms else row.symbol or ""


def on_record(rows: Iterable[NamesSecurity]) -> dict[str, Security]:
    """The securities of these rows that are on record, by our symbol; by CUSIP or a former symbol where the
    symbol does not match.
    """
    cusips: dict[str, str] = {}
    for row in rows:
        if symbol := symbol_named_by(row):
            # Lots and sales have no CUSIP; the position of the same symbol does.
            cusips[symbol] = cusips.get(symbol) or _cusip_of(row)
    known = Security.objects.in_bulk(cusips.keys(), field_name="symbol")
    unknown = {symbol: cusip for symbol, cusip in cusips.items() if cusip and symbol not in known}
    if unknown:
        by_cusip: dict[str, list[Security]] = defaultdict(list)
        for security in Security.objects.filter(cusip__in=unknown.values()):
            by_cusip[security.cusip].append(security)
        known |= {symbol: found[0] for symbol, cusip in unknown.items() if len(found := by_cusip[cusip]) == 1}
    strangers = cusips.keys() - known.keys()
    if strangers:
        formerly: dict[str, list[Security]] = defaultdict(list)
        for former in FormerSymbol.objects.filter(symbol__in=strangers).select_related("security"):
            formerly[former.symbol].append(former.security)
        known |= {
            symbol: found[0]
            for symbol, found in formerly.items()
            # A different CUSIP under a former symbol: another company now uses it.
            if len(found) == 1 and cusips[symbol] in {"", found[0].cusip}
        }
    return known


def add_unclassified(rows: Iterable[NamesSecurity]) -> dict[str, Security]:
    """Add securities that a custodian's file names and that are not on record yet.

    They have no asset class, so the households that hold them are not traded until one is assigned. The first
    row that names one describes it, so pass positions first, which have the most detail.
    """
    rows = list(rows)
    known = on_record(rows)
    strangers: dict[str, Security] = {}
    for row in rows:
        symbol = symbol_named_by(row)
        if symbol and symbol not in known and symbol not in strangers:
            strangers[symbol] = _stranger(symbol, row)
    if strangers:
        Security.objects.bulk_create(strangers.values(), ignore_conflicts=True)
        known |= Security.objects.in_bulk(strangers.keys(), field_name="symbol")
    return known


def _stranger(symbol: str, row: NamesSecurity) -> Security:
    name = getattr(row, "name", None)
    return Security(
        symbol=symbol,
        name=(name or symbol)[: Security._meta.get_field("name").max_length],
        cusip="" if getattr(row, "option", None) else _cusip_of(row),
        kind=_kind_of(symbol, row),
        trading=Security.Trading.FROZEN if getattr(row, "held_out", None) else Security.Trading.OPEN,
    )


def _kind_of(symbol: str, row: NamesSecurity) -> str:
    if getattr(row, "option", None):
        return str(Security.Kind.OPTION)
    if symbols.is_money_market(symbol):
        return str(Security.Kind.MONEY_MARKET)
    kind = getattr(row, "kind", None)
    if kind is None and getattr(row, "factor", None) == PER_HUNDRED:
        return str(Security.Kind.BOND)
    return str(kind) if isinstance(kind, SecurityKind) else str(Security.Kind.OTHER)


def _cusip_of(row: NamesSecurity) -> str:
    if getattr(row, "option", None):
        return ""
    cusip = getattr(row, "cusip", None) or row.symbol or ""
    return cusip if symbols.looks_like_cusip(cusip) else ""


def prices_on(
    day: date, *, securities: Iterable[Security | int] | None = None, figures: InForce | None = None
) -> dict[int, Price]:
    """The latest price of each security on `day` or shortly before, by security key.

    A price as old as the firm's `DAYS_MAX` is not used: the security is then missing from the result. Only
    this function chooses among the sources of a day: a price that a person accepted comes first, then the
    sources in the firm's order (`SOURCES`), then any other, the newest first. A disputed or rejected price is
    never chosen. The order and the age are those in force on `day`; a caller that has the firm's settings of
    that day passes them as `figures`.
    """
    figures = figures or firm_settings.in_force(on=day)
    found = _best.rows(*_around(day, figures), figures.of(price_figures.SOURCES), _keys(securities))
    return {price.security_id: price for price in found}


@prepared
def _best(since: date, day: date, sources: tuple[str, ...], securities: list[int] | None) -> QuerySet[Price]:
    prices = _between(since, day, securities).filter(standing__in=USABLE)
    best = prices.annotate(rank=_rank(sources))
    ordered = best.order_by("security_id", "-as_of_on", "rank", "-received_at", "pk")
    return ordered.distinct("security_id")


def disputed_on(
    day: date, *, securities: Iterable[Security | int] | None = None, figures: InForce | None = None
) -> dict[int, Price]:
    """The securities, by key, whose newest price up to a day is in dispute while no other source has a price
    for that day.
    """
    figures = figures or firm_settings.in_force(on=day)
    found = _newest.rows(*_around(day, figures), _keys(securities))
    return {price.security_id: price for price in found if price.standing == Price.Standing.DISPUTED}


@prepared
def _newest(since: date, day: date, securities: list[int] | None) -> QuerySet[Price]:
    newest = _between(since, day, securities).exclude(standing=Price.Standing.REJECTED)
    is_usable = Case(When(standing__in=USABLE, then=0), default=1, output_field=IntegerField())
    found = newest.annotate(usable_first=is_usable)
    return found.order_by("security_id", "-as_of_on", "usable_first", "pk").distinct("security_id")


def source_rank(figures: InForce) -> Case:
    """The rank of a price among those of its day: accepted by a person first, then the firm's order."""
    return _rank(figures.of(price_figures.SOURCES))


def _rank(sources: tuple[str, ...]) -> Case:
    order = [When(source=source, then=place) for place, source in enumerate(sources, start=1)]
    return Case(
        When(standing=Price.Standing.ACCEPTED, then=0),
        *order,
        default=len(order) + 1,
        output_field=IntegerField(),
    )


def _around(day: date, figures: InForce) -> tuple[date, date]:
    """The days whose prices are not too old on a day: after the first, up to the second."""
    return day - timedelta(days=figures.of(price_figures.DAYS_MAX)), day


def _between(since: date, day: date, securities: list[int] | None) -> QuerySet[Price]:
    prices = Price.objects.filter(as_of_on__lte=day, as_of_on__gt=since)
    return prices if securities is None else prices.filter(security__in=securities)


def _keys(securities: Iterable[Security | int] | None) -> list[int] | None:
    wanted = None if securities is None else {one if isinstance(one, int) else one.pk for one in securities}
    return None if wanted is None else sorted(wanted)


def has_prices_of(day: date) -> bool:
    """Whether any price is on record for exactly this day: a later price does not count."""
    return Price.objects.filter(as_of_on=day).exists()


def latest_price_day() -> date | None:
    """The last day for which any price is on record."""
    return Price.objects.aggregate(day=Max("as_of_on"))["day"]


def described(row: SecurityRow, groups: Mapping[str, WashGroup], *, is_generated: bool = False) -> Security:
    """The security as a file's row describes it, unsaved."""
    return Security(
        symbol=row.symbol,
        name=row.name,
        kind=str(row.kind),
        cusip=row.cusip or "",
        issuer=row.issuer or "",
        sector=row.sector or "",
        trading=TRADING[row.status],
        wash_group=groups.get(row.wash_group) if row.wash_group else None,
        half_spread=None if row.half_spread_bps is None else row.half_spread_bps / BPS,
        daily_volume=row.volume_daily_average,
        increment=row.increment if row.increment and not row.fractional else Decimal(1),
        is_fractional=bool(row.fractional),
        settlement_days=1 if row.settlement_days is None else row.settlement_days,
        expense_ratio=row.expense_ratio,
        ordinary_yield=row.yield_ordinary,
        qualified_yield=row.yield_qualified,
        exempt_yield=row.yield_exempt,
        realized_gain_yield=row.yield_gain,
        is_collectible=bool(row.collectible),
        is_generated=is_generated,
    )


def _keep_unsaid(row: SecurityRow, fresh: Security, before: Security) -> None:
    """Keep facts that hold trades back; without them a loss, a restriction or a freeze would be missed."""
    for name in ("cusip", "issuer", "sector", "wash_group"):
        if not getattr(fresh, name):
            setattr(fresh, name, getattr(before, name))
    if before.wash_group_by_id is not None:
        fresh.wash_group = before.wash_group
    if row.status is None:
        fresh.trading = before.trading


def _wash_groups(codes: set[str]) -> dict[str, WashGroup]:
    WashGroup.objects.bulk_create([WashGroup(code=code) for code in sorted(codes)], ignore_conflicts=True)
    return WashGroup.objects.in_bulk(codes, field_name="code")


def _asset_classes(codes: set[str]) -> dict[str, AssetClass]:
    known = AssetClass.objects.in_bulk(codes, field_name="code")
    last = AssetClass.objects.aggregate(last=Max("position"))["last"] or 0
    AssetClass.objects.bulk_create(
        AssetClass(
            code=code,
            name=CLASS_NAMES.get(code, code.replace("_", " ").capitalize()),
            position=last + place,
            # Cash never counts as stocks; compliance decides about every other class, regardless of its name.
            is_equity=False if code == CASH_CLASS else None,
        )
        for place, code in enumerate(sorted(codes - set(known)), start=1)
    )
    return AssetClass.objects.in_bulk(codes, field_name="code")
