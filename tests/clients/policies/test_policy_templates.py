"""Firm templates: made and changed in versions, retired, refused by name where a placeholder is wrong, shown for a household."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.urls import reverse

from clients.households import books
from clients.models import BookEntry, Household, Person, Policy, PolicyTemplate
from clients.policies import templates
from compliance import clock
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict, NotAllowed
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.households import SET_UP, a_managed_household, another
from tests.factories.policy_versions import begun, typed
from tests.pages import as_, page_of, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

CALM: dict[str, Any] = {
    "terms": {"objectives": "Growth for {clients}.", "risk": "Moderate"},
    "sections": {"purpose": "{firm} manages the portfolio of {household}. {advisor} signs on {date}."},
    "targets": [
        {"asset_class": "us_stock", "target": "0.6", "band": "relative", "share": "0.1"},
        {"asset_class": "us_bond", "target": "0.38", "band": "absolute", "points": "0.05"},
        {"asset_class": "cash", "target": "0.02", "band": "asymmetric", "lower": "0", "upper": "0.04"},
    ],
}
LIST = "clients:policy_template_list"


@pytest.fixture
def millers() -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui())


def made(name: str = "Calm", **changes: Any) -> PolicyTemplate:
    return templates.make(
        code=templates.code_of(name),
        name=name,
        content=CALM | changes,
        by=Actor.person(cast.cora()),
        at=SUNDAY_NOON,
    )


def test_the_next_version_retires_the_one_before_and_neither_ever_changes(millers: Household) -> None:
    first = made()
    second = made(terms={"risk": "Low"})

    assert [(one.version, one.retired_at is None) for one in PolicyTemplate.objects.order_by("version")] == [
        (1, False),
        (2, True),
    ]
    assert templates.in_use() == [second]
    assert PolicyTemplate.objects.get(pk=first.pk).content["terms"]["risk"] == "Moderate"
    assert audit.differences(about=[first, second]) == []


def test_a_retired_template_starts_no_draft_and_is_retired_once(millers: Household) -> None:
    template = made()
    address = reverse("clients:policy_template_retire", args=[template.public_id])

    assert as_(cast.cora()).post(address).status_code == 302

    assert templates.in_use() == []
    begin = as_(cast.ana()).get(reverse("clients:policy_begin", args=[millers.public_id]))
    assert "Template: Calm" not in words_of(begin)
    with pytest.raises(Conflict, match="retired already"):
        templates.retire(template, by=Actor.person(cast.cora()), at=clock.now())


def test_advisors_read_templates_and_do_not_make_them(millers: Household) -> None:
    template = made()
    ana = as_(cast.ana())

    assert ana.get(reverse(LIST)).status_code == 200
    for name, parts in (("policy_template_new", []), ("policy_template_edit", [template.public_id])):
        assert ana.get(reverse(f"clients:{name}", args=parts)).status_code == 403
    with pytest.raises(NotAllowed):
        templates.make(code="x", name="X", content=CALM, by=Actor.person(cast.ana()), at=SUNDAY_NOON)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("For {houshold}.", "{houshold}"),
        ("For {Household}.", "{Household}"),
        ("For { household }.", "{ household }"),
        ("For {household.", "{"),
        ("Until {day} by {name}.", "{day}, {name}"),
    ],
)
def test_a_placeholder_that_nobody_fills_in_is_refused_by_name(
    millers: Household, text: str, named: str
) -> None:
    with pytest.raises(BadInput) as refused:
        made(sections={"purpose": text})

    assert refused.value.sentence == f"Purpose: nothing is filled in for {named}."
    assert "{advisor}, {clients}, {date}, {firm}, {household}" in refused.value.how_to_fix
    assert not PolicyTemplate.objects.exists()


def test_a_household_without_a_word_for_a_placeholder_is_told_which(millers: Household) -> None:
    template = made()
    empty = another("empty", "Empty", advisor=cast.ana())
    words = templates.words_for(empty, advisor="Ana", on=SUNDAY_NOON.date())

    with pytest.raises(BadInput) as refused:
        templates.filled(template.content, model=Policy.objects.get().model, words=words)

    assert refused.value.sentence == "Objectives: there is nothing to fill in for {clients}."
    assert refused.value.how_to_fix == "Put the household's head, spouse or trustee on record first."


def test_a_draft_has_every_placeholder_filled_in(millers: Household) -> None:
    template = made()

    policy = begun(millers, source=template.public_id)

    assert policy.objectives == "Growth for Mia Miller."
    purpose = policy.sections.get(code="purpose").text
    assert "manages the portfolio of Miller. Ana signs on Nov 22, 2026." in purpose
    assert "{" not in purpose


def sent(client: Any, address: str, *, action: str, **changes: str) -> Any:
    page = page_of(client.get(address))
    form = typed(page) | {"name": page.name} | {name.replace("__", "-"): one for name, one in changes.items()}
    return client.post(address, form | {"action": action})


def test_the_editor_saves_the_next_version(millers: Household) -> None:
    template = made()
    address = reverse("clients:policy_template_edit", args=[template.public_id])

    answer = sent(as_(cast.rui()), address, action="save", terms__risk="Low")

    assert answer.status_code == 302
    newest = PolicyTemplate.objects.get(retired_at=None)
    assert (newest.version, newest.content["terms"]["risk"], newest.made_by) == (2, "Low", cast.rui())
    assert newest.content["targets"][0] == CALM["targets"][0] | {"target": "0.6", "share": "0.1"}


def test_the_editor_refuses_a_placeholder_and_keeps_what_was_typed(millers: Household) -> None:
    template = made()
    address = reverse("clients:policy_template_edit", args=[template.public_id])

    answer = sent(as_(cast.rui()), address, action="save", words__purpose="For {nobody}.")

    assert answer.status_code == 422
    assert "Purpose: nothing is filled in for {nobody}." in words_of(answer)
    assert "For {nobody}." in words_of(answer)
    assert PolicyTemplate.objects.count() == 1


def test_a_template_is_shown_for_a_household_before_it_is_saved(millers: Household) -> None:
    template = made()
    address = reverse("clients:policy_template_edit", args=[template.public_id])

    answer = sent(
        as_(cast.rui()),
        address,
        action="show",
        household=millers.public_id,
        words__will="We trade for {clients}.",
    )

    preview = page_of(answer).preview
    assert preview.household == "Miller"
    assert ("What we will do", "We trade for Mia Miller.") in preview.texts
    assert ("Objectives", "Growth for Mia Miller.") in preview.texts
    stocks = preview.bands[0]
    assert preview.value is not None
    assert stocks.dollars == (
        (preview.value * stocks.lower).quantize(stocks.dollars[0]),
        (preview.value * stocks.upper).quantize(stocks.dollars[0]),
    )
    assert "As Miller would read it" in words_of(answer)
    assert PolicyTemplate.objects.count() == 1


def test_a_preview_names_what_the_household_lacks(millers: Household) -> None:
    template = made()
    empty = another("empty", "Empty", advisor=cast.ana())
    books.assign(
        empty,
        user=cast.rui(),
        part=BookEntry.Part.REVIEWER,
        starts_on=SUNDAY_NOON.date(),
        by=SET_UP,
        at=SUNDAY_NOON,
    )
    address = reverse("clients:policy_template_edit", args=[template.public_id])

    preview = page_of(sent(as_(cast.rui()), address, action="show", household=empty.public_id)).preview

    assert preview.fault.startswith("Objectives: there is nothing to fill in for {clients}.")
    assert not Person.objects.filter(household=empty).exists()


def test_a_household_of_another_book_is_no_example(millers: Household) -> None:
    template = made()
    another("far", "Far", advisor=cast.otto())
    far = Household.objects.get(code="far")
    address = reverse("clients:policy_template_edit", args=[template.public_id])

    page = page_of(sent(as_(cast.rui()), address, action="show", household=far.public_id))

    assert page.preview is None


def test_programs_make_templates_and_are_refused_by_name(millers: Household) -> None:
    cora = as_(cast.cora())

    made_it = cora.post(
        "/api/v1/policies/templates/", {"name": "Calm", **CALM}, content_type="application/json"
    )
    refused = cora.post(
        "/api/v1/policies/templates/",
        json.dumps({"name": "Wrong", **CALM, "sections": {"purpose": "For {nobody}."}}),
        content_type="application/json",
    )

    assert (made_it.status_code, made_it.json()["version"]) == (201, 1)
    assert refused.status_code == 422
    assert "nothing is filled in for {nobody}" in refused.content.decode()
