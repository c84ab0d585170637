"""Workbooks from the upload to the record: what they make, that they make it once, and that no household is half made."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from clients.models import (
    Account,
    BookEntry,
    CashFlow,
    Household,
    LifeEvent,
    ModelVersion,
    Person,
    Policy,
    Security,
    TaxProfile,
    Workbook,
)
from clients.workbooks import workbooks
from compliance.audit_trail import audit
from compliance.models import Review
from compliance.people.actors import Actor
from compliance.refusals import Blocked, Conflict, Stale
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories import workbooks as made
from tests.factories.workbooks import loaded, received

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _people(db: None) -> None:
    cast.ana()
    cast.rui()


def results(workbook: Workbook) -> dict[str, tuple[str, str]]:
    return {row.code: (row.result, row.state) for row in workbook.households.all()}


def test_a_workbook_brings_the_firms_models_and_a_whole_household() -> None:
    workbook = loaded(made.xlsx(made.together(made.firm(), made.family())))

    assert results(workbook) == {"miller": ("new", "done")}
    mia = Person.objects.get(given_name="Mia")
    assert (mia.spouse, mia.born_on_text, mia.tax_number) == (Person.objects.get(given_name="Noah"), "1970-05-04", "900-00-0001")  # fmt: skip
    profile = TaxProfile.objects.get()
    assert (profile.wages, profile.qualified_dividends, profile.state_rate) == (
        D(180000),
        D("4200.50"),
        D("0.044"),
    )
    assert [(one.user.name, one.part) for one in BookEntry.objects.order_by("pk")] == [
        ("Ana", "advisor"),
        ("Rui", "reviewer"),
    ]
    joint, ira = Account.objects.order_by("pk")
    assert (joint.number, joint.tax_treatment, joint.joint_owner, joint.discretion) == (
        "0011110001", "taxable", Person.objects.get(given_name="Noah"), "discretionary",
    )  # fmt: skip
    assert (ira.name, ira.tax_treatment, ira.minimum_cash, ira.discretion) == (
        "Traditional IRA", "tax_deferred", D(500), "non_discretionary",
    )  # fmt: skip
    policy = Policy.objects.get()
    assert (policy.state, policy.model, policy.harvests_losses) == (
        "review",
        ModelVersion.objects.get(),
        True,
    )
    assert {
        t.asset_class.code: (t.weight_target, t.weight_lower, t.weight_upper) for t in policy.targets.all()
    } == {
        "us_stock": (D("0.58"), D("0.53"), D("0.63")),
        "us_bond": (D("0.40"), D("0.35"), D("0.45")),
        "cash": (D("0.02"), D(0), D("0.04")),
    }
    assert [str(one.security) for one in policy.restrictions.all()] == ["ZUB"]
    assert (CashFlow.objects.get().amount, LifeEvent.objects.get().kind) == (D(-12000), "retirement")
    assert Security.objects.get(symbol="ZBD").expense_ratio == D("0.0003")
    assert Security.objects.get(symbol="ZUS").expense_ratio is None, "unknown is never zero"


def test_what_two_people_must_decide_waits_for_a_reviewer_and_the_loader_is_the_maker() -> None:
    loaded(made.xlsx(made.together(made.firm(), made.family())))

    waiting = {one.subject_kind: [m.person for m in one.makers.all()] for one in Review.objects.all()}
    assert waiting == {"model": [cast.tom()], "policy": [cast.tom()]}


def test_an_unsigned_policy_stays_a_draft_without_a_review() -> None:
    rows = made.together(made.firm(), made.family())
    rows["policies"][0].pop("signed_by_client_on")

    loaded(made.xlsx(rows))

    assert Policy.objects.get().state == "draft"
    assert not Review.objects.filter(subject_kind="policy").exists()


def test_the_same_workbook_again_would_change_nothing() -> None:
    content = made.xlsx(made.together(made.firm(), made.family()))
    loaded(content)

    again = received(content)

    plan = workbooks.planned(again, at=SUNDAY_NOON)
    assert [step.as_json() for one in plan.households for step in one.steps] == []
    assert again.state == "loaded"
    assert ([one.result for one in plan.households], plan.firm.steps) == (["unchanged"], [])


def test_the_same_rows_as_csv_and_as_xlsx_are_the_same() -> None:
    rows = made.together(made.firm(), made.family())
    loaded(made.xlsx(rows))

    plan = workbooks.planned(received(made.bundle(rows), "firm.zip"), at=SUNDAY_NOON)

    assert ([one.result for one in plan.households], plan.firm.steps) == (["unchanged"], [])


def test_a_household_with_any_fault_is_not_touched_and_the_others_are() -> None:
    rows = made.together(made.firm(), made.family(), made.family("baker", number="0022220001"))
    rows["tax_profiles"][1]["wages"] = "a lot"

    workbook = loaded(made.xlsx(rows))

    assert results(workbook) == {"miller": ("new", "done"), "baker": ("refused", "failed")}
    assert [one.code for one in Household.objects.all()] == ["miller"]
    assert workbook.faults == [
        {
            "sheet": "tax_profiles", "row": 3, "column": "E wages", "value": '"a lot"', "household": "baker",
            "rule": "This is not a number.", "cure": "Write digits, an optional point, and at most a $ sign.",
        }
    ]  # fmt: skip


def test_what_only_the_record_can_refuse_leaves_nothing_of_the_household(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from clients.households import life_events
    from compliance.refusals import BadInput

    def refuse(*_: Any, **__: Any) -> None:
        raise BadInput("No.", "Not now.")

    monkeypatch.setattr(life_events, "record", refuse)

    workbook = loaded(made.xlsx(made.together(made.firm(), made.family())))

    assert results(workbook) == {"miller": ("new", "failed")}
    assert workbook.households.get().refusal == "No. Not now."
    assert (Household.objects.count(), Account.objects.count(), Policy.objects.count()) == (0, 0, 0)
    assert not audit.AuditEvent.objects.filter(action="household.added").exists()


def test_a_preview_that_the_record_has_overtaken_cannot_be_confirmed() -> None:
    rows = made.together(made.firm(), made.family())
    first = received(made.xlsx(rows))
    seen = first.digest
    rows["people"][0]["born_on"] = "1970-05-05"
    loaded(made.xlsx(rows))

    with pytest.raises(Stale):
        workbooks.confirm(first, seen=seen, user_id=None, by=Actor.person(cast.tom()), at=SUNDAY_NOON)


def test_a_workbook_is_confirmed_once_and_only_where_it_would_change_something() -> None:
    content = made.xlsx(made.together(made.firm(), made.family()))
    workbook, by = loaded(content), Actor.person(cast.tom())

    with pytest.raises(Conflict):
        workbooks.confirm(workbook, seen=workbook.digest, user_id=None, by=by, at=SUNDAY_NOON)
    rows = made.together(made.family())
    rows["households"][0]["name"] = ""
    refused = received(made.xlsx(rows))
    with pytest.raises(Blocked):
        workbooks.confirm(refused, seen=refused.digest, user_id=None, by=by, at=SUNDAY_NOON)


def test_a_load_that_was_stopped_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = made.together(made.firm(), made.family(), made.family("baker", number="0022220001"))
    workbook, by = received(made.xlsx(rows)), Actor.person(cast.tom())
    workbooks.confirm(workbook, seen=workbook.digest, user_id=cast.tom().pk, by=by, at=SUNDAY_NOON)

    assert not workbooks.advance(workbook, by=by, at=SUNDAY_NOON, seconds_max=-1)
    assert Household.objects.count() < 2
    assert workbooks.advance(workbook, by=by, at=SUNDAY_NOON)
    assert results(workbook) == {"miller": ("new", "done"), "baker": ("new", "done")}
    assert workbooks.advance(workbook, by=by, at=SUNDAY_NOON), "a second worker finds nothing left"


def test_secrets_are_in_no_preview_and_in_no_line_of_the_trail() -> None:
    rows = made.together(made.firm(), made.family())
    rows["people"][0]["tax_number"] = "900-12-34"

    workbook = received(made.xlsx(rows))

    assert workbook.faults[0]["value"] == "(not shown)"
    assert "900-12-34" not in str([*workbook.faults, *workbook.households.values_list("changes", flat=True)])


def test_what_refuses_the_firms_part_refuses_the_workbook_with_its_households() -> None:
    """Somebody else drafts the same model between the preview and the load."""

    from clients.policies.model_portfolios import draft_next

    loaded(made.xlsx(made.together(made.firm())))
    rows = made.together(made.firm(), made.family())
    rows["model_members"][2]["class_weight"], rows["model_members"][3]["class_weight"] = "39%", "3%"
    made.publish(made.the_model_version(), reviewer=cast.rui())
    workbook, by = received(made.xlsx(rows)), Actor.person(cast.tom())
    workbooks.confirm(workbook, seen=workbook.digest, user_id=cast.tom().pk, by=by, at=SUNDAY_NOON)
    draft_next(ModelVersion.objects.get().model, note="Mine.", by=Actor.person(cast.ana()), at=SUNDAY_NOON)

    assert workbooks.advance(workbook, by=by, at=SUNDAY_NOON)

    workbook.refresh_from_db()
    assert (workbook.state, [fault["sheet"] for fault in workbook.faults]) == ("refused", ["models"])
    assert not Household.objects.exists()
