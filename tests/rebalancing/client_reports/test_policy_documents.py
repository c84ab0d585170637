"""An investment policy as the client signs it: a tagged PDF of exactly what is fingerprinted."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from html import unescape

import pikepdf
import pytest
from django.urls import reverse

from clients.models import Policy, PolicySection
from clients.policies import drafts, templates, wording
from clients.policies.restrictions import RestrictionSpec
from compliance.people.actors import Actor
from rebalancing.client_reports import policy_documents
from tests.clock import SUNDAY_NOON
from tests.factories.desk import Desk, a_desk
from tests.pages import as_, words_of
from tests.rebalancing.client_reports import pdf_text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture
def desk(db: None) -> Desk:
    return a_desk()


def test_it_is_tagged_and_says_what_was_signed(desk: Desk) -> None:
    policy = Policy.objects.get(household=desk.household)

    pdf = policy_documents.pdf_of(policy)

    assert policy_documents.pdf_of(policy) == pdf
    text = " ".join(pdf_text.text_of(pdf).split())
    assert f"Investment policy of {desk.household.name}" in text
    assert policy.fingerprint[:12] in text.replace(" ", "")
    for target in policy.targets.select_related("asset_class"):
        assert target.asset_class.name in text
    assert wording.LABELS["destination_taxable"] in text
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert document.Root.MarkInfo.Marked
        assert str(document.Root.Lang) == "en-US"


def test_what_a_client_types_is_printed_and_never_run(desk: Desk) -> None:
    policy = desk.household.policies.get()
    household = policy.household
    household.name = '#panic("x") *bold* \u05d0\u4e2d \U0001f600'
    household.save(update_fields=["name"])

    text = pdf_text.text_of(policy_documents.pdf_of(Policy.objects.get(pk=policy.pk)))

    assert '#panic("x") *bold*' in " ".join(text.split())


ELEMENTS = {
    "accounts covered": ("Accounts covered", "Taxable"),
    "who decides, acts and watches": (PolicySection.Code.PARTIES.label,),
    "how it changes": (PolicySection.Code.CHANGES.label,),
    "return needed and distributions": (PolicySection.Code.RETURN_NEED.label,),
    "willingness and ability to bear losses": (PolicySection.Code.RISK_CAPACITY.label,),
    "loss limit": (wording.LABELS["loss_limit"], "20%"),
    "liquidity, legal and other constraints": (PolicySection.Code.CONSTRAINTS.label,),
    "horizon": (wording.LABELS["horizon_years"], "15 years"),
    "tax": ("Tax guidance", "Long-term lots first."),
    "concentrated holdings and exclusions": (PolicySection.Code.CONCENTRATION.label, "Do not buy ZUB"),
    "targets and ranges": ("US stocks", "53", "63"),
    "benchmarks": ("World stocks", "World stocks and bonds"),
    "what may be held": (PolicySection.Code.INSTRUMENTS.label,),
    "calendar": (wording.LABELS["calendar"], "Quarterly"),
    "edge": (wording.LABELS["edge_is_breach"], "is outside"),
    "look": (wording.LABELS["look"], "Every market day"),
    "destination": (wording.LABELS["destination_taxable"], wording.LABELS["destination_additions"]),
    "tax limits": (wording.LABELS["gain_budget"], "$5,000.00", wording.LABELS["short_term_gains_allowed"]),
    "cash flows": (wording.LABELS["uses_cash_flows"],),
    "when trades are held back": (PolicySection.Code.WAITING.label,),
    "lots, harvesting and wash sales": (PolicySection.Code.LOTS.label, wording.LABELS["harvests_losses"]),
    "cash reserve": (wording.LABELS["cash_reserve"],),
    "discretion": (wording.LABELS["discretion"], "We ask before every trade"),
    "pooling": (wording.LABELS["pooling_allowed"],),
    "reports": (PolicySection.Code.REPORTING.label,),
    "the model and what is signed about it": (
        wording.LABELS["model"],
        "Balanced, version 1 only",
        wording.FOLLOWS["version"][1],
    ),
    "next review": (wording.LABELS["next_review_on"], "Mar 2, 2027"),
}
"""What an investment policy statement says, and the words of it."""


@pytest.fixture
def whole(desk: Desk) -> Policy:
    """A version with every element, as it is to be signed; no column of it is empty."""
    policy = drafts.begin(
        desk.household,
        model=Policy.objects.get().model,
        following=Policy.objects.get(),
        words=templates.Words("Miller", "Mia Miller", "Ana", "The firm", "today"),
        by=Actor.person(desk.ana),
        at=SUNDAY_NOON,
    )
    content = drafts.content_of(policy)
    terms = {
        **content.terms,
        "loss_limit": D("0.2"),
        "benchmark": "World stocks and bonds",
        "tax_guidance": "Long-term lots first.",
        "calendar": "quarterly",
        "destination_additions": "edge",
        "gain_budget": D(5000),
        "discretion": "consent",
        "next_review_on": date(2027, 3, 2),
    }
    return drafts.save(
        policy,
        replace(
            content,
            targets=tuple(replace(one, benchmark="World stocks") for one in content.targets),
            restrictions=(RestrictionSpec(kind="do_not_buy", symbol="ZUB", reason="Faith."),),
            sections={code: f"Our words on {code}." for code in PolicySection.Code.values},
            terms=terms,
        ),
        by=Actor.person(desk.ana),
        at=SUNDAY_NOON,
    )


def test_the_document_says_everything_a_policy_statement_does(whole: Policy) -> None:
    text = " ".join(pdf_text.text_of(policy_documents.pdf_of(whole)).split())

    missing = {
        element: [part for part in parts if part not in text]
        for element, parts in ELEMENTS.items()
        if not all(part in text for part in parts)
    }
    assert missing == {}


def test_so_do_the_pages_of_the_desk_and_of_the_client(desk: Desk, whole: Policy) -> None:
    mia = as_(desk.sign_in_for(desk.household.people.get()))
    Policy.objects.filter(pk=whole.pk).update(state="approved")
    shown = {
        "desk": words_of(as_(desk.ana).get(reverse("clients:policy", args=[whole.public_id]))),
        "client": words_of(mia.get(reverse("clients:policy_to_sign", args=[whole.public_id]))),
    }

    for who, text in shown.items():
        text = unescape(text)
        # The pages call the model's row by one word, and round no range that the document does.
        parts = {
            element: [one for one in told if one != wording.LABELS["model"]]
            for element, told in ELEMENTS.items()
        }
        missing = {
            element: [one for one in told if one not in text]
            for element, told in parts.items()
            if not all(one in text for one in told)
        }
        assert missing == {}, who


def test_a_restriction_names_its_account_as_people_do(desk: Desk, whole: Policy) -> None:
    account = desk.household.accounts.get(number_last4="0001")
    whole.restrictions.update(account=account)

    (line,) = policy_documents.template_values(Policy.objects.get(pk=whole.pk))["restrictions"]

    assert line == "Do not buy ZUB, in account Taxable ····0001: Faith."
