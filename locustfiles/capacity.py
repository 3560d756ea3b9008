"""How many live sessions a deployment holds, with the proof.

locust -f locustfiles/capacity.py --headless                              of a sandbox of its own
locust -f locustfiles/capacity.py --headless -H https://test.example.com  with the key in LIVE_API_KEY
locust -f locustfiles/capacity.py --headless -H ... --target 500          exit code 1 where it holds less
"""

from locust import events

from harness.capacity.campaign import Campaign
from harness.load.live import Live
from harness.load.user import LiveUser
from harness.sandbox.child import Sandbox
from harness.sandbox.mutants import MUTANTS


class Caller(LiveUser):
    """One session after another; its calls are those of `--scenario`."""

    live = Live(events, Sandbox, MUTANTS, Campaign())
