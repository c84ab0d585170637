"""When a policy looks and trades, in its editor, in what is signed and in what programs read."""

from __future__ import annotations

import html
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.urls import reverse

from clients.models import Policy
from clients.policies import differences, drafts, policies, triggering
from compliance.firm.policy_defaults import DUE_SESSION
from rebalancing.client_reports import policy_documents
from tests.clock import FRIDAY_EVENING
from tests.factories import policy_versions as versions
from tests.factories.desk import Desk, on_record
from tests.factories.firm_settings import decided
from tests.pages import as_, words_of
from tests.spec.drawn import rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
RECORD = "the desk"


@pytest.fixture
def desk() -> Desk:
    return on_record()


@pytest.fixture
def draft(desk: Desk) -> Policy:
    return versions.begun(desk.household)


def fresh(policy: Policy) -> Policy:
    return Policy.objects.get(pk=policy.pk)


def test_a_usual_combination_is_chosen_by_its_sentence(desk: Desk, draft: Policy) -> None:
    ana = as_(desk.ana)
    page = words_of(ana.get(reverse("clients:policy_edit", args=[draft.public_id])))
    assert "Look quarterly, trade only outside bands." in page
    assert "where all are inside, nothing is traded until the next quarter" in page

    answer = versions.edited(ana, draft, terms__manner="quarterly_bands", terms__due_session="4")

    assert answer.status_code == 302
    now = fresh(draft)
    assert (now.look, now.calendar, now.due_session) == ("quarterly", "", 4)
    page = words_of(ana.get(reverse("clients:policy_edit", args=[draft.public_id])))
    assert (
        "We compare each class with its band once a quarter, on the 4th market day of its first month."
        in page
    )
    # Chosen once; the fields themselves are changed afterwards, and stay as they are typed.
    versions.edited(ana, draft, terms__look="monthly")
    assert fresh(draft).look == "monthly"


def test_everything_about_looks_is_typed_compared_signed_printed_and_read_by_programs(
    desk: Desk, draft: Policy
) -> None:
    ana, before = as_(desk.ana), policies.shown(draft)
    answer = versions.edited(
        ana,
        draft,
        terms__look="anniversary",
        terms__calendar="annual",
        terms__due_day="20",
        terms__soft_breach="waits",
        terms__sleeve_bands="on",
        terms__on_fall="classes",
        terms__fall_classes=["us_stock", "us_bond"],  # type: ignore[arg-type]
    )
    assert answer.status_code == 302, words_of(answer)[:2000]

    told = {one.label: one.after for one in differences.between(before, policies.shown(fresh(draft)))}

    assert told == {
        "Bands are looked at": "Yearly, on the policy's anniversary",
        "Rebalanced on a schedule": "Yearly",
        "Day of the month on which a period begins": "the 20th, or the next market day",
        "A class outside its band": "It waits for a scheduled look or for cash; beyond its hard range it is traded at once",
        "The parts of a class have bands": "yes, in proportion to the class's",
        "After a sharp fall of the market": "A look at the classes named, and at nothing else",
        "Classes looked at after a fall": "US stocks, US bonds",
    }
    values = policy_documents.template_values(fresh(draft))
    printed = {one["name"]: one["value"] for one in values["terms"]}
    assert told.items() <= printed.items()
    sentence = (
        "We compare each class with its band once a year, on the anniversary of the day this policy took effect. A class "
        "outside its band waits for a scheduled look, or until money comes in or is due. The parts of a class have bands as "
        "well, in proportion to the class's. We also rebalance once a year, on the 20th of its first month or the next "
        "market day, inside the bands or not. After a sharp fall of the market we look between, at US stocks, US bonds and "
        "nothing else. Money that is due does not wait for a look. A change of this policy, its model, a restriction or a "
        "security that concerns you brings a look of its own."
    )
    assert values["trades_when"] == sentence
    assert sentence in html.unescape(words_of(ana.get(reverse("clients:policy", args=[draft.public_id]))))
    api = ana.get(f"/api/v1/policies/{draft.public_id}/").json()
    assert api["trades_when"] == sentence
    assert (api["soft_breach"], api["due_day"], api["fall_classes"]) == ("waits", 20, "us_stock,us_bond")


def test_a_text_that_says_nothing_about_it_keeps_its_fingerprint(desk: Desk) -> None:
    policy = desk.household.policies.get()

    assert not triggering.UNSAID.keys() & policies.shown(policy).keys()
    assert policies.fingerprint_of(policy) == policy.fingerprint


def test_a_fall_without_classes_is_on_the_task_list(desk: Desk, draft: Policy) -> None:
    versions.edited(as_(desk.ana), draft, terms__on_fall="classes")

    page = words_of(as_(desk.ana).get(reverse("clients:policy_edit", args=[draft.public_id])))

    assert "Choose the classes that are looked at after a fall." in page


def test_the_firm_says_on_which_market_day_periods_begin(desk: Desk) -> None:
    decided(DUE_SESSION, 4, at=FRIDAY_EVENING)
    first = desk.household.policies.get()

    begun = policies.start(
        desk.household,
        policies.Content(model=first.model, terms={"objectives": "", "risk": ""}),
        at=FRIDAY_EVENING,
    )

    assert begun.due_session == 4


@pytest.mark.parametrize(
    "row",
    rows(
        """
        effective  | year | day
        2024-03-05 | 2026 | 2026-03-05
        2024-02-29 | 2026 | 2026-02-28
        2024-02-29 | 2028 | 2028-02-29
        """
    ),
)
def test_an_anniversary_of_february_29_is_kept_on_the_28th(row: dict[str, str]) -> None:
    day = triggering.anniversary(date.fromisoformat(row["effective"]), int(row["year"]))

    assert day.isoformat() == row["day"]


def test_a_template_and_a_following_version_carry_every_term(desk: Desk, draft: Policy) -> None:
    terms: dict[str, Any] = {
        "soft_breach": "waits",
        "on_fall": "harvest",
        "due_session": 3,
        "sleeve_bands": True,
    }
    Policy.objects.filter(pk=draft.pk).update(**terms)

    carried = drafts.content_of(fresh(draft)).terms

    assert {name: carried[name] for name in terms} == terms
    assert D(carried["minimum_trade"]) == D(250)
