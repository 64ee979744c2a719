"""Known bugs, planted on purpose: whether the tests notice is what tells whether the tests are any good."""
