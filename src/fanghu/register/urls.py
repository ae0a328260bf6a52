"""Paths of this app's pages."""

from django.urls import path, re_path

from fanghu.register import defining_views, import_views, views

urlpatterns = [
    path("", views.overview, name="register"),
    path("firm/", views.firm, name="register_firm"),
    path("people/new/", views.person, name="register_person_new"),
    path("people/<uuid:person_id>/", views.person, name="register_person"),
    path("systems/new/", views.system_new, name="register_system_new"),
    path("systems/<slug:slug>/", views.system_edit, name="register_system_edit"),
    path("systems/<slug:slug>/retire/", views.system_retire, name="register_system_retire"),
    path("systems/<slug:slug>/delete/", views.system_delete, name="register_system_delete"),
    path("definitions/", defining_views.definitions, name="definitions"),
    path("definitions/defaults/", defining_views.defaults, name="definitions_confirm"),
    path("definitions/<slug:key>/<str:subject>/", defining_views.definition, name="definition"),
    path("import/", import_views.choose, name="register_import"),
    re_path(
        r"^import/(?P<table>systems|people)/(?P<token>[0-9a-f]{32})/$", import_views.check, name="register_import_check"
    ),
    re_path(r"^export/(?P<table>systems|people)\.(?P<ending>csv|xlsx)$", views.export, name="register_export"),
    path("compare/", import_views.compare, name="register_compare"),
    path("official-text/", import_views.official_text, name="regulation_import"),
]
