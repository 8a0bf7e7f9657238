"""Tests of freight."""
