"""Policies that a workbook brings: every term of theirs, whose words, whose signature, and one path to their adoption."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from clients.models import AssetClass, Household, Policy
from clients.policies import drafts, policies, templates
from clients.workbooks import bulk_adoption, workbooks, writing
from compliance.audit_trail import audit
from compliance.firm.policy_defaults import COMPLIANCE_SIGNS
from compliance.models import Approval, Review
from compliance.people.actors import Actor
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories import workbooks as made
from tests.factories.firm_settings import decided
from tests.factories.workbooks import loaded, publish, received, the_model_version

pytestmark = pytest.mark.django_db

TERMS: dict[str, Any] = {
    "follows": "model",
    "loss_limit": "20%",
    "benchmark": "World stocks and bonds",
    "discretion": "consent",
    "band_preference": "tight",
    "sheltered_band_share": "50%",
    "tracking_error_limit": "3%",
    "destination_additions": "edge",
    "text": "Nothing else.",
}


@pytest.fixture(autouse=True)
def _people(db: None) -> None:
    cast.ana()
    cast.rui()


def the_firm(**terms: Any) -> made.Rows:
    rows = made.together(made.firm(), made.family())
    rows["policies"][0] |= terms
    return rows


def adopt(policies_of: Any = None) -> bulk_adoption.Done:
    found = policies_of if policies_of is not None else Policy.objects.all()
    seen = bulk_adoption.digest_of(bulk_adoption.waiting(found))
    return bulk_adoption.adopt(found, seen=seen, by=Actor.person(cast.rui()), at=SUNDAY_NOON)


def exported() -> bytes:
    return writing.as_file(writing.everything(Household.objects.all()), "xlsx")


def next_version(**cells: Any) -> Policy:
    """The Millers' row is changed and loaded again."""
    row = {
        "household": "miller", "model": "60-40", "objectives": "Growth with some income.", "risk": "Moderate",
        "horizon_years": 15, **cells,
    }  # fmt: skip
    loaded(made.xlsx({"policies": [row]}))
    return Policy.objects.latest("version")


def test_every_term_that_a_policy_obeys_has_a_column() -> None:
    loaded(made.xlsx(the_firm(**TERMS)))

    policy = Policy.objects.get()
    assert {name: getattr(policy, name) for name in TERMS} == {
        "follows": "model",
        "loss_limit": D("0.2"),
        "benchmark": "World stocks and bonds",
        "discretion": "consent",
        "band_preference": "tight",
        "sheltered_band_share": D("0.5"),
        "tracking_error_limit": D("0.03"),
        "destination_additions": "edge",
        "text": "Nothing else.",
    }
    stocks = policy.targets.get(asset_class__code="us_stock")
    # 5 points, three quarters of that, and half again where no account is taxable.
    assert (stocks.weight_lower, stocks.sheltered_lower) == (D("0.5425"), D("0.56125"))
    plan = workbooks.planned(received(exported(), "export.xlsx"), at=SUNDAY_NOON)
    assert ([one.result for one in plan.households], plan.faults) == (["unchanged"], ())


def test_bands_that_are_scaled_and_cash_bands_come_and_go_unchanged() -> None:
    loaded(made.xlsx(made.firm()))
    for code, volatility, correlation in (("us_stock", "0.16", "1"), ("us_bond", "0.05", "0.1")):
        AssetClass.objects.filter(code=code).update(
            volatility=D(volatility), market_correlation=D(correlation)
        )
    rows: Any = made.family() | {"policy_templates": [dict(one) for one in made.TEMPLATE]}
    for row, change in zip(
        rows["policy_templates"],
        (
            {"band": "volatility", "points": None, "multiple": 2, "benchmark": "World stocks"},
            {"band": "risk", "points": None, "risk": "0.5%"},
            {"band": "cash", "low": "1%", "high": None, "points": "2%"},
        ),
        strict=True,
    ):
        row.update(change)
    workbook = loaded(made.xlsx(rows))

    assert [(one.state, one.refusal) for one in workbook.households.all()] == [("done", "")]
    policy = Policy.objects.get()
    stocks, bonds, cash = policy.targets.all()
    assert (stocks.band_multiple, stocks.benchmark, bonds.band_risk) == (D(2), "World stocks", D("0.005"))
    assert stocks.relative_volatility is not None
    assert (cash.weight_lower, cash.weight_upper) == (D("0.01"), D("0.04"))
    plan = workbooks.planned(received(exported(), "export.xlsx"), at=SUNDAY_NOON)
    assert ([one.result for one in plan.households], plan.faults) == (["unchanged"], ())


def test_the_words_of_a_firm_template_are_filled_in_and_kept_by_later_versions() -> None:
    templates.make(
        code="calm-words",
        name="Calm words",
        content={"terms": {}, "sections": {"purpose": "The plan of {clients}."}, "targets": []},
        by=Actor.person(cast.cora()),
        at=SUNDAY_NOON,
    )
    loaded(made.xlsx(the_firm(words_template="calm-words")))
    first = Policy.objects.get()
    assert first.sections.get().text == "The plan of Mia Miller and Noah Miller."

    second = next_version(risk="Low")

    assert (second.version, second.risk, second.sections.get().text) == (2, "Low", first.sections.get().text)


def test_a_template_of_words_that_is_not_there_is_a_fault() -> None:
    plan = workbooks.planned(received(made.xlsx(the_firm(words_template="nowhere"))), at=SUNDAY_NOON)

    assert [(one.column, one.rule) for one in plan.faults] == [
        ("K words_template", "No such policy template is in use.")
    ]


def test_who_signed_the_last_version_has_not_signed_the_next() -> None:
    loaded(made.xlsx(the_firm()))
    publish(the_model_version(), reviewer=cast.rui())
    assert adopt().adopted == 1

    second = next_version(risk="High", signed_by_client_on="2026-03-02", signed_by_advisor_on="2026-03-02")

    assert (second.state, second.signed_by_client_on, second.signatures.count()) == ("draft", None, 0)
    assert not Review.objects.filter(subject_id=second.public_id).exists()
    assert Policy.objects.get(version=1).state == "adopted"


def test_a_version_signed_anew_waits_for_its_reviewer_and_supersedes_the_last() -> None:
    loaded(made.xlsx(the_firm()))
    publish(the_model_version(), reviewer=cast.rui())
    adopt()

    second = next_version(risk="High", signed_by_client_on="2026-10-01", signed_by_advisor_on="2026-10-05")
    assert second.state == "review"
    done = adopt(Policy.objects.filter(pk=second.pk))

    assert (done.adopted, done.refused) == (1, ())
    assert [(one.state, one.effective_on) for one in Policy.objects.order_by("version")] == [
        ("superseded", date(2026, 3, 2)),
        ("adopted", date(2026, 10, 5)),
    ]


def test_a_later_workbook_takes_the_place_of_what_was_not_decided() -> None:
    loaded(made.xlsx(the_firm()))

    second = next_version(risk="High")

    assert [(one.version, one.state) for one in Policy.objects.order_by("version")] == [
        (1, "discarded"),
        (2, "draft"),
    ]
    assert not Review.objects.filter(subject_kind="policy", state="open").exists()
    assert second.targets.count() == 3


def test_what_is_in_review_cannot_be_edited_under_its_reviewer() -> None:
    loaded(made.xlsx(the_firm()))
    policy = Policy.objects.get()

    with pytest.raises(Exception, match="cannot be edited"):
        drafts.save(policy, drafts.content_of(policy), by=Actor.person(cast.ana()), at=SUNDAY_NOON)


def test_a_bulk_decision_is_the_desks_own_with_every_line_on_the_trail() -> None:
    loaded(made.xlsx(the_firm()))
    publish(the_model_version(), reviewer=cast.rui())

    adopt()

    policy = Policy.objects.get()
    assert [event.action for event in audit.trail(about=policy)] == [
        "policy.drafted",
        "policy.submitted",
        "policy.approved",
        "policy.adopted",
    ]
    approval = Approval.objects.get(subject_id=policy.public_id)
    assert (approval.fingerprint, approval.review.used_at is not None) == (
        policies.fingerprint_of(policy),
        True,
    )
    assert audit.differences(about=[policy]) == []


def test_where_compliance_signs_too_a_bulk_decision_approves_and_waits() -> None:
    decided(COMPLIANCE_SIGNS, True)
    loaded(made.xlsx(the_firm()))
    publish(the_model_version(), reviewer=cast.rui())

    done = adopt()

    assert (done.adopted, done.approved, done.refused) == (0, 1, ())
    assert done.sentence == (
        "0 policies are adopted. 1 more are approved and wait for a signature or their day."
    )
    assert Policy.objects.get().state == "approved"


def test_one_that_changed_under_its_review_is_refused_by_name_and_stops_no_other() -> None:
    loaded(made.xlsx(made.together(made.firm(), made.family(), made.family("baker", number="0022220001"))))
    publish(the_model_version(), reviewer=cast.rui())
    baker = Policy.objects.get(household__code="baker")
    # The caps of both are decided anew: stocks are more than Baker's policy allows.
    AssetClass.objects.update(is_equity=False)
    AssetClass.objects.filter(code="us_stock").update(is_equity=True)
    drafts.reopen(baker, reason="Typed wrongly.", by=Actor.person(cast.ana()), at=SUNDAY_NOON)
    Policy.objects.filter(pk=baker.pk).update(equity_cap=D("0.3"))
    drafts.submit_signed(Policy.objects.get(pk=baker.pk), by=Actor.person(cast.tom()), at=SUNDAY_NOON)

    done = adopt()

    assert (done.adopted, [name for name, _ in done.refused]) == (1, ["Baker"])
    assert "The facts have changed" in done.refused[0][1]
    assert Policy.objects.get(pk=baker.pk).state == "review"
