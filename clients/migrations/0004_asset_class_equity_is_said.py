"""Whether a class counts as stocks is said by a person; until now it was guessed from the class's code.

What was guessed is forgotten: "emerging" was taken for no stocks. Cash alone is known by what it is. Policies with a cap
on stocks are checked again once compliance has decided the classes (page "Models", or `manage decide_class`).
"""

from django.db import migrations, models


def forget_guesses(apps, schema_editor):
    classes = apps.get_model("clients", "AssetClass").objects
    classes.exclude(code="cash").update(is_equity=None)
    classes.filter(code="cash").update(is_equity=False)


class Migration(migrations.Migration):
    dependencies = [("clients", "0003_dispositions")]

    operations = [
        migrations.AlterField(
            model_name="assetclass",
            name="is_equity",
            field=models.BooleanField(
                default=None,
                help_text="Counts as stocks for a client's risk cap; empty: nobody has said yet.",
                null=True,
            ),
        ),
        migrations.RunPython(forget_guesses, migrations.RunPython.noop),
    ]
