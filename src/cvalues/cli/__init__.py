"""cvalues."""
