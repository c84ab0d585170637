"""Slices over days, purchases that wait for their sales, replacements of what is out, and column maps of order files."""

from __future__ import annotations

from decimal import Decimal

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import clients.models.columns

# The columns of each table that may still change; see 0011_blocks.
OF_AN_ORDER = (
    *(
        "state",
        "filled_quantity",
        "average_price",
        "fees",
        "ended_at",
        "end_reason",
        "cleared_at",
        "clean_from",
    ),
    # Fewer shares than were approved, while the order is held and in no statement: see `rebalancing_order_shrinks`.
    *("quantity", "reduced_reason"),
)
BEFORE = ("state", "filled_quantity", "average_price", "fees", "ended_at", "end_reason")
STAYS = {
    "blockreplacement": ("state", "answered_at", "answer"),
    "orderlayout": ("retired_at", "retired_by_id", "retire_reason"),
}

FUNCTIONS = """
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
            WHERE other.block_id = NEW.id AND other.state = 'accepted' AND other.quantity <= NEW.quantity
                AND other.limit_price IS NOT DISTINCT FROM NEW.limit_price
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

CREATE FUNCTION rebalancing_order_shrinks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'held' AND OLD.side = 'buy' AND NEW.quantity < OLD.quantity AND NEW.quantity > 0
        AND NEW.reduced_reason <> ''
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Order % is history: only a purchase that is held becomes smaller, with its reason', OLD.id
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'order_shrinks';
END $$;

CREATE OR REPLACE FUNCTION rebalancing_batch_takes_no_more() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    row jsonb := to_jsonb(NEW);
    parent bigint;
BEGIN
    parent := CASE WHEN TG_TABLE_NAME = 'rebalancing_orderlot'
        THEN (SELECT batch_id FROM rebalancing_order WHERE id = (row ->> 'order_id')::bigint)
        ELSE (row ->> 'batch_id')::bigint END;
    IF EXISTS (
        SELECT FROM rebalancing_orderbatch AS batch
        JOIN compliance_approval AS approval ON approval.id = batch.approval_id
        JOIN compliance_review AS review ON review.id = approval.review_id
        WHERE batch.id = parent AND review.used_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'A row of % is refused: batch % is released.', TG_TABLE_NAME, parent
            USING ERRCODE = 'check_violation', CONSTRAINT = 'batch_takes_no_more';
    END IF;
    IF TG_TABLE_NAME = 'rebalancing_order' AND NOT EXISTS (
        SELECT FROM rebalancing_proposedorder AS proposed
        JOIN rebalancing_orderbatch AS batch ON batch.revision_id = proposed.revision_id
        WHERE proposed.id = (row ->> 'proposed_id')::bigint AND batch.id = parent
            AND proposed.account_id = (row ->> 'account_id')::bigint
            AND proposed.security_id = (row ->> 'security_id')::bigint
            AND proposed.side = row ->> 'side'
            -- A slice is part of what was approved; the last one makes it whole.
            AND CASE WHEN (row ->> 'slice')::int = (row ->> 'slices')::int
                THEN proposed.quantity = (row ->> 'quantity')::numeric + (
                    SELECT coalesce(sum(quantity), 0) FROM rebalancing_order WHERE proposed_id = proposed.id)
                ELSE proposed.quantity > (row ->> 'quantity')::numeric END
    ) THEN
        RAISE EXCEPTION 'An order is refused: it is not what was proposed and approved.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_is_what_was_proposed';
    END IF;
    RETURN NEW;
END $$;
"""


def always(table: str, name: str, body: str) -> str:
    return (
        f"CREATE TRIGGER {name} BEFORE {body};ALTER TABLE rebalancing_{table} ENABLE ALWAYS TRIGGER {name};"
    )


def stays(table: str, changeable: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{column}'" for column in changeable)
    return always(
        table,
        "history_stays",
        f"UPDATE OR DELETE ON rebalancing_{table} FOR EACH ROW EXECUTE FUNCTION rebalancing_history_stays({listed})",
    )


def never_truncated(table: str) -> str:
    return always(
        table,
        "never_truncated",
        f"TRUNCATE ON rebalancing_{table} FOR EACH STATEMENT EXECUTE FUNCTION compliance_refuse_change()",
    )


FORWARD = (
    FUNCTIONS
    + "DROP TRIGGER history_stays ON rebalancing_order;"
    + stays("order", OF_AN_ORDER)
    + always(
        "order",
        "order_shrinks",
        "UPDATE ON rebalancing_order FOR EACH ROW WHEN (NEW.quantity IS DISTINCT FROM OLD.quantity OR"
        " NEW.reduced_reason IS DISTINCT FROM OLD.reduced_reason) EXECUTE FUNCTION rebalancing_order_shrinks()",
    )
    + "".join(stays(table, columns) + never_truncated(table) for table, columns in STAYS.items())
)
BACK = (
    "DROP TRIGGER history_stays ON rebalancing_order; DROP TRIGGER order_shrinks ON rebalancing_order;"
    + "DROP FUNCTION rebalancing_order_shrinks;"
    + stays("order", BEFORE)
    + "".join(
        f"DROP TRIGGER history_stays ON rebalancing_{table}; DROP TRIGGER never_truncated ON rebalancing_{table};"
        for table in STAYS
    )
)


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0031_facts_are_entered"),
        ("rebalancing", "0017_fix_held_back"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BlockReplacement",
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
                        editable=False, max_length=32, prefix="bp", unique=True
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "quantity",
                    models.DecimalField(
                        decimal_places=6,
                        help_text="What is then ordered, what was filled before included.",
                        max_digits=20,
                    ),
                ),
                ("limit_price", models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True)),
                ("quantity_before", models.DecimalField(decimal_places=6, max_digits=20)),
                ("limit_before", models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True)),
                ("allocation_statement", models.TextField()),
                ("allocation_sha256", models.CharField(max_length=64)),
                ("reason", models.CharField(max_length=300)),
                ("asked_at", models.DateTimeField()),
                (
                    "state",
                    clients.models.columns.ChoiceField(
                        choices=[
                            ("asked", "Asked of the broker"),
                            ("accepted", "Accepted by the broker"),
                            ("refused", "Not accepted"),
                        ],
                        default="asked",
                        max_length=8,
                    ),
                ),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("answer", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "ordering": ("block", "number"),
            },
        ),
        migrations.CreateModel(
            name="OrderLayout",
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
                        editable=False, max_length=32, prefix="ol", unique=True
                    ),
                ),
                (
                    "custodian",
                    clients.models.columns.ChoiceField(
                        choices=[
                            ("schwab", "Schwab"),
                            ("fidelity", "Fidelity"),
                            ("ibkr", "Interactive Brokers"),
                            ("vanguard", "Vanguard"),
                            ("house", "House format"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "kind",
                    clients.models.columns.ChoiceField(
                        choices=[("orders", "Orders"), ("allocations", "Allocations")], max_length=11
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                (
                    "columns",
                    models.TextField(help_text="One column a line: Caption = field.", max_length=4000),
                ),
                (
                    "has_captions",
                    models.BooleanField(default=True, help_text="Whether the first line names the columns."),
                ),
                (
                    "delimiter",
                    clients.models.columns.ChoiceField(
                        choices=[(",", "Comma"), (";", "Semicolon"), ("\t", "Tab"), ("|", "Bar")],
                        default=",",
                        max_length=1,
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        help_text="Who says that the custodian takes this, and when.", max_length=300
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                ("retire_reason", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "verbose_name": "order file layout",
                "ordering": ("custodian", "kind", "-made_at", "-id"),
            },
        ),
        migrations.RemoveConstraint(
            model_name="block",
            name="one_block_of_a_release",
        ),
        migrations.AddField(
            model_name="block",
            name="agreed_at",
            field=models.DateTimeField(blank=True, help_text="When a trader said that it goes.", null=True),
        ),
        migrations.AddField(
            model_name="block",
            name="agreed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="block",
            name="agreed_reason",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="block",
            name="asked_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When a check of a later day failed, so that a trader is asked whether it still goes.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="clean_from",
            field=models.DateField(
                blank=True,
                help_text="A purchase paid with proceeds that settle this day is not sold before it (Regulation T).",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="cleared_at",
            field=models.DateTimeField(
                blank=True, help_text="When its account's sales were over and it was paid for.", null=True
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="reduced_reason",
            field=models.CharField(
                blank=True, help_text="Why fewer shares are bought than were approved.", max_length=300
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="slice",
            field=models.PositiveSmallIntegerField(default=1, help_text="Which slice of what was approved."),
        ),
        migrations.AddField(
            model_name="order",
            name="slices",
            field=models.PositiveSmallIntegerField(
                default=1, help_text="How many slices it was cut into; 1: not cut."
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="waits_for_sales",
            field=models.BooleanField(
                default=False, help_text="A purchase that leaves once its account's sales are over."
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="proposed",
            field=models.ForeignKey(
                help_text="What was approved. Where it is cut into slices, each slice is an order.",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="order",
                to="rebalancing.proposedorder",
            ),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "gathering")),
                fields=("release", "custodian", "security", "side", "wave", "trade_on"),
                name="one_block_of_a_release",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(fields=("proposed", "slice"), name="one_order_a_slice"),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(("slice__gte", 1), ("slice__lte", models.F("slices"))),
                name="order_slice_is_one_of_them",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cleared_at", None), ("waits_for_sales", False)),
                    models.Q(("side", "buy"), ("waits_for_sales", True)),
                    _connector="OR",
                ),
                name="order_waits_as_a_purchase",
            ),
        ),
        migrations.AddField(
            model_name="blockreplacement",
            name="asked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="blockreplacement",
            name="block",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replacements",
                to="rebalancing.block",
            ),
        ),
        migrations.AddField(
            model_name="blockreplacement",
            name="without",
            field=models.ForeignKey(
                blank=True,
                help_text="The order that is taken out of the block; empty where all stay.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="rebalancing.order",
            ),
        ),
        migrations.AddField(
            model_name="orderlayout",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="orderlayout",
            name="replaces",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replaced_by",
                to="rebalancing.orderlayout",
            ),
        ),
        migrations.AddField(
            model_name="orderlayout",
            name="retired_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="blockreplacement",
            constraint=models.UniqueConstraint(fields=("block", "number"), name="one_replacement_a_number"),
        ),
        migrations.AddConstraint(
            model_name="blockreplacement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "asked")), fields=("block",), name="one_replacement_asked"
            ),
        ),
        migrations.AddConstraint(
            model_name="blockreplacement",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0), ("quantity__lte", Decimal("1000000000000"))),
                name="replacement_quantity_bounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="blockreplacement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("limit_price__isnull", True),
                    models.Q(("limit_price__gte", 0), ("limit_price__lte", Decimal("100000000"))),
                    _connector="OR",
                ),
                name="replacement_limit_bounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="blockreplacement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answered_at", None), ("state", "asked")),
                    models.Q(models.Q(("state", "asked"), _negated=True), ("answered_at__isnull", False)),
                    _connector="OR",
                ),
                name="replacement_is_answered_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="blockreplacement",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="replacement_has_its_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="orderlayout",
            constraint=models.UniqueConstraint(
                condition=models.Q(("retired_at", None)),
                fields=("custodian", "kind"),
                name="one_order_layout_in_force",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderlayout",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("name", ""), _negated=True),
                    models.Q(("columns", ""), _negated=True),
                    models.Q(("source", ""), _negated=True),
                ),
                name="order_layout_says_where_from",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderlayout",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("retire_reason", ""), ("retired_at", None), ("retired_by", None)),
                    models.Q(
                        ("retired_at__isnull", False),
                        ("retired_by__isnull", False),
                        models.Q(("retire_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="order_layout_is_retired_by_someone",
            ),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
