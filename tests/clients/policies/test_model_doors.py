"""Models through their doors: opened, drafted, changed in the editor, decided at the desk, replaced, retired."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clients.models import ModelPortfolio, ModelVersion
from clients.policies import model_portfolios, model_trees, model_versions
from clients.policies.model_trees import MemberSpec, SleeveSpec
from compliance.audit_trail import audit
from compliance.models import AuditEvent, Review
from compliance.models.reviews import SubjectKind
from tests import cast
from tests.clock import MONDAY, SUNDAY_NOON
from tests.factories.households import SET_UP, a_managed_household, approved
from tests.pages import as_, page_of, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

SUNDAY = date(2026, 11, 22)


@pytest.fixture
def model() -> ModelPortfolio:
    a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), follows="model")
    return ModelPortfolio.objects.get()


def at(name: str, model: ModelPortfolio) -> str:
    return reverse(f"clients:{name}", args=[model.public_id])


def drafted(model: ModelPortfolio, by: Client) -> ModelVersion:
    assert by.post(at("model_next", model), {"note": "A cheaper fund."}).status_code == 302
    version = model_versions.draft_of(model)
    assert version is not None
    return version


def typed(page: Any, **changes: str) -> dict[str, str]:
    """The editor's form as a browser would send it back, with some cells changed."""
    sent = {"seen": page.seen, "note": page.note}
    for one in page.classes:
        sent |= {
            f"{one.prefix}.code": one.code,
            f"{one.prefix}.weight": one.weight,
            f"{one.prefix}.from": one.taken_from,
        }
        for sleeve in one.sleeves:
            sent |= {
                f"{sleeve.prefix}.name": sleeve.name,
                f"{sleeve.prefix}.share": sleeve.share,
                f"{sleeve.prefix}.from": sleeve.taken_from,
            }
            for member in sleeve.members:
                for column in ("symbol", "use", "place", "rank"):
                    sent[f"{member.prefix}.{column}"] = getattr(member, column)
    return sent | changes


def cell(page: Any, code: str) -> Any:
    return next(one for one in page.classes if one.code == code)


def test_from_a_draft_to_a_version_in_force(model: ModelPortfolio) -> None:
    """Ana drafts and changes it, asks for Tuesday; she may not decide; Rui does; until Tuesday version 1 is in force."""
    ana, rui = as_(cast.ana()), as_(cast.rui())
    drafted(model, ana)
    page = page_of(ana.get(at("model_edit", model)))
    first, second = cell(page, "us_stock").sleeves[0].members[:2]
    assert (first.symbol, second.symbol) == ("ZUS", "ZUB")

    saved = ana.post(
        at("model_edit", model),
        typed(page, **{f"{first.prefix}.symbol": "zub", f"{second.prefix}.symbol": "ZUS", f"{second.prefix}.use": "legacy"}),
    )  # fmt: skip

    assert saved.status_code == 302
    shown = page_of(ana.get(at("model", model), {"version": 2}))
    assert [(one.label, one.before, one.after) for one in shown.differences] == [
        ("US stocks / total: ZUB", "Alternate, rank 2, any account", "First choice, rank 1, any account"),
        (
            "US stocks / total: ZUS",
            "First choice, rank 1, any account",
            "Not bought, sold as taxes allow, any account",
        ),
    ]
    ask = at("model_ask", model)
    given = {"note": "Cheaper.", "effective_on": "2026-11-24", "door_seen": page_of(ana.get(ask)).seen}
    check = page_of(ana.post(ask, given))
    assert ana.post(ask, {**given, "door_checked": check.checked}).status_code == 302
    review = Review.objects.get(state="open")
    assert ("Takes effect", "", "November 24, 2026") in [
        (one.label, one.before, one.after) for one in page_of_review(rui, review).shown.lines
    ]
    decide = reverse("compliance:review", args=[review.public_id])
    yes = {"seen": review.fingerprint, "verdict": "approved", "text": ""}
    assert ana.post(decide, yes).status_code == 403
    assert rui.post(decide, yes).status_code == 302

    version = model_versions.scheduled(model, on=SUNDAY)
    assert version is not None
    assert (version.version, version.effective_on) == (2, date(2026, 11, 24))
    assert [in_force(model, day) for day in (MONDAY, date(2026, 11, 24))] == [1, 2]
    assert audit.verify().faults == ()


def page_of_review(client: Client, review: Review) -> Any:
    return page_of(client.get(reverse("compliance:review", args=[review.public_id])))


def in_force(model: ModelPortfolio, on: date) -> int | None:
    found = model_versions.in_force(model, on=on)
    return found.version if found else None


def test_an_unfinished_draft_is_kept_and_says_what_it_lacks(model: ModelPortfolio) -> None:
    ana = as_(cast.ana())
    drafted(model, ana)
    page = page_of(ana.get(at("model_edit", model)))

    ana.post(at("model_edit", model), typed(page, **{f"{cell(page, 'us_bond').prefix}.weight": "3900"}))

    after = page_of(ana.get(at("model_edit", model)))
    assert (after.total, after.is_whole) == ("9,900", False)
    assert after.faults[0].startswith("The class weights add up to 9,900 basis points, not to 10,000.")
    ask = at("model_ask", model)
    given = {"note": "x", "effective_on": "", "door_seen": page_of(ana.get(ask)).seen}
    check = page_of(ana.post(ask, given))
    assert "9,900 basis points" in words_of(ana.post(ask, {**given, "door_checked": check.checked}))
    assert not Review.objects.filter(state="open").exists()


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("symbol", "NOPE", "No security NOPE is on record."),
        ("rank", "first", "is no rank of ZUS"),
        ("use", "often", "choose the use and the accounts of ZUS"),
        ("symbol", "ZUB", "is in the sleeve total of us_stock twice"),
    ],
)
def test_what_is_typed_wrong_comes_back_with_its_reason(
    model: ModelPortfolio, column: str, value: str, problem: str
) -> None:
    ana = as_(cast.ana())
    drafted(model, ana)
    page = page_of(ana.get(at("model_edit", model)))
    first = cell(page, "us_stock").sleeves[0].members[0]

    answer = ana.post(at("model_edit", model), typed(page, **{f"{first.prefix}.{column}": value}))

    again = page_of(answer, 422)
    assert problem in again.problems[0]
    assert getattr(cell(again, "us_stock").sleeves[0].members[0], column) == value


def test_two_people_do_not_overwrite_each_other(model: ModelPortfolio) -> None:
    ana = as_(cast.ana())
    drafted(model, ana)
    page = page_of(ana.get(at("model_edit", model)))
    ana.post(at("model_edit", model), typed(page, note="Mine."))

    answer = as_(cast.tom()).post(at("model_edit", model), typed(page, note="Mine too."))

    assert "Somebody has changed this draft" in page_of(answer, 409).refused.sentence
    assert model_versions.draft_of(model).note == "Mine."  # type: ignore[union-attr]


def test_only_those_who_make_models_change_them(model: ModelPortfolio) -> None:
    drafted(model, as_(cast.ana()))
    before = AuditEvent.objects.filter(action="model.changed").count()

    for person, status in ((cast.cora(), 403), (cast.carl(), 404), (cast.max_(), 404), (cast.ada(), 404)):
        assert as_(person).get(at("model_edit", model)).status_code == status
        assert as_(person).post(at("model_edit", model), {}).status_code == status

    assert AuditEvent.objects.filter(action="model.changed").count() == before


def test_a_draft_is_discarded_and_a_followed_model_stays(model: ModelPortfolio) -> None:
    ana = as_(cast.ana())
    drafted(model, ana)
    assert ana.post(at("model_draft_remove", model), {"reason": "A mistake."}).status_code == 302
    assert model_versions.draft_of(model) is None
    given = {"reason": "Nobody wants it.", "door_seen": page_of(ana.get(at("model_retire", model))).seen}
    check = page_of(ana.post(at("model_retire", model), given))

    answer = ana.post(at("model_retire", model), {**given, "door_checked": check.checked})

    assert answer.status_code == 409
    assert "1 policy follows the model Balanced." in words_of(answer)


def test_a_model_nobody_follows_is_opened_from_another_and_retired(model: ModelPortfolio) -> None:
    ana = as_(cast.ana())
    ana.post(reverse("clients:model_open"), {"code": "growth", "name": "Growth", "like": model.public_id})
    growth = ModelPortfolio.objects.get(code="growth")
    draft, first = model_versions.draft_of(growth), model_versions.in_force(model, on=SUNDAY)
    assert draft is not None
    assert first is not None
    assert model_trees.of(draft) == model_trees.of(first)
    ana.post(at("model_draft_remove", growth), {"reason": "Not now."})
    given = {"reason": "Not now.", "door_seen": page_of(ana.get(at("model_retire", growth))).seen}
    check = page_of(ana.post(at("model_retire", growth), given))

    ana.post(at("model_retire", growth), {**given, "door_checked": check.checked})

    growth.refresh_from_db()
    assert growth.retired_at is not None
    assert ana.get(at("model_next", growth)).status_code == 403


def test_a_document_drafts_a_version_and_is_taken_out_again(model: ModelPortfolio) -> None:
    ana = as_(cast.ana())
    address = reverse("clients:model_version_document", args=[model.public_id, 1])
    text = ana.get(address).content.decode()

    done = ana.post(
        reverse("clients:model_document"), {"document": text.replace("58%", "5700").replace("40%", "41%")}
    )

    assert done.status_code == 302
    version = model_versions.draft_of(model)
    assert version is not None
    assert {one.asset_class: str(one.weight) for one in model_trees.of(version)} == {
        "us_stock": "0.570000",
        "us_bond": "0.410000",
        "cash": "0.020000",
    }


def test_a_security_is_replaced_in_every_model_that_buys_it(model: ModelPortfolio) -> None:
    """ZUB takes the first place of ZUS, which is no longer bought; ZUB's own row as an alternate is gone."""
    ana = as_(cast.ana())
    door = reverse("clients:model_substitute")

    assert ana.post(door, {"old": "zus", "new": "zub", "note": "It costs less."}).status_code == 302

    version = model_versions.draft_of(model)
    assert version is not None
    stocks = next(one for one in model_trees.of(version) if one.asset_class == "us_stock")
    assert [(one.symbol, one.use, one.rank) for one in stocks.sleeves[0].members] == [
        ("ZUB", "primary", 1),
        ("ZUS", "legacy", 3),
    ]
    uses = page_of(ana.get(reverse("clients:model_uses"), {"symbol": "ZUS"}))
    assert [(row.name, row.draft, row.policies) for row in uses.rows] == [("Balanced", "Version 2", 1)]
    again = ana.post(door, {"old": "ZUS", "new": "ZUB", "note": "Again."})
    assert "Version 2 of Balanced is a draft already." in words_of(again)


def test_what_is_held_in_no_sleeve_is_listed(model: ModelPortfolio) -> None:
    """Version 2 knows ZUB only; the Millers hold 7,000 shares of ZUS at $100."""
    version = model_portfolios.draft_next(model, note="", by=SET_UP, at=SUNDAY_NOON)
    tree = model_trees.of(version)
    only = [
        replace(one, sleeves=(SleeveSpec("total", (MemberSpec("ZUB"),)),))
        if one.asset_class == "us_stock"
        else one
        for one in tree
    ]
    model_portfolios.change(version, classes=only, note="", by=SET_UP, at=SUNDAY_NOON)
    digest = model_portfolios.fingerprint_of(version)
    model_portfolios.publish(
        version,
        approval=approved(SubjectKind.MODEL, "second", digest, reviewer=cast.rui()),
        effective_on=SUNDAY,
        user_id=cast.rui().pk,
        by=SET_UP,
        at=SUNDAY_NOON,
    )

    page = page_of(as_(cast.ana()).get(at("model", model)))

    assert [(row.symbol, row.classes, row.households, row.value) for row in page.unmapped] == [
        ("ZUS", "US stocks", 1, D(700_000))
    ]


def test_programs_read_and_replace_a_draft(model: ModelPortfolio) -> None:
    ana = as_(cast.ana())
    drafted(model, ana)
    address = reverse("api:model-draft", args=[model.public_id])
    read = ana.get(address)
    text = read.json()["document"].replace("58%", "57%").replace("40%", "41%")

    def send(etag: str) -> Any:
        return ana.post(
            address, {"document": text}, content_type="application/json", headers={"If-Match": etag}
        )

    assert send('"' + "0" * 64 + '"').status_code == 412
    changed = send(read.headers["ETag"])
    assert changed.status_code == 200
    assert changed.json()["faults"] == []
    assert {"where": "US stocks, weight", "before": "58%", "after": "57%"} in changed.json()["differences"]
