"""Base templates, components, roles and rights, and the deny-by-default view."""
