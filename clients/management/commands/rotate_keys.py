"""Write every encrypted value anew under the current key, so that an old key can be taken away."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.db.models import TextField
from django.db.models.functions import Cast

from clients.encryption import FORMAT, EncryptedTextField

BATCH = 500


class Command(BaseCommand):
    help = (
        "Re-encrypt what older keys have encrypted. Safe to stop and start again: done rows are not touched twice. "
        "Exit 0 when nothing under an older key is left."
    )

    def handle(self, *_: Any, **__: Any) -> None:
        count = 0
        for model in apps.get_models():
            for field in model._meta.get_fields():
                if isinstance(field, EncryptedTextField):
                    count += self._rotate(model, field)
        self.stdout.write(f"{count} values were written anew under key {settings.FIELD_KEY_CURRENT}.")

    def _rotate(self, model: Any, field: EncryptedTextField) -> int:
        """One column, a batch a transaction; the newest rows last, so that a second start goes on where it was."""
        prefix = f"{FORMAT}:{settings.FIELD_KEY_CURRENT}:"
        count = 0
        while True:
            with transaction.atomic():
                older = (
                    model.objects.annotate(stored=Cast(field.name, TextField()))
                    .exclude(stored=None)
                    .exclude(stored="")
                    .exclude(stored__startswith=prefix)
                )
                rows = list(older.select_for_update().order_by("pk")[:BATCH])
                for row in rows:
                    row.save(update_fields=[field.name])
            count += len(rows)
            if len(rows) < BATCH:
                return count
