"""Scans at the scale of a firm: claims find their households by indexes of their own, and a complete run knows its count."""

from __future__ import annotations

from django.db import migrations, models

COUNTED = """
UPDATE rebalancing_scanrun AS run
SET households = counted.households,
    tally = CASE WHEN run.state = 'completed' THEN counted.tally ELSE '{}'::jsonb END
FROM (
    SELECT run_id, sum(number)::integer AS households, jsonb_object_agg(state, number) AS tally
    FROM (SELECT run_id, state, count(*) AS number FROM rebalancing_scanitem GROUP BY run_id, state) AS by_state
    GROUP BY run_id
) AS counted
WHERE counted.run_id = run.id;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("rebalancing", "0021_error_account_entries"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="scanitem",
            name="claimable_scan_items",
        ),
        migrations.AddField(
            model_name="scanrun",
            name="households",
            field=models.PositiveIntegerField(default=0, help_text="How many the run is over."),
        ),
        migrations.AddField(
            model_name="scanrun",
            name="tally",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="Households by how they ended, counted once when the run is complete; empty until then.",
            ),
        ),
        migrations.RunSQL(COUNTED, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="scanitem",
            index=models.Index(
                condition=models.Q(("state", "waiting")),
                fields=["run", "attempt", "id"],
                name="waiting_scan_items",
            ),
        ),
        migrations.AddIndex(
            model_name="scanitem",
            index=models.Index(
                condition=models.Q(("state", "leased")),
                fields=["run", "lease_until", "id"],
                name="leased_scan_items",
            ),
        ),
        migrations.AddIndex(
            model_name="scanrun",
            index=models.Index(
                condition=models.Q(("state", "running")), fields=["id"], name="running_scans"
            ),
        ),
    ]
