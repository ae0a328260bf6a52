"""What no linter from outside checks: templates, translations, locks."""
