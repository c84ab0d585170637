"""The plans of a revision's frontier are worked out when somebody first opens it, and are history from then on."""

from __future__ import annotations

import django.db.models.deletion
from decimal import Decimal
from django.db import migrations, models


# Written once, the plans first; see 0002_immutable and 0023_compared_when_opened.
TABLES = ("rebalancing_frontierplan", "rebalancing_frontier")
FORWARD = """
CREATE FUNCTION rebalancing_frontier_takes_no_more() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM rebalancing_frontier WHERE revision_id = NEW.revision_id) THEN
        RAISE EXCEPTION 'A row of % is refused: the frontier of revision % is worked out.', TG_TABLE_NAME, NEW.revision_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'frontier_takes_no_more';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER frontier_takes_no_more BEFORE INSERT ON rebalancing_frontierplan
    FOR EACH ROW EXECUTE FUNCTION rebalancing_frontier_takes_no_more();
ALTER TABLE rebalancing_frontierplan ENABLE ALWAYS TRIGGER frontier_takes_no_more;
""" + "".join(
    f"""
CREATE TRIGGER history_stays BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION rebalancing_history_stays();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER never_truncated;
"""
    for table in TABLES
)
BACK = (
    "".join(
        f"DROP TRIGGER never_truncated ON {table}; DROP TRIGGER history_stays ON {table};" for table in TABLES
    )
    + "DROP FUNCTION rebalancing_frontier_takes_no_more CASCADE;"
)


class Migration(migrations.Migration):
    dependencies = [
        ("rebalancing", "0030_replays"),
    ]

    operations = [
        migrations.CreateModel(
            name="Frontier",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("engine_version", models.CharField(max_length=40)),
                (
                    "why_without",
                    models.TextField(
                        blank=True, help_text="Why a plan is missing from it; empty where none is."
                    ),
                ),
                (
                    "revision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="worked_out_frontier",
                        to="rebalancing.revision",
                    ),
                ),
            ],
            options={
                "ordering": ("revision",),
            },
        ),
        migrations.CreateModel(
            name="FrontierPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "position",
                    models.PositiveSmallIntegerField(help_text="From doing nothing to nearest to target."),
                ),
                (
                    "ways",
                    models.JSONField(
                        help_text="The names of the ways that come to it, the first one the asked for."
                    ),
                ),
                ("plan_document", models.TextField(help_text="The engine's answer, plan/1, byte for byte.")),
                ("input_digest", models.CharField(max_length=64)),
                ("plan_digest", models.CharField(max_length=64)),
                ("verifier_signature", models.CharField(max_length=128)),
                (
                    "tax",
                    models.DecimalField(
                        decimal_places=2,
                        help_text="What it would add to this year's taxes; negative lowers them.",
                        max_digits=18,
                    ),
                ),
                (
                    "tax_is_known",
                    models.BooleanField(
                        help_text="Whether every gain that it takes is known; where not, the tax is what was counted."
                    ),
                ),
                ("net_gain", models.DecimalField(decimal_places=2, max_digits=18)),
                (
                    "drift",
                    models.DecimalField(
                        decimal_places=6,
                        help_text="Half the sum of the distances from target that it leaves.",
                        max_digits=9,
                    ),
                ),
                (
                    "out_of_band",
                    models.PositiveSmallIntegerField(help_text="Classes that it leaves outside their bands."),
                ),
                (
                    "turnover",
                    models.DecimalField(
                        decimal_places=6, help_text="One-way, as a fraction of the portfolio.", max_digits=9
                    ),
                ),
                ("orders", models.PositiveSmallIntegerField()),
                (
                    "orders_apart",
                    models.PositiveSmallIntegerField(
                        help_text="Orders added, removed or changed against the revision's own plan."
                    ),
                ),
                ("cost", models.DecimalField(decimal_places=2, help_text="Estimated spread.", max_digits=18)),
                (
                    "gap_bps",
                    models.DecimalField(
                        decimal_places=3,
                        help_text="How far from proven best, in basis points of the portfolio.",
                        max_digits=14,
                    ),
                ),
                ("can_be_sent", models.BooleanField(help_text="Whether it trades, and within every limit.")),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="frontier_plans",
                        to="rebalancing.revision",
                    ),
                ),
            ],
            options={
                "ordering": ("revision", "position"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("revision", "position"), name="one_frontier_plan_a_position"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("verifier_signature", ""), _negated=True),
                        name="frontier_plan_is_signed_by_the_verifier",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("input_digest__length", 64), ("plan_digest__length", 64)),
                        name="frontier_plan_digests_are_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("tax__isnull", True),
                            models.Q(
                                ("tax__gte", Decimal("-1000000000000")),
                                ("tax__lte", Decimal("1000000000000")),
                            ),
                            _connector="OR",
                        ),
                        name="frontier_plan_tax_bounded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("net_gain__isnull", True),
                            models.Q(
                                ("net_gain__gte", Decimal("-1000000000000")),
                                ("net_gain__lte", Decimal("1000000000000")),
                            ),
                            _connector="OR",
                        ),
                        name="frontier_plan_gain_bounded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("drift__isnull", True),
                            models.Q(("drift__gte", 0), ("drift__lte", 100)),
                            _connector="OR",
                        ),
                        name="frontier_plan_drift_bounded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("turnover__isnull", True),
                            models.Q(("turnover__gte", 0), ("turnover__lte", 100)),
                            _connector="OR",
                        ),
                        name="frontier_plan_turnover_bounded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cost__isnull", True),
                            models.Q(("cost__gte", 0), ("cost__lte", Decimal("1000000000000"))),
                            _connector="OR",
                        ),
                        name="frontier_plan_cost_bounded",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
