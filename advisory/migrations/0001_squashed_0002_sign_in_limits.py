"""What the first two migrations together make, for a database that is new.

A database that has run both takes this one as run.
"""

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('advisory', '0001_initial'), ('advisory', '0002_sign_in_limits')]

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='SignInLimit',
            fields=[
                ('key', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('value', models.JSONField()),
                ('expires_at', models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('email', models.EmailField(max_length=254, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('is_active', models.BooleanField(default=True)),
                ('joined_at', models.DateTimeField()),
                ('deactivated_at', models.DateTimeField(blank=True, null=True)),
                ('sessions_ended_at', models.DateTimeField(blank=True, help_text='Sessions that began before this moment are over.', null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='user_email_is_unique_in_any_case'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='user_has_a_name'), models.CheckConstraint(condition=models.Q(('deactivated_at', None), ('is_active', False), _connector='OR'), name='user_who_left_is_not_active')],
            },
        ),
        migrations.CreateModel(
            name='RoleGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('advisor', 'Advisor'), ('reviewer', 'Reviewer'), ('compliance', 'Compliance officer'), ('trader', 'Trader'), ('administrator', 'Firm administrator'), ('client', 'Client')], max_length=20)),
                ('granted_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('granted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='grants_made', to=settings.AUTH_USER_MODEL)),
                ('revoked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='revocations_made', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='role_grants', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('revoked_at', None)), fields=('user', 'role'), name='role_is_held_once_at_a_time'), models.CheckConstraint(condition=models.Q(('role__in', ['advisor', 'reviewer', 'compliance', 'trader', 'administrator', 'client'])), name='role_is_known'), models.CheckConstraint(condition=models.Q(('revoked_at', None), ('revoked_at__gte', models.F('granted_at')), _connector='OR'), name='role_is_not_revoked_before_it_was_granted')],
            },
        ),
    ]
