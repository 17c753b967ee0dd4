"""Rows: tables of points, read, evaluated and written by chunks; a module for each format."""
