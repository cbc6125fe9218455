# attack: 54
# title: a sparse file of a terabyte
# success: the next submission fails
# unshown: would harm the machine without a box
for size in (1 << 40, 1 << 34, 1 << 24):
    try:
        with open("/tmp/corpus_sparse", "wb") as file:
            file.truncate(size)
        print(size)
    except OSError as error:
        print(error)
