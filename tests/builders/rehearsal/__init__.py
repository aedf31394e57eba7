"""A rehearsal of GitHub's workflows: their files read, their steps run in order on this machine.

`expressions` evaluates `${{ }}` and `if`, `running` plays a job, `actors` stand in for the actions.
What is not real is declared: `stand_ins` lists it, and nothing else differs from the file.
"""
