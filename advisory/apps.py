from __future__ import annotations

from django.apps import AppConfig


class AdvisoryConfig(AppConfig):
    name = "advisory"
    verbose_name = "Advisory firm"
    default_auto_field = "django.db.models.BigAutoField"
