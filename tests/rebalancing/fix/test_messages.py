"""What we send and what we read, as tables: every message type, every ExecType, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from fixcore.message.data_dictionary import load_data_dictionary
from fixcore.message.message import Message

from rebalancing.execution.reports import Kind, Report
from rebalancing.fix import masking, messages, reading
from rebalancing.fix.messages import OrderTerms, Outgoing, Share
from rebalancing.fix.session import encoded
from tests.factories.fix_messages import fill, raw

AT = datetime(2026, 11, 30, 15, 0, 0, 123456, tzinfo=UTC)
ORDER = OrderTerms(
    reference="BL-7",
    symbol="BRK.B",
    side="sell",
    quantity=Decimal("10.500000"),
    limit=Decimal("481.250000"),
    cusip="084670702",
    account="BLOCK001",
    trade_on=date(2026, 11, 30),
)
SHARES = (Share("12345678", Decimal(6), "BL-7-1"), Share("87654321", Decimal("4.5"), "BL-7-2"))

OF_THE_ORDER = (
    "21=1 55=BRK 65=B 48=084670702 22=1 54=2 60=20261130-15:00:00.123 38=10.5 40=2 44=481.25 59=0 528=A"
)
SENT = {
    "D": (messages.new_order(ORDER, at=AT), f"11=BL-7 1=BLOCK001 {OF_THE_ORDER}"),
    "F": (
        messages.cancel(ORDER, number=2, at=AT),
        "41=BL-7 11=BL-7.C2 1=BLOCK001 55=BRK 65=B 48=084670702 22=1 54=2 60=20261130-15:00:00.123 38=10.5",
    ),
    "G": (
        messages.replace(ORDER, number=1, at=AT, original="BL-7.R9"),
        f"41=BL-7.R9 11=BL-7.R1 1=BLOCK001 {OF_THE_ORDER}",
    ),
    "J": (
        messages.allocation(ORDER, SHARES, number=1, average_price=Decimal("481.300000"), at=AT),
        "70=BL-7.A1 71=0 626=1 857=1 73=1 11=BL-7 54=2 55=BRK 65=B 48=084670702 22=1 53=10.5 6=481.3 75=20261130 "
        "60=20261130-15:00:00.123 78=2 79=12345678 467=BL-7-1 80=6 79=87654321 467=BL-7-2 80=4.5",
    ),
}


def test_a_later_allocation_takes_the_place_of_the_one_before() -> None:
    later = messages.allocation(ORDER, SHARES, number=3, average_price=Decimal("481.3"), at=AT)

    assert "70=BL-7.A3 71=1 72=BL-7.A2 796=2 626=1" in _wire(later)
    decoded = Message.decode(_raw(later), load_data_dictionary("FIX44.xml"))
    load_data_dictionary("FIX44.xml").validate(decoded, check_field_values=True)


@pytest.mark.parametrize("kind", SENT)
def test_each_message_has_these_fields_in_this_order(kind: str) -> None:
    message, body = SENT[kind]

    wire = _wire(message)

    assert f" 35={kind} " in wire
    assert body in wire


@pytest.mark.parametrize("kind", SENT)
def test_each_message_is_valid_by_the_dictionary_of_fix_4_4_and_survives_being_kept(kind: str) -> None:
    message, _ = SENT[kind]
    dictionary = load_data_dictionary("FIX44.xml")

    decoded = Message.decode(_raw(Outgoing.of_text(message.text())), dictionary)

    dictionary.validate(decoded, check_field_values=True, check_has_values=True)
    assert Outgoing.of_text(message.text()) == message


@pytest.mark.parametrize(
    ("ours", "block"),
    [
        ("BL-7", "BL-7"),
        ("BL-7.C1", "BL-7"),
        ("BL-7.R12", "BL-7"),
        ("BL-7.A1", "BL-7"),
        ("BL.X1", "BL.X1"),
        ("A-C1", "A-C1"),
    ],
)
def test_every_id_of_ours_leads_back_to_its_block(ours: str, block: str) -> None:
    assert messages.block_reference(ours) == block


@pytest.mark.parametrize(
    ("exec_type", "kind"),
    [
        *(
            ("0", Kind.ACKNOWLEDGED),
            ("F", Kind.FILL),
            ("1", Kind.FILL),
            ("2", Kind.FILL),
            ("3", Kind.DONE_FOR_DAY),
        ),
        *(("4", Kind.CANCELED), ("5", Kind.REPLACED), ("8", Kind.REJECTED), ("C", Kind.EXPIRED)),
        *(("G", Kind.CORRECTED), ("H", Kind.BUSTED)),
    ],
)
def test_every_exec_type_is_a_kind_of_report(exec_type: str, kind: Kind) -> None:
    report = _read(fill("X1", t150=exec_type, t19="X0"))

    assert isinstance(report, Report)
    assert report.kind is kind
    traded = kind in (Kind.FILL, Kind.CORRECTED, Kind.BUSTED)
    assert (report.quantity, report.price) == ((Decimal(40), Decimal("250.10")) if traded else (0, None))
    assert report.corrects == ("X0" if kind in (Kind.CORRECTED, Kind.BUSTED) else "")


@pytest.mark.parametrize("exec_type", ["A", "6", "E", "9", "7", "B", "I"])
def test_what_is_under_way_changes_nothing(exec_type: str) -> None:
    assert isinstance(_read(fill("X1", t150=exec_type)), reading.Note)


def test_a_fill_is_read_whole() -> None:
    assert _read(fill("X1")) == Report(
        broker="Paper",
        reference="BL-1",
        exec_id="X1",
        kind=Kind.FILL,
        symbol="VTI",
        side="buy",
        trade_on=date(2026, 11, 30),
        transacted_at=datetime(2026, 11, 30, 15, 0, tzinfo=UTC),
        quantity=Decimal(40),
        price=Decimal("250.10"),
        cumulative=Decimal(40),
        leaves=Decimal(60),
        broker_order="B1",
    )


def test_the_day_of_a_trade_is_new_yorks_where_the_broker_names_none() -> None:
    late = _read(fill("X1", t60="20261201-01:30:00"))
    named = _read(fill("X1", t60="20261201-01:30:00", t75="20261201"))

    assert isinstance(late, Report)
    assert isinstance(named, Report)
    assert (late.trade_on, named.trade_on) == (date(2026, 11, 30), date(2026, 12, 1))


def test_a_single_accounts_report_names_our_account() -> None:
    report = reading.read(raw("8", fill("X1", t1="12345678")), broker="Paper", accounts={"12345678": "ac_1"})

    assert isinstance(report, Report)
    assert report.account == "ac_1"


def test_a_report_after_a_replacement_or_a_cancel_is_the_blocks() -> None:
    replaced = _read(fill("X1", t11="BL-1.R1", t41="BL-1"))
    unsolicited = _read(fill("X2", t11="NONE", t41="BL-1", t150="4"))

    assert isinstance(replaced, Report)
    assert isinstance(unsolicited, Report)
    assert (replaced.reference, unsolicited.reference) == ("BL-1", "BL-1")


def test_a_refused_cancel_is_a_report_with_an_id_of_its_own() -> None:
    refused = reading.read(
        raw("9", [(37, "B1"), (11, "BL-1.C1"), (41, "BL-1"), (39, "2"), (434, "1"), (102, "0")]),
        broker="Paper",
    )

    assert isinstance(refused, Report)
    assert (refused.kind, refused.reference, refused.exec_id, refused.text) == (
        Kind.CANCEL_REJECTED,
        "BL-1",
        "9:BL-1.C1",
        "CxlRejReason 0",
    )


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("0", "accepted"),
        ("1", "rejected"),
        ("2", "partly accepted"),
        ("3", "received"),
        ("4", "incomplete"),
        ("5", "rejected"),
    ],
)
def test_every_answer_to_an_allocation(status: str, state: str) -> None:
    answer = reading.read(raw("P", [(70, "BL-1.A1"), (87, status)]), broker="Paper")

    assert answer == reading.AllocationAnswer("BL-1.A1", state)


def test_rejects_name_the_message_they_are_about() -> None:
    for kind in ("3", "j"):
        read = reading.read(raw(kind, [(45, "12"), (58, "Required tag missing")]), broker="Paper")
        assert read == reading.Refusal(12, "Required tag missing")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        (fill("X1", t150=""), "Tag 150 is missing."),
        (fill("X1", t150="D"), "ExecType D is not understood; a person decides what it means."),
        (fill(""), "Tag 17 is missing."),
        (fill("X1", t31=""), "A fill without its quantity (tag 32) or price (tag 31)."),
        (fill("X1", t32="NaN"), "Tag 32 is not a figure."),
        (fill("X1", t31="12,5"), "Tag 31 is not a figure."),
        (fill("X1", t150="G"), "Tag 19 is missing."),
        (fill("X1", t54="7"), "Side 7 is not one of ours."),
        (fill("X1", t60="today"), "Tag 60 is not a moment."),
        (fill("X1", t75="30.11.2026"), "Tag 75 is not a day."),
        (fill("X1", t11=""), "Tag 41 is missing."),
    ],
)
def test_what_lacks_something_is_left_to_a_person(fields: list[tuple[int, str]], why: str) -> None:
    with pytest.raises(reading.Unreadable) as refused:
        _read(fields)

    assert str(refused.value) == why


def test_account_numbers_and_passwords_are_not_in_logs() -> None:
    text = (
        "8=FIX.4.4\x0135=J\x011=12345678\x0179=87654321\x01440=999\x01554=secret\x0158=1=12345678 is fine\x01"
    )

    seen = masking.masked(text)

    assert seen == "8=FIX.4.4|35=J|1=…5678|79=…4321|440=…|554=***|58=1=12345678 is fine|"


def _read(fields: list[tuple[int, str]]) -> reading.Read:
    return reading.read(raw("8", fields), broker="Paper")


def _raw(message: Outgoing) -> bytes:
    made = encoded(message)
    for tag, value in (
        (8, "FIX.4.4"),
        (49, "EVENKEEL"),
        (56, "BROKER"),
        (34, "2"),
        (52, "20261130-15:00:00"),
    ):
        made.header.set(tag, value)
    return bytes(made.encode())


def _wire(message: Outgoing) -> str:
    return " " + _raw(message).decode("latin-1").replace("\x01", " ")


@pytest.mark.parametrize(
    ("tags", "shares", "limit"),
    [
        ({"t38": "80", "t44": "250.05"}, Decimal(80), Decimal("250.05")),
        ({"t38": "80"}, Decimal(80), None),
        ({"t38": "", "t14": "40", "t151": "30"}, Decimal(70), None),
    ],
)
def test_the_terms_that_a_broker_has_accepted_are_read_as_it_states_them(
    tags: dict[str, str], shares: Decimal, limit: Decimal | None
) -> None:
    replaced = _read(fill("X1", t11="BL-1.R1", t41="BL-1", t150="5", **tags))

    assert isinstance(replaced, Report)
    assert (replaced.ordered, replaced.ordered_limit) == (shares, limit)
    other = _read(fill("X2", t38="80", t44="250.05"))
    assert isinstance(other, Report)
    assert (other.ordered, other.ordered_limit) == (None, None)
