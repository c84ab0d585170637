from __future__ import annotations

from django.apps import AppConfig


class RebalancingConfig(AppConfig):
    name = "rebalancing"
    label = "rebalancing"
    verbose_name = "Rebalancing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from compliance.doors import refused, registry
        from rebalancing.doors import catalog
        from rebalancing.pages.proposal import next_steps

        registry.add(catalog.DOORS)
        refused.told_by(next_steps.at)
