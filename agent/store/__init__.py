"""All SQL: one module a thing stored."""
