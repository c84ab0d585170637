from __future__ import annotations

from django.apps import AppConfig


class RebalancingConfig(AppConfig):
    name = "rebalancing"
    label = "rebalancing"
    verbose_name = "Rebalancing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from compliance.doors import registry
        from rebalancing.doors import catalog

        registry.add(catalog.DOORS)
