"""The column types of the record, each with its unit and an upper bound.

Every numeric column is bounded from above in the database as well: PostgreSQL sorts NaN above all
numbers, so `>= 0` alone lets NaN in through raw SQL or COPY.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.migrations.operations import AlterField
from django.db.models import Q

from compliance import public_ids

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState

MONEY_MAX = Decimal(10) ** 12  # A trillion dollars: above any household's value, below NaN.
SHARES_MAX = Decimal(10) ** 12
PRICE_MAX = Decimal(10) ** 8


class ChoiceField(models.CharField):
    """Text restricted to its choices, also in the database."""

    # Django treats choices as form metadata. Here they are part of the column.
    non_db_attrs = tuple(name for name in models.Field.non_db_attrs if name != "choices")

    def db_check(self, connection: BaseDatabaseWrapper) -> str:
        values = [str(value) for value, _ in self.flatchoices] + ([""] if self.blank else [])
        listed = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
        return f"{connection.ops.quote_name(str(self.column))} IN ({listed})"


class AlterChoices(AlterField):
    """Migrate a ChoiceField to other choices, including its database constraint.

    Django's AlterField does not change the check of such a column, because it only compares the checks of its
    own types.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        super().database_forwards(app_label, schema_editor, from_state, to_state)
        self._replace_check(app_label, schema_editor, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        super().database_backwards(app_label, schema_editor, from_state, to_state)
        self._replace_check(app_label, schema_editor, to_state)

    def _replace_check(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        field = model._meta.get_field(self.name)
        assert isinstance(field, ChoiceField), "only a ChoiceField has choices in the database"
        quote = schema_editor.connection.ops.quote_name
        table, check = quote(model._meta.db_table), quote(f"{model._meta.db_table}_{field.column}_check")
        schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {check}", params=None)
        allowed = field.db_check(schema_editor.connection)
        schema_editor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {check} CHECK ({allowed})", params=None)


class ExactDecoder(json.JSONDecoder):
    """Reads JSON numbers as decimals, so that a figure keeps all its digits."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "parse_float": Decimal})


class PublicIdField(models.CharField):
    """The identifier used in URLs, created with the row."""

    def __init__(self, prefix: str = "", **options: Any) -> None:
        self.prefix = prefix
        options.setdefault("max_length", 32)
        options["unique"] = True
        options["editable"] = False
        super().__init__(**options)

    def deconstruct(self) -> Any:
        name, path, arguments, options = super().deconstruct()
        options["prefix"] = self.prefix
        return name, path, arguments, options

    def pre_save(self, instance: models.Model, add: bool) -> Any:
        value = getattr(instance, self.attname)
        if add and not value:
            value = public_ids.new(self.prefix)
            setattr(instance, self.attname, value)
        return value


def money(**options: Any) -> models.DecimalField:
    """US dollars to the cent."""
    return models.DecimalField(max_digits=18, decimal_places=2, **options)


def shares(**options: Any) -> models.DecimalField:
    """Shares to a millionth."""
    return models.DecimalField(max_digits=20, decimal_places=6, **options)


def price(**options: Any) -> models.DecimalField:
    """US dollars a share, to a millionth of a dollar."""
    return models.DecimalField(max_digits=18, decimal_places=6, **options)


def weight(**options: Any) -> models.DecimalField:
    """A fraction of one, to a hundredth of a basis point."""
    return models.DecimalField(max_digits=9, decimal_places=6, **options)


def rate(**options: Any) -> models.DecimalField:
    """A fraction of one: a tax rate, a yield, an expense ratio."""
    return models.DecimalField(max_digits=9, decimal_places=6, **options)


def between(name: str, column: str, low: Any, high: Any) -> models.CheckConstraint:
    """`column` is null or between `low` and `high`, both included."""
    return models.CheckConstraint(
        name=name,
        condition=Q(**{f"{column}__isnull": True}) | Q(**{f"{column}__gte": low, f"{column}__lte": high}),
    )


def in_order(name: str, earlier: str, later: str) -> models.CheckConstraint:
    """`later` is null or not before `earlier`."""
    return models.CheckConstraint(
        name=name,
        condition=Q(**{f"{later}__isnull": True})
        | Q(**{f"{earlier}__isnull": True})
        | Q(**{f"{later}__gte": models.F(earlier)}),
    )
