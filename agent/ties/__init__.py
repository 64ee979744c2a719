"""The judgement of ties: rhythm, fading, strength, paths."""
