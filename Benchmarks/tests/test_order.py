"""In which order the targets run."""

import unittest

from bench import order_of_round

TARGETS = ["direct", "haproxy", "envoy", "martlet"]


class Order(unittest.TestCase):
    def test_every_round_has_every_target_once(self):
        for round_number in range(1, 9):
            self.assertEqual(sorted(order_of_round(TARGETS, round_number)), sorted(TARGETS))

    def test_nobody_follows_the_same_one_in_most_rounds(self):
        before = [order[order.index("martlet") - 1] for order in map(lambda number: order_of_round(TARGETS, number), range(1, 9))
                  if order[0] != "martlet"]
        for each in set(before):
            self.assertLessEqual(before.count(each), 1 + len(before) // 2)

    def test_one_target_is_an_order_too(self):
        self.assertEqual(order_of_round(["martlet"], 2), ["martlet"])


if __name__ == "__main__":
    unittest.main()
