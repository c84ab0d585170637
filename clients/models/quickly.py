"""Rows of which a scan reads thousands, made from what the database sent without Django's way through every column."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any, Self

from django.db.models import Model
from django.db.models.base import ModelState


class ReadQuickly(Model):
    """A model whose whole rows are read quickly; nothing listens to the signals of its making."""

    class Meta:
        abstract = True

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Collection[str], values: Collection[Any], **named: Any
    ) -> Self:
        """A row as Django makes it, with its values set at once instead of one after the other."""
        names = _columns(cls)
        if len(values) != len(names):
            return super().from_db(db, field_names, values, **named)  # Some columns were deferred.
        row = cls.__new__(cls)
        row._state = ModelState()
        row._state.adding, row._state.db = False, db
        row.__dict__.update(zip(names, values, strict=True))
        return row


@cache
def _columns(model: type[Model]) -> Sequence[str]:
    return tuple(field.attname for field in model._meta.concrete_fields)
