"""Other plans beside a revision are worked out when somebody first opens it, so that they come after its review began."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

# A comparison is written once, after its points, and is history from then on; see 0002_immutable.
FORWARD = """
CREATE FUNCTION rebalancing_comparison_takes_no_more() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM rebalancing_comparison WHERE revision_id = NEW.revision_id) THEN
        RAISE EXCEPTION 'A row of % is refused: revision % was compared.', TG_TABLE_NAME, NEW.revision_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'comparison_takes_no_more';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER revision_takes_no_more ON rebalancing_frontierpoint;
CREATE TRIGGER comparison_takes_no_more BEFORE INSERT ON rebalancing_frontierpoint
    FOR EACH ROW EXECUTE FUNCTION rebalancing_comparison_takes_no_more();
ALTER TABLE rebalancing_frontierpoint ENABLE ALWAYS TRIGGER comparison_takes_no_more;
CREATE TRIGGER history_stays BEFORE UPDATE OR DELETE ON rebalancing_comparison
    FOR EACH ROW EXECUTE FUNCTION rebalancing_history_stays();
ALTER TABLE rebalancing_comparison ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_comparison
    FOR EACH STATEMENT EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE rebalancing_comparison ENABLE ALWAYS TRIGGER never_truncated;
"""
BACK = """
DROP TRIGGER never_truncated ON rebalancing_comparison;
DROP TRIGGER history_stays ON rebalancing_comparison;
DROP FUNCTION rebalancing_comparison_takes_no_more CASCADE;
CREATE TRIGGER revision_takes_no_more BEFORE INSERT ON rebalancing_frontierpoint
    FOR EACH ROW EXECUTE FUNCTION rebalancing_revision_takes_no_more();
ALTER TABLE rebalancing_frontierpoint ENABLE ALWAYS TRIGGER revision_takes_no_more;
"""


class Migration(migrations.Migration):
    dependencies = [("rebalancing", "0022_scans_at_firm_scale")]

    operations = [
        migrations.CreateModel(
            name="Comparison",
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
                    "removal_costs",
                    models.JSONField(
                        default=list,
                        help_text="What leaving each order out would cost: order, tax, drift, objective, explanation.",
                    ),
                ),
                (
                    "why_without",
                    models.TextField(
                        blank=True,
                        help_text="Why something is missing from the comparison; empty where nothing is.",
                    ),
                ),
                (
                    "revision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comparison",
                        to="rebalancing.revision",
                    ),
                ),
            ],
            options={"ordering": ("revision",)},
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
