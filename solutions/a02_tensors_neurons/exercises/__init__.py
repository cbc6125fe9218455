"""Assignment a02: tensors and neurons (syllabus D-02, D-03, G02.1-G03.3, B7).

W is outputs x inputs, examples stand in rows. References contract with einsum or add up
exactly where the solution cells loop or multiply.
"""
