"""Times pyroomacoustics on one case of `cargo xtask figures 3`.

`peer.py THREADS` reads a task as JSON from the standard input and prints its outcome as one JSON line; `peer.py pairs`
prints the hundred pairs of S6. The whole cost to a user counts: room object, image search, rays, responses.
"""
import json
import resource
import sys
import time
import warnings

import numpy as np

GIVEN_HZ = [125, 250, 500, 1000, 2000, 4000]
WALLS = ["west", "east", "south", "north", "floor", "ceiling"]


def pairs():
    rng = np.random.default_rng(7)
    most = [5.5, 4.5, 2.5]
    return [[rng.uniform(0.5, most).tolist(), rng.uniform(0.5, most).tolist()] for _ in range(100)]


def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def values(numbers):
    if len(numbers) == 1:
        return numbers[0]
    return {"coeffs": numbers, "center_freqs": GIVEN_HZ}


def material(pra, case, wall):
    absorption, scattering = case["absorption"][wall], case["scattering"]
    if scattering == [0.0]:
        return pra.Material(values(absorption))
    return pra.Material(values(absorption), values(scattering))


def room(pra, case, ends):
    common = dict(fs=case["rate_hz"], max_order=case["max_order"], air_absorption=case["air"])
    if "Box" in case["room"]:
        walls = {name: material(pra, case, place) for place, name in enumerate(WALLS)}
        if len({json.dumps(wall) for wall in case["absorption"]}) == 1:
            walls = material(pra, case, 0)
        made = pra.ShoeBox(case["room"]["Box"], materials=walls, **common)
    else:
        plan = case["room"]["Plan"]
        walls = material(pra, case, 0)
        corners = np.array(plan["corners_m"], float).T
        traced = case["rays"] is not None
        made = pra.Room.from_corners(corners, materials=walls, ray_tracing=traced, **common)
        made.extrude(plan["height_m"], materials=walls)
    if case["rays"] is not None:
        made.set_ray_tracing(n_rays=case["rays"], receiver_radius=0.5, time_thres=3.0, energy_thres=1e-7,
                             hist_bin_size=0.004)
    for source in ends["sources"]:
        made.add_source(source)
    made.add_microphone_array(np.array(ends["receivers"], float).T)
    return made


def run(pra, case):
    images, samples = 0, 0
    for ends in case["rooms"]:
        made = room(pra, case, ends)
        made.compute_rir()
        images += sum(int(seen.sum()) for seen in made.visibility)
        samples = max(samples, max(len(rir) for ear in made.rir for rir in ear))
    return images, samples


def timed(task, threads):
    import pyroomacoustics as pra
    pra.constants.set("num_threads", threads)
    warnings.simplefilter("ignore")
    before = peak_mib()
    images, samples = run(pra, task["case"])
    begun, cpu, wall = time.perf_counter(), [], []
    while len(cpu) < task["least"] or time.perf_counter() - begun < task["seconds"]:
        from_wall, from_cpu = time.perf_counter(), time.process_time()
        run(pra, task["case"])
        cpu.append(1e3 * (time.process_time() - from_cpu))
        wall.append(1e3 * (time.perf_counter() - from_wall))
    return dict(cpu_ms=min(cpu), wall_ms=min(wall), images=images, samples=samples, growth_mib=peak_mib() - before)


if __name__ == "__main__":
    if sys.argv[1] == "pairs":
        print(json.dumps(pairs()))
    else:
        print(json.dumps(timed(json.load(sys.stdin), int(sys.argv[1]))))
