"""Tests of fanghu.accounts."""
