"""Alarms of the monitors, and what people answered to them: an answer is withdrawn, never changed."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import clients.models.columns

IMMUTABLE = """
CREATE TRIGGER history_stays BEFORE UPDATE OR DELETE ON rebalancing_acknowledgement
FOR EACH ROW EXECUTE FUNCTION rebalancing_history_stays('withdrawn_at', 'withdrawn_by_id', 'withdraw_reason');
ALTER TABLE rebalancing_acknowledgement ENABLE ALWAYS TRIGGER history_stays;
"""
MUTABLE = "DROP TRIGGER history_stays ON rebalancing_acknowledgement;"


class Migration(migrations.Migration):
    dependencies = (
        ("rebalancing", "0009_hold_overrides"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    )

    operations = (
        migrations.CreateModel(
            name="Alarm",
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
                        editable=False, max_length=32, prefix="al", unique=True
                    ),
                ),
                (
                    "monitor",
                    clients.models.columns.ChoiceField(
                        choices=[
                            ("never_rebalanced", "Never rebalanced"),
                            ("rebalanced_too_often", "Rebalanced too often"),
                            ("idle_cash", "Idle cash"),
                            ("cash_flow_ignored", "Cash flow ignored"),
                            ("accounts_alike", "Accounts treated alike"),
                            ("client_not_told", "Client not told"),
                            ("hold_outlived", "Hold outlived its cause"),
                            ("not_read", "Read by no scan"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "about",
                    models.CharField(
                        blank=True,
                        help_text="The id of what it is about; empty: the household.",
                        max_length=40,
                    ),
                ),
                (
                    "sentence",
                    models.TextField(
                        help_text="What was found, with its figures, as of the last day it was looked at."
                    ),
                ),
                (
                    "figures",
                    models.JSONField(default=dict, help_text="The facts that the monitor compared, as text."),
                ),
                ("first_on", models.DateField(help_text="The first day on which it was found.")),
                ("last_on", models.DateField(help_text="The last day on which it was found.")),
                (
                    "ended_on",
                    models.DateField(blank=True, help_text="Empty: its cause is still there.", null=True),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alarms",
                        to="clients.household",
                    ),
                ),
            ],
            options={
                "ordering": ("-first_on", "-id"),
            },
        ),
        migrations.CreateModel(
            name="Acknowledgement",
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
                        editable=False, max_length=32, prefix="ak", unique=True
                    ),
                ),
                ("reason", models.CharField(max_length=300)),
                ("until_on", models.DateField(help_text="The last day on which it counts.")),
                ("given_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdraw_reason", models.CharField(blank=True, max_length=200)),
                (
                    "given_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "alarm",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acknowledgements",
                        to="rebalancing.alarm",
                    ),
                ),
            ],
            options={
                "ordering": ("-given_at", "-id"),
            },
        ),
        migrations.AddConstraint(
            model_name="alarm",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_on", None)),
                fields=("monitor", "household", "about"),
                name="one_open_alarm_a_cause",
            ),
        ),
        migrations.AddConstraint(
            model_name="alarm",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_on__gte", models.F("first_on"))), name="alarm_is_found_in_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="alarm",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ended_on", None), ("ended_on__gte", models.F("first_on")), _connector="OR"
                ),
                name="alarm_ends_after_it_was_found",
            ),
        ),
        migrations.AddConstraint(
            model_name="acknowledgement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at", None)),
                fields=("alarm",),
                name="one_standing_acknowledgement",
            ),
        ),
        migrations.AddConstraint(
            model_name="acknowledgement",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="acknowledgement_gives_its_reason"
            ),
        ),
        migrations.RunSQL(IMMUTABLE, MUTABLE),
    )
