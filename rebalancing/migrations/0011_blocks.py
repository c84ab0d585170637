"""Blocks of orders across households, their releases, and the switches that stop sending."""

from __future__ import annotations

from decimal import Decimal

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import clients.models.columns

# The columns of each table that may still change; see 0002_immutable.
OF_AN_ORDER = ("state", "filled_quantity", "average_price", "fees", "ended_at", "end_reason")
STAYS = {
    "release": ("state", "closed_at"),
    "releaserow": ("outcome", "code", "sentence", "settled_at"),
    "tradingstop": ("lifted_at", "lifted_by_id", "lift_reason"),
}

FUNCTIONS = """
CREATE FUNCTION rebalancing_block_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    free text[] := ARRAY['state', 'send_at', 'held_reason', 'sent_at', 'cancel_asked_at', 'cancel_asked_by_id',
        'cancel_reason', 'filled_quantity', 'average_price', 'ended_at', 'end_reason'];
    open text[] := ARRAY['quantity', 'order_type', 'limit_price', 'time_in_force', 'trade_on', 'settles_on', 'route',
        'allocation_statement', 'allocation_sha256', 'allocation_written_at'];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.state IN ('gathering', 'held') THEN
            free := free || open;
        END IF;
        IF to_jsonb(NEW) - free IS DISTINCT FROM to_jsonb(OLD) - free THEN
            RAISE EXCEPTION 'Block % is sealed: what is sent never changes', OLD.id
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'block_stays';
        END IF;
        IF OLD.state IN ('gathering', 'held') AND NEW.state NOT IN ('gathering', 'held', 'canceled') AND NEW.quantity
            IS DISTINCT FROM (SELECT sum(quantity) FROM rebalancing_order WHERE block_id = NEW.id AND state <> 'canceled')
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

CREATE FUNCTION rebalancing_order_is_of_its_block() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM rebalancing_block AS block
        JOIN clients_account AS account ON account.id = NEW.account_id
        WHERE block.id = NEW.block_id AND block.state = 'gathering' AND block.security_id = NEW.security_id
            AND block.side = NEW.side AND block.custodian = account.custodian
    ) THEN
        RAISE EXCEPTION 'An order is refused: it needs a block of its security, side and custodian that takes orders.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_is_of_its_block';
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
    + "".join(stays(table, columns) for table, columns in STAYS.items())
    + always(
        "block",
        "history_stays",
        "UPDATE OR DELETE ON rebalancing_block FOR EACH ROW EXECUTE FUNCTION rebalancing_block_stays()",
    )
    + "".join(never_truncated(table) for table in (*STAYS, "block"))
    + always(
        "order",
        "order_is_of_its_block",
        "INSERT ON rebalancing_order FOR EACH ROW EXECUTE FUNCTION rebalancing_order_is_of_its_block()",
    )
)
BACK = (
    "DROP TRIGGER history_stays ON rebalancing_order;"
    + stays("order", ("state",))
    + "".join(
        f"DROP TRIGGER history_stays ON rebalancing_{table}; DROP TRIGGER never_truncated ON rebalancing_{table};"
        for table in (*STAYS, "block")
    )
    + "DROP FUNCTION rebalancing_block_stays, rebalancing_order_is_of_its_block CASCADE;"
)


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0029_triggers_of_policies"),
        ("rebalancing", "0010_alarms"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Release",
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
                        editable=False, max_length=32, prefix="rl", unique=True
                    ),
                ),
                (
                    "state",
                    clients.models.columns.ChoiceField(
                        choices=[("gathering", "Being put together"), ("closed", "Closed")],
                        default="gathering",
                        max_length=9,
                    ),
                ),
                ("started_at", models.DateTimeField()),
                (
                    "send_at",
                    models.DateTimeField(help_text="When the firm's delay is over and its blocks may leave."),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ("-started_at", "-id"),
            },
        ),
        migrations.CreateModel(
            name="ReleaseRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "position",
                    models.PositiveIntegerField(
                        help_text="In the order drawn for this release, so that nobody is always first."
                    ),
                ),
                (
                    "seen",
                    models.CharField(
                        help_text="The fingerprint of the revision that the trader chose.", max_length=64
                    ),
                ),
                (
                    "outcome",
                    clients.models.columns.ChoiceField(
                        choices=[
                            ("pending", "Not yet looked at"),
                            ("released", "Released"),
                            ("refused", "Refused"),
                        ],
                        default="pending",
                        max_length=8,
                    ),
                ),
                (
                    "code",
                    models.CharField(blank=True, help_text="Why it was refused, as a code.", max_length=40),
                ),
                ("sentence", models.TextField(blank=True, help_text="Why it was refused, in words.")),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ("release", "position"),
            },
        ),
        migrations.CreateModel(
            name="TradingStop",
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
                        editable=False, max_length=32, prefix="ks", unique=True
                    ),
                ),
                (
                    "scope",
                    clients.models.columns.ChoiceField(
                        choices=[
                            ("firm", "The whole firm"),
                            ("custodian", "A custodian"),
                            ("account", "An account"),
                        ],
                        max_length=9,
                    ),
                ),
                (
                    "custodian",
                    clients.models.columns.ChoiceField(
                        blank=True,
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
                ("reason", models.CharField(max_length=300)),
                ("placed_at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                ("lift_reason", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "ordering": ("-placed_at", "-id"),
            },
        ),
        migrations.AddField(
            model_name="batchfile",
            name="version",
            field=models.PositiveSmallIntegerField(
                default=1, help_text="A cancel before sending makes the files anew; only the newest go out."
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="average_price",
            field=models.DecimalField(
                blank=True,
                decimal_places=6,
                help_text="Of its fills; empty while there are none.",
                max_digits=18,
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="end_reason",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="order",
            name="ended_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="order",
            name="fees",
            field=models.DecimalField(
                decimal_places=2, default=0, help_text="Its share of what the broker charged.", max_digits=18
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="filled_quantity",
            field=models.DecimalField(
                decimal_places=6, default=0, help_text="Set by fills alone.", max_digits=20
            ),
        ),
        migrations.AlterField(
            model_name="batchfile",
            name="batch",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="own_files",
                to="rebalancing.orderbatch",
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
                ],
                max_length=21,
            ),
        ),
        clients.models.columns.AlterChoices(
            model_name="order",
            name="state",
            field=clients.models.columns.ChoiceField(
                choices=[
                    ("held", "Held"),
                    ("ready", "Ready to send"),
                    ("exported", "Exported"),
                    ("sent", "Sent"),
                    ("working", "Working"),
                    ("partly_filled", "Partly filled"),
                    ("filled", "Filled"),
                    ("part_filled", "Part filled, the rest is over"),
                    ("rejected", "Rejected"),
                    ("canceled", "Canceled"),
                    ("expired", "Expired"),
                ],
                default="ready",
                max_length=13,
            ),
        ),
        clients.models.columns.AlterChoices(
            model_name="orderbatch",
            name="state",
            field=clients.models.columns.ChoiceField(
                choices=[
                    ("released", "Released"),
                    ("canceled", "Canceled"),
                    ("done", "Done"),
                    ("partly_done", "Partly done"),
                    ("not_traded", "Did not trade"),
                ],
                default="released",
                max_length=11,
            ),
        ),
        migrations.CreateModel(
            name="Block",
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
                        editable=False, max_length=32, prefix="bl", unique=True
                    ),
                ),
                (
                    "reference",
                    models.CharField(
                        help_text="Our id of what is sent: FIX's ClOrdID.", max_length=40, unique=True
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
                    "side",
                    clients.models.columns.ChoiceField(
                        choices=[("buy", "Buy"), ("sell", "Sell")], max_length=4
                    ),
                ),
                (
                    "wave",
                    models.PositiveSmallIntegerField(
                        default=1,
                        help_text="1 goes first; 2 are buys that wait for the proceeds of their accounts' sales.",
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=6, max_digits=20)),
                ("order_type", models.CharField(default="market", max_length=6)),
                ("limit_price", models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True)),
                ("time_in_force", models.CharField(default="day", max_length=3)),
                ("trade_on", models.DateField(help_text="The session it is for.")),
                ("settles_on", models.DateField(help_text="When its trades settle.")),
                (
                    "route",
                    models.CharField(
                        default="file", help_text="`file`, or the name of a FIX session.", max_length=40
                    ),
                ),
                (
                    "state",
                    clients.models.columns.ChoiceField(
                        choices=[
                            ("gathering", "Being put together"),
                            ("held", "Held"),
                            ("ready", "Ready to send"),
                            ("exported", "Exported"),
                            ("sent", "Sent"),
                            ("working", "Working"),
                            ("partly_filled", "Partly filled"),
                            ("filled", "Filled"),
                            ("part_filled", "Part filled, the rest is over"),
                            ("rejected", "Rejected"),
                            ("canceled", "Canceled"),
                            ("expired", "Expired"),
                        ],
                        default="gathering",
                        max_length=13,
                    ),
                ),
                (
                    "allocation_statement",
                    models.TextField(blank=True, help_text="Accounts and quantities, before it is sent."),
                ),
                ("allocation_sha256", models.CharField(blank=True, max_length=64)),
                ("allocation_written_at", models.DateTimeField(blank=True, null=True)),
                ("send_at", models.DateTimeField(help_text="Not before this moment.")),
                (
                    "held_reason",
                    models.CharField(blank=True, help_text="Why it has not left yet.", max_length=300),
                ),
                (
                    "sent_at",
                    models.DateTimeField(
                        blank=True, help_text="Handed out, or given to the FIX session.", null=True
                    ),
                ),
                ("cancel_asked_at", models.DateTimeField(blank=True, null=True)),
                ("cancel_reason", models.CharField(blank=True, max_length=300)),
                ("filled_quantity", models.DecimalField(decimal_places=6, default=0, max_digits=20)),
                (
                    "average_price",
                    models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("end_reason", models.CharField(blank=True, max_length=300)),
                (
                    "cancel_asked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "security",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="blocks",
                        to="clients.security",
                    ),
                ),
            ],
            options={
                "ordering": ("-trade_on", "custodian", "-side", "id"),
            },
        ),
        migrations.AddField(
            model_name="order",
            name="block",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty only for orders of releases from before there were blocks.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="orders",
                to="rebalancing.block",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("average_price__isnull", True),
                    models.Q(("average_price__gte", 0), ("average_price__lte", Decimal("100000000"))),
                    _connector="OR",
                ),
                name="order_average_bounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("fees__isnull", True),
                    models.Q(
                        ("fees__gte", Decimal("-1000000000000")), ("fees__lte", Decimal("1000000000000"))
                    ),
                    _connector="OR",
                ),
                name="order_fees_bounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("average_price", None), ("filled_quantity", 0)),
                    models.Q(
                        ("average_price__isnull", False),
                        ("filled_quantity__gt", 0),
                        ("filled_quantity__lte", models.F("quantity")),
                    ),
                    _connector="OR",
                ),
                name="order_fills_bounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("filled_quantity", models.F("quantity")), ("state", "filled")),
                    models.Q(
                        ("filled_quantity__gt", 0),
                        ("filled_quantity__lt", models.F("quantity")),
                        ("state__in", ("partly_filled", "part_filled")),
                    ),
                    models.Q(
                        ("filled_quantity", 0),
                        (
                            "state__in",
                            (
                                "held",
                                "ready",
                                "exported",
                                "sent",
                                "working",
                                "rejected",
                                "canceled",
                                "expired",
                            ),
                        ),
                    ),
                    _connector="OR",
                ),
                name="order_state_fits_its_fills",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("ended_at__isnull", False),
                        ("state__in", ("filled", "part_filled", "rejected", "canceled", "expired")),
                    ),
                    models.Q(
                        models.Q(
                            ("state__in", ("filled", "part_filled", "rejected", "canceled", "expired")),
                            _negated=True,
                        ),
                        ("ended_at", None),
                    ),
                    _connector="OR",
                ),
                name="order_is_ended_at",
            ),
        ),
        migrations.AddField(
            model_name="release",
            name="started_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="block",
            name="release",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="blocks", to="rebalancing.release"
            ),
        ),
        migrations.AddField(
            model_name="batchfile",
            name="release",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="files",
                to="rebalancing.release",
            ),
        ),
        migrations.AddConstraint(
            model_name="batchfile",
            constraint=models.UniqueConstraint(fields=("release", "name"), name="one_release_file_a_name"),
        ),
        migrations.AddConstraint(
            model_name="batchfile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("batch", None), ("release__isnull", False)),
                    models.Q(("batch__isnull", False), ("release", None)),
                    _connector="OR",
                ),
                name="file_is_of_a_release_or_a_batch",
            ),
        ),
        migrations.AddField(
            model_name="releaserow",
            name="proposal",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="release_rows",
                to="rebalancing.proposal",
            ),
        ),
        migrations.AddField(
            model_name="releaserow",
            name="release",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="rows", to="rebalancing.release"
            ),
        ),
        migrations.AddField(
            model_name="tradingstop",
            name="account",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="trading_stops",
                to="clients.account",
            ),
        ),
        migrations.AddField(
            model_name="tradingstop",
            name="lifted_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="tradingstop",
            name="placed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at", None), ("state", "gathering")),
                    models.Q(("closed_at__isnull", False), ("state", "closed")),
                    _connector="OR",
                ),
                name="release_is_closed_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.CheckConstraint(
                condition=models.Q(("send_at__gte", models.F("started_at"))),
                name="release_is_sent_after_it_starts",
            ),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.UniqueConstraint(
                fields=("release", "custodian", "security", "side", "wave", "trade_on"),
                name="one_block_of_a_release",
            ),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0), ("quantity__lte", Decimal("1000000000000"))),
                name="block_quantity_bounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("limit_price__isnull", True),
                    models.Q(("limit_price__gte", 0), ("limit_price__lte", Decimal("100000000"))),
                    _connector="OR",
                ),
                name="block_limit_bounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("average_price__isnull", True),
                    models.Q(("average_price__gte", 0), ("average_price__lte", Decimal("100000000"))),
                    _connector="OR",
                ),
                name="block_average_bounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("average_price", None), ("filled_quantity", 0)),
                    models.Q(
                        ("average_price__isnull", False),
                        ("filled_quantity__gt", 0),
                        ("filled_quantity__lte", models.F("quantity")),
                    ),
                    _connector="OR",
                ),
                name="block_fills_bounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("filled_quantity", models.F("quantity")), ("state", "filled")),
                    models.Q(
                        ("filled_quantity__gt", 0),
                        ("filled_quantity__lt", models.F("quantity")),
                        ("state__in", ("partly_filled", "part_filled")),
                    ),
                    models.Q(
                        ("filled_quantity", 0),
                        (
                            "state__in",
                            (
                                "gathering",
                                "held",
                                "ready",
                                "exported",
                                "sent",
                                "working",
                                "rejected",
                                "canceled",
                                "expired",
                            ),
                        ),
                    ),
                    _connector="OR",
                ),
                name="block_state_fits_its_fills",
            ),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ("gathering", "held", "canceled")),
                    models.Q(("allocation_sha256__length", 64), ("allocation_written_at__isnull", False)),
                    _connector="OR",
                ),
                name="block_has_its_statement",
            ),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("sent_at", None), ("allocation_written_at__lte", models.F("sent_at")), _connector="OR"
                ),
                name="block_statement_is_written_first",
            ),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("sent_at", None), ("state__in", ("gathering", "held", "ready"))),
                    ("state", "canceled"),
                    models.Q(
                        models.Q(("state__in", ("gathering", "held", "ready", "canceled")), _negated=True),
                        ("sent_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="block_is_sent_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("ended_at__isnull", False),
                        ("state__in", ("filled", "part_filled", "rejected", "canceled", "expired")),
                    ),
                    models.Q(
                        models.Q(
                            ("state__in", ("filled", "part_filled", "rejected", "canceled", "expired")),
                            _negated=True,
                        ),
                        ("ended_at", None),
                    ),
                    _connector="OR",
                ),
                name="block_is_ended_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.CheckConstraint(
                condition=models.Q(("wave__in", (1, 2))), name="block_wave_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="releaserow",
            constraint=models.UniqueConstraint(
                fields=("release", "proposal"), name="one_release_row_a_proposal"
            ),
        ),
        migrations.AddConstraint(
            model_name="releaserow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("code", ""), ("outcome", "pending"), ("settled_at", None)),
                    models.Q(("code", ""), ("outcome", "released"), ("settled_at__isnull", False)),
                    models.Q(
                        ("outcome", "refused"),
                        ("settled_at__isnull", False),
                        models.Q(("code", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="release_row_is_settled",
            ),
        ),
        migrations.AddConstraint(
            model_name="tradingstop",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("account", None), ("custodian", ""), ("scope", "firm")),
                    models.Q(
                        ("account", None), ("scope", "custodian"), models.Q(("custodian", ""), _negated=True)
                    ),
                    models.Q(("account__isnull", False), ("custodian", ""), ("scope", "account")),
                    _connector="OR",
                ),
                name="trading_stop_names_what_it_stops",
            ),
        ),
        migrations.AddConstraint(
            model_name="tradingstop",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lifted_at", None)),
                fields=("scope", "custodian", "account"),
                name="one_trading_stop_in_force",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="tradingstop",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lift_reason", ""), ("lifted_at", None), ("lifted_by", None)),
                    models.Q(
                        ("lifted_at__isnull", False),
                        ("lifted_by__isnull", False),
                        models.Q(("lift_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="trading_stop_is_lifted_by_someone",
            ),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
