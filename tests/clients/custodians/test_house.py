"""The house bundle: what is exported imports again as the same rows."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from clients.custodians import kinds, registry, rows, symbols
from clients.custodians.cells import cusip_check_digit
from clients.custodians.house import house, house_writing
from clients.custodians.house.house_columns import TABLES
from clients.custodians.kinds import RowKind
from clients.custodians.reading import Upload, numbered
from tests.clients.custodians.reading import RECEIVED_ON, SAMPLES, read

PAGE = SAMPLES.parent / "house-bundle.md"

# In our own form already, as the record holds them: BFA would come back as BF.A.
symbol_texts = st.from_regex(r"[A-Z]{1,5}(\.[A-C])?", fullmatch=True).map(symbols.canonical)
ids = st.from_regex(r"[A-Z]{1,2}-[0-9]{1,6}", fullmatch=True)
names = (
    st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=20)
    | st.sampled_from(["=1+1", "@home", "-5", "'quoted", '"', "a,b", "O'Neil; Söhne"])
).filter(lambda text: text.strip(" \t\u00a0\ufeff") == text)
amounts = st.decimals(min_value=0, max_value=10**9, places=2)
signed = st.decimals(min_value=-(10**9), max_value=10**9, places=2)
shares = st.decimals(min_value=Decimal("0.0001"), max_value=10**6, places=4)
days = st.dates(min_value=date(1950, 1, 1), max_value=RECEIVED_ON)
fractions = st.decimals(min_value=0, max_value=1, places=4)


def optional(strategy: Any) -> Any:
    return st.none() | strategy


@st.composite
def weights(draw: Any) -> tuple[tuple[str, Decimal], ...]:
    share = draw(st.integers(min_value=0, max_value=100))
    return draw(
        st.sampled_from(
            [
                (),
                (("us_stock", Decimal(1)),),
                (("us_stock", Decimal(share) / 100), ("us_bond", Decimal(100 - share) / 100)),
            ]
        )
    )


securities = st.builds(
    rows.SecurityRow,
    symbol=symbol_texts,
    name=names,
    kind=st.sampled_from(kinds.SecurityKind),
    cusip=optional(
        st.from_regex(r"[0-9]{3}[A-Z0-9]{5}", fullmatch=True).map(lambda b: b + cusip_check_digit(b))
    ),
    asset_class_weights=weights(),
    issuer=optional(names),
    sector=optional(names),
    wash_group=optional(ids),
    replacements=st.lists(symbol_texts, unique=True, max_size=3).map(tuple),
    status=optional(st.sampled_from(kinds.SecurityStatus)),
    half_spread_bps=optional(amounts),
    volume_daily_average=optional(amounts),
    fractional=optional(st.booleans()),
    increment=optional(shares),
    settlement_days=optional(st.integers(min_value=0, max_value=30)),
    expense_ratio=optional(fractions),
    yield_ordinary=optional(fractions),
    yield_qualified=optional(fractions),
    yield_exempt=optional(fractions),
    yield_gain=optional(fractions),
    collectible=optional(st.booleans()),
    origin=st.just(rows.Origin()),
)
prices = st.builds(rows.PriceRow, symbol_texts, days, shares, optional(names), origin=st.just(rows.Origin()))
accounts = st.builds(
    rows.AccountRow,
    number=ids,
    label=optional(names),
    household=ids,
    household_name=optional(names),
    owner=names,
    owner_second=optional(names),
    registration=st.sampled_from(kinds.Registration),
    custodian=optional(st.sampled_from(["schwab", "fidelity", "ibkr"])),
    discretion=st.sampled_from(kinds.Discretion),
    agreement_on=optional(st.just(date(2019, 4, 1))),
    agreement_ends_on=optional(st.just(date(2025, 4, 1))),
    margin=st.booleans(),
    lot_method=optional(st.sampled_from(kinds.LotMethod)),
    lot_method_since_on=optional(days),
    cash_minimum=optional(amounts),
    opened_on=optional(days),
    closed_on=optional(days),
    origin=st.just(rows.Origin()),
)


@st.composite
def lots(draw: Any) -> rows.LotRow:
    status = draw(st.sampled_from(kinds.BasisStatus))
    quantity = draw(shares)
    # At most a million each, so that the product stays below what a cell may hold.
    unit_cost = None if status is kinds.BasisStatus.UNKNOWN else draw(shares)
    acquired_on = draw(optional(days))
    return rows.LotRow(
        account=draw(ids),
        as_of=RECEIVED_ON,
        symbol=draw(symbol_texts),
        lot_id=draw(optional(ids)),
        acquired_on=acquired_on,
        acquired_adjusted_on=draw(optional(days)),
        quantity=quantity,
        unit_cost=unit_cost,
        basis_total=None if unit_cost is None else draw(st.none() | st.just(unit_cost * quantity)),
        basis_status=status,
        basis_wash_adjusted=draw(optional(amounts)),
        average_cost=draw(optional(st.booleans())),
        acquired_by=draw(optional(st.sampled_from(kinds.Acquisition))),
        donor_acquired_on=draw(optional(days)),
        donor_basis=draw(optional(amounts)),
        gift_on=draw(optional(days)),
        gift_value=draw(optional(amounts)),
        term=None,
        ordinal=1,
    )


@st.composite
def positions(draw: Any) -> rows.PositionRow:
    quantity, price = draw(shares), draw(optional(shares))
    short = draw(st.booleans())
    quantity = -quantity if short else quantity
    return rows.PositionRow(
        account=draw(ids),
        as_of=RECEIVED_ON,
        symbol=draw(symbol_texts),
        name=None,
        kind=None,
        cusip=None,
        quantity=quantity,
        price=price,
        value=None if price is None else quantity * price,
        basis_total=draw(optional(amounts)),
        held_in=None,
        reinvest=draw(optional(st.booleans())),
        factor=Decimal(1),
        option=None,
        held_out="A short position is never rebalanced." if short else None,
    )


cash = st.builds(
    rows.CashRow,
    ids,
    st.just(RECEIVED_ON),
    st.sampled_from(kinds.CashKind),
    signed,
    optional(days),
    optional(symbol_texts),
    origin=st.just(rows.Origin()),
)


@st.composite
def transactions(draw: Any) -> rows.TransactionRow:
    kind = draw(st.sampled_from(kinds.TransactionKind))
    quantity = draw(optional(shares))
    if quantity is not None and kind in kinds.DISPOSITIONS:
        quantity = -quantity
    trade_on = draw(days)
    return rows.TransactionRow(
        account=draw(ids),
        kind=kind,
        trade_on=trade_on,
        settles_on=draw(optional(st.just(trade_on + timedelta(days=1)))),
        transaction_id=draw(ids),
        symbol=draw(optional(symbol_texts)),
        quantity=quantity,
        price=draw(optional(amounts)),
        amount=draw(optional(signed)),
        fees=draw(optional(amounts)),
        lot_id=draw(optional(ids)),
        related_id=draw(optional(ids)),
        description=draw(optional(names)),
        option=None,
        ordinal=1,
    )


@st.composite
def closed_lots(draw: Any) -> rows.ClosedLotRow:
    closed_on = draw(days)
    return rows.ClosedLotRow(
        account=draw(ids),
        symbol=draw(symbol_texts),
        name=None,
        quantity=draw(shares),
        opened_on=draw(optional(st.just(closed_on - timedelta(days=draw(st.integers(0, 900)))))),
        closed_on=closed_on,
        proceeds=draw(amounts),
        basis_total=draw(optional(amounts)),
        gain_short=None,
        gain_long=None,
        wash_sale=None,
        loss_disallowed=draw(optional(amounts)),
        ordinal=1,
    )


def of(kind: RowKind, strategy: Any) -> Any:
    key = TABLES[kind].key

    def same(row: Any) -> Any:
        found = tuple(getattr(row, name) for name in key)
        return object() if None in found else found

    return st.lists(strategy, max_size=4, unique_by=same if key else None)


bundles = st.fixed_dictionaries(
    {},
    optional={
        RowKind.SECURITY: of(RowKind.SECURITY, securities),
        RowKind.PRICE: of(RowKind.PRICE, prices),
        RowKind.ACCOUNT: of(RowKind.ACCOUNT, accounts),
        RowKind.POSITION: of(RowKind.POSITION, positions()),
        RowKind.LOT: of(RowKind.LOT, lots()),
        RowKind.CASH: of(RowKind.CASH, cash),
        RowKind.TRANSACTION: of(RowKind.TRANSACTION, transactions()),
        RowKind.CLOSED_LOT: of(RowKind.CLOSED_LOT, closed_lots()),
    },
).filter(bool)


# Shrinking eight tables takes minutes and says little; the failing bundle itself is shown.
@settings(
    max_examples=100,
    phases=(Phase.explicit, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(bundles)
def test_what_is_exported_imports_again_as_the_same_rows(rows_by_kind: dict[RowKind, list[Any]]) -> None:
    found = read("bundle.zip", house_writing.bundle(rows_by_kind))

    assert [str(fault) for fault in found.faults] == []
    assert found.covers == frozenset(rows_by_kind)
    for kind in TABLES:
        expected = rows_by_kind.get(kind, [])
        if kind in {RowKind.LOT, RowKind.TRANSACTION, RowKind.CLOSED_LOT}:
            expected = numbered(expected)
        assert list(getattr(found, kind.value)) == expected


def test_the_same_rows_are_the_same_bytes() -> None:
    held = {RowKind.PRICE: [rows.PriceRow("ALPM", RECEIVED_ON, Decimal("82.40"), "generated")]}
    assert house_writing.bundle(held) == house_writing.bundle(held)


@pytest.mark.parametrize("kind", TABLES)
def test_a_table_reads_the_same_in_any_order_of_columns(kind: RowKind) -> None:
    lines = (SAMPLES / "house-bundle" / f"{kind.value}.csv").read_text().splitlines()
    turned = "\n".join(",".join(reversed(line.split(","))) for line in lines) + "\n"
    straight = read(f"{kind.value}.csv", "\n".join(lines) + "\n")
    assert getattr(read(f"{kind.value}.csv", turned), kind.value) == getattr(straight, kind.value)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_table_reads_the_same_in_every_encoding_and_line_end(codec: str, newline: str) -> None:
    text = "symbol,name,kind\nALPM,Société Söhne,etf\n".replace("\n", newline)
    assert [s.name for s in read("securities.csv", text.encode(codec)).securities] == ["Société Söhne"]


def test_a_fault_in_one_account_leaves_the_others() -> None:
    found = read(
        "lots.csv",
        "account,as_of,symbol,quantity,basis_status\n"
        "417,2026-11-20,ALPM,10,unknown\n"
        "526,2026-11-20,ALPM,10,unknown\n"
        "417,2026-11-20,CDRT,nan,unknown\n",
    )
    assert [lot.account for lot in found.lots] == ["526"]
    assert found.accounts_refused == ("417",)
    assert not found.refused


def test_an_empty_table_says_that_there_are_none() -> None:
    found = read("lots.csv", "account,as_of,symbol,quantity,basis_status\n")
    assert (found.covers, found.lots, found.refused) == (frozenset({RowKind.LOT}), (), False)


def test_two_lots_of_one_day_and_cost_are_two_lots() -> None:
    line = "417,2026-11-20,ALPM,10,unknown\n"
    found = read("lots.csv", "account,as_of,symbol,quantity,basis_status\n" + line * 3)
    assert [lot.ordinal for lot in found.lots] == [1, 2, 3]


def test_a_formula_in_a_name_comes_back_as_the_same_text_and_leaves_escaped() -> None:
    security = read("securities.csv", 'symbol,name,kind\nALPM,"=HYPERLINK(""x"")",etf\n').securities[0]
    assert security.name == '=HYPERLINK("x")'
    assert "'=HYPERLINK" in house_writing.table_csv(RowKind.SECURITY, [security])


def test_the_page_names_every_column_and_no_other() -> None:
    page = PAGE.read_text()
    for table in TABLES.values():
        section = page.split(f"## `{table.kind.value}.csv`")[1].split("\n## ")[0]
        named = [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]
        assert named == [column.name for column in table.columns]


def test_files_of_one_bundle_may_come_alone_or_together() -> None:
    alone = {
        kind: getattr(
            read(f"{kind.value}.csv", (SAMPLES / "house-bundle" / f"{kind.value}.csv").read_bytes()),
            kind.value,
        )
        for kind in TABLES
    }
    together = house.parse(Upload("all.zip", house_writing.bundle(alone), RECEIVED_ON))
    assert {kind: getattr(together, kind.value) for kind in TABLES} == alone
    assert registry.detect("all.zip", house_writing.bundle(alone)) == registry.by_slug("house")
