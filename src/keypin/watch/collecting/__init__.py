"""The collector: reports are acknowledged once they are on the disk, sorted later, and explained.

Between the two stands the intake (`intake.py`): a queue on the disk, of batches. `sorter.py` takes
them out and puts each report into its group, exactly once; `judge.py` says what a group is, and
tells bursts; `reading.py` is what pages and the API see. The door itself is `keypin.web.collector`.

No address of a client is kept but as the settings say (`sources.py`), and no name of a device.
"""
