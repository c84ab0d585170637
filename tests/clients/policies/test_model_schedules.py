"""A version that waits for its day is called off, or given another day, before that day and never after."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from clients.models import ModelPortfolio, ModelVersion
from clients.policies import model_portfolios, model_schedules, model_versions
from compliance.audit_trail import audit
from compliance.models import AuditEvent, Review
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from tests import cast
from tests.clock import MONDAY, SUNDAY_NOON, set_clock
from tests.factories.at_doors import acted, door
from tests.factories.households import SET_UP, a_managed_household
from tests.factories.model_versions import DECEMBER_1, scheduled
from tests.pages import as_, page_of, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

ON_ITS_DAY = datetime(2026, 12, 1, 14, tzinfo=UTC)
DECEMBER_8 = date(2026, 12, 8)


@pytest.fixture
def model() -> ModelPortfolio:
    a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), follows="model")
    return ModelPortfolio.objects.get()


def in_force(model: ModelPortfolio, on: date) -> int | None:
    found = model_versions.in_force(model, on=on)
    return found.version if found else None


def called_off(model: ModelPortfolio, *, at: datetime = SUNDAY_NOON) -> ModelVersion:
    ana = cast.ana()
    return model_schedules.call_off(
        model, reason="The fund closes.", user_id=ana.pk, by=Actor.person(ana), at=at
    )


def states(model: ModelPortfolio) -> list[tuple[int, str]]:
    return list(model.versions.order_by("version").values_list("version", "state"))


def test_a_version_is_called_off_and_the_one_before_it_stays(model: ModelPortfolio) -> None:
    scheduled(model)
    assert (in_force(model, MONDAY), in_force(model, DECEMBER_1)) == (1, 2)

    answer = acted(cast.ana(), door("model_call_off", model.public_id), reason="The fund closes.")

    assert answer.status_code == 302
    assert [in_force(model, day) for day in (MONDAY, DECEMBER_1, DECEMBER_8)] == [1, 1, 1]
    assert states(model) == [(1, "published"), (2, "called_off")]
    assert model_versions.scheduled(model, on=MONDAY) is None
    page = page_of(as_(cast.tom()).get(reverse("clients:model", args=[model.public_id]), {"version": 2}))
    assert (page.state, page.notice) == (
        "called_off",
        "Called off on Nov 22, 2026 by Ana, before its day: The fund closes.",
    )
    event = AuditEvent.objects.get(action="model.called_off")
    assert '"back_to":1' in event.facts
    assert audit.verify().faults == ()


def test_the_next_version_follows_the_one_in_force_and_can_be_published(model: ModelPortfolio) -> None:
    """What was called off is no predecessor: the next draft copies version 1, and its number goes on."""
    scheduled(model)
    called_off(model)

    again = scheduled(model, effective_on=DECEMBER_8)

    assert states(model) == [(1, "superseded"), (2, "called_off"), (3, "published")]
    assert (in_force(model, DECEMBER_1), in_force(model, DECEMBER_8)) == (1, again.version)
    assert audit.verify().faults == ()


def test_of_two_that_wait_the_newest_is_called_off_first(model: ModelPortfolio) -> None:
    scheduled(model)
    scheduled(model, effective_on=DECEMBER_8)

    called_off(model)
    assert states(model) == [(1, "superseded"), (2, "published"), (3, "called_off")]
    called_off(model)

    assert states(model) == [(1, "published"), (2, "called_off"), (3, "called_off")]
    with pytest.raises(Conflict, match="No version of Balanced waits for its day"):
        called_off(model)


def test_on_its_day_it_is_in_force_and_no_longer_called_off(model: ModelPortfolio) -> None:
    scheduled(model)
    set_clock(ON_ITS_DAY)

    answer = as_(cast.ana()).get(door("model_call_off", model.public_id))

    assert answer.status_code == 403
    assert "No version of this model waits for its day." in words_of(answer)
    with pytest.raises(Conflict, match="waits for its day"):
        called_off(model, at=ON_ITS_DAY)


def test_a_version_that_a_policy_names_is_not_called_off(model: ModelPortfolio) -> None:
    version = scheduled(model)
    policy = model.versions.get(version=1).policies.get()
    policy.pk, policy.public_id, policy.version, policy.state = None, "ip_named00000", 2, "draft"
    policy.model, policy.follows = version, "version"
    policy.save()

    with pytest.raises(Conflict, match="1 policy names version 2 of Balanced"):
        called_off(model)


def test_another_day_is_decided_by_a_second_person(model: ModelPortfolio) -> None:
    """Ana proposes December 8 and may not decide; until Rui does, December 1 counts."""
    scheduled(model)

    assert acted(
        cast.ana(), door("model_reschedule", model.public_id), effective_on="2026-12-08", reason="A holiday."
    ).status_code == 302  # fmt: skip

    assert in_force(model, DECEMBER_1) == 2
    review = Review.objects.get(subject_kind="correction")
    decide = reverse("compliance:review", args=[review.public_id])
    yes = {"seen": review.fingerprint, "verdict": "approved", "text": ""}
    assert as_(cast.ana()).post(decide, yes).status_code == 403
    assert as_(cast.rui()).post(decide, yes).status_code == 302
    assert [in_force(model, day) for day in (DECEMBER_1, DECEMBER_8)] == [1, 2]
    page = page_of(as_(cast.ana()).get(reverse("clients:model", args=[model.public_id]), {"version": 2}))
    assert page.notice == (
        "It waits for its day, Dec 8, 2026. Until then version 1 stays in force. It was given another day after it was "
        "approved."
    )
    assert audit.verify().faults == ()


@pytest.mark.parametrize(
    ("day", "sentence"),
    [(date(2026, 11, 21), "That day has passed."), (DECEMBER_1, "It takes effect on that day already.")],
)
def test_a_day_that_changes_nothing_is_refused(model: ModelPortfolio, day: date, sentence: str) -> None:
    scheduled(model)

    with pytest.raises(BadInput, match=sentence):
        model_schedules.reschedule(model, effective_on=day, reason="x", by=SET_UP, at=SUNDAY_NOON)


def test_only_those_who_make_models_call_off(model: ModelPortfolio) -> None:
    scheduled(model)

    for person, status in ((cast.cora(), 403), (cast.carl(), 404), (cast.ada(), 404)):
        assert as_(person).get(door("model_call_off", model.public_id)).status_code == status
    assert not AuditEvent.objects.filter(action="model.called_off").exists()


def test_programs_call_off_and_reschedule_as_the_page_does(model: ModelPortfolio) -> None:
    scheduled(model)
    client: Any = as_(cast.ana())
    address = reverse("api:model-reschedule", kwargs={"public_id": model.public_id})
    etag = client.get(address).headers["ETag"]
    sent = {"effective_on": "2026-12-08", "reason": "A holiday."}

    moved = client.post(address, sent, content_type="application/json", headers={"If-Match": etag})
    ended = client.post(
        reverse("api:model-call-off", kwargs={"public_id": model.public_id}),
        {"reason": "The fund closes."},
        content_type="application/json",
    )

    assert (moved.status_code, ended.status_code) == (202, 200)
    assert states(model) == [(1, "published"), (2, "called_off")]


@pytest.mark.parametrize(
    "change",
    [
        {"effective_on": DECEMBER_8},
        {"state": "draft"},
        {"note": "Another."},
        {"effective_on": date(2026, 11, 20), "rescheduled_at": SUNDAY_NOON},
    ],
)
def test_the_database_lets_nothing_else_of_it_change(model: ModelPortfolio, change: dict[str, Any]) -> None:
    version = scheduled(model)

    with pytest.raises(IntegrityError, match="is settled"), transaction.atomic():
        ModelVersion.objects.filter(pk=version.pk).update(**change)


def test_the_database_keeps_what_is_in_force_from_being_called_off(model: ModelPortfolio) -> None:
    first = ModelVersion.objects.get()
    given = {"called_off_at": SUNDAY_NOON, "called_off_by": cast.ana(), "called_off_reason": "x"}

    with pytest.raises(IntegrityError, match="is settled"), transaction.atomic():
        ModelVersion.objects.filter(pk=first.pk).update(state="called_off", **given)


def test_a_called_off_version_is_nobodys_source(model: ModelPortfolio) -> None:
    scheduled(model)
    called_off(model)

    with pytest.raises(BadInput, match="There is no published version '60-40/2'"):
        model_portfolios.draft(
            code="other",
            name="Other",
            description="",
            classes=[model_portfolios.ClassSpec("us_stock", model_portfolios.model_trees.ONE, (), "60-40/2")],
            by=SET_UP,
            at=SUNDAY_NOON,
        )
