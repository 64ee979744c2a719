"""The units of work, one function each. The daemon and `run --once` call the same `tick`; commands call the parts."""
