"""Tests of households that end, merge and split."""
