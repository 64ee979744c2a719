"""From a record to the ledger: classify, judge, write once."""
