# attack: 43
# title: the kernel dies in the middle of an exercise
# success: points of the other exercises are lost, or its own are kept
# kind: function
# exercise: G08-3-weight_grad
# base: right
# loses: G08.3
# says: gave no answer
# unshown: costs points instead of forging them
import os


def weight_grad(delta, a_prev):
    os._exit(0)
