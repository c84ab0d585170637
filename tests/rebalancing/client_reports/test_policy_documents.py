"""An investment policy as the client signs it: a tagged PDF of exactly what is fingerprinted."""

from __future__ import annotations

import io

import pikepdf
import pytest

from clients.models import Policy
from clients.policies import wording
from rebalancing.client_reports import policy_documents
from tests.factories.desk import Desk, a_desk
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
