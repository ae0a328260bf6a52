"""Paths of this app's pages."""

from django.urls import path

from fanghu.auditlog import overview, publishing, readers_pages, saving, views

urlpatterns = [
    path("", views.log, name="log"),
    path("export/", views.export, name="log_export"),
    path("searches/", saving.save, name="log_save"),
    path("searches/<int:saved_id>/remove/", saving.remove, name="log_unsave"),
    path("tlog/<path:resource>", publishing.published, name="log_published"),
    path("keeping/", overview.keeping, name="log_keeping"),
    path("readers/", readers_pages.readers, name="log_readers"),
    path("readers/give/", readers_pages.give, name="log_reader_give"),
    path("readers/<int:pk>/take-away/", readers_pages.take_away, name="log_reader_end"),
    path("verify/", views.verify, name="log_verify"),
    path("checkpoint/", views.checkpoint, name="log_checkpoint"),
    path("checkpoint/present/", views.present, name="log_present"),
    path("checkpoint/<int:kept_id>/", views.kept, name="log_kept"),
    path("checkpoint/<int:kept_id>/file/", views.kept_file, name="log_kept_file"),
    path("settle/", views.settle, name="log_settle"),
    path("import/", views.import_, name="log_import"),
]
