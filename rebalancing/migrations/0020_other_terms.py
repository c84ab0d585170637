"""A broker that accepts other terms than it was asked for: what it states is kept, and the block has those terms. Files of
what was filled.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import migrations, models

import clients.models.columns

STAYS = """
CREATE OR REPLACE FUNCTION rebalancing_block_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    free text[] := ARRAY['state', 'send_at', 'held_reason', 'sent_at', 'cancel_asked_at', 'cancel_asked_by_id',
        'cancel_reason', 'filled_quantity', 'average_price', 'ended_at', 'end_reason', 'asked_at', 'agreed_at',
        'agreed_by_id', 'agreed_reason'];
    open text[] := ARRAY['quantity', 'order_type', 'limit_price', 'time_in_force', 'trade_on', 'settles_on', 'route',
        'allocation_statement', 'allocation_sha256', 'allocation_written_at'];
    statement text[] := ARRAY['quantity', 'allocation_statement', 'allocation_sha256', 'allocation_written_at'];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.state IN ('gathering', 'held') THEN
            free := free || open;
        ELSIF OLD.state = 'ready' AND OLD.sent_at IS NULL AND NEW.quantity < OLD.quantity THEN
            -- An order is taken out before anything has left: the statement is made anew.
            free := free || statement;
        ELSIF NEW.quantity <= OLD.quantity AND EXISTS (
            SELECT FROM rebalancing_blockreplacement AS other
            @TERMS@
                AND NEW.allocation_sha256 IN (other.allocation_sha256, OLD.allocation_sha256)
        ) THEN
            -- Other terms that the broker has accepted, with the statement that was stored before they were asked.
            free := free || ARRAY['quantity', 'limit_price', 'allocation_statement', 'allocation_sha256'];
        END IF;
        IF to_jsonb(NEW) - free IS DISTINCT FROM to_jsonb(OLD) - free THEN
            RAISE EXCEPTION 'Block % is sealed: what is sent never changes', OLD.id
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'block_stays';
        END IF;
        IF OLD.state IN ('gathering', 'held', 'ready') AND (NEW.state NOT IN ('gathering', 'held', 'canceled')
                AND OLD.state <> 'ready' OR OLD.state = 'ready' AND NEW.quantity <> OLD.quantity)
            AND NEW.quantity IS DISTINCT FROM
                (SELECT sum(quantity) FROM rebalancing_order WHERE block_id = NEW.id AND state <> 'canceled')
        THEN
            RAISE EXCEPTION 'Block % is refused: it is not the sum of its orders', OLD.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'block_is_its_orders';
        END IF;
        IF NEW.state = 'gathering' AND OLD.state <> 'gathering' OR OLD.sent_at IS NOT NULL AND NEW.sent_at IS NULL THEN
            RAISE EXCEPTION 'Block % is sent already', OLD.id
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'block_stays';
        END IF;
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Block % is history and is never deleted', OLD.id
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'block_stays';
END $$;
"""
AS_ASKED = """WHERE other.block_id = NEW.id AND other.state = 'accepted' AND other.quantity <= NEW.quantity
                AND other.limit_price IS NOT DISTINCT FROM NEW.limit_price"""
AS_STATED = """WHERE other.block_id = NEW.id AND other.state = 'accepted'
                -- Where the broker states its terms they count; it is never more than what was ordered before.
                AND least(coalesce(other.accepted_quantity, other.quantity), other.quantity_before) <= NEW.quantity
                AND CASE WHEN other.limit_price IS NULL THEN NULL
                    ELSE coalesce(other.accepted_limit, other.limit_price) END IS NOT DISTINCT FROM NEW.limit_price"""
ANSWERED = ("state", "answered_at", "answer")


def stays(*changeable: str) -> str:
    listed = ", ".join(f"'{column}'" for column in changeable)
    return (
        "DROP TRIGGER history_stays ON rebalancing_blockreplacement;"
        "CREATE TRIGGER history_stays BEFORE UPDATE OR DELETE ON rebalancing_blockreplacement FOR EACH ROW"
        f" EXECUTE FUNCTION rebalancing_history_stays({listed});"
        "ALTER TABLE rebalancing_blockreplacement ENABLE ALWAYS TRIGGER history_stays;"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("rebalancing", "0018_slices_and_waves"),
    ]

    operations = [
        migrations.AddField(
            model_name="blockreplacement",
            name="accepted_quantity",
            field=models.DecimalField(
                blank=True,
                decimal_places=6,
                help_text="What the broker states that it has on order; empty where it states nothing.",
                max_digits=20,
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="blockreplacement",
            name="accepted_limit",
            field=models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True),
        ),
        migrations.AddField(
            model_name="fill",
            name="ordered",
            field=models.DecimalField(
                blank=True,
                decimal_places=6,
                help_text="What the broker then has on order, where it accepts other terms.",
                max_digits=20,
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="fill",
            name="ordered_limit",
            field=models.DecimalField(
                blank=True, decimal_places=6, help_text="Its limit then.", max_digits=18, null=True
            ),
        ),
        migrations.AddConstraint(
            model_name="blockreplacement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("accepted_quantity__isnull", True),
                    models.Q(("accepted_quantity__gte", 0), ("accepted_quantity__lte", Decimal(10**12))),
                    _connector="OR",
                ),
                name="replacement_accepted_quantity_bounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="blockreplacement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("accepted_limit__isnull", True),
                    models.Q(("accepted_limit__gte", 0), ("accepted_limit__lte", Decimal(10**8))),
                    _connector="OR",
                ),
                name="replacement_accepted_limit_bounded",
            ),
        ),
        clients.models.columns.AlterChoices(
            model_name="batchfile",
            name="kind",
            field=clients.models.columns.ChoiceField(
                choices=[
                    ("orders", "Orders"),
                    ("allocations", "Allocations"),
                    ("lots", "Lot sheet"),
                    ("basket", "Custodian basket"),
                    ("custodian", "In the custodian's layout"),
                    ("custodian_allocations", "Allocations in the custodian's layout"),
                    ("custodian_filled", "What was filled, in the custodian's layout"),
                ],
                max_length=21,
            ),
        ),
        clients.models.columns.AlterChoices(
            model_name="orderlayout",
            name="kind",
            field=clients.models.columns.ChoiceField(
                choices=[
                    ("orders", "Orders"),
                    ("allocations", "Allocations, with the orders"),
                    ("filled", "Allocations, of what was filled"),
                ],
                max_length=11,
            ),
        ),
        migrations.RunSQL(
            STAYS.replace("@TERMS@", AS_STATED) + stays(*ANSWERED, "accepted_quantity", "accepted_limit"),
            STAYS.replace("@TERMS@", AS_ASKED) + stays(*ANSWERED),
        ),
    ]
