"""Paths of this app's pages."""

from django.urls import path

from fanghu.accounts import views

urlpatterns = [
    path("", views.accounts, name="accounts"),
    path("new/", views.new, name="account_new"),
    path("<uuid:account_id>/", views.account, name="account"),
    path("<uuid:account_id>/roles/", views.roles, name="account_roles"),
    path("<uuid:account_id>/disable/", views.disable, name="account_disable"),
    path("<uuid:account_id>/enable/", views.enable, name="account_enable"),
    path("<uuid:account_id>/reset/", views.reset, name="account_reset"),
]
