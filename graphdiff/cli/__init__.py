"""The command line: arguments → pipeline → one report. Only this package prints and exits."""
