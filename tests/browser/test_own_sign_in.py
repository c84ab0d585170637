"""A person's own sign-in in a real browser: setting a second factor up without a script, a passkey, sessions."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from advisory.people import tokens
from compliance import clock
from compliance.people.actors import Actor
from tests import cast
from tests.advisory.people.signing_in import code_of
from tests.browser.conftest import SignedIn
from tests.browser.looking import look
from tests.cast import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def staff_needs_one(settings: Any) -> None:
    settings.SECOND_FACTOR_ROLES = frozenset(settings.STAFF)
    cache.clear()


def signed_in(page: Any, person: Any) -> None:
    page.goto("/account/login/")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_an_app_is_set_up_at_the_first_sign_in_without_a_script(page_of: SignedIn) -> None:
    page = page_of(script=False)
    signed_in(page, cast.ana())

    expect(page.get_by_text("Your role signs in with a second factor.")).to_be_visible()
    page.get_by_role("link", name="Set up an authenticator app").click()
    secret = page.locator("dd code").inner_text()
    page.get_by_label("Authenticator code").fill(code_of(secret))
    page.get_by_role("button", name="Set up").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    expect(page.get_by_role("list", name="Codes").get_by_role("listitem")).to_have_count(10)
    page.get_by_role("link", name="Go to the desk").click()
    expect(page).not_to_have_url(re.compile("/account/"))


def test_a_passkey_is_added_and_signs_in(page_of: SignedIn, live_server: Any) -> None:
    at = live_server.url.replace("127.0.0.1", "localhost")
    page = page_of()
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    otto = cast.otto()
    page.goto(f"{at}/account/login/")
    page.get_by_label("Email").fill(otto.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    page.context.clear_cookies()

    page.goto(f"{at}/account/login/")
    page.get_by_label("Email").fill(otto.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Use a passkey instead").click()

    expect(page).not_to_have_url(re.compile("/account/"))


def test_a_token_is_made_without_a_script_confirmed_and_shown_once(page_of: SignedIn, settings: Any) -> None:
    settings.SECOND_FACTOR_ROLES = frozenset()
    settings.STEP_UP_MINUTES = 5
    page = page_of(cast.ana(), script=False)

    page.goto("/tokens/")
    page.get_by_role("button", name="Make the token").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    page.get_by_label("Name").fill("nightly import")
    page.get_by_label("Import files").check()
    page.get_by_role("button", name="Make the token").click()
    expect(page.get_by_text("You are about to make the API token “nightly import”.")).to_be_visible()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm and go on").click()

    expect(page.locator("dd code")).to_have_text(re.compile("^evk_[0-9a-z]{12}_"))
    page.goto("/tokens/")
    expect(page.locator("dd code")).to_have_count(0)
    page.get_by_role("link", name="Retire nightly import").click()
    page.get_by_label("Reason").fill("A try.")
    page.get_by_role("button", name="Retire the token").click()
    expect(page.get_by_text("The token “nightly import” no longer works.")).to_be_visible()


@pytest.mark.thorough
def test_the_pages_of_ones_own_sign_in_are_accessible_and_fit(page_of: SignedIn, settings: Any) -> None:
    settings.SECOND_FACTOR_ROLES = frozenset()
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 10**10

    look(
        page_of,
        cast.ana(),
        {
            "factors": "/account/factors/",
            "factor-app": "/account/factors/totp/activate/",
            "factor-passkey": "/account/factors/webauthn/add/",
            "sessions": "/account/sessions/",
            "password": "/account/password/change/",
        },
    )
    at, ada = clock.now(), cast.ada()
    until = at.astimezone(clock.EASTERN).date() + timedelta(days=30)
    for owner, name in ((ada, "nightly import of the custodians’ files"), (cast.ana(), "spreadsheet")):
        made = tokens.make(
            name, ["clients:read", "files:import"], expires_on=until, by=Actor.person(owner), at=at
        )
    tokens.retire(made.token, reason="No longer used.", by=Actor.person(ada), at=at)
    look(page_of, ada, {"tokens": "/tokens/", "notices": "/notices/", "digest": "/notices/digest/"})
    page = page_of(theme="dark")
    signed_in(page, cast.ana())
    page.goto("/account/factors/totp/activate/")
    plate = page.locator(".scan").evaluate("of => getComputedStyle(of).backgroundColor")
    assert plate == "rgb(255, 254, 251)", "A camera reads dark on light, in the dark theme too."
    look(page_of, None, {"forgotten": "/account/password/reset/"})
