"""A change that was forced is not bound by the shortest age, so it is marked."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_initial")]

    operations = [migrations.AddField("passwordrecord", "forced", models.BooleanField(default=False))]
