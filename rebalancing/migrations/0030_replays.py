"""Replays that people ask for. Nothing was asked for before, so no row is carried over; outcomes are on the audit trail."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import clients.models.columns

# What may still change of a row; see 0002_immutable.
OPEN = ("claimed_at", "attempts", "finished_at", "event_seq", "failed_because")
FORWARD = (
    "CREATE TRIGGER history_stays BEFORE UPDATE OR DELETE ON rebalancing_replayrun FOR EACH ROW "
    f"EXECUTE FUNCTION rebalancing_history_stays({', '.join(repr(column) for column in OPEN)});"
    "ALTER TABLE rebalancing_replayrun ENABLE ALWAYS TRIGGER history_stays;"
    "CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_replayrun FOR EACH STATEMENT "
    "EXECUTE FUNCTION compliance_refuse_change();"
    "ALTER TABLE rebalancing_replayrun ENABLE ALWAYS TRIGGER never_truncated;"
    # How it ended is written once.
    "CREATE TRIGGER finished_at_stays BEFORE UPDATE ON rebalancing_replayrun FOR EACH ROW"
    " WHEN (OLD.finished_at IS NOT NULL) EXECUTE FUNCTION compliance_refuse_change();"
    "ALTER TABLE rebalancing_replayrun ENABLE ALWAYS TRIGGER finished_at_stays;"
)
BACK = "".join(
    f"DROP TRIGGER {name} ON rebalancing_replayrun;"
    for name in ("history_stays", "never_truncated", "finished_at_stays")
)


class Migration(migrations.Migration):
    dependencies = (
        ("rebalancing", "0029_ended_stays_ended"),
        ("compliance", "0009_saved_views"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    )

    operations = (
        migrations.CreateModel(
            name="ReplayRun",
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
                        editable=False, max_length=32, prefix="rp", unique=True
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                (
                    "claimed_at",
                    models.DateTimeField(blank=True, help_text="When somebody last began it.", null=True),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "event_seq",
                    models.BigIntegerField(
                        blank=True, help_text="The event of the trail with its outcome.", null=True
                    ),
                ),
                ("failed_because", models.CharField(blank=True, max_length=300)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replays",
                        to="rebalancing.revision",
                    ),
                ),
            ],
            options={
                "ordering": ("-asked_at", "-id"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("finished_at", None)),
                        fields=("revision",),
                        name="one_replay_waits_a_revision",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("event_seq", None), ("failed_because", ""), ("finished_at", None)),
                            models.Q(("event_seq__isnull", False), ("finished_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="replay_is_over_with_an_outcome",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("attempts__lte", 10)), name="replay_attempts_bounded"
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACK),
    )
