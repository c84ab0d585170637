"""FIX sessions with brokers, what is received on them and what is to be sent. What came and what left stays as it was."""

from __future__ import annotations

import clients.encryption
import clients.models.columns
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


RECEIVED = "'done_at', 'attempts', 'trouble', 'raw', 'settled_at', 'settled_by_id', 'settle_reason'"  # `raw` is written anew under a new key.
TO_SEND = (
    "'sent_at', 'epoch', 'number', 'raw', 'message', 'withheld_at', 'withheld_reason', 'outcome_taken_at', 'answered_at',"
    " 'answer'"
)
FORWARD = "".join(
    f"CREATE TRIGGER history_stays BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW"
    f" EXECUTE FUNCTION rebalancing_history_stays({later});"
    f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER history_stays;"
    for table, later in (("rebalancing_fixinbox", RECEIVED), ("rebalancing_fixoutbox", TO_SEND))
)
BACK = (
    "DROP TRIGGER IF EXISTS history_stays ON rebalancing_fixinbox;"
    "DROP TRIGGER IF EXISTS history_stays ON rebalancing_fixoutbox;"
)


class Migration(migrations.Migration):

    dependencies = [
        ('rebalancing', '0012_fills'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FixSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='fx', unique=True)),
                ('name', models.CharField(help_text='What the desk calls the broker.', max_length=40)),
                ('custodian', clients.models.columns.ChoiceField(choices=[('schwab', 'Schwab'), ('fidelity', 'Fidelity'), ('ibkr', 'Interactive Brokers'), ('vanguard', 'Vanguard'), ('house', 'House format')], help_text='Whose accounts its orders are for.', max_length=10)),
                ('our_comp_id', models.CharField(max_length=40, verbose_name='our CompID')),
                ('their_comp_id', models.CharField(max_length=40, verbose_name='their CompID')),
                ('host', models.CharField(max_length=200)),
                ('port', models.PositiveIntegerField()),
                ('uses_tls', models.BooleanField(default=True, verbose_name='TLS')),
                ('block_account', clients.encryption.EncryptedTextField(blank=True, default='', help_text="The broker's account for blocks, before they are allocated.")),
                ('heartbeat_seconds', models.PositiveSmallIntegerField(default=30)),
                ('is_enabled', models.BooleanField(default=False, help_text='Blocks are sent here, and it may log on.')),
                ('is_wanted', models.BooleanField(default=True, help_text='Whether the desk wants it logged on.')),
                ('made_at', models.DateTimeField()),
                ('retired_at', models.DateTimeField(blank=True, null=True)),
                ('retire_reason', models.CharField(blank=True, max_length=200)),
                ('state', clients.models.columns.ChoiceField(choices=[('off', 'Off'), ('connecting', 'Connecting'), ('logged_on', 'Logged on'), ('refused', 'Cannot log on')], default='off', max_length=10)),
                ('state_at', models.DateTimeField(blank=True, null=True)),
                ('epoch', models.PositiveIntegerField(default=1)),
                ('epoch_began_at', models.DateTimeField()),
                ('next_out', models.PositiveIntegerField(default=1, verbose_name='next number out')),
                ('next_in', models.PositiveIntegerField(default=1, verbose_name='next number in')),
                ('is_reset_wanted', models.BooleanField(default=False, help_text='The next logon begins at number 1 again.')),
                ('heard_at', models.DateTimeField(blank=True, help_text='The last message of theirs, also heartbeats.', null=True)),
                ('last_error', models.CharField(blank=True, max_length=300)),
                ('last_error_at', models.DateTimeField(blank=True, null=True)),
                ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'FIX session',
                'ordering': ('retired_at', 'name', 'id'),
            },
        ),
        migrations.CreateModel(
            name='FixOutbox',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='fo', unique=True)),
                ('kind', clients.models.columns.ChoiceField(choices=[('new', 'New order'), ('cancel', 'Cancel'), ('replace', 'Replace'), ('allocation', 'Allocation')], max_length=10)),
                ('block_reference', models.CharField(help_text='Of the block it is about.', max_length=40)),
                ('reference', models.CharField(help_text='ClOrdID or AllocID.', max_length=60)),
                ('message', clients.encryption.EncryptedTextField(help_text='The fields as they were decided; encrypted.')),
                ('trade_on', models.DateField(help_text='The market day it is for; an order is not sent after it.')),
                ('made_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('epoch', models.PositiveIntegerField(blank=True, null=True)),
                ('number', models.PositiveIntegerField(blank=True, help_text='MsgSeqNum.', null=True)),
                ('raw', clients.encryption.EncryptedTextField(blank=True, default='', help_text='As it was sent; encrypted.')),
                ('withheld_at', models.DateTimeField(blank=True, null=True)),
                ('withheld_reason', models.CharField(blank=True, max_length=200)),
                ('outcome_taken_at', models.DateTimeField(blank=True, help_text='When the order it holds was told that it never left, or was refused.', null=True)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('answer', models.CharField(blank=True, help_text='To an allocation, or of a refusal.', max_length=300)),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='outbox', to='rebalancing.fixsession')),
            ],
            options={
                'verbose_name': 'FIX message to send',
                'verbose_name_plural': 'FIX messages to send',
                'ordering': ('session', 'id'),
            },
        ),
        migrations.CreateModel(
            name='FixInbox',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='fi', unique=True)),
                ('epoch', models.PositiveIntegerField()),
                ('number', models.PositiveIntegerField(help_text='MsgSeqNum.')),
                ('kind', models.CharField(help_text='MsgType.', max_length=3)),
                ('raw', clients.encryption.EncryptedTextField(help_text='Encrypted: reports name account numbers.')),
                ('received_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('trouble', models.CharField(blank=True, help_text='Why it could not be taken; with done_at: set aside for a person.', max_length=300)),
                ('settled_at', models.DateTimeField(blank=True, help_text='When a person had dealt with it.', null=True)),
                ('settle_reason', models.CharField(blank=True, max_length=200)),
                ('settled_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='inbox', to='rebalancing.fixsession')),
            ],
            options={
                'verbose_name': 'FIX message received',
                'verbose_name_plural': 'FIX messages received',
                'ordering': ('session', 'epoch', 'number'),
            },
        ),
        migrations.AddConstraint(
            model_name='fixsession',
            constraint=models.UniqueConstraint(condition=models.Q(('retired_at', None)), fields=('name',), name='one_fix_session_a_name'),
        ),
        migrations.AddConstraint(
            model_name='fixsession',
            constraint=models.UniqueConstraint(condition=models.Q(('retired_at', None)), fields=('our_comp_id', 'their_comp_id'), name='one_fix_session_a_pair'),
        ),
        migrations.AddConstraint(
            model_name='fixsession',
            constraint=models.UniqueConstraint(condition=models.Q(('is_enabled', True)), fields=('custodian',), name='one_enabled_fix_session_a_custodian'),
        ),
        migrations.AddConstraint(
            model_name='fixsession',
            constraint=models.CheckConstraint(condition=models.Q(('port__gte', 1), ('port__lte', 65535)), name='fix_port_is_a_port'),
        ),
        migrations.AddConstraint(
            model_name='fixsession',
            constraint=models.CheckConstraint(condition=models.Q(('heartbeat_seconds__gte', 5), ('heartbeat_seconds__lte', 300)), name='fix_heartbeat_is_sensible'),
        ),
        migrations.AddConstraint(
            model_name='fixsession',
            constraint=models.CheckConstraint(condition=models.Q(('epoch__gte', 1), ('next_in__gte', 1), ('next_out__gte', 1)), name='fix_numbers_begin_at_one'),
        ),
        migrations.AddConstraint(
            model_name='fixsession',
            constraint=models.CheckConstraint(condition=models.Q(('retired_at', None), ('is_enabled', False), _connector='OR'), name='retired_fix_session_is_off'),
        ),
        migrations.AddConstraint(
            model_name='fixsession',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('name', ''), _negated=True), models.Q(('our_comp_id', ''), _negated=True), models.Q(('their_comp_id', ''), _negated=True), models.Q(('host', ''), _negated=True)), name='fix_session_is_named'),
        ),
        migrations.AddIndex(
            model_name='fixoutbox',
            index=models.Index(condition=models.Q(('sent_at', None), ('withheld_at', None)), fields=['session', 'id'], name='fix_outbox_waiting'),
        ),
        migrations.AddConstraint(
            model_name='fixoutbox',
            constraint=models.UniqueConstraint(fields=('session', 'reference'), name='one_fix_outbox_a_reference'),
        ),
        migrations.AddConstraint(
            model_name='fixoutbox',
            constraint=models.UniqueConstraint(condition=models.Q(('number__isnull', False)), fields=('session', 'epoch', 'number'), name='one_fix_outbox_a_number'),
        ),
        migrations.AddConstraint(
            model_name='fixoutbox',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('epoch', None), ('number', None), ('sent_at', None)), models.Q(('epoch__isnull', False), ('number__isnull', False), ('sent_at__isnull', False)), _connector='OR'), name='fix_outbox_sent_with_its_number'),
        ),
        migrations.AddConstraint(
            model_name='fixoutbox',
            constraint=models.CheckConstraint(condition=models.Q(('sent_at', None), ('withheld_at', None), _connector='OR'), name='fix_outbox_is_sent_or_withheld'),
        ),
        migrations.AddConstraint(
            model_name='fixoutbox',
            constraint=models.CheckConstraint(condition=models.Q(('withheld_at', None), models.Q(('withheld_reason', ''), _negated=True), _connector='OR'), name='fix_outbox_withheld_for_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='fixoutbox',
            constraint=models.CheckConstraint(condition=models.Q(('sent_at', None), ('sent_at__gte', models.F('made_at')), _connector='OR'), name='fix_outbox_sent_after_made'),
        ),
        migrations.AddIndex(
            model_name='fixinbox',
            index=models.Index(condition=models.Q(('done_at', None)), fields=['session', 'epoch', 'number'], name='fix_inbox_waiting'),
        ),
        migrations.AddConstraint(
            model_name='fixinbox',
            constraint=models.UniqueConstraint(fields=('session', 'epoch', 'number'), name='one_fix_inbox_a_number'),
        ),
        migrations.AddConstraint(
            model_name='fixinbox',
            constraint=models.CheckConstraint(condition=models.Q(('epoch__gte', 1), ('number__gte', 1)), name='fix_inbox_numbered'),
        ),
        migrations.AddConstraint(
            model_name='fixinbox',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('settle_reason', ''), ('settled_at', None), ('settled_by', None)), models.Q(('done_at__isnull', False), ('settled_at__isnull', False), ('settled_by__isnull', False), models.Q(('settle_reason', ''), _negated=True)), _connector='OR'), name='fix_inbox_settled_by_someone'),
        ),
        migrations.AddConstraint(
            model_name='fixinbox',
            constraint=models.CheckConstraint(condition=models.Q(('done_at__isnull', True), ('received_at__isnull', True), ('done_at__gte', models.F('received_at')), _connector='OR'), name='fix_inbox_done_after_received'),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
