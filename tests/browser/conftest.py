"""A real Chromium for the tests of this folder, and a signed-in page in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SignedIn = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser a file: while it runs, its event loop is the thread's, and what talks FIX needs one of its own.

    Skipped without a Chromium, unless EVENKEEL_REQUIRE_BROWSER says it must be there.
    """
    if CHROMIUM is None:
        if os.environ.get("EVENKEEL_REQUIRE_BROWSER"):
            pytest.fail(
                "No Chromium was found, and EVENKEEL_REQUIRE_BROWSER is set. Install Debian's `chromium`."
            )
        pytest.skip("No Chromium was found. Install Debian's `chromium` to run the browser tests.")
    # Playwright keeps an event loop in this thread; the tests themselves use the database in turn with it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page_of(chromium: Browser, live_server: Any) -> Iterator[SignedIn]:
    """Open a browser page in which somebody is signed in: `page_of(ana(), width=390, theme="dark")`."""
    contexts = []

    def opened(person: Any = None, *, width: int = 1440, theme: str = "light", script: bool = True) -> Page:
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 900 if width > 600 else 844},
            color_scheme="dark" if theme == "dark" else "light",
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        contexts.append(context)
        if person is not None:
            client = Client()
            client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
            )
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()
