"""The frontier of a revision: what else could have been done, and what it would have cost."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

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


class FrontierPlan(models.Model):
    """One whole plan of a revision's frontier, signed by the verifier, with the ways that ask for it.

    The document that it answers follows from the revision's own and from the first of its ways; its digest says which it was.
    """

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="frontier_plans")
    position = models.PositiveSmallIntegerField(help_text="From doing nothing to nearest to target.")
    ways = models.JSONField(help_text="The names of the ways that come to it, the first one the asked for.")
    plan_document = models.TextField(help_text="The engine's answer, plan/1, byte for byte.")
    input_digest = models.CharField(max_length=64)
    plan_digest = models.CharField(max_length=64)
    verifier_signature = models.CharField(max_length=128)
    tax = columns.money(help_text="What it would add to this year's taxes; negative lowers them.")
    tax_is_known = models.BooleanField(
        help_text="Whether every gain that it takes is known; where not, the tax is what was counted."
    )
    net_gain = columns.money()
    drift = columns.weight(help_text="Half the sum of the distances from target that it leaves.")
    out_of_band = models.PositiveSmallIntegerField(help_text="Classes that it leaves outside their bands.")
    turnover = columns.weight(help_text="One-way, as a fraction of the portfolio.")
    orders = models.PositiveSmallIntegerField()
    orders_apart = models.PositiveSmallIntegerField(
        help_text="Orders added, removed or changed against the revision's own plan."
    )
    cost = columns.money(help_text="Estimated spread.")
    gap_bps = models.DecimalField(
        max_digits=14,
        decimal_places=3,
        help_text="How far from proven best, in basis points of the portfolio.",
    )
    can_be_sent = models.BooleanField(help_text="Whether it trades, and within every limit.")

    class Meta:
        ordering = ("revision", "position")
        constraints = (
            models.UniqueConstraint(name="one_frontier_plan_a_position", fields=("revision", "position")),
            models.CheckConstraint(
                name="frontier_plan_is_signed_by_the_verifier", condition=~Q(verifier_signature="")
            ),
            models.CheckConstraint(
                name="frontier_plan_digests_are_whole",
                condition=Q(input_digest__length=64, plan_digest__length=64),
            ),
            columns.between("frontier_plan_tax_bounded", "tax", -columns.MONEY_MAX, columns.MONEY_MAX),
            columns.between("frontier_plan_gain_bounded", "net_gain", -columns.MONEY_MAX, columns.MONEY_MAX),
            columns.between("frontier_plan_drift_bounded", "drift", 0, 100),
            columns.between("frontier_plan_turnover_bounded", "turnover", 0, 100),
            columns.between("frontier_plan_cost_bounded", "cost", 0, columns.MONEY_MAX),
        )


class Frontier(models.Model):
    """That the plans of a revision's frontier were worked out, when somebody first opened it: written once, after them."""

    revision = models.OneToOneField(Revision, on_delete=models.PROTECT, related_name="worked_out_frontier")
    made_at = models.DateTimeField()
    engine_version = models.CharField(max_length=40)
    why_without = models.TextField(
        blank=True, help_text="Why a plan is missing from it; empty where none is."
    )

    class Meta:
        ordering = ("revision",)
