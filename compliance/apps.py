"""The safeguards floor: rule book, review desk and audit trail."""

from __future__ import annotations

from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    """This floor is below the record and the pipeline, so that both can write to the audit trail."""

    name = "compliance"
    label = "compliance"
    verbose_name = "Compliance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from compliance.doors import catalog, changes, registry

        registry.add(catalog.DOORS)
        for kind in changes.KINDS:
            registry.add_subject(kind, changes.SUBJECT)
