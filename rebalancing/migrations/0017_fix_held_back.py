"""A message that the broker asked for again and did not get says so; the FIX process that works leaves a mark."""

from __future__ import annotations

from django.db import migrations, models

KEPT = (
    "'sent_at', 'epoch', 'number', 'raw', 'message', 'withheld_at', 'withheld_reason', 'outcome_taken_at', 'answered_at',"
    " 'answer'"
)


def stays(changeable: str) -> str:
    return (
        "DROP TRIGGER history_stays ON rebalancing_fixoutbox;"
        "CREATE TRIGGER history_stays BEFORE UPDATE OR DELETE ON rebalancing_fixoutbox FOR EACH ROW"
        f" EXECUTE FUNCTION rebalancing_history_stays({changeable});"
        "ALTER TABLE rebalancing_fixoutbox ENABLE ALWAYS TRIGGER history_stays;"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("rebalancing", "0016_approval_batches"),
    ]

    operations = [
        migrations.AddField(
            model_name="fixoutbox",
            name="held_back_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When the broker asked for it again and did not get it: whether it has the order is not known.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="fixoutbox",
            name="held_back_reason",
            field=models.CharField(blank=True, default="", max_length=200),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="fixoutbox",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("held_back_at", None), ("held_back_reason", "")),
                    models.Q(
                        ("held_back_at__isnull", False),
                        ("sent_at__isnull", False),
                        models.Q(("held_back_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="fix_outbox_held_back_for_a_reason",
            ),
        ),
        migrations.CreateModel(
            name="FixHeartbeat",
            fields=[
                ("id", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("beat_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "FIX heartbeat",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="one_fix_heartbeat")
                ],
            },
        ),
        migrations.RunSQL(stays(f"{KEPT}, 'held_back_at', 'held_back_reason'"), stays(KEPT)),
    ]
