#!/bin/bash
# The `airflow` command. The wheels are installed by copying, so their own scripts name a Python of another machine.
exec python3 -m airflow "$@"
