"""A policy from a template to the next version in a real browser, and its pages on every screen."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pikepdf
import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from clients.households import households
from clients.models import Household, Person, Policy, PolicySection
from clients.policies import policies, signatures, templates
from compliance.firm.policy_defaults import COMPLIANCE_SIGNS
from compliance.models import Review
from compliance.people.actors import Actor
from tests import cast
from tests.browser.conftest import SignedIn
from tests.browser.looking import look
from tests.clock import SUNDAY_NOON
from tests.factories.firm_settings import decided
from tests.factories.households import SET_UP, a_managed_household
from tests.factories.policy_versions import approved, begun, edited, written
from tests.pages import as_

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("it_is_sunday_noon"),
]

LATER = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)
"""The day from which the new version is agreed to apply."""


def the_millers() -> Household:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    households.grant_sign_in(
        Person.objects.get(), user=cast.mia(), may_see="household", by=SET_UP, at=SUNDAY_NOON
    )
    return household


def a_template() -> None:
    """The firm's template; its targets and purpose are whole, the rest is the advisor's to write."""
    templates.make(
        code="calm",
        name="Calm",
        content={
            "terms": {"objectives": "Growth for {clients}.", "risk": "Moderate", "follows": "model"},
            "sections": {"purpose": "{firm} manages the portfolio of {household}."},
            "targets": [
                {"asset_class": "us_stock", "target": "0.55", "band": "relative", "share": "0.1"},
                {"asset_class": "us_bond", "target": "0.43", "band": "absolute", "points": "0.05"},
                {"asset_class": "cash", "target": "0.02", "band": "cash", "points": "0.02"},
            ],
        },
        by=Actor.person(cast.cora()),
        at=SUNDAY_NOON,
    )


def test_from_a_template_to_the_day_it_is_replaced(
    page_of: SignedIn, set_clock: Callable[[datetime], None]
) -> None:
    millers = the_millers()
    a_template()
    decided(COMPLIANCE_SIGNS, True)
    ana, rui, mia, cora = (page_of(one()) for one in (cast.ana, cast.rui, cast.mia, cast.cora))

    # Ana begins from the firm's template; the task list says what is missing.
    ana.goto(reverse("clients:policy_begin", args=[millers.public_id]))
    ana.get_by_label("Start from").select_option(label="Template: Calm, version 1")
    ana.get_by_role("button", name="Begin").click()
    policy = Policy.objects.get(version=2)
    tasks = ana.get_by_role("region", name="Task list")
    expect(tasks.get_by_text("to do before it can go to review")).to_be_visible()
    expect(tasks.get_by_text("Write it, in the client's words.").first).to_be_visible()
    unfold(ana)
    assert ana.locator("#id_words-purpose").input_value().endswith("manages the portfolio of Miller.")
    ana.goto(reverse("clients:policy_submit", args=[policy.public_id]))
    ana.get_by_role("button", name="Submit for review").click()
    expect(ana.get_by_text("The policy is not complete yet.").first).to_be_visible()

    # She looks at the bands in percent and dollars, fills in what is missing, and submits.
    ana.goto(reverse("clients:policy_edit", args=[policy.public_id]))
    fill(ana)
    ana.get_by_role("button", name="Show the bands").click()
    stocks = ana.get_by_role("row", name="US stocks")
    expect(stocks.get_by_text("49.50", exact=True)).to_be_visible()
    expect(stocks.get_by_text("$452,925 to $553,575")).to_be_visible()
    ana.get_by_role("button", name="Save the draft").click()
    expect(ana.get_by_text("Nothing is missing")).to_be_visible()
    submit(ana, policy)

    # Rui sends it back with a note; Ana reads it on the policy's page and corrects it.
    decide(rui, policy, "Request changes", "The loss limit is missing.")
    ana.goto(reverse("clients:policy", args=[policy.public_id]))
    expect(ana.get_by_text("Changes requested by Rui: The loss limit is missing.")).to_be_visible()
    ana.get_by_role("link", name="Reopen as a draft").click()
    ana.get_by_label("Reason").fill("Rui misses the loss limit.")
    ana.get_by_role("button", name="Reopen as a draft").click()
    unfold(ana)
    ana.get_by_label("Largest loss in a year").fill("20")
    ana.get_by_role("button", name="Save the draft").click()
    submit(ana, policy)
    decide(rui, policy, "Approve exactly this", "")

    # What changes against version 1, in words and numbers; and the PDF to sign.
    ana.goto(reverse("clients:policy_changes", args=[policy.public_id]))
    row = ana.get_by_role("row", name="US stocks: target")
    expect(row).to_contain_text("58%")
    expect(row).to_contain_text("55%")
    expect(ana.get_by_role("row", name="Model portfolio")).to_contain_text(
        "Balanced, in the version in force"
    )
    assert pages_of(ana, policy) >= 2

    # The client signs in the portal, the advisor and compliance at the desk.
    mia.goto("/portfolio/")
    mia.get_by_role("link", name="Read and sign").click()
    mia.get_by_label("I have read this policy and agree to it").check()
    mia.get_by_label("Your full name").fill("Mia Miller")
    mia.get_by_label("Your password, once more").fill(cast.PASSWORD)
    mia.get_by_role("button", name="Sign", exact=True).click()
    expect(mia.get_by_text("You have signed your investment policy. Thank you.")).to_be_visible()
    expect(mia.get_by_text("Still to sign: Advisor, Compliance.")).to_be_visible()
    for page, party, name in ((ana, "Advisor", "Ana"), (cora, "Compliance", "Cora")):
        page.goto(reverse("clients:policy", args=[policy.public_id]))
        page.get_by_role("link", name="Sign this policy").click()
        page.get_by_label("You sign as").select_option(label=party)
        page.get_by_label("Your full name").fill(name)
        page.get_by_role("button", name="Sign this policy").click()
        expect(page.get_by_text("It is signed.", exact=True)).to_be_visible()
    expect(cora.get_by_text("It is signed, and takes effect on its day.")).to_be_visible()

    # Until its day the old version is in force; on that day the job adopts the new one.
    assert version_in_force(millers) == 1
    set_clock(LATER)
    signatures.adopt_due(by=signatures.ADOPTION, at=LATER)
    assert version_in_force(millers) == 2
    ana.goto(reverse("clients:policy", args=[policy.public_id]))
    expect(ana.get_by_role("heading", level=1)).to_contain_text("version 2: in force since Dec 1, 2026")
    mia.goto("/portfolio/")
    mia.get_by_role("link", name="Read your investment policy").click()
    expect(mia.get_by_role("heading", level=1)).to_contain_text("version 2: in force since Dec 1, 2026")

    # The next version begins from this one and takes its place.
    ana.get_by_role("link", name="Begin a new policy version").click()
    ana.get_by_role("button", name="Begin").click()
    unfold(ana)
    ana.locator("#id_terms-risk").fill("Low")
    ana.get_by_role("button", name="Save the draft").click()
    third = Policy.objects.get(version=3)
    submit(ana, third)
    decide(rui, third, "Approve exactly this", "")
    sign_as_all(third, at=LATER)
    ana.goto(reverse("clients:policy", args=[policy.public_id]))
    expect(ana.get_by_role("heading", level=1)).to_contain_text("version 2: replaced by a later version")
    assert version_in_force(millers) == 3


def unfold(page: Page) -> None:
    """Open every closed part of the editor."""
    for fold in page.locator("details.fold:not([open]) > summary").all()[::-1]:
        fold.click()


def fill(page: Page) -> None:
    unfold(page)
    for code, label in PolicySection.Code.choices:
        if code != PolicySection.Code.PURPOSE:
            page.locator(f"#id_words-{code}").fill(f"Our words on {label.lower()}.")
    page.get_by_label("Horizon in years").fill("15")
    page.locator("#id_terms-tax_guidance").fill("Long-term lots first.")
    page.get_by_label("Next review").fill("2027-11-20")
    page.get_by_label("Takes effect on").fill(LATER.date().isoformat())


def submit(page: Page, policy: Policy) -> None:
    page.goto(reverse("clients:policy_submit", args=[policy.public_id]))
    page.get_by_role("button", name="Submit for review").click()
    expect(page.get_by_text("It is in review. Nobody can change it there.")).to_be_visible()


def decide(page: Page, policy: Policy, verdict: str, text: str) -> None:
    review = Review.objects.filter(subject_id=policy.public_id).latest("pk")
    page.goto(reverse("compliance:review", args=[review.public_id]))
    page.get_by_label(verdict).check()
    page.get_by_label("Reason").first.fill(text)
    page.get_by_role("button", name="Record the decision").click()


def pages_of(page: Page, policy: Policy) -> int:
    answer = page.context.request.get(reverse("rebalancing:policy_pdf", args=[policy.public_id]))
    assert answer.headers["content-type"] == "application/pdf"
    with pikepdf.open(io.BytesIO(answer.body())) as document:
        return len(document.pages)


def version_in_force(household: Household) -> int:
    found = policies.in_force(household, on=LATER.date())
    assert found is not None
    return found.version


def sign_as_all(policy: Policy, *, at: datetime) -> None:
    seen = policies.fingerprint_of(policy)
    for person, party, name in (
        (cast.mia(), "client", "Mia Miller"),
        (cast.ana(), "advisor", "Ana"),
        (cast.cora(), "compliance", "Cora"),
    ):
        signatures.sign(policy, party=party, seen=seen, typed_name=name, by=Actor.person(person), at=at)


@pytest.mark.thorough
def test_the_pages_of_policies(page_of: SignedIn) -> None:
    millers = the_millers()
    a_template()
    policy = begun(millers)
    addresses: dict[str, Any] = {
        "policy-editor": reverse("clients:policy_edit", args=[policy.public_id]),
        "policy-begin": reverse("clients:policy_begin", args=[millers.public_id]),
        "policy-templates": reverse("clients:policy_template_list"),
    }
    look(page_of, cast.ana(), addresses)
    template = reverse("clients:policy_template_edit", args=[templates.in_use()[0].public_id])
    look(page_of, cast.rui(), {"policy-template-editor": template})
    edited(
        as_(cast.ana()), policy, terms__risk="Low", terms__gain_budget="5000",
        terms__starts_on=(SUNDAY_NOON.date() + timedelta(days=9)).isoformat(),
    )  # fmt: skip
    approved(written(policy))
    look(
        page_of,
        cast.ana(),
        {
            "policy-approved": reverse("clients:policy", args=[policy.public_id]),
            "policy-changes": reverse("clients:policy_changes", args=[policy.public_id]),
            "policy-sign": reverse("clients:policy_sign", args=[policy.public_id]),
            "policy-document": reverse("clients:policy_document", args=[policy.public_id]),
        },
    )
    look(page_of, cast.mia(), {"policy-to-sign": reverse("clients:policy_to_sign", args=[policy.public_id])})
