"""What the database itself refuses: the choices of a column, as they stand after every migration."""

from __future__ import annotations

import re

import pytest
from django.apps import apps
from django.db import connection

from clients.models.columns import ChoiceField

CHOICES = [
    (model._meta.db_table, field)
    for model in apps.get_models()
    for field in model._meta.local_fields
    if isinstance(field, ChoiceField)
]


@pytest.mark.django_db
def test_a_column_allows_its_choices_and_nothing_else() -> None:
    """A migration that adds a choice must be `columns.AlterChoices`, not Django's AlterField."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'"
        )
        checks = {(table, name): text for table, name, text in cursor.fetchall()}

    differing = {}
    for table, field in CHOICES:
        text = checks[table, f"{table}_{field.column}_check"]
        allowed = set(re.findall(r"'((?:[^']|'')*)'::", text))
        expected = {str(value) for value, _ in field.flatchoices} | ({""} if field.blank else set())
        if allowed != expected:
            differing[f"{table}.{field.column}"] = sorted(allowed ^ expected)

    assert len(CHOICES) > 20
    assert differing == {}
