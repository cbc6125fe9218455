"""Assignment a01: language and ambiguity (syllabus D-01, G01.1-G01.2, B14).

A grammar is a list of binary rules (A, B, C) for A -> B C, a lexicon maps words to sets
of tags. References go top-down with a memory where the solution cells fill tables, and
use exact fractions where those divide.
"""
