"""Whether a proposal that only takes losses may also rebalance."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0025_market_conditions")]

    operations = [
        migrations.AddField(
            model_name="policy",
            name="harvest_rebalances",
            field=models.BooleanField(
                default=False,
                help_text="A proposal that only takes losses may also rebalance; otherwise each loss is replaced and nothing else moves.",
            ),
        ),
    ]
