"""TARGETS: graph → code in other languages."""
