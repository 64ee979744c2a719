"""The whole loop in a scratch folder: `weaktie demo` and `weaktie try`."""
