"""Tests of fanghu.shell."""
