"""Lists as people like them: saved views, private or the firm's, and the columns they leave out."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from compliance.lists import saved_views
from compliance.models import ColumnChoice, SavedView
from compliance.people.actors import Actor
from compliance.refusals import BadInput, NotAllowed
from tests.clock import SUNDAY_NOON

pytestmark = pytest.mark.django_db


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def save(user: Any, name: str = "Out of band", **more: Any) -> SavedView:
    asked = {"address": "/proposals/", "query": "state=open", "is_firm": False, **more}
    return saved_views.save(name=name, by=Actor.person(user), at=SUNDAY_NOON, **asked)


def test_a_view_is_saved_from_its_list_and_leads_back_to_it(ana: Any) -> None:
    client = signed_in(ana)
    listed = client.get("/proposals/?state=approved")
    link = listed.content.decode().split("Save this view")[0].rsplit('href="', 1)[1].split('"')[0]
    form = client.get(link.replace("&amp;", "&")).context["page"].form

    typed = {**form.initial, "name": "Waiting for release"}
    done = client.post("/views/save/", typed)

    view = SavedView.objects.get()
    assert (done["Location"], view.owner) == ("/proposals/?state=approved", ana)
    again = client.get("/proposals/?state=approved").content.decode()
    assert 'aria-current="true">Waiting for release' in again
    assert "Save this view" not in again


def test_only_what_is_shared_is_seen_by_others(ana: Any, rui: Any) -> None:
    private, shared = save(ana), save(ana, "Ours", is_firm=True)

    assert list(saved_views.views_for(rui)) == [shared]
    assert signed_in(rui).get(f"/views/{private.public_id}/change/").status_code == 404
    assert signed_in(rui).post(f"/views/{shared.public_id}/change/", {"name": "Mine"}).status_code == 403


def test_the_page_and_the_search_of_a_moment_are_not_kept(ana: Any) -> None:
    assert save(ana, query="state=open&page=3&export=csv&view=abc").query == "state=open"


@pytest.mark.parametrize("address", ["/nowhere/", "https://elsewhere.example/", "proposals"])
def test_a_view_stands_on_a_page_of_ours(ana: Any, address: str) -> None:
    with pytest.raises(BadInput, match="There is no list"):
        save(ana, address=address)


def test_a_name_is_given_once(ana: Any) -> None:
    save(ana)
    with pytest.raises(BadInput, match="already have a view"):
        save(ana)


def test_compliance_may_remove_what_is_shared_and_nothing_else(ana: Any, cora: Any, rui: Any) -> None:
    private, shared = save(ana), save(ana, "Ours", is_firm=True)
    for view, user in ((private, cora), (shared, rui)):
        with pytest.raises(NotAllowed):
            saved_views.remove(view, by=Actor.person(user), at=SUNDAY_NOON)

    saved_views.remove(shared, by=Actor.person(cora), at=SUNDAY_NOON)
    assert list(SavedView.objects.all()) == [private]


def test_columns_are_left_out_for_one_person_and_come_back(ana: Any, rui: Any) -> None:
    client = signed_in(ana)
    asked = {"address": "/scans/", "query": "", "column": ["State", "Stage"], "shown": ["Stage"]}
    assert client.post("/lists/columns/", asked).status_code == 302
    assert saved_views.hidden_for(ana, "/scans/") == ["State"]
    assert saved_views.hidden_for(rui, "/scans/") == []

    client.post("/lists/columns/", {**asked, "shown": ["Stage", "State"]})
    assert ColumnChoice.objects.get().hidden == []


def test_the_table_says_which_columns_are_left_out(ana: Any) -> None:
    from django.test import RequestFactory
    from django.utils.safestring import SafeString

    from advisory.desk import list_views

    request = RequestFactory().get("/scans/")
    request.user = ana
    box = SafeString(
        '<table class="table"><thead><tr><th scope="col">Run</th><th scope="col">State</th>'
        '<th scope="col" class="number">Value <span class="unit">$</span></th></tr></thead></table>'
    )
    saved_views.hide(["Value $"], address="/scans/", user_id=ana.pk)

    drawn = list_views.columns_chosen(request, box)

    assert drawn.startswith('<div data-hidden="3"><table class="table">')
    assert 'value="State" checked' in drawn
    assert 'value="Value $">' in drawn
