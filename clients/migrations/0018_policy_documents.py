"""Investment policies as documents: words, signatures, templates, more kinds of bands, review before signing."""

from __future__ import annotations

import clients.encryption
import clients.models.columns
import django.db.models.deletion
from django.conf import settings
from clients.models.columns import AlterChoices
from django.db import migrations, models


STAYS = """
CREATE FUNCTION clients_policy_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    life text[] := ARRAY['state', 'superseded_at', 'adopted_at', 'adopted_by_id', 'effective_on', 'fingerprint',
        'signed_by_client_on', 'signed_by_advisor_on'];
BEGIN
    IF OLD.state = 'draft' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    -- In review and until it is adopted its life goes on, and its content stays.
    IF TG_OP = 'UPDATE' AND OLD.state IN ('review', 'approved') AND to_jsonb(NEW) - life = to_jsonb(OLD) - life THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE'
        AND to_jsonb(NEW) - 'state' - 'superseded_at' = to_jsonb(OLD) - 'state' - 'superseded_at'
        AND (NEW.state = OLD.state OR (OLD.state = 'adopted' AND NEW.state = 'superseded')) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% % is settled: make a new version instead', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION clients_signature_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The document may be encrypted anew under another key; its digest tells whether it is still the same.
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'document' = to_jsonb(OLD) - 'document' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'signature % stays as it was given', OLD.id USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION clients_template_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.retired_at IS NULL
        AND to_jsonb(NEW) - 'retired_at' - 'retired_by_id' = to_jsonb(OLD) - 'retired_at' - 'retired_by_id' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'template % stays: make a new version instead', OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

DROP TRIGGER settled_row_stays ON clients_policy;
CREATE TRIGGER settled_row_stays BEFORE UPDATE OR DELETE ON clients_policy
    FOR EACH ROW EXECUTE FUNCTION clients_policy_stays();
CREATE TRIGGER policy_part_stays BEFORE INSERT OR UPDATE OR DELETE ON clients_policysection
    FOR EACH ROW EXECUTE FUNCTION clients_policy_part_stays();
CREATE TRIGGER signature_stays BEFORE UPDATE OR DELETE ON clients_policysignature
    FOR EACH ROW EXECUTE FUNCTION clients_signature_stays();
CREATE TRIGGER template_stays BEFORE UPDATE OR DELETE ON clients_policytemplate
    FOR EACH ROW EXECUTE FUNCTION clients_template_stays();
ALTER TABLE clients_policy ENABLE ALWAYS TRIGGER settled_row_stays;
ALTER TABLE clients_policysection ENABLE ALWAYS TRIGGER policy_part_stays;
ALTER TABLE clients_policysignature ENABLE ALWAYS TRIGGER signature_stays;
ALTER TABLE clients_policytemplate ENABLE ALWAYS TRIGGER template_stays;
"""

BACK = """
DROP TRIGGER template_stays ON clients_policytemplate;
DROP TRIGGER signature_stays ON clients_policysignature;
DROP TRIGGER policy_part_stays ON clients_policysection;
DROP TRIGGER settled_row_stays ON clients_policy;
CREATE TRIGGER settled_row_stays BEFORE UPDATE OR DELETE ON clients_policy
    FOR EACH ROW EXECUTE FUNCTION clients_settled_row_stays();
ALTER TABLE clients_policy ENABLE ALWAYS TRIGGER settled_row_stays;
DROP FUNCTION clients_policy_stays, clients_signature_stays, clients_template_stays;
"""


class Migration(migrations.Migration):

    dependencies = [
        ("clients", "0017_security_decisions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PolicySection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', clients.models.columns.ChoiceField(choices=[('purpose', 'Purpose'), ('discipline', 'How we keep to the plan'), ('will', 'What we will do'), ('will_not', 'What we will not do'), ('parties', 'Who decides, who acts and who watches'), ('return_need', 'Return needed and distributions'), ('risk_capacity', 'Willingness and ability to bear losses'), ('constraints', 'Liquidity, legal and other constraints'), ('concentration', 'Concentrated holdings and exclusions'), ('instruments', 'What may be held and what may not'), ('waiting', 'When we hold trades back'), ('lots', 'Tax lots, loss harvesting and wash sales'), ('reporting', 'Reports and reviews'), ('changes', 'How this policy changes')], max_length=13)),
                ('text', models.TextField()),
            ],
            options={
                'ordering': ('policy', 'id'),
            },
        ),
        migrations.CreateModel(
            name='PolicySignature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('party', clients.models.columns.ChoiceField(choices=[('client', 'Client'), ('advisor', 'Advisor'), ('compliance', 'Compliance')], max_length=10)),
                ('method', clients.models.columns.ChoiceField(choices=[('signed_in', 'Signed in this system'), ('paper', 'Signed document on file'), ('earlier', 'Signed before it was kept here')], max_length=9)),
                ('name', models.CharField(max_length=160)),
                ('fingerprint', models.CharField(max_length=64)),
                ('signed_on', models.DateField()),
                ('document_sha256', models.CharField(blank=True, max_length=64)),
                ('document_name', models.CharField(blank=True, max_length=200)),
                ('document', clients.encryption.EncryptedBinaryField(blank=True, null=True)),
                ('recorded_at', models.DateTimeField()),
            ],
            options={
                'ordering': ('policy', 'recorded_at', 'id'),
            },
        ),
        migrations.CreateModel(
            name='PolicyTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='pt', unique=True)),
                ('code', models.CharField(max_length=40)),
                ('version', models.PositiveSmallIntegerField()),
                ('name', models.CharField(max_length=120)),
                ('content', models.JSONField()),
                ('made_at', models.DateTimeField()),
                ('retired_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ('name', '-version'),
            },
        ),
        migrations.RemoveConstraint(
            model_name='policy',
            name='adopted_policy_is_signed_and_dated',
        ),
        migrations.AddField(
            model_name='assetclass',
            name='market_correlation',
            field=models.DecimalField(blank=True, decimal_places=6, help_text="The firm's assumption of its correlation with world stocks, -1 to 1, for bands.", max_digits=9, null=True),
        ),
        migrations.AddField(
            model_name='assetclass',
            name='volatility',
            field=models.DecimalField(blank=True, decimal_places=6, help_text="The firm's assumption of its yearly volatility, for bands.", max_digits=9, null=True),
        ),
        migrations.AddField(
            model_name='policy',
            name='band_preference',
            field=clients.models.columns.ChoiceField(choices=[('tight', 'Tight: three quarters of the usual width'), ('usual', 'Usual width'), ('loose', 'Loose: one and a half times the usual width')], default='usual', help_text='How wide the client wants the bands.', max_length=5),
        ),
        migrations.AddField(
            model_name='policy',
            name='benchmark',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='policy',
            name='destination_additions',
            field=clients.models.columns.ChoiceField(blank=True, choices=[('target', 'To target'), ('halfway', 'Halfway to target'), ('edge', "To the band's edge")], help_text='How far a class below its band is filled; empty: as far as one above it is trimmed.', max_length=7),
        ),
        migrations.AddField(
            model_name='policy',
            name='discretion',
            field=clients.models.columns.ChoiceField(choices=[('full', "We decide within this policy, where the account's agreement allows it"), ('consent', 'We ask before every trade')], default='full', max_length=7),
        ),
        migrations.AddField(
            model_name='policy',
            name='loss_limit',
            field=models.DecimalField(blank=True, decimal_places=6, help_text='Largest loss in a year the client can accept; empty: none was named.', max_digits=9, null=True),
        ),
        migrations.AddField(
            model_name='policy',
            name='sheltered_band_share',
            field=models.DecimalField(decimal_places=6, default=1, help_text='Width of the bands where no account is taxable, as a share of those of taxable households.', max_digits=9),
        ),
        migrations.AddField(
            model_name='policy',
            name='starts_on',
            field=models.DateField(blank=True, help_text='Takes effect on this day; empty: once everybody has signed.', null=True),
        ),
        migrations.AddField(
            model_name='policy',
            name='tracking_error_limit',
            field=models.DecimalField(blank=True, decimal_places=6, help_text='Yearly tracking error that calls for a proposal; empty: none.', max_digits=9, null=True),
        ),
        migrations.AddField(
            model_name='policytarget',
            name='band_multiple',
            field=models.DecimalField(blank=True, decimal_places=6, help_text='Standard deviations between two looks, for bands scaled by volatility.', max_digits=9, null=True),
        ),
        migrations.AddField(
            model_name='policytarget',
            name='band_risk',
            field=models.DecimalField(blank=True, decimal_places=6, help_text='Yearly tracking error the class may add, for bands scaled by risk.', max_digits=9, null=True),
        ),
        migrations.AddField(
            model_name='policytarget',
            name='benchmark',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name='policytarget',
            name='relative_volatility',
            field=models.DecimalField(blank=True, decimal_places=6, help_text='Yearly volatility of the class against the rest, as it was assumed for this version.', max_digits=9, null=True),
        ),
        migrations.AddField(
            model_name='policytarget',
            name='sheltered_lower',
            field=models.DecimalField(blank=True, decimal_places=6, help_text='The lower edge where no account is taxable; empty: the same.', max_digits=9, null=True),
        ),
        migrations.AddField(
            model_name='policytarget',
            name='sheltered_upper',
            field=models.DecimalField(blank=True, decimal_places=6, help_text='The upper edge where no account is taxable; empty: the same.', max_digits=9, null=True),
        ),
        migrations.AlterField(
            model_name='policy',
            name='horizon_years',
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        AlterChoices(
            model_name='policy',
            name='state',
            field=clients.models.columns.ChoiceField(choices=[('draft', 'Draft'), ('review', 'In review'), ('approved', 'Approved, to be signed'), ('adopted', 'Adopted'), ('superseded', 'Superseded'), ('discarded', 'Discarded')], default='draft', max_length=10),
        ),
        AlterChoices(
            model_name='policytarget',
            name='band_kind',
            field=clients.models.columns.ChoiceField(choices=[('absolute', 'Percentage points'), ('relative', 'Share of the target'), ('narrower', 'Narrower of points and share'), ('wider', 'Wider of points and share'), ('volatility', 'Scaled by volatility: the same chance of a breach for every class'), ('risk', 'Scaled by risk: narrower for what moves more'), ('cash', 'Cash: a minimum, and points above the target'), ('asymmetric', 'Own low and high')], max_length=10),
        ),
        migrations.AddConstraint(
            model_name='assetclass',
            constraint=models.CheckConstraint(condition=models.Q(('volatility__isnull', True), models.Q(('volatility__gte', 0), ('volatility__lte', 2)), _connector='OR'), name='class_volatility_bounded'),
        ),
        migrations.AddConstraint(
            model_name='assetclass',
            constraint=models.CheckConstraint(condition=models.Q(('market_correlation__isnull', True), models.Q(('market_correlation__gte', -1), ('market_correlation__lte', 1)), _connector='OR'), name='class_correlation_bounded'),
        ),
        migrations.AddConstraint(
            model_name='assetclass',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('market_correlation', None), ('volatility', None)), models.Q(('market_correlation__isnull', False), ('volatility__isnull', False)), _connector='OR'), name='class_assumptions_come_together'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(('loss_limit__isnull', True), models.Q(('loss_limit__gte', 0), ('loss_limit__lte', 1)), _connector='OR'), name='policy_loss_limit_bounded'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(('tracking_error_limit__isnull', True), models.Q(('tracking_error_limit__gte', 0), ('tracking_error_limit__lte', 1)), _connector='OR'), name='policy_tracking_error_bounded'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(('sheltered_band_share__gt', 0), ('sheltered_band_share__lte', 1)), name='policy_sheltered_band_share_bounded'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('adopted', 'superseded')), _negated=True), models.Q(('adopted_at__isnull', False), ('adopted_by__isnull', False), ('effective_on__isnull', False), ('fingerprint__length', 64), ('signed_by_advisor_on__isnull', False), ('signed_by_client_on__isnull', False)), _connector='OR'), name='adopted_policy_is_signed_and_dated'),
        ),
        migrations.AddConstraint(
            model_name='policytarget',
            constraint=models.CheckConstraint(condition=models.Q(('band_multiple__isnull', True), models.Q(('band_multiple__gte', 0), ('band_multiple__lte', 10)), _connector='OR'), name='policy_band_multiple_bounded'),
        ),
        migrations.AddConstraint(
            model_name='policytarget',
            constraint=models.CheckConstraint(condition=models.Q(('band_risk__isnull', True), models.Q(('band_risk__gte', 0), ('band_risk__lte', 1)), _connector='OR'), name='policy_band_risk_bounded'),
        ),
        migrations.AddConstraint(
            model_name='policytarget',
            constraint=models.CheckConstraint(condition=models.Q(('relative_volatility__isnull', True), models.Q(('relative_volatility__gte', 0), ('relative_volatility__lte', 3)), _connector='OR'), name='policy_relative_volatility_bounded'),
        ),
        migrations.AddConstraint(
            model_name='policytarget',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('sheltered_lower', None), ('sheltered_upper', None)), models.Q(('sheltered_lower__gte', models.F('weight_lower')), ('sheltered_lower__lte', models.F('weight_target')), ('sheltered_upper__gte', models.F('weight_target')), ('sheltered_upper__lte', models.F('weight_upper'))), _connector='OR'), name='policy_sheltered_band_holds_its_target'),
        ),
        migrations.AddField(
            model_name='policysection',
            name='policy',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sections', to='clients.policy'),
        ),
        migrations.AddField(
            model_name='policysignature',
            name='person',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.person'),
        ),
        migrations.AddField(
            model_name='policysignature',
            name='policy',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='clients.policy'),
        ),
        migrations.AddField(
            model_name='policysignature',
            name='recorded_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='policytemplate',
            name='made_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='policytemplate',
            name='retired_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='policysection',
            constraint=models.UniqueConstraint(fields=('policy', 'code'), name='one_section_once'),
        ),
        migrations.AddConstraint(
            model_name='policysignature',
            constraint=models.UniqueConstraint(fields=('policy', 'party', 'name', 'fingerprint'), name='one_signature_a_party_person_and_text'),
        ),
        migrations.AddConstraint(
            model_name='policysignature',
            constraint=models.CheckConstraint(condition=models.Q(('fingerprint__length', 64), models.Q(('name', ''), _negated=True)), name='signature_names_what_was_signed'),
        ),
        migrations.AddConstraint(
            model_name='policysignature',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('method', 'paper'), _negated=True), models.Q(('document__isnull', False), ('document_sha256__length', 64)), _connector='OR'), name='signature_on_paper_has_its_document'),
        ),
        migrations.AddConstraint(
            model_name='policysignature',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('method', 'signed_in'), _negated=True), ('recorded_by__isnull', False), _connector='OR'), name='signature_here_has_its_signer'),
        ),
        migrations.AddConstraint(
            model_name='policytemplate',
            constraint=models.UniqueConstraint(fields=('code', 'version'), name='one_template_version'),
        ),
        migrations.AddConstraint(
            model_name='policytemplate',
            constraint=models.UniqueConstraint(condition=models.Q(('retired_at', None)), fields=('code',), name='one_template_in_use_a_code'),
        ),
        migrations.AddConstraint(
            model_name='policytemplate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('retired_at', None), ('retired_by', None)), models.Q(('retired_at__gte', models.F('made_at')), ('retired_by__isnull', False)), _connector='OR'), name='template_is_retired_by_someone'),
        ),
        migrations.RunSQL(STAYS, BACK),
    ]
