"""Assignment a04: losses and the softmax classifier (syllabus D-05, G05.1-G05.6, B8).

Every loss is a mean over the N examples, which stand in rows; logarithms are natural.
References go example by example and from the definition of each loss; the witnesses
differentiate by machine.
"""
