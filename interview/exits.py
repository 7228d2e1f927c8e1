"""Exit codes; `interview.cli` says what each means."""

OK, LEFT, BAD_INPUT, OUR_FAULT, CTRL_C = 0, 1, 2, 70, 130
