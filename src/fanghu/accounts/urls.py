"""Paths of this app's pages."""

from django.urls import path

from fanghu.accounts import lending_views, views

urlpatterns = [
    path("", views.accounts, name="accounts"),
    path("new/", views.new, name="account_new"),
    path("check-outs/", lending_views.lending, name="check_outs"),
    path("check-outs/<uuid:check_out_id>/take/", lending_views.take, name="check_out_take"),
    path("check-outs/<uuid:check_out_id>/return/", lending_views.give_back, name="check_out_return"),
    path("strays/", lending_views.stray_sign_ins, name="strays"),
    path("strays/<int:stray_id>/settle/", lending_views.settle, name="stray_settle"),
    path("<uuid:account_id>/", views.account, name="account"),
    path("<uuid:account_id>/roles/", views.roles, name="account_roles"),
    path("<uuid:account_id>/disable/", views.disable, name="account_disable"),
    path("<uuid:account_id>/enable/", views.enable, name="account_enable"),
    path("<uuid:account_id>/reset/", views.reset, name="account_reset"),
]
