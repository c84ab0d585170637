"""A released proposal ends as its orders did: filled, part filled, or nothing traded."""

from __future__ import annotations

from django.db import migrations

import clients.models.columns

# What a proposal of a batch has to be, from its orders alone; see rebalancing/proposals/ends.py.
BORNE_OUT = """
    SELECT CASE
        WHEN count(*) = 0 OR bool_or(o.state NOT IN ('filled', 'part_filled', 'rejected', 'canceled', 'expired'))
            THEN 'released'
        WHEN bool_and(o.state = 'filled') THEN 'filled'
        WHEN bool_or(o.filled_quantity > 0) THEN 'part_filled'
        ELSE 'not_traded' END
    FROM rebalancing_order AS o
    JOIN rebalancing_orderbatch AS batch ON batch.id = o.batch_id
    JOIN rebalancing_revision AS revision ON revision.id = batch.revision_id
"""

FORWARD = f"""
UPDATE rebalancing_proposal AS proposal SET state = ({BORNE_OUT} WHERE revision.proposal_id = proposal.id)
WHERE state = 'released' AND state <> ({BORNE_OUT} WHERE revision.proposal_id = proposal.id);

CREATE FUNCTION rebalancing_proposal_ends_as_its_orders() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    became text;
BEGIN
    IF NEW.state IN ('filled', 'part_filled', 'not_traded') THEN
        became := ({BORNE_OUT} WHERE revision.proposal_id = NEW.id);
        IF became <> NEW.state THEN
            RAISE EXCEPTION 'Proposal % is refused the state %: its orders are %.', NEW.id, NEW.state, became
                USING ERRCODE = 'check_violation', CONSTRAINT = 'proposal_ends_as_its_orders';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER proposal_ends_as_its_orders BEFORE INSERT OR UPDATE OF state ON rebalancing_proposal
    FOR EACH ROW EXECUTE FUNCTION rebalancing_proposal_ends_as_its_orders();
ALTER TABLE rebalancing_proposal ENABLE ALWAYS TRIGGER proposal_ends_as_its_orders;
"""
BACK = """
DROP TRIGGER proposal_ends_as_its_orders ON rebalancing_proposal;
DROP FUNCTION rebalancing_proposal_ends_as_its_orders;
UPDATE rebalancing_proposal SET state = 'released' WHERE state IN ('filled', 'part_filled', 'not_traded');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("rebalancing", "0013_fix_sessions"),
    ]

    operations = [
        clients.models.columns.AlterChoices(
            model_name="proposal",
            name="state",
            field=clients.models.columns.ChoiceField(
                choices=[
                    ("in_review", "In review"),
                    ("returned", "Changes requested"),
                    ("approved", "Approved"),
                    ("released", "Released"),
                    ("filled", "Filled"),
                    ("part_filled", "Part filled"),
                    ("not_traded", "Nothing traded"),
                    ("rejected", "Rejected"),
                    ("withdrawn", "Withdrawn"),
                    ("expired", "Expired"),
                ],
                default="in_review",
                max_length=11,
            ),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
