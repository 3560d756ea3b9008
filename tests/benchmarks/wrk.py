"""wrk, which posts one and the same chunk again and again: what C can do. The server takes them for retries."""

import os
import re
import shutil
import sys
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from tempfile import TemporaryDirectory

import httpx

from harness.client.requests import Requests
from harness.contract.messages import API_KEY_HEADER, START_PATH
from harness.contract.profile import Profile
from harness.sandbox.settings import DEFAULT_KEY
from harness.scenario.plan import Push

PROGRAM = shutil.which("wrk")
AUDIO = bytes(64 * 1024)
CONNECTIONS, SECONDS = 20, 1
SCRIPT = """\
wrk.method = "POST"
wrk.body = io.open("{body}", "rb"):read("*a")
{headers}
function done(summary)
  local errors = summary.errors
  local bad = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("REQUESTS %d BAD %d\\n", summary.requests, bad))
end
"""


def measured(url):
    """Microseconds of CPU for a chunk."""
    started = httpx.post(url + START_PATH, json={}, headers={API_KEY_HEADER: DEFAULT_KEY}).json()
    request = Requests(DEFAULT_KEY, Profile()).chunk(
        started["chunk_endpoint"], Push(seq=0, begin=0, end=len(AUDIO)), memoryview(AUDIO)
    )
    with TemporaryDirectory(prefix="bench-") as folder:
        body, script = Path(folder, "body"), Path(folder, "post.lua")
        body.write_bytes(b"".join(request.body))
        headers = "\n".join(f'wrk.headers["{name}"] = "{value}"' for name, value in request.headers)
        script.write_text(SCRIPT.format(body=body, headers=headers))
        flags = ["-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", str(script), url + started["chunk_endpoint"]]
        process = Popen([PROGRAM, *flags], stdin=DEVNULL, stdout=PIPE, stderr=sys.stderr, text=True)
        try:
            said = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            process.kill()
            process.stdout.close()
    told = re.search(r"REQUESTS (\d+) BAD 0$", said, re.MULTILINE)
    if told is None or int(told[1]) == 0:
        raise RuntimeError(f"wrk failed:\n{said}")
    return (usage.ru_utime + usage.ru_stime) / int(told[1]) * 1e6
