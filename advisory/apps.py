from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AdvisoryConfig(AppConfig):
    name = "advisory"
    verbose_name = "Advisory firm"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from advisory import deployment_checks  # noqa: F401
        from advisory.doors import catalog
        from compliance.doors import registry

        registry.add(catalog.DOORS)

        # Tasks sent by the web process must go through our app, not through Celery's default one.
        from advisory import celery  # noqa: F401

        post_migrate.connect(_seal_what_was_there, sender=self)


def _seal_what_was_there(**_: Any) -> None:
    """After an upgrade from a version without seals: record all decided rows on the trail, once."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from compliance import clock
    from compliance.audit_trail import audit

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return  # During a partial migration some tables are not as the code expects.
    audit.seal_what_was_there(by=audit.Actor.system("upgrade"), at=clock.now())
