"""weaktie, the outside: protocols and file formats. Frozen records out; knows nothing of the agent."""
