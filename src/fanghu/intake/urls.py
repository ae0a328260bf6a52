"""Addresses of this app."""

from django.urls import URLPattern, path

from fanghu.intake import views

urlpatterns: list[URLPattern] = [
    path("", views.sources, name="sources"),
    path("new/", views.declare, name="source_declare"),
    path("listen/", views.listen, name="source_listen"),
    path("<int:pk>/", views.source, name="source"),
    path("<int:pk>/change/", views.change, name="source_change"),
    path("<int:pk>/remove/", views.remove, name="source_remove"),
    path("<int:pk>/token/", views.token, name="source_token"),
    path("<int:pk>/token/<int:token>/revoke/", views.revoke, name="source_token_revoke"),
]
