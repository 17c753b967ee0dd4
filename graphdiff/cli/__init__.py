"""The command line: arguments → pipeline → one report. Only here is anything printed, and the process ended."""
