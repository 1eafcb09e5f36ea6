"""The worker's side of the benchmarks' protocol: one JSON command a line in, one JSON answer a line out."""

import json
import resource
import sys


def serve(handle):
    """Answers each command on stdin with `handle(command)`, or with {"error": ...}, until stdin ends."""
    for line in sys.stdin:
        try:
            answer = handle(json.loads(line))
        except Exception as error:  # whatever it is, the harness reports it
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


def peak_rss_bytes():
    """The most memory that this process has held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
