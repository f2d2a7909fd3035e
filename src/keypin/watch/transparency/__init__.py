"""Certificate Transparency as a part of the watch: what logs hold for the names of organisations.

names -> listing -> tailing       one search over the names of all; each log by one process
tailing -> telling -> filing      what is found is told to each organisation apart, and judged
by its own releases (`judging`, `words`)
deployed                          who serves what was issued, and what is judged again
tails, progress                   where another machine goes on; how far each log is read
lists                             whether there is a list of logs, and why no log is read
reading                           what pages and the API ask
"""
