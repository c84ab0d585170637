"""What identifies a person is unreadable at rest, bound to its column, and can change keys."""

from __future__ import annotations

import os
from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection

from clients import encryption
from clients.households import people
from clients.imports import file_contents
from clients.models import Account, CustodianFile, Person
from tests.clock import SUNDAY_NOON
from tests.factories.bundles import bundle
from tests.factories.households import SET_UP, received, the_millers

OLD, NEW = os.urandom(32), os.urandom(32)


@pytest.fixture
def old_key(settings: object) -> None:
    settings.FIELD_KEYS = {"old": OLD}  # type: ignore[attr-defined]
    settings.FIELD_KEY_CURRENT = "old"  # type: ignore[attr-defined]


def stored(table: str, column: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} WHERE {column} <> '' ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def test_the_same_text_is_never_stored_the_same_way_twice(old_key: None) -> None:
    one, other = (encryption.encrypt("900-00-0001", purpose="person.tax_number") for _ in range(2))

    assert one != other
    assert "900" not in one
    assert encryption.decrypt(one, purpose="person.tax_number") == "900-00-0001"


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda value: value[:-2] + ("AA" if value[-2:] != "AA" else "BB"), "changed"),
        (lambda value: value.replace("old", "gone"), "not configured"),
        (lambda value: "v0" + value[2:], "not configured"),
        (lambda _: "plain text", "not configured"),
    ],
    ids=["a changed byte", "a key that is gone", "another format", "no format at all"],
)
def test_a_value_that_was_changed_or_moved_does_not_open(old_key: None, spoil: object, told: str) -> None:
    value = encryption.encrypt("secret", purpose="a")

    with pytest.raises(encryption.CannotDecrypt, match=told):
        encryption.decrypt(spoil(value), purpose="a")  # type: ignore[operator]
    with pytest.raises(encryption.CannotDecrypt, match="changed"):
        encryption.decrypt(value, purpose="another column")


def test_an_index_finds_equals_and_says_nothing_else(old_key: None) -> None:
    one = encryption.blind_index("11110001", purpose="account")

    assert one == encryption.blind_index("11110001", purpose="account")
    assert one != encryption.blind_index("11110001", purpose="person")
    assert "1111" not in one


@pytest.mark.django_db
def test_keys_are_rotated_row_by_row_and_a_second_run_finds_nothing(
    old_key: None, settings: object, capsys: pytest.CaptureFixture[str]
) -> None:
    the_millers()
    settings.FIELD_KEYS = {"old": OLD, "new": NEW}  # type: ignore[attr-defined]
    settings.FIELD_KEY_CURRENT = "new"  # type: ignore[attr-defined]

    call_command("rotate_keys")
    call_command("rotate_keys")

    told = capsys.readouterr().out.splitlines()
    assert told == [
        "2 values were re-encrypted under key new.",
        "0 values were re-encrypted under key new.",
    ]
    settings.FIELD_KEYS = {"new": NEW}  # type: ignore[attr-defined]
    mia = Person.objects.get()
    assert (mia.tax_number, mia.born_on_text) == ("900-00-0001", "1970-05-04")


@pytest.mark.django_db
def test_a_custodians_file_is_unreadable_at_rest_and_changes_keys_too(
    old_key: None, settings: object
) -> None:
    the_millers()
    file = received(bundle())

    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM clients_custodianfile")
        kept = bytes(cursor.fetchone()[0])
    assert kept.startswith(b"v1:old:")
    assert bundle()[:40] not in kept
    settings.FIELD_KEYS = {"old": OLD, "new": NEW}  # type: ignore[attr-defined]
    settings.FIELD_KEY_CURRENT = "new"  # type: ignore[attr-defined]
    call_command("rotate_keys")
    settings.FIELD_KEYS = {"new": NEW}  # type: ignore[attr-defined]
    assert bytes(CustodianFile.objects.get(pk=file.pk).content) == bundle()


@pytest.mark.django_db
def test_a_kept_file_that_was_changed_is_never_read(old_key: None) -> None:
    the_millers()
    file = received(bundle())
    file.content = bundle() + b"x"
    file.save()

    with pytest.raises(file_contents.FileChanged):
        file_contents.parse(CustodianFile.objects.get(pk=file.pk))


@pytest.mark.django_db
def test_no_column_holds_a_tax_number_or_a_birthday_in_the_clear() -> None:
    household = the_millers()
    people.add(
        household,
        given_name="Noa",
        family_name="Miller",
        part=Person.Part.CHILD,
        born_on=date(2012, 2, 3),
        tax_number="900-00-0002",
        by=SET_UP,
        at=SUNDAY_NOON,
    )

    for column in ("tax_number", "born_on_text"):
        assert all(value.startswith("v1:") for value in stored("clients_person", column))
    assert not Account.objects.exists()
