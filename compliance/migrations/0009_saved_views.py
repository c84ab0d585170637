"""Saved views of lists, and the columns people leave out."""

from __future__ import annotations

import compliance.public_ids
import django.db.models.deletion
import functools
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("compliance", "0008_firm_settings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ColumnChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.CharField(max_length=200)),
                ('hidden', models.JSONField(default=list)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('owner', 'address'),
                'default_permissions': ('view',),
                'constraints': [models.UniqueConstraint(fields=('owner', 'address'), name='one_column_choice_a_list')],
            },
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=functools.partial(compliance.public_ids.new, *('vw',), **{}), editable=False, max_length=24, unique=True)),
                ('address', models.CharField(max_length=200)),
                ('query', models.CharField(blank=True, default='', max_length=500)),
                ('name', models.CharField(max_length=60)),
                ('is_firm', models.BooleanField(default=False)),
                ('saved_at', models.DateTimeField()),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('name', 'id'),
                'default_permissions': ('view',),
                'constraints': [models.UniqueConstraint(fields=('owner', 'address', 'name'), name='saved_view_name_once_a_list'), models.CheckConstraint(condition=models.Q(('address__startswith', '/')), name='saved_view_stands_at_an_address')],
            },
        ),
    ]
