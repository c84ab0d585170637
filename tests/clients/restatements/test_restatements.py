"""A file that states lots or sales otherwise than the record had them is kept beside what it changed, and goes with it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from clients.holdings import year_to_date
from clients.imports import custodian_files, file_undoing
from clients.models import Account, CustodianFile, RealizedGain, Restatement
from clients.restatements import restatements
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Blocked, Conflict
from tests import cast
from tests.clock import MONDAY_NOON, SUNDAY_NOON
from tests.factories.bundles import MILLERS, bundle
from tests.factories.households import SET_UP, received, the_millers
from tests.factories.imports import assert_rows

pytestmark = pytest.mark.django_db

FOUND = "security__symbol | cause | is_past_day | was_quantity | quantity | was_basis | basis | was_acquired_on | acquired_on"
A1 = "11110001,2026-11-20,ZUS,A1,2020-03-02,3000,120000.00,covered"
SOLD = "11110001,ZUS,100,2020-03-02,2026-11-10,9500.00,4000.00"


def on(day: str, rows: list[str]) -> list[str]:
    return [row.replace("2026-11-20", day) for row in rows]


def load(**changed: list[str]) -> CustodianFile:
    file = received(bundle(**changed))
    return custodian_files.load(
        file, confirmed=file.preview.get("confirm", ""), user_id=None, by=SET_UP, at=MONDAY_NOON
    )


def lots(**changes: str) -> list[str]:
    """The Millers' lots, with rows replaced by their ids."""
    return [changes.get(row.split(",")[3], row) for row in MILLERS["lots"]]


def taxable() -> Account:
    return Account.objects.get(tax_treatment="taxable")


@pytest.fixture(autouse=True)
def _first_file(db: None) -> None:
    the_millers()
    custodian_files.load(received(bundle()), user_id=None, by=SET_UP, at=SUNDAY_NOON)
    assert not Restatement.objects.exists()


def test_a_file_of_the_same_day_with_another_basis_is_kept_before_and_after() -> None:
    file = load(lots=lots(A1=A1.replace("120000.00", "118500.00")))

    assert_rows(
        Restatement.objects.all(),
        f"""
        {FOUND}
        ZUS | unknown | True | 3000.000000 | 3000.000000 | 120000.00 | 118500.00 | 2020-03-02 | 2020-03-02
        """,
    )
    assert (row := Restatement.objects.get()).source_file == file
    assert row.effects == (0, 0)


def test_a_later_file_with_another_day_of_the_same_lot_is_restated() -> None:
    changed = lots(A1=A1.replace("2020-03-02", "2026-03-02"))
    load(lots=on("2026-11-21", changed), positions=on("2026-11-21", MILLERS["positions"]))

    assert_rows(
        Restatement.objects.all(),
        f"""
        {FOUND}
        ZUS | unknown | False | 3000.000000 | 3000.000000 | 120000.00 | 120000.00 | 2020-03-02 | 2026-03-02
        """,
    )


def test_a_lot_of_a_retirement_account_is_not_told() -> None:
    row = "11110002,2026-11-20,ZUS,B1,2020-03-02,2000,80000.00,covered"
    load(lots=lots(B1=row.replace("80000.00", "70000.00")))

    assert not Restatement.objects.exists()


def test_a_sale_that_was_booked_restates_nothing() -> None:
    load(
        lots=on("2026-11-21", lots(A1=A1.replace("3000,120000.00", "2000,80000.00"))),
        positions=on("2026-11-21", [row.replace("ZUS,5000", "ZUS,4000") for row in MILLERS["positions"]]),
        transactions=[*MILLERS["transactions"], "11110001,sell,2026-11-20,T2,ZUS,-1000,100,100000.00"],
    )

    assert not Restatement.objects.exists()


def test_basis_that_comes_late_is_told_as_that() -> None:
    unknown = "11110001,2026-11-20,ZUS,A1,,3000,,unknown"
    load(lots=lots(A1=unknown))
    first = set(Restatement.objects.values_list("pk", flat=True))
    load(lots=on("2026-11-21", lots()), positions=on("2026-11-21", MILLERS["positions"]))

    assert_rows(
        Restatement.objects.exclude(pk__in=first),
        f"""
        {FOUND}
        ZUS | late_basis | False | 3000.000000 | 3000.000000 | - | 120000.00 | - | 2020-03-02
        """,
    )


def ytd(gains: Any = None) -> year_to_date.Realized:
    account = taxable()
    assert account.tax_unit is not None
    profile = account.tax_unit.profiles.get(tax_year=2026)
    found = year_to_date.gains_since(account.household, date(2026, 1, 1))
    return year_to_date.of({account.tax_unit_id: profile}, year=2026, gains=found, sales=())[
        account.tax_unit_id
    ]


@pytest.mark.parametrize(
    ("before", "after", "short", "long", "cause"),
    [
        ("a known basis", SOLD.replace("4000.00", "4200.00"), "0", "-200.00", "unknown"),
        ("another day", SOLD.replace("2020-03-02", "2026-02-02"), "5500.00", "-5500.00", "unknown"),
    ],
)
def test_a_sale_of_the_past_that_is_stated_anew_moves_the_year_by_what_the_row_says(
    before: str, after: str, short: str, long: str, cause: str
) -> None:
    load(closed_lots=[SOLD])
    was = ytd()
    load(closed_lots=[after])

    row, now = Restatement.objects.get(), ytd()
    assert (row.cause, RealizedGain.objects.count()) == (cause, 1), "one sale stays one sale"
    assert row.effects == (D(short), D(long)) == (now.short - was.short, now.long - was.long)


def test_a_gain_that_was_unknown_counts_once_its_basis_has_come() -> None:
    load(closed_lots=["11110001,ZUS,100,,2026-11-10,9500.00,"])
    was = ytd()
    assert was.unknown == ["ZUS on November 10"]

    load(closed_lots=[SOLD])

    row, now = Restatement.objects.get(), ytd()
    assert (row.cause, row.became_known, row.effects) == ("late_basis", True, (0, D("5500.00")))
    assert (now.unknown, now.long - was.long) == ([], D("5500.00"))


def test_two_sales_alike_of_which_one_is_named_otherwise_are_paired_in_order_of_their_days() -> None:
    other = SOLD.replace("2020-03-02", "2021-03-02")
    load(closed_lots=[SOLD, other])
    load(closed_lots=[SOLD, other.replace("2021-03-02", "2021-03-05")])

    assert sorted(RealizedGain.objects.values_list("acquired_on", flat=True)) == [
        date(2020, 3, 2),
        date(2021, 3, 5),
    ]


def test_undoing_the_file_takes_its_restatements_along() -> None:
    file = load(lots=lots(A1=A1.replace("120000.00", "118500.00")))
    file_undoing.undo(
        file, reason="Last week's file.", user_id=cast.tom().pk, by=Actor.person(cast.tom()), at=MONDAY_NOON
    )

    assert not Restatement.objects.exists()
    assert taxable().lots.get(key="A1").basis == D("120000.00")


def test_loading_the_same_figures_again_restates_nothing_more() -> None:
    load(lots=lots(A1=A1.replace("120000.00", "118500.00")))
    load(lots=on("2026-11-21", lots(A1=A1.replace("120000.00", "118500.00"))),
         positions=on("2026-11-21", MILLERS["positions"]))  # fmt: skip

    assert Restatement.objects.count() == 1


def test_somebody_says_what_it_was_and_may_say_so_better() -> None:
    load(lots=lots(A1=A1.replace("120000.00", "118500.00")))
    row, ana = Restatement.objects.get(), cast.ana()
    says: dict[str, Any] = {"user_id": ana.pk, "by": Actor.person(ana), "at": MONDAY_NOON}
    assert row.asks

    with pytest.raises(BadInput, match="asked"):
        restatements.see(row, seen_as="custodian_error", remark=" ", **says)
    restatements.see(row, seen_as="custodian_error", remark="Asked on Monday.", **says)
    row = restatements.see(row, seen_as="correction", remark="They were right.", **says)
    with pytest.raises(Conflict, match="already"):
        restatements.see(row, seen_as="correction", remark="They were right.", **says)

    assert (row.asks, row.get_seen_as_display()) == (False, "A correction that is right")
    assert audit.trail(about=[row]).count() == 2


def test_what_was_said_is_on_the_trail_and_an_edit_past_the_product_shows() -> None:
    file = load(lots=lots(A1=A1.replace("120000.00", "118500.00")))
    row, ana = Restatement.objects.get(), cast.ana()
    restatements.see(
        row, seen_as="custodian_error", remark="Asked.", user_id=ana.pk, by=Actor.person(ana), at=MONDAY_NOON
    )
    assert audit.verify().is_intact
    with pytest.raises(Blocked, match="restatement of this file was changed since"):
        file_undoing.undo(
            file,
            reason="Last week's file.",
            user_id=cast.tom().pk,
            by=Actor.person(cast.tom()),
            at=MONDAY_NOON,
        )

    Restatement.objects.update(seen_as="correction")

    assert [fault.thing for fault in audit.verify().faults] == [f"restatement seen {row.public_id}, seen_as"]


def test_an_upgrade_seals_what_was_said_before_it_was_sealed() -> None:
    load(lots=lots(A1=A1.replace("120000.00", "118500.00")))
    Restatement.objects.update(seen_as="correction", seen_by=cast.ana(), seen_at=MONDAY_NOON)
    assert not audit.verify().is_intact

    assert audit.seal_what_was_there(by=Actor.system("upgrade"), at=MONDAY_NOON) == 1
    assert audit.verify().is_intact


def test_what_was_found_stays_as_it_was_found() -> None:
    load(lots=lots(A1=A1.replace("120000.00", "118500.00")))

    with pytest.raises(IntegrityError), transaction.atomic():
        Restatement.objects.update(was_basis=D(1))
