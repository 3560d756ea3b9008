"""Many live sessions at once, every one of them judged.

locust -f locustfiles/live.py --web-host 127.0.0.1                    with Locust's web UI
locust -f locustfiles/live.py --headless --scenario smoke             against a sandbox of its own
locust -f locustfiles/live.py --headless -H https://test.example.com  with the key in LIVE_API_KEY
"""

from locust import events

from harness.load.live import Live
from harness.load.user import LiveUser
from harness.sandbox.child import Sandbox
from harness.sandbox.mutants import MUTANTS


class Caller(LiveUser):
    """One session after another; its calls are those of `--scenario`."""

    live = Live(events, Sandbox, MUTANTS)
