"""Previews of what a version of a model would do, household by household."""

from __future__ import annotations

from decimal import Decimal

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import clients.models.columns


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0013_models_are_followed"),
        ("rebalancing", "0006_model_versions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ImpactRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    clients.models.columns.PublicIdField(
                        editable=False, max_length=32, prefix="im", unique=True
                    ),
                ),
                (
                    "fingerprint",
                    models.CharField(help_text="Digest of the version as it was previewed.", max_length=64),
                ),
                ("market_on", models.DateField(help_text="The market day whose closing prices are used.")),
                ("trade_on", models.DateField()),
                (
                    "state",
                    clients.models.columns.ChoiceField(
                        choices=[
                            ("running", "Running"),
                            ("completed", "Completed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="running",
                        max_length=9,
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("heartbeat_at", models.DateTimeField()),
                (
                    "started_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="impacts",
                        to="clients.modelversion",
                    ),
                ),
            ],
            options={
                "ordering": ("-started_at", "-id"),
            },
        ),
        migrations.CreateModel(
            name="ImpactItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    clients.models.columns.ChoiceField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("leased", "In progress"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("skipped", "Skipped"),
                        ],
                        default="waiting",
                        max_length=7,
                    ),
                ),
                ("attempt", models.PositiveSmallIntegerField(default=0)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("leased_to", models.CharField(blank=True, max_length=80)),
                ("error", models.TextField(blank=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "outcome_before",
                    clients.models.columns.ChoiceField(
                        blank=True,
                        choices=[
                            ("in_band", "Inside its bands"),
                            ("proposed", "Proposal drafted"),
                            ("pending", "Proposal already open"),
                            ("held", "Held back"),
                            ("data", "Data needs attention"),
                            ("no_policy", "No policy in force"),
                            ("not_due", "Not due for review"),
                            ("no_benefit", "Trading would not help"),
                            ("impossible", "No plan within the rules"),
                            ("failed", "Could not be read"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "outcome_after",
                    clients.models.columns.ChoiceField(
                        blank=True,
                        choices=[
                            ("in_band", "Inside its bands"),
                            ("proposed", "Proposal drafted"),
                            ("pending", "Proposal already open"),
                            ("held", "Held back"),
                            ("data", "Data needs attention"),
                            ("no_policy", "No policy in force"),
                            ("not_due", "Not due for review"),
                            ("no_benefit", "Trading would not help"),
                            ("impossible", "No plan within the rules"),
                            ("failed", "Could not be read"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "reason",
                    models.TextField(blank=True, help_text="What the version would call for, and why."),
                ),
                ("value", models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True)),
                (
                    "outside_before",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="Dollars outside the bands today.",
                        max_digits=18,
                        null=True,
                    ),
                ),
                (
                    "outside_after",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="Dollars outside the bands with it.",
                        max_digits=18,
                        null=True,
                    ),
                ),
                ("orders", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "traded_before",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="Bought and sold without the version.",
                        max_digits=18,
                        null=True,
                    ),
                ),
                (
                    "traded_after",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="Bought and sold with the version.",
                        max_digits=18,
                        null=True,
                    ),
                ),
                (
                    "tax_before",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="Estimated tax without the version.",
                        max_digits=18,
                        null=True,
                    ),
                ),
                (
                    "tax_after",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="Estimated tax with the version.",
                        max_digits=18,
                        null=True,
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clients.household"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="rebalancing.impactrun",
                    ),
                ),
            ],
            options={
                "ordering": ("run", "id"),
            },
        ),
        migrations.AddConstraint(
            model_name="impactrun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "running")),
                fields=("version",),
                name="one_running_impact_a_version",
            ),
        ),
        migrations.AddConstraint(
            model_name="impactrun",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "running"), ("finished_at__isnull", False), _connector="OR"),
                name="finished_impact_says_when",
            ),
        ),
        migrations.AddIndex(
            model_name="impactitem",
            index=models.Index(
                condition=models.Q(("state__in", ("waiting", "leased"))),
                fields=["run", "state", "lease_until"],
                name="claimable_impact_items",
            ),
        ),
        migrations.AddConstraint(
            model_name="impactitem",
            constraint=models.UniqueConstraint(
                fields=("run", "household"), name="one_impact_a_run_and_household"
            ),
        ),
        migrations.AddConstraint(
            model_name="impactitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "leased"), _negated=True),
                    models.Q(("lease_until__isnull", False), models.Q(("leased_to", ""), _negated=True)),
                    _connector="OR",
                ),
                name="leased_impact_has_a_lease",
            ),
        ),
        migrations.AddConstraint(
            model_name="impactitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("value__isnull", True),
                    models.Q(
                        ("value__gte", Decimal("-1000000000000")), ("value__lte", Decimal("1000000000000"))
                    ),
                    _connector="OR",
                ),
                name="impact_value_bounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="impactitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("outside_before__isnull", True),
                    models.Q(("outside_before__gte", 0), ("outside_before__lte", Decimal("1000000000000"))),
                    _connector="OR",
                ),
                name="impact_outside_before_bounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="impactitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("outside_after__isnull", True),
                    models.Q(("outside_after__gte", 0), ("outside_after__lte", Decimal("1000000000000"))),
                    _connector="OR",
                ),
                name="impact_outside_after_bounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="impactitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("traded_before__isnull", True),
                    models.Q(("traded_before__gte", 0), ("traded_before__lte", Decimal("1000000000000"))),
                    _connector="OR",
                ),
                name="impact_traded_before_bounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="impactitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("traded_after__isnull", True),
                    models.Q(("traded_after__gte", 0), ("traded_after__lte", Decimal("1000000000000"))),
                    _connector="OR",
                ),
                name="impact_traded_after_bounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="impactitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("tax_before__isnull", True),
                    models.Q(
                        ("tax_before__gte", Decimal("-1000000000000")),
                        ("tax_before__lte", Decimal("1000000000000")),
                    ),
                    _connector="OR",
                ),
                name="impact_tax_before_bounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="impactitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("tax_after__isnull", True),
                    models.Q(
                        ("tax_after__gte", Decimal("-1000000000000")),
                        ("tax_after__lte", Decimal("1000000000000")),
                    ),
                    _connector="OR",
                ),
                name="impact_tax_after_bounded",
            ),
        ),
    ]
