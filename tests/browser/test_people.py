"""An administrator's work in a real browser: somebody is invited, sets a password, signs in, and is signed out when they leave."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.urls import reverse
from playwright.sync_api import Page, expect

from compliance.models import Review
from tests import cast
from tests.browser.conftest import SignedIn
from tests.browser.looking import look
from tests.factories.households import a_managed_household

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("it_is_sunday_noon"),
]


def test_who_is_invited_sets_a_password_signs_in_and_is_out_at_once_when_they_leave(
    page_of: SignedIn,
) -> None:
    ada, cora = cast.ada(), cast.cora()
    admin, second = page_of(ada, script=False), page_of(cora, script=False)

    admin.goto(reverse("advisory:person_list"))
    admin.get_by_role("link", name="Invite a person").click()
    admin.get_by_label("Name").fill("Ines Ortega")
    admin.get_by_label("E-mail address").fill("ines@firm.example")
    admin.get_by_role("checkbox", name="Trader").check()
    admin.get_by_role("button", name="Invite a person").click()
    expect(admin.get_by_text("A second person decides about this; nothing has changed yet.")).to_be_visible()
    assert mail.outbox == []

    second.goto(reverse("compliance:review", args=[Review.objects.get().public_id]))
    approve(second)
    (message,) = mail.outbox
    link = re.search(r"/account/set-up/\?key=\S+", message.body)
    assert link is not None

    ines = page_of(script=False)
    ines.goto(link.group())
    expect(ines.get_by_role("heading", level=1)).to_have_text("Welcome, Ines Ortega")
    for label in ("New Password", "New Password (again)"):
        ines.get_by_label(label, exact=True).fill(cast.PASSWORD)
    ines.get_by_role("button", name="Set the password").click()
    ines.get_by_label("Email", exact=True).fill("ines@firm.example")
    ines.get_by_label("Password", exact=True).fill(cast.PASSWORD)
    ines.get_by_role("button", name="Sign in").click()
    expect(ines.get_by_role("link", name="Blotter")).to_be_visible()

    admin.goto(reverse("advisory:person_list"))
    admin.get_by_role("link", name="Ines Ortega").click()
    admin.get_by_role("link", name="Deactivate").click()
    admin.get_by_label("Reason").fill("Changed her mind.")
    admin.get_by_role("button", name="Deactivate").click()
    admin.locator("form[method=post] button.primary").click()
    expect(admin.get_by_text("Ines Ortega can no longer sign in. Open sessions have ended.")).to_be_visible()
    ines.reload()
    expect(ines.get_by_role("heading", level=1)).to_have_text("Sign in to the desk")


def approve(page: Page) -> None:
    page.get_by_role("radio", name=re.compile("^Approve")).check()
    page.get_by_role("textbox").last.fill("Agreed.")
    page.locator("form[method=post] button.primary").first.click()


@pytest.mark.thorough
def test_the_pages_of_people_and_books_are_accessible_and_fit_on_every_screen(page_of: SignedIn) -> None:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    ada = cast.ada()

    look(
        page_of,
        ada,
        {
            "administrator": "/",
            "people": reverse("advisory:person_list"),
            "person": reverse("advisory:person", args=[cast.ana().pk]),
            "books": reverse("clients:book_list"),
            "book": reverse("clients:book", args=[household.public_id]),
            "coverage": reverse("clients:coverage_list"),
        },
    )
    person = household.people.get()
    look(page_of, cast.ana(), {"client-sign-in": reverse("advisory:client_sign_in", args=[person.public_id])})
