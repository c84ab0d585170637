"""Distributions that funds announce: entered, corrected and taken back, one by one or from a file."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from clients.models import FundDistribution, Household, Security
from clients.registers import files, fund_distributions, layouts, register
from clients.registers.fund_distributions import REGISTER
from compliance.audit_trail import audit
from compliance.refusals import BadInput, Conflict
from tests import cast
from tests.clock import MONDAY, SUNDAY_NOON
from tests.factories.at_doors import acted, door
from tests.factories.households import SET_UP, a_managed_household
from tests.pages import as_, words_of
from tests.spec.drawn import rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

ACTS: dict[str, Any] = {"user_id": None, "by": SET_UP, "at": SUNDAY_NOON}
EX = date(2026, 12, 15)


@pytest.fixture(autouse=True)
def millers() -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui())


def values(symbol: str = "ZUS", **more: Any) -> dict[str, Any]:
    return {
        **dict.fromkeys(REGISTER.columns),
        "security": Security.objects.get(symbol=symbol),
        "ex_on": EX,
        "long_gain": D("1.25"),
        "is_final": False,
        "source": "The fund's page",
        **more,
    }


def test_a_corrected_distribution_takes_the_place_of_the_old_one() -> None:
    old = register.enter(REGISTER, values(), **ACTS)

    new = register.change(REGISTER, old, {"long_gain": D("1.40"), "is_final": True}, **ACTS)

    old.refresh_from_db()
    assert (old.end_reason, new.replaces, new.ex_on, new.source) == ("Changed", old, EX, old.source)
    assert list(REGISTER.standing()) == [new]
    assert audit.differences(about=[new.security]) == []
    with pytest.raises(IntegrityError, match="stays as it was entered"), transaction.atomic():
        connection.cursor().execute(
            "UPDATE clients_funddistribution SET long_gain = 9 WHERE id = %s", [new.pk]
        )


def test_the_same_day_of_a_fund_is_entered_once_and_ended_once() -> None:
    row = register.enter(REGISTER, values(), **ACTS)

    with pytest.raises(Conflict, match="on record already"):
        register.enter(REGISTER, values(long_gain=D(2)), **ACTS)
    register.end(REGISTER, row, reason="Another fund's.", **ACTS)
    with pytest.raises(Conflict, match="ended already"):
        register.end(REGISTER, row, reason="Again.", **ACTS)


@pytest.mark.parametrize(
    "row",
    rows(
        """
        record     | pay        | amount | share | refused
        2026-12-14 | 2026-12-16 | 1.25   |       |
                   |            |        | 0.04  |
        2026-12-14 | 2026-12-14 | 1.25   |       | before its ex-day
        2026-11-14 |            | 1.25   |       | ten days apart
                   |            |        |       | at least one amount
        """
    ),
)
def test_what_cannot_be_is_refused(row: dict[str, str]) -> None:
    def day(name: str) -> date | None:
        return date.fromisoformat(row[name]) if row[name] else None

    told = fund_distributions.refusal(
        values(
            record_on=day("record"),
            pay_on=day("pay"),
            long_gain=D(row["amount"]) if row["amount"] else None,
            share_of_price=D(row["share"]) if row["share"] else None,
        ),
        MONDAY,
    )

    assert (row["refused"] in told) if told else row["refused"] == ""


def test_a_distribution_is_a_fraction_of_the_price() -> None:
    row = FundDistribution(
        security=Security.objects.get(symbol="ZUS"), ex_on=EX, long_gain=D(3), qualified=D(1)
    )

    assert (row.total, row.fraction_of(D(100)), row.fraction_of(None)) == (D(4), D("0.04"), None)
    assert FundDistribution(share_of_price=D("0.02")).fraction_of(None) == D("0.02")
    assert FundDistribution().fraction_of(D(100)) is None


def test_a_trader_enters_corrects_and_takes_back_at_the_doors() -> None:
    acted(
        cast.tom(),
        door("fund_distribution_enter"),
        symbol="zus",
        ex_on="2026-12-15",
        long_gain="1.25",
        source="Page",
    )
    row = REGISTER.standing().get()
    acted(
        cast.tom(),
        door("fund_distribution_change", row.public_id),
        ex_on="2026-12-16",
        long_gain="1.25",
        source="Page",
    )
    later = REGISTER.standing().get()
    acted(cast.tom(), door("fund_distribution_end", later.public_id), reason="Called off.")

    assert (row.long_gain, later.ex_on, REGISTER.standing().count()) == (D("1.25"), date(2026, 12, 16), 0)
    page = words_of(as_(cast.ana()).get(door("fund_distribution", later.public_id)))
    assert "Called off." in page
    assert "Fund distribution entered" in page


def test_a_file_says_what_each_line_would_do_and_then_does_it() -> None:
    register.enter(REGISTER, values(), **ACTS)
    text = "symbol,ex_on,long_gain,final\nZUS,2026-12-15,1.40,yes\nZBD,2026-12-20,0.1,no\n"

    acted(cast.tom(), door("fund_distribution_file"), rows=text, source="Estimates of December")
    again = files.plan(layouts.DISTRIBUTIONS, text, source="Again", on=MONDAY)

    standing = REGISTER.standing().order_by("ex_on").values_list("security__symbol", "long_gain", "is_final")
    assert list(standing) == [("ZUS", D("1.40"), True), ("ZBD", D("0.1"), False)]
    assert (again.steps, again.unchanged, again.faults) == ((), 2, ())


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("symbol,long_gain\n", "has no column ex_on"),
        ("symbol,ex_on,color\n", "There is no column color"),
        ("symbol,ex_on,long_gain\nNONE,2026-12-15,1\n", "Line 2: there is no security NONE"),
        ("symbol,ex_on,long_gain\nZUS,12/15/2026,1\n", "Line 2: ex_on '12/15/2026' cannot be read"),
        ("symbol,ex_on,long_gain\nZUS,2026-12-15,-1\n", "Line 2: long_gain '-1' cannot be read"),
        ("symbol,ex_on,long_gain\nZUS,2026-12-15,NaN\n", "cannot be read"),
        ("symbol,ex_on,long_gain\nZUS,2026-12-15,1\nzus,2026-12-15,2\n", "Line 3 repeats ZUS"),
        ("symbol,ex_on,long_gain\nZUS,2026-12-15\n", "Line 2 has 2 cells"),
        ("symbol,ex_on,long_gain\nZUS,2026-12-15,\n", "Line 2: Give at least one amount"),
    ],
)
def test_a_faulty_line_is_named(text: str, fault: str) -> None:
    (told,) = files.plan(layouts.DISTRIBUTIONS, text, source="A page", on=MONDAY).faults

    assert fault in told


def test_a_reason_is_needed_to_end_a_row() -> None:
    row = register.enter(REGISTER, values(), **ACTS)

    with pytest.raises(BadInput, match="needs a reason"):
        register.end(REGISTER, row, reason=" ", **ACTS)
    with pytest.raises(BadInput, match="Nothing is changed"):
        register.change(REGISTER, row, {"long_gain": D("1.25")}, **ACTS)


def test_the_announced_distributions_of_a_fund_are_found_by_their_ex_days() -> None:
    row = register.enter(REGISTER, values(), **ACTS)
    fund = row.security_id

    assert fund_distributions.announced([fund], since=EX, until=EX) == {fund: [row]}
    assert fund_distributions.announced([fund], since=MONDAY, until=date(2026, 12, 14)) == {}
