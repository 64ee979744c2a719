"""Signing in at Google and Microsoft: where tokens are kept, how they are had and how they stay fresh."""
