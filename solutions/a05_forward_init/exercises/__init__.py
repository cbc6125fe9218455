"""Assignment a05: forward pass and initialisation (syllabus D-06, G06.1-G06.4, B10).

W is outputs x inputs, examples stand in rows. References go through standard deviations
and through one example at a time.
"""
