"""The desk's pages in a real browser: nothing blocked, nothing inaccessible, nothing wider than the screen."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from clients.models import CustodianFile
from compliance.models import ConsentChannel
from compliance.people.actors import Actor
from rebalancing.proposals import proposals
from tests import cast
from tests.browser.conftest import SignedIn
from tests.clients.bundles import MILLERS, bundle, table
from tests.clock import SUNDAY_NOON
from tests.factories import loaded, received, the_millers
from tests.rebalancing.desk import a_desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("it_is_sunday_noon"),
]

SAMPLES = Path(__file__).parents[2] / "docs" / "formats" / "samples"
SCREENS = [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")]


def look(page_of: SignedIn, person: Any, addresses: dict[str, str]) -> None:
    """Open each address on every screen and hold it to axe, its width and a silent console.

    With EVENKEEL_PICTURES set to a folder, each is photographed there.
    """
    folder = os.environ.get("EVENKEEL_PICTURES")
    for width, theme in SCREENS:
        page = page_of(person, width=width, theme=theme)
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)  # noqa: B023
        page.on("pageerror", lambda error: said.append(str(error)))  # noqa: B023
        for name, address in addresses.items():
            answer = page.goto(address)
            assert answer is not None
            assert answer.status == 200, (name, address)
            # The theme changes nothing but colors, so in the dark only their contrast is asked again.
            rules = {"runOnly": ["color-contrast"]} if theme == "dark" else {}
            found = Axe().run(page, options=rules).response["violations"]
            if folder:
                page.screenshot(path=f"{folder}/{name}-{width}-{theme}.png", full_page=True)
            wrong = [
                (one["id"], one["nodes"][0]["html"])
                for one in found
                if one["impact"] in {"serious", "critical"}
            ]
            assert wrong == [], (name, width, theme)
            assert page.evaluate("document.documentElement.scrollWidth") == width, (name, theme)
            assert said == [], name


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
            "blotter-none": "/blotter/?state=cancelled",
            "batch": f"/batches/{batch.public_id}/",
        },
    )


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
