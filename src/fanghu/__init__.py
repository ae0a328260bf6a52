"""Fanghu 防護: mechanisms the futures firms' self-regulation asks for, and their proof."""
