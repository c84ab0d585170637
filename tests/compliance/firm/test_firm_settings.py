"""Which value of a setting counts on which day, and who may change it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from advisory.models import User
from compliance.audit_trail import audit
from compliance.firm import firm_settings, policy_defaults, price_figures
from compliance.firm.catalog import BY_CODE
from compliance.firm.desk_figures import HOLD_DAYS_MAX, SCAN_DAYS
from compliance.firm.firm_facts import NAME
from compliance.firm.setting import Group
from compliance.models import SettingVersion
from compliance.people.actors import Actor
from compliance.refusals import BadInput, NotAllowed
from compliance.rules import book
from tests.clock import MONDAY, MONDAY_NOON, TUESDAY_NOON

pytestmark = pytest.mark.django_db

TUESDAY, FRIDAY, NEXT_YEAR = date(2026, 11, 24), date(2026, 11, 27), date(2027, 1, 1)
ISSUER_OVERRIDE, ISSUER_BLOCK = BY_CODE["rules.issuer_override"], BY_CODE["rules.issuer_block"]


def adopt(asked_by: User, by: User, group: Group, values: dict[str, Any], **changes: Any) -> SettingVersion:
    arguments = {"effective_on": MONDAY, "reason": "Agreed on Monday.", "at": MONDAY_NOON, **changes}
    return firm_settings.adopt(group, values, asked_by=asked_by, by=Actor.person(by), **arguments)


def longest_hold(ada: User, cora: User, days: int, on: date) -> SettingVersion:
    return adopt(ada, cora, Group.TRIGGERS, {HOLD_DAYS_MAX.code: days}, effective_on=on)


def test_until_somebody_decides_everything_is_as_shipped() -> None:
    values = firm_settings.in_force(on=MONDAY)

    assert (values.version, values.since, values.changed) == (0, None, ())
    assert all(not values.is_changed(setting) for setting in BY_CODE.values())
    assert values.thresholds().changed == ()


@pytest.mark.parametrize(
    ("adopted", "in_force"),
    [
        # In the order of adoption, each with the day it takes effect | on Monday, Tuesday, Friday, New Year's Day
        ([], [90, 90, 90, 90]),
        ([(60, MONDAY)], [60, 60, 60, 60]),
        ([(60, TUESDAY)], [90, 60, 60, 60]),
        ([(60, NEXT_YEAR), (30, TUESDAY)], [90, 30, 30, 60]),
        ([(60, TUESDAY), (30, TUESDAY)], [90, 30, 30, 30]),
        ([(60, FRIDAY), (30, MONDAY), (45, FRIDAY)], [30, 30, 45, 45]),
        ([(60, FRIDAY), (90, FRIDAY)], [90, 90, 90, 90]),
    ],
)
def test_on_a_day_the_latest_effective_version_counts(
    ada: User, cora: User, adopted: list[tuple[int, date]], in_force: list[int]
) -> None:
    for days, on in adopted:
        longest_hold(ada, cora, days, on)

    found = [firm_settings.in_force(on=day).of(HOLD_DAYS_MAX) for day in (MONDAY, TUESDAY, FRIDAY, NEXT_YEAR)]

    assert found == in_force


def test_a_scheduled_change_leaves_what_others_change_meanwhile(ada: User, cora: User) -> None:
    adopt(ada, cora, Group.FIRM, {NAME.code: "Harbor Advisers LLC"}, effective_on=NEXT_YEAR)
    longest_hold(ada, cora, 60, TUESDAY)

    values = firm_settings.in_force(on=NEXT_YEAR)

    assert (values.of(NAME), values.of(HOLD_DAYS_MAX), values.version) == ("Harbor Advisers LLC", 60, 2)


def test_a_version_says_who_asked_who_approved_and_why_and_is_sealed(ada: User, cora: User) -> None:
    version = longest_hold(ada, cora, 60, TUESDAY)

    assert (version.number, version.asked_by, version.approved_by, version.is_alone) == (1, ada, cora, False)
    assert (version.reason, version.changes) == ("Agreed on Monday.", '{"holds.longest":"60"}')
    event = audit.trail(about=version).get()
    assert '"changed":{"holds.longest":{"after":"60","before":"90"}}' in event.facts
    assert '"setting_version/' in event.facts
    assert list(audit.differences(about=[version])) == []


def test_only_what_would_differ_is_kept(ada: User, cora: User) -> None:
    version = adopt(
        ada, cora, Group.PRICES, {price_figures.DAYS_MAX.code: 10, price_figures.DISPUTE_GAP.code: D("0.05")}
    )

    assert version.changes == '{"prices.gap":"0.05"}'
    with pytest.raises(BadInput, match="Nothing would change"):
        adopt(ada, cora, Group.PRICES, {price_figures.DISPUTE_GAP.code: D("0.05")})


def test_approved_late_it_takes_effect_on_the_day_of_approval(ada: User, cora: User) -> None:
    version = adopt(ada, cora, Group.TRIGGERS, {HOLD_DAYS_MAX.code: 60}, effective_on=MONDAY, at=TUESDAY_NOON)

    assert version.effective_on == TUESDAY
    assert firm_settings.in_force(on=MONDAY).of(HOLD_DAYS_MAX) == 90


def test_who_asked_cannot_approve_while_somebody_else_could(ada: User, cora: User) -> None:
    with pytest.raises(NotAllowed, match="Somebody else has to approve this"):
        longest_hold(ada, ada, 60, MONDAY)

    assert not SettingVersion.objects.exists()


def test_a_firm_of_one_decides_alone_and_the_record_says_so(ada: User) -> None:
    version = longest_hold(ada, ada, 60, MONDAY)

    assert version.is_alone
    assert '"is_alone":true' in audit.trail(about=version).get().facts


def test_one_who_has_left_does_not_count_as_somebody_else(ada: User, cora: User) -> None:
    User.objects.filter(pk=cora.pk).update(is_active=False)

    assert longest_hold(ada, ada, 60, MONDAY).is_alone


@pytest.mark.parametrize("name", ["ana", "rui", "tom", "carl"])
def test_only_administrators_and_compliance_ask_and_approve(
    ada: User, cora: User, name: str, request: pytest.FixtureRequest
) -> None:
    other = request.getfixturevalue(name)

    for asked_by, by in ((other, cora), (ada, other)):
        with pytest.raises(NotAllowed, match="Only an administrator or compliance"):
            longest_hold(asked_by, by, 60, MONDAY)


def test_every_fault_is_named_and_nothing_is_kept(ada: User, cora: User) -> None:
    with pytest.raises(BadInput) as refused:
        adopt(
            ada,
            cora,
            Group.TRIGGERS,
            {HOLD_DAYS_MAX.code: 0, "triggers.losses": D(-1), SCAN_DAYS.code: ("mon",)},
        )

    assert [cause.input for cause in refused.value.causes] == [
        SCAN_DAYS.code,
        HOLD_DAYS_MAX.code,
        "triggers.losses",
    ]
    assert not SettingVersion.objects.exists()


def test_a_change_needs_its_reason(ada: User, cora: User) -> None:
    with pytest.raises(BadInput, match="needs its reason"):
        adopt(ada, cora, Group.TRIGGERS, {HOLD_DAYS_MAX.code: 60}, reason="  ")


def test_the_milder_answer_of_a_rule_stays_below_the_harder_one(ada: User, cora: User) -> None:
    with pytest.raises(
        BadInput, match=r"One issuer, blocked \(20%\) cannot be below One issuer, person decides \(25%\)"
    ):
        adopt(ada, cora, Group.RULES, {ISSUER_OVERRIDE.code: D("0.25")})


def test_a_change_that_breaks_with_one_scheduled_later_is_refused_today(ada: User, cora: User) -> None:
    adopt(ada, cora, Group.RULES, {ISSUER_BLOCK.code: D("0.12")}, effective_on=NEXT_YEAR)

    with pytest.raises(BadInput, match="From 2027-01-01: One issuer, blocked"):
        adopt(ada, cora, Group.RULES, {ISSUER_OVERRIDE.code: D("0.15")})


def test_the_rules_compare_with_the_figures_in_force(ada: User, cora: User) -> None:
    adopt(
        ada,
        cora,
        Group.RULES,
        {ISSUER_OVERRIDE.code: D("0.05"), "rules.live_price_stages": ("approval", "release")},
    )

    thresholds = firm_settings.in_force(on=MONDAY).thresholds()

    assert dict(thresholds.changed) == {
        "issuer_override": D("0.05"),
        "live_price_stages": frozenset({"approval", "release"}),
    }
    assert thresholds.of(book.THRESHOLDS["issuer_override"]) == D("0.05")
    assert thresholds.of(book.THRESHOLDS["issuer_block"]) == D("0.20")


def test_the_database_keeps_versions_and_their_two_people(ada: User, cora: User) -> None:
    version = longest_hold(ada, cora, 60, MONDAY)

    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        SettingVersion.objects.filter(pk=version.pk).update(reason="Another.")
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        SettingVersion.objects.all().delete()
    version.pk, version.public_id, version.number, version.approved_by = None, "sv_other", 2, ada
    with pytest.raises(DatabaseError, match="setting_has_four_eyes"), transaction.atomic():
        version.save()


def test_a_setting_that_the_product_no_longer_knows_has_no_effect(ada: User, cora: User) -> None:
    version = SettingVersion(
        number=1, effective_on=MONDAY, changes='{"gone.setting":"1","holds.longest":"60"}'
    )

    assert firm_settings.folded([version], on=MONDAY).changed == (("holds.longest", "60"),)


def test_one_question_to_the_database(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        values = firm_settings.in_force(on=MONDAY)
        assert values.of(policy_defaults.LOOK) == "daily"
        values.thresholds()
