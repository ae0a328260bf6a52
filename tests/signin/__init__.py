"""Tests of fanghu.signin."""
