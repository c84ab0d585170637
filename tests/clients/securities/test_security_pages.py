"""Securities, classes, groups and prices in the browser and for programs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client

from clients.models import AssetClass, Price, Security, WashGroup
from clients.securities import security_facts
from compliance.models import ProposedChange, Review
from tests import cast
from tests.clock import SUNDAY_NOON, set_clock
from tests.factories.bundles import MILLERS, table
from tests.factories.households import loaded
from tests.pages import as_, page_of, words_of

pytestmark = pytest.mark.django_db
RECORD = "the desk"

ONLINE = "application/json"


@pytest.fixture(autouse=True)
def _sunday_noon() -> None:
    set_clock(SUNDAY_NOON)


@pytest.fixture
def cora() -> Client:
    return as_(cast.cora())


@pytest.fixture
def zus() -> Security:
    return Security.objects.get(symbol="ZUS")


def symbols(answer: Any) -> list[str]:
    return [row.security.symbol for row in page_of(answer).rows]


def through_the_check(client: Client, url: str, typed: dict[str, Any]) -> Any:
    """Post a form, and post it again from the page that shows what would change."""
    first = client.post(url, typed)
    assert first.status_code == 200, first.content.decode()[:3000]
    page = first.context["page"]
    return client.post(url, {**typed, "door_seen": page.seen, "door_checked": page.checked})


# ── Lists ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["ZBD", "ZUB", "ZUS"]),
        ("?asset_class=us_stock", ["ZUB", "ZUS"]),
        ("?held=yes", ["ZBD", "ZUS"]),
        ("?held=no", ["ZUB"]),
        ("?lacks=class", []),
        ("?kind=etf&ordering=-symbol", ["ZUS", "ZUB", "ZBD"]),
        ("?retired=yes", []),
        ("?trading=frozen", []),
    ],
)
def test_the_list_is_narrowed_on_the_page_and_for_programs(
    cora: Client, query: str, found: list[str]
) -> None:
    assert symbols(cora.get(f"/securities/{query}")) == found
    rows = cora.get(f"/api/v1/securities/{query}").json()["results"]
    assert [row["symbol"] for row in rows] == found
    text = cora.get(f"/securities/{query}{'&' if query else '?'}export=csv").content.decode()
    assert [line.split(",")[0] for line in text.splitlines()[1:]] == found


def test_securities_without_a_class_or_a_price_are_found(cora: Client) -> None:
    loaded(table("securities", ["ZNP,No Price,etf,,,,1,1,no"]), name="more.csv")

    assert symbols(cora.get("/securities/?lacks=class")) == ["ZNP"]
    assert symbols(cora.get("/securities/?lacks=price")) == ["ZNP"]
    assert [row["symbol"] for row in cora.get("/api/v1/securities/?lacks=price").json()["results"]] == ["ZNP"]


@pytest.mark.parametrize(
    ("text", "found"), [("zu", ["ZUB", "ZUS"]), ("bond", ["ZBD"]), ("100%", []), ("'", [])]
)
def test_a_search_is_posted_and_no_text_stands_in_the_address(
    cora: Client, text: str, found: list[str]
) -> None:
    answer = cora.post("/securities/search/", {"text": text})

    assert answer.headers["Location"].startswith("/securities/?view=")
    assert symbols(cora.get(answer.headers["Location"])) == found


def test_an_unknown_filter_is_refused(cora: Client) -> None:
    assert cora.get("/securities/?klass=x").status_code == 422


# ── One security ─────────────────────────────────────────────────────────────────────────────────


def typed(security: Security, **changed: str) -> dict[str, str]:
    return {
        "name": security.name,
        "kind": security.kind,
        "classes": "us_stock 100",
        "trading": security.trading,
        "half_spread": "1",
        "daily_volume": "5000000",
        "increment": "1",
        "is_fractional": "",
        "settlement_days": "1",
        "expense_ratio": "0.03",
        "wash_applies": "on",
        "reason": "Prospectus.",
        **changed,
    }


def test_compliance_edits_and_the_page_says_whose_each_fact_is(cora: Client, zus: Security) -> None:
    url = f"/securities/{zus.pk}/edit/"
    check = cora.post(url, typed(zus, classes="us_stock 60\nus_bond 40", expense_ratio="0.05"))
    changes = {line.name: (line.before, line.after) for line in check.context["page"].lines if line.is_change}
    done = through_the_check(cora, url, typed(zus, classes="us_stock 60\nus_bond 40", expense_ratio="0.05"))

    assert changes == {
        "classes": ("us_stock 100", "us_stock 60\nus_bond 40"),
        "expense_ratio": ("0.03", "0.05"),
        "reason": ("", "Prospectus."),
    }
    assert done.status_code == 302
    page = page_of(cora.get(f"/securities/{zus.pk}/"))
    assert [fact.label for fact in page.facts if fact.whose != "Files"] == ["Expense ratio"]
    assert page.classes == (("US bonds", D("0.4")), ("US stocks", D("0.6")))
    assert page.events[0].note == (
        "class weights us_stock 100 → us_stock 60, us_bond 40; expense ratio 0.0003 → 0.0005; Prospectus."
    )
    zus.refresh_from_db()
    assert zus.expense_ratio == D("0.0005")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("classes", "us_stock 60", "add up to 60 percent"),
        ("classes", "us_stock 60\nus_stock 40", "named twice"),
        ("classes", "gold 100", "there is no class “gold”"),
        ("classes", "us_stock abc", "write the percent after the code"),
        ("classes", "us_stock NaN", "more than 0 and at most 100"),
        ("classes", "us_stock 33.33333\nus_bond 66.66667", "at most four decimals"),
        ("classes", "us_stock 1e999999", "more than 0 and at most 100"),
        ("half_spread", "Infinity", "Enter a number"),
        ("increment", "0", "greater than or equal to"),
        ("settlement_days", "-1", "greater than or equal to 0"),
        ("expense_ratio", "100.1", "less than or equal to 100"),
        ("cusip", "12345", "A CUSIP has nine"),
        ("kind", "nft", "Select a valid choice"),
        ("name", "\x00", "Null characters are not allowed"),
        ("reason", "", "Say where the facts come from"),
    ],
)
def test_values_that_cannot_be_come_back_on_the_form(
    cora: Client, zus: Security, field: str, value: str, sentence: str
) -> None:
    answer = cora.post(f"/securities/{zus.pk}/edit/", typed(zus, **{field: value}))

    assert answer.status_code == 422
    assert sentence in str(answer.context["page"].form.errors).replace("&#x27;", "'")


def test_two_people_cannot_overwrite_each_other(cora: Client, zus: Security) -> None:
    seen = cora.get(f"/securities/{zus.pk}/edit/").context["page"].seen
    through_the_check(cora, f"/securities/{zus.pk}/edit/", typed(zus, name="First"))

    answer = cora.post(f"/securities/{zus.pk}/edit/", {**typed(zus, name="Second"), "door_seen": seen})

    assert answer.status_code == 409


def test_programs_edit_only_what_they_name(cora: Client, zus: Security) -> None:
    url = f"/api/v1/securities/{zus.pk}/edit/"
    tag = cora.get(url).headers["ETag"]

    done = cora.post(
        url, {"sector": "Broad", "reason": "Index."}, content_type=ONLINE, headers={"If-Match": tag}
    )

    assert (done.status_code, done.json()["id"]) == (200, str(zus.pk))
    told = cora.get(f"/api/v1/securities/{zus.pk}/").json()
    assert [(one["fact"], one["value"]) for one in told["decisions"]] == [("sector", "Broad")]


def test_a_security_is_added_retired_reopened_and_handed_back(cora: Client) -> None:
    done = through_the_check(
        cora,
        "/securities/add/",
        {
            "symbol": "znew",
            "name": "New",
            "kind": "etf",
            "classes": "us_stock 100",
            "trading": "open",
            "increment": "1",
            "settlement_days": "1",
            "wash_applies": "on",
            "reason": "New client.",
        },
    )
    added = Security.objects.get(symbol="ZNEW")
    at = f"/securities/{added.pk}/"

    assert done.headers["Location"] == at
    assert "Let files decide again" in words_of(cora.get(at))
    cora.post(f"{at}hand-back/", {"facts": ["name", "kind"], "reason": "Files know."})
    through_the_check(cora, f"{at}retire/", {"reason": "Liquidated."})
    assert "Retired on 2026-11-22" in words_of(cora.get(at))
    cora.post(f"{at}reopen/", {"reason": "A mistake."})
    added.refresh_from_db()
    assert (added.retired_on, added.trading) == (None, "open")


def test_groups_and_replacements_are_decided(cora: Client, zus: Security) -> None:
    at = f"/securities/{zus.pk}/"

    cora.post(f"{at}wash-group/", {"wash_group": "us-broad", "reason": "Same index."})
    cora.post(f"{at}replacements/", {"replacements": "zbd\nZUB"})
    wrong = cora.post(f"{at}replacements/", {"replacements": "ZUS"})

    page = page_of(cora.get(at))
    assert page.wash_group == "us-broad, as Cora decided"
    assert page.replacements == (("ZBD", "approved by Cora"), ("ZUB", "approved by Cora"))
    assert (wrong.status_code, "ZUS cannot replace itself" in words_of(wrong)) == (422, True)


@pytest.mark.parametrize(
    ("who", "page", "edit"),
    [("ana", 200, 403), ("tom", 200, 403), ("cora", 200, 200), ("carl", 404, 404), ("ada", 404, 404)],
)
def test_the_desk_reads_and_compliance_changes(zus: Security, who: str, page: int, edit: int) -> None:
    client = as_(getattr(cast, who)())

    assert client.get(f"/securities/{zus.pk}/").status_code == page
    assert client.get(f"/securities/{zus.pk}/edit/").status_code == edit


def test_classes_and_groups_are_added_renamed_and_retired(cora: Client) -> None:
    cora.post(
        "/asset-classes/add/",
        {"code": "gold", "label": "Gold", "position": "9", "is_equity": "no", "reason": "A metal."},
    )
    gold = AssetClass.objects.get(code="gold")
    cora.post(f"/asset-classes/{gold.pk}/edit/", {"label": "Metals", "position": "9"})
    cora.post(f"/asset-classes/{gold.pk}/retire/", {"reason": "Unused."})
    cora.post("/wash-groups/add/", {"code": "sp500", "reason": "The same index."})
    group = WashGroup.objects.get(code="sp500")
    cora.post(f"/wash-groups/{group.pk}/edit/", {"code": "sp-500", "reason": "The same index."})
    cora.post(f"/wash-groups/{group.pk}/retire/", {"reason": "Unused."})

    page = page_of(cora.get("/asset-classes/"))
    assert [(str(row.asset_class), row.asset_class.retired_on) for row in page.classes][-1] == (
        *("Metals",),
        date(2026, 11, 22),
    )
    assert next(row.group.retired_on for row in page.groups if row.group.code == "sp-500") == date(
        2026, 11, 22
    )
    assert len(page.events) >= 5
    hostile = cora.post("/wash-groups/add/", {"code": "<b>", "reason": "x"})
    assert hostile.status_code == 422


# ── Prices ───────────────────────────────────────────────────────────────────────────────────────


def approved_by(user: Any) -> Any:
    review = Review.objects.get(subject_id=ProposedChange.objects.order_by("-pk").first().public_id)
    return as_(user).post(
        f"/reviews/{review.public_id}/", {"verdict": "approved", "seen": review.fingerprint}
    )


def test_a_price_by_hand_counts_once_a_second_person_agrees(zus: Security) -> None:
    tom, url = as_(cast.tom()), f"/securities/{zus.pk}/price/"
    given = {"priced_on": "2026-11-20", "price": "98.5", "evidence": "Custodian's screen, 16:05."}

    tom.post(url, given)
    assert not Price.objects.filter(source="manual").exists()
    approved_by(cast.cora())

    price = Price.objects.get(source="manual")
    assert (price.price, price.standing, price.decided_by, price.reason) == (
        *(D("98.5"), "accepted", cast.cora()),
        "Custodian's screen, 16:05.",
    )
    page = page_of(tom.get(f"/securities/{zus.pk}/"))
    assert [(row.price.source, row.is_used) for row in page.prices] == [
        ("generated", False),
        ("manual", True),
    ]

    tom.post(f"/prices/{price.pk}/retire/", {"reason": "The feed is right."})
    approved_by(cast.cora())
    price.refresh_from_db()
    assert (price.standing, price.reason) == ("rejected", "The feed is right.")


def test_who_entered_a_price_cannot_decide_about_it(cora: Client, zus: Security) -> None:
    cora.post(
        f"/securities/{zus.pk}/price/",
        {"priced_on": "2026-11-20", "price": "98.5", "evidence": "A screen."},
    )

    assert approved_by(cast.cora()).status_code == 403
    assert not Price.objects.filter(source="manual").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("price", "0"), ("price", "-1"), ("price", "NaN"), ("price", "1e30"), ("price", "1.1234567")),
        *(
            ("priced_on", "2026-11-23"),
            ("priced_on", "yesterday"),
            ("evidence", " "),
            ("evidence", "x" * 301),
        ),
    ],
)
def test_prices_that_cannot_be_are_not_even_proposed(zus: Security, field: str, value: str) -> None:
    given = {"priced_on": "2026-11-20", "price": "98.5", "evidence": "A screen.", field: value}

    assert as_(cast.tom()).post(f"/securities/{zus.pk}/price/", given).status_code == 422
    assert not ProposedChange.objects.exists()


def test_prices_are_listed_by_day_and_source(cora: Client) -> None:
    loaded(table("prices", ["ZUS,2026-11-19,99,feed"]), name="older.csv")

    today = page_of(cora.get("/prices/"))
    older = page_of(cora.get("/prices/?day=2026-11-19&source=feed"))

    assert [row.price.security.symbol for row in today.rows] == ["ZBD", "ZUB", "ZUS"]
    assert [(row.price.security.symbol, row.price.price) for row in older.rows] == [("ZUS", D(99))]
    assert cora.get("/api/v1/prices/?source=feed").json()["count"] == 1
    assert cora.get("/prices/?day=never").status_code == 422


def test_held_securities_without_a_price_of_the_last_market_day_are_named(cora: Client) -> None:
    Price.objects.filter(security__symbol="ZBD").update(as_of_on=date(2026, 11, 18))
    Price.objects.filter(security__symbol="ZUS").delete()

    page = page_of(cora.get("/prices/stale/"))

    assert [
        (row.security.symbol, row.last_on, row.age_days, row.is_usable, row.households_count)
        for row in page.rows
    ] == [("ZUS", None, None, False, 1), ("ZBD", date(2026, 11, 18), 2, True, 1)]
    assert page.heading == "2 held securities without a price of the last market day"
    told = cora.get("/api/v1/prices/stale/").json()["results"]
    assert [(row["symbol"], row["age_days"]) for row in told] == [("ZUS", None), ("ZBD", 2)]


def test_a_line_of_prices_is_drawn_with_its_sentence(cora: Client, zus: Security) -> None:
    loaded(
        table("prices", ["ZUS,2026-11-18,95,feed", "ZUS,2026-11-19,102.5,feed", *MILLERS["prices"]]),
        name="week.csv",
    )

    page = page_of(cora.get(f"/securities/{zus.pk}/"))

    assert page.price_sentence == "95 on Nov 18, 2026 to 100 on Nov 20, 2026; lowest 95, highest 102.5."
    assert 'points="8.0,132.0 320.0,8.0 632.0,49.3"' in page.price_drawing
    assert security_facts.weights_text(security_facts.weights_of(zus)) == "us_stock 100"
