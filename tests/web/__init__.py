"""Tests of the frame round the pages."""
