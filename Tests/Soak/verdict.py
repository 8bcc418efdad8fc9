"""What must hold when a soak is over. Each check prints what it found; one that fails, fails the soak."""

from statistics import median

from plan import TOPICS, UNSURE, Plan
from vitals import Reading, pages


class Verdict:
    def __init__(self):
        self.failed: list[str] = []

    def check(self, holds: bool, what: str) -> None:
        print(f"{'ok    ' if holds else 'FAILED'}  {what}", flush=True)
        if not holds:
            self.failed.append(what)

    def memory(self, readings: list[Reading], plan: Plan, tolerance: float) -> None:
        """Medians of two stretches under the same load: after the first sixth, and before the end.

        What is judged is the process's own memory. The rest of PSS is pages of files, code for the most part: they come
        and go with the page cache, and count less whenever another process maps the same libraries.
        """
        stretch = max(2.0, plan.seconds / 30)
        ended = readings[-1].at
        early = [reading for reading in readings if plan.warm_seconds <= reading.at < plan.warm_seconds + stretch]
        late = [reading for reading in readings if ended - stretch <= reading.at]
        before, after = (median(reading.own for reading in part) for part in (early, late))
        self.check(
            abs(after - before) <= tolerance / 100 * before,
            f"memory of its own: {before:,.0f} kB after the first sixth, {after:,.0f} kB at the end,"
            f" {100 * (after / before - 1):+.1f} % (within {tolerance:g} %); with pages of files"
            f" {median(reading.all for reading in early):,.0f} and {median(reading.all for reading in late):,.0f} kB",
        )

    def deliveries(self, totals: dict) -> None:
        for fault in totals["faults"]:
            self.check(False, f"a reader: {fault}")
        self.check(
            totals["due"] == totals["received"] + totals["lost"] and not totals["faults"],
            f"{totals['readers']} readers were due {totals['due']:,} events: {totals['received']:,} came once and in"
            f" order, {totals['lost']:,} fell into gaps that were announced",
        )
        self.check(totals["stalls_reset"] > 0, f"{totals['stalls_reset']} readers that stopped reading were reset")
        self.check(
            totals["steady_gaps"] == 0,
            f"of these, {totals['steady_readers']} steady readers got {totals['steady_received']:,} events,"
            f" with {totals['steady_gaps']} gaps",
        )

    def log(self, hub, plan: Plan, latest: list[tuple[int, tuple[str, ...]]]) -> None:
        """The log has exactly its last events: those acknowledged, and at other positions those of nobody's knowledge."""
        listed = {entry["topic"]: entry for entry in pages(hub, "/topics?", "topics")}
        last = max(int(entry["last_id"].rpartition("-")[2]) for entry in listed.values() if entry["last_id"])
        first = max(1, last - plan.retained_events + 1)
        known = {position: topics for position, topics in latest if position >= first}
        due = {topic: 0 for topic in TOPICS}
        for topics in known.values():
            for topic in topics:
                due[topic] += 1
        due[UNSURE] = last - first + 1 - len(known)
        found = {topic: entry["events"] for topic, entry in listed.items()}
        wrong = {
            topic: (found.get(topic, 0), due.get(topic, 0))
            for topic in found | due
            if found.get(topic, 0) != due.get(topic, 0)
        }
        self.check(
            not wrong,
            f"/topics: {sum(found.values()):,} entries in {len(found)} topics, positions {first:,} to {last:,}, as"
            f" acknowledged{f'; wrong (found, due): {wrong}' if wrong else ''}",
        )
        self.check(
            all(entry["subscribers"] == 0 for entry in listed.values()), "/topics: nobody is subscribed to any of them"
        )
