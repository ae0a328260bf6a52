"""The addresses and data flows that systems declare, probed from outside."""
