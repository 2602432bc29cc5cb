//! The speed cases S1 to S6, as values that both programs are given.

use serde::{Deserialize, Serialize};

/// One case: rooms, materials, and which sources are heard where.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Case {
    pub(super) rate_hz: u32,
    /// Highest order of images.
    pub(super) max_order: u32,
    pub(super) room: Shape,
    /// Absorption of each wall of a box (west, east, south, north, floor, ceiling), or of all of a plan: one number, or
    /// one for each octave from 125 Hz to 4 kHz.
    pub(super) absorption: Vec<Vec<f64>>,
    /// Of all walls, likewise.
    pub(super) scattering: Vec<f64>,
    /// Whether air absorbs, in all octaves.
    pub(super) air: bool,
    /// Rays, where there are any.
    pub(super) rays: Option<u32>,
    /// How long sound is followed, in seconds; as long as it takes where nothing is said.
    #[serde(default)]
    pub(super) duration_s: Option<f64>,
    /// A room of its own for each.
    pub(super) rooms: Vec<Ends>,
}

/// The shape of a room.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Shape {
    /// A box by its size.
    Box([f64; 3]),
    /// Walls of a height over a plan.
    Plan {
        corners_m: Vec<[f64; 2]>,
        height_m: f64,
    },
}

/// Sources and receivers of a room; every pair is wanted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Ends {
    pub(super) sources: Vec<[f64; 3]>,
    pub(super) receivers: Vec<[f64; 3]>,
}

/// A case with its name and goals.
#[derive(Debug, Clone)]
pub(super) struct Race {
    pub(super) name: &'static str,
    /// How many times as fast as the peer.
    pub(super) goal: f64,
    /// Growth of memory in MiB, where there is a goal.
    pub(super) growth_mib: Option<f64>,
    pub(super) case: Case,
}

/// Octave table, 125 Hz to 4 kHz, in the order of the walls.
const TABLE: [[f64; 6]; 6] = [
    [0.14, 0.10, 0.06, 0.05, 0.04, 0.04],
    [0.10, 0.07, 0.05, 0.06, 0.08, 0.09],
    [0.28, 0.22, 0.17, 0.09, 0.10, 0.11],
    [0.02, 0.02, 0.03, 0.03, 0.04, 0.05],
    [0.02, 0.06, 0.14, 0.37, 0.60, 0.65],
    [0.50, 0.70, 0.60, 0.70, 0.70, 0.50],
];

/// A box whose walls are all alike, without air.
fn flat(rate_hz: u32, max_order: u32, size_m: [f64; 3], absorption: f64, ends: Ends) -> Case {
    Case {
        rate_hz,
        max_order,
        room: Shape::Box(size_m),
        absorption: vec![vec![absorption]; 6],
        scattering: vec![0.0],
        air: false,
        rays: None,
        duration_s: None,
        rooms: vec![ends],
    }
}

fn in_air(case: &Case) -> Case {
    Case {
        air: true,
        ..case.clone()
    }
}

fn in_octaves(case: &Case) -> Case {
    Case {
        absorption: TABLE.map(|row| row.to_vec()).to_vec(),
        ..in_air(case)
    }
}

fn one(source: [f64; 3], receiver: [f64; 3]) -> Ends {
    Ends {
        sources: vec![source],
        receivers: vec![receiver],
    }
}

/// S4: an L with a hidden receiver.
fn l_room(max_order: u32) -> Case {
    Case {
        room: Shape::Plan {
            corners_m: vec![[0., 0.], [6., 0.], [6., 3.], [3., 3.], [3., 7.], [0., 7.]],
            height_m: 3.0,
        },
        absorption: vec![vec![0.15]],
        ..flat(
            16_000,
            max_order,
            [0.0; 3],
            0.0,
            one([1.2, 5.7, 1.5], [4.8, 1.3, 1.2]),
        )
    }
}

/// S5: a hexagonal hall with scattering walls.
pub(super) fn hall(rays: u32) -> Case {
    Case {
        room: Shape::Plan {
            corners_m: vec![
                [0., 0.],
                [24., 0.],
                [28., 10.],
                [22., 18.],
                [4., 18.],
                [-3., 9.],
            ],
            height_m: 9.0,
        },
        absorption: vec![vec![0.12, 0.10, 0.09, 0.10, 0.12, 0.14]],
        scattering: vec![0.10, 0.15, 0.20, 0.25, 0.30, 0.35],
        air: true,
        rays: Some(rays),
        duration_s: Some(3.0),
        ..flat(
            16_000,
            3,
            [0.0; 3],
            0.0,
            one([6.0, 5.0, 1.6], [18.0, 11.0, 1.4]),
        )
    }
}

/// S2: one source, four receivers.
fn classroom() -> Case {
    let receivers = [
        [7.5, 4.2, 1.2],
        [8.2, 1.4, 1.2],
        [5.0, 6.1, 1.8],
        [1.0, 5.0, 1.1],
    ];
    let ends = Ends {
        sources: vec![[2.1, 3.3, 1.6]],
        receivers: receivers.to_vec(),
    };
    flat(48_000, 40, [10.0, 7.0, 3.5], 0.2, ends)
}

/// S2 in octaves, with air.
pub(super) fn classroom_in_octaves() -> Case {
    in_octaves(&classroom())
}

/// All of them; `pairs` are the hundred of S6, source and receiver.
pub(super) fn all(pairs: &[[[f64; 3]; 2]]) -> Vec<Race> {
    let s1 = flat(
        16_000,
        12,
        [5.0, 4.0, 2.5],
        0.2,
        one([1.2, 1.1, 1.3], [3.6, 2.7, 1.5]),
    );
    let s3 = flat(
        48_000,
        80,
        [30.0, 20.0, 12.0],
        0.1,
        one([6.0, 9.0, 1.7], [22.0, 12.0, 1.3]),
    );
    let s6 = |rooms: Vec<Ends>| Case {
        rooms,
        ..flat(16_000, 20, [6.0, 5.0, 3.0], 0.2, one([0.0; 3], [0.0; 3]))
    };
    let rooms = s6(pairs.iter().map(|[s, r]| one(*s, *r)).collect());
    let grid = s6(vec![Ends {
        sources: pairs.iter().take(10).map(|p| p[0]).collect(),
        receivers: pairs.iter().skip(10).take(10).map(|p| p[1]).collect(),
    }]);
    let race = |name, goal, case| Race {
        name,
        goal,
        growth_mib: None,
        case,
    };
    let bounded = |growth_mib, plain| Race {
        growth_mib: Some(growth_mib),
        ..plain
    };
    vec![
        race("S1 flat", 25.0, s1.clone()),
        race("S1 octave + air", 24.0, in_air(&s1)),
        race("S2 flat, 4 receivers", 15.0, classroom()),
        race("S2 octave, 4 receivers", 30.0, classroom_in_octaves()),
        bounded(16.0, race("S3 flat, order 80", 30.0, s3.clone())),
        bounded(80.0, race("S3 octave, order 80", 30.0, in_octaves(&s3))),
        race("S4 polygon, order 6", 10.0, l_room(6)),
        race("S4 polygon, order 8", 18.0, l_room(8)),
        race("S4 polygon, order 10", 39.0, l_room(10)),
        race("S5 hybrid hall, 10k rays", 15.0, hall(10_000)),
        race("S5 hybrid hall, 100k rays", 12.0, hall(100_000)),
        race("S6 100 rooms flat", 25.0, rooms.clone()),
        race("S6 100 rooms octave + air", 30.0, in_air(&rooms)),
        race("S6 10 x 10 grid", 15.0, grid),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_has_materials_for_its_walls_and_someone_to_hear() {
        for race in all(&vec![[[1.0; 3], [2.0; 3]]; 100]) {
            let case = &race.case;
            let walls = match case.room {
                Shape::Box(_) => 6,
                Shape::Plan { .. } => 1,
            };
            assert_eq!(case.absorption.len(), walls, "{}", race.name);
            let pairs = case
                .rooms
                .iter()
                .map(|r| r.sources.len() * r.receivers.len());
            assert!(pairs.sum::<usize>() >= 1, "{}", race.name);
        }
    }
}
