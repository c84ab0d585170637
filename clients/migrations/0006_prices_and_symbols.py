"""Prices with a standing, and the symbols that securities once had."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import clients.models.columns


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0005_renames'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FormerSymbol',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('symbol', models.CharField(max_length=24)),
                ('until_on', models.DateField(help_text='The day of the file that brought the new symbol.')),
            ],
            options={
                'ordering': ('security', '-until_on', 'id'),
            },
        ),
        migrations.AddField(
            model_name='price',
            name='decided_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='price',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='price',
            name='disputed_with',
            field=models.DecimalField(blank=True, decimal_places=6, help_text='The price that it was compared with when it was disputed.', max_digits=18, null=True),
        ),
        migrations.AddField(
            model_name='price',
            name='reason',
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name='price',
            name='standing',
            field=clients.models.columns.ChoiceField(choices=[('sound', 'Sound'), ('disputed', 'In dispute'), ('accepted', 'Accepted'), ('rejected', 'Rejected')], default='sound', max_length=8),
        ),
        migrations.AddIndex(
            model_name='price',
            index=models.Index(condition=models.Q(('standing', 'disputed')), fields=['as_of_on'], name='price_disputed'),
        ),
        migrations.AddConstraint(
            model_name='price',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('standing__in', ('accepted', 'rejected'))), models.Q(('decided_at', None), ('decided_by', None), ('standing__in', ('sound', 'disputed'))), _connector='OR'), name='price_is_decided_by_someone'),
        ),
        migrations.AddField(
            model_name='formersymbol',
            name='security',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='former_symbols', to='clients.security'),
        ),
        migrations.AddField(
            model_name='formersymbol',
            name='source_file',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.custodianfile'),
        ),
        migrations.AddConstraint(
            model_name='formersymbol',
            constraint=models.UniqueConstraint(fields=('security', 'symbol'), name='one_former_symbol_once'),
        ),
    ]
