from __future__ import annotations

from django.apps import AppConfig


class AdvisoryConfig(AppConfig):
    name = "advisory"
    verbose_name = "Advisory firm"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Tasks sent by the web process must go through our app, not through Celery's default one.
        from advisory import celery  # noqa: F401
