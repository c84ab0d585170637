"""What of the tax law the figures do not count is said wherever the figures are read or agreed to."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clients.models import Account
from rebalancing.client_reports import letters, summaries
from rebalancing.engine.documents.parsing import read_plan
from rebalancing.engine.tax.federal_tax import NOT_MODELED
from rebalancing.proposals import proposals
from tests.clock import SUNDAY_NOON
from tests.factories.desk import Desk, a_desk
from tests.factories.firm_settings import A_LETTERHEAD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

LEFT_OUT = "; ".join(NOT_MODELED)


@pytest.fixture
def desk() -> Desk:
    """The Millers, whose income is on record: their tax comes of full computations."""
    return a_desk(taxable_only=True)


def words(person: Any, url: str, **query: str) -> str:
    client = Client()
    client.force_login(person)
    answer = client.get(url, query)
    assert answer.status_code == 200
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def test_the_proposal_page_says_it(desk: Desk) -> None:
    proposal = desk.propose()

    page = words(desk.rui, reverse("rebalancing:proposal", args=[proposal.public_id]))

    assert read_plan(proposals.current(proposal).plan_document).tax
    assert f"Not in these figures: {LEFT_OUT}." in page


def test_the_letter_says_it(desk: Desk) -> None:
    desk.approve()

    letter = letters.template_values(
        summaries.value_of(desk.summary), published_at=SUNDAY_NOON, letterhead=A_LETTERHEAD
    )

    assert any(f"They leave out {LEFT_OUT}." in step for step in letter["next_steps"])


def test_the_page_to_read_and_the_page_to_agree_on_say_it(desk: Desk) -> None:
    mia = desk.sign_in_for(desk.household.people.get(given_name="Mia"))
    desk.household.accounts.update(discretion=Account.Discretion.NON_DISCRETIONARY, discretion_from_on=None)
    proposal = desk.propose()

    read = words(mia, reverse("rebalancing:portal_consent", args=[proposal.public_id]))
    check = words(
        mia, reverse("rebalancing:portal_consent_check", args=[proposal.public_id]), seen=desk.seen()
    )

    assert f"They leave out {LEFT_OUT}." in read
    assert f"They leave out {LEFT_OUT}." in check
