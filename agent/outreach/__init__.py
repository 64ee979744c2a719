"""Drafts: what to write, whether we may, and the life of a draft until it is sent."""
