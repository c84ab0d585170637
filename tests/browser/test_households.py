"""Two households become one and part again in a real browser: the advisor asks, a second person decides."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from clients.households import people
from clients.models import Household
from tests.browser.conftest import SignedIn
from tests.browser.looking import look
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories import two_families
from tests.factories.households import SET_UP

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("it_is_sunday_noon"),
]


def test_two_families_merge_and_part_without_a_script(page_of: SignedIn) -> None:
    firm = two_families.build()
    ana = page_of(firm.ana, script=False)
    ana.goto(f"/households/{firm.millers.public_id}/?tab=people")
    ana.get_by_role("link", name="Merge another household into this one").click()
    ana.get_by_label("Household that becomes part of this one").select_option(label="Hart (hart)")
    ana.get_by_label("The policy of the household that is kept stays, for all accounts").check()
    ana.get_by_label("Reason").fill("They married.")
    ana.get_by_role("button", name="Ask for the merger").click()
    expect(ana.get_by_role("heading", name="Check before you go on")).to_be_visible()
    expect(ana.get_by_text("Miller: Hanna Hart", exact=True)).to_be_visible()
    ana.get_by_role("button", name="Ask for the merger").click()
    expect(ana.get_by_text("A second person decides about this; nothing has changed yet.")).to_be_visible()

    rui = page_of(firm.rui, script=False)
    rui.goto("/reviews/")
    rui.get_by_role("link", name="Merge another household into this one: Miller").click()
    expect(rui.get_by_text("its page, proposals and history stay readable")).to_be_visible()
    rui.get_by_label("Approve exactly this").check()
    rui.get_by_role("button", name="Record the decision").click()
    expect(rui.get_by_text("It is approved.")).to_be_visible()

    ana.goto(f"/households/{firm.harts.public_id}/")
    expect(ana.get_by_role("heading", name="Hart is part of Miller now")).to_be_visible()
    ana.get_by_role("link", name="Miller", exact=True).first.click()
    expect(ana.get_by_text("Since Nov 22, 2026 it includes")).to_be_visible()

    hanna = firm.hanna
    people.marry(firm.mia, hanna, by=SET_UP, at=SUNDAY_NOON)
    people.divorce(firm.mia, divorced_on=LAST_FRIDAY, reason="Decree.", by=SET_UP, at=SUNDAY_NOON)
    ana.goto(f"/households/{firm.millers.public_id}/?tab=people")
    ana.get_by_role("link", name="Split the household").click()
    ana.get_by_label("Code", exact=True).fill("hart-2")
    ana.get_by_label("Name of the new household").fill("Hart again")
    ana.get_by_label("Hanna Hart").check()
    ana.get_by_label("None yet: it is written with the client").check()
    ana.get_by_label("Reason").fill("They parted.")
    ana.get_by_role("button", name="Ask for the split").click()
    expect(ana.get_by_text("nothing is traded until one is adopted")).to_be_visible()
    ana.get_by_role("button", name="Ask for the split").click()

    rui.goto("/reviews/")
    rui.get_by_role("link", name="Split the household: Miller").click()
    rui.get_by_label("Approve exactly this").check()
    rui.get_by_role("button", name="Record the decision").click()

    new = Household.objects.get(code="hart-2")
    ana.goto(f"/households/{new.public_id}/")
    expect(ana.get_by_text("On Nov 22, 2026 it was split from")).to_be_visible()
    assert new.accounts.count() == 2


@pytest.mark.thorough
def test_the_pages_are_accessible_and_fit(page_of: SignedIn) -> None:
    firm = two_families.build()
    two_families.merged(firm, firm.millers, firm.harts)
    page = f"/households/{firm.millers.public_id}/"
    look(
        page_of,
        firm.ana,
        {
            "merge": f"{page}merge/",
            "split": f"{page}split/",
            "merged household": f"/households/{firm.harts.public_id}/",
            "kept household": page,
            "a death": f"/people/{firm.mia.public_id}/death/",
        },
    )
