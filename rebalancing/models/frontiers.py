"""The frontier of a revision: what else could have been done, and what it would have cost."""

from __future__ import annotations

from django.db import models

from clients.models import columns
from rebalancing.models.proposals import Revision


class FrontierPoint(models.Model):
    """One other plan for the same household on the same facts, in its main figures."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="frontier")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40)
    tax = columns.money(help_text="What it would add to this year's taxes; negative lowers them.")
    net_gain = columns.money()
    drift = columns.weight(help_text="Half the sum of the distances from target that it leaves.")
    out_of_band = models.PositiveSmallIntegerField(help_text="Classes that it leaves outside their bands.")
    turnover = columns.weight(help_text="One-way, as a fraction of the portfolio.")
    orders = models.PositiveSmallIntegerField()
    cost = columns.money(help_text="Estimated spread.")

    class Meta:
        ordering = ("revision", "position")
        constraints = (
            models.UniqueConstraint(name="one_frontier_point_a_position", fields=("revision", "position")),
            columns.between("frontier_tax_bounded", "tax", -columns.MONEY_MAX, columns.MONEY_MAX),
            columns.between("frontier_gain_bounded", "net_gain", -columns.MONEY_MAX, columns.MONEY_MAX),
            columns.between("frontier_drift_bounded", "drift", 0, 100),
            columns.between("frontier_turnover_bounded", "turnover", 0, 100),
            columns.between("frontier_cost_bounded", "cost", 0, columns.MONEY_MAX),
        )


class Comparison(models.Model):
    """That a revision was compared with other plans, when somebody first opened it: written once, after its points.

    Revisions of before there were comparisons were stored with their points, and their plans say what each order is worth.
    """

    revision = models.OneToOneField(Revision, on_delete=models.PROTECT, related_name="comparison")
    made_at = models.DateTimeField()
    engine_version = models.CharField(max_length=40)
    removal_costs = models.JSONField(
        default=list,
        help_text="What leaving each order out would cost: order, tax, drift, objective, explanation.",
    )
    why_without = models.TextField(
        blank=True, help_text="Why something is missing from the comparison; empty where nothing is."
    )

    class Meta:
        ordering = ("revision",)
