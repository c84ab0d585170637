"""The frame around every page, the gallery, the appearance and the pages for when something is refused or broken."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest
from django.test import Client, RequestFactory
from django.test.signals import template_rendered

from advisory.desk import navigation
from advisory.errors import error_pages
from advisory.showroom import styleguide
from compliance.people.roles import Role
from compliance.refusals import NotAllowed

PARTS = Path(__file__).resolve().parents[3] / "templates" / "_parts"


def a_request(path: str = "/", *roles: Role, appearance: str = "") -> HttpRequest:
    request = RequestFactory().get(path)
    request.user = (  # type: ignore[assignment]
        SimpleNamespace(is_authenticated=True, role_names=frozenset(map(str, roles)), name="Ana")
        if roles
        else AnonymousUser()
    )
    if appearance:
        request.COOKIES["appearance"] = appearance
    return request


# The gallery


OF_REAL_PAGES = {
    "_parts/columns.html",
    "_parts/door_links.html",
    "_parts/history.html",
    "_parts/people_tabs.html",
}
"""Parts that show what a signed-in person may do with one row, or what happened to it: they need the row."""


def test_the_gallery_shows_every_part_there_is() -> None:
    seen: set[str] = set()

    def note(template: Any, **_: Any) -> None:
        seen.add(template.name)

    template_rendered.connect(note)
    try:
        page = styleguide.show(a_request("/styleguide/", Role.ADVISOR))
    finally:
        template_rendered.disconnect(note)

    assert page.status_code == 200
    assert {f"_parts/{path.name}" for path in PARTS.glob("*.html")} - seen - OF_REAL_PAGES == set()


def test_the_gallery_is_closed_to_clients() -> None:
    with pytest.raises(NotAllowed, match="staff"):
        styleguide.show(a_request("/styleguide/", Role.CLIENT))


def test_every_band_bar_of_the_gallery_stands_beside_its_sentence() -> None:
    html = styleguide.show(a_request("/styleguide/", Role.REVIEWER)).content.decode()

    for bar in styleguide.sample().situations:
        assert html.count(f'aria-label="{bar.sentence}"') == 4
        assert f">{bar.sentence}<small>{bar.verdict}</small>" in html


def test_no_page_repeats_an_id() -> None:
    html = styleguide.show(a_request("/styleguide/", Role.ADVISOR)).content.decode()

    ids = re.findall(r'\sid="([^"]+)"', html)
    # The two sample forms have the same fields on purpose; a real page has one form.
    ids = [each for each in ids if not each.startswith("id_")]
    assert sorted(ids) == sorted(set(ids))


# The masthead


def test_each_role_sees_the_sections_it_works_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "url_of", lambda name: f"/{name}/")

    def labels(*roles: Role) -> list[str]:
        return [link.label for link in navigation.sections_for(frozenset(roles), "/")]

    desk = ["Home", "Households", "Proposals"]
    shared = ["Drift", "Scans", "Monitors", "Models", "What if", "Securities"]
    assert labels(Role.ADVISOR) == [*desk, "Breaks", *shared, "Audit trail"]
    assert labels(Role.REVIEWER) == [*desk, "Breaks", *shared, "Audit trail"]
    trading, firm = (
        ["Blotter", "FIX sessions", "Breaks", "Imports", *shared],
        ["Firm settings", "People", "Audit trail"],
    )
    assert labels(Role.COMPLIANCE) == [*desk, "Compliance queue", *trading, *firm, "Examiners"]
    behind = [
        one.label for one in navigation.sections_for(frozenset({Role.COMPLIANCE}), "/") if one.is_behind
    ]
    assert behind == ["FIX sessions", "Monitors", "What if", "Securities", *firm[:2], "Examiners"]
    assert not any(one.is_behind for one in navigation.sections_for(frozenset({Role.TRADER}), "/"))
    assert labels(Role.TRADER) == [*desk, *trading, "Audit trail"]
    assert labels(Role.ADMINISTRATOR) == [
        *("Home", "FIX sessions", "Workbooks", "Set-up"),
        *("Firm settings", "People", "Webhooks", "Audit trail"),
    ]
    assert labels(Role.CLIENT) == ["My portfolio"]
    assert labels(Role.EXAMINER) == ["Examination", "Audit trail"]
    assert labels() == []


def test_the_section_that_holds_the_page_is_marked_and_home_only_on_home(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    addresses = {"advisory:home": "/", "clients:household_list": "/households/"}
    monkeypatch.setattr(navigation, "url_of", lambda name: addresses.get(name, ""))

    def current(path: str) -> list[str]:
        links = navigation.sections_for(frozenset({Role.ADVISOR}), path)
        return [link.label for link in links if link.is_current]

    assert current("/") == ["Home"]
    assert current("/households/hh_abc/") == ["Households"]
    assert current("/policies/po_abc/") == ["Households"]
    assert current("/styleguide/") == []


def test_no_two_sections_of_one_role_share_a_key() -> None:
    for role in Role:
        keys = [section.key for section in navigation.SECTIONS if role in section.roles]
        assert sorted(keys) == sorted(set(keys))


# The appearance


@pytest.mark.parametrize(("cookie", "shown"), [("dark", "dark"), ("", "system"), ("<script>", "system")])
def test_the_page_wears_the_appearance_this_browser_chose(cookie: str, shown: str) -> None:
    html = styleguide.show(a_request("/styleguide/", Role.ADVISOR, appearance=cookie)).content.decode()

    assert f'<html lang="en-US" data-theme="{shown}">' in html


@pytest.mark.parametrize(
    ("asked_from", "leads_to"),
    [("/households/?page=2", "/households/?page=2"), ("https://evil.example/", "/"), ("//evil.example", "/")],
)
def test_choosing_an_appearance_returns_to_our_own_page_only(asked_from: str, leads_to: str) -> None:
    answer = Client().post("/appearance/", {"theme": "dark", "next": asked_from})

    assert (answer.status_code, answer.headers["Location"]) == (302, leads_to)
    assert answer.cookies["appearance"].value == "dark"
    assert answer.cookies["appearance"]["httponly"]


def test_an_appearance_nobody_offers_is_refused() -> None:
    assert Client().post("/appearance/", {"theme": "pink"}).status_code == 400
    assert Client().get("/appearance/").status_code == 405


# When something is refused or broken


@pytest.mark.parametrize(
    ("answer", "status", "heading"),
    [
        (lambda r: error_pages.not_understood(r, ValueError()), 400, "could not be read"),
        (lambda r: error_pages.not_allowed(r, PermissionError()), 403, "Your role does not allow this"),
        (lambda r: error_pages.not_found(r, Http404()), 404, "This page does not exist"),
        (lambda r: error_pages.broken(r), 500, "Something went wrong on our side"),
        (lambda r: error_pages.form_expired(r, "no token"), 403, "This form has expired"),
    ],
)
def test_an_error_is_a_page_for_people_and_a_problem_document_for_programs(
    answer: Any, status: int, heading: str
) -> None:
    page = answer(a_request("/households/x/"))
    document = answer(a_request("/api/v1/households/x"))

    assert (page.status_code, document.status_code) == (status, status)
    assert heading in page.content.decode()
    assert document["Content-Type"] == "application/problem+json"


def test_the_page_for_a_fault_asks_the_person_and_the_session_for_nothing() -> None:
    class Untouchable:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"the page for a fault asked for {name}")

    request = RequestFactory().get("/")
    request.user = request.session = Untouchable()  # type: ignore[assignment]

    assert error_pages.broken(request).status_code == 500


def test_an_unknown_address_has_our_page() -> None:
    answer = Client().get("/nowhere-at-all/")

    assert answer.status_code == 404
    assert "you do not have access to it" in answer.content.decode()


def test_the_sign_in_page_is_ours(db: None) -> None:
    html = Client().get("/account/login/").content.decode()

    assert "Sign in to the desk" in html
    assert 'autocomplete="current-password"' in html
    assert 'class="entrance-page"' in html
