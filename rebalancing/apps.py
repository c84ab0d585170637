from __future__ import annotations

from django.apps import AppConfig


class RebalancingConfig(AppConfig):
    name = "rebalancing"
    label = "rebalancing"
    verbose_name = "Rebalancing"
    default_auto_field = "django.db.models.BigAutoField"
