"""Paths of this app's pages."""

from django.urls import path

from fanghu.signin import challenge, enrolment, my_account, my_factors, views, without_script
from fanghu.signin.challenge import Purpose, resists
from fanghu.signin.second_factor import second_factor

urlpatterns = [
    path("", views.sign_in, name="account_login"),
    path("challenge/", challenge.challenge, name="challenge"),
    path("without-script/<str:purpose>/", without_script.without_script, name="without_script"),
    path("out/", views.sign_out, name="account_logout"),
    path("second-factor/", second_factor, name="mfa_authenticate"),
    path("new-password/", views.new_password, name="signin_password"),
    path("set-up-factor/", views.set_up_factor, name="signin_factor"),
    path("enrol/<str:token>/", resists(Purpose.CHANGE)(enrolment.enrol), name="enrol"),
    path("account/", my_account.my_account, name="my_account"),
    path("account/password/", resists(Purpose.CHANGE)(my_account.change), name="password_change"),
    path("account/factor/", my_account.factor, name="factor_renew"),
    path("account/passkeys/new/", my_factors.new_passkey, name="passkey_new"),
    path("account/passkeys/make/", my_factors.make_passkey, name="passkey_make"),
    path("account/factors/<int:factor_id>/remove/", my_factors.remove, name="factor_remove"),
    path("account/recovery-codes/", my_factors.codes, name="recovery_codes"),
    path("account/recovery-codes/shown/", my_factors.codes_shown, name="recovery_codes_shown"),
    path("account/sessions/<uuid:session_id>/end/", my_account.end, name="session_end"),
    path("account/sessions/end-others/", my_account.end_others, name="session_end_others"),
]
