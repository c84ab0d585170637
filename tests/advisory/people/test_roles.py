from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from advisory.models import RoleGrant, User
from advisory.people import roles
from compliance.people.roles import Role

MONDAY_NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
TUESDAY_NOON = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> User:
    return roles.join(
        "Ana@Firm.example", name="Ana Ferrer", password=None, roles=[Role.ADVISOR], by=None, at=MONDAY_NOON
    )


def test_a_person_holds_the_roles_granted_and_no_others(ana: User) -> None:
    assert ana.role_names == {"advisor"}
    assert ana.has_role(Role.ADVISOR)
    assert not ana.has_role(Role.REVIEWER)


def test_a_revoked_role_is_gone_and_the_row_says_when(ana: User) -> None:
    roles.revoke(ana, Role.ADVISOR, by=None, at=TUESDAY_NOON)

    assert ana.role_names == frozenset()
    assert list(RoleGrant.objects.values_list("role", "granted_at", "revoked_at")) == [
        ("advisor", MONDAY_NOON, TUESDAY_NOON)
    ]


def test_granting_twice_keeps_the_first_grant(ana: User) -> None:
    roles.grant(ana, Role.ADVISOR, by=None, at=TUESDAY_NOON)

    assert list(RoleGrant.objects.values_list("granted_at", flat=True)) == [MONDAY_NOON]


def test_a_person_who_left_holds_no_role(ana: User) -> None:
    ana.is_active = False
    ana.save()

    assert User.objects.get(pk=ana.pk).role_names == frozenset()


def test_an_address_is_the_same_person_in_any_case(ana: User) -> None:
    assert User.objects.get_by_natural_key("ANA@firm.example") == ana
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="ANA@FIRM.example", name="Another Ana", joined_at=MONDAY_NOON)


def test_the_database_refuses_a_role_nobody_knows(ana: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleGrant.objects.create(user=ana, role="king", granted_at=MONDAY_NOON)
