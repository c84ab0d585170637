"""The list kit on every list of the product: each page is opened, and says what it lacks."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from advisory.models import User
from clients.models import Household
from rebalancing.models import ScanRun
from tests import cast
from tests.factories.desk import Desk, on_record
from tests.pages import as_, words_of

RECORD = "the desk"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

KIT = ("csv", "xlsx", "zip", "chips", "columns", "pager", "search")


@dataclass(frozen=True)
class List:
    """One list: its page, who opens it, parameters of its address, and what it lacks, with the reason."""

    name: str
    person: Callable[[], User]
    where: Callable[[], list[str]] = list
    query: str = ""
    lacks: dict[str, str] = field(default_factory=dict)
    filters: frozenset[str] = frozenset()


OF_HOUSEHOLDS = frozenset({"advisor", "custodian"})
LISTS = (
    List(
        "clients:household_list",
        cast.tom,
        filters=OF_HOUSEHOLDS | {"state", "value_min", "tax_min", "coming"},
    ),
    List(
        "clients:account_list", cast.tom, filters=OF_HOUSEHOLDS | {"state", "tax_treatment", "reconciliation"}
    ),
    List("clients:cash_need_list", cast.tom, filters=OF_HOUSEHOLDS | {"state", "kind"}),
    List("clients:recurring_cash_list", cast.tom, filters=OF_HOUSEHOLDS | {"state", "kind"}),
    List("clients:hold_list", cast.tom, filters=frozenset({"advisor", "state", "kind"})),
    List("clients:life_event_list", cast.tom, filters=frozenset({"advisor", "state", "kind"})),
    List("clients:client_restriction_list", cast.tom, filters=frozenset({"advisor", "state", "kind"})),
    List("clients:distribution_terms_list", cast.tom, filters=frozenset({"advisor", "state", "beneficiary"})),
    List(
        "clients:distribution_figure_list", cast.tom, filters=frozenset({"advisor", "state", "kind", "year"})
    ),
    List("clients:fund_distribution_list", cast.tom, filters=frozenset({"state"})),
    List("clients:corporate_action_list", cast.tom, filters=frozenset({"state"})),
    List("clients:fund_policy_list", cast.tom, filters=frozenset({"state"})),
    List("clients:quote_list", cast.tom, filters=frozenset({"state"})),
    List("clients:volatility_level_list", cast.tom, filters=frozenset({"state"})),
    List("clients:halt_list", cast.tom, filters=frozenset({"state"})),
    List("clients:insider_list", cast.tom, filters=frozenset({"state"})),
    List("clients:insider_window_list", cast.tom, filters=frozenset({"state"})),
    List("clients:product_approval_list", cast.tom, filters=frozenset({"state"})),
    List("clients:arranged_trade_list", cast.tom, filters=frozenset({"state"})),
    List("clients:employer_plan_list", cast.tom, filters=frozenset({"state"})),
    List(
        "clients:tax_profile_list",
        cast.ana,
        query="year=2027",
        lacks={"chips": "its one filter is the year, as tabs"},
        filters=frozenset({"year"}),
    ),
    List(
        "clients:security_list", cast.tom, filters=frozenset({"kind", "lacks", "held", "retired", "symbol"})
    ),
    List("rebalancing:hold_override_list", cast.tom, filters=frozenset({"advisor", "state", "code"})),
    List("clients:price_list", cast.tom, filters=frozenset({"day", "source", "standing", "security"})),
    List("clients:firm_list", cast.cora, filters=frozenset({"kind", "state"})),
    List("clients:import_list", cast.tom, filters=frozenset({"state", "custodian", "sha256"})),
    List("clients:workbook_list", cast.tom, filters=frozenset({"state"})),
    List("clients:book_list", cast.ada, filters=frozenset({"without", "person"})),
    List("clients:coverage_list", cast.ada, filters=frozenset({"state"})),
    List(
        "rebalancing:proposal_list",
        cast.tom,
        filters=OF_HOUSEHOLDS | {"state", "household", "scan", "is_open"},
    ),
    List("rebalancing:distribution_list", cast.tom, filters=frozenset({"advisor", "state", "year"})),
    List("rebalancing:readiness", cast.tom, filters=OF_HOUSEHOLDS | {"standing", "reason"}),
    List(
        "rebalancing:drift",
        cast.tom,
        filters=frozenset({"as_of", "book", "asset_class", "outside"}),
    ),
    List(
        "rebalancing:what_if",
        cast.tom,
        filters=frozenset(
            {
                "model",
                "version",
                "asset_class",
                "points",
                "share",
                "minimum_trade",
                "half_spread",
                "tax_rate",
                "show",
            }
        ),
    ),
    List(
        "rebalancing:scan_list",
        cast.tom,
        lacks={"search": "a scan has no name; it is found by its day"},
        filters=frozenset({"state", "market_on"}),
    ),
    List(
        "rebalancing:scan",
        cast.tom,
        where=lambda: [ScanRun.objects.get().public_id],
        filters=frozenset({"scan", "household", "outcome"}),
    ),
    List(
        "rebalancing:record",
        cast.tom,
        filters=frozenset({"scan", "household", "outcome", "advisor", "since", "until", "trigger", "hold"}),
    ),
    List(
        "rebalancing:restatement_list", cast.tom, filters=frozenset({"advisor", "state", "cause", "account"})
    ),
    List("clients:transfer_list", cast.tom, filters=frozenset({"advisor", "state", "account"})),
    List("rebalancing:tax_ledger_list", cast.tom, filters=frozenset({"year", "advisor", "state"})),
    List(
        "rebalancing:monitors",
        cast.tom,
        filters=OF_HOUSEHOLDS - {"custodian"} | {"state", "monitor", "household"},
    ),
    List("rebalancing:break_list", cast.tom, filters=frozenset({"state", "queue", "household"})),
    List(
        "rebalancing:fill_list",
        cast.tom,
        lacks={"chips": "its kinds are a choice"},
        filters=frozenset({"kind", "parked", "reference"}),
    ),
    List("rebalancing:trade_error_list", cast.tom, filters=frozenset({"state", "cause"})),
    List(
        "rebalancing:execution_list",
        cast.tom,
        lacks={"chips": "its filters are choices"},
        filters=frozenset({"custodian", "symbol"}),
    ),
    List("rebalancing:blotter", cast.tom, filters=frozenset({"state", "custodian", "day"})),
    List("compliance:queue", cast.cora, filters=frozenset({"severity", "kind", "owner"})),
    List("advisory:person_list", cast.ada, filters=frozenset({"group", "state", "role", "has_factor"})),
    List(
        "compliance:audit_list",
        cast.cora,
        lacks={"chips": "its filters are a form: person, action, thing, household, request, days"},
        filters=frozenset(
            {"action", "person", "about_kind", "about_id", "household", "request_id", "since", "until"}
        ),
    ),
)
NOT_LISTS = {
    "clients:policy_template_list": "a handful of templates",
    "clients:model_list": "a handful of models, with the classes",
    "clients:grouping_list": "classes and wash-sale groups, a page to read",
    "clients:binding_list": "a work list: it empties as accounts are bound, and has its own search",
    "clients:price_stale": "a work list that empties as prices come",
    "clients:prices_disputed": "a work list that empties as somebody decides",
    "compliance:review_list": "a work list that empties as somebody decides",
    "compliance:view_list": "a person's own saved views",
    "compliance:list_search": "where every list's search is sent",
    "rebalancing:model_impact_list": "the previews of one version",
    "compliance:setting_versions": "the versions of one set of settings, newest first",
}
"""Pages with several rows that carry no list kit, and why."""


@pytest.fixture
def desk() -> Desk:
    desk = on_record()
    desk.propose()
    return desk


def lacking(one: List, answer: Any) -> set[str]:
    page, text = answer.context["page"], words_of(answer)
    listing = page.listing
    found = {
        "csv": "export=csv" in text,
        "xlsx": "export=xlsx" in text,
        "zip": "export=zip" in text,
        "chips": bool(listing.chips),
        "columns": 'class="columns-choice"' in text and reverse("compliance:columns") in text,
        "pager": 'class="pager"' in text,
        "search": 'role="search"' in text and 'method="post"' in text,
    }
    if not listing.total:
        return set(one.lacks)  # A list that holds nothing says what fills it, and offers nothing else.
    if not listing.count:
        found |= {"columns": True, "pager": True}  # An empty list draws no table.
    return {name for name in KIT if not found[name]}


@pytest.mark.parametrize("one", LISTS, ids=[one.name for one in LISTS])
def test_a_list_has_the_whole_kit_or_says_why_not(one: List, desk: Desk) -> None:
    address = reverse(one.name, args=one.where())

    answer = as_(one.person()).get(f"{address}?{one.query}")

    assert answer.status_code == 200
    assert lacking(one, answer) == set(one.lacks), one.name
    assert "[invalid name]" not in words_of(answer), one.name


@pytest.mark.parametrize("one", LISTS, ids=[one.name for one in LISTS])
def test_a_list_is_filtered_by_what_it_says_and_the_view_can_be_saved(one: List, desk: Desk) -> None:
    address, client = reverse(one.name, args=one.where()), as_(one.person())
    assert client.get(address, {"nothing": "1"}).status_code == 422

    listing = client.get(address).context["page"].listing
    assert [file.label for file in listing.files] == ["CSV", "XLSX", "ZIP"]
    for name in sorted(one.filters):
        answer = client.get(address, {name: ""})
        assert answer.status_code == 200, (one.name, name)
    if listing.total:
        filtered = client.get(f"{address}?ordering={_an_order(client, address)}")
        assert "Save this view" in words_of(filtered), one.name


def _an_order(client: Any, address: str) -> str:
    columns = client.get(address).context["page"].listing.columns
    url: str = next(iter(columns.values())).url
    return re.search(r"ordering=([-\w]+)", url).group(1)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "one",
    [
        one
        for one in LISTS
        if "search" not in one.lacks and one.name not in {"clients:household_list", "clients:security_list"}
    ],
    ids=lambda one: one.name,
)
def test_a_list_is_searched_by_name_and_the_name_stays_out_of_the_address(one: List, desk: Desk) -> None:
    address, client = reverse(one.name, args=one.where()), as_(one.person())

    answer = client.post(
        reverse("compliance:list_search"),
        {"address": address, "query": one.query, "text": "Nobody has this name"},
    )
    page = client.get(answer["Location"])

    assert page.status_code == 200
    assert page.context["page"].listing.count == 0
    assert "Nobody" not in answer["Location"]
    assert client.get(f"{answer['Location']}&export=csv").status_code == 200
    all_of_it = client.get(f"{address}?{one.query}").context["page"].listing.count
    back = client.get(address + page.context["page"].listing.search.all_url).context["page"].listing
    assert back.count == all_of_it


def test_a_search_finds_parts_of_names_and_is_forgotten_by_another_session(desk: Desk) -> None:
    name = Household.objects.get().name
    tom = as_(cast.tom())
    answer = tom.post(
        reverse("compliance:list_search"),
        {"address": reverse("rebalancing:proposal_list"), "text": name[1:4].upper()},
    )

    assert [row.household for row in tom.get(answer["Location"]).context["page"].rows] == [name]
    assert as_(cast.tom()).get(answer["Location"]).status_code == 422
    assert as_(cast.tom()).get("/api/v1/proposals/?view=abc").status_code == 422


def test_a_search_leads_to_pages_of_ours_only(desk: Desk) -> None:
    for address in ("https://elsewhere.example/", "//elsewhere.example/", "", "/nowhere/"):
        answer = as_(cast.tom()).post(
            reverse("compliance:list_search"),
            {"address": address, "text": "x"},
            headers={"accept": "application/json"},
        )
        assert answer.status_code == 422, address


def test_every_page_named_a_list_is_in_this_table() -> None:
    named = {
        name
        for name in _names(get_resolver())
        if name.endswith(("_list", "_stale", "_disputed", "_versions")) and not name.startswith("api:")
    }

    assert named - {one.name for one in LISTS} == set(NOT_LISTS) & named


def _names(resolver: URLResolver, namespace: str = "") -> list[str]:
    found = []
    for one in resolver.url_patterns:
        if isinstance(one, URLPattern):
            if one.name:
                found.append(f"{namespace}{one.name}")
        else:
            found += _names(one, f"{namespace}{one.namespace}:" if one.namespace else namespace)
    return found
