"""Paths of this app's pages."""

from django.urls import path

from fanghu.signin import enrolment, my_account, views

urlpatterns = [
    path("", views.sign_in, name="account_login"),
    path("out/", views.sign_out, name="account_logout"),
    path("second-factor/", views.second_factor, name="mfa_authenticate"),
    path("new-password/", views.new_password, name="signin_password"),
    path("set-up-factor/", views.set_up_factor, name="signin_factor"),
    path("enrol/<str:token>/", enrolment.enrol, name="enrol"),
    path("account/", my_account.my_account, name="my_account"),
    path("account/password/", my_account.change, name="password_change"),
    path("account/factor/", my_account.factor, name="factor_renew"),
    path("account/sessions/<uuid:session_id>/end/", my_account.end, name="session_end"),
    path("account/sessions/end-others/", my_account.end_others, name="session_end_others"),
]
