"""How many calls one core carries well: load, engine, voice worker and floor, each a process.

`run` plays the phases and joins what the processes saw; `child` is how it talks with them; `load`,
`engine`, `worker` and `floor` are those processes; `report` judges and prints.
"""
