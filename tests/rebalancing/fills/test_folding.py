"""Where an order stands after what was reported of it, in every order that the reports can come in."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebalancing.execution.reports import Kind, Report
from rebalancing.fills import folding
from rebalancing.fills.folding import Flaw, Ordered, State
from tests.spec import drawn

DAY = date(2026, 11, 23)
OPEN = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ORDER = Ordered("VTI", "sell", D(100), limit=None, trade_on=DAY)

KINDS = {
    "ack": Kind.ACKNOWLEDGED,
    "fill": Kind.FILL,
    "done": Kind.DONE_FOR_DAY,
    "canceled": Kind.CANCELED,
    "rejected": Kind.REJECTED,
    "expired": Kind.EXPIRED,
    "correct": Kind.CORRECTED,
    "bust": Kind.BUSTED,
    "refused": Kind.CANCEL_REJECTED,
    "replaced": Kind.REPLACED,
}


def told(text: str, minute: int = 0, **more: object) -> Report:
    """`fill f1 40@50.00`, `correct c1>f1 40@49.90`, `bust b1>f1`, `ack a1`: in the words of these tests."""
    kind, name, *rest = text.split()
    exec_id, _, corrects = name.partition(">")
    shares, _, price = (rest[0] if rest else "0").partition("@")
    made = Report(
        broker="PAPER",
        reference="B-1",
        exec_id=exec_id,
        kind=KINDS[kind],
        symbol="VTI",
        side="sell",
        trade_on=DAY,
        transacted_at=OPEN + timedelta(minutes=minute),
        quantity=D(shares),
        price=D(price) if price else None,
        corrects=corrects,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def told_in_turn(text: str) -> list[Report]:
    return [told(one.strip(), minute) for minute, one in enumerate(text.split(","))]


CASES = """
    case                               | reports                                                    | filled | average | state         | faults
    nothing yet                        | ack a                                                      | 0      | ?       | working       |
    one part                           | ack a, fill f1 40@50                                       | 40     | 50      | partly_filled |
    two parts are all of it            | fill f1 40@50, fill f2 60@50.10                            | 100    | 50.06   | filled        |
    done with a part                   | fill f1 40@50, done d                                      | 40     | 50      | part_filled   |
    done with nothing                  | ack a, done d                                              | 0      | ?       | expired       |
    expired                            | expired x                                                  | 0      | ?       | expired       |
    rejected                           | rejected r                                                 | 0      | ?       | rejected      |
    canceled                           | ack a, canceled c                                          | 0      | ?       | canceled      |
    canceled after a part              | fill f1 30@50, canceled c                                  | 30     | 50      | part_filled   |
    could not be canceled              | ack a, refused c, fill f1 100@50                           | 100    | 50      | filled        |
    replaced                           | ack a, replaced p                                          | 0      | ?       | working       |
    corrected                          | fill f1 40@50, correct c1>f1 40@49.90                      | 40     | 49.9    | partly_filled |
    corrected twice, link by link      | fill f1 40@50, correct c1>f1 41@50, correct c2>c1 42@50    | 42     | 50      | partly_filled |
    corrected twice, both name it      | fill f1 40@50, correct c1>f1 41@50, correct c2>f1 42@50    | 42     | 50      | partly_filled |
    a link, and the fill again         | fill f1 9@50, correct c1>f1 8@50, correct c2>c1 7@50, correct c3>f1 6@50 | 6 | 50 | partly_filled |
    busted                             | fill f1 40@50, bust b>f1                                   | 0      | ?       | working       |
    busted after its correction        | fill f1 40@50, correct c1>f1 41@50, bust b>f1              | 0      | ?       | working       |
    filled, then one busted            | fill f1 40@50, fill f2 60@51, bust b>f2                    | 40     | 50      | partly_filled |
    busted when it was done            | fill f1 40@50, done d, bust b>f1                           | 0      | ?       | expired       |
    bust of what was never seen        | ack a, bust b>f9                                           | 0      | ?       | working       | unseen
    correction of what was never seen  | correct c>f9 40@50                                         | 40     | 50      | partly_filled | unseen
    two of what was never seen         | correct c>f9 40@50, correct e>f9 41@50                     | 41     | 50      | partly_filled | unseen unseen
    more than ordered                  | fill f1 60@50, fill f2 60@50                               | 120    | 50      | filled        | over_filled
    no shares                          | fill f1 0@50                                               | 0      | ?       | working       | no_quantity
    negative                           | fill f1 -5@50                                              | 0      | ?       | working       | no_quantity
    no price                           | fill f1 5                                                  | 0      | ?       | working       | no_quantity
    corrected to nothing               | fill f1 5@50, correct c>f1 0@50                            | 0      | ?       | working       | no_quantity
    after it was canceled              | canceled c, fill f1 5@50                                   | 5      | 50      | part_filled   | after_its_end
    rejected after a part              | fill f1 5@50, rejected r                                   | 5      | 50      | part_filled   |
    a circle                           | correct c>e 5@50, correct e>c 6@50                         | 6      | 50      | partly_filled | circle circle
"""  # fmt: skip


@pytest.mark.parametrize("case", drawn.rows(CASES), ids=lambda case: case["case"])
def test_every_order_of_reports_says_where_it_stands(case: dict[str, str]) -> None:
    reports = told_in_turn(case["reports"])
    found = {folding.fold(ORDER, some) for some in itertools.permutations(reports)}
    assert len(found) == 1
    (folded,) = found
    average = None if case["average"] == "?" else D(case["average"])
    assert (folded.filled, folded.average, str(folded.state)) == (D(case["filled"]), average, case["state"])
    assert sorted(str(one.flaw) for one in folded.faults) == sorted(case["faults"].split())


def test_six_messages_in_all_720_orders_say_the_same() -> None:
    reports = told_in_turn(
        "ack a, fill f1 40@50.00, fill f2 30@50.10, correct c1>f1 40@49.90, bust b>f2, done d"
    )
    orders = list(itertools.permutations(reports))
    assert len(orders) == 720
    assert {folding.fold(ORDER, some) for some in orders} == {
        folding.Folded(
            state=State.PART_FILLED,
            filled=D(40),
            total=D("1996.00"),
            average=D("49.9000"),
            executions=(folding.Execution(reports[3].key, D(40), D("49.90")),),
        )
    }


def test_the_same_report_twice_counts_once_and_is_no_fault() -> None:
    fill = told("fill f1 40@50")
    again = replace(fill, transacted_at=OPEN + timedelta(hours=5), text="possible duplicate")
    folded = folding.fold(ORDER, [fill, again, fill])
    assert (folded.filled, folded.duplicates, folded.faults) == (D(40), 2, ())


def test_the_same_id_on_the_next_day_is_another_fill() -> None:
    folded = folding.fold(
        ORDER, [told("fill f1 40@50"), told("fill f1 30@50", 1500, trade_on=DAY + timedelta(days=1))]
    )
    assert folded.filled == D(70)
    assert [one.flaw for one in folded.faults] == [Flaw.OTHER_DAY]


def test_a_correction_names_the_fill_of_its_own_day() -> None:
    later = DAY + timedelta(days=1)
    folded = folding.fold(
        replace(ORDER, trade_on=None),
        [
            told("fill f1 40@50"),
            told("fill f1 30@50", 1500, trade_on=later),
            told("bust b>f1", 1600, trade_on=later),
        ],
    )
    assert folded.filled == D(40)


def test_one_id_that_says_two_things_is_a_fault_and_the_earlier_counts() -> None:
    one, other = told("fill f1 40@50"), told("fill f1 41@50", 1)
    found = {folding.fold(ORDER, some) for some in itertools.permutations([one, other])}
    (folded,) = found
    assert folded.filled == D(40)
    assert [fault.flaw for fault in folded.faults] == [Flaw.CONTRADICTS]


@pytest.mark.parametrize(
    ("report", "flaw"),
    [
        (told("fill f1 40@50", symbol="BND"), Flaw.OTHER_SECURITY),
        (told("fill f1 40@50", side="buy"), Flaw.OTHER_SIDE),
    ],
)
def test_a_report_about_something_else_counts_for_nothing(report: Report, flaw: Flaw) -> None:
    folded = folding.fold(ORDER, [report])
    assert (folded.filled, folded.state) == (D(0), State.SILENT)
    assert [fault.flaw for fault in folded.faults] == [flaw]


@pytest.mark.parametrize(
    ("side", "price", "is_fault"),
    [("buy", "50", False), ("buy", "50.01", True), ("sell", "50", False), ("sell", "49.99", True)],
)
def test_a_price_beyond_the_limit_is_a_fault(side: str, price: str, is_fault: bool) -> None:
    folded = folding.fold(Ordered("VTI", side, D(100), D(50), DAY), [told(f"fill f1 40@{price}", side=side)])
    assert folded.filled == D(40)
    assert [one.flaw for one in folded.faults] == ([Flaw.OUTSIDE_LIMIT] if is_fault else [])


@pytest.mark.parametrize(("count", "is_fault"), [("40", False), ("70", True)])
def test_the_brokers_own_count_is_compared(count: str, is_fault: bool) -> None:
    reports = [told("fill f1 40@50", cumulative=D(40)), told("ack z", 9, cumulative=D(count))]
    folded = folding.fold(ORDER, reports)
    assert [one.flaw for one in folded.faults] == ([Flaw.COUNTS_DIFFER] if is_fault else [])


# Any set of reports, wild ones too.
IDS = st.sampled_from(["a", "b", "c", "d", "e"])
REPORTS = st.builds(
    Report,
    broker=st.just("PAPER"),
    reference=st.just("B-1"),
    exec_id=IDS,
    kind=st.sampled_from(list(Kind)),
    symbol=st.sampled_from(["VTI", "VTI", "VTI", "BND"]),
    side=st.sampled_from(["sell", "sell", "sell", "buy"]),
    trade_on=st.sampled_from([DAY, DAY, DAY + timedelta(days=1)]),
    transacted_at=st.integers(0, 5).map(lambda minute: OPEN + timedelta(minutes=minute)),
    quantity=st.integers(-5, 80).map(D),
    price=st.none() | st.integers(1, 9999).map(lambda cents: D(cents) / 100),
    cumulative=st.none() | st.integers(0, 120).map(D),
    corrects=st.just("") | IDS,
)


@given(reports=st.lists(REPORTS, max_size=9), data=st.data())
def test_nothing_that_is_reported_makes_the_order_of_arrival_matter(
    reports: list[Report], data: st.DataObject
) -> None:
    once = folding.fold(ORDER, reports)
    shuffled = data.draw(st.permutations(reports))
    assert folding.fold(ORDER, shuffled) == once
    assert replace(folding.fold(ORDER, [*shuffled, *reports]), duplicates=0) == replace(once, duplicates=0)


@given(reports=st.lists(REPORTS, max_size=9))
def test_what_is_filled_is_the_sum_of_executions_and_never_clamped(reports: list[Report]) -> None:
    folded = folding.fold(ORDER, reports)
    assert folded.filled == sum((one.shares for one in folded.executions), D(0))
    assert folded.total == sum((one.shares * one.price for one in folded.executions), D(0))
    assert len({one.key for one in folded.executions}) == len(folded.executions)
    assert (folded.filled > ORDER.quantity) == any(one.flaw is Flaw.OVER_FILLED for one in folded.faults)
    assert folded.filled == 0 or folded.average is not None
