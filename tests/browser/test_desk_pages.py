"""The desk's pages in a real browser: nothing blocked, nothing inaccessible, nothing wider than the screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from clients.models import CustodianFile
from compliance.models import ConsentChannel
from compliance.people.actors import Actor
from rebalancing.proposals import proposals
from tests import cast
from tests.browser.conftest import SignedIn
from tests.browser.looking import look
from tests.clock import SUNDAY_NOON
from tests.factories.bundles import MILLERS, bundle, table
from tests.factories.desk import a_desk
from tests.factories.households import loaded, received, the_millers

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("it_is_sunday_noon"),
]

SAMPLES = Path(__file__).parents[2] / "docs" / "formats" / "samples"


@pytest.mark.thorough
def test_the_release_desk(page_of: SignedIn) -> None:
    desk = a_desk(taxable_only=True, custodian="schwab")
    desk.approve()
    proposal = desk.proposal.public_id
    look(page_of, desk.tom, {"blotter-waiting": "/blotter/", "release": f"/proposals/{proposal}/release/"})
    batch = desk.release()
    look(
        page_of,
        desk.tom,
        {
            "blotter": "/blotter/",
            "blotter-none": "/blotter/?state=canceled",
            "batch": f"/batches/{batch.public_id}/",
        },
    )


@pytest.mark.thorough
def test_the_client_pages(page_of: SignedIn) -> None:
    desk = a_desk()
    desk.household.accounts.update(discretion="non_discretionary", discretion_from_on=None)
    mia = desk.sign_in_for(desk.household.people.get(given_name="Mia"))
    proposal = desk.propose().public_id
    asked = f"/portfolio/consents/{proposal}/"
    look(
        page_of,
        mia,
        {
            "portal-asked": "/portfolio/",
            "consent": asked,
            "consent-check": f"{asked}check/?seen={desk.seen()}",
        },
    )
    proposals.consent(
        desk.proposal,
        seen=desk.seen(),
        given_by="Mia Miller",
        channel=ConsentChannel.PORTAL,
        evidence="",
        by=Actor.person(mia),
        at=SUNDAY_NOON,
    )
    desk.approve()
    look(
        page_of,
        mia,
        {
            "portal": "/portfolio/",
            "consent-done": f"{asked}done/",
            "summary": f"/portfolio/summaries/{desk.summary.public_id}/",
        },
    )


@pytest.mark.thorough
def test_the_import_pages(page_of: SignedIn) -> None:
    the_millers()
    at_schwab = [row.replace(",house,", ",schwab,") for row in MILLERS["accounts"]]
    record = loaded(bundle(accounts=at_schwab))
    masked = received((SAMPLES / "schwab-positions.csv").read_bytes(), name="schwab-positions.csv")
    later = [row.replace("2026-11-20", "2026-11-21") for row in MILLERS["lots"][1:]]
    positions = [row.replace("2026-11-20", "2026-11-21") for row in MILLERS["positions"]]
    waiting = received(bundle(lots=later, positions=positions), name="friday.zip")
    wrong = [*MILLERS["prices"], "ZUS,2026-11-19,1_000,generated", "ZBD,19.11.2026,<b>80</b>,generated"]
    refused = received(table("prices", wrong), name="prices.csv")
    assert CustodianFile.objects.count() == 4

    look(
        page_of,
        cast.tom(),
        {
            "imports": "/imports/",
            "imports-none": "/imports/?state=discarded",
            "import-upload": "/imports/upload/",
            "import-receipt": f"/imports/{record.public_id}/",
            "import-unbound": f"/imports/{masked.public_id}/",
            "import-preview": f"/imports/{waiting.public_id}/",
            "import-refused": f"/imports/{refused.public_id}/",
        },
    )
