"""Proofs over the whole answer space: what a rule base can never do, whatever anybody answers.

`theorems` reads what is to be proved; `encode` says what a base concludes, in z3, over every answer at once; `safety`
proves the theorems; `structure` that every part of the base is of use; `sparing` that the questions left out could not
have mattered; `whole` all of it. z3 comes with the extra `prove`; only `formula` and `solve` import it.
"""
