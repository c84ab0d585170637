"""Changes that wait for a second person, which are stored as proposed and made once."""

from __future__ import annotations

import compliance.public_ids
import django.db.models.deletion
import functools
from django.conf import settings
from django.db import migrations, models


GUARDS = (
    ("never_deleted", "DELETE OR TRUNCATE", "STATEMENT", "compliance_refuse_change()"),
    ("settles_once", "UPDATE", "ROW", "compliance_settles_once('made_at')"),
)
FORWARD = "".join(
    f"CREATE TRIGGER {name} BEFORE {when} ON compliance_proposedchange FOR EACH {each} EXECUTE FUNCTION {function};"
    f"ALTER TABLE compliance_proposedchange ENABLE ALWAYS TRIGGER {name};"
    for name, when, each, function in GUARDS
)
BACK = "".join(f"DROP TRIGGER {name} ON compliance_proposedchange;" for name, *_ in GUARDS)


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0006_settled_stays'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ProposedChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=functools.partial(compliance.public_ids.new, *('ch',), **{}), editable=False, max_length=24, unique=True)),
                ('door', models.CharField(max_length=80)),
                ('title', models.CharField(max_length=160)),
                ('parameters', models.JSONField(default=dict)),
                ('typed', models.JSONField(default=dict)),
                ('before', models.JSONField(default=dict)),
                ('lines', models.JSONField(default=list)),
                ('fingerprint', models.CharField(max_length=64)),
                ('household_ref', models.CharField(blank=True, default='', max_length=64)),
                ('proposed_by_label', models.CharField(max_length=200)),
                ('proposed_at', models.DateTimeField()),
                ('made_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ('-proposed_at', '-id'),
                'default_permissions': ('view',),
            },
        ),
        migrations.RemoveConstraint(
            model_name='review',
            name='review_subject_is_known',
        ),
        migrations.AlterField(
            model_name='approval',
            name='subject_kind',
            field=models.CharField(choices=[('proposal', 'Proposal'), ('policy', 'Investment policy'), ('model', 'Model portfolio'), ('setting', 'Firm setting'), ('role_change', 'Role change'), ('correction', 'Correction of the record')], max_length=16),
        ),
        migrations.AlterField(
            model_name='review',
            name='subject_kind',
            field=models.CharField(choices=[('proposal', 'Proposal'), ('policy', 'Investment policy'), ('model', 'Model portfolio'), ('setting', 'Firm setting'), ('role_change', 'Role change'), ('correction', 'Correction of the record')], max_length=16),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(('subject_kind__in', ['proposal', 'policy', 'model', 'setting', 'role_change', 'correction']), models.Q(('subject_id', ''), _negated=True), models.Q(('title', ''), _negated=True)), name='review_subject_is_known'),
        ),
        migrations.AddField(
            model_name='proposedchange',
            name='proposed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='proposedchange',
            constraint=models.CheckConstraint(condition=models.Q(('fingerprint__regex', '^[0-9a-f]{64}$')), name='change_fingerprint_is_sha256'),
        ),
        migrations.AddConstraint(
            model_name='proposedchange',
            constraint=models.CheckConstraint(condition=models.Q(('made_at', None), ('made_at__gte', models.F('proposed_at')), _connector='OR'), name='change_is_made_after_it_was_proposed'),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
