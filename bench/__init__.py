"""The scripts behind every figure we publish. Each ends with one line of JSON."""
