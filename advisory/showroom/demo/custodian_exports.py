"""Files as custodians write them: Schwab, Fidelity, Interactive Brokers and an OFX statement.

Only what `docs/formats` describes is written, so that the importer's own readers take them in.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from decimal import Decimal as D
from xml.sax.saxutils import escape, quoteattr

from advisory.showroom.demo.holdings import Contents
from advisory.showroom.demo.house_files import lot_id
from advisory.showroom.demo.listing import BY_SYMBOL, SWEEP
from advisory.showroom.demo.lot_histories import DrawnLot
from advisory.showroom.demo.markets import Market
from clients.custodians.kinds import SecurityKind
from rebalancing.engine.money import cents


def schwab_positions(held: Contents, market: Market) -> bytes:
    """One account's positions, its number masked to the last three digits."""
    day = market.as_of
    rows: list[list[str]] = [
        [f"Positions for account {held.account.label} ...{held.account.number[-3:]} as of 04:20 PM ET, {day:%Y/%m/%d}"],
        [],
        ["Symbol", "Description", "Qty (Quantity)", "Price", "Mkt Val (Market Value)", "Cost Basis",
         "Reinvest?", "Asset Type", ""],
    ]  # fmt: skip
    total = held.cash
    for symbol, shares in held.shares().items():
        value = cents(shares * market.price(symbol))
        total += value
        basis = sum((lot.basis or D(0) for lot in held.lots if lot.symbol == symbol), D(0))
        rows.append(
            [symbol, BY_SYMBOL[symbol].name.upper(), _plain(shares), f"{market.price(symbol)}", _dollars(value),
             _dollars(basis), "No", _schwab_type(symbol), ""]
        )  # fmt: skip
    rows.append(
        [
            "Cash & Cash Investments",
            "--",
            "--",
            "--",
            _dollars(held.cash),
            "--",
            "--",
            "Cash and Money Market",
            "",
        ]
    )
    rows.append(["Positions Total", "", "--", "--", _dollars(total), "--", "--", "--", ""])
    return _quoted(rows)


def schwab_lots(held: Contents, market: Market) -> list[tuple[str, bytes]]:
    """The lot details of each position, one file a symbol, as the site exports them."""
    files = []
    for symbol in held.shares():
        lots = [lot for lot in held.lots if lot.symbol == symbol]
        files.append((symbol, _schwab_lots(held, symbol, lots, market)))
    return files


def _schwab_lots(held: Contents, symbol: str, lots: Sequence[DrawnLot], market: Market) -> bytes:
    price = market.price(symbol)
    rows = [
        [f"{symbol} Lot Details for XXXX-{held.account.number[-4:]} as of 04:20 PM ET, {market.as_of:%m/%d/%Y}"],
        [],
        ["Open Date", "Quantity", "Price", "Cost/Share", "Market Value", "Cost Basis", "Gain/Loss $", "Gain/Loss %",
         "Holding Period", ""],
    ]  # fmt: skip
    for lot in lots:
        assert lot.acquired_on is not None
        assert lot.price is not None
        assert lot.basis is not None
        value = cents(lot.quantity * price)
        gain = value - lot.basis
        is_long = market.as_of > lot.acquired_on.replace(
            year=lot.acquired_on.year + 1, day=min(lot.acquired_on.day, 28)
        )
        rows.append(
            [f"{lot.acquired_on:%m/%d/%Y} 00:00:00", _plain(lot.quantity), f"${price}", f"${lot.price}", _dollars(value),
             _dollars(lot.basis), _dollars(gain), f"{gain / lot.basis * 100:+.2f}%", "Long Term" if is_long else "Short Term",
             ""]
        )  # fmt: skip
    shares = sum((lot.quantity for lot in lots), D(0))
    basis = sum((lot.basis or D(0) for lot in lots), D(0))
    value = sum((cents(lot.quantity * price) for lot in lots), D(0))
    gain = value - basis
    rows.append(
        ["Total", _plain(shares), "--", "--", _dollars(value), _dollars(basis), _dollars(gain),
         f"{gain / basis * 100:+.2f}%", "--", ""]
    )  # fmt: skip
    return _quoted(rows)


def fidelity_positions(contents: Sequence[Contents], market: Market) -> bytes:
    """All accounts in one table, the day in the footer."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(
        ["Account Number", "Account Name", "Symbol", "Description", "Quantity", "Last Price", "Current Value",
         "Cost Basis Total", "Type"]
    )  # fmt: skip
    for held in contents:
        start = [held.account.number, held.account.label]
        writer.writerow(
            [*start, f"{SWEEP}**", "HELD IN MONEY MARKET", "", "", f"${held.cash}", "", "Cash", ""]
        )
        for symbol, of_lots in held.shares().items():
            shares = of_lots + held.extra_shares.get(symbol, D(0))
            price = market.price(symbol)
            writer.writerow(
                [*start, symbol, BY_SYMBOL[symbol].name.upper(), _plain(shares), f"${price}",
                 f"${cents(shares * price)}", "n/a", "Cash", ""]
            )  # fmt: skip
    footer = f'\r\n\r\n"Figures are generated, and so are the securities."\r\n\r\n"Date downloaded {market.as_of:%b-%d-%Y} 4:35 p.m ET"\r\n'
    return ("\ufeff" + out.getvalue() + footer).encode()


def ibkr_flex(held: Contents, market: Market) -> bytes:
    """A Flex statement: summaries restated by lots, and the cash report."""
    number, day = held.account.number, f"{market.as_of:%Y%m%d}"
    lines = [
        '<FlexQueryResponse queryName="evenkeel" type="AF">',
        '<FlexStatements count="1">',
        f'<FlexStatement accountId="{number}" fromDate="{day}" toDate="{day}" whenGenerated="{day};201200">',
        "<CashReport>",
        f'<CashReportCurrency accountId="{number}" currency="USD" endingCash="{held.cash}" endingSettledCash="{held.cash}" />',
        "</CashReport>",
        "<OpenPositions>",
    ]
    for symbol, shares in held.shares().items():
        price = market.price(symbol)
        lots = [(place, lot) for place, lot in enumerate(held.lots) if lot.symbol == symbol]
        about = (
            f'accountId="{number}" currency="USD" assetCategory="STK" symbol="{symbol}" '
            f'description={quoteattr(BY_SYMBOL[symbol].name.upper())} markPrice="{price}" reportDate="{day}"'
        )
        basis = sum((lot.basis or D(0) for _, lot in lots), D(0))
        lines.append(
            f'<OpenPosition {about} position="{_plain(shares)}" positionValue="{cents(shares * price)}" '
            f'costBasisMoney="{basis}" levelOfDetail="SUMMARY" openDateTime="" />'
        )
        lines += [
            f'<OpenPosition {about} position="{_plain(lot.quantity)}" positionValue="{cents(lot.quantity * price)}" '
            f'costBasisPrice="{lot.price}" costBasisMoney="{lot.basis}" levelOfDetail="LOT" '
            f'openDateTime="{lot.acquired_on:%Y%m%d};100000" holdingPeriodDateTime="{lot.acquired_on:%Y%m%d};100000" '
            f'originatingTransactionID="{lot_id(held, place)}" />'
            for place, lot in lots
        ]
    lines += ["</OpenPositions>", "</FlexStatement>", "</FlexStatements>", "</FlexQueryResponse>"]
    return ("\n".join(lines) + "\n").encode()


def ofx_statement(held: Contents, market: Market) -> bytes:
    """An investment statement in OFX 2: positions and cash, no lots."""
    moment = f"{market.as_of:%Y%m%d}160000.000[-5:EST]"
    positions, listed = [], []
    for symbol, shares in held.shares().items():
        price = market.price(symbol)
        kind, info = ("POSMF", "MFINFO") if BY_SYMBOL[symbol].is_fund_share else ("POSSTOCK", "STOCKINFO")
        identity = f"<SECID><UNIQUEID>{symbol}</UNIQUEID><UNIQUEIDTYPE>TICKER</UNIQUEIDTYPE></SECID>"
        positions.append(
            f"<{kind}><INVPOS>{identity}<HELDINACCT>CASH</HELDINACCT><POSTYPE>LONG</POSTYPE>"
            f"<UNITS>{_plain(shares)}</UNITS><UNITPRICE>{price}</UNITPRICE><MKTVAL>{cents(shares * price)}</MKTVAL>"
            f"<DTPRICEASOF>{moment}</DTPRICEASOF></INVPOS></{kind}>"
        )
        listed.append(
            f"<{info}><SECINFO>{identity}<SECNAME>{escape(BY_SYMBOL[symbol].name.upper())}</SECNAME>"
            f"<TICKER>{symbol}</TICKER></SECINFO></{info}>"
        )
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8" standalone="no"?>',
            '<?OFX OFXHEADER="200" VERSION="203" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>',
            "<OFX>",
            f"<SIGNONMSGSRSV1><SONRS><STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS><DTSERVER>{moment}</DTSERVER>"
            "<LANGUAGE>ENG</LANGUAGE></SONRS></SIGNONMSGSRSV1>",
            "<INVSTMTMSGSRSV1><INVSTMTTRNRS><TRNUID>1</TRNUID><STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS>",
            f"<INVSTMTRS><DTASOF>{moment}</DTASOF><CURDEF>USD</CURDEF>",
            f"<INVACCTFROM><BROKERID>vanguard.example</BROKERID><ACCTID>{held.account.number}</ACCTID></INVACCTFROM>",
            "<INVPOSLIST>",
            *positions,
            "</INVPOSLIST>",
            f"<INVBAL><AVAILCASH>{held.cash}</AVAILCASH><MARGINBALANCE>0</MARGINBALANCE><SHORTBALANCE>0</SHORTBALANCE></INVBAL>",
            "</INVSTMTRS></INVSTMTTRNRS></INVSTMTMSGSRSV1>",
            "<SECLISTMSGSRSV1><SECLIST>",
            *listed,
            "</SECLIST></SECLISTMSGSRSV1>",
            "</OFX>",
            "",
        ]
    ).encode()


def _schwab_type(symbol: str) -> str:
    kinds = {SecurityKind.STOCK: "Equity", SecurityKind.MUTUAL_FUND: "Mutual Fund"}
    return kinds.get(BY_SYMBOL[symbol].kind, "ETFs & Closed End Funds")


def _quoted(rows: Sequence[Sequence[str]]) -> bytes:
    """Every cell quoted; a blank row is a blank line; a last empty cell leaves the trailing comma bare."""
    lines = []
    for row in rows:
        cells = [f'"{cell}"' for cell in row]
        lines.append(",".join([*cells[:-1], ""] if row and not row[-1] else cells))
    return ("\r\n".join(lines) + "\r\n").encode()


def _dollars(amount: D) -> str:
    return f"-${-amount:,.2f}" if amount < 0 else f"${amount:,.2f}"


def _plain(number: D) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
