"""Halts and spreads of a market day become halts and quotes of a moment, and the volatility index a register of its own.

Every row is carried over under the id it had, also those that were taken back. A halt of a day lasts from its midnight to the
next. A spread of a day becomes a quote of its close around the closing price, so that its spread is the same; where the record
has no price of the security at all, it is carried over as ended. Going back, what has no place in the old table stays where
it is or is left out: a halt of the whole market loses its hours.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import clients.models.columns
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


NEW_YORK = ZoneInfo("America/New_York")
OF_A_DAY = " (of the day)"
UNPRICED = "No price is on record around which to quote it"
CORRECTED, CHANGED = "Corrected", "Changed"
LEAST, MOST = Decimal("0.000001"), Decimal("100000000")
STAYS = "'ended_at', 'ended_by_id', 'end_reason'"
TOOK_BACK = "'cancelled_at', 'cancelled_by_id', 'cancel_reason'"
LEVELS_STAY = (
    "CREATE TRIGGER entered_stays BEFORE UPDATE OR DELETE ON clients_volatilitylevel"
    f" FOR EACH ROW EXECUTE FUNCTION clients_entered_stays({STAYS});"
    "ALTER TABLE clients_volatilitylevel ENABLE ALWAYS TRIGGER entered_stays;"
)
LEVELS_MAY_GO = "DROP TRIGGER IF EXISTS entered_stays ON clients_volatilitylevel;"
CONDITIONS_STAY = (
    "CREATE TRIGGER entered_stays BEFORE UPDATE OR DELETE ON clients_marketcondition"
    f" FOR EACH ROW EXECUTE FUNCTION clients_entered_stays({TOOK_BACK});"
    "ALTER TABLE clients_marketcondition ENABLE ALWAYS TRIGGER entered_stays;"
)
NOW = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;"


def carry(apps: Any, schema_editor: Any) -> None:
    Condition = apps.get_model("clients", "MarketCondition")
    targets = {
        "halt": (apps.get_model("clients", "TradingHalt"), _halt),
        "spread": (apps.get_model("clients", "Quote"), _quote),
        "implied": (apps.get_model("clients", "VolatilityLevel"), _level),
    }
    rows = list(Condition.objects.order_by("pk"))
    kinds = {row.pk: row.kind for row in rows}
    replaced = {row.replaces_id: row.kind for row in rows if row.replaces_id}
    carried: dict[int, Any] = {}
    for row in rows:
        model, values = targets[row.kind]
        goes_on = replaced.get(row.pk) == row.kind
        ended = {
            "ended_at": row.cancelled_at,
            "ended_by_id": row.cancelled_by_id,
            "end_reason": CHANGED if goes_on and row.cancel_reason == CORRECTED else row.cancel_reason,
        }
        before = carried.get(row.replaces_id) if kinds.get(row.replaces_id) == row.kind else None
        carried[row.pk] = model.objects.create(
            **{
                "public_id": row.public_id,
                "source": row.source,
                "entered_by_id": row.entered_by_id,
                "entered_at": row.entered_at,
                "replaces": before,
                **ended,
                **values(apps, row),
            }
        )
    schema_editor.execute(NOW, None)


def carry_back(apps: Any, schema_editor: Any) -> None:
    Condition = apps.get_model("clients", "MarketCondition")
    Halt, Quote = apps.get_model("clients", "TradingHalt"), apps.get_model("clients", "Quote")
    Level = apps.get_model("clients", "VolatilityLevel")
    found = [
        *((row, "halt", row.starts_at, None) for row in Halt.objects.all() if _goes_back(row)),
        *((row, "spread", row.quoted_at, _spread(row)) for row in Quote.objects.all() if _goes_back(row)),
        *((row, "implied", row.market_on, row.level) for row in Level.objects.all()),
    ]
    for row, kind, when, value in sorted(found, key=lambda one: (one[0].entered_at, one[0].pk)):
        day = when.astimezone(NEW_YORK).date() if isinstance(when, datetime) else when
        security = getattr(row, "security_id", None)
        ended_at, reason = row.ended_at, row.end_reason
        if reason == UNPRICED:
            ended_at, reason = None, ""
        if row.entered_by_id is None or Condition.objects.filter(
            cancelled_at=None, market_on=day, kind=kind, security=security
        ).exists():
            continue
        Condition.objects.create(
            public_id=row.public_id,
            market_on=day,
            kind=kind,
            security_id=security,
            value=value,
            source=row.source.removesuffix(OF_A_DAY),
            entered_by_id=row.entered_by_id,
            entered_at=row.entered_at,
            cancelled_at=ended_at,
            cancelled_by_id=(row.ended_by_id or row.entered_by_id) if ended_at else None,
            cancel_reason=(CORRECTED if reason == CHANGED else reason) if ended_at else "",
        )
    schema_editor.execute(NOW, None)
    for model in (Halt, Quote):
        table = model._meta.db_table
        going = ", ".join(str(row.pk) for row in model.objects.all() if _goes_back(row)) or "0"
        schema_editor.execute(f"ALTER TABLE {table} DISABLE TRIGGER entered_stays", None)
        # What took a row's place since stays, without the row it took the place of.
        schema_editor.execute(
            f"UPDATE {table} SET replaces_id = NULL WHERE replaces_id IN ({going}) AND id NOT IN ({going})", None
        )
        schema_editor.execute(f"DELETE FROM {table} WHERE id IN ({going})", None)
        schema_editor.execute(NOW, None)
        schema_editor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER entered_stays", None)


def _goes_back(row: Any) -> bool:
    return row.public_id.startswith("mk_") or (hasattr(row, "starts_at") and row.security_id is None)


def _spread(row: Any) -> Decimal:
    return ((row.ask - row.bid) / ((row.ask + row.bid) / 2)).quantize(LEAST)


def _halt(apps: Any, row: Any) -> dict[str, Any]:
    model = apps.get_model("clients", "TradingHalt")
    starts_at = _moment(row.market_on, time(0))
    while model.objects.filter(security=row.security, kind="halt", starts_at=starts_at, ended_at=None).exists():
        starts_at += timedelta(seconds=1)
    ends_at = _moment(row.market_on + timedelta(days=1), time(0))
    return {"security": row.security, "kind": "halt", "starts_at": starts_at, "ends_at": ends_at}


def _quote(apps: Any, row: Any) -> dict[str, Any]:
    model, prices = apps.get_model("clients", "Quote"), apps.get_model("clients", "Price").objects
    of_it = prices.filter(security=row.security, price__gt=0)
    near = (
        of_it.filter(as_of_on__lte=row.market_on).order_by("-as_of_on", "-pk").first()
        or of_it.order_by("as_of_on", "pk").first()
    )
    price = near.price if near else Decimal(100)
    quoted_at = _moment(row.market_on, time(16))
    while model.objects.filter(security=row.security, quoted_at=quoted_at, ended_at=None).exists():
        quoted_at -= timedelta(seconds=1)
    values = {
        "security": row.security,
        "quoted_at": quoted_at,
        "bid": max((price * (1 - row.value / 2)).quantize(LEAST), LEAST),
        "ask": min((price * (1 + row.value / 2)).quantize(LEAST), MOST),
    }
    if len(row.source) + len(OF_A_DAY) <= 200:
        values["source"] = f"{row.source}{OF_A_DAY}"
    if near is None and row.cancelled_at is None:
        values |= {"ended_at": row.entered_at, "ended_by_id": row.entered_by_id, "end_reason": UNPRICED}
    return values


def _level(apps: Any, row: Any) -> dict[str, Any]:
    return {"market_on": row.market_on, "level": row.value}


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=NEW_YORK)


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0029_triggers_of_policies'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='VolatilityLevel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it stands.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='vl', unique=True)),
                ('market_on', models.DateField(help_text='The market day.')),
                ('level', models.DecimalField(decimal_places=6, max_digits=9)),
                ('source', models.CharField(max_length=200)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.volatilitylevel')),
            ],
            options={
                'ordering': ('-market_on', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('level__isnull', True), models.Q(('level__gte', Decimal('0.000001')), ('level__lte', Decimal('999.999999'))), _connector='OR'), name='volatility_level_bounded'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('market_on',), name='one_volatility_level_a_day')],
            },
        ),
        migrations.RunSQL(LEVELS_STAY, LEVELS_MAY_GO),
        migrations.RemoveConstraint(model_name='tradinghalt', name='one_halt_of_a_kind'),
        migrations.AlterField(
            model_name='tradinghalt',
            name='security',
            field=models.ForeignKey(blank=True, help_text='Empty: the whole market.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='halts', to='clients.security'),
        ),
        migrations.AlterField(
            model_name='tradinghalt',
            name='ends_at',
            field=models.DateTimeField(blank=True, help_text='Empty: trading has not resumed.', null=True),
        ),
        migrations.AddConstraint(
            model_name='tradinghalt',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('security', 'kind', 'starts_at'), name='one_halt_of_a_kind', nulls_distinct=False),
        ),
        migrations.RunPython(carry, carry_back),
        migrations.RunSQL(migrations.RunSQL.noop, CONDITIONS_STAY),
        migrations.DeleteModel(name='MarketCondition'),
    ]
