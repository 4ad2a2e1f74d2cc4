from bench.packets import bare_sendto


def test_a_bare_loop_costs_something() -> None:
    assert 0 < bare_sendto(count=3, size=100, seconds=0.05) < 0.1
