"""The firm's settings in versions, to which rows are only ever added."""

import compliance.public_ids
import django.db.models.deletion
import functools
from django.conf import settings
from django.db import migrations, models

FORWARD = """
CREATE TRIGGER compliance_settingversion_add_only BEFORE UPDATE OR DELETE OR TRUNCATE ON compliance_settingversion
    FOR EACH STATEMENT EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE compliance_settingversion ENABLE ALWAYS TRIGGER compliance_settingversion_add_only;
"""
BACK = "DROP TRIGGER compliance_settingversion_add_only ON compliance_settingversion;"


class Migration(migrations.Migration):

    dependencies = [
        ("compliance", "0007_proposed_changes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SettingVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=functools.partial(compliance.public_ids.new, *('sv',), **{}), editable=False, max_length=24, unique=True)),
                ('number', models.PositiveIntegerField(unique=True)),
                ('group', models.CharField(max_length=16)),
                ('changes', models.TextField()),
                ('effective_on', models.DateField()),
                ('reason', models.TextField(max_length=2000)),
                ('asked_by_label', models.CharField(max_length=200)),
                ('approved_by_label', models.CharField(max_length=200)),
                ('approved_at', models.DateTimeField()),
                ('is_alone', models.BooleanField(default=False)),
                ('approved_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('number',),
                'default_permissions': ('view',),
                'indexes': [models.Index(fields=['effective_on', 'number'], name='setting_in_force')],
                'constraints': [models.CheckConstraint(condition=models.Q(('number__gte', 1), ('number__lte', 1000000)), name='setting_number_in_range'), models.CheckConstraint(condition=models.Q(models.Q(('group', ''), _negated=True), models.Q(('changes', ''), _negated=True), models.Q(('reason', ''), _negated=True)), name='setting_version_says_what_and_why'), models.CheckConstraint(condition=models.Q(models.Q(('is_alone', True), ('approved_by', models.F('asked_by'))), models.Q(('is_alone', False), models.Q(('approved_by', models.F('asked_by')), _negated=True)), _connector='OR'), name='setting_has_four_eyes')],
            },
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
