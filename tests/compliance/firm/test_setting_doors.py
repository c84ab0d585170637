"""Changing the firm's settings at their doors: one person proposes, another decides, and every version stays."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from advisory.models import User
from compliance.audit_trail import audit
from compliance.doors.settings.forms import field_name, field_of, of_group, typed, value_of
from compliance.firm import catalog, firm_settings
from compliance.firm.desk_figures import HARVEST_MIN, HOLD_DAYS_MAX, RETENTION_YEARS
from compliance.firm.firm_facts import FISCAL_YEAR_END
from compliance.firm.setting import Group, Setting
from compliance.models import Review, SettingVersion
from tests.clock import MONDAY, MONDAY_NOON, TUESDAY_NOON, WEDNESDAY_NOON, set_clock
from tests.factories.firm_settings import decided
from tests.pages import as_, page_of, words_of

pytestmark = pytest.mark.django_db

TUESDAY, WEDNESDAY, NEW_YEAR = date(2026, 11, 24), date(2026, 11, 25), date(2027, 1, 1)


@pytest.fixture(autouse=True)
def on_monday() -> None:
    set_clock(MONDAY_NOON)


def typed_on(form: Any, **changes: Any) -> dict[str, Any]:
    """What a browser sends of a form: its values, with some changed."""
    values = {one.name: one.value() for one in form} | {"reason": "Agreed on Monday."} | changes
    return {name: value for name, value in values.items() if value is not None and value is not False}


def sent(client: Client, group: Group, **changes: Any) -> HttpResponse:
    """Type a change and confirm its check page; the answer is that of the last page that was sent."""
    url = f"/settings/{group}/change/"
    page = page_of(client.get(url))
    body = {**typed_on(page.form, **changes), "door_seen": page.seen}
    check = client.post(url, body)
    if check.status_code != 200:
        return check
    return client.post(url, {**body, "door_checked": check.context["page"].checked}, follow=True)


def approve(client: Client) -> HttpResponse:
    review = Review.objects.filter(subject_kind="setting", state="open").latest("pk")
    verdict = {"seen": review.fingerprint, "verdict": "approved", "text": ""}
    return client.post(f"/reviews/{review.public_id}/", verdict, follow=True)


def longest_hold(on: date = MONDAY) -> int:
    return firm_settings.in_force(on=on).of(HOLD_DAYS_MAX)


def test_one_person_proposes_and_another_decides(ada: User, cora: User) -> None:
    asked = sent(as_(ada), Group.TRIGGERS, longest="60")

    assert "a colleague has to decide" in words_of(asked)
    assert longest_hold() == 90
    assert approve(as_(ada)).status_code == 403
    page = page_of(as_(cora).get(f"/reviews/{Review.objects.get().public_id}/"))
    assert [(one.label, one.before, one.after) for one in page.shown.lines] == [
        ("Longest hold (days)", "90", "60"),
        ("Takes effect on", "", "Nov 23, 2026"),
        ("Reason", "", "Agreed on Monday."),
    ]
    approve(as_(cora))

    version = SettingVersion.objects.get()
    assert (longest_hold(), version.asked_by, version.approved_by, version.changes) == (
        60,
        ada,
        cora,
        '{"holds.longest":"60"}',
    )
    assert audit.verify().first_bad is None


def test_the_page_says_what_is_in_force_and_what_is_scheduled(ada: User, cora: User, nina: User) -> None:
    sent(as_(cora), Group.TRIGGERS, longest="60", effective_on="2027-01-01")
    approve(as_(nina))

    page = page_of(as_(ada).get("/settings/"))

    assert page.version == 0
    assert [
        (row.version.number, row.group, [str(one) for one in row.differences]) for row in page.scheduled
    ] == [(1, "Triggers and holds", ["Longest hold: 90 days → 60 days"])]
    assert [len(view.rows) for view in page.groups] == [len(catalog.in_group(group)) for group in Group]
    assert all(view.door is not None for view in page.groups)
    assert page.kept_through == date(2031, 12, 31)
    set_clock(TUESDAY_NOON.replace(year=2027, month=1, day=4))
    later = page_of(as_(ada).get("/settings/"))
    assert (later.version, later.since, later.scheduled) == (1, NEW_YEAR, ())


def test_the_history_compares_each_version_with_what_counted_before_it(ada: User) -> None:
    decided(HOLD_DAYS_MAX, 60)
    decided(HOLD_DAYS_MAX, 30)
    decided(HARVEST_MIN, D(5_000))

    page = page_of(as_(ada).get("/settings/versions/"))

    assert [[str(one) for one in row.differences] for row in page.rows] == [
        ["Losses worth a proposal: $3,000 → $5,000"],
        ["Longest hold: 60 days → 30 days"],
        ["Longest hold: 90 days → 60 days"],
    ]


def test_what_a_form_leaves_as_it_is_does_not_undo_a_later_change(ada: User, cora: User) -> None:
    decided(HOLD_DAYS_MAX, 60, on=NEW_YEAR)
    sent(as_(ada), Group.TRIGGERS, losses="5000", effective_on="2027-02-01")
    approve(as_(cora))

    then = firm_settings.in_force(on=date(2027, 2, 1))

    assert (then.of(HOLD_DAYS_MAX), then.of(HARVEST_MIN)) == (60, D(5_000))


def test_a_scheduled_change_is_taken_back_by_two_people(ada: User, cora: User) -> None:
    decided(HOLD_DAYS_MAX, 60)
    version = decided(HOLD_DAYS_MAX, 30, on=NEW_YEAR)
    url = f"/settings/versions/{version.number}/take-back/"
    page = page_of(as_(ada).get(url))
    body = {"reason": "Not needed.", "door_seen": page.seen}
    check = page_of(as_(ada).post(url, body))
    as_(ada).post(url, {**body, "door_checked": check.checked})
    assert longest_hold(NEW_YEAR) == 30

    approve(as_(cora))

    assert longest_hold(NEW_YEAR) == 60
    assert SettingVersion.objects.count() == 3


def test_a_change_in_effect_is_not_taken_back(ada: User) -> None:
    version = decided(HOLD_DAYS_MAX, 60)

    answer = as_(ada).post(f"/settings/versions/{version.number}/take-back/", {"reason": "x"})

    assert answer.status_code == 422
    assert "This change is in effect. Propose another one instead." in words_of(answer)


def test_approved_after_its_day_it_takes_effect_on_the_day_of_approval(ada: User, cora: User) -> None:
    sent(as_(ada), Group.TRIGGERS, longest="60")
    set_clock(WEDNESDAY_NOON)

    approve(as_(cora))

    assert (longest_hold(TUESDAY), longest_hold(WEDNESDAY)) == (90, 60)


def test_a_proposal_that_was_overtaken_is_not_made(ada: User, cora: User) -> None:
    sent(as_(ada), Group.TRIGGERS, longest="60")
    decided(HOLD_DAYS_MAX, 45, at=MONDAY_NOON)

    answer = approve(as_(cora))

    assert answer.status_code == 409
    assert longest_hold() == 45


@pytest.mark.parametrize(
    ("group", "field", "value", "sentence"),
    [
        # Bounds.
        (Group.TRIGGERS, "longest", "0", "Longest hold is from 1 to 366 days, not 0 days."),
        (Group.TRIGGERS, "longest", "400", "Longest hold is from 1 to 366 days, not 400 days."),
        (Group.TRIGGERS, "lot_loss", "95", "Loss of a lot is from 0% to 90%, not 95%."),
        (Group.APPROVAL, "years", "4", "Records are kept is from 5 to 50 years, not 4 years."),
        (Group.POLICY, "band_points", "30", "Band in points is from 0.1% to 25%, not 30%."),
        (Group.RULES, "issuer_override", "25", "cannot be below One issuer, person decides (25%)"),
        (Group.FIRM, "letterhead", "1\n2\n3\n4", "The letterhead has room for three lines."),
        # What means nothing.
        (Group.TRIGGERS, "longest", "sixty", "Enter a whole number."),
        (Group.TRIGGERS, "losses", "NaN", "Enter a number."),
        (Group.TRIGGERS, "losses", "1e999999999", "This figure is out of range."),
        (Group.TRIGGERS, "losses", "12.345", "Ensure that there are no more than 2 decimal places."),
        (Group.TRIGGERS, "effective_on", "2026-11-22", "This day has passed. Choose today or later."),
        (Group.TRIGGERS, "effective_on", "soon", "Enter a valid date."),
        (Group.TRIGGERS, "reason", "", "Give a reason; it stays on record."),
        (Group.FIRM, "name", "", "Name cannot be left empty."),
        (Group.FIRM, "name", "\x00Harbor", "Null characters are not allowed."),
        (Group.FIRM, "fiscal_year_end", "02-30", "Fiscal year end is a month and a day, such as 12-31."),
        (Group.FIRM, "time_zone", "Mars/Base", "Select a valid choice."),
        (Group.TIMETABLE, "days", ["sun"], "Select a valid choice."),
        (Group.TIMETABLE, "days", [], "Days of the scan cannot be left empty."),
        (Group.PRICES, "sources", "feed, feed", "Price sources: name each once."),
        (Group.PRICES, "sources", "feed'; DROP TABLE x", "Price sources are short names"),
        (Group.POLICY, "class_bands", "bonds are wide", "Line 1 is not like"),
        (Group.POLICY, "class_bands", "bonds: absolute, 40 points", "points are above 0 up to 25"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_on_its_field(
    ada: User, cora: User, group: Group, field: str, value: Any, sentence: str
) -> None:
    answer = sent(as_(ada), group, **{field: value})

    assert answer.status_code == 422
    said = [str(one) for errors in answer.context["page"].form.errors.values() for one in errors]
    assert any(sentence in one for one in said), said
    assert not Review.objects.exists()


def test_markup_in_a_setting_is_shown_as_text(ada: User, cora: User) -> None:
    sent(as_(ada), Group.FIRM, name="<script>alert(1)</script>")
    approve(as_(cora))

    assert "<script>alert" not in words_of(as_(ada).get("/settings/"))
    assert "&lt;script&gt;alert" in words_of(as_(ada).get("/settings/versions/"))


def test_a_form_that_changes_nothing_says_so(ada: User) -> None:
    answer = sent(as_(ada), Group.PRICES, gap="3.0")

    assert answer.status_code == 422
    assert "Nothing would change." in words_of(answer)


def test_the_first_administrator_decides_alone(ada: User) -> None:
    answer = sent(as_(ada), Group.FIRM, name="Harbor Advisers LLC")

    assert "Version 1 of the firm&#x27;s settings is adopted" in words_of(answer)
    assert SettingVersion.objects.get().is_alone


@pytest.mark.parametrize(
    ("who", "page", "form"),
    [
        ("ada", 200, 200),
        ("cora", 200, 200),
        ("ana", 200, 403),
        ("rui", 200, 403),
        ("tom", 200, 403),
        ("carl", 403, 403),
    ],
)
def test_staff_read_the_settings_and_two_roles_change_them(
    who: str, page: int, form: int, request: pytest.FixtureRequest
) -> None:
    client = as_(request.getfixturevalue(who))
    paths = ("/settings/", "/settings/versions/", "/api/v1/settings/", "/api/v1/settings/versions/")

    assert [client.get(path).status_code for path in paths] == [page] * 4
    assert client.get("/settings/firm/change/").status_code == form
    assert client.get("/api/v1/settings/firm/change/").status_code == form


def test_a_program_reads_a_day_and_proposes(ada: User, cora: User) -> None:
    decided(HOLD_DAYS_MAX, 60, on=NEW_YEAR)
    client = as_(ada)

    def read(on: str) -> Any:
        answer = client.get(f"/api/v1/settings/?on={on}").json()
        return answer["version"], {one["code"]: one["value"] for one in answer["settings"]}[
            HOLD_DAYS_MAX.code
        ]

    assert [read("2026-12-31"), read("2027-01-01")] == [(0, "90"), (1, "60")]
    assert client.get("/api/v1/settings/?on=soon").status_code == 422
    versions = client.get("/api/v1/settings/versions/").json()["results"]
    assert [(one["number"], one["differences"][0]["after"]) for one in versions] == [(1, "60 days")]

    url = "/api/v1/settings/triggers/change/"
    values = client.get(url)
    told = values.json()["values"]
    assert set(told) == {one.code.rpartition(".")[2] for one in catalog.in_group(Group.TRIGGERS)}
    assert (told["losses"], told["lot_loss"], told["longest"]) == ("3000", "5", "90")
    body = {"lot_loss": "7.5", "effective_on": "2026-11-30", "reason": "By program."}
    asked = client.post(url, body, "application/json", headers={"If-Match": values["ETag"]})
    assert asked.status_code == 202, asked.content
    approve(as_(cora))

    assert SettingVersion.objects.latest("number").changes == '{"triggers.lot_loss":"0.075"}'


@pytest.mark.parametrize("setting", catalog.SETTINGS, ids=lambda one: one.code)
def test_each_setting_stands_in_its_form_as_it_is(setting: Setting[Any]) -> None:
    field = field_of(setting)
    shown = typed(setting, setting.default)

    assert field_name(setting) in of_group(setting.group).base_fields
    assert value_of(setting, field.clean(shown)) == setting.default
    assert field.clean(shown) == shown


def test_how_long_records_are_kept_follows_the_fiscal_year(ada: User) -> None:
    decided(FISCAL_YEAR_END, (6, 30))
    decided(RETENTION_YEARS, 7)

    assert page_of(as_(ada).get("/settings/")).kept_through == date(2034, 6, 30)
