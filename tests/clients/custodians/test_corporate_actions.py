"""Sales and corporate actions under the names that custodians give them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from clients.custodians.kinds import TransactionKind as Kind
from clients.custodians.rows import TransactionRow
from tests.clients.custodians.reading import assert_drawn, read, sample, sample_text

SCHWAB = "Joint_XXX526_Transactions_20261120-162001.csv"
FIDELITY = "Accounts_History.csv"
FLEX = "ibkr-flex.xml"
OFX = "statement-1.02.ofx"


def at_schwab(*rows: str) -> tuple[TransactionRow, ...]:
    header = '"Date","Action","Symbol","Description","Quantity","Price","Fees & Comm","Amount"\n'
    found = read(SCHWAB, header + "".join(row + "\n" for row in rows))
    assert (found.faults, found.warnings) == ((), ())
    return found.transactions


def at_fidelity(action: str, symbol: str, quantity: str, amount: str) -> TransactionRow:
    text = sample_text(FIDELITY)
    row = f'11/18/2026,"Trust","Z20526526","{action}",{symbol},"NAMED",Cash,,{quantity},,,,{amount},\r\n'
    header = next(line for line in text.splitlines(keepends=True) if line.startswith("Run Date"))
    found = read(FIDELITY, text.replace(header, header + row))
    assert (found.faults, found.warnings) == ((), ())
    assert found.transactions[1:] == sample(FIDELITY).transactions
    return found.transactions[0]


def in_flex(said: str, section: str = "CorporateAction") -> TransactionRow:
    text = sample_text(FLEX)
    row = f'<{section}s><{section} accountId="U0052601" currency="USD" {said} transactionID="77" /></{section}s>\n'
    at = text.index("<Trades")
    found = read(FLEX, text[:at] + row + text[at:])
    assert (found.faults, found.accounts_refused) == ((), ())
    return next(row for row in found.transactions if row.transaction_id == "77")


def in_ofx(tag: str, said: str, memo: str) -> TransactionRow:
    text = sample_text(OFX)
    row = (
        f"<{tag}><INVTRAN><FITID>X99<DTTRADE>20261118<MEMO>{memo}</INVTRAN><SECID><UNIQUEID>222333AB4"
        f"<UNIQUEIDTYPE>CUSIP</SECID>{said}</{tag}>\n"
    )
    at = text.index("</INVTRANLIST>")
    found = read(OFX, text[:at] + row + text[at:])
    assert found.faults == ()
    return next(row for row in found.transactions if row.transaction_id == "X99")


def test_schwab_spreads_actions_over_rows() -> None:
    assert_drawn(
        at_schwab(
            '"11/18/2026","Reverse Split","NVHM","NORTHVALE","10","","",""',
            '"11/18/2026","Reverse Split","662ZZ0102","NORTHVALE OLD","-100","","",""',
            '"11/17/2026","Stock Div Dist","HLM/B","HARLAN","4","","",""',
            '"11/16/2026","Name Change","PBLW","PEBBLEWAY","30","","",""',
            '"11/16/2026","Name Change","078ZZ1102","PEBBLE OLD","-30","","",""',
            '"11/13/2026","Cash Merger","QLCP","QUILL","-40","","",""',
            '"11/13/2026","Cash Merger Adj","QLCP","QUILL","","","","$2,200.00"',
            '"11/12/2026","Full Redemption","912ZZ9AB2","US BILL","-2000","","",""',
            '"11/12/2026","Full Redemption Adj","912ZZ9AB2","US BILL","","","","$2,000.00"',
            '"11/11/2026","Cash In Lieu","NVHM","NORTHVALE","","","","$3.10"',
            '"11/10/2026","Pr Yr Cash Div","ALPM","ALDER","","","","$5.90"',
            '"11/09/2026","Wire Sent","","WIRED","","","$15.00","-$250.00"',
            '"11/09/2026","Wire Received","","WIRED","","","","$300.00"',
            '"11/06/2026","Security Transfer","ALPM","ACAT","120","","",""',
            '"11/06/2026","Security Transfer","ALPM","ACAT","-20","","",""',
        ),
        """
        kind         | symbol    | quantity | amount   | from_symbol
        split        | NVHM      | 10       | -        | -
        split        | 662ZZ0102 | -100     | -        | -
        split        | HLM.B     | 4        | -        | -
        rename       | PBLW      | 30       | -        | 078ZZ1102
        rename       | 078ZZ1102 | -30      | -        | -
        cash_merger  | QLCP      | -40      | -        | -
        cash_merger  | QLCP      | -        | 2200.00  | -
        redemption   | 912ZZ9AB2 | -2000    | -        | -
        redemption   | 912ZZ9AB2 | -        | 2000.00  | -
        cash_in_lieu | NVHM      | -        | 3.10     | -
        dividend     | ALPM      | -        | 5.90     | -
        withdrawal   | -         | -        | -250.00  | -
        deposit      | -         | -        | 300.00   | -
        transfer_in  | ALPM      | 120      | -        | -
        transfer_out | ALPM      | -20      | -        | -
        """,
    )


def test_two_changes_of_one_size_and_day_are_not_told_apart() -> None:
    rows = at_schwab(
        '"11/16/2026","Name Change","PBLW","PEBBLEWAY","30","","",""',
        '"11/16/2026","Name Change","078ZZ1102","PEBBLE OLD","-30","","",""',
        '"11/16/2026","Name Change","HLMW","HARLANWAY","30","","",""',
        '"11/16/2026","Name Change","079ZZ1102","HARLAN OLD","-30","","",""',
    )
    assert {row.from_symbol for row in rows} == {None}


@pytest.mark.parametrize(
    ("action", "quantity", "amount", "kind", "parent"),
    [
        ("DISTRIBUTION SPINOFF FROM:(NVHM ) (Cash)", "12", "", Kind.SPIN_OFF, "NVHM"),
        ("DISTRIBUTION SPINOFF FROM:NVHM (ZZLM) (Cash)", "12", "", Kind.SPIN_OFF, "NVHM"),
        ("DISTRIBUTION NORTHVALE HARBOR (NVHM) (Cash)", "12", "", Kind.SPLIT, None),
        ("STOCK DIVIDEND NORTHVALE HARBOR", "12", "", Kind.SPLIT, None),
        ("IN LIEU OF FRX SHARE LEU PAYOUT #REOR", "0.000", "7.42", Kind.CASH_IN_LIEU, None),
        ("REDEMPTION PAYOUT UNITED STATES BILL", "-2000", "2000", Kind.REDEMPTION, None),
        ("REDEMPTION FROM CORE ACCOUNT FUND", "-2000", "2000", Kind.JOURNAL, None),
        ("MERGER MER PAYOUT #REORCM QUILL", "-40", "2200", Kind.CASH_MERGER, None),
        ("MERGER MER FROM QUILL", "40", "", Kind.MERGER, None),
        ("LIQUIDATING DISTRIBUTION", "-5", "50", Kind.LIQUIDATION, None),
        ("NAME CHANGED TO PEBBLEWAY", "5", "", Kind.RENAME, None),
        ("CO CONTR CURRENT YR EMPLOYER CUR YR", "0.000", "100", Kind.DEPOSIT, None),
        ("NORMAL DISTR PARTIAL VS Z20-526526", "0.000", "-4200", Kind.DISTRIBUTION, None),
        ("WIRE TRANSFER TO BANK", "0.000", "-42", Kind.WITHDRAWAL, None),
    ],
)
def test_fidelity_says_it_in_the_first_words(
    action: str, quantity: str, amount: str, kind: Kind, parent: str | None
) -> None:
    found = at_fidelity(action, "NVHM", quantity, amount)
    assert (found.kind, found.from_symbol) == (kind, parent)


def test_a_plan_row_whose_figures_do_not_fit_keeps_its_amount() -> None:
    text = sample_text(FIDELITY)
    header = next(line for line in text.splitlines(keepends=True) if line.startswith("Run Date"))
    row = '11/18/2026,"Trust","Z20526526","YOU BOUGHT POOL",ALPM,"POOL",Cash,900,900,,,,-900,\r\n'
    found = read(FIDELITY, text.replace(header, header + row))
    assert found.faults == ()
    assert_drawn(found.transactions[:1], "kind | quantity | price | amount\nbuy | - | - | -900")
    assert "shares and price are not read" in found.warnings[0].sentence


@pytest.mark.parametrize(
    ("said", "kind", "amount", "former"),
    [
        ('type="FS" symbol="HLM B" quantity="10"', Kind.SPLIT, None, None),
        ('type="TC" symbol="HLM B" quantity="-10" proceeds="500"', Kind.CASH_MERGER, "500", None),
        ('type="TC" symbol="HLM B" quantity="10" proceeds="0"', Kind.MERGER, None, None),
        ('type="TO" symbol="HLM B" quantity="-10" proceeds="500"', Kind.SELL, "500", None),
        (
            'type="BM" assetCategory="BOND" symbol="T 1 11/18/26" cusip="91282CAA9" quantity="-9" proceeds="9"',
            Kind.REDEMPTION,
            "9",
            None,
        ),
        ('type="DW" symbol="HLM B" quantity="-10"', Kind.LIQUIDATION, None, None),
        (
            'type="SO" symbol="ZZLM" quantity="3" actionDescription="HLM B(US4270000000) SPINOFF 1 FOR 4"',
            Kind.SPIN_OFF,
            None,
            "HLM.B",
        ),
        (
            'type="IC" symbol="HLNW" quantity="9" description="HLM B(US4270000000) CUSIP/ISIN CHANGE TO (US1)"',
            Kind.RENAME,
            None,
            "HLM.B",
        ),
    ],
)
def test_interactive_brokers_has_a_section_of_corporate_actions(
    said: str, kind: Kind, amount: str | None, former: str | None
) -> None:
    found = in_flex(f'dateTime="20261118;202500" {said}')
    assert (found.kind, found.from_symbol) == (kind, former)
    assert (found.amount or None) == (None if amount is None else Decimal(amount))


def test_an_action_that_interactive_brokers_adds_later_is_kept_as_other() -> None:
    assert in_flex('dateTime="20261118" type="ZZ" symbol="HLM B" quantity="1"').kind is Kind.OTHER


def test_a_transfer_at_interactive_brokers_says_its_direction() -> None:
    found = in_flex('date="20261118" direction="OUT" symbol="HLM B" quantity="-5"', section="Transfer")
    assert (found.kind, found.symbol, found.quantity) == (Kind.TRANSFER_OUT, "HLM.B", -5)


@pytest.mark.parametrize(
    ("tag", "said", "memo", "kind"),
    [
        ("SELLDEBT", "<SELLREASON>MATURITY<UNITS>-9<TOTAL>9", "BILL", Kind.REDEMPTION),
        ("SELLOTHER", "<UNITS>-9<TOTAL>9", "CASH MERGER QUILL", Kind.CASH_MERGER),
        ("SELLSTOCK", "<UNITS>-0.4<TOTAL>9", "CASH IN LIEU OF FRACTION", Kind.CASH_IN_LIEU),
        ("INCOME", "<INCOMETYPE>MISC<TOTAL>9", "IN LIEU OF FRX SHARE", Kind.CASH_IN_LIEU),
        ("TRANSFER", "<UNITS>3<TFERACTION>IN", "SPINOFF FROM HARLAN", Kind.SPIN_OFF),
        ("TRANSFER", "<UNITS>3<TFERACTION>IN", "ACAT", Kind.TRANSFER_IN),
        ("JRNLSEC", "<UNITS>3", "NAME CHANGE", Kind.RENAME),
        ("SELLSTOCK", "<UNITS>-9<TOTAL>9", "YOU SOLD", Kind.SELL),
        ("NEWTHING", "<UNITS>3", "OF A LATER VERSION", Kind.OTHER),
    ],
)
def test_ofx_says_it_in_the_memo_or_the_reason(tag: str, said: str, memo: str, kind: Kind) -> None:
    assert in_ofx(tag, said, memo).kind is kind


def test_an_ofx_split_gives_the_shares_it_added_and_the_cash_for_the_rest() -> None:
    found = in_ofx("SPLIT", "<OLDUNITS>10<NEWUNITS>15<FRACCASH>1.25", "3 FOR 2")
    assert (found.kind, found.quantity, found.amount) == (Kind.SPLIT, 5, Decimal("1.25"))


def test_a_lot_bought_on_various_days_is_long_by_its_column() -> None:
    found = read(
        "Realized_Gain_Loss_Account_Z20526526.csv",
        "Symbol(CUSIP),Security Description,Quantity,Date Acquired,Date Sold,Proceeds,Cost Basis,"
        "Short Term Gain/Loss,Long Term Gain/Loss\n"
        "NVHM(662340101),NORTHVALE,40,Various,11/16/2026,$900.00,$650.00,,$250.00\n"
        "QLCP(171340102),QUILL,40,05/03/2021,11/16/2026,$2200.00,--,,--\n",
    )
    assert found.faults == ()
    assert_drawn(
        found.closed_lots,
        """
        symbol | cusip     | opened_on  | basis_total | gain_long | term
        NVHM   | 662340101 | -          | 650.00      | 250.00    | long
        QLCP   | 171340102 | 2021-05-03 | -           | -         | -
        """,
    )
