from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("advisory", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="SignInLimit",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("value", models.JSONField()),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
        ),
    ]
