"""When, from where and to what an account may be used: conditions of use, decided on every request."""
