"""What is on record, exported, changed and loaded again: only the change arrives. And values survive every kind of file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from clients.models import Account, Household, Policy, TaxProfile
from clients.policies import drafts
from clients.workbooks import reading, workbooks, writing
from clients.workbooks.columns import Column, Kind, SheetLayout, written
from clients.workbooks.layout import SHEETS
from clients.workbooks.opening.raw import Cell
from compliance.people.actors import Actor
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.examples import PLANS, many
from tests.factories import workbooks as made
from tests.factories.workbooks import loaded, received

KINDS = ("xlsx", "csv")


@pytest.fixture
def families(db: None) -> None:
    cast.ana(), cast.rui()
    loaded(made.xlsx(made.together(made.firm(), made.family(), made.family("baker", number="0022220001"))))


def exported(kind: str) -> bytes:
    return writing.as_file(writing.everything(Household.objects.all()), kind)


def changes(content: bytes, kind: str = "xlsx") -> list[tuple[str, str, list[tuple[str, str, str]]]]:
    """Everything that loading would do, by household."""
    plan = workbooks.planned(received(content, f"export.{kind}"), at=SUNDAY_NOON)
    assert plan.faults == ()
    return [
        (one.code, step.sentence, [(d.column, d.before, d.after) for d in step.differences])
        for one in plan.households
        for step in one.steps
    ] + [("", step.sentence, []) for step in plan.firm.steps]


@pytest.mark.parametrize("kind", KINDS)
def test_an_export_loaded_again_changes_nothing(families: None, kind: str) -> None:
    assert changes(exported(kind), kind) == []


def test_an_export_holds_no_secret_and_no_whole_account_number(families: None) -> None:
    with zipfile.ZipFile(io.BytesIO(exported("csv"))) as bundle:
        text = "".join(bundle.read(name).decode() for name in bundle.namelist())

    for secret in ("900-00-0001", "1970-05-04", "0011110001"):
        assert secret not in text
    assert Account.objects.earliest("pk").public_id in text


def bent(bend: Callable[[Any], None]) -> bytes:
    book = load_workbook(io.BytesIO(exported("xlsx")))
    bend(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def place(book: Any, sheet: str, household: str, column: str) -> Any:
    """The cell of a household's first row in a column."""
    heads = [str(cell.value).rstrip("*") for cell in book[sheet][1]]
    row = next(one for one in book[sheet].iter_rows(min_row=2) if one[0].value == household)
    return row[heads.index(column)]


def test_one_changed_cell_is_the_only_change(families: None) -> None:
    content = bent(lambda book: setattr(place(book, "tax_profiles", "baker", "wages"), "value", 190_000))

    assert changes(content) == [
        ("baker", "Change the 2026 tax profile of couple", [("wages", "180000.00", "190000.00")])
    ]
    loaded(content)
    assert dict(TaxProfile.objects.values_list("tax_unit__household__code", "wages")) == {
        "miller": D(180_000),
        "baker": D(190_000),
    }


def test_people_returns_and_the_household_itself_are_corrected_through_their_own_verbs(
    families: None,
) -> None:
    def bend(book: Any) -> None:
        place(book, "households", "baker", "name").value = "Baker family"
        place(book, "people", "baker", "part").value = "other"
        place(book, "people", "baker", "born_on").value = "1971-05-04"
        place(book, "tax_units", "baker", "state").value = "NY"

    loaded(bent(bend))

    baker = Household.objects.get(code="baker")
    mia = baker.people.get(given_name="Mia")
    assert (baker.name, mia.part, mia.born_on_text, baker.tax_units.get().state) == (
        "Baker family", "other", "1971-05-04", "NY",
    )  # fmt: skip
    assert changes(exported("xlsx")) == []


def test_a_couple_whose_rows_both_name_the_other_is_married_once(db: None) -> None:
    cast.ana(), cast.rui()
    rows = made.together(made.firm(), made.family())
    rows["people"][1]["spouse"] = "Mia Miller"
    rows["people"].append(
        {"household": "miller", "family_name": "Miller Trust", "kind": "trust", "part": "other"}
    )

    workbook = loaded(made.xlsx(rows))

    assert [(row.state, row.refusal) for row in workbook.households.all()] == [("done", "")]
    assert Household.objects.get().people.filter(spouse=None).get().family_name == "Miller Trust"
    assert changes(exported("xlsx")) == []


def test_a_changed_account_keeps_what_its_row_leaves_empty(families: None) -> None:
    def bend(book: Any) -> None:
        place(book, "accounts", "miller", "lot_method").value = "highest_cost"
        place(book, "accounts", "miller", "agreement_on").value = None

    loaded(bent(bend))

    joint = Account.objects.get(household__code="miller", registration="joint")
    assert (joint.lot_method, joint.agreement_effective_on, joint.number) == (
        "highest_cost", date(2020, 1, 2), "0011110001",
    )  # fmt: skip


def test_a_changed_band_drafts_the_next_version_with_everything_else_as_it_was(families: None) -> None:
    loaded(bent(lambda book: setattr(place(book, "policy_targets", "baker", "points"), "value", 0.03)))

    first, second = Policy.objects.filter(household__code="baker").order_by("version")
    assert (second.version, second.objectives, second.restrictions.count()) == (2, first.objectives, 1)
    assert second.targets.get(asset_class__code="us_stock").weight_lower == D("0.55")
    assert Policy.objects.filter(household__code="miller").count() == 1


def test_text_that_begins_like_a_formula_comes_out_harmless_and_back_in_unchanged(families: None) -> None:
    household = Household.objects.get(code="miller")
    policy = drafts.reopen(
        Policy.objects.get(household=household),
        reason="Typed wrongly.",
        by=Actor.person(cast.ana()),
        at=SUNDAY_NOON,
    )
    Policy.objects.filter(pk=policy.pk).update(objectives="=cmd|' /C calc'!A0")

    book = load_workbook(io.BytesIO(exported("xlsx")))
    cell = place(book, "policies", "miller", "objectives")
    assert (cell.data_type, cell.value) == ("s", "'=cmd|' /C calc'!A0")
    for kind in KINDS:
        assert changes(exported(kind), kind) == []


def test_the_template_is_read_without_a_fault_but_for_its_having_no_rows() -> None:
    found = reading.read(writing.as_xlsx({}))

    assert [fault.rule for fault in found.faults] == ["The workbook holds no rows."]


def test_the_template_validates_what_it_can() -> None:
    book = load_workbook(io.BytesIO(writing.as_xlsx({})))

    rules = {str(one.sqref).split(":")[0]: (one.type, one.formula1) for one in book["people"].data_validations.dataValidation}  # fmt: skip
    assert rules["E2"] == ("list", '"head,spouse,child,trustee,other"')
    assert rules["H2"][0] == "date"
    assert book["people"]["B1"].comment is not None
    assert book.sheetnames == ["instructions", *(sheet.name for sheet in SHEETS)]


WORDS = st.text(st.characters(whitelist_categories=("L", "N", "P", "S")), min_size=1, max_size=30)
SHARES = st.integers(0, 1_000_000).map(lambda part: D(part).scaleb(-6))
VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: WORDS,
    Kind.CODE: st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,11}", fullmatch=True),
    Kind.NUMBER_AS_TEXT: st.from_regex(r"[0-9]{4,12}", fullmatch=True),
    Kind.DAY: st.dates(date(1900, 1, 1), date(2100, 12, 31)),
    Kind.MONEY: st.decimals(-(10**9), 10**9, places=2, allow_nan=False),
    Kind.SHARE: SHARES,
    Kind.QUANTITY: st.decimals(0, 10**6, places=6, allow_nan=False),
    Kind.WHOLE: st.integers(0, 9999),
    Kind.FLAG: st.booleans(),
    Kind.EMAIL: st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.example", fullmatch=True),
    Kind.STATE: st.sampled_from(("CA", "NY")),
    Kind.TAX_NUMBER: st.from_regex(r"9[0-9]{2}-00-[0-9]{4}", fullmatch=True),
    Kind.SYMBOL: st.sampled_from(("VTI", "BRK.B", "SPY")),
    Kind.SYMBOLS: st.lists(st.sampled_from(("VTI", "BRK.B", "SPY")), min_size=1, unique=True).map(tuple),
    Kind.NAMES: st.just(("Ann Miller", "Bob Miller")),
    Kind.WEIGHTS: st.integers(1, 99).map(lambda n: (("a", D(n).scaleb(-2)), ("b", D(100 - n).scaleb(-2)))),
}
LOOSE = SheetLayout(
    "households",
    "Every kind",
    "",
    tuple(Column(kind.name.lower(), kind, "") for kind in VALUES),
    key=(),
    of_household=False,
)


@given(row=st.fixed_dictionaries({kind.name.lower(): values for kind, values in VALUES.items()}))
@settings(many, max_examples=PLANS)
def test_every_value_survives_every_kind_of_file(row: dict[str, Any]) -> None:
    """Written and read again it is the same value, whatever kind of cell and of file it went through."""
    import unittest.mock

    with (
        unittest.mock.patch.object(writing, "SHEETS", (LOOSE,)),
        unittest.mock.patch.object(reading, "SHEET_BY_NAME", {"households": LOOSE}),
    ):
        for kind in KINDS:
            found = reading.read(writing.as_file({"households": [row]}, kind))
            assert found.faults == ()
            (line,) = found.lines["households"]
            assert {name: line.values[name] for name in row} == row


@given(value=SHARES)
@many
def test_a_percentage_reads_the_same_with_its_sign_and_as_a_fraction(value: D) -> None:
    column = Column("target", Kind.SHARE, "")

    assert column.read(Cell(f"{value * 100:f}%")) == column.read(Cell(written(value))) == value
