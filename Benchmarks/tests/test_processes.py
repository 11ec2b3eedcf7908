import os
import sys
import tempfile
import time
import unittest
from pathlib import Path

from harness.processes import CPUReading, HarnessError, Process, child_pids, read_cpu

BURN = "import time\nwhile time.process_time() < 0.2: pass\nprint('burnt', flush=True)\ntime.sleep(60)"
FAMILY = "import subprocess, sys, time\nsubprocess.Popen(['sleep', '60'])\nprint('ready', flush=True)\ntime.sleep(60)"


class ProcessTests(unittest.TestCase):
    def setUp(self) -> None:
        self._directory = tempfile.TemporaryDirectory()
        self.addCleanup(self._directory.cleanup)

    def start(self, program: str, word: str) -> Process:
        process = Process("sample", [sys.executable, "-c", program], Path(self._directory.name), None)
        process.start()
        self.addCleanup(process.stop)
        process.wait_until(lambda: word in process.log_path.read_text())
        return process

    def test_the_cpu_time_of_a_process_is_what_that_process_says_it_used(self) -> None:
        used = self.start(BURN, "burnt").cpu().total_nanoseconds
        self.assertGreaterEqual(used, 200_000_000)
        self.assertLess(used, 300_000_000)

    def test_a_split_divides_the_exact_total_as_the_ticks_say(self) -> None:
        spent = CPUReading(5_000_000, 30, 10).since(CPUReading(1_000_000, 0, 0)).per(4)
        self.assertEqual((spent.total_us, spent.user_us, spent.system_us), (1000, 750, 250))

    def test_stopping_a_process_ends_its_children_too(self) -> None:
        process = self.start(FAMILY, "ready")
        family = child_pids(process.pid)
        self.assertEqual(len(family), 2)
        process.stop()
        deadline = time.monotonic() + 5
        while any(is_running(pid) for pid in family) and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertEqual([pid for pid in family if is_running(pid)], [])

    def test_a_process_that_gives_way_has_every_thread_in_the_idle_class(self) -> None:
        process = self.start("import threading, time\n"
                             "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
                             "print('ready', flush=True)\ntime.sleep(60)", "ready")
        process.give_way()
        threads = [int(thread.name) for thread in Path(f"/proc/{process.pid}/task").iterdir()]
        self.assertEqual([os.sched_getscheduler(thread) for thread in threads], [os.SCHED_IDLE] * 2)

    def test_a_process_that_ends_early_is_reported_with_its_last_words(self) -> None:
        process = Process("sample", ["sh", "-c", "echo port 80 is taken"], Path(self._directory.name), None)
        process.start()
        self.addCleanup(process.stop)
        with self.assertRaisesRegex(HarnessError, "sample ended before it answered: port 80 is taken"):
            process.wait_until(lambda: False)

    def test_the_cpu_clock_of_this_process_advances(self) -> None:
        before = read_cpu(os.getpid()).total_nanoseconds
        sum(range(100_000))
        self.assertGreater(read_cpu(os.getpid()).total_nanoseconds, before)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    unittest.main()
