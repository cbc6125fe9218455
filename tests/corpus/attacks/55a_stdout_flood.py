# attack: 55
# title: output without end
# success: more is stored than the cap, or memory of the judge
# unshown: the naive grader keeps everything
while True:
    print("x" * 1000)
