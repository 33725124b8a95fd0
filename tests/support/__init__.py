"""What several tests build with. Nothing here decides what is right; that stands in the tests."""
