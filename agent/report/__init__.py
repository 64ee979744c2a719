"""The weekly fading-ties report and its delivery."""
