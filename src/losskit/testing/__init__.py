"""The laws every loss obeys, as assert functions: check a loss of your own with them."""
