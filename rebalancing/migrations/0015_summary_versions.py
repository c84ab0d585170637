"""What a client was told stays readable: a summary becomes final, or is corrected, as another version."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import clients.models.columns


class Migration(migrations.Migration):
    dependencies = [
        ("rebalancing", "0014_proposals_end"),
    ]

    operations = [
        migrations.AlterField(
            model_name="clientsummary",
            name="revision",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="summaries",
                to="rebalancing.revision",
            ),
        ),
        migrations.AddField(
            model_name="clientsummary",
            name="number",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="clientsummary",
            name="stage",
            field=clients.models.columns.ChoiceField(
                choices=[("estimate", "Estimate"), ("final", "Final"), ("corrected", "Corrected")],
                default="estimate",
                help_text="An estimate when it is approved, final once its orders have ended, corrected when that changed.",
                max_length=9,
            ),
        ),
        migrations.AddField(
            model_name="clientsummary",
            name="difference",
            field=models.TextField(
                blank=True,
                default="",
                help_text="What changed since the version before, as the client reads it.",
            ),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="clientsummary",
            constraint=models.UniqueConstraint(fields=("revision", "number"), name="one_summary_a_number"),
        ),
        migrations.AddConstraint(
            model_name="clientsummary",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("difference", ""), ("number", 1), ("stage", "estimate")),
                    models.Q(
                        ("number__gt", 1),
                        ("stage__in", ("final", "corrected")),
                        models.Q(("difference", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="later_summary_says_what_changed",
            ),
        ),
        migrations.CreateModel(
            name="SummaryDue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("failed_because", models.CharField(blank=True, max_length=300)),
                (
                    "proposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="summaries_due",
                        to="rebalancing.proposal",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "summaries due",
                "ordering": ("asked_at", "id"),
            },
        ),
    ]
