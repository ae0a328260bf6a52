"""Tests of fanghu.console."""
