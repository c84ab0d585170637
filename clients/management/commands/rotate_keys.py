"""Re-encrypts every value under the current key, so that an old key can be removed."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.db.models import BinaryField, F, Func, TextField

from clients import encryption
from clients.encryption import EncryptedBinaryField, EncryptedTextField

BATCH = 500
FILES_BATCH = 5
"""Files may be large; a few at a time."""


class Command(BaseCommand):
    help = (
        "Re-encrypt what older keys have encrypted. Safe to stop and start again: finished rows are not touched again. "
        "Exit 0 when nothing under an older key is left."
    )

    def handle(self, *_: Any, **__: Any) -> None:
        count = 0
        for model in apps.get_models():
            for field in model._meta.get_fields():
                if isinstance(field, (EncryptedTextField, EncryptedBinaryField)):
                    count += self._rotate(model, field)
        self.stdout.write(f"{count} values were re-encrypted under key {settings.FIELD_KEY_CURRENT}.")

    def _rotate(self, model: Any, field: EncryptedTextField | EncryptedBinaryField) -> int:
        """One column, one transaction per batch; the newest rows last, so that a restart continues where it
        stopped.
        """
        prefix = encryption.current_prefix()
        is_text = isinstance(field, EncryptedTextField)
        beginning = Func(
            F(field.name),
            1,
            len(prefix),
            function="substr",
            output_field=TextField() if is_text else BinaryField(),
        )
        count = 0
        while True:
            with transaction.atomic():
                older = (
                    model.objects.annotate(beginning=beginning)
                    .exclude(beginning=None)
                    .exclude(beginning="" if is_text else b"")
                    .exclude(beginning=prefix if is_text else prefix.encode())
                )
                rows = list(older.select_for_update().order_by("pk")[: BATCH if is_text else FILES_BATCH])
                for row in rows:
                    row.save(update_fields=[field.name])
            count += len(rows)
            if not rows:
                return count
