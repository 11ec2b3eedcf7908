"""All scenarios, in the order in which a round runs them."""

from __future__ import annotations

from .mesh import GRPCUnary, Handshakes, IdleTLSMemory, PairFixedRate, PairSmallBodies
from .scenarios import BigBodies, Collector, FixedRate, Memory, Scenario, Scrape, SmallBodies
from .tcp import OpaqueTCP

SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        SmallBodies(), FixedRate(), BigBodies(), PairSmallBodies(), PairFixedRate(), GRPCUnary(), Handshakes(), OpaqueTCP(),
        Memory(), IdleTLSMemory(), Scrape(), Collector(),
    )
}
