"""Securities and prices as files bring them in; what people decide about them stays (see `security_decisions`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from django.db import connection
from django.db.models import Max

from clients.custodians import symbols
from clients.custodians.kinds import SecurityKind, SecurityStatus
from clients.custodians.rows import PositionRow, PriceRow, SecurityRow
from clients.models import AssetClass, ClassWeight, Price, Replacement, Security, WashGroup
from clients.models.securities import CASH_CLASS

BPS = Decimal(10_000)
PER_HUNDRED = Decimal("0.01")
PRICE_DAYS_MAX = 10

TRADING = {
    None: Security.Trading.OPEN,
    SecurityStatus.TRADABLE: Security.Trading.OPEN,
    SecurityStatus.SELL_ONLY: Security.Trading.SELL_ONLY,
    SecurityStatus.FROZEN: Security.Trading.FROZEN,
}

# How pages call the classes most files use; any other code is put in words as it stands.
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

# What a row may change on a security that is on record already.
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

_PRICES_THAT_DIFFER = """
    SELECT count(*)
    FROM unnest(%s::bigint[], %s::date[], %s::numeric[], %s::varchar[]) AS given (security, day, price, source)
    LEFT JOIN clients_price AS known
    ON known.security_id = given.security AND known.as_of_on = given.day AND known.source = given.source
    WHERE known.id IS NULL OR known.price <> round(given.price, 6)
"""

_ADD_PRICES = """
    INSERT INTO clients_price (security_id, as_of_on, price, source, received_at)
    SELECT security, day, price, source, %s
    FROM unnest(%s::bigint[], %s::date[], %s::numeric[], %s::varchar[]) AS given (security, day, price, source)
    ON CONFLICT (security_id, as_of_on, source) DO UPDATE
    SET price = excluded.price, received_at = excluded.received_at
"""


FUNDS = frozenset({Security.Kind.ETF, Security.Kind.MUTUAL_FUND, Security.Kind.MONEY_MARKET})


def issuer_of(security: Security) -> str | None:
    """Who issues a security: on record for single names; a fund issues its own shares. None when nobody knows."""
    return security.issuer or (security.name if security.kind in FUNDS else None) or None


def symbols_on_record() -> frozenset[str]:
    return frozenset(Security.objects.values_list("symbol", flat=True))


def issuers_on_record() -> dict[str, int]:
    """How many securities each issuer on record has, by its name: single companies, and funds, which issue themselves."""
    found: dict[str, int] = defaultdict(int)
    for security in Security.objects.only("issuer", "name", "kind"):
        if issuer := issuer_of(security):
            found[issuer] += 1
    return dict(found)


def sectors_on_record() -> frozenset[str]:
    return frozenset(Security.objects.exclude(sector="").values_list("sector", flat=True).distinct())


def take_in(rows: Sequence[SecurityRow], *, is_generated: bool = False) -> dict[str, Security]:
    """Add or update the securities of a file; returns them by symbol.

    Wash groups and asset classes that are not on record yet are added under the code the file uses. Where a
    file leaves a cell empty that rules depend on, what is on record stays: silence is no word. What a person
    decided stays in any case (see `security_decisions.kept`).
    """
    if not rows:
        return {}
    groups = _wash_groups({row.wash_group for row in rows if row.wash_group})
    classes = _asset_classes({code for row in rows for code, _ in row.asset_class_weights})
    on_record_before = Security.objects.select_related("wash_group")
    before = on_record_before.in_bulk({row.symbol for row in rows}, field_name="symbol")
    fresh = [_security(row, groups, is_generated=is_generated) for row in rows]
    for row, security in zip(rows, fresh, strict=True):
        if row.symbol in before:
            _keep_unsaid(row, security, before[row.symbol])
    Security.objects.bulk_create(
        fresh,
        update_conflicts=True,
        unique_fields=("symbol",),
        update_fields=_CHANGEABLE,
    )
    by_symbol = Security.objects.in_bulk({row.symbol for row in rows}, field_name="symbol")
    classified = [by_symbol[row.symbol] for row in rows if row.asset_class_weights]
    ClassWeight.objects.filter(security__in=classified).delete()
    ClassWeight.objects.bulk_create(
        ClassWeight(security=by_symbol[row.symbol], asset_class=classes[code], weight=weight)
        for row in rows
        for code, weight in row.asset_class_weights
    )
    _replace_replacements(rows, by_symbol)
    return by_symbol


def facts_of(symbols_wanted: Collection[str]) -> dict[str, tuple[object, ...]]:
    """What is on record about these securities, so that a file can be compared with it."""
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
    """Our symbol for what a row names: an option is a security of its own, not the stock it is written on."""
    terms = getattr(row, "option", None)
    return symbols.option_symbol(terms) if terms else row.symbol or ""


def on_record(rows: Iterable[NamesSecurity]) -> dict[str, Security]:
    """The securities of these rows that are on record, by our symbol; by CUSIP where no symbol fits."""
    cusips = {symbol: _cusip_of(row) for row in rows if (symbol := symbol_named_by(row))}
    known = Security.objects.in_bulk(cusips.keys(), field_name="symbol")
    unknown = {symbol: cusip for symbol, cusip in cusips.items() if cusip and symbol not in known}
    if unknown:
        by_cusip: dict[str, list[Security]] = defaultdict(list)
        for security in Security.objects.filter(cusip__in=unknown.values()):
            by_cusip[security.cusip].append(security)
        known |= {symbol: found[0] for symbol, cusip in unknown.items() if len(found := by_cusip[cusip]) == 1}
    return known


def add_unclassified(rows: Iterable[NamesSecurity]) -> dict[str, Security]:
    """Put securities on record that a custodian's file names and nobody has described yet.

    They have no asset class, so the households that hold them are not traded until somebody gives one.
    The first row that names one describes it: hand in positions first, which say most.
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


def prices_of(rows: Iterable[PositionRow], *, on: date) -> list[PriceRow]:
    """The prices that positions were valued at, for one unit of what the quantity counts.

    An option's price is that of a whole contract and a bond's that of one dollar of face, so that
    quantity times price is the value. A fund of cash is worth one dollar a share.
    """
    found: dict[tuple[str, date], PriceRow] = {}
    for row in rows:
        symbol = symbol_named_by(row)
        price = row.price
        if price is None and symbols.is_money_market(symbol):
            price = Decimal(1)
        if price is not None and price > 0:
            day = row.as_of or on
            found.setdefault((symbol, day), PriceRow(symbol, day, price * row.factor, None, row.origin))
    return list(found.values())


def add_prices(
    rows: Sequence[PriceRow], *, source: str, at: datetime, known: Mapping[str, Security] | None = None
) -> tuple[int, int]:
    """Add the prices of a file; returns how many there were, and how many the record did not have as they are.

    The same day and source is corrected.

    A price of something that is not on record has nothing to belong to and is left out (see
    `symbols_unknown`). `known` says which security a symbol means where the file spells it another way than the record.
    """
    key_by_symbol = dict(
        Security.objects.filter(symbol__in={row.symbol for row in rows}).values_list("symbol", "pk")
    )
    key_by_symbol |= {symbol: security.pk for symbol, security in (known or {}).items()}
    # Two spellings of one security may stand in one file; the statement may touch a row only once.
    priced = {
        (key_by_symbol[row.symbol], row.on, row.source or source): row.price
        for row in rows
        if row.symbol in key_by_symbol
    }
    # One statement for all rows: years of daily prices are a hundred thousand of them.
    columns = (
        [security for security, _, _ in priced],
        [day for _, day, _ in priced],
        list(priced.values()),
        [named for _, _, named in priced],
    )
    with connection.cursor() as cursor:
        cursor.execute(_PRICES_THAT_DIFFER, list(columns))
        (differ,) = cursor.fetchone()
        cursor.execute(_ADD_PRICES, [at, *columns])
    return len(priced), differ


def price_not_stored(key: int, *, on: date, price: Decimal, source: str) -> Price:
    """A price that no file brought, for one reading only."""
    return Price(security_id=key, as_of_on=on, price=price, source=source)


def symbols_unknown(rows: Sequence[PriceRow], *, described: Sequence[SecurityRow] = ()) -> list[str]:
    """The symbols of a price file that neither the record nor the file itself describes."""
    named = {row.symbol for row in rows} - {row.symbol for row in described}
    return sorted(named - set(Security.objects.filter(symbol__in=named).values_list("symbol", flat=True)))


def prices_on(day: date, *, securities: Iterable[Security | int] | None = None) -> dict[int, Price]:
    """The latest price of each security on `day` or shortly before, by security key.

    A price older than `PRICE_DAYS_MAX` days is none: the security is then missing from the answer. Where
    several sources speak for one day, the first by name wins, so that a second run agrees.
    """
    prices = Price.objects.filter(as_of_on__lte=day, as_of_on__gt=day - timedelta(days=PRICE_DAYS_MAX))
    if securities is not None:
        prices = prices.filter(security__in=list(securities))
    return {
        price.security_id: price
        for price in prices.order_by("security_id", "-as_of_on", "source").distinct("security_id")
    }


def has_prices_of(day: date) -> bool:
    """Whether any price is on record for exactly this day: one stamped with a later day says nothing of it."""
    return Price.objects.filter(as_of_on=day).exists()


def latest_price_day() -> date | None:
    """The last day for which any price is on record."""
    return Price.objects.aggregate(day=Max("as_of_on"))["day"]


def _security(row: SecurityRow, groups: dict[str, WashGroup], *, is_generated: bool) -> Security:
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
    """Carry over what holds trades back: without it a loss, a restriction or a freeze would go unseen."""
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
            # Cash is not stocks by what it is; of every other class compliance says so, never its name.
            is_equity=False if code == CASH_CLASS else None,
        )
        for place, code in enumerate(sorted(codes - set(known)), start=1)
    )
    return AssetClass.objects.in_bulk(codes, field_name="code")


def _replace_replacements(rows: Sequence[SecurityRow], by_symbol: dict[str, Security]) -> None:
    """Those that a person approved stay, first and in their order; the file's own follow in its order."""
    named = {symbol for row in rows for symbol in row.replacements}
    known = by_symbol | Security.objects.in_bulk(named - set(by_symbol), field_name="symbol")
    here = Replacement.objects.filter(security__in=by_symbol.values())
    here.filter(approved_by=None).delete()
    approved: dict[int, list[Replacement]] = defaultdict(list)
    for one in here.order_by("security", "rank"):
        approved[one.security_id].append(one)
    fresh = []
    for row in rows:
        security = by_symbol[row.symbol]
        kept = approved[security.pk]
        others = [
            known[symbol]
            for symbol in dict.fromkeys(row.replacements)
            if symbol in known and symbol != row.symbol
        ]
        taken, last = {one.replacement_id for one in kept}, max((one.rank for one in kept), default=0)
        others = [one for one in others if one.pk not in taken]
        fresh += [
            Replacement(security=security, replacement=one, rank=rank)
            for rank, one in enumerate(others, start=last + 1)
        ]
    Replacement.objects.bulk_create(fresh)
