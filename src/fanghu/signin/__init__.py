"""Proving who one is: enrolment, passwords, second factors, locks and sessions."""
